//! One question from its packages to its document. Whatever goes wrong becomes a document, too: there is one for each
//! question.

use super::Question;
use super::advisories::Advisories;
use crate::inspection::{
    Answer, Cache, Document, Input, Inspector, Key, KeyOf, Request, Unfinished,
};
use crate::packages::{Missed, Named, Package, Source, Version};
use lazaret_analysis::History;
use lazaret_npm::PackageId;

/// Everything that answers need. Threads share it.
pub(super) struct Examiner<'e> {
    pub(super) inspector: &'e Inspector,
    /// None if no question needs one.
    pub(super) source: Option<&'e Source>,
    pub(super) advisories: &'e Advisories,
    /// Given instead of asked for.
    pub(super) facts: Option<&'e History>,
    /// To be put into each document.
    pub(super) layers: Option<Vec<String>>,
    pub(super) excerpts: bool,
    /// Where answers are kept, if they are.
    pub(super) cache: Option<&'e Cache>,
}

/// A package that could not be had.
struct Absent {
    inputs: Vec<Input>,
    /// Which of them.
    package: usize,
    missed: Missed,
}

impl Examiner<'_> {
    pub(super) fn examine(&self, question: &Question) -> Document {
        let mut document = self.asked(question).unwrap_or_else(absent);
        let (name, version) = document.id();
        let advisories = self.advisories.of(name, version);
        document.add_advisories(advisories);
        document.sandbox.clone_from(&self.layers);
        document
    }

    fn asked(&self, question: &Question) -> Result<Document, Absent> {
        if let Some(known) = self.known(question) {
            return Ok(known);
        }
        match question {
            Question::Inspect(named) => {
                let labels = [named.label()];
                let of = |missed| absent_of(&labels, 0, missed);
                let (package, version) = self.take(named).map_err(of)?;
                let history = match (&version, self.source) {
                    (Some(version), Some(source)) => {
                        let before = source.predecessor(version, |id| self.is_bad(id));
                        self.history(before.as_ref(), version)
                    }
                    _ => None,
                };
                Ok(self.document(&[&package], history.as_ref()))
            }
            Question::Diff(before, after) => {
                let labels = [before.label(), after.label()];
                let of = |package| {
                    let labels = &labels;
                    move |missed| absent_of(labels, package, missed)
                };
                let (before, old) = self.take(before).map_err(of(0))?;
                let (after, new) = self.take(after).map_err(of(1))?;
                let history = new.and_then(|new| self.history(old.as_ref(), &new));
                Ok(self.document(&[&before, &after], history.as_ref()))
            }
            Question::Update(id) => self.update(id),
        }
    }

    fn update(&self, id: &PackageId) -> Result<Document, Absent> {
        let mut labels = vec![id.to_string()];
        let new = self
            .version(id)
            .map_err(|missed| absent_of(&labels, 0, missed))?;
        let source = self.source;
        let Some(old) = source.and_then(|source| source.predecessor(&new, |id| self.is_bad(id)))
        else {
            let why = format!(
                "there is no version before {id} to compare it with: use `lazaret inspect {id}`"
            );
            let missed = Missed {
                why,
                is_nothing: true,
            };
            return Err(absent_of(&labels, 0, missed));
        };
        labels.insert(0, old.id().to_string());
        let of = |package| {
            let labels = &labels;
            move |missed| absent_of(labels, package, missed)
        };
        let before = self.fetched(&old).map_err(of(0))?;
        let after = self.fetched(&new).map_err(of(1))?;
        let history = self.history(Some(&old), &new);
        Ok(self.document(&[&before, &after], history.as_ref()))
    }

    fn take(&self, named: &Named) -> Result<(Package, Option<Version>), Missed> {
        match named {
            Named::Version(id) => {
                let version = self.version(id)?;
                Ok((self.fetched(&version)?, Some(version)))
            }
            Named::Tarball(_) | Named::Folder(_) => {
                let package = Package::read(named).map_err(|error| Missed {
                    why: format!("{error:#}"),
                    is_nothing: false,
                })?;
                Ok((package, None))
            }
        }
    }

    fn version(&self, id: &PackageId) -> Result<Version, Missed> {
        match self.source {
            Some(source) => source.version(id),
            None => Err(nobody()),
        }
    }

    fn fetched(&self, version: &Version) -> Result<Package, Missed> {
        match self.source {
            Some(source) => source.package(version),
            None => Err(nobody()),
        }
    }

    fn history(&self, before: Option<&Version>, after: &Version) -> Option<History> {
        // It need not be asked for what was given.
        let source = self.source.filter(|_| self.facts.is_none())?;
        Some(source.history(before, after))
    }

    fn is_bad(&self, id: &PackageId) -> bool {
        self.advisories.is_malicious(id)
    }

    /// An answer that was kept of versions whose bytes the registry promises: they need not be fetched to know them.
    fn known(&self, question: &Question) -> Option<Document> {
        let (cache, source) = (self.cache?, self.source?);
        let version = |named: &Named| match named {
            Named::Version(id) => self.version(id).ok(),
            _ => None,
        };
        let versions: Vec<Version> = match question {
            Question::Inspect(named) => vec![version(named)?],
            Question::Diff(before, after) => vec![version(before)?, version(after)?],
            Question::Update(id) => {
                let new = self.version(id).ok()?;
                vec![source.predecessor(&new, |id| self.is_bad(id))?, new]
            }
        };
        let after = versions.last()?;
        let history = match question {
            Question::Inspect(_) => {
                let before = source.predecessor(after, |id| self.is_bad(id));
                self.history(before.as_ref(), after)
            }
            _ => self.history(versions.first(), after),
        };
        let packages = versions.iter().map(|version| {
            Some(KeyOf {
                sha512: source.offered(version)?.sha512_hex()?,
                manifest: version.manifest(),
            })
        });
        let packages = packages.collect::<Option<Vec<_>>>()?;
        let inputs = versions.iter().map(|version| Input {
            input: version.id().to_string(),
            integrity: source.offered(version).and_then(|offered| {
                let all = offered.to_string();
                let mut all = all.split_ascii_whitespace();
                let sha512 = all.find(|one| one.starts_with("sha512-"));
                sha512.map(str::to_owned)
            }),
            ..Input::default()
        });
        let inputs = inputs.collect();
        let answer = cache.get(&self.key(packages, history.as_ref()))?;
        Some(Document::of(Ok(answer), inputs))
    }

    fn key<'k>(&'k self, packages: Vec<KeyOf<'k>>, history: Option<&'k History>) -> Key<'k> {
        Key {
            inspector: lazaret_inspector::VERSION,
            packages,
            history: self.facts.or(history),
            excerpts: self.excerpts,
        }
    }

    /// Keeps an answer about bytes of the registry.
    fn keep(&self, packages: &[&Package], history: Option<&History>, answer: &Answer) {
        let Some(cache) = self.cache else {
            return;
        };
        let packages = packages.iter().map(|package| {
            let integrity = package.input.integrity.as_deref()?;
            Some(KeyOf {
                sha512: lazaret_npm::Integrity::parse(integrity)
                    .ok()?
                    .sha512_hex()?,
                manifest: package.manifest.as_deref()?,
            })
        });
        if let Some(packages) = packages.collect::<Option<Vec<_>>>() {
            cache.put(&self.key(packages, history), answer);
        }
    }

    fn document(&self, packages: &[&Package], history: Option<&History>) -> Document {
        let request = Request {
            packages: packages.iter().map(|package| package.given()).collect(),
            history: self.facts.or(history),
            excerpts: self.excerpts,
            deadly: Vec::new(),
        };
        let answer = self.inspector.ask(request);
        if let Ok(answer) = &answer {
            self.keep(packages, history, answer);
        }
        let inputs = packages.iter().map(|package| package.input.clone());
        Document::of(answer, inputs.collect())
    }
}

fn nobody() -> Missed {
    Missed {
        why: "there is no registry to ask".to_owned(),
        is_nothing: false,
    }
}

fn absent_of(labels: &[String], package: usize, missed: Missed) -> Absent {
    let input = |label: &String| Input {
        input: label.clone(),
        ..Input::default()
    };
    Absent {
        inputs: labels.iter().map(input).collect(),
        package,
        missed,
    }
}

fn absent(absent: Absent) -> Document {
    let Absent {
        inputs,
        package,
        missed: Missed { why, is_nothing },
    } = absent;
    let answer: Result<Answer, Unfinished> = Err(Unfinished {
        package,
        file: None,
        why,
        surroundings: false,
    });
    Document {
        is_nothing,
        ..Document::of(answer, inputs)
    }
}
