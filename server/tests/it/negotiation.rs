//! Content codings, entity tags and conditions of package documents.

use std::collections::BTreeSet;

use crate::reply::Reply;
use crate::stage::{ABBREVIATED, Stage, chalk};

/// What real clients send, and what they must get.
const CODINGS: &[(Option<&str>, &str)] = &[
    (None, ""),
    (Some(""), ""),
    (Some("identity"), ""),
    (Some("gzip"), "gzip"),
    // npm, yarn 1
    (Some("gzip,deflate"), "gzip"),
    (Some("x-gzip"), "gzip"),
    // pnpm up to 10, yarn berry
    (Some("gzip, deflate, br"), "br"),
    (Some("br"), "br"),
    // pnpm 12, bun
    (Some("gzip, deflate, br, zstd"), "zstd"),
    (Some("zstd;q=0.5, gzip;q=1"), "zstd"),
    (Some("zstd;q=0, br;q=0.0, gzip"), "gzip"),
    (Some("gzip;q=0"), ""),
    (Some("*"), "gzip"),
    (Some("compress, exi"), ""),
    (Some("garbage;;;q=,,"), ""),
];

async fn document(stage: &Stage, coding: Option<&str>, accept: &str) -> Reply {
    let mut headers = vec![("accept", accept)];
    headers.extend(coding.map(|coding| ("accept-encoding", coding)));
    let reply = stage.ask("/chalk", &headers).await;
    assert_eq!(reply.status, 200);
    reply
}

#[tokio::test]
async fn each_client_gets_the_best_coding_it_understands() {
    let stage = Stage::new(chalk()).await;
    for accept in ["application/json", ABBREVIATED] {
        let plain = document(&stage, None, accept).await;
        for (coding, expected) in CODINGS {
            let reply = document(&stage, *coding, accept).await;
            assert_eq!(reply.header("content-encoding"), *expected, "{coding:?}");
            assert_eq!(reply.unpacked(), plain.body, "{coding:?}");
            assert_eq!(reply.header("content-length"), reply.body.len().to_string());
        }
    }
}

#[tokio::test]
async fn the_form_follows_accept() {
    let stage = Stage::new(chalk()).await;
    for (accept, expected) in [
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        (ABBREVIATED, ABBREVIATED),
        (
            "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*",
            ABBREVIATED,
        ),
        (
            "application/vnd.npm.install-v1+json;q=1.0,application/json;q=0.9,*/*;q=0.8",
            ABBREVIATED,
        ),
        ("text/html", "application/json"),
    ] {
        let reply = document(&stage, None, accept).await;
        assert_eq!(reply.header("content-type"), expected, "{accept}");
    }
}

#[tokio::test]
async fn every_form_and_coding_has_a_strong_tag_of_its_own() {
    let stage = Stage::new(chalk()).await;
    let mut tags = BTreeSet::new();
    for accept in ["application/json", ABBREVIATED] {
        for coding in [None, Some("gzip"), Some("br"), Some("zstd")] {
            let reply = document(&stage, coding, accept).await;
            let tag = reply.header("etag").to_owned();
            assert!(
                tag.starts_with('"') && tag.ends_with('"') && tag.len() > 2,
                "{tag}"
            );
            assert_eq!(document(&stage, coding, accept).await.header("etag"), tag);
            assert_eq!(reply.header("cache-control"), "no-cache");
            assert_eq!(reply.header("vary"), "accept, accept-encoding");
            tags.insert(tag);
        }
    }
    assert_eq!(tags.len(), 8);
}

#[tokio::test]
async fn a_document_that_the_client_has_is_304() {
    let stage = Stage::new(chalk()).await;
    let tag = stage.get("/chalk").await.header("etag").to_owned();
    for condition in [
        tag.clone(),
        format!("W/{tag}"),
        format!("\"other\" , {tag}"),
        "*".to_owned(),
    ] {
        let reply = stage.ask("/chalk", &[("if-none-match", &condition)]).await;
        assert_eq!(reply.status, 304, "{condition}");
        assert!(reply.body.is_empty());
        assert_eq!(reply.header("etag"), tag);
        assert_eq!(reply.header("cache-control"), "no-cache");
        assert_eq!(reply.header("vary"), "accept, accept-encoding");
        assert!(!reply.has("content-type") && !reply.has("content-encoding"));
    }
}

#[tokio::test]
async fn a_tag_of_another_form_coding_or_state_is_no_match() {
    let stage = Stage::new(chalk()).await;
    let tag = stage.get("/chalk").await.header("etag").to_owned();
    for headers in [
        [("if-none-match", tag.as_str()), ("accept", ABBREVIATED)],
        [("if-none-match", tag.as_str()), ("accept-encoding", "gzip")],
        [("if-none-match", "\"other\""), ("accept", "*/*")],
        [("if-none-match", tag.trim_matches('"')), ("accept", "*/*")],
        // A date says nothing about verdicts: they change while the upstream's document does not.
        [
            ("if-modified-since", "Fri, 31 Dec 2100 23:59:59 GMT"),
            ("accept", "*/*"),
        ],
    ] {
        assert_eq!(
            stage.ask("/chalk", &headers).await.status,
            200,
            "{headers:?}"
        );
    }
}
