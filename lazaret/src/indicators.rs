//! The indicators that this installation knows: the shipped ones and `DATA/indicators/*.toml`; and its false alarms.

use crate::exit::Failure;
use jiff::Timestamp;
use lazaret_policy::indicators::{Campaign, Indicators, Overrides, TEXT_LIMIT};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The file of false alarms, among those of the campaigns.
pub(crate) const OVERRIDES: &str = "overrides.toml";

/// Most files of campaigns in the data directory.
const MOST: usize = 10_000;

/// What is known.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) indicators: Indicators,
    pub(crate) overrides: Overrides,
    /// Ids of those that are not shipped.
    pub(crate) own: Vec<Box<str>>,
    /// One of those has a hash without a name or size: only hashing every file finds it.
    pub(crate) needs_every_hash: bool,
}

impl Known {
    /// What should be said of it.
    pub(crate) fn warnings(&self, now: Timestamp) -> Vec<String> {
        let over = self
            .overrides
            .all
            .iter()
            .filter(|one| one.until.is_over(now));
        over.map(|one| {
            format!(
                "the override of {} ran out on {}: decide again or take it out",
                one.campaign, one.until
            )
        })
        .collect()
    }
}

/// Where they lie in a data directory.
pub(crate) fn folder(data: &Path) -> PathBuf {
    data.join("indicators")
}

/// Reads all; `more` are files that somebody named besides.
///
/// # Errors
/// When a file cannot be read or is wrong: less than was meant would be looked for.
pub(crate) fn read(data: Option<&Path>, more: &[PathBuf]) -> Result<Known, Failure> {
    let mut own = Vec::new();
    let mut overrides = Overrides::default();
    if let Some(data) = data {
        for path in files(&folder(data))? {
            match path.file_name().is_some_and(|name| name == OVERRIDES) {
                true => {
                    overrides =
                        Overrides::parse(&text(&path)?).map_err(|why| wrong(&path, &why))?;
                }
                false => own.push(campaign(&path)?),
            }
        }
    }
    for path in more {
        own.push(campaign(path)?);
    }
    let needs_every_hash = own.iter().any(Campaign::has_bare_hash);
    let ids = own.iter().map(|campaign| campaign.id.clone()).collect();
    let indicators = Indicators::shipped_and(own)
        .map_err(|error| Failure::wrong_use(format!("the shipped indicators: {error}")))?;
    Ok(Known {
        indicators,
        overrides,
        own: ids,
        needs_every_hash,
    })
}

/// Reads one campaign's file.
///
/// # Errors
/// When it cannot be read or is wrong, with its line.
pub(crate) fn campaign(path: &Path) -> Result<Campaign, Failure> {
    Campaign::parse(&text(path)?).map_err(|error| wrong(path, &error))
}

/// The text of a file of bounded size.
///
/// # Errors
/// When it cannot be read, is too large or no UTF-8.
pub(crate) fn text(path: &Path) -> Result<String, Failure> {
    let bytes = bytes(path, TEXT_LIMIT)?;
    String::from_utf8(bytes).map_err(|_| wrong(path, &"it is not UTF-8"))
}

/// The bytes of a file of bounded size.
///
/// # Errors
/// When it cannot be read or is too large.
pub(crate) fn bytes(path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(limit as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| wrong(path, &error))?;
    match bytes.len() <= limit {
        true => Ok(bytes),
        false => Err(wrong(path, &format!("it has more than {limit} bytes"))),
    }
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(wrong(folder, &error)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| wrong(folder, &error))?.path();
        if path.extension().is_some_and(|end| end == "toml") {
            paths.push(path);
        }
    }
    if paths.len() > MOST {
        return Err(wrong(folder, &format!("it has more than {MOST} files")));
    }
    paths.sort();
    Ok(paths)
}

fn wrong(path: &Path, why: &dyn std::fmt::Display) -> Failure {
    Failure::wrong_use(format!("{}: {why}", path.display()))
}
