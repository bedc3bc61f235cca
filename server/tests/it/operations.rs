//! Health, readiness and metrics.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::stage::{Stage, chalk, decade, malware};

#[tokio::test]
async fn health_and_readiness() {
    let stage = Stage::of(chalk())
        .advisories(&[malware("MAL-1", "chalk", &["5.6.1"])])
        .start()
        .await;
    let health = stage.get("/-/healthz").await;
    assert_eq!(
        (health.status, health.json()),
        (200, json!({"status": "ok"}))
    );
    let ready = stage.get("/-/readyz").await;
    assert_eq!(ready.status, 200);
    assert_eq!(
        ready.json(),
        json!({"status": "ready", "database": true, "stopping": false, "advisories": 1})
    );
    // Neither asks the upstream: it may be down, the mirror is not.
    assert_eq!(stage.npm.connections(), 0);
}

#[tokio::test]
async fn a_mirror_without_its_database_is_not_ready() {
    let stage = Stage::new(chalk()).await;
    stage.store.close().await;
    let ready = stage.get("/-/readyz").await;
    assert_eq!(ready.status, 503);
    assert_eq!(ready.json()["database"], false);
    assert_eq!(stage.get("/-/healthz").await.status, 200);
    assert_eq!(stage.get("/chalk").await.error().0, 500);
    assert_eq!(stage.get("/-/metrics").await.status, 200);
}

/// Families by name with their type, and samples by series. Panics on what OpenMetrics 1.0 does not allow.
fn parsed(text: &str) -> (BTreeMap<&str, &str>, BTreeMap<&str, f64>) {
    let body = text.strip_suffix("# EOF\n").expect("an end");
    let mut types = BTreeMap::new();
    let mut samples = BTreeMap::new();
    for line in body.lines() {
        if let Some(rest) = line.strip_prefix("# ") {
            let mut words = rest.splitn(3, ' ');
            match (
                words.next().unwrap(),
                words.next().unwrap(),
                words.next().unwrap_or_default(),
            ) {
                ("TYPE", family, kind) => {
                    assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
                    assert!(types.insert(family, kind).is_none(), "{line}");
                }
                ("HELP", _, help) => assert!(!help.is_empty(), "{line}"),
                ("UNIT", ..) => {}
                _ => panic!("{line}"),
            }
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap();
        let (name, labels) = series
            .split_once('{')
            .map_or((series, ""), |(name, labels)| {
                (name, labels.strip_suffix('}').unwrap())
            });
        assert!(
            name.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'),
            "{line}"
        );
        let suffixes = ["_total", "_bucket", "_sum", "_count", ""];
        assert!(
            suffixes.iter().any(|suffix| name
                .strip_suffix(suffix)
                .is_some_and(|family| types.contains_key(family))),
            "{line}"
        );
        for label in labels.split("\",").filter(|label| !label.is_empty()) {
            let (key, value) = label.split_once("=\"").unwrap();
            assert!(!key.is_empty() && !value.contains('\n'), "{line}");
        }
        assert!(
            samples.insert(series, value.parse().unwrap()).is_none(),
            "{line}"
        );
    }
    (types, samples)
}

#[tokio::test]
async fn metrics_tell_what_happened() {
    let stage = Stage::of(chalk()).policy(decade()).start().await;
    for path in [
        "/chalk",
        "/chalk",
        "/chalk/-/chalk-5.6.0.tgz",
        "/chalk/-/chalk-5.6.1.tgz",
        "/chalk/latest",
        "/nobody",
        "/-/package/chalk/dist-tags",
        "/-/v1/search?text=chalk",
        "/-/npm/v1/keys",
        "/-/npm/v1/attestations/chalk@5.6.0",
        "/-/whoami",
        "/-/lazaret/why/chalk@5.6.1",
    ] {
        stage.get(path).await;
    }
    stage
        .post("/-/npm/v1/security/advisories/bulk", &json!({}))
        .await;
    let reply = stage.get("/-/metrics").await;
    assert_eq!(
        reply.header("content-type"),
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    );
    let (types, samples) = parsed(reply.text());
    let expected = BTreeSet::from([
        "lazaret_advisories",
        "lazaret_cache",
        "lazaret_integrity_changes",
        "lazaret_refusals",
        "lazaret_requests",
        "lazaret_rules_generation",
        "lazaret_stale",
        "lazaret_store_bytes",
        "lazaret_store_packages",
        "lazaret_store_pins",
        "lazaret_upstream_seconds",
        "lazaret_verdicts",
    ]);
    let found: BTreeSet<&str> = types.keys().copied().collect();
    assert!(
        found.is_superset(&expected),
        "{:?} are missing",
        expected.difference(&found)
    );
    for (series, value) in [
        (
            "lazaret_requests_total{kind=\"Packument\",status=\"200\"}",
            2.0,
        ),
        (
            "lazaret_requests_total{kind=\"Packument\",status=\"404\"}",
            1.0,
        ),
        (
            "lazaret_requests_total{kind=\"Tarball\",status=\"200\"}",
            1.0,
        ),
        (
            "lazaret_requests_total{kind=\"Tarball\",status=\"403\"}",
            1.0,
        ),
        (
            "lazaret_requests_total{kind=\"Manifest\",status=\"200\"}",
            1.0,
        ),
        (
            "lazaret_requests_total{kind=\"DistTags\",status=\"200\"}",
            1.0,
        ),
        (
            "lazaret_requests_total{kind=\"Search\",status=\"200\"}",
            1.0,
        ),
        ("lazaret_requests_total{kind=\"Audit\",status=\"200\"}", 1.0),
        ("lazaret_requests_total{kind=\"Keys\",status=\"404\"}", 1.0),
        (
            "lazaret_requests_total{kind=\"Attestations\",status=\"404\"}",
            1.0,
        ),
        ("lazaret_requests_total{kind=\"Write\",status=\"403\"}", 1.0),
        (
            "lazaret_requests_total{kind=\"Lazaret\",status=\"200\"}",
            1.0,
        ),
        ("lazaret_refusals_total{rule=\"cooldown\"}", 1.0),
        (
            "lazaret_verdicts_total{outcome=\"quarantine\",rule=\"cooldown\"}",
            1.0,
        ),
        (
            "lazaret_verdicts_total{outcome=\"allow\",rule=\"none\"}",
            1.0,
        ),
        (
            "lazaret_cache_total{cache=\"Documents\",result=\"Hit\"}",
            1.0,
        ),
        (
            "lazaret_cache_total{cache=\"Documents\",result=\"Miss\"}",
            2.0,
        ),
        (
            "lazaret_upstream_seconds_count{what=\"tarball\",ok=\"true\"}",
            1.0,
        ),
        (
            "lazaret_upstream_seconds_count{what=\"packument\",ok=\"true\"}",
            2.0,
        ),
        ("lazaret_store_packages", 1.0),
        ("lazaret_store_pins", 1.0),
        ("lazaret_rules_generation", 1.0),
        ("lazaret_stale_total", 0.0),
    ] {
        assert_eq!(
            samples.get(series),
            Some(&value),
            "{series} in {}",
            reply.text()
        );
    }
    assert!(samples["lazaret_store_bytes"] > 0.0);
}

#[tokio::test]
async fn metrics_know_the_rules_in_force() {
    let stage = Stage::new(chalk()).await;
    stage.set_policy(decade()).await;
    stage
        .set_advisories(&[
            malware("MAL-1", "a", &["1.0.0"]),
            malware("MAL-2", "b", &["1.0.0"]),
        ])
        .await;
    assert_eq!(stage.metric("lazaret_rules_generation").await, 3.0);
    assert_eq!(stage.metric("lazaret_advisories").await, 2.0);
}

/// A label for every name that somebody makes up would fill the memory of whoever collects them.
#[tokio::test]
async fn made_up_names_and_statuses_add_no_series() {
    let stage = Stage::new(chalk()).await;
    let count = async || stage.get("/-/metrics").await.text().lines().count();
    stage.get("/made-up").await;
    stage.get("/-/made-up").await;
    count().await;
    let before = count().await;
    for index in 0..20 {
        stage.get(&format!("/made-up-{index}")).await;
        stage.get(&format!("/-/made-up-{index}")).await;
        stage
            .get(&format!("/made-up-{index}/-/made-up-{index}-1.0.0.tgz"))
            .await;
    }
    // One more for the kind of tarballs that are not there.
    assert!(count().await <= before + 1);
}
