//! Real records against real versions, and what they do not cover.

use lazaret_npm::Version;
use serde_json::json;

use super::{Affects, Kind, PLACEHOLDER, Severity, Suspicion};
use crate::fixtures::{osv, read, record, record_for, record_ids, record_json, version};
use crate::{Advisory, advisory::Interval};

use Affects::{No, Suspected, Yes};

fn affects(advisory: &Advisory, version: &str) -> Affects {
    advisory.affects(version, Version::parse(version).ok().as_ref())
}

/// The attack of 8 and 9 September 2025: each record means one version and no neighbour.
#[test]
fn september_2025_is_met_exactly() {
    let attack = [
        ("MAL-2025-46966", "ansi-regex", "6.2.1", "6.2.0", "6.2.2"),
        ("MAL-2025-46967", "ansi-styles", "6.2.2", "6.2.1", "6.2.3"),
        ("MAL-2025-46968", "backslash", "0.2.1", "0.2.0", "0.2.2"),
        ("MAL-2025-46969", "chalk", "5.6.1", "5.6.0", "5.6.2"),
        (
            "MAL-2025-46970",
            "chalk-template",
            "1.1.1",
            "1.1.0",
            "1.1.2",
        ),
        ("MAL-2025-46971", "color-convert", "3.1.1", "3.1.0", "3.1.2"),
        ("MAL-2025-46972", "color-name", "2.0.1", "2.0.0", "2.0.2"),
        ("MAL-2025-46973", "color-string", "2.1.1", "2.1.0", "2.1.2"),
        ("MAL-2025-46974", "debug", "4.4.2", "4.4.1", "4.4.3"),
        ("MAL-2025-46975", "error-ex", "1.3.3", "1.3.2", "1.3.4"),
        ("MAL-2025-46976", "has-ansi", "6.0.1", "6.0.0", "6.0.2"),
        ("MAL-2025-46977", "is-arrayish", "0.3.3", "0.3.2", "0.3.4"),
        (
            "MAL-2025-46978",
            "simple-swizzle",
            "0.2.3",
            "0.2.2",
            "0.2.4",
        ),
        ("MAL-2025-46979", "slice-ansi", "7.1.1", "7.1.0", "7.1.2"),
        ("MAL-2025-46980", "strip-ansi", "7.1.1", "7.1.0", "7.1.2"),
        (
            "MAL-2025-46981",
            "supports-color",
            "10.2.1",
            "10.2.0",
            "10.2.2",
        ),
        (
            "MAL-2025-46982",
            "supports-hyperlinks",
            "4.1.1",
            "4.1.0",
            "4.1.2",
        ),
        ("MAL-2025-46983", "wrap-ansi", "9.0.1", "9.0.0", "9.0.2"),
        (
            "MAL-2025-46984",
            "proto-tinker-wc",
            "0.1.87",
            "0.1.86",
            "0.1.88",
        ),
        ("MAL-2025-46985", "color", "5.0.1", "5.0.0", "5.0.2"),
        ("MAL-2025-46990", "prebid.js", "10.9.2", "10.9.1", "10.9.3"),
        (
            "MAL-2025-46991",
            "@duckdb/duckdb-wasm",
            "1.29.2",
            "1.29.1",
            "1.29.3",
        ),
        (
            "MAL-2025-46992",
            "@duckdb/node-api",
            "1.3.3",
            "1.3.2",
            "1.3.4",
        ),
        (
            "MAL-2025-46993",
            "@duckdb/node-bindings",
            "1.3.3",
            "1.3.2",
            "1.3.4",
        ),
        ("MAL-2025-46994", "duckdb", "1.3.3", "1.3.2", "1.3.4"),
        ("MAL-2025-47025", "@coveops/abi", "2.0.1", "2.0.0", "2.0.2"),
        (
            "MAL-2025-47027",
            "prebid-universal-creative",
            "1.17.3",
            "1.17.2",
            "1.17.4",
        ),
    ];
    for (id, package, bad, before, after) in attack {
        let advisory = record(id);
        assert_eq!(&*advisory.id, id);
        assert_eq!(advisory.package.as_str(), package);
        assert_eq!(advisory.kind, Kind::Malicious, "{id}");
        assert_eq!(advisory.suspicion, None, "{id}");
        assert_eq!(affects(&advisory, bad), Yes, "{id}");
        for good in [before, after] {
            assert_eq!(affects(&advisory, good), No, "{id} {good}");
        }
    }
}

#[test]
fn other_records_mean_what_they_say() {
    let told = [
        ("MAL-2025-190925", "posthog-node", "5.13.3", Yes),
        ("MAL-2025-190925", "posthog-node", "5.13.2", No),
        ("MAL-2025-47026", "prebid", "10.9.1", Yes),
        ("MAL-2026-2307", "axios", "1.14.1", Yes),
        ("MAL-2026-2307", "axios", "1.14.0", No),
        ("MAL-2026-2306", "plain-crypto-js", "4.2.1", Yes),
        // A range with `fixed`; prereleases by precedence.
        ("MAL-2024-11183", "@solana/web3.js", "1.95.5", No),
        ("MAL-2024-11183", "@solana/web3.js", "1.95.6-beta.1", No),
        ("MAL-2024-11183", "@solana/web3.js", "1.95.6", Yes),
        ("MAL-2024-11183", "@solana/web3.js", "1.95.7", Yes),
        ("MAL-2024-11183", "@solana/web3.js", "1.95.8-rc.1", Yes),
        ("MAL-2024-11183", "@solana/web3.js", "1.95.8", No),
        // Everything, and no origins.
        ("MAL-2025-20690", "flatmap-stream", "0.0.0-0", Yes),
        ("MAL-2025-20690", "flatmap-stream", "99.0.0", Yes),
        ("MAL-2025-20690", "flatmap-stream", "no version", Yes),
        ("MAL-2025-20690", "flatmap-stream", PLACEHOLDER, No),
        // The union of two reports.
        ("MAL-2025-47141", "@ctrl/tinycolor", "4.1.0", Suspected),
        ("MAL-2025-47141", "@ctrl/tinycolor", "4.1.1", Yes),
        ("MAL-2025-47141", "@ctrl/tinycolor", "4.1.2", Yes),
        ("MAL-2025-47141", "@ctrl/tinycolor", "4.1.3", Suspected),
        ("MAL-2025-47199", "ngx-toastr", "19.0.0", Suspected),
        ("MAL-2025-47199", "ngx-toastr", "19.0.1", Yes),
        ("MAL-2025-47199", "ngx-toastr", "19.0.2", Yes),
        ("MAL-2025-47199", "ngx-toastr", "19.1.0", Suspected),
        // Malicious, known as GHSA only.
        ("GHSA-mh6f-8j2x-4483", "event-stream", "3.3.5", No),
        ("GHSA-mh6f-8j2x-4483", "event-stream", "3.3.6", Yes),
        ("GHSA-mh6f-8j2x-4483", "event-stream", "4.0.0-rc.1", Yes),
        ("GHSA-mh6f-8j2x-4483", "event-stream", "4.0.0", No),
        ("GHSA-mh6f-8j2x-4483", "flatmap-stream", "0.1.1", Yes),
        ("GHSA-pjwm-rvh2-c87w", "ua-parser-js", "0.7.29", Yes),
        ("GHSA-pjwm-rvh2-c87w", "ua-parser-js", "0.8.0", Yes),
        ("GHSA-pjwm-rvh2-c87w", "ua-parser-js", "1.0.1", No),
        ("GHSA-73qr-pfmq-6rp8", "coa", "2.1.3", Yes),
        ("GHSA-73qr-pfmq-6rp8", "coa", "2.0.2", No),
        ("GHSA-g2q5-5433-rhrf", "rc", "1.2.9", Yes),
        ("GHSA-97m3-w2cp-4xx6", "node-ipc", "10.1.3", No),
        // Several ranges, several packages.
        ("GHSA-3h5v-q93c-6h6q", "ws", "2.0.9", No),
        ("GHSA-3h5v-q93c-6h6q", "ws", "5.2.3", Yes),
        ("GHSA-3h5v-q93c-6h6q", "ws", "5.2.4", No),
        ("GHSA-3h5v-q93c-6h6q", "ws", "6.0.0-beta", No),
        ("GHSA-3h5v-q93c-6h6q", "ws", "7.5.9", Yes),
        ("GHSA-3h5v-q93c-6h6q", "ws", "8.17.0", Yes),
        ("GHSA-3h5v-q93c-6h6q", "ws", "8.17.1", No),
        ("GHSA-35jh-r3h4-6jhm", "lodash", "4.17.20", Yes),
        ("GHSA-35jh-r3h4-6jhm", "lodash-es", "4.17.21", No),
        ("GHSA-xvch-5gv4-984h", "minimist", "0.2.4", No),
        ("GHSA-xvch-5gv4-984h", "minimist", "1.2.5", Yes),
        ("GHSA-9c47-m6qq-7p4h", "json5", "1.0.2-rc", Yes),
        ("GHSA-c2qf-rxjj-qqgw", "semver", "7.5.2-0", Yes),
    ];
    for (id, package, version, expected) in told {
        let advisory = record_for(id, package);
        assert_eq!(
            affects(&advisory, version),
            expected,
            "{id} {package}@{version}"
        );
    }
}

#[test]
fn every_record_is_read() {
    let ids = record_ids();
    assert_eq!(ids.len(), 49);
    for id in ids {
        let advisories = Advisory::from_osv(&record_json(&id)).unwrap();
        assert!(!advisories.is_empty(), "{id}");
        for advisory in advisories {
            assert_eq!(*advisory.id, *id);
            assert!(!advisory.summary.is_empty(), "{id}");
            let malicious = advisory.kind == Kind::Malicious;
            let only_cwe = ["mh6f", "pjwm", "73qr", "g2q5", "97m3"]
                .iter()
                .any(|part| id.contains(part));
            assert_eq!(malicious, id.starts_with("MAL-") || only_cwe, "{id}");
            assert_eq!(advisory.severity.is_some(), id.starts_with("GHSA-"), "{id}");
            assert!(advisory.url().unwrap().ends_with(&id));
        }
    }
}

#[test]
fn severity_comes_from_vector_or_label() {
    let told = [
        ("GHSA-xvch-5gv4-984h", Severity::Critical, Some(9.8)),
        ("GHSA-c2qf-rxjj-qqgw", Severity::Moderate, Some(5.3)),
        ("GHSA-3h5v-q93c-6h6q", Severity::High, Some(7.5)),
        ("GHSA-wf5p-g6vw-rhxx", Severity::Moderate, None),
        ("GHSA-73qr-pfmq-6rp8", Severity::Critical, None),
    ];
    for (id, severity, score) in told {
        let advisory = record(id);
        assert_eq!(advisory.severity, Some(severity), "{id}");
        assert_eq!(advisory.cvss.map(|cvss| cvss.score), score, "{id}");
    }
}

#[test]
fn known_since_is_the_first_import() {
    let chalk = record("MAL-2025-46969");
    assert_eq!(
        chalk.known_since.unwrap().to_string(),
        "2025-09-09T00:35:48Z"
    );
    let lodash = record_for("GHSA-35jh-r3h4-6jhm", "lodash");
    assert_eq!(
        lodash.known_since.unwrap().to_string(),
        "2021-05-06T16:05:51Z"
    );
}

#[test]
fn withdrawn_affects_nothing_but_can_be_explained() {
    let mut json = osv("MAL-2026-1", json!([[{ "introduced": "0" }]]));
    json["withdrawn"] = "2026-05-20T00:00:00Z".into();
    let advisory = read(&json);
    assert_eq!(affects(&advisory, "1.0.0"), No);
    assert_eq!(
        advisory.affected_when_issued("1.0.0", Some(&version("1.0.0"))),
        Yes
    );
}

#[test]
fn the_placeholder_is_no_infection() {
    let mut json = osv("MAL-2026-1", json!([]));
    json["affected"][0]["versions"] = json!([PLACEHOLDER, "1.0.0"]);
    let advisory = read(&json);
    assert_eq!(affects(&advisory, PLACEHOLDER), No);
    assert_eq!(affects(&advisory, "1.0.0"), Yes);
}

#[test]
fn versions_that_are_not_semver_match_letter_by_letter() {
    let mut json = osv("MAL-2026-1", json!([[{ "introduced": "1.0.0" }]]));
    json["affected"][0]["versions"] = json!(["1.2", "2.0.0+build"]);
    let advisory = read(&json);
    for (version, expected) in [
        ("1.2", Yes),
        ("1.3", No),
        ("2.0.0+build", Yes),
        ("junk", No),
    ] {
        assert_eq!(affects(&advisory, version), expected, "{version}");
    }
    // A listed version is compared as a text, even if both are the same version.
    let mut json = osv("MAL-2026-1", json!([]));
    json["affected"][0]["versions"] = json!(["v1.2.0"]);
    assert_eq!(affects(&read(&json), "1.2.0"), No);
}

/// One origin: its id, when it was modified, and whether it means everything.
fn origin(id: Option<&str>, modified: &str, everything: bool) -> serde_json::Value {
    let events = if everything {
        json!([{ "introduced": "0" }])
    } else {
        json!([{ "introduced": "4.1.1" }, { "last_affected": "4.1.2" }])
    };
    json!({
        "source": "somebody", "id": id, "modified_time": modified, "import_time": modified,
        "ranges": [{ "type": "SEMVER", "events": events }],
    })
}

#[test]
fn stale_reports_of_everything() {
    let (early, late) = ("2025-09-15T00:00:00Z", "2025-09-16T00:00:00Z");
    let (a, b) = (Some("GHSA-a"), Some("GHSA-b"));
    let told = [
        (
            "superseded",
            json!([origin(a, early, true), origin(a, late, false)]),
            Suspected,
        ),
        (
            "in any order",
            json!([origin(a, late, false), origin(a, early, true)]),
            Suspected,
        ),
        (
            "widened later",
            json!([origin(a, early, false), origin(a, late, true)]),
            Yes,
        ),
        (
            "by somebody else",
            json!([origin(a, early, true), origin(b, late, false)]),
            Yes,
        ),
        (
            "reports without an id",
            json!([origin(None, early, true), origin(None, late, false)]),
            Yes,
        ),
        (
            "a second one stands",
            json!([
                origin(a, early, true),
                origin(a, late, false),
                origin(b, early, true)
            ]),
            Yes,
        ),
        (
            "both superseded",
            json!([
                origin(a, early, true),
                origin(a, late, false),
                origin(b, early, true),
                origin(b, late, false)
            ]),
            Suspected,
        ),
        (
            "at the same time",
            json!([origin(a, early, true), origin(a, early, false)]),
            Yes,
        ),
        ("no origins", json!(null), Yes),
        ("empty origins", json!([]), Yes),
    ];
    for (name, origins, expected) in told {
        let union = json!([[{ "introduced": "0" }], [{ "introduced": "4.1.1" }, { "last_affected": "4.1.2" }]]);
        let mut json = osv("MAL-2026-1", union);
        json["database_specific"]["malicious-packages-origins"] = origins;
        let advisory = read(&json);
        assert_eq!(affects(&advisory, "4.1.1"), Yes, "{name}");
        assert_eq!(affects(&advisory, "1.0.0"), expected, "{name}");
        let suspicion = (expected == Suspected).then_some(Suspicion::StaleReport);
        assert_eq!(advisory.suspicion, suspicion, "{name}");
    }
}

/// An origin may hold "everything" although the record itself does not: duckdb, prebid.js, @solana/web3.js.
#[test]
fn origins_add_nothing_to_the_record() {
    for id in ["MAL-2025-46994", "MAL-2025-46990", "MAL-2024-11183"] {
        let advisory = record(id);
        assert_eq!(advisory.suspicion, None, "{id}");
        assert_eq!(affects(&advisory, "0.0.1"), No, "{id}");
    }
}

#[test]
fn ranges_are_told_to_npm() {
    let told = [
        ("MAL-2025-46969", "chalk", "5.6.1"),
        ("MAL-2024-11183", "@solana/web3.js", ">=1.95.6 <1.95.8"),
        ("MAL-2025-20690", "flatmap-stream", "*"),
        ("MAL-2025-47141", "@ctrl/tinycolor", ">=4.1.1 <=4.1.2"),
        ("MAL-2025-46970", "chalk-template", ">=1.1.1 <1.1.2"),
        ("GHSA-35jh-r3h4-6jhm", "lodash", "<4.17.21"),
        (
            "GHSA-3h5v-q93c-6h6q",
            "ws",
            ">=2.1.0 <5.2.4 || >=6.0.0 <6.2.3 || >=7.0.0 <7.5.10 || >=8.0.0 <8.17.1",
        ),
        ("GHSA-mh6f-8j2x-4483", "event-stream", ">=3.3.6 <4.0.0"),
        ("GHSA-g2q5-5433-rhrf", "rc", "1.2.9 || 1.3.9 || 2.3.9"),
    ];
    for (id, package, range) in told {
        assert_eq!(record_for(id, package).vulnerable_range(), range, "{id}");
    }
}

#[test]
fn fixed_versions_are_those_of_the_record() {
    let fixed = |id: &str, package: &str| -> Vec<String> {
        let advisory = record_for(id, package);
        advisory.fixed_versions().map(Version::to_string).collect()
    };
    assert_eq!(fixed("GHSA-xvch-5gv4-984h", "minimist"), ["1.2.6", "0.2.4"]);
    assert_eq!(fixed("MAL-2025-46969", "chalk"), Vec::<String>::new());
}

#[test]
fn the_whole_package_is_told_from_a_part() {
    assert!(record("MAL-2025-20690").is_whole_package());
    assert_eq!(*record("MAL-2025-20690").intervals, [Interval::EVERYTHING]);
    assert!(!record("MAL-2025-47141").is_whole_package());
    assert!(!record("MAL-2025-46969").is_whole_package());
}
