//! Every key of `lazaret.toml` in reading order. Flags, variables, defaults, `config show`, `config init`,
//! the reference page and the JSON Schema all come from this list; a new key is one entry here and one field in `config.rs`.

use super::kind::Kind;

/// One key.
#[derive(Debug)]
pub(crate) struct Key {
    /// Where it stands in the file: `server.listen`.
    pub(crate) path: &'static str,
    /// Its flag without dashes; its variable is `LAZARET_` and this in capitals. `None`: only in the file.
    pub(crate) flag: Flag,
    pub(crate) kind: Kind,
    pub(crate) default: Default,
    /// One or two sentences for the file, the help and the reference.
    pub(crate) help: &'static str,
}

/// How a key can be given outside the file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Flag {
    /// As `--NAME` and as a variable.
    Both(&'static str),
    /// As a variable only: other users of a machine can read the arguments of a process.
    VariableOnly(&'static str),
    /// Lists and tables live in the file.
    None,
}

/// What holds when nobody says anything.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Default {
    /// This TOML literal.
    Value(&'static str),
    /// Nothing; the text says what that means.
    Unset(&'static str),
}

impl Key {
    /// `server` of `server.listen`.
    pub(crate) fn section(&self) -> &'static str {
        self.path
            .split_once('.')
            .map_or(self.path, |(section, _)| section)
    }

    /// `listen` of `server.listen`, `cooldown.days` of `policy.cooldown.days`.
    pub(crate) fn name(&self) -> &'static str {
        self.path
            .split_once('.')
            .map_or(self.path, |(_, name)| name)
    }

    /// `--listen` without the dashes.
    pub(crate) fn flag(&self) -> Option<&'static str> {
        match self.flag {
            Flag::Both(name) => Some(name),
            Flag::VariableOnly(_) | Flag::None => None,
        }
    }

    /// `LAZARET_LISTEN`.
    pub(crate) fn variable(&self) -> Option<String> {
        match self.flag {
            Flag::Both(name) | Flag::VariableOnly(name) => {
                Some(format!("LAZARET_{}", name.to_uppercase().replace('-', "_")))
            }
            Flag::None => None,
        }
    }
}

/// The key at this path.
pub(crate) fn key(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}

/// The sections with what each is about.
pub(crate) const SECTIONS: &[(&str, &str)] = &[
    ("server", "Where lazaret listens and keeps its data."),
    ("upstream", "The registry that packages come from."),
    ("cache", "What is kept how long."),
    ("advisories", "What is known about packages."),
    (
        "inspection",
        "Whether and how packages are inspected before they are served.",
    ),
    (
        "watch",
        "How `lazaret watch` follows what a project uses, and what the mirror does of itself.",
    ),
    ("people", "Who decides, and what is remembered of clients."),
    (
        "policy",
        "What is let through. The rules are in rules.md; their keys are reloaded while lazaret runs.",
    ),
];

/// What a rule may do, from nothing to the strictest.
pub(crate) const EFFECTS: &[&str] = &["off", "note", "quarantine", "block"];

/// The list.
pub(crate) const KEYS: &[Key] = &[
    Key {
        path: "server.listen",
        flag: Flag::Both("listen"),
        kind: Kind::Address,
        default: Default::Value("\"127.0.0.1:4040\""),
        help: "The address and port to listen on. Port 0 takes a free one.",
    },
    Key {
        path: "server.public-url",
        flag: Flag::Both("public-url"),
        kind: Kind::Url,
        default: Default::Unset("http:// and the address it listens on"),
        help: "The URL under which clients reach lazaret, when it stands behind a proxy. Tarball URLs begin with it.",
    },
    Key {
        path: "server.data",
        flag: Flag::Both("data"),
        kind: Kind::Path,
        default: Default::Unset("the platform's data directory, such as ~/.local/share/lazaret"),
        help: "The directory for packages, the database and the advisory index. In the file, relative to the file.",
    },
    Key {
        path: "server.log",
        flag: Flag::Both("log"),
        kind: Kind::Filter,
        default: Default::Value("\"info\""),
        help: "What is logged: error, warn, info, debug or trace, or a list such as info,lazaret_upstream=debug.",
    },
    Key {
        path: "server.log-format",
        flag: Flag::Both("log-format"),
        kind: Kind::Choice(&["text", "json"]),
        default: Default::Value("\"text\""),
        help: "One line for people, or one JSON object for machines. Logs go to stderr.",
    },
    Key {
        path: "upstream.registry",
        flag: Flag::Both("upstream"),
        kind: Kind::Url,
        default: Default::Unset("the registry that npm is configured with"),
        help: "The registry to ask.",
    },
    Key {
        path: "upstream.token",
        flag: Flag::VariableOnly("upstream-token"),
        kind: Kind::Secret,
        default: Default::Unset("the credentials that npm's .npmrc files hold for this registry"),
        help: "A bearer token, sent to the registry's own host only, which must then be set here as well. There is no flag: other users can read a process's arguments.",
    },
    Key {
        path: "upstream.connect-timeout",
        flag: Flag::Both("upstream-connect-timeout"),
        kind: Kind::Number {
            least: 1,
            most: 600,
            unit: "seconds",
        },
        default: Default::Value("5"),
        help: "How long connecting may take.",
    },
    Key {
        path: "upstream.read-timeout",
        flag: Flag::Both("upstream-read-timeout"),
        kind: Kind::Number {
            least: 1,
            most: 600,
            unit: "seconds",
        },
        default: Default::Value("15"),
        help: "How long the registry may be silent within an answer.",
    },
    Key {
        path: "upstream.total-timeout",
        flag: Flag::Both("upstream-total-timeout"),
        kind: Kind::Number {
            least: 1,
            most: 86_400,
            unit: "seconds",
        },
        default: Default::Value("300"),
        help: "How long one answer may take in all.",
    },
    Key {
        path: "upstream.retries",
        flag: Flag::Both("upstream-retries"),
        kind: Kind::Number {
            least: 0,
            most: 10,
            unit: "retries",
        },
        default: Default::Value("2"),
        help: "How often a failed request is repeated.",
    },
    Key {
        path: "upstream.max-packument",
        flag: Flag::Both("upstream-max-packument"),
        kind: Kind::Number {
            least: 1,
            most: 2_048,
            unit: "MiB",
        },
        default: Default::Value("256"),
        help: "The largest package document that is read, after decompression.",
    },
    Key {
        path: "upstream.max-tarball",
        flag: Flag::Both("upstream-max-tarball"),
        kind: Kind::Number {
            least: 1,
            most: 16_384,
            unit: "MiB",
        },
        default: Default::Value("512"),
        help: "The largest tarball that is fetched.",
    },
    Key {
        path: "upstream.ca-file",
        flag: Flag::Both("upstream-ca-file"),
        kind: Kind::Path,
        default: Default::Unset("`cafile` of npm's .npmrc files, and the platform's certificates"),
        help: "A PEM file with certificate authorities to trust besides. In the file, relative to the file.",
    },
    Key {
        path: "cache.fresh-for",
        flag: Flag::Both("cache-fresh-for"),
        kind: Kind::Number {
            least: 0,
            most: 86_400,
            unit: "seconds",
        },
        default: Default::Value("300"),
        help: "How long a package document is served before the registry is asked again.",
    },
    Key {
        path: "cache.revalidate-within",
        flag: Flag::Both("cache-revalidate-within"),
        kind: Kind::Number {
            least: 0,
            most: 2_592_000,
            unit: "seconds",
        },
        default: Default::Value("3600"),
        help: "How long past that it is still served at once, while the registry is asked in the background.",
    },
    Key {
        path: "cache.memory",
        flag: Flag::Both("cache-memory"),
        kind: Kind::Number {
            least: 1,
            most: 65_536,
            unit: "MiB",
        },
        default: Default::Value("256"),
        help: "How much memory rendered package documents may take.",
    },
    Key {
        path: "cache.tarball-memory",
        flag: Flag::Both("cache-tarball-memory"),
        kind: Kind::Number {
            least: 0,
            most: 65_536,
            unit: "MiB",
        },
        default: Default::Value("64"),
        help: "How much memory tarballs may take: small ones, and larger ones that are asked for often.",
    },
    Key {
        path: "advisories.feed",
        flag: Flag::Both("advisories-feed"),
        kind: Kind::Url,
        default: Default::Unset("none: use `lazaret advisories import`"),
        help: "The URL of an OSV export for npm, a zip of JSON records such as https://osv.example/npm/all.zip; OSV's documentation names theirs.",
    },
    Key {
        path: "advisories.sync-every",
        flag: Flag::Both("advisories-sync-every"),
        kind: Kind::Number {
            least: 60,
            most: 604_800,
            unit: "seconds",
        },
        default: Default::Value("3600"),
        help: "How often `lazaret serve` asks the feed whether it has changed.",
    },
    Key {
        path: "inspection.mode",
        flag: Flag::Both("inspection"),
        kind: Kind::Choice(&["enforce", "observe", "off"]),
        default: Default::Value("\"enforce\""),
        help: "enforce: nothing is served before it was inspected. observe: it is inspected soon after, and findings are only told. off: nothing is inspected.",
    },
    Key {
        path: "inspection.workers",
        flag: Flag::Both("inspection-workers"),
        kind: Kind::Number {
            least: 1,
            most: 256,
            unit: "workers",
        },
        default: Default::Unset("one less than there are processors, at least one"),
        help: "How many packages are inspected at once for requests, each in a process of few rights that yields to everything else. What is inspected ahead of time has one more, while no request waits.",
    },
    Key {
        path: "inspection.hold",
        flag: Flag::Both("inspection-hold"),
        kind: Kind::Number {
            least: 1,
            most: 250,
            unit: "seconds",
        },
        default: Default::Value("20"),
        help: "How long a request waits for an inspection before it is answered with 503. yarn 1 gives up after 30 seconds, pnpm and yarn berry after 60, npm after 300.",
    },
    Key {
        path: "inspection.limit",
        flag: Flag::Both("inspection-limit"),
        kind: Kind::Number {
            least: 1,
            most: 3_600,
            unit: "seconds",
        },
        default: Default::Value("30"),
        help: "How much processor time one package may take; one that takes more is not clean.",
    },
    Key {
        path: "watch.interval",
        flag: Flag::Both("watch-interval"),
        kind: Kind::Number {
            least: 1,
            most: 10_080,
            unit: "minutes",
        },
        default: Default::Value("60"),
        help: "Each package in use is asked about once in this time, spread out. The mirror does so with what was downloaded lately.",
    },
    Key {
        path: "watch.budget",
        flag: Flag::Both("watch-budget"),
        kind: Kind::Number {
            least: 0,
            most: 1_000_000,
            unit: "requests",
        },
        default: Default::Value("5000"),
        help: "How many requests the registry gets at most in one interval; who is left over is asked first in the next. 0: the mirror asks nothing of itself.",
    },
    Key {
        path: "watch.burst-packages",
        flag: Flag::Both("watch-burst-packages"),
        kind: Kind::Number {
            least: 2,
            most: 1_000,
            unit: "packages",
        },
        default: Default::Value("3"),
        help: "So many packages of one publisher or scope within burst-minutes are a burst.",
    },
    Key {
        path: "watch.burst-minutes",
        flag: Flag::Both("watch-burst-minutes"),
        kind: Kind::Number {
            least: 1,
            most: 1_440,
            unit: "minutes",
        },
        default: Default::Value("10"),
        help: "The time in which they are published.",
    },
    Key {
        path: "watch.digest",
        flag: Flag::Both("watch-digest"),
        kind: Kind::Number {
            least: 0,
            most: 31,
            unit: "days",
        },
        default: Default::Value("7"),
        help: "How often what needs no haste is told in one message; 0: never.",
    },
    Key {
        path: "watch.desktop",
        flag: Flag::Both("watch-desktop"),
        kind: Kind::Switch,
        default: Default::Value("false"),
        help: "Tell by a notification on this desktop as well, where there is a `notify-send`.",
    },
    Key {
        path: "people.approvals",
        flag: Flag::Both("approvals"),
        kind: Kind::Number {
            least: 1,
            most: 5,
            unit: "people",
        },
        default: Default::Value("1"),
        help: "How many different people must approve a held version before it is served; 2 is the two-person rule.",
    },
    Key {
        path: "people.session",
        flag: Flag::Both("session"),
        kind: Kind::Number {
            least: 1,
            most: 720,
            unit: "hours",
        },
        default: Default::Value("12"),
        help: "How long a log-in lasts.",
    },
    Key {
        path: "people.keep-downloads",
        flag: Flag::Both("keep-downloads"),
        kind: Kind::Number {
            least: 1,
            most: 3_660,
            unit: "days",
        },
        default: Default::Value("400"),
        help: "How long it is remembered who downloaded what, counted from the last time.",
    },
    Key {
        path: "people.behind-proxy",
        flag: Flag::Both("behind-proxy"),
        kind: Kind::Switch,
        default: Default::Value("false"),
        help: "A proxy of yours stands in front and sets X-Forwarded-For: clients are known by the last address in it. Without such a proxy anybody could claim any address.",
    },
    Key {
        path: "policy.malicious.effect",
        flag: Flag::Both("malicious"),
        kind: Kind::Choice(EFFECTS),
        default: Default::Value("\"block\""),
        help: "What happens to versions that an advisory calls malicious.",
    },
    Key {
        path: "policy.malicious.suspected",
        flag: Flag::Both("malicious-suspected"),
        kind: Kind::Choice(EFFECTS),
        default: Default::Value("\"note\""),
        help: "What happens to versions that only a stale or unclear report calls malicious; never stricter than malicious.effect.",
    },
    Key {
        path: "policy.vulnerable.effect",
        flag: Flag::Both("vulnerable"),
        kind: Kind::Choice(EFFECTS),
        default: Default::Value("\"off\""),
        help: "What happens to versions with a known vulnerability of at least vulnerable.severity.",
    },
    Key {
        path: "policy.vulnerable.severity",
        flag: Flag::Both("vulnerable-severity"),
        kind: Kind::Choice(&["low", "moderate", "high", "critical"]),
        default: Default::Value("\"high\""),
        help: "The least severity that counts.",
    },
    Key {
        path: "policy.behaviour.effect",
        flag: Flag::Both("behaviour"),
        kind: Kind::Choice(EFFECTS),
        default: Default::Value("\"block\""),
        help: "The most that happens to versions that do what packages should not do; a report that asks for less gets less.",
    },
    Key {
        path: "policy.behaviour.grandfather-days",
        flag: Flag::Both("grandfather-days"),
        kind: Kind::Number {
            least: 0,
            most: 3_650,
            unit: "days",
        },
        default: Default::Value("30"),
        help: "How long a version must have been out for findings to be notes, unless they make a chain.",
    },
    Key {
        path: "policy.incomplete-inspection.effect",
        flag: Flag::Both("incomplete-inspection"),
        kind: Kind::Choice(EFFECTS),
        default: Default::Value("\"quarantine\""),
        help: "What happens to versions that could not be inspected to their end.",
    },
    Key {
        path: "policy.manifest-confusion.effect",
        flag: Flag::Both("manifest-confusion"),
        kind: Kind::Choice(EFFECTS),
        default: Default::Value("\"quarantine\""),
        help: "What happens to versions of which the registry shows another manifest than the tarball has.",
    },
    Key {
        path: "policy.new-install-script.effect",
        flag: Flag::Both("new-install-script"),
        kind: Kind::Choice(EFFECTS),
        default: Default::Value("\"note\""),
        help: "What happens to versions whose installation newly runs something.",
    },
    Key {
        path: "policy.phantom-dependency.effect",
        flag: Flag::Both("phantom-dependency"),
        kind: Kind::Choice(EFFECTS),
        default: Default::Value("\"note\""),
        help: "What happens to versions with a new dependency that they do not use.",
    },
    Key {
        path: "policy.publisher-changed.effect",
        flag: Flag::Both("publisher-changed"),
        kind: Kind::Choice(EFFECTS),
        default: Default::Value("\"note\""),
        help: "What happens to versions published by somebody who might not publish before.",
    },
    Key {
        path: "policy.trust-downgrade.effect",
        flag: Flag::Both("trust-downgrade"),
        kind: Kind::Choice(EFFECTS),
        default: Default::Value("\"note\""),
        help: "What happens to versions of which less is known where they were built than of the one before.",
    },
    Key {
        path: "policy.cooldown.effect",
        flag: Flag::Both("cooldown"),
        kind: Kind::Choice(EFFECTS),
        default: Default::Value("\"quarantine\""),
        help: "What happens to versions younger than cooldown.days. A fix for a known vulnerability does not wait.",
    },
    Key {
        path: "policy.cooldown.days",
        flag: Flag::Both("cooldown-days"),
        kind: Kind::Number {
            least: 0,
            most: 3_650,
            unit: "days",
        },
        default: Default::Value("3"),
        help: "How old a version must be.",
    },
    Key {
        path: "policy.cooldown.exempt",
        flag: Flag::None,
        kind: Kind::Names,
        default: Default::Value("[]"),
        help: "Packages that do not wait: names and patterns such as \"@ours/*\".",
    },
    Key {
        path: "policy.weak-integrity.effect",
        flag: Flag::Both("weak-integrity"),
        kind: Kind::Choice(EFFECTS),
        default: Default::Value("\"note\""),
        help: "What happens to versions for which the registry offers only a sha1.",
    },
    Key {
        path: "policy.weak-integrity.missing",
        flag: Flag::Both("weak-integrity-missing"),
        kind: Kind::Choice(EFFECTS),
        default: Default::Value("\"quarantine\""),
        help: "What happens to versions for which the registry offers nothing to verify them against.",
    },
    Key {
        path: "policy.security-fix.effect",
        flag: Flag::Both("security-fix"),
        kind: Kind::Choice(&["off", "note"]),
        default: Default::Value("\"note\""),
        help: "Whether a fix for a vulnerability in a version you use is let through early.",
    },
    Key {
        path: "policy.internal",
        flag: Flag::None,
        kind: Kind::Names,
        default: Default::Value("[]"),
        help: "Names that are yours: never asked of the registry, never sent to it.",
    },
    Key {
        path: "policy.in-use",
        flag: Flag::None,
        kind: Kind::Names,
        default: Default::Value("[]"),
        help: "Versions you use elsewhere, such as \"lodash@4.17.20\": their security fixes do not wait.",
    },
    Key {
        path: "policy.freeze.after",
        flag: Flag::Both("freeze-after"),
        kind: Kind::Instant,
        default: Default::Unset("no freeze"),
        help: "The line in the sand for a bad day: nothing published after this instant is let through.",
    },
    Key {
        path: "policy.freeze.effect",
        flag: Flag::Both("freeze"),
        kind: Kind::Choice(EFFECTS),
        default: Default::Value("\"quarantine\""),
        help: "What happens to versions published after freeze.after.",
    },
    Key {
        path: "policy.freeze.include-served",
        flag: Flag::Both("freeze-include-served"),
        kind: Kind::Switch,
        default: Default::Value("false"),
        help: "Also holds versions that were served before the freeze.",
    },
    Key {
        path: "policy.deny",
        flag: Flag::None,
        kind: Kind::Rules,
        default: Default::Value("[]"),
        help: "Packages and ranges that are not let through, each with a reason; effect (default block) and until are optional.",
    },
    Key {
        path: "policy.allow",
        flag: Flag::None,
        kind: Kind::Rules,
        default: Default::Value("[]"),
        help: "Packages and ranges that need not wait, each with a reason and until when. Never lifts malicious or deny.",
    },
];
