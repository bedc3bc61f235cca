//! What `integrations` and the hook of pre-commit run, with the built program. The action of GitHub is tested with `check`.

use crate::harness::{Home, malicious};
use lazaret_npm::lockfile::FILES;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap()
}

/// A project whose data directory knows one malicious version.
fn home(version: &str) -> Home {
    let home = Home::new();
    home.write(
        "osv/MAL-2026-1.json",
        malicious("MAL-2026-1", "anchor", &["1.0.1"]),
    );
    let said = home.run(&["advisories", "import", "osv", "--data", "data"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let lock = format!(
        r#"{{ "lockfileVersion": 3, "packages": {{ "": {{ "dependencies": {{ "anchor": "{version}" }} }}, "node_modules/anchor": {{
            "version": "{version}", "resolved": "https://registry.example/anchor/-/anchor-{version}.tgz",
            "integrity": "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==" }} }} }}"#
    );
    let manifest = format!(r#"{{ "dependencies": {{ "anchor": "{version}" }} }}"#);
    home.write("project/package-lock.json", lock);
    home.write("project/package.json", manifest);
    home
}

/// Runs a script of the shell where `lazaret` is the built one.
fn shell(home: &Home, script: &str, variables: &[(&str, &str)]) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_lazaret")).parent().unwrap();
    Command::new("sh")
        .args(["-e", "-c", script])
        .current_dir(home.path().join("project"))
        .env_clear()
        .env("HOME", home.path())
        .env("LAZARET_DATA", home.path().join("data"))
        .env(
            "PATH",
            format!("{}:/usr/local/bin:/usr/bin:/bin", program.display()),
        )
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

/// The block of lines behind `- |` in GitLab's template.
fn script_of_gitlab() -> String {
    let template = text("integrations/gitlab/lazaret.gitlab-ci.yml");
    let (_, after) = template.split_once("    - |\n").unwrap();
    let lines = after.lines().take_while(|line| line.starts_with("      "));
    lines
        .map(|line| format!("{}\n", line.trim_start()))
        .collect()
}

#[test]
fn gitlabs_job_fails_and_leaves_a_report_that_gitlab_reads() {
    let script = script_of_gitlab();
    assert!(script.contains("lazaret check"), "{script}");
    let variables = [("LAZARET_PATHS", "."), ("LAZARET_ARGUMENTS", "--offline")];
    for (version, code, findings) in [("1.0.1", 5, 1), ("1.0.0", 0, 0)] {
        let home = home(version);
        let done = shell(&home, &script, &variables);
        let said = String::from_utf8_lossy(&done.stdout);
        assert_eq!(
            done.status.code(),
            Some(code),
            "{said}{}",
            String::from_utf8_lossy(&done.stderr)
        );
        let report = home.path().join("project/gl-code-quality-report.json");
        let report: Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
        let report = report.as_array().unwrap();
        assert_eq!(report.len(), findings, "{report:#?}");
        for finding in report {
            assert_eq!(finding["location"]["path"], "package-lock.json");
            for key in ["description", "check_name", "fingerprint", "severity"] {
                assert!(finding[key].is_string(), "{key}: {finding:#}");
            }
            assert!(
                finding["location"]["lines"]["begin"].is_u64(),
                "{finding:#}"
            );
        }
    }
}

#[test]
fn gitlabs_job_compares_with_the_base_of_a_merge_request() {
    let home = home("1.0.0");
    let git = "git init -q . && git add . && git -c user.name=n -c user.email=e@code.invalid commit -q -m base && git rev-parse HEAD";
    let done = shell(&home, git, &[("GIT_CONFIG_GLOBAL", "/dev/null")]);
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    let base = String::from_utf8(done.stdout).unwrap();
    let variables = [
        ("LAZARET_PATHS", "."),
        ("LAZARET_ARGUMENTS", "--offline"),
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", base.trim()),
    ];
    let done = shell(&home, &script_of_gitlab(), &variables);
    let said = String::from_utf8_lossy(&done.stdout);
    assert_eq!(done.status.code(), Some(0), "{said}");
    assert!(said.contains("changes"), "{said}");
    let unknown = [
        variables[0],
        variables[1],
        (variables[2].0, "0123456789012345678901234567890123456789"),
    ];
    let done = shell(&home, &script_of_gitlab(), &unknown);
    assert!(
        !done.status.success(),
        "a base that is not there is no base"
    );
}

#[test]
fn the_hook_of_pre_commit_runs_for_every_lockfile_and_stops_a_malicious_one() {
    let hook = text(".pre-commit-hooks.yaml");
    let of = |key: &str| {
        let line = hook
            .lines()
            .find_map(|line| line.trim_start_matches(['-', ' ']).strip_prefix(key));
        line.unwrap().trim_start_matches(':').trim().to_owned()
    };
    let files = of("files");
    for file in FILES {
        assert!(files.contains(&file.replace('.', "\\.")), "{file}: {files}");
    }
    assert_eq!(of("pass_filenames"), "false");
    for (version, code) in [("1.0.1", 5), ("1.0.0", 0)] {
        let home = home(version);
        let done = shell(&home, &of("entry"), &[]);
        let said = String::from_utf8_lossy(&done.stdout);
        assert_eq!(
            done.status.code(),
            Some(code),
            "{said}{}",
            String::from_utf8_lossy(&done.stderr)
        );
    }
}
