//! Early warnings of others: fetched, read strictly, and told as hints where they name what is in use.

use super::looking::is_name;
use crate::commands::advisories::{Input, records};
use crate::config::watch::{Kind, Source};
use crate::config::{self, Loaded};
use crate::exit::{Exit, Failure};
use crate::surroundings::Surroundings;
use anyhow::{Context, bail, ensure};
use jiff::{SignedDuration, Timestamp};
use lazaret_npm::text::printable;
use lazaret_npm::{Digests, PackageName, Version};
use lazaret_policy::{AdvisoryIndex, Affects};
use lazaret_project::watch::event::Hint;
use lazaret_project::watch::feeds::{self, Form};
use lazaret_project::watch::{DueSource, SourceRead, Watch};
use lazaret_upstream::{Answer, Feed, FeedSettings, Validators};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use tokio::io::AsyncWriteExt;
use tokio::runtime::Runtime;
use url::Url;

/// Bytes of an archive of records.
const MOST_ARCHIVE: u64 = 2 << 30;

/// The sources of a configuration.
pub(super) struct Early {
    all: BTreeMap<String, From>,
}

struct From {
    kind: Kind,
    place: Place,
    every: SignedDuration,
}

enum Place {
    Path(PathBuf),
    Url(Feed),
}

impl Early {
    /// Checks what is configured; asks nothing yet.
    ///
    /// # Errors
    /// The first mistake.
    pub(super) fn open(loaded: &Loaded, surroundings: &Surroundings) -> Result<Self, Failure> {
        let sources = &loaded.config.watch.tables.sources;
        let wrong = |error| Failure::new(Exit::WrongUse, error);
        config::watch::check(sources).map_err(wrong)?;
        let base = loaded
            .file
            .as_deref()
            .and_then(Path::parent)
            .unwrap_or(&surroundings.directory);
        let mut all = BTreeMap::new();
        for source in sources {
            let place = place(source, base, loaded)
                .with_context(|| format!("the source {:?} is not right", source.name))
                .map_err(wrong)?;
            let from = From {
                kind: source.kind,
                place,
                every: SignedDuration::from_mins(i64::from(source.every)),
            };
            all.insert(source.name.clone(), from);
        }
        Ok(Self { all })
    }

    /// Asks those whose turn it is, or all. Gives what went wrong.
    pub(super) fn look(
        &self,
        watch: &mut Watch,
        runtime: &Runtime,
        is_once: bool,
        now: Timestamp,
    ) -> Vec<String> {
        let names: BTreeSet<String> = self.all.keys().cloned().collect();
        let mut failures = Vec::new();
        for due in watch.due_sources(&names, is_once, now) {
            let Some(from) = self.all.get(&due.name) else {
                continue;
            };
            match from.read(&due, watch, runtime) {
                Ok(read) => watch.source_answered(&due.name, read, from.every, now),
                Err(error) => {
                    let why = printable(&format!("{error:#}")).into_owned();
                    failures.push(format!("the source {} could not be read: {why}", due.name));
                    watch.source_failed(&due.name, &why, from.every, now);
                }
            }
        }
        failures
    }
}

fn place(source: &Source, base: &Path, loaded: &Loaded) -> anyhow::Result<Place> {
    if let Some(path) = &source.path {
        return Ok(Place::Path(base.join(path)));
    }
    let url = source.url.as_deref().unwrap_or_default();
    // Not repeated: a feed's address may hold a key.
    let Ok(url) = Url::parse(url) else {
        bail!("its address is no URL");
    };
    let mut settings = FeedSettings::new(url);
    settings.limit = match source.kind {
        Kind::Osv => MOST_ARCHIVE,
        _ => feeds::SIZE_LIMIT as u64,
    };
    settings.extra_ca = loaded.config.upstream.extra_ca()?;
    Ok(Place::Url(Feed::new(settings)?))
}

impl From {
    /// What it holds; nothing if it has not changed.
    fn read(
        &self,
        due: &DueSource,
        watch: &Watch,
        runtime: &Runtime,
    ) -> anyhow::Result<Option<SourceRead>> {
        let form = match self.kind {
            Kind::Osv => return self.records(due, watch, runtime),
            Kind::Json => Form::Json,
            Kind::Rss => Form::Rss,
            Kind::Atom => Form::Atom,
        };
        let mut bytes = Vec::new();
        let mut validators = Validators::default();
        match &self.place {
            Place::Path(path) => {
                let file = File::open(path).context("it cannot be opened")?;
                let limit = feeds::SIZE_LIMIT as u64 + 1;
                file.take(limit)
                    .read_to_end(&mut bytes)
                    .context("it cannot be read")?;
            }
            Place::Url(feed) => match runtime.block_on(fetch(feed, due, &mut bytes))? {
                Some(new) => validators = new,
                None => return Ok(None),
            },
        }
        let items = feeds::parse(form, &bytes)?;
        let is_used = |name: &str| is_name(name) && !watch.in_use(name).is_empty();
        let mut read = SourceRead {
            etag: validators.etag,
            last_modified: validators.last_modified,
            ..SourceRead::default()
        };
        for item in items {
            let packages = feeds::mentioned(&item, is_used);
            if !packages.is_empty() {
                let hint = Hint {
                    source: due.name.clone(),
                    title: item.title,
                    url: item.url,
                    published: item.published,
                    packages: packages.into_iter().collect(),
                };
                read.hints.push((item.key.clone(), hint));
            }
            read.keys.insert(item.key);
        }
        Ok(Some(read))
    }

    /// Records of OSV: what they say of versions in use.
    fn records(
        &self,
        due: &DueSource,
        watch: &Watch,
        runtime: &Runtime,
    ) -> anyhow::Result<Option<SourceRead>> {
        let mut validators = Validators::default();
        let (index, bad) = match &self.place {
            Place::Path(path) => records(Input::Path(path.clone()))?,
            Place::Url(feed) => {
                // Without a name: it goes when this process does, however that ends.
                let mut file = tempfile::tempfile()?;
                let mut into = tokio::fs::File::from_std(file.try_clone()?);
                match runtime.block_on(fetch(feed, due, &mut into))? {
                    Some(new) => validators = new,
                    None => return Ok(None),
                }
                runtime.block_on(into.flush())?;
                file.rewind()?;
                records(Input::Archive(file, due.name.clone()))?
            }
        };
        let mut read = SourceRead {
            etag: validators.etag,
            last_modified: validators.last_modified,
            ..SourceRead::default()
        };
        for name in watch.state.packages.keys() {
            let Ok(name) = PackageName::parse(name) else {
                continue;
            };
            for (key, hint) in hints(&index, &name, watch.in_use(name.as_str()), &due.name) {
                read.keys.insert(key.clone());
                read.hints.push((key, hint));
            }
        }
        ensure!(
            bad.is_empty() || index.counts().rows > 0,
            "none of its records can be read: {}",
            bad.join("; ")
        );
        Ok(Some(read))
    }
}

fn hints(
    index: &AdvisoryIndex,
    name: &PackageName,
    in_use: &[String],
    source: &str,
) -> Vec<(String, Hint)> {
    let mut found = Vec::new();
    for advisory in index.for_package(name) {
        let affected = in_use.iter().filter(|version| {
            let semver = Version::parse_loose(version).ok();
            advisory.affects(version, semver.as_ref()) != Affects::No
        });
        let packages: Vec<String> = affected
            .map(|version| format!("{name}@{version}"))
            .collect();
        if packages.is_empty() {
            continue;
        }
        let key =
            Digests::of(format!("{} {}", advisory.id, packages.join(" ")).as_bytes()).sha256_hex();
        let hint = Hint {
            source: source.to_owned(),
            title: printable(&format!("{}: {}", advisory.id, advisory.summary)).into_owned(),
            url: advisory.url(),
            published: None,
            packages,
        };
        found.push((key, hint));
    }
    found
}

/// The validators of what was written; nothing if it has not changed.
async fn fetch(
    feed: &Feed,
    due: &DueSource,
    into: &mut (dyn tokio::io::AsyncWrite + Send + Unpin),
) -> anyhow::Result<Option<Validators>> {
    let validators = Validators {
        etag: due.etag.clone(),
        last_modified: due.last_modified.clone(),
    };
    match feed.fetch(&validators, into, |_, _| {}).await? {
        Answer::Fresh(fetched) => Ok(Some(fetched.validators)),
        Answer::NotModified => Ok(None),
        Answer::Missing => bail!("there is nothing at its address"),
        Answer::Denied(code) => bail!("it answered {code}"),
    }
}
