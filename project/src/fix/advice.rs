//! What is left to do after malicious code was taken out of a lockfile: caches, secrets, machines.

use std::collections::{BTreeMap, BTreeSet};

use lazaret_npm::lockfile::Format;
use lazaret_policy::Indicators;

use super::{Bad, Cause};

/// In the order in which it is best done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advice {
    /// What to do first: what to keep running off.
    pub stop: Vec<String>,
    /// Commands that clear caches: a client installs from them without asking anybody.
    pub caches: Vec<Command>,
    /// What to replace, by campaign: its name, and what its payload reads. The last one is general if something is in no campaign.
    pub rotate: Vec<(String, Vec<String>)>,
    /// What else the campaigns ask for.
    pub clean: Vec<String>,
    /// Commands that find where it is.
    pub look: Vec<Command>,
}

/// A command line and what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    pub line: String,
    pub what: String,
}

fn command(line: impl Into<String>, what: impl Into<String>) -> Command {
    Command {
        line: line.into(),
        what: what.into(),
    }
}

/// Nothing if nothing malicious was there.
pub fn advice(bad: &[Bad], format: Format, indicators: &Indicators) -> Option<Advice> {
    let malicious: Vec<&Bad> = bad
        .iter()
        .filter(|bad| bad.cause == Cause::Malicious)
        .collect();
    if malicious.is_empty() {
        return None;
    }
    let mut rotate: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut clean: BTreeSet<String> = BTreeSet::new();
    let mut unknown: Vec<String> = Vec::new();
    for bad in &malicious {
        match indicators.named(&bad.name, &bad.version) {
            Some(hit) => {
                let campaign = hit.campaign;
                let texts = campaign.rotate.iter().map(ToString::to_string).collect();
                rotate.insert(
                    format!("{}: its payload {}", campaign.name, campaign.what),
                    texts,
                );
                clean.extend(campaign.clean.iter().map(ToString::to_string));
            }
            None => unknown.push(bad.id()),
        }
    }
    let mut rotate: Vec<(String, Vec<String>)> = rotate.into_iter().collect();
    if !unknown.is_empty() {
        rotate.push((
            format!(
                "{}: no campaign here knows what the payload reads, so count everything that it could as read (`lazaret inspect {}` shows what the code does)",
                unknown.join(", "),
                unknown[0]
            ),
            [
                "tokens of package registries: ~/.npmrc, .yarnrc.yml, NPM_TOKEN",
                "tokens of code hosts: ~/.config/gh, ~/.git-credentials, GITHUB_TOKEN, and every secret that a CI job had",
                "keys of clouds: ~/.aws, ~/.azure, ~/.config/gcloud, and what instance metadata gave",
                "SSH and signing keys: ~/.ssh, ~/.gnupg",
                "whatever lay in the environment and in .env files of processes that ran it",
                "sessions and wallets of browsers on machines that ran it",
            ]
            .map(str::to_owned)
            .to_vec(),
        ));
    }
    let ids: Vec<String> = malicious.iter().map(|bad| bad.id()).collect();
    let mut look = vec![command(
        "lazaret scan ~ /srv /opt",
        "on every machine that may have installed it: developers, CI runners, images",
    )];
    for id in &ids {
        look.push(command(
            format!("lazaret who-has {id}"),
            "who got it through the mirror",
        ));
    }
    Some(Advice {
        stop: vec![
            "stop CI jobs and deployments that install from the old lockfile; other branches may still have it".to_owned(),
            "delete node_modules and install anew from the changed lockfile, with scripts off: what is installed now is the bad version".to_owned(),
        ],
        caches: caches(format),
        rotate,
        clean: clean.into_iter().collect(),
        look,
    })
}

/// The client of the lockfile first.
fn caches(format: Format) -> Vec<Command> {
    let npm = vec![command("npm cache clean --force", "npm")];
    let pnpm = vec![command(
        "rm -rf \"$(pnpm store path)\"",
        "pnpm: its store is linked into projects; install anew after",
    )];
    let yarn_1 = vec![command("yarn cache clean", "yarn 1")];
    let berry = vec![command(
        "yarn cache clean --all",
        "yarn 2 and later; with a cache in the repository also `git rm` its archives",
    )];
    let bun = vec![command("bun pm cache rm", "bun")];
    let mut all: Vec<(Format, Vec<Command>)> = vec![
        (Format::PackageLock, npm),
        (Format::Pnpm, pnpm),
        (Format::Yarn1, yarn_1),
        (Format::YarnBerry, berry),
        (Format::Bun, bun),
    ];
    all.sort_by_key(|(own, _)| *own != format);
    all.into_iter().flat_map(|(_, commands)| commands).collect()
}
