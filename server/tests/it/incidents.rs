//! Recall: what was handed out and turns out bad is an incident until a person closes it.

use http::Method;
use serde_json::{Value, json};

use crate::reply::Reply;
use crate::stage::{Stage, chalk, eventually, malware};
use crate::who::Who;

const TARBALL: &str = "/chalk/-/chalk-5.6.1.tgz";
const BULK: &str = "/-/npm/v1/security/advisories/bulk";

async fn incidents(stage: &Stage, who: &Who, state: &str) -> Vec<Value> {
    let path = format!("/incidents?state={state}");
    let reply = stage.api(who, Method::GET, &path, &Value::Null).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()["incidents"].as_array().unwrap().clone()
}

/// The one open incident, once there is one.
async fn the_incident(stage: &Stage, who: &Who) -> Value {
    eventually("an incident", async || {
        let all = stage.store.db.incidents(true, 10).await.unwrap();
        (!all.is_empty()).then_some(())
    })
    .await;
    let mut all = incidents(stage, who, "open").await;
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

async fn in_full(stage: &Stage, who: &Who, incident: &Value) -> Value {
    let path = format!("/incidents/{}", incident["id"].as_str().unwrap());
    let reply = stage.api(who, Method::GET, &path, &Value::Null).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

async fn close(stage: &Stage, who: &Who, incident: &Value, reason: &str) -> Reply {
    let path = format!("/incidents/{}/close", incident["id"].as_str().unwrap());
    stage
        .api(who, Method::POST, &path, &json!({ "reason": reason }))
        .await
}

/// Once an answer carries the notice.
async fn noticed(stage: &Stage) -> Reply {
    eventually("a notice", async || {
        let audit = stage.post(BULK, &json!({"debug": ["1.0.0"]})).await;
        audit.has("npm-notice").then_some(audit)
    })
    .await
}

#[tokio::test]
async fn an_advisory_recalls_what_was_downloaded() {
    let mut stage = Stage::of(chalk()).on_disk().start().await;
    let anna = stage.admin().await;
    for version in ["5.6.0", "5.6.1"] {
        let tarball = format!("/chalk/-/chalk-{version}.tgz");
        let agent = [("user-agent", "npm/11.6.2 node/v24")];
        assert_eq!(stage.ask(&tarball, &agent).await.status, 200);
    }
    assert!(!stage.get("/chalk").await.has("npm-notice"));
    let bad = malware("MAL-2025-1", "chalk", &["5.6.1"]);
    stage.set_advisories(std::slice::from_ref(&bad)).await;

    let incident = the_incident(&stage, &anna).await;
    assert_eq!(incident["package"], "chalk");
    assert_eq!(incident["version"], "5.6.1");
    assert_eq!(incident["rule"], "malicious");
    assert_eq!(incident["served_count"], 1);
    assert_eq!(incident["clients"], 1);
    let full = in_full(&stage, &anna, &incident).await;
    let who = &full["who"][0];
    assert_eq!(who["client"], "127.0.0.1");
    assert_eq!(who["agent"], "npm/11.6.2 node/v24");
    assert_eq!(who["first_at"], who["last_at"]);
    assert!(who["audited_at"].is_null(), "{full}");

    // Those who have it are told: at every audit, else once a minute.
    let audit = noticed(&stage).await;
    let notice = audit.header("npm-notice");
    assert!(
        notice.starts_with("lazaret recalled chalk@5.6.1, which came to you on 20"),
        "{notice}"
    );
    assert!(
        notice.ends_with("(malicious). Read more: http://mirror.example/-/lazaret/why/chalk@5.6.1"),
        "{notice}"
    );
    assert!(!stage.get("/chalk").await.has("npm-notice"));
    // The audit itself names it, and is noted: it is still there.
    let audit = stage
        .post(BULK, &json!({"chalk": ["5.6.0", "5.6.1"]}))
        .await;
    assert!(audit.has("npm-notice"));
    assert_eq!(audit.json()["chalk"].as_array().unwrap().len(), 1);
    eventually("the audit to be noted", async || {
        let id = incident["id"].as_str().unwrap();
        let clients = stage.store.db.incident_clients(id, 10).await.unwrap();
        clients[0].audited_at
    })
    .await;

    // It survives a restart, and is not opened twice.
    stage.restart().await;
    stage.set_advisories(&[bad]).await;
    noticed(&stage).await;
    assert_eq!(the_incident(&stage, &anna).await["id"], incident["id"]);
    assert_eq!(stage.all_events("recalled").await.len(), 1);

    let closed = close(&stage, &anna, &incident, "both machines were wiped").await;
    assert_eq!(closed.status, 200, "{}", closed.text());
    assert_eq!(closed.json()["closed"]["person"], "anna");
    assert_eq!(close(&stage, &anna, &incident, "again").await.status, 409);
    assert!(incidents(&stage, &anna, "open").await.is_empty());
    let ended = incidents(&stage, &anna, "closed").await;
    assert_eq!(ended[0]["closed"]["reason"], "both machines were wiped");
    let audit = stage.post(BULK, &json!({"chalk": ["5.6.1"]})).await;
    assert!(!audit.has("npm-notice"));
    assert_eq!(stage.all_events("incident-closed").await.len(), 1);
}

#[tokio::test]
async fn a_rejection_recalls_and_a_reviewer_closes() {
    let stage = Stage::new(chalk()).await;
    let anna = stage.admin().await;
    let bearer = format!("Bearer {}", anna.token);
    let headers = [("authorization", &*bearer)];
    assert_eq!(stage.ask(TARBALL, &headers).await.status, 200);
    let made = stage
        .decide(&anna, "chalk@5.6.1", "reject", json!({}))
        .await;
    assert_eq!(made.status, 201);
    let incident = the_incident(&stage, &anna).await;
    assert_eq!(incident["rule"], "review");
    let full = in_full(&stage, &anna, &incident).await;
    assert_eq!(full["who"][0]["kind"], "token");
    assert_eq!(full["who"][0]["label"], "tests");
    assert_eq!(full["who"][0]["person"], "anna");
    // Somebody else at the same address has not got it.
    eventually("the token to be told", async || {
        let audit = stage
            .send(Method::POST, BULK, &headers, b"{}".to_vec())
            .await;
        audit.has("npm-notice").then_some(())
    })
    .await;
    assert!(!stage.post(BULK, &json!({})).await.has("npm-notice"));

    let overview = stage.page(&anna, "/-/lazaret/").await;
    assert!(overview.text().contains("Handed out, and bad"));
    let path = format!("/-/lazaret/incident/{}", incident["id"].as_str().unwrap());
    let page = stage.page(&anna, &path).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("<h1>chalk@5.6.1 turned out bad</h1>"));
    assert!(
        page.text().contains("<td>tests (anna)</td>"),
        "{}",
        page.text()
    );
    let version = stage.page(&anna, "/-/lazaret/version/chalk@5.6.1").await;
    assert!(
        version
            .text()
            .contains(&format!("<a href=\"{path}\">the open incident</a>"))
    );

    let rita = stage.person(&anna, "rita", "reader").await;
    assert_eq!(close(&stage, &rita, &incident, "no").await.status, 403);
    assert!(!stage.page(&rita, &path).await.text().contains("Close it"));
    let fields = |reason: &'static str| {
        [
            ("form", anna.form.clone()),
            ("id", incident["id"].as_str().unwrap().to_owned()),
            ("reason", reason.to_owned()),
        ]
    };
    let send = async |reason| {
        let fields = fields(reason);
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(key, value)| (*key, &**value)).collect();
        let headers = [("cookie", &*anna.cookie)];
        stage
            .send_form("/-/lazaret/incidents/close", &headers, &fields)
            .await
    };
    assert_eq!(send(" ").await.status, 400);
    let done = send("it was <b>my</b> laptop").await;
    assert_eq!((done.status, done.header("location")), (303, &*path));
    let page = stage.page(&anna, "/-/lazaret/incidents").await;
    assert!(page.text().contains("None is open."), "{}", page.text());
    assert!(
        page.text()
            .contains("by anna: it was &#60;b&#62;my&#60;/b&#62; laptop")
    );
    let overview = stage.page(&anna, "/-/lazaret/").await;
    assert!(!overview.text().contains("Handed out, and bad"));
}

#[tokio::test]
async fn only_what_was_handed_out_is_an_incident() {
    let stage = Stage::new(chalk()).await;
    let anna = stage.admin().await;
    assert_eq!(stage.get(TARBALL).await.status, 200);
    // Both versions and a package that nobody asked for.
    let bad = [
        malware("MAL-2025-1", "chalk", &[]),
        malware("MAL-2025-2", "debug", &[]),
    ];
    stage.set_advisories(&bad).await;
    assert_eq!(the_incident(&stage, &anna).await["version"], "5.6.1");
    // What is refused now is no download.
    assert_eq!(stage.get(TARBALL).await.status, 403);
    assert_eq!(stage.get("/chalk/-/chalk-5.6.0.tgz").await.status, 403);
    // A policy that the house changes recalls as well, and each version once.
    stage
        .set_policy(json!({"deny": [{"package": "chalk@5.6.1", "reason": "no"}]}))
        .await;
    let page = stage.page(&anna, "/-/lazaret/incidents").await;
    assert!(page.text().contains("chalk@5.6.1"));
    assert_eq!(stage.all_events("recalled").await.len(), 1);
    let gone = stage.page(&anna, "/-/lazaret/incident/none").await;
    assert_eq!(gone.status, 404);
}
