use proptest::prelude::*;

use super::*;

fn strict(text: &str) -> Result<Node<'_>, LockfileError> {
    parse(text, Dialect::Strict)
}

/// As serde_json would have it.
fn plain(node: &Node<'_>) -> serde_json::Value {
    match &node.value {
        Value::Null => serde_json::Value::Null,
        Value::Boolean(value) => (*value).into(),
        Value::Number(text) => serde_json::from_str(text).unwrap(),
        Value::Text(text) => text.as_ref().into(),
        Value::List(items) => items.iter().map(plain).collect(),
        Value::Object(fields) => {
            let fields = fields.iter();
            fields
                .map(|field| (field.key.to_string(), plain(&field.node)))
                .collect()
        }
    }
}

#[test]
fn every_value_knows_its_place() {
    let text = "{\n  \"ä\": [1, \"b\\n\"]\n}";
    let node = strict(text).unwrap();
    let lines = super::super::place::Lines::new(text);
    let field = &node.fields()[0];
    assert_eq!(lines.text(field.at), "\"ä\"");
    assert_eq!(lines.place(field.at).to_string(), "line 2, column 3");
    let second = &field.node.items()[1];
    assert_eq!(lines.place(second.at).to_string(), "line 2, column 12");
    assert_eq!(lines.end(second.at).column, 17);
    assert_eq!(second.as_str(), Some("b\n"));
}

#[test]
fn errors_name_the_place() {
    let message = |text: &str| strict(text).unwrap_err().to_string();
    insta::assert_snapshot!(message(""), @"line 1, column 1: the file is empty");
    insta::assert_snapshot!(message("{\"a\":1,\n \"a\":2}"), @r#"line 2, column 2: the key "a" is there twice"#);
    insta::assert_snapshot!(message("{\"a\":1,}"), @"line 1, column 8: a key should stand here");
    insta::assert_snapshot!(message("[1] 2"), @"line 1, column 5: something stands after the end of the document");
    insta::assert_snapshot!(message("[\"a"), @"line 1, column 3: a text does not end");
    insta::assert_snapshot!(message("[\"\\ud800\"]"), @"line 1, column 9: half a pair of surrogates");
    insta::assert_snapshot!(message(&"[".repeat(201)), @"line 1, column 201: it is nested more than 200 levels deep");
    insta::assert_snapshot!(message("[01]"), @"line 1, column 2: this is not a number of JSON");
}

#[test]
fn a_key_among_many_that_is_there_twice_is_found() {
    let keys: Vec<String> = (0..40)
        .map(|index| format!("\"k{}\":1", index % 39))
        .collect();
    let error = strict(&format!("{{{}}}", keys.join(",")))
        .unwrap_err()
        .to_string();
    assert!(error.ends_with("the key \"k0\" is there twice"), "{error}");
}

#[test]
fn comments_and_last_commas_are_for_bun_only() {
    let text = "// head\n{\"a\": [1, /* two */ 2,], }";
    assert!(strict(text).is_err());
    let node = parse(text, Dialect::Comments).unwrap();
    assert_eq!(plain(&node), serde_json::json!({"a": [1, 2]}));
    assert!(parse("{,}", Dialect::Comments).is_err());
    assert!(parse("[1,,]", Dialect::Comments).is_err());
    assert!(parse("/*/ 1", Dialect::Comments).is_err());
}

proptest! {
    #[test]
    fn documents_read_as_serde_json_reads_them(text in json()) {
        let read = strict(&text).unwrap();
        let expected: serde_json::Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(plain(&read), expected);
    }

    #[test]
    fn what_is_accepted_serde_json_accepts_too(text in "[\\[\\]{}\",:0-9a-z\\\\.eE+ -]{0,24}") {
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        match strict(&text) {
            // Numbers beyond a float are an error there and a text here.
            Ok(_) => prop_assert!(theirs.is_ok() || text.contains(['e', 'E'])),
            Err(error) if matches!(error.fault, Fault::Duplicate(_)) => {}
            Err(_) => prop_assert!(theirs.is_err()),
        }
    }
}

/// Documents with distinct keys.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    let tree = leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::btree_map(any::<String>(), inner, 0..20)
                .prop_map(|map| map.into_iter().collect::<serde_json::Value>()),
        ]
    });
    (tree, any::<bool>()).prop_map(|(value, pretty)| match pretty {
        true => serde_json::to_string_pretty(&value).unwrap(),
        false => value.to_string(),
    })
}
