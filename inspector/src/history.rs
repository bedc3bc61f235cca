//! What a package document tells of a version and of the one before it. Mirrors leave members out: what a document
//! names for no version at all is unknown, not absent.

use lazaret_analysis::History;
use lazaret_npm::packument::{Entry, Packument};
use serde_json::Value;
use std::collections::BTreeSet;

/// Facts of `after`, and of the version that it is compared with where the document has that.
pub fn of(packument: &Packument, before: Option<&Entry>, after: &Entry) -> History {
    let manifest = |entry: &Entry| -> Value {
        serde_json::from_str(packument.manifest(entry)).unwrap_or_default()
    };
    let document = std::str::from_utf8(packument.body()).unwrap_or_default();
    let told_of_any = |member: &str| document.contains(&format!("\"{member}\""));
    let before_manifest = before.map(manifest);
    let after_manifest = manifest(after);
    let (has_attestations, has_trust) =
        (told_of_any("attestations"), told_of_any("trustedPublisher"));
    let provenance = |manifest: &Value| {
        has_attestations.then(|| !manifest["dist"]["attestations"]["provenance"].is_null())
    };
    let trusted =
        |manifest: &Value| has_trust.then(|| !manifest["_npmUser"]["trustedPublisher"].is_null());
    History {
        publisher_before: before_manifest.as_ref().and_then(publisher),
        publisher_after: publisher(&after_manifest),
        maintainers_before: before_manifest.as_ref().and_then(maintainers),
        maintainers_after: maintainers(&after_manifest),
        provenance_before: before_manifest.as_ref().and_then(provenance),
        provenance_after: provenance(&after_manifest),
        trusted_publisher_before: before_manifest.as_ref().and_then(trusted),
        trusted_publisher_after: trusted(&after_manifest),
        published_before: before.and_then(Entry::published),
        published_after: after.published(),
        published: packument
            .entries()
            .iter()
            .filter_map(|entry| Some((entry.version().to_owned(), entry.published()?)))
            .collect(),
        ..History::default()
    }
}

/// Dependencies that who installs `after` gets and who installed `before` did not, by name.
pub fn added(packument: &Packument, before: Option<&Entry>, after: &Entry) -> Vec<String> {
    let dependencies = |entry: &Entry| -> BTreeSet<String> {
        let manifest: Value = serde_json::from_str(packument.manifest(entry)).unwrap_or_default();
        ["dependencies", "optionalDependencies", "peerDependencies"]
            .iter()
            .filter_map(|member| manifest[*member].as_object())
            .flat_map(|table| table.keys().cloned())
            .collect()
    };
    let known = before.map(dependencies).unwrap_or_default();
    let now = dependencies(after);
    now.difference(&known).cloned().collect()
}

fn publisher(manifest: &Value) -> Option<String> {
    Some(manifest["_npmUser"]["name"].as_str()?.to_owned())
}

fn maintainers(manifest: &Value) -> Option<Vec<String>> {
    let people = manifest["maintainers"].as_array()?;
    // Old documents have `name <address>` instead of objects.
    let name = |person: &Value| {
        let text = person["name"].as_str().or_else(|| person.as_str())?;
        let name = text.split('<').next().unwrap_or(text).trim();
        Some(name.to_owned())
    };
    let mut names: Vec<String> = people.iter().filter_map(name).collect();
    names.sort();
    names.dedup();
    Some(names)
}
