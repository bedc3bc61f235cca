//! A proposed policy, tried on what was asked for here lately and on a lockfile. Asks nobody, changes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use lazaret_npm::lockfile::{Lockfile, Source};
use lazaret_npm::packument::Packument;
use lazaret_npm::{Integrity, PackageName, Strength, Version};
use lazaret_policy::replay::{Proposal, Replay};
use lazaret_policy::{Behaviour, Case, Policy, plausible_times};
use lazaret_store::VersionRow;
use serde::Serialize;

use crate::app::App;
use crate::mirror::{Mirror, Rulebook, broken_store};
use crate::problem::Problem;

/// How far back it looks.
const DAYS: i64 = 90;

/// Versions looked at, and how long that may take. What is left out is said.
const VERSIONS: u32 = 20_000;
const TIME: Duration = Duration::from_secs(10);

/// Longest policy.
const POLICY: usize = 256 << 10;

/// The answer.
#[derive(Serialize)]
pub(crate) struct Replayed {
    schema: u32,
    /// What was asked for here, each version judged at the moment when that began; with the advisories, inspections and
    /// decisions of today.
    pub(crate) history: History,
    /// What would be installed from the lockfile today.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lockfile: Option<Locked>,
}

#[derive(Serialize)]
pub(crate) struct History {
    pub(crate) since: Timestamp,
    #[serde(flatten)]
    pub(crate) replay: Replay,
    /// Versions that were asked for and not judged, because there are too many.
    pub(crate) left_out: u64,
}

#[derive(Serialize)]
pub(crate) struct Locked {
    #[serde(flatten)]
    pub(crate) replay: Replay,
    /// Packages that were never asked for here: their age is not known, and not judged.
    pub(crate) unknown: u64,
    /// Entries that do not come from a registry: no policy is about them.
    pub(crate) elsewhere: u64,
    pub(crate) left_out: u64,
}

/// A version to judge, and the moment to judge it at.
struct Asked {
    version: String,
    at: Timestamp,
}

/// Reads a policy as it stands in `lazaret.toml`: with `[policy]` over it, or what would stand below.
fn read(text: &str) -> Result<Policy, Problem> {
    if text.len() > POLICY {
        return Err(Problem::bad_request("a policy of that size is a mistake"));
    }
    #[derive(serde::Deserialize)]
    struct Whole {
        policy: Policy,
    }
    let wrong =
        |error: toml::de::Error| Problem::bad_request(format!("this is no policy: {error}"));
    let table: toml::Table = toml::from_str(text).map_err(wrong)?;
    match table.contains_key("policy") {
        true => toml::from_str::<Whole>(text)
            .map(|whole| whole.policy)
            .map_err(wrong),
        false => toml::from_str(text).map_err(wrong),
    }
}

impl App {
    /// Tries a policy. `lockfile`: the name of the file, which says its form, and its text.
    pub(crate) async fn replay(
        &self,
        policy: &str,
        lockfile: Option<(&str, &str)>,
    ) -> Result<Replayed, Problem> {
        let mirror = &self.mirror;
        let proposed = mirror.inspection.in_force(read(policy)?);
        let locked = lockfile
            .map(|(file, text)| locked(file, text))
            .transpose()?;
        // Large enough that two at once would be felt.
        let Ok(_alone) = self.replaying.try_lock() else {
            return Err(Problem::too_many(TIME));
        };
        self.write_downloads().await;
        self.write_noted().await;
        let started = Instant::now();
        let now = Timestamp::now();
        let since = now
            .checked_sub(SignedDuration::from_hours(24 * DAYS))
            .unwrap_or(Timestamp::MIN);
        let rulebook = mirror.rulebook.load_full();
        let proposed = Arc::new(proposed);
        let asked = mirror.store.db.asked_since(since, VERSIONS + 1).await;
        let mut asked = asked.map_err(broken_store)?;
        let is_cut = asked.len() > VERSIONS as usize;
        asked.truncate(VERSIONS as usize);
        let mut by_name: BTreeMap<PackageName, Vec<Asked>> = BTreeMap::new();
        for (name, version, at) in asked {
            by_name.entry(name).or_default().push(Asked { version, at });
        }
        let mut history = History {
            since,
            replay: Replay::default(),
            left_out: u64::from(is_cut),
        };
        for (name, versions) in by_name {
            if started.elapsed() > TIME {
                history.left_out += versions.len() as u64;
                continue;
            }
            let how = How {
                rulebook: Arc::clone(&rulebook),
                proposed: Arc::clone(&proposed),
                in_past: true,
            };
            let replay = std::mem::take(&mut history.replay);
            let known = mirror.replay_package(how, &name, versions, replay).await?;
            history.replay = known.0;
        }
        let lockfile = match locked {
            Some(locked) => Some(
                self.replay_lockfile(locked, &rulebook, &proposed, now)
                    .await?,
            ),
            None => None,
        };
        Ok(Replayed {
            schema: 1,
            history,
            lockfile,
        })
    }

    async fn replay_lockfile(
        &self,
        locked: FromLockfile,
        rulebook: &Arc<Rulebook>,
        proposed: &Arc<Policy>,
        now: Timestamp,
    ) -> Result<Locked, Problem> {
        let started = Instant::now();
        let mut answer = Locked {
            replay: Replay::default(),
            unknown: 0,
            elsewhere: locked.elsewhere,
            left_out: 0,
        };
        for (name, versions) in locked.packages {
            if started.elapsed() > TIME {
                answer.left_out += versions.len() as u64;
                continue;
            }
            let asked = versions
                .into_iter()
                .map(|version| Asked { version, at: now });
            let how = How {
                rulebook: Arc::clone(rulebook),
                proposed: Arc::clone(proposed),
                in_past: false,
            };
            let replay = std::mem::take(&mut answer.replay);
            let known = self
                .mirror
                .replay_package(how, &name, asked.collect(), replay)
                .await?;
            answer.replay = known.0;
            answer.unknown += u64::from(!known.1);
        }
        Ok(answer)
    }
}

/// What is judged how.
struct How {
    rulebook: Arc<Rulebook>,
    proposed: Arc<Policy>,
    /// At the moment of first asking: nothing of it was served yet.
    in_past: bool,
}

impl Mirror {
    /// Judges versions of one package; whether its document is here.
    async fn replay_package(
        &self,
        how: How,
        name: &PackageName,
        asked: Vec<Asked>,
        mut replay: Replay,
    ) -> Result<(Replay, bool), Problem> {
        let row = self.store.db.package(name).await.map_err(broken_store)?;
        let past = self.past(name).await?;
        let name = name.clone();
        self.heavy(move || {
            let packument = match row.as_ref().filter(|row| row.document.is_some()) {
                Some(row) => Some(crate::mirror::unpack(row)?),
                None => None,
            };
            let first_contact = row.as_ref().map(|row| row.first_contact);
            let advisories = how.rulebook.advisories.for_package(&name);
            let published = published(packument.as_ref());
            let proposal = Proposal {
                in_force: &how.rulebook.policy,
                proposed: &how.proposed,
                reviews: &how.rulebook.reviews,
            };
            for Asked { version, at } in asked {
                let semver = Version::parse(&version).ok();
                let row = past.version(&version);
                let entry = packument.as_ref().and_then(|packument| {
                    let place = packument.position(&version)?;
                    Some((packument, place))
                });
                let was_served = |row: &VersionRow| {
                    row.served_first_at
                        .is_some_and(|first| !how.in_past || first < at)
                };
                let in_use: Vec<Version> = past
                    .rows()
                    .filter(|row| was_served(row))
                    .filter_map(|row| Version::parse(&row.version).ok())
                    .collect();
                let case = Case {
                    name: &name,
                    version: &version,
                    semver: semver.as_ref(),
                    published: match entry {
                        Some((_, place)) => published.get(place).copied().flatten(),
                        // Not known here: its age is no matter.
                        None => Some(Timestamp::UNIX_EPOCH),
                    },
                    absent_at: row.and_then(|row| row.absent_at),
                    first_contact: first_contact.unwrap_or(Timestamp::UNIX_EPOCH),
                    strength: match entry {
                        Some((packument, place)) => {
                            let (integrity, shasum) =
                                packument.checksums(&packument.entries()[place]);
                            Integrity::strength_of_dist(integrity.as_deref(), shasum.as_deref())
                        }
                        None => Some(Strength::Strong),
                    },
                    advisories: &advisories,
                    in_use: &in_use,
                    served: row.is_some_and(was_served),
                    behaviour: match row {
                        Some(_) => past.behaviour(&version),
                        None => Behaviour::NotInspected,
                    },
                };
                let sha512 = row.and_then(|row| row.sha512.as_deref());
                replay.judge(&proposal, &case, sha512, at);
            }
            Ok((replay, packument.is_some()))
        })
        .await?
    }
}

/// When each version was published, as far as that can be believed.
fn published(packument: Option<&Packument>) -> Vec<Option<Timestamp>> {
    let Some(packument) = packument else {
        return Vec::new();
    };
    let times: Vec<_> = packument
        .entries()
        .iter()
        .map(|entry| (entry.semver(), entry.published()))
        .collect();
    plausible_times(packument.created(), &times, Timestamp::now())
}

/// The versions of a lockfile.
struct FromLockfile {
    packages: BTreeMap<PackageName, Vec<String>>,
    elsewhere: u64,
}

fn locked(file: &str, text: &str) -> Result<FromLockfile, Problem> {
    let lockfile = Lockfile::parse(file, text.as_bytes(), &[]);
    let lockfile = lockfile
        .map_err(|error| Problem::bad_request(format!("the lockfile cannot be read: {error}")))?;
    let mut locked = FromLockfile {
        packages: BTreeMap::new(),
        elsewhere: 0,
    };
    for item in lockfile.inventory().items {
        match PackageName::parse(&item.name) {
            Ok(name) if item.source == Source::Registry && !item.version.is_empty() => {
                let versions = locked.packages.entry(name).or_default();
                let version = item.version.to_string();
                if versions.last() != Some(&version) {
                    versions.push(version);
                }
            }
            _ => locked.elsewhere += 1,
        }
    }
    Ok(locked)
}
