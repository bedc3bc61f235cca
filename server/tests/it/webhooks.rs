//! Webhooks at a receiver on loopback: what it is told, how it knows who tells it, and what happens when it does not listen.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, Method};
use lazaret_server::{WEBHOOK_EVENTS, Webhook, WebhookFormat};
use lazaret_store::{Delivery, DeliveryState};
use lazaret_upstream::Poster;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::stage::{Stage, chalk, eventually, malware};

const SECRET: &[u8] = b"a secret of sixteen bytes or more";

/// Somebody who is told.
#[derive(Clone, Default)]
struct Receiver(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    got: Vec<(HeaderMap, Bytes)>,
    /// What it answers next; 204 when there is nothing left.
    answers: VecDeque<Answer>,
}

#[derive(Clone, Copy)]
enum Answer {
    Status(u16),
    Redirect,
    /// Headers, then silence.
    Hang,
    /// More than anybody wants to read.
    Endless,
}

async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> Response {
    let answer = {
        let mut inner = receiver.0.lock().unwrap();
        inner.got.push((headers, body));
        inner.answers.pop_front()
    };
    let reply = Response::builder();
    match answer.unwrap_or(Answer::Status(204)) {
        Answer::Status(status) => reply
            .status(status)
            .body(Body::from("as you \u{1b}[31mlike")),
        Answer::Redirect => reply
            .status(307)
            .header("location", "/elsewhere")
            .body(Body::empty()),
        Answer::Hang => reply
            .status(500)
            .body(Body::from_stream(futures_util::stream::pending::<
                std::io::Result<Bytes>,
            >())),
        Answer::Endless => {
            reply
                .status(500)
                .body(Body::from_stream(futures_util::stream::repeat_with(|| {
                    Ok::<_, std::io::Error>(Bytes::from_static(&[b'x'; 65536]))
                })))
        }
    }
    .unwrap()
}

impl Receiver {
    fn answers(&self, answers: &[Answer]) {
        self.0.lock().unwrap().answers.extend(answers);
    }

    fn got(&self) -> Vec<(HeaderMap, Value)> {
        let inner = self.0.lock().unwrap();
        let parsed = inner.got.iter();
        parsed
            .map(|(headers, body)| (headers.clone(), serde_json::from_slice(body).unwrap()))
            .collect()
    }

    /// What came of one event, once there are so many.
    async fn of(&self, event: &str, count: usize) -> Vec<(HeaderMap, Value)> {
        eventually(event, async || {
            let mut got = self.got();
            got.retain(|(headers, _)| headers["x-lazaret-event"] == event);
            (got.len() >= count).then_some(got)
        })
        .await
    }
}

async fn listen() -> (Receiver, String) {
    let receiver = Receiver::default();
    let router = Router::new()
        .route("/hook", axum::routing::post(receive))
        .with_state(receiver.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook?key=1", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (receiver, url)
}

fn hook(name: &str, url: &str, format: WebhookFormat) -> Webhook {
    let poster = Poster::new(url.parse().unwrap(), None).unwrap();
    Webhook {
        name: name.into(),
        poster: Arc::new(poster.within(Duration::from_millis(500))),
        secret: (format == WebhookFormat::Json).then(|| SECRET.to_vec()),
        events: WEBHOOK_EVENTS.iter().map(|&event| event.into()).collect(),
        format,
        retry_after: Duration::ZERO,
    }
}

/// As the documentation tells receivers to.
fn is_signed(headers: &HeaderMap, body: &[u8]) -> bool {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET).unwrap();
    mac.update(headers["x-lazaret-timestamp"].as_bytes());
    mac.update(b".");
    mac.update(body);
    let code = mac.finalize().into_bytes();
    let code: String = code.iter().map(|byte| format!("{byte:02x}")).collect();
    headers["x-lazaret-signature"] == format!("sha256={code}")
}

/// The newest delivery, once it is of this state. Asked of the store: the API lets nobody ask all the time.
async fn last(stage: &Stage, state: DeliveryState) -> Delivery {
    eventually("a delivery", async || {
        let all = stage.store.db.deliveries(1).await.unwrap();
        all.into_iter().find(|one| one.state == state)
    })
    .await
}

#[tokio::test]
async fn what_happens_to_versions_is_told_and_signed() {
    let (receiver, url) = listen().await;
    let stage = Stage::of(chalk())
        .policy(json!({"deny": [
            {"package": "chalk@5.6.1", "reason": "wait", "effect": "quarantine"},
        ]}))
        .webhooks(vec![hook("ops", &url, WebhookFormat::Json)])
        .start()
        .await;
    let anna = stage.admin().await;
    stage.get("/chalk").await;
    let held = receiver.of("held", 1).await;
    let (headers, body) = &held[0];
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["x-lazaret-delivery"], body["id"].as_str().unwrap());
    assert_eq!(
        (&body["schema"], &body["event"]),
        (&json!(1), &json!("held"))
    );
    assert_eq!(body["mirror"], "http://mirror.example");
    assert_eq!(body["package"], "chalk");
    let version = &body["versions"][0];
    assert_eq!(version["version"], "5.6.1");
    assert_eq!(version["rule"], "deny");
    assert_eq!(
        version["see"],
        "http://mirror.example/-/lazaret/version/chalk@5.6.1"
    );
    {
        let inner = receiver.0.lock().unwrap();
        let (headers, body) = &inner.got[0];
        assert!(is_signed(headers, body));
        assert!(!is_signed(headers, &[body, &b" "[..]].concat()));
    }

    let made = stage
        .decide(&anna, "chalk@5.6.1", "approve", json!({}))
        .await;
    assert_eq!(made.status, 201, "{}", made.text());
    let released = receiver.of("released", 1).await;
    assert_eq!(released[0].1["versions"][0]["version"], "5.6.1");

    assert_eq!(stage.get("/chalk/-/chalk-5.6.0.tgz").await.status, 200);
    stage
        .set_advisories(&[malware("MAL-2025-1", "chalk", &["5.6.0"])])
        .await;
    let recalled = receiver.of("recalled", 1).await;
    let version = &recalled[0].1["versions"][0];
    assert_eq!(
        (&version["version"], &version["rule"]),
        (&json!("5.6.0"), &json!("malicious"))
    );
    let incident = version["incident"].as_str().unwrap();
    assert_eq!(
        version["see"],
        format!("http://mirror.example/-/lazaret/incident/{incident}")
    );
    // Whoever asks next has it judged anew, and blocked.
    stage.get("/chalk").await;
    let blocked = receiver.of("blocked", 1).await;
    assert_eq!(blocked[0].1["versions"][0]["version"], "5.6.0");
    // Each was told once.
    assert_eq!(receiver.got().len(), 4);
}

#[tokio::test]
async fn other_bytes_upstream_and_stale_advisories_are_told_once() {
    let (receiver, url) = listen().await;
    let mut stage = Stage::of(chalk())
        .never_fresh()
        .advisories(&[malware("MAL-2025-1", "debug", &["4.4.2"])])
        .webhooks(vec![hook("ops", &url, WebhookFormat::Json)])
        .on_disk()
        .start()
        .await;
    let stale = receiver.of("feed-stale", 1).await;
    assert_eq!(stale[0].1["detail"]["newest"], "2026-01-02T03:04:05Z");
    stage.get("/chalk").await;
    stage
        .npm
        .edit("chalk", "5.6.0", |v| v.file("index.js", "steal()"));
    stage.fresh("/chalk").await;
    let changed = receiver.of("integrity-changed", 1).await;
    let version = &changed[0].1["versions"][0];
    assert_eq!(version["version"], "5.6.0");
    assert_ne!(version["known"], version["offered"]);
    stage.restart().await;
    // The tellers of this start were at work when it is told something else.
    let anna = stage.admin().await;
    let path = "/webhooks/ops/test";
    let tested = stage.api(&anna, Method::POST, path, &Value::Null).await;
    assert_eq!(tested.status, 202, "{}", tested.text());
    let test = receiver.of("test", 1).await;
    assert_eq!(test[0].1["id"], tested.json()["delivery"]);
    assert_eq!(receiver.of("feed-stale", 1).await.len(), 1);
}

#[tokio::test]
async fn what_does_not_arrive_is_tried_again_and_in_the_end_given_up() {
    let (receiver, url) = listen().await;
    let stage = Stage::of(chalk())
        .webhooks(vec![hook("ops", &url, WebhookFormat::Json)])
        .start()
        .await;
    let anna = stage.admin().await;
    let test = async || {
        let path = "/webhooks/ops/test";
        let reply = stage.api(&anna, Method::POST, path, &Value::Null).await;
        assert_eq!(reply.status, 202, "{}", reply.text());
    };
    receiver.answers(&[
        Answer::Status(500),
        Answer::Redirect,
        Answer::Hang,
        Answer::Endless,
    ]);
    test().await;
    let told = receiver.of("test", 5).await;
    assert!(told.windows(2).all(|pair| pair[0].1 == pair[1].1));
    let one = last(&stage, DeliveryState::Done).await;
    assert_eq!((one.attempts, one.status, one.error), (5, Some(204), None));

    receiver.answers(&[Answer::Status(404); 8]);
    test().await;
    let dead = last(&stage, DeliveryState::Dead).await;
    assert_eq!((dead.attempts, dead.status), (8, Some(404)));
    // What came back is fit to be read.
    assert_eq!(
        dead.error.as_deref(),
        Some("answered 404: as you \\u{1b}[31mlike")
    );
    let path = "/webhooks/deliveries";
    let told = stage.api(&anna, Method::GET, path, &Value::Null).await;
    let told = &told.json()["deliveries"][0];
    assert_eq!(
        (&told["state"], &told["webhook"]),
        (&json!("dead"), &json!("ops"))
    );
    let page = stage.page(&anna, "/-/lazaret/webhooks").await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("answered 404"));
    assert!(!page.text().contains("key=1"), "addresses may be secrets");
    let fields = [("form", &*anna.form), ("what", "again"), ("of", &*dead.id)];
    let headers = [("cookie", &*anna.cookie)];
    let again = stage
        .send_form("/-/lazaret/webhooks", &headers, &fields)
        .await;
    assert_eq!(again.status, 303, "{}", again.text());
    assert_eq!(last(&stage, DeliveryState::Done).await.id, dead.id);
    let twice = stage
        .send_form("/-/lazaret/webhooks", &headers, &fields)
        .await;
    assert_eq!(twice.status, 409);
}

#[tokio::test]
async fn slack_gets_text_and_a_hook_only_what_it_asked_for() {
    let (receiver, url) = listen().await;
    let (other, elsewhere) = listen().await;
    let mut picky = hook("picky", &elsewhere, WebhookFormat::Json);
    picky.events = ["released".to_owned()].into();
    let stage = Stage::of(chalk())
        .policy(json!({"deny": [{"package": "chalk@5.6.1", "reason": "<!channel> *look*"}]}))
        .webhooks(vec![hook("team", &url, WebhookFormat::Slack), picky])
        .start()
        .await;
    let anna = stage.admin().await;
    stage.get("/chalk").await;
    let (headers, body) = receiver.of("blocked", 1).await.remove(0);
    assert!(!headers.contains_key("x-lazaret-signature"));
    let text = body["text"].as_str().unwrap();
    assert!(
        text.starts_with(
            "lazaret: <http://mirror.example/-/lazaret/version/chalk@5.6.1|chalk@5.6.1> is blocked: "
        ),
        "{text}"
    );
    assert!(
        text.contains("&lt;!channel&gt;") && !text.contains("<!"),
        "{text}"
    );
    stage.set_policy(json!({})).await;
    stage.get("/chalk").await;
    other.of("released", 1).await;
    assert_eq!(other.got().len(), 1);

    let rita = stage.person(&anna, "rita", "reviewer").await;
    assert_eq!(stage.page(&rita, "/-/lazaret/webhooks").await.status, 403);
    for (method, path) in [
        (Method::GET, "/webhooks/deliveries"),
        (Method::POST, "/webhooks/team/test"),
    ] {
        let reply = stage.api(&rita, method, path, &Value::Null).await;
        assert_eq!(reply.status, 403, "{path}");
    }
    let path = "/webhooks/nobody/test";
    let reply = stage.api(&anna, Method::POST, path, &Value::Null).await;
    assert_eq!(reply.status, 404);
}
