//! `lazaret sbom`: what it is made of, and what it says beside the document.

use crate::harness::{Home, Said};
use serde_json::{Value, json};

const LOCK: &str = r#"{"name": "ship", "lockfileVersion": 3, "packages": {
  "": {"name": "ship", "dependencies": {"boat": "1"}},
  "node_modules/boat": {"version": "1.0.0", "license": "MIT"}}}"#;

fn sbom(home: &Home, arguments: &[&str]) -> Said {
    let all: Vec<&str> = ["sbom", "--data", "data"]
        .iter()
        .chain(arguments)
        .copied()
        .collect();
    home.run(&all)
}

fn document(home: &Home, arguments: &[&str]) -> Value {
    let said = sbom(home, arguments);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    serde_json::from_str(&said.stdout).unwrap()
}

#[test]
fn the_default_has_a_name_of_its_own_too() {
    let home = Home::new();
    home.write("package-lock.json", LOCK);
    let named = document(&home, &["--format", "cyclonedx-1.6"]);
    assert_eq!(named["specVersion"], "1.6");
    assert_eq!(named, document(&home, &[]));
}

#[test]
fn a_waiver_says_what_was_decided_until_it_runs_out() {
    let home = Home::new();
    home.write("package-lock.json", LOCK);
    let record = json!({
        "schema_version": "1.7.5", "id": "GHSA-aaaa-bbbb-cccc", "modified": "2026-01-01T00:00:00Z",
        "affected": [{ "package": { "ecosystem": "npm", "name": "boat" }, "versions": ["1.0.0"] }],
    });
    home.write("osv/GHSA-aaaa-bbbb-cccc.json", record.to_string());
    let said = home.run(&["advisories", "import", "osv", "--data", "data"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let waiver = |until: &str| {
        let waiver =
            "[[waive]]\nid = \"GHSA-aaaa-bbbb-cccc\"\nreason = \"nothing of it is called\"\n";
        // One that is about something that only `check` looks for.
        let other = "[[waive]]\nrule = \"host-added\"\nreason = \"r\"\nforever = true\n";
        home.write("lazaret-waivers.toml", format!("{waiver}{until}\n{other}"));
        let said = sbom(&home, &[]);
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        let document: Value = serde_json::from_str(&said.stdout).unwrap();
        (
            document["vulnerabilities"][0]["analysis"].clone(),
            said.stderr,
        )
    };
    let (analysis, stderr) = waiver("forever = true");
    assert_eq!(
        analysis,
        json!({ "state": "exploitable", "response": ["will_not_fix"], "detail": "nothing of it is called" })
    );
    assert_eq!(stderr, "");
    let (analysis, stderr) = waiver("until = 2020-01-01");
    assert_eq!(analysis, json!({ "state": "in_triage" }));
    assert!(
        stderr.contains("the waiver of GHSA-aaaa-bbbb-cccc ran out on 2020-01-01"),
        "{stderr}"
    );
    assert!(!stderr.contains("host-added"), "{stderr}");
}

#[test]
fn an_error_names_the_file_as_it_was_asked_for() {
    let home = Home::new();
    home.write("app/package-lock.json", "{\n  nothing");
    for command in ["sbom", "hygiene"] {
        for path in ["app", "app/package-lock.json", "./app/"] {
            let said = home.run(&[command, path, "--data", "data"]);
            assert_eq!(said.code, Some(3), "{command} {path}: {}", said.stderr);
            assert!(
                said.stderr.contains("error: app/package-lock.json: line 2"),
                "{command} {path}: {}",
                said.stderr
            );
        }
    }
}

/// What yarn 1 and bun leave: nothing but the packages.
#[test]
fn any_node_modules_will_do() {
    let home = Home::new();
    home.write(
        "package.json",
        r#"{"name": "ship", "dependencies": {"boat": "1"}}"#,
    );
    home.write(
        "node_modules/boat/package.json",
        r#"{"name": "boat", "version": "1.0.0", "license": "MIT", "dependencies": {"@s/rope": "1"}}"#,
    );
    home.write(
        "node_modules/@s/rope/package.json",
        r#"{"name": "@s/rope", "version": "1.0.0"}"#,
    );
    let document = document(&home, &["node_modules"]);
    assert_eq!(document["metadata"]["component"]["name"], "ship");
    let properties = document["metadata"]["properties"].to_string();
    assert!(!properties.contains("package-lock"), "{properties}");
    let boat = &document["components"][1];
    assert_eq!(boat["bom-ref"], "pkg:npm/boat@1.0.0");
    assert_eq!(boat["licenses"][0]["license"]["id"], "MIT");
    assert_eq!(
        boat["evidence"]["occurrences"],
        json!([{ "location": "node_modules/boat/package.json" }])
    );
    assert!(boat.get("hashes").is_none(), "{boat}");
    let edges = document["dependencies"].as_array().unwrap();
    let of = |name: &str| edges.iter().find(|one| one["ref"] == name).unwrap();
    assert_eq!(
        of("pkg:npm/boat@1.0.0")["dependsOn"],
        json!(["pkg:npm/%40s/rope@1.0.0"])
    );
    let spdx = sbom(&home, &["node_modules", "--format", "spdx"]);
    assert!(
        spdx.stdout.contains("in node_modules/boat/package.json"),
        "{}",
        spdx.stdout
    );

    home.write("node_modules/bad/package.json", "{");
    let said = sbom(&home, &["node_modules"]);
    assert_eq!(said.code, Some(4), "{}", said.stderr);
    assert!(
        said.stderr.contains("node_modules/bad/package.json"),
        "{}",
        said.stderr
    );

    home.write(
        "app/node_modules/.pnpm/lock.yaml",
        "lockfileVersion: '99.0'\n",
    );
    let said = sbom(&home, &["app/node_modules"]);
    assert_eq!(said.code, Some(3), "{}", said.stderr);
    assert!(
        said.stderr
            .contains("error: app/node_modules/.pnpm/lock.yaml: line 1"),
        "{}",
        said.stderr
    );
}
