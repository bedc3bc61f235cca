//! Campaigns out of what others publish: OSV records, STIX 2.1 bundles, tables. What is too broad to be searched for, or is
//! not understood, is left out and named.

mod csv;
mod osv;
mod stix;

use std::collections::BTreeMap;

use jiff::civil::Date;
use lazaret_npm::PackageName;
use lazaret_npm::digest::from_hex;
use lazaret_npm::text::printable_up_to;

use super::campaign::{self, Campaign, FileHash};

pub use csv::table;
pub use osv::record;
pub use stix::bundle;

/// Most that are left out by name; of the others only the number is told.
const NOTES: usize = 50;

/// What came of an import.
#[derive(Clone, Debug)]
pub struct Imported {
    pub campaign: Campaign,
    /// What was left out, and why; not escaped.
    pub left_out: Vec<String>,
}

/// Why nothing came of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    #[error("it is not {0}")]
    Form(&'static str),
    #[error(
        "it has nothing that could be found on a disk: no npm package, hash, host or file name"
    )]
    Nothing {
        /// What was left out, and why; not escaped.
        left_out: Vec<String>,
    },
    #[error("\"{0}\" is no id: small letters, digits and single hyphens, up to 80")]
    Id(String),
}

/// What an import is called where the text does not say it itself.
#[derive(Clone, Debug)]
pub struct About {
    pub id: String,
    pub name: String,
    /// Where it came from: the file's name.
    pub source: String,
    pub from: Date,
}

/// A campaign that is being put together.
struct Gathered {
    campaign: Campaign,
    left_out: Vec<String>,
    more: usize,
}

impl Gathered {
    fn new(about: &About) -> Result<Self, ImportError> {
        if !campaign::is_id(&about.id) {
            return Err(ImportError::Id(printable_up_to(&about.id, 80).into_owned()));
        }
        let campaign = Campaign {
            id: about.id.as_str().into(),
            name: printable_up_to(&about.name, 200).as_ref().into(),
            from: about.from,
            to: None,
            what: "not described by its source".into(),
            sources: vec![printable_up_to(&about.source, 200).as_ref().into()],
            rotate: vec!["every secret that a machine could read on which its code ran".into()],
            clean: vec!["reinstall from a lockfile that no longer names it, with an empty cache of the package manager".into()],
            literals: Vec::new(),
            domains: Vec::new(),
            hints: Vec::new(),
            files: Vec::new(),
            hashes: Vec::new(),
            lines: Vec::new(),
            packages: BTreeMap::new(),
        };
        Ok(Self {
            campaign,
            left_out: Vec::new(),
            more: 0,
        })
    }

    fn leave_out(&mut self, what: &str, why: &str) {
        match self.left_out.len() < NOTES {
            true => {
                let what = printable_up_to(what, 100);
                self.left_out.push(format!("{what}: {why}"));
            }
            false => self.more += 1,
        }
    }

    fn host(&mut self, text: &str) {
        let text = whole(text).to_ascii_lowercase();
        match campaign::host(&text) {
            Ok(host) if self.campaign.domains.contains(&host) => {}
            Ok(host) => self.campaign.domains.push(host),
            Err(why) => self.leave_out(&text, &why),
        }
    }

    /// The host of an address; the whole address where everybody uses the host.
    fn url(&mut self, text: &str) {
        let text = whole(text);
        let rest = text.split_once("://").map_or(&*text, |(_, rest)| rest);
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = host.rsplit('@').next().unwrap_or_default();
        let host = host.split(':').next().unwrap_or_default();
        let lower = host.to_ascii_lowercase();
        if campaign::host(&lower).is_ok() {
            return self.host(&lower);
        }
        // A path of a shared host is the campaign's own if it is long.
        let path = rest.get(host.len()..).unwrap_or_default();
        match campaign::literal(rest, 24..=300) {
            Ok(literal) if path.len() >= 12 => {
                if !self.campaign.literals.contains(&literal) {
                    self.campaign.literals.push(literal);
                }
            }
            _ => self.leave_out(&text, "everybody uses this host: it says nothing"),
        }
    }

    fn sha256(&mut self, text: &str, name: Option<&str>) {
        let Some(sha256) = from_hex(text.trim()) else {
            return self.leave_out(text, "only sha256 is compared");
        };
        let names = name.and_then(|name| campaign::file(last_part(name)).ok());
        let hashes = &mut self.campaign.hashes;
        if let Some(known) = hashes.iter_mut().find(|known| known.sha256 == sha256) {
            known.names.extend(names);
            return;
        }
        hashes.push(FileHash {
            sha256,
            names: names.into_iter().collect(),
            bytes: None,
        });
    }

    fn file(&mut self, text: &str) {
        let path = text.replace('\\', "/");
        // What stands before it depends on the machine.
        let parts: Vec<&str> = path
            .split('/')
            .filter(|part| {
                !part.is_empty() && !part.starts_with(['%', '$', '~']) && !part.ends_with(':')
            })
            .collect();
        let path = parts.join("/");
        match campaign::file(&path) {
            Ok(file) if self.campaign.files.contains(&file) => {}
            Ok(file) => self.campaign.files.push(file),
            Err(why) => self.leave_out(text, &why),
        }
    }

    /// Versions as they are written, one or several; none or `*` is all.
    fn package(&mut self, name: &str, versions: &[&str]) {
        let Ok(parsed) = PackageName::parse(name.trim()) else {
            return self.leave_out(name, "no package can have this name");
        };
        let mut read = Vec::new();
        for version in versions {
            let version = version.trim().trim_start_matches(['v', '=', ' ']);
            match campaign::version(version) {
                Ok(version) => read.push(version),
                Err(why) => self.leave_out(&format!("{name}@{version}"), &why),
            }
        }
        let known = self.campaign.packages.entry(parsed.as_str().into());
        let known = known.or_default();
        known.extend(read);
        known.sort();
        known.dedup();
        if known.is_empty() {
            self.campaign.packages.remove(parsed.as_str());
        }
    }

    fn finish(mut self) -> Result<Imported, ImportError> {
        let all = &self.campaign;
        let is_empty = all.packages.is_empty()
            && all.hashes.is_empty()
            && all.domains.is_empty()
            && all.literals.is_empty()
            && all.files.is_empty();
        if self.more > 0 {
            self.left_out.push(format!("and {} more", self.more));
        }
        if is_empty {
            let left_out = self.left_out;
            return Err(ImportError::Nothing { left_out });
        }
        Ok(Imported {
            campaign: self.campaign,
            left_out: self.left_out,
        })
    }
}

/// A text that was made harmless for readers, as it is: `evil[.]example`, `hxxp://`.
fn whole(text: &str) -> String {
    let text = text
        .trim()
        .replace("[.]", ".")
        .replace("(.)", ".")
        .replace("[:]", ":");
    match text.strip_prefix("hxxp") {
        Some(rest) => format!("http{rest}"),
        None => text,
    }
}

fn last_part(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests;
