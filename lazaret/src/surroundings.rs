//! What the process was started with: variables, the working directory, the platform's directories. Read once.

use etcetera::BaseStrategy;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The environment of a command, so that everything below takes it as an argument.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    /// Environment variables that are Unicode.
    pub(crate) variables: BTreeMap<String, String>,
    /// The working directory.
    pub(crate) directory: PathBuf,
    /// The user's home directory.
    pub(crate) home: Option<PathBuf>,
    /// Where the platform keeps a user's data: `~/.local/share` or what `XDG_DATA_HOME` says.
    pub(crate) data: Option<PathBuf>,
    /// Where the platform keeps a user's configuration: `~/.config` or what `XDG_CONFIG_HOME` says.
    pub(crate) configuration: Option<PathBuf>,
}

impl Surroundings {
    /// Those of this process. What is unknown stays empty: only who needs it complains.
    pub(crate) fn of_this_process() -> Self {
        let platform = etcetera::choose_base_strategy().ok();
        Self {
            variables: std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
            directory: std::env::current_dir().unwrap_or_default(),
            home: platform
                .as_ref()
                .map(|platform| platform.home_dir().to_owned()),
            data: platform.as_ref().map(BaseStrategy::data_dir),
            configuration: platform.as_ref().map(BaseStrategy::config_dir),
        }
    }

    /// A variable that is set and not empty.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// A variable of npm, whose names it reads in any case: `npm_config_registry`, `NPM_CONFIG_REGISTRY`.
    pub(crate) fn npm_variable(&self, name: &str) -> Option<(&str, &str)> {
        self.variables
            .iter()
            .find(|(variable, value)| variable.eq_ignore_ascii_case(name) && !value.is_empty())
            .map(|(variable, value)| (variable.as_str(), value.as_str()))
    }
}
