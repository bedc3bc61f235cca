//! How much each rule weighs: ten times ln(P(found in an attack) / P(newly found in a good update)).
//!
//! Sources. Attacks: the 29 takeovers of npm packages between October 2024 and August 2026, and the dossier since 2018;
//! shares of those that show it, rounded. Good updates: 349 pairs of versions of popular packages half a year apart,
//! measured in November 2026 with a prototype (0 of 349 is taken as 0.9 % by the rule of three); install scripts and
//! dependencies: 149,000 updates. Where nothing was measured the benign share is an estimate, and says so.

use crate::detectors::detector;
use crate::finding::Severity;

/// From this score on a version is held: three independent things of which each is found in one good update of a
/// hundred, or one that is found in none and a few that are common.
pub const THRESHOLD: u32 = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Weight {
    /// Rules of one group tell of the same and count once.
    pub(super) group: &'static str,
    pub(super) weight: u32,
}

struct Row {
    rule: &'static str,
    group: &'static str,
    weight: u32,
    /// Something that a file does because that is what it is for: many earlier uses make one more less of a surprise.
    primitive: bool,
}

const fn row(rule: &'static str, group: &'static str, weight: u32) -> Row {
    Row {
        rule,
        group,
        weight,
        primitive: false,
    }
}

const fn primitive(rule: &'static str, group: &'static str, weight: u32) -> Row {
    Row {
        rule,
        group,
        weight,
        primitive: true,
    }
}

/// Attacks / good updates, in percent.
const ROWS: &[Row] = &[
    row("install-script", "install", 67),               // 50 / 0.06
    row("gyp-command", "install", 47),                  // 10 / 0.09, estimated from 0.2 cold
    row("install-command", "install", 70), // 20 / 0.02, estimated: a third of new install scripts
    row("runtime-bootstrap", "install", 70), // 20 / 0.02, as above
    row("git-dependency", "dependency", 51), // 5 / 0.03
    row("url-dependency", "dependency", 51), // 5 / 0.03
    row("young-dependency", "dependency", 49), // 14 / 0.1
    row("phantom-dependency", "dependency", 22), // 10 / 1.1
    row("new-dependency", "dependency", 15), // 17 / 3.8
    row("alias-dependency", "dependency", 10), // 1 / 0.4, estimated
    row("publisher-changed", "publisher", 25), // 35 / 3, estimated
    row("provenance-dropped", "provenance", 33), // 14 / 0.5, estimated
    row("trusted-publisher-dropped", "provenance", 33), // 14 / 0.5, estimated
    row("dormant-package", "time", 23),    // 20 / 2, estimated
    row("publish-burst", "time", 12),      // 60 / 18: families of packages are published together
    row("version-jump", "version", 20),    // 7 / 1, estimated
    row("outbidding-version", "version", 20), // as above
    row("size-jump", "size", 18),          // 35 / 6
    primitive("new-host", "network", 40),  // 50 / 0.9
    primitive("network-use", "network", 38), // 40 / 0.9
    primitive("raw-ip-host", "network", 32), // 15 / 0.6
    primitive("dns-lookup", "network", 60), // 7 / 0.35 without encoding, which is half
    primitive("raw-socket", "network", 30), // as above
    row("exfiltration-host", "network", 35), // 10 / 0.3
    row("hidden-host", "network", 40),     // 50 / 0.9
    row("tls-off", "network", 24),         // 10 / 0.9
    row("chain-hosted-command", "network", 40), // 10 / 0.2: none of 1,394 packages
    primitive("process-spawn", "process", 38), // 40 / 0.9
    primitive("shell-command", "process", 38), // 40 / 0.9
    row("detached-process", "process", 31), // 20 / 0.9
    primitive("environment-read", "environment", 10), // 25 / 9: almost every second file of a server does
    primitive("whole-environment", "environment", 37), // 25 / 0.6
    row("secret-file", "secret", 41),                 // 35 / 0.6
    row("cloud-metadata", "secret", 22),              // 10 / 1.1
    row("browser-data", "secret", 41),                // as secret-file
    row("wallet-files", "secret", 41),                // as secret-file
    row("clipboard", "secret", 20),                   // 7 / 0.9
    row("host-fingerprint", "host", 33),              // 30 / 1.1
    primitive("dynamic-code", "code", 35),            // 30 / 0.9
    primitive("dynamic-require", "code", 33),         // 8 / 0.3
    row("payload-in-data", "code", 39),               // 10 / 0.2: none of 1,394 packages
    row("unresolved-call", "code", 20),               // 20 / 3, estimated
    row("remote-code", "chain", 46),                  // 30 / 0.3
    row("encoded-payload-run", "chain", 42),          // 20 / 0.3
    row("code-of-bytes", "chain", 40),                // 10 / 0.2, estimated
    row("credential-exfiltration", "chain", 48),      // 35 / 0.3
    row("fingerprint-exfiltration", "chain", 37),     // 20 / 0.5
    row("harmful-script", "chain", 46),               // 20 / 0.2, estimated
    row("process-memory", "secret", 36),              // 7 / 0.2: none of 1,394 packages
    row("keylogger", "secret", 27),                   // 3 / 0.2, estimated
    row("ai-tool-abuse", "agent", 27),                // 3 / 0.2: none of 1,394 packages
    row("agent-config", "agent", 43),                 // 15 / 0.2: none of 1,394 packages
    row("string-array", "obfuscation", 53),           // 40 / 0.2: none of 1,394 packages
    row("generated-names", "obfuscation", 53),        // as above
    row("encoded-blob", "obfuscation", 35),           // 30 / 0.9
    row("escaped-strings", "obfuscation", 24),        // 10 / 0.9
    row("enciphered-stage", "obfuscation", 43),       // 15 / 0.2
    row("invisible-characters", "obfuscation", 36),   // 7 / 0.2: none of 1,394 packages
    row("bidi-characters", "obfuscation", 16),        // 1 / 0.2
    row("padded-code", "obfuscation", 39),            // 10 / 0.2
    row("odd-one-out", "obfuscation", 35),            // 30 / 0.9
    row("native-binary", "binary", 31),               // 7 / 0.3
    row("executable-file", "binary", 35),             // 10 / 0.3
    row("suspicious-binary", "binary", 35),           // as above
    row("hidden-executable", "binary", 32),           // 5 / 0.2
    row("wasm-module", "binary", 23),                 // 3 / 0.3
    row("autostart", "persistence", 39),              // 10 / 0.2
    row("ci-config", "persistence", 43),              // 15 / 0.2
    row("git-hook", "persistence", 32),               // 5 / 0.2
    row("worm-publish", "worm", 50), // 30 / 0.2: 0.4 cold are npm clients and release tools
    row("repo-write", "worm", 46),   // 20 / 0.2
    row("wipe", "destruction", 39),  // 10 / 0.2
    row("endless-loop", "destruction", 20), // 3 / 0.4, estimated
    row("ci-gate", "evasion", 24),   // 10 / 0.9
    row("geo-gate", "evasion", 24),  // 10 / 0.9
    row("time-gate", "evasion", 15), // 4 / 0.9
    row("debugger-gate", "evasion", 20), // 7 / 0.9
    row("self-deletion", "evasion", 43), // 15 / 0.2: none of 1,394 packages
    row("log-off", "evasion", 18),   // 3 / 0.5, estimated
    row("sandbox-evasion", "evasion", 27), // 3 / 0.2, estimated
    row("wallet-swap", "wallet", 43), // 15 / 0.2: none of 1,394 packages
    row("calldata-rewrite", "wallet", 36), // 7 / 0.2
    row("provider-hook", "wallet", 36), // 7 / 0.2
    row("address-table", "wallet", 31), // 7 / 0.3
    row("miner", "wallet", 36),      // 7 / 0.2
    row("prototype-hook", "hook", 12), // 3 / 0.9
    row("core-module-hook", "hook", 12), // 3 / 0.9
    row("loader-hook", "hook", 18),  // 3 / 0.5, estimated
    row("moved-home", "network", 30), // 2 / 0.1, estimated
    row("xhr-hook", "hook", 36),     // 7 / 0.2: none of 1,394 packages
    row("fetch-hook", "hook", 25),   // 7 / 0.6
];

/// For rules that are not listed: what rules of that severity have on the average.
pub(super) fn of(rule: &'static str, severity: Severity) -> Weight {
    if let Some(row) = ROWS.iter().find(|row| row.rule == rule) {
        // A rule may have found a harmless form of what it is about; each step down halves it.
        let most = detector(rule).map_or(severity, |detector| detector.severity);
        let steps = (most as u32).saturating_sub(severity as u32);
        return Weight {
            group: row.group,
            weight: row.weight >> steps,
        };
    }
    Weight {
        group: rule,
        weight: match severity {
            Severity::Note => 0,
            Severity::Low => 10,
            Severity::Medium => 30,
            Severity::High => 45,
            Severity::Critical => 70,
        },
    }
}

pub(super) fn is_primitive(rule: &str) -> bool {
    ROWS.iter().any(|row| row.rule == rule && row.primitive)
}

pub(super) fn is_of_dependency(rule: &str) -> bool {
    ROWS.iter()
        .any(|row| row.rule == rule && row.group == "dependency")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::DETECTORS;

    #[test]
    fn every_weight_is_of_a_rule() {
        for row in ROWS {
            assert!(detector(row.rule).is_some(), "{} is no rule", row.rule);
            let same = ROWS.iter().filter(|other| other.rule == row.rule);
            assert_eq!(same.count(), 1, "{} is there twice", row.rule);
        }
    }

    #[test]
    fn no_group_has_the_name_of_a_rule_outside_of_it() {
        for row in ROWS {
            let rule = DETECTORS.iter().find(|rule| rule.id == row.group);
            assert!(rule.is_none(), "{} is a rule and a group", row.group);
        }
    }
}
