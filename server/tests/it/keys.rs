//! `GET /-/npm/v1/keys` and `GET /-/ping`.

use lazaret_testing::{Fault, Npm};
use serde_json::json;

use crate::stage::Stage;

#[tokio::test]
async fn ping_is_answered_without_the_upstream() {
    let stage = Stage::new(Npm::new()).await;
    stage.cut_off();
    for path in ["/-/ping", "/-/ping?write=true"] {
        let reply = stage.get(path).await;
        assert_eq!((reply.status, reply.json()), (200, json!({})), "{path}");
    }
}

#[tokio::test]
async fn keys_are_the_upstreams() {
    let keys = json!({"keys": [{"expires": null, "keyid": "SHA256:x", "keytype": "ecdsa-sha2-nistp256", "scheme": "ecdsa-sha2-nistp256", "key": "MFkw"}]});
    let stage = Stage::new(Npm::new().keys(keys.clone())).await;
    for _ in 0..2 {
        let reply = stage.get("/-/npm/v1/keys").await;
        assert_eq!(reply.header("content-type"), "application/json");
        assert_eq!(reply.json(), keys);
    }
    assert_eq!(stage.npm.requests().len(), 1);
}

/// `npm audit signatures` takes a 404 for "signs nothing", and a 400 for an error.
#[tokio::test]
async fn without_keys_upstream_there_are_none_here() {
    let stage = Stage::new(Npm::new()).await;
    assert_eq!(stage.get("/-/npm/v1/keys").await.error().0, 404);
}

#[tokio::test]
async fn keys_that_cannot_be_had_are_not_no_keys() {
    let stage = Stage::new(Npm::new().keys(json!({"keys": []}))).await;
    stage.npm.fault("/-/npm/v1/keys", Fault::status(500));
    assert_eq!(stage.get("/-/npm/v1/keys").await.error().0, 503);
    stage.npm.heal_all();
    stage.npm.fault("/-/npm/v1/keys", Fault::garbage());
    assert_eq!(stage.get("/-/npm/v1/keys").await.error().0, 502);
    stage.npm.heal_all();
    assert_eq!(
        stage.get("/-/npm/v1/keys").await.json(),
        json!({"keys": []})
    );
}
