//! What a `lazaret.toml` may say, what is said about mistakes, and who wins over whom.

use super::flags::All;
use super::keys::{Default, KEYS, SECTIONS};
use super::merge::{literal_value, set};
use super::*;
use clap::{Args, FromArgMatches};
use insta::assert_snapshot;
use std::collections::BTreeSet;
use toml::Table;

fn mistake(text: &str) -> String {
    match File::parse(Path::new("lazaret.toml"), text) {
        Ok(_) => panic!("this was taken: {text}"),
        Err(problem) => problem.to_string(),
    }
}

fn flags(arguments: &[&str]) -> Flags<All> {
    let command = Flags::<All>::augment_args(clap::Command::new("serve"));
    let matches = command
        .try_get_matches_from([&["serve"], arguments].concat())
        .unwrap();
    Flags::from_arg_matches(&matches).unwrap()
}

fn surroundings(variables: &[(&str, &str)]) -> Surroundings {
    Surroundings {
        variables: variables
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect(),
        directory: "/here".into(),
        data: Some("/home/ada/.local/share".into()),
        ..Surroundings::default()
    }
}

fn loaded(text: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Loaded {
    let file = File::parse(Path::new("/etc/lazaret/lazaret.toml"), text).unwrap();
    merge(Some(file), &flags(arguments), &surroundings(variables)).unwrap()
}

#[test]
fn an_unknown_key_is_named_with_its_place_and_what_was_meant() {
    assert_snapshot!(mistake("# mine\n[server]\n\tlisen = \"127.0.0.1:4040\"\n"), @r#"
    lazaret.toml:3:2: unknown key `lisen` in [server]; did you mean `listen`?
       |
     3 |  lisen = "127.0.0.1:4040"
       |  ^^^^^
    "#);
    assert_snapshot!(mistake("[sever]\nlisten = \"127.0.0.1:4040\"\n"), @r"
    lazaret.toml:1:2: unknown section `sever`; did you mean `server`?
       |
     1 | [sever]
       |  ^^^^^
    ");
    assert_snapshot!(mistake("listen = \"127.0.0.1:4040\"\n"), @r#"
    lazaret.toml:1:1: unknown section `listen`; it belongs below [server]
       |
     1 | listen = "127.0.0.1:4040"
       | ^^^^^^
    "#);
    assert_snapshot!(mistake("server = 1\n"), @r"
    lazaret.toml:1:10: `server` is a section: write [server] and its keys below
       |
     1 | server = 1
       |          ^
    ");
    assert_snapshot!(mistake("[policy]\nmalicius = \"block\"\n"), @r#"
    lazaret.toml:2:1: unknown key `malicius`, expected one of `malicious`, `vulnerable`, `behaviour`, `incomplete-inspection`, `manifest-confusion`, `new-install-script`, `phantom-dependency`, `publisher-changed`, `trust-downgrade`, `cooldown`, `weak-integrity`, `security-fix`, `internal`, `in-use`, `freeze`, `deny`, `allow`; did you mean `malicious`?
       |
     2 | malicius = "block"
       | ^^^^^^^^
    "#);
    assert_snapshot!(mistake("[policy]\ncooldown = { dayz = 3 }\n"), @r"
    lazaret.toml:2:14: unknown key `dayz`, expected one of `effect`, `days`, `exempt`; did you mean `days`?
       |
     2 | cooldown = { dayz = 3 }
       |              ^^^^
    ");
}

#[test]
fn a_wrong_value_is_told_what_would_be_right() {
    assert_snapshot!(mistake("[server]\nlisten = \"localhost\"\n"), @r#"
    lazaret.toml:2:10: `listen` must be an IP address and a port, such as 127.0.0.1:4040 or [::]:4040
       |
     2 | listen = "localhost"
       |          ^^^^^^^^^^^
    "#);
    assert_snapshot!(mistake("[server]\nlog-format = \"jason\"\n"), @r#"
    lazaret.toml:2:14: `log-format` must be one of text, json; did you mean `json`?
       |
     2 | log-format = "jason"
       |              ^^^^^^^
    "#);
    assert_snapshot!(mistake("[server]\nlog = \"info,=\"\n"), @r#"
    lazaret.toml:2:7: `log` must be a level (error, warn, info, debug, trace) or a list such as info,lazaret_upstream=debug
       |
     2 | log = "info,="
       |       ^^^^^^^^
    "#);
    assert_snapshot!(mistake("[upstream]\nregistry = \"ftp://registry.example\"\n"), @r#"
    lazaret.toml:2:12: `registry` must begin with http:// or https:// and name a host
       |
     2 | registry = "ftp://registry.example"
       |            ^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
    assert_snapshot!(mistake("[upstream]\nregistry = \"https://me:secret@registry.example\"\n"), @"lazaret.toml:2:12: `registry` must not hold a user or password: put a token into `[upstream] token` or .npmrc");
    assert_snapshot!(mistake("[upstream]\nretries = -1\n"), @r"
    lazaret.toml:2:11: `retries` must be a whole number of retries from 0 to 10
       |
     2 | retries = -1
       |           ^^
    ");
    assert_snapshot!(mistake("[cache]\nmemory = \"64\"\n"), @r#"
    lazaret.toml:2:10: `memory` must be a whole number of MiB from 1 to 65536
       |
     2 | memory = "64"
       |          ^^^^
    "#);
    assert_snapshot!(mistake("[policy]\nmalicious = \"blok\"\n"), @r#"
    lazaret.toml:2:13: `malicious.effect` must be one of off, note, quarantine, block; did you mean `block`?
       |
     2 | malicious = "blok"
       |             ^^^^^^
    "#);
    assert_snapshot!(mistake("[policy]\ncooldown = { days = 10000 }\n"), @r"
    lazaret.toml:2:21: `cooldown.days` must be a whole number of days from 0 to 3650
       |
     2 | cooldown = { days = 10000 }
       |                     ^^^^^
    ");
    assert_snapshot!(mistake("[policy.freeze]\nafter = 2025-09-08\n"), @r"
    lazaret.toml:2:9: `freeze.after` must be an instant with its offset, such as 2025-09-08T13:00:00Z
       |
     2 | after = 2025-09-08
       |         ^^^^^^^^^^
    ");
    assert_snapshot!(mistake("[upstream]\ntoken = 12345\n"), @"lazaret.toml:2:9: `token` must be text in quotes, not an integer");
    assert_snapshot!(mistake("[server\n"), @r"
    lazaret.toml:1:8: unclosed table, expected `]`
       |
     1 | [server
       |        ^
    ");
}

#[test]
fn flags_win_over_variables_over_the_file() {
    let text = "[server]\nlisten = \"127.0.0.1:1\"\nlog = \"warn\"\n[cache]\nmemory = 1\n[policy]\ncooldown = \"note\"\n";
    let loaded = loaded(
        text,
        &["--listen", "127.0.0.1:3", "--cooldown-days", "7"],
        &[
            ("LAZARET_LISTEN", "127.0.0.1:2"),
            ("LAZARET_CACHE_MEMORY", "2"),
            ("LAZARET_LOG", ""),
        ],
    );
    assert_eq!(loaded.config.server.listen.port(), 3);
    assert_eq!(loaded.config.cache.memory, 2);
    assert_eq!(loaded.config.server.log, "warn");
    assert_eq!(loaded.source("server.listen"), "flag --listen");
    assert_eq!(
        loaded.source("cache.memory"),
        "environment variable LAZARET_CACHE_MEMORY"
    );
    assert_eq!(loaded.source("server.log"), "/etc/lazaret/lazaret.toml:3");
    assert_eq!(
        loaded.source("policy.cooldown.effect"),
        "/etc/lazaret/lazaret.toml:7"
    );
    assert_eq!(
        loaded.source("policy.cooldown.days"),
        "flag --cooldown-days"
    );
    assert_eq!(loaded.source("cache.fresh-for"), "default");
    assert_eq!(
        loaded.setting("policy.cooldown.effect").unwrap().value,
        Some("note".into())
    );
    assert_eq!(
        loaded.setting("policy.cooldown.days").unwrap().value,
        Some(7.into())
    );
}

#[test]
fn paths_are_relative_to_where_they_were_written() {
    let text = "[server]\ndata = \"data\"\n[upstream]\nca-file = \"ca.pem\"\n";
    let from_file = loaded(text, &[], &[]);
    assert_eq!(from_file.data().unwrap(), Path::new("/etc/lazaret/data"));
    assert_eq!(
        from_file.config.upstream.ca_file.as_deref(),
        Some(Path::new("/etc/lazaret/ca.pem"))
    );
    assert_eq!(
        loaded(text, &["--data", "d"], &[]).data().unwrap(),
        Path::new("/here/d")
    );
    assert_eq!(
        loaded(text, &[], &[("LAZARET_DATA", "/d")]).data().unwrap(),
        Path::new("/d")
    );
    assert_eq!(
        loaded("", &[], &[]).data().unwrap(),
        Path::new("/home/ada/.local/share/lazaret")
    );
}

#[test]
fn a_wrong_variable_is_named() {
    let failure = merge(
        None,
        &flags(&[]),
        &surroundings(&[("LAZARET_CACHE_MEMORY", "lots")]),
    )
    .unwrap_err();
    assert_snapshot!(failure, @"the environment variable LAZARET_CACHE_MEMORY must be a whole number of MiB from 1 to 65536");
}

#[test]
fn a_secret_is_never_shown() {
    let loaded = loaded("[upstream]\ntoken = \"npm_hunter2\"\n", &[], &[]);
    assert_eq!(
        loaded.config.upstream.token.as_ref().unwrap().0,
        "npm_hunter2"
    );
    assert!(!format!("{loaded:?}").contains("hunter2"));
    let variables = [("LAZARET_UPSTREAM_TOKEN", "npm_hunter2")];
    let from_variable = merge(None, &flags(&[]), &surroundings(&variables)).unwrap();
    assert!(!format!("{from_variable:?}").contains("hunter2"));
}

#[test]
fn every_key_is_listed_once_and_understood() {
    let paths: BTreeSet<&str> = KEYS.iter().map(|key| key.path).collect();
    let flags: BTreeSet<&str> = KEYS.iter().filter_map(|key| key.flag()).collect();
    assert_eq!(paths.len(), KEYS.len());
    assert_eq!(
        flags.len(),
        KEYS.iter().filter(|key| key.flag().is_some()).count()
    );
    for key in KEYS {
        assert!(
            SECTIONS
                .iter()
                .any(|(section, _)| *section == key.section()),
            "{}",
            key.path
        );
        if let Default::Value(literal) = key.default {
            key.kind.check(&literal_value(literal).unwrap()).unwrap();
        }
    }
}

#[test]
fn a_rule_given_by_its_effect_alone_may_set_more_than_that() {
    let of = |loaded: &Loaded, path: &str| {
        let setting = loaded.setting(path).unwrap();
        (
            setting.value.clone().unwrap().as_str().unwrap().to_owned(),
            setting.source.to_string(),
        )
    };
    let in_file = loaded("[policy]\nweak-integrity = \"off\"\n", &[], &[]);
    let told = ("off".to_owned(), "/etc/lazaret/lazaret.toml:2".to_owned());
    assert_eq!(of(&in_file, "policy.weak-integrity.effect"), told);
    assert_eq!(of(&in_file, "policy.weak-integrity.missing"), told);
    let by_flag = loaded("", &["--weak-integrity", "off"], &[]);
    assert_eq!(
        of(&by_flag, "policy.weak-integrity.missing"),
        ("off".into(), "flag --weak-integrity".into())
    );
    assert_eq!(in_file.config.policy, by_flag.config.policy);
    let both = loaded(
        "[policy]\nweak-integrity = \"off\"\n",
        &["--weak-integrity-missing", "block"],
        &[],
    );
    assert_eq!(of(&both, "policy.weak-integrity.effect").0, "off");
    assert_eq!(of(&both, "policy.weak-integrity.missing").0, "block");
}

#[test]
fn the_defaults_that_are_told_are_the_defaults_that_hold() {
    let mut table = Table::new();
    for key in KEYS
        .iter()
        .filter(|key| key.section() == "policy" && !key.path.starts_with("policy.freeze"))
    {
        if let Default::Value(literal) = key.default {
            set(&mut table, key.path, literal_value(literal).unwrap());
        }
    }
    let told: Policy = table.remove("policy").unwrap().try_into().unwrap();
    assert_eq!(told, Policy::default());

    let loaded = loaded("", &[], &[]);
    assert!(
        loaded
            .settings
            .iter()
            .all(|setting| setting.source == Source::Default)
    );
    let (upstream, cache) = (&loaded.config.upstream, &loaded.config.cache);
    let url = "https://registry.example/".parse().unwrap();
    let shipped = lazaret_upstream::RegistrySettings::new(url);
    assert_eq!(upstream.connect_timeout, shipped.connect_timeout.as_secs());
    assert_eq!(upstream.read_timeout, shipped.read_timeout.as_secs());
    assert_eq!(upstream.total_timeout, shipped.total_timeout.as_secs());
    assert_eq!(upstream.retries, shipped.retries);
    assert_eq!(upstream.max_packument << 20, shipped.max_packument);
    assert_eq!(upstream.max_tarball << 20, shipped.max_tarball);
    let shipped = lazaret_server::CacheSettings::default();
    assert_eq!(cache.fresh_for, shipped.fresh_for.as_secs());
    assert_eq!(cache.revalidate_within, shipped.revalidate_within.as_secs());
    assert_eq!(cache.memory << 20, shipped.documents);
    assert_eq!(cache.tarball_memory << 20, shipped.tarballs);
}

#[test]
fn the_template_changes_nothing_and_each_of_its_keys_is_taken() {
    let template = template::template();
    let file = File::parse(Path::new("lazaret.toml"), &template).unwrap();
    for key in KEYS {
        assert!(
            file::lookup(&file.table, key.path).is_none(),
            "{} is commented out",
            key.path
        );
    }
    // Without the comment signs it is a complete file, once the unset keys have a value.
    let all: String = template
        .lines()
        .filter(|line| !line.starts_with("# "))
        .map(|line| line.trim_start_matches('#'))
        .filter(|line| !line.contains(" = ...   # not set") && !line.starts_with("freeze."))
        .map(|line| format!("{line}\n"))
        .collect();
    File::parse(Path::new("lazaret.toml"), &all)
        .unwrap_or_else(|problem| panic!("{problem}\n{all}"));
}

#[test]
fn nothing_hostile_in_a_file_panics() {
    for text in [
        "",
        "\u{feff}",
        "[server]\r\nlisten = 1",
        "a.b.c.d = 1",
        "[policy]\npolicy = 1",
        "ü = \"ü",
        "=",
        "[policy]\ndeny = 1",
    ] {
        if let Err(problem) = File::parse(Path::new("lazaret.toml"), text) {
            let _ = problem.to_string();
        }
    }
}
