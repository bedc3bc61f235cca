//! Plans and edits over hand-written projects; real lockfiles are fixed in `lazaret/tests/it/clients/fix.rs`.

use std::sync::Arc;

use lazaret_npm::packument::Packument;
use lazaret_npm::{Digests, PackageName};
use serde_json::{Value, json};

use super::*;
use crate::files::Files;

const NOW: &str = "2026-11-22T00:00:00Z";

/// A document: versions with their dependencies, all old unless a time is given.
fn package(name: &str, versions: &[(&str, Value)]) -> (String, Arc<Packument>) {
    let (mut listed, mut time) = (serde_json::Map::new(), serde_json::Map::new());
    for (version, more) in versions {
        let bare = name.rsplit('/').next().unwrap();
        let integrity = Digests::of(format!("{name}@{version}").as_bytes()).integrity();
        let mut manifest = json!({
            "name": name,
            "version": version,
            "dist": {
                "tarball": format!("https://mirror.example/{name}/-/{bare}-{version}.tgz"),
                "integrity": integrity,
            },
        });
        let published = more["published"].as_str().unwrap_or("2024-01-01T00:00:00Z");
        time.insert((*version).to_owned(), json!(published));
        for (key, value) in more.as_object().into_iter().flatten() {
            if key != "published" {
                manifest[key] = value.clone();
            }
        }
        listed.insert((*version).to_owned(), manifest);
    }
    let latest = versions.last().unwrap().0;
    let document =
        json!({"name": name, "dist-tags": {"latest": latest}, "versions": listed, "time": time});
    let parsed = PackageName::parse(name).unwrap();
    let bytes = document.to_string().into_bytes();
    (
        name.to_owned(),
        Arc::new(Packument::parse(&parsed, bytes.into()).unwrap()),
    )
}

fn integrity(id: &str) -> String {
    Digests::of(id.as_bytes()).integrity()
}

struct World {
    files: Files,
    lockfile: String,
    catalogue: Catalogue,
    bad: Vec<Bad>,
}

fn bad(id: &str, cause: Cause) -> Bad {
    let (name, version) = id.rsplit_once('@').unwrap();
    Bad {
        name: name.to_owned(),
        version: version.to_owned(),
        cause,
        ids: vec!["TEST-1".to_owned()],
        why: String::new(),
    }
}

impl World {
    fn new(
        files: &[(&str, String)],
        packages: &[(String, Arc<Packument>)],
        malicious: &[&str],
    ) -> Self {
        let mut world = Self {
            files: Files::default(),
            lockfile: String::new(),
            catalogue: Catalogue::default(),
            bad: malicious
                .iter()
                .map(|id| bad(id, Cause::Malicious))
                .collect(),
        };
        for (path, text) in files {
            world
                .files
                .contents
                .insert((*path).to_owned(), text.clone().into_bytes());
            if lazaret_npm::lockfile::FILES.contains(path) {
                world.lockfile = (*path).to_owned();
            }
        }
        for (name, document) in packages {
            world.catalogue.insert(name, Ok(Arc::clone(document)));
        }
        world
    }

    /// The plan, and the new files where it could be written and was proven.
    fn fixed(&self) -> (Plan, Result<BTreeMap<String, String>, String>) {
        let project = Project::read(&self.files, &self.lockfile).unwrap();
        let banned = self
            .bad
            .iter()
            .filter(|bad| bad.cause == Cause::Malicious)
            .map(Bad::id)
            .collect();
        let input = Input {
            project: &project,
            bad: &self.bad,
            catalogue: &self.catalogue,
            index: &AdvisoryIndex::empty(),
            indicators: &Indicators::default(),
            policy: &Policy::default(),
            banned: &banned,
            archives: &BTreeMap::new(),
            now: NOW.parse().unwrap(),
        };
        let plan = plan(&input);
        assert_eq!(plan.needs, BTreeSet::new());
        let new = apply(&input, &plan).and_then(|new| {
            proven(&self.files, &project, &plan, &new)?;
            Ok(new)
        });
        (plan, new)
    }

    fn remains(&self) -> String {
        let (plan, _) = self.fixed();
        let because: Vec<String> = plan
            .remains
            .iter()
            .map(|one| format!("{}: {}", one.bad.id(), one.because))
            .collect();
        because.join("\n")
    }

    /// The lines that differ, `-` and `+` before them.
    fn changed_lines(&self, path: &str) -> String {
        let (plan, new) = self.fixed();
        let new = new.unwrap_or_else(|why| panic!("{why}; {plan:#?}"));
        let old = self.files.text(path).unwrap();
        let new = new.get(path).map_or(old, String::as_str);
        let mut lines: Vec<String> = Vec::new();
        let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
        lines.extend(
            old.iter()
                .filter(|line| !new.contains(line))
                .map(|line| format!("-{}", line.trim())),
        );
        lines.extend(
            new.iter()
                .filter(|line| !old.contains(line))
                .map(|line| format!("+{}", line.trim())),
        );
        lines.join("\n")
    }
}

fn chalk() -> Vec<(String, Arc<Packument>)> {
    vec![package(
        "chalk",
        &[
            ("4.1.2", json!({})),
            ("5.5.0", json!({})),
            ("5.6.0", json!({})),
            ("5.6.1", json!({})),
            ("5.6.2", json!({"published": "2026-11-21T00:00:00Z"})),
        ],
    )]
}

fn package_lock(range: &str, entry: &str) -> String {
    format!(
        r#"{{
  "name": "app",
  "lockfileVersion": 3,
  "packages": {{
    "": {{
      "name": "app",
      "dependencies": {{
        "chalk": "{range}"
      }}
    }},
    "node_modules/chalk": {{
      "version": "5.6.1",
      "resolved": "https://registry.example/chalk/-/chalk-5.6.1.tgz",
      "integrity": "{}"{entry}
    }}
  }}
}}
"#,
        integrity("chalk@5.6.1")
    )
}

fn manifest(range: &str) -> String {
    format!("{{\n\t\"name\": \"app\",\n\t\"dependencies\": {{ \"chalk\": \"{range}\" }}\n}}")
}

#[test]
fn malicious_goes_down_in_its_range_and_keeps_its_host() {
    let world = World::new(
        &[
            ("package.json", manifest("^5.0.0")),
            ("package-lock.json", package_lock("^5.0.0", "")),
        ],
        &chalk(),
        &["chalk@5.6.1"],
    );
    let (plan, _) = world.fixed();
    assert_eq!(plan.steps[0].to, "chalk@5.6.0");
    assert_eq!(
        world.changed_lines("package-lock.json"),
        format!(
            "-\"version\": \"5.6.1\",\n-\"resolved\": \"https://registry.example/chalk/-/chalk-5.6.1.tgz\",\n-\"integrity\": \"{}\"\n\
             +\"version\": \"5.6.0\",\n+\"resolved\": \"https://registry.example/chalk/-/chalk-5.6.0.tgz\",\n+\"integrity\": \"{}\"",
            integrity("chalk@5.6.1"),
            integrity("chalk@5.6.0")
        )
    );
}

#[test]
fn a_range_of_the_project_gives_way_in_both_files() {
    let world = World::new(
        &[
            ("package.json", manifest("^5.6.1")),
            ("package-lock.json", package_lock("^5.6.1", "")),
        ],
        &chalk(),
        &["chalk@5.6.1"],
    );
    assert_eq!(
        world.changed_lines("package.json"),
        "-\"dependencies\": { \"chalk\": \"^5.6.1\" }\n+\"dependencies\": { \"chalk\": \"^5.6.0\" }"
    );
    assert!(
        world
            .changed_lines("package-lock.json")
            .contains("+\"chalk\": \"^5.6.0\"")
    );
}

#[test]
fn line_ends_tabs_and_a_missing_last_line_end_stay() {
    let old = package_lock("^5.0.0", "")
        .replace("  ", "\t")
        .replace('\n', "\r\n");
    let old = old.trim_end();
    let world = World::new(
        &[
            ("package.json", manifest("^5.0.0")),
            ("package-lock.json", old.to_owned()),
        ],
        &chalk(),
        &["chalk@5.6.1"],
    );
    let (_, new) = world.fixed();
    let expected = old
        .replace("5.6.1", "5.6.0")
        .replace(&integrity("chalk@5.6.1"), &integrity("chalk@5.6.0"));
    assert_eq!(new.unwrap()["package-lock.json"], expected);
}

#[test]
fn a_file_of_one_line_stays_one() {
    let old: Value = serde_json::from_str(&package_lock("^5.0.0", "")).unwrap();
    let world = World::new(
        &[
            ("package.json", manifest("^5.0.0")),
            ("package-lock.json", old.to_string()),
        ],
        &[
            package(
                "chalk",
                &[
                    ("5.6.0", json!({"dependencies": {"dye": "^1.0.0"}})),
                    ("5.6.1", json!({})),
                ],
            ),
            package(
                "dye",
                &[("1.4.0", json!({"bin": "./dye.js", "license": "MIT"}))],
            ),
        ],
        &["chalk@5.6.1"],
    );
    let (_, new) = world.fixed();
    let new = &new.unwrap()["package-lock.json"];
    assert!(!new.contains('\n'));
    let new: Value = serde_json::from_str(new).unwrap();
    let dye = &new["packages"]["node_modules/chalk/node_modules/dye"];
    assert_eq!(dye["version"], "1.4.0");
    assert_eq!(dye["bin"]["dye"], "dye.js");
    assert_eq!(
        dye["resolved"],
        "https://registry.example/dye/-/dye-1.4.0.tgz"
    );
}

#[test]
fn what_is_too_young_or_held_is_not_taken_and_the_reason_is_told() {
    let packages = [package(
        "chalk",
        &[
            ("5.6.1", json!({})),
            ("5.6.2", json!({"published": "2026-11-21T00:00:00Z"})),
        ],
    )];
    let world = World::new(
        &[
            ("package.json", manifest("^5.0.0")),
            ("package-lock.json", package_lock("^5.0.0", "")),
        ],
        &packages,
        &["chalk@5.6.1"],
    );
    assert!(
        world
            .remains()
            .contains("5.6.2 is held by the policy: cooldown"),
        "{}",
        world.remains()
    );
}

#[test]
fn what_cannot_be_done_with_certainty_is_left_and_said() {
    let cases: [(&str, &str, &str); 4] = [
        (
            "*",
            ",\n      \"inBundle\": true",
            "inside another package's tarball",
        ),
        ("github:chalk/chalk", "", ""),
        (">=5.6.1 <6", "", "has to be changed by hand"),
        ("catalog:", "", "asks for it as \"catalog:\""),
    ];
    for (range, entry, why) in cases {
        let world = World::new(
            &[
                ("package.json", manifest(range)),
                ("package-lock.json", package_lock(range, entry)),
            ],
            &chalk(),
            &["chalk@5.6.1"],
        );
        let (plan, new) = world.fixed();
        assert!(plan.steps.is_empty(), "{range}");
        assert_eq!(new, Ok(BTreeMap::new()));
        assert!(
            world.remains().contains(why),
            "{range}: {}",
            world.remains()
        );
    }
}

#[test]
fn a_dependency_that_nothing_answers_keeps_the_plan_from_being_made() {
    let packages = [
        package(
            "chalk",
            &[
                ("5.6.0", json!({"dependencies": {"dye": "^1.0.0"}})),
                ("5.6.1", json!({})),
            ],
        ),
        package("dye", &[("2.0.0", json!({}))]),
    ];
    let world = World::new(
        &[
            ("package.json", manifest("5.x")),
            ("package-lock.json", package_lock("5.x", "")),
        ],
        &packages,
        &["chalk@5.6.1"],
    );
    assert!(
        world
            .remains()
            .contains("no version of dye that may be taken is in ^1.0.0"),
        "{}",
        world.remains()
    );
}

#[test]
fn an_override_of_the_project_is_not_contradicted() {
    let manifest =
        r#"{"name": "app", "dependencies": {"chalk": "^5.0.0"}, "overrides": {"chalk": "5.6.1"}}"#;
    let world = World::new(
        &[
            ("package.json", manifest.to_owned()),
            ("package-lock.json", package_lock("^5.0.0", "")),
        ],
        &chalk(),
        &["chalk@5.6.1"],
    );
    assert!(
        world
            .remains()
            .contains("the project's own overrides ask for chalk"),
        "{}",
        world.remains()
    );
}

#[test]
fn a_vulnerable_version_goes_up_to_the_nearest_of_its_major() {
    let packages = [package(
        "chalk",
        &[
            ("4.1.2", json!({})),
            ("5.6.1", json!({})),
            ("5.6.3", json!({})),
            ("5.7.0", json!({})),
            ("6.0.0", json!({})),
        ],
    )];
    let mut world = World::new(
        &[
            ("package.json", manifest("~5.6.0")),
            ("package-lock.json", package_lock("~5.6.0", "")),
        ],
        &packages,
        &[],
    );
    world.bad = vec![bad("chalk@5.6.1", Cause::Vulnerable)];
    assert_eq!(world.fixed().0.steps[0].to, "chalk@5.6.3");
}

const YARN: &str = "# THIS IS AN AUTOGENERATED FILE. DO NOT EDIT THIS FILE DIRECTLY.\n# yarn lockfile v1\n\n\nchalk@^5.0.0:\n  version \"5.6.1\"\n  resolved \"https://registry.example/chalk/-/chalk-5.6.1.tgz#00\"\n  integrity sha512-old\n\nmast@^1.0.0:\n  version \"1.0.0\"\n  resolved \"https://registry.example/mast/-/mast-1.0.0.tgz#01\"\n  dependencies:\n    chalk \"^5.0.0\"\n";

#[test]
fn yarn_keeps_its_form() {
    let manifest = r#"{"name": "app", "dependencies": {"chalk": "^5.0.0", "mast": "^1.0.0"}}"#;
    for text in [
        YARN.to_owned(),
        YARN.replace('\n', "\r\n"),
        YARN.trim_end().to_owned(),
    ] {
        let world = World::new(
            &[
                ("package.json", manifest.to_owned()),
                ("yarn.lock", text.clone()),
            ],
            &chalk(),
            &["chalk@5.6.1"],
        );
        let (_, new) = world.fixed();
        let expected = text
            .replace("5.6.1.tgz#00", "5.6.0.tgz")
            .replace("5.6.1", "5.6.0")
            .replace("sha512-old", &integrity("chalk@5.6.0"));
        assert_eq!(new.unwrap()["yarn.lock"], expected);
    }
}

const PNPM: &str = "lockfileVersion: '9.0'

settings:
  autoInstallPeers: true

importers:

  .:
    dependencies:
      '@s/sail':
        specifier: ^1.0.0
        version: 1.0.0(chalk@5.6.1)
      chalk:
        specifier: ^5.0.0
        version: 5.6.1

packages:

  '@s/sail@1.0.0':
    resolution: {integrity: sha512-sail}
    peerDependencies:
      chalk: '5'

  chalk@5.6.1:
    resolution: {integrity: sha512-old}
    engines: {node: '>=12'}

snapshots:

  '@s/sail@1.0.0(chalk@5.6.1)':
    dependencies:
      chalk: 5.6.1

  chalk@5.6.1: {}
";

#[test]
fn pnpm_names_a_version_everywhere() {
    let manifest = r#"{"name": "app", "dependencies": {"chalk": "^5.0.0", "@s/sail": "^1.0.0"}}"#;
    let engines = json!({"engines": {"node": ">=12"}});
    let packages = [
        package("chalk", &[("5.6.0", engines.clone()), ("5.6.1", engines)]),
        package(
            "@s/sail",
            &[("1.0.0", json!({"peerDependencies": {"chalk": "5"}}))],
        ),
    ];
    for text in [PNPM.to_owned(), PNPM.replace('\n', "\r\n")] {
        let world = World::new(
            &[
                ("package.json", manifest.to_owned()),
                ("pnpm-lock.yaml", text.clone()),
            ],
            &packages,
            &["chalk@5.6.1"],
        );
        let (plan, new) = world.fixed();
        let expected = text
            .replace("5.6.1", "5.6.0")
            .replace("sha512-old", &integrity("chalk@5.6.0"));
        assert_eq!(new.unwrap()["pnpm-lock.yaml"], expected, "{plan:#?}");
    }
}

#[test]
fn documents_that_say_nonsense_break_nothing() {
    // Versions, ranges and fields of the wrong kind, and names that reach elsewhere.
    let nonsense = [
        json!({"dependencies": {"../../etc/passwd": "*"}}),
        json!({"dependencies": {"chalk": "npm:other@1"}}),
        json!({"dependencies": ["chalk"], "bin": 7, "engines": "node", "os": {"linux": true}}),
        json!({"dependencies": {"\u{202e}evil": "^1"}, "peerDependencies": {"x": 1}}),
        json!({"bundleDependencies": true}),
        json!({"dependencies": {"chalk": "\n\"}, \"scripts\": {"}}),
        json!({"dist": {"tarball": "https://mirror.example/x.tgz", "integrity": "sha512-nothing"}}),
        json!({"engines": {"node": "'\n  evil@1.0.0:\n    resolution: {}", "x\n": "}"}, "os": ["a\nb"], "cpu": ["]"]}),
        json!({"deprecated": "a\n  evil@1.0.0: {}\n", "bin": {"\nevil": "\u{2028}"}}),
        json!({"dist": {"tarball": "https://mirror.example/\n/chalk-5.6.0.tgz", "integrity": format!("{}\n?x", integrity("y"))}}),
    ];
    for more in nonsense {
        let packages = [
            package(
                "chalk",
                &[
                    (" v5.6.0", json!({})),
                    ("5.6.0", more.clone()),
                    ("5.6.1", json!({})),
                ],
            ),
            package(
                "@s/sail",
                &[("1.0.0", json!({"peerDependencies": {"chalk": "5"}}))],
            ),
        ];
        for (file, text) in [
            ("pnpm-lock.yaml", PNPM.to_owned()),
            ("package-lock.json", package_lock("^5.0.0", "")),
            ("yarn.lock", YARN.to_owned()),
        ] {
            let world = World::new(
                &[("package.json", manifest("^5.0.0")), (file, text)],
                &packages,
                &["chalk@5.6.1"],
            );
            let project = Project::read(&world.files, file).unwrap();
            let banned = BTreeSet::from(["chalk@5.6.1".to_owned()]);
            let input = Input {
                project: &project,
                bad: &world.bad,
                catalogue: &world.catalogue,
                index: &AdvisoryIndex::empty(),
                indicators: &Indicators::default(),
                policy: &Policy::default(),
                banned: &banned,
                archives: &BTreeMap::new(),
                now: NOW.parse().unwrap(),
            };
            let plan = plan(&input);
            // Either it is left, or what is written reads as what was planned.
            if let Ok(new) = apply(&input, &plan)
                && let Err(why) = proven(&world.files, &project, &plan, &new)
            {
                panic!("{more}: {why}");
            }
        }
    }
}

/// As pnpm 8 writes it; nothing here runs pnpm 8.
const PNPM_6: &str = "lockfileVersion: '6.0'

settings:
  autoInstallPeers: true

dependencies:
  '@s/sail':
    specifier: ^1.0.0
    version: 1.0.0(chalk@5.6.1)
  chalk:
    specifier: ^5.6.1
    version: 5.6.1

packages:

  /@s/sail@1.0.0(chalk@5.6.1):
    resolution: {integrity: sha512-sail}
    peerDependencies:
      chalk: '5'
    dependencies:
      chalk: 5.6.1
    dev: false

  /chalk@5.6.1:
    resolution: {integrity: sha512-old}
    dependencies:
      dye: 1.0.0
    dev: false

  /dye@1.0.0:
    resolution: {integrity: sha512-dye}
    dev: false
";

/// As pnpm 7 writes it.
const PNPM_5: &str = "lockfileVersion: 5.4

specifiers:
  '@s/sail': ^1.0.0
  chalk: ^5.6.1

dependencies:
  '@s/sail': 1.0.0_chalk@5.6.1
  chalk: 5.6.1

packages:

  /@s/sail/1.0.0_chalk@5.6.1:
    resolution: {integrity: sha512-sail}
    peerDependencies:
      chalk: '5'
    dependencies:
      chalk: 5.6.1
    dev: false

  /chalk/5.6.1:
    resolution: {integrity: sha512-old}
    dependencies:
      dye: 1.0.0
    dev: false

  /dye/1.0.0:
    resolution: {integrity: sha512-dye}
    dev: false
";

/// The malicious version brought `dye`; the good one has `paint`.
fn with_paint() -> Vec<(String, Arc<Packument>)> {
    vec![
        package(
            "chalk",
            &[
                ("5.6.0", json!({"dependencies": {"paint": "^3.0.0"}})),
                ("5.6.1", json!({"dependencies": {"dye": "^1.0.0"}})),
            ],
        ),
        package(
            "@s/sail",
            &[("1.0.0", json!({"peerDependencies": {"chalk": "5"}}))],
        ),
        package("paint", &[("3.1.0", json!({"engines": {"node": ">=18"}}))]),
    ]
}

#[test]
fn older_forms_of_pnpm_are_written_as_they_are() {
    let manifest = r#"{"name": "app", "dependencies": {"chalk": "^5.6.1", "@s/sail": "^1.0.0"}}"#;
    for (text, dye, paint) in [
        (PNPM_6, "/dye@1.0.0", "/paint@3.1.0"),
        (PNPM_5, "/dye/1.0.0", "/paint/3.1.0"),
    ] {
        let world = World::new(
            &[
                ("package.json", manifest.to_owned()),
                ("pnpm-lock.yaml", text.to_owned()),
            ],
            &with_paint(),
            &["chalk@5.6.1"],
        );
        let (plan, new) = world.fixed();
        let gone = format!("  {dye}:\n    resolution: {{integrity: sha512-dye}}\n    dev: false\n");
        let came = format!(
            "  {paint}:\n    resolution: {{integrity: {}}}\n    engines: {{node: '>=18'}}\n    dev: false\n",
            integrity("paint@3.1.0")
        );
        let expected = text
            .replace("5.6.1", "5.6.0")
            .replace("sha512-old", &integrity("chalk@5.6.0"))
            .replace("      dye: 1.0.0\n", "      paint: 3.1.0\n")
            .replace(&gone, &came);
        assert_eq!(new.unwrap()["pnpm-lock.yaml"], expected, "{plan:#?}");
    }
}

#[test]
fn peers_that_pnpm_hides_behind_a_hash_are_left() {
    let text = PNPM_5.replace("1.0.0_chalk@5.6.1", "1.0.0_0123456789abcdef");
    let manifest = r#"{"name": "app", "dependencies": {"chalk": "^5.6.1", "@s/sail": "^1.0.0"}}"#;
    let world = World::new(
        &[
            ("package.json", manifest.to_owned()),
            ("pnpm-lock.yaml", text),
        ],
        &with_paint(),
        &["chalk@5.6.1"],
    );
    let why = world.fixed().1.unwrap_err();
    assert!(
        why.contains("keeps the peers of /@s/sail/1.0.0_0123456789abcdef as a hash"),
        "{why}"
    );
}

#[test]
fn a_second_plan_finds_nothing_to_do() {
    let world = World::new(
        &[
            ("package.json", manifest("^5.6.1")),
            ("package-lock.json", package_lock("^5.6.1", "")),
        ],
        &chalk(),
        &["chalk@5.6.1"],
    );
    let (_, new) = world.fixed();
    let mut again = World::new(&[], &chalk(), &["chalk@5.6.1"]);
    again.lockfile.clone_from(&world.lockfile);
    for (path, text) in new.unwrap() {
        again.files.contents.insert(path, text.into_bytes());
    }
    let (plan, new) = again.fixed();
    assert!(plan.is_empty() && plan.remains.is_empty());
    assert_eq!(new, Ok(BTreeMap::new()));
}

/// A chain of bad versions that need each other, in one lockfile.
#[test]
fn several_bad_versions_that_need_each_other_go_together() {
    let packages = [
        package(
            "chalk",
            &[
                ("5.6.0", json!({"dependencies": {"dye": "~1.0.0"}})),
                (
                    "5.6.1",
                    json!({"dependencies": {"dye": "1.0.2", "evil": "*"}}),
                ),
            ],
        ),
        package("dye", &[("1.0.1", json!({})), ("1.0.2", json!({}))]),
        package("evil", &[("1.0.0", json!({}))]),
    ];
    let entry = |name: &str, version: &str, more: &str| {
        format!(
            ",\n    \"node_modules/{name}\": {{\n      \"version\": \"{version}\",\n      \"resolved\": \"https://registry.example/{name}/-/{name}-{version}.tgz\",\n      \"integrity\": \"{}\"{more}\n    }}",
            integrity(&format!("{name}@{version}"))
        )
    };
    let with = ",\n      \"dependencies\": {\n        \"dye\": \"1.0.2\",\n        \"evil\": \"*\"\n      }";
    let text = package_lock("^5.0.0", with);
    let (head, tail) = text.rsplit_once("\n  }\n}").unwrap();
    let text = format!(
        "{head}{}{}\n  }}\n}}{tail}",
        entry("dye", "1.0.2", ""),
        entry("evil", "1.0.0", "")
    );
    let world = World::new(
        &[
            ("package.json", manifest("^5.0.0")),
            ("package-lock.json", text),
        ],
        &packages,
        &["chalk@5.6.1", "dye@1.0.2", "evil@1.0.0"],
    );
    let (plan, new) = world.fixed();
    assert_eq!(plan.remains, []);
    let new: Value = serde_json::from_str(&new.unwrap()["package-lock.json"]).unwrap();
    let packages = &new["packages"];
    assert_eq!(
        packages["node_modules/chalk"]["dependencies"],
        json!({"dye": "~1.0.0"})
    );
    assert!(packages["node_modules/evil"].is_null());
    let nested = &packages["node_modules/chalk/node_modules/dye"]["version"];
    let top = &packages["node_modules/dye"]["version"];
    assert!(*nested == "1.0.1" || *top == "1.0.1", "{packages:#}");
}
