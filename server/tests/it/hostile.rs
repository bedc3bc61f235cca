//! What a package's author can write, in every place where it comes out again.

use lazaret_testing::Npm;
use serde_json::json;

use crate::reply::Reply;
use crate::stage::{OLD, Stage, YOUNG, decade};

const BROWSER: &[(&str, &str)] = &[("accept", "text/html")];

/// Bidirectional, invisible and control characters, which deceive whoever reads a terminal or a page.
const DECEPTIVE: [char; 8] = [
    '\u{202e}',
    '\u{2066}',
    '\u{200b}',
    '\u{feff}',
    '\u{1b}',
    '\u{7}',
    '\u{9b}',
    '\u{e0041}',
];

/// Tags and versions as no honest registry would let them be; ours has to be ready for one that does.
fn npm() -> Npm {
    Npm::new().package("evil", |p| {
        p.version("1.0.0", |v| v.published(OLD))
            .version("1.0.1", |v| v.published(YOUNG))
            .version("2.0.0\u{202e}\u{200b}<script>alert(1)</script>'&", |v| {
                v.published(YOUNG)
            })
            .version("<img src=x onerror=alert(2)>", |v| v.published(OLD))
            .version("3.0.0?x=1#/../../chalk", |v| {
                v.published(OLD).attestations(json!({"of": "evil"}))
            })
            .tag("latest", "1.0.1")
            .tag("<script>alert(3)</script>\u{202e}\u{1b}]0;", "1.0.0")
            .tag("young\u{2066}", "1.0.1")
    })
}

async fn stage() -> Stage {
    let summary = "</p><script>alert(4)</script>\u{202e}\u{1b}[2J";
    let advisory = json!({
        "id": "MAL-2026-66",
        "modified": "2026-01-02T03:04:05Z",
        "summary": summary,
        "references": [{"type": "WEB", "url": "javascript:alert(5)"}, {"type": "ADVISORY", "url": "https://registry.example/\"><script>alert(6)</script>"}],
        "affected": [{"package": {"ecosystem": "npm", "name": "evil"}, "versions": ["1.0.1"]}],
    });
    Stage::of(npm())
        .policy(decade())
        .advisories(&[advisory])
        .start()
        .await
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn is_clean(reply: &Reply) {
    for (name, value) in &reply.headers {
        assert!(
            value.as_bytes().iter().all(|byte| (32..127).contains(byte)),
            "{name}: {value:?}"
        );
    }
    if let Some(reason) = &reply.reason {
        assert!(
            reason.bytes().all(|byte| (32..127).contains(&byte)),
            "{reason:?}"
        );
    }
    assert!(!reply.has("x-evil"));
    for character in DECEPTIVE {
        assert!(
            !reply.text().contains(character),
            "{character:?} in {}",
            reply.text()
        );
    }
}

#[tokio::test]
async fn pages_escape_it() {
    let stage = stage().await;
    let versions = [
        "1.0.0",
        "1.0.1",
        "2.0.0\u{202e}\u{200b}<script>alert(1)</script>'&",
        "<img src=x onerror=alert(2)>",
        "3.0.0?x=1#/../../chalk",
    ];
    let mut pages = vec![stage.ask("/-/lazaret/why/evil", BROWSER).await];
    for version in versions {
        let path = format!("/-/lazaret/why/evil@{}", encoded(version));
        let page = stage.ask(&path, BROWSER).await;
        assert_eq!(page.status, 200, "{version}");
        pages.push(page);
    }
    for page in pages {
        is_clean(&page);
        for forbidden in [
            "<script",
            "<img",
            "javascript:",
            "\"><",
            "alert(6)</script>",
        ] {
            assert!(
                !page.text().contains(forbidden),
                "{forbidden} in {}",
                page.text()
            );
        }
    }
}

#[tokio::test]
async fn answers_for_terminals_escape_it() {
    let stage = stage().await;
    for version in ["1.0.1", "2.0.0\u{202e}\u{200b}<script>alert(1)</script>'&"] {
        for path in [
            "/evil/-/evil-VERSION.tgz",
            "/evil/VERSION",
            "/-/npm/v1/attestations/evil@VERSION",
            "/-/lazaret/why/evil@VERSION",
        ] {
            let file = path.replace("VERSION", &encoded(version));
            let reply = stage.get(&file).await;
            is_clean(&reply);
            let error = reply.json()["error"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            assert!(!error.contains(DECEPTIVE), "{path}: {error:?}");
        }
    }
    let document = stage.get("/evil").await.json();
    let message = document["policyRestrictions"]["message"].as_str().unwrap();
    assert!(!message.contains(DECEPTIVE), "{message:?}");
    // A line for each of the two that are held, and none of their making.
    assert_eq!(message.lines().count(), 4, "{message:?}");
    assert!(!message.contains('\r'), "{message:?}");
}

/// No registry writes such a version, and nobody could ask for it: its document is no document.
#[tokio::test]
async fn control_characters_and_quotes_in_a_version_are_refused() {
    for version in [
        "4.0.0\"",
        "4.0.0\r\nX-Evil: 1",
        "4.0.0\u{1b}[31m",
        "4.0.0\u{9b}",
        "4.0.0\0",
    ] {
        let npm = Npm::new().package("evil", |p| {
            p.version("1.0.0", |v| v).version(version, |v| v)
        });
        let stage = Stage::new(npm).await;
        let reply = stage.get("/evil").await;
        assert_eq!(reply.error().0, 502);
        is_clean(&reply);
    }
}

#[tokio::test]
async fn a_package_held_as_a_whole_says_so_without_it() {
    let npm = Npm::new().package("evil", |p| {
        p.version("9.0.0\u{202e}\u{2066}", |v| v.published(YOUNG))
    });
    let stage = Stage::of(npm).policy(decade()).start().await;
    let reply = stage.get("/evil").await;
    assert_eq!(reply.status, 403);
    is_clean(&reply);
    let error = reply.error().1;
    assert!(!error.contains(DECEPTIVE), "{error:?}");
}

#[tokio::test]
async fn why_as_json_escapes_it() {
    let stage = stage().await;
    for path in [
        "/-/lazaret/why/evil",
        "/-/lazaret/why/evil@1.0.0",
        "/-/lazaret/why/evil@1.0.1",
    ] {
        let reply = stage.get(path).await;
        assert_eq!(reply.status, 200);
        is_clean(&reply);
        let all = reply.json().to_string();
        // `Display` of JSON keeps what is beyond ASCII as it is.
        assert!(
            !all.contains(DECEPTIVE) && !all.contains("\\u001b"),
            "{all}"
        );
    }
}

#[tokio::test]
async fn a_version_cannot_lead_the_upstream_elsewhere() {
    let stage = stage().await;
    let version = encoded("3.0.0?x=1#/../../chalk");
    let reply = stage
        .get(&format!("/-/npm/v1/attestations/evil@{version}"))
        .await;
    assert!([200, 400, 404].contains(&reply.status));
    let reply = stage.get(&format!("/evil/-/evil-{version}.tgz")).await;
    assert!([200, 400, 404].contains(&reply.status));
    for request in stage.npm.requests() {
        assert!(
            request.path.starts_with("/evil")
                || request.path.starts_with("/-/npm/v1/attestations/evil"),
            "{}",
            request.path
        );
        assert!(!request.path.contains(['?', '#']), "{}", request.path);
    }
}

#[tokio::test]
async fn fields_of_the_registry_that_would_be_ours_are_not_passed_on() {
    let npm = Npm::new().package("evil", |p| {
        p.version("1.0.0", |v| v)
            .field(
                "policyRestrictions",
                json!({"message": "fake", "versions": {}}),
            )
            .field("_attachments", json!({"x": {}}))
            .field("modified", "2099-01-01T00:00:00.000Z")
    });
    let stage = Stage::new(npm).await;
    let document = stage.get("/evil").await.json();
    assert_eq!(document.get("policyRestrictions"), None);
    assert_eq!(document.get("_attachments"), None);
}
