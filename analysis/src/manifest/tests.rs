use super::*;

fn line(text: &str, path: &[&str]) -> Option<usize> {
    let span = Manifest::parse(text).span(path)?;
    Some(text[..span.start as usize].matches('\n').count() + 1)
}

#[test]
fn members_are_found_where_they_count() {
    let text = r#"{
  "name": "x", "note": "\"scripts\": {",
  "scripts": { "test": "true" },
  "files": [
    {"a": [1, 2.5e3, null, true, []]},
    "b"
  ],
  "scripts": {
    "post\u0069nstall": "node x"
  }
}"#;
    assert_eq!(line(text, &["name"]), Some(2));
    assert_eq!(line(text, &["scripts"]), Some(8));
    assert_eq!(line(text, &["scripts", "postinstall"]), Some(9));
    assert_eq!(line(text, &["files", "1"]), Some(6));
    assert_eq!(line(text, &["scripts", "install"]), None);
}

#[test]
fn any_text_has_a_place_or_none() {
    for text in [
        "",
        "{",
        "[",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":{\"b\":\"\\",
        "\u{feff}{\"a\":{}}",
    ] {
        Manifest::parse(text).span(&["a", "b"]);
    }
    let deep = "[".repeat(100_000);
    Manifest::parse(&deep).span(&["0", "0"]);
    assert!(Manifest::parse("\u{feff}{\"a\":1}").span(&["a"]).is_some());
}

#[test]
fn values_of_the_wrong_type_are_absent() {
    let manifest = Manifest::parse(
        r#"{"name": 1, "scripts": {"install": ["x"], "postinstall": "y"}, "dependencies": {"a": {}, "b": "1"}}"#,
    );
    assert_eq!(manifest.name, "");
    assert_eq!(
        manifest.install_scripts().collect::<Vec<_>>(),
        [("postinstall", "y")]
    );
    assert_eq!(manifest.dependencies.len(), 1);
    assert!(manifest.error.is_none());
    assert!(Manifest::parse("[]").error.is_some());
    assert!(Manifest::parse("{,}").error.is_some());
}

#[test]
fn dependencies_know_their_lines() {
    let manifest = Manifest::parse(
        "{\"dependencies\": {\"a\": \"1\",\n \"b\": \"2\"},\n\"devDependencies\":\n{\"c\": {\"x\": 1}, \"d\": \"4\"}}",
    );
    let lines: Vec<(&str, u32)> = manifest
        .dependencies
        .iter()
        .map(|dependency| (dependency.name.as_str(), dependency.line))
        .collect();
    assert_eq!(lines, [("a", 1), ("b", 2), ("d", 4)]);
}
