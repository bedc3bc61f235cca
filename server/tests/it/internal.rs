//! Names of our own: never asked of the upstream, never served from it.

use insta::assert_snapshot;
use lazaret_testing::Npm;
use serde_json::json;

use crate::stage::{SHORT, Stage};

/// The upstream has packages of these names: somebody took them.
fn taken() -> Npm {
    Npm::new()
        .package("@ours/payroll", |p| p.version("66.6.6", |v| v))
        .package("secret-tool", |p| p.version("66.6.6", |v| v))
        .package("@theirs/payroll", |p| p.version("1.0.0", |v| v))
}

#[tokio::test]
async fn an_internal_name_is_404_and_never_asked() {
    let policy = json!({"internal": ["@ours/*", "secret-tool"]});
    let stage = Stage::of(taken()).policy(policy).start().await;
    for path in [
        "/@ours%2fpayroll",
        "/@ours/payroll",
        "/%40ours%2Fpayroll",
        "/@ours/payroll/latest",
        "/@ours/payroll/-/payroll-66.6.6.tgz",
        "/@ours%2fpayroll/-/payroll-66.6.6.tgz",
        "/@ours/payroll/-/@ours/payroll-66.6.6.tgz",
        "/-/package/@ours%2fpayroll/dist-tags",
        "/-/npm/v1/attestations/@ours%2fpayroll@66.6.6",
        "/-/lazaret/why/@ours/payroll@66.6.6",
        "/-/lazaret/why/@ours/payroll",
        "/@ours%2fnot-even-there",
        "/secret-tool",
        "/secret-tool/66.6.6",
        "/secret-tool/-/secret-tool-66.6.6.tgz",
    ] {
        for headers in [&[][..], SHORT] {
            assert_eq!(stage.ask(path, headers).await.error().0, 404, "{path}");
        }
    }
    let audit = json!({"@ours/payroll": ["1.0.0"], "secret-tool": ["1.0.0"]});
    assert_eq!(
        stage
            .post("/-/npm/v1/security/advisories/bulk", &audit)
            .await
            .json(),
        json!({})
    );
    assert_eq!(stage.npm.connections(), 0);
    assert_snapshot!(stage.get("/@ours%2fpayroll").await.error().1, @"@ours/payroll is listed as internal here, so it is not asked of the upstream registry, and this mirror does not host it");
    assert_eq!(stage.get("/@theirs%2fpayroll").await.status, 200);
}

#[tokio::test]
async fn a_name_that_becomes_internal_is_served_no_longer() {
    let stage = Stage::of(taken()).never_fresh().start().await;
    assert_eq!(stage.get("/secret-tool").await.status, 200);
    assert_eq!(
        stage
            .get("/secret-tool/-/secret-tool-66.6.6.tgz")
            .await
            .status,
        200
    );
    stage.set_policy(json!({"internal": ["secret-tool"]})).await;
    stage.npm.forget();
    for path in [
        "/secret-tool",
        "/secret-tool/-/secret-tool-66.6.6.tgz",
        "/secret-tool/latest",
    ] {
        assert_eq!(stage.get(path).await.error().0, 404, "{path}");
    }
    assert!(stage.npm.requests().is_empty());
}
