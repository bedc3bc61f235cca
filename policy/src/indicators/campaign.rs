//! One campaign, and the strict reader of its file: what is not understood is an error with its line.

use std::collections::BTreeMap;

use jiff::civil::Date;
use lazaret_npm::PackageName;
use lazaret_npm::digest::from_hex;
use lazaret_npm::text::printable_up_to;
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

/// Largest file, in bytes: a list of all versions of a large campaign has some 200 KB.
pub const TEXT_LIMIT: usize = 4 << 20;

/// Most entries of one list.
const LIST_LIMIT: usize = 20_000;

/// Most versions of one package.
const VERSIONS_LIMIT: usize = 5_000;

/// Strings that are searched for, all kinds together: each is searched for in several forms.
const MARKS_LIMIT: usize = 500;

/// Shorter strings occur by accident. The search needs [`SHORTEST`](super::matcher::SHORTEST) for every pattern.
const LITERAL_LENGTHS: std::ops::RangeInclusive<usize> = 10..=300;
const HOST_LENGTHS: std::ops::RangeInclusive<usize> = 8..=253;

/// A string of fewer different characters is a ruler or padding.
const DISTINCT: usize = 6;

/// Lines shorter than this are found in too many files to be worth their hash.
const SHORTEST_LINE: usize = 200;

/// Names of files that everybody has: alone they say nothing.
const COMMON_NAMES: &[&str] = &[
    "app.js",
    "bundle.js",
    "index.js",
    "install.js",
    "main.js",
    "package.json",
    "postinstall.js",
    "preinstall.js",
    "settings.json",
    "setup.js",
    "setup.mjs",
    "tasks.json",
    "telemetry.js",
];

/// Hosts that attackers share with everybody. (Package registries need no entry: they name packages, not campaigns.)
const SHARED_HOSTS: &[&str] = &[
    "amazonaws.com",
    "api.github.com",
    "api.telegram.org",
    "azurewebsites.net",
    "b-cdn.net",
    "cloudflare.com",
    "cloudfront.net",
    "discord.com",
    "discordapp.com",
    "gist.github.com",
    "github.com",
    "githubusercontent.com",
    "gitlab.com",
    "googleapis.com",
    "ngrok.io",
    "pastebin.com",
    "raw.githubusercontent.com",
    "telegram.org",
    "webhook.site",
    "workers.dev",
];

/// What is known of one campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Campaign {
    /// `chalk-debug-2025-09`: small letters, digits and hyphens.
    pub id: Box<str>,
    pub name: Box<str>,
    /// The day of the first publication.
    pub from: Date,
    /// The day of the last one, where that is another.
    pub to: Option<Date>,
    /// What the payload does, as the end of "its payload ...".
    pub what: Box<str>,
    pub sources: Vec<Box<str>>,
    /// What to replace where its code has run.
    pub rotate: Vec<Box<str>>,
    /// What to do besides.
    pub clean: Vec<Box<str>>,
    /// Strings of the payload that survive minifiers.
    pub literals: Vec<Box<str>>,
    /// Hosts and addresses that it speaks with.
    pub domains: Vec<Box<str>>,
    /// Strings that others may write, too.
    pub hints: Vec<Box<str>>,
    /// Names of files, or ends of paths, that it leaves.
    pub files: Vec<Box<str>>,
    pub hashes: Vec<FileHash>,
    pub lines: Vec<LineHash>,
    /// Exact versions by name; `*` is all of them.
    pub packages: BTreeMap<Box<str>, Vec<Box<str>>>,
}

/// A file of the campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileHash {
    pub sha256: [u8; 32],
    /// What it was called: only files of such a name, or of this size, are hashed.
    pub names: Vec<Box<str>>,
    pub bytes: Option<u64>,
}

/// A line that was put into many files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineHash {
    /// Of the line without its end.
    pub sha256: [u8; 32],
    pub bytes: usize,
}

/// Why a text describes no campaign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct IndicatorError {
    /// From 1.
    pub line: usize,
    pub message: String,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: Spanned<String>,
    name: Spanned<String>,
    from: Spanned<Datetime>,
    to: Option<Spanned<Datetime>>,
    what: Spanned<String>,
    sources: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    rotate: Vec<Spanned<String>>,
    #[serde(default)]
    clean: Vec<Spanned<String>>,
    #[serde(default)]
    literals: Vec<Spanned<String>>,
    #[serde(default)]
    domains: Vec<Spanned<String>>,
    #[serde(default)]
    hints: Vec<Spanned<String>>,
    #[serde(default)]
    files: Vec<Spanned<String>>,
    #[serde(default)]
    hashes: Vec<WrittenHash>,
    #[serde(default)]
    lines: Vec<WrittenLine>,
    #[serde(default)]
    packages: BTreeMap<Spanned<String>, Spanned<Vec<Spanned<String>>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenHash {
    sha256: Spanned<String>,
    #[serde(default)]
    names: Vec<Spanned<String>>,
    bytes: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenLine {
    sha256: Spanned<String>,
    bytes: Spanned<usize>,
}

impl Campaign {
    /// Reads the file of a campaign.
    ///
    /// # Errors
    /// Anything that is wrong with it, with its line.
    pub fn parse(text: &str) -> Result<Self, IndicatorError> {
        if text.len() > TEXT_LIMIT {
            return Err(IndicatorError {
                line: 1,
                message: format!("it has more than {TEXT_LIMIT} bytes"),
            });
        }
        let written: Written = toml::from_str(text).map_err(|error| IndicatorError {
            line: line_of(text, error.span().map_or(0, |span| span.start)),
            message: printable_up_to(error.message(), 300).into_owned(),
        })?;
        Reader { text }.campaign(written)
    }
}

impl Campaign {
    /// Whether a file of it can only be told by hashing every file: its hash is known without a name or size.
    pub fn has_bare_hash(&self) -> bool {
        self.hashes
            .iter()
            .any(|hash| hash.names.is_empty() && hash.bytes.is_none())
    }
}

struct Reader<'a> {
    text: &'a str,
}

impl Reader<'_> {
    fn campaign(&self, written: Written) -> Result<Campaign, IndicatorError> {
        let marks = written.literals.len() + written.domains.len() + written.hints.len();
        if marks > MARKS_LIMIT {
            return Err(self.error(
                &written.id,
                format!("it has more than {MARKS_LIMIT} strings"),
            ));
        }
        if written.sources.get_ref().is_empty() {
            return Err(self.error(&written.sources, "say where it is known from".to_owned()));
        }
        let from = self.date(&written.from)?;
        let to = written
            .to
            .as_ref()
            .map(|date| self.date(date))
            .transpose()?;
        if let (Some(to), Some(written)) = (to, &written.to)
            && to < from
        {
            return Err(self.error(written, "it ends before it begins".to_owned()));
        }
        let campaign = Campaign {
            id: self.id(&written.id)?,
            name: self.sentence(&written.name)?,
            from,
            to,
            what: self.sentence(&written.what)?,
            sources: self.sentences(written.sources.get_ref())?,
            rotate: self.sentences(&written.rotate)?,
            clean: self.sentences(&written.clean)?,
            literals: self.all(&written.literals, |text| {
                literal(&backwards(text), LITERAL_LENGTHS)
            })?,
            domains: self.all(&written.domains, |text| host(&backwards(text)))?,
            hints: self.all(&written.hints, |text| {
                literal(&backwards(text), HOST_LENGTHS)
            })?,
            files: self.all(&written.files, file)?,
            hashes: self.hashes(&written.hashes)?,
            lines: self.lines(&written.lines)?,
            packages: self.packages(&written.packages)?,
        };
        let says_nothing = campaign.packages.is_empty()
            && campaign.hashes.is_empty()
            && campaign.lines.is_empty()
            && campaign.files.is_empty()
            && marks == 0;
        if says_nothing {
            return Err(self.error(&written.id, "it has nothing that could be found".to_owned()));
        }
        Ok(campaign)
    }

    fn error<T>(&self, at: &Spanned<T>, message: String) -> IndicatorError {
        IndicatorError {
            line: line_of(self.text, at.span().start),
            message,
        }
    }

    fn all(
        &self,
        texts: &[Spanned<String>],
        read: impl Fn(&str) -> Result<Box<str>, String>,
    ) -> Result<Vec<Box<str>>, IndicatorError> {
        self.few(texts.len(), texts.first())?;
        let read = texts
            .iter()
            .map(|text| read(text.get_ref()).map_err(|fault| self.error(text, fault)));
        read.collect()
    }

    /// A list that is too long is an error, never cut: less than was meant would be looked for.
    fn few<T>(&self, count: usize, first: Option<&Spanned<T>>) -> Result<(), IndicatorError> {
        match first {
            Some(first) if count > LIST_LIMIT => {
                Err(self.error(first, format!("more than {LIST_LIMIT} entries")))
            }
            _ => Ok(()),
        }
    }

    fn id(&self, text: &Spanned<String>) -> Result<Box<str>, IndicatorError> {
        let id = text.get_ref();
        match is_id(id) {
            true => Ok(id.as_str().into()),
            false => Err(self.error(
                text,
                "an id has small letters, digits and single hyphens, up to 80".to_owned(),
            )),
        }
    }

    fn sentence(&self, text: &Spanned<String>) -> Result<Box<str>, IndicatorError> {
        sentence(text.get_ref()).map_err(|fault| self.error(text, fault))
    }

    fn sentences(&self, texts: &[Spanned<String>]) -> Result<Vec<Box<str>>, IndicatorError> {
        self.all(texts, sentence)
    }

    fn date(&self, date: &Spanned<Datetime>) -> Result<Date, IndicatorError> {
        let text = date.get_ref().to_string();
        let is_date = text.len() == "2025-09-08".len();
        text.parse::<Date>()
            .ok()
            .filter(|_| is_date)
            .ok_or_else(|| self.error(date, "a day is written 2025-09-08".to_owned()))
    }

    fn hashes(&self, written: &[WrittenHash]) -> Result<Vec<FileHash>, IndicatorError> {
        let hash = |hash: &WrittenHash| {
            let names = self.all(&hash.names, |name| match name.contains('/') {
                false => path(name),
                true => Err("a name has no folder before it".to_owned()),
            })?;
            Ok(FileHash {
                sha256: self.sha256(&hash.sha256)?,
                names,
                bytes: hash.bytes,
            })
        };
        self.few(written.len(), written.first().map(|hash| &hash.sha256))?;
        written.iter().map(hash).collect()
    }

    fn lines(&self, written: &[WrittenLine]) -> Result<Vec<LineHash>, IndicatorError> {
        let line = |line: &WrittenLine| {
            let bytes = *line.bytes.get_ref();
            if bytes < SHORTEST_LINE {
                let fault = format!("a line has at least {SHORTEST_LINE} bytes");
                return Err(self.error(&line.bytes, fault));
            }
            Ok(LineHash {
                sha256: self.sha256(&line.sha256)?,
                bytes,
            })
        };
        self.few(written.len(), written.first().map(|line| &line.sha256))?;
        written.iter().map(line).collect()
    }

    fn sha256(&self, text: &Spanned<String>) -> Result<[u8; 32], IndicatorError> {
        from_hex(text.get_ref())
            .ok_or_else(|| self.error(text, "a sha256 has 64 hexadecimal digits".to_owned()))
    }

    fn packages(
        &self,
        written: &BTreeMap<Spanned<String>, Spanned<Vec<Spanned<String>>>>,
    ) -> Result<BTreeMap<Box<str>, Vec<Box<str>>>, IndicatorError> {
        self.few(written.len(), written.keys().next())?;
        let mut packages = BTreeMap::new();
        for (name, versions) in written {
            let parsed = PackageName::parse(name.get_ref())
                .map_err(|error| self.error(name, error.to_string()))?;
            let count = versions.get_ref().len();
            if count == 0 || count > VERSIONS_LIMIT {
                let fault = format!("a package has 1 to {VERSIONS_LIMIT} versions, or \"*\"");
                return Err(self.error(versions, fault));
            }
            let versions = self.all(versions.get_ref(), version)?;
            packages.insert(parsed.as_str().into(), versions);
        }
        Ok(packages)
    }
}

/// The text from its end to its beginning: how strings stand in the files, so that no file is found by what it describes.
pub(super) fn backwards(text: &str) -> String {
    text.chars().rev().collect()
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

pub(super) fn is_id(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty()
        && text.len() <= 80
        && text.bytes().all(fits)
        && !text.starts_with('-')
        && !text.ends_with('-')
        && !text.contains("--")
}

fn sentence(text: &str) -> Result<Box<str>, String> {
    match !text.trim().is_empty() && text.chars().count() <= 300 {
        true => Ok(text.into()),
        false => Err("it is empty, or longer than 300 characters".to_owned()),
    }
}

/// A string that is rare enough to be searched for in every file of a disk.
pub(super) fn literal(
    text: &str,
    lengths: std::ops::RangeInclusive<usize>,
) -> Result<Box<str>, String> {
    if !lengths.contains(&text.len()) {
        let (least, most) = lengths.into_inner();
        return Err(format!("a string has {least} to {most} bytes"));
    }
    if !text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Err("a string is printable ASCII".to_owned());
    }
    let mut seen: Vec<u8> = text.bytes().collect();
    seen.sort_unstable();
    seen.dedup();
    if seen.len() < DISTINCT {
        return Err(format!(
            "a string of fewer than {DISTINCT} different characters is found by accident"
        ));
    }
    Ok(text.into())
}

/// A host or an address that only the campaign uses.
pub(super) fn host(text: &str) -> Result<Box<str>, String> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let mut labels = text.split('.');
    let is_host = HOST_LENGTHS.contains(&text.len())
        && text.contains('.')
        && labels.all(|label| !label.is_empty() && label.bytes().all(fits));
    if !is_host {
        return Err("a host has small letters, digits, hyphens and a dot, 8 to 253 of them; an address four numbers".to_owned());
    }
    if SHARED_HOSTS.contains(&text) {
        return Err("everybody uses this host: it says nothing".to_owned());
    }
    let is_own = |address: std::net::Ipv4Addr| {
        address.is_private()
            || address.is_loopback()
            || address.is_unspecified()
            || address.is_link_local()
            || address.is_broadcast()
    };
    if text.parse().is_ok_and(is_own) {
        return Err("this address is every network's own".to_owned());
    }
    Ok(text.into())
}

/// The name of a file that is left, or the end of its path.
pub(super) fn file(text: &str) -> Result<Box<str>, String> {
    let lower = text.to_ascii_lowercase();
    if COMMON_NAMES.contains(&lower.as_str()) {
        return Err("everybody has files of this name: give the end of its path".to_owned());
    }
    path(text)
}

fn path(text: &str) -> Result<Box<str>, String> {
    let is_plain = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'\\';
    let parts_are = text
        .split('/')
        .all(|part| !part.is_empty() && part != "." && part != "..");
    let name = text.rsplit('/').next().unwrap_or_default();
    match text.bytes().all(is_plain) && parts_are && (5..=100).contains(&name.len()) {
        true => Ok(text.into()),
        false => Err(
            "a path has / between its parts and none in front; a name 5 to 100 bytes".to_owned(),
        ),
    }
}

pub(super) fn version(text: &str) -> Result<Box<str>, String> {
    match text {
        "*" => Ok(text.into()),
        _ => match lazaret_npm::Version::parse(text) {
            Ok(version) => Ok(version.to_string().into()),
            Err(error) => Err(error.to_string()),
        },
    }
}
