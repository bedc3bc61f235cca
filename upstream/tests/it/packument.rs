//! Packuments: what is asked, and each answer that is not a fault.

use lazaret_testing::{Fault, Fixed, Npm};
use lazaret_upstream::{Answer, UpstreamError, Validators};

use crate::{chalk, document, name, packument, registry, settings};

#[tokio::test]
async fn the_full_document_is_asked_for_compressed() {
    let npm = chalk().start().await;
    let document = document(&registry(&npm), "@s/n").await;
    assert_eq!(document["_id"], "@s/n");
    let request = &npm.requests()[0];
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("GET", "/@s%2fn")
    );
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_eq!(request.header("accept-encoding"), Some("gzip"));
    assert_eq!(
        request.header("user-agent"),
        Some(concat!("lazaret/", env!("CARGO_PKG_VERSION")))
    );
    for absent in [
        "if-none-match",
        "if-modified-since",
        "authorization",
        "cookie",
        "referer",
    ] {
        assert_eq!(request.header(absent), None, "{absent}");
    }
}

#[tokio::test]
async fn validators_ask_for_changes_only() {
    let npm = chalk().start().await;
    let registry = registry(&npm);
    let Answer::Fresh(first) = packument(&registry, "chalk").await.unwrap() else {
        panic!()
    };
    let date = Validators {
        etag: None,
        last_modified: first.validators.last_modified.clone(),
    };
    for validators in [&first.validators, &date] {
        assert_eq!(
            registry.packument(&name("chalk"), validators).await,
            Ok(Answer::NotModified)
        );
    }
    npm.publish("chalk", "5.6.2", |v| v);
    let Answer::Fresh(second) = registry
        .packument(&name("chalk"), &first.validators)
        .await
        .unwrap()
    else {
        panic!()
    };
    assert_ne!(first.validators.etag, second.validators.etag);
    assert!(
        npm.requests()
            .iter()
            .all(|request| request.status == 200 || request.status == 304)
    );
}

#[tokio::test]
async fn a_not_modified_that_was_not_asked_for_is_an_error() {
    let npm = Npm::new()
        .route("/a", Fixed::new("").status(304))
        .start()
        .await;
    assert!(matches!(
        packument(&registry(&npm), "a").await,
        Err(UpstreamError::Status { code: 304, .. })
    ));
}

#[tokio::test]
async fn no_is_an_answer() {
    let npm = chalk().start().await;
    let registry = registry(&npm);
    assert_eq!(packument(&registry, "nothing").await, Ok(Answer::Missing));
    for (status, answer) in [
        (410, Answer::Missing),
        (401, Answer::Denied(401)),
        (403, Answer::Denied(403)),
    ] {
        npm.fault("/chalk", Fault::status(status).times(1));
        assert_eq!(packument(&registry, "chalk").await, Ok(answer));
    }
    assert_eq!(npm.requests_to("/chalk").len(), 3);
}

#[tokio::test]
async fn a_prefix_is_part_of_every_route() {
    let npm = chalk().prefix("/repository/npm").start().await;
    for url in [npm.url(), npm.url().trim_end_matches('/').to_owned()] {
        let mut settings = settings(&npm);
        settings.registry = url.parse().unwrap();
        let registry = lazaret_upstream::Registry::new(settings).unwrap();
        assert_eq!(document(&registry, "@s/n").await["name"], "@s/n");
        assert_eq!(registry.url().as_str(), npm.url());
    }
    assert_eq!(npm.requests()[0].path, "/repository/npm/@s%2fn");
}

#[tokio::test]
async fn a_body_without_compression_or_length_is_as_good() {
    let npm = chalk().start().await;
    let registry = registry(&npm);
    let whole = document(&registry, "chalk").await;
    npm.fault("/chalk", Fault::headers().chunked().times(1));
    assert_eq!(document(&registry, "chalk").await, whole);
    let plain = serde_json::to_vec(&whole).unwrap();
    npm.fault("/chalk", Fault::body(plain).times(1));
    assert_eq!(document(&registry, "chalk").await, whole);
}

#[tokio::test]
async fn ninety_megabytes_and_ten_thousand_versions_arrive_whole() {
    let npm = Npm::new().big("huge", 10_000, 90_000_000).start().await;
    let registry = registry(&npm);
    let Answer::Fresh(document) = packument(&registry, "huge").await.unwrap() else {
        panic!()
    };
    assert!(
        (85_000_000..105_000_000).contains(&document.body.len()),
        "{}",
        document.body.len()
    );
    assert!(document.body.starts_with(b"{") && document.body.ends_with(b"}"));
    let mut settings = settings(&npm);
    settings.max_packument = 50_000_000;
    let small = lazaret_upstream::Registry::new(settings).unwrap();
    assert!(matches!(
        packument(&small, "huge").await,
        Err(UpstreamError::TooLarge {
            limit: 50_000_000,
            ..
        })
    ));
}

#[tokio::test]
async fn connections_are_used_again() {
    let npm = chalk().start().await;
    let registry = registry(&npm);
    for name in ["chalk", "nothing", "@s/n", "chalk"] {
        packument(&registry, name).await.unwrap();
    }
    crate::tarball(&registry, "chalk", "5.6.1").await.unwrap();
    assert_eq!(npm.connections(), 1);
}
