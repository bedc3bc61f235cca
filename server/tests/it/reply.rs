//! An answer as it came over the wire: nothing decoded, nothing followed.

use std::io::Read;

use bytes::Bytes;
use http::HeaderMap;
use serde_json::Value;

#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// The reason phrase where it is not the usual one.
    pub(crate) reason: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) async fn of(response: reqwest::Response) -> Self {
        let reason = response
            .extensions()
            .get::<hyper::ext::ReasonPhrase>()
            .map(|phrase| String::from_utf8(phrase.as_bytes().to_vec()).unwrap());
        Self {
            status: response.status().as_u16(),
            reason,
            headers: response.headers().clone(),
            body: response.bytes().await.unwrap(),
        }
    }

    /// A header that must be there at most once; empty if it is not.
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next().map_or("", |value| value.to_str().unwrap());
        assert!(values.next().is_none(), "{name} twice in {self:?}");
        value
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.headers.contains_key(name)
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The body, which must be JSON and must not be packed.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The `error` that every refusal has, with its status.
    pub(crate) fn error(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/json");
        let text = self.json()["error"].as_str().unwrap().to_owned();
        assert!(!text.is_empty());
        (self.status, text)
    }

    /// The body as the client sees it once it has undone `Content-Encoding`.
    pub(crate) fn unpacked(&self) -> Vec<u8> {
        let mut body = Vec::new();
        match self.header("content-encoding") {
            "" => body.extend_from_slice(&self.body),
            "gzip" => {
                let mut reader = flate2::read::GzDecoder::new(&self.body[..]);
                reader.read_to_end(&mut body).unwrap();
            }
            "br" => {
                let mut reader = brotli::Decompressor::new(&self.body[..], 4096);
                reader.read_to_end(&mut body).unwrap();
            }
            "zstd" => body = zstd::decode_all(&self.body[..]).unwrap(),
            other => panic!("content-encoding: {other}"),
        }
        body
    }

    /// The versions that a package document lists, in its order.
    pub(crate) fn versions(&self) -> Vec<String> {
        assert_eq!(self.status, 200, "{}", self.text());
        let document = self.json();
        document["versions"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect()
    }

    /// The keys of a package document's `time`, `created` and `modified` left out.
    pub(crate) fn times(&self) -> Vec<String> {
        let document = self.json();
        let times = document["time"].as_object().unwrap().keys();
        times
            .filter(|key| !["created", "modified"].contains(&key.as_str()))
            .cloned()
            .collect()
    }
}

/// JSON on lines, for snapshots: object keys are in order.
pub(crate) fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

/// `value` with what differs from run to run put out of sight, wherever it is.
pub(crate) fn masked(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| match (key.as_str(), value) {
                ("first_contact" | "absent_at" | "pinned_at", Value::String(_)) => {
                    (key.clone(), "<time>".into())
                }
                ("served_first_at" | "served_last_at", Value::String(_)) => {
                    (key.clone(), "<time>".into())
                }
                ("sha512" | "integrity" | "shasum" | "sig", Value::String(_)) => {
                    (key.clone(), "<digest>".into())
                }
                _ => (key.clone(), masked(value)),
            })
            .collect(),
        Value::Array(items) => items.iter().map(masked).collect(),
        other => other.clone(),
    }
}
