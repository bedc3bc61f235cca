use lazaret_npm::lockfile::{Lines, Spot};
use lazaret_policy::Severity;

use super::*;

fn finding(check: Check, package: &str, ids: &[&str]) -> Finding {
    let mut finding = Finding::at(
        check,
        "vulnerable",
        Severity::High,
        "package-lock.json".to_owned(),
        &Lines::new(""),
        Spot::default(),
        String::new(),
    );
    finding.package = Some(package.to_owned());
    finding.name = Some(split(package).0.to_owned());
    finding.integrity = Some("sha512-x".to_owned());
    finding.ids = ids.iter().map(|id| (*id).to_owned()).collect();
    finding.way = vec!["a@1.0.0".to_owned(), package.to_owned()];
    finding.fails = true;
    finding
}

fn waived(toml: &str, finding: Finding) -> (bool, Vec<String>) {
    let now = "2026-11-22T12:00:00Z".parse().unwrap();
    let mut findings = [finding];
    let notes = Waivers::parse(toml).unwrap().apply(&mut findings, now);
    let told = notes.into_iter().map(|note| note.text).collect();
    (!findings[0].counts(), told)
}

#[test]
fn a_waiver_holds_for_what_all_its_selectors_mean() {
    let until = "reason = \"no user input gets there\"\nuntil = 2026-12-31";
    let one = || finding(Check::Vulnerabilities, "@s/b@1.2.3", &["GHSA-x", "CVE-1"]);
    for (selectors, expected) in [
        ("id = \"cve-1\"", true),
        ("id = \"CVE-2\"", false),
        ("package = \"@s/b\"", true),
        ("package = \"@s/b@^1.2\"", true),
        ("package = \"@s/b@2\"", false),
        ("package = \"b\"", false),
        ("rule = \"vulnerable\"\npath = \"a>@s/b\"", true),
        ("rule = \"vulnerable\"\npath = \"x>@s/b\"", false),
        ("id = \"GHSA-x\"\npackage = \"c\"", false),
    ] {
        let (is_waived, notes) = waived(&format!("[[waive]]\n{selectors}\n{until}\n"), one());
        assert_eq!(is_waived, expected, "{selectors}");
        assert_eq!(
            notes.is_empty(),
            expected,
            "{selectors}: an unused waiver is told"
        );
    }
}

#[test]
fn an_expired_waiver_does_nothing_and_is_told() {
    let toml = "[[waive]]\nid = \"GHSA-x\"\nreason = \"later\"\nuntil = 2026-11-01\n";
    let (is_waived, notes) = waived(
        toml,
        finding(Check::Vulnerabilities, "b@1.0.0", &["GHSA-x"]),
    );
    assert!(!is_waived);
    assert_eq!(
        notes,
        ["the waiver of GHSA-x ran out on 2026-11-01: decide again or take it out"]
    );
}

#[test]
fn malicious_code_is_waived_by_its_very_bytes_only() {
    let malicious = || finding(Check::Malicious, "b@1.0.0", &["MAL-1"]);
    let forever = "reason = \"a false report\"\nforever = true";
    let (is_waived, notes) = waived(
        &format!("[[waive]]\nid = \"MAL-1\"\n{forever}\n"),
        malicious(),
    );
    assert!(!is_waived);
    assert_eq!(
        notes,
        [
            "the waiver of MAL-1 does not excuse b@1.0.0, which is malicious: that takes its very `package` (name@version) and the locked `integrity`"
        ]
    );
    assert!(
        !waived(
            &format!("[[waive]]\npackage = \"b\"\nintegrity = \"sha512-x\"\n{forever}\n"),
            malicious()
        )
        .0
    );
    assert!(
        !waived(
            &format!("[[waive]]\npackage = \"b@1.0.0\"\nintegrity = \"sha512-y\"\n{forever}\n"),
            malicious()
        )
        .0
    );
    assert!(
        waived(
            &format!("[[waive]]\npackage = \"b@1.0.0\"\nintegrity = \"sha512-x\"\n{forever}\n"),
            malicious()
        )
        .0
    );
}

#[test]
fn a_malformed_waiver_is_an_error() {
    let error = |toml: &str| Waivers::parse(toml).unwrap_err();
    assert!(error("[[waive]]\nid = \"x\"\nreason = \"y\"\n").contains("until"));
    assert!(error("[[waive]]\nid = \"x\"\nreason = \" \"\nforever = true\n").contains("reason"));
    assert!(error("[[waive]]\nreason = \"y\"\nforever = true\n").contains("what it is about"));
    assert!(error("[[waive]]\nid = \"x\"\nreason = \"y\"\nuntil = \"soon\"\n").contains("soon"));
    assert!(
        error("[[waive]]\nid = \"x\"\nreason = \"y\"\nforever = true\nwho = \"me\"\n")
            .contains("who")
    );
    assert!(
        error("[[waive]]\npackage = \"a@x y z\"\nreason = \"y\"\nforever = true\n")
            .contains("range")
    );
}
