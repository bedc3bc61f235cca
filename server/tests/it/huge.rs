//! Documents as large as the registry's largest.

use lazaret_testing::{Fixed, Npm, sha512_integrity, tarball};
use serde_json::{Value, json};

use crate::stage::{OLD, SHORT, Stage};

const VERSIONS: usize = 10_000;

/// 10,000 versions with a tenth of the bytes of the largest real document: an unoptimised build is slow.
fn document(integrity: &str) -> String {
    let readme = "r".repeat(600);
    let version = |index: usize| format!("{}.{}.0", index / 10, index % 10);
    let manifests: Vec<String> = (0..VERSIONS)
        .map(|index| {
            let version = version(index);
            format!(
                r#""{version}":{{"name":"huge","version":"{version}","readme":"{readme}","scripts":{{"test":"x"}},"dist":{{"integrity":"{integrity}","tarball":"https://cdn.example/huge-{version}.tgz"}}}}"#
            )
        })
        .collect();
    let times: Vec<String> = (0..VERSIONS)
        .map(|index| format!(r#""{}":"{OLD}""#, version(index)))
        .collect();
    format!(
        r#"{{"name":"huge","dist-tags":{{"latest":"999.9.0"}},"versions":{{{}}},"time":{{{}}}}}"#,
        manifests.join(","),
        times.join(",")
    )
}

#[tokio::test]
async fn ten_thousand_versions() {
    let bytes = tarball([("package/package.json", "{}")]);
    let npm = Npm::new()
        .raw_packument("huge", document(&sha512_integrity(&bytes)))
        .route("/huge/-/huge-999.9.0.tgz", Fixed::new(bytes.clone()));
    let stage = Stage::new(npm).await;
    let headers = [("accept-encoding", "gzip"), SHORT[0]];
    let short = stage.ask("/huge", &headers).await;
    assert_eq!(short.status, 200);
    let short = short.unpacked();
    let document: Value = serde_json::from_slice(&short).unwrap();
    assert_eq!(document["versions"].as_object().unwrap().len(), VERSIONS);
    assert_eq!(document["time"].as_object().unwrap().len(), VERSIONS + 1);
    assert_eq!(document["dist-tags"], json!({"latest": "999.9.0"}));
    let full = stage.ask("/huge", &headers[..1]).await.unpacked();
    assert!(full.len() > short.len() + 600 * VERSIONS);
    assert_eq!(stage.get("/huge/-/huge-999.9.0.tgz").await.body, bytes);
    assert_eq!(stage.npm.requests_to("/huge").len(), 1);
}
