//! What a registry or mirror offers of the packages in question, and which of their versions may be taken.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use jiff::Timestamp;
use lazaret_npm::packument::{Entry, Packument};
use lazaret_npm::{Integrity, PackageName, Version};
use lazaret_policy::advisory::{PLACEHOLDER, findings};
use lazaret_policy::{
    AdvisoryIndex, Affects, Behaviour, Case, Indicators, Kind, Policy, judge, plausible_times,
};
use serde_json::Value;

use super::ranges;

/// Documents by name, and why there is none of others.
#[derive(Debug, Default)]
pub struct Catalogue {
    packages: BTreeMap<String, Result<Arc<Packument>, String>>,
}

impl Catalogue {
    /// What was answered about a package: its document, or why there is none.
    pub fn insert(&mut self, name: &str, answer: Result<Arc<Packument>, String>) {
        self.packages.insert(name.to_owned(), answer);
    }

    pub fn knows(&self, name: &str) -> bool {
        self.packages.contains_key(name)
    }

    /// The document of a package.
    pub fn document(&self, name: &str) -> Option<&Arc<Packument>> {
        self.packages.get(name)?.as_ref().ok()
    }

    fn why_not(&self, name: &str) -> Option<&str> {
        self.packages.get(name)?.as_ref().err().map(String::as_str)
    }
}

/// One version as the registry describes it.
#[derive(Debug)]
pub struct Release {
    pub name: String,
    pub version: String,
    pub semver: Version,
    /// `dist.integrity`, or the `shasum` in its form.
    pub integrity: Option<String>,
    /// sha1 in hex digits.
    pub shasum: Option<String>,
    /// `dist.tarball`.
    pub tarball: Option<String>,
    /// The manifest as the registry wrote it.
    pub manifest: Value,
    /// What speaks against it although it may be taken; empty for most.
    pub known: Vec<String>,
}

impl Release {
    /// A table of the manifest whose values are texts: `dependencies` and its like, ordered by name.
    pub fn table(&self, field: &str) -> BTreeMap<String, String> {
        let fields = self.manifest.get(field).and_then(Value::as_object);
        fields
            .into_iter()
            .flatten()
            .filter_map(|(name, range)| Some((name.clone(), range.as_str()?.to_owned())))
            .collect()
    }

    /// `dependencies` without those that are optional as well.
    pub fn required(&self) -> BTreeMap<String, String> {
        let optional = self.table("optionalDependencies");
        let mut required = self.table("dependencies");
        required.retain(|name, _| !optional.contains_key(name));
        required
    }

    /// Peers that need not be there.
    pub fn optional_peers(&self) -> BTreeSet<String> {
        let meta = self.manifest.get("peerDependenciesMeta");
        let meta = meta.and_then(Value::as_object);
        meta.into_iter()
            .flatten()
            .filter(|(_, one)| one.get("optional").and_then(Value::as_bool) == Some(true))
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// Whether it brings packages inside its own tarball.
    pub fn bundles(&self) -> bool {
        ["bundleDependencies", "bundledDependencies"]
            .iter()
            .any(|field| match self.manifest.get(*field) {
                Some(Value::Array(names)) => !names.is_empty(),
                Some(Value::Bool(all)) => *all,
                _ => false,
            })
    }

    pub fn id(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }
}

/// What may be taken, as far as documents, advisories and policy tell.
pub(super) struct Market<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) index: &'a AdvisoryIndex,
    indicators: &'a Indicators,
    pub(super) policy: &'a Policy,
    pub(super) now: Timestamp,
    /// `name@version` of what is known to be bad from elsewhere.
    pub(super) banned: &'a BTreeSet<String>,
    /// Versions that are locked now, by name: a fix of what affects them does not sit out the cooldown.
    pub(super) locked: BTreeMap<String, Vec<Version>>,
    /// Names that were asked for and are not in the catalogue.
    pub(super) needs: RefCell<BTreeSet<String>>,
    listed: RefCell<BTreeMap<String, Rc<Vec<Offer>>>>,
}

/// One version, and what keeps it from being taken.
#[derive(Clone, Debug)]
pub(super) struct Offer {
    pub(super) version: String,
    pub(super) semver: Version,
    /// Known or suspected to be malicious.
    pub(super) is_malicious: bool,
    /// Vulnerabilities that affect it.
    pub(super) vulnerabilities: Vec<String>,
    /// Why the policy holds it.
    pub(super) held: Option<String>,
}

impl Offer {
    pub(super) fn may_be_taken(&self) -> bool {
        !self.is_malicious && self.held.is_none()
    }
}

impl<'a> Market<'a> {
    pub(super) fn new(
        catalogue: &'a Catalogue,
        (index, indicators, policy, now): (
            &'a AdvisoryIndex,
            &'a Indicators,
            &'a Policy,
            Timestamp,
        ),
        banned: &'a BTreeSet<String>,
        locked: BTreeMap<String, Vec<Version>>,
    ) -> Self {
        Self {
            catalogue,
            index,
            indicators,
            policy,
            now,
            banned,
            locked,
            needs: RefCell::default(),
            listed: RefCell::default(),
        }
    }

    /// The versions of a package, ascending.
    ///
    /// # Errors
    /// Why they are not known; they may be needed first.
    pub(super) fn offers(&self, name: &str) -> Result<Rc<Vec<Offer>>, String> {
        if let Some(known) = self.listed.borrow().get(name) {
            return Ok(Rc::clone(known));
        }
        let document = self.document(name)?;
        let package = PackageName::parse(name).map_err(|error| error.to_string())?;
        let entries: Vec<&Entry> = document.entries().iter().collect();
        let pairs: Vec<_> = entries
            .iter()
            .map(|entry| (entry.semver(), entry.published()))
            .collect();
        let times = plausible_times(document.created(), &pairs, self.now);
        let advisories = self.index.for_package(&package);
        let locked = self.locked.get(name).map_or(&[][..], Vec::as_slice);
        let mut offers: Vec<Offer> = Vec::new();
        for (entry, published) in entries.into_iter().zip(times) {
            let Some(semver) = entry.semver() else {
                continue;
            };
            let version = entry.version();
            // Readers pass over spaces and a `v`; lockfiles are not to hold them.
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".+-".contains(&byte);
            if !version.bytes().all(is_plain) || version.starts_with('v') {
                continue;
            }
            let meant = advisories.iter().map(|advisory| &**advisory);
            let meant: Vec<_> = meant
                .filter(|advisory| advisory.affects(version, Some(semver)) != Affects::No)
                .collect();
            let is_malicious = version == PLACEHOLDER
                || self.banned.contains(&format!("{name}@{version}"))
                || self.indicators.named(name, version).is_some()
                || meant
                    .iter()
                    .any(|advisory| advisory.kind == Kind::Malicious);
            let groups = findings(meant);
            let vulnerabilities = groups.iter().map(|group| group.id().to_owned());
            let vulnerabilities = vulnerabilities.collect();
            let (integrity, shasum) = document.checksums(entry);
            let case = Case {
                name: &package,
                version,
                semver: Some(semver),
                published,
                absent_at: None,
                // A version of which nobody says how old it is counts as new.
                first_contact: self.now,
                strength: Integrity::strength_of_dist(integrity.as_deref(), shasum.as_deref()),
                advisories: &advisories,
                in_use: locked,
                behaviour: Behaviour::NotInspected,
                served: false,
            };
            let verdict = judge(self.policy, &case, self.now);
            let held = verdict.outcome.is_held().then(|| {
                let reason = verdict.headline();
                reason.map_or_else(String::new, |reason| {
                    format!("{}: {}", reason.rule, reason.text)
                })
            });
            offers.push(Offer {
                version: version.to_owned(),
                semver: semver.clone(),
                is_malicious,
                vulnerabilities,
                held,
            });
        }
        offers.sort_by(|one, other| one.semver.cmp(&other.semver));
        let offers = Rc::new(offers);
        let mut listed = self.listed.borrow_mut();
        listed.insert(name.to_owned(), Rc::clone(&offers));
        Ok(offers)
    }

    /// What the registry says of a version.
    ///
    /// # Errors
    /// Why it is not known.
    pub(super) fn release(&self, name: &str, version: &str) -> Result<Release, String> {
        let document = self.document(name)?;
        let Some(entry) = document.entry(version) else {
            return Err(format!("the registry has no {name}@{version}"));
        };
        let manifest: Value = serde_json::from_str(document.manifest(entry))
            .map_err(|_| format!("what the registry says of {name}@{version} is not JSON"))?;
        let (integrity, shasum) = document.checksums(entry);
        let Some(semver) = entry.semver().cloned() else {
            return Err(format!("{name}@{version} is no version"));
        };
        let from_shasum = |shasum: &str| {
            let parsed = Integrity::from_shasum(shasum).ok();
            parsed.map(|integrity| integrity.to_string())
        };
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=- ".contains(&byte);
        let integrity = match integrity
            .as_deref()
            .map(|text| (text, Integrity::parse(text)))
        {
            Some((text, Ok(_))) if text.bytes().all(is_plain) => Some(text.to_owned()),
            // With options or line ends, which not every lockfile could hold.
            Some((_, Ok(parsed))) => Some(parsed.to_string()),
            _ => shasum.as_deref().and_then(from_shasum),
        };
        if integrity.is_none() {
            return Err(format!(
                "the registry offers nothing to verify {name}@{version} against"
            ));
        }
        let known = self.offers(name)?;
        let known = known.iter().find(|offer| offer.version == version);
        Ok(Release {
            name: name.to_owned(),
            version: version.to_owned(),
            semver,
            integrity,
            shasum: shasum.map(std::borrow::Cow::into_owned),
            tarball: document
                .tarball_url(entry)
                .map(std::borrow::Cow::into_owned),
            manifest,
            known: known.map_or_else(Vec::new, |offer| offer.vulnerabilities.clone()),
        })
    }

    /// What an entry's own manifest asks for: of pnpm, whose lockfile does not tell ranges.
    pub(super) fn asked_by(
        &self,
        name: &str,
        version: &str,
    ) -> Result<BTreeMap<String, String>, String> {
        let release = self.release(name, version)?;
        let mut asked = release.table("peerDependencies");
        asked.extend(release.table("dependencies"));
        asked.extend(release.table("optionalDependencies"));
        Ok(asked)
    }

    /// The best version for a range that is new in the tree: the highest that may be taken and that nothing is known of, else
    /// the highest that may be taken.
    pub(super) fn best(&self, name: &str, spec: &str) -> Result<Offer, String> {
        let offers = self.offers(name)?;
        let fits = |offer: &&Offer| ranges::admits(spec, &offer.semver) == Some(true);
        let fitting: Vec<&Offer> = offers
            .iter()
            .rev()
            .filter(fits)
            .filter(|offer| offer.may_be_taken())
            .collect();
        let clean = fitting
            .iter()
            .find(|offer| offer.vulnerabilities.is_empty());
        let best = clean.or(fitting.first());
        best.map(|offer| (*offer).clone())
            .ok_or_else(|| format!("no version of {name} that may be taken is in {spec}"))
    }

    fn document(&self, name: &str) -> Result<&'a Arc<Packument>, String> {
        match self.catalogue.document(name) {
            Some(document) => Ok(document),
            None => match self.catalogue.why_not(name) {
                Some(why) => Err(why.to_owned()),
                None => {
                    self.needs.borrow_mut().insert(name.to_owned());
                    Err(format!("{name} was not asked for yet"))
                }
            },
        }
    }
}
