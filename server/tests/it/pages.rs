//! The pages for people: what they say, and the headers that keep them harmless.

use crate::reply::Reply;
use crate::stage::{PUBLIC, Stage, chalk, decade};

const BROWSER: &[(&str, &str)] = &[(
    "accept",
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
)];

/// Nothing runs, nothing comes from elsewhere, nobody embeds it.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// What every page must have, and what must not be in it.
fn harmless(reply: &Reply) {
    assert_eq!(reply.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(reply.header("content-security-policy"), POLICY);
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    assert_eq!(reply.header("referrer-policy"), "no-referrer");
    assert_eq!(reply.header("cache-control"), "no-cache");
    assert_eq!(reply.header("vary"), "accept");
    for forbidden in ["<script", " style=", " onclick=", "javascript:", "<iframe"] {
        assert!(!reply.text().contains(forbidden), "{forbidden}");
    }
}

#[tokio::test]
async fn the_page_of_a_held_version() {
    let stage = Stage::of(chalk()).policy(decade()).start().await;
    let reply = stage.ask("/-/lazaret/why/chalk@5.6.1", BROWSER).await;
    assert_eq!(reply.status, 200);
    harmless(&reply);
    let text = reply.text();
    for expected in [
        "<title>chalk@5.6.1: quarantine · lazaret</title>",
        "<h1>chalk@5.6.1</h1>",
        "Ranges resolve to <code>5.6.0</code> instead.",
        "published 2024-01-01, in cooldown until 2033-12-29T00:00Z (3650 days)",
        "Until <time datetime=\"2033-12-29T00:00:00Z\">",
        "<dt>Published</dt><dd>2024-01-01T00:00:00Z (as the registry says)</dd>",
    ] {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
}

#[tokio::test]
async fn the_page_of_a_package() {
    let stage = Stage::of(chalk()).policy(decade()).start().await;
    let reply = stage.ask("/-/lazaret/why/chalk", BROWSER).await;
    harmless(&reply);
    for expected in [
        "<h1>chalk</h1>",
        "1 versions are served, 1 are withheld.",
        "<dt>latest</dt><dd><code>5.6.0</code></dd>",
        "<a href=\"/-/lazaret/why/chalk@5.6.1\">chalk@5.6.1</a>",
    ] {
        assert!(
            reply.text().contains(expected),
            "{expected} is not in {}",
            reply.text()
        );
    }
}

#[tokio::test]
async fn the_front_door() {
    let stage = Stage::new(chalk()).await;
    let reply = stage.ask("/", BROWSER).await;
    assert_eq!(reply.status, 200);
    harmless(&reply);
    assert!(reply.text().contains(&format!(
        "npm config set registry {PUBLIC}/ --location=project"
    )));
    let json = stage.get("/").await.json();
    assert_eq!(json["name"], "lazaret");
    assert_eq!(json["registry"], PUBLIC);
    // A page about the mirror asks nothing of the registry behind it.
    assert_eq!(stage.npm.connections(), 0);
}

#[tokio::test]
async fn the_style_sheet() {
    let stage = Stage::new(chalk()).await;
    let page = stage.ask("/", BROWSER).await;
    let link = "/-/lazaret/assets/lazaret.css";
    assert!(
        page.text()
            .contains(&format!("<link rel=\"stylesheet\" href=\"{link}\">"))
    );
    let style = stage.get(link).await;
    assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
    assert_eq!(style.header("x-content-type-options"), "nosniff");
    assert!(
        !style.text().contains("url("),
        "nothing is loaded from elsewhere"
    );
    for other in ["lazaret.js", "..%2f..%2fsrc%2flib.rs", "%2fetc%2fpasswd"] {
        assert_eq!(
            stage
                .get(&format!("/-/lazaret/assets/{other}"))
                .await
                .error()
                .0,
            404,
            "{other}"
        );
    }
}
