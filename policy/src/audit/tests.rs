use std::sync::Arc;

use insta::assert_snapshot;
use lazaret_npm::{Range, Version};
use serde_json::json;

use super::bulk;
use crate::Advisory;
use crate::advisory::PLACEHOLDER;
use crate::fixtures::{osv, read, record_for};

fn answer(advisories: Vec<Advisory>, versions: &[&str]) -> String {
    let advisories: Vec<Arc<Advisory>> = advisories.into_iter().map(Arc::new).collect();
    serde_json::to_string_pretty(&bulk(&advisories, versions)).unwrap()
}

#[test]
fn malicious_code_is_critical() {
    let chalk = record_for("MAL-2025-46969", "chalk");
    assert_snapshot!(answer(vec![chalk], &["5.6.0", "5.6.1"]), @r#"
    [
      {
        "id": 1916389412,
        "url": "https://osv.dev/vulnerability/MAL-2025-46969",
        "title": "Malicious code in chalk (npm)",
        "severity": "critical",
        "vulnerable_versions": "5.6.1",
        "cwe": [
          "CWE-506"
        ],
        "cvss": {
          "score": 0.0,
          "vectorString": null
        }
      }
    ]
    "#);
}

#[test]
fn a_vulnerability_has_its_score() {
    let minimist = record_for("GHSA-xvch-5gv4-984h", "minimist");
    assert_snapshot!(answer(vec![minimist], &["1.2.5"]), @r#"
    [
      {
        "id": 368579777,
        "url": "https://github.com/advisories/GHSA-xvch-5gv4-984h",
        "title": "Prototype Pollution in minimist",
        "severity": "critical",
        "vulnerable_versions": ">=1.0.0 <1.2.6 || <0.2.4",
        "cwe": [
          "CWE-1321"
        ],
        "cvss": {
          "score": 9.8,
          "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
        }
      }
    ]
    "#);
}

#[test]
fn what_affects_none_of_the_versions_is_not_told() {
    let chalk = record_for("MAL-2025-46969", "chalk");
    assert_eq!(answer(vec![chalk.clone()], &["5.6.0", "latest", ""]), "[]");
    assert_eq!(answer(vec![chalk], &[]), "[]");
    // Only suspected.
    let tinycolor = record_for("MAL-2025-47141", "@ctrl/tinycolor");
    assert_eq!(answer(vec![tinycolor], &["4.1.0"]), "[]");
}

#[test]
fn one_incident_is_one_entry() {
    let mal = record_for("MAL-2025-20690", "flatmap-stream");
    let mut ghsa = record_for("GHSA-mh6f-8j2x-4483", "flatmap-stream");
    ghsa.aliases = [mal.id.clone()].into();
    let advisories: Vec<Arc<Advisory>> = [ghsa, mal].into_iter().map(Arc::new).collect();
    let told = bulk(&advisories, &["0.1.1"]);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].title, "Malicious code in flatmap-stream (npm)");
    assert_eq!(told[0].vulnerable_versions, "*");
    assert_eq!(told[0].cwe, ["CWE-506"]);
    assert_eq!(told[0].cvss.score, 9.8);
}

#[test]
fn unknown_severity_and_no_page() {
    let record = osv("CORP-1", json!([[{ "introduced": "1.0.0" }]]));
    assert_snapshot!(answer(vec![read(&record)], &["1.0.0"]), @r#"
    [
      {
        "id": 574318198,
        "url": "",
        "title": "Vulnerability in subject",
        "severity": "moderate",
        "vulnerable_versions": ">=1.0.0",
        "cwe": [],
        "cvss": {
          "score": 0.0,
          "vectorString": null
        }
      }
    ]
    "#);
}

#[test]
fn the_placeholder_is_not_in_the_range_of_who_has_it() {
    let advisory = Arc::new(record_for("MAL-2025-20690", "flatmap-stream"));
    assert!(bulk(&[Arc::clone(&advisory)], &[PLACEHOLDER]).is_empty());
    let told = bulk(&[advisory], &[PLACEHOLDER, "0.1.1"]);
    let range = Range::parse_loose(&told[0].vulnerable_versions).unwrap();
    let affected =
        |text: &str| range.satisfies_including_prereleases(&Version::parse(text).unwrap());
    assert!(!affected(PLACEHOLDER));
    assert!(affected("0.1.1") && affected("0.0.0-0") && affected("0.0.1"));
}

#[test]
fn ids_are_stable() {
    let of = |id: &str| {
        let record = osv(id, json!([[{ "introduced": "1.0.0" }]]));
        bulk(&[Arc::new(read(&record))], &["1.0.0"])[0].id
    };
    assert_eq!(of("MAL-2025-46969"), of("MAL-2025-46969"));
    assert_ne!(of("MAL-2025-46969"), of("MAL-2025-46970"));
    assert!(of("GHSA-2v46-p5h4-248w") < 1 << 31);
}
