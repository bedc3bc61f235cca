//! Settings of the project that weaken an installation, or run code in it.

use lazaret_npm::Version;
use lazaret_npm::lockfile::manifest::pnpm_trust;
use lazaret_npm::lockfile::node::Node;
use lazaret_npm::lockfile::{Format, Spot, yaml};
use lazaret_policy::Severity;

use super::url::is_this_machine;
use super::{Found, Rule, View};
use crate::finding::Check;
use crate::project::{NOWHERE, Project};

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
            ".yarnrc.yml" => yarnrc(found, file, text, scripts_are_off(view.project)),
            "pnpm-workspace.yaml" => pnpm_workspace(found, file, text),
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
    for (manifest, text) in &view.project.manifests {
        let settings = manifest.settings.iter();
        for setting in settings.filter(|setting| setting.group == ALL_BUILDS) {
            let file = match manifest.path.as_str() {
                "" => "package.json".to_owned(),
                path => format!("{path}/package.json"),
            };
            let message = format!("`{ALL_BUILDS}`: {EVERYBODY}");
            found.file(RULE.severity, &file, text, setting.value.at, message);
        }
    }
}

const ALL_BUILDS: &str = "dangerouslyAllowAllBuilds";

const EVERYBODY: &str = "every package may run its scripts on installation";

const CERTIFICATES: &str = "certificates are not checked: anybody on the way can be the registry";

const RUNS: &str = "this decides what runs on every installation";

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
            "strict-ssl" if value == "false" => CERTIFICATES,
            "script-shell" | "node-options" | "git" => RUNS,
            "dangerously-allow-all-builds" if value == "true" => EVERYBODY,
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

/// Of settings that could not be read; told as what they could be.
fn unread(found: &mut Found<'_, '_>, file: &str, text: &str, dangerous: &[&str]) {
    let severity = match dangerous.iter().any(|key| text.contains(key)) {
        true => RULE.severity,
        false => Severity::Moderate,
    };
    let message = "these settings could not be read here, so they are not known to be harmless";
    found.file(severity, file, text, NOWHERE, message.to_owned());
}

/// pnpm reads here, from version 10 on, what `.npmrc` has too.
fn pnpm_workspace(found: &mut Found<'_, '_>, file: &str, text: &str) {
    let Ok(documents) = yaml::parse(text) else {
        unread(found, file, text, &[ALL_BUILDS, "strictSsl"]);
        return;
    };
    for root in &documents {
        let all = pnpm_trust(root)
            .into_iter()
            .find(|setting| setting.group == ALL_BUILDS);
        if let Some(setting) = all {
            let message = format!("`{ALL_BUILDS}`: {EVERYBODY}");
            found.file(RULE.severity, file, text, setting.value.at, message);
        }
        for field in root.fields() {
            let message = match field.key.as_ref() {
                "strictSsl" if field.node.is_false() => CERTIFICATES,
                "scriptShell" | "nodeOptions" => RUNS,
                _ => continue,
            };
            let message = format!("`{}`: {message}", super::shown(&field.key));
            found.file(RULE.severity, file, text, field.at, message);
        }
    }
}

/// Whether install scripts are off unless a setting turns them on: from yarn 4.14 on, whose lockfiles have version 9.
fn scripts_are_off(project: &Project) -> bool {
    let manager = project.manifest();
    let manager = manager.and_then(|manifest| manifest.package_manager.as_ref());
    let yarn = manager.and_then(|manager| manager.text.strip_prefix("yarn@"));
    let version = yarn.and_then(|version| Version::parse_loose(version).ok());
    match version {
        Some(version) => (version.major, version.minor) >= (4, 14),
        None => {
            let lockfile = &project.lockfile;
            let version = lockfile.version.text.parse::<u32>();
            lockfile.format == Format::YarnBerry && version.is_ok_and(|version| version >= 9)
        }
    }
}

fn yarnrc(found: &mut Found<'_, '_>, file: &str, text: &str, scripts_are_off: bool) {
    let Ok(documents) = yaml::parse(text) else {
        let mut dangerous = vec!["enableStrictSsl", "unsafeHttpWhitelist", "checksumBehavior"];
        dangerous.extend(scripts_are_off.then_some("enableScripts"));
        unread(found, file, text, &dangerous);
        return;
    };
    for field in documents.iter().flat_map(|root| root.fields()) {
        let (severity, message) = match field.key.as_ref() {
            "enableStrictSsl" if field.node.is_false() => (RULE.severity, CERTIFICATES),
            // yarn itself writes it where a project comes from an older yarn: worth a look, and no failure.
            "enableScripts" if scripts_are_off && field.node.is_true() => {
                (Severity::Moderate, EVERYBODY)
            }
            "unsafeHttpWhitelist" if !is_empty(&field.node) && !is_own(&field.node) => (
                RULE.severity,
                "these hosts are asked without encryption: whoever is on the way can be the registry",
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

fn is_empty(node: &Node<'_>) -> bool {
    node.is_null() || (node.items().is_empty() && node.as_scalar().is_none_or(str::is_empty))
}

/// Only this machine is named.
fn is_own(node: &Node<'_>) -> bool {
    let hosts = node.items();
    let is_own = |host: &Node<'_>| host.as_str().is_some_and(is_this_machine);
    !hosts.is_empty() && hosts.iter().all(is_own)
}
