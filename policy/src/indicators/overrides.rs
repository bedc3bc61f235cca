//! False alarms that somebody looked at: what is meant, why it is none, and until when.

use jiff::Timestamp;
use lazaret_npm::digest::from_hex;
use serde::Deserialize;

use crate::policy::Expiry;

/// Largest file, in bytes.
const TEXT_LIMIT: usize = 1 << 20;

/// `overrides.toml` of the indicators.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overrides {
    #[serde(default, rename = "override")]
    pub all: Vec<Override>,
}

/// One of them: what it says of itself must all hold.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// The campaign's id; required, so that another campaign's find in the same file is seen.
    pub campaign: String,
    /// The end of the path, parts and all.
    pub path: Option<String>,
    /// The file's own hash: it stops being meant when it changes.
    pub sha256: Option<String>,
    pub reason: String,
    pub until: Expiry,
}

impl Overrides {
    /// Reads the file.
    ///
    /// # Errors
    /// Anything that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > TEXT_LIMIT {
            return Err(format!("it has more than {TEXT_LIMIT} bytes"));
        }
        let read: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        for (index, one) in read.all.iter().enumerate() {
            one.check()
                .map_err(|fault| format!("override {}: {fault}", index + 1))?;
        }
        Ok(read)
    }

    /// The override that means a find, if one does and has not run out. `sha256` is asked for only where one depends on it.
    pub fn meant(
        &self,
        campaign: &str,
        path: &str,
        sha256: impl FnOnce() -> Option<[u8; 32]>,
        now: Timestamp,
    ) -> Option<&Override> {
        let mut of_place = self
            .all
            .iter()
            .filter(|one| one.campaign == campaign && !one.until.is_over(now) && one.is_path(path));
        let first = of_place.next()?;
        if first.sha256.is_none() {
            return Some(first);
        }
        let actual = sha256();
        std::iter::once(first)
            .chain(of_place)
            .find(|one| match &one.sha256 {
                None => true,
                Some(wanted) => actual.is_some() && from_hex(wanted) == actual,
            })
    }
}

impl Override {
    fn check(&self) -> Result<(), String> {
        if self.reason.trim().is_empty() {
            return Err("`reason` is empty".to_owned());
        }
        if self.path.is_none() && self.sha256.is_none() {
            return Err("say what it is about: `path` or `sha256`".to_owned());
        }
        if let Some(sha256) = &self.sha256
            && from_hex::<32>(sha256).is_none()
        {
            return Err("a sha256 has 64 hexadecimal digits".to_owned());
        }
        if self
            .path
            .as_ref()
            .is_some_and(|path| path.trim_matches('/').is_empty())
        {
            return Err("`path` is empty".to_owned());
        }
        Ok(())
    }

    fn is_path(&self, path: &str) -> bool {
        self.path.as_ref().is_none_or(|end| {
            let end = end.trim_start_matches('/');
            path.strip_suffix(end)
                .is_some_and(|before| before.is_empty() || before.ends_with('/'))
        })
    }
}
