//! The document of a package as the registry renders it, full and abbreviated, with its validators.

use std::sync::OnceLock;

use bytes::Bytes;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::padding::{pad, padding};
use crate::tarball::{gzip, hex};
use crate::{Package, Release};

/// What the abbreviated form keeps of a manifest.
const ABBREVIATED: [&str; 19] = [
    "name",
    "version",
    "dependencies",
    "devDependencies",
    "optionalDependencies",
    "peerDependencies",
    "peerDependenciesMeta",
    "acceptDependencies",
    "bundleDependencies",
    "bin",
    "directories",
    "engines",
    "os",
    "cpu",
    "libc",
    "deprecated",
    "funding",
    "dist",
    "_hasShrinkwrap",
];

/// One representation, compressed when first asked for so.
#[derive(Debug)]
pub(crate) struct Rendered {
    pub(crate) body: Bytes,
    pub(crate) etag: String,
    pub(crate) last_modified: Option<String>,
    gzip: OnceLock<Bytes>,
}

impl Rendered {
    fn new(body: Vec<u8>, package: &Package) -> Self {
        Self {
            etag: format!("\"{}\"", &hex(&Sha256::digest(&body))[..32]),
            last_modified: modified(package).and_then(|instant| http_date(&instant)),
            body: body.into(),
            gzip: OnceLock::new(),
        }
    }

    pub(crate) fn gzip(&self) -> &Bytes {
        self.gzip.get_or_init(|| gzip(&self.body).into())
    }
}

/// The full document. Versions are rendered one by one: the tree of a 90 MB document would take half a gigabyte.
pub(crate) fn full(package: &Package, base: &str) -> Rendered {
    let mut time = Map::new();
    let published = || {
        package
            .releases
            .iter()
            .filter_map(|release| release.published.clone())
    };
    if let Some(created) = package.created.clone().or_else(|| published().min()) {
        time.insert("created".to_owned(), json!(created));
    }
    if let Some(modified) = modified(package) {
        time.insert("modified".to_owned(), json!(modified));
    }
    for release in &package.releases {
        if let Some(published) = &release.published {
            time.insert(release.version.clone(), json!(published));
        }
    }
    let people = json!([{"name": "fake", "email": "fake@registry.example"}]);
    let mut fields = vec![
        ("_id", json!(package.name)),
        ("_rev", json!(format!("{}-fa4e", package.revision))),
        ("name", json!(package.name)),
        (
            "description",
            json!(format!("{} of the fake npm", package.name)),
        ),
        ("dist-tags", json!(package.all_tags())),
        ("versions", Value::Null),
        ("time", Value::Object(time)),
        ("maintainers", people),
        ("license", json!("MIT")),
        ("readme", json!(format!("# {}\n", package.name))),
        ("readmeFilename", json!("README.md")),
    ];
    fields.extend(
        package
            .fields
            .iter()
            .map(|(key, value)| (key.as_str(), value.clone())),
    );

    let mut body = Vec::new();
    for (at, (key, value)) in fields.iter().enumerate() {
        let overridden = fields[at + 1..].iter().any(|(later, _)| later == key);
        let versions =
            *key == "versions" && value.is_null() && !package.fields.contains_key("versions");
        if overridden || value.is_null() && !versions {
            continue;
        }
        body.push(if body.is_empty() { b'{' } else { b',' });
        append(&mut body, &json!(key));
        body.push(b':');
        if versions {
            append_versions(&mut body, package, base);
        } else {
            append(&mut body, value);
        }
    }
    body.push(b'}');
    Rendered::new(body, package)
}

/// The form of `application/vnd.npm.install-v1+json`.
pub(crate) fn abbreviated(package: &Package, base: &str) -> Rendered {
    let versions: Map<String, Value> = package
        .releases
        .iter()
        .enumerate()
        .map(|(index, release)| {
            let full = padded(release, index, base);
            let scripts = full.get("scripts").cloned().unwrap_or_default();
            let mut kept: Map<String, Value> = full
                .into_iter()
                .filter(|(key, _)| ABBREVIATED.contains(&key.as_str()))
                .collect();
            if ["preinstall", "install", "postinstall"]
                .iter()
                .any(|name| scripts.get(name).is_some())
            {
                kept.insert("hasInstallScript".to_owned(), json!(true));
            }
            (release.version.clone(), Value::Object(kept))
        })
        .collect();
    let document = json!({
        "name": package.name,
        "dist-tags": package.all_tags(),
        "versions": versions,
        "modified": modified(package),
    });
    Rendered::new(document.to_string().into_bytes(), package)
}

/// What the registry says of one version, padding included.
pub(crate) fn padded(release: &Release, index: usize, base: &str) -> Map<String, Value> {
    let mut manifest = manifest(release, base);
    if release.padding > 0 {
        let have = Value::Object(manifest.clone()).to_string().len();
        pad(&mut manifest, release.padding.saturating_sub(have), index);
    }
    manifest
}

/// The same without padding; `base` is the URL below which tarballs lie, without a slash at its end.
fn manifest(release: &Release, base: &str) -> Map<String, Value> {
    let (name, version) = (&release.name, &release.version);
    let built = release.built();
    let mut dist = json!({
        "integrity": built.integrity,
        "shasum": built.shasum,
        "tarball": format!("{base}/{name}/-/{}", tarball_file(name, version)),
        "fileCount": built.files,
        "unpackedSize": built.unpacked,
        // The shape of a registry signature; it verifies against no key.
        "signatures": [{
            "keyid": "SHA256:fakefakefakefakefakefakefakefakefakefakefak",
            "sig": format!("MEUCIQ{}", &built.integrity[7..73]),
        }],
    });
    if release.attestations.is_some() {
        dist["attestations"] = json!({
            "url": format!("{base}/-/npm/v1/attestations/{name}@{version}"),
            "provenance": {"predicateType": "https://slsa.dev/provenance/v1"},
        });
    }
    for (key, value) in &release.dist {
        if !value.is_null() {
            dist[key] = value.clone();
        } else if let Some(dist) = dist.as_object_mut() {
            dist.remove(key);
        }
    }
    let mut manifest = Map::new();
    manifest.insert("_id".to_owned(), json!(format!("{name}@{version}")));
    manifest.insert(
        "_npmUser".to_owned(),
        json!({"name": "fake", "email": "fake@registry.example"}),
    );
    manifest.insert("_npmVersion".to_owned(), json!("11.19.1"));
    manifest.insert("_nodeVersion".to_owned(), json!("22.20.0"));
    manifest.insert("_hasShrinkwrap".to_owned(), json!(false));
    manifest.insert(
        "maintainers".to_owned(),
        json!([{"name": "fake", "email": "fake@registry.example"}]),
    );
    manifest.insert("dist".to_owned(), dist);
    manifest.extend(release.manifest());
    manifest
}

/// `chalk-5.6.1.tgz`; without the scope.
pub(crate) fn tarball_file(name: &str, version: &str) -> String {
    let bare = name.rsplit('/').next().unwrap_or(name);
    format!("{bare}-{version}.tgz")
}

fn append_versions(body: &mut Vec<u8>, package: &Package, base: &str) {
    body.push(b'{');
    for (index, release) in package.releases.iter().enumerate() {
        if index > 0 {
            body.push(b',');
        }
        append(body, &json!(release.version));
        body.push(b':');
        let start = body.len();
        append(body, &Value::Object(manifest(release, base)));
        if release.padding > 0 {
            let missing = release.padding.saturating_sub(body.len() - start);
            body.pop();
            body.extend_from_slice(padding(missing, index).as_bytes());
        }
    }
    body.push(b'}');
}

fn append(body: &mut Vec<u8>, value: &Value) {
    serde_json::to_writer(body, value).expect("writing to memory");
}

fn modified(package: &Package) -> Option<String> {
    let youngest = || {
        package
            .releases
            .iter()
            .filter_map(|release| release.published.clone())
            .max()
    };
    package.modified.clone().or_else(youngest)
}

fn http_date(instant: &str) -> Option<String> {
    let instant: Timestamp = instant.parse().ok()?;
    DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&instant)
        .ok()
}
