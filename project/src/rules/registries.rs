//! The registries that the project's own settings name.

use std::collections::{BTreeMap, BTreeSet};

use lazaret_npm::lockfile::node::Node;
use lazaret_npm::lockfile::yaml;

use super::project_settings::lines;
use super::url::Address;
use crate::project::Project;

/// Their hosts, as they are compared.
#[derive(Default)]
pub(super) struct Registries {
    all: BTreeSet<String>,
    /// By scope, `@` included: these are asked for its packages only.
    of_scope: BTreeMap<String, BTreeSet<String>>,
}

impl Registries {
    pub(super) fn of(project: &Project) -> Self {
        let mut found = Self::default();
        if let Some(text) = project.settings.get(".npmrc") {
            for (key, value, _) in lines(text) {
                found.add_key(key, value);
            }
        }
        if let Some(text) = project.settings.get(".yarnrc") {
            for line in text.lines() {
                if let Some((key, value)) = line.split_once(' ') {
                    found.add_key(key.trim_matches('"'), value.trim().trim_matches('"'));
                }
            }
        }
        if let Some(text) = project.settings.get(".yarnrc.yml")
            && let Ok(documents) = yaml::parse(text)
        {
            for root in &documents {
                let server = |node: &Node<'_>| {
                    let server = node.get("npmRegistryServer")?;
                    server.as_str().map(str::to_owned)
                };
                if let Some(server) = server(root) {
                    found.add(None, &server);
                }
                let scopes = root.get("npmScopes").map(|node| node.fields());
                for field in scopes.unwrap_or_default() {
                    if let Some(server) = server(&field.node) {
                        found.add(Some(&format!("@{}", field.key)), &server);
                    }
                }
            }
        }
        found
    }

    /// Whether the host is one that is asked for any package.
    pub(super) fn is_of_all(&self, host: &str) -> bool {
        self.all.contains(host)
    }

    /// Whether it is the one of this package's scope.
    pub(super) fn is_of_scope(&self, name: &str, host: &str) -> bool {
        let scope = name.split_once('/').map(|(scope, _)| scope);
        let hosts = scope.and_then(|scope| self.of_scope.get(scope));
        hosts.is_some_and(|hosts| hosts.contains(host))
    }

    /// `registry` or `@scope:registry`.
    fn add_key(&mut self, key: &str, value: &str) {
        match key.strip_suffix(":registry") {
            Some(scope) if scope.starts_with('@') => self.add(Some(scope), value),
            Some(_) => {}
            None if key == "registry" => self.add(None, value),
            None => {}
        }
    }

    fn add(&mut self, scope: Option<&str>, address: &str) {
        let Some(address) = Address::parse(address) else {
            return;
        };
        let hosts = match scope {
            Some(scope) => self.of_scope.entry(scope.to_owned()).or_default(),
            None => &mut self.all,
        };
        hosts.insert(address.own_host());
    }
}
