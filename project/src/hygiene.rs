//! What a project could do without, and what it relies on: facts with the places where they were looked for, no score.
//! What could not be told is `unknown`, which is never the same as fine.

mod builtins;
mod dominators;
mod duplicates;
mod mentions;
mod people;
mod removal;
mod short_names;
mod since;
mod sources;
#[cfg(test)]
mod tests;
mod undeclared;
mod uses;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use lazaret_npm::lockfile::{Kind, Lines, Place};
use lazaret_npm::text::printable;
use serde::Serialize;

use crate::installed::Installed;
use crate::project::Project;

pub use duplicates::{Duplicate, Major};
pub use people::{FromRegistry, PackageFacts};
pub use removal::Removal;
pub use sources::{OwnFile, Role, Sources};
pub use undeclared::Undeclared;
pub use uses::Evidence;

/// Everything that facts are made of.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub project: &'a Project,
    pub sources: &'a Sources,
    /// What the files import, by path; a file that is missing here was not parsed.
    pub imports: &'a BTreeMap<String, FileImports>,
    pub installed: &'a Installed,
    /// What the registry says, by name; a name that is missing was not asked for.
    pub registry: &'a BTreeMap<String, FromRegistry>,
    /// Of which packages that is told: of direct dependencies, or of all.
    pub all_packages: bool,
    /// Versions before this moment are old.
    pub old_before: Timestamp,
}

/// What a file imports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileImports {
    /// Specifiers as they are written, with their lines.
    pub imports: Vec<(String, u32)>,
    /// Why there may be more.
    pub unfinished: Option<String>,
}

/// All facts of one lockfile's project.
#[derive(Clone, Debug, Serialize)]
pub struct Hygiene {
    pub lockfile: String,
    /// What the project's manifests declare, in their order.
    pub declared: Vec<Declaration>,
    pub undeclared: Vec<Undeclared>,
    pub duplicates: Vec<Duplicate>,
    /// Ordered by name and version.
    pub packages: Vec<PackageFacts>,
    pub looked_at: LookedAt,
}

/// One dependency of one manifest.
#[derive(Clone, Debug, Serialize)]
pub struct Declaration {
    pub name: String,
    pub manifest: String,
    #[serde(serialize_with = "as_place")]
    pub place: Place,
    /// The field of `package.json`.
    pub group: &'static str,
    pub used: Known<Vec<Evidence>>,
    /// Of what is unused, once somebody asked: when a line that names it was last added or taken out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unused_since: Option<Known<String>>,
    /// What would leave the tree with it; nothing if the lockfile has no entry for it.
    pub removal: Option<Removal>,
}

/// An answer, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Known<T> {
    /// Nothing to say against it.
    Ok {
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<T>,
    },
    /// It is so.
    Found {
        value: T,
    },
    Unknown {
        why: String,
    },
}

/// Where names were looked for.
#[derive(Clone, Debug, Default, Serialize)]
pub struct LookedAt {
    /// Files by what they are: `source`, `style`, `configuration`.
    pub files: BTreeMap<&'static str, Vec<String>>,
    /// Manifests of which scripts and every other field was read.
    pub manifests: Vec<String>,
    /// Files and folders that were passed over, with the reason.
    pub left_out: Vec<(String, String)>,
    /// What should have been read and was not, with the reason.
    pub unread: Vec<(String, String)>,
}

impl Hygiene {
    pub fn of(request: &Request<'_>) -> Self {
        let project = request.project;
        let uses = uses::Uses::of(request);
        let removals = removal::Removals::of(request);
        let mut declared = Vec::new();
        let mut direct = BTreeSet::new();
        for (index, (manifest, text)) in project.manifests.iter().enumerate() {
            let lines = Lines::new(text);
            for asked in manifest.asked().filter(|asked| asked.kind != Kind::Peer) {
                let name = asked.name.as_str();
                direct.insert(name.to_owned());
                declared.push(Declaration {
                    name: name.to_owned(),
                    manifest: path_of(&manifest.path),
                    place: lines.place(asked.name.at),
                    group: group(asked.kind),
                    used: uses.of_declared(index, name),
                    unused_since: None,
                    removal: removals.of_name(name),
                });
            }
        }
        Self {
            lockfile: project.path(),
            declared,
            undeclared: undeclared::of(request),
            duplicates: duplicates::of(project),
            packages: people::of(request, &direct),
            looked_at: looked_at(request),
        }
    }

    /// Those that nothing names.
    pub fn unused(&self) -> impl Iterator<Item = &Declaration> {
        self.declared
            .iter()
            .filter(|declared| matches!(declared.used, Known::Found { .. }))
    }
}

impl<T> Known<T> {
    pub fn is_found(&self) -> bool {
        matches!(self, Self::Found { .. })
    }
}

/// The names that the caller needs documents of: those of the registry that the project asks for, or all in the lockfile.
pub fn names_to_ask(project: &Project, all: bool) -> BTreeSet<String> {
    let direct = |index: usize| {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        project.reach.of(index).is_direct
    };
    let entries = project.lockfile.entries.iter().enumerate();
    let wanted = entries.filter(|(index, entry)| {
        entry.source == lazaret_npm::lockfile::Source::Registry
            && !entry.is_tool
            && (all || direct(*index))
    });
    wanted
        .filter_map(|(_, entry)| Some(entry.package_name()?.as_str().to_owned()))
        .collect()
}

fn looked_at(request: &Request<'_>) -> LookedAt {
    let mut looked = LookedAt {
        left_out: request.sources.left_out.clone(),
        unread: request.sources.unread.clone(),
        ..LookedAt::default()
    };
    for file in &request.sources.files {
        let of_role = looked.files.entry(file.role.as_str()).or_default();
        of_role.push(file.path.clone());
    }
    for (manifest, _) in &request.project.manifests {
        looked.manifests.push(path_of(&manifest.path));
    }
    for (path, imports) in request.imports {
        if let Some(why) = &imports.unfinished {
            looked.unread.push((path.clone(), why.clone()));
        }
    }
    let unread = request.installed.unread.iter();
    looked.unread.extend(unread.cloned());
    looked
}

/// The `package.json` of a folder.
fn path_of(folder: &str) -> String {
    match folder {
        "" => "package.json".to_owned(),
        folder => format!("{folder}/package.json"),
    }
}

fn group(kind: Kind) -> &'static str {
    match kind {
        Kind::Production => "dependencies",
        Kind::Development => "devDependencies",
        Kind::Optional => "optionalDependencies",
        Kind::Peer => "peerDependencies",
    }
}

fn as_place<S: serde::Serializer>(place: &Place, to: S) -> Result<S::Ok, S::Error> {
    use serde::ser::SerializeStruct;
    let mut object = to.serialize_struct("Place", 2)?;
    object.serialize_field("line", &place.line)?;
    object.serialize_field("column", &place.column)?;
    object.end()
}

/// What somebody else wrote, on one line and no longer than a line.
fn shown(text: &str) -> String {
    printable(text).chars().take(200).collect()
}
