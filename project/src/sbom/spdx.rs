//! SPDX 2.3, as JSON.

use std::rc::Rc;

use jiff::Timestamp;
use lazaret_npm::lockfile::{Kind, Source};
use serde_json::{Value, json};

use super::Request;
use super::document::Document;
use super::licence::{Licence, licence};
use super::parts::{Part, Parts};

const NO_ASSERTION: &str = "NOASSERTION";

pub(super) fn document<'a>(request: &Request<'a>) -> Document<'a> {
    let parts = Rc::new(Parts::of(request));
    let name = request.project.name().unwrap_or("project");
    let described = parts.all.first().map(|_| id(0));
    // Seconds only: its own tools refuse more.
    let created = request
        .timestamp
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .strftime("%Y-%m-%dT%H:%M:%SZ");
    let mut document = Document::new(json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": name,
        "creationInfo": {
            "created": created.to_string(),
            "creators": [format!("Tool: lazaret-{}", request.tool_version)],
            "comment": format!("from {}", request.project.path()),
        },
        "documentDescribes": described.iter().collect::<Vec<_>>(),
    }));
    let hash = document.sha256_hex(parts.content(request));
    let namespace = format!("https://spdx.org/spdxdocs/lazaret-{}", &hash[..32]);
    document.set("documentNamespace", namespace);
    let all = Rc::clone(&parts);
    document.list("packages", move |take| {
        for (index, part) in all.all.iter().enumerate() {
            take(package(index, part, name));
        }
    });
    document.list("relationships", move |take| {
        if let Some(first) = &described {
            take(relationship("SPDXRef-DOCUMENT", "DESCRIBES", first));
        }
        for (from, part) in parts.all.iter().enumerate() {
            for (to, kind) in &part.depends_on {
                take(edge(*kind, from, *to));
            }
        }
    });
    document
}

fn id(index: usize) -> String {
    format!("SPDXRef-Package-{index}")
}

fn relationship(from: &str, kind: &str, to: &str) -> Value {
    json!({ "spdxElementId": from, "relationshipType": kind, "relatedSpdxElement": to })
}

/// Which kind of dependency it is, as far as the project's own are told apart.
fn edge(kind: Kind, from: usize, to: usize) -> Value {
    match kind {
        Kind::Development => relationship(&id(to), "DEV_DEPENDENCY_OF", &id(from)),
        Kind::Optional => relationship(&id(to), "OPTIONAL_DEPENDENCY_OF", &id(from)),
        _ => relationship(&id(from), "DEPENDS_ON", &id(to)),
    }
}

/// An address as SPDX writes it, a repository's commit after an `@`. Its own tools refuse hosts that are numbers or have no dot,
/// and of repositories those whose last part has more than five letters: what they refuse is told elsewhere.
fn location(address: &str) -> Option<String> {
    let is_repository = address.starts_with("git+") || address.starts_with("git://");
    let (_, rest) = address.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let host = host.split(':').next().unwrap_or(host);
    let (_, last) = host.rsplit_once('.')?;
    let most = if is_repository { 5 } else { 63 };
    let is_name = last.bytes().all(|byte| byte.is_ascii_alphabetic());
    let fits = is_name && (2..=most).contains(&last.len());
    let location = match is_repository {
        true => address.replacen('#', "@", 1),
        false => address.to_owned(),
    };
    fits.then_some(location)
}

fn package(index: usize, part: &Part<'_>, project: &str) -> Value {
    let entry = part.entry;
    let name = if entry.name.is_empty() {
        project
    } else {
        &entry.name
    };
    let is_own = entry.source == Source::Workspace;
    let declared = match part.licence.map(licence) {
        Some(Licence::Id(text) | Licence::Expression(text)) => text,
        _ => NO_ASSERTION,
    };
    let places: Vec<String> = part
        .places
        .iter()
        .map(|place| place.line.to_string())
        .collect();
    let location = part.address.as_deref().and_then(location);
    let mut value = json!({
        "SPDXID": id(index),
        "name": name,
        "downloadLocation": location.as_deref().unwrap_or(NO_ASSERTION),
        "filesAnalyzed": false,
        "licenseConcluded": NO_ASSERTION,
        "licenseDeclared": declared,
        "copyrightText": NO_ASSERTION,
        "primaryPackagePurpose": if is_own { "APPLICATION" } else { "LIBRARY" },
    });
    if let Some(version) = &entry.version {
        value["versionInfo"] = version.as_str().into();
    }
    if !is_own {
        value["supplier"] = NO_ASSERTION.into();
        let from = match (&location, &part.address) {
            (None, Some(address)) => format!(", from {address}"),
            _ => String::new(),
        };
        value["sourceInfo"] = format!("in the lockfile, line {}{from}", places.join(", ")).into();
    }
    if let Some(sha512) = &part.sha512 {
        value["checksums"] = json!([{ "algorithm": "SHA512", "checksumValue": sha512 }]);
    }
    if let Some(purl) = &part.purl {
        value["externalRefs"] = json!([{
            "referenceCategory": "PACKAGE-MANAGER",
            "referenceType": "purl",
            "referenceLocator": purl,
        }]);
    }
    value
}
