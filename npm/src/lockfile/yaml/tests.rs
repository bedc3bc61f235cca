use serde_json::json;

use super::*;

fn plain(node: &Node<'_>) -> serde_json::Value {
    match &node.value {
        Value::Null => serde_json::Value::Null,
        Value::Boolean(value) => (*value).into(),
        Value::Number(text) => (*text).into(),
        Value::Text(text) => text.as_ref().into(),
        Value::List(items) => items.iter().map(plain).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|field| (field.key.to_string(), plain(&field.node)))
            .collect(),
    }
}

fn all(text: &str) -> Vec<serde_json::Value> {
    parse(text).unwrap().iter().map(plain).collect()
}

fn one(text: &str) -> serde_json::Value {
    let mut all = all(text);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

#[test]
fn what_package_managers_write_is_read() {
    let text = "# head\n\nlockfileVersion: '9.0'\n\nsettings:\n  on: true\n\nimporters:\n\n  .: {}\n\n  packages/a:\n    dependencies:\n      '@s/b':\n        specifier: ^1.0.0 || >=2\n        version: 1.0.0(c@2)\n\npackages:\n\n  '@s/b@1.0.0':\n    resolution: {integrity: sha512-a+/==, tarball: 'http://h.invalid/x:y.tgz'}\n    engines: {node: '>=8'}\n    cpu: [x64, '!arm']\n    deprecated: |-\n      two\n        lines\n\n      here\n    last: it''s #1 # comment\n";
    assert_eq!(
        one(text),
        json!({
            "lockfileVersion": "9.0",
            "settings": {"on": true},
            "importers": {
                ".": {},
                "packages/a": {"dependencies": {"@s/b": {"specifier": "^1.0.0 || >=2", "version": "1.0.0(c@2)"}}},
            },
            "packages": {"@s/b@1.0.0": {
                "resolution": {"integrity": "sha512-a+/==", "tarball": "http://h.invalid/x:y.tgz"},
                "engines": {"node": ">=8"},
                "cpu": ["x64", "!arm"],
                "deprecated": "two\n  lines\n\nhere",
                "last": "it''s",
            }},
        })
    );
}

#[test]
fn long_keys_lists_and_compact_blocks_are_read() {
    let text = "? long, key\n: a: 1\n  b:\n  - x\n  - y: 1\n    z: 2\n? \"other\"\n:\n  c: d\nlist:\n  -\n    e: f\n  - - g\n";
    assert_eq!(
        one(text),
        json!({
            "long, key": {"a": "1", "b": ["x", {"y": "1", "z": "2"}]},
            "other": {"c": "d"},
            "list": [{"e": "f"}, ["g"]],
        })
    );
}

#[test]
fn documents_are_kept_apart() {
    assert_eq!(
        all("---\na: 1\n---\nb: 2\n"),
        [json!({"a": "1"}), json!({"b": "2"})]
    );
    assert_eq!(
        all("a: 1\r\nb:\r\n  c: 'd'\r\n"),
        [json!({"a": "1", "b": {"c": "d"}})]
    );
}

#[test]
fn keys_and_values_know_their_places() {
    let text = "a:\n  'b c': {d: \"e\"}\n";
    let documents = parse(text).unwrap();
    let lines = super::super::place::Lines::new(text);
    let inner = &documents[0].fields()[0].node.fields()[0];
    assert_eq!(lines.text(inner.at), "'b c'");
    assert_eq!(lines.place(inner.at).to_string(), "line 2, column 3");
    assert_eq!(lines.text(inner.node.fields()[0].node.at), "\"e\"");
}

#[test]
fn the_rest_of_yaml_is_an_error_with_its_place() {
    let message = |text: &str| parse(text).unwrap_err().to_string();
    insta::assert_snapshot!(message("# only\n"), @"line 1, column 1: the file is empty");
    insta::assert_snapshot!(message("a: 1\nb: 2\na: 3\n"), @r#"line 3, column 1: the key "a" is there twice"#);
    insta::assert_snapshot!(message("a: {b: 1, b: 2}\n"), @r#"line 1, column 11: the key "b" is there twice"#);
    insta::assert_snapshot!(message("a: &x 1\n"), @"line 1, column 4: a part of YAML that no lockfile needs");
    insta::assert_snapshot!(message("a: *x\n"), @"line 1, column 4: a part of YAML that no lockfile needs");
    insta::assert_snapshot!(message("a: !!str 1\n"), @"line 1, column 4: a part of YAML that no lockfile needs");
    insta::assert_snapshot!(message("a:\n\tb: 1\n"), @"line 2, column 1: a tab where only spaces indent");
    insta::assert_snapshot!(message("a: b\n  c\n"), @"line 2, column 3: this line is indented deeper than what it could belong to");
    insta::assert_snapshot!(message("a: {b: 1\n"), @"line 1, column 9: brackets that do not end on their line");
    insta::assert_snapshot!(message("a: 'b\n"), @"line 1, column 4: a text that does not end on its line");
    insta::assert_snapshot!(message("  a: 1\nb: 2\n"), @"line 2, column 1: this line is indented less than its neighbours");
    insta::assert_snapshot!(message("a: 1\nb\n"), @"line 2, column 1: a key and a colon should stand here");
    let deep: String = (0..80)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect();
    insta::assert_snapshot!(message(&deep), @"line 61, column 61: it is nested more than 60 levels deep");
    insta::assert_snapshot!(message(&format!("a: {}", "[".repeat(80))), @"line 1, column 63: it is nested more than 60 levels deep");
}
