use super::*;
use std::collections::BTreeSet;

const USED: &[&str] = &["chalk", "debug", "color", "@ctrl/tinycolor", "left-pad"];

fn names(text: &str) -> BTreeSet<String> {
    let item = Item {
        text: text.to_owned(),
        ..Item::default()
    };
    mentioned(&item, |name| USED.contains(&name))
}

#[test]
fn everyday_words_are_no_packages() {
    for text in [
        "How to debug the color of chalk",
        "debug",
        "color: red; debug/trace",
        "the debugger of node@22",
        "Debug your left pad.",
        "",
        "@",
        "https://site.example/debug",
    ] {
        assert!(names(text).is_empty(), "{text}: {:?}", names(text));
    }
}

#[test]
fn a_name_is_meant_where_it_is_marked() {
    for (text, expected) in [
        ("chalk@5.6.1 steals", "chalk"),
        ("(debug@4.4.2)", "debug"),
        ("the package `debug` was taken over", "debug"),
        ("<p>the <code>color</code> package</p>", "color"),
        ("\"chalk\" and others", "chalk"),
        ("npm install left-pad.", "left-pad"),
        ("the npm package debug", "debug"),
        ("see pkg:npm/chalk@5.6.1", "chalk"),
        ("see pkg:npm/%40ctrl/tinycolor@4.1.1", "@ctrl/tinycolor"),
        ("https://registry.example/package/chalk/v/5.6.1", "chalk"),
        (
            "https://registry.example/package/@ctrl/tinycolor",
            "@ctrl/tinycolor",
        ),
        ("Malware in @ctrl/tinycolor, again", "@ctrl/tinycolor"),
        ("@ctrl/tinycolor@4.1.1", "@ctrl/tinycolor"),
    ] {
        assert_eq!(names(text), BTreeSet::from([expected.to_owned()]), "{text}");
    }
}

#[test]
fn three_forms_say_the_same() {
    let json = r#"{"version": "https://feeds.example/1.1", "items": [{"id": "1", "title": "Stealer & more",
        "url": "https://news.example/1", "date_published": "2025-09-08T14:00:00Z", "content_html": "<code>chalk</code>"}]}"#;
    let rss = r#"<?xml version="1.0"?><rss version="2.0"><channel><title>news</title><link>https://news.example/</link>
        <item><guid>1</guid><title>Stealer &amp; more</title><link>https://news.example/1</link>
        <pubDate>Mon, 08 Sep 2025 14:00:00 +0000</pubDate><description>&lt;code&gt;chalk&lt;/code&gt;</description></item></channel></rss>"#;
    let atom = r#"<feed xmlns="urn:x"><title>news</title><entry><id>1</id><title>Stealer &#38; more</title>
        <link href="https://news.example/1"/><published>2025-09-08T14:00:00Z</published>
        <content type="xhtml"><div><code>chalk</code></div></content></entry></feed>"#;
    for (form, text) in [(Form::Json, json), (Form::Rss, rss), (Form::Atom, atom)] {
        let items = parse(form, text.as_bytes()).unwrap();
        assert_eq!(items.len(), 1, "{form:?}");
        let item = &items[0];
        assert_eq!(item.title, "Stealer & more");
        assert_eq!(item.url.as_deref(), Some("https://news.example/1"));
        assert_eq!(item.published, "2025-09-08T14:00:00Z".parse().ok());
        let named = mentioned(item, |name| USED.contains(&name));
        assert_eq!(
            named,
            BTreeSet::from(["chalk".to_owned()]),
            "{form:?} {item:?}"
        );
    }
}

#[test]
fn what_an_entry_says_it_is_about_counts_alone() {
    let json = r#"[{"id": 7, "title": "`debug`", "packages": ["chalk@5.6.1"]},
        {"id": "8", "affected": [{"package": {"ecosystem": "PyPI", "name": "color"}}, {"package": {"ecosystem": "npm", "name": "debug"}}]}]"#;
    let items = parse(Form::Json, json.as_bytes()).unwrap();
    let named = |item| {
        mentioned(item, |name| USED.contains(&name))
            .into_iter()
            .collect::<Vec<_>>()
    };
    assert_eq!(named(&items[0]), ["chalk"]);
    assert_eq!(named(&items[1]), ["debug"]);
    assert_ne!(items[0].key, items[1].key);
}

#[test]
fn hostile_feeds_are_refused_within_bounds() {
    let bomb = "<!DOCTYPE rss [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]><rss><channel><item><title>&b;</title></item></channel></rss>";
    assert_eq!(
        parse(Form::Rss, bomb.as_bytes()),
        Err(FeedError::Definition)
    );
    let entity = "<rss><channel><item><title>&file;</title></item></channel></rss>";
    assert_eq!(parse(Form::Rss, entity.as_bytes()), Err(FeedError::Entity));
    let deep = format!("<feed>{}", "<a>".repeat(1_000_000));
    assert_eq!(parse(Form::Atom, deep.as_bytes()), Err(FeedError::TooDeep));
    let deep = "[".repeat(1_000_000);
    assert_eq!(parse(Form::Json, deep.as_bytes()), Err(FeedError::TooDeep));
    let many = format!("<feed>{}</feed>", "<entry/>".repeat(ITEMS + 1));
    assert_eq!(parse(Form::Atom, many.as_bytes()), Err(FeedError::TooMany));
    let many = format!("[{}{{}}]", "{},".repeat(ITEMS));
    assert_eq!(parse(Form::Json, many.as_bytes()), Err(FeedError::TooMany));
    let pieces = format!("<feed>{}</feed>", "<a/>".repeat(900_000));
    assert!(parse(Form::Atom, pieces.as_bytes()).unwrap().is_empty());
    assert_eq!(
        parse(Form::Rss, &vec![b' '; SIZE_LIMIT + 1]),
        Err(FeedError::TooLarge)
    );
    assert_eq!(parse(Form::Rss, b"\xff<rss/>"), Err(FeedError::NotText));
    for text in [
        "",
        "<rss>",
        "<feed/>",
        "<rss></feed>",
        "<rss/><rss/>",
        "<rss><a b=</rss>",
        "<!-- ",
        "<html><body>log in</body></html>",
    ] {
        assert!(parse(Form::Rss, text.as_bytes()).is_err(), "{text}");
    }
    for text in ["", "{}", "7", "{\"items\": 7}", "[7]", "<rss/>", "[{}"] {
        assert!(parse(Form::Json, text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn what_is_shown_is_harmless_and_short() {
    let title = format!("\u{202e}evil\u{1b}[31m {}", "x".repeat(100_000));
    let json = serde_json::json!([{ "title": title, "url": "javascript:alert(1)", "content_text": "y".repeat(1_000_000) }]);
    let items = parse(Form::Json, json.to_string().as_bytes()).unwrap();
    let item = &items[0];
    assert!(
        item.title.starts_with("\\u{202e}evil\\u{1b}[31m"),
        "{}",
        item.title
    );
    assert!(item.title.chars().count() < 400 && item.text.len() <= TEXT);
    assert_eq!(item.url, None);
}

#[test]
fn no_bytes_make_it_panic_or_take_long() {
    let seeds = [
        r#"{"items": [{"id": "1", "title": "chalk@5.6.1 in `debug`", "affected": [{"package": {"name": "x"}}]}]}"#,
        "<rss><channel><item><title>chalk@1 &amp; `debug`</title><link>https://a/</link><![CDATA[x]]></item></channel></rss>",
        "<feed><entry><id>1</id><link href=\"https://a/\"/><content><code>chalk</code>\u{202e}é</content></entry></feed>",
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap()
    };
    for round in 0..6_000 {
        let mut bytes = seeds[round % seeds.len()].as_bytes().to_vec();
        for _ in 0..=random() % 6 {
            let at = random() % bytes.len();
            match random() % 3 {
                0 => bytes[at] = b"<>&;\"'{}[]@/`%\0\xc3"[random() % 16],
                1 => drop(bytes.remove(at)),
                _ => {
                    let from = random() % bytes.len();
                    let piece = bytes[from.min(at)..from.max(at)].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
        }
        for form in [Form::Json, Form::Rss, Form::Atom] {
            for item in parse(form, &bytes).unwrap_or_default() {
                mentioned(&item, |_| true);
            }
        }
    }
    // One long word of many markers.
    for word in ["npm/", "package/", "@", "@/", "a@", "%40"] {
        let item = Item {
            text: word.repeat(TEXT / word.len()),
            ..Item::default()
        };
        let started = std::time::Instant::now();
        mentioned(&item, |_| true);
        assert!(started.elapsed().as_secs() < 2, "{word}");
    }
}
