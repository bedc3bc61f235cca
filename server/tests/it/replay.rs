//! A proposed policy, tried on the past and on a lockfile.

use http::Method;
use serde_json::{Value, json};

use crate::reply::Reply;
use crate::stage::{Stage, chalk, decade, malware};
use crate::who::Who;

async fn replay(stage: &Stage, who: &Who, policy: &str, lockfile: Option<&str>) -> Reply {
    let lockfile = lockfile.map(|text| json!({"file": "package-lock.json", "text": text}));
    let body = json!({"policy": policy, "lockfile": lockfile});
    stage.api(who, Method::POST, "/replay", &body).await
}

fn lockfile(packages: &[(&str, &str)]) -> String {
    let mut all = json!({"": {"name": "app", "version": "1.0.0"}});
    for (name, version) in packages {
        all[format!("node_modules/{name}")] = json!({
            "version": version,
            "resolved": format!("https://registry.example/{name}/-/{name}-{version}.tgz"),
            "integrity": format!("sha512-{}==", "A".repeat(86)),
        });
    }
    json!({"name": "app", "version": "1.0.0", "lockfileVersion": 3, "requires": true, "packages": all})
        .to_string()
}

fn ids(changes: &Value) -> Vec<&str> {
    let changes = changes.as_array().unwrap().iter();
    changes
        .map(|change| change["id"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn what_a_policy_would_have_held_and_let_through() {
    let stage = Stage::of(chalk()).policy(decade()).start().await;
    let anna = stage.admin().await;
    assert_eq!(stage.get("/chalk/-/chalk-5.6.0.tgz").await.status, 200);
    assert_eq!(stage.get("/chalk/-/chalk-5.6.1.tgz").await.status, 403);
    let asked = stage.npm.connections();

    let same = replay(
        &stage,
        &anna,
        "cooldown = { effect = \"quarantine\", days = 3650 }",
        None,
    );
    let same = same.await.json();
    let history = &same["history"];
    assert_eq!(history["versions"], 2, "{same}");
    assert_eq!(
        (&history["held_now"], &history["held_then"]),
        (&json!(1), &json!(1))
    );
    assert!(ids(&history["newly_held"]).is_empty() && ids(&history["let_go"]).is_empty());
    assert!(same["lockfile"].is_null());

    let other = "[policy]\ncooldown = \"off\"\n\
                 [[policy.deny]]\npackage = \"chalk@5.6.0\"\nreason = \"a <b>try</b>\"\n";
    let told = replay(&stage, &anna, other, None).await.json();
    let history = &told["history"];
    assert_eq!(ids(&history["newly_held"]), ["chalk@5.6.0"]);
    assert_eq!(ids(&history["let_go"]), ["chalk@5.6.1"]);
    assert_eq!(history["rules"]["deny"], json!({"now": 0, "then": 1}));
    assert_eq!(history["rules"]["cooldown"], json!({"now": 1, "then": 0}));
    assert_eq!(history["newly_held"][0]["rule"], "deny");
    // Nothing changed by it, and nobody was asked.
    assert_eq!(stage.get("/chalk/-/chalk-5.6.0.tgz").await.status, 200);
    assert_eq!(stage.npm.connections(), asked);
}

#[tokio::test]
async fn what_a_policy_would_do_to_a_lockfile() {
    let stage = Stage::of(chalk())
        .policy(json!({"malicious": "note", "cooldown": "off"}))
        .advisories(&[malware("MAL-2025-1", "evil", &["1.0.0"])])
        .start()
        .await;
    let anna = stage.admin().await;
    stage.get("/chalk").await;
    let packages = [
        ("chalk", "5.6.1"),
        ("evil", "1.0.0"),
        ("unheard-of", "2.0.0"),
    ];
    let text = lockfile(&packages);
    let policy = "malicious = \"block\"\ncooldown = { effect = \"quarantine\", days = 3650 }";
    let told = replay(&stage, &anna, policy, Some(&text)).await;
    assert_eq!(told.status, 200, "{}", told.text());
    let told = &told.json()["lockfile"];
    assert_eq!(told["versions"], 3);
    assert_eq!(ids(&told["newly_held"]), ["chalk@5.6.1", "evil@1.0.0"]);
    assert_eq!(told["unknown"], 2);
    assert_eq!(told["elsewhere"], 0);
    // What was served before stays, as it would.
    assert_eq!(stage.get("/chalk/-/chalk-5.6.1.tgz").await.status, 200);
    let told = replay(&stage, &anna, policy, Some(&text)).await.json();
    assert_eq!(ids(&told["lockfile"]["newly_held"]), ["evil@1.0.0"]);
    // No name of it left the house.
    assert_eq!(stage.npm.requests_to("/evil").len(), 0);
    assert_eq!(stage.npm.requests_to("/unheard-of").len(), 0);
}

#[tokio::test]
async fn mistakes_are_told_and_readers_may_not() {
    let stage = Stage::new(chalk()).await;
    let anna = stage.admin().await;
    for (policy, lockfile, expected) in [
        ("cooldwon = \"off\"", None, "cooldwon"),
        ("[policy]\ncooldown = 7", None, "no policy"),
        ("= 1", None, "no policy"),
        ("", Some("[1"), "lockfile cannot be read"),
        ("", Some("<<<<<<< ours"), "lockfile cannot be read"),
    ] {
        let (status, error) = replay(&stage, &anna, policy, lockfile).await.error();
        assert_eq!(status, 400, "{policy}");
        assert!(error.contains(expected), "{error}");
    }
    let large = format!("# {}", "x".repeat(300 << 10));
    assert_eq!(replay(&stage, &anna, &large, None).await.status, 400);
    let rita = stage.person(&anna, "rita", "reader").await;
    assert_eq!(replay(&stage, &rita, "", None).await.status, 403);
    assert_eq!(stage.page(&rita, "/-/lazaret/replay").await.status, 403);
}

#[tokio::test]
async fn the_page_starts_from_the_policy_in_force() {
    let stage = Stage::of(chalk()).policy(decade()).start().await;
    let anna = stage.admin().await;
    assert_eq!(stage.get("/chalk/-/chalk-5.6.1.tgz").await.status, 403);
    let page = stage.page(&anna, "/-/lazaret/replay").await;
    let policy = crate::who::between(page.text(), "spellcheck=\"false\" required>", "</textarea>");
    assert!(policy.contains("days = 3650"), "{policy}");
    let policy = policy
        .replace("&#34;", "\"")
        .replace("&#62;", ">")
        .replace("&#60;", "<");
    let headers = [("cookie", &*anna.cookie)];
    let send = async |policy: &str, lockfile: &str| {
        let fields = [
            ("form", &*anna.form),
            ("policy", policy),
            ("file", "package-lock.json"),
            ("lockfile", lockfile),
        ];
        stage
            .send_form("/-/lazaret/replay", &headers, &fields)
            .await
    };
    let same = send(&policy, "").await;
    assert_eq!(same.status, 200, "{}", same.text());
    assert!(
        same.text().contains("holds 1, the proposed one 1"),
        "{}",
        same.text()
    );
    let other = send(
        &policy.replace("3650", "1"),
        &lockfile(&[("chalk", "5.6.1")]),
    )
    .await;
    assert!(
        other.text().contains("<h3>Would be let through</h3>"),
        "{}",
        other.text()
    );
    assert!(other.text().contains("The lockfile, today"));
    assert!(other.text().contains("chalk@5.6.1"));
}
