//! Versions of a registry: the one that npm is configured with, or a mirror.

use super::signatures::{self, Keys};
use super::{Body, Package};
use crate::config::Loaded;
use crate::exit::{Exit, Failure};
use crate::inspection::Input;
use crate::surroundings::Surroundings;
use crate::upstream_registry;
use jiff::Timestamp;
use lazaret_analysis::History;
use lazaret_inspector::history;
use lazaret_inspector::predecessor::predecessor;
use lazaret_npm::packument::{Entry, Packument};
use lazaret_npm::{Integrity, PackageId, PackageName, Tarball};
use lazaret_policy::Policy;
use lazaret_project::rules::BadSignature;
use lazaret_upstream::{Answer, Registry, RegistrySettings, UpstreamError, Validators};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::runtime::Runtime;
use url::Url;

/// New dependencies of which it is asked when they were first published: more than that are a finding by themselves.
const MOST_DEPENDENCIES: usize = 8;

/// A registry to take versions from. Threads share it.
pub(crate) struct Source {
    registry: Registry,
    runtime: Runtime,
    /// Names that are never told to it; none of a mirror's, which is ours.
    internal: Option<Policy>,
    documents: Mutex<BTreeMap<PackageName, Arc<Packument>>>,
    /// None where it has none; or why they could not be had.
    keys: OnceLock<Result<Option<Keys>, String>>,
}

/// A version that the registry has.
pub(crate) struct Version {
    id: PackageId,
    document: Arc<Packument>,
    /// Among the document's entries.
    index: usize,
}

/// What came of asking whether a document changed.
pub(crate) enum Asked {
    Unchanged,
    Changed(Arc<Packument>, Validators),
    /// The registry has no such package.
    Missing,
    /// It does not let us see it, or what it sends is no document.
    Refused(String),
}

/// Why there is no package.
#[derive(Debug)]
pub(crate) struct Missed {
    pub(crate) why: String,
    /// The registry was asked and has none.
    pub(crate) is_nothing: bool,
}

impl Missed {
    fn of(error: &UpstreamError) -> Self {
        Self::because(error.to_string())
    }

    fn because(why: String) -> Self {
        Self {
            why,
            is_nothing: false,
        }
    }
}

impl Source {
    /// Finds the registry; asks nothing yet.
    ///
    /// # Errors
    /// When there is none, or none that could be asked.
    pub(crate) fn open(
        loaded: &Loaded,
        surroundings: &Surroundings,
        mirror: Option<&Url>,
    ) -> Result<Self, Failure> {
        let (settings, internal) = match mirror {
            Some(url) => {
                let mut settings = RegistrySettings::new(url.clone());
                settings.extra_ca = loaded.config.upstream.extra_ca()?;
                (settings, None)
            }
            None => {
                let found = upstream_registry::find(loaded, surroundings)?;
                let settings = found.settings(&loaded.config)?;
                (settings, Some(loaded.config.policy.clone()))
            }
        };
        Ok(Self {
            registry: Registry::new(settings)
                .map_err(|error| Failure::new(Exit::WrongUse, error))?,
            runtime: crate::commands::runtime()?,
            internal,
            documents: Mutex::default(),
            keys: OnceLock::new(),
        })
    }

    /// Where it is.
    pub(crate) fn url(&self) -> &Url {
        self.registry.url()
    }

    /// The document of a package if it changed since then. It is not kept.
    ///
    /// # Errors
    /// When the registry could not be asked.
    pub(crate) fn changed(
        &self,
        name: &PackageName,
        since: &Validators,
    ) -> Result<Asked, UpstreamError> {
        if let Some(why) = self.keeps_to_itself(name) {
            return Ok(Asked::Refused(why));
        }
        let answer = self
            .runtime
            .block_on(self.registry.packument(name, since))?;
        Ok(match answer {
            Answer::Fresh(document) => match Packument::parse(name, document.body) {
                Ok(packument) => Asked::Changed(Arc::new(packument), document.validators),
                Err(error) => Asked::Refused(error.to_string()),
            },
            Answer::NotModified => Asked::Unchanged,
            Answer::Missing => Asked::Missing,
            Answer::Denied(code) => Asked::Refused(format!("the registry answered {code}")),
        })
    }

    /// Forgets all documents: they are asked for anew.
    pub(crate) fn forget(&self) {
        self.documents
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// Why a name is not told to the registry.
    fn keeps_to_itself(&self, name: &PackageName) -> Option<String> {
        let is_internal = self.internal.as_ref()?.is_internal(name);
        is_internal.then(|| {
            format!("{name} is listed as internal and is not asked of the registry; --server asks your own mirror")
        })
    }

    /// The version of this name and number.
    ///
    /// # Errors
    /// When the registry has none, or could not be asked.
    pub(crate) fn version(&self, id: &PackageId) -> Result<Version, Missed> {
        let document = self.document(&id.name)?;
        let spelled = document.position(&id.version.to_string());
        let entries = document.entries();
        let same = |entry: &Entry| entry.semver() == Some(&id.version);
        match spelled.or_else(|| entries.iter().position(same)) {
            Some(index) => Ok(Version {
                id: id.clone(),
                document,
                index,
            }),
            None => Err(Missed {
                why: format!("{} has no {id}", self.registry.url()),
                is_nothing: true,
            }),
        }
    }

    /// The version that most come from who update to this one; `is_bad` names those that nobody should come from.
    pub(crate) fn predecessor(
        &self,
        version: &Version,
        is_bad: impl Fn(&PackageId) -> bool,
    ) -> Option<Version> {
        let named = |semver: &lazaret_npm::Version| PackageId {
            name: version.id.name.clone(),
            version: semver.clone(),
        };
        let entries = version.document.entries();
        let good = entries
            .iter()
            .filter_map(Entry::semver)
            .filter(|semver| !is_bad(&named(semver)));
        let before = predecessor(&version.id.version, good)?;
        let index = entries
            .iter()
            .position(|entry| entry.semver() == Some(before))?;
        Some(Version {
            id: named(before),
            document: Arc::clone(&version.document),
            index,
        })
    }

    /// Everything that the registry offers to verify a version against.
    pub(crate) fn offered(&self, version: &Version) -> Option<Integrity> {
        version.document.offered(version.entry())
    }

    /// What is wrong with the registry's signatures of a version. Nothing where it signs nothing, or has no keys.
    ///
    /// # Errors
    /// When its keys could not be had.
    pub(crate) fn bad_signature(&self, version: &Version) -> Result<Option<BadSignature>, Missed> {
        let manifest = version.document.manifest(version.entry());
        if !manifest.contains("\"signatures\"") {
            return Ok(None);
        }
        match self.keys.get_or_init(|| self.asked_for_keys()) {
            Ok(Some(keys)) => Ok(keys.fault(&version.id, manifest, version.published())),
            Ok(None) => Ok(None),
            Err(why) => Err(Missed::because(why.clone())),
        }
    }

    fn asked_for_keys(&self) -> Result<Option<Keys>, String> {
        let asked = self.registry.get(signatures::PATH, signatures::LIMIT, None);
        let answer = self.runtime.block_on(asked);
        let answer = answer.map_err(|error| error.to_string())?;
        match answer.status {
            200 => Keys::parse(&answer.body).map(Some),
            _ => Ok(None),
        }
    }

    /// Fetches a version's tarball; its bytes are what the document promises.
    ///
    /// # Errors
    /// When they are not, or could not be had.
    pub(crate) fn package(&self, version: &Version) -> Result<Package, Missed> {
        let (id, document, entry) = (&version.id, &version.document, version.entry());
        let Some(offered) = document.offered(entry) else {
            return Err(Missed::because(format!(
                "the registry offers nothing to verify {id} against, so it was not fetched"
            )));
        };
        let url = document.tarball_url(entry);
        let fetched = self.runtime.block_on(async {
            let tarball = self
                .registry
                .tarball(&id.name, entry.version(), url.as_deref());
            let mut download = tarball.await?;
            let mut bytes = Vec::new();
            while let Some(chunk) = download.chunk().await? {
                bytes.extend_from_slice(&chunk);
            }
            Ok(bytes)
        });
        let bytes = fetched.map_err(|error| match error {
            UpstreamError::Status { code: 403, .. } => Missed::because(format!(
                "{} refuses {id}: `lazaret why {id}` may say why",
                self.registry.url()
            )),
            error => Missed::of(&error),
        })?;
        let tarball = Tarball::verify(bytes.into(), &offered).map_err(|mismatch| {
            Missed::because(format!(
                "the bytes that the registry sends for {id} are not those that it promises: {mismatch}"
            ))
        })?;
        Ok(Package {
            input: Input {
                input: id.to_string(),
                integrity: tarball.digests().map(lazaret_npm::Digests::integrity),
                ..Input::default()
            },
            body: Body::Tarball(tarball.bytes().clone()),
            manifest: Some(document.manifest(entry).to_owned()),
            incomplete: Vec::new(),
        })
    }

    /// What the registry tells of a version, next to the one before it.
    pub(crate) fn history(&self, before: Option<&Version>, after: &Version) -> History {
        let old = before
            .filter(|before| before.id.name == after.id.name)
            .map(Version::entry);
        let mut history = history::of(&after.document, old, after.entry());
        let added = history::added(&after.document, old, after.entry());
        for name in added.into_iter().take(MOST_DEPENDENCIES) {
            if let Some(first) = self.first_published(&name) {
                history.first_published.insert(name, first);
            }
        }
        history
    }

    /// Nothing if that cannot be told: then it stays unknown.
    fn first_published(&self, name: &str) -> Option<Timestamp> {
        let document = self.document(&PackageName::parse(name).ok()?).ok()?;
        let published = document.entries().iter().filter_map(Entry::published).min();
        // `created` alone could be of a name that was given away and taken again.
        published.or_else(|| document.created())
    }

    /// The document of a package, asked for once.
    ///
    /// # Errors
    /// When the registry has none, or could not be asked.
    pub(crate) fn document(&self, name: &PackageName) -> Result<Arc<Packument>, Missed> {
        let documents = || {
            self.documents
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(known) = documents().get(name) {
            return Ok(Arc::clone(known));
        }
        if let Some(why) = self.keeps_to_itself(name) {
            return Err(Missed::because(why));
        }
        let none = Validators::default();
        let answer = self
            .runtime
            .block_on(self.registry.packument(name, &none))
            .map_err(|error| Missed::of(&error))?;
        let body = match answer {
            Answer::Fresh(document) => document.body,
            Answer::Missing => {
                return Err(Missed {
                    why: format!("{} has no package {name}", self.registry.url()),
                    is_nothing: true,
                });
            }
            Answer::Denied(code) => {
                return Err(Missed::because(format!(
                    "{} does not let us see {name} ({code})",
                    self.registry.url()
                )));
            }
            Answer::NotModified => {
                return Err(Missed::because(format!(
                    "{} says that {name} did not change, which nobody asked",
                    self.registry.url()
                )));
            }
        };
        let document =
            Packument::parse(name, body).map_err(|error| Missed::because(error.to_string()))?;
        let document = Arc::new(document);
        documents().insert(name.clone(), Arc::clone(&document));
        Ok(document)
    }
}

impl Version {
    pub(crate) fn id(&self) -> &PackageId {
        &self.id
    }

    /// What the registry's document says of it.
    pub(crate) fn manifest(&self) -> &str {
        self.document.manifest(self.entry())
    }

    /// When the registry says that it was published.
    pub(crate) fn published(&self) -> Option<Timestamp> {
        self.entry().published()
    }

    fn entry(&self) -> &Entry {
        &self.document.entries()[self.index]
    }
}
