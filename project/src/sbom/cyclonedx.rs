//! CycloneDX 1.6 and 1.7, as JSON.

use std::rc::Rc;

use lazaret_npm::lockfile::Source;
use lazaret_policy::Severity;
use serde_json::{Map, Value, json};

use super::Request;
use super::document::Document;
use super::licence::{Licence, licence};
use super::parts::{Part, Parts};
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

pub(super) fn document<'a>(request: &Request<'a>, version: SpecVersion) -> Document<'a> {
    let request = *request;
    let parts = Rc::new(Parts::of(&request));
    let path = request.project.path();
    let lockfile = &request.project.lockfile;
    let is_root =
        |part: &&Part<'_>| part.entry.source == Source::Workspace && part.entry.key.is_empty();
    let root = parts.all.first().filter(is_root);
    let first = usize::from(root.is_some());
    let mut metadata = json!({
        "tools": { "components": [{ "type": "application", "name": "lazaret", "version": request.tool_version }] },
        "properties": [
            { "name": "lazaret:lockfile", "value": path },
            { "name": "lazaret:lockfile:format", "value": format!("{} {}", lockfile.format, lockfile.version.text) },
        ],
    });
    if let Some(root) = root {
        metadata["component"] = component(root, &request, &path, "application");
    }
    if let Some(timestamp) = request.timestamp {
        metadata["timestamp"] = timestamp.to_string().into();
    }
    let mut document = Document::new(json!({
        "$schema": format!("http://cyclonedx.org/schema/bom-{}.schema.json", version.as_str()),
        "bomFormat": "CycloneDX",
        "specVersion": version.as_str(),
        "version": 1,
        "metadata": metadata,
    }));
    let vulnerabilities: Vec<Value> = request
        .findings
        .iter()
        .filter_map(|finding| vulnerability(finding, &parts))
        .collect();
    if !vulnerabilities.is_empty() {
        document.set("vulnerabilities", vulnerabilities);
    }
    let serial_number = serial_number(&document.sha256_hex(parts.content(&request)));
    document.set("serialNumber", serial_number);
    let all = Rc::clone(&parts);
    document.list("components", move |take| {
        for part in &all.all[first..] {
            take(component(part, &request, &path, "library"));
        }
    });
    document.list("dependencies", move |take| {
        for part in &parts.all {
            let on = part.depends_on.keys();
            let on: Vec<&str> = on.map(|to| parts.all[*to].reference.as_str()).collect();
            take(json!({ "ref": part.reference, "dependsOn": on }));
        }
    });
    document
}

fn component(part: &Part<'_>, request: &Request<'_>, path: &str, kind: &str) -> Value {
    let entry = part.entry;
    let mut object = Map::new();
    object.insert("type".into(), kind.into());
    object.insert("bom-ref".into(), part.reference.as_str().into());
    match entry.name.split_once('/') {
        Some((scope, name)) if scope.starts_with('@') => {
            object.insert("group".into(), scope.into());
            object.insert("name".into(), name.into());
        }
        _ => {
            let name = match entry.name.is_empty() {
                true => request.project.name().unwrap_or("project"),
                false => &entry.name,
            };
            object.insert("name".into(), name.into());
        }
    }
    if let Some(version) = &entry.version {
        object.insert("version".into(), version.as_str().into());
    }
    if entry.source != Source::Workspace {
        let scope = match (part.is_dev, part.is_optional) {
            (true, _) => "excluded",
            (false, true) => "optional",
            (false, false) => "required",
        };
        object.insert("scope".into(), scope.into());
    }
    if let Some(sha512) = &part.sha512 {
        object.insert(
            "hashes".into(),
            json!([{ "alg": "SHA-512", "content": sha512 }]),
        );
    }
    if let Some(text) = part.licence {
        let licence = match licence(text) {
            Licence::Id(id) => json!({ "license": { "id": id } }),
            Licence::Expression(expression) => json!({ "expression": expression }),
            Licence::Text("") => Value::Null,
            Licence::Text(name) => json!({ "license": { "name": name } }),
        };
        if !licence.is_null() {
            object.insert("licenses".into(), json!([licence]));
        }
    }
    if let Some(purl) = &part.purl {
        object.insert("purl".into(), purl.as_str().into());
    }
    if let Some(address) = &part.address {
        let kind = if entry.source == Source::Git {
            "vcs"
        } else {
            "distribution"
        };
        object.insert(
            "externalReferences".into(),
            json!([{ "type": kind, "url": address }]),
        );
    }
    let is_own =
        entry.source == Source::Workspace && part.places.iter().all(|place| place.line <= 1);
    if !is_own {
        let occurrences: Vec<Value> = part
            .places
            .iter()
            .map(|place| json!({ "location": path, "line": place.line }))
            .collect();
        object.insert("evidence".into(), json!({ "occurrences": occurrences }));
    }
    let properties = properties(part);
    if !properties.is_empty() {
        object.insert("properties".into(), properties.into());
    }
    Value::Object(object)
}

/// In the words of CycloneDX's own taxonomy for npm, ours where it has none.
fn properties(part: &Part<'_>) -> Vec<Value> {
    let entry = part.entry;
    let mut found = Vec::new();
    let mut add = |name: &str, value: &str| found.push(json!({ "name": name, "value": value }));
    for key in part.keys.iter().filter(|key| !key.is_empty()) {
        add("cdx:npm:package:path", key);
    }
    let is_package = entry.source != Source::Workspace;
    for (is, name) in [
        (part.is_dev && is_package, "cdx:npm:package:development"),
        (part.is_bundled && is_package, "cdx:npm:package:bundled"),
        (part.is_peer && is_package, "lazaret:peer"),
        (
            entry.has_install_script == Some(true),
            "cdx:npm:hasInstallScript",
        ),
        (entry.has_shrinkwrap, "lazaret:hasShrinkwrap"),
        (entry.patch.is_some(), "lazaret:patched"),
        (entry.deprecated, "lazaret:deprecated"),
    ] {
        if is {
            add(name, "true");
        }
    }
    if let Some(alias) = &entry.alias {
        add("lazaret:alias", alias);
    }
    if let Some(checksum) = &entry.checksum {
        add("lazaret:yarn:checksum", &checksum.text);
    }
    found
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
            json!({ "state": "in_triage", "response": ["will_not_fix"], "detail": reason })
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
