//! Asking the registry about packages whose turn it is: conditionally, a few at a time.

use crate::commands::inspecting::in_order;
use crate::packages::{Asked, Source};
use jiff::{SignedDuration, Timestamp};
use lazaret_npm::PackageName;
use lazaret_npm::packument::Packument;
use lazaret_policy::burst::publisher;
use lazaret_project::watch::{Answered, Document, Due, Watch};
use lazaret_upstream::{UpstreamError, Validators};
use std::convert::Infallible;
use std::time::Duration;

/// Questions at one time.
const AT_ONCE: usize = 8;

/// Asks about these and has the watch take the answers in. Gives why the registry was of no use, for each that it was not.
pub(super) fn ask(watch: &mut Watch, source: &Source, due: &[Due], now: Timestamp) -> Vec<String> {
    let mut failures = Vec::new();
    watch.spend(u32::try_from(due.len()).unwrap_or(u32::MAX));
    let answer = |due: &Due| {
        let name = PackageName::parse(&due.package).map_err(|error| error.to_string())?;
        let validators = Validators {
            etag: due.etag.clone(),
            last_modified: due.last_modified.clone(),
        };
        Ok::<_, String>((due.package.clone(), source.changed(&name, &validators)))
    };
    let jobs = AT_ONCE.min(due.len().max(1));
    let done = in_order(due, jobs, answer, |answer| {
        let Ok((package, answer)) = answer else {
            return Ok(());
        };
        let answer = match answer {
            Ok(Asked::Unchanged) => Answered::Unchanged,
            Ok(Asked::Missing) => Answered::Missing,
            Ok(Asked::Refused(why)) => {
                failures.push(format!("{package}: {why}"));
                Answered::Refused(why)
            }
            Ok(Asked::Changed(packument, validators)) => {
                let document = Read {
                    packument: &packument,
                    validators,
                };
                watch.answered(&package, Answered::Document(&document), now);
                return Ok(());
            }
            Err(error) => {
                failures.push(format!("{package}: {error}"));
                failed(&error)
            }
        };
        watch.answered(&package, answer, now);
        Ok::<(), Infallible>(())
    });
    match done {
        Ok(()) => failures,
        Err(never) => match never {},
    }
}

fn failed(error: &UpstreamError) -> Answered<'static> {
    let why = error.to_string();
    let retry_after = error.retry_after().and_then(duration);
    match error {
        UpstreamError::RateLimited { .. }
        | UpstreamError::Unreachable { .. }
        | UpstreamError::CircuitOpen { .. } => Answered::Down {
            why,
            retry_after,
            may_be_alone: false,
        },
        // A document that takes too long, or an error of the registry, may be about this package alone.
        UpstreamError::Timeout { .. } | UpstreamError::Status { .. } => Answered::Down {
            why,
            may_be_alone: retry_after.is_none(),
            retry_after,
        },
        _ => Answered::Refused(why),
    }
}

fn duration(wait: Duration) -> Option<SignedDuration> {
    SignedDuration::try_from(wait).ok()
}

/// A document, as the watch reads it.
struct Read<'p> {
    packument: &'p Packument,
    validators: Validators,
}

impl Document for Read<'_> {
    fn validators(&self) -> (Option<String>, Option<String>) {
        (
            self.validators.etag.clone(),
            self.validators.last_modified.clone(),
        )
    }

    fn versions(&self) -> Vec<(String, Option<Timestamp>)> {
        let entries = self.packument.entries().iter();
        entries
            .map(|entry| (entry.version().to_owned(), entry.published()))
            .collect()
    }

    fn publisher(&self, version: &str) -> Option<String> {
        let entry = self.packument.entry(version)?;
        publisher(self.packument.manifest(entry))
    }

    fn tagged(&self, version: &str) -> bool {
        self.packument
            .tags()
            .iter()
            .any(|(_, target)| target == version)
    }
}
