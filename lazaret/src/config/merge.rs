//! Laying variables over a checked file, and flags over both, while keeping where each value comes from.

use super::file::{self, File};
use super::flags::{self, Flags};
use super::keys::{self, KEYS, Key};
use super::kind::Kind;
use super::{Config, Loaded, Setting, Source};
use crate::exit::Failure;
use crate::surroundings::Surroundings;
use std::path::Path;
use toml::{Table, Value};

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
pub(super) fn literal_value(literal: &str) -> Result<Value, Failure> {
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
pub(super) fn set(table: &mut Table, path: &str, value: Value) {
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
