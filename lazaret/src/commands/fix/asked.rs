//! What the registry or mirror is asked for: documents of packages, and tarballs for yarn berry's checksums.

use crate::commands::inspecting::in_order;
use crate::output;
use crate::packages::{Body, Source};
use lazaret_npm::lockfile::yarn_archive;
use lazaret_npm::{PackageId, PackageName, Tarball};
use lazaret_project::fix::Catalogue;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

/// Questions at one time.
const AT_ONCE: usize = 8;

/// Adds the documents of these packages. What was not answered is told in `incomplete`.
pub(super) fn documents(
    source: &Source,
    names: &BTreeSet<String>,
    catalogue: &mut Catalogue,
    incomplete: &mut Vec<String>,
) {
    let names: Vec<&String> = names.iter().filter(|name| !catalogue.knows(name)).collect();
    let bar = output::counter("asking", names.len() as u64);
    let answer = |name: &&String| {
        let parsed = PackageName::parse(name).map_err(|error| (error.to_string(), true));
        let answer = parsed.and_then(|name| {
            let found = source.document(&name);
            found.map_err(|missed| (missed.why, missed.is_nothing))
        });
        ((*name).clone(), answer)
    };
    let jobs = AT_ONCE.min(names.len().max(1));
    let asked = in_order(&names, jobs, answer, |(name, answer)| {
        bar.inc(1);
        if let Err((why, false)) = &answer {
            incomplete.push(why.clone());
        }
        catalogue.insert(&name, answer.map_err(|(why, _)| why));
        Ok::<(), Infallible>(())
    });
    match asked {
        Ok(()) => {}
        Err(never) => match never {},
    }
    bar.finish_and_clear();
}

/// The checksums of the archives that yarn would make of these versions, or why one cannot be made.
pub(super) fn archives(
    source: &Source,
    ids: &BTreeSet<String>,
    cache_key: Option<&str>,
) -> BTreeMap<String, Result<String, String>> {
    if cache_key != Some(yarn_archive::CACHE_KEY) {
        let why = format!(
            "the lockfile has the cache key \"{}\", and only archives of \"{}\" can be made again",
            cache_key.unwrap_or_default(),
            yarn_archive::CACHE_KEY
        );
        return ids
            .iter()
            .map(|id| (id.clone(), Err(why.clone())))
            .collect();
    }
    let ids: Vec<&String> = ids.iter().collect();
    let bar = output::counter("fetching", ids.len() as u64);
    let make = |id: &&String| {
        let made = PackageId::parse(id).map_err(|error| error.to_string());
        let made = made.and_then(|id| {
            let version = source.version(&id).map_err(|missed| missed.why)?;
            let package = source.package(&version).map_err(|missed| missed.why)?;
            let Body::Tarball(bytes) = package.body else {
                return Err("it is no tarball".to_owned());
            };
            let tarball = Tarball::unverified(bytes);
            yarn_archive::checksum(id.name.as_str(), &tarball)
                .ok_or_else(|| "its tarball is one that clients read differently".to_owned())
        });
        ((*id).clone(), made)
    };
    let mut archives = BTreeMap::new();
    let jobs = AT_ONCE.min(ids.len().max(1));
    let made = in_order(&ids, jobs, make, |(id, made)| {
        bar.inc(1);
        archives.insert(id, made);
        Ok::<(), Infallible>(())
    });
    match made {
        Ok(()) => {}
        Err(never) => match never {},
    }
    bar.finish_and_clear();
    archives
}
