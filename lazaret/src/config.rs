//! The configuration: `lazaret.toml`, `LAZARET_` variables and flags become one [`Config`]; every value knows its source.

pub(crate) mod file;
pub(crate) mod flags;
pub(crate) mod keys;
mod kind;
mod problem;
pub(crate) mod template;

#[cfg(test)]
mod tests;

pub(crate) use file::File;
pub(crate) use flags::Flags;
pub(crate) use kind::{Kind, url};
pub(crate) use problem::Problem;

use crate::exit::{Exit, Failure};
use crate::surroundings::Surroundings;
use anyhow::Context;
use keys::{KEYS, Key};
use lazaret_policy::Policy;
use serde::Deserialize;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use toml::{Table, Value};
use url::Url;

/// Everything that can be set, with the units that `keys.rs` names.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Config {
    pub(crate) server: Server,
    pub(crate) upstream: Upstream,
    pub(crate) cache: Cache,
    pub(crate) advisories: Advisories,
    #[serde(default)]
    pub(crate) policy: Policy,
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

/// What must not be seen, not even while debugging.
#[derive(Clone, Deserialize)]
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

    /// The setting of a key.
    pub(crate) fn setting(&self, path: &str) -> Option<&Setting> {
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

/// Lays variables over a checked file, and flags over both.
///
/// # Errors
/// When a variable is wrong, or the policy that comes of it.
pub(crate) fn merge<S>(
    file: Option<File>,
    flags: &Flags<S>,
    surroundings: &Surroundings,
) -> Result<Loaded, Failure> {
    let mut table = file
        .as_ref()
        .map(|file| file.table.clone())
        .unwrap_or_default();
    let mut sources: Vec<Source> = KEYS
        .iter()
        .map(|key| source_in(file.as_ref(), key))
        .collect();
    for (key, source) in KEYS.iter().zip(&sources) {
        match (source, key.default) {
            // The policy fills in its own defaults.
            (Source::Default, keys::Default::Value(literal)) if key.section() != "policy" => {
                set(&mut table, key.path, literal_value(literal)?);
            }
            (Source::File { path, .. }, _) if matches!(key.kind, Kind::Path) => {
                anchor(&mut table, key.path, path.parent().unwrap_or(Path::new("")));
            }
            _ => {}
        }
    }
    let variables = flags::variables(surroundings)?;
    let variables = variables
        .into_iter()
        .map(|(key, name, value)| (key, value, Source::Variable(name)));
    let given = flags.values.iter().map(|(key, value)| {
        (
            *key,
            value.clone(),
            Source::Flag(key.flag().unwrap_or_default()),
        )
    });
    for (key, value, source) in variables.chain(given) {
        set(&mut table, key.path, value);
        if matches!(key.kind, Kind::Path) {
            anchor(&mut table, key.path, &surroundings.directory);
        }
        if let Some(place) = KEYS.iter().position(|each| each.path == key.path) {
            sources[place] = source;
        }
    }
    for (section, _) in keys::SECTIONS {
        table
            .entry(*section)
            .or_insert_with(|| Value::Table(Table::new()));
    }
    let config: Config =
        Value::Table(table.clone())
            .try_into()
            .map_err(|error: toml::de::Error| {
                Failure::wrong_use(format!(
                    "flags, variables and lazaret.toml do not fit together: {}",
                    error.message()
                ))
            })?;
    // Some of its defaults follow from others, so the policy itself is asked what holds.
    let policy = Value::try_from(&config.policy).map_err(anyhow::Error::new)?;
    table.insert("policy".to_owned(), policy);
    let settings = settings(&table, sources)?;
    let data = config
        .server
        .data
        .clone()
        .or_else(|| surroundings.data.as_ref().map(|data| data.join("lazaret")));
    Ok(Loaded {
        config,
        file: file.map(|file| file.path),
        settings,
        data,
    })
}

fn source_in(file: Option<&File>, key: &Key) -> Source {
    match file {
        Some(file) if file::lookup(&file.table, key.path).is_some() => Source::File {
            path: file.path.clone(),
            line: file.line(key.path),
        },
        _ => Source::Default,
    }
}

fn settings(table: &Table, sources: Vec<Source>) -> Result<Vec<Setting>, Failure> {
    let mut settings: Vec<Setting> = Vec::new();
    for (key, source) in KEYS.iter().zip(sources) {
        let default = match key.default {
            keys::Default::Value(literal) => Some(literal_value(literal)?),
            keys::Default::Unset(_) => None,
        };
        let value = match file::lookup(table, key.path) {
            Some(_) if matches!(key.kind, Kind::Secret) => Some("***".into()),
            Some(value) => Some(value.clone()),
            None => default.clone(),
        };
        // `weak-integrity = "off"` also sets `weak-integrity.missing`.
        let follows = source == Source::Default && value != default;
        let source = match settings.last() {
            Some(effect) if follows => effect.source.clone(),
            _ => source,
        };
        settings.push(Setting { key, value, source });
    }
    Ok(settings)
}

/// The value of a default in `keys.rs`.
fn literal_value(literal: &str) -> Result<Value, Failure> {
    let table: Table = toml::from_str(&format!("value = {literal}")).map_err(anyhow::Error::new)?;
    table
        .into_iter()
        .next()
        .map(|(_, value)| value)
        .ok_or_else(|| Failure::wrong_use("an empty default"))
}

/// Makes a path absolute.
fn anchor(table: &mut Table, path: &str, directory: &Path) {
    if let Some(text) = file::lookup(table, path).and_then(Value::as_str) {
        let absolute = directory.join(text).to_string_lossy().into_owned();
        set(table, path, Value::String(absolute));
    }
}

/// Puts a value at a dotted path. A rule's effect alone stays the short form `cooldown = "off"`; with more it becomes a
/// table.
fn set(table: &mut Table, path: &str, value: Value) {
    let Some((first, rest)) = path.split_once('.') else {
        table.insert(path.to_owned(), value);
        return;
    };
    // A freeze has no short form: it needs its instant.
    let is_short = rest == "effect" && first != "freeze";
    match table.get_mut(first) {
        Some(Value::Table(inner)) => set(inner, rest, value),
        Some(_) | None if is_short => {
            table.insert(first.to_owned(), value);
        }
        other => {
            let effect = other.map(|effect| ("effect".to_owned(), effect.clone()));
            let mut inner = Table::from_iter(effect);
            set(&mut inner, rest, value);
            table.insert(first.to_owned(), Value::Table(inner));
        }
    }
}
