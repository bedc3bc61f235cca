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

fn read(files: &[(&str, &str)]) -> Project {
    let mut all = Files::default();
    for (path, text) in files {
        all.insert((*path).to_owned(), text.as_bytes().to_vec());
    }
    Project::read(&all, files[0].0).unwrap()
}

fn component<'d>(document: &'d serde_json::Value, name: &str) -> &'d serde_json::Value {
    let mut components = document["components"].as_array().unwrap().iter();
    components.find(|one| one["name"] == name).unwrap()
}

/// What a component depends on, by `bom-ref`.
fn depends_on<'d>(document: &'d serde_json::Value, reference: &str) -> Vec<&'d str> {
    let mut all = document["dependencies"].as_array().unwrap().iter();
    let one = all.find(|one| one["ref"] == reference).unwrap();
    let on = one["dependsOn"].as_array().unwrap().iter();
    on.map(|to| to.as_str().unwrap()).collect()
}

fn relationships(document: &serde_json::Value) -> BTreeSet<String> {
    let names: std::collections::BTreeMap<&str, &str> = document["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["SPDXID"].as_str().unwrap(),
                one["name"].as_str().unwrap(),
            )
        })
        .collect();
    let name = |one: &serde_json::Value, end: &str| {
        let id = one[end].as_str().unwrap();
        names.get(id).copied().unwrap_or(id).to_owned()
    };
    let all = document["relationships"].as_array().unwrap().iter();
    all.map(|one| {
        let kind = one["relationshipType"].as_str().unwrap();
        format!(
            "{} {kind} {}",
            name(one, "spdxElementId"),
            name(one, "relatedSpdxElement")
        )
    })
    .collect()
}

#[test]
fn a_project_consists_of_its_workspaces() {
    let lock = r#"{"name": "ship", "lockfileVersion": 3, "packages": {
      "": {"name": "ship", "workspaces": ["packages/*"], "devDependencies": {"two": "*"}},
      "node_modules/one": {"resolved": "packages/one", "link": true},
      "node_modules/two": {"resolved": "packages/two", "link": true},
      "packages/one": {"version": "1.0.0"}, "packages/two": {"version": "1.0.0"}}}"#;
    let project = read(&[("package-lock.json", lock)]);
    let document = cyclonedx(&request(&project, &[]), SpecVersion::V1_6);
    let root = document["metadata"]["component"]["bom-ref"]
        .as_str()
        .unwrap();
    assert_eq!(
        depends_on(&document, root),
        ["workspace:packages%2Fone", "workspace:packages%2Ftwo"]
    );
    let spdx = relationships(&spdx(&request(&project, &[])));
    assert!(spdx.contains("ship DEPENDS_ON one"), "{spdx:?}");
    assert!(spdx.contains("two DEV_DEPENDENCY_OF ship"), "{spdx:?}");
    assert!(!spdx.contains("ship DEPENDS_ON two"), "{spdx:?}");
}

const TWO_DOCUMENTS: &str = "---
lockfileVersion: '9.0'
importers:
  .:
    packageManagerDependencies:
      pnpm: {specifier: 11.0.0, version: 11.0.0}
packages:
  pnpm@11.0.0: {resolution: {integrity: sha512-p}}
  both@1.0.0: {resolution: {integrity: sha512-b}}
snapshots:
  pnpm@11.0.0: {dependencies: {both: 1.0.0}}
  both@1.0.0: {}
---
lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      both: {specifier: 1.0.0, version: 1.0.0}
packages:
  both@1.0.0: {resolution: {integrity: sha512-b}}
snapshots:
  both@1.0.0: {}
";

#[test]
fn pnpm_itself_is_told_as_a_tool() {
    let project = read(&[
        ("pnpm-lock.yaml", TWO_DOCUMENTS),
        ("package.json", r#"{"name": "ship"}"#),
    ]);
    let request = request(&project, &[]);
    let document = cyclonedx(&request, SpecVersion::V1_6);
    assert_eq!(component(&document, "pnpm")["scope"], "excluded");
    let properties = component(&document, "pnpm")["properties"].to_string();
    assert!(properties.contains("lazaret:tool"), "{properties}");
    // What the project needs too is no tool.
    assert_eq!(component(&document, "both")["scope"], "required");
    assert_eq!(document["components"].as_array().unwrap().len(), 2);
    let relationships = relationships(&spdx(&request));
    let expected = [
        "SPDXRef-DOCUMENT DESCRIBES ship",
        "pnpm DEPENDS_ON both",
        "pnpm DEV_TOOL_OF ship",
        "ship DEPENDS_ON both",
    ];
    assert_eq!(relationships, expected.map(str::to_owned).into());
    let production = Request {
        production_only: true,
        ..request
    };
    let text = cyclonedx(&production, SpecVersion::V1_6).to_string();
    assert!(!text.contains("pnpm@11"), "{text}");
}

#[test]
fn what_the_project_patches_says_so() {
    let pnpm = "lockfileVersion: '9.0'
patchedDependencies:
  boat@1.0.0: {hash: abc, path: patches/boat x.patch}
importers:
  .:
    dependencies:
      boat: {specifier: 1.0.0, version: 1.0.0(patch_hash=abc)}
packages:
  boat@1.0.0: {resolution: {integrity: sha512-b}}
snapshots:
  boat@1.0.0(patch_hash=abc): {}
";
    let yarn = "__metadata:
  version: 8
\"boat@npm:1.0.0\":
  version: 1.0.0
  resolution: \"boat@npm:1.0.0\"
\"boat@patch:boat@npm%3A1.0.0#~/.yarn/patches/a.patch\":
  version: 1.0.0
  resolution: \"boat@patch:boat@npm%3A1.0.0#~/.yarn/patches/a.patch::version=1.0.0&hash=0f\"
\"crane@patch:crane@npm%3A1.0.0#optional!builtin<compat/crane>\":
  version: 1.0.0
  resolution: \"crane@patch:crane@npm%3A1.0.0#optional!builtin<compat/crane>::version=1.0.0&hash=0f\"
";
    let patches = |file: &str, text: &str| {
        let project = read(&[(file, text)]);
        let document = cyclonedx(&request(&project, &[]), SpecVersion::V1_7);
        let components = document["components"].as_array().unwrap().clone();
        let patches = components.iter().map(|one| &one["pedigree"]["patches"]);
        patches
            .filter(|one| !one.is_null())
            .cloned()
            .collect::<Vec<_>>()
    };
    let one = |url: &str| serde_json::json!([{ "type": "unofficial", "diff": { "url": url } }]);
    assert_eq!(
        patches("pnpm-lock.yaml", pnpm),
        [one("patches/boat%20x.patch")]
    );
    let of_yarn = serde_json::json!([{ "type": "unofficial" }]);
    assert_eq!(
        patches("yarn.lock", yarn),
        [one(".yarn/patches/a.patch"), of_yarn]
    );
}

#[test]
fn what_was_decided_is_said_in_the_words_of_cyclonedx() {
    let project = project();
    let lines = lazaret_npm::lockfile::Lines::new(TEXT);
    let finding = |check, state| {
        let entry = project.lockfile.entries.iter();
        let index = entry
            .clone()
            .position(|entry| &*entry.key == "node_modules/b");
        let at = (
            u32::try_from(index.unwrap()).unwrap(),
            crate::project::NOWHERE,
        );
        let severity = lazaret_policy::Severity::High;
        let mut finding =
            Finding::of_entry(check, "x", severity, &project, &lines, at, "m".to_owned());
        finding.ids.push("GHSA-1".to_owned());
        finding.state = state;
        let document = cyclonedx(&request(&project, &[finding]), SpecVersion::V1_6);
        document["vulnerabilities"][0]["analysis"].clone()
    };
    use crate::finding::{Check, State};
    let waived = State::Waived {
        reason: "nothing of it is called".to_owned(),
        until: None,
    };
    assert_eq!(
        finding(Check::Vulnerabilities, waived),
        serde_json::json!({ "state": "exploitable", "response": ["will_not_fix"], "detail": "nothing of it is called" })
    );
    let open = finding(Check::Vulnerabilities, State::Open);
    assert_eq!(open, serde_json::json!({ "state": "in_triage" }));
    let malicious = finding(Check::Malicious, State::Open);
    assert_eq!(malicious, serde_json::json!({ "state": "exploitable" }));
}
