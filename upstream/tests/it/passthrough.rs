//! What is handed on as it is: search, keys, attestations.

use lazaret_testing::{Fault, Fixed};
use lazaret_upstream::UpstreamError;
use serde_json::{Value, json};

use crate::{chalk, registry};

#[tokio::test]
async fn status_type_and_body_come_back() {
    let npm = chalk().keys(json!({"keys": []})).start().await;
    let registry = registry(&npm);
    let found = registry
        .get("/-/v1/search?text=chalk&size=5", 1 << 20, None)
        .await
        .unwrap();
    let body: Value = serde_json::from_slice(&found.body).unwrap();
    assert_eq!(
        (found.status, body["objects"][0]["package"]["name"].as_str()),
        (200, Some("chalk"))
    );
    assert_eq!(npm.requests()[0].path, "/-/v1/search?text=chalk&size=5");
    let keys = registry.get("/-/npm/v1/keys", 1 << 20, None).await.unwrap();
    assert_eq!(
        (keys.content_type.as_deref(), &keys.body[..]),
        (Some("application/json"), &br#"{"keys":[]}"#[..])
    );
    let missing = registry
        .get("/-/npm/v1/attestations/chalk@5.6.0", 1 << 20, None)
        .await
        .unwrap();
    assert_eq!(
        (missing.status, &missing.body[..]),
        (404, &br#"{"error":"Not found"}"#[..])
    );
}

#[tokio::test]
async fn limits_and_failures_are_errors() {
    let npm = chalk()
        .route("/-/big", Fixed::new(vec![b'x'; 1000]))
        .start()
        .await;
    let registry = registry(&npm);
    assert!(matches!(
        registry.get("/-/big", 999, None).await,
        Err(UpstreamError::TooLarge { limit: 999, .. })
    ));
    assert_eq!(
        registry.get("/-/big", 1000, None).await.unwrap().body.len(),
        1000
    );
    npm.fault("/-/big", Fault::status(500));
    assert_eq!(
        registry
            .get("/-/big", 1000, None)
            .await
            .unwrap_err()
            .status(),
        Some(500)
    );
}

#[tokio::test]
async fn no_path_leads_out_of_the_registry() {
    let npm = chalk().prefix("/npm").start().await;
    let registry = registry(&npm);
    for path in [
        "/../secret",
        "/%2e%2e/secret",
        "..",
        "..\\..\\secret",
        "/-/../../secret",
    ] {
        assert!(
            matches!(
                registry.get(path, 1000, None).await,
                Err(UpstreamError::Settings { .. })
            ),
            "{path}"
        );
    }
    assert_eq!(
        registry
            .get("//evil.example/x", 1000, None)
            .await
            .unwrap()
            .status,
        404
    );
    assert_eq!(npm.requests().len(), 1);
}
