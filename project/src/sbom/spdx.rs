//! SPDX 2.3, as JSON.

use std::borrow::Cow;

use jiff::Timestamp;
use lazaret_npm::lockfile::{Kind, Source, Text};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::Request;
use super::document::{Each, sha256_hex};
use super::licence::{Licence, licence};
use super::parts::{Part, Parts};

const DOCUMENT: &str = "SPDXRef-DOCUMENT";
const NO_ASSERTION: &str = "NOASSERTION";

/// A document; it is made while it is written.
pub(super) struct Document<'a>(pub(super) Request<'a>);

// Members are written in the order of their names.

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Spdx<'a, P, R> {
    #[serde(rename = "SPDXID")]
    id: &'a str,
    creation_info: Value,
    data_license: &'a str,
    document_describes: Vec<String>,
    document_namespace: String,
    name: &'a str,
    packages: P,
    relationships: R,
    spdx_version: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Package<'a> {
    #[serde(rename = "SPDXID")]
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    checksums: Option<[Checksum<'a>; 1]>,
    copyright_text: &'a str,
    download_location: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_refs: Option<[ExternalRef<'a>; 1]>,
    files_analyzed: bool,
    license_concluded: &'a str,
    license_declared: &'a str,
    name: &'a str,
    primary_package_purpose: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_info: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    supplier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_info: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Checksum<'a> {
    algorithm: &'a str,
    checksum_value: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExternalRef<'a> {
    reference_category: &'a str,
    reference_locator: &'a str,
    reference_type: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Relationship<'a> {
    related_spdx_element: String,
    relationship_type: &'a str,
    spdx_element_id: String,
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let request = &self.0;
        let parts = Parts::of(request);
        let all = parts.all.iter().enumerate();
        let name = request.project.name().unwrap_or("project");
        // Seconds only: its own tools refuse more.
        let created = request.timestamp.unwrap_or(Timestamp::UNIX_EPOCH);
        let created = created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let path = request.project.path();
        let own = [created.as_str(), path.as_str()].into_iter();
        let hash = sha256_hex(own.chain(parts.content(request)));
        let described = parts.all.first().map(|_| id(0));
        let describes = described.iter();
        Spdx {
            id: DOCUMENT,
            creation_info: json!({
                "created": created,
                "creators": [format!("Tool: lazaret-{}", request.tool_version)],
                "comment": format!("from {path}"),
            }),
            data_license: "CC0-1.0",
            document_describes: describes.clone().cloned().collect(),
            document_namespace: format!("https://spdx.org/spdxdocs/lazaret-{}", &hash[..32]),
            name,
            packages: Each(|| {
                all.clone()
                    .map(|(index, part)| package(index, part, request))
            }),
            relationships: Each(|| {
                let describes = describes.clone();
                let parts = &parts;
                let edges = all.clone().flat_map(move |(from, part)| {
                    let on = part.depends_on.iter();
                    on.map(
                        move |(to, kind)| match parts.all[*to].is_tool && !part.is_tool {
                            true => relationship(id(*to), "DEV_TOOL_OF", id(from)),
                            false => edge(*kind, from, *to),
                        },
                    )
                });
                describes
                    .map(|first| relationship(DOCUMENT.to_owned(), "DESCRIBES", first.clone()))
                    .chain(edges)
            }),
            spdx_version: "SPDX-2.3",
        }
        .serialize(to)
    }
}

fn id(index: usize) -> String {
    format!("SPDXRef-Package-{index}")
}

fn relationship(from: String, kind: &str, to: String) -> Relationship<'_> {
    Relationship {
        related_spdx_element: to,
        relationship_type: kind,
        spdx_element_id: from,
    }
}

/// Which kind of dependency it is, as far as the project's own are told apart.
fn edge(kind: Kind, from: usize, to: usize) -> Relationship<'static> {
    match kind {
        Kind::Development => relationship(id(to), "DEV_DEPENDENCY_OF", id(from)),
        Kind::Optional => relationship(id(to), "OPTIONAL_DEPENDENCY_OF", id(from)),
        _ => relationship(id(from), "DEPENDS_ON", id(to)),
    }
}

/// An address as SPDX writes it, a repository's commit after an `@`. Its own tools refuse hosts that are numbers or have no dot,
/// and of repositories those whose last part has more than five letters: what they refuse is told elsewhere.
fn location(address: &str) -> Option<Cow<'_, str>> {
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
        true => address.replacen('#', "@", 1).into(),
        false => address.into(),
    };
    fits.then_some(location)
}

fn package<'a>(index: usize, part: &'a Part<'a>, request: &Request<'a>) -> Package<'a> {
    let entry = part.entry;
    let is_own = entry.source == Source::Workspace;
    let declared = match part.licence.map(licence) {
        Some(Licence::Id(text) | Licence::Expression(text)) => text,
        _ => NO_ASSERTION,
    };
    let address = part.address.as_deref();
    let location = address.and_then(location);
    let origin = || {
        let lines: Vec<String> = part
            .places
            .iter()
            .map(|place| place.line.to_string())
            .collect();
        let from = match (&location, address) {
            (None, Some(address)) => format!(", from {address}"),
            _ => String::new(),
        };
        match request.project.is_installed {
            true => format!("in {}", part.files().collect::<Vec<_>>().join(", ")),
            false => format!("in the lockfile, line {}{from}", lines.join(", ")),
        }
    };
    Package {
        id: id(index),
        checksums: part.sha512.as_deref().map(|checksum_value| {
            let algorithm = "SHA512";
            [Checksum {
                algorithm,
                checksum_value,
            }]
        }),
        copyright_text: NO_ASSERTION,
        external_refs: part.purl.as_deref().map(|reference_locator| {
            [ExternalRef {
                reference_category: "PACKAGE-MANAGER",
                reference_locator,
                reference_type: "purl",
            }]
        }),
        files_analyzed: false,
        license_concluded: NO_ASSERTION,
        license_declared: declared,
        name: match entry.name.is_empty() {
            true => request.project.name().unwrap_or("project"),
            false => &entry.name,
        },
        primary_package_purpose: if is_own { "APPLICATION" } else { "LIBRARY" },
        source_info: (!is_own).then(origin),
        supplier: (!is_own).then_some(NO_ASSERTION),
        version_info: entry.version.as_ref().map(Text::as_str),
        download_location: location.unwrap_or(NO_ASSERTION.into()),
    }
}
