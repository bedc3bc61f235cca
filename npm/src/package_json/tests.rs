use super::{PackageJson, PackageJsonError, ProblemKind};

fn parse(text: &str) -> PackageJson {
    PackageJson::parse(text.as_bytes()).unwrap()
}

fn pairs(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect()
}

#[test]
fn scripts_keep_their_order_and_their_duplicates() {
    let package =
        parse(r#"{"scripts":{"test":"t","postinstall":"a","install":"i","postinstall":"b"}}"#);
    assert_eq!(
        pairs(&package.scripts),
        [
            ("test", "t"),
            ("postinstall", "a"),
            ("install", "i"),
            ("postinstall", "b")
        ]
    );
    assert_eq!(package.script("postinstall"), Some("b"));
    assert_eq!(
        package.problems[0].to_string(),
        "`scripts.postinstall` is there twice"
    );
}

#[test]
fn wrong_types_are_noted_and_passed_over() {
    let package = parse(
        r#"{"name":7,"version":"1.0.0","dependencies":["a"],"scripts":{"a":1,"b":"x"},"files":"lib"}"#,
    );
    assert_eq!(package.name, None);
    assert_eq!(package.version.as_deref(), Some("1.0.0"));
    assert_eq!(pairs(&package.scripts), [("b", "x")]);
    assert_eq!(package.files, ["lib"]);
    let fields: Vec<_> = package
        .problems
        .iter()
        .map(|one| one.field.as_str())
        .collect();
    assert_eq!(fields, ["name", "dependencies", "scripts.a"]);
}

#[test]
fn a_command_without_a_name_is_called_like_the_package() {
    let package = parse(r#"{"bin":"./cli.js","name":"@scope/tool"}"#);
    assert_eq!(pairs(&package.bin), [("tool", "./cli.js")]);
    let package = parse(r#"{"bin":{"a":"a.js","b":"b.js"}}"#);
    assert_eq!(pairs(&package.bin), [("a", "a.js"), ("b", "b.js")]);
}

#[test]
fn every_target_of_exports_is_listed_with_its_conditions() {
    let package = parse(
        r##"{"exports":{".":{"node":{"import":"./a.mjs","default":"./a.cjs"},"default":["./b.js",null]},"./x/*":null},
            "imports":{"#dep":{"browser":"./shim.js"}}}"##,
    );
    let shown: Vec<String> = package
        .exports
        .iter()
        .chain(&package.imports)
        .map(|target| {
            format!(
                "{} {:?} {:?}",
                target.subpath, target.conditions, target.path
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            r#". ["node", "import"] Some("./a.mjs")"#,
            r#". ["node", "default"] Some("./a.cjs")"#,
            r#". ["default"] Some("./b.js")"#,
            r#". ["default"] None"#,
            r#"./x/* [] None"#,
            r##"#dep ["browser"] Some("./shim.js")"##,
        ]
    );
}

#[test]
fn a_byte_order_mark_and_half_a_surrogate_pair_are_read_over() {
    let package = parse(
        "\u{feff}{\"name\":\"a\",\"description\":\"x\\ud83dy\",\"license\":{\"type\":\"MIT\"}}",
    );
    assert_eq!(package.name.as_deref(), Some("a"));
    assert_eq!(package.description.as_deref(), Some("x\u{fffd}y"));
    assert_eq!(package.license.as_deref(), Some("MIT"));
    let kinds: Vec<_> = package.problems.iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [ProblemKind::ByteOrderMark, ProblemKind::BrokenText]);
    assert_eq!(
        parse(r#"{"name":"\ud83d\ude00"}"#).name.as_deref(),
        Some("\u{1f600}")
    );
}

#[test]
fn bundled_dependencies_have_many_forms() {
    let all = parse(r#"{"bundledDependencies":true,"dependencies":{"a":"1","b":"2"}}"#);
    assert_eq!(all.bundle_dependencies, ["a", "b"]);
    assert_eq!(
        parse(r#"{"bundleDependencies":["a"]}"#).bundle_dependencies,
        ["a"]
    );
    assert_eq!(
        parse(r#"{"bundleDependencies":{"a":"1"}}"#).bundle_dependencies,
        ["a"]
    );
    assert!(parse(r#"{"bundleDependencies":false}"#).problems.is_empty());
}

#[test]
fn what_is_no_object_is_an_error() {
    let error = |text: &str| PackageJson::parse(text.as_bytes()).unwrap_err();
    assert_eq!(error("[]"), PackageJsonError::NotAnObject);
    assert!(matches!(error("{\"a\":1,}"), PackageJsonError::NotJson(_)));
    assert!(matches!(error(""), PackageJsonError::NotJson(_)));
    assert!(matches!(error("{} {}"), PackageJsonError::NotJson(_)));
}

#[test]
fn deep_nesting_is_noted_where_it_is_read_and_skipped_elsewhere() {
    let deep = format!("{}1{}", "[".repeat(50_000), "]".repeat(50_000));
    let package = parse(&format!(
        r#"{{"name":"a","exports":{deep},"config":{deep}}}"#
    ));
    assert_eq!(package.name.as_deref(), Some("a"));
    assert_eq!(package.problems[0].kind, ProblemKind::TooDeep);
}
