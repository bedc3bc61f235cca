//! The pages for people who log in: what they say, what their forms do, and what a package cannot do to them.

use lazaret_testing::Npm;
use serde_json::json;

use crate::reply::Reply;
use crate::stage::{OLD, Stage, chalk, decade, eventually, malware, vulnerability};

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

fn harmless(reply: &Reply) {
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(reply.header("content-security-policy"), POLICY);
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    assert_eq!(reply.header("cache-control"), "no-store");
    for forbidden in [
        "<script",
        " style=",
        " onclick=",
        "javascript:",
        "<iframe",
        "<img",
    ] {
        assert!(!reply.text().contains(forbidden), "{forbidden}");
    }
}

#[tokio::test]
async fn the_pages_are_there_and_harmless() {
    let stage = Stage::of(chalk()).policy(decade()).start().await;
    let anna = stage.admin().await;
    stage.get("/chalk/-/chalk-5.6.1.tgz").await;
    for (path, expected) in [
        (
            "/-/lazaret/",
            "<a href=\"/-/lazaret/version/chalk@5.6.1\">chalk@5.6.1</a>",
        ),
        ("/-/lazaret/queue", "in cooldown until 2033-12-29"),
        ("/-/lazaret/queue?rule=cooldown&order=name", "chalk@5.6.1"),
        (
            "/-/lazaret/queue?outcome=block",
            "Nothing that matches is held.",
        ),
        ("/-/lazaret/version/chalk@5.6.1", "<h1>chalk@5.6.1</h1>"),
        ("/-/lazaret/version/chalk@latest", "<h1>chalk@5.6.0</h1>"),
        ("/-/lazaret/package/chalk", "2 versions, 1 of them held."),
        ("/-/lazaret/incidents", "None is open."),
        ("/-/lazaret/advisories", "There are none"),
        (
            "/-/lazaret/advisories?package=chalk",
            "Nothing is known against it.",
        ),
        ("/-/lazaret/log", "person-added"),
        ("/-/lazaret/settings", "<h3>cooldown</h3>"),
        ("/-/lazaret/replay", "Try a policy"),
        ("/-/lazaret/webhooks", "There was nothing to deliver."),
        ("/-/lazaret/account", "You are a admin here."),
        ("/-/lazaret/people", "anna"),
    ] {
        let page = stage.page(&anna, path).await;
        harmless(&page);
        assert!(
            page.text().contains(expected),
            "{path}: {expected} is not in {}",
            page.text()
        );
    }
    let found = stage.page(&anna, "/-/lazaret/search?q=chalk%405.6.1").await;
    assert_eq!(found.header("location"), "/-/lazaret/version/chalk@5.6.1");
    let unknown = stage.page(&anna, "/-/lazaret/version/chalk@9.9.9").await;
    assert_eq!(unknown.status, 404);
    assert!(unknown.text().contains("<h1>Not here</h1>"));
}

#[tokio::test]
async fn a_form_decides_and_another_takes_it_back() {
    let stage = Stage::of(chalk()).policy(decade()).start().await;
    let anna = stage.admin().await;
    let page = stage.page(&anna, "/-/lazaret/version/chalk@5.6.1").await;
    let sha512 = crate::who::between(page.text(), "name=\"sha512\" value=\"", "\"").to_owned();
    let headers = [("cookie", &*anna.cookie)];
    let fields = [
        ("form", &*anna.form),
        ("package", "chalk@5.6.1"),
        ("sha512", &*sha512),
        ("decision", "approve"),
        ("reason", "read the <b>diff</b>"),
        ("days", "30"),
    ];
    let without = stage
        .send_form("/-/lazaret/decide", &headers, &fields[1..])
        .await;
    assert_eq!(without.status, 422, "a form without its token");
    let done = stage
        .send_form("/-/lazaret/decide", &headers, &fields)
        .await;
    assert_eq!(
        (done.status, done.header("location")),
        (303, "/-/lazaret/version/chalk@5.6.1")
    );
    assert_eq!(stage.get("/chalk").await.versions(), ["5.6.0", "5.6.1"]);
    let page = stage.page(&anna, "/-/lazaret/version/chalk@5.6.1").await;
    harmless(&page);
    assert!(
        page.text().contains("read the &#60;b&#62;diff&#60;/b&#62;"),
        "{}",
        page.text()
    );
    let id = crate::who::between(page.text(), "name=\"id\" value=\"", "\"").to_owned();
    let fields = [("form", &*anna.form), ("id", &*id), ("reason", "too soon")];
    let done = stage
        .send_form("/-/lazaret/withdraw", &headers, &fields)
        .await;
    assert_eq!(done.status, 303);
    assert_eq!(stage.get("/chalk").await.versions(), ["5.6.0"]);
    let page = stage.page(&anna, "/-/lazaret/version/chalk@5.6.1").await;
    assert!(page.text().contains("by anna: too soon"));
}

#[tokio::test]
async fn readers_see_no_forms_to_decide() {
    let stage = Stage::of(chalk()).policy(decade()).start().await;
    let anna = stage.admin().await;
    let rita = stage.person(&anna, "rita", "reader").await;
    let page = stage.page(&rita, "/-/lazaret/version/chalk@5.6.1").await;
    harmless(&page);
    assert!(!page.text().contains("/-/lazaret/decide"));
    let headers = [("cookie", &*rita.cookie)];
    let fields = [
        ("form", &*rita.form),
        ("package", "chalk@5.6.1"),
        ("decision", "approve"),
        ("reason", "please"),
    ];
    let refused = stage
        .send_form("/-/lazaret/decide", &headers, &fields)
        .await;
    assert_eq!(refused.status, 403);
    assert!(
        refused
            .text()
            .contains("this takes a reviewer; rita is a reader here")
    );
}

#[tokio::test]
async fn what_people_and_clients_write_is_text() {
    let stage = Stage::of(chalk()).policy(decade()).start().await;
    let anna = stage.admin().await;
    let agent = [("user-agent", "<script>alert(1)</script>")];
    stage.ask("/chalk/-/chalk-5.6.1.tgz", &agent).await;
    let nasty = json!({"reason": "\"><script>alert(1)</script>"});
    stage.decide(&anna, "chalk@5.6.0", "reject", nasty).await;
    eventually("the refusal on the page", async || {
        let page = stage.page(&anna, "/-/lazaret/version/chalk@5.6.1").await;
        harmless(&page);
        page.text()
            .contains("&#60;script&#62;alert(1)")
            .then_some(())
    })
    .await;
    for path in [
        "/-/lazaret/version/chalk@5.6.0",
        "/-/lazaret/log",
        "/-/lazaret/",
        "/-/lazaret/package/chalk",
    ] {
        harmless(&stage.page(&anna, path).await);
    }
    let searched = stage
        .page(&anna, "/-/lazaret/queue?search=%22%3E%3Cscript%3E")
        .await;
    harmless(&searched);
}

#[tokio::test]
async fn the_diff_shows_what_changed_and_nothing_runs() {
    let packed = |last: &str| format!("{};{last};", "var a=1;".repeat(100));
    let npm = Npm::new().package("chalk", |p| {
        p.version("5.6.0", |v| {
            v.published(OLD)
                .file("index.js", "one\ntwo\nthree\n")
                .file("gone.js", "bye\n")
                .file("same.js", "same\n")
                .file("packed.js", packed("old()"))
        })
        .version("5.6.1", |v| {
            v.published(OLD)
                .file("index.js", "one\n</code><script>alert(1)</script>\nthree\n")
                .file("new.bin", "a\0b")
                .file("same.js", "same\n")
                .file("packed.js", packed("new_one()"))
        })
    });
    let stage = Stage::new(npm).await;
    let anna = stage.admin().await;
    let before = stage.page(&anna, "/-/lazaret/diff/chalk@5.6.1").await;
    assert_eq!(before.status, 404, "its bytes are not here yet");
    for version in ["5.6.0", "5.6.1"] {
        assert_eq!(
            stage
                .get(&format!("/chalk/-/chalk-{version}.tgz"))
                .await
                .status,
            200
        );
    }
    let page = stage.page(&anna, "/-/lazaret/diff/chalk@5.6.1").await;
    harmless(&page);
    let text = page.text();
    for expected in [
        "What changed in chalk@5.6.1 since 5.6.0",
        "<code>gone.js</code></a></td><td>removed</td>",
        "<code>new.bin</code></a></td><td>added</td>",
        "<td class=\"sign\">−</td><td class=\"code old\"><code>two</code>",
        "&#60;<span class=\"s\">/code&#62;&#60;script&#62;alert(1)&#60;/script</span>",
        "Not text, or too large to be compared",
        // Packed code is one statement a line, and only the one that changed is marked.
        "<td class=\"code new\"><code>new_one();</code>",
        "lines are the same",
    ] {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
    assert!(!text.contains("same.js"));
    let raw = stage
        .page(
            &anna,
            "/-/lazaret/diff/chalk@5.6.1?file=packed.js&raw=yes&view=side",
        )
        .await;
    harmless(&raw);
    assert!(!raw.text().contains("<code>new_one();</code>"));
    let none = stage
        .page(&anna, "/-/lazaret/diff/chalk@5.6.1?file=../../etc/passwd")
        .await;
    assert!(
        none.text()
            .contains("This file is the same in both, or in neither.")
    );
    let other = stage
        .page(&anna, "/-/lazaret/diff/chalk@5.6.1?from=1.0.0")
        .await;
    assert_eq!(other.status, 404);
}

#[tokio::test]
async fn advisories_are_shown_by_package() {
    let mut bad = malware("MAL-2025-1", "chalk", &["5.6.1"]);
    bad["summary"] = json!("Steals <b>wallets</b>\u{202e}");
    bad["aliases"] = json!(["GHSA-aaaa-bbbb-cccc"]);
    let other = vulnerability("GHSA-dddd-eeee-ffff", "chalk", "5.0.1");
    let stage = Stage::of(chalk()).advisories(&[bad, other]).start().await;
    let anna = stage.admin().await;
    let all = stage.page(&anna, "/-/lazaret/advisories").await;
    harmless(&all);
    assert!(
        all.text()
            .contains("<strong>2</strong> advisories on 1 packages")
    );
    let page = stage
        .page(&anna, "/-/lazaret/advisories?package=chalk")
        .await;
    harmless(&page);
    for expected in [
        "MAL-2025-1",
        "Steals &#60;b&#62;wallets&#60;/b&#62;\\u{202e}",
        "<dt>Also called</dt><dd>GHSA-aaaa-bbbb-cccc</dd>",
        "<dt>Fixed in</dt><dd><code>5.0.1</code></dd>",
        "CWE-1321",
    ] {
        assert!(
            page.text().contains(expected),
            "{expected}: {}",
            page.text()
        );
    }
    // The graver one first.
    let place = |id: &str| page.text().find(&format!("<h2 id=\"{id}\">")).unwrap();
    assert!(place("MAL-2025-1") < place("GHSA-dddd-eeee-ffff"));
    let one = "/-/lazaret/advisories?package=chalk&id=MAL-2025-1";
    let one = stage.page(&anna, one).await;
    assert!(!one.text().contains("Fixed in"));
    let wrong = stage
        .page(&anna, "/-/lazaret/advisories?package=..%2f")
        .await;
    assert_eq!(wrong.status, 400);
}
