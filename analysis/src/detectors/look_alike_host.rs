//! Hosts that are spelled with letters of other alphabets.

use std::collections::BTreeSet;

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::reach;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "look-alike-host",
    title: "Names a host in letters of two alphabets",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("look_alike_host.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    let mut seen = BTreeSet::new();
    for named in reach::named(file) {
        let name = &named.host.name;
        if name.split('.').any(is_mixed) && seen.insert(name) {
            found
                .at(named.span)
                .function(named.function)
                .message(format!("names {name}, which looks like another host"))
                .evidence(&*named.text)
                .same(name)
                .add();
        }
    }
}

/// Latin letters, and some that merely look so.
fn is_mixed(label: &str) -> bool {
    label.chars().any(|letter| letter.is_ascii_alphabetic())
        && label.chars().any(|letter| {
            matches!(letter,
                '\u{0370}'..='\u{03ff}' // Greek
                | '\u{0400}'..='\u{052f}' // Cyrillic
                | '\u{0531}'..='\u{058f}' // Armenian
                | '\u{13a0}'..='\u{13ff}' // Cherokee
                | '\u{ab70}'..='\u{abbf}'
                | '\u{ff21}'..='\u{ff5a}' // full width
            )
        })
}
