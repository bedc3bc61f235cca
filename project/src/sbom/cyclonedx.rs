//! CycloneDX 1.6 and 1.7, as JSON.

use std::borrow::Cow;

use lazaret_npm::lockfile::{Place, Source, Text};
use lazaret_policy::Severity;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::Request;
use super::document::{Each, sha256_hex};
use super::licence::{Licence, licence};
use super::parts::{Part, Parts};
use super::patches::PatchFiles;
use crate::finding::{Check, Finding, State};

/// Which version of the specification.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SpecVersion {
    #[default]
    V1_6,
    V1_7,
}

impl SpecVersion {
    fn as_str(self) -> &'static str {
        match self {
            Self::V1_6 => "1.6",
            Self::V1_7 => "1.7",
        }
    }
}

/// A document; it is made while it is written.
pub(super) struct Document<'a> {
    pub(super) request: Request<'a>,
    pub(super) version: SpecVersion,
}

// Members are written in the order of their names.

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bom<'a, C, D> {
    #[serde(rename = "$schema")]
    schema: String,
    bom_format: &'a str,
    components: C,
    dependencies: D,
    metadata: Metadata<'a>,
    serial_number: String,
    spec_version: &'a str,
    version: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    vulnerabilities: Vec<Value>,
}

#[derive(Serialize)]
struct Metadata<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    component: Option<Component<'a>>,
    properties: [Property<'a>; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<String>,
    tools: Value,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Component<'a> {
    #[serde(rename = "bom-ref")]
    bom_ref: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Evidence<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_references: Option<[ExternalReference<'a>; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hashes: Option<[Hash<'a>; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    licenses: Option<[LicenceChoice<'a>; 1]>,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pedigree: Option<Pedigree>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    properties: Vec<Property<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
}

#[derive(Serialize)]
struct Evidence<'a> {
    occurrences: Vec<Occurrence<'a>>,
}

#[derive(Serialize)]
struct Occurrence<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    location: Cow<'a, str>,
}

#[derive(Serialize)]
struct ExternalReference<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    url: &'a str,
}

#[derive(Serialize)]
struct Hash<'a> {
    alg: &'a str,
    content: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum LicenceChoice<'a> {
    License(NamedLicence<'a>),
    Expression(&'a str),
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum NamedLicence<'a> {
    Id(&'a str),
    Name(&'a str),
}

#[derive(Serialize)]
struct Pedigree {
    patches: Vec<Patch>,
}

#[derive(Serialize)]
struct Patch {
    #[serde(skip_serializing_if = "Option::is_none")]
    diff: Option<Diff>,
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(Serialize)]
struct Diff {
    url: String,
}

#[derive(Serialize)]
struct Property<'a> {
    name: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dependency<'a> {
    depends_on: Vec<&'a str>,
    #[serde(rename = "ref")]
    reference: &'a str,
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let request = &self.request;
        let parts = Parts::of(request);
        let patches = PatchFiles::of(request.project);
        let path = request.project.path();
        let lockfile = &request.project.lockfile;
        let format = match request.project.is_installed {
            true => "node_modules".to_owned(),
            false => format!("{} {}", lockfile.format, lockfile.version.text),
        };
        let timestamp = request.timestamp.map(|time| time.to_string());
        let is_root =
            |part: &&Part<'_>| part.entry.source == Source::Workspace && part.entry.key.is_empty();
        let root = parts.all.first().filter(is_root);
        let rest = &parts.all[usize::from(root.is_some())..];
        let findings = request.findings.iter();
        let vulnerabilities: Vec<Value> = findings
            .filter_map(|finding| vulnerability(finding, &parts))
            .collect();
        let known: Vec<String> = vulnerabilities.iter().map(Value::to_string).collect();
        let hash = sha256_hex(
            [
                self.version.as_str(),
                path.as_str(),
                timestamp.as_deref().unwrap_or_default(),
            ]
            .into_iter()
            .chain(known.iter().map(String::as_str))
            .chain(parts.content(request)),
        );
        Bom {
            schema: format!(
                "http://cyclonedx.org/schema/bom-{}.schema.json",
                self.version.as_str()
            ),
            bom_format: "CycloneDX",
            components: Each(|| {
                rest.iter()
                    .map(|part| component(part, request, &patches, &path, "library"))
            }),
            dependencies: Each(|| parts.all.iter().map(|part| dependency(part, &parts))),
            metadata: Metadata {
                component: root
                    .map(|root| component(root, request, &patches, &path, "application")),
                properties: [
                    property("lazaret:lockfile", &path),
                    property("lazaret:lockfile:format", &format),
                ],
                timestamp,
                tools: json!({ "components": [
                    { "type": "application", "name": "lazaret", "version": request.tool_version },
                ] }),
            },
            serial_number: serial_number(&hash),
            spec_version: self.version.as_str(),
            version: 1,
            vulnerabilities,
        }
        .serialize(to)
    }
}

fn property<'a>(name: &'a str, value: &'a str) -> Property<'a> {
    Property { name, value }
}

fn dependency<'a>(part: &'a Part<'_>, parts: &'a Parts<'_>) -> Dependency<'a> {
    let on = part.depends_on.iter();
    Dependency {
        depends_on: on.map(|(to, _)| &*parts.all[*to].reference).collect(),
        reference: &part.reference,
    }
}

fn component<'a>(
    part: &'a Part<'a>,
    request: &Request<'a>,
    patches: &PatchFiles<'_>,
    path: &'a str,
    kind: &'a str,
) -> Component<'a> {
    let entry = part.entry;
    let is_package = entry.source != Source::Workspace;
    let (group, name) = match entry.name.split_once('/') {
        Some((scope, name)) if scope.starts_with('@') => (Some(scope), name),
        _ if entry.name.is_empty() => (None, request.project.name().unwrap_or("project")),
        _ => (None, &*entry.name),
    };
    let scope = match (part.is_dev || part.is_tool, part.is_optional) {
        (true, _) => "excluded",
        (false, true) => "optional",
        (false, false) => "required",
    };
    // Its own manifest is no lockfile's line.
    let is_own = !is_package && part.places.iter().all(|place| place.line <= 1);
    let occurrences = || match request.project.is_installed {
        true => {
            let files = part.files();
            let one = |file: String| Occurrence {
                line: None,
                location: file.into(),
            };
            files.map(one).collect()
        }
        false => {
            let one = |place: &Place| Occurrence {
                line: Some(place.line),
                location: path.into(),
            };
            part.places.iter().map(one).collect()
        }
    };
    Component {
        bom_ref: &part.reference,
        evidence: (!is_own).then(|| Evidence {
            occurrences: occurrences(),
        }),
        external_references: part.address.as_deref().map(|url| {
            let kind = match entry.source {
                Source::Git => "vcs",
                _ => "distribution",
            };
            [ExternalReference { kind, url }]
        }),
        group,
        hashes: part.sha512.as_deref().map(|content| {
            let alg = "SHA-512";
            [Hash { alg, content }]
        }),
        licenses: part.licence.and_then(choice).map(|choice| [choice]),
        name,
        pedigree: pedigree(part, patches),
        properties: properties(part),
        purl: part.purl.as_deref(),
        scope: is_package.then_some(scope),
        kind,
        version: entry.version.as_ref().map(Text::as_str),
    }
}

fn choice(text: &str) -> Option<LicenceChoice<'_>> {
    Some(match licence(text) {
        Licence::Id(id) => LicenceChoice::License(NamedLicence::Id(id)),
        Licence::Expression(expression) => LicenceChoice::Expression(expression),
        Licence::Text("") => return None,
        Licence::Text(name) => LicenceChoice::License(NamedLicence::Name(name)),
    })
}

/// That the project changes it, and with which files where the lockfile names them.
fn pedigree(part: &Part<'_>, patches: &PatchFiles<'_>) -> Option<Pedigree> {
    if part.patched.is_empty() {
        return None;
    }
    let patch = |url| Patch {
        diff: url,
        kind: "unofficial",
    };
    let files = patches.of_entries(&part.patched);
    let patches = match files.is_empty() {
        true => vec![patch(None)],
        false => files
            .into_iter()
            .map(|url| patch(Some(Diff { url })))
            .collect(),
    };
    Some(Pedigree { patches })
}

/// In the words of CycloneDX's own taxonomy for npm, ours where it has none.
fn properties<'a>(part: &'a Part<'a>) -> Vec<Property<'a>> {
    let entry = part.entry;
    let is_package = entry.source != Source::Workspace;
    let keys = part.keys.iter().filter(|key| !key.is_empty());
    let paths = keys.map(|key| property("cdx:npm:package:path", key));
    let marks = [
        (
            part.is_dev && is_package && !part.is_tool,
            "cdx:npm:package:development",
        ),
        (part.is_tool && is_package, "lazaret:tool"),
        (part.is_bundled && is_package, "cdx:npm:package:bundled"),
        (part.is_peer && is_package, "lazaret:peer"),
        (
            entry.has_install_script == Some(true),
            "cdx:npm:hasInstallScript",
        ),
        (entry.has_shrinkwrap, "lazaret:hasShrinkwrap"),
        (!part.patched.is_empty(), "lazaret:patched"),
        (entry.deprecated, "lazaret:deprecated"),
    ];
    let marks = marks.into_iter().filter(|(is, _)| *is);
    let alias = entry.alias.as_deref();
    let checksum = entry.checksum.as_ref();
    paths
        .chain(marks.map(|(_, name)| property(name, "true")))
        .chain(alias.map(|alias| property("lazaret:alias", alias)))
        .chain(checksum.map(|checksum| property("lazaret:yarn:checksum", &checksum.text)))
        .collect()
}

/// With what was decided about it, so that the document is a VEX too.
fn vulnerability(finding: &Finding, parts: &Parts<'_>) -> Option<Value> {
    if !matches!(finding.check, Check::Malicious | Check::Vulnerabilities) {
        return None;
    }
    let id = finding.ids.first()?;
    let package = finding.package.as_deref()?;
    let affected = parts.of_package(package);
    if affected.is_empty() {
        return None;
    }
    let severity = match finding.severity {
        Severity::Critical => "critical",
        Severity::High => "high",
        Severity::Moderate => "medium",
        Severity::Low => "low",
        Severity::Info => "info",
    };
    let mut value = json!({
        "bom-ref": format!("{id}/{package}"),
        "id": id,
        "ratings": [{ "severity": severity }],
        "description": finding.message,
        "affects": affected.iter().map(|part| json!({ "ref": part.reference })).collect::<Vec<_>>(),
    });
    if let Some(url) = &finding.url {
        value["source"] = json!({ "url": url });
        value["advisories"] = json!([{ "url": url }]);
    }
    if let Some(fixed) = &finding.fixed_in {
        value["recommendation"] = format!("update to {fixed}").into();
    }
    let references: Vec<Value> = finding
        .ids
        .iter()
        .skip(1)
        .map(|id| json!({ "id": id, "source": {} }))
        .collect();
    if !references.is_empty() {
        value["references"] = references.into();
    }
    value["analysis"] = match (&finding.state, finding.check) {
        (State::Waived { reason, .. }, _) => {
            // Somebody looked at it and lets it stay. `not_affected` would claim more than a waiver says.
            json!({ "state": "exploitable", "response": ["will_not_fix"], "detail": reason })
        }
        (_, Check::Malicious) => json!({ "state": "exploitable" }),
        _ => json!({ "state": "in_triage" }),
    };
    Some(value)
}

/// From the content, so that the same content has the same number.
fn serial_number(hash: &str) -> String {
    // A UUID of version 8: made in a way of one's own.
    format!(
        "urn:uuid:{}-{}-8{}-a{}-{}",
        &hash[..8],
        &hash[8..12],
        &hash[13..16],
        &hash[17..20],
        &hash[20..32]
    )
}
