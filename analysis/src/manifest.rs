//! What the package's own `package.json` says, as far as inspection asks; values of the wrong type are as if absent,
//! which is how npm takes them.

mod locate;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

use crate::facts::Span;
use crate::finding::Place;

/// Scripts that npm runs when somebody installs the package, in the order in which it runs them.
pub const INSTALL_SCRIPTS: [&str; 3] = ["preinstall", "install", "postinstall"];

/// The `package.json` of the package's root.
#[derive(Clone, Debug, Default)]
pub struct Manifest {
    /// Null if there is none, or if it is no JSON.
    pub value: Value,
    /// Why it could not be read.
    pub error: Option<String>,
    pub name: String,
    pub version: String,
    pub scripts: BTreeMap<String, String>,
    /// Sorted by group and name.
    pub dependencies: Vec<Dependency>,
    text: Box<str>,
}

/// One line of a dependency table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Dependency {
    pub group: Group,
    pub name: String,
    /// As written: `^1.2.0`, `npm:other@1`, `github:owner/repository`.
    pub wanted: String,
    /// Of `package.json`, from 1.
    pub line: u32,
}

impl Dependency {
    /// What is installed: of `npm:other@1`, `other`.
    pub fn real_name(&self) -> &str {
        let Some(real) = self.wanted.trim().strip_prefix("npm:") else {
            return &self.name;
        };
        match real.rfind('@') {
            None | Some(0) => real,
            Some(at) => &real[..at],
        }
    }
}

/// Which table it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    Dependencies,
    Optional,
    Peer,
    /// Not installed for those who install the package.
    Development,
}

impl Group {
    /// The member of `package.json`.
    pub fn member(self) -> &'static str {
        match self {
            Self::Dependencies => "dependencies",
            Self::Optional => "optionalDependencies",
            Self::Peer => "peerDependencies",
            Self::Development => "devDependencies",
        }
    }
}

impl Dependency {
    /// Where it is written.
    pub fn place(&self) -> Place {
        Place {
            file: "package.json".to_owned(),
            line: self.line,
            column: 0,
        }
    }
}

impl Manifest {
    /// Reads `package.json`; npm takes a byte order mark before it.
    pub fn parse(text: &str) -> Self {
        let json = text.trim_start_matches('\u{feff}');
        let (value, error) = match serde_json::from_str::<Value>(json) {
            Ok(value @ Value::Object(_)) => (value, None),
            Ok(_) => (Value::Null, Some("package.json is no object".to_owned())),
            Err(error) => (
                Value::Null,
                Some(format!("package.json is no JSON: {error}")),
            ),
        };
        let text_of = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let mut dependencies = Vec::new();
        for group in [
            Group::Dependencies,
            Group::Optional,
            Group::Peer,
            Group::Development,
        ] {
            let lines = locate::lines(text, group.member());
            for (name, wanted) in strings(&value[group.member()]) {
                let line = lines.get(&name).copied().unwrap_or_default();
                dependencies.push(Dependency {
                    group,
                    name,
                    wanted,
                    line,
                });
            }
        }
        Self {
            name: text_of("name"),
            version: text_of("version"),
            scripts: strings(&value["scripts"]).collect(),
            dependencies,
            error,
            text: text.into(),
            value,
        }
    }

    /// The scripts that installing runs, with their commands, in that order.
    pub fn install_scripts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        INSTALL_SCRIPTS
            .into_iter()
            .filter_map(|name| Some((name, self.scripts.get(name)?.as_str())))
    }

    /// Dependencies that whoever installs the package gets.
    pub fn installed(&self) -> impl Iterator<Item = &Dependency> {
        self.dependencies
            .iter()
            .filter(|dependency| dependency.group != Group::Development)
    }

    /// Where a member is written, by its path of keys (and places in arrays as numbers); nothing if it is not there.
    pub fn span(&self, path: &[&str]) -> Option<Span> {
        locate::member(&self.text, path)
    }
}

/// Commands that do nothing, which some packages have to keep npm from building them.
pub fn does_nothing(command: &str) -> bool {
    let command = command.trim();
    matches!(command, "" | "true" | ":" | "exit 0" | "exit")
        || command.strip_prefix("echo ").is_some_and(|text| {
            !text.contains(['|', '&', ';', '`', '$', '>', '<', '%', '^', '\n', '\r'])
        })
}

fn strings(table: &Value) -> impl Iterator<Item = (String, String)> {
    table
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
}

#[cfg(test)]
mod tests;
