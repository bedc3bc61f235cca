//! The flags and variables of the keys, made from the list in `keys.rs`.

use super::keys::{Default, KEYS, Key};
use crate::exit::Failure;
use crate::surroundings::Surroundings;
use clap::{Arg, ArgMatches, Command};
use std::marker::PhantomData;
use std::path::PathBuf;
use toml::Value;

/// Which keys a command takes as flags. All keys can always be given in the file and as variables.
pub(crate) trait Subset {
    fn has(key: &Key) -> bool;
}

/// All keys: for commands that run or show the mirror.
#[derive(Debug)]
pub(crate) struct All;

/// No keys, only `--config`.
#[derive(Debug)]
pub(crate) struct Nothing;

/// Where the data is: for commands that work on it.
#[derive(Debug)]
pub(crate) struct Data;

/// Where the data is and where advisories come from.
#[derive(Debug)]
pub(crate) struct Feed;

/// Where packages come from and where the data is: for commands that take packages from the registry.
#[derive(Debug)]
pub(crate) struct Sources;

/// What `watch` takes: where packages and advisories come from, and how it goes about.
#[derive(Debug)]
pub(crate) struct Watch;

impl Subset for Watch {
    fn has(key: &Key) -> bool {
        Sources::has(key) || Feed::has(key) || key.section() == "watch"
    }
}

impl Subset for All {
    fn has(_: &Key) -> bool {
        true
    }
}

impl Subset for Nothing {
    fn has(_: &Key) -> bool {
        false
    }
}

impl Subset for Data {
    fn has(key: &Key) -> bool {
        key.path == "server.data"
    }
}

impl Subset for Feed {
    fn has(key: &Key) -> bool {
        Data::has(key) || matches!(key.path, "advisories.feed" | "upstream.ca-file")
    }
}

impl Subset for Sources {
    fn has(key: &Key) -> bool {
        Data::has(key) || matches!(key.path, "upstream.registry" | "upstream.ca-file")
    }
}

/// `--config` and the keys of a subset, as given on the command line.
#[derive(Debug)]
pub(crate) struct Flags<S> {
    /// `--config`.
    pub(crate) config: Option<PathBuf>,
    pub(crate) values: Vec<(&'static Key, Value)>,
    subset: PhantomData<S>,
}

impl<S: Subset> clap::Args for Flags<S> {
    fn augment_args(command: Command) -> Command {
        let config = Arg::new("config")
            .long("config")
            .value_name("FILE")
            .value_parser(clap::value_parser!(PathBuf))
            .help("The configuration file [env: LAZARET_CONFIG] [default: ./lazaret.toml, then the platform's configuration directory]");
        command
            .arg(config)
            .args(KEYS.iter().filter(|key| S::has(key)).filter_map(argument))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<S: Subset> clap::FromArgMatches for Flags<S> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = KEYS
            .iter()
            .filter(|key| S::has(key) && key.flag().is_some());
        Ok(Self {
            config: matches.get_one::<PathBuf>("config").cloned(),
            values: given
                .filter_map(|key| Some((key, matches.get_one::<Value>(key.path)?.clone())))
                .collect(),
            subset: PhantomData,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn argument(key: &'static Key) -> Option<Arg> {
    let default = match key.default {
        Default::Value(literal) => literal.trim_matches('"'),
        Default::Unset(meaning) => meaning,
    };
    let kind = key.kind;
    let flag = key.flag()?;
    Some(
        Arg::new(key.path)
            .long(flag)
            .visible_aliases(flag.strip_prefix("watch-"))
            .value_name(kind.placeholder())
            .value_parser(move |text: &str| kind.read(text))
            .help_heading(capitalised(key.section()))
            .help(format!(
                "{} [env: {}] [default: {default}]",
                key.help,
                key.variable()?
            )),
    )
}

fn capitalised(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    format!("{}{rest}", first.to_uppercase())
}

/// The keys that variables set, with the variables' names.
///
/// # Errors
/// Names the variable whose value will not do.
pub(crate) fn variables(
    surroundings: &Surroundings,
) -> Result<Vec<(&'static Key, String, Value)>, Failure> {
    let mut found = Vec::new();
    for key in KEYS {
        let Some(name) = key.variable() else { continue };
        if let Some(text) = surroundings.variable(&name) {
            let value = key.kind.read(text).map_err(|message| {
                Failure::wrong_use(format!("the environment variable {name} {message}"))
            })?;
            found.push((key, name, value));
        }
    }
    Ok(found)
}
