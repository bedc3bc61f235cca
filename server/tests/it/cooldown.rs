//! Versions that are too young: gone from documents, refused as tarballs, back by themselves.

use insta::assert_snapshot;
use jiff::{SignedDuration, Timestamp};
use lazaret_testing::Npm;
use serde_json::json;

use crate::reply::{masked, pretty};
use crate::stage::{OLD, SHORT, Stage, YOUNG, chalk, decade, eventually};

/// A version whose shipped cooldown of three days ends a moment from now.
async fn stage_with_a_version_nearly_ripe() -> Stage {
    let npm = Npm::new().package("soon", |p| p.version("1.0.0", |v| v.published(OLD)));
    let stage = Stage::new(npm).await;
    let left = SignedDuration::from_millis(1500);
    let published = Timestamp::now() - SignedDuration::from_hours(72) + left;
    stage
        .npm
        .publish("soon", "1.0.1", |v| v.published(&format!("{published:.3}")));
    stage
}

#[tokio::test]
async fn a_young_version_is_gone_from_both_forms() {
    let stage = Stage::of(chalk()).policy(decade()).start().await;
    for headers in [&[][..], SHORT] {
        let reply = stage.ask("/chalk", headers).await;
        assert_eq!(reply.versions(), ["5.6.0"]);
        assert_eq!(reply.times(), ["5.6.0"]);
        let document = reply.json();
        assert_eq!(document["dist-tags"], json!({"latest": "5.6.0"}));
        // pnpm takes `modified` for a bound of all times.
        assert_eq!(document["time"]["modified"], OLD);
        assert_eq!(document["time"]["created"], OLD);
    }
    let document = stage.ask("/chalk", SHORT).await.json();
    assert_snapshot!(pretty(&masked(&document)), @r#"
    {
      "dist-tags": {
        "latest": "5.6.0"
      },
      "modified": "2010-01-01T00:00:00.000Z",
      "name": "chalk",
      "policyRestrictions": {
        "message": "withheld by lazaret. 5.6.1: published 2024-01-01, in cooldown until 2033-12-29T00:00Z (3650 days). Read more: http://mirror.example/-/lazaret/why/chalk@5.6.1",
        "versions": {
          "5.6.1": {
            "name": "chalk",
            "version": "5.6.1"
          }
        }
      },
      "time": {
        "5.6.0": "2010-01-01T00:00:00.000Z",
        "created": "2010-01-01T00:00:00.000Z",
        "modified": "2010-01-01T00:00:00.000Z"
      },
      "versions": {
        "5.6.0": {
          "_hasShrinkwrap": false,
          "dist": {
            "fileCount": 2,
            "integrity": "<digest>",
            "shasum": "<digest>",
            "signatures": [
              {
                "keyid": "SHA256:fakefakefakefakefakefakefakefakefakefakefak",
                "sig": "<digest>"
              }
            ],
            "tarball": "http://mirror.example/chalk/-/chalk-5.6.0.tgz",
            "unpackedSize": 159
          },
          "name": "chalk",
          "version": "5.6.0"
        }
      }
    }
    "#);
}

#[tokio::test]
async fn tags_are_repaired_on_their_own_track() {
    let npm = Npm::new().package("tracks", |p| {
        p.version("1.9.0", |v| v.published("2010-05-01T00:00:00.000Z"))
            .version("2.0.0-rc.1", |v| v.published(OLD))
            .version("2.0.0-rc.2", |v| v.published(YOUNG))
            .version("2.0.0", |v| v.published(OLD))
            .version("2.0.1", |v| v.published(YOUNG))
            .version("3.0.0", |v| v.published(OLD))
            .tag("latest", "2.0.1")
            .tag("next", "2.0.0-rc.2")
            .tag("old", "1.9.0")
            .tag("dangling", "0.0.1")
            .tag("v2", "2.0.1")
    });
    let stage = Stage::of(npm).policy(decade()).start().await;
    let document = stage.get("/tracks").await.json();
    assert_eq!(
        document["dist-tags"],
        json!({"latest": "2.0.0", "next": "2.0.0-rc.1", "old": "1.9.0", "v2": "2.0.0"})
    );
}

#[tokio::test]
async fn the_tarball_is_refused_on_every_channel() {
    let stage = Stage::of(chalk()).policy(decade()).start().await;
    let reply = stage.get("/chalk/-/chalk-5.6.1.tgz").await;
    let phrase = reply.reason.clone().unwrap();
    assert_snapshot!(phrase, @"Forbidden: lazaret withheld chalk@5.6.1 (cooldown until 2033-12-29T00:00Z)");
    assert!(phrase.len() <= 120);
    assert_snapshot!(pretty(&reply.json()), @r#"
    {
      "error": "lazaret withheld chalk@5.6.1: published 2024-01-01, in cooldown until 2033-12-29T00:00Z (3650 days). Read more: http://mirror.example/-/lazaret/why/chalk@5.6.1",
      "lazaret": {
        "id": "chalk@5.6.1",
        "outcome": "quarantine",
        "rule": "cooldown",
        "see": "http://mirror.example/-/lazaret/why/chalk@5.6.1",
        "until": "2033-12-29T00:00:00Z"
      }
    }
    "#);
    for reply in [reply.clone(), stage.get("/chalk/5.6.1").await] {
        assert_eq!(reply.status, 403);
        assert_eq!(reply.reason.as_ref(), Some(&phrase));
        assert_eq!(reply.header("cache-control"), "no-cache");
        assert_eq!(reply.header("content-type"), "application/json");
        assert_eq!(reply.header("npm-notice"), reply.error().1);
    }
    assert!(stage.npm.requests_to("/chalk/-/chalk-5.6.1.tgz").is_empty());
    assert_eq!(stage.get("/chalk/-/chalk-5.6.0.tgz").await.status, 200);
    let series = "lazaret_refusals_total{rule=\"cooldown\"}";
    assert_eq!(stage.metric(series).await, 2.0);
}

#[tokio::test]
async fn the_phrase_is_on_the_status_line() {
    let stage = Stage::of(chalk()).policy(decade()).start().await;
    let answer = stage
        .raw(b"GET /chalk/-/chalk-5.6.1.tgz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .await;
    assert_snapshot!(answer.lines().next().unwrap(), @"HTTP/1.1 403 Forbidden: lazaret withheld chalk@5.6.1 (cooldown until 2033-12-29T00:00Z)");
}

#[tokio::test]
async fn a_long_name_does_not_make_a_long_phrase() {
    let name = format!("@{}/{}", "s".repeat(90), "n".repeat(90));
    let npm = Npm::new().package(&name, |p| {
        p.version("1.0.0", |v| v.published(OLD))
            .version("1.0.1", |v| v.published(YOUNG))
    });
    let stage = Stage::of(npm).policy(decade()).start().await;
    let reply = stage
        .get(&format!("/{name}/-/{}-1.0.1.tgz", "n".repeat(90)))
        .await;
    assert_eq!(reply.status, 403);
    assert!(
        reply
            .reason
            .as_ref()
            .is_none_or(|reason| reason.len() <= 120),
        "{:?}",
        reply.reason
    );
    assert!(reply.error().1.contains(&name));
}

#[tokio::test]
async fn a_package_of_which_nothing_is_left_is_refused_with_the_reason() {
    let npm = Npm::new().package("@s/young", |p| {
        p.version("1.0.0", |v| v.published(YOUNG))
            .version("1.0.1", |v| v.published(YOUNG))
    });
    let stage = Stage::of(npm).policy(decade()).start().await;
    let reply = stage.ask("/@s%2fyoung", SHORT).await;
    assert_eq!(reply.status, 403);
    assert_snapshot!(reply.reason.as_ref().unwrap(), @"Forbidden: lazaret withheld every version of @s/young see http://mirror.example/-/lazaret/why/@s/young");
    assert_eq!(reply.header("npm-notice"), reply.error().1);
    assert_snapshot!(pretty(&reply.json()), @r#"
    {
      "error": "lazaret withheld every version of @s/young. 1.0.1: published 2024-01-01, in cooldown until 2033-12-29T00:00Z (3650 days); 1.0.0: published 2024-01-01, in cooldown until 2033-12-29T00:00Z (3650 days); Read more: http://mirror.example/-/lazaret/why/@s/young"
    }
    "#);
    assert_eq!(stage.get("/@s%2fyoung").await.body, reply.body);
}

#[tokio::test]
async fn many_withheld_versions_are_not_all_named() {
    let npm = Npm::new().package("busy", |mut p| {
        p = p.version("0.9.0", |v| v.published(OLD));
        for minor in 0..30 {
            p = p.version(&format!("1.{minor}.0"), |v| v.published(YOUNG));
        }
        p
    });
    let stage = Stage::of(npm).policy(decade()).start().await;
    let document = stage.get("/busy").await.json();
    let restrictions = &document["policyRestrictions"];
    assert_eq!(restrictions["versions"].as_object().unwrap().len(), 30);
    let message = restrictions["message"].as_str().unwrap();
    let lines: Vec<&str> = message.lines().collect();
    assert_eq!(lines.len(), 11, "{message}");
    assert_eq!(lines[0], "withheld by lazaret.");
    assert!(lines[1].starts_with("1.29.0: published 2024-01-01, "));
    assert!(lines[8].starts_with("1.22.0: "), "{message}");
    assert_eq!(lines[9], "... and 22 more versions");
    let page = "Read more: http://mirror.example/-/lazaret/why/busy";
    assert_eq!(lines[10], page);
}

#[tokio::test]
async fn without_a_believable_time_the_first_contact_counts() {
    let future = format!("{:.3}", Timestamp::now() + SignedDuration::from_hours(1));
    let npm = Npm::new().package("odd", |p| {
        p.version("1.0.0", |v| v)
            .version("1.0.1", |v| v.unpublished())
            .version("1.0.2", |v| v.published("long ago"))
            .version("1.0.3", |v| v.published(&future))
    });
    let stage = Stage::new(npm).await;
    assert_eq!(stage.get("/odd").await.versions(), ["1.0.0"]);
}

/// A patch cannot be older than the one below it: a forged date gains nothing.
#[tokio::test]
async fn a_time_before_the_version_below_counts_as_that_ones() {
    let yesterday = format!("{:.3}", Timestamp::now() - SignedDuration::from_hours(24));
    let npm = Npm::new().package("odd", |p| {
        p.version("1.0.0", |v| v)
            .version("1.0.1", |v| v.published(&yesterday))
            .version("1.0.2", |v| v.published(OLD))
    });
    let stage = Stage::new(npm).await;
    assert_eq!(stage.get("/odd").await.versions(), ["1.0.0"]);
    assert_eq!(stage.get("/odd/-/odd-1.0.2.tgz").await.status, 403);
}

/// The registry's time can be forged by whoever publishes; what we saw cannot.
#[tokio::test]
async fn a_version_that_appears_with_an_old_date_is_young() {
    let stage = Stage::of(chalk()).never_fresh().start().await;
    assert_eq!(stage.get("/chalk").await.versions(), ["5.6.0", "5.6.1"]);
    stage.npm.publish("chalk", "5.6.2", |v| {
        v.published("2024-06-01T00:00:00.000Z")
    });
    assert_eq!(stage.fresh("/chalk").await.versions(), ["5.6.0", "5.6.1"]);
    assert_eq!(stage.get("/chalk/-/chalk-5.6.2.tgz").await.status, 403);
    let row = stage
        .version_row("chalk", "5.6.2", |row| row.absent_at.is_some())
        .await;
    assert!(
        Timestamp::now().duration_since(row.absent_at.unwrap()) < SignedDuration::from_secs(60)
    );
}

#[tokio::test]
async fn it_stays_young_after_a_restart() {
    let mut stage = Stage::of(chalk()).never_fresh().start().await;
    assert_eq!(stage.get("/chalk").await.status, 200);
    stage.npm.publish("chalk", "5.6.2", |v| {
        v.published("2024-06-01T00:00:00.000Z")
    });
    assert_eq!(stage.fresh("/chalk").await.versions(), ["5.6.0", "5.6.1"]);
    stage
        .version_row("chalk", "5.6.2", |row| row.absent_at.is_some())
        .await;
    stage.restart().await;
    assert_eq!(stage.get("/chalk").await.versions(), ["5.6.0", "5.6.1"]);
}

#[tokio::test]
async fn a_cooldown_ends_by_itself() {
    let stage = stage_with_a_version_nearly_ripe().await;
    let before = stage.get("/soon").await;
    assert_eq!(before.versions(), ["1.0.0"]);
    assert_eq!(stage.get("/soon/-/soon-1.0.1.tgz").await.status, 403);
    let after = eventually("the cooldown's end", async || {
        let reply = stage.get("/soon").await;
        (reply.versions().len() == 2).then_some(reply)
    })
    .await;
    assert_ne!(after.header("etag"), before.header("etag"));
    let document = after.json();
    assert_eq!(document["dist-tags"]["latest"], "1.0.1");
    assert!(document.get("policyRestrictions").is_none());
    assert_eq!(stage.get("/soon/-/soon-1.0.1.tgz").await.status, 200);
    // Nobody had to ask the upstream again for it.
    assert_eq!(stage.npm.requests_to("/soon").len(), 1);
}

#[tokio::test]
async fn a_client_that_confirms_its_copy_learns_of_the_end() {
    let stage = stage_with_a_version_nearly_ripe().await;
    let tag = stage.get("/soon").await.header("etag").to_owned();
    let condition = [("if-none-match", tag.as_str())];
    assert_eq!(stage.ask("/soon", &condition).await.status, 304);
    eventually("the cooldown's end", async || {
        (stage.ask("/soon", &condition).await.status == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_new_policy_is_in_the_next_answer() {
    let stage = Stage::new(chalk()).await;
    let open = stage.get("/chalk").await;
    assert_eq!(open.versions(), ["5.6.0", "5.6.1"]);
    stage.set_policy(decade()).await;
    let closed = stage.get("/chalk").await;
    assert_eq!(closed.versions(), ["5.6.0"]);
    assert_ne!(closed.header("etag"), open.header("etag"));
    assert_eq!(
        stage
            .ask("/chalk", &[("if-none-match", open.header("etag"))])
            .await
            .status,
        200
    );
    assert_eq!(stage.get("/chalk/-/chalk-5.6.1.tgz").await.status, 403);
    stage.set_policy(json!({"cooldown": "off"})).await;
    assert_eq!(
        stage.get("/chalk").await.header("etag"),
        open.header("etag")
    );
    assert_eq!(stage.get("/chalk/-/chalk-5.6.1.tgz").await.status, 200);
    assert_eq!(stage.npm.requests_to("/chalk").len(), 1);
}

#[tokio::test]
async fn exempt_packages_and_notes_hold_nothing() {
    let stage = Stage::of(chalk())
        .policy(json!({"cooldown": {"days": 3650, "exempt": ["chalk"]}}))
        .start()
        .await;
    assert_eq!(stage.get("/chalk").await.versions(), ["5.6.0", "5.6.1"]);
    stage
        .set_policy(json!({"cooldown": {"effect": "note", "days": 3650}}))
        .await;
    let document = stage.get("/chalk").await.json();
    assert_eq!(document["dist-tags"]["latest"], "5.6.1");
    assert!(document.get("policyRestrictions").is_none());
    assert_eq!(stage.get("/chalk/-/chalk-5.6.1.tgz").await.status, 200);
}

#[tokio::test]
async fn what_was_served_before_the_policy_got_stricter_stays() {
    let npm = chalk().package("debug", |p| {
        p.version("4.0.0", |v| v.published(OLD))
            .version("4.4.1", |v| v.published(YOUNG))
            .version("4.4.2", |v| v.published(YOUNG))
    });
    let mut stage = Stage::of(npm).start().await;
    assert_eq!(stage.get("/debug/-/debug-4.4.1.tgz").await.status, 200);
    stage.set_policy(decade()).await;
    let document = stage.get("/debug").await;
    assert_eq!(document.versions(), ["4.0.0", "4.4.1"]);
    assert_eq!(document.json()["dist-tags"]["latest"], "4.4.1");
    assert_eq!(stage.get("/debug/-/debug-4.4.1.tgz").await.status, 200);
    assert_eq!(stage.get("/debug/-/debug-4.4.2.tgz").await.status, 403);
    let why = stage.get("/-/lazaret/why/debug@4.4.1").await.json();
    assert_eq!(why["outcome"], "note");
    assert_snapshot!(why["reasons"][0]["text"].as_str().unwrap(), @"published 2024-01-01, in cooldown until 2033-12-29T00:00Z (3650 days); it was served before, so it stays");
    // Also for a mirror that starts with the stricter policy.
    stage.restart().await;
    stage.set_policy(decade()).await;
    assert_eq!(stage.get("/debug").await.versions(), ["4.0.0", "4.4.1"]);
    // And not if it is malicious.
    stage
        .set_advisories(&[crate::stage::malware("MAL-1", "debug", &["4.4.1"])])
        .await;
    assert_eq!(stage.get("/debug").await.versions(), ["4.0.0"]);
    assert_eq!(stage.get("/debug/-/debug-4.4.1.tgz").await.status, 403);
}
