//! `GET /{name}`: both forms, in every spelling of a name, fresh, confirmed and unknown.

use insta::assert_snapshot;
use lazaret_testing::{Fault, Npm};
use serde_json::{Value, json};

use crate::reply::{masked, pretty};
use crate::stage::{ABBREVIATED, OLD, PUBLIC, SHORT, Stage, chalk, eventually};

fn scoped() -> Npm {
    Npm::new().package("@s/n", |p| p.version("1.0.0", |v| v))
}

#[tokio::test]
async fn full_is_what_the_registry_wrote_but_for_the_tarballs() {
    let stage = Stage::new(chalk()).await;
    let reply = stage.get("/chalk").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), "application/json");

    let mut theirs: Value = {
        let url = format!("{}chalk", stage.npm.url());
        let body = reqwest::get(url).await.unwrap().bytes().await.unwrap();
        serde_json::from_slice(&body).unwrap()
    };
    for version in ["5.6.0", "5.6.1"] {
        let tarball = format!("{PUBLIC}/chalk/-/chalk-{version}.tgz");
        theirs["versions"][version]["dist"]["tarball"] = tarball.into();
    }
    assert_eq!(reply.json(), theirs);
}

#[tokio::test]
async fn abbreviated_has_what_an_install_needs() {
    let npm = Npm::new().package("left-pad", |p| {
        p.version("1.3.0", |v| {
            v.dependency("pad", "^1.0.0")
                .script("postinstall", "node build.js")
                .script("test", "node test.js")
                .bin("left-pad", "bin/left-pad.js")
                .deprecated("use String.prototype.padStart()")
                .field("engines", json!({"node": ">=4"}))
                .field("libc", json!(["glibc"]))
        })
        .tag("beta", "1.3.0")
    });
    let stage = Stage::new(npm).await;
    let reply = stage.ask("/left-pad", SHORT).await;
    assert_eq!(reply.header("content-type"), ABBREVIATED);
    assert_snapshot!(pretty(&masked(&reply.json())), @r#"
    {
      "dist-tags": {
        "beta": "1.3.0",
        "latest": "1.3.0"
      },
      "modified": "2024-01-01T00:00:00.000Z",
      "name": "left-pad",
      "time": {
        "1.3.0": "2024-01-01T00:00:00.000Z",
        "created": "2024-01-01T00:00:00.000Z",
        "modified": "2024-01-01T00:00:00.000Z"
      },
      "versions": {
        "1.3.0": {
          "_hasShrinkwrap": false,
          "bin": {
            "left-pad": "bin/left-pad.js"
          },
          "dependencies": {
            "pad": "^1.0.0"
          },
          "deprecated": "use String.prototype.padStart()",
          "dist": {
            "fileCount": 2,
            "integrity": "<digest>",
            "shasum": "<digest>",
            "signatures": [
              {
                "keyid": "SHA256:fakefakefakefakefakefakefakefakefakefakefak",
                "sig": "<digest>"
              }
            ],
            "tarball": "http://mirror.example/left-pad/-/left-pad-1.3.0.tgz",
            "unpackedSize": 413
          },
          "engines": {
            "node": ">=4"
          },
          "hasInstallScript": true,
          "libc": [
            "glibc"
          ],
          "name": "left-pad",
          "version": "1.3.0"
        }
      }
    }
    "#);
}

#[tokio::test]
async fn time_is_complete_in_both_forms() {
    let npm = Npm::new().package("untimed", |p| {
        p.version("1.0.0", |v| v.published(OLD))
            .version("1.0.1", |v| v.unpublished())
            .version("1.0.2", |v| v.published("yesterday"))
    });
    let stage = Stage::of(npm)
        .policy(json!({"cooldown": "off"}))
        .start()
        .await;
    for headers in [&[][..], SHORT] {
        let reply = stage.ask("/untimed", headers).await;
        assert_eq!(reply.times(), ["1.0.0", "1.0.1", "1.0.2"]);
        let document = reply.json();
        for (key, time) in document["time"].as_object().unwrap() {
            let text = time.as_str().unwrap();
            let instant: jiff::Timestamp = text.parse().unwrap();
            assert_eq!(format!("{instant:.3}"), text, "{key}");
        }
        assert_eq!(document["time"]["1.0.0"], OLD);
        assert_eq!(document["time"]["1.0.1"], document["time"]["1.0.2"]);
    }
}

#[tokio::test]
async fn a_name_is_one_name_in_every_spelling() {
    let stage = Stage::new(scoped()).await;
    let canonical = stage.get("/@s%2fn").await;
    assert_eq!(canonical.json()["name"], "@s/n");
    for path in [
        "/@s%2Fn",
        "/@s/n",
        "/%40s%2fn",
        "/%40s%2Fn",
        "/%40s/n",
        "/@s/n/",
        "/@s%2fn?write=true",
    ] {
        let reply = stage.get(path).await;
        assert_eq!(reply.body, canonical.body, "{path}");
        assert_eq!(reply.header("etag"), canonical.header("etag"), "{path}");
    }
    let asked = stage.npm.requests();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].path, "/@s%2fn");
}

#[tokio::test]
async fn tarballs_are_addressed_at_the_public_url() {
    let npm = scoped().package("plain", |p| {
        p.version("1.0.0", |v| v)
            .version("2.0.0", |v| {
                v.dist(
                    "tarball",
                    "https://cdn.example/elsewhere/plain.tgz?token=secret",
                )
            })
            .version("3.0.0", |v| v.dist("tarball", Value::Null))
            .version("4.0.0+build", |v| v)
    });
    let stage = Stage::new(
        npm.prefix("/repository/npm")
            .tarball_origin("http://other.example"),
    )
    .await;
    for headers in [&[][..], SHORT] {
        let plain = stage.ask("/plain", headers).await;
        let tarball = |version: &str| plain.json()["versions"][version]["dist"]["tarball"].clone();
        for version in ["1.0.0", "2.0.0", "4.0.0+build"] {
            assert_eq!(
                tarball(version),
                format!("{PUBLIC}/plain/-/plain-{version}.tgz")
            );
        }
        // A manifest without an address gets none from us: npm then makes up its own, at the registry it asks.
        assert_eq!(tarball("3.0.0"), Value::Null);
        let scoped = stage.ask("/@s%2fn", headers).await;
        assert_eq!(
            scoped.json()["versions"]["1.0.0"]["dist"]["tarball"],
            format!("{PUBLIC}/@s/n/-/n-1.0.0.tgz")
        );
        for reply in [plain, scoped] {
            assert!(!reply.text().contains("other.example"), "{}", reply.text());
            assert!(!reply.text().contains("token=secret"));
        }
    }
}

#[tokio::test]
async fn signatures_attestations_and_publisher_pass_through() {
    let publisher = json!({"name": "ci", "email": "ci@registry.example", "trustedPublisher": {"id": "github", "oidcConfigId": "oidc:1"}});
    let signatures = json!([{"keyid": "SHA256:key", "sig": "MEUCIQDsig"}]);
    let attestations = json!({"url": "https://registry.example/-/npm/v1/attestations/signed@1.0.0", "provenance": {"predicateType": "https://slsa.dev/provenance/v1"}});
    let npm = Npm::new().package("signed", |p| {
        p.version("1.0.0", |v| {
            v.manifest_field("_npmUser", publisher.clone())
                .manifest_field("a field of next year", json!({"é": ["\u{2028}"]}))
                .dist("signatures", signatures.clone())
                .dist("attestations", attestations.clone())
        })
    });
    let stage = Stage::new(npm).await;
    for headers in [&[][..], SHORT] {
        let document = stage.ask("/signed", headers).await.json();
        let manifest = &document["versions"]["1.0.0"];
        assert_eq!(manifest["dist"]["signatures"], signatures);
        assert_eq!(manifest["dist"]["attestations"], attestations);
        if headers.is_empty() {
            assert_eq!(manifest["_npmUser"], publisher);
            assert_eq!(manifest["a field of next year"]["é"][0], "\u{2028}");
        }
    }
}

/// What a JSON library would round, sort or refuse reaches clients as it was written.
#[tokio::test]
async fn spellings_of_the_registry_stay() {
    let manifest = r#"{"z":1.0E+400,"a":12345678901234567890123,"e":"\u00e9\/","dist":{"shasum":"0000000000000000000000000000000000000000","tarball":"https:\/\/cdn.example\/x.tgz"},"b":-0.10}"#;
    let document = format!(
        r#"{{"name":"odd","dist-tags":{{"latest":"1.0.0"}},"versions":{{"1.0.0":{manifest}}},"time":{{"1.0.0":"{OLD}"}}}}"#
    );
    let stage = Stage::new(Npm::new().raw_packument("odd", document)).await;
    let reply = stage.get("/odd").await;
    for expected in [
        r#"{"z":1.0E+400,"a":12345678901234567890123,"e":"\u00e9\/","dist":{"#,
        r#""b":-0.10}"#,
        r#""tarball":"http://mirror.example/odd/-/odd-1.0.0.tgz""#,
    ] {
        assert!(
            reply.text().contains(expected),
            "{expected} in {}",
            reply.text()
        );
    }
}

#[tokio::test]
async fn an_unknown_package_is_404_with_words() {
    let stage = Stage::new(chalk()).await;
    let reply = stage.get("/nobody").await;
    assert_eq!(reply.header("cache-control"), "no-cache");
    assert_eq!(
        reply.error(),
        (404, "the registry has no package nobody".to_owned())
    );
    // 404 is not remembered: it may be published the next minute.
    stage.npm.publish("nobody", "1.0.0", |v| v);
    assert_eq!(stage.get("/nobody").await.versions(), ["1.0.0"]);
}

#[tokio::test]
async fn a_fresh_document_is_not_asked_for_again() {
    let stage = Stage::new(chalk()).await;
    for _ in 0..3 {
        assert_eq!(stage.get("/chalk").await.status, 200);
        assert_eq!(stage.ask("/chalk", SHORT).await.status, 200);
        assert_eq!(stage.get("/chalk/latest").await.status, 200);
    }
    assert_eq!(stage.npm.requests().len(), 1);
    let asked = &stage.npm.requests()[0];
    assert_eq!(asked.header("accept"), Some("application/json"));
    assert_eq!(asked.header("accept-encoding"), Some("gzip"));
}

#[tokio::test]
async fn a_document_is_confirmed_with_the_upstreams_own_tag() {
    let stage = Stage::of(chalk()).never_fresh().start().await;
    let first = stage.get("/chalk").await;
    let second = stage.fresh("/chalk").await;
    assert_eq!(second.header("etag"), first.header("etag"));
    let asked = stage.npm.requests();
    assert_eq!(asked[0].header("if-none-match"), None);
    let last = asked.last().unwrap();
    assert!(last.header("if-none-match").is_some());
    assert_eq!(last.status, 304);
}

#[tokio::test]
async fn a_new_version_changes_the_document_and_its_tag() {
    let stage = Stage::of(chalk())
        .policy(json!({"cooldown": "off"}))
        .never_fresh()
        .start()
        .await;
    let before = stage.get("/chalk").await;
    assert_eq!(before.versions(), ["5.6.0", "5.6.1"]);
    stage.npm.publish("chalk", "5.6.2", |v| v);
    let after = stage.fresh("/chalk").await;
    assert_eq!(after.versions(), ["5.6.0", "5.6.1", "5.6.2"]);
    assert_ne!(after.header("etag"), before.header("etag"));
    assert_eq!(after.json()["dist-tags"]["latest"], "5.6.2");
}

#[tokio::test]
async fn a_document_a_little_old_is_served_at_once_and_confirmed_meanwhile() {
    let setting = Stage::of(chalk()).policy(json!({"cooldown": "off"}));
    let stage = setting
        .cache(|cache| cache.fresh_for = std::time::Duration::ZERO)
        .start()
        .await;
    assert_eq!(stage.get("/chalk").await.versions(), ["5.6.0", "5.6.1"]);
    stage.npm.publish("chalk", "5.6.2", |v| v);
    stage.npm.fault("/chalk", Fault::hold());
    stage.npm.forget();
    // The upstream is asked, and nobody waits for it.
    eventually("the upstream to be asked", async || {
        assert_eq!(stage.get("/chalk").await.versions(), ["5.6.0", "5.6.1"]);
        (!stage.npm.requests_to("/chalk").is_empty()).then_some(())
    })
    .await;
    assert_eq!(stage.npm.requests_to("/chalk").len(), 1);
    stage.npm.heal("/chalk");
    eventually("the new version", async || {
        let versions = stage.get("/chalk").await.versions();
        versions.contains(&"5.6.2".to_owned()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_package_removed_upstream_is_gone_but_its_lockfiles_still_install() {
    let stage = Stage::of(chalk()).never_fresh().start().await;
    assert_eq!(stage.get("/chalk/-/chalk-5.6.0.tgz").await.status, 200);
    stage.npm.remove("chalk");
    let gone = stage.fresh("/chalk").await;
    assert_eq!(gone.error().0, 404);
    assert_eq!(stage.get("/chalk/-/chalk-5.6.0.tgz").await.status, 200);
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let stage = Stage::new(chalk()).await;
    for path in [
        "/chalk",
        "/chalk/latest",
        "/chalk/-/chalk-5.6.0.tgz",
        "/-/ping",
        "/nobody",
        "/-/healthz",
    ] {
        let get = stage.get(path).await;
        let head = stage.send(http::Method::HEAD, path, &[], Vec::new()).await;
        assert_eq!(head.status, get.status, "{path}");
        assert!(head.body.is_empty(), "{path}");
        for header in [
            "content-type",
            "content-length",
            "etag",
            "cache-control",
            "vary",
        ] {
            assert_eq!(
                head.header(header),
                get.header(header),
                "{header} of {path}"
            );
        }
        assert_eq!(
            head.header("content-length"),
            get.body.len().to_string(),
            "{path}"
        );
    }
}

/// What is left of a package whose author took everything back.
#[tokio::test]
async fn a_document_without_versions_passes_through() {
    let gone = r#"{"_id":"gone","name":"gone","time":{"created":"2020-01-01T00:00:00.000Z","unpublished":{"time":"2021-01-01T00:00:00.000Z","versions":["1.0.0"]}}}"#;
    let stage = Stage::new(Npm::new().raw_packument("gone", gone)).await;
    for headers in [&[][..], SHORT] {
        let reply = stage.ask("/gone", headers).await;
        assert!(reply.versions().is_empty());
        assert_eq!(reply.json()["dist-tags"], json!({}));
    }
    for path in ["/gone/latest", "/gone/1.0.0", "/gone/-/gone-1.0.0.tgz"] {
        assert_eq!(stage.get(path).await.error().0, 404, "{path}");
    }
}
