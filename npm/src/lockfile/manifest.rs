//! A project's own `package.json`, with places: what it asks for, and what in it changes what is installed.

use std::collections::HashSet;

use super::error::LockfileError;
use super::json::{self, Dialect};
use super::node::{Document, Node};
use super::place::{Spot, Text};
use super::{Kind, Setting};
use crate::package_json::PACKAGE_JSON_LIMIT;

/// What it says.
#[derive(Clone, Debug, Default)]
pub struct Manifest {
    /// The folder, from the lockfile's on, with `/` between; empty for the root.
    pub path: String,
    pub name: Option<Text>,
    pub version: Option<Text>,
    pub declared: Vec<Declared>,
    /// Patterns of folders that are workspaces.
    pub workspaces: Vec<Text>,
    /// `overrides`, `resolutions`, `pnpm.overrides`, `trustedDependencies` and their like.
    pub settings: Vec<Setting>,
    /// `packageManager`: the tool and version that the project is for.
    pub package_manager: Option<Text>,
}

/// One line of its dependencies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    pub name: Text,
    pub spec: Text,
    pub kind: Kind,
    /// Another list names it too, and npm takes that one.
    pub is_shadowed: bool,
}

/// The fields that list dependencies. Earlier ones win where one name is in several, as in npm.
pub(super) const GROUPS: [(&str, Kind); 4] = [
    ("optionalDependencies", Kind::Optional),
    ("dependencies", Kind::Production),
    ("devDependencies", Kind::Development),
    ("peerDependencies", Kind::Peer),
];

impl Manifest {
    /// Reads a `package.json` that lies in this folder.
    pub fn parse(path: &str, bytes: &[u8]) -> Result<Self, LockfileError> {
        let wrong = |message: String| LockfileError::form("", 0, message);
        if bytes.len() > PACKAGE_JSON_LIMIT {
            return Err(wrong(format!(
                "the file has more than {PACKAGE_JSON_LIMIT} bytes"
            )));
        }
        let text = str::from_utf8(bytes).map_err(|_| wrong("the file is not UTF-8".to_owned()))?;
        let root = json::parse(text, Dialect::Strict)?;
        let document = Document { text };
        if !root.is_object() {
            return Err(document.wrong(root.at, "package.json is not an object"));
        }
        let mut declared = Vec::new();
        let mut known = HashSet::new();
        for (group, kind) in GROUPS {
            for field in document.object(&root, group)? {
                declared.push(Declared {
                    name: Text::new(&field.key, field.at),
                    spec: Text::new(document.scalar(field)?, field.node.at),
                    kind,
                    is_shadowed: !known.insert(field.key.as_ref()),
                });
            }
        }
        Ok(Self {
            path: path.to_owned(),
            name: root.text("name"),
            version: root.text("version"),
            declared,
            workspaces: workspaces(&root),
            settings: settings(&root),
            package_manager: root.text("packageManager"),
        })
    }

    /// Everything that an installation takes into account: of a name that is declared twice, what npm takes.
    pub fn asked(&self) -> impl Iterator<Item = &Declared> {
        self.declared
            .iter()
            .filter(|declared| !declared.is_shadowed)
    }
}

fn workspaces(root: &Node<'_>) -> Vec<Text> {
    let Some(node) = root.get("workspaces") else {
        return Vec::new();
    };
    // yarn 1 also writes an object with `packages`.
    let list = node.get("packages").unwrap_or(node);
    let texts = list.items().iter();
    texts
        .filter_map(|item| Some(Text::new(item.as_str()?, item.at)))
        .collect()
}

fn settings(root: &Node<'_>) -> Vec<Setting> {
    let mut found = Vec::new();
    collect("overrides", root.get("overrides"), &mut found);
    collect("resolutions", root.get("resolutions"), &mut found);
    collect(
        "trustedDependencies",
        root.get("trustedDependencies"),
        &mut found,
    );
    collect(
        "patchedDependencies",
        root.get("patchedDependencies"),
        &mut found,
    );
    if let Some(pnpm) = root.get("pnpm") {
        collect("overrides", pnpm.get("overrides"), &mut found);
        collect(
            "patchedDependencies",
            pnpm.get("patchedDependencies"),
            &mut found,
        );
        found.extend(pnpm_trust(pnpm));
    }
    found
}

/// Who may run scripts on installation, by pnpm's settings: below `pnpm` in `package.json`, from pnpm 10 on in
/// `pnpm-workspace.yaml`. What is allowed to nobody is left out.
pub fn pnpm_trust(settings: &Node<'_>) -> Vec<Setting> {
    let mut found = Vec::new();
    for group in ["onlyBuiltDependencies", "neverBuiltDependencies"] {
        collect(group, settings.get(group), &mut found);
    }
    let allowed = settings.get("allowBuilds").map(Node::fields);
    let allowed = allowed.unwrap_or_default().iter();
    for field in allowed.filter(|field| field.node.is_true()) {
        found.push(Setting {
            group: "allowBuilds",
            key: field.key.as_ref().into(),
            value: Text::new("true", field.at),
        });
    }
    let file = "onlyBuiltDependenciesFile";
    if let Some(value) = settings.text(file) {
        found.push(Setting {
            group: file,
            key: value.text.clone(),
            value,
        });
    }
    let all = "dangerouslyAllowAllBuilds";
    // To pnpm any text is a yes.
    let is_set = |node: &&Node<'_>| {
        let is_text = node.as_scalar().is_some_and(|text| !text.is_empty());
        node.is_true() || (is_text && !node.is_false())
    };
    if let Some(value) = settings.get(all).filter(is_set) {
        found.push(Setting {
            group: all,
            key: all.into(),
            value: Text::new("true", value.at),
        });
    }
    found
}

/// Objects become `a>b` and their values; lists their items.
pub(super) fn collect(group: &'static str, node: Option<&Node<'_>>, found: &mut Vec<Setting>) {
    let Some(node) = node else {
        return;
    };
    let mut open: Vec<(String, Spot, &Node<'_>)> = vec![(String::new(), node.at, node)];
    while let Some((key, at, node)) = open.pop() {
        for field in node.fields().iter().rev() {
            let key = match key.as_str() {
                "" => field.key.to_string(),
                key => format!("{key}>{}", field.key),
            };
            open.push((key, field.at, &field.node));
        }
        for item in node.items().iter().rev() {
            if let Some(text) = item.as_scalar() {
                open.push((text.to_owned(), item.at, item));
            }
        }
        if let Some(text) = node.as_scalar()
            && !key.is_empty()
        {
            found.push(Setting {
                group,
                key: key.into(),
                value: Text::new(text, at),
            });
        }
    }
}
