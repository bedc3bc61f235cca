//! What projects report: who has what, what of it is blocked, and what is decided about many versions at once.

use http::Method;
use serde_json::{Value, json};

use crate::stage::{Stage, chalk};
use crate::who::API;

const SHA512: &str = "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==";

fn report(project: &str, packages: &[(&str, &str, &str)]) -> Value {
    let packages: Vec<Value> = packages
        .iter()
        .map(|(name, version, source)| {
            json!({ "name": name, "version": version, "integrity": SHA512, "source": source, "scope": "required",
                "way": ["boat@1.0.0", format!("{name}@{version}")] })
        })
        .collect();
    json!({ "schema": 1, "project": project, "lockfile": "package-lock.json", "revision": "abc", "packages": packages })
}

fn malicious() -> Value {
    json!({
        "schema_version": "1.7.5", "id": "MAL-2025-1", "modified": "2026-01-01T00:00:00Z",
        "summary": "Malicious code in chalk",
        "affected": [{ "package": { "ecosystem": "npm", "name": "chalk" }, "versions": ["5.6.1"] }],
    })
}

#[tokio::test]
async fn projects_are_named_for_what_they_have() {
    let stage = Stage::new(chalk()).await;
    let anna = stage.admin().await;
    let ben = stage.person(&anna, "ben", "reader").await;
    for (project, version) in [("ship", "5.6.0"), ("raft", "5.6.1"), ("ship", "5.6.1")] {
        let body = report(
            project,
            &[("chalk", version, "registry"), ("debug", "1.0.0", "git")],
        );
        let kept = stage.api(&ben, Method::POST, "/inventories", &body).await;
        assert_eq!(kept.status, 201, "{}", kept.text());
        assert_eq!(kept.json(), json!({ "schema": 1, "packages": 2 }));
    }
    let has = stage
        .api(&ben, Method::GET, "/who-has/chalk@%5E5", &Value::Null)
        .await
        .json();
    let projects: Vec<(&str, &str)> = has["projects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["project"].as_str().unwrap(),
                one["version"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(projects, [("raft", "5.6.1"), ("ship", "5.6.1")]);
    assert_eq!(
        has["projects"][0]["way"],
        json!(["boat@1.0.0", "chalk@5.6.1"])
    );
    assert_eq!(has["projects"][0]["revision"], "abc");
    assert_eq!(has["clients"], json!([]));
    // A repository of that name is not the registry's package.
    let has = stage
        .api(&ben, Method::GET, "/who-has/debug@%5E1", &Value::Null)
        .await
        .json();
    assert_eq!(has["projects"], json!([]));
    let page = stage.page(&anna, "/-/lazaret/version/chalk@5.6.1").await;
    assert!(
        page.text().contains("boat@1.0.0 &#62; chalk@5.6.1")
            || page.text().contains("boat@1.0.0 &gt; chalk@5.6.1"),
        "{}",
        page.text()
    );

    let listed = stage
        .api(&ben, Method::GET, "/inventories", &Value::Null)
        .await
        .json();
    let listed = listed["inventories"].as_array().unwrap().clone();
    assert_eq!(listed.len(), 2);
    let id = listed[0]["id"].as_str().unwrap();
    let path = format!("/inventories/{id}");
    let refused = stage.api(&ben, Method::DELETE, &path, &Value::Null).await;
    assert_eq!(refused.status, 403, "{}", refused.text());
    let gone = stage.api(&anna, Method::DELETE, &path, &Value::Null).await;
    assert_eq!(gone.status, 204, "{}", gone.text());
    let has = stage
        .api(&ben, Method::GET, "/who-has/chalk@%5E5", &Value::Null)
        .await
        .json();
    assert_eq!(has["projects"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_an_advisory_means_for_projects_is_told() {
    let stage = Stage::of(chalk()).advisories(&[malicious()]).start().await;
    let anna = stage.admin().await;
    let body = report(
        "ship",
        &[
            ("chalk", "5.6.1", "registry"),
            ("chalk", "5.6.0", "registry"),
            ("odd name", "1", "url"),
        ],
    );
    let kept = stage.api(&anna, Method::POST, "/inventories", &body).await;
    assert_eq!(kept.status, 201, "{}", kept.text());
    let affected = stage
        .api(&anna, Method::GET, "/projects/affected", &Value::Null)
        .await
        .json();
    let affected = affected["affected"].as_array().unwrap();
    assert_eq!(affected.len(), 1, "{affected:?}");
    assert_eq!(affected[0]["version"], "5.6.1");
    assert_eq!(affected[0]["rule"], "malicious");
    assert!(
        affected[0]["reason"]
            .as_str()
            .unwrap()
            .contains("MAL-2025-1")
    );
    assert_eq!(affected[0]["projects"][0]["project"], "ship");
    assert_eq!(
        affected[0]["projects"][0]["way"],
        json!(["boat@1.0.0", "chalk@5.6.1"])
    );
}

#[tokio::test]
async fn many_versions_are_judged_in_one_question() {
    let npm = chalk().package("debug", |package| {
        package.version("4.0.0", |release| release.published("2020-01-01T00:00:00Z"))
    });
    let stage = Stage::of(npm).advisories(&[malicious()]).start().await;
    let anna = stage.admin().await;
    let integrity = stage.npm.integrity("chalk", "5.6.0");
    let approved = stage
        .decide(&anna, "chalk@5.6.0", "approve", json!({}))
        .await;
    assert_eq!(approved.status, 201, "{}", approved.text());
    let rejected = stage
        .decide(&anna, "debug@4.0.0", "reject", json!({}))
        .await;
    assert_eq!(rejected.status, 201, "{}", rejected.text());
    let ask = |id: &str, integrity: &str| json!({ "id": id, "integrity": integrity });
    let body = json!({ "packages": [
        ask("chalk@5.6.1", SHA512), ask("chalk@5.6.0", &integrity), ask("debug@4.0.0", SHA512),
        ask("left-pad@1.0.0", SHA512) ] });
    let asked_before = stage.npm.requests().len();
    let answer = stage.api(&anna, Method::POST, "/verdicts", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = answer.json();
    let said: Vec<(&str, &str)> = answer["verdicts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["id"].as_str().unwrap(),
                one["outcome"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            ("chalk@5.6.1", "block"),
            ("chalk@5.6.0", "approved"),
            ("debug@4.0.0", "block")
        ]
    );
    assert_eq!(
        stage.npm.requests().len(),
        asked_before,
        "the upstream was asked"
    );
    // Other bytes were never looked at.
    let body = json!({ "packages": [ask("chalk@5.6.0", SHA512)] });
    let answer = stage
        .api(&anna, Method::POST, "/verdicts", &body)
        .await
        .json();
    assert_eq!(answer["verdicts"], json!([]));
}

#[tokio::test]
async fn reports_are_bounded_and_read_strictly() {
    let stage = Stage::new(chalk()).await;
    let anna = stage.admin().await;
    for (body, what) in [
        (json!({ "schema": 1 }), "missing field"),
        (report("", &[]), "needs the names"),
        (
            report("ship", &[("no name", "1.0.0", "registry")]),
            "no name that a registry has",
        ),
        (report("ship", &[("nul\u{0}", "1.0.0", "git")]), "NUL"),
        (
            json!({ "schema": 2, "project": "a", "lockfile": "b", "packages": [] }),
            "schema 1",
        ),
    ] {
        let refused = stage.api(&anna, Method::POST, "/inventories", &body).await;
        assert_eq!(refused.status, 400, "{body}");
        assert!(refused.text().contains(what), "{}", refused.text());
    }
    let bearer = format!("Bearer {}", anna.token);
    let headers = [("authorization", &*bearer), ("content-encoding", "gzip")];
    let path = format!("{API}/inventories");
    let refused = stage
        .send(Method::POST, &path, &headers, b"no gzip".to_vec())
        .await;
    assert_eq!(refused.status, 400, "{}", refused.text());
    let listed = stage
        .api(&anna, Method::GET, "/inventories", &Value::Null)
        .await
        .json();
    assert_eq!(listed["inventories"], json!([]));
}
