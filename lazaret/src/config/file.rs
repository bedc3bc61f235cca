//! Finding, reading and checking `lazaret.toml`.

use super::keys::{self, KEYS, SECTIONS};
use super::problem::{Problem, did_you_mean, line_of};
use crate::exit::Failure;
use crate::surroundings::Surroundings;
use lazaret_policy::Policy;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table};

/// A larger file is a mistake, not a configuration.
const MOST_BYTES: u64 = 1 << 20;

/// A checked file.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: PathBuf,
    pub(crate) table: Table,
    /// Where each key stands: `server.listen` -> 3.
    lines: BTreeMap<String, usize>,
}

/// The file in force: `--config`, `LAZARET_CONFIG`, `./lazaret.toml`, then the platform's configuration directory.
///
/// # Errors
/// When a file that was named does not exist.
pub(crate) fn find(
    named: Option<&Path>,
    surroundings: &Surroundings,
) -> Result<Option<PathBuf>, Failure> {
    let named = named
        .map(Path::to_owned)
        .or_else(|| surroundings.variable("LAZARET_CONFIG").map(PathBuf::from));
    if let Some(path) = named {
        let path = surroundings.directory.join(path);
        return match path.is_file() {
            true => Ok(Some(path)),
            false => Err(Failure::wrong_use(format!(
                "there is no configuration file at {}; `lazaret config init PATH` writes one",
                path.display()
            ))),
        };
    }
    let here = surroundings.directory.join("lazaret.toml");
    let users = surroundings
        .configuration
        .as_ref()
        .map(|directory| directory.join("lazaret").join("lazaret.toml"));
    Ok([Some(here), users]
        .into_iter()
        .flatten()
        .find(|path| path.is_file()))
}

/// The bytes of a file, if it is of a size that a configuration may have.
///
/// # Errors
/// When it cannot be read, is too large or is not UTF-8.
pub(crate) fn read(path: &Path) -> Result<String, Problem> {
    let unreadable =
        |error: std::io::Error| Problem::of_file(path, format!("cannot be read: {error}"));
    if std::fs::metadata(path).map_err(unreadable)?.len() > MOST_BYTES {
        return Err(Problem::of_file(path, "is larger than 1 MiB"));
    }
    String::from_utf8(std::fs::read(path).map_err(unreadable)?).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = line_of(error.as_bytes(), valid);
        Problem::of_file(path, format!("line {line} is not UTF-8"))
    })
}

impl File {
    /// Checks every key and value.
    ///
    /// # Errors
    /// The first mistake, with its place.
    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self, Problem> {
        let toml = |error: toml::de::Error| Problem::of_toml(path, text, &error);
        let tree = DeTable::parse(text).map_err(toml)?;
        let table: Table = toml::from_str(text).map_err(toml)?;
        let at =
            |span: std::ops::Range<usize>, message: String| Problem::at(path, text, span, message);
        for (section, content) in tree.get_ref() {
            let name = section.get_ref().as_ref();
            // A list of tables, checked below.
            if name == "webhooks" {
                continue;
            }
            let sections = || SECTIONS.iter().map(|(section, _)| *section);
            if !sections().any(|known| known == name) {
                let meant = match KEYS.iter().find(|key| key.name() == name) {
                    Some(key) => format!("; it belongs below [{}]", key.section()),
                    None => did_you_mean(name, &sections().collect::<Vec<_>>()),
                };
                return Err(at(
                    section.span(),
                    format!("unknown section `{name}`{meant}"),
                ));
            }
            let Some(keys) = content.get_ref().as_table() else {
                return Err(at(
                    content.span(),
                    format!("`{name}` is a section: write [{name}] and its keys below"),
                ));
            };
            // The policy knows its own keys; see below.
            if name != "policy" {
                known_keys(name, keys).map_err(|(span, message)| at(span, message))?;
            }
        }
        for key in KEYS {
            if let (Some(value), Some(spanned)) =
                (lookup(&table, key.path), find_span(&tree, key.path))
            {
                key.kind
                    .check(value)
                    .map_err(|message| at(spanned, format!("`{}` {message}", key.name())))?;
            }
        }
        toml::from_str::<PolicyOnly>(text).map_err(toml)?;
        toml::from_str::<WebhooksOnly>(text).map_err(toml)?;
        toml::from_str::<WatchOnly>(text).map_err(toml)?;
        let mut lines = BTreeMap::new();
        number(text, "", tree.get_ref(), &mut lines);
        Ok(Self {
            path: path.to_owned(),
            table,
            lines,
        })
    }

    /// The line of a key, from 1.
    pub(crate) fn line(&self, path: &str) -> usize {
        let shorthand = path.strip_suffix(".effect").unwrap_or(path);
        self.lines
            .get(path)
            .or_else(|| self.lines.get(shorthand))
            .copied()
            .unwrap_or(1)
    }
}

/// The policy with everything else left alone, so that its mistakes have places in the whole text.
#[derive(Deserialize)]
struct PolicyOnly {
    #[serde(default, rename = "policy")]
    _policy: Policy,
}

/// The webhooks likewise.
#[derive(Deserialize)]
struct WebhooksOnly {
    #[serde(default, rename = "webhooks")]
    _webhooks: Vec<super::webhooks::Webhook>,
}

/// The tables of the watch likewise.
#[derive(Deserialize)]
struct WatchOnly {
    #[serde(default, rename = "watch")]
    _watch: super::watch::Tables,
}

fn known_keys(section: &str, keys: &DeTable<'_>) -> Result<(), (std::ops::Range<usize>, String)> {
    for key in keys.keys() {
        let name = key.get_ref().as_ref();
        // Checked by themselves.
        if section == "watch" && super::watch::TABLES.contains(&name) {
            continue;
        }
        if keys::key(&format!("{section}.{name}")).is_none() {
            let known: Vec<&str> = KEYS
                .iter()
                .filter(|key| key.section() == section)
                .map(|key| key.name())
                .collect();
            let meant = did_you_mean(name, &known);
            return Err((
                key.span(),
                format!("unknown key `{name}` in [{section}]{meant}"),
            ));
        }
    }
    Ok(())
}

/// The value at a dotted path. A rule may be given by its effect alone: `cooldown = "off"`.
pub(crate) fn lookup<'t>(table: &'t Table, path: &str) -> Option<&'t toml::Value> {
    let (first, rest) = path
        .split_once('.')
        .map_or((path, None), |(first, rest)| (first, Some(rest)));
    match (table.get(first)?, rest) {
        (value, None) => Some(value),
        (toml::Value::Table(inner), Some(rest)) => lookup(inner, rest),
        (value @ toml::Value::String(_), Some("effect")) => Some(value),
        _ => None,
    }
}

/// The bytes of the value at a dotted path.
fn find_span(tree: &Spanned<DeTable<'_>>, path: &str) -> Option<std::ops::Range<usize>> {
    let mut table = tree.get_ref();
    let mut segments = path.split('.').peekable();
    loop {
        let segment = segments.next()?;
        let value = table.iter().find(|(key, _)| key.get_ref() == segment)?.1;
        match value.get_ref() {
            DeValue::Table(inner) if segments.peek().is_some() => table = inner,
            _ => return Some(value.span()),
        }
    }
}

fn number(text: &str, above: &str, table: &DeTable<'_>, lines: &mut BTreeMap<String, usize>) {
    for (key, value) in table {
        let path = format!("{above}{}", key.get_ref());
        if let DeValue::Table(inner) = value.get_ref() {
            number(text, &format!("{path}."), inner, lines);
        }
        lines.insert(path, line_of(text.as_bytes(), key.span().start));
    }
}
