//! Versions that are named in text: npm's own logs, what was typed into shells, workflows and build files.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::hit::{Confidence, Ran};
use super::look::Looker;
use super::place::{Place, Where};
use super::versions::of_address;

/// Longer lines are looked at in parts of so many bytes.
const LINE_LIMIT: usize = 64 << 10;

/// Longest name and longest version that are read, in characters: no package has longer ones.
const NAME_LIMIT: usize = 256;

/// Whether a file of this name tells of installations.
pub(super) fn tells(place: &Place) -> bool {
    let name = place.name();
    place.is_npm_log()
        || place.is_history()
        || name.starts_with("Dockerfile")
        || name.starts_with("Containerfile")
        || name == ".gitlab-ci.yml"
        || (place.has("/.github/workflows/") && (name.ends_with(".yml") || name.ends_with(".yaml")))
}

impl Looker<'_> {
    pub(super) fn mentions(&mut self, place: &Place, bytes: &[u8]) {
        let kind = place.kind();
        let log_time = time_of_log(place.name());
        let mut time = log_time;
        let mut told = BTreeSet::new();
        let mut at = 0;
        let lines = bytes.split_inclusive(|byte| *byte == b'\n');
        for line in lines.flat_map(|line| line.chunks(LINE_LIMIT)) {
            let offset = at;
            at += line.len();
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            let line = String::from_utf8_lossy(line);
            if kind == Where::History {
                time = time_of_line(&line).or(time);
            }
            for (name, version) in named(&line) {
                let Some(known) = self.request.known(&name, &version) else {
                    continue;
                };
                let (confidence, ran, note) = judge(kind, &line, &name, &version);
                let subject = format!("{name}@{version}");
                if !told.insert((subject.clone(), ran)) {
                    continue;
                }
                let before = self.outcome.hits.len();
                self.version(place, bytes, &known, subject, (confidence, ran, note));
                if let Some(hit) = self.outcome.hits.get_mut(before) {
                    hit.offset = Some(offset as u64);
                    if let Some(time) = time {
                        hit.first_seen = Some(time);
                        hit.seen_by = match kind {
                            Where::History => "shell history",
                            _ => "npm log",
                        };
                    }
                }
            }
            if kind == Where::History && !line.starts_with('#') && !line.starts_with("- cmd:") {
                time = None;
            }
        }
    }
}

fn judge(kind: Where, line: &str, name: &str, version: &str) -> (Confidence, Ran, String) {
    let script = ["preinstall", "install", "postinstall"]
        .into_iter()
        .find(|script| line.contains(&format!("run {name}@{version} {script} ")));
    match (kind, script) {
        (Where::Log, Some(script)) => (
            Confidence::Confirmed,
            Ran::Yes,
            format!("the log says that its {script} script ran"),
        ),
        (Where::Log, None) if line.contains("fetch GET") || line.contains("reify") => (
            Confidence::Confirmed,
            Ran::Unknown,
            "the log says that it was fetched".to_owned(),
        ),
        (Where::Log, None) => (
            Confidence::Likely,
            Ran::Unknown,
            "the log names it".to_owned(),
        ),
        (Where::History, _) => (
            Confidence::Likely,
            Ran::Unknown,
            "somebody typed it".to_owned(),
        ),
        _ => (
            Confidence::Likely,
            Ran::Unknown,
            "a build file names it".to_owned(),
        ),
    }
}

/// Every `name@version`, and every address of a tarball.
fn named(line: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (at, _) in line.match_indices('@') {
        let is_of_version =
            |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '+');
        let version: String = line[at + 1..]
            .chars()
            .take(NAME_LIMIT)
            .take_while(|letter| is_of_version(*letter))
            .collect();
        let version = version.trim_end_matches(['.', '-']);
        if !version.starts_with(|letter: char| letter.is_ascii_digit()) {
            continue;
        }
        let is_of_name = |letter: char| {
            letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | '~' | '/' | '@')
        };
        let before = &line[..at];
        let start = before
            .char_indices()
            .rev()
            .take(NAME_LIMIT)
            .take_while(|(_, letter)| is_of_name(*letter))
            .last()
            .map_or(at, |(start, _)| start);
        let path = &before[start..];
        let mut parts = path.rsplit('/');
        let bare = parts.next().unwrap_or_default();
        let name = match parts.next() {
            Some(scope) if scope.starts_with('@') => format!("{scope}/{bare}"),
            _ => bare.to_owned(),
        };
        if !name.is_empty() {
            found.push((name, version.to_owned()));
        }
    }
    if line.contains("/-/") {
        let words =
            line.split(|letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'' | ','));
        found.extend(
            words
                .filter(|word| word.contains("/-/"))
                .filter_map(of_address),
        );
    }
    found
}

/// `2026-11-22T04_12_56_151Z-debug-0.log`.
fn time_of_log(name: &str) -> Option<Timestamp> {
    let stamp = name.get(..23)?;
    let (day, time) = stamp.split_once('T')?;
    let time: Vec<&str> = time.split('_').collect();
    let [hour, minute, second, millisecond] = time.as_slice() else {
        return None;
    };
    let text = format!("{day}T{hour}:{minute}:{second}.{millisecond}");
    let time: DateTime = text.parse().ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// `: 1725800000:0;command` of zsh, `#1725800000` of bash, `  when: 1725800000` of fish.
fn time_of_line(line: &str) -> Option<Timestamp> {
    let digits = line
        .strip_prefix(": ")
        .and_then(|rest| rest.split(':').next())
        .or_else(|| line.strip_prefix('#'))
        .or_else(|| line.trim_start().strip_prefix("when: "))?;
    Timestamp::from_second(digits.trim().parse().ok()?).ok()
}
