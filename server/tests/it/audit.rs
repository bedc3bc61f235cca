//! `POST /-/npm/v1/security/…`: audits, answered here from what we know, whatever comes in.

use http::Method;
use insta::assert_snapshot;
use lazaret_testing::{Npm, gzip};
use serde_json::{Value, json};

use crate::reply::{Reply, pretty};
use crate::stage::{Stage, malware, vulnerability};

const BULK: &str = "/-/npm/v1/security/advisories/bulk";
const QUICK: &str = "/-/npm/v1/security/audits/quick";
const FULL: &str = "/-/npm/v1/security/audits";

async fn stage() -> Stage {
    let advisories = [
        malware("MAL-2025-46969", "chalk", &["5.6.1"]),
        vulnerability("GHSA-aaaa-bbbb-cccc", "left-pad", "1.3.0"),
        malware("MAL-2025-1", "@ours/payroll", &[]),
    ];
    let policy = json!({
        "internal": ["@ours/*"],
        "deny": [{"package": "request", "reason": "no longer maintained"}],
    });
    Stage::of(Npm::new())
        .policy(policy)
        .advisories(&advisories)
        .start()
        .await
}

async fn send(stage: &Stage, path: &str, coding: &str, body: Vec<u8>) -> Reply {
    let headers = [
        ("content-type", "application/json"),
        ("content-encoding", coding),
    ];
    stage.send(Method::POST, path, &headers, body).await
}

#[tokio::test]
async fn bulk_tells_what_is_known_and_asks_nobody() {
    let stage = stage().await;
    let tree = json!({
        "chalk": ["5.6.0", "5.6.1"],
        "left-pad": ["1.1.0"],
        "request": ["2.88.2"],
        "express": ["4.21.0"],
        "@ours/payroll": ["1.0.0"],
        "@ours/clean": ["1.0.0"],
        "": ["1.0.0"],
        "../etc/passwd": ["1.0.0"],
    });
    let reply = stage.post(BULK, &tree).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), "application/json");
    assert_snapshot!(pretty(&reply.json()), @r#"
    {
      "chalk": [
        {
          "cvss": {
            "score": 0.0,
            "vectorString": null
          },
          "cwe": [],
          "id": 1916389412,
          "severity": "critical",
          "title": "Malicious code in chalk (npm)",
          "url": "https://osv.dev/vulnerability/MAL-2025-46969",
          "vulnerable_versions": "5.6.1"
        }
      ],
      "left-pad": [
        {
          "cvss": {
            "score": 0.0,
            "vectorString": null
          },
          "cwe": [
            "CWE-1321"
          ],
          "id": 1000712798,
          "severity": "high",
          "title": "Prototype pollution",
          "url": "https://github.com/advisories/GHSA-aaaa-bbbb-cccc",
          "vulnerable_versions": "<1.3.0"
        }
      ],
      "request": [
        {
          "cvss": {
            "score": 0.0,
            "vectorString": null
          },
          "cwe": [],
          "id": 1016363489,
          "severity": "critical",
          "title": "Denied by lazaret's policy: denied here as request: no longer maintained",
          "url": "http://mirror.example/-/lazaret/why/request@2.88.2",
          "vulnerable_versions": "2.88.2"
        }
      ]
    }
    "#);
    // npm and bun send gzip.
    let packed = send(&stage, BULK, "gzip", gzip(tree.to_string().as_bytes())).await;
    assert_eq!(packed.json(), reply.json());
    assert!(stage.npm.requests().is_empty());
    assert_eq!(stage.npm.connections(), 0);
}

#[tokio::test]
async fn bulk_without_findings_is_an_empty_object() {
    let stage = stage().await;
    for tree in [
        json!({}),
        json!({"chalk": ["5.6.0"]}),
        json!({"chalk": []}),
        json!({"chalk": ["not a version", ""]}),
    ] {
        assert_eq!(stage.post(BULK, &tree).await.json(), json!({}), "{tree}");
    }
}

#[tokio::test]
async fn reports_are_what_older_clients_read() {
    let stage = stage().await;
    let tree = json!({
        "name": "app",
        "version": "1.0.0",
        "requires": {"chalk": "^5.0.0"},
        "install": ["chalk@5"],
        "remove": [],
        "metadata": {"npm_version": "6.14.18"},
        "dependencies": {
            "chalk": {"version": "5.6.1", "integrity": "sha512-x", "requires": {}},
            "@ours/payroll": {"version": "1.0.0", "dev": true},
            "debug": {
                "version": "4.0.0",
                "optional": true,
                "dependencies": {
                    "chalk": {"version": "5.6.1"},
                    "left-pad": {"version": "1.1.0"},
                },
            },
        },
    });
    let quick = stage.post(QUICK, &tree).await;
    assert_eq!(quick.status, 200);
    assert_snapshot!(pretty(&quick.json()), @r#"
    {
      "actions": [
        {
          "action": "review",
          "module": "chalk",
          "resolves": [
            {
              "bundled": false,
              "dev": false,
              "id": 1916389412,
              "optional": false,
              "path": "chalk"
            },
            {
              "bundled": false,
              "dev": false,
              "id": 1916389412,
              "optional": false,
              "path": "debug>chalk"
            }
          ]
        },
        {
          "action": "review",
          "module": "left-pad",
          "resolves": [
            {
              "bundled": false,
              "dev": false,
              "id": 1000712798,
              "optional": false,
              "path": "debug>left-pad"
            }
          ]
        }
      ],
      "advisories": {
        "1000712798": {
          "access": "public",
          "cves": [],
          "cwe": [
            "CWE-1321"
          ],
          "findings": [
            {
              "paths": [
                "debug>left-pad"
              ],
              "version": "1.1.0"
            }
          ],
          "id": 1000712798,
          "module_name": "left-pad",
          "overview": "Prototype pollution",
          "patched_versions": "<0.0.0",
          "recommendation": "Move to a version that is not affected.",
          "severity": "high",
          "title": "Prototype pollution",
          "url": "https://github.com/advisories/GHSA-aaaa-bbbb-cccc",
          "vulnerable_versions": "<1.3.0"
        },
        "1916389412": {
          "access": "public",
          "cves": [],
          "cwe": [],
          "findings": [
            {
              "paths": [
                "chalk",
                "debug>chalk"
              ],
              "version": "5.6.1"
            }
          ],
          "id": 1916389412,
          "module_name": "chalk",
          "overview": "Malicious code in chalk (npm)",
          "patched_versions": "<0.0.0",
          "recommendation": "Move to a version that is not affected.",
          "severity": "critical",
          "title": "Malicious code in chalk (npm)",
          "url": "https://osv.dev/vulnerability/MAL-2025-46969",
          "vulnerable_versions": "5.6.1"
        }
      },
      "metadata": {
        "dependencies": 3,
        "devDependencies": 1,
        "optionalDependencies": 1,
        "totalDependencies": 5,
        "vulnerabilities": {
          "critical": 2,
          "high": 1,
          "info": 0,
          "low": 0,
          "moderate": 0
        }
      },
      "muted": []
    }
    "#);
    assert_eq!(stage.post(FULL, &tree).await.json(), quick.json());
    let packed = send(&stage, FULL, "gzip", gzip(tree.to_string().as_bytes())).await;
    assert_eq!(packed.json(), quick.json());
    assert!(stage.npm.requests().is_empty());
}

#[tokio::test]
async fn new_advisories_are_in_the_next_audit() {
    let stage = stage().await;
    let tree = json!({"express": ["4.21.0"]});
    assert_eq!(stage.post(BULK, &tree).await.json(), json!({}));
    stage
        .set_advisories(&[malware("MAL-2026-1", "express", &["4.21.0"])])
        .await;
    let answer = stage.post(BULK, &tree).await.json();
    assert_eq!(answer["express"][0]["severity"], "critical");
    assert_eq!(
        stage.post(BULK, &json!({"chalk": ["5.6.1"]})).await.json(),
        json!({})
    );
}

#[tokio::test]
async fn what_is_no_audit_is_refused_with_words() {
    let stage = stage().await;
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let deep_object = format!(
        "{}1{}",
        "{\"dependencies\":".repeat(50_000),
        "}".repeat(50_000)
    );
    let deep_names = format!(
        "{}{{}}{}",
        "{\"dependencies\":{\"a\":".repeat(50_000),
        "}}".repeat(50_000)
    );
    for path in [BULK, QUICK, FULL] {
        for body in [
            "",
            "x",
            "[]",
            "1",
            "null",
            "\"chalk\"",
            "{\"chalk\":",
            "{\"dependencies\":[1]}",
            "\u{feff}{}",
            &deep,
            &deep_object,
            &deep_names,
        ] {
            let reply = send(&stage, path, "identity", body.as_bytes().to_vec()).await;
            assert_eq!(
                reply.error().0,
                400,
                "{path}: {}",
                &body[..body.len().min(40)]
            );
        }
        let not_utf8 = send(&stage, path, "identity", b"{\"\xff\": []}".to_vec()).await;
        assert_eq!(not_utf8.error().0, 400);
    }
    for body in [
        json!({"chalk": "5.6.1"}),
        json!({"chalk": {}}),
        json!({"chalk": [1]}),
        json!({"chalk": [["5.6.1"]]}),
        json!({"chalk": null}),
    ] {
        assert_eq!(stage.post(BULK, &body).await.error().0, 400, "{body}");
    }
    for body in [
        json!({"dependencies": {"chalk": 1}}),
        json!({"dependencies": {"chalk": {"version": []}}}),
        json!({"dependencies": {"chalk": {"dependencies": []}}}),
    ] {
        assert_eq!(stage.post(FULL, &body).await.error().0, 400, "{body}");
    }
    assert_eq!(
        stage.post(BULK, &json!({"chalk": ["5.6.1"]})).await.status,
        200
    );
}

#[tokio::test]
async fn codings_that_are_none_are_refused() {
    let stage = stage().await;
    let body = gzip(b"{\"chalk\":[\"5.6.1\"]}");
    for (coding, body) in [
        ("gzip", b"{\"chalk\":[\"5.6.1\"]}".to_vec()),
        ("gzip", body[..body.len() / 2].to_vec()),
        ("gzip", [&body[..], b"garbage"].concat()),
        ("br", body.clone()),
        ("gzip, gzip", body.clone()),
        ("identity", body.clone()),
    ] {
        assert_eq!(
            send(&stage, BULK, coding, body).await.error().0,
            400,
            "{coding}"
        );
    }
    // Codings are tokens without case (RFC 9110, 8.4.1).
    for coding in ["gzip", "GZip", "x-gzip"] {
        assert_eq!(
            send(&stage, BULK, coding, body.clone()).await.status,
            200,
            "{coding}"
        );
    }
}

#[tokio::test]
async fn bodies_have_a_limit_on_the_wire_and_inflated() {
    let stage = stage().await;
    for path in [BULK, QUICK] {
        let large = send(&stage, path, "identity", vec![b' '; (8 << 20) + 1]).await;
        assert_eq!(large.error().0, 413);
        let bomb = send(&stage, path, "gzip", gzip(&vec![b' '; (64 << 20) + 1])).await;
        assert_eq!(bomb.error().0, 413);
    }
    let versions: Vec<String> = (0..1001).map(|patch| format!("1.0.{patch}")).collect();
    assert_eq!(
        stage
            .post(BULK, &json!({"chalk": versions}))
            .await
            .error()
            .0,
        400
    );
}

/// Every place of a finding is told with its path, and a path is as long as the tree is deep.
#[tokio::test]
async fn a_report_does_not_outgrow_what_was_sent() {
    let stage = stage().await;
    let long = "a".repeat(200);
    let mut leaves = serde_json::Map::new();
    for index in 0..1000 {
        let child = json!({"version": "1.0.0", "dependencies": {"chalk": {"version": "5.6.1"}}});
        leaves.insert(format!("p{index}"), child);
    }
    let many = (0..100).map(|minor| {
        let inner: serde_json::Map<String, Value> = (0..10)
            .map(|index| {
                let leaf = json!({"left-pad": {"version": format!("1.0.{minor}")}});
                let child = json!({"version": "1.0.0", "dependencies": leaf});
                (format!("q{minor}-{index}"), child)
            })
            .collect();
        (
            format!("r{minor}"),
            json!({"version": "1.0.0", "dependencies": inner}),
        )
    });
    leaves.extend(many);
    let mut tree = Value::Object(leaves);
    for _ in 0..40 {
        tree = json!({long.clone(): {"version": "1.0.0", "dependencies": tree}});
    }
    let body = json!({"dependencies": tree}).to_string();
    let reply = send(&stage, FULL, "gzip", gzip(body.as_bytes())).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.json()["advisories"].as_object().unwrap().len(), 2);
    assert!(
        reply.body.len() < 10 << 20,
        "{} bytes for {}",
        reply.body.len(),
        body.len()
    );
}

#[tokio::test]
async fn audits_are_posted() {
    let stage = stage().await;
    for path in [BULK, QUICK, FULL] {
        let reply = stage.get(path).await;
        assert_eq!(reply.error().0, 405);
        assert_eq!(reply.header("allow"), "POST");
    }
}
