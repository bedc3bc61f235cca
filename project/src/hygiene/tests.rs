use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use bytes::Bytes;
use lazaret_npm::PackageName;
use lazaret_npm::packument::Packument;
use serde_json::json;

use super::*;
use crate::files::Files;

/// A project on the disk.
struct Ship(tempfile::TempDir);

impl Ship {
    fn new(files: &[(&str, &str)]) -> Self {
        let ship = Self(tempfile::tempdir().unwrap());
        for (path, content) in files {
            let path = ship.0.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        ship
    }

    fn root(&self) -> &Path {
        self.0.path()
    }

    fn study(
        &self,
        imports: &[(&str, &str)],
        registry: &BTreeMap<String, FromRegistry>,
    ) -> Hygiene {
        let files = Files::below(self.root()).unwrap();
        let project = Project::read(&files, "package-lock.json").unwrap();
        let workspaces: Vec<String> = project
            .manifests
            .iter()
            .map(|(own, _)| own.path.clone())
            .collect();
        let mut by_file: BTreeMap<String, FileImports> = BTreeMap::new();
        for (path, specifier) in imports {
            let file = by_file.entry((*path).to_owned()).or_default();
            file.imports.push(((*specifier).to_owned(), 1));
        }
        Hygiene::of(&Request {
            project: &project,
            sources: &Sources::below(self.root(), &workspaces),
            imports: &by_file,
            installed: &Installed::below(self.root(), &workspaces),
            registry,
            all_packages: false,
            old_before: "2022-01-01T00:00:00Z".parse().unwrap(),
        })
    }
}

/// A lockfile of version 3: each package with what it needs.
fn lock(root: serde_json::Value, packages: &[(&str, &str, &[&str])]) -> String {
    let mut entries = json!({ "": root });
    for (path, version, needs) in packages {
        let needs: BTreeMap<&str, &str> = needs.iter().map(|name| (*name, "*")).collect();
        entries[format!("node_modules/{path}")] =
            json!({ "version": version, "dependencies": needs });
    }
    json!({ "name": "ship", "lockfileVersion": 3, "packages": entries }).to_string()
}

fn manifest(dependencies: &[&str], more: serde_json::Value) -> serde_json::Value {
    let list: BTreeMap<&str, &str> = dependencies.iter().map(|name| (*name, "*")).collect();
    let mut manifest = json!({ "name": "ship", "dependencies": list });
    for (key, value) in more.as_object().unwrap() {
        manifest[key] = value.clone();
    }
    manifest
}

/// Documents that say nothing but which commands there are: then nothing is unknown.
fn documents(packages: &[(&str, serde_json::Value)]) -> BTreeMap<String, FromRegistry> {
    let mut found = BTreeMap::new();
    for (name, more) in packages {
        let mut version = json!({ "name": name, "version": "1.0.0" });
        for (key, value) in more.as_object().unwrap() {
            version[key] = value.clone();
        }
        let document = json!({ "name": name, "versions": { "1.0.0": version } });
        let name = PackageName::parse(name).unwrap();
        let document = Packument::parse(&name, Bytes::from(document.to_string())).unwrap();
        let versions = BTreeSet::from(["1.0.0".to_owned()]);
        found.insert(name.to_string(), FromRegistry::of(&document, &versions));
    }
    found
}

fn ship_of(dependencies: &[&str], more: serde_json::Value, files: &[(&str, &str)]) -> Ship {
    let manifest = manifest(dependencies, more);
    let packages: Vec<(&str, &str, &[&str])> = dependencies
        .iter()
        .map(|name| (*name, "1.0.0", &[][..]))
        .collect();
    let lock = lock(manifest.clone(), &packages);
    let manifest = manifest.to_string();
    let mut all = vec![
        ("package.json", manifest.as_str()),
        ("package-lock.json", lock.as_str()),
    ];
    all.extend(files);
    Ship::new(&all)
}

fn unused(found: &Hygiene) -> Vec<&str> {
    found
        .unused()
        .map(|declared| declared.name.as_str())
        .collect()
}

#[test]
fn what_yarn_makes_uses_nothing() {
    let map = r#"const state = '{"packageRegistryData": [["idle", []]]}'"#;
    let ship = ship_of(
        &["idle"],
        json!({}),
        &[
            (".pnp.cjs", map),
            (".pnp.data.json", map),
            (".pnp.loader.mjs", map),
            (".yarn/releases/yarn-4.0.0.cjs", "require('idle')"),
        ],
    );
    let found = ship.study(&[], &documents(&[("idle", json!({}))]));
    assert_eq!(unused(&found), ["idle"]);
    let left_out = found.looked_at.left_out.iter();
    let left_out: Vec<&str> = left_out.map(|(path, _)| path.as_str()).collect();
    assert_eq!(left_out, [".pnp.cjs", ".pnp.data.json", ".pnp.loader.mjs"]);
}

#[test]
fn what_is_named_anywhere_is_used() {
    let names = [
        "boat",
        "by-style",
        "by-yaml",
        "css-loader",
        "eslint",
        "eslint-plugin-sea",
        "jest",
        "left-over",
        "react",
        "tool",
        "typescript",
    ];
    let ship = ship_of(
        &names,
        json!({ "scripts": { "build": "NODE_ENV=x run-tool --fast" }, "jest": {} }),
        &[
            ("src/a.tsx", "import x from 'boat/lib'"),
            ("src/a.scss", "@import '~by-style/scss';"),
            (".github/workflows/a.yml", "run: npx by-yaml@2 --check"),
            ("webpack.config.js", "module.exports = { use: 'css' }"),
            (".eslintrc.json", "{\"plugins\": [\"sea\"]}"),
            ("README.md", "left-over is great"),
        ],
    );
    let commands: Vec<(&str, serde_json::Value)> = names
        .iter()
        .map(|name| {
            let bin = if *name == "tool" {
                json!({ "run-tool": "a.js" })
            } else {
                json!({})
            };
            (*name, json!({ "bin": bin }))
        })
        .collect();
    let found = ship.study(&[("src/a.tsx", "boat/lib")], &documents(&commands));
    assert_eq!(unused(&found), ["left-over"]);
    let places = |name: &str| match &found
        .declared
        .iter()
        .find(|one| one.name == name)
        .unwrap()
        .used
    {
        Known::Ok {
            value: Some(places),
        } => places.clone(),
        other => panic!("{name}: {other:?}"),
    };
    let script = &places("tool")[0];
    assert_eq!(
        (script.by, script.file.as_str(), script.text.as_str()),
        ("script", "package.json", "run-tool")
    );
    assert_eq!(places("by-yaml")[0].file, ".github/workflows/a.yml");
    assert!(
        places("boat")
            .iter()
            .any(|place| place.by == "import" && place.text == "boat/lib")
    );
    // It is told where was looked, so that nobody needs to believe it.
    assert_eq!(
        found.looked_at.files["source"],
        ["src/a.tsx", "webpack.config.js"]
    );
    assert_eq!(found.looked_at.files["style"], ["src/a.scss"]);
    assert_eq!(found.looked_at.manifests, ["package.json"]);
}

#[test]
fn what_nobody_can_tell_is_unknown_and_not_unused() {
    let ship = ship_of(&["boat", "crane"], json!({}), &[("index.js", "")]);
    let found = ship.study(&[], &documents(&[("boat", json!({}))]));
    assert_eq!(unused(&found), ["boat"]);
    let crane = &found.declared[1];
    assert!(
        matches!(&crane.used, Known::Unknown { why } if why.contains("commands")),
        "{crane:?}"
    );
    for facts in &found.packages {
        assert!(
            matches!(facts.maintainers, Known::Unknown { .. }),
            "{facts:?}"
        );
        assert!(
            matches!(facts.repository, Known::Unknown { .. }),
            "{facts:?}"
        );
    }
}

#[test]
fn types_and_peers_are_used_with_what_they_belong_to() {
    let root = manifest(
        &[
            "@types/boat",
            "@types/idle",
            "@types/node",
            "boat",
            "crane",
            "dock",
        ],
        json!({}),
    );
    let lock = json!({ "name": "ship", "lockfileVersion": 3, "packages": {
        "": root.clone(),
        "node_modules/@types/boat": { "version": "1.0.0" }, "node_modules/@types/idle": { "version": "1.0.0" },
        "node_modules/@types/node": { "version": "1.0.0" }, "node_modules/boat": { "version": "1.0.0" },
        "node_modules/crane": { "version": "1.0.0", "peerDependencies": { "dock": "1" } },
        "node_modules/dock": { "version": "1.0.0" } } });
    let ship = Ship::new(&[
        ("package.json", &root.to_string()),
        ("package-lock.json", &lock.to_string()),
        ("a.js", "require('boat')"),
    ]);
    let told = documents(&[
        ("boat", json!({})),
        ("crane", json!({})),
        ("dock", json!({})),
    ]);
    let found = ship.study(&[("a.js", "boat")], &told);
    assert_eq!(unused(&found), ["@types/idle", "crane"]);
}

#[test]
fn imports_of_nothing_declared_are_told_with_what_brings_them() {
    let root = manifest(&["boat"], json!({ "scripts": {} }));
    let lock = lock(
        root.clone(),
        &[("boat", "1.0.0", &["plank"]), ("plank", "2.0.0", &[])],
    );
    let ship = Ship::new(&[
        ("package.json", &root.to_string()),
        ("package-lock.json", &lock),
        (
            "tsconfig.json",
            "{ // paths\n\"compilerOptions\": {\"paths\": {\"@own/*\": [\"src/*\"]}}, }",
        ),
        ("src/lib/a.ts", ""),
        ("src/main.ts", ""),
    ]);
    let imports = [
        "plank/x",
        "nowhere",
        "@own/a",
        "lib/a",
        "fs/promises",
        "node:fs",
        "./a",
        "ship",
        "boat",
        "https://code.invalid/a",
    ];
    let imports: Vec<(&str, &str)> = imports
        .iter()
        .map(|specifier| ("src/main.ts", *specifier))
        .collect();
    let found = ship.study(&imports, &BTreeMap::new());
    let told: Vec<(&str, bool)> = found
        .undeclared
        .iter()
        .map(|one| (one.name.as_str(), one.comes_with.is_found()))
        .collect();
    assert_eq!(told, [("nowhere", false), ("plank", true)]);
    let Known::Found { value } = &found.undeclared[1].comes_with else {
        panic!("it is known");
    };
    assert_eq!(value, &["boat@1.0.0"]);
    assert_eq!(found.undeclared[1].manifest, "package.json");
}

#[test]
fn a_workspace_answers_for_itself_and_the_root_for_all() {
    let root = json!({ "name": "fleet", "workspaces": ["packages/*"], "devDependencies": { "tool": "*", "shared": "*" } });
    let one = json!({ "name": "one", "dependencies": { "boat": "*", "idle": "*" } });
    let lock = json!({ "name": "fleet", "lockfileVersion": 3, "packages": {
        "": root.clone(), "packages/one": one.clone(),
        "node_modules/one": { "resolved": "packages/one", "link": true },
        "node_modules/boat": { "version": "1.0.0" }, "node_modules/idle": { "version": "1.0.0" },
        "node_modules/shared": { "version": "1.0.0" }, "node_modules/tool": { "version": "1.0.0" } } });
    let ship = Ship::new(&[
        ("package.json", &root.to_string()),
        ("package-lock.json", &lock.to_string()),
        ("packages/one/package.json", &one.to_string()),
        ("packages/one/a.js", "require('boat'); require('shared')"),
        ("tool.config.js", ""),
        ("scripts/b.js", "require('idle')"),
        ("examples/x/package.json", "{}"),
        ("examples/x/a.js", "require('elsewhere')"),
    ]);
    let names = ["boat", "idle", "shared", "tool"].map(|name| (name, json!({})));
    let imports = [
        ("packages/one/a.js", "boat"),
        ("packages/one/a.js", "shared"),
        ("scripts/b.js", "idle"),
    ];
    let found = ship.study(&imports, &documents(&names));
    // What the root's own scripts use is no use by the workspace.
    assert_eq!(unused(&found), ["idle"]);
    let undeclared: Vec<&str> = found
        .undeclared
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(undeclared, ["idle"]);
    assert!(
        found
            .looked_at
            .left_out
            .iter()
            .any(|(path, _)| path == "examples/x")
    );
}

#[test]
fn removal_takes_what_nothing_else_needs() {
    let root = manifest(&["boat", "crane"], json!({}));
    let lock = lock(
        root.clone(),
        &[
            ("boat", "1.0.0", &["plank", "rope"]),
            ("crane", "1.0.0", &["rope"]),
            ("plank", "1.0.0", &["nail"]),
            ("nail", "1.0.0", &["plank"]),
            ("rope", "1.0.0", &[]),
        ],
    );
    let nail = r#"{"name":"nail","version":"1.0.0","scripts":{"install":"node a"}}"#;
    let ship = Ship::new(&[
        ("package.json", &root.to_string()),
        ("package-lock.json", &lock),
        ("node_modules/nail/package.json", nail),
    ]);
    let person = |name: &str| json!({ "maintainers": [{ "name": name }] });
    let told = documents(&[
        ("boat", person("ann")),
        ("plank", person("ann")),
        ("nail", person("ben")),
        ("crane", person("cas")),
        ("rope", person("ben")),
    ]);
    let found = ship.study(&[], &told);
    let boat = found.declared[0].removal.as_ref().unwrap();
    assert_eq!(boat.ids, ["boat@1.0.0", "nail@1.0.0", "plank@1.0.0"]);
    assert_eq!(
        (boat.packages, boat.bytes, boat.not_measured),
        (3, nail.len() as u64, 2)
    );
    assert_eq!(boat.install_scripts, ["nail@1.0.0"]);
    assert_eq!(boat.install_scripts_unknown, 0);
    // Ben still has the rope.
    assert_eq!(
        boat.maintainers,
        Known::Ok {
            value: Some(vec!["ann".to_owned()])
        }
    );
    assert_eq!(
        found.declared[1].removal.as_ref().unwrap().ids,
        ["crane@1.0.0"]
    );
}

#[test]
fn versions_that_no_range_spans_are_duplicates() {
    let root = manifest(&["boat", "rope"], json!({}));
    let lock = lock(
        root.clone(),
        &[
            ("boat", "1.0.0", &["rope"]),
            ("rope", "0.2.1", &[]),
            ("boat/node_modules/rope", "0.3.0", &[]),
            ("boat/node_modules/nail", "1.1.0", &[]),
            ("nail", "1.0.0", &[]),
        ],
    );
    let ship = Ship::new(&[
        ("package.json", &root.to_string()),
        ("package-lock.json", &lock),
    ]);
    let found = ship.study(&[], &BTreeMap::new());
    let names: Vec<&str> = found
        .duplicates
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(names, ["rope"]);
    let majors: Vec<&str> = found.duplicates[0]
        .majors
        .iter()
        .map(|one| one.major.as_str())
        .collect();
    assert_eq!(majors, ["0.2", "0.3"]);
    assert_eq!(found.duplicates[0].majors[1].needed_by, ["boat@1.0.0"]);
}

#[test]
fn single_facts_come_from_the_registry() {
    let ship = ship_of(&["boat", "crane"], json!({}), &[]);
    let boat = json!({
        "name": "boat", "maintainers": [{ "name": "ann" }],
        "time": { "1.0.0": "2020-01-01T00:00:00Z" },
        "versions": { "1.0.0": { "name": "boat", "version": "1.0.0", "deprecated": "use crane\u{7}" } }
    });
    let crane = json!({
        "name": "crane", "maintainers": [{ "name": "ann" }, "ben <b@code.invalid>"],
        "repository": { "url": "git+https://code.invalid/crane.git" },
        "time": { "1.0.0": "2026-01-01T00:00:00Z" },
        "versions": { "1.0.0": { "name": "crane", "version": "1.0.0" } }
    });
    let mut told = BTreeMap::new();
    for document in [boat, crane] {
        let name = PackageName::parse(document["name"].as_str().unwrap()).unwrap();
        let document = Packument::parse(&name, Bytes::from(document.to_string())).unwrap();
        let versions = BTreeSet::from(["1.0.0".to_owned()]);
        told.insert(name.to_string(), FromRegistry::of(&document, &versions));
    }
    let found = ship.study(&[], &told);
    let [boat, crane] = found.packages.as_slice() else {
        panic!("two are asked for");
    };
    assert!(
        matches!(&boat.deprecated, Known::Found { value } if value.starts_with("use crane") && !value.contains('\u{7}'))
    );
    assert!(
        boat.last_release.is_found() && boat.maintainers.is_found() && boat.repository.is_found()
    );
    assert_eq!(crane.deprecated, Known::Ok { value: None });
    assert!(matches!(crane.last_release, Known::Ok { .. }));
    assert!(matches!(&crane.maintainers, Known::Ok { value: Some(people) } if people.len() == 2));
    assert!(matches!(crane.repository, Known::Ok { .. }));
}
