//! `/-/lazaret/diff/{name}@{version}`: what changed, file by file, with findings at their lines. Archives are read in
//! memory under limits; nothing of them is parsed here, and nothing is run.

mod compare;
mod highlight;
mod pretty;

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use bytes::Bytes;
use http::{HeaderMap, Uri};
use lazaret_npm::tarball::{Contents, Limits, Tarball};
use lazaret_npm::text::printable_up_to;
use lazaret_npm::{PackageName, Version};
use serde::Deserialize;

use super::inspection::{self, Finding};
use super::version::of_tag;
use super::{Frame, Page, caller, path_to, shown};
use crate::app::App;
use crate::mirror::broken_store;
use crate::pages::parse_id;
use crate::problem::Problem;
use compare::{Pin, Row};

/// Bytes of an unpacked archive that are read for a page.
const UNPACKED: usize = 256 << 20;
/// Files and bytes of changed text that are shown without being asked for one by one.
const FILES: usize = 12;
const BYTES: usize = 200 << 10;
/// Largest text that is compared.
const TEXT: usize = 4 << 20;
/// Largest text shown in colours, which make a page some ten times as large, and browsers slow.
const COLOURED: usize = 128 << 10;
/// Files listed.
const LISTED: usize = 2000;
/// Versions to compare with that are offered.
const BASES: usize = 60;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    from: String,
    file: String,
    view: String,
    raw: String,
}

#[derive(Template)]
#[template(path = "web/diff.html")]
struct Diff {
    frame: Frame,
    id: String,
    path: String,
    version_path: String,
    base: String,
    bases: Vec<String>,
    view: String,
    raw: bool,
    file: String,
    listed: Vec<Listed>,
    more: usize,
    shown: Vec<Shown>,
    notes: Vec<String>,
}

/// A line of the list of files.
struct Listed {
    path: String,
    query: String,
    what: &'static str,
    size: String,
    findings: usize,
}

/// One file, compared.
struct Shown {
    path: String,
    /// Why there is nothing to see, or how it was made readable.
    note: String,
    rows: Vec<Row>,
}

/// What is compared.
struct Question {
    before: Option<Bytes>,
    after: Bytes,
    findings: Vec<Finding>,
    file: String,
    raw: bool,
}

struct Answer {
    listed: Vec<Listed>,
    more: usize,
    shown: Vec<Shown>,
    notes: Vec<String>,
}

pub(super) async fn get(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    uri: Uri,
    Query(asked): Query<Asked>,
) -> Page {
    let caller = caller(&app, &headers, &uri).await?;
    let (name, version) = parse_id(&id)?;
    let version =
        version.ok_or_else(|| Problem::bad_request("ask for a version, as in chalk@5.6.1"))?;
    let loaded = app.mirror.current(&name).await?;
    let version = of_tag(&loaded.listing, version);
    let inspected = inspection::of(&app, &name, version).await?;
    let here = pinned(&app, &name).await?;
    let after = here.get(version).ok_or_else(|| {
        Problem::gone(format!(
            "the bytes of {name}@{} are not here: they come with its inspection or its first download",
            printable_up_to(version, 256)
        ))
    })?;
    let compared = inspected.as_ref().map(|of| of.against.clone());
    let base = match asked.from.as_str() {
        "" => compared
            .filter(|base| here.contains_key(base))
            .or_else(|| before(&here, version)),
        from => Some(from.to_owned()),
    };
    let before = match &base {
        Some(base) => {
            let sha512 = here.get(base).ok_or_else(|| {
                Problem::gone("the bytes of the version to compare with are not here")
            })?;
            Some(bytes(&app, sha512).await?)
        }
        None => None,
    };
    let question = Question {
        before,
        after: bytes(&app, after).await?,
        findings: inspected.map_or_else(Vec::new, |of| of.findings),
        file: asked.file.clone(),
        raw: asked.raw == "yes",
    };
    let raw = question.raw;
    let answer = app.mirror.heavy(move || answer(question)).await??;
    let id = format!("{name}@{version}");
    let mut bases: Vec<String> = here.into_keys().filter(|base| base != version).collect();
    bases.sort_by_cached_key(|base| std::cmp::Reverse(Version::parse(base).ok()));
    bases.truncate(BASES);
    shown(&Diff {
        frame: Frame::new(&caller, "version"),
        path: path_to("diff", &id),
        version_path: path_to("version", &id),
        id: printable_up_to(&id, 300).into_owned(),
        base: base.unwrap_or_default(),
        bases,
        view: asked.view,
        raw,
        file: asked.file,
        listed: answer.listed,
        more: answer.more,
        shown: answer.shown,
        notes: answer.notes,
    })
}

/// The versions whose bytes are here, with their addresses.
async fn pinned(app: &App, name: &PackageName) -> Result<BTreeMap<String, String>, Problem> {
    let history = app.mirror.store.db.history(name).await;
    let versions = history.map_err(broken_store)?.versions.into_iter();
    Ok(versions
        .filter(|row| row.quarantined_at.is_none())
        .filter_map(|row| Some((row.version, row.sha512?)))
        .collect())
}

/// The version of the bytes that are here that comes next before.
fn before(here: &BTreeMap<String, String>, version: &str) -> Option<String> {
    let of = Version::parse(version).ok()?;
    let parsed = here
        .keys()
        .filter_map(|key| Some((Version::parse(key).ok()?, key)));
    let earlier = parsed.filter(|(key, _)| *key < of).max()?;
    Some(earlier.1.clone())
}

async fn bytes(app: &App, sha512: &str) -> Result<Bytes, Problem> {
    let bytes = app.mirror.store.blobs.get(sha512).await;
    bytes
        .map_err(broken_store)?
        .ok_or_else(|| Problem::gone("the bytes of this version are not here any more"))
}

fn contents(bytes: Bytes, notes: &mut Vec<String>) -> Result<Contents, Problem> {
    let limits = Limits::default().with_unpacked(UNPACKED);
    let contents = Tarball::unverified(bytes)
        .contents(&limits)
        .map_err(|error| Problem::conflict(format!("the archive cannot be read: {error}")))?;
    if !contents.incomplete.is_empty() {
        notes.push(
            "One of the archives is too large to be read to its end: there may be more.".into(),
        );
    }
    if !contents.irregularities.is_empty() {
        notes.push(
            "Clients may extract one of the archives differently: the version's page says why."
                .into(),
        );
    }
    Ok(contents)
}

fn answer(question: Question) -> Result<Answer, Problem> {
    let mut notes = Vec::new();
    let after = contents(question.after, &mut notes)?;
    let before = match question.before {
        Some(bytes) => Some(contents(bytes, &mut notes)?),
        None => None,
    };
    notes.dedup();
    let mut files: BTreeMap<&str, [Option<&Bytes>; 2]> = BTreeMap::new();
    for entry in before.iter().flat_map(|contents| &contents.files) {
        files.entry(&entry.path).or_default()[0] = Some(&entry.bytes);
    }
    for entry in &after.files {
        files.entry(&entry.path).or_default()[1] = Some(&entry.bytes);
    }
    let mut pins: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in &question.findings {
        pins.entry(&finding.file).or_default().push(finding);
    }
    let pins_of = |path: &str| pins.get(path).map_or(&[][..], |pins| pins);
    files.retain(|path, [before, after]| before != after || !pins_of(path).is_empty());
    let mut order: Vec<(&str, [Option<&Bytes>; 2])> = files.into_iter().collect();
    // What was found something in comes first.
    order.sort_by_key(|(path, _)| (pins_of(path).is_empty(), *path));
    let size = |of: &[Option<&Bytes>; 2]| of.iter().flatten().map(|bytes| bytes.len()).max();
    let wanted: Vec<&(&str, [Option<&Bytes>; 2])> = match question.file.as_str() {
        "" => {
            let mut left = BYTES;
            let fits = |(_, of): &&(&str, [Option<&Bytes>; 2])| {
                let size = size(of).unwrap_or(0);
                let fits = size <= left;
                left -= if fits { size } else { 0 };
                fits
            };
            order.iter().filter(fits).take(FILES).collect()
        }
        file => order.iter().filter(|(path, _)| *path == file).collect(),
    };
    if question.file.is_empty() && wanted.len() < order.len() {
        notes.push("Not every file is shown at once: the list has them all, one by one.".into());
    }
    if wanted.is_empty() && !question.file.is_empty() {
        notes.push("This file is the same in both, or in neither.".into());
    }
    let shown = wanted
        .into_iter()
        .map(|(path, [before, after])| compared(path, *before, *after, pins_of(path), question.raw))
        .collect();
    Ok(Answer {
        more: order.len().saturating_sub(LISTED),
        listed: order
            .iter()
            .take(LISTED)
            .map(|(path, of)| listed(path, of, pins_of(path).len()))
            .collect(),
        shown,
        notes,
    })
}

fn listed(path: &str, [before, after]: &[Option<&Bytes>; 2], findings: usize) -> Listed {
    let bytes = |of: &Option<&Bytes>| of.map_or(0, |bytes| bytes.len());
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("file", path)
        .finish();
    Listed {
        path: printable_up_to(path, 300).into_owned(),
        query,
        what: match (before, after) {
            (None, _) => "added",
            (_, None) => "removed",
            (before, after) if before == after => "unchanged",
            _ => "changed",
        },
        size: match (bytes(before), bytes(after)) {
            (0, after) => format!("{after} bytes"),
            (before, 0) => format!("{before} bytes"),
            (before, after) => format!("{before} → {after} bytes"),
        },
        findings,
    }
}

fn compared(
    path: &str,
    before: Option<&Bytes>,
    after: Option<&Bytes>,
    findings: &[&Finding],
    raw: bool,
) -> Shown {
    let mut shown = Shown {
        path: printable_up_to(path, 300).into_owned(),
        note: String::new(),
        rows: Vec::new(),
    };
    let (Some(before), Some(after)) = (text(before), text(after)) else {
        shown.note =
            "Not text, or too large to be compared: download the tarballs to see it.".into();
        return shown;
    };
    let size = before.len().max(after.len());
    let is_packed = !raw && (pretty::is_packed(before) || pretty::is_packed(after));
    let (before, after) = match is_packed {
        true => {
            shown.note = "Its lines are too long to be read: it is shown as if somebody had written it, line by line. \
                          Line numbers are those of this form."
                .into();
            (pretty::lines(before), pretty::lines(after))
        }
        false => (pretty::as_it_is(before), pretty::as_it_is(after)),
    };
    let mut pins: BTreeMap<usize, Vec<Pin>> = BTreeMap::new();
    for finding in findings {
        let line = after.line_of(finding.line, finding.column);
        pins.entry(line).or_default().push(Pin {
            severity: finding.severity.clone(),
            rule: finding.rule.clone(),
            novelty: finding.novelty.clone(),
            text: finding.message.clone(),
            evidence: finding.evidence.clone(),
        });
    }
    shown.rows = compare::rows(&before.lines, &after.lines, pins);
    let is_code = highlight::knows(path) && size <= COLOURED;
    let starts = |lines| match is_code {
        true => highlight::starts(lines),
        false => Vec::new(),
    };
    let (old, new) = (starts(&before.lines), starts(&after.lines));
    for row in &mut shown.rows {
        let code = |text: &str, starts: &[highlight::Open], line: usize| match line
            .checked_sub(1)
            .and_then(|index| starts.get(index))
        {
            Some(start) => highlight::pieces(text, *start),
            None => highlight::plain(text),
        };
        row.old_code = code(&row.left, &old, row.old);
        row.new_code = code(&row.right, &new, row.new);
    }
    shown
}

/// Text that is not too large; the empty text for a file that is not there.
fn text(bytes: Option<&Bytes>) -> Option<&str> {
    let Some(bytes) = bytes else {
        return Some("");
    };
    if bytes.len() > TEXT || bytes.contains(&0) {
        return None;
    }
    std::str::from_utf8(bytes).ok()
}
