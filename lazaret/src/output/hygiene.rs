//! What `lazaret hygiene` says to people.

use super::{BOLD, FAINT, PLAIN, YELLOW, columns, escaped};
use lazaret_project::hygiene::{Declaration, Evidence, Hygiene, Known, PackageFacts, Removal};
use std::fmt::Write;

/// Lines of one section; the rest is in the JSON.
const MOST: usize = 40;

/// Dependencies that bring the most, used or not.
const MOST_LARGE: usize = 10;

pub(crate) fn hygiene(found: &Hygiene, years: u16) -> String {
    let mut text = String::new();
    unused(found, &mut text);
    unknown(found, &mut text);
    undeclared(found, &mut text);
    duplicates(found, &mut text);
    let old = format!("no release for {years} years");
    facts(found, "deprecated", &mut text, |facts| {
        word(&facts.deprecated, Clone::clone)
    });
    facts(found, &old, &mut text, |facts| {
        word(&facts.last_release, |at| format!("last {}", day(at)))
    });
    facts(found, "one maintainer", &mut text, |facts| {
        word(&facts.maintainers, |names| names.join(", "))
    });
    facts(found, "no repository", &mut text, |facts| {
        word(&facts.repository, |_| String::new())
    });
    large(found, &mut text);
    looked_at(found, &mut text);
    text
}

fn head(title: &str, count: usize, text: &mut String) {
    let _ = writeln!(text, "{BOLD}{title}{PLAIN} ({count})");
}

fn rows(rows: Vec<Vec<String>>, text: &mut String) {
    let more = rows.len().saturating_sub(MOST);
    let shown = &rows[..rows.len().min(MOST)];
    for line in columns(shown).lines() {
        let _ = writeln!(text, "  {line}");
    }
    if more > 0 {
        let _ = writeln!(text, "  {FAINT}and {more} more: --format json{PLAIN}");
    }
    text.push('\n');
}

fn place(declared: &Declaration) -> String {
    format!(
        "{}:{} ({})",
        escaped(&declared.manifest),
        declared.place.line,
        declared.group
    )
}

fn unused(found: &Hygiene, text: &mut String) {
    let all: Vec<&Declaration> = found.unused().collect();
    head("declared, and named nowhere", all.len(), text);
    let told = all.iter().map(|declared| {
        vec![
            format!("{YELLOW}{}{PLAIN}", escaped(&declared.name)),
            place(declared),
            match &declared.unused_since {
                Some(Known::Found { value }) => format!("since {}", day(value)),
                _ => "since unknown".to_owned(),
            },
            declared
                .removal
                .as_ref()
                .map_or_else(String::new, taken_out),
        ]
    });
    rows(told.collect(), text);
    let why = all
        .iter()
        .find_map(|declared| match &declared.unused_since {
            Some(Known::Unknown { why }) => Some((&declared.name, why)),
            _ => None,
        });
    if let Some((name, why)) = why {
        // One line of each section is enough; all of them are in the JSON.
        text.pop();
        let (name, why) = (escaped(name), escaped(why));
        let _ = writeln!(text, "  {FAINT}since unknown: {name}: {why}{PLAIN}\n");
    }
}

/// Of a moment.
fn day(moment: &str) -> &str {
    moment.get(..10).unwrap_or(moment)
}

fn unknown(found: &Hygiene, text: &mut String) {
    let why = |declared: &Declaration| match &declared.used {
        Known::Unknown { why } => Some(why.clone()),
        _ => None,
    };
    let unknown = found.declared.iter().filter_map(|declared| {
        let why = why(declared)?;
        Some(vec![
            escaped(&declared.name).into_owned(),
            place(declared),
            escaped(&why).into_owned(),
        ])
    });
    let unknown: Vec<Vec<String>> = unknown.collect();
    if !unknown.is_empty() {
        head(
            "declared, and it is unknown whether it is used",
            unknown.len(),
            text,
        );
        rows(unknown, text);
    }
}

fn undeclared(found: &Hygiene, text: &mut String) {
    head("imported, and not declared", found.undeclared.len(), text);
    let told = found.undeclared.iter().map(|undeclared| {
        let with = match &undeclared.comes_with {
            Known::Found { value } if value.is_empty() => "in the lockfile".to_owned(),
            Known::Found { value } => format!("comes with {}", value.join(", ")),
            Known::Unknown { why } => why.clone(),
            Known::Ok { .. } => String::new(),
        };
        let place = undeclared.places.first().map_or_else(String::new, at);
        vec![
            escaped(&undeclared.name).into_owned(),
            place,
            escaped(&with).into_owned(),
        ]
    });
    rows(told.collect(), text);
}

fn at(evidence: &Evidence) -> String {
    format!("{}:{}", escaped(&evidence.file), evidence.line)
}

fn duplicates(found: &Hygiene, text: &mut String) {
    head("in several majors", found.duplicates.len(), text);
    let told = found.duplicates.iter().map(|duplicate| {
        let majors = duplicate.majors.iter().map(|major| {
            let versions = major.versions.join(", ");
            match major.needed_by.as_slice() {
                [] => versions,
                [one] => format!("{versions} for {one}"),
                [one, rest @ ..] => format!("{versions} for {one} and {} more", rest.len()),
            }
        });
        let majors: Vec<String> = majors.collect();
        vec![
            escaped(&duplicate.name).into_owned(),
            escaped(&majors.join("; ")).into_owned(),
        ]
    });
    rows(told.collect(), text);
}

/// What is said of a fact that was found, and whether it is known at all.
enum Word {
    Found(String),
    Fine,
    Unknown(String),
}

fn word<T>(known: &Known<T>, say: impl Fn(&T) -> String) -> Word {
    match known {
        Known::Found { value } => Word::Found(say(value)),
        Known::Ok { .. } => Word::Fine,
        Known::Unknown { why } => Word::Unknown(why.clone()),
    }
}

fn facts(found: &Hygiene, title: &str, text: &mut String, of: impl Fn(&PackageFacts) -> Word) {
    let (mut told, mut unknown, mut why) = (Vec::new(), 0, None);
    for facts in &found.packages {
        match of(facts) {
            Word::Found(said) => told.push(vec![
                format!("{}@{}", escaped(&facts.name), escaped(&facts.version)),
                escaped(&said).into_owned(),
            ]),
            Word::Fine => {}
            Word::Unknown(reason) => {
                unknown += 1;
                why.get_or_insert(reason);
            }
        }
    }
    let _ = write!(text, "{BOLD}{title}{PLAIN} ({}", told.len());
    if unknown > 0 {
        let why = why.unwrap_or_default();
        let _ = write!(text, ", unknown of {unknown}: {}", escaped(&why));
    }
    text.push_str(")\n");
    rows(told, text);
}

fn large(found: &Hygiene, text: &mut String) {
    let mut all: Vec<(&str, &Removal)> = found
        .declared
        .iter()
        .filter_map(|declared| Some((declared.name.as_str(), declared.removal.as_ref()?)))
        .collect();
    all.sort_by_key(|(name, removal)| (std::cmp::Reverse(removal.packages), *name));
    all.dedup_by_key(|(name, _)| *name);
    all.truncate(MOST_LARGE);
    head(
        "what removing would take out, the most first",
        all.len(),
        text,
    );
    let told = all
        .iter()
        .map(|(name, removal)| vec![escaped(name).into_owned(), taken_out(removal)]);
    rows(told.collect(), text);
}

/// `3 packages, 1.2 MB, 1 install script, 2 maintainers`.
fn taken_out(removal: &Removal) -> String {
    let counted = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    };
    let mut parts = vec![counted(removal.packages, "package")];
    let measured = removal.packages.saturating_sub(removal.not_measured);
    if measured > 0 {
        let bytes = indicatif::HumanBytes(removal.bytes);
        parts.push(match removal.not_measured {
            0 => bytes.to_string(),
            missing => format!("{bytes} ({missing} not installed)"),
        });
    }
    if !removal.install_scripts.is_empty() {
        parts.push(counted(removal.install_scripts.len(), "install script"));
    }
    if let Known::Ok {
        value: Some(people),
    } = &removal.maintainers
    {
        parts.push(counted(people.len(), "maintainer"));
    }
    parts.join(", ")
}

fn looked_at(found: &Hygiene, text: &mut String) {
    let looked = &found.looked_at;
    let files = looked
        .files
        .iter()
        .map(|(role, files)| format!("{} {role} files", files.len()));
    let mut parts: Vec<String> = files.collect();
    parts.push(format!("{} package.json", looked.manifests.len()));
    let _ = writeln!(text, "looked at: {}", parts.join(", "));
    for (title, list) in [("left out", &looked.left_out), ("not read", &looked.unread)] {
        for (path, why) in list.iter().take(MOST) {
            let _ = writeln!(text, "{title}: {}: {}", escaped(path), escaped(why));
        }
        if list.len() > MOST {
            let _ = writeln!(text, "{title}: {} more", list.len() - MOST);
        }
    }
}
