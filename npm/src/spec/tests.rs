use super::*;

fn wanted(text: &str) -> Wanted {
    Spec::parse(text).unwrap().wanted
}

#[test]
fn a_bare_name_asks_for_latest() {
    assert_eq!(Spec::parse("chalk").unwrap().to_string(), "chalk@latest");
    assert_eq!(
        Spec::parse("@types/node").unwrap().to_string(),
        "@types/node@latest"
    );
    assert_eq!(wanted("chalk@"), Wanted::Tag("latest".into()));
}

#[test]
fn versions_ranges_and_tags_are_told_apart() {
    assert_eq!(wanted("chalk@5.6.1"), Wanted::Exact(Version::new(5, 6, 1)));
    assert_eq!(wanted("chalk@=5.6.1"), Wanted::Exact(Version::new(5, 6, 1)));
    assert_eq!(
        wanted("chalk@^5"),
        Wanted::Range(Range::parse("^5").unwrap())
    );
    assert_eq!(wanted("chalk@5"), Wanted::Range(Range::parse("5").unwrap()));
    assert_eq!(
        wanted("chalk@ >=1 <2 "),
        Wanted::Range(Range::parse(">=1 <2").unwrap())
    );
    assert_eq!(wanted("chalk@*"), Wanted::Range(Range::any()));
    assert_eq!(wanted("@a/b@next"), Wanted::Tag("next".into()));
    assert_eq!(wanted("chalk@v5-lts"), Wanted::Tag("v5-lts".into()));
}

#[test]
fn what_is_not_of_a_registry_is_refused() {
    for text in [
        "",
        "@",
        "@scope",
        "./chalk",
        "chalk@file:../x",
        "chalk@https://registry.example/x.tgz",
        "chalk@npm:other@1",
        "chalk@git+ssh://host.example/x",
        "user/repo",
        "chalk@a b",
        "chalk@a@b",
    ] {
        assert!(Spec::parse(text).is_err(), "{text:?}");
    }
}
