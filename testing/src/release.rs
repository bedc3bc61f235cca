//! The description of one version: what its manifest says and what its tarball holds.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use bytes::Bytes;
use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value, json};

use crate::tarball::{sha1_hex, sha512_integrity, tarball};

/// A version as a test describes it. `package.json` and the manifest say the same unless a method's text says otherwise.
#[derive(Clone, Debug)]
pub struct Release {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) published: Option<String>,
    /// What both `package.json` and the manifest say.
    fields: Map<String, Value>,
    /// What only the manifest says; null removes.
    manifest: Map<String, Value>,
    pub(crate) dist: Map<String, Value>,
    pub(crate) attestations: Option<Value>,
    pub(crate) padding: usize,
    files: BTreeMap<String, Bytes>,
    archive: Option<Bytes>,
    /// What a download gets instead of the archive.
    served: Option<Bytes>,
    built: OnceLock<Built>,
}

/// The archive and what the registry says of it.
#[derive(Clone, Debug)]
pub(crate) struct Built {
    pub(crate) bytes: Bytes,
    pub(crate) integrity: String,
    pub(crate) shasum: String,
    /// Files in the archive and their bytes; of a given archive what the description would have packed.
    pub(crate) files: usize,
    pub(crate) unpacked: usize,
}

impl Release {
    pub(crate) fn new(name: &str, version: &str, index: usize) -> Self {
        let first: Timestamp = "2024-01-01T00:00:00Z".parse().expect("a timestamp");
        let hours = i64::try_from(index).unwrap_or(0) * 24;
        let published = first
            .checked_add(hours.hours())
            .map(|instant| format!("{instant:.3}"));
        let mut fields = Map::new();
        fields.insert("name".to_owned(), json!(name));
        fields.insert("version".to_owned(), json!(version));
        fields.insert(
            "description".to_owned(),
            json!(format!("{name} of the fake npm")),
        );
        fields.insert("main".to_owned(), json!("index.js"));
        fields.insert("license".to_owned(), json!("MIT"));
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            published: published.ok(),
            fields,
            manifest: Map::new(),
            dist: Map::new(),
            attestations: None,
            padding: 0,
            files: BTreeMap::new(),
            archive: None,
            served: None,
            built: OnceLock::new(),
        }
    }

    /// The entry of `time`, RFC 3339, written as given.
    #[must_use]
    pub fn published(mut self, instant: &str) -> Self {
        self.published = Some(instant.to_owned());
        self
    }

    /// Leaves this version out of `time`.
    #[must_use]
    pub fn unpublished(mut self) -> Self {
        self.published = None;
        self
    }

    /// Adds to `dependencies`.
    #[must_use]
    pub fn dependency(self, name: &str, range: &str) -> Self {
        self.entry("dependencies", name, json!(range))
    }

    /// Adds to `optionalDependencies`.
    #[must_use]
    pub fn optional_dependency(self, name: &str, range: &str) -> Self {
        self.entry("optionalDependencies", name, json!(range))
    }

    /// Adds to `peerDependencies`.
    #[must_use]
    pub fn peer_dependency(self, name: &str, range: &str) -> Self {
        self.entry("peerDependencies", name, json!(range))
    }

    /// Adds to `scripts`.
    #[must_use]
    pub fn script(self, name: &str, command: &str) -> Self {
        self.entry("scripts", name, json!(command))
    }

    /// Adds to `bin`; give the file too, under `bin/` so that it is executable.
    #[must_use]
    pub fn bin(self, name: &str, path: &str) -> Self {
        self.entry("bin", name, json!(path))
    }

    /// Deprecates the version, in the manifest only.
    #[must_use]
    pub fn deprecated(self, text: &str) -> Self {
        self.manifest_field("deprecated", text)
    }

    /// Sets a field of `package.json` and manifest.
    #[must_use]
    pub fn field(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(key.to_owned(), value.into());
        self.rebuilt()
    }

    /// Sets a field of the manifest only (manifest confusion); `Value::Null` removes it there.
    #[must_use]
    pub fn manifest_field(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.manifest.insert(key.to_owned(), value.into());
        self
    }

    /// Sets a field of `dist`; `Value::Null` removes it.
    #[must_use]
    pub fn dist(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.dist.insert(key.to_owned(), value.into());
        self
    }

    /// Leaves `dist.integrity` out, as versions from before 2017 do: only the sha1 `shasum` remains.
    #[must_use]
    pub fn sha1_only(self) -> Self {
        self.dist("integrity", Value::Null)
    }

    /// The document of `/-/npm/v1/attestations/NAME@VERSION`; also announces it in `dist.attestations`.
    #[must_use]
    pub fn attestations(mut self, document: Value) -> Self {
        self.attestations = Some(document);
        self
    }

    /// Puts a file under `package/`. A `package.json` given here replaces the one made from the fields.
    #[must_use]
    pub fn file(mut self, path: &str, body: impl Into<Bytes>) -> Self {
        self.files.insert(path.to_owned(), body.into());
        self.rebuilt()
    }

    /// Puts a file of about `bytes` incompressible bytes in, to make the tarball that big.
    #[must_use]
    pub fn filler(self, bytes: usize) -> Self {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ (bytes as u64);
        let mut body = Vec::with_capacity(bytes + 8);
        while body.len() < bytes {
            // xorshift64: the same bytes on every run.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            body.extend_from_slice(&state.to_le_bytes());
        }
        body.truncate(bytes);
        self.file("filler.bin", body)
    }

    /// Uses this archive as it stands; integrity and shasum are computed from it.
    #[must_use]
    pub fn archive(mut self, bytes: impl Into<Bytes>) -> Self {
        self.archive = Some(bytes.into());
        self.rebuilt()
    }

    /// Downloads get these bytes, while the packument still describes the true archive.
    #[must_use]
    pub fn served(mut self, bytes: impl Into<Bytes>) -> Self {
        self.served = Some(bytes.into());
        self
    }

    /// Makes the manifest about this many bytes long with what real manifests are long from.
    #[must_use]
    pub fn padding(mut self, bytes: usize) -> Self {
        self.padding = bytes;
        self
    }

    /// What a download gets.
    pub(crate) fn download(&self) -> Bytes {
        self.served
            .clone()
            .unwrap_or_else(|| self.built().bytes.clone())
    }

    pub(crate) fn built(&self) -> &Built {
        self.built.get_or_init(|| {
            let files = self.all_files();
            let pack = || {
                let paths = files
                    .iter()
                    .map(|(path, body)| (format!("package/{path}"), body));
                tarball(paths).into()
            };
            let bytes = self.archive.clone().unwrap_or_else(pack);
            Built {
                integrity: sha512_integrity(&bytes),
                shasum: sha1_hex(&bytes),
                bytes,
                files: files.len(),
                unpacked: files.values().map(Bytes::len).sum(),
            }
        })
    }

    /// What both documents say, with the manifest's own fields on top.
    pub(crate) fn manifest(&self) -> Map<String, Value> {
        let mut fields = self.fields.clone();
        for (key, value) in &self.manifest {
            if value.is_null() {
                fields.remove(key);
            } else {
                fields.insert(key.clone(), value.clone());
            }
        }
        fields
    }

    fn all_files(&self) -> BTreeMap<String, Bytes> {
        let mut files = self.files.clone();
        files.entry("package.json".to_owned()).or_insert_with(|| {
            serde_json::to_vec_pretty(&self.fields)
                .expect("values are JSON")
                .into()
        });
        files.entry("index.js".to_owned()).or_insert_with(|| {
            format!("module.exports = '{}@{}';\n", self.name, self.version).into()
        });
        files
    }

    fn entry(mut self, field: &str, key: &str, value: Value) -> Self {
        let entries = self.fields.entry(field).or_insert_with(|| json!({}));
        if let Some(entries) = entries.as_object_mut() {
            entries.insert(key.to_owned(), value);
        }
        self.rebuilt()
    }

    fn rebuilt(mut self) -> Self {
        self.built = OnceLock::new();
        self
    }
}
