//! `GET /-/v1/search`: the upstream's results, with versions that are held not shown as the latest.

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use lazaret_npm::PackageName;
use serde_json::Value;
use url::form_urlencoded;

use super::{Reply, json_of};
use crate::app::App;
use crate::problem::Problem;

/// Largest answer of the upstream that is read: 250 results with their maintainers.
const LIMIT: u64 = 8 << 20;

/// npm's own bound on `size`.
const MOST: u32 = 250;

/// Documents looked at in parallel to learn what a held version is replaced by.
const PARALLEL: usize = 8;

/// The parameters that the upstream gets; others stay here.
const KNOWN: [&str; 6] = [
    "text",
    "size",
    "from",
    "quality",
    "popularity",
    "maintenance",
];

pub(super) async fn get(app: &Arc<App>, query: Option<&str>) -> Reply {
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .filter(|(key, _)| KNOWN.contains(&key.as_ref()))
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect();
    let text = pairs.iter().find(|(key, _)| key == "text");
    let Some((_, text)) = text.filter(|(_, text)| !text.trim().is_empty()) else {
        return Err(Problem::bad_request(
            "ERR_TEXT_MISSING: a search needs ?text=",
        ));
    };
    if names_internal(app, text) {
        return json_of(&serde_json::json!({ "objects": [], "total": 0 }));
    }
    let path = upstream_path(&pairs);
    let answer = app
        .mirror
        .registry
        .get(&path, LIMIT, None)
        .await
        .map_err(|error| Problem::upstream("search results", &error))?;
    if answer.status != 200 {
        return Err(Problem::passed_on(answer.status, "-/v1/search"));
    }
    let mut results: Value =
        serde_json::from_slice(&answer.body).map_err(|_| Problem::not_json("-/v1/search"))?;
    if let Some(objects) = results.get_mut("objects").and_then(Value::as_array_mut) {
        let found = std::mem::take(objects);
        *objects = stream::iter(found)
            .map(|object| shown(app, object))
            .buffered(PARALLEL)
            .filter_map(std::future::ready)
            .collect()
            .await;
    }
    json_of(&results)
}

fn upstream_path(pairs: &[(String, String)]) -> String {
    let path = "-/v1/search?".to_owned();
    let start = path.len();
    let mut query = form_urlencoded::Serializer::for_suffix(path, start);
    for (key, value) in pairs {
        if key == "size" {
            let size = value.parse::<u32>().unwrap_or(20).min(MOST);
            query.append_pair(key, &size.to_string());
        } else {
            query.append_pair(key, value);
        }
    }
    query.finish()
}

/// A search text that names an internal package must not reach the upstream, whatever stands around the name.
fn names_internal(app: &App, text: &str) -> bool {
    let rulebook = app.mirror.rulebook.load();
    let is_internal = |name: &String| {
        PackageName::parse(name).is_ok_and(|name| rulebook.policy.is_internal(&name))
    };
    [text.to_owned(), text.to_ascii_lowercase()]
        .iter()
        .any(|text| {
            names(&text.replace("%2F", "/").replace("%2f", "/"))
                .iter()
                .any(is_internal)
        })
}

/// Whatever could be meant as a name: in quotes, behind a qualifier, with a version, in the middle of an address.
fn names(text: &str) -> Vec<String> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || "@/-_.~".contains(c);
    let mut names = Vec::new();
    for word in text.split(|c| !is_of_name(c)) {
        let segments: Vec<&str> = word.split('/').collect();
        for (index, segment) in segments.iter().enumerate() {
            names.extend(segment.split('@').map(bare));
            if let (Some(at), Some(next)) = (segment.rfind('@'), segments.get(index + 1)) {
                let next = next.split('@').next().map(bare).unwrap_or_default();
                names.push(format!("{}/{next}", &segment[at..]));
            }
        }
    }
    names
}

/// A word without the full stop of its sentence.
fn bare(word: &str) -> String {
    word.trim_end_matches('.').to_owned()
}

/// A result with the version that clients would get; none if no version is left, or it is no result at all.
async fn shown(app: &Arc<App>, mut object: Value) -> Option<Value> {
    let package = object.get_mut("package")?;
    let name = PackageName::parse(package.get("name")?.as_str()?).ok()?;
    let claimed = package.get("version")?.as_str()?.to_owned();
    // A result that cannot be judged is not shown.
    let Ok(listing) = app.mirror.listing(&name).await else {
        return None;
    };
    if listing.nothing_left {
        return None;
    }
    let is_held = listing
        .version(&claimed)
        .is_none_or(|judged| judged.is_held());
    if is_held {
        let (_, latest) = listing.tags.iter().find(|(tag, _)| tag == "latest")?;
        package["version"] = Value::String(latest.clone());
    }
    Some(object)
}
