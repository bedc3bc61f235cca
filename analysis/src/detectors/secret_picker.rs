//! Code that picks out what is called like a secret, beside a host that it names.

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::reach;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "secret-picker",
    title: "Picks out secrets by name, and sends requests",
    severity: Severity::High,
    cold: Severity::Medium,
    page: include_str!("secret_picker.md"),
    looks: Looks::File(look),
};

/// In lower case. What secrets are called.
const WORDS: &[&str] = &[
    "token",
    "secret",
    "passw",
    "passphrase",
    "mnemonic",
    "seed",
    "credential",
    "private",
    "auth",
    "jwt",
    "session",
    "api_?key",
    "apikey",
    "_key",
    "dsn",
];

fn look(file: &FileView<'_>, found: &mut Found) {
    let patterns = &file.facts.patterns;
    let mut picking = patterns.iter().filter(|pattern| picks(&pattern.text));
    let Some(pattern) = picking.next() else {
        return;
    };
    let foreign = reach::reached(file).iter().find(|reached| {
        reached.host.is_public()
            && !reached.looked_up
            && !file.package.own_hosts.has(&reached.host.name)
    });
    if let Some(reached) = foreign {
        found
            .text(pattern)
            .message(format!(
                "picks out what is called like a secret, and asks {}",
                reached.host.name
            ))
            .same(&reached.host.name)
            .add();
    }
}

/// `/token|secret|passw/i`: two words for secrets, of which one is enough.
fn picks(pattern: &str) -> bool {
    if pattern.len() > 400 || !pattern.contains('|') {
        return false;
    }
    let pattern = pattern.to_ascii_lowercase();
    let of_secrets = |choice: &&str| WORDS.iter().any(|word| choice.contains(word));
    pattern.split('|').filter(of_secrets).count() >= 2
}
