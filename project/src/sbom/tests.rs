use std::collections::BTreeSet;

use super::*;
use crate::files::Files;

/// All of a document at once.
fn cyclonedx(request: &Request<'_>, version: SpecVersion) -> serde_json::Value {
    serde_json::to_value(super::cyclonedx(*request, version)).unwrap()
}

fn spdx(request: &Request<'_>) -> serde_json::Value {
    serde_json::to_value(super::spdx(*request)).unwrap()
}

const TEXT: &str = r#"{"name": "ship", "version": "1.0.0", "lockfileVersion": 3, "packages": {
  "": {"name": "ship", "version": "1.0.0", "dependencies": {"@s/a": "1", "g": "git+https://code.invalid/g.git"}, "devDependencies": {"b": "1"}},
  "node_modules/@s/a": {"version": "1.0.0", "resolved": "https://registry.example/@s/a/-/a-1.0.0.tgz", "integrity": "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==", "license": "MIT", "hasInstallScript": true, "dependencies": {"b": "1"}},
  "node_modules/@s/a/node_modules/b": {"version": "1.0.0", "license": "SEE LICENSE"},
  "node_modules/b": {"version": "1.0.0", "dev": true},
  "node_modules/g": {"version": "0.0.1", "resolved": "git+ssh://git@code.invalid/g h.git#0123456789012345678901234567890123456789"}}}"#;

fn project() -> Project {
    let mut files = Files::default();
    files.insert("package-lock.json".to_owned(), TEXT.as_bytes().to_vec());
    Project::read(&files, "package-lock.json").unwrap()
}

fn request<'a>(project: &'a Project, findings: &'a [Finding]) -> Request<'a> {
    Request {
        project,
        findings,
        production_only: false,
        installed: None,
        timestamp: None,
        tool_version: "0.0.0",
    }
}

#[test]
fn a_cyclonedx_document_names_every_package_once() {
    let project = project();
    let document = cyclonedx(&request(&project, &[]), SpecVersion::V1_6);
    let components = document["components"].as_array().unwrap();
    let references: Vec<&str> = components
        .iter()
        .map(|one| one["bom-ref"].as_str().unwrap())
        .collect();
    assert_eq!(
        references,
        [
            "pkg:npm/%40s/a@1.0.0",
            "pkg:npm/b@1.0.0",
            "git:node_modules%2Fg"
        ]
    );
    let a = &components[0];
    assert_eq!(a["group"], "@s");
    assert_eq!(a["scope"], "required");
    assert_eq!(a["licenses"][0]["license"]["id"], "MIT");
    assert_eq!(a["hashes"][0]["content"].as_str().unwrap().len(), 128);
    assert_eq!(a["evidence"]["occurrences"][0]["line"], 3);
    assert_eq!(
        a["externalReferences"][0]["url"],
        "https://registry.example/@s/a/-/a-1.0.0.tgz"
    );
    let b = &components[1];
    assert_eq!(b["scope"], "required", "one of the two is needed");
    assert_eq!(b["evidence"]["occurrences"].as_array().unwrap().len(), 2);
    let g = &components[2];
    assert_eq!(g["externalReferences"][0]["type"], "vcs");
    assert!(
        g["externalReferences"][0]["url"]
            .as_str()
            .unwrap()
            .contains("g%20h.git#0123")
    );
    assert_eq!(document["metadata"]["component"]["name"], "ship");
    let all: BTreeSet<&str> = document["dependencies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["ref"].as_str().unwrap())
        .collect();
    assert_eq!(all.len(), 4);
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let project = project();
    let one = cyclonedx(&request(&project, &[]), SpecVersion::V1_6).to_string();
    assert_eq!(
        one,
        cyclonedx(&request(&project, &[]), SpecVersion::V1_6).to_string()
    );
    let with_time = Request {
        timestamp: Some(Timestamp::UNIX_EPOCH),
        ..request(&project, &[])
    };
    let other = cyclonedx(&with_time, SpecVersion::V1_6);
    assert_ne!(one, other.to_string());
    assert_eq!(other["metadata"]["timestamp"], "1970-01-01T00:00:00Z");
    let serial = other["serialNumber"].as_str().unwrap();
    assert_eq!(
        serial.len(),
        "urn:uuid:01234567-0123-8123-a123-0123456789ab".len()
    );
}

#[test]
fn what_is_not_the_same_has_another_number() {
    let numbers = |request: &Request<'_>| {
        let serial = cyclonedx(request, SpecVersion::V1_6)["serialNumber"].to_string();
        let namespace = spdx(request)["documentNamespace"].to_string();
        [serial, namespace]
    };
    let project = project();
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("node_modules/g");
    std::fs::create_dir_all(&copy).unwrap();
    let manifest = r#"{"name": "g", "version": "0.0.1", "license": "0BSD"}"#;
    std::fs::write(copy.join("package.json"), manifest).unwrap();
    let installed = Installed::below(folder.path(), &[]);
    let read = |text: &str, manifest: &str| {
        let mut files = Files::default();
        files.insert("package-lock.json".to_owned(), text.as_bytes().to_vec());
        files.insert("package.json".to_owned(), manifest.as_bytes().to_vec());
        Project::read(&files, "package-lock.json").unwrap()
    };
    let other_text = read(
        &TEXT.replace("\"license\": \"MIT\"", "\"license\": \"ISC\""),
        "{}",
    );
    let other_manifest = read(TEXT, r#"{"name": "other"}"#);
    let plain = request(&project, &[]);
    let all = [
        numbers(&plain),
        numbers(&Request {
            production_only: true,
            ..plain
        }),
        numbers(&Request {
            installed: Some(&installed),
            ..plain
        }),
        numbers(&Request {
            timestamp: Some(Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_secs(1)),
            ..plain
        }),
        numbers(&Request {
            tool_version: "0.0.1",
            ..plain
        }),
        numbers(&request(&other_text, &[])),
        numbers(&request(&other_manifest, &[])),
    ];
    let different: BTreeSet<&String> = all.iter().flatten().collect();
    assert_eq!(different.len(), all.len() * 2);
}

#[test]
fn an_spdx_document_describes_the_project() {
    let project = project();
    let document = spdx(&request(&project, &[]));
    assert_eq!(document["creationInfo"]["created"], "1970-01-01T00:00:00Z");
    let packages = document["packages"].as_array().unwrap();
    assert_eq!(packages.len(), 4);
    assert_eq!(packages[0]["name"], "ship");
    assert_eq!(packages[1]["licenseDeclared"], "MIT");
    assert_eq!(packages[2]["licenseDeclared"], "NOASSERTION");
    let kinds: BTreeSet<&str> = document["relationships"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["relationshipType"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        BTreeSet::from(["DEPENDS_ON", "DESCRIBES", "DEV_DEPENDENCY_OF"])
    );
}

#[test]
fn production_only_leaves_development_out() {
    let project = project();
    let request = Request {
        production_only: true,
        ..request(&project, &[])
    };
    let document = cyclonedx(&request, SpecVersion::V1_7);
    assert_eq!(document["specVersion"], "1.7");
    let b = &document["components"][1];
    assert_eq!(b["evidence"]["occurrences"].as_array().unwrap().len(), 1);
}

#[test]
fn licences_that_the_lockfile_does_not_have_are_those_of_what_is_installed() {
    let project = project();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, version: &str, licence: &str| {
        let folder = folder.path().join("node_modules").join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let manifest =
            format!(r#"{{"name": "{name}", "version": "{version}", "license": "{licence}"}}"#);
        std::fs::write(folder.join("package.json"), manifest).unwrap();
    };
    write("@s/a", "1.0.0", "ISC");
    write("g", "0.0.1", "0BSD");
    let installed = Installed::below(folder.path(), &[]);
    let request = Request {
        installed: Some(&installed),
        ..request(&project, &[])
    };
    assert!(Request::misses_licences(&project));
    let document = cyclonedx(&request, SpecVersion::V1_6).to_string();
    // The lockfile goes first where it says something.
    assert!(!document.contains("ISC"), "{document}");
    assert!(document.contains("SEE LICENSE"), "{document}");
    assert!(document.contains("0BSD"), "{document}");
    assert!(spdx(&request).to_string().contains("\"0BSD\""));
}

#[test]
fn spdx_has_addresses_as_its_own_tools_take_them() {
    let project = project();
    let git = |host: &str| TEXT.replace("code.invalid/g h.git", &format!("{host}/g.git"));
    let packages = |text: &str| {
        let mut files = Files::default();
        files.insert("package-lock.json".to_owned(), text.as_bytes().to_vec());
        let project = Project::read(&files, "package-lock.json").unwrap();
        spdx(&request(&project, &[]))["packages"].clone()
    };
    let document = spdx(&request(&project, &[]));
    let registry = &document["packages"][1]["downloadLocation"];
    assert_eq!(registry, "https://registry.example/@s/a/-/a-1.0.0.tgz");
    let here = packages(&git("code.test"));
    assert_eq!(
        here[3]["downloadLocation"],
        "git+ssh://git@code.test/g.git@0123456789012345678901234567890123456789"
    );
    let refused = packages(&git("127.0.0.1"));
    assert_eq!(refused[3]["downloadLocation"], "NOASSERTION");
    let told = refused[3]["sourceInfo"].as_str().unwrap();
    assert!(
        told.contains(", from git+ssh://git@127.0.0.1/g.git#"),
        "{told}"
    );
}
