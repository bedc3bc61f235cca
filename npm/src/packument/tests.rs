use bytes::Bytes;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Form, Links, Packument};
use crate::PackageName;

const LINKS: Links<'_> = Links {
    public_url: "http://127.0.0.1:4040",
    first_contact: Timestamp::UNIX_EPOCH,
};

fn parse(document: &Value) -> Packument {
    let name = PackageName::parse(document["name"].as_str().unwrap()).unwrap();
    Packument::parse(&name, document.to_string().into()).unwrap()
}

fn refused(text: &str) -> String {
    let name = PackageName::parse("a").unwrap();
    let body = Bytes::copy_from_slice(text.as_bytes());
    Packument::parse(&name, body).unwrap_err().to_string()
}

/// A document whose versions were published a day apart, in the order given.
fn package(name: &str, versions: &[&str], tags: Value) -> Value {
    let mut document = json!({
        "_id": name, "name": name, "dist-tags": tags, "versions": {}, "readme": "# hello",
        "time": { "created": "2020-01-01T00:00:00.000Z", "modified": "2024-01-01T00:00:00.000Z" },
    });
    for (day, version) in versions.iter().enumerate() {
        let bare = name.rsplit('/').next().unwrap();
        document["versions"][version] = json!({
            "name": name, "version": version, "scripts": { "test": "x" }, "gitHead": "abc",
            "dist": {
                "shasum": "da39a3ee5e6b4b0d3255bfef95601890afd80709",
                "tarball": format!("http://registry.example/{name}/-/{bare}-{version}.tgz"),
                "signatures": [{ "keyid": "k", "sig": "s" }],
            },
            "_npmUser": { "name": "someone" },
        });
        document["time"][version] = json!(format!("2020-01-{:02}T00:00:00.000Z", day + 1));
    }
    document
}

fn rendered(packument: &Packument, held: &[&str], form: Form) -> Value {
    let view = packument.without(
        |index| held.contains(&packument.entries()[index].version()),
        Some("withheld by a test"),
    );
    let mut out = Vec::new();
    view.write(form, LINKS, &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

fn tags(versions: &[&str], tags: Value, held: &[&str]) -> Value {
    let packument = parse(&package("a", versions, tags));
    rendered(&packument, held, Form::Abbreviated)["dist-tags"].clone()
}

#[test]
fn nothing_withheld_changes_only_addresses_and_time() {
    let document = package("@s/a", &["1.0.0", "1.1.0"], json!({ "latest": "1.1.0" }));
    let packument = parse(&document);
    let mut expected = document.clone();
    for version in ["1.0.0", "1.1.0"] {
        expected["versions"][version]["dist"]["tarball"] =
            json!(format!("http://127.0.0.1:4040/@s/a/-/a-{version}.tgz"));
    }
    assert_eq!(rendered(&packument, &[], Form::Full), expected);
}

#[test]
fn withheld_versions_leave_versions_and_time_and_are_named_as_restricted() {
    let document = package("a", &["1.0.0", "1.1.0"], json!({ "latest": "1.1.0" }));
    let packument = parse(&document);
    for form in [Form::Full, Form::Abbreviated] {
        let view = rendered(&packument, &["1.1.0"], form);
        assert_eq!(view["versions"].as_object().unwrap().len(), 1);
        assert!(view["time"].get("1.1.0").is_none());
        assert_eq!(view["time"]["1.0.0"], "2020-01-01T00:00:00.000Z");
        assert_eq!(view["dist-tags"], json!({ "latest": "1.0.0" }));
        assert_eq!(
            view["policyRestrictions"],
            json!({
                "message": "withheld by a test",
                "versions": { "1.1.0": { "name": "a", "version": "1.1.0" } },
            })
        );
        let modified = match form {
            Form::Full => &view["time"]["modified"],
            Form::Abbreviated => &view["modified"],
        };
        assert_eq!(modified, "2020-01-01T00:00:00.000Z");
    }
}

#[test]
fn the_abbreviated_form_has_what_an_install_needs() {
    let mut document = package("a", &["1.0.0"], json!({ "latest": "1.0.0" }));
    document["versions"]["1.0.0"]["scripts"]["postinstall"] = json!("node x");
    document["versions"]["1.0.0"]["libc"] = json!(["glibc"]);
    let view = rendered(&parse(&document), &[], Form::Abbreviated);
    assert!(view.get("readme").is_none());
    assert!(view.get("_id").is_none());
    let manifest = &view["versions"]["1.0.0"];
    assert_eq!(manifest["hasInstallScript"], true);
    assert_eq!(manifest["libc"], json!(["glibc"]));
    assert_eq!(manifest["dist"]["signatures"][0]["sig"], "s");
    assert!(manifest.get("scripts").is_none());
    assert!(manifest.get("gitHead").is_none());
}

#[test]
fn spacing_does_not_matter() {
    let mut document = package("a", &["1.0.0", "1.1.0"], json!({ "latest": "1.1.0" }));
    document["versions"]["1.0.0"]["dist"] = json!({});
    document["versions"]["2.0.0"] = json!({});
    document["time"]["2.0.0"] = json!("2020-02-01T00:00:00.000Z");
    let name = PackageName::parse("a").unwrap();
    let spaced = serde_json::to_string_pretty(&document)
        .unwrap()
        .replace(": ", "\t:\r\n ")
        .replace('\n', " \n ");
    let spaced = Packument::parse(&name, spaced.into()).unwrap();
    let plain = parse(&document);
    for form in [Form::Full, Form::Abbreviated] {
        assert_eq!(rendered(&spaced, &[], form), rendered(&plain, &[], form));
    }
    for (a, b) in spaced.entries().iter().zip(plain.entries()) {
        let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(value(spaced.manifest(a)), value(plain.manifest(b)));
    }
}

#[test]
fn the_abbreviated_form_takes_whole_fields_in_order() {
    let fields = [
        "_a", "name", "bin", "_b", "dist", "funding", "_c", "_d", "engines",
    ];
    let manifest: Vec<String> = fields
        .iter()
        .map(|field| match *field {
            "dist" => r#""dist":{"tarball":"x","shasum":"y"}"#.to_owned(),
            field => format!(r#""{field}":{{"of":"{field}"}}"#),
        })
        .collect();
    let text = format!(
        r#"{{"name":"a","versions":{{"1.0.0":{{{}}}}}}}"#,
        manifest.join(",")
    );
    let name = PackageName::parse("a").unwrap();
    let packument = Packument::parse(&name, text.into()).unwrap();
    let manifest = &rendered(&packument, &[], Form::Abbreviated)["versions"]["1.0.0"];
    assert_eq!(
        *manifest,
        json!({
            "name": { "of": "name" }, "bin": { "of": "bin" }, "funding": { "of": "funding" },
            "engines": { "of": "engines" },
            "dist": { "tarball": "http://127.0.0.1:4040/a/-/a-1.0.0.tgz", "shasum": "y" },
        })
    );
}

#[test]
fn escaped_keys_are_refused_where_they_would_hide_something() {
    assert!(refused(r#"{"versions":{"1.0.0":{"d\u0069st":{}}}}"#).contains("escapes"));
    assert!(refused(r#"{"versions":{"1.0.\u0030":{}}}"#).contains("escapes"));
}

#[test]
fn tags_go_to_the_highest_allowed_version_not_above_their_target() {
    let versions = [
        "4.9.0",
        "5.0.0",
        "5.1.0",
        "6.0.0-beta.1",
        "6.0.0-beta.2",
        "4.9.1",
    ];
    let publisher = json!({ "latest": "5.1.0", "beta": "6.0.0-beta.2", "v4": "4.9.1" });
    assert_eq!(tags(&versions, publisher.clone(), &[]), publisher);
    assert_eq!(
        tags(
            &versions,
            publisher.clone(),
            &["5.1.0", "6.0.0-beta.2", "4.9.1"]
        ),
        json!({ "latest": "5.0.0", "beta": "6.0.0-beta.1", "v4": "4.9.0" })
    );
    // No prerelease left: a release below is better than a dangling tag.
    assert_eq!(
        tags(
            &versions,
            publisher.clone(),
            &["6.0.0-beta.1", "6.0.0-beta.2"]
        )["beta"],
        "5.1.0"
    );
    // Nothing at or below `v4` is left, so the tag goes; `latest` never does.
    let held = ["4.9.0", "4.9.1", "5.0.0", "5.1.0"];
    assert_eq!(
        tags(&versions, publisher, &held),
        json!({ "latest": "6.0.0-beta.2", "beta": "6.0.0-beta.2" })
    );
}

#[test]
fn there_is_a_latest_even_if_the_publisher_set_none() {
    assert_eq!(
        tags(&["1.0.0", "2.0.0", "3.0.0-rc.1"], json!({}), &[]),
        json!({ "latest": "2.0.0" })
    );
}

#[test]
fn a_view_without_versions_says_so() {
    let packument = parse(&package("a", &["1.0.0"], json!({ "latest": "1.0.0" })));
    assert!(packument.without(|_| true, None).is_empty());
    assert!(!packument.without(|_| false, None).is_empty());
}

#[test]
fn versions_without_time_get_the_moment_of_first_contact() {
    let mut document = package("a", &["1.0.0", "1.1.0"], json!({ "latest": "1.1.0" }));
    document["time"]["1.0.0"] = json!("not a time");
    document["time"].as_object_mut().unwrap().remove("1.1.0");
    let view = rendered(&parse(&document), &[], Form::Abbreviated);
    assert_eq!(view["time"]["1.0.0"], "1970-01-01T00:00:00.000Z");
    assert_eq!(view["time"]["1.1.0"], "1970-01-01T00:00:00.000Z");
}

#[test]
fn a_known_version_keeps_its_first_manifest() {
    let old = parse(&package(
        "a",
        &["1.0.0", "1.1.0"],
        json!({ "latest": "1.1.0" }),
    ));
    let mut document = package(
        "a",
        &["1.0.0", "1.1.0", "1.2.0"],
        json!({ "latest": "1.2.0" }),
    );
    document["versions"]["1.0.0"]["dist"]["shasum"] =
        json!("0000000000000000000000000000000000000000");
    let new = parse(&document);
    let name = PackageName::parse("a").unwrap();
    let kept = Packument::parse(&name, new.keeping(&old, &["1.0.0"])).unwrap();
    let checksum = |packument: &Packument, version: &str| {
        let entry = packument.entry(version).unwrap();
        packument.checksums(entry).1.unwrap().into_owned()
    };
    assert_eq!(checksum(&kept, "1.0.0"), checksum(&old, "1.0.0"));
    assert_eq!(checksum(&kept, "1.2.0"), checksum(&new, "1.2.0"));
    assert_eq!(kept.entries().len(), 3);
}

#[test]
fn equal_keys_and_foreign_documents_are_refused() {
    assert!(refused(r#"{"name":"b","versions":{}}"#).contains("another package than a"));
    assert!(refused(r#"{"versions":{"1.0.0":{},"1.0.0":{}}}"#).contains("listed twice"));
    assert!(refused(r#"{"versions":{},"versions":{}}"#).contains("given twice"));
    assert!(refused(r#"{"versions":{"1.0.0":{"dist":{},"dist":{}}}}"#).contains("given twice"));
    assert!(
        refused(r#"{"versions":{"1.0.0":{"dist":{"shasum":"a","shasum":"b"}}}}"#)
            .contains("given twice")
    );
    assert!(refused(r#"{"dist-tags":{"a":"1","a":"2"}}"#).contains("given twice"));
    assert!(refused(r#"{"versions":[]}"#).contains("versions"));
    let long = "9".repeat(300);
    assert!(refused(&format!(r#"{{"versions":{{"{long}":{{}}}}}}"#)).contains("300 bytes"));
    assert!(refused("{").contains("line 1"));
    assert!(refused("{} trailing").contains("trailing"));
}

#[test]
fn deep_nesting_is_read_without_recursion() {
    let deep = "[".repeat(200_000) + &"]".repeat(200_000);
    let text = format!(r#"{{"name":"a","x":{deep},"versions":{{"1.0.0":{{"y":{deep}}}}}}}"#);
    let name = PackageName::parse("a").unwrap();
    assert!(Packument::parse(&name, text.into()).is_ok());
}

proptest! {
    /// Whatever is withheld, the bytes written are JSON, list exactly the rest, and every tag has a target.
    #[test]
    fn views_are_consistent(
        versions in prop::collection::btree_set("[0-3]\\.[0-3]\\.[0-3](-(a|b)\\.[0-2])?", 1..12),
        held in prop::collection::vec(any::<bool>(), 12),
        escapes in "\\PC{0,12}",
    ) {
        let versions: Vec<&str> = versions.iter().map(String::as_str).collect();
        let mut document = package("a", &versions, json!({ "latest": versions[0], "x": "9.9.9" }));
        document["description"] = json!(escapes);
        let packument = parse(&document);
        let view = packument.without(|index| held[index], Some(&escapes));
        let mut out = Vec::new();
        view.write(Form::Full, LINKS, &mut out).unwrap();
        let written: Value = serde_json::from_slice(&out).unwrap();
        let left: Vec<&str> = packument
            .entries()
            .iter()
            .zip(&held)
            .filter(|(_, held)| !**held)
            .map(|(entry, _)| entry.version())
            .collect();
        let listed = written["versions"].as_object().unwrap();
        prop_assert_eq!(listed.len(), left.len());
        for (_, target) in written["dist-tags"].as_object().unwrap() {
            prop_assert!(left.contains(&target.as_str().unwrap()));
        }
        prop_assert_eq!(view.is_empty(), left.is_empty());
        prop_assert_eq!(view.tag("latest").is_some(), !left.is_empty());
        prop_assert_eq!(&written["description"], &json!(escapes));
    }

    /// Reading never panics, whatever arrives.
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let name = PackageName::parse("a").unwrap();
        let _ = Packument::parse(&name, bytes.into());
    }
}
