//! `package.json`: the package that lies here.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use super::hit::{Confidence, Ran, What};
use super::look::Looker;
use super::place::{Place, Where};

/// Largest that is read as one, in bytes; npm reads larger ones, but nobody writes them.
const LIMIT: usize = 16 << 20;

/// Scripts that clients run when they install a package.
const INSTALL: &[&str] = &["preinstall", "install", "postinstall"];

#[derive(Deserialize)]
struct Written<'a> {
    #[serde(borrow, default)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    version: Option<Cow<'a, str>>,
    #[serde(default)]
    scripts: Option<Value>,
}

impl Written<'_> {
    fn of(value: &Value) -> Self {
        let text = |key: &str| Some(Cow::Owned(value.get(key)?.as_str()?.to_owned()));
        Self {
            name: text("name"),
            version: text("version"),
            scripts: value.get("scripts").cloned(),
        }
    }
}

impl Looker<'_> {
    pub(super) fn manifest(&mut self, place: &Place, bytes: &[u8]) {
        if bytes.len() > LIMIT {
            self.outcome
                .did_not_read(&place.shown(), "it is too large for a package.json");
            return;
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let written = match serde_json::from_slice::<Written<'_>>(bytes) {
            Ok(written) => written,
            // A key that stands there twice counts by its last value, as for clients.
            Err(_) => match serde_json::from_slice::<Value>(bytes) {
                Ok(value) => Written::of(&value),
                Err(error) if error.to_string().contains("recursion limit") => {
                    let why = "a package.json that is nested too deeply";
                    return self.outcome.did_not_read(&place.shown(), why);
                }
                // Templates and fixtures are no JSON: clients cannot read them either.
                Err(_) => return,
            },
        };
        let (Some(name), Some(version)) = (written.name, written.version) else {
            return;
        };
        self.outcome.counts.packages += 1;
        let Some(known) = self.request.known(&name, &version) else {
            return;
        };
        let scripts = written.scripts.as_ref().and_then(Value::as_object);
        let script = scripts.and_then(|scripts| {
            let mut of_install = INSTALL.iter().filter(|name| scripts.contains_key(**name));
            of_install.next()
        });
        let kind = place.kind();
        let is_own = place.is_of_package || is_own_folder(&place.whole, kind);
        let (ran, note) = match (kind, is_own, script) {
            (Where::Installed, true, Some(script)) => (
                Ran::Likely,
                format!("its {script} script ran when it was installed, unless scripts were off"),
            ),
            (Where::Installed, true, None) => (
                Ran::Possible,
                "it runs when something imports it".to_owned(),
            ),
            (Where::Installed | Where::Elsewhere | Where::Bundle | Where::Settings, _, _) => (
                Ran::Possible,
                "its package.json lies here, outside of where clients install packages".to_owned(),
            ),
            (kind, _, _) => (
                kind.ran(),
                "fetched; an installation may have used it".to_owned(),
            ),
        };
        let confidence = match is_own {
            true => Confidence::Confirmed,
            false => Confidence::Likely,
        };
        let subject = format!("{name}@{version}");
        self.version(place, bytes, &known, subject, (confidence, ran, note));
    }

    /// Adds a hit on a version.
    pub(super) fn version(
        &mut self,
        place: &Place,
        bytes: &[u8],
        known: &super::versions::Known,
        subject: String,
        (confidence, ran, note): (Confidence, Ran, String),
    ) {
        let mut hit = self.hit(What::Version, subject, place, Some(bytes));
        hit.campaign.clone_from(&known.campaign);
        hit.advisory.clone_from(&known.advisory);
        hit.ran = ran;
        hit.note = note;
        hit.confidence = match known.is_suspected {
            true => Confidence::Hint,
            false => confidence,
        };
        if known.is_suspected {
            hit.note = "an advisory names the package, but not for certain this version".to_owned();
        }
        self.found(hit);
    }
}

/// Whether a `package.json` is that of a whole package, not of a folder or a fixture inside one.
fn is_own_folder(path: &str, kind: Where) -> bool {
    let after = |marker: &str| {
        let parts = path.rsplit_once(marker)?.1.split('/');
        Some(parts.collect::<Vec<_>>())
    };
    match kind {
        Where::BunCache => after("/install/cache/").is_some_and(|parts| is_package(&parts)),
        Where::Installed | Where::YarnCache => {
            after("node_modules/").is_some_and(|parts| is_package(&parts))
        }
        _ => false,
    }
}

/// `name/package.json`, `@scope/name/package.json`.
fn is_package(parts: &[&str]) -> bool {
    match parts {
        [scope, _, _] => scope.starts_with('@'),
        [_, _] => true,
        _ => false,
    }
}
