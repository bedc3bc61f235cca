//! The configuration: `lazaret.toml`, `LAZARET_` variables and flags become one [`Config`]; every value knows its source.

pub(crate) mod file;
pub(crate) mod flags;
pub(crate) mod keys;
pub(crate) mod kind;
mod merge;
mod problem;
pub(crate) mod template;
pub(crate) mod watch;
pub(crate) mod webhooks;

#[cfg(test)]
mod tests;

pub(crate) use file::File;
pub(crate) use flags::Flags;
pub(crate) use kind::url;
pub(crate) use merge::merge;
pub(crate) use problem::{Problem, did_you_mean};

use crate::exit::{Exit, Failure};
use crate::surroundings::Surroundings;
use anyhow::Context;
use keys::Key;
use lazaret_policy::Policy;
use serde::Deserialize;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use toml::Value;
use url::Url;

/// Everything that can be set, with the units that `keys.rs` names.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Config {
    pub(crate) server: Server,
    pub(crate) upstream: Upstream,
    pub(crate) cache: Cache,
    pub(crate) advisories: Advisories,
    pub(crate) inspection: Inspection,
    pub(crate) people: People,
    pub(crate) watch: watch::Watch,
    #[serde(default)]
    pub(crate) policy: Policy,
    #[serde(default)]
    pub(crate) webhooks: Vec<webhooks::Webhook>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Server {
    pub(crate) listen: SocketAddr,
    pub(crate) public_url: Option<Url>,
    data: Option<PathBuf>,
    pub(crate) log: String,
    pub(crate) log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Upstream {
    pub(crate) registry: Option<Url>,
    pub(crate) token: Option<Secret>,
    pub(crate) connect_timeout: u64,
    pub(crate) read_timeout: u64,
    pub(crate) total_timeout: u64,
    pub(crate) retries: u32,
    pub(crate) max_packument: u64,
    pub(crate) max_tarball: u64,
    pub(crate) ca_file: Option<PathBuf>,
}

impl Upstream {
    /// The certificates of `ca-file`.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(crate) fn extra_ca(&self) -> anyhow::Result<Option<Vec<u8>>> {
        self.ca_file
            .as_ref()
            .map(|path| {
                std::fs::read(path)
                    .with_context(|| format!("cannot read the ca-file {}", path.display()))
            })
            .transpose()
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Cache {
    pub(crate) fresh_for: u64,
    pub(crate) revalidate_within: u64,
    pub(crate) memory: u64,
    pub(crate) tarball_memory: u64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Advisories {
    pub(crate) feed: Option<Url>,
    pub(crate) sync_every: u64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Inspection {
    pub(crate) mode: InspectionMode,
    workers: Option<usize>,
    pub(crate) hold: u64,
    pub(crate) limit: u64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct People {
    pub(crate) approvals: usize,
    pub(crate) session: u64,
    pub(crate) keep_downloads: u64,
    pub(crate) behind_proxy: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum InspectionMode {
    Enforce,
    Observe,
    Off,
}

impl Inspection {
    /// How many workers: one processor is left for serving.
    pub(crate) fn workers(&self) -> usize {
        let processors = || std::thread::available_parallelism().map_or(1, usize::from);
        self.workers
            .unwrap_or_else(|| processors().saturating_sub(1))
            .max(1)
    }
}

/// What must not be seen, not even while debugging.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(transparent)]
pub(crate) struct Secret(pub(crate) String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Default,
    File { path: PathBuf, line: usize },
    Variable(String),
    Flag(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::Flag(name) => write!(f, "flag --{name}"),
        }
    }
}

/// A key with the value in force, `***` for a secret; `None` where the default is to have none.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) key: &'static Key,
    pub(crate) value: Option<Value>,
    pub(crate) source: Source,
}

/// The configuration in force.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) config: Config,
    /// The file that was read.
    pub(crate) file: Option<PathBuf>,
    /// Every key in the order of `keys.rs`.
    pub(crate) settings: Vec<Setting>,
    data: Option<PathBuf>,
}

impl Loaded {
    /// The data directory; it need not exist.
    ///
    /// # Errors
    /// When none is set and the platform names none (no home directory).
    pub(crate) fn data(&self) -> Result<PathBuf, Failure> {
        self.data.clone().ok_or_else(|| {
            Failure::wrong_use(
                "there is no home directory to keep data in: say --data DIR or set LAZARET_DATA",
            )
        })
    }

    /// Where the value of a key comes from, for people; empty if there is no such key.
    pub(crate) fn source(&self, path: &str) -> String {
        self.setting(path)
            .map(|setting| setting.source.to_string())
            .unwrap_or_default()
    }

    fn setting(&self, path: &str) -> Option<&Setting> {
        self.settings
            .iter()
            .find(|setting| setting.key.path == path)
    }
}

/// Finds and reads the file, lays variables and flags over it.
///
/// # Errors
/// Anything wrong, with its place and remedy; always exit code 2.
pub(crate) fn load<S>(flags: &Flags<S>, surroundings: &Surroundings) -> Result<Loaded, Failure> {
    let path = file::find(flags.config.as_deref(), surroundings)?;
    let file = path
        .as_deref()
        .map(read)
        .transpose()
        .map_err(|problem| Failure::new(Exit::WrongUse, problem))?;
    merge(file, flags, surroundings)
}

/// Reads and checks one file.
///
/// # Errors
/// The first mistake in it.
pub(crate) fn read(path: &Path) -> Result<File, Problem> {
    File::parse(path, &file::read(path)?)
}
