use proptest::prelude::*;
use serde_json::{Value, json};

use super::RECORD_LIMIT;
use crate::advisory::{Affects, Kind, Severity, Suspicion};
use crate::fixtures::{osv, read, record_json, version};
use crate::{Advisory, advisory::OsvError};

fn error(record: &Value) -> String {
    Advisory::from_osv(record.to_string().as_bytes())
        .unwrap_err()
        .to_string()
}

fn minimal() -> Value {
    osv(
        "GHSA-1",
        json!([[{ "introduced": "0" }, { "fixed": "1.0.0" }]]),
    )
}

#[test]
fn errors_name_the_record_and_the_field() {
    let mut wrong = minimal();
    wrong["affected"][0]["ranges"][0]["events"][1]["fixed"] = 3.into();
    assert!(
        error(&wrong).starts_with(
            "GHSA-1: affected[0].ranges[0].events[1].fixed: invalid type: integer `3`"
        ),
        "{}",
        error(&wrong)
    );

    let mut wrong = minimal();
    wrong["aliases"] = "CVE-1".into();
    assert!(
        error(&wrong)
            .starts_with("GHSA-1: aliases: invalid type: string \"CVE-1\", expected a sequence")
    );

    let mut wrong = minimal();
    wrong["modified"] = "yesterday\u{202e}\n".into();
    assert_eq!(
        error(&wrong),
        "GHSA-1: modified: \"yesterday\\u{202e}\\n\" is not an RFC 3339 time"
    );

    let mut wrong = minimal();
    wrong["modified"] = "9999-01-01T00:00:00Z".into();
    assert_eq!(
        error(&wrong),
        "GHSA-1: modified: \"9999-01-01T00:00:00Z\" is not between 1970 and 2106"
    );

    let mut wrong = minimal();
    wrong["modified"] = Value::Null;
    assert_eq!(error(&wrong), "GHSA-1: modified: is missing");

    let mut wrong = minimal();
    wrong["id"] = "GHSA 1".into();
    assert_eq!(
        error(&wrong),
        "record without a readable id: id: an id has 1 to 100 letters, digits and - . _ : +"
    );

    let mut wrong = minimal();
    wrong["id"] = Value::Null;
    assert!(error(&wrong).starts_with("record without a readable id: id: invalid type: null"));
}

#[test]
fn what_is_not_json_is_an_error() {
    let whole = record_json("MAL-2025-46969");
    for json in [
        &b""[..],
        b"{",
        b"[]",
        b"null",
        b"\xff",
        &whole[..whole.len() - 10],
    ] {
        let found: Result<_, OsvError> = Advisory::from_osv(json);
        assert!(found.is_err());
    }
    let two = [whole.clone(), whole].concat();
    assert!(Advisory::from_osv(&two).is_err());
}

#[test]
fn large_records_are_refused() {
    let mut large = minimal();
    large["details"] = "x".repeat(RECORD_LIMIT).into();
    assert!(error(&large).contains("more than the 8388608 that are read"));
    let mut many = minimal();
    many["affected"] = Value::Array(vec![many["affected"][0].clone(); 10_001]);
    assert_eq!(error(&many), "GHSA-1: affected: more than 10000 entries");
}

#[test]
fn other_ecosystems_give_nothing() {
    let mut record = minimal();
    record["affected"][0]["package"]["ecosystem"] = "PyPI".into();
    assert_eq!(
        Advisory::from_osv(record.to_string().as_bytes()),
        Ok(vec![])
    );
    // Without a package, and without anything.
    record["affected"][0]["package"] = Value::Null;
    assert_eq!(
        Advisory::from_osv(record.to_string().as_bytes()),
        Ok(vec![])
    );
    record["affected"] = Value::Null;
    assert_eq!(
        Advisory::from_osv(record.to_string().as_bytes()),
        Ok(vec![])
    );
}

#[test]
fn names_that_npm_cannot_have_are_left_out() {
    let mut record = minimal();
    record["affected"][0]["package"]["name"] = "../etc".into();
    assert_eq!(
        Advisory::from_osv(record.to_string().as_bytes()),
        Ok(vec![])
    );
}

#[test]
fn lists_may_be_null() {
    let mut record = minimal();
    for field in [
        "aliases",
        "severity",
        "references",
        "database_specific",
        "summary",
        "withdrawn",
    ] {
        record[field] = Value::Null;
    }
    record["affected"][0]["versions"] = Value::Null;
    let advisory = read(&record);
    assert_eq!(
        (advisory.kind, advisory.severity),
        (Kind::Vulnerability, None)
    );
}

#[test]
fn git_ranges_are_skipped_and_both_others_count() {
    let mut record = minimal();
    record["affected"][0]["ranges"] = json!([
        { "type": "GIT", "repo": "https://code.example/x", "events": [{ "introduced": "0" }, { "limit": "abc" }] },
        { "type": "SEMVER", "events": [{ "introduced": "1.0.0" }, { "fixed": "1.1.0" }] },
        { "type": "ECOSYSTEM", "events": [{ "introduced": "2.0.0" }, { "last_affected": "2.1.0" }] },
    ]);
    let advisory = read(&record);
    assert_eq!(
        advisory.vulnerable_range(),
        ">=1.0.0 <1.1.0 || >=2.0.0 <=2.1.0"
    );
    assert_eq!(advisory.suspicion, None);
}

#[test]
fn what_cannot_be_read_is_suspected() {
    let unreadable = |ranges: Value| {
        let mut record = minimal();
        record["id"] = "MAL-2026-1".into();
        record["affected"][0]["ranges"] = ranges;
        read(&record)
    };
    for ranges in [
        json!([{ "type": "SEMVER", "events": [{ "introduced": "junk" }] }]),
        json!([{ "type": "OTHER", "events": [{ "introduced": "0" }] }]),
        json!([]),
    ] {
        let advisory = unreadable(ranges);
        assert_eq!(advisory.suspicion, Some(Suspicion::Unclear));
        assert_eq!(
            advisory.affects("1.0.0", Some(&version("1.0.0"))),
            Affects::Suspected
        );
        assert_eq!(advisory.vulnerable_range(), "<0.0.0-0");
    }
}

#[test]
fn one_package_named_twice_is_one_advisory() {
    let mut record = minimal();
    let mut second = record["affected"][0].clone();
    second["ranges"][0]["events"] = json!([{ "introduced": "2.0.0" }, { "fixed": "2.1.0" }]);
    let mut other = second.clone();
    other["package"]["name"] = "@scope/other".into();
    record["affected"]
        .as_array_mut()
        .unwrap()
        .extend([second, other]);
    let advisories = Advisory::from_osv(record.to_string().as_bytes()).unwrap();
    let told = advisories
        .iter()
        .map(|advisory| (advisory.package.as_str(), advisory.vulnerable_range()));
    let expected = [
        ("subject", "<1.0.0 || >=2.0.0 <2.1.0".to_owned()),
        ("@scope/other", ">=2.0.0 <2.1.0".to_owned()),
    ];
    assert_eq!(told.collect::<Vec<_>>(), expected);
}

#[test]
fn a_vector_counts_by_its_own_prefix() {
    let v3 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
    let v4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:L/SC:N/SI:N/SA:N";
    let mut record = minimal();
    // Typed wrongly, as in github/advisory-database #4989.
    record["severity"] = json!([{ "type": "CVSS_V4", "score": v3 }]);
    assert_eq!(read(&record).severity, Some(Severity::Critical));
    record["severity"] =
        json!([{ "type": "CVSS_V3", "score": v3 }, { "type": "CVSS_V4", "score": v4 }]);
    assert_eq!(read(&record).severity, Some(Severity::Moderate));
    // Of the package rather than of the record.
    record["severity"] = json!([]);
    record["affected"][0]["severity"] = json!([{ "type": "CVSS_V4", "score": v4 }]);
    record["database_specific"]["severity"] = "LOW".into();
    assert_eq!(read(&record).severity, Some(Severity::Moderate));
    // Unreadable, so the label counts; CVSS v2 is not read.
    record["affected"][0]["severity"] =
        json!([{ "type": "CVSS_V2", "score": "AV:N/AC:L/Au:N/C:C/I:C/A:C" }]);
    assert_eq!(read(&record).severity, Some(Severity::Low));
    record["database_specific"]["severity"] = "SOMETHING".into();
    assert_eq!(read(&record).severity, None);
}

#[test]
fn texts_of_the_database_are_tamed() {
    let mut record = minimal();
    record["summary"] = format!("  two\nlines {}", "x".repeat(1000)).into();
    record["aliases"] = json!(["CVE-1", "GHSA-1", "with space", "\u{1b}[31m"]);
    record["references"] = json!([
        { "type": "ADVISORY", "url": "javascript:alert(1)" },
        { "type": "ADVISORY", "url": "https://advisories.example/1\"onclick=" },
        { "type": "WEB", "url": "https://advisories.example/2" },
        { "type": "ADVISORY", "url": "https://advisories.example/3" },
    ]);
    let advisory = read(&record);
    assert!(advisory.summary.starts_with("two lines xxx"));
    assert_eq!(advisory.summary.chars().count(), 301);
    assert_eq!(*advisory.aliases, [Box::from("CVE-1")]);
    assert_eq!(
        advisory.page.as_deref(),
        Some("https://advisories.example/3")
    );
    assert_eq!(
        advisory.url().unwrap(),
        "https://github.com/advisories/GHSA-1"
    );
    record["id"] = "CORP-1".into();
    assert_eq!(read(&record).url().unwrap(), "https://advisories.example/3");
}

#[test]
fn cwe_506_makes_it_malicious() {
    let mut record = minimal();
    record["database_specific"]["cwe_ids"] = json!(["CWE-79", "CWE-506", "CWE-x", "79"]);
    let advisory = read(&record);
    assert_eq!(
        (advisory.kind, &*advisory.cwes),
        (Kind::Malicious, &[79, 506][..])
    );
    record["database_specific"]["cwe_ids"] = json!(["CWE-79"]);
    assert_eq!(read(&record).kind, Kind::Vulnerability);
}

proptest! {
    /// A real record with bytes exchanged: an answer or an error, never a panic.
    #[test]
    fn damaged_records_do_not_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        for id in ["MAL-2025-47141", "GHSA-3h5v-q93c-6h6q"] {
            let mut json = record_json(id);
            for (index, byte) in &changes {
                let at = index.index(json.len());
                json[at] = *byte;
            }
            if let Ok(advisories) = Advisory::from_osv(&json) {
                for advisory in advisories {
                    advisory.affects("1.0.0", None);
                    advisory.vulnerable_range();
                }
            }
        }
    }
}
