use super::*;
use crate::package::File;

pub(crate) fn files(files: &[(&str, &str)]) -> Package {
    Package {
        files: files
            .iter()
            .map(|(path, text)| File {
                path: (*path).to_owned(),
                bytes: bytes::Bytes::copy_from_slice(text.as_bytes()),
                disputed: false,
            })
            .collect(),
        ..Package::default()
    }
}

pub(crate) fn inspected(package: &Package) -> Inspected {
    inspect(package, &Limits::default(), &mut |_| {})
}

fn sample() -> Package {
    files(&[
        (
            "package.json",
            r#"{
  "name": "example",
  "version": "1.2.3",
  "homepage": "https://example.org",
  "scripts": {
    "postinstall": "node setup.js"
  },
  "dependencies": {
    "used": "^1.0.0",
    "unused": "github:owner/repository"
  }
}
"#,
        ),
        ("setup.js", "console.log(\"inert\");\n"),
        (
            "index.js",
            "const used = require('used');\nmodule.exports = () => used(1);\n",
        ),
        ("README.md", "# Example\n\nUses `unused`.\n"),
    ])
}

#[test]
fn a_report_reads_like_this() {
    let inspected = inspected(&sample());
    insta::assert_snapshot!(serde_json::to_string_pretty(&inspected.report).unwrap());
}

#[test]
fn the_same_files_give_the_same_bytes_in_any_order() {
    let mut package = sample();
    // Twice the same path, as a hostile archive has it.
    package.files.push(File {
        path: "index.js".to_owned(),
        bytes: "require('child_process').exec('id')".into(),
        disputed: true,
    });
    let json = |package: &Package| serde_json::to_string(&inspected(package)).unwrap();
    let first = json(&package);
    assert_eq!(json(&package), first);
    for _ in 0..package.files.len() {
        package.files.rotate_left(1);
        assert_eq!(json(&package), first);
    }
    package.files.reverse();
    assert_eq!(json(&package), first);
}

#[test]
fn what_is_stored_is_read_again() {
    let inspected = inspected(&sample());
    let json = serde_json::to_string(&inspected).unwrap();
    let again: Inspected = serde_json::from_str(&json).unwrap();
    assert_eq!(again, inspected);
    assert_eq!(serde_json::to_string(&again).unwrap(), json);
    let unknown = json.replace("install-script\"", "no-such-rule\"");
    assert!(serde_json::from_str::<Inspected>(&unknown).is_err());
}

#[test]
fn each_file_is_told_before_it_is_read() {
    let mut told = Vec::new();
    inspect(&sample(), &Limits::default(), &mut |path| {
        told.push(path.to_owned());
    });
    for file in sample().files {
        assert!(told.contains(&file.path), "{}", file.path);
    }
}

#[test]
fn nothing_is_a_package_too() {
    let inspected = inspected(&Package::default());
    assert_eq!(inspected.report.judgement.outcome, crate::Outcome::Allow);
    assert!(inspected.report.findings.is_empty());
}

#[test]
fn unused_is_what_no_code_names() {
    let inspected = inspected(&sample());
    assert_eq!(inspected.unused.iter().collect::<Vec<_>>(), ["unused"]);
}

#[test]
fn code_on_the_command_line_of_a_script_is_read() {
    let inspected = inspected(&files(&[(
        "package.json",
        "{\n\"scripts\": {\n\"postinstall\": \"node -e \\\"require('child_process').execSync('id', {detached: true})\\\"\"}}",
    )]));
    let witness = &inspected.report.capabilities.0[&crate::Capability::Process];
    assert_eq!((witness.file.as_str(), witness.line), ("package.json", 3));
    let spawns = inspected
        .report
        .findings
        .iter()
        .filter(|finding| finding.rule == "process-spawn")
        .collect::<Vec<_>>();
    assert!(!spawns.is_empty());
    for finding in spawns {
        assert_eq!(finding.place.line, 3);
        assert_eq!(finding.phase, Phase::Install);
    }
}

#[test]
fn history_is_judged_again_where_it_is_learnt_later() {
    let history: History =
        serde_json::from_str(r#"{"publisher_before": "a", "publisher_after": "b"}"#).unwrap();
    let mut package = sample();
    let without = inspected(&package);
    package.history = Some(history.clone());
    let with = inspected(&package);
    assert_ne!(with, without);
    let limits = Limits::default();
    assert_eq!(without.with_history(&history, &limits), with);
    assert_eq!(with.clone().with_history(&history, &limits), with);
}
