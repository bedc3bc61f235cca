use std::process::Command;

use super::*;

/// A repository in which each change is a commit of its own day.
struct Repository(tempfile::TempDir);

impl Repository {
    fn new() -> Self {
        let new = Self(tempfile::tempdir().unwrap());
        new.git(&["init", "-q", "-b", "main"], "");
        new
    }

    fn git(&self, arguments: &[&str], day: &str) {
        let time = format!("{day}T12:00:00+02:00");
        let done = Command::new("git")
            .current_dir(self.0.path())
            .args(["-c", "user.name=n", "-c", "user.email=e@code.invalid"])
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_COMMITTER_DATE", &time)
            .env("GIT_AUTHOR_DATE", &time)
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{arguments:?}: {error}");
    }

    fn commit(&self, day: &str, files: &[(&str, &str)]) {
        for (path, content) in files {
            let path = self.0.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        self.git(&["add", "-A"], day);
        self.git(&["commit", "-q", "-m", "change"], day);
    }

    fn since(&self, name: &str) -> Known<String> {
        let none = Sources::default();
        since(self.0.path(), name, &pathspecs(&none), TIME_LIMIT, false)
    }
}

fn on(day: &str) -> Known<String> {
    Known::Found {
        value: format!("{day}T10:00:00Z"),
    }
}

#[test]
fn the_last_change_of_a_line_that_names_it_counts() {
    let repository = Repository::new();
    repository.commit(
        "2020-01-01",
        &[
            ("src/a.js", "import 'boat'\nimport 'boat-house'\nlet x\n"),
            ("src/b.scss", "@import '~@s/rope/x';\n"),
            ("package.json", r#"{"dependencies": {"boat": "1"}}"#),
        ],
    );
    repository.commit(
        "2021-01-01",
        &[("src/a.js", "import 'boat-house'\nlet x\n")],
    );
    repository.commit(
        "2022-01-01",
        &[("src/a.js", "let x\n"), ("src/b.scss", "\n")],
    );
    // Neither is a use.
    repository.commit(
        "2023-01-01",
        &[
            ("package.json", r#"{"dependencies": {"boat": "2"}}"#),
            ("sub/yarn.lock", "boat@2:\n  version \"2.0.0\"\n"),
            ("README.md", "boat\n"),
            (".pnp.cjs", "'boat'\n"),
        ],
    );
    assert_eq!(repository.since("boat"), on("2021-01-01"));
    assert_eq!(repository.since("boat-house"), on("2022-01-01"));
    assert_eq!(repository.since("@s/rope"), on("2022-01-01"));
    for never in ["rope", "house", "bo.t", ".*", "oar"] {
        let found = repository.since(never);
        assert!(matches!(found, Known::Unknown { .. }), "{never}: {found:?}");
    }
}

#[test]
fn no_setting_of_the_repository_starts_anything() {
    let repository = Repository::new();
    let root = repository.0.path();
    let trap = root.join("trap.sh");
    let sprung = root.join("sprung");
    let script = format!("#!/bin/sh\ntouch '{}'\ncat \"$1\"\n", sprung.display());
    repository.commit(
        "2020-01-01",
        &[
            ("a.js", "'boat'\n"),
            (".gitattributes", "*.js diff=trap\n"),
            ("trap.sh", &script),
        ],
    );
    repository.commit("2021-01-01", &[("a.js", "\n")]);
    repository.git(&["update-index", "--chmod=+x", "trap.sh"], "");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let runs = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&trap, runs).unwrap();
    }
    let trap = trap.display().to_string();
    for setting in [
        "diff.external",
        "diff.trap.textconv",
        "diff.trap.command",
        "core.pager",
        "pager.log",
        "core.fsmonitor",
        "gpg.program",
    ] {
        repository.git(&["config", setting, &trap], "");
    }
    repository.git(&["config", "log.showSignature", "true"], "");
    assert_eq!(repository.since("boat"), on("2021-01-01"));
    assert!(!sprung.exists());
}

#[test]
fn what_git_does_not_know_is_unknown() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        history::is_cut(folder.path()),
        Err("it is in no git repository".to_owned())
    );
    let repository = Repository::new();
    repository.commit("2020-01-01", &[("a.js", "'boat'\n")]);
    let none = pathspecs(&Sources::default());
    let why = |found: Known<String>| match found {
        Known::Unknown { why } => why,
        other => panic!("{other:?}"),
    };
    let root = repository.0.path();
    let cut = since(root, "oar", &none, TIME_LIMIT, true);
    assert!(why(cut).contains("whole history"));
    let odd = since(root, "../x\0", &none, TIME_LIMIT, false);
    assert!(why(odd).contains("no name"));
}
