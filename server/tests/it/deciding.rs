//! Decisions: what they change in what is served, and who may make them.

use http::Method;
use lazaret_store::audit_log::{Chain, LogLine};
use serde_json::{Value, json};

use crate::stage::{Stage, chalk, decade, eventually, malware};

const TARBALL: &str = "/chalk/-/chalk-5.6.1.tgz";

async fn outcome(stage: &Stage, id: &str) -> String {
    let why = stage.get(&format!("/-/lazaret/why/{id}")).await.json();
    why["outcome"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_approval_is_in_force_when_it_is_answered() {
    let mut stage = Stage::of(chalk()).policy(decade()).on_disk().start().await;
    let anna = stage.admin().await;
    assert_eq!(stage.get("/chalk").await.versions(), ["5.6.0"]);
    assert_eq!(stage.get(TARBALL).await.status, 403);
    let made = stage
        .decide(&anna, "chalk@5.6.1", "approve", json!({}))
        .await;
    assert_eq!(made.status, 201, "{}", made.text());
    let review = made.json();
    assert_eq!(review["person"], "anna");
    assert_eq!(review["in_force"], true);
    assert_eq!(review["sha512"].as_str().unwrap().len(), 128);
    assert_eq!(stage.get("/chalk").await.versions(), ["5.6.0", "5.6.1"]);
    assert_eq!(stage.get(TARBALL).await.status, 200);
    let why = stage.get("/-/lazaret/why/chalk@5.6.1").await;
    assert!(
        why.text().contains("approved by anna: looked at it"),
        "{}",
        why.text()
    );
    // It outlives the process.
    stage.restart().await;
    assert_eq!(stage.get("/chalk").await.versions(), ["5.6.0", "5.6.1"]);
    // And is taken back.
    let path = format!("/reviews/{}/withdraw", review["id"].as_str().unwrap());
    let why = json!({"reason": "second thoughts"});
    let withdrawn = stage.api(&anna, Method::POST, &path, &why).await.json();
    assert_eq!(withdrawn["in_force"], false);
    assert_eq!(withdrawn["withdrawn"]["reason"], "second thoughts");
    assert_eq!(
        stage.api(&anna, Method::POST, &path, &why).await.error().0,
        409
    );
    let why = stage.get("/-/lazaret/why/chalk@5.6.1").await;
    assert!(!why.text().contains("approved by"), "{}", why.text());
}

#[tokio::test]
async fn a_rejection_blocks_what_was_served() {
    let stage = Stage::new(chalk()).await;
    let anna = stage.admin().await;
    assert_eq!(stage.get(TARBALL).await.status, 200);
    let made = stage
        .decide(&anna, "chalk@5.6.1", "reject", json!({}))
        .await;
    assert_eq!(made.status, 201);
    let refused = stage.get(TARBALL).await;
    assert_eq!(refused.status, 403);
    assert!(
        refused.text().contains("rejected by anna: looked at it"),
        "{}",
        refused.text()
    );
    assert_eq!(stage.get("/chalk").await.versions(), ["5.6.0"]);
    // Somebody else cannot approve over it, and has to say so.
    let ben = stage.person(&anna, "ben", "reviewer").await;
    let over = stage
        .decide(&ben, "chalk@5.6.1", "approve", json!({}))
        .await;
    let (status, error) = over.error();
    assert_eq!(status, 409);
    assert!(error.contains("anna rejected it"), "{error}");
    // Nor take back what is not theirs.
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/reviews/{id}/withdraw");
    let why = json!({"reason": "no"});
    assert_eq!(
        stage.api(&ben, Method::POST, &path, &why).await.error().0,
        403
    );
    assert_eq!(
        stage.api(&anna, Method::POST, &path, &why).await.status,
        200
    );
    assert_eq!(stage.get(TARBALL).await.status, 200);
}

#[tokio::test]
async fn a_block_is_lifted_by_an_admins_waiver_that_ends() {
    let advisory = malware("MAL-2026-1", "chalk", &["5.6.1"]);
    let stage = Stage::of(chalk()).advisories(&[advisory]).start().await;
    let anna = stage.admin().await;
    let ben = stage.person(&anna, "ben", "reviewer").await;
    assert_eq!(stage.get(TARBALL).await.status, 403);
    let plain = stage
        .decide(&ben, "chalk@5.6.1", "approve", json!({}))
        .await;
    assert_eq!(plain.status, 201);
    assert_eq!(stage.get(TARBALL).await.status, 403, "a block needs more");
    let soon = (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24)).to_string();
    let late = (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * 91)).to_string();
    let waive = |who, end: Option<&str>| {
        stage.decide(
            who,
            "chalk@5.6.1",
            "approve",
            json!({"waiver": true, "expires_at": end}),
        )
    };
    assert_eq!(waive(&ben, Some(&soon)).await.error().0, 403);
    assert_eq!(waive(&anna, None).await.error().0, 400);
    assert_eq!(waive(&anna, Some(&late)).await.error().0, 400);
    assert_eq!(
        waive(&anna, Some("2020-01-01T00:00:00Z")).await.error().0,
        400
    );
    assert_eq!(waive(&anna, Some(&soon)).await.status, 201);
    assert_eq!(stage.get(TARBALL).await.status, 200);
    assert_eq!(outcome(&stage, "chalk@5.6.1").await, "note");
}

#[tokio::test]
async fn the_two_person_rule_takes_two() {
    let stage = Stage::of(chalk())
        .policy(decade())
        .people(|people| people.approvals = 2)
        .start()
        .await;
    let anna = stage.admin().await;
    let ben = stage.person(&anna, "ben", "reviewer").await;
    assert_eq!(
        stage
            .decide(&anna, "chalk@5.6.1", "approve", json!({}))
            .await
            .status,
        201
    );
    assert_eq!(stage.get(TARBALL).await.status, 403);
    let again = stage
        .decide(&anna, "chalk@5.6.1", "approve", json!({}))
        .await;
    assert_eq!(again.error().0, 409);
    assert_eq!(
        stage
            .decide(&ben, "chalk@5.6.1", "approve", json!({}))
            .await
            .status,
        201
    );
    assert_eq!(stage.get(TARBALL).await.status, 200);
}

#[tokio::test]
async fn a_range_is_approved_for_a_time() {
    let stage = Stage::of(chalk()).policy(decade()).start().await;
    let anna = stage.admin().await;
    let soon = (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1)).to_string();
    let of = |package, range: &'static str, end: Option<&str>| {
        let more = json!({"range": range, "expires_at": end});
        stage.decide(&anna, package, "approve", more)
    };
    assert_eq!(of("chalk", "^5.6.0", None).await.error().0, 400);
    assert_eq!(
        of("chalk", "not a range at all", Some(&soon))
            .await
            .error()
            .0,
        400
    );
    assert_eq!(
        of("chalk@5.6.1", "^5.6.0", Some(&soon)).await.error().0,
        400
    );
    assert_eq!(of("chalk", "^5.6.0", Some(&soon)).await.status, 201);
    assert_eq!(stage.get(TARBALL).await.status, 200);
}

#[tokio::test]
async fn what_is_not_a_decision_is_refused() {
    let stage = Stage::of(chalk()).policy(decade()).start().await;
    let anna = stage.admin().await;
    let reader = stage.person(&anna, "rita", "reader").await;
    let decide = |who, package, decision, more| stage.decide(who, package, decision, more);
    assert_eq!(
        decide(&reader, "chalk@5.6.1", "approve", json!({}))
            .await
            .error()
            .0,
        403
    );
    for (package, decision, more, status) in [
        ("chalk@5.6.1", "approve", json!({"reason": "  "}), 400),
        (
            "chalk@5.6.1",
            "approve",
            json!({"reason": "x".repeat(1001)}),
            400,
        ),
        ("chalk@5.6.1", "praise", json!({}), 400),
        ("chalk@5.6.1", "approve", json!({"sure": true}), 400),
        ("chalk", "approve", json!({}), 400),
        ("../etc@1.0.0", "approve", json!({}), 400),
        ("chalk@9.9.9", "approve", json!({}), 404),
        ("nothing@1.0.0", "approve", json!({}), 404),
        (
            "chalk@5.6.1",
            "approve",
            json!({"sha512": "0".repeat(128)}),
            409,
        ),
    ] {
        let refused = decide(&anna, package, decision, more.clone()).await.error();
        assert_eq!(
            refused.0, status,
            "{package} {decision} {more}: {}",
            refused.1
        );
    }
    assert!(
        stage
            .api(&anna, Method::GET, "/reviews", &Value::Null)
            .await
            .json()["reviews"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    assert_eq!(stage.get(TARBALL).await.status, 403);
}

#[tokio::test]
async fn every_decision_is_in_the_log_and_the_log_is_whole() {
    let stage = Stage::of(chalk()).policy(decade()).start().await;
    let anna = stage.admin().await;
    stage
        .decide(&anna, "chalk@5.6.1", "approve", json!({}))
        .await;
    stage
        .decide(&anna, "chalk@5.6.0", "reject", json!({}))
        .await;
    let export = stage
        .api(&anna, Method::GET, "/log.jsonl", &Value::Null)
        .await;
    assert_eq!(export.header("content-type"), "application/x-ndjson");
    let mut chain = Chain::default();
    let lines: Vec<LogLine> = export
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    lines.iter().try_for_each(|line| chain.take(line)).unwrap();
    let told: Vec<_> = lines
        .iter()
        .map(|line| (line.kind.as_str(), line.actor.as_deref()))
        .collect();
    for expected in [
        ("person-added", Some("anna")),
        ("logged-in", Some("anna")),
        ("token-made", Some("anna")),
        ("approved", Some("anna")),
        ("rejected", Some("anna")),
    ] {
        assert!(told.contains(&expected), "{expected:?} is not in {told:?}");
    }
    assert!(
        !export.text().contains(&anna.token),
        "no secret is in the log"
    );
    let newest = stage
        .api(&anna, Method::GET, "/log?limit=1", &Value::Null)
        .await
        .json();
    assert_eq!(newest["lines"][0]["kind"], "rejected");
}

#[tokio::test]
async fn who_has_it_and_who_waits() {
    let stage = Stage::of(chalk()).policy(decade()).start().await;
    let anna = stage.admin().await;
    stage
        .ask("/chalk/-/chalk-5.6.0.tgz", &[("user-agent", "npm/11")])
        .await;
    let bearer = format!("Bearer {}", anna.token);
    stage
        .ask("/chalk/-/chalk-5.6.0.tgz", &[("authorization", &bearer)])
        .await;
    stage.get(TARBALL).await;
    stage.get(TARBALL).await;
    let who = |spec: &'static str| {
        let path = format!("/who-has/{spec}");
        let (stage, anna) = (&stage, &anna);
        async move {
            stage
                .api(anna, Method::GET, &path, &Value::Null)
                .await
                .json()
        }
    };
    let has = who("chalk@^5.0.0").await;
    assert_eq!(has["versions"], json!(["5.6.0"]));
    let clients = has["clients"].as_array().unwrap();
    assert_eq!(clients.len(), 2, "{has}");
    assert_eq!(
        (&clients[0]["client"], &clients[0]["agent"]),
        (&json!("127.0.0.1"), &json!("npm/11"))
    );
    assert_eq!(
        (&clients[1]["label"], &clients[1]["person"]),
        (&json!("tests"), &json!("anna"))
    );
    assert_eq!(who("chalk@<5").await["versions"], json!([]));
    assert_eq!(who("chalk").await["clients"].as_array().unwrap().len(), 2);
    // The one that waits stands in the queue.
    let queue = eventually("the queue", async || {
        let queue = stage
            .api(&anna, Method::GET, "/queue", &Value::Null)
            .await
            .json();
        (queue["queue"][0]["waiting"] == 1).then_some(queue)
    })
    .await;
    assert_eq!(queue["queue"][0]["id"], "chalk@5.6.1");
    assert_eq!(queue["queue"][0]["rule"], "cooldown");
    // And leaves it when somebody lets it go.
    stage
        .decide(&anna, "chalk@5.6.1", "approve", json!({}))
        .await;
    let queue = stage
        .api(&anna, Method::GET, "/queue", &Value::Null)
        .await
        .json();
    assert_eq!(queue["queue"], json!([]));
}
