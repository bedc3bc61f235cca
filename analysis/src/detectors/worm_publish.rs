//! A package that publishes packages.

use super::{Detector, Looks};
use crate::api;
use crate::command::{self, Deed};
use crate::facts::{Call, Facts, Source as Origin};
use crate::files::{file_function, written};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::kind::Kind;
use crate::value::Value;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "worm-publish",
    title: "Publishes packages with a token that it found",
    severity: Severity::Critical,
    cold: Severity::Critical,
    page: include_str!("worm_publish.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    let facts = &file.facts;
    if let Some(copy) = carries_itself(facts) {
        found
            .call(copy)
            .severity(Severity::High)
            .message("copies its own package into other folders, rewrites a package.json, and starts git")
            .add();
    }
    let Some(publish) = facts.calls.iter().find(|call| publishes(call, facts)) else {
        apart(file, found);
        return;
    };
    let signs = Signs {
        token: reads_token(facts),
        rewrites: rewrites_manifest(facts),
        injects: says(facts, &["preinstall", "postinstall"])
            && says(facts, &["scripts", "\"scripts\""]),
        lists: lists_packages(facts),
        by_hand: says(facts, &["_attachments"]),
        makes_up: facts
            .calls
            .iter()
            .any(|call| &*call.callee == "Math.random"),
    };
    let unasked = matches!(
        file.phase_of(publish.function),
        Phase::Install | Phase::Import
    );
    let Some(severity) = signs.judged(unasked) else {
        return;
    };
    found
        .call(publish)
        .severity(severity)
        .message(signs.message())
        .add();
}

/// A worm that spreads through repositories: it needs no registry.
fn carries_itself(facts: &Facts) -> Option<&Call> {
    let copies = |call: &&Call| {
        let copies = matches!(
            file_function(&call.callee),
            Some("cp" | "cpSync" | "copy" | "copySync")
        );
        copies && call.args.first().is_some_and(is_own_folder)
    };
    let starts_git = |call: &Call| {
        let program = call.args.first().and_then(Value::text);
        call.uses.starts_process && program.is_some_and(|text| text.starts_with("git"))
    };
    let copy = facts.calls.iter().find(copies)?;
    (rewrites_manifest(facts) && facts.calls.iter().any(starts_git)).then_some(copy)
}

/// `__dirname`, `path.join(__dirname, "..")`: all of the package.
fn is_own_folder(value: &Value) -> bool {
    let is_root = |value: &Value| matches!(value, Value::Path(path) if &**path == "__dirname");
    match value {
        Value::Concat(parts) => {
            let mut rest = parts.iter().skip(1);
            let is_up = |part: &Value| {
                part.text()
                    .is_some_and(|text| text.bytes().all(|byte| b"./\\".contains(&byte)))
            };
            parts.first().is_some_and(is_root) && rest.all(is_up)
        }
        value => is_root(value),
    }
}

/// The same in several files: one puts documents, others make them, with a script that installing runs.
fn apart(file: &FileView<'_>, found: &mut Found) {
    let Some(put) = file.facts.calls.iter().find(|call| is_put(call)) else {
        return;
    };
    let any = |has: fn(&Facts) -> bool| file.package.sources().any(|file| has(&file.facts));
    let makes_documents = any(|facts| says(facts, &["_attachments", "dist-tags"]));
    let gives_script = file
        .package
        .sources()
        .any(|file| file.kind == Kind::Script && gives_script(&file.text));
    if makes_documents && gives_script && any(reads_token) && any(lists_packages) {
        found
            .call(put)
            .severity(Severity::High)
            .message(
                "puts documents of packages that it asks for, with a token that it reads and a script that installing runs",
            )
            .add();
    }
}

/// `postinstall: "node …"`: a script that code gives to a manifest.
fn gives_script(text: &str) -> bool {
    ["preinstall", "postinstall", "install"].iter().any(|name| {
        text.match_indices(name).take(100).any(|(at, _)| {
            let rest = text[at + name.len()..].trim_start_matches(['"', '\'', '`', ']']);
            let Some(value) = rest.trim_start().strip_prefix(':') else {
                return false;
            };
            let value = value.trim_start().strip_prefix(['"', '\'', '`']);
            let program = value.and_then(|value| value.split(' ').next());
            program.is_some_and(|program| {
                ["node", "sh", "bash", "curl", "npx", "bun", "deno"].contains(&program)
            })
        })
    })
}

/// What stands beside the publishing. Tools for releases read a token and raise a version, too; they do so for the
/// package that they are started in, when they are started.
struct Signs {
    token: bool,
    rewrites: bool,
    injects: bool,
    lists: bool,
    /// The document that a client would make is made here.
    by_hand: bool,
    /// Something about it is made up: nobody releases so.
    makes_up: bool,
}

impl Signs {
    fn judged(&self, unasked: bool) -> Option<Severity> {
        if self.rewrites && self.makes_up {
            return Some(Severity::Critical);
        }
        let all = match (self.token, self.rewrites, self.injects, self.lists) {
            (true, _, true, true) | (true, true, true, _) | (true, true, _, true) => {
                Severity::Critical
            }
            (true, true, _, _) | (true, _, _, true) | (_, true, _, true) => Severity::High,
            (true, _, _, _) | (_, true, _, _) => Severity::Low,
            _ => return None,
        };
        Some(match all {
            Severity::Critical if !unasked && self.injects => Severity::High,
            all if !unasked && self.by_hand && self.rewrites => all.max(Severity::High),
            Severity::Critical | Severity::High if !unasked => Severity::Medium,
            all => all,
        })
    }

    fn message(&self) -> String {
        let mut signs = vec!["publishes"];
        for (has, words) in [
            (self.token, "reads a token"),
            (self.lists, "asks which packages somebody has"),
            (self.rewrites, "rewrites package.json"),
            (self.injects, "names the scripts that installing runs"),
            (self.makes_up, "makes things up at random"),
        ] {
            if has {
                signs.push(words);
            }
        }
        signs.join(", ")
    }
}

fn publishes(call: &Call, facts: &Facts) -> bool {
    if let Some(line) = api::command_line(call) {
        return command::read(&line).does(Deed::Publishes);
    }
    let callee = api::plain(&call.callee);
    if callee.starts_with("libnpmpublish") {
        return true;
    }
    // A package is published by a PUT of its document, with the tarball inside.
    is_put(call) && says(facts, &["_attachments", "dist-tags"])
}

fn is_put(call: &Call) -> bool {
    call.uses.network.is_some()
        && call.args.iter().any(|arg| {
            ["method", "verb"].iter().any(|key| {
                arg.member(key)
                    .and_then(|method| method.text())
                    .is_some_and(|method| method.eq_ignore_ascii_case("put"))
            })
        })
}

fn reads_token(facts: &Facts) -> bool {
    const VARIABLES: &[&str] = &[
        "NPM_TOKEN",
        "NODE_AUTH_TOKEN",
        "NPM_AUTH_TOKEN",
        "NPM_CONFIG_TOKEN",
        "npm_config__authToken",
    ];
    facts
        .reads
        .iter()
        .any(|read| VARIABLES.iter().any(|name| read.path.ends_with(name)))
        || facts.calls.iter().any(|call| {
            call.uses.reads_file
                && call
                    .args
                    .first()
                    .and_then(api::path)
                    .is_some_and(|path| path.ends_with(".npmrc"))
        })
        || facts
            .flows
            .iter()
            .any(|flow| flow.source == Origin::SecretFile && flow.from.contains("npmrc"))
        || says(facts, &["_authToken", "npm_[A-Za-z0-9]{36}", "//registry"])
        || facts
            .patterns
            .iter()
            .any(|pattern| pattern.text.contains("_authToken") || pattern.text.contains("npm_["))
}

fn rewrites_manifest(facts: &Facts) -> bool {
    facts
        .calls
        .iter()
        .flat_map(written)
        .any(|file| file.path.ends_with("package.json"))
        // `new URL("./package.json", import.meta.url)`
        || facts.calls.iter().any(|call| {
            &*call.callee == "URL"
                && call.args.first().and_then(Value::text).is_some_and(|path| path.ends_with("package.json"))
        }) && facts.calls.iter().any(|call| {
            file_function(&call.callee).is_some_and(|name| name.starts_with("writeFile"))
        })
}

fn lists_packages(facts: &Facts) -> bool {
    says(
        facts,
        &[
            "-/whoami",
            "maintainer:",
            "/-/v1/search?text=",
            "/-/org/",
            "-/user/",
        ],
    ) || facts
        .calls
        .iter()
        .filter_map(api::command_line)
        .any(|line| {
            line.contains("npm whoami")
                || line.contains("npm access ls")
                || line.contains("npm access list")
                || line.contains("npm search")
        })
}

fn says(facts: &Facts, words: &[&str]) -> bool {
    facts
        .strings
        .iter()
        .any(|text| text.text.len() < 10_000 && words.iter().any(|word| text.text.contains(word)))
}
