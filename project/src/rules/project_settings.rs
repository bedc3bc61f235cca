//! Settings of the project that weaken an installation, or run code in it.

use lazaret_npm::lockfile::{Spot, yaml};
use lazaret_policy::Severity;

use super::{Found, Rule, View};
use crate::finding::Check;
use crate::project::NOWHERE;

pub(super) const RULE: Rule = Rule {
    id: "project-settings",
    title: "A setting that weakens an installation",
    severity: Severity::High,
    page: include_str!("project_settings.md"),
    check: Check::Integrity,
    look,
};

fn look(view: &View<'_>, found: &mut Found<'_, '_>) {
    for (file, text) in &view.project.settings {
        match file.as_str() {
            ".npmrc" => npmrc(found, file, text),
            ".yarnrc.yml" => yarnrc(found, file, text),
            ".pnpmfile.cjs" | ".pnpmfile.mjs" | "pnpmfile.js" => found.file(
                Severity::Info,
                file,
                text,
                NOWHERE,
                "pnpm runs this file on every installation, and it may change what any package asks for".to_owned(),
            ),
            _ => {}
        }
    }
}

/// `key = value` lines, with where each stands.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (&str, &str, Spot)> {
    let mut at = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let start = at;
        at += line.len();
        let (key, value) = line.split_once('=')?;
        let is_comment = key.trim_start().starts_with(['#', ';']);
        let end = start + line.trim_end().len();
        let spot = Spot {
            start: u32::try_from(start).unwrap_or(u32::MAX),
            end: u32::try_from(end).unwrap_or(u32::MAX),
        };
        (!is_comment).then(|| (key.trim(), value.trim().trim_matches('"'), spot))
    })
}

fn npmrc(found: &mut Found<'_, '_>, file: &str, text: &str) {
    for (key, value, at) in lines(text) {
        let secret = ["_authToken", "_password", "_auth"]
            .iter()
            .any(|end| key.ends_with(end));
        let message = match key {
            "strict-ssl" if value == "false" => {
                "certificates are not checked: anybody on the way can be the registry"
            }
            "script-shell" | "node-options" | "git" => {
                "this decides what runs on every installation"
            }
            _ if secret && !value.is_empty() && !value.contains("${") => {
                "a secret that everybody can read who can read the project"
            }
            _ => continue,
        };
        found.file(
            RULE.severity,
            file,
            text,
            at,
            format!("`{}`: {message}", super::shown(key)),
        );
    }
}

fn yarnrc(found: &mut Found<'_, '_>, file: &str, text: &str) {
    let Ok(documents) = yaml::parse(text) else {
        let message =
            "yarn's settings could not be read here, so they are not known to be harmless"
                .to_owned();
        found.file(Severity::Moderate, file, text, NOWHERE, message);
        return;
    };
    for field in documents.iter().flat_map(|root| root.fields()) {
        let (severity, message) = match field.key.as_ref() {
            "enableStrictSsl" if field.node.as_bool() == Some(false) => (
                RULE.severity,
                "certificates are not checked: anybody on the way can be the registry",
            ),
            "checksumBehavior"
                if field
                    .node
                    .as_str()
                    .is_some_and(|value| value != "throw" && value != "reset") =>
            {
                (
                    RULE.severity,
                    "packages with wrong checksums are installed all the same",
                )
            }
            "npmAuthToken" | "npmAuthIdent"
                if field
                    .node
                    .as_str()
                    .is_some_and(|value| !value.contains("${")) =>
            {
                (
                    RULE.severity,
                    "a secret that everybody can read who can read the project",
                )
            }
            "yarnPath" => (
                Severity::Info,
                "yarn is replaced by this file of the project",
            ),
            "plugins" => (
                Severity::Info,
                "yarn runs these files of the project in every command",
            ),
            _ => continue,
        };
        found.file(
            severity,
            file,
            text,
            field.at,
            format!("`{}`: {message}", super::shown(&field.key)),
        );
    }
}
