use super::*;

fn fault(name: &str) -> NameFault {
    PackageName::parse(name).unwrap_err().fault()
}

#[test]
fn new_and_legacy_names_parse() {
    for name in [
        "chalk",
        "left-pad",
        "lodash.get",
        "JSONStream",
        "underscore.string",
        "0",
        "a..b",
        "what'sup",
        "hello!",
        "x*y",
        "~tilde",
        "http",
        "@types/node",
        "@scope/_private",
        "@scope/-dash",
        "@Scope/Name",
        "@-/x",
        "@s/node_modules",
    ] {
        let parsed = PackageName::parse(name).unwrap();
        assert_eq!(parsed.as_str(), name);
        assert_eq!(parsed.to_string(), name);
    }
}

#[test]
fn names_that_npm_cannot_install_are_refused() {
    use NameFault::{BadCharacter, BadScope, BadStart, Empty, Reserved, TooLong};
    for (name, expected) in [
        ("", Empty),
        (".", BadStart),
        ("..", BadStart),
        (".hidden", BadStart),
        ("_private", BadStart),
        ("-", BadStart),
        ("--force", BadStart),
        ("@scope/.hidden", BadStart),
        ("@scope/..", BadStart),
        ("@../chalk", BadStart),
        ("@.scope/chalk", BadStart),
        ("@", BadScope),
        ("@scope", BadScope),
        ("@scope/", BadScope),
        ("@/chalk", BadScope),
        ("scope/chalk", BadCharacter),
        ("@a/b/c", BadCharacter),
        ("@a//b", BadCharacter),
        ("@@a/b", BadCharacter),
        ("a@b", BadCharacter),
        ("chalk ", BadCharacter),
        (" chalk", BadCharacter),
        ("cha lk", BadCharacter),
        ("cha\nlk", BadCharacter),
        ("cha\0lk", BadCharacter),
        ("chalk\u{200b}", BadCharacter),
        ("сhalk", BadCharacter),
        ("@scope%2fname", BadScope),
        ("a%2fb", BadCharacter),
        ("a\\b", BadCharacter),
        ("a:b", BadCharacter),
        ("a?b", BadCharacter),
        ("a#b", BadCharacter),
        ("node_modules", Reserved),
        ("Node_Modules", Reserved),
        ("favicon.ico", Reserved),
    ] {
        assert_eq!(fault(name), expected, "{name:?}");
    }
    assert!(PackageName::parse(&"a".repeat(NAME_LIMIT)).is_ok());
    assert_eq!(fault(&"a".repeat(NAME_LIMIT + 1)), TooLong);
}

#[test]
fn an_error_shows_a_hostile_name_escaped() {
    let error = PackageName::parse("cha\u{202e}lk").unwrap_err();
    assert_eq!(
        error.to_string(),
        "\"cha\\u{202e}lk\" is not a package name: only letters, digits and - _ . ! ~ * ' ( ) may occur, \
         and one / after an @scope"
    );
}

#[test]
fn a_scoped_name_comes_apart() {
    let name = PackageName::parse("@ours/tools").unwrap();
    assert_eq!(name.scope(), Some("@ours"));
    assert_eq!(name.bare(), "tools");
    assert_eq!(name.encoded(), "@ours%2ftools");
    assert_eq!(name.tarball_file("1.0.0"), "tools-1.0.0.tgz");
}

#[test]
fn an_unscoped_name_is_whole() {
    let name = PackageName::parse("JSONStream").unwrap();
    assert_eq!(name.scope(), None);
    assert_eq!(name.bare(), "JSONStream");
    assert_eq!(name.encoded(), "JSONStream");
    assert_eq!(name.tarball_file("1.3.5"), "JSONStream-1.3.5.tgz");
}

#[test]
fn serde_reads_and_writes_the_name() {
    let name: PackageName = serde_json::from_str("\"@a/b\"").unwrap();
    assert_eq!(serde_json::to_string(&name).unwrap(), "\"@a/b\"");
    assert!(serde_json::from_str::<PackageName>("\"../etc\"").is_err());
}

#[test]
fn maps_can_be_asked_with_a_text() {
    let names = std::collections::HashMap::from([(PackageName::parse("chalk").unwrap(), 1)]);
    assert_eq!(names.get("chalk"), Some(&1));
}

proptest::proptest! {
    #[test]
    fn what_parses_is_safe_in_a_url_and_comes_back(text in ".{0,30}|[@a-zA-Z./_%~-]{0,12}") {
        if let Ok(name) = PackageName::parse(&text) {
            let encoded = name.encoded();
            proptest::prop_assert!(encoded.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/'));
            proptest::prop_assert!(!matches!(name.bare(), "." | ".."));
            let decoded = percent_encoding::percent_decode_str(&encoded).decode_utf8().unwrap();
            proptest::prop_assert_eq!(PackageName::parse(&decoded).unwrap(), name);
        }
    }
}
