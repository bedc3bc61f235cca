//! The project's own files: what `git` does not ignore, else everything but what tools make.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use lazaret_npm::lockfile;

use crate::files::{PASSED_OVER, split};
use crate::git;

/// Files that are read.
const FILES_LIMIT: usize = 100_000;

/// Bytes of all of them together.
const BYTES_LIMIT: u64 = 512 << 20;

/// Bytes of one.
const FILE_LIMIT: u64 = 4 << 20;

/// Deepest folder.
const DEPTH_LIMIT: usize = 48;

/// Where nobody can be asked what is made: folders that tools make.
const MADE: &[&str] = &[
    ".cache",
    ".next",
    ".nuxt",
    ".output",
    ".parcel-cache",
    ".svelte-kit",
    ".turbo",
    "build",
    "coverage",
    "dist",
    "out",
];

/// What yarn's Plug'n'Play writes beside the lockfile, which names every package there is.
pub(super) const MAPS: &[&str] = &[".pnp.cjs", ".pnp.data.json", ".pnp.js", ".pnp.loader.mjs"];

/// Endings of files that are told of but not read for names.
pub(super) const PROSE: &[&str] = &["adoc", "csv", "log", "markdown", "md", "rst", "tsv", "txt"];

const SCRIPTS: &[&str] = &[
    "astro", "cjs", "coffee", "cts", "es6", "htm", "html", "js", "jsx", "mdx", "mjs", "mts",
    "svelte", "ts", "tsx", "vue",
];

const STYLES: &[&str] = &["css", "less", "pcss", "sass", "scss", "styl"];

/// The files of a project.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Ordered by path, from the lockfile's folder on.
    pub files: Vec<OwnFile>,
    /// Paths of all of them, those that are not read included.
    pub names: BTreeSet<String>,
    /// With the reason.
    pub left_out: Vec<(String, String)>,
    pub unread: Vec<(String, String)>,
}

/// One file.
#[derive(Clone, Debug)]
pub struct OwnFile {
    pub path: String,
    pub bytes: Vec<u8>,
    pub role: Role,
}

/// How a file names packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// In imports and other texts in quotes.
    Source,
    /// In imports with a `~`, or without.
    Style,
    /// Anywhere.
    Configuration,
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Style => "style",
            Self::Configuration => "configuration",
        }
    }

    fn of(name: &str) -> Option<Self> {
        let end = name
            .rsplit_once('.')
            .map_or("", |(_, end)| end)
            .to_ascii_lowercase();
        let end = end.as_str();
        if lockfile::FILES.contains(&name) || name == "package.json" || PROSE.contains(&end) {
            return None;
        }
        let is_notice = [
            "LICENSE",
            "LICENCE",
            "README",
            "CHANGELOG",
            "AUTHORS",
            "CODEOWNERS",
        ];
        if is_notice.iter().any(|notice| name.starts_with(notice)) {
            return None;
        }
        Some(if SCRIPTS.contains(&end) {
            Self::Source
        } else if STYLES.contains(&end) {
            Self::Style
        } else {
            Self::Configuration
        })
    }
}

impl OwnFile {
    /// A script that configures a tool: its texts are names as tools call them.
    pub fn is_configuration(&self) -> bool {
        let name = split(&self.path).1;
        self.role == Role::Configuration
            || name.starts_with('.')
            || [
                ".config.", ".conf.", "rc.", ".setup.", "file.js", "file.ts", "file.mjs",
                "file.cjs",
            ]
            .iter()
            .any(|part| name.contains(part))
    }
}

impl Sources {
    /// Those below a folder. `own` are the folders, from it on, that have a `package.json` of this project; others that have one
    /// are other projects.
    pub fn below(root: &Path, own: &[String]) -> Self {
        let mut sources = Self::default();
        let listed = git::own_files(root).ok().filter(|paths| !paths.is_empty());
        let paths = match listed {
            Some(paths) => paths,
            None => sources.walk(root),
        };
        let foreign: BTreeSet<&str> = paths
            .iter()
            .map(|path| split(path))
            .filter(|(folder, name)| *name == "package.json" && !folder.is_empty())
            .map(|(folder, _)| folder)
            .filter(|folder| !own.iter().any(|own| own == folder))
            .collect();
        for folder in &foreign {
            let why = "it has a package.json of its own that is no workspace";
            sources
                .left_out
                .push(((*folder).to_owned(), why.to_owned()));
        }
        let mut left = BYTES_LIMIT;
        for path in &paths {
            let mut folders = path.match_indices('/').map(|(end, _)| &path[..end]);
            let is_passed_over = path.split('/').any(|part| PASSED_OVER.contains(&part));
            // A workspace within another project's folder is this project's.
            let nearest = own
                .iter()
                .filter(|own| path.starts_with(&format!("{own}/")))
                .map(String::len)
                .max();
            let is_foreign = folders.any(|folder| {
                foreign.contains(folder) && nearest.is_none_or(|nearest| nearest < folder.len())
            });
            if is_passed_over || is_foreign {
                continue;
            }
            if MAPS.contains(&split(path).1) {
                let why = "yarn makes it, and it names every package";
                sources.left_out.push((path.clone(), why.to_owned()));
                continue;
            }
            sources.names.insert(path.clone());
            let Some(role) = Role::of(split(path).1) else {
                continue;
            };
            if sources.files.len() >= FILES_LIMIT || left == 0 {
                let why = format!("more than {FILES_LIMIT} files, or {BYTES_LIMIT} bytes");
                sources.unread.push((path.clone(), why));
                break;
            }
            match read(&root.join(path), role) {
                Ok(Some(bytes)) => {
                    left = left.saturating_sub(bytes.len() as u64);
                    let path = path.clone();
                    sources.files.push(OwnFile { path, bytes, role });
                }
                Ok(None) => {}
                Err(why) => sources.unread.push((path.clone(), why)),
            }
        }
        sources
            .files
            .sort_by(|one, other| one.path.cmp(&other.path));
        sources
    }

    fn walk(&mut self, root: &Path) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![(root.to_owned(), String::new(), 0)];
        while let Some((folder, prefix, depth)) = folders.pop() {
            let entries = match std::fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) => {
                    self.unread.push((prefix, error.to_string()));
                    continue;
                }
            };
            for entry in entries.map_while(Result::ok) {
                let Ok(name) = entry.file_name().into_string() else {
                    continue;
                };
                let Ok(kind) = entry.file_type() else {
                    continue;
                };
                let path = format!("{prefix}{name}");
                if kind.is_file() {
                    found.push(path);
                } else if kind.is_dir() && MADE.contains(&name.as_str()) {
                    let why = "tools make folders of this name, and git was not there to say";
                    self.left_out.push((path, why.to_owned()));
                } else if kind.is_dir() && PASSED_OVER.contains(&name.as_str()) {
                    // Nobody thinks that these are the project's own.
                } else if kind.is_dir() && depth >= DEPTH_LIMIT {
                    let why = format!("more than {DEPTH_LIMIT} folders deep");
                    self.unread.push((path, why));
                } else if kind.is_dir() {
                    folders.push((entry.path(), format!("{path}/"), depth + 1));
                }
                if found.len() > 10 * FILES_LIMIT {
                    let why = format!("more than {} files", 10 * FILES_LIMIT);
                    self.unread.push((prefix, why));
                    return found;
                }
            }
        }
        found.sort();
        self.left_out.sort();
        found
    }
}

/// Nothing for what is no text, and for links.
fn read(path: &Path, role: Role) -> Result<Option<Vec<u8>>, String> {
    let metadata = match std::fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        // In the index, but not on the disk.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    if !metadata.is_file() {
        return Ok(None);
    }
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    let limit = FILE_LIMIT + 1;
    file.take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    let is_text = !bytes.iter().take(8_000).any(|byte| *byte == 0);
    if !is_text && role == Role::Configuration {
        return Ok(None);
    }
    match bytes.len() as u64 > FILE_LIMIT {
        true => Err(format!("it has more than {FILE_LIMIT} bytes")),
        false => Ok(Some(bytes)),
    }
}
