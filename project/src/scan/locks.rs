//! Lockfiles of all forms, and those that clients keep of what they installed.

use lazaret_npm::Lockfile;
use lazaret_npm::lockfile::{FILES, Lines, Source};

use super::hit::{Confidence, Ran};
use super::look::Looker;
use super::place::{Place, Where};

/// Whether a file is one, and as which it is read. Those that packages carry with them mean nothing: no client reads them,
/// but for an `npm-shrinkwrap.json` at a package's root, whose packages are then installed and found by themselves.
pub(super) fn form(place: &Place) -> Option<&'static str> {
    let name = place.name();
    if place.is_in_node_modules() {
        if name == ".package-lock.json" && place.whole.ends_with("/node_modules/.package-lock.json")
        {
            return Some("package-lock.json");
        }
        let is_of_pnpm = place.whole.ends_with("/node_modules/.pnpm/lock.yaml");
        return is_of_pnpm.then_some("pnpm-lock.yaml");
    }
    FILES.iter().find(|file| **file == name).copied()
}

impl Looker<'_> {
    pub(super) fn lockfile(&mut self, place: &Place, bytes: &[u8], form: &'static str) {
        self.outcome.counts.lockfiles += 1;
        let lockfile = match Lockfile::parse(form, bytes, &[]) {
            Ok(lockfile) => lockfile,
            Err(error) => {
                self.outcome
                    .did_not_read(&place.shown(), format!("not understood: {error}"));
                return;
            }
        };
        let is_of_installation = place.is_in_node_modules();
        if form == "package-lock.json" && is_of_installation {
            self.installations(place, &lockfile);
        }
        // It was read as text.
        let lines = Lines::new(str::from_utf8(bytes).unwrap_or_default());
        for entry in lockfile.packages() {
            let Some(version) = &entry.version else {
                continue;
            };
            // A repository, file or workspace is not the registry's package of that name.
            if entry.source != Source::Registry {
                continue;
            }
            let Some(known) = self.request.known(&entry.name, &version.text) else {
                continue;
            };
            let has_script = entry.has_install_script == Some(true);
            let (ran, note) = match (is_of_installation, has_script) {
                (true, true) => (
                    Ran::Likely,
                    "the client wrote here that it installed it; it has an install script, which ran unless scripts were off",
                ),
                (true, false) => (Ran::Possible, "the client wrote here that it installed it"),
                (false, true) => (
                    Ran::Unknown,
                    "every installation of this project fetches it; it has an install script",
                ),
                (false, false) => (
                    Ran::Unknown,
                    "every installation of this project fetches it",
                ),
            };
            let subject = entry.id();
            let offset = u64::from(version.at.start);
            let line = lines.place(version.at).line;
            let note = format!("{note} (line {line})");
            let place = place.clone();
            let before = self.outcome.hits.len();
            self.version(
                &place,
                bytes,
                &known,
                subject,
                (Confidence::Confirmed, ran, note),
            );
            if let Some(hit) = self.outcome.hits.get_mut(before) {
                hit.offset = Some(offset);
                hit.place = match is_of_installation {
                    true => Where::Installed,
                    false => Where::Lockfile,
                };
            }
        }
    }
}
