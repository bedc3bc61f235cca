//! The API as a whole: its document is what it answers, and nobody gets in without a token.

use std::collections::BTreeSet;
use std::path::Path;

use http::Method;
use serde_json::Value;

use crate::stage::{Stage, chalk};
use crate::who::API;

#[tokio::test]
async fn the_document_is_the_committed_one() {
    let stage = Stage::new(chalk()).await;
    let served = stage.get(&format!("{API}/openapi.json")).await.json();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/openapi.json");
    let text = format!("{}\n", serde_json::to_string_pretty(&served).unwrap());
    if std::env::var_os("LAZARET_BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == text,
        "docs/reference/openapi.json is not what is served now: run LAZARET_BLESS=1 cargo test -p lazaret-server api"
    );
}

/// With the parameters of a path filled in.
fn filled(path: &str) -> String {
    path.replace("{id}", "chalk@5.6.1")
        .replace("{package}", "chalk@5.6.1")
        .replace("{name}", "anna")
}

#[tokio::test]
async fn every_listed_route_is_there_and_needs_a_token() {
    let stage = Stage::new(chalk()).await;
    let document = stage.get(&format!("{API}/openapi.json")).await.json();
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() > 10);
    for (path, item) in paths {
        let listed: BTreeSet<&str> = item
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        for method in [
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ] {
            let address = format!("{API}{}", filled(path));
            let reply = stage.send(method.clone(), &address, &[], Vec::new()).await;
            let name = method.as_str().to_lowercase();
            let open = listed.contains(&*name) && item[&name]["security"] == serde_json::json!([]);
            let expected = match (listed.contains(&*name), open) {
                (true, true) => 200,
                (true, false) => 401,
                (false, _) => 405,
            };
            assert_eq!(reply.status, expected, "{method} {path}");
        }
    }
    assert_eq!(stage.npm.connections(), 0);
    for other in ["", "/", "/secrets", "/reviews/a/b", "/../../metrics"] {
        let status = stage.raw_status(&format!("{API}{other}")).await;
        assert_eq!(status, 404, "{other}");
    }
}

#[tokio::test]
async fn schemas_that_are_named_are_there() {
    let stage = Stage::new(chalk()).await;
    let document = stage.get(&format!("{API}/openapi.json")).await;
    let schemas = &document.json()["components"]["schemas"];
    let mut named = 0;
    for part in document.text().split("#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(schemas[name].is_object(), "{name}");
        named += 1;
    }
    assert!(named > 20);
}

#[tokio::test]
async fn wrong_tokens_and_bodies_are_refused() {
    let stage = Stage::new(chalk()).await;
    let anna = stage.admin().await;
    for header in ["Bearer lzt_0000", "Bearer ", "Basic YTpi", &anna.token] {
        let headers = [("authorization", header)];
        let reply = stage.ask(&format!("{API}/account"), &headers).await;
        assert_eq!(reply.error().0, 401, "{header}");
    }
    // A session is not a token: no other site can make a browser use the API.
    let headers = [("cookie", &*anna.cookie)];
    let reply = stage.ask(&format!("{API}/account"), &headers).await;
    assert_eq!(reply.error().0, 401);
    let bearer = format!("Bearer {}", anna.token);
    let headers = [("authorization", &*bearer)];
    for body in ["", "{", "[]", "{\"package\":7}", &"[".repeat(60_000)] {
        let path = format!("{API}/reviews");
        let body = body.as_bytes().to_vec();
        let reply = stage.send(Method::POST, &path, &headers, body).await;
        assert_eq!(reply.error().0, 400);
    }
    let path = format!("{API}/reviews");
    let large = stage
        .send(Method::POST, &path, &headers, vec![b' '; 100_000])
        .await;
    assert_eq!(large.status, 413);
    let account = stage
        .api(&anna, Method::GET, "/account", &Value::Null)
        .await;
    assert_eq!(account.status, 200);
}
