//! Configuration of editors and of their language models that runs commands by itself.

use serde_json::Value as Json;

use super::{Detector, Looks};
use crate::command;
use crate::facts::{Call, Facts, Span};
use crate::files::{file_function, place_in, written};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::kind::Kind;
use crate::planted;
use crate::secret;
use crate::view::FileView;
use crate::words::Words;

pub(super) const DETECTOR: Detector = Detector {
    id: "agent-config",
    title: "Configures an editor or its agent",
    severity: Severity::Critical,
    cold: Severity::High,
    page: include_str!("agent_config.md"),
    looks: Looks::File(look),
};

/// In lower case. Files and folders that editors and agents read in a project or a home folder.
const PLACES: &[&str] = &[
    ".claude",
    ".claude.json",
    "claude.md",
    "agents.md",
    "gemini.md",
    ".cursor",
    ".cursorrules",
    ".windsurf",
    ".windsurfrules",
    ".codeium",
    ".gemini",
    ".codex",
    ".continue",
    ".aider.conf.yml",
    ".clinerules",
    ".roo",
    ".kiro",
    ".amazonq",
    ".mcp.json",
    "mcp.json",
    "mcp_config.json",
    "claude_desktop_config.json",
    ".vscode/tasks.json",
    ".vscode/settings.json",
    ".vscode/mcp.json",
    ".github/copilot-instructions.md",
    ".idea/runconfigurations",
    ".devcontainer",
];

fn look(file: &FileView<'_>, found: &mut Found) {
    for call in &file.facts.calls {
        if let Some((severity, path)) = written_by(call, file) {
            found
                .call(call)
                .severity(severity)
                .message(format!("writes {path}, which an editor or its agent obeys"))
                .add();
        }
    }
    let writes = file.facts.calls.iter().any(|call| {
        file_function(&call.callee)
            .is_some_and(|name| name.starts_with("write") || name.starts_with("append"))
    });
    let orders: Vec<_> = [&BEHIND_BACKS, &SECRECY]
        .into_iter()
        .flat_map(|words| file.texts_with(words))
        .filter(|text| (40..8_000).contains(&text.text.len()) && is_secrecy(&text.text))
        .collect();
    if let Some(text) = orders.iter().find(|text| names_secret(&text.text)) {
        found
            .text(text)
            .severity(Severity::High)
            .message("has orders for an agent to read credentials and to hide it")
            .add();
    } else if let Some(text) = orders.first()
        && writes
    {
        found
            .text(text)
            .severity(Severity::High)
            .message("has orders for an agent to hide something, and writes files")
            .add();
    }
    if let Some((call, place)) = planted::planted(file, PLACES) {
        found
            .call(call)
            .severity(Severity::High)
            .message(format!(
                "writes files, and names {place}, which an editor or its agent obeys"
            ))
            .add();
    }
    if matches!(file.kind, Kind::Text | Kind::Markup)
        && let Some((at, order)) = hidden_order(&file.text)
    {
        found
            .at(at)
            .severity(Severity::High)
            .message("tells an agent to read credentials and to hide it")
            .evidence(order)
            .same(&file.path)
            // Whoever opens the package's folder has an agent that may read it; and it may be copied elsewhere.
            .phase(Phase::Call)
            .add();
    }
    if let Some((severity, message, evidence)) = shipped(file) {
        found
            .file()
            .severity(severity)
            .message(message)
            .evidence(evidence)
            .same(&file.path)
            // An editor reads it, whatever npm does: here, or where a template is copied to.
            .phase(Phase::Call)
            .add();
    }
}

/// Whoever sets up the agent that somebody uses has no need for those of others.
fn names_many(facts: &Facts) -> bool {
    const NAMES: &[&str] = &[
        ".claude.json",
        "claude_desktop_config.json",
        "mcp_config.json",
        ".cursor",
        ".codeium",
        ".windsurf",
        ".gemini",
        ".codex",
        ".continue",
        ".kiro",
    ];
    let named = |name: &&&str| {
        facts
            .strings
            .iter()
            .any(|text| text.text.len() < 200 && text.text.contains(**name))
    };
    NAMES.iter().filter(named).count() >= 3
}

/// Somebody who asks a command to set an agent up wants this. Nobody asks an import, or an installation.
fn written_by(call: &Call, file: &FileView<'_>) -> Option<(Severity, String)> {
    let path = written(call)
        .into_iter()
        .map(|written| written.path)
        .find(|path| place_in(path, PLACES).is_some())?;
    let severity = match file.phase_of(call.function) {
        Phase::Install | Phase::Import => Severity::Critical,
        Phase::Call => Severity::High,
        _ if names_many(&file.facts) => Severity::High,
        _ => Severity::Medium,
    };
    Some((severity, path))
}

/// A file of the package itself that would do something in a project, or for whoever opens the package's folder.
fn shipped(file: &FileView<'_>) -> Option<(Severity, &'static str, String)> {
    if place_in(&file.path, PLACES).is_none() || file.path.contains("node_modules/") {
        return None;
    }
    let name = file
        .path
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    if file.kind == Kind::Json {
        let json: Json = serde_json::from_str(&without_comments(&file.text)).unwrap_or_default();
        if name == "tasks.json" {
            let task = json["tasks"]
                .as_array()?
                .iter()
                .find(|task| task["runOptions"]["runOn"] == "folderOpen")?;
            return Some((
                Severity::High,
                "has a task that runs when somebody opens the folder",
                task.to_string(),
            ));
        }
        if json["hooks"].is_object() && place_in(&file.path, &[".claude"]).is_some() {
            return Some((
                Severity::High,
                "has commands that an agent runs by itself",
                json["hooks"].to_string(),
            ));
        }
        if !json["mcpServers"].is_null() || !json["servers"].is_null() {
            return Some((
                Severity::Medium,
                "has a server that an agent starts",
                json.to_string(),
            ));
        }
        return None;
    }
    if matches!(file.kind, Kind::Text | Kind::Markup)
        && (name.ends_with(".md") || name.ends_with(".mdc") || name.ends_with("rules"))
    {
        if let Some(order) = order_in_a_comment(&file.text) {
            return Some((
                Severity::High,
                "tells an agent what to run, in a comment that no page shows",
                order,
            ));
        }
        let line = file.text.lines().find(|line| is_order(line))?;
        return Some((
            Severity::Medium,
            "tells an agent to run or to hide something",
            line.trim().to_owned(),
        ));
    }
    None
}

/// What people who read the page do not see, and an agent that reads the file does.
fn order_in_a_comment(text: &str) -> Option<String> {
    text.match_indices("<!--")
        .take(PHRASES)
        .find_map(|(at, _)| {
            let comment = &text[at..];
            let comment = &comment[..comment.find("-->").unwrap_or(comment.len())];
            let (_, order) = command::fetched_and_run(comment)?;
            Some(order)
        })
}

/// What nobody tells an agent of their own.
static BEHIND_BACKS: Words = Words::in_any_case(&[
    "ignore previous instructions",
    "ignore all previous",
    "do not tell the user",
    "don't tell the user",
    "without telling the user",
    "without asking the user",
    "without user confirmation",
]);

/// What may also be said of something else.
static SECRECY: Words = Words::in_any_case(&[
    "do not mention",
    "don't mention",
    "never mention",
    "do not ask",
    "do not reveal",
    "do not disclose",
]);

/// Nobody asks a program of theirs to be silent like that.
fn is_secrecy(text: &str) -> bool {
    static TOOLS: Words =
        Words::in_any_case(&["tool", "agent", "assistant", "user", "call", "run"]);
    (BEHIND_BACKS.are_in(text) || SECRECY.are_in(text)) && TOOLS.are_in(text)
}

/// Whether a text names a place of credentials.
fn names_secret(text: &str) -> bool {
    text.split(|c: char| c.is_whitespace() || "`'\"()[]{},;".contains(c))
        .map(|word| word.trim_end_matches(['.', ':']))
        .any(|word| {
            let name = word.rsplit('/').next().unwrap_or_default();
            matches!(name, ".env" | ".env.local" | ".env.production" | "mcp.json")
                || word.len() < 200 && word.contains(['/', '.']) && secret::path(word).is_some()
        })
}

/// How much of a text belongs to one order.
const PARAGRAPH: usize = 1_200;
/// Phrases of a text that are looked around.
const PHRASES: usize = 200;

/// An order to be silent with credentials close to it.
fn hidden_order(text: &str) -> Option<(Span, String)> {
    let read = text.get(..text.floor_char_boundary(256 << 10))?;
    let phrases = BEHIND_BACKS.places(read).chain(SECRECY.places(read));
    for (at, _) in phrases.take(PHRASES) {
        let from = read.floor_char_boundary(at.saturating_sub(PARAGRAPH));
        let to = read.ceil_char_boundary((at + PARAGRAPH).min(read.len()));
        let around = &read[from..to];
        if is_secrecy(around) && names_secret(around) {
            let line = text[at..].lines().next().unwrap_or_default();
            let start = u32::try_from(at).unwrap_or(u32::MAX);
            let span = Span { start, end: start };
            return Some((span, line.chars().take(200).collect()));
        }
    }
    None
}

/// What a person would not write into instructions for their own project.
fn is_order(line: &str) -> bool {
    static ORDERS: Words = Words::in_any_case(&[
        "ignore prior instructions",
        "do not mention this",
        "curl -",
        "| sh",
        "| bash",
        "base64 -d",
        ".ssh/id_",
        ".aws/credentials",
        ".npmrc and",
    ]);
    BEHIND_BACKS.are_in(line) || ORDERS.are_in(line)
}

/// Configuration of editors has comments, and commas behind the last.
fn without_comments(text: &str) -> String {
    crate::json_comments::strip(text)
}
