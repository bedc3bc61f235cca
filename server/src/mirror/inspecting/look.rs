//! One inspection: which bytes, compared with which, asked of a worker.

use std::sync::Arc;

use bytes::Bytes;
use lazaret_analysis::report::Incomplete;
use lazaret_analysis::{History, Outcome};
use lazaret_inspector::{
    Answer as Told, Content, Given, Inspector, Request, Unfinished, history, predecessor,
};
use lazaret_npm::packument::Entry;
use lazaret_npm::{PackageName, Version};
use lazaret_policy::{Inspected, Look};

use super::{Asker, InspectionSettings, summary};
use crate::mirror::judging::Past;
use crate::mirror::packuments::broken_store;
use crate::mirror::{Loaded, Mirror, TarballKey};
use crate::problem::Problem;

/// New dependencies of which it is asked when they were first published: more than that are a finding by themselves.
const MOST_DEPENDENCIES: usize = 8;

/// What came of an inspection.
pub(super) struct Looked {
    pub(super) inspected: Inspected,
    pub(super) sha512: String,
    pub(super) against_sha512: Option<String>,
    pub(super) score: u32,
    /// The report as JSON.
    pub(super) report: Vec<u8>,
}

/// A version that another is compared with.
struct Base {
    version: Box<str>,
    /// It is old, or was inspected itself: what it does was looked at before.
    is_trusted: bool,
}

/// What a worker said of a version.
struct Said {
    inspected: Inspected,
    score: u32,
    report: Vec<u8>,
    /// What the version before is by itself.
    before: Option<Outcome>,
}

/// Everything of one version that a worker is given.
struct Subject<'a> {
    mirror: &'a Arc<Mirror>,
    key: &'a TarballKey,
    loaded: &'a Loaded,
    settings: &'a InspectionSettings,
    sha512: String,
    asker: Asker,
}

impl Mirror {
    /// Inspects a version: one that is young compared with the version before it, one that is old by itself.
    pub(super) async fn look(
        self: &Arc<Self>,
        key: &TarballKey,
        past: &Past,
        settings: &InspectionSettings,
        asker: Asker,
    ) -> Result<Looked, Problem> {
        let (name, version) = key;
        let loaded = self.recent(name).await?;
        let sha512 = self.present(key, &loaded, past).await?;
        let subject = Subject {
            mirror: self,
            key,
            loaded: &loaded,
            settings,
            sha512,
            asker,
        };
        let is_young = loaded
            .listing
            .version(version)
            .is_some_and(|judged| judged.is_young);
        if !is_young {
            let by_itself = subject.ask(None).await?;
            // What an old version does that looks like an attack: if the one before did it, it is what the package is for.
            if by_itself.inspected.outcome == Look::Block
                && let Some(base) = base(&loaded, version, past, false)
                && let Some((sha512, said)) = subject.compared(&base, past).await?
            {
                return Ok(subject.looked(said, Some(sha512)));
            }
            return Ok(subject.looked(by_itself, None));
        }
        // Whoever plants something in a version that nobody looked at must not make the one after look harmless.
        let is_good = |base: &Base, said: &Said| {
            base.is_trusted
                || said
                    .before
                    .is_some_and(|outcome| outcome < Outcome::Quarantine)
        };
        if let Some(nearest) = base(&loaded, version, past, false) {
            if let Some((sha512, said)) = subject.compared(&nearest, past).await?
                && is_good(&nearest, &said)
            {
                return Ok(subject.looked(said, Some(sha512)));
            }
            if let Some(trusted) = base(&loaded, version, past, true)
                && trusted.version != nearest.version
                && let Some((sha512, said)) = subject.compared(&trusted, past).await?
            {
                return Ok(subject.looked(said, Some(sha512)));
            }
        }
        let by_itself = subject.ask(None).await?;
        Ok(subject.looked(by_itself, None))
    }

    /// Has the bytes of a version here, fetched and pinned if they are not.
    async fn present(
        &self,
        key: &TarballKey,
        loaded: &Loaded,
        past: &Past,
    ) -> Result<String, Problem> {
        let (_, version) = key;
        let row = past.version(version);
        let pinned = row.and_then(|row| row.sha512.clone());
        if let Some(sha512) = &pinned
            && row.is_some_and(|row| row.quarantined_at.is_none())
            && self
                .store
                .blobs
                .exists(sha512)
                .await
                .map_err(broken_store)?
        {
            return Ok(sha512.clone());
        }
        let listing = &loaded.listing;
        let judged = listing
            .version(version)
            .ok_or_else(|| listing.no_version(version))?;
        let offered = listing.offered(judged).ok_or_else(|| {
            let id = format!("{}@{version}", listing.name);
            Problem::wrong_bytes(&id, "the registry offers no checksum for it")
        })?;
        self.fetch(key, judged.tarball.as_deref(), &offered, pinned)
            .await
    }
}

/// The version that most come from who update to this one: listed, let through by everything that is known, and published
/// earlier. If `trusted`, only those that were looked at before.
fn base(loaded: &Loaded, version: &str, past: &Past, trusted: bool) -> Option<Base> {
    let (packument, listing) = (&loaded.packument, &loaded.listing);
    let this = packument.entry(version)?;
    let semver = this.semver()?;
    let is_trusted =
        |entry: &Entry, is_young: bool| !is_young || past.is_inspected(entry.version());
    let candidates: Vec<(&Version, &Entry, bool)> = packument
        .entries()
        .iter()
        .zip(&listing.judged)
        .filter(|(entry, judged)| {
            !judged.is_held()
                && (!trusted || is_trusted(entry, judged.is_young))
                && entry
                    .published()
                    .zip(this.published())
                    .is_none_or(|(a, b)| a <= b)
        })
        .filter_map(|(entry, judged)| {
            Some((entry.semver()?, entry, is_trusted(entry, judged.is_young)))
        })
        .collect();
    let before = predecessor::predecessor(semver, candidates.iter().map(|(semver, _, _)| *semver))?;
    let (_, entry, is_trusted) = candidates.iter().find(|(semver, _, _)| *semver == before)?;
    Some(Base {
        version: entry.version().into(),
        is_trusted: *is_trusted,
    })
}

impl Subject<'_> {
    /// Compares with a version before; gives its bytes' address, too. `None` if those cannot be had.
    async fn compared(&self, base: &Base, past: &Past) -> Result<Option<(String, Said)>, Problem> {
        let key = (self.key.0.clone(), base.version.clone());
        let sha512 = match self.mirror.present(&key, self.loaded, past).await {
            Ok(sha512) => sha512,
            Err(problem) => {
                tracing::warn!(
                    name = %key.0, version = %key.1, problem = problem.text(),
                    "the version before could not be had to compare with"
                );
                return Ok(None);
            }
        };
        let said = self.ask(Some((&base.version, &sha512))).await?;
        Ok(Some((sha512, said)))
    }

    fn looked(&self, said: Said, against_sha512: Option<String>) -> Looked {
        Looked {
            inspected: said.inspected,
            sha512: self.sha512.clone(),
            against_sha512,
            score: said.score,
            report: said.report,
        }
    }

    async fn ask(&self, before: Option<(&str, &str)>) -> Result<Said, Problem> {
        let (name, version) = self.key;
        let packument = &self.loaded.packument;
        let entry = packument.entry(version);
        let history = match before {
            Some((before, _)) => self.history(packument.entry(before), entry).await,
            None => None,
        };
        let before_version = before.map(|(version, _)| version.to_owned());
        // Only now: bytes that wait for a worker need not be in memory.
        let _permit = self.mirror.room.enter(self.asker).await?;
        let mut packages = Vec::new();
        if let Some((version, sha512)) = before {
            packages.push((
                self.bytes(sha512).await?,
                self.manifest(packument.entry(version)),
            ));
        }
        packages.push((self.bytes(&self.sha512).await?, self.manifest(entry)));
        let inspector = Arc::clone(&self.settings.inspector);
        let asked = tokio::task::spawn_blocking(move || {
            asked(
                &inspector,
                &packages,
                history.as_ref(),
                before_version.as_deref(),
            )
        });
        let said = asked.await.map_err(broken_store)?;
        said.map_err(|why| {
            tracing::error!(%name, %version, why, "a version could not be inspected");
            Problem::not_inspected(&format!("{name}@{version}"), &why)
        })
    }

    async fn bytes(&self, sha512: &str) -> Result<Bytes, Problem> {
        let bytes = self.mirror.store.blobs.get(sha512).await;
        bytes
            .map_err(broken_store)?
            .ok_or_else(|| broken_store("a tarball is gone that was here a moment ago"))
    }

    fn manifest(&self, entry: Option<&Entry>) -> Option<String> {
        Some(self.loaded.packument.manifest(entry?).to_owned())
    }

    /// What the registry tells of the version and the one before.
    async fn history(&self, before: Option<&Entry>, after: Option<&Entry>) -> Option<History> {
        let (packument, after) = (&self.loaded.packument, after?);
        let mut history = history::of(packument, before, after);
        let added = history::added(packument, before, after);
        for name in added.into_iter().take(MOST_DEPENDENCIES) {
            let Ok(dependency) = PackageName::parse(&name) else {
                continue;
            };
            // What cannot be told stays unknown.
            if let Ok(loaded) = self.mirror.recent(&dependency).await {
                let packument = &loaded.packument;
                let first = packument
                    .entries()
                    .iter()
                    .filter_map(Entry::published)
                    .min();
                if let Some(first) = first.or_else(|| packument.created()) {
                    history.first_published.insert(name, first);
                }
            }
        }
        Some(history)
    }
}

/// On a blocking thread. The error is for people: no worker could say anything of the package.
fn asked(
    inspector: &Inspector,
    packages: &[(Bytes, Option<String>)],
    history: Option<&History>,
    before: Option<&str>,
) -> Result<Said, String> {
    let given = packages.iter().map(|(bytes, manifest)| Given {
        content: Content::Tarball(bytes),
        manifest: manifest.as_deref(),
        incomplete: &[],
        published: true,
    });
    let request = Request {
        packages: given.collect(),
        history,
        excerpts: true,
        deadly: Vec::new(),
    };
    let unfinished = |hit: Incomplete| {
        let (inspected, report) = summary::of_unfinished(&hit, before);
        said(inspected, 0, &report, None)
    };
    match inspector.ask(request) {
        Ok(Told::Report { report, .. }) => {
            let inspected = summary::of_report(&report);
            said(inspected, report.judgement.score, &report, None)
        }
        Ok(Told::Change {
            change,
            before: outcome,
            ..
        }) => {
            let inspected = summary::of_change(&change, before.unwrap_or_default());
            said(inspected, change.judgement.score, &change, Some(outcome))
        }
        Ok(Told::NotAPackage { why, .. }) => unfinished(Incomplete {
            file: None,
            why,
            matters: true,
        }),
        Ok(Told::Confused) => Err("the worker did not understand what it was asked".to_owned()),
        Err(Unfinished {
            surroundings: true,
            why,
            ..
        }) => Err(why),
        Err(Unfinished { file, why, .. }) => unfinished(Incomplete {
            file,
            why,
            matters: true,
        }),
    }
}

fn said(
    inspected: Inspected,
    score: u32,
    report: &impl serde::Serialize,
    before: Option<Outcome>,
) -> Result<Said, String> {
    Ok(Said {
        inspected,
        score,
        report: serde_json::to_vec(report).map_err(|error| error.to_string())?,
        before,
    })
}
