//! An upstream that fails in every way: old copies are served and marked, the rest is refused in words, nothing half
//! is kept.

use std::time::Duration;

use futures_util::future::join_all;
use insta::assert_snapshot;
use jiff::SignedDuration;
use lazaret_testing::{Fault, Npm};
use serde_json::json;

use crate::reply::Reply;
use crate::stage::{PUBLIC, SHORT, Setting, Stage, chalk, eventually, package};

const TARBALL: &str = "/chalk/-/chalk-5.6.1.tgz";
const STALE: &str = "111 lazaret \"upstream not reached, answer may be old\"";

/// Every way in which the upstream's answer for a document can be no document.
fn faults() -> Vec<(&'static str, Fault, u16)> {
    vec![
        ("500", Fault::status(500), 503),
        ("503", Fault::status(503).header("retry-after", "90"), 503),
        ("429", Fault::rate_limited("120"), 503),
        ("401", Fault::status(401), 502),
        ("403", Fault::status(403), 502),
        ("418", Fault::status(418), 502),
        ("cut", Fault::truncate(100), 503),
        ("empty", Fault::body(""), 502),
        ("garbage", Fault::garbage(), 502),
        (
            "half a document",
            Fault::body("{\"name\":\"chalk\",\"versions\":{\"5.6.0\":{"),
            502,
        ),
        (
            "two documents",
            Fault::body("{\"name\":\"chalk\",\"versions\":{}}{}"),
            502,
        ),
        (
            "another's document",
            Fault::body("{\"name\":\"debug\",\"versions\":{}}"),
            502,
        ),
        ("a list", Fault::body("[]"), 502),
        (
            "a version twice",
            Fault::body("{\"versions\":{\"1.0.0\":{},\"1.0.0\":{}}}"),
            502,
        ),
        (
            "versions twice",
            Fault::body("{\"versions\":{},\"versions\":{}}"),
            502,
        ),
        (
            "a checksum twice",
            Fault::body(
                "{\"versions\":{\"1.0.0\":{\"dist\":{\"integrity\":\"a\",\"integrity\":\"b\"}}}}",
            ),
            502,
        ),
        (
            "a tag twice",
            Fault::body("{\"versions\":{},\"dist-tags\":{\"a\":\"1\",\"a\":\"2\"}}"),
            502,
        ),
        ("not UTF-8", Fault::body(&b"{\"name\":\"\xff\"}"[..]), 502),
        ("a gzip bomb", Fault::gzip_bomb(200 << 20), 502),
        (
            "damaged gzip",
            Fault::body(&b"\x1f\x8b\x08garbage"[..]).header("content-encoding", "gzip"),
            502,
        ),
        (
            "another coding",
            Fault::headers().header("content-encoding", "br"),
            502,
        ),
        (
            "a redirect to nowhere",
            Fault::redirect("ftp://registry.example/chalk"),
            502,
        ),
        ("a redirect to itself", Fault::redirect("/chalk"), 502),
        ("disconnect", Fault::disconnect(), 503),
        ("hang", Fault::hang(), 503),
        ("slow drip", Fault::drip(1, Duration::from_millis(20)), 503),
    ]
}

fn setting(npm: Npm) -> Setting {
    Stage::of(npm).upstream(|settings| {
        settings.retries = 1;
        settings.max_packument = 1 << 20;
        settings.max_tarball = 1 << 20;
    })
}

/// A mirror for one fault: the circuit breaker would spare the upstream the later ones.
async fn stage_for(fault: &str, setting: Setting) -> Stage {
    let setting = match fault {
        "hang" | "slow drip" => setting.impatient(),
        _ => setting,
    };
    setting.start().await
}

async fn is_kept(stage: &Stage) -> bool {
    stage
        .store
        .db
        .package(&package("chalk"))
        .await
        .unwrap()
        .is_some()
}

#[tokio::test]
async fn without_a_copy_every_fault_is_told_and_nothing_is_kept() {
    join_all(faults().into_iter().map(async |(what, fault, status)| {
        let stage = stage_for(what, setting(chalk())).await;
        stage.npm.fault("/chalk", fault);
        let reply = stage.get("/chalk").await;
        let (actual, error) = reply.error();
        assert_eq!(actual, status, "{what}: {error}");
        assert!(!error.contains("/chalk"), "{what}: {error}");
        assert!(!is_kept(&stage).await, "{what}");
        stage.npm.heal_all();
        let healed = eventually(what, async || {
            let reply = stage.get("/chalk").await;
            (reply.status == 200).then_some(reply)
        })
        .await;
        assert_eq!(healed.versions(), ["5.6.0", "5.6.1"], "{what}");
    }))
    .await;
}

#[tokio::test]
async fn with_a_copy_it_is_served_and_marked() {
    join_all(faults().into_iter().map(async |(what, fault, _)| {
        let stage = stage_for(what, setting(chalk()).never_fresh()).await;
        let before = stage.get("/chalk").await;
        assert!(!before.has("warning"));
        // Another document, so that 304 is no way out.
        stage.npm.publish("chalk", "5.6.2", |v| v);
        stage.npm.fault("/chalk", fault);
        for headers in [&[][..], SHORT, &[("accept-encoding", "gzip")]] {
            let reply = eventually("the copy to be marked", async || {
                let reply = stage.ask("/chalk", headers).await;
                reply.has("warning").then_some(reply)
            })
            .await;
            assert_eq!(reply.status, 200, "{what}");
            assert_eq!(reply.header("warning"), STALE);
            if headers.is_empty() {
                assert_eq!(reply.body, before.body, "{what}");
                assert_eq!(reply.header("etag"), before.header("etag"));
            }
        }
        let known = stage
            .ask("/chalk", &[("if-none-match", before.header("etag"))])
            .await;
        assert_eq!(
            (known.status, known.header("warning")),
            (304, STALE),
            "{what}"
        );
        assert_eq!(stage.get("/chalk/latest").await.status, 200, "{what}");
        let why = stage.get("/-/lazaret/why/chalk@5.6.1").await.json();
        assert_eq!(why["evidence"]["stale"], true, "{what}");
        assert!(stage.metric("lazaret_stale_total").await >= 1.0);
    }))
    .await;
}

#[tokio::test]
async fn a_dead_upstream_is_503_for_what_is_unknown() {
    let stage = setting(chalk()).start().await;
    stage.cut_off();
    for path in [
        "/chalk",
        "/chalk/latest",
        TARBALL,
        "/-/package/chalk/dist-tags",
        "/-/v1/search?text=x",
        "/-/npm/v1/keys",
        "/-/lazaret/why/chalk@5.6.1",
    ] {
        let (status, error) = stage.get(path).await.error();
        assert_eq!(status, 503, "{path}");
        assert!(error.starts_with("lazaret could not get "), "{error}");
    }
    assert_eq!(stage.get("/-/ping").await.status, 200);
    assert_eq!(stage.get("/-/readyz").await.status, 200);
}

#[tokio::test]
async fn the_words_for_a_dead_upstream() {
    let stage = setting(chalk()).start().await;
    stage.npm.fault("/chalk", Fault::status(500));
    let text = |reply: Reply| {
        reply
            .error()
            .1
            .replace(&stage.npm.address().to_string(), "UPSTREAM")
    };
    assert_snapshot!(text(stage.get("/chalk").await), @"lazaret could not get package chalk from the upstream registry: UPSTREAM answered 500: try again later");
    stage.npm.heal_all();
    stage.npm.fault("/chalk", Fault::garbage());
    assert_snapshot!(text(stage.get("/chalk").await), @"the upstream registry's answer cannot be used: the package document of chalk is not usable: expected value at line 1 column 1");
    stage.npm.heal_all();
    stage.npm.fault("/chalk", Fault::status(401));
    assert_snapshot!(text(stage.get("/chalk").await), @"the upstream registry answered 401 for chalk: check the token that lazaret has for it ([upstream] in lazaret.toml, or .npmrc)");
}

#[tokio::test]
async fn what_is_kept_is_installed_without_an_upstream() {
    let mut stage = setting(chalk()).on_disk().never_fresh().start().await;
    let document = stage.get("/chalk").await.body;
    let tarball = stage.get(TARBALL).await.body;
    stage.cut_off();
    for _ in 0..2 {
        let reply = stage.get("/chalk").await;
        assert_eq!(reply.body, document);
        assert_eq!(reply.header("warning"), STALE);
        assert_eq!(stage.get(TARBALL).await.body, tarball);
        // Listed, and never downloaded: nothing to serve.
        assert_eq!(stage.get("/chalk/-/chalk-5.6.0.tgz").await.error().0, 503);
        stage.restart().await;
    }
}

#[tokio::test]
async fn a_hanging_upstream_is_waited_for_once() {
    let stage = setting(chalk()).impatient().never_fresh().start().await;
    assert_eq!(stage.get("/chalk").await.status, 200);
    stage.npm.fault("/chalk", Fault::hang());
    let marked = eventually("the copy to be marked", async || {
        let reply = stage.get("/chalk").await;
        reply.has("warning").then_some(reply)
    })
    .await;
    assert_eq!(marked.status, 200);
    stage.npm.forget();
    for path in [
        "/chalk",
        "/chalk/latest",
        "/-/package/chalk/dist-tags",
        "/-/lazaret/why/chalk@5.6.1",
        TARBALL,
    ] {
        assert_eq!(stage.get(path).await.status, 200, "{path}");
    }
    assert!(stage.npm.requests_to("/chalk").is_empty());
}

/// "Not there" is said only by an upstream that was asked: clients do not try a 404 again.
#[tokio::test]
async fn what_may_have_been_published_meanwhile_is_not_404() {
    let mut stage = setting(chalk()).start().await;
    assert_eq!(stage.get("/chalk").await.status, 200);
    stage.cut_off();
    stage
        .restart_after("chalk", SignedDuration::from_hours(48))
        .await;
    for path in ["/chalk/-/chalk-5.6.2.tgz", "/chalk/5.6.2"] {
        assert_eq!(stage.get(path).await.error().0, 503, "{path}");
    }
    stage.npm.heal_all();
}

#[tokio::test]
async fn a_rate_limit_is_passed_on_and_not_pressed() {
    let stage = setting(chalk()).start().await;
    stage.npm.fault("/chalk", Fault::rate_limited("120"));
    let reply = stage.get("/chalk").await;
    assert_eq!(reply.error().0, 503);
    assert_eq!(reply.header("retry-after"), "120");
    assert_eq!(stage.npm.requests().len(), 1);
    stage.npm.heal_all();
    assert_eq!(stage.get("/chalk").await.status, 200);
    stage.npm.fault(TARBALL, Fault::rate_limited("77"));
    let reply = stage.get(TARBALL).await;
    assert_eq!(reply.error().0, 503);
    assert_eq!(reply.header("retry-after"), "77");
}

#[tokio::test]
async fn a_tarball_that_fails_is_told_and_nothing_is_kept() {
    let faults = [
        ("500", Fault::status(500), 503),
        ("404", Fault::status(404), 502),
        ("403", Fault::status(403), 502),
        ("cut", Fault::truncate(100), 503),
        ("cut, length unknown", Fault::truncate(100).chunked(), 503),
        ("disconnect", Fault::disconnect(), 503),
        ("hang", Fault::hang(), 503),
        ("slow drip", Fault::drip(1, Duration::from_millis(20)), 503),
        (
            "a redirect to nowhere",
            Fault::redirect("ftp://registry.example/chalk"),
            502,
        ),
        ("too large", Fault::body(vec![0; (1 << 20) + 1]), 502),
        (
            "too large, length unknown",
            Fault::body(vec![0; (1 << 20) + 1]).chunked(),
            502,
        ),
    ];
    join_all(faults.into_iter().map(async |(what, fault, status)| {
        let stage = stage_for(what, setting(chalk())).await;
        stage.npm.fault(TARBALL, fault);
        let (actual, error) = stage.get(TARBALL).await.error();
        assert_eq!(actual, status, "{what}: {error}");
        assert!(!stage.has_blobs().await, "{what}");
        assert_eq!(stage.store.db.totals().await.unwrap().pins, 0, "{what}");
        stage.npm.heal_all();
        let healed = eventually(what, async || {
            let reply = stage.get(TARBALL).await;
            (reply.status == 200).then_some(reply)
        })
        .await;
        assert_eq!(healed.body, stage.npm.tarball("chalk", "5.6.1"), "{what}");
    }))
    .await;
}

#[tokio::test]
async fn half_a_tarball_leaves_no_file() {
    let stage = setting(chalk()).on_disk().start().await;
    stage.npm.fault(TARBALL, Fault::truncate(100));
    assert_eq!(stage.get(TARBALL).await.error().0, 503);
    eventually("the half to be removed", async || {
        let mut left = std::fs::read_dir(stage.data().join("tmp")).unwrap();
        left.next().is_none().then_some(())
    })
    .await;
    assert!(!stage.has_blobs().await);
}

#[tokio::test]
async fn an_answer_that_breaks_off_once_is_asked_for_again() {
    let stage = setting(chalk()).start().await;
    stage.npm.fault("/chalk", Fault::truncate(100).times(1));
    stage.npm.fault(TARBALL, Fault::truncate(100).times(1));
    assert_eq!(stage.get("/chalk").await.status, 200);
    assert_eq!(
        stage.get(TARBALL).await.body,
        stage.npm.tarball("chalk", "5.6.1")
    );
    assert_eq!(stage.npm.requests().len(), 4);
}

#[tokio::test]
async fn a_document_that_was_moved_to_another_host_is_followed_without_the_token() {
    let elsewhere = chalk().start().await;
    let stage = setting(chalk()).token("secret").start().await;
    stage.npm.fault(
        "/chalk",
        Fault::redirect(&format!("{}chalk", elsewhere.url())),
    );
    let reply = stage.get("/chalk").await;
    assert_eq!(reply.versions(), ["5.6.0", "5.6.1"]);
    assert_eq!(elsewhere.requests()[0].header("authorization"), None);
    assert!(
        reply
            .text()
            .contains(&format!("{PUBLIC}/chalk/-/chalk-5.6.1.tgz"))
    );
}

#[tokio::test]
async fn a_failing_upstream_is_left_alone_for_a_while() {
    let stage = setting(chalk()).start().await;
    stage.npm.fault_when(|_| true, Fault::status(500));
    for index in 0..8 {
        assert_eq!(stage.get(&format!("/nobody-{index}")).await.error().0, 503);
    }
    let asked = stage.npm.requests().len();
    let reply = stage.get("/nobody-9").await;
    assert_eq!(reply.error().0, 503);
    assert!(!reply.header("retry-after").is_empty());
    assert_eq!(stage.npm.requests().len(), asked);
}

#[tokio::test]
async fn a_token_is_sent_to_its_registry_and_never_told() {
    let stage = setting(chalk().token("right"))
        .token("wrong-secret")
        .start()
        .await;
    let (status, error) = stage.get("/chalk").await.error();
    assert_eq!(status, 502);
    assert!(!error.contains("wrong-secret"), "{error}");
    let stage = setting(chalk().token("right")).token("right").start().await;
    // The client's own token is its business with us.
    let reply = stage
        .ask("/chalk", &[("authorization", "Bearer theirs")])
        .await;
    assert_eq!(reply.status, 200);
    assert_eq!(
        stage.npm.requests()[0].header("authorization"),
        Some("Bearer right")
    );
}

/// Nothing of a client's request reaches the upstream but the name.
#[tokio::test]
async fn headers_of_clients_stay_here() {
    let stage = setting(chalk()).start().await;
    let theirs = [
        ("cookie", "session=1"),
        ("npm-otp", "123456"),
        ("npm-command", "install"),
        ("user-agent", "npm/11 of an employee"),
        ("x-forwarded-for", "10.0.0.1"),
        ("referer", "http://intranet.example/"),
    ];
    assert_eq!(
        stage.ask("/chalk?write=true&token=1", &theirs).await.status,
        200
    );
    let asked = &stage.npm.requests()[0];
    assert_eq!(asked.path, "/chalk");
    for (name, value) in theirs {
        assert_ne!(asked.header(name), Some(value), "{name}");
    }
    assert_eq!(json!(asked.method), "GET");
}
