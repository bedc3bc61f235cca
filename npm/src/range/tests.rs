//! The tables are ours, written from what npm documents and checked once against npm's own `semver` 7.8.6.

mod membership;
mod reading;

use proptest::prelude::*;

use super::*;
use crate::version::VERSION_LIMIT;

fn range(text: &str) -> Range {
    Range::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

fn version(text: &str) -> Version {
    Version::parse(text).unwrap()
}

fn fault(text: &str) -> RangeFault {
    Range::parse(text).unwrap_err().fault()
}

#[test]
fn sizes_are_bounded() {
    assert_eq!(fault(&"1".repeat(RANGE_LIMIT + 1)), RangeFault::TooLong);
    assert_eq!(
        fault(&"1||".repeat(RANGE_PARTS_LIMIT)),
        RangeFault::TooManyParts
    );
    assert_eq!(
        fault(&"1 ".repeat(RANGE_PARTS_LIMIT + 1)),
        RangeFault::TooManyParts
    );
    assert!(Range::parse(&"1||".repeat(RANGE_PARTS_LIMIT - 1)).is_ok());
    assert!(Range::parse(&"1 ".repeat(RANGE_PARTS_LIMIT)).is_ok());
    assert_eq!(
        fault(&format!(">=1.2.3-{}", "a".repeat(VERSION_LIMIT))),
        RangeFault::Malformed
    );
    for operator in ["^", "~", ">", "=", "~>", "|", "-", "+", "*", "v", " "] {
        let _ = Range::parse(&operator.repeat(RANGE_LIMIT / operator.len()));
        let _ =
            Range::parse_loose(&format!("{operator} ").repeat(RANGE_LIMIT / (operator.len() + 1)));
    }
}

#[test]
fn numbers_are_bounded() {
    for text in [
        "9007199254740992.0.0",
        "^9007199254740991",
        "9007199254740991.x",
        ">9007199254740991",
        "~1.9007199254740991",
    ] {
        assert_eq!(fault(text), RangeFault::NumberTooLarge, "{text}");
    }
    assert_eq!(
        range(">=9007199254740991").to_string(),
        ">=9007199254740991.0.0"
    );
}

#[test]
fn an_error_names_the_text_and_what_is_right() {
    assert_eq!(
        Range::parse("newest\u{7}").unwrap_err().to_string(),
        "\"newest\\u{7}\" is not a version range: a range reads like ^1.2.0, ~1.2, 1.x, >=1.0.0 <2 \
         or 1.0.0 - 2.0.0, several joined by ||"
    );
}

#[test]
fn every_release_is_in_any() {
    for text in [
        "", "*", "x", "X", ">=0", ">=0.0.0", "1 || *", "^*", "~x", "<=*", " ", "||", "x.x.x", "* *",
    ] {
        assert!(range(text).is_any(), "{text:?}");
        assert_eq!(range(text).to_string(), "*", "{text:?}");
    }
    assert_eq!(range("*"), Range::any());
    assert!(!range(">=0.0.0-0").is_any());
    assert!(!range("1").is_any());
}

#[test]
fn serde_reads_strictly_and_writes_npms_form() {
    let range: Range = serde_json::from_str("\"^1.2\"").unwrap();
    assert_eq!(
        serde_json::to_string(&range).unwrap(),
        "\">=1.2.0 <2.0.0-0\""
    );
    assert!(serde_json::from_str::<Range>("\"next\"").is_err());
}

/// Small numbers, so that versions and the ends of ranges meet.
fn any_version() -> impl Strategy<Value = String> {
    let pre = prop_oneof![4 => Just(""), 1 => Just("-0"), 1 => Just("-alpha"), 1 => Just("-alpha.1"), 1 => Just("-beta")];
    (0..4u64, 0..4u64, 0..4u64, pre)
        .prop_map(|(major, minor, patch, pre)| format!("{major}.{minor}.{patch}{pre}"))
}

fn any_range() -> impl Strategy<Value = String> {
    let incomplete = "x|[0-3](\\.[0-3x])?|[0-3]\\.[0-3]\\.x";
    let operand = prop_oneof![any_version(), incomplete.prop_map(String::from)];
    let simple =
        ("(\\^|~|~>|>=?|<=?|=|) ?", operand).prop_map(|(operator, operand)| operator + &operand);
    let all = prop_oneof![
        4 => proptest::collection::vec(simple, 1..3).prop_map(|all| all.join(" ")),
        1 => (any_version(), any_version()).prop_map(|(low, high)| format!("{low} - {high}")),
    ];
    proptest::collection::vec(all, 1..4).prop_map(|any| any.join("||"))
}

proptest! {
    #[test]
    fn no_text_panics(text in "([0-9x*]{1,2}(\\.[0-9x*]{1,2}){0,3}|[-+^~<>=v |.a\u{a0}é]){0,12}|.{0,30}") {
        let _ = Range::parse(&text);
        if let Ok(range) = Range::parse(&text) {
            prop_assert_eq!(Range::parse_loose(&text).map(|range| range.to_string()), Ok(range.to_string()));
        }
    }

    #[test]
    fn npms_form_means_the_same(text in any_range(), of in any_version()) {
        let (first, again) = (range(&text), range(&range(&text).to_string()));
        prop_assert_eq!(first.satisfies(&version(&of)), again.satisfies(&version(&of)));
        prop_assert_eq!(first.to_string(), again.to_string());
    }

    #[test]
    fn a_version_satisfies_itself(of in any_version(), more in any_range()) {
        let of_version = version(&of);
        for text in [of.clone(), format!("^{of}"), format!("~{of}"), format!(">={of}"), format!("<={of}"), format!("{of} - {of}")] {
            prop_assert!(range(&text).satisfies(&of_version), "{} {}", text, of);
            prop_assert!(range(&text).satisfies_including_prereleases(&of_version), "{} {}", text, of);
        }
        let either = range(&format!("{of} || {more}"));
        prop_assert!(either.satisfies(&of_version) || either.is_any());
    }

    #[test]
    fn including_prereleases_only_adds(text in any_range(), of in any_version()) {
        // Except where npm reads `>=0.0.0` as `*`, which it does only while prereleases are not included.
        prop_assume!(!of.starts_with("0.0.0-"));
        let range = range(&text);
        if range.satisfies(&version(&of)) {
            prop_assert!(range.satisfies_including_prereleases(&version(&of)));
        }
    }
}
