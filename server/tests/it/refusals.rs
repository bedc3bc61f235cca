//! What this mirror does not do: writing, unknown addresses, names that are none.

use http::Method;
use insta::assert_snapshot;

use crate::stage::{Stage, chalk};

/// What writing clients send.
const WRITING: &[(&str, &str)] = &[
    ("PUT", "/chalk"),
    ("PUT", "/@s%2fn"),
    ("PUT", "/chalk/-rev/1-x"),
    ("DELETE", "/chalk/-rev/1-x"),
    ("DELETE", "/chalk/-/chalk-5.6.1.tgz/-rev/1-x"),
    ("DELETE", "/@s/n/-/n-1.0.0.tgz/-rev/1-x"),
    ("PATCH", "/chalk"),
    ("POST", "/chalk"),
    ("OPTIONS", "/chalk"),
    ("PUT", "/-/package/chalk/dist-tags/beta"),
    ("POST", "/-/package/chalk/dist-tags"),
    ("DELETE", "/-/package/@s%2fn/dist-tags/beta"),
    ("POST", "/-/package/%40s%2Fn/access"),
    ("GET", "/-/package/chalk/collaborators"),
    ("GET", "/-/package/chalk/visibility"),
    ("GET", "/-/whoami"),
    ("POST", "/-/v1/login"),
    ("GET", "/-/v1/done?sessionId=1"),
    ("PUT", "/-/user/org.couchdb.user:me"),
    ("GET", "/-/user/org.couchdb.user:me?write=true"),
    ("DELETE", "/-/user/token/secret"),
    ("GET", "/-/npm/v1/user"),
    ("POST", "/-/npm/v1/user"),
    ("GET", "/-/npm/v1/tokens"),
    ("POST", "/-/npm/v1/tokens"),
    ("DELETE", "/-/npm/v1/tokens/token/key"),
    ("POST", "/-/npm/v1/oidc/token/exchange/package/chalk"),
    ("POST", "/-/stage/package/chalk"),
    ("GET", "/-/stage?page=1"),
    ("GET", "/-/org/ours/team"),
    ("PUT", "/-/team/ours/devs/user"),
    ("GET", "/-/team/ours/devs/package"),
    ("PUT", "/-/org/ours/user"),
];

#[tokio::test]
async fn writing_is_refused_in_words_and_never_passed_on() {
    let stage = Stage::new(chalk()).await;
    for (method, path) in WRITING {
        let method: Method = method.parse().unwrap();
        let body = if method == Method::GET {
            Vec::new()
        } else {
            b"{\"_id\":\"chalk\"}".to_vec()
        };
        let reply = stage
            .send(
                method.clone(),
                path,
                &[("authorization", "Bearer theirs")],
                body,
            )
            .await;
        let (status, error) = reply.error();
        assert_eq!(status, 403, "{method} {path}");
        assert_eq!(reply.header("npm-notice"), error, "{method} {path}");
        assert!(
            error.contains("read-only mirror"),
            "{method} {path}: {error}"
        );
    }
    assert_eq!(stage.npm.connections(), 0);
    assert_snapshot!(stage.send(Method::PUT, "/chalk", &[], Vec::new()).await.text(), @r#"{"error":"lazaret is a read-only mirror: publish, deprecate, log in or change tags at the registry itself"}"#);
}

/// npm sends all of a publication before it reads why it was refused.
#[tokio::test]
async fn whoever_sends_much_still_learns_why_it_was_refused() {
    let stage = Stage::new(chalk()).await;
    let body = vec![b' '; 20 << 20];
    let head = format!(
        "PUT /chalk HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let answer = stage.raw(&[head.as_bytes(), &body].concat()).await;
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    assert!(answer.contains("read-only mirror"), "{answer}");
}

#[tokio::test]
async fn what_is_only_read_says_so() {
    let stage = Stage::new(chalk()).await;
    for path in [
        "/",
        "/-/healthz",
        "/-/readyz",
        "/-/metrics",
        "/-/lazaret/why/chalk@5.6.0",
    ] {
        let reply = stage.send(Method::POST, path, &[], b"{}".to_vec()).await;
        assert_eq!(reply.error().0, 405, "{path}");
        assert!(reply.header("allow").contains("GET"), "{path}");
    }
}

#[tokio::test]
async fn unknown_addresses_are_404_with_words() {
    let stage = Stage::new(chalk()).await;
    for path in [
        "/-/nothing",
        "/-/all",
        "/-/",
        "/-/lazaret/nothing",
        "/-/lazaret/assets/other.css",
        "/-/healthz/",
        "/-/metrics/x",
        "/chalk/5.6.0/extra",
        "/chalk/-/x/y/chalk-5.6.0.tgz",
        "/@s/n/1.0.0/extra",
        "/@s",
        "/-/package",
        "/-/npm",
    ] {
        let (status, error) = stage.get(path).await.error();
        assert!([400, 404].contains(&status), "{path}: {status} {error}");
    }
    assert_eq!(stage.npm.connections(), 0);
    let (status, error) = stage.get("/-/nothing").await.error();
    assert_eq!(
        (status, error.as_str()),
        (404, "there is nothing at /-/nothing")
    );
}

#[tokio::test]
async fn names_that_are_none_are_not_asked_of_the_upstream() {
    let stage = Stage::new(chalk()).await;
    let long = format!("/{}", "a".repeat(215));
    let very_long = format!("/{}", "a".repeat(9000));
    for path in [
        "/..",
        "/../chalk",
        "/../../etc/passwd",
        "/.",
        "/.npmrc",
        "/_private",
        "/%2e%2e",
        "/%2e%2e%2fchalk",
        "/%2E%2E/%2E%2E/etc/passwd",
        "/@s%2f..",
        "/@s/..",
        "/@..%2fn",
        "/@s%252fn",
        "/@s%2fn%2fm%2fo",
        "/@%2fn",
        "/@s%2f",
        "/%00",
        "/chalk%00",
        "/chalk%0d%0aX-Evil:%201",
        "/chalk%20",
        "/%20chalk",
        "/chalk%5c..%5cx",
        "/chalk\\x",
        "/ch%C3%A4lk",
        "/ch\u{e4}lk",
        "/%ff%fe",
        "/%E2%80%AEklahc",
        "/node_modules",
        "/favicon.ico",
        "/a:b",
        "/a|b",
        "/a%3fb",
        "/a%23b",
        "//chalk",
        "/%2fchalk",
        "/chalk/-/..%2f..%2fchalk-5.6.0.tgz",
        "/chalk/-/chalk-%2e%2e.tgz",
        "/chalk/-/chalk-5.6.0.tgz%00",
        "/-/package/..%2fx/dist-tags",
        "/-/npm/v1/attestations/..@1.0.0",
        &long,
        &very_long,
    ] {
        let status = stage.raw_status(path).await;
        assert!((400..500).contains(&status), "{status} for {path}");
    }
    let asked = stage.asked_upstream();
    // The file of a package that exists: its document tells that there is no such version.
    assert!(asked.iter().all(|path| path == "/chalk"), "{asked:?}");
}

#[tokio::test]
async fn requests_that_are_none_end_the_connection() {
    let stage = Stage::new(chalk()).await;
    for request in [
        &b"\r\n\r\nnonsense\r\n\r\n"[..],
        b"GET /chalk\r\n\r\n",
        b"GET /chalk HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /chalk HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET /chalk HTTP/1.1\r\nHost: x\r\nX: \x00\r\n\r\n",
    ] {
        let answer = stage.raw(request).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 400 "),
            "{answer}"
        );
    }
    let many: String = (0..200).map(|index| format!("x-{index}: y\r\n")).collect();
    let answer = stage
        .raw(format!("GET /chalk HTTP/1.1\r\n{many}\r\n").as_bytes())
        .await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    assert_eq!(stage.get("/chalk").await.status, 200);
}

#[tokio::test]
async fn older_and_absolute_requests_are_answered() {
    let stage = Stage::new(chalk()).await;
    let old = stage.raw(b"GET /chalk HTTP/1.0\r\n\r\n").await;
    assert!(old.starts_with("HTTP/1.0 200 OK\r\n"), "{old}");
    assert!(old.contains("\"name\":\"chalk\""));
    let absolute = b"GET http://anything.example/chalk HTTP/1.1\r\nHost: anything.example\r\nConnection: close\r\n\r\n";
    let absolute = stage.raw(absolute).await;
    assert!(absolute.starts_with("HTTP/1.1 200 OK\r\n"), "{absolute}");
    // What the client calls us is not what we call ourselves.
    assert!(!absolute.contains("anything.example"));
}
