//! Settings by which git asks another host than the one that is written.

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::host;
use crate::view::FileView;
use crate::words::Words;

pub(super) const DETECTOR: Detector = Detector {
    id: "git-address-rewrite",
    title: "Makes git ask another host",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("git_address_rewrite.md"),
    looks: Looks::File(look),
};

/// Hosts of code that other spellings of an address are often rewritten to.
const USUAL: &[&str] = &["github.com", "gitlab.com", "bitbucket.org"];

static KEYS: Words = Words::in_any_case(&[".insteadof", ".pushinsteadof"]);

fn look(file: &FileView<'_>, found: &mut Found) {
    for text in file.texts_with(&KEYS) {
        let Some(base) = rewritten(&text.text) else {
            continue;
        };
        let Some(host) = host::of_url(base).filter(|host| host.is_public()) else {
            continue;
        };
        if USUAL.contains(&host.domain()) || file.package.own_hosts.has(&host.name) {
            continue;
        }
        found
            .text(text)
            .message(format!("makes git fetch from {} instead", host.name))
            .same(&host.name)
            .add();
    }
}

/// The base of `url.<base>.insteadOf`, alone or within a command.
fn rewritten(text: &str) -> Option<&str> {
    if text.len() > 4_000 {
        return None;
    }
    let (end, _) = KEYS.first_in(text)?;
    let before = text.get(..end)?;
    let start = before.rfind("url.")? + "url.".len();
    Some(before[start..].trim_start_matches(['"', '\'']))
}
