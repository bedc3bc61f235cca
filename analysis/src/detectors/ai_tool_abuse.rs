//! Assistants on the machine, run without asking.

use super::{Detector, Looks};
use crate::api;
use crate::finding::Severity;
use crate::found::Found;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "ai-tool-abuse",
    title: "Runs an AI assistant without its safeguards",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("ai_tool_abuse.md"),
    looks: Looks::File(look),
};

/// Flags with which assistants stop asking.
const FLAGS: &[&str] = &[
    "--dangerously-skip-permissions",
    "--dangerously-bypass-approvals-and-sandbox",
    "--dangerously-allow-all",
    "--trust-all-tools",
    "--allow-all-tools",
    "--yolo",
    "--full-auto",
    "bypassPermissions",
    "--yes-always",
    "--no-interactive --trust",
];

const ASSISTANTS: &[&str] = &[
    "claude",
    "gemini",
    "q",
    "codex",
    "cursor-agent",
    "copilot",
    "aider",
    "opencode",
    "goose",
    "amp",
    "qwen",
    "kiro-cli",
];

fn look(file: &FileView<'_>, found: &mut Found) {
    let mut any = false;
    for call in &file.facts.calls {
        let Some(line) = api::command_line(call) else {
            continue;
        };
        if FLAGS.iter().any(|flag| line.contains(flag)) {
            any = true;
            found
                .call(call)
                .message("has an AI assistant work on this machine without asking anybody")
                .evidence(line)
                .add();
        }
    }
    // The flags of several assistants in one file that starts programs: whichever is there will do.
    if any || !file.facts.calls.iter().any(|call| call.uses.starts_process) {
        return;
    }
    let named = ASSISTANTS
        .iter()
        .filter(|name| file.facts.strings.iter().any(|text| &*text.text == **name))
        .count();
    let flags = FLAGS.iter().filter_map(|flag| {
        file.facts
            .strings
            .iter()
            .find(|text| text.text.contains(flag))
    });
    for text in flags {
        found
            .text(text)
            .severity(if named >= 2 {
                Severity::High
            } else {
                Severity::Medium
            })
            .message("knows how an AI assistant is run without asking anybody")
            .add();
    }
}
