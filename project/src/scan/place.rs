//! Where a file lies, and what that says of it: installed, in a cache, in an archive, in a bundle.

use jiff::Timestamp;

use super::hit::Ran;

/// A file on disk, or one in archives.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The file on disk.
    pub(super) path: String,
    /// The way from there.
    pub(super) inside: Vec<String>,
    /// All of it with `/` between the parts: what the place is judged by.
    pub(super) whole: String,
    /// When the file on disk came here.
    pub(super) seen: Option<Timestamp>,
    /// It comes out of a tarball as packages are made.
    pub(super) is_packed: bool,
    /// It is that package's own `package.json`.
    pub(super) is_of_package: bool,
}

/// What kind of place it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Where {
    /// `node_modules/NAME`.
    Installed,
    BunCache,
    PnpmStore,
    YarnCache,
    NpmCache,
    /// An archive of a package.
    Tarball,
    Lockfile,
    /// What npm wrote about an installation.
    Log,
    /// What somebody typed.
    History,
    /// Settings of editors, AI tools and CI, and workflows.
    Settings,
    /// What was built to be served: `dist`, `.next`, static files, source maps.
    Bundle,
    Elsewhere,
}

impl Where {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Installed => "installed",
            Self::BunCache => "bun-cache",
            Self::PnpmStore => "pnpm-store",
            Self::YarnCache => "yarn-cache",
            Self::NpmCache => "npm-cache",
            Self::Tarball => "tarball",
            Self::Lockfile => "lockfile",
            Self::Log => "log",
            Self::History => "history",
            Self::Settings => "settings",
            Self::Bundle => "bundle",
            Self::Elsewhere => "elsewhere",
        }
    }

    /// What the place alone says about whether code can have run.
    pub(super) fn ran(self) -> Ran {
        match self {
            Self::NpmCache | Self::YarnCache | Self::Tarball | Self::PnpmStore | Self::BunCache => {
                Ran::No
            }
            Self::Lockfile | Self::Log | Self::History => Ran::Unknown,
            Self::Installed | Self::Settings | Self::Bundle | Self::Elsewhere => Ran::Possible,
        }
    }
}

/// Folders whose content is served or was built to be.
const BUILT: &[&str] = &[
    ".next",
    ".nuxt",
    ".output",
    ".svelte-kit",
    "assets",
    "build",
    "dist",
    "htdocs",
    "out",
    "public",
    "public_html",
    "static",
    "wwwroot",
    "www",
];

/// Folders of settings that programs run without being asked.
const SETTINGS: &[&str] = &[
    ".claude",
    ".codex",
    ".continue",
    ".cursor",
    ".gemini",
    ".github",
    ".gitlab",
    ".husky",
    ".idea",
    ".vscode",
    ".windsurf",
    "LaunchAgents",
    "LaunchDaemons",
    "autostart",
    "systemd",
];

/// Files in which shells and programs keep what was typed.
const HISTORIES: &[&str] = &[
    ".ash_history",
    ".bash_history",
    ".history",
    ".node_repl_history",
    ".sh_history",
    ".zhistory",
    ".zsh_history",
    "ConsoleHost_history.txt",
    "fish_history",
];

/// Files that tell of strings, and do not run.
const DOCUMENTS: &[&str] = &[
    "adoc", "csv", "go", "log", "markdown", "md", "mdx", "org", "pdf", "rs", "rst", "stix", "tex",
    "txt", "yar", "yara",
];

impl Place {
    pub(super) fn on_disk(path: String, seen: Option<Timestamp>) -> Self {
        let whole = match cfg!(windows) {
            true => path.replace('\\', "/"),
            false => path.clone(),
        };
        Self {
            path,
            inside: Vec::new(),
            whole,
            seen,
            is_packed: false,
            is_of_package: false,
        }
    }

    /// A file in the archive that lies here.
    pub(super) fn within(&self, name: &str) -> Self {
        let mut inside = self.inside.clone();
        inside.push(name.to_owned());
        Self {
            path: self.path.clone(),
            inside,
            whole: format!("{}/{}", self.whole, name.trim_start_matches("./")),
            seen: self.seen,
            is_packed: false,
            is_of_package: false,
        }
    }

    pub(super) fn name(&self) -> &str {
        self.whole.rsplit('/').next().unwrap_or_default()
    }

    /// The path for messages.
    pub(super) fn shown(&self) -> String {
        let mut path = self.path.clone();
        for inner in &self.inside {
            path.push('!');
            path.push_str(inner);
        }
        path
    }

    pub(super) fn has(&self, part: &str) -> bool {
        self.whole.contains(part)
    }

    /// Inside a folder that package managers fill.
    pub(super) fn is_in_node_modules(&self) -> bool {
        self.has("/node_modules/") || self.whole.starts_with("node_modules/")
    }

    pub(super) fn is_history(&self) -> bool {
        HISTORIES.contains(&self.name())
    }

    pub(super) fn is_npm_log(&self) -> bool {
        let name = self.name();
        (self.has("/_logs/") && name.ends_with(".log"))
            || matches!(name, "npm-debug.log" | "pnpm-debug.log" | "yarn-error.log")
    }

    /// What is named here may be only told: texts, records of advisories, sources of programs that are built before they run.
    pub(super) fn is_document(&self) -> bool {
        let name = self.name();
        let end = name.rsplit_once('.').map_or("", |(_, end)| end);
        let is_packument = self.has("/_cacache/content-v2/") && self.inside.is_empty();
        let is_record = end == "json"
            && ["MAL-", "GHSA-", "CVE-"]
                .iter()
                .any(|kind| name.starts_with(kind));
        is_packument
            || is_record
            || DOCUMENTS
                .iter()
                .any(|document| end.eq_ignore_ascii_case(document))
    }

    pub(super) fn kind(&self) -> Where {
        let folders = || self.whole.split('/').rev().skip(1);
        if self.is_history() {
            return Where::History;
        }
        if self.is_npm_log() {
            return Where::Log;
        }
        if self.has("/_cacache/") {
            return Where::NpmCache;
        }
        if self.is_packed {
            return Where::Tarball;
        }
        let is_of_yarn = (self.has("-npm-") && self.has(".zip/node_modules/"))
            || (self.has("/yarn/v") && self.has("/npm-"))
            || self.has("/.yarn/cache/")
            || self.has("/yarn/berry/cache/");
        if is_of_yarn {
            return Where::YarnCache;
        }
        if self.is_in_node_modules() {
            return Where::Installed;
        }
        if self.has("/install/cache/") {
            return Where::BunCache;
        }
        if self.has("store/v") && (self.has("/files/") || self.has("/index/")) {
            return Where::PnpmStore;
        }
        if folders().any(|folder| SETTINGS.contains(&folder)) {
            return Where::Settings;
        }
        if self.name().ends_with(".map") || folders().any(|folder| BUILT.contains(&folder)) {
            return Where::Bundle;
        }
        Where::Elsewhere
    }
}
