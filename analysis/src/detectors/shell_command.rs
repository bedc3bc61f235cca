//! What shells are told to do.

use std::collections::BTreeSet;

use super::{Detector, Looks};
use crate::api::{self, Network};
use crate::command::{self, Command, Deed};
use crate::facts::Call;
use crate::finding::Severity;
use crate::found::Found;
use crate::value::Value;
use crate::view::FileView;
use crate::words::Words;

pub(super) const DETECTOR: Detector = Detector {
    id: "shell-command",
    title: "Runs a command that attackers run",
    severity: Severity::Critical,
    cold: Severity::High,
    page: include_str!("shell_command.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    let mut seen = BTreeSet::new();
    for call in &file.facts.calls {
        let Some(line) = api::command_line(call) else {
            continue;
        };
        let command = command::read(&line);
        let Some((deed, words, severity)) = judged(&command) else {
            continue;
        };
        seen.insert(line.clone());
        add(call, deed, words, severity, found);
    }
    for call in &file.facts.calls {
        if let Some(code) = decodes_and_runs(call) {
            found
                .call(call)
                .severity(Severity::Critical)
                .message("gives an interpreter code that decodes a text and runs it")
                .evidence(code)
                .add();
        }
        let past = matches!(&*call.callee, "process.binding" | "process._linkedBinding")
            && matches!(
                call.args.first().and_then(Value::text),
                Some("spawn_sync" | "process_wrap")
            );
        if past {
            found
                .call(call)
                .severity(Severity::High)
                .message("starts programs past the module that is there for it")
                .add();
        }
        if gives_shell(call) && has_connection(file) {
            found
                .call(call)
                .severity(Severity::High)
                .message("starts a shell without a command, and opens a connection")
                .add();
        }
    }
    // A command that stands as a text, for a call that could not be told: only what nobody writes for another reason.
    for text in file.texts_with(&PROGRAMS) {
        if text.text.len() < 12 || text.text.len() > 8_000 || seen.contains(&*text.text) {
            continue;
        }
        let command = command::read(&text.text);
        // A command that nobody may see, whatever it does with what it fetches.
        let hidden = text.decoded
            && text.text.contains("://")
            && FETCHERS.are_in(&text.text)
            && text.text.contains(['|', ';']);
        let Some((deed, words)) = command.worst() else {
            continue;
        };
        let severity = match deed {
            _ if hidden => Severity::High,
            _ if text.decoded && deed.is_grave() => Severity::High,
            Deed::ReverseShell | Deed::SendsSecret => Severity::Medium,
            Deed::RunsFetched | Deed::RunsDecoded | Deed::Wipes => Severity::Low,
            _ => continue,
        };
        found
            .text(text)
            .severity(severity)
            .message(format!("has a command that {}", deed.words()))
            .evidence(words)
            .add();
    }
}

/// `python -c "exec(base64.b64decode(…))"`, whatever the program is called.
fn decodes_and_runs(call: &Call) -> Option<String> {
    const LONGEST: usize = 64 << 10;
    if !call.uses.starts_process {
        return None;
    }
    let mut all = String::new();
    for arg in call.args.iter().take(2) {
        arg.texts(&mut |text| {
            if all.len() + text.len() < LONGEST {
                all.push_str(text);
                all.push(' ');
            }
        });
    }
    let has = |words: &[&str]| words.iter().any(|word| all.contains(word));
    let python = has(&["exec("])
        && has(&[
            "b64decode(",
            "fromhex(",
            "zlib.decompress(",
            "marshal.loads(",
        ]);
    let node = has(&["eval(", "Function("])
        && (has(&["atob("]) || has(&["Buffer.from("]) && has(&["base64", "'hex'", "\"hex\""]));
    (python || node).then(|| all.chars().take(160).collect())
}

/// Some of them is in every command that counts where nothing is known to run it.
static PROGRAMS: Words = Words::new(&[
    "curl",
    "wget",
    "powershell",
    "/dev/tcp",
    "base64",
    "nc ",
    "rm -",
    "certutil",
    "iwr",
    "mshta",
]);
static FETCHERS: Words = Words::new(&["curl ", "wget ", "iwr ", "Invoke-WebRequest"]);

/// The deed that counts, the words that show it, and how much.
fn judged(command: &Command) -> Option<(Deed, &str, Severity)> {
    let (deed, words) = command.worst()?;
    let severity = match deed {
        // git gives whoever asks what it knows of any host; nobody but git's own interfaces needs to.
        Deed::ReadsSecret if words.starts_with("git credential") => Severity::High,
        // Secrets that commands read have their own rule.
        Deed::ReadsSecret => {
            return command.deeds.iter().find_map(|(deed, words)| {
                minor(*deed).map(|severity| (*deed, words.as_str(), severity))
            });
        }
        Deed::RunsDecoded | Deed::ReverseShell | Deed::SendsSecret => Severity::Critical,
        Deed::RunsFetched | Deed::Wipes | Deed::Disarms | Deed::Autostarts => Severity::High,
        other => minor(other)?,
    };
    Some((deed, words, severity))
}

/// A shell that waits for commands; people at a terminal get it with their own input and output.
fn gives_shell(call: &Call) -> bool {
    let Some(line) = api::command_line(call) else {
        return false;
    };
    let mut words = line.split_whitespace();
    let program = words
        .next()
        .unwrap_or("")
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or("");
    let shell = matches!(
        program,
        "sh" | "bash" | "zsh" | "cmd" | "cmd.exe" | "powershell" | "powershell.exe"
    );
    let inherits = api::process_options(call)
        .and_then(|options| options.member("stdio"))
        .and_then(Value::text)
        == Some("inherit");
    shell && !inherits && words.all(|word| word == "-i") && call.callee.ends_with("spawn")
}

fn has_connection(file: &FileView<'_>) -> bool {
    file.facts.calls.iter().any(|call| {
        call.uses.network == Some(Network::Socket)
            && api::host(call, Network::Socket).is_none_or(|host| host.is_public())
    })
}

fn minor(deed: Deed) -> Option<Severity> {
    match deed {
        Deed::Fetches
        | Deed::Sends
        | Deed::RunsForOthers
        | Deed::MakesExecutable
        | Deed::Hides
        | Deed::Decodes => Some(Severity::Medium),
        Deed::InlineCode | Deed::OtherRuntime | Deed::AsksWho => Some(Severity::Low),
        _ => None,
    }
}

fn add(call: &Call, deed: Deed, words: &str, severity: Severity, found: &mut Found) {
    let severity = if call.decoded && severity == Severity::Medium {
        Severity::High
    } else {
        severity
    };
    found
        .call(call)
        .severity(severity)
        .message(format!("runs a command that {}", deed.words()))
        .evidence(words)
        .add();
}
