//! The components of a document: entries that are the same package from the same place are one.

use std::collections::{BTreeMap, HashSet};

use lazaret_npm::Integrity;
use lazaret_npm::lockfile::{Kind, Lines, Locked, Place, Source, Text};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Request;
use crate::installed::Installed;

/// What a purl leaves alone.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What an address keeps; spaces, brackets and quotes make no valid reference.
const ADDRESS: &AsciiSet = &percent_encoding::CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// One component.
#[derive(Clone, Debug)]
pub(super) struct Part<'a> {
    /// Unique in the document.
    pub(super) reference: String,
    pub(super) entry: &'a Locked,
    pub(super) purl: Option<String>,
    /// Of the tarball, in hexadecimal digits.
    pub(super) sha512: Option<String>,
    /// Where it is fetched from, as a valid reference.
    pub(super) address: Option<String>,
    pub(super) is_dev: bool,
    pub(super) is_optional: bool,
    pub(super) is_peer: bool,
    pub(super) is_bundled: bool,
    /// A part of the package manager that is locked beside the project: no part of the product.
    pub(super) is_tool: bool,
    /// Those of its entries that are changed by a patch: yarn locks what is patched beside what it is made of.
    pub(super) patched: Vec<&'a Locked>,
    /// Every place in the lockfile.
    pub(super) places: Vec<Place>,
    /// Paths or keys in the lockfile.
    pub(super) keys: Vec<&'a str>,
    /// As the package writes it: in the lockfile, or else in what is installed.
    pub(super) licence: Option<&'a str>,
    /// Indices among the parts in their order, with the strongest reason.
    pub(super) depends_on: Vec<(usize, Kind)>,
}

impl Part<'_> {
    /// Where an installed one says what it is; of a link that was not followed the link.
    pub(super) fn files(&self) -> impl Iterator<Item = String> {
        let is_link = self.entry.source == Source::Folder && self.entry.version.is_none();
        self.keys.iter().map(move |key| match is_link {
            true => (*key).to_owned(),
            false => format!("{key}/package.json"),
        })
    }
}

/// All components, the project itself first, the rest ordered by reference.
pub(super) struct Parts<'a> {
    pub(super) all: Vec<Part<'a>>,
    /// Those of a registry that findings are about, by `name@version`.
    by_id: BTreeMap<String, Vec<usize>>,
}

impl<'a> Parts<'a> {
    pub(super) fn of(request: &Request<'a>) -> Self {
        let project = request.project;
        let lines = Lines::new(&project.text);
        let entries = &project.lockfile.entries;
        let is_wanted = |entry: &Locked| !(request.production_only && (entry.is_tool || entry.dev));
        let root = project
            .lockfile
            .importers
            .iter()
            .find(|index| entries[**index as usize].key.is_empty());
        let root = root.map(|index| identity(&entries[*index as usize]));
        let mut part_of: Vec<Option<usize>> = vec![None; entries.len()];
        let mut all: Vec<Part<'a>> = Vec::new();
        let mut references = HashSet::new();
        let mut wanted: Vec<(usize, &Locked)> = entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| is_wanted(entry))
            .collect();
        // The root's identity comes first, and of equal ones what is the project's.
        wanted.sort_by_cached_key(|(_, entry)| {
            let identity = identity(entry);
            (Some(identity) != root, identity, entry.is_tool)
        });
        for same in wanted.chunk_by(|(_, one), (_, other)| identity(one) == identity(other)) {
            let mut part = part(same[0].1, request.installed);
            for (index, entry) in same {
                part_of[*index] = Some(all.len());
                part.is_dev &= entry.dev;
                part.is_optional &= entry.optional;
                part.is_peer &= entry.peer;
                part.is_bundled &= entry.bundled;
                part.is_tool &= entry.is_tool;
                part.patched.extend(entry.patch.is_some().then_some(*entry));
                part.keys.push(&entry.key);
                part.places.push(lines.place(entry.at));
            }
            part.keys.sort_unstable();
            part.keys.dedup();
            part.places.sort_unstable();
            part.places.dedup();
            let mut number = 1;
            let base = part.reference.clone();
            while !references.insert(part.reference.clone()) {
                number += 1;
                part.reference = format!("{base}#{number}");
            }
            all.push(part);
        }
        for (index, entry) in entries.iter().enumerate() {
            let Some(from) = part_of[index] else {
                continue;
            };
            for dependency in &entry.dependencies {
                let to = dependency.to.map(|to| to as usize);
                let to = to.and_then(|to| *part_of.get(to)?);
                let Some(to) = to.filter(|to| *to != from) else {
                    continue;
                };
                all[from].depends_on.push((to, dependency.kind));
            }
        }
        for part in &mut all {
            part.depends_on.sort_unstable();
            part.depends_on.dedup_by_key(|(to, _)| *to);
        }
        if root.is_some() && !all.is_empty() {
            let importers = project.lockfile.importers.iter();
            hold(
                &mut all,
                importers.filter_map(|index| part_of[*index as usize]),
            );
        }
        let asked = request.findings.iter();
        let mut by_id: BTreeMap<String, Vec<usize>> = asked
            .filter_map(|finding| Some((finding.package.clone()?, Vec::new())))
            .collect();
        // Nothing is told of most lockfiles.
        if !by_id.is_empty() {
            for (index, part) in all.iter().enumerate() {
                if part.entry.source == Source::Registry
                    && let Some(indices) = by_id.get_mut(&part.entry.id())
                {
                    indices.push(index);
                }
            }
        }
        Self { all, by_id }
    }

    /// All that decides what is written of the parts and of the project.
    pub(super) fn content<'c>(&'c self, request: &'c Request<'a>) -> impl Iterator<Item = &'c str> {
        let project = request.project;
        let chosen = match request.production_only {
            true => "production",
            false => "all",
        };
        // What is for development only is not in every lockfile.
        let manifests = project.manifests.iter().map(|(_, text)| text.as_str());
        let licences = self.all.iter().map(|part| part.licence.unwrap_or_default());
        let name = project.name().unwrap_or_default();
        [project.text.as_str(), chosen, name, request.tool_version]
            .into_iter()
            .chain(manifests)
            .chain(licences)
    }

    /// The parts of a version.
    pub(super) fn of_package(&self, id: &str) -> Vec<&Part<'a>> {
        let indices = self.by_id.get(id).map_or(&[][..], Vec::as_slice);
        indices.iter().map(|index| &self.all[*index]).collect()
    }
}

/// A project consists of its workspaces, whether it asks for them or not.
fn hold(all: &mut [Part<'_>], workspaces: impl Iterator<Item = usize>) {
    let known: HashSet<usize> = all[0].depends_on.iter().map(|(to, _)| *to).collect();
    let loose = workspaces.filter(|index| *index != 0 && !known.contains(index));
    all[0]
        .depends_on
        .extend(loose.map(|index| (index, Kind::Production)));
    all[0].depends_on.sort_unstable();
    all[0].depends_on.dedup();
}

/// What makes two entries the same component.
fn identity(entry: &Locked) -> (Source, &str, &str, &str, &str, &str) {
    let key = match entry.source {
        // Each is itself.
        Source::Workspace | Source::Folder => &*entry.key,
        _ => "",
    };
    (
        entry.source,
        &entry.name,
        of(&entry.version),
        of(&entry.integrity),
        of(&entry.resolved),
        key,
    )
}

fn of(text: &Option<Text>) -> &str {
    text.as_ref().map_or("", Text::as_str)
}

fn part<'a>(entry: &'a Locked, installed: Option<&'a Installed>) -> Part<'a> {
    let purl = purl(entry);
    let reference = match (&purl, entry.source) {
        (Some(purl), Source::Registry) => purl.clone(),
        (_, source) => format!(
            "{}:{}",
            source.as_str(),
            encoded(&match entry.key.is_empty() {
                true => entry.id(),
                false => entry.key.to_string(),
            })
        ),
    };
    let integrity = entry
        .integrity
        .as_ref()
        .and_then(|text| Integrity::parse(&text.text).ok());
    let address = entry
        .resolved
        .as_ref()
        .filter(|_| entry.source != Source::Workspace);
    let lying = || {
        let version = entry.version.as_ref()?;
        let copy = installed?.get(&entry.name, version.as_str())?;
        copy.license.as_deref()
    };
    Part {
        reference,
        entry,
        licence: entry.license.as_deref().or_else(lying),
        purl,
        sha512: integrity.and_then(|integrity| integrity.sha512_hex()),
        address: address.and_then(|text| address_of(&text.text)),
        is_dev: true,
        is_optional: true,
        is_peer: true,
        is_bundled: true,
        is_tool: true,
        patched: Vec::new(),
        places: Vec::new(),
        keys: Vec::new(),
        depends_on: Vec::new(),
    }
}

/// `pkg:npm/%40scope/name@1.0.0`; of repositories with where they are.
fn purl(entry: &Locked) -> Option<String> {
    if entry.name.is_empty() || entry.source == Source::Workspace {
        return None;
    }
    let name: Vec<String> = entry.name.split('/').map(encoded).collect();
    let version = entry
        .version
        .as_ref()
        .map(|version| format!("@{}", encoded(&version.text)));
    let base = format!("pkg:npm/{}{}", name.join("/"), version.unwrap_or_default());
    match (entry.source, &entry.resolved) {
        (Source::Git, Some(address)) => Some(format!("{base}?vcs_url={}", encoded(&address.text))),
        (Source::Url, Some(address)) => {
            Some(format!("{base}?download_url={}", encoded(&address.text)))
        }
        (Source::Registry, _) => Some(base),
        _ => None,
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}

/// As a reference that a validator takes; nothing for paths, and for `git@host:path`, which is no address.
fn address_of(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let is_scheme = scheme
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    // Of several #, only the first begins a fragment.
    let (path, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let text = match fragment {
        "" => format!("{scheme}://{path}"),
        fragment => format!("{scheme}://{path}#{}", fragment.replace('#', "%23")),
    };
    (is_scheme && !scheme.is_empty()).then(|| utf8_percent_encode(&text, ADDRESS).to_string())
}
