//! Names of packages in prose. Many are everyday words (`debug`, `color`), so a bare word is none: a name has a scope, a
//! version, marks of code round it, or stands in the address of a package.

use std::collections::BTreeSet;

use super::Item;

/// What stands before a name where a package is meant.
const BEFORE: &[&str] = &[
    "pkg:npm/",
    "/package/",
    "npm install ",
    "npm i ",
    "npm package ",
    "npm: ",
];

/// What stands on both sides of a name where a package is meant.
const ROUND: &[(&str, &str)] = &[
    ("`", "`"),
    ("<code>", "</code>"),
    ("\"", "\""),
    ("'", "'"),
    ("“", "”"),
    ("&quot;", "&quot;"),
];

/// Longest name.
const LONGEST: usize = 214;

/// Longest run of letters that is looked at, and names in it: longer ones are no address that anybody wrote.
const WORD: usize = 1_024;
const STARTS: usize = 4;

/// Names for which `is_used` holds and that an entry mentions.
pub fn mentioned(item: &Item, is_used: impl Fn(&str) -> bool) -> BTreeSet<String> {
    if !item.packages.is_empty() {
        let named = item.packages.iter().filter(|name| is_used(name));
        return named.cloned().collect();
    }
    let text = item.text.as_str();
    let mut found = BTreeSet::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(is_part).map(|start| at + start) {
        let rest = &text[start..];
        let end = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
        at = start + end;
        let word = &rest[..end];
        let before = &text[..start];
        if word.len() > WORD {
            continue;
        }
        for (name, after) in readings(word, &text[at..]) {
            if name.len() <= LONGEST && is_used(&name) && is_meant(&name, before, &after) {
                found.insert(name);
            }
        }
    }
    found
}

/// Letters of names, versions and addresses.
fn is_part(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "@/._-~%".contains(letter)
}

/// What a run of letters can be: the name with what follows it.
fn readings(word: &str, after: &str) -> Vec<(String, String)> {
    let word = word
        .replace("%40", "@")
        .replace("%2F", "/")
        .replace("%2f", "/");
    let mut readings = Vec::new();
    // The last part of an address, `package/NAME`, is read with its marker before it.
    let mut starts = vec![0];
    for marker in ["npm/", "package/"] {
        starts.extend(word.match_indices(marker).map(|(at, _)| at + marker.len()));
    }
    for start in starts.into_iter().take(STARTS) {
        let (marker, rest) = word.split_at(start);
        let body = rest.trim_end_matches(['.', '/', '-']);
        let version = body
            .char_indices()
            .skip(1)
            .find(|(_, letter)| *letter == '@');
        let (name, follows) = match version {
            Some((at, _)) => body.split_at(at),
            None => (body, ""),
        };
        // Of `name/v/1.2.3` and `name/versions` the name.
        let parts = if name.starts_with('@') { 2 } else { 1 };
        let mut pieces = name.split('/');
        let name: Vec<&str> = pieces.by_ref().take(parts).collect();
        let is_address = !marker.is_empty();
        if pieces.next().is_some() && !is_address {
            continue;
        }
        let follows = match (follows.is_empty(), is_address) {
            (_, true) => "\0".to_owned(),
            (true, false) => after.chars().take(8).collect(),
            (false, false) => follows.to_owned(),
        };
        readings.push((name.join("/"), follows));
    }
    readings
}

fn is_meant(name: &str, before: &str, after: &str) -> bool {
    let has_version = after
        .strip_prefix('@')
        .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit() || first == 'v'));
    let is_of_address = after.starts_with('\0');
    let is_scoped = name.starts_with('@') && name.contains('/');
    let ends = |text: &str| {
        let from = before.len().saturating_sub(text.len());
        before
            .get(from..)
            .is_some_and(|end| end.eq_ignore_ascii_case(text))
    };
    is_scoped
        || has_version
        || is_of_address
        || BEFORE.iter().any(|text| ends(text))
        || ROUND
            .iter()
            .any(|(open, close)| ends(open) && after.starts_with(close))
}
