//! What names a dependency: imports, texts, configuration, scripts, names of files, types, peers. One such place is enough.

use std::collections::{BTreeMap, BTreeSet};

use lazaret_npm::lockfile::json::{self, Dialect};
use lazaret_npm::lockfile::node::Node;
use lazaret_npm::lockfile::{Kind, Place, Source, Spot};
use serde::Serialize;

use super::mentions::{marked, meanings, package_of, quoted, words};
use super::sources::{OwnFile, Role};
use super::{Known, Request, builtins, path_of, short_names, shown};
use crate::files::split;

/// Places that are told of one dependency.
const MOST_PLACES: usize = 3;

/// Fields of `package.json` that name packages without using them.
const ONLY_NAMED: &[&str] = &[
    "author",
    "bugs",
    "bundleDependencies",
    "bundledDependencies",
    "contributors",
    "dependencies",
    "dependenciesMeta",
    "description",
    "devDependencies",
    "homepage",
    "keywords",
    "license",
    "name",
    "optionalDependencies",
    "overrides",
    "packageManager",
    "peerDependencies",
    "peerDependenciesMeta",
    "pnpm",
    "repository",
    "resolutions",
    "trustedDependencies",
    "version",
    "workspaces",
];

/// Packages that are needed where files of these endings are.
const BY_ENDING: &[(&str, &[&str])] = &[
    ("coffeescript", &["coffee"]),
    ("less", &["less"]),
    ("node-sass", &["sass", "scss"]),
    ("preact", &["jsx", "tsx"]),
    ("react", &["jsx", "tsx"]),
    ("sass", &["sass", "scss"]),
    ("sass-embedded", &["sass", "scss"]),
    ("solid-js", &["jsx", "tsx"]),
    ("stylus", &["styl"]),
    ("svelte", &["svelte"]),
    ("typescript", &["cts", "mts", "ts", "tsx"]),
    ("vue", &["vue"]),
];

/// Packages that a setting of another tool asks for.
const BY_SETTING: &[(&str, &str)] = &[
    ("tslib", "importHelpers"),
    ("@swc/helpers", "externalHelpers"),
];

/// One place that names a dependency.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Evidence {
    /// `import`, `text`, `configuration`, `script`, `file`, `types`, `peer`.
    pub by: &'static str,
    pub file: String,
    /// From 1.
    pub line: u32,
    /// What stands there.
    pub text: String,
}

/// Every use of what is declared.
pub(super) struct Uses<'a> {
    request: &'a Request<'a>,
    names: BTreeMap<&'a str, usize>,
    /// Commands, short names, fields of `package.json` that are a tool's.
    tools: BTreeMap<String, Vec<usize>>,
    /// By dependency and owner, and whether it is configuration.
    found: BTreeMap<(usize, usize, bool), Vec<Evidence>>,
    /// Dependencies of which nobody knows the commands.
    without_commands: BTreeSet<usize>,
}

impl<'a> Uses<'a> {
    pub(super) fn of(request: &'a Request<'a>) -> Self {
        let manifests = request.project.manifests.iter();
        let asked = manifests.flat_map(|(manifest, _)| manifest.asked());
        let all: BTreeSet<&str> = asked.map(|asked| asked.name.as_str()).collect();
        let names: BTreeMap<&str, usize> = all
            .into_iter()
            .enumerate()
            .map(|(index, name)| (name, index))
            .collect();
        let mut uses = Self {
            request,
            names,
            tools: BTreeMap::new(),
            found: BTreeMap::new(),
            without_commands: BTreeSet::new(),
        };
        uses.learn_tools();
        for file in &request.sources.files {
            uses.file(file);
        }
        for (path, file) in request.imports {
            for (specifier, line) in &file.imports {
                if let Some(index) = package_of(specifier).and_then(|name| uses.names.get(name)) {
                    uses.add(*index, path, false, "import", *line, specifier);
                }
            }
        }
        for index in 0..request.project.manifests.len() {
            uses.manifest(index);
        }
        uses.file_names();
        uses.peers();
        uses.types();
        uses
    }

    /// Whether what this manifest declares is used: in its own files, those of a root in all; configuration of the root counts
    /// for all.
    pub(super) fn of_declared(&self, manifest: usize, name: &str) -> Known<Vec<Evidence>> {
        let Some(dependency) = self.names.get(name).copied() else {
            return Known::Unknown {
                why: "it is not among what is declared".to_owned(),
            };
        };
        let is_root = self.request.project.manifests[manifest].0.path.is_empty();
        let root = self.root();
        let of_dependency = self
            .found
            .range((dependency, 0, false)..=(dependency, usize::MAX, true));
        let counted = of_dependency.filter(|((_, owner, is_configuration), _)| {
            is_root || *owner == manifest || *is_configuration && Some(*owner) == root
        });
        let mut places: Vec<Evidence> = counted.flat_map(|(_, places)| places.clone()).collect();
        places.sort();
        places.dedup();
        places.truncate(MOST_PLACES);
        if !places.is_empty() {
            return Known::Ok {
                value: Some(places),
            };
        }
        if let Some((path, why)) = self.request.sources.unread.first() {
            let why = format!("{path} was not read: {why}");
            return Known::Unknown { why };
        }
        match self.without_commands.contains(&dependency) {
            true => Known::Unknown {
                why: "its commands are not known: it is not installed, and no registry told them"
                    .to_owned(),
            },
            false => Known::Found { value: Vec::new() },
        }
    }

    fn root(&self) -> Option<usize> {
        let mut manifests = self.request.project.manifests.iter();
        manifests.position(|(manifest, _)| manifest.path.is_empty())
    }

    /// The manifest whose folder a file lies in.
    fn owner(&self, path: &str) -> usize {
        let manifests = self.request.project.manifests.iter().enumerate();
        let around = manifests.filter(|(_, (manifest, _))| {
            let rest = path.strip_prefix(manifest.path.as_str());
            manifest.path.is_empty() || rest.is_some_and(|rest| rest.starts_with('/'))
        });
        let nearest = around.max_by_key(|(_, (manifest, _))| manifest.path.len());
        nearest.map_or(0, |(index, _)| index)
    }

    fn add(
        &mut self,
        dependency: usize,
        path: &str,
        is_configuration: bool,
        by: &'static str,
        line: u32,
        text: &str,
    ) {
        let key = (dependency, self.owner(path), is_configuration);
        let places = self.found.entry(key).or_default();
        if places.len() < MOST_PLACES {
            places.push(Evidence {
                by,
                file: path.to_owned(),
                line,
                text: shown(text),
            });
        }
    }

    /// Whether there is room for another place, so that none is looked up in vain.
    fn wants(&self, dependency: usize, owner: usize, is_configuration: bool) -> bool {
        let places = self.found.get(&(dependency, owner, is_configuration));
        places.is_none_or(|places| places.len() < MOST_PLACES)
    }

    fn learn_tools(&mut self) {
        let mut tools: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let names: Vec<(&str, usize)> = self
            .names
            .iter()
            .map(|(name, index)| (*name, *index))
            .collect();
        for (name, index) in names {
            let commands = self.commands(name);
            if commands.is_none() {
                self.without_commands.insert(index);
            }
            let mut own: BTreeSet<String> = short_names::of(name).into_iter().collect();
            for stem in stems(name, commands.iter().flatten().map(String::as_str)) {
                own.insert(format!("{stem}Config"));
            }
            own.extend(commands.into_iter().flatten());
            let setting = BY_SETTING.iter().find(|(package, _)| *package == name);
            own.extend(setting.map(|(_, word)| (*word).to_owned()));
            for word in own {
                tools.entry(word).or_default().push(index);
            }
        }
        self.tools = tools;
    }

    /// Of every version in the lockfile that is imported by this name; nothing if nobody knows.
    fn commands(&self, name: &str) -> Option<Vec<String>> {
        // Types run nothing.
        if name.starts_with("@types/") {
            return Some(Vec::new());
        }
        let lockfile = &self.request.project.lockfile;
        let importers = lockfile
            .importers
            .iter()
            .map(|index| &lockfile.entries[*index as usize]);
        let asked = importers.flat_map(|importer| &importer.dependencies);
        let targets = asked.filter(|dependency| *dependency.name == *name);
        let mut found = None;
        for to in targets.filter_map(|dependency| dependency.to) {
            let entry = &lockfile.entries[to as usize];
            let version = entry
                .version
                .as_ref()
                .map_or("", |version| version.as_str());
            let installed = self.request.installed.get(&entry.name, version);
            let registry = self.request.registry.get(&*entry.name);
            let own = match (installed, registry) {
                (Some(copy), _) => Some(copy.commands.clone()),
                (None, Some(registry)) => registry.commands(version),
                // A workspace's own are looked up like anybody's: by name.
                (None, None) if entry.source == Source::Workspace => Some(Vec::new()),
                (None, None) => None,
            };
            found.get_or_insert_with(Vec::new).extend(own?);
        }
        found
    }

    fn file(&mut self, file: &OwnFile) {
        let text = String::from_utf8_lossy(&file.bytes);
        let owner = self.owner(&file.path);
        let is_configuration = file.is_configuration();
        let by = if is_configuration {
            "configuration"
        } else {
            "text"
        };
        let mut found: Vec<(usize, usize, String)> = Vec::new();
        let mut see = |uses: &Self, offset: usize, word: &str, with_tools: bool| {
            for name in meanings(word) {
                let tools = match with_tools {
                    true => uses.tools.get(name).map_or(&[][..], Vec::as_slice),
                    false => &[],
                };
                for dependency in uses.names.get(name).into_iter().chain(tools) {
                    let is_told = found
                        .iter()
                        .filter(|(known, ..)| known == dependency)
                        .count();
                    if is_told < MOST_PLACES && uses.wants(*dependency, owner, is_configuration) {
                        found.push((*dependency, offset, word.to_owned()));
                    }
                }
            }
        };
        if file.role == Role::Source {
            for (offset, quoted) in quoted(&text) {
                if is_configuration {
                    for (inner, word) in words(quoted) {
                        see(self, offset + inner, word, true);
                    }
                } else {
                    // Loaders are written one after the other.
                    for part in quoted.split('!') {
                        see(self, offset, part, false);
                    }
                }
            }
            for (offset, word) in marked(&text) {
                see(self, offset, word, true);
            }
        } else {
            for (offset, word) in words(&text) {
                see(self, offset, word, file.role == Role::Configuration);
            }
        }
        for (dependency, offset, word) in found {
            let line = Place::of(&text, offset).line;
            self.add(dependency, &file.path, is_configuration, by, line, &word);
        }
    }

    /// Scripts and all other fields.
    fn manifest(&mut self, index: usize) {
        let (manifest, text) = &self.request.project.manifests[index];
        let path = path_of(&manifest.path);
        // It was read before, or there would be no project.
        let Ok(root) = json::parse(text, Dialect::Strict) else {
            return;
        };
        let mut found: Vec<(&'static str, Spot, String)> = Vec::new();
        for field in root.fields() {
            if ONLY_NAMED.contains(&&*field.key) {
                continue;
            }
            let by = if field.key == "scripts" {
                "script"
            } else {
                "configuration"
            };
            if by == "configuration" {
                found.push((by, field.at, field.key.to_string()));
            }
            let mut open: Vec<&Node<'_>> = vec![&field.node];
            while let Some(node) = open.pop() {
                for inner in node.fields() {
                    // Names of scripts are the project's own words.
                    if by == "configuration" {
                        found.push((by, inner.at, inner.key.to_string()));
                    }
                    open.push(&inner.node);
                }
                open.extend(node.items());
                if let Some(text) = node.as_str() {
                    found.push((by, node.at, text.to_owned()));
                }
            }
        }
        for (by, spot, value) in found {
            let line = Place::of(text, spot.start as usize).line;
            for (_, word) in words(&value) {
                for name in meanings(word) {
                    let known = self.names.get(name).copied();
                    let tools = self.tools.get(name).cloned().unwrap_or_default();
                    for dependency in known.into_iter().chain(tools) {
                        self.add(dependency, &path, true, by, line, word);
                    }
                }
            }
        }
    }

    /// Files that are there for a tool: its configuration, and endings that only it reads.
    fn file_names(&mut self) {
        let mut by_stem: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut by_ending: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (name, index) in &self.names {
            let commands = self.commands(name).unwrap_or_default();
            for stem in stems(name, commands.iter().map(String::as_str)) {
                by_stem.entry(stem).or_default().push(*index);
            }
            let endings = BY_ENDING.iter().filter(|(package, _)| package == name);
            for ending in endings.flat_map(|(_, endings)| endings.iter()) {
                by_ending.entry(ending).or_default().push(*index);
            }
        }
        let mut found = Vec::new();
        for path in &self.request.sources.names {
            let name = split(path).1;
            let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
            for index in by_ending.get(ending).into_iter().flatten() {
                found.push((*index, path.clone()));
            }
            for stem in stems_of_file(path) {
                for index in by_stem.get(&stem).into_iter().flatten() {
                    found.push((*index, path.clone()));
                }
            }
        }
        for (index, path) in found {
            self.add(index, &path, true, "file", 1, split(&path).1);
        }
    }

    /// What another package of the tree asks the project for.
    fn peers(&mut self) {
        let project = self.request.project;
        let path = project.path();
        let mut found = Vec::new();
        for entry in project.lockfile.packages() {
            let peers = entry
                .dependencies
                .iter()
                .filter(|asked| asked.kind == Kind::Peer);
            for peer in peers {
                if let Some(index) = self.names.get(&*peer.name) {
                    found.push((*index, peer.at, entry.id()));
                }
            }
        }
        for (index, at, id) in found {
            let key_wants = self.root().is_none_or(|root| self.wants(index, root, true));
            if key_wants {
                let line = Place::of(&project.text, at.start as usize).line;
                self.add(index, &path, true, "peer", line, &id);
            }
        }
    }

    /// Types are used where what they are of is.
    fn types(&mut self) {
        let scripts = self.request.sources.files.iter();
        let script = scripts.clone().find(|file| file.role == Role::Source);
        let typed: Vec<(usize, String)> = self
            .names
            .iter()
            .filter_map(|(name, index)| Some((*index, short_names::typed(name)?)))
            .collect();
        for (index, of) in typed {
            let known = self.names.get(of.as_str()).copied();
            let place = known.and_then(|known| {
                let found = self
                    .found
                    .range((known, 0, false)..=(known, usize::MAX, true));
                found.flat_map(|(_, places)| places).next().cloned()
            });
            let place = match place {
                Some(place) => Some(place),
                None if of == "node" => script.map(|file| Evidence {
                    by: "types",
                    file: file.path.clone(),
                    line: 1,
                    text: of.clone(),
                }),
                None => None,
            };
            if let Some(place) = place {
                let Evidence { file, line, .. } = place;
                self.add(index, &file, true, "types", line, &of);
            }
        }
        // Types of what no manifest declares, but files import.
        let imported: Vec<(usize, String, u32, String)> = self
            .request
            .imports
            .iter()
            .flat_map(|(path, file)| {
                file.imports
                    .iter()
                    .map(move |(text, line)| (path, text, line))
            })
            .filter_map(|(path, specifier, line)| {
                let name = package_of(specifier)?;
                let types = format!("@types/{}", name.trim_start_matches('@').replace('/', "__"));
                let index = self.names.get(types.as_str())?;
                (!builtins::is_builtin(name) || types == "@types/node")
                    .then(|| (*index, path.clone(), *line, specifier.clone()))
            })
            .collect();
        for (index, path, line, specifier) in imported {
            self.add(index, &path, false, "types", line, &specifier);
        }
    }
}

/// What a tool's own files begin with: its name without a scope, and its commands.
fn stems<'c>(package: &'c str, commands: impl Iterator<Item = &'c str>) -> BTreeSet<String> {
    let bare = package.rsplit('/').next().unwrap_or(package);
    std::iter::once(bare)
        .chain(commands)
        .filter(|stem| stem.len() > 1)
        .map(str::to_owned)
        .collect()
}

/// `jest` of `jest.config.js`, `eslint` of `.eslintrc.json`, `husky` of `.husky/pre-commit`, `biome` of `biome.json`.
fn stems_of_file(path: &str) -> Vec<String> {
    let mut stems = Vec::new();
    let folders = split(path)
        .0
        .split('/')
        .filter_map(|folder| folder.strip_prefix('.'));
    stems.extend(folders.map(str::to_owned));
    let name = split(path).1;
    let is_hidden = name.starts_with('.');
    let name = name.trim_start_matches('.');
    let (first, rest) = name.split_once('.').unwrap_or((name, ""));
    let is_data = ["json", "jsonc", "toml", "yaml", "yml"].contains(&rest);
    let is_configuration =
        rest.starts_with("config.") || rest.starts_with("conf.") || is_data || is_hidden;
    if is_configuration {
        stems.push(first.to_owned());
    }
    if let Some(stem) = first.strip_suffix("rc").filter(|_| is_hidden || is_data) {
        stems.push(stem.to_owned());
    }
    if let Some(stem) = first.strip_suffix("ignore").filter(|_| is_hidden) {
        stems.push(stem.to_owned());
    }
    if let Some(stem) = first.strip_suffix("file") {
        stems.push(stem.to_ascii_lowercase());
    }
    stems
}
