//! Which findings are shown with the code round them.

use super::Excerpt;
use lazaret_analysis::{Finding, Limits, Package, Place, Severity, kind, pretty, raw};
use std::collections::BTreeMap;

/// More than a reviewer reads.
const MOST: usize = 20;

/// Of one file: bundles show the same thing many times.
const MOST_OF_A_FILE: usize = 6;

/// Excerpts of minified files, for findings that are worth a look, in the order of the findings. `note` gets the path of
/// each file before it is read.
pub(super) fn of<'f>(
    package: &Package,
    findings: impl Iterator<Item = &'f Finding>,
    limits: &Limits,
    note: &mut dyn FnMut(&str),
) -> Vec<Excerpt> {
    let mut places: Vec<&Place> = Vec::new();
    let mut files: BTreeMap<&str, Vec<&Place>> = BTreeMap::new();
    for finding in findings {
        let place = &finding.place;
        if finding.severity < Severity::Medium || place.line == 0 || places.contains(&place) {
            continue;
        }
        let of_file = files.entry(&place.file).or_default();
        if places.len() < MOST && of_file.len() < MOST_OF_A_FILE {
            of_file.push(place);
            places.push(place);
        }
    }
    let mut excerpts = Vec::new();
    for (path, places) in files {
        // Of two files of one path nobody knows which is meant.
        let mut of_path = package.files.iter().filter(|file| file.path == path);
        let (Some(file), None) = (of_path.next(), of_path.next()) else {
            continue;
        };
        let text = kind::text(&file.bytes);
        let is_minified = raw::of(&text).long_bytes as usize * 2 > text.len();
        if !is_minified {
            continue;
        }
        note(path);
        let shown = pretty::excerpts(path, &text, &places, limits);
        excerpts.extend(places.iter().zip(shown).filter_map(|(place, code)| {
            Some(Excerpt {
                place: (*place).clone(),
                code: code?,
            })
        }));
    }
    excerpts.sort_by_key(|excerpt| places.iter().position(|place| **place == excerpt.place));
    excerpts
}
