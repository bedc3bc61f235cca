//! `lazaret check`: what a pipeline has to be able to rely on.

use crate::check::{check, git, home, lockfile};

/// chalk 5.6.1 of September 2025: no advisory is needed to know it.
#[test]
fn a_version_of_a_known_campaign_fails_without_any_advisory() {
    let home = home();
    home.write("package-lock.json", lockfile(&[("chalk", "5.6.1")]));
    let said = check(&home, &[]);
    assert_eq!(said.code, Some(5), "{}", said.stdout);
    assert!(
        said.stdout.contains("chalk@5.6.1 is malicious"),
        "{}",
        said.stdout
    );
    let said = home.run(&["check", "--offline", "--data", "empty"]);
    assert_eq!(said.code, Some(5), "{}{}", said.stdout, said.stderr);
    home.write("package-lock.json", lockfile(&[("chalk", "5.6.2")]));
    assert_eq!(check(&home, &[]).code, Some(0));
}

/// What the base gained since is none of the branch's doing.
#[test]
fn a_branch_is_compared_with_where_it_left_the_base() {
    let home = home();
    let folder = home.path().to_owned();
    let commit = |message: &str| {
        git(&folder, &["add", "."]);
        git(&folder, &["commit", "--quiet", "-m", message]);
    };
    home.write(".gitignore", "osv\ndata\n");
    home.write("package-lock.json", lockfile(&[("boat", "1.0.0")]));
    git(&folder, &["init", "--quiet", "--initial-branch", "main"]);
    commit("one");
    git(&folder, &["switch", "--quiet", "-c", "branch"]);
    home.write("README.md", "a ship");
    commit("two");
    git(&folder, &["switch", "--quiet", "main"]);
    home.write("package-lock.json", lockfile(&[("boat", "2.0.0")]));
    commit("three");
    git(&folder, &["switch", "--quiet", "branch"]);
    let said = check(&home, &["--base", "main"]);
    assert_eq!(said.code, Some(0), "{}", said.stdout);
    assert!(
        said.stdout.trim_end().ends_with("changes ok"),
        "{}",
        said.stdout
    );
    // Histories that have nothing in common are compared as they are, and that is said.
    git(&folder, &["switch", "--quiet", "--orphan", "alone"]);
    home.write("package-lock.json", lockfile(&[("boat", "1.0.0")]));
    commit("four");
    let said = check(&home, &["--base", "main"]);
    assert_eq!(said.code, Some(1), "{}", said.stdout);
    assert!(
        said.stderr.contains("where this branch left `main`"),
        "{}",
        said.stderr
    );
}

#[test]
fn nothing_is_ok_where_nothing_was_understood() {
    let home = home();
    let said_in = |format: &str| {
        let said = check(&home, &["--format", format]);
        assert_eq!(said.code, Some(3), "{format}: {}", said.stdout);
        said.stdout
    };
    for text in [None, Some("{\"lockfileVersion\": 3, \"packages\": {")] {
        if let Some(text) = text {
            home.write("package-lock.json", text);
        }
        let why = match text {
            None => "no lockfile was found",
            Some(_) => "package-lock.json: line 1",
        };
        for format in ["human", "concise", "github", "markdown", "junit", "json"] {
            let said = said_in(format);
            assert!(said.contains(why), "{format}: {said}");
            for check in ["malicious", "vulnerabilities"] {
                assert!(!said.contains(&format!("{check} ok")), "{format}: {said}");
            }
        }
        assert!(!said_in("markdown").contains('✅'));
        let json: serde_json::Value = serde_json::from_str(&said_in("json")).unwrap();
        assert_eq!(json["complete"], false);
        assert_eq!(json["checks"]["vulnerabilities"]["status"], "incomplete");
    }
}

#[test]
fn no_name_in_a_lockfile_is_a_command_of_the_pipeline() {
    let home = home();
    let name = "##vso[task.complete result=Succeeded;]x";
    let text = lockfile(&[("boat", "1.0.0")])
        .replace("node_modules/boat", &format!("node_modules/{name}"))
        .replace("registry.example", "h.invalid/##[stop-commands]x");
    home.write("::stop-commands::x/package-lock.json", text);
    for format in ["human", "concise", "github"] {
        let said = check(&home, &["--format", format, "--notes"]);
        let all = format!("{}{}", said.stdout, said.stderr);
        assert!(!all.contains("##"), "{format}: {all}");
        let own = |line: &&str| line.starts_with("::error ") || line.starts_with("::warning ");
        let others = all.lines().filter(|line| !own(line));
        for line in others {
            assert!(!line.trim_start().starts_with("::"), "{format}: {line}");
        }
    }
}
