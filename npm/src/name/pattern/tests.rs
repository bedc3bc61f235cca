use super::*;

fn matches(pattern: &str, name: &str) -> bool {
    let pattern = NamePattern::parse(pattern).unwrap();
    pattern.matches(&PackageName::parse(name).unwrap())
}

#[test]
fn a_name_means_itself() {
    assert!(matches("left-pad", "left-pad"));
    assert!(!matches("left-pad", "left-pad2"));
    assert!(!matches("left-pad", "Left-Pad"));
    assert!(!matches("tools", "@ours/tools"));
}

#[test]
fn a_scope_means_its_packages_only() {
    assert!(matches("@ours/*", "@ours/tools"));
    assert!(!matches("@ours/*", "@ours2/tools"));
    assert!(!matches("@ours/*", "ours"));
    assert!(matches("@ours/build-*", "@ours/build-tools"));
    assert!(!matches("@ours/build-*", "@ours/tools"));
}

#[test]
fn a_start_means_unscoped_names_that_start_so() {
    assert!(matches("ours-*", "ours-tools"));
    assert!(!matches("ours-*", "ours"));
    assert!(!matches("ours-*", "@ours-x/tools"));
}

#[test]
fn a_star_means_every_package() {
    assert!(matches("*", "chalk"));
    assert!(matches("*", "@types/node"));
    assert!(NamePattern::parse("*").unwrap().is_everything());
    assert!(!NamePattern::parse("a*").unwrap().is_everything());
}

#[test]
fn other_texts_are_refused() {
    for pattern in [
        "",
        "**",
        "a*b",
        "*a",
        "@*",
        "@ours*",
        "@*/x",
        "@/*",
        "@ours/**",
        "..*",
        "./*",
        "a/*",
        "a b*",
        "_*",
        "node_modules",
        "chalk@1",
    ] {
        assert!(NamePattern::parse(pattern).is_err(), "{pattern:?}");
    }
}

#[test]
fn a_pattern_displays_as_written() {
    for pattern in ["left-pad", "@ours/*", "ours-*", "*", "@ours/tools"] {
        assert_eq!(NamePattern::parse(pattern).unwrap().to_string(), pattern);
    }
}
