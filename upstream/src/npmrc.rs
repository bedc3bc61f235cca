//! `.npmrc` text as npm reads it: registries and the credentials that belong to a URL. Finding the files is the caller's matter.

mod ini;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use url::Url;

use crate::Auth;

/// Larger files are no `.npmrc`, in bytes.
const LIMIT: usize = 1 << 20;

/// npm decodes `_password` with or without padding.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Why a text is not read as an `.npmrc`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the .npmrc has {bytes} bytes, more than the {LIMIT} that are read: is it the right file?")]
pub struct NpmrcError {
    bytes: usize,
}

/// The settings of one or several files. `Debug` shows the keys only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Npmrc {
    values: BTreeMap<String, String>,
    /// Keys whose value names a variable that is not set.
    unresolved: BTreeSet<String>,
}

impl Npmrc {
    /// Reads one file's text. `environment` gives the value of a variable for `${NAME}`. Sections and arrays (`ca[]`)
    /// hold nothing we use and are left out; lines that mean nothing are skipped, as npm does.
    ///
    /// # Errors
    /// Only for more than 1 MiB.
    pub fn parse(
        text: &str,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, NpmrcError> {
        if text.len() > LIMIT {
            return Err(NpmrcError { bytes: text.len() });
        }
        let mut npmrc = Self::default();
        for (key, value) in ini::entries(text) {
            let (key, _) = ini::expand(&key, &environment);
            let (value, is_whole) = ini::expand(&value, &environment);
            if is_whole {
                npmrc.unresolved.remove(&key);
            } else {
                npmrc.unresolved.insert(key.clone());
            }
            npmrc.values.insert(key, value);
        }
        Ok(npmrc)
    }

    /// This file's settings, and those of `lower` that it does not set: `project.over(user).over(global)`.
    #[must_use]
    pub fn over(mut self, lower: Self) -> Self {
        for (key, value) in lower.values {
            if !self.values.contains_key(&key) {
                if lower.unresolved.contains(&key) {
                    self.unresolved.insert(key.clone());
                }
                self.values.insert(key, value);
            }
        }
        self
    }

    /// Sets a key, as `npm_config_…` variables do.
    pub fn set(&mut self, key: &str, value: &str) {
        self.unresolved.remove(key);
        self.values.insert(key.to_owned(), value.to_owned());
    }

    /// A setting's text; a key without `=` is `true`. Paths are as written, `~/` included.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// `registry`.
    pub fn registry(&self) -> Option<&str> {
        self.get("registry")
    }

    /// The registry of a scope (`@ours`), if it has one of its own.
    pub fn registry_of(&self, scope: &str) -> Option<&str> {
        self.get(&format!("{scope}:registry"))
    }

    /// `cafile`, a path.
    pub fn cafile(&self) -> Option<&str> {
        self.get("cafile")
    }

    /// Keys that name an environment variable which is not set; worth a warning. Credentials among them are not used.
    pub fn unresolved(&self) -> impl Iterator<Item = &str> {
        self.unresolved.iter().map(String::as_str)
    }

    /// The credentials for a URL: those under the longest `//host[:port]/path/` that begins it. Scheme and credentials
    /// without a host do not count, as in npm since version 9.
    pub fn credentials_for(&self, url: &Url) -> Option<Auth> {
        let host = url.host_str()?;
        let port = url
            .port()
            .map_or_else(String::new, |port| format!(":{port}"));
        let mut place = format!("//{host}{port}{}", url.path());
        while place.len() > 2 {
            if let Some(auth) = self.credentials_at(&place) {
                return Some(auth);
            }
            // npm takes away either what follows the last slash or that slash.
            let end = place.rfind('/').map_or(0, |slash| {
                if slash + 1 == place.len() {
                    slash
                } else {
                    slash + 1
                }
            });
            place.truncate(end);
        }
        None
    }

    fn credentials_at(&self, place: &str) -> Option<Auth> {
        let value = |name: &str| {
            let key = format!("{place}:{name}");
            self.get(&key)
                .filter(|value| !value.is_empty() && !self.unresolved.contains(&key))
        };
        if let Some(token) = value("_authToken") {
            return Some(Auth::Bearer(token.to_owned()));
        }
        if let Some(credentials) = value("_auth") {
            return Some(Auth::Basic(credentials.to_owned()));
        }
        let (user, password) = (value("username")?, value("_password")?);
        let password = String::from_utf8(LENIENT.decode(password).ok()?).ok()?;
        Some(Auth::Basic(STANDARD.encode(format!("{user}:{password}"))))
    }
}

impl fmt::Debug for Npmrc {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.values.keys()).finish()
    }
}

#[cfg(test)]
mod tests;
