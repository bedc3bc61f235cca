use super::*;
use insta::assert_snapshot;
use serde_json::{Value, json};

/// What somebody would write to deceive whoever reads it.
const HOSTILE: &str = "\u{1b}]0;x\u{7}\u{202e}a\r\nSubject: b\u{200b}";

fn version() -> Value {
    json!({
        "package": "chalk", "version": "5.6.1", "before": "5.6.0", "published": "2025-09-08T13:13:05Z", "publisher": "qix",
        "outcome": "block", "malicious": false, "reasons": ["wallet-swap: index.js:12: changes where money goes"],
        "findings": [{ "rule": "wallet-swap", "severity": "critical", "phase": "import", "file": "index.js", "line": 12,
            "message": "changes where money goes", "evidence": "ethereum.request" }],
        "more_findings": 2, "gained": ["network"], "dependencies_added": ["other"], "in_use": ["5.6.0"],
        "receivers": [{ "lockfile": "package-lock.json", "dependent": "ship", "direct": true, "range": "^5.0.0",
            "kind": "production", "locked": "5.6.0" }],
        "more_receivers": 3, "unknown_receivers": 1, "cooldown_until": "2025-09-11T13:13:05Z", "fixes": "it fixes GHSA-1",
    })
}

fn advised() -> Value {
    json!({
        "package": "chalk", "version": "5.6.1", "malicious": true, "severity": "critical", "ids": ["MAL-2025-46969"],
        "summary": "chalk@5.6.1 is malicious: MAL-2025-46969", "fixed_in": null, "url": "https://osv.example/1",
        "lockfile": "package-lock.json", "way": ["log@1.0.0", "chalk@5.6.1"], "help": "take it out now",
    })
}

/// One event of each kind.
fn all() -> Vec<Event> {
    let mut digest = json!({
        "event": "digest", "since": "2025-09-01T00:00:00Z", "until": "2025-09-08T00:00:00Z", "packages": 900, "more_versions": 4,
        "versions": [{ "package": "debug", "version": "4.4.3", "published": null, "outcome": "not-inspected", "receivers": 1 }],
        "more_advisories": 1, "families": [{ "who": "@house", "packages": 9 }], "told": 1,
        "unanswered": [["left-pad", "the registry answered 403"]], "undelivered": 1,
    });
    digest["advisories"] = json!([advised()]);
    let mut new = version();
    new["event"] = json!("new-version");
    let mut advisory = advised();
    advisory["event"] = json!("advisory");
    let news = [
        json!({ "event": "burst", "by": "publisher", "who": "qix", "first": "2025-09-08T13:12:10Z", "last": "2025-09-08T13:20:31Z",
            "packages": ["ansi-styles@6.2.2", "chalk@5.6.1", "debug@4.4.2"], "more_packages": 16, "versions": [version()] }),
        new,
        advisory,
        json!({ "event": "gone", "package": "chalk", "version": "5.6.1" }),
        json!({ "event": "hint", "source": "news", "title": "chalk is taken over", "url": "https://news.example/1",
            "published": null, "packages": ["chalk"] }),
        json!({ "event": "trouble", "with": "registry", "text": "it limits our requests", "since": "2025-09-08T13:00:00Z", "over": false }),
        digest,
    ];
    let event = |(urgency, mut news): (&str, Value)| {
        news["schema"] = json!(1);
        news["id"] = json!("138c956850035a6b");
        news["at"] = json!("2025-09-08T13:21:00Z");
        news["project"] = json!("ship");
        news["urgency"] = json!(urgency);
        serde_json::from_value(news).unwrap()
    };
    let urgencies = [
        "critical", "high", "critical", "high", "normal", "normal", "low",
    ];
    urgencies.into_iter().zip(news).map(event).collect()
}

#[test]
fn people_read_each_kind_of_event() {
    let text: String = all().iter().map(text).collect();
    assert_snapshot!(anstream::adapter::strip_str(&text).to_string());
}

/// Every text that a package, a feed or a registry can write.
fn poison(
    value: &mut Value,
    is_fine: &mut dyn FnMut(&Value) -> bool,
    root: &Value,
    path: &mut Vec<String>,
) {
    match value {
        Value::String(_) => {
            let mut whole = root.clone();
            let mut place = &mut whole;
            for step in path.iter() {
                place = match place {
                    Value::Array(list) => &mut list[step.parse::<usize>().unwrap()],
                    other => &mut other[step.as_str()],
                };
            }
            *place = json!(HOSTILE);
            // Not what has a form of its own: times, outcomes.
            if is_fine(&whole) {
                *value = json!(HOSTILE);
            }
        }
        Value::Array(list) => {
            for (index, one) in list.iter_mut().enumerate() {
                path.push(index.to_string());
                poison(one, is_fine, root, path);
                path.pop();
            }
        }
        Value::Object(fields) => {
            for (name, one) in fields.iter_mut() {
                path.push(name.clone());
                poison(one, is_fine, root, path);
                path.pop();
            }
        }
        _ => {}
    }
}

#[test]
fn nothing_that_others_wrote_moves_a_terminal_or_adds_a_line_to_a_headline() {
    for event in all() {
        let root = serde_json::to_value(&event).unwrap();
        let mut poisoned = root.clone();
        let mut is_fine = |whole: &Value| serde_json::from_value::<Event>(whole.clone()).is_ok();
        poison(&mut poisoned, &mut is_fine, &root, &mut Vec::new());
        let event: Event = serde_json::from_value(poisoned).unwrap();
        let plain = anstream::adapter::strip_str(&text(&event)).to_string();
        let kind = event.news.kind();
        // Of what we colour ourselves nothing is left; of theirs everything, as text.
        let is_bad = |letter: char| {
            letter != '\n' && (letter.is_control() || "\u{202e}\u{200b}".contains(letter))
        };
        assert!(!plain.contains(is_bad), "{kind}: {plain:?}");
        assert!(!plain.contains("\nSubject"), "{kind}: {plain:?}");
        assert!(plain.contains("\\u{202e}"), "{kind}: {plain:?}");
        let headline = headline(&event);
        assert!(!headline.contains(char::is_control), "{kind}: {headline:?}");
        assert!(headline.chars().count() < 1_000, "{kind}");
    }
}
