//! Miners.

use super::{Detector, Looks};
use crate::api;
use crate::finding::Severity;
use crate::found::Found;
use crate::view::FileView;
use crate::words::Words;

pub(super) const DETECTOR: Detector = Detector {
    id: "miner",
    title: "Mines",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("miner.md"),
    looks: Looks::File(look),
};

static POOLS: Words = Words::new(&[
    "nanopool.org",
    "supportxmr.com",
    "minexmr.com",
    "moneroocean.stream",
    "hashvault.pro",
    "2miners.com",
    "herominers.com",
    "nicehash.com",
    "c3pool.com",
    "f2pool.com",
    "xmrpool.eu",
    "unmineable.com",
    "ethermine.org",
    "minergate.com",
    "coinhive.com",
    "coin-hive.com",
    "crypto-loot.com",
    "webminepool.com",
]);

static SCHEMES: Words = Words::new(&["stratum+tcp://", "stratum+ssl://", "stratum+tls://"]);
const PROGRAMS: &[&str] = &[
    "xmrig",
    "minerd",
    "cpuminer",
    "nbminer",
    "phoenixminer",
    "ethminer",
    "t-rex",
    "lolminer",
    "teamredminer",
    "cgminer",
    "jsextension",
];

/// Words of their command lines and settings.
const WORDS: &[&str] = &[
    "--donate-level",
    "--coin=monero",
    "--coin monero",
    "donate-level",
    "randomx",
    "--cpu-max-threads-hint",
    "cn/r",
    "rx/0",
    "CoinHive.Anonymous",
];

/// A file that names this many pools blocks them.
const BLOCKLIST: usize = 5;

fn look(file: &FileView<'_>, found: &mut Found) {
    let facts = &file.facts;
    let acts = facts
        .calls
        .iter()
        .any(|call| call.uses.network.is_some() || call.uses.starts_process);
    let pools: Vec<_> = file
        .texts_with(&POOLS)
        .filter(|text| text.text.len() < 300)
        .collect();
    if pools.len() >= BLOCKLIST {
        return;
    }
    for text in file.texts_with(&SCHEMES) {
        let stratum = SCHEMES
            .first_in(&text.text)
            .is_some_and(|(_, scheme)| text.text.len() > scheme.len() + 3 && text.text.len() < 300);
        if stratum {
            found.text(text).message("connects to a mining pool").add();
        }
    }
    for call in &facts.calls {
        let Some(line) = api::command_line(call) else {
            continue;
        };
        let lower = line.to_ascii_lowercase();
        let program = lower
            .split(' ')
            .next()
            .unwrap_or("")
            .rsplit(['/', '\\'])
            .next()
            .unwrap_or("")
            .trim_matches('\'');
        if PROGRAMS.iter().any(|miner| program.starts_with(miner))
            || WORDS
                .iter()
                .any(|word| word.starts_with("--") && line.contains(word))
        {
            found
                .call(call)
                .message("starts a miner")
                .evidence(line)
                .add();
        }
    }
    if !acts || pools.is_empty() {
        return;
    }
    let words = WORDS
        .iter()
        .chain(PROGRAMS)
        .filter(|word| {
            facts
                .strings
                .iter()
                .any(|text| text.text.len() < 300 && text.text.contains(**word))
        })
        .count();
    for text in pools {
        if text.text.contains("stratum+") {
            continue;
        }
        found
            .text(text)
            .severity(if words >= 1 {
                Severity::High
            } else {
                Severity::Medium
            })
            .message("names a mining pool")
            .add();
    }
}
