//! What a faultless registry answers.

use bytes::Bytes;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, VARY,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use crate::packument::{Rendered, padded, tarball_file};
use crate::record::{Request, plain};
use crate::world::{Entry, World};

const ABBREVIATED: &str = "application/vnd.npm.install-v1+json";

/// Status, headers and body before any fault.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Work that may take long (a big document), to be done off the connection's thread.
pub(crate) type Later = Box<dyn FnOnce() -> Answer + Send>;

/// Looks up under the lock, renders outside it.
pub(crate) fn answer(world: &World, request: &Request, origin: &str) -> Later {
    if let Some(wanted) = &world.authorization
        && request.header(AUTHORIZATION.as_str()) != Some(wanted)
    {
        return ready(error(StatusCode::UNAUTHORIZED, "authentication required"));
    }
    if let Some(fixed) = world.routed(&request.path) {
        let mut answer = Answer {
            status: StatusCode::from_u16(fixed.status).unwrap_or(StatusCode::OK),
            headers: fixed.headers,
            body: fixed.body,
        };
        answer.revalidate(request);
        return ready(answer);
    }
    if request.method != "GET" && request.method != "HEAD" {
        return ready(error(
            StatusCode::METHOD_NOT_ALLOWED,
            "the fake npm is read-only",
        ));
    }
    let whole = plain(&request.path);
    let (path, query) = whole.split_once('?').unwrap_or((&whole, ""));
    let Some(path) = path.strip_prefix(&world.prefix) else {
        return ready(not_found());
    };
    let base = format!(
        "{}{}",
        world.tarball_origin.as_deref().unwrap_or(origin),
        world.prefix
    );
    match path {
        "/" | "/-/ping" => ready(document(&json!({}))),
        "/-/npm/v1/keys" => ready(world.keys.as_ref().map_or_else(not_found, document)),
        "/-/v1/search" => ready(search(world, query)),
        _ => package_route(world, request, path.trim_start_matches('/'), base),
    }
}

fn package_route(world: &World, request: &Request, path: &str, base: String) -> Later {
    if let Some(id) = path.strip_prefix("-/npm/v1/attestations/") {
        let found = id.rsplit_once('@').and_then(|(name, version)| {
            let entry = world.entry(name)?;
            entry.package.release(version)?.attestations.clone()
        });
        return ready(found.as_ref().map_or_else(not_found, document));
    }
    if let Some(name) = path
        .strip_prefix("-/package/")
        .and_then(|path| path.strip_suffix("/dist-tags"))
    {
        return ready(world.entry(name).map_or_else(not_found, |entry| {
            document(&json!(entry.package.all_tags()))
        }));
    }
    let slashes = if path.starts_with('@') { 1 } else { 0 };
    let end = path
        .match_indices('/')
        .nth(slashes)
        .map_or(path.len(), |(at, _)| at);
    let (name, rest) = path.split_at(end);
    let Some(entry) = world.entry(name) else {
        return ready(not_found());
    };
    let rest = rest.trim_start_matches('/').to_owned();
    let request = request.clone();
    Box::new(move || {
        if rest.is_empty() {
            packument(&entry, &request, &base)
        } else if let Some(file) = rest.strip_prefix("-/") {
            tarball(&entry, file)
        } else {
            version(&entry, &rest, &base)
        }
    })
}

fn packument(entry: &Entry, request: &Request, base: &str) -> Answer {
    let short = request
        .header(ACCEPT.as_str())
        .is_some_and(|accept| accept.contains(ABBREVIATED));
    let rendered: &Rendered = if short {
        entry.abbreviated(base)
    } else {
        entry.full(base)
    };
    let mut headers = HeaderMap::new();
    let kind = if short {
        ABBREVIATED
    } else {
        "application/json"
    };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=300"),
    );
    headers.insert(VARY, HeaderValue::from_static("accept-encoding, accept"));
    insert(&mut headers, ETAG, &rendered.etag);
    if let Some(instant) = &rendered.last_modified {
        insert(&mut headers, LAST_MODIFIED, instant);
    }
    let mut answer = Answer {
        status: StatusCode::OK,
        headers,
        body: Bytes::new(),
    };
    if answer.revalidate(request) {
        return answer;
    }
    if request
        .header(ACCEPT_ENCODING.as_str())
        .is_some_and(|accept| accept.contains("gzip"))
    {
        answer
            .headers
            .insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        answer.body = rendered.gzip().clone();
    } else {
        answer.body = rendered.body.clone();
    }
    answer
}

fn tarball(entry: &Entry, file: &str) -> Answer {
    let name = &entry.package.name;
    // Old lockfiles repeat the scope in the file's name.
    let file = file.rsplit('/').next().unwrap_or(file);
    let Some(release) = entry
        .package
        .releases
        .iter()
        .find(|release| tarball_file(name, &release.version) == file)
    else {
        return not_found();
    };
    let mut headers = HeaderMap::new();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("public, immutable, max-age=31557600"),
    );
    insert(
        &mut headers,
        ETAG,
        &format!("\"{}\"", release.built().shasum),
    );
    Answer {
        status: StatusCode::OK,
        headers,
        body: release.download(),
    }
}

fn version(entry: &Entry, wanted: &str, base: &str) -> Answer {
    let tags = entry.package.all_tags();
    let wanted = tags.get(wanted).map_or(wanted, String::as_str);
    let found = entry
        .package
        .releases
        .iter()
        .enumerate()
        .find(|(_, release)| release.version == wanted);
    found.map_or_else(not_found, |(index, release)| {
        document(&Value::Object(padded(release, index, base)))
    })
}

fn search(world: &World, query: &str) -> Answer {
    let mut parameters = Map::new();
    for (key, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        parameters.insert(key.to_owned(), json!(value.replace('+', " ")));
    }
    let text = parameters
        .get("text")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let number = |key: &str, default: usize| {
        parameters
            .get(key)
            .and_then(Value::as_str)
            .and_then(|text| text.parse().ok())
            .unwrap_or(default)
    };
    let found: Vec<Entry> = world
        .entries()
        .into_iter()
        .filter(|entry| entry.package.name.contains(text))
        .collect();
    let objects: Vec<Value> = found
        .iter()
        .skip(number("from", 0))
        .take(number("size", 20).min(250))
        .map(|entry| {
            let version = entry.package.all_tags().get("latest").cloned().unwrap_or_default();
            let published = entry.package.release(&version).and_then(|release| release.published.clone());
            json!({
                "package": {
                    "name": entry.package.name,
                    "version": version,
                    "description": format!("{} of the fake npm", entry.package.name),
                    "date": published,
                    "maintainers": [{"username": "fake", "email": "fake@registry.example"}],
                    "links": {},
                },
                "score": {"final": 1.0, "detail": {"quality": 1.0, "popularity": 1.0, "maintenance": 1.0}},
                "searchScore": 1.0,
            })
        })
        .collect();
    document(&json!({"objects": objects, "total": found.len(), "time": "2024-06-01T00:00:00.000Z"}))
}

impl Answer {
    /// Turns into a 304 if the client's validators still hold; an entity tag goes before a date.
    fn revalidate(&mut self, request: &Request) -> bool {
        let tag = |value: &str| value.trim().trim_start_matches("W/").to_owned();
        let text = |value: Option<&HeaderValue>| {
            value
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        let (etag, modified) = (
            text(self.headers.get(ETAG)),
            text(self.headers.get(LAST_MODIFIED)),
        );
        let same = match request.header(IF_NONE_MATCH.as_str()) {
            Some(asked) => {
                etag.is_some_and(|etag| asked.split(',').any(|asked| tag(asked) == tag(&etag)))
            }
            None => {
                modified.is_some()
                    && modified.as_deref() == request.header(IF_MODIFIED_SINCE.as_str())
            }
        };
        if same {
            self.status = StatusCode::NOT_MODIFIED;
            self.body = Bytes::new();
            self.headers.remove(CONTENT_TYPE);
        }
        same
    }
}

/// A JSON error as registries word it.
pub(crate) fn error(status: StatusCode, text: &str) -> Answer {
    Answer {
        status,
        ..document(&json!({"error": text}))
    }
}

fn not_found() -> Answer {
    error(StatusCode::NOT_FOUND, "Not found")
}

fn document(value: &Value) -> Answer {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Answer {
        status: StatusCode::OK,
        headers,
        body: value.to_string().into(),
    }
}

fn insert(headers: &mut HeaderMap, name: http::HeaderName, value: &str) {
    headers.insert(name, HeaderValue::from_str(value).expect("a header value"));
}

fn ready(answer: Answer) -> Later {
    Box::new(move || answer)
}
