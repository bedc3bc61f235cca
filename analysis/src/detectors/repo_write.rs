//! Repositories at a code host, written by code.

use std::cell::LazyCell;

use super::{Detector, Looks};
use crate::api;
use crate::facts::{Call, Facts};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::host::{self, Host};
use crate::value::Value;
use crate::view::FileView;
use crate::words::Words;

pub(super) const DETECTOR: Detector = Detector {
    id: "repo-write",
    title: "Writes to repositories at a code host",
    severity: Severity::Critical,
    cold: Severity::High,
    page: include_str!("repo_write.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    let facts = &file.facts;
    let taken = LazyCell::new(|| takes_token(facts));
    for call in &facts.calls {
        if let Some(host) = pushes_to(call)
            && host.is_public()
            && !file.package.own_hosts.has(&host.name)
        {
            found
                .call(call)
                .severity(Severity::High)
                .message(format!("pushes a repository to {}", host.name))
                .same(&host.name)
                .add();
        }
        let Some(what) = writes(call) else {
            continue;
        };
        let unasked = matches!(file.phase_of(call.function), Phase::Install | Phase::Import);
        let severity = match (*taken, unasked) {
            (true, true) => Severity::Critical,
            (true, false) => Severity::High,
            (false, true) => Severity::Medium,
            (false, false) => Severity::Low,
        };
        let how = if *taken {
            ", with a token that it looked for"
        } else {
            ""
        };
        found
            .call(call)
            .severity(severity)
            .message(format!("{what}{how}"))
            .add();
    }
}

/// The host of a repository that is named in the call and pushed to.
fn pushes_to(call: &Call) -> Option<Host> {
    let line = api::command_line(call)?;
    let words: Vec<&str> = line
        .split_whitespace()
        .map(|word| word.trim_matches(['\'', '"']))
        .collect();
    let program = words.first()?.rsplit(['/', '\\']).next()?;
    if !matches!(program, "git" | "git.exe") || !words.contains(&"push") {
        return None;
    }
    words.iter().find_map(|word| host::of_url(word))
}

/// What a call of the host's interface does.
fn writes(call: &Call) -> Option<&'static str> {
    let callee = api::plain(&call.callee);
    let name = callee.rsplit('.').next().unwrap_or(callee);
    match name {
        "createForAuthenticatedUser" | "createInOrg" if callee.contains("repos") => {
            return Some("creates a repository");
        }
        "createOrUpdateFileContents" => return Some("writes a file into a repository"),
        "createOrUpdateRepoSecret" => return Some("writes a repository's secrets"),
        "createWorkflowDispatch" => return Some("starts a workflow"),
        "createRegistrationTokenForRepo" => return Some("registers a machine that runs workflows"),
        _ => {}
    }
    if let Some(line) = api::command_line(call) {
        return (line.contains("gh repo create")
            || line.contains("gh api") && line.contains("-X PUT")
            || line.contains("gh secret set"))
        .then_some("writes to a repository by its host's command");
    }
    call.uses.network?;
    let mut url = String::new();
    let mut changes = name == "post" || name == "put" || name == "patch";
    for arg in &call.args {
        arg.texts(&mut |text| {
            if url.len() < 4_000 {
                url.push_str(text);
                url.push(' ');
            }
        });
        changes |= arg
            .member("method")
            .and_then(Value::text)
            .is_some_and(|method| {
                matches!(
                    method.to_ascii_uppercase().as_str(),
                    "POST" | "PUT" | "PATCH"
                )
            });
    }
    let host = url.contains("api.github.com")
        || url.contains("/api/v4/projects")
        || url.contains("api.bitbucket.org");
    if !host && !url.contains("/repos/") || !changes {
        return None;
    }
    [
        ("/user/repos", "creates a repository"),
        ("/contents/", "writes a file into a repository"),
        ("/git/refs", "moves a branch of a repository"),
        ("/git/trees", "writes files into a repository"),
        ("/actions/secrets", "writes a repository's secrets"),
        (
            "/actions/runners",
            "registers a machine that runs workflows",
        ),
        ("/forks", "copies a repository"),
        ("/gists", "publishes a note"),
    ]
    .iter()
    .find(|(part, _)| url.contains(part))
    .map(|(_, what)| *what)
}

/// Not one that it was given: one that it searched for, or asked a tool for.
fn takes_token(facts: &Facts) -> bool {
    static MARKS: Words = Words::new(&["ghp_", "gho_", "gh[pous", "github_pat_"]);
    facts
        .strings
        .iter()
        .any(|text| text.text.len() < 2_000 && MARKS.are_in(&text.text))
        || facts
            .patterns
            .iter()
            .any(|pattern| MARKS.are_in(&pattern.text))
        || facts
            .calls
            .iter()
            .filter_map(api::command_line)
            .any(|line| line.contains("gh auth token") || line.contains("git credential"))
        || facts.calls.iter().any(|call| {
            call.uses.reads_file
                && call.args.first().and_then(api::path).is_some_and(|path| {
                    path.ends_with("gh/hosts.yml") || path.ends_with(".git-credentials")
                })
        })
}
