//! The mirror looks by itself at what was downloaded: bursts are told before anybody asks.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use lazaret_policy::burst::Rule;
use lazaret_server::WatchSettings;
use lazaret_testing::{Npm, Release};
use serde_json::{Value, json};

use crate::stage::{Stage, eventually};

/// A release of so many minutes ago by somebody.
fn release(release: Release, minutes: i64, who: &str) -> Release {
    let at = Timestamp::now() - SignedDuration::from_mins(minutes);
    release
        .published(&format!("{at:.3}"))
        .manifest_field("_npmUser", json!({ "name": who }))
}

fn npm() -> Npm {
    let mut npm = Npm::new();
    for (number, name) in (1..).zip(["chalk", "debug", "color", "other"]) {
        let who = if name == "other" { "somebody" } else { "qix" };
        npm = npm.package(name, |package| {
            package.version("1.0.0", |one| release(one, number * 100_000, who))
        });
    }
    npm
}

async fn downloaded(stage: &Stage) {
    for name in ["chalk", "debug", "color", "other"] {
        let path = format!("/{name}/-/{name}-1.0.0.tgz");
        assert_eq!(stage.get(&path).await.status, 200, "{name}");
    }
    eventually("downloads are on record", async || {
        let names = stage.store.db.downloaded_since(Timestamp::MIN, 10).await;
        (names.unwrap().len() == 4).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_burst_among_what_was_downloaded_is_told_before_anybody_asks() {
    let watch = WatchSettings {
        interval: Duration::from_millis(500),
        budget: 1_000,
        burst: Rule {
            packages: 3,
            within: SignedDuration::from_mins(10),
        },
    };
    let stage = Stage::of(npm()).never_fresh().watch(watch).start().await;
    downloaded(&stage).await;
    for (minutes, name) in (1..).zip(["chalk", "debug", "color"]) {
        stage
            .npm
            .publish(name, "1.0.1", |one| release(one, minutes, "qix"));
    }
    stage
        .npm
        .publish("other", "1.0.1", |one| release(one, 2, "somebody"));
    let told: Value = eventually("the burst", async || {
        let event = stage.store.db.last_event_of("burst").await.unwrap()?;
        let told: Value = serde_json::from_str(&event.detail).unwrap();
        (told["packages"].as_array().unwrap().len() == 3).then_some(told)
    })
    .await;
    assert_eq!(
        (&told["by"], &told["who"]),
        (&json!("publisher"), &json!("qix"))
    );
    assert_eq!(
        told["packages"],
        json!(["chalk@1.0.1", "color@1.0.1", "debug@1.0.1"])
    );
    // Nobody asked for these but the mirror itself, and conditionally.
    let asked = stage.npm.requests_to("/other");
    assert!(
        asked
            .iter()
            .any(|request| request.header("if-none-match").is_some()),
        "{asked:?}"
    );
}
