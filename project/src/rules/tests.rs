//! Runs every example of every page.

use std::collections::BTreeSet;

use super::*;
use crate::files::Files;

const INTEGRITY: &str = "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==";

/// A fenced block below "Flagged" or "Not flagged".
struct Example {
    flagged: bool,
    line: usize,
    marks: BTreeSet<String>,
    files: Files,
    /// The files before the change: those that begin with `-- base path --`.
    base: Option<Files>,
    /// Lines `signature: NAME@VERSION FAULT`, `registry: NAME@VERSION CHECKSUM` and `archive: NAME@VERSION CHECKSUM`.
    known: Known,
}

/// Blocks `project`: lines `finding: RULE FILE:LINE`, then `-- path --` begins a file. `sha512-…` is some sha512.
fn examples(page: &str) -> Vec<Example> {
    let mut examples = Vec::new();
    let mut flagged = None;
    let mut lines = page.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        match line {
            "## Flagged" => flagged = Some(true),
            "## Not flagged" => flagged = Some(false),
            _ => {}
        }
        if line != "```project" {
            assert!(
                !line.starts_with("```"),
                "line {}: a block of another kind",
                at + 1
            );
            continue;
        }
        let mut example = Example {
            flagged: flagged.expect("a block stands below a heading"),
            line: at + 1,
            marks: BTreeSet::new(),
            files: Files::default(),
            base: None,
            known: Known::default(),
        };
        let mut path: Option<String> = None;
        let mut content = String::new();
        let end = |path: Option<String>, content: &mut String, example: &mut Example| {
            let text = std::mem::take(content).replace("sha512-…", INTEGRITY);
            let Some(path) = path else {
                return;
            };
            let (path, files) = match path.strip_prefix("base ") {
                Some(path) => (path.to_owned(), example.base.get_or_insert_default()),
                None => (path, &mut example.files),
            };
            match crate::files::is_patch(&path) {
                true => {
                    files.patches.insert(path);
                }
                false => files.insert(path, text.into_bytes()),
            }
        };
        for (_, line) in lines.by_ref().take_while(|(_, line)| *line != "```") {
            if let Some(name) = line
                .strip_prefix("-- ")
                .and_then(|rest| rest.strip_suffix(" --"))
            {
                end(path.replace(name.to_owned()), &mut content, &mut example);
            } else if path.is_some() {
                content.push_str(line);
                content.push('\n');
            } else if let Some(archive) = line.strip_prefix("archive: ") {
                let (id, checksum) = archive.split_once(' ').expect("a version and a checksum");
                let archives = &mut example.known.archives;
                archives.insert(id.to_owned(), checksum.to_owned());
            } else if let Some(signed) = line.strip_prefix("signature: ") {
                let (id, fault) = signed.split_once(' ').expect("a version and a fault");
                let fault = match fault {
                    "wrong" => BadSignature::Wrong,
                    "expired" => BadSignature::ExpiredKey("SHA256:old".to_owned()),
                    _ => BadSignature::UnknownKey("SHA256:other".to_owned()),
                };
                let signatures = &mut example.known.signatures;
                signatures.insert(id.to_owned(), fault);
            } else if let Some(offered) = line.strip_prefix("registry: ") {
                let (id, checksum) = offered.split_once(' ').expect("a version and a checksum");
                let checksum = checksum.replace("sha512-…", INTEGRITY);
                let offered = &mut example.known.offered;
                offered.insert(id.to_owned(), Some(checksum));
            } else {
                let mark = line
                    .strip_prefix("finding: ")
                    .expect("a finding, before the first file");
                example.marks.insert(mark.to_owned());
            }
        }
        end(path, &mut content, &mut example);
        examples.push(example);
    }
    examples
}

#[test]
fn every_page_flags_what_it_says() {
    let mut failures = String::new();
    for rule in RULES {
        let page = examples(rule.page);
        for flagged in [true, false] {
            assert!(
                page.iter().any(|example| example.flagged == flagged),
                "{}: {flagged}",
                rule.id
            );
        }
        for example in &page {
            if let Some(failure) = check(rule, example) {
                failures += &format!(
                    "\n{} (line {} of its page): {failure}\n",
                    rule.id, example.line
                );
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

fn check(rule: &Rule, example: &Example) -> Option<String> {
    let mut all = Vec::new();
    for project in Project::all(&example.files) {
        match project {
            Ok(project) => {
                let base = example.base.as_ref();
                let base = base.and_then(|base| Project::read(base, &project.path()).ok());
                all.extend(findings(&project, base.as_ref(), &example.known));
            }
            Err(file) => all.push(unreadable(&file)),
        }
    }
    let told =
        |finding: &Finding| format!("{} {}:{}", finding.rule, finding.file, finding.place.line);
    if !example.flagged {
        // Nothing that fails may be found by any other rule either.
        let alarms: Vec<_> = all
            .iter()
            .filter(|finding| {
                (finding.rule == rule.id && finding.severity == rule.severity) || finding.fails
            })
            .collect();
        return (!alarms.is_empty()).then(|| format!("not flagged, but found {alarms:#?}"));
    }
    let here: BTreeSet<String> = all
        .iter()
        .filter(|finding| finding.rule == rule.id)
        .map(told)
        .collect();
    (here != example.marks).then(|| {
        format!(
            "expected {:?}, found {here:?} among {all:#?}",
            example.marks
        )
    })
}

#[test]
fn pages_and_rules_are_listed() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/rules");
    let listed: BTreeSet<String> = RULES.iter().map(|rule| rule.id.replace('-', "_")).collect();
    let pages = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let pages = pages.filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    let pages: BTreeSet<String> = pages
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(pages, listed);
    assert_eq!(listed.len(), RULES.len(), "an id is there twice");
    for rule in RULES {
        assert_eq!(
            rule.page.lines().next(),
            Some(format!("# {}", rule.title).as_str()),
            "{}",
            rule.id
        );
    }
}

/// What the first finding of a rule says of these files.
fn message(rule: &str, files: &[(&str, &str)]) -> String {
    let mut read = Files::default();
    for (path, text) in files {
        read.insert((*path).to_owned(), text.as_bytes().to_vec());
    }
    let projects = Project::all(&read).into_iter().filter_map(Result::ok);
    let all = projects.flat_map(|project| findings(&project, None, &Known::default()));
    let mut of_rule = all.filter(|finding| finding.rule == rule);
    of_rule.next().expect("a finding").message
}

#[test]
fn an_unreadable_checksum_is_told_with_what_its_client_does() {
    let npm = r#"{"lockfileVersion": 3, "packages": {"": {}, "node_modules/a": {"version": "1.0.0", "integrity": "foo-0"}}}"#;
    let bun = r#"{"lockfileVersion": 1, "packages": {"a": ["a@1.0.0", "", {}, "foo-0"]}}"#;
    let pnpm = |checksum: &str| {
        format!(
            "lockfileVersion: '9.0'\npackages:\n  a@1.0.0:\n    resolution: {{integrity: {checksum}}}\nsnapshots:\n  a@1.0.0: {{}}\n"
        )
    };
    let yarn = "# yarn lockfile v1\n\na@1:\n  version \"1.0.0\"\n  integrity foo-0\n";
    for (file, text, says) in [
        (
            "package-lock.json",
            npm,
            "; npm skips what it cannot read and installs",
        ),
        (
            "bun.lock",
            bun,
            "; bun skips what it cannot read and installs",
        ),
        ("pnpm-lock.yaml", &*pnpm("foo-0"), "; pnpm refuses it"),
        (
            "pnpm-lock.yaml",
            &*pnpm("''"),
            "; pnpm 10 takes it for none and installs",
        ),
        ("yarn.lock", yarn, "; yarn refuses what it cannot read"),
    ] {
        let message = message("checksum-unreadable", &[(file, text)]);
        assert!(message.contains(says), "{message}");
    }
}

#[test]
fn a_manifest_without_an_entry_is_told_with_what_it_asks_for() {
    let manifest = r#"{"name": "ship", "dependencies": {"a": "1", "b": "1", "c": "1", "d": "1"}, "peerDependencies": {"p": "1"}}"#;
    let lockfile = r#"{"lockfileVersion": 3, "packages": {}}"#;
    let files = [("package.json", manifest), ("package-lock.json", lockfile)];
    assert_eq!(
        message("manifest-drift", &files),
        "package-lock.json has nothing about package.json, which asks for a, b, c and 1 more"
    );
}
