//! Many who ask at once: one request upstream, whoever stays or leaves.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use lazaret_testing::{Fault, Fixed, Npm};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::stage::{OLD, SHORT, Stage, YOUNG, chalk, decade, eventually};

const ASKERS: usize = 64;
const TARBALL: &str = "/chalk/-/chalk-5.6.1.tgz";

/// Waits until so many questions wait for the upstream.
async fn misses(stage: &Stage, cache: &str, expected: usize) {
    let series = format!("lazaret_cache_total{{cache=\"{cache}\",result=\"Miss\"}}");
    eventually("all to wait", async || {
        (stage.metric(&series).await >= expected as f64).then_some(())
    })
    .await;
}

#[tokio::test]
async fn sixty_four_askers_of_one_document_are_one_request() {
    let stage = Arc::new(Stage::new(chalk()).await);
    stage.npm.fault("/chalk", Fault::hold());
    let askers: Vec<_> = (0..ASKERS)
        .map(|index| {
            let stage = Arc::clone(&stage);
            // Both forms: they share the document.
            let headers = if index % 2 == 0 { SHORT } else { &[][..] };
            tokio::spawn(async move { stage.ask("/chalk", headers).await })
        })
        .collect();
    misses(&stage, "Documents", ASKERS).await;
    stage.npm.heal_all();
    for reply in join_all(askers).await {
        assert_eq!(reply.unwrap().versions(), ["5.6.0", "5.6.1"]);
    }
    assert_eq!(stage.npm.requests().len(), 1);
}

#[tokio::test]
async fn sixty_four_askers_of_one_tarball_are_one_request() {
    let stage = Arc::new(Stage::of(chalk()).on_disk().start().await);
    stage.npm.fault(TARBALL, Fault::hold());
    let askers: Vec<_> = (0..ASKERS)
        .map(|_| {
            let stage = Arc::clone(&stage);
            tokio::spawn(async move { stage.get(TARBALL).await })
        })
        .collect();
    misses(&stage, "Tarballs", ASKERS).await;
    stage.npm.heal_all();
    let bytes = stage.npm.tarball("chalk", "5.6.1");
    for reply in join_all(askers).await {
        assert_eq!(reply.unwrap().body, bytes);
    }
    assert_eq!(stage.npm.requests_to(TARBALL).len(), 1);
    assert_eq!(stage.npm.requests_to("/chalk").len(), 1);
    // Every download counts.
    stage
        .version_row("chalk", "5.6.1", |row| row.served_count == ASKERS as u64)
        .await;
}

#[tokio::test]
async fn a_refusal_goes_to_all_who_asked() {
    let stage = Arc::new(Stage::new(chalk()).await);
    stage.npm.tamper("chalk", "5.6.1", &b"other bytes"[..]);
    stage.npm.fault(TARBALL, Fault::hold());
    let askers: Vec<_> = (0..8)
        .map(|_| {
            let stage = Arc::clone(&stage);
            tokio::spawn(async move { stage.get(TARBALL).await })
        })
        .collect();
    misses(&stage, "Tarballs", 8).await;
    stage.npm.heal_all();
    for reply in join_all(askers).await {
        assert_eq!(reply.unwrap().error().0, 403);
    }
    assert_eq!(stage.npm.requests_to(TARBALL).len(), 1);
    assert_eq!(stage.events("wrong-bytes").await.len(), 1);
}

/// The first asker starts the request; when it leaves, those behind it still get their answer.
#[tokio::test]
async fn a_client_that_leaves_takes_nobody_with_it() {
    for (path, cache) in [("/chalk", "Documents"), (TARBALL, "Tarballs")] {
        let stage = Arc::new(Stage::new(chalk()).await);
        stage.npm.fault(path, Fault::hold());
        let mut first = stage.connect().await;
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
        first.write_all(request.as_bytes()).await.unwrap();
        stage
            .npm
            .wait_until(|asked| asked.iter().any(|request| request.is_for(path)))
            .await;
        let second = tokio::spawn({
            let stage = Arc::clone(&stage);
            async move { stage.get(path).await }
        });
        misses(&stage, cache, 2).await;
        drop(first);
        stage.npm.heal_all();
        assert_eq!(second.await.unwrap().status, 200);
        assert_eq!(stage.npm.requests_to(path).len(), 1);
    }
}

#[tokio::test]
async fn a_request_nobody_waits_for_any_more_is_not_in_vain() {
    let stage = Stage::new(chalk()).await;
    stage.npm.fault("/chalk", Fault::hold());
    let mut only = stage.connect().await;
    only.write_all(b"GET /chalk HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    stage.npm.wait_until(|asked| asked.len() == 1).await;
    drop(only);
    stage.npm.heal_all();
    assert_eq!(stage.get("/chalk").await.status, 200);
    assert_eq!(stage.npm.requests().len(), 1);
}

#[tokio::test]
async fn packages_do_not_wait_for_each_other() {
    let npm = chalk().package("debug", |p| p.version("4.4.2", |v| v));
    let stage = Arc::new(Stage::new(npm).await);
    stage.npm.fault("/chalk", Fault::hold());
    stage.npm.fault(TARBALL, Fault::hold());
    let waiting = tokio::spawn({
        let stage = Arc::clone(&stage);
        async move { stage.get("/chalk").await }
    });
    stage.npm.wait_until(|asked| asked.len() == 1).await;
    assert_eq!(stage.get("/debug").await.status, 200);
    assert_eq!(stage.get("/debug/-/debug-4.4.2.tgz").await.status, 200);
    stage.npm.heal_all();
    assert_eq!(waiting.await.unwrap().status, 200);
}

/// Someone who reads a byte now and then holds up nobody else.
#[tokio::test]
async fn a_slow_reader_holds_up_nobody() {
    let npm = Npm::new().package("large", |p| p.version("1.0.0", |v| v.filler(4_000_000)));
    let stage = Stage::of(npm).on_disk().start().await;
    let path = "/large/-/large-1.0.0.tgz";
    let mut slow: Vec<_> = join_all((0..16).map(|_| stage.connect())).await;
    for stream in &mut slow {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.read_u8().await.unwrap();
    }
    let quick = tokio::time::timeout(Duration::from_secs(10), stage.get(path))
        .await
        .unwrap();
    assert_eq!(quick.body, stage.npm.tarball("large", "1.0.0"));
    let mut rest = Vec::new();
    slow[0].read_to_end(&mut rest).await.unwrap();
    assert!(rest.ends_with(&quick.body));
}

/// Who waits for the upstream while the rules change gets an answer by the new ones, and so does who joins them.
#[tokio::test]
async fn rules_that_change_while_an_answer_is_awaited_hold_for_it() {
    for path in [
        "/chalk",
        "/chalk/5.6.1",
        TARBALL,
        "/-/package/chalk/dist-tags",
    ] {
        let stage = Arc::new(Stage::new(chalk()).await);
        let upstream = if path == TARBALL { TARBALL } else { "/chalk" };
        stage.npm.fault(upstream, Fault::hold());
        let ask = || {
            let stage = Arc::clone(&stage);
            tokio::spawn(async move { stage.get(path).await })
        };
        let before = ask();
        stage
            .npm
            .wait_until(|asked| asked.iter().any(|request| request.is_for(upstream)))
            .await;
        let all = json!({"deny": [{"package": "chalk", "reason": "no"}]});
        stage.set_policy(all).await;
        let after = ask();
        // It has joined the first once it was counted, or is about to.
        assert_eq!(stage.get("/-/ping").await.status, 200);
        stage.npm.heal_all();
        assert_eq!(before.await.unwrap().status, 403, "{path}");
        assert_eq!(after.await.unwrap().status, 403, "{path}");
    }
}

/// A document with its versions in this order, two of them old.
fn document(order: [&str; 3]) -> Fixed {
    let versions = order.map(|version| {
        format!(
            "\"{version}\":{{\"dist\":{{\"shasum\":\"{}\",\"tarball\":\"x\"}}}}",
            "0".repeat(40)
        )
    });
    let versions = versions.join(",");
    let times = format!("\"1.0.0\":\"{OLD}\",\"1.0.1\":\"{OLD}\",\"1.0.2\":\"{YOUNG}\"");
    let body = format!(
        "{{\"dist-tags\":{{\"latest\":\"1.0.2\"}},\"versions\":{{{versions}}},\"time\":{{{times}}}}}"
    );
    Fixed::new(body).content_type("application/json")
}

/// While documents come in, a reader may have the older document in hand and the newer verdicts: they must not be taken
/// for those of the versions in the same places.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn verdicts_are_never_those_of_another_document() {
    let orders = [
        ["1.0.0", "1.0.1", "1.0.2"],
        ["1.0.0", "1.0.2", "1.0.1"],
        ["1.0.2", "1.0.0", "1.0.1"],
    ];
    let setting = Stage::of(Npm::new().route("/shifting", document(orders[0]))).policy(decade());
    let stage = setting
        .cache(|cache| cache.fresh_for = Duration::ZERO)
        .start()
        .await;
    let stage = Arc::new(stage);
    assert_eq!(stage.get("/shifting").await.status, 200);
    let readers: Vec<_> = (0..8)
        .map(|_| {
            let stage = Arc::clone(&stage);
            tokio::spawn(async move {
                for turn in 0..100 {
                    let reply = stage
                        .ask("/shifting", if turn % 3 == 0 { SHORT } else { &[] })
                        .await;
                    assert_eq!(reply.versions(), ["1.0.0", "1.0.1"]);
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            })
        })
        .collect();
    for order in orders.iter().cycle() {
        if readers.iter().all(|reader| reader.is_finished()) {
            break;
        }
        stage.npm.route("/shifting", document(*order));
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    for reader in readers {
        reader.await.unwrap();
    }
}

/// A document that is a little old is served while one task asks the upstream, not one for each request.
#[tokio::test]
async fn a_hot_document_is_confirmed_by_one_task() {
    let setting = Stage::of(chalk()).cache(|cache| cache.fresh_for = Duration::ZERO);
    let stage = setting.start().await;
    assert_eq!(stage.get("/chalk").await.status, 200);
    stage.npm.fault("/chalk", Fault::hold());
    let tasks = || {
        tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks()
    };
    assert_eq!(stage.get("/chalk").await.status, 200);
    let before = tasks();
    for _ in 0..ASKERS {
        assert_eq!(stage.get("/chalk").await.status, 200);
    }
    let added = tasks().saturating_sub(before);
    assert!(added < ASKERS / 4, "{added} tasks wait for the upstream");
    stage.npm.heal_all();
    // Whoever asks once it has answered has it asked again.
    eventually("it is confirmed again", async || {
        assert_eq!(stage.get("/chalk").await.status, 200);
        (stage.npm.requests_to("/chalk").len() > 2).then_some(())
    })
    .await;
}
