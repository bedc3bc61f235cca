use serde_json::json;

use super::findings;
use crate::Advisory;
use crate::fixtures::{osv, read};

fn advisory(id: &str, aliases: &[&str]) -> Advisory {
    let mut json = osv(id, json!([[{ "introduced": "0" }]]));
    json["aliases"] = json!(aliases);
    read(&json)
}

fn grouped(advisories: &[Advisory]) -> Vec<Vec<&str>> {
    findings(advisories)
        .iter()
        .map(|finding| finding.ids())
        .collect()
}

#[test]
fn aliases_are_symmetric() {
    let one = advisory("GHSA-1", &["CVE-1"]);
    let other = advisory("MAL-1", &["GHSA-1"]);
    let expected = vec![vec!["MAL-1", "GHSA-1", "CVE-1"]];
    assert_eq!(grouped(&[one.clone(), other.clone()]), expected);
    assert_eq!(grouped(&[other, one]), expected);
}

#[test]
fn aliases_are_transitive_through_ids_without_a_record() {
    let one = advisory("GHSA-1", &["CVE-1"]);
    let other = advisory("CORP-1", &["CVE-1"]);
    assert_eq!(grouped(&[one, other]), [["GHSA-1", "CVE-1", "CORP-1"]]);
}

#[test]
fn a_late_record_connects_groups() {
    let advisories = [
        advisory("GHSA-1", &[]),
        advisory("GHSA-2", &[]),
        advisory("GHSA-3", &["CVE-3"]),
        advisory("MAL-9", &["GHSA-2", "GHSA-1"]),
        advisory("GHSA-4", &["CVE-3"]),
        advisory("CVE-4", &["GHSA-2"]),
    ];
    assert_eq!(
        grouped(&advisories),
        [
            vec!["MAL-9", "GHSA-1", "GHSA-2", "CVE-4"],
            vec!["GHSA-3", "GHSA-4", "CVE-3"],
        ]
    );
}

#[test]
fn strangers_stay_apart_and_the_gravest_comes_first() {
    let labelled = |id: &str, label: &str| {
        let mut json = osv(id, json!([[{ "introduced": "0" }]]));
        json["database_specific"]["severity"] = label.into();
        read(&json)
    };
    let advisories = [
        labelled("GHSA-2", "LOW"),
        labelled("GHSA-4", "HIGH"),
        labelled("GHSA-3", "HIGH"),
        advisory("MAL-5", &[]),
    ];
    assert_eq!(
        grouped(&advisories),
        [["MAL-5"], ["GHSA-3"], ["GHSA-4"], ["GHSA-2"]]
    );
}

#[test]
fn nothing_gives_nothing() {
    assert!(findings(&[] as &[Advisory]).is_empty());
}
