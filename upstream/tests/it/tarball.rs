//! Tarballs: streamed as sent, from the right place, whole or not at all.

use lazaret_testing::{Fault, sha512_integrity};
use lazaret_upstream::{Registry, UpstreamError};

use crate::{all, chalk, name, registry, settings, tarball};

#[tokio::test]
async fn bytes_come_as_they_are() {
    let npm = chalk().start().await;
    let registry = registry(&npm);
    let download = registry
        .tarball(&name("@s/n"), "1.0.0", None)
        .await
        .unwrap();
    assert_eq!(
        download.length,
        Some(npm.tarball("@s/n", "1.0.0").len() as u64)
    );
    assert_eq!(all(download).await.unwrap(), npm.tarball("@s/n", "1.0.0"));
    let request = &npm.requests()[0];
    assert_eq!(
        (request.path.as_str(), request.header("accept-encoding")),
        ("/@s/n/-/n-1.0.0.tgz", Some("identity"))
    );
    npm.fault(
        "/@s/n/-/n-1.0.0.tgz",
        Fault::headers()
            .chunked()
            .header("content-encoding", "gzip"),
    );
    assert_eq!(
        tarball(&registry, "@s/n", "1.0.0").await.unwrap(),
        npm.tarball("@s/n", "1.0.0")
    );
}

#[tokio::test]
async fn refusals_give_their_status() {
    let npm = chalk().start().await;
    let registry = registry(&npm);
    npm.vanish("chalk", "5.6.1");
    assert_eq!(
        tarball(&registry, "chalk", "5.6.1")
            .await
            .unwrap_err()
            .status(),
        Some(404)
    );
    npm.fault("/chalk/-/chalk-5.6.0.tgz", Fault::status(403));
    let error = tarball(&registry, "chalk", "5.6.0").await.unwrap_err();
    assert_eq!((error.status(), error.is_transient()), (Some(403), false));
    assert_eq!(npm.requests().len(), 2);
}

#[tokio::test]
async fn the_limit_holds_with_and_without_a_length() {
    let npm = chalk().start().await;
    let mut settings = settings(&npm);
    settings.max_tarball = 100_000;
    let registry = Registry::new(settings).unwrap();
    let path = "/chalk/-/chalk-5.6.1.tgz";
    assert!(matches!(
        tarball(&registry, "chalk", "5.6.1").await,
        Err(UpstreamError::TooLarge { limit: 100_000, .. })
    ));
    npm.fault(path, Fault::headers().chunked());
    assert!(matches!(
        tarball(&registry, "chalk", "5.6.1").await,
        Err(UpstreamError::TooLarge { limit: 100_000, .. })
    ));
    assert_eq!(npm.requests().len(), 2);
}

#[tokio::test]
async fn a_download_that_breaks_off_goes_on_where_it_stopped() {
    let npm = chalk().start().await;
    let registry = registry(&npm);
    let path = "/chalk/-/chalk-5.6.1.tgz";
    for fault in [Fault::truncate(70_000), Fault::truncate(70_000).chunked()] {
        npm.forget();
        npm.fault(path, fault.times(2));
        assert_eq!(
            tarball(&registry, "chalk", "5.6.1").await.unwrap(),
            npm.tarball("chalk", "5.6.1")
        );
        assert_eq!(npm.requests_to(path).len(), 3);
    }
}

#[tokio::test]
async fn a_download_that_always_breaks_off_is_an_error() {
    let npm = chalk().start().await;
    let registry = registry(&npm);
    let length = npm.tarball("chalk", "5.6.1").len() as u64;
    npm.fault("/chalk/-/chalk-5.6.1.tgz", Fault::truncate(70_000));
    match tarball(&registry, "chalk", "5.6.1").await.unwrap_err() {
        UpstreamError::Truncated {
            expected, received, ..
        } => assert!(expected == Some(length) && received < length),
        other => panic!("{other}"),
    }
    assert_eq!(npm.requests().len(), 3);
}

#[tokio::test]
async fn another_body_is_never_joined_to_a_broken_one() {
    let npm = chalk().start().await;
    let registry = registry(&npm);
    let path = "/chalk/-/chalk-5.6.1.tgz";
    npm.fault(path, Fault::truncate(70_000).times(1));
    let mut download = registry
        .tarball(&name("chalk"), "5.6.1", None)
        .await
        .unwrap();
    download.chunk().await.unwrap().unwrap();
    npm.edit("chalk", "5.6.1", |v| v.filler(200_001));
    let error = all(download).await.unwrap_err();
    assert!(matches!(error, UpstreamError::Truncated { .. }), "{error}");
}

#[tokio::test]
async fn another_hosts_offer_is_fetched_from_the_registry() {
    let npm = chalk().tarball_origin("http://10.1.2.3:4444").start().await;
    let registry = registry(&npm);
    let offer = "http://10.1.2.3:4444/chalk/-/chalk-5.6.0.tgz";
    let download = registry
        .tarball(&name("chalk"), "5.6.0", Some(offer))
        .await
        .unwrap();
    assert_eq!(all(download).await.unwrap(), npm.tarball("chalk", "5.6.0"));
}

#[tokio::test]
async fn wrong_bytes_are_handed_on_for_the_integrity_check_to_refuse() {
    let npm = chalk().start().await;
    npm.tamper("chalk", "5.6.0", "other bytes");
    let bytes = tarball(&registry(&npm), "chalk", "5.6.0").await.unwrap();
    assert_eq!(bytes, b"other bytes");
    assert_ne!(sha512_integrity(&bytes), npm.integrity("chalk", "5.6.0"));
}
