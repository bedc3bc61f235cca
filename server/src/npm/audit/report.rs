//! npm's version 1 audit report, which npm 6, pnpm up to 10 and yarn 3 ask for.

use std::collections::{BTreeMap, BTreeSet};

use lazaret_npm::PackageName;
use lazaret_policy::Severity;
use lazaret_policy::audit::BulkEntry;
use serde::{Deserialize, Serialize, de};

/// Paths named per finding; a package deep in a tree can have thousands.
const PATHS: usize = 25;

/// Bytes of paths that are told in full; after them only the package's own name is. A path is as long as the tree is
/// deep, so a small tree can have gigabytes of them. Real trees of 10,000 packages have some 600 KB.
const PATH_BYTES: usize = 4 << 20;

/// What an audit sends: a lockfile's shape. Nesting is bounded by the JSON reader.
#[derive(Deserialize)]
pub(super) struct Tree {
    #[serde(default)]
    dependencies: BTreeMap<String, Node>,
}

#[derive(Deserialize)]
struct Node {
    #[serde(default)]
    version: String,
    #[serde(default)]
    dev: bool,
    #[serde(default)]
    optional: bool,
    #[serde(default)]
    dependencies: BTreeMap<String, Self>,
}

/// Every place of the tree where one version of a package is.
type Places = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

impl Tree {
    /// A list is no tree, although a derived reader would take one for it: an empty one would be "no issues".
    pub(super) fn read(body: &[u8]) -> serde_json::Result<Self> {
        if body.trim_ascii_start().first() == Some(&b'[') {
            return Err(de::Error::custom("it is a list"));
        }
        serde_json::from_slice(body)
    }

    /// Names with their versions.
    pub(super) fn versions(&self) -> BTreeMap<String, Vec<String>> {
        let places = self.places();
        let versions = |of: BTreeMap<String, BTreeSet<String>>| of.into_keys().collect();
        places
            .into_iter()
            .map(|(name, of)| (name, versions(of)))
            .collect()
    }

    fn places(&self) -> Places {
        let mut places = Places::new();
        let mut bytes_left = PATH_BYTES;
        collect(&self.dependencies, "", &mut places, &mut bytes_left);
        places
    }
}

fn collect(
    nodes: &BTreeMap<String, Node>,
    above: &str,
    places: &mut Places,
    bytes_left: &mut usize,
) {
    for (name, node) in nodes {
        let path = if above.is_empty() || *bytes_left == 0 {
            name.clone()
        } else {
            format!("{above}>{name}")
        };
        *bytes_left = bytes_left.saturating_sub(path.len());
        collect(&node.dependencies, &path, places, bytes_left);
        let paths = places
            .entry(name.clone())
            .or_default()
            .entry(node.version.clone())
            .or_default();
        if paths.len() < PATHS {
            paths.insert(path);
        }
    }
}

#[derive(Serialize)]
pub(super) struct Report {
    actions: Vec<Action>,
    advisories: BTreeMap<String, Advisory>,
    muted: [(); 0],
    metadata: Metadata,
}

#[derive(Serialize)]
struct Action {
    action: &'static str,
    module: String,
    resolves: Vec<Resolve>,
}

#[derive(Serialize)]
struct Resolve {
    id: u32,
    path: String,
    dev: bool,
    optional: bool,
    bundled: bool,
}

#[derive(Serialize)]
struct Advisory {
    id: u32,
    findings: Vec<Finding>,
    module_name: String,
    title: String,
    severity: Severity,
    vulnerable_versions: String,
    patched_versions: &'static str,
    url: String,
    overview: String,
    recommendation: &'static str,
    cwe: Vec<String>,
    cves: [(); 0],
    access: &'static str,
}

#[derive(Serialize)]
struct Finding {
    version: String,
    paths: Vec<String>,
}

#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    vulnerabilities: BTreeMap<&'static str, usize>,
    dependencies: usize,
    dev_dependencies: usize,
    optional_dependencies: usize,
    total_dependencies: usize,
}

impl Report {
    /// Asks `known` about every package of the tree; each finding is reported with the versions it affects.
    pub(super) fn of(tree: &Tree, known: impl Fn(&PackageName, &[&str]) -> Vec<BulkEntry>) -> Self {
        let mut report = Self {
            actions: Vec::new(),
            advisories: BTreeMap::new(),
            muted: [],
            metadata: counts(tree),
        };
        for (name, versions) in tree.places() {
            let Ok(parsed) = PackageName::parse(&name) else {
                continue;
            };
            let mut resolves = Vec::new();
            for (version, paths) in &versions {
                for entry in known(&parsed, &[version.as_str()]) {
                    resolves.extend(paths.iter().map(|path| Resolve {
                        id: entry.id,
                        path: path.clone(),
                        dev: false,
                        optional: false,
                        bundled: false,
                    }));
                    report.add(&name, version, paths, entry);
                }
            }
            if !resolves.is_empty() {
                report.actions.push(Action {
                    action: "review",
                    module: name,
                    resolves,
                });
            }
        }
        report
    }

    fn add(&mut self, name: &str, version: &str, paths: &BTreeSet<String>, entry: BulkEntry) {
        let level = self
            .metadata
            .vulnerabilities
            .entry(level(entry.severity))
            .or_default();
        *level += paths.len();
        let advisory = self
            .advisories
            .entry(entry.id.to_string())
            .or_insert_with(|| Advisory {
                id: entry.id,
                findings: Vec::new(),
                module_name: name.to_owned(),
                overview: entry.title.clone(),
                title: entry.title,
                severity: entry.severity,
                vulnerable_versions: entry.vulnerable_versions,
                patched_versions: "<0.0.0",
                url: entry.url,
                recommendation: "Move to a version that is not affected.",
                cwe: entry.cwe,
                cves: [],
                access: "public",
            });
        advisory.findings.push(Finding {
            version: version.to_owned(),
            paths: paths.iter().cloned().collect(),
        });
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Low => "low",
        Severity::Moderate => "moderate",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

fn counts(tree: &Tree) -> Metadata {
    let mut metadata = Metadata {
        vulnerabilities: ["info", "low", "moderate", "high", "critical"]
            .map(|level| (level, 0))
            .into(),
        ..Metadata::default()
    };
    let mut nodes: Vec<&Node> = tree.dependencies.values().collect();
    while let Some(node) = nodes.pop() {
        metadata.total_dependencies += 1;
        match (node.dev, node.optional) {
            (true, _) => metadata.dev_dependencies += 1,
            (_, true) => metadata.optional_dependencies += 1,
            _ => metadata.dependencies += 1,
        }
        nodes.extend(node.dependencies.values());
    }
    metadata
}
