//! JSON Feed, and lists of objects that say of themselves which packages they are about.

use serde_json::{Map, Value};

use super::{Draft, FeedError, ITEMS, Item, PACKAGES};

/// Members that hold the list.
const LISTS: &[&str] = &["items", "advisories", "vulnerabilities", "results"];

/// Members of an entry, the first that is there counts.
const IDS: &[&str] = &["id", "guid", "ghsa_id", "url"];
const TITLES: &[&str] = &["title", "summary", "name"];
const URLS: &[&str] = &["url", "html_url", "external_url", "link"];
const TIMES: &[&str] = &[
    "date_published",
    "published",
    "published_at",
    "date_modified",
    "modified",
];
const TEXTS: &[&str] = &[
    "content_text",
    "content_html",
    "summary",
    "description",
    "details",
];

pub(super) fn items(text: &str) -> Result<Vec<Item>, FeedError> {
    let wrong = |why: String| FeedError::Form("feed in JSON", why);
    // serde_json gives up at a depth of 128.
    let root: Value = serde_json::from_str(text).map_err(|error| match error.to_string() {
        why if why.contains("recursion limit") => FeedError::TooDeep,
        why => wrong(why),
    })?;
    let list = match &root {
        Value::Array(list) => Some(list),
        Value::Object(root) => LISTS
            .iter()
            .find_map(|member| root.get(*member)?.as_array()),
        _ => None,
    };
    let list = list.ok_or_else(|| {
        wrong(format!(
            "it is neither a list nor has it one of {}",
            LISTS.join(", ")
        ))
    })?;
    if list.len() > ITEMS {
        return Err(FeedError::TooMany);
    }
    let item = |value: &Value| match value {
        Value::Object(fields) => Ok(draft(fields).finish()),
        _ => Err(wrong("an entry is no object".to_owned())),
    };
    list.iter().map(item).collect()
}

fn draft(fields: &Map<String, Value>) -> Draft {
    let first = |members: &[&str]| {
        let mut texts = members
            .iter()
            .filter_map(|member| match fields.get(*member)? {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            });
        texts.next().unwrap_or_default()
    };
    let texts = TEXTS
        .iter()
        .filter_map(|member| fields.get(*member)?.as_str());
    let mut packages = Vec::new();
    for member in ["package", "packages", "affected", "vulnerabilities"] {
        if let Some(value) = fields.get(member) {
            collect(value, &mut packages);
        }
    }
    Draft {
        id: first(IDS),
        title: first(TITLES),
        url: first(URLS),
        published: first(TIMES),
        text: texts.collect::<Vec<_>>().join("\n"),
        packages,
    }
}

/// Names in a text, an object such as OSV's `{"package": {"ecosystem": "npm", "name": …}}`, or a list of them.
fn collect(value: &Value, into: &mut Vec<String>) {
    if into.len() >= PACKAGES {
        return;
    }
    match value {
        Value::String(name) => into.push(without_version(name).to_owned()),
        Value::Array(list) => list.iter().for_each(|one| collect(one, into)),
        Value::Object(fields) => {
            if let Some(inner) = fields.get("package") {
                collect(inner, into);
                return;
            }
            let is_other = fields
                .get("ecosystem")
                .and_then(Value::as_str)
                .is_some_and(|ecosystem| !ecosystem.eq_ignore_ascii_case("npm"));
            if let Some(name) = fields
                .get("name")
                .and_then(Value::as_str)
                .filter(|_| !is_other)
            {
                into.push(without_version(name).to_owned());
            }
        }
        _ => {}
    }
}

/// `chalk@5.6.1` is about chalk.
fn without_version(name: &str) -> &str {
    let version = name
        .char_indices()
        .skip(1)
        .find(|(_, letter)| *letter == '@');
    version.map_or(name, |(at, _)| &name[..at])
}
