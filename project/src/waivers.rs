//! `lazaret-waivers.toml`: what may stay, why, who said so, and until when.

use jiff::Timestamp;
use lazaret_npm::{Range, Version};
use lazaret_policy::policy::Expiry;
use serde::Deserialize;

use crate::finding::{Check, Finding, State};

/// The file's name, beside the lockfile or at the root.
pub const FILE: &str = "lazaret-waivers.toml";

/// The exceptions of a project.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waivers {
    #[serde(default)]
    pub waive: Vec<Waiver>,
}

/// One exception. It holds for findings that all of its selectors mean.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Waiver {
    /// An advisory, by any of its aliases.
    pub id: Option<String>,
    /// `name`, `name@range` or `name@version`.
    pub package: Option<String>,
    pub rule: Option<String>,
    /// The end of the way from the project: `a>b>c`, names only.
    pub path: Option<String>,
    /// For malicious versions: the very checksum that is locked.
    pub integrity: Option<String>,
    pub reason: String,
    pub until: Option<Expiry>,
    #[serde(default)]
    pub forever: bool,
    pub by: Option<String>,
}

/// What is to be said about the waivers themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The number of the waiver in its file, from 1.
    pub number: usize,
    pub text: String,
    pub is_expired: bool,
}

impl Waivers {
    /// Reads the file.
    ///
    /// # Errors
    /// Anything wrong with it, with its line where that is known.
    pub fn parse(text: &str) -> Result<Self, String> {
        let waivers: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        for (index, waiver) in waivers.waive.iter().enumerate() {
            waiver
                .check()
                .map_err(|fault| format!("waiver {}: {fault}", index + 1))?;
        }
        Ok(waivers)
    }

    /// Marks what is waived, and tells which waivers did nothing any more.
    pub fn apply(&self, findings: &mut [Finding], now: Timestamp) -> Vec<Note> {
        let mut notes = Vec::new();
        for (index, waiver) in self.waive.iter().enumerate() {
            let is_over = waiver
                .until
                .as_ref()
                .is_some_and(|until| until.is_over(now));
            let mut matched = 0;
            let mut not_exact = None;
            for finding in findings.iter_mut().filter(|finding| waiver.names(finding)) {
                if !waiver.is_exact(finding) {
                    not_exact = not_exact.or_else(|| finding.package.clone());
                    continue;
                }
                matched += 1;
                if !is_over && finding.state == State::Open {
                    finding.state = State::Waived {
                        reason: waiver.reason.clone(),
                        until: waiver.until.as_ref().map(ToString::to_string),
                    };
                }
            }
            let number = index + 1;
            let about = waiver.about();
            if is_over {
                let until = waiver
                    .until
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                let text = format!(
                    "the waiver of {about} ran out on {until}: decide again or take it out"
                );
                notes.push(Note {
                    number,
                    text,
                    is_expired: true,
                });
            } else if matched == 0 {
                let text = match not_exact {
                    Some(package) => format!(
                        "the waiver of {about} does not excuse {package}, which is malicious: that takes its very `package` (name@version) and the locked `integrity`"
                    ),
                    None => {
                        format!("the waiver of {about} means nothing that was found: take it out")
                    }
                };
                notes.push(Note {
                    number,
                    text,
                    is_expired: false,
                });
            }
        }
        notes
    }
}

impl Waiver {
    fn check(&self) -> Result<(), String> {
        if self.reason.trim().is_empty() {
            return Err("`reason` is empty".to_owned());
        }
        if self.until.is_none() && !self.forever {
            return Err("say `until = 2026-12-31`, or `forever = true`".to_owned());
        }
        if self.until.is_some() && self.forever {
            return Err("`until` and `forever` contradict each other".to_owned());
        }
        if self.id.is_none() && self.package.is_none() && self.rule.is_none() {
            return Err("say what it is about: `id`, `package` or `rule`".to_owned());
        }
        if let Some(package) = &self.package {
            let (_, range) = split(package);
            if !range.is_empty() && Range::parse(range).is_err() {
                return Err(format!("`{package}` has no version or range behind its @"));
            }
        }
        Ok(())
    }

    /// All of its selectors mean the finding.
    fn names(&self, finding: &Finding) -> bool {
        let by_id = self.id.as_ref().is_none_or(|id| {
            finding
                .ids
                .iter()
                .any(|known| known.eq_ignore_ascii_case(id))
        });
        let by_rule = self.rule.as_ref().is_none_or(|rule| finding.rule == rule);
        let by_package = self
            .package
            .as_ref()
            .is_none_or(|package| is_of(package, finding));
        let by_path = self.path.as_ref().is_none_or(|path| is_way(path, finding));
        let by_integrity = self.integrity.is_none() || self.integrity == finding.integrity;
        by_id && by_rule && by_package && by_path && by_integrity
    }

    /// Malicious code may only stay where somebody named these very bytes.
    fn is_exact(&self, finding: &Finding) -> bool {
        finding.check != Check::Malicious
            || (self.package.as_deref() == finding.package.as_deref()
                && self.integrity.is_some()
                && self.integrity == finding.integrity)
    }

    /// For messages; not escaped.
    fn about(&self) -> String {
        let parts = [&self.id, &self.package, &self.rule, &self.path];
        let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        parts.join(", ")
    }
}

fn split(package: &str) -> (&str, &str) {
    let scope = usize::from(package.starts_with('@'));
    match package[scope..].find('@') {
        Some(at) => (&package[..scope + at], &package[scope + at + 1..]),
        None => (package, ""),
    }
}

fn is_of(package: &str, finding: &Finding) -> bool {
    let (name, range) = split(package);
    let (Some(own_name), Some(own)) = (&finding.name, &finding.package) else {
        return false;
    };
    if name != own_name {
        return false;
    }
    let (_, version) = split(own);
    let range = match Range::parse_loose(range) {
        _ if range.is_empty() || range == version => return true,
        Ok(range) => range,
        Err(_) => return false,
    };
    Version::parse_loose(version)
        .is_ok_and(|version| range.satisfies_including_prereleases(&version))
}

fn is_way(path: &str, finding: &Finding) -> bool {
    let asked: Vec<&str> = path.split('>').map(str::trim).collect();
    let way: Vec<&str> = finding.way.iter().map(|step| split(step).0).collect();
    way.ends_with(&asked)
}

#[cfg(test)]
mod tests;
