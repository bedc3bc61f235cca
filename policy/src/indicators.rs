//! What gives the campaigns of the past away: versions, files, lines, strings, hosts and names of files. One TOML file
//! each in `indicators/`, compiled in; others come from the data directory. Pure matching: bytes are the caller's.

mod campaign;
mod forms;
pub mod import;
mod matcher;
mod overrides;
mod write;

use std::collections::BTreeMap;

use lazaret_npm::{PackageName, Version};

use crate::advisory::PLACEHOLDER;

pub use campaign::{Campaign, FileHash, IndicatorError, LineHash, TEXT_LIMIT};
pub use forms::Form;
pub use matcher::{Kind, Match, Matcher};
pub use overrides::{Override, Overrides};

macro_rules! shipped {
    ($id:literal) => {
        ($id, include_str!(concat!("indicators/", $id, ".toml")))
    };
}

/// The campaigns that are compiled in, oldest first: the file's name and its text.
pub const SHIPPED: &[(&str, &str)] = &[
    shipped!("getcookies-2018-05"),
    shipped!("eslint-scope-2018-07"),
    shipped!("event-stream-2018-09"),
    shipped!("electron-native-notify-2019-03"),
    shipped!("purescript-installer-2019-07"),
    shipped!("ua-parser-js-2021-10"),
    shipped!("coa-rc-2021-11"),
    shipped!("colors-faker-2022-01"),
    shipped!("node-ipc-2022-03"),
    shipped!("ledger-connect-kit-2023-12"),
    shipped!("lottie-player-2024-10"),
    shipped!("solana-web3-2024-12"),
    shipped!("rspack-vant-2024-12"),
    shipped!("xrpl-2025-04"),
    shipped!("rand-user-agent-2025-05"),
    shipped!("gluestack-2025-06"),
    shipped!("eslint-config-prettier-2025-07"),
    shipped!("is-2025-07"),
    shipped!("toptal-picasso-2025-07"),
    shipped!("phantomraven-2025-08"),
    shipped!("nx-s1ngularity-2025-08"),
    shipped!("chalk-debug-2025-09"),
    shipped!("shai-hulud-2025-09"),
    shipped!("glassworm-2025-10"),
    shipped!("indonesianfoods-2025-11"),
    shipped!("shai-hulud-2-2025-11"),
    shipped!("golden-path-2025-12"),
    shipped!("cline-2026-02"),
    shipped!("sandworm-mode-2026-02"),
    shipped!("canisterworm-2026-03"),
    shipped!("axios-2026-03"),
    shipped!("bitwarden-cli-2026-04"),
    shipped!("sap-cap-2026-04"),
    shipped!("tanstack-2026-05"),
    shipped!("node-ipc-2026-05"),
    shipped!("antv-2026-05"),
    shipped!("art-template-2026-05"),
    shipped!("miasma-2026-06"),
    shipped!("phantom-gyp-2026-06"),
    shipped!("ironworm-2026-06"),
    shipped!("mastra-2026-06"),
    shipped!("leoplatform-2026-06"),
    shipped!("keyv-chaindrop-2026-08"),
];

/// All campaigns that are known, ready to be asked.
#[derive(Clone, Debug, Default)]
pub struct Indicators {
    campaigns: Vec<Campaign>,
    /// Names of packages, with the campaigns that have versions of them.
    packages: BTreeMap<Box<str>, Vec<u32>>,
    hashes: BTreeMap<[u8; 32], u32>,
    /// Names and sizes of files whose hash is known: only such files are worth hashing.
    hashed_names: BTreeMap<Box<str>, ()>,
    hashed_sizes: Vec<u64>,
    lines: BTreeMap<[u8; 32], u32>,
    /// Ordered, each once.
    line_lengths: Vec<usize>,
    /// By the last part of the path, in lower case.
    files: BTreeMap<Box<str>, Vec<(Box<str>, u32)>>,
}

/// A version that a campaign published.
#[derive(Clone, Copy, Debug)]
pub struct Hit<'a> {
    pub campaign: &'a Campaign,
    /// The campaign published every version of the package: its name alone says so.
    pub is_whole_package: bool,
}

impl Indicators {
    /// Those that are compiled in.
    ///
    /// # Errors
    /// Never, as a test holds; the shipped files are read like any others.
    pub fn shipped() -> Result<Self, IndicatorError> {
        Self::shipped_and(Vec::new())
    }

    /// Those that are compiled in, and others; one with the id of a shipped one takes its place.
    ///
    /// # Errors
    /// As [`Indicators::shipped`].
    pub fn shipped_and(others: Vec<Campaign>) -> Result<Self, IndicatorError> {
        let mut all: BTreeMap<Box<str>, Campaign> = BTreeMap::new();
        for (_, text) in SHIPPED {
            let campaign = Campaign::parse(text)?;
            all.insert(campaign.id.clone(), campaign);
        }
        for campaign in others {
            all.insert(campaign.id.clone(), campaign);
        }
        let mut campaigns: Vec<Campaign> = all.into_values().collect();
        campaigns.sort_by(|a, b| (a.from, &a.id).cmp(&(b.from, &b.id)));
        Ok(Self::of(campaigns))
    }

    /// Only these.
    pub fn of(campaigns: Vec<Campaign>) -> Self {
        let mut all = Self::default();
        for (index, campaign) in campaigns.iter().enumerate() {
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            for name in campaign.packages.keys() {
                all.packages.entry(name.clone()).or_default().push(index);
            }
            for hash in &campaign.hashes {
                all.hashes.insert(hash.sha256, index);
                all.hashed_sizes.extend(hash.bytes);
                let names = hash.names.iter().map(|name| name.to_ascii_lowercase());
                all.hashed_names
                    .extend(names.map(|name| (name.into_boxed_str(), ())));
            }
            for line in &campaign.lines {
                all.lines.insert(line.sha256, index);
                all.line_lengths.push(line.bytes);
            }
            for file in &campaign.files {
                let path = file.to_ascii_lowercase();
                let name = path.rsplit('/').next().unwrap_or_default().into();
                all.files
                    .entry(name)
                    .or_default()
                    .push((path.into(), index));
            }
        }
        all.hashed_sizes.sort_unstable();
        all.hashed_sizes.dedup();
        all.line_lengths.sort_unstable();
        all.line_lengths.dedup();
        all.campaigns = campaigns;
        all
    }

    /// Oldest first.
    pub fn campaigns(&self) -> &[Campaign] {
        &self.campaigns
    }

    pub fn campaign(&self, id: &str) -> Option<&Campaign> {
        self.campaigns.iter().find(|campaign| &*campaign.id == id)
    }

    /// Whether any campaign has versions of this package: the question that is nearly always answered with no.
    pub fn names(&self, package: &str) -> bool {
        self.packages.contains_key(package)
    }

    /// The campaign that published this version, the newest if there are several.
    pub fn version(&self, name: &PackageName, version: &Version) -> Option<Hit<'_>> {
        self.named(name.as_str(), &version.to_string())
    }

    /// The same for a name and a version as they are written in a lockfile or a `package.json`.
    pub fn named(&self, name: &str, version: &str) -> Option<Hit<'_>> {
        if version == PLACEHOLDER {
            return None;
        }
        let indexes = self.packages.get(name)?;
        indexes.iter().rev().find_map(|index| {
            let campaign = self.campaigns.get(*index as usize)?;
            let versions = campaign.packages.get(name)?;
            let is_whole_package = versions.iter().any(|one| &**one == "*");
            let is_listed = || versions.iter().any(|one| &**one == version);
            (is_whole_package || is_listed()).then_some(Hit {
                campaign,
                is_whole_package,
            })
        })
    }

    /// Whether a file of this name (its last part) and size may have a known hash.
    pub fn is_worth_hashing(&self, name: &str, size: u64) -> bool {
        self.hashed_sizes.binary_search(&size).is_ok()
            || self
                .hashed_names
                .contains_key(name.to_ascii_lowercase().as_str())
    }

    /// The campaign that a file of this sha256 belongs to.
    pub fn hash(&self, sha256: &[u8; 32]) -> Option<&Campaign> {
        self.campaigns.get(*self.hashes.get(sha256)? as usize)
    }

    /// Lengths of the lines whose hash is known, in bytes without their end; ordered.
    pub fn line_lengths(&self) -> &[usize] {
        &self.line_lengths
    }

    /// The campaign that a line of this sha256 belongs to.
    pub fn line(&self, sha256: &[u8; 32]) -> Option<&Campaign> {
        self.campaigns.get(*self.lines.get(sha256)? as usize)
    }

    /// The campaign that leaves a file of this name, and the pattern: a name, or the end of a path. `path` has `/` between
    /// its parts; letters are compared without their case, as two of three systems do.
    pub fn file(&self, path: &str) -> Option<(&Campaign, &str)> {
        let name = path.rsplit('/').next()?;
        // Nearly all names are none of these: do not copy them.
        if name.len() > 100 {
            return None;
        }
        let patterns = self.files.get(name.to_ascii_lowercase().as_str())?;
        patterns.iter().rev().find_map(|(pattern, index)| {
            let ends = path.len() >= pattern.len()
                && path
                    .get(path.len() - pattern.len()..)
                    .is_some_and(|end| end.eq_ignore_ascii_case(pattern));
            let whole = path.len() == pattern.len()
                || path
                    .len()
                    .checked_sub(pattern.len() + 1)
                    .and_then(|before| path.as_bytes().get(before))
                    == Some(&b'/');
            (ends && whole)
                .then(|| Some((self.campaigns.get(*index as usize)?, &**pattern)))
                .flatten()
        })
    }
}

#[cfg(test)]
mod tests;
