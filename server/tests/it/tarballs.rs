//! `GET /{name}/-/{file}.tgz`: the registry's own bytes, for ever the same.

use http::Method;
use jiff::SignedDuration;
use lazaret_testing::{Fault, Npm};
use serde_json::json;

use crate::stage::{Stage, chalk};

fn scoped() -> Npm {
    Npm::new().package("@s/n", |p| {
        p.version("1.0.0", |v| v)
            .version("2.0.0-rc.1+build.5", |v| v)
    })
}

#[tokio::test]
async fn a_tarball_is_the_registrys_own_bytes_in_every_spelling() {
    let stage = Stage::new(scoped()).await;
    let bytes = stage.npm.tarball("@s/n", "1.0.0");
    for path in [
        "/@s/n/-/n-1.0.0.tgz",
        "/@s%2fn/-/n-1.0.0.tgz",
        "/@s%2Fn/-/n-1.0.0.tgz",
        "/%40s%2fn/-/n-1.0.0.tgz",
        "/@s/n/-/@s/n-1.0.0.tgz",
        "/@s/n/-/n-1.0.0.tgz?cache=no",
    ] {
        let reply = stage.get(path).await;
        assert_eq!(reply.status, 200, "{path}");
        assert_eq!(reply.body, bytes, "{path}");
    }
    let build = stage.npm.tarball("@s/n", "2.0.0-rc.1+build.5");
    for path in [
        "/@s/n/-/n-2.0.0-rc.1+build.5.tgz",
        "/@s/n/-/n-2.0.0-rc.1%2Bbuild.5.tgz",
    ] {
        assert_eq!(stage.get(path).await.body, build, "{path}");
    }
    assert_eq!(stage.npm.requests_to("/@s/n/-/n-1.0.0.tgz").len(), 1);
}

#[tokio::test]
async fn a_tarball_may_be_kept_for_ever_and_is_not_packed_again() {
    let stage = Stage::new(chalk()).await;
    let accept = [("accept-encoding", "gzip, br, zstd")];
    // The first comes from the upstream, the second from memory.
    for _ in 0..2 {
        let reply = stage.ask("/chalk/-/chalk-5.6.0.tgz", &accept).await;
        assert_eq!(reply.header("content-type"), "application/octet-stream");
        assert_eq!(
            reply.header("cache-control"),
            "public, max-age=31536000, immutable"
        );
        assert_eq!(reply.header("content-length"), reply.body.len().to_string());
        assert!(!reply.has("content-encoding"));
        let tag = reply.header("etag").to_owned();
        assert!(tag.starts_with('"') && tag.len() > 30, "{tag}");
        let known = stage
            .ask("/chalk/-/chalk-5.6.0.tgz", &[("if-none-match", &tag)])
            .await;
        assert_eq!(known.status, 304);
        assert!(known.body.is_empty());
        assert_eq!(known.header("etag"), tag);
        assert_eq!(
            known.header("cache-control"),
            "public, max-age=31536000, immutable"
        );
        let other = stage
            .ask("/chalk/-/chalk-5.6.1.tgz", &[("if-none-match", &tag)])
            .await;
        assert_eq!(other.status, 200);
    }
    let asked = stage.npm.requests_to("/chalk/-/chalk-5.6.0.tgz");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].header("accept-encoding"), Some("identity"));
}

#[tokio::test]
async fn large_tarballs_come_from_their_file() {
    let npm = Npm::new().package("large", |p| {
        p.version("1.0.0", |v| v.filler(3_000_000))
            .version("1.0.1", |v| v.filler(300_000))
    });
    let stage = Stage::of(npm).on_disk().start().await;
    for version in ["1.0.0", "1.0.1"] {
        let path = format!("/large/-/large-{version}.tgz");
        let bytes = stage.npm.tarball("large", version);
        for _ in 0..3 {
            let reply = stage.get(&path).await;
            assert_eq!(reply.header("content-length"), bytes.len().to_string());
            assert_eq!(reply.body, bytes);
        }
        let head = stage.send(Method::HEAD, &path, &[], Vec::new()).await;
        assert_eq!(head.header("content-length"), bytes.len().to_string());
        assert_eq!(stage.npm.requests_to(&path).len(), 1);
    }
}

#[tokio::test]
async fn a_file_that_is_gone_is_fetched_again() {
    let npm = Npm::new().package("large", |p| p.version("1.0.0", |v| v.filler(300_000)));
    let stage = Stage::of(npm).on_disk().start().await;
    assert_eq!(stage.get("/large/-/large-1.0.0.tgz").await.status, 200);
    let row = stage
        .version_row("large", "1.0.0", |row| row.sha512.is_some())
        .await;
    stage
        .store
        .blobs
        .delete(&row.sha512.unwrap())
        .await
        .unwrap();
    let reply = stage.get("/large/-/large-1.0.0.tgz").await;
    assert_eq!(reply.body, stage.npm.tarball("large", "1.0.0"));
    assert_eq!(stage.npm.requests_to("/large/-/large-1.0.0.tgz").len(), 2);
}

#[tokio::test]
async fn damaged_bytes_in_quarantine_are_replaced_by_the_true_ones() {
    let stage = Stage::of(chalk()).on_disk().start().await;
    assert_eq!(stage.get("/chalk/-/chalk-5.6.0.tgz").await.status, 200);
    let row = stage
        .version_row("chalk", "5.6.0", |row| row.sha512.is_some())
        .await;
    stage
        .store
        .quarantine(&row.sha512.unwrap(), jiff::Timestamp::now())
        .await
        .unwrap();
    // The policy's change makes the mirror look at the row again.
    stage.set_policy(json!({})).await;
    let reply = stage.get("/chalk/-/chalk-5.6.0.tgz").await;
    assert_eq!(reply.body, stage.npm.tarball("chalk", "5.6.0"));
    stage
        .version_row("chalk", "5.6.0", |row| row.quarantined_at.is_none())
        .await;
}

#[tokio::test]
async fn a_lockfile_install_asks_for_nothing_but_the_tarball() {
    let stage = Stage::new(chalk()).await;
    assert_eq!(stage.get("/chalk/-/chalk-5.6.1.tgz").await.status, 200);
    let paths = stage.asked_upstream();
    assert_eq!(paths, ["/chalk", "/chalk/-/chalk-5.6.1.tgz"]);
}

#[tokio::test]
async fn a_known_tarball_does_not_ask_for_the_document_again() {
    let stage = Stage::of(chalk()).never_fresh().start().await;
    for _ in 0..3 {
        assert_eq!(stage.get("/chalk/-/chalk-5.6.1.tgz").await.status, 200);
    }
    assert_eq!(stage.npm.requests_to("/chalk").len(), 1);
}

#[tokio::test]
async fn an_unknown_version_is_404_and_the_tarball_is_not_asked_for() {
    let stage = Stage::new(chalk()).await;
    let (status, error) = stage.get("/chalk/-/chalk-9.9.9.tgz").await.error();
    assert_eq!(
        (status, error.as_str()),
        (404, "chalk has no version or tag 9.9.9")
    );
    assert_eq!(stage.get("/nobody/-/nobody-1.0.0.tgz").await.error().0, 404);
    assert_eq!(stage.get("/chalk/-/other-5.6.0.tgz").await.error().0, 404);
    assert_eq!(stage.get("/chalk/-/chalk-5.6.0.zip").await.error().0, 404);
    let paths = stage.asked_upstream();
    assert_eq!(paths, ["/chalk", "/nobody"]);
}

#[tokio::test]
async fn a_version_published_since_we_asked_is_found() {
    let mut stage = Stage::of(chalk())
        .policy(json!({"cooldown": "off"}))
        .start()
        .await;
    assert_eq!(stage.get("/chalk").await.status, 200);
    stage.npm.publish("chalk", "5.6.2", |v| v);
    // Just asked: not again for every name that somebody makes up.
    assert_eq!(stage.get("/chalk/-/chalk-5.6.2.tgz").await.status, 404);
    stage
        .restart_after("chalk", SignedDuration::from_secs(60))
        .await;
    assert_eq!(stage.get("/chalk/-/chalk-5.6.2.tgz").await.status, 200);
}

#[tokio::test]
async fn the_registrys_own_address_of_a_tarball_is_used() {
    let npm = Npm::new().package("odd", |p| p.version("1.0.0", |v| v));
    let stage = Stage::new(npm).await;
    let bytes = stage.npm.tarball("odd", "1.0.0");
    let address = format!("{}/downloads/odd-one.tgz?sig=1", stage.npm.origin());
    stage
        .npm
        .edit("odd", "1.0.0", |v| v.dist("tarball", address));
    stage.npm.route(
        "/downloads/odd-one.tgz?sig=1",
        lazaret_testing::Fixed::new(bytes.clone()),
    );
    assert_eq!(stage.get("/odd/-/odd-1.0.0.tgz").await.body, bytes);
}

#[tokio::test]
async fn an_address_at_another_host_is_not_asked() {
    let elsewhere = Npm::new().start().await;
    let stage = Stage::of(chalk()).token("secret").start().await;
    let address = format!("{}/chalk/-/chalk-5.6.0.tgz", elsewhere.origin());
    stage
        .npm
        .edit("chalk", "5.6.0", |v| v.dist("tarball", address));
    assert_eq!(stage.get("/chalk/-/chalk-5.6.0.tgz").await.status, 200);
    assert!(elsewhere.requests().is_empty());
    assert_eq!(stage.npm.requests_to("/chalk/-/chalk-5.6.0.tgz").len(), 1);
}

#[tokio::test]
async fn a_redirect_to_a_download_host_is_followed_without_the_token() {
    let stage = Stage::of(chalk()).token("secret").start().await;
    let elsewhere = Npm::new()
        .route(
            "/files/chalk.tgz",
            lazaret_testing::Fixed::new(stage.npm.tarball("chalk", "5.6.0")),
        )
        .start()
        .await;
    let target = format!("{}/files/chalk.tgz", elsewhere.origin());
    stage
        .npm
        .fault("/chalk/-/chalk-5.6.0.tgz", Fault::redirect(&target));
    assert_eq!(stage.get("/chalk/-/chalk-5.6.0.tgz").await.status, 200);
    assert_eq!(
        stage.npm.requests_to("/chalk")[0].header("authorization"),
        Some("Bearer secret")
    );
    assert_eq!(elsewhere.requests()[0].header("authorization"), None);
}

/// As on a full disk: what is kept is served, what is new is refused with a pointer to the log, and room heals it.
#[tokio::test]
async fn a_store_that_takes_nothing_in_serves_what_it_has() {
    let stage = Stage::of(chalk()).on_disk().start().await;
    let (kept, new) = ("/chalk/-/chalk-5.6.0.tgz", "/chalk/-/chalk-5.6.1.tgz");
    assert_eq!(stage.get(kept).await.status, 200);
    let folder = stage.data().join("tmp");
    std::fs::remove_dir(&folder).unwrap();
    std::fs::write(&folder, "no folder").unwrap();
    let (status, error) = stage.get(new).await.error();
    assert_eq!(
        (status, error.as_str()),
        (500, "lazaret failed to answer this; its log says why")
    );
    assert_eq!(stage.get(kept).await.status, 200);
    assert_eq!(stage.get("/chalk").await.status, 200);
    std::fs::remove_file(&folder).unwrap();
    std::fs::create_dir(&folder).unwrap();
    assert_eq!(
        stage.get(new).await.body,
        stage.npm.tarball("chalk", "5.6.1")
    );
}
