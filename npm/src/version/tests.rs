use proptest::prelude::*;

use super::*;

fn version(text: &str) -> Version {
    Version::parse(text).unwrap()
}

fn strict(text: &str) -> Option<String> {
    Version::parse(text).ok().map(|version| version.to_string())
}

fn loose(text: &str) -> Option<String> {
    Version::parse_loose(text)
        .ok()
        .map(|version| version.to_string())
}

#[test]
fn what_npm_takes_strictly() {
    for (text, expected) in [
        ("1.2.3", "1.2.3"),
        ("0.0.0", "0.0.0"),
        ("v1.2.3", "1.2.3"),
        ("  1.2.3\t\n", "1.2.3"),
        ("\u{feff}v1.2.3\u{a0}", "1.2.3"),
        ("1.2.3-beta", "1.2.3-beta"),
        ("1.2.3-0", "1.2.3-0"),
        ("1.2.3-beta.1.x-y", "1.2.3-beta.1.x-y"),
        ("1.2.3--", "1.2.3--"),
        ("1.2.3---1.-a", "1.2.3---1.-a"),
        ("1.2.3-0a", "1.2.3-0a"),
        ("1.2.3-00a", "1.2.3-00a"),
        ("1.2.3+build", "1.2.3"),
        ("1.2.3-a+001.b-c", "1.2.3-a"),
        (
            "9007199254740991.9007199254740991.9007199254740991",
            "9007199254740991.9007199254740991.9007199254740991",
        ),
        (
            "1.2.3-99999999999999999999999",
            "1.2.3-99999999999999999999999",
        ),
    ] {
        assert_eq!(strict(text).as_deref(), Some(expected), "{text:?}");
        assert_eq!(loose(text).as_deref(), Some(expected), "{text:?} loosely");
    }
}

#[test]
fn what_npm_takes_only_loosely() {
    for (text, expected) in [
        ("=1.2.3", "1.2.3"),
        ("= v 1.2.3", "1.2.3"),
        ("vv1.2.3", "1.2.3"),
        ("01.02.03", "1.2.3"),
        ("1.2.3beta", "1.2.3-beta"),
        ("1.2.3beta.4", "1.2.3-beta.4"),
        ("1.2.3-01", "1.2.3-1"),
        ("1.2.3-", "1.2.3--"),
        ("1.2.3-.a", "1.2.3--.a"),
        ("1.2.3x", "1.2.3-x"),
        ("1.2.34.5", "1.2.3-4.5"),
        ("1.2.34.alpha+b", "1.2.3-4.alpha"),
        (
            "1.2.3-00000000000000000000000000000000000000000000007",
            "1.2.3-7",
        ),
    ] {
        assert_eq!(strict(text), None, "{text:?}");
        assert_eq!(loose(text).as_deref(), Some(expected), "{text:?} loosely");
    }
}

#[test]
fn what_npm_takes_not_at_all() {
    for text in [
        "",
        " ",
        "v",
        "1",
        "1.2",
        "1.2.",
        "1..3",
        ".1.2.3",
        "1.2.3.4",
        "1.2.x",
        "*",
        "1.2.*",
        "latest",
        "a.b.c",
        "-1.2.3",
        "1.-2.3",
        "1.2.3-a..b",
        "1.2.3-a.",
        "1.2.3+",
        "1.2.3+a..b",
        "1.2.3-a+b+c",
        "1.2.3-ä",
        "1.2.3 4",
        "1.2.3,4.5.6",
        "1. 2.3",
        "１.2.3",
        "1.2.3\0",
        "1.2.3-a_b",
        "1.2.3 - 2.0.0",
        "^1.2.3",
        ">1.2.3",
        "1,2,3",
        "1e3.0.0",
        "0x1.0.0",
        "\u{85}1.2.3",
    ] {
        assert_eq!(strict(text), None, "{text:?}");
        assert_eq!(loose(text), None, "{text:?} loosely");
    }
}

#[test]
fn leading_zeros_are_strictly_refused() {
    for text in [
        "01.2.3",
        "1.02.3",
        "1.2.03",
        "00.0.0",
        "1.2.3-01",
        "1.2.3-a.00",
    ] {
        assert_eq!(strict(text), None, "{text:?}");
    }
}

#[test]
fn limits_are_npms() {
    let fault = |text: &str| Version::parse(text).unwrap_err().fault();
    assert_eq!(fault("9007199254740992.0.0"), VersionFault::NumberTooLarge);
    assert_eq!(
        fault("0.18446744073709551616.0"),
        VersionFault::NumberTooLarge
    );
    assert_eq!(
        fault("0.0.99999999999999999999999999999999999999"),
        VersionFault::NumberTooLarge
    );
    let longest = format!("1.2.3-{}", "a".repeat(VERSION_LIMIT - 6));
    assert_eq!(version(&longest).to_string(), longest);
    assert_eq!(fault(&format!("{longest}a")), VersionFault::TooLong);
    assert_eq!(fault("1.2"), VersionFault::Malformed);
}

#[test]
fn an_error_names_the_text_and_what_is_right() {
    assert_eq!(
        Version::parse("1.2\u{1b}[31m").unwrap_err().to_string(),
        "\"1.2\\u{1b}[31m\" is not a version: a version reads 1.2.3 or 1.2.3-beta.1"
    );
}

/// Each comes before the next. The prerelease rows are those of SemVer 2.0.0, section 11, and more of the kind.
const ASCENDING: &[&str] = &[
    "0.0.0-0",
    "0.0.0-alpha",
    "0.0.0",
    "0.0.1-0",
    "0.0.1",
    "0.1.0",
    "0.9.10",
    "0.10.9",
    "1.0.0-0",
    "1.0.0-0.0",
    "1.0.0-2",
    "1.0.0-10",
    "1.0.0-9007199254740991",
    "1.0.0-9007199254740993",
    "1.0.0-18446744073709551615",
    "1.0.0-18446744073709551616",
    "1.0.0-18446744073709551617",
    "1.0.0-118446744073709551616",
    "1.0.0--",
    "1.0.0--1",
    "1.0.0-0a",
    "1.0.0-1a",
    "1.0.0-ALPHA",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.1.0",
    "1.0.0-alpha.9",
    "1.0.0-alpha.10",
    "1.0.0-alpha.beta",
    "1.0.0-alpha-1",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-beta11",
    "1.0.0-beta2",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.1",
    "1.2.0",
    "1.10.0",
    "2.0.0",
    "10.0.0",
    "9007199254740991.0.0",
];

#[test]
fn versions_order_by_semver_precedence() {
    for (low_index, low) in ASCENDING.iter().enumerate() {
        for (high_index, high) in ASCENDING.iter().enumerate() {
            assert_eq!(
                version(low).cmp(&version(high)),
                low_index.cmp(&high_index),
                "{low} and {high}"
            );
        }
    }
}

#[test]
fn build_metadata_tells_no_versions_apart() {
    assert_eq!(version("1.0.0+a"), version("1.0.0+b"));
    assert_eq!(version("1.0.0+a"), version("1.0.0"));
    assert_eq!(version("1.0.0-rc.1+a"), version("v1.0.0-rc.1"));
}

#[test]
fn prerelease_identifiers_are_readable() {
    let version = version("1.2.3-beta.11.0a");
    assert!(version.is_prerelease());
    assert_eq!(
        version.pre(),
        [
            Identifier::Word("beta".into()),
            Identifier::Number(11),
            Identifier::Word("0a".into())
        ]
    );
    assert!(!Version::new(1, 2, 3).is_prerelease());
}

#[test]
fn serde_reads_strictly_and_writes_canonically() {
    let version: Version = serde_json::from_str("\"v1.2.3-a+b\"").unwrap();
    assert_eq!(serde_json::to_string(&version).unwrap(), "\"1.2.3-a\"");
    assert!(serde_json::from_str::<Version>("\"1.2.3a\"").is_err());
    assert!(serde_json::from_str::<Version>("1").is_err());
}

fn canonical() -> impl Strategy<Value = String> {
    let number = prop_oneof![Just(0), 0..20u64, 0..=NUMBER_LIMIT];
    let identifier = "0|[1-9][0-9]{0,24}|[0-9]{0,3}[a-zA-Z-][0-9a-zA-Z-]{0,5}";
    let pre = proptest::collection::vec(identifier, 0..4);
    (number.clone(), number.clone(), number, pre).prop_map(|(major, minor, patch, pre)| {
        let hyphen = if pre.is_empty() { "" } else { "-" };
        format!("{major}.{minor}.{patch}{hyphen}{}", pre.join("."))
    })
}

proptest! {
    #[test]
    fn canonical_versions_come_back(text in canonical(), build in "(\\+[0-9a-z.-]{0,3}[0-9a-z-])?") {
        prop_assert_eq!(strict(&text), Some(text.clone()));
        prop_assert_eq!(loose(&text), Some(text.clone()));
        if !build.contains("..") && !build.starts_with("+.") {
            prop_assert_eq!(strict(&format!(" v{text}{build} ")), Some(text));
        }
    }

    #[test]
    fn what_is_strictly_a_version_is_loosely_the_same(text in "[ v=]{0,2}[0-9]{1,2}(\\.[0-9x]{1,2}){0,3}[-+.0-9a-z]{0,6}|.{0,20}") {
        if let Ok(version) = Version::parse(&text) {
            prop_assert_eq!(Version::parse_loose(&text), Ok(version));
        }
        if let Ok(version) = Version::parse_loose(&text) {
            prop_assert_eq!(Version::parse(&version.to_string()), Ok(version));
        }
    }

    #[test]
    fn the_order_is_total(a in canonical(), b in canonical(), c in canonical()) {
        let (a, b, c) = (version(&a), version(&b), version(&c));
        prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
        prop_assert_eq!(a == b, a.cmp(&b) == Ordering::Equal);
        let mut sorted = [a, b, c];
        sorted.sort();
        prop_assert!(sorted[0] <= sorted[1] && sorted[1] <= sorted[2] && sorted[0] <= sorted[2]);
    }
}
