//! Files in the forms that package managers write, and what each reader must take from them. `lazaret/tests/it` compares
//! the readers with the package managers themselves.

use proptest::prelude::*;

use super::*;

const INTEGRITY: &str = "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==";

fn manifest() -> Manifest {
    let text = r#"{"name": "ship", "version": "1.0.0",
      "dependencies": {"anchor": "^1.0.0", "boat": "npm:vessel@2.0.0", "cargo": "git+https://code.invalid/cargo.git"},
      "devDependencies": {"deck": "https://files.invalid/deck.tgz"},
      "optionalDependencies": {"engine": "~3.1.0"}}"#;
    Manifest::parse("", text.as_bytes()).unwrap()
}

fn parse(file: &str, text: &str) -> Lockfile {
    let text = text.replace("INTEGRITY", INTEGRITY);
    Lockfile::parse(file, text.as_bytes(), &[manifest()]).unwrap()
}

fn error(file: &str, text: &str) -> String {
    Lockfile::parse(file, text.as_bytes(), &[])
        .unwrap_err()
        .to_string()
}

/// One line for each entry: what it is, its flags, and what it leads to.
fn told(lockfile: &Lockfile) -> Vec<String> {
    let name = |entry: &Locked| entry.id();
    lockfile
        .entries
        .iter()
        .map(|entry| {
            let mut line = format!("{} {}", name(entry), entry.source.as_str());
            if let Some(alias) = &entry.alias {
                line += &format!(" as {alias}");
            }
            for (flag, word) in [
                (entry.dev, "dev"),
                (entry.optional, "optional"),
                (entry.peer, "peer"),
                (entry.bundled, "bundled"),
                (entry.integrity.is_some(), "integrity"),
                (entry.has_install_script == Some(true), "scripts"),
                (entry.patch.is_some(), "patched"),
                (entry.is_tool, "tool"),
            ] {
                if flag {
                    line += &format!(" {word}");
                }
            }
            let leads: Vec<String> = entry
                .dependencies
                .iter()
                .map(|dependency| match dependency.to {
                    Some(to) => name(&lockfile.entries[to as usize]),
                    None => format!("no {}", dependency.name),
                })
                .collect();
            if !leads.is_empty() {
                line += &format!(" > {}", leads.join(", "));
            }
            line
        })
        .collect()
}

#[test]
fn package_lock_3() {
    let text = r#"{"name": "ship", "version": "1.0.0", "lockfileVersion": 3, "requires": true, "packages": {
      "": {"name": "ship", "version": "1.0.0", "workspaces": ["packages/*"],
        "dependencies": {"anchor": "^1.0.0", "boat": "npm:vessel@2.0.0", "cargo": "git+https://code.invalid/cargo.git", "mast": "file:mast"},
        "devDependencies": {"deck": "https://files.invalid/deck.tgz"}, "optionalDependencies": {"engine": "~3.1.0"}},
      "mast": {"version": "0.1.0"},
      "node_modules/anchor": {"version": "1.2.3", "resolved": "https://registry.example/anchor/-/anchor-1.2.3.tgz", "integrity": "INTEGRITY", "dependencies": {"chain": "2"}},
      "node_modules/anchor/node_modules/chain": {"version": "2.0.0", "inBundle": true},
      "node_modules/boat": {"name": "vessel", "version": "2.0.0", "integrity": "INTEGRITY", "dependencies": {"chain": "1"}},
      "node_modules/cargo": {"version": "0.0.1", "resolved": "git+ssh://git@code.invalid/cargo.git#0123", "hasInstallScript": true},
      "node_modules/chain": {"version": "1.0.0", "integrity": "INTEGRITY", "peer": true},
      "node_modules/deck": {"version": "4.0.0", "resolved": "https://files.invalid/deck.tgz", "integrity": "INTEGRITY", "dev": true},
      "node_modules/engine": {"version": "3.1.0", "optional": true},
      "node_modules/mast": {"resolved": "mast", "link": true},
      "node_modules/sail": {"resolved": "packages/sail", "link": true},
      "packages/sail": {"version": "0.2.0", "dependencies": {"anchor": "1"}}
    }}"#;
    let lockfile = parse("package-lock.json", text);
    assert_eq!(
        told(&lockfile),
        [
            "ship@1.0.0 workspace > engine@3.1.0, anchor@1.2.3, vessel@2.0.0, cargo@0.0.1, mast@0.1.0, deck@4.0.0",
            "mast@0.1.0 folder",
            "anchor@1.2.3 registry integrity > chain@2.0.0",
            "chain@2.0.0 registry bundled",
            "vessel@2.0.0 registry as boat integrity > chain@1.0.0",
            "cargo@0.0.1 git scripts",
            "chain@1.0.0 registry peer integrity",
            "deck@4.0.0 url dev integrity",
            "engine@3.1.0 registry optional",
            "sail@0.2.0 workspace > anchor@1.2.3",
        ]
    );
    assert_eq!(lockfile.importers, [0, 9]);
    let boat = &lockfile.entries[4];
    let text = text.replace("INTEGRITY", INTEGRITY);
    let lines = Lines::new(&text);
    assert_eq!(lines.text(boat.at), "\"node_modules/boat\"");
    assert_eq!(lines.place(boat.at), Place { line: 8, column: 7 });
    assert_eq!(lines.text(boat.version.as_ref().unwrap().at), "\"2.0.0\"");
    let path = lockfile.reach().path(3);
    assert_eq!(path, [0, 2, 3]);
}

#[test]
fn package_lock_1_and_the_second_half_of_2() {
    let tree = r#""dependencies": {
        "anchor": {"version": "1.2.3", "resolved": "https://registry.example/anchor/-/anchor-1.2.3.tgz", "integrity": "INTEGRITY",
          "requires": {"chain": "2"}, "dependencies": {"chain": {"version": "2.0.0", "bundled": true}}},
        "boat": {"version": "npm:vessel@2.0.0", "integrity": "INTEGRITY"},
        "cargo": {"version": "git+ssh://git@code.invalid/cargo.git#0123", "from": "git+https://code.invalid/cargo.git"},
        "chain": {"version": "1.0.0", "integrity": "INTEGRITY", "dev": true},
        "deck": {"version": "https://files.invalid/deck.tgz", "dev": true},
        "engine": {"version": "3.1.0", "optional": true}
      }"#;
    let one = format!(
        r#"{{"name": "ship", "version": "1.0.0", "lockfileVersion": 1, "requires": true, {tree}}}"#
    );
    let expected = [
        "anchor@1.2.3 registry integrity > chain@2.0.0",
        "chain@2.0.0 registry bundled",
        "vessel@2.0.0 registry as boat integrity",
        "node_modules/cargo git",
        "chain@1.0.0 registry dev integrity",
        "node_modules/deck url dev",
        "engine@3.1.0 registry optional",
    ];
    let lockfile = parse("npm-shrinkwrap.json", &one);
    assert_eq!(
        told(&lockfile)[0],
        "ship@1.0.0 workspace > engine@3.1.0, anchor@1.2.3, vessel@2.0.0, node_modules/cargo, node_modules/deck"
    );
    assert_eq!(told(&lockfile)[1..], expected);
    let two = format!(r#"{{"lockfileVersion": 2, "packages": {{"": {{}}}}, {tree}}}"#);
    let lockfile = parse("package-lock.json", &two);
    assert_eq!(lockfile.entries.len(), 1);
    assert_eq!(lockfile.legacy.len(), expected.len());
}

#[test]
fn yarn_1() {
    let text = r##"# THIS IS AN AUTOGENERATED FILE.
# yarn lockfile v1


anchor@^1.0.0, "anchor@>= 1.1":
  version "1.2.3"
  resolved "https://registry.example/anchor/-/anchor-1.2.3.tgz#0123456789012345678901234567890123456789"
  integrity INTEGRITY
  dependencies:
    "@s/chain" "^2.0.0"
  optionalDependencies:
    engine "~3.1.0"

"@s/chain@^2.0.0":
  version "2.0.0"

"boat@npm:vessel@2.0.0":
  version "2.0.0"
  integrity INTEGRITY

"cargo@git+https://code.invalid/cargo.git":
  version "0.0.1"
  resolved "git+https://code.invalid/cargo.git#0123"

"deck@https://files.invalid/deck.tgz":
  version "4.0.0"
  resolved "https://files.invalid/deck.tgz#abc"

engine@~3.1.0:
  version "3.1.0"
"##;
    let lockfile = parse("yarn.lock", text);
    assert_eq!(
        told(&lockfile),
        [
            "anchor@1.2.3 registry integrity > @s/chain@2.0.0, engine@3.1.0",
            "@s/chain@2.0.0 registry",
            "vessel@2.0.0 registry as boat integrity",
            "cargo@0.0.1 git",
            "deck@4.0.0 url dev",
            "engine@3.1.0 registry optional",
            "ship@1.0.0 workspace > engine@3.1.0, anchor@1.2.3, vessel@2.0.0, cargo@0.0.1, deck@4.0.0",
        ]
    );
    let text = text.replace("INTEGRITY", INTEGRITY);
    let lines = Lines::new(&text);
    assert_eq!(
        lines.text(lockfile.entries[0].at),
        "anchor@^1.0.0, \"anchor@>= 1.1\""
    );
    assert_eq!(lines.place(lockfile.entries[1].at).line, 14);
}

#[test]
fn yarn_berry() {
    let text = r##"# This file is generated.

__metadata:
  version: 8
  cacheKey: 10c0

"anchor@npm:^1.0.0":
  version: 1.2.3
  resolution: "anchor@npm:1.2.3"
  dependencies:
    "@s/chain": "npm:^2.0.0"
  checksum: 10c0/abc
  languageName: node
  linkType: hard

"@s/chain@npm:2.0.0":
  version: 2.0.0
  resolution: "@s/chain@npm:2.0.0::__archiveUrl=https%3A%2F%2Ffiles.invalid%2Fchain.tgz"

"boat@npm:vessel@2.0.0":
  version: 2.0.0
  resolution: "vessel@npm:2.0.0"

"cargo@git+https://code.invalid/cargo.git":
  version: 0.0.1
  resolution: "cargo@https://code.invalid/cargo.git#commit=0123"

"deck@https://files.invalid/deck.tgz":
  version: 4.0.0
  resolution: "deck@https://files.invalid/deck.tgz"

"engine@npm:~3.1.0":
  version: 3.1.0
  resolution: "engine@npm:3.1.0"

"engine@patch:engine@npm%3A~3.1.0#optional!builtin<compat/engine>":
  version: 3.1.0
  resolution: "engine@patch:engine@npm%3A3.1.0#optional!builtin<compat/engine>::version=3.1.0&hash=df0bf1"

"ship@workspace:.":
  version: 0.0.0-use.local
  resolution: "ship@workspace:."
  dependencies:
    anchor: "npm:^1.0.0"
    boat: "npm:vessel@2.0.0"
    cargo: "git+https://code.invalid/cargo.git"
    deck: "https://files.invalid/deck.tgz"
    engine: "npm:~3.1.0"
  dependenciesMeta:
    engine:
      optional: true
  languageName: unknown
  linkType: soft
"##;
    let lockfile = parse("yarn.lock", text);
    assert_eq!(lockfile.format, Format::YarnBerry);
    assert_eq!(
        told(&lockfile),
        [
            "anchor@1.2.3 registry > @s/chain@2.0.0",
            "@s/chain@2.0.0 registry",
            "vessel@2.0.0 registry as boat",
            "cargo@0.0.1 git",
            "deck@4.0.0 url dev",
            "engine@3.1.0 registry optional",
            "engine@3.1.0 registry optional patched > engine@3.1.0",
            "ship@1.0.0 workspace > anchor@1.2.3, vessel@2.0.0, cargo@0.0.1, deck@4.0.0, engine@3.1.0",
        ]
    );
    let chain = &lockfile.entries[1];
    assert_eq!(
        chain.resolved.as_ref().unwrap().as_str(),
        "https://files.invalid/chain.tgz"
    );
    assert_eq!(
        lockfile.entries[0].checksum.as_ref().unwrap().as_str(),
        "10c0/abc"
    );
}

#[test]
fn pnpm_9_with_the_document_of_pnpm_itself() {
    let text = r##"---
lockfileVersion: '9.0'
importers:
  .:
    packageManagerDependencies:
      pnpm:
        specifier: 12.0.0
        version: 12.0.0
packages:
  pnpm@12.0.0:
    resolution: {integrity: INTEGRITY}
snapshots:
  pnpm@12.0.0: {}
---
lockfileVersion: '9.0'

overrides:
  chain: 2.0.0

patchedDependencies:
  anchor@1.2.3:
    hash: abc
    path: patches/anchor.patch

importers:

  .:
    dependencies:
      anchor:
        specifier: ^1.0.0
        version: 1.2.3(patch_hash=abc)(chain@2.0.0)
      boat:
        specifier: npm:vessel@2.0.0
        version: vessel@2.0.0
      cargo:
        specifier: git+https://code.invalid/cargo.git
        version: https://codeload.code.invalid/o/cargo/tar.gz/0123
      sail:
        specifier: workspace:*
        version: link:packages/sail
    optionalDependencies:
      engine:
        specifier: ~3.1.0
        version: 3.1.0

  packages/sail:
    devDependencies:
      '@s/chain':
        specifier: '1'
        version: 1.0.0

packages:

  '@s/chain@1.0.0':
    resolution: {integrity: INTEGRITY}

  anchor@1.2.3:
    resolution: {integrity: INTEGRITY}
    peerDependencies:
      chain: '*'

  cargo@https://codeload.code.invalid/o/cargo/tar.gz/0123:
    resolution: {tarball: https://codeload.code.invalid/o/cargo/tar.gz/0123, gitHosted: true}
    version: 0.0.1

  chain@2.0.0:
    resolution: {integrity: INTEGRITY, tarball: https://registry.example/chain/-/chain-2.0.0.tgz}

  engine@3.1.0:
    resolution: {integrity: INTEGRITY}
    os: [darwin]

  vessel@2.0.0:
    resolution: {integrity: INTEGRITY}

snapshots:

  '@s/chain@1.0.0': {}

  anchor@1.2.3(patch_hash=abc)(chain@2.0.0):
    dependencies:
      chain: 2.0.0

  cargo@https://codeload.code.invalid/o/cargo/tar.gz/0123: {}

  chain@2.0.0: {}

  engine@3.1.0:
    optional: true

  vessel@2.0.0: {}
"##;
    let lockfile = parse("pnpm-lock.yaml", text);
    assert_eq!(
        told(&lockfile),
        [
            "pnpm@12.0.0 registry dev integrity tool",
            "ship@1.0.0 workspace tool > pnpm@12.0.0",
            "@s/chain@1.0.0 registry dev integrity",
            "anchor@1.2.3 registry integrity patched > chain@2.0.0",
            "cargo@0.0.1 git",
            "chain@2.0.0 registry integrity",
            "engine@3.1.0 registry optional integrity",
            "vessel@2.0.0 registry as boat integrity",
            "ship@1.0.0 workspace > anchor@1.2.3, vessel@2.0.0, cargo@0.0.1, packages/sail, engine@3.1.0",
            "packages/sail workspace > @s/chain@1.0.0",
        ]
    );
    assert!(
        lockfile
            .settings
            .iter()
            .any(|setting| setting.group == "overrides" && &*setting.key == "chain")
    );
}

#[test]
fn pnpm_6_and_5() {
    let six = r##"lockfileVersion: '6.0'

dependencies:
  anchor:
    specifier: ^1.0.0
    version: 1.2.3(chain@2.0.0)
  boat:
    specifier: npm:vessel@2.0.0
    version: /vessel@2.0.0
  mast:
    specifier: file:mast
    version: file:mast

packages:

  /@s/chain@1.0.0:
    resolution: {integrity: INTEGRITY}
    dev: true
    requiresBuild: true

  /anchor@1.2.3(chain@2.0.0):
    resolution: {integrity: INTEGRITY}
    dependencies:
      chain: 2.0.0

  /chain@2.0.0:
    resolution: {integrity: INTEGRITY}

  /vessel@2.0.0:
    resolution: {integrity: INTEGRITY}

  file:mast:
    resolution: {directory: mast, type: directory}
    name: mast
"##;
    let expected = [
        "@s/chain@1.0.0 registry dev integrity scripts",
        "anchor@1.2.3 registry integrity > chain@2.0.0",
        "chain@2.0.0 registry integrity",
        "vessel@2.0.0 registry as boat integrity",
        "file:mast folder",
        "ship@1.0.0 workspace > anchor@1.2.3, vessel@2.0.0, file:mast",
    ];
    assert_eq!(told(&parse("pnpm-lock.yaml", six)), expected);
    let five = r##"lockfileVersion: 5.4

specifiers:
  anchor: ^1.0.0
  boat: npm:vessel@2.0.0
  mast: file:mast

dependencies:
  anchor: 1.2.3_chain@2.0.0
  boat: /vessel/2.0.0
  mast: file:mast

packages:

  /@s/chain/1.0.0:
    resolution: {integrity: INTEGRITY}
    dev: true
    requiresBuild: true

  /anchor/1.2.3_chain@2.0.0:
    resolution: {integrity: INTEGRITY}
    dependencies:
      chain: 2.0.0

  /chain/2.0.0:
    resolution: {integrity: INTEGRITY}

  /vessel/2.0.0:
    resolution: {integrity: INTEGRITY}

  file:mast:
    resolution: {directory: mast, type: directory}
    name: mast
"##;
    let lockfile = parse("pnpm-lock.yaml", five);
    assert_eq!(told(&lockfile), expected);
    let importer = &lockfile.entries[lockfile.importers[0] as usize];
    assert_eq!(&*importer.dependencies[0].spec, "^1.0.0");
}

#[test]
fn bun() {
    let text = r##"{
  "lockfileVersion": 1,
  "workspaces": {
    "": {
      "name": "ship",
      "dependencies": { "anchor": "^1.0.0", "boat": "npm:vessel@2.0.0", "cargo": "github:o/cargo", "mast": "file:mast", },
      "devDependencies": { "deck": "https://files.invalid/deck.tgz", },
      "optionalDependencies": { "engine": "~3.1.0", },
    },
    "packages/sail": { "name": "sail", "dependencies": { "@s/chain": "1", }, },
  },
  "trustedDependencies": ["engine"],
  "patchedDependencies": { "anchor@1.2.3": "patches/anchor.patch", },
  "packages": {
    "@s/chain": ["@s/chain@2.0.0", "", {}, "INTEGRITY"],
    "anchor": ["anchor@1.2.3", "https://registry.example/anchor/-/anchor-1.2.3.tgz", { "dependencies": { "@s/chain": "2" }, "peerDependencies": { "x": "*" }, "optionalPeers": ["x"] }, "INTEGRITY"],
    "boat": ["vessel@2.0.0", "", { "bundled": true }, "INTEGRITY"],
    "cargo": ["cargo@github:o/cargo#0123", {}, "o-cargo-0123"],
    "deck": ["deck@https://files.invalid/deck.tgz", {}, "INTEGRITY"],
    "engine": ["engine@3.1.0", "", { "os": "darwin" }, "INTEGRITY"],
    "mast": ["mast@file:mast", {}],
    "sail": ["sail@workspace:packages/sail"],
    "sail/@s/chain": ["@s/chain@1.0.0", "", { "dependencies": { "anchor": "1" } }, "INTEGRITY"],
  }
}
"##;
    let lockfile = parse("bun.lock", text);
    assert_eq!(
        told(&lockfile),
        [
            " workspace > engine@3.1.0, anchor@1.2.3, vessel@2.0.0, cargo, mast, deck",
            "packages/sail workspace > @s/chain@1.0.0",
            "@s/chain@2.0.0 registry integrity",
            "anchor@1.2.3 registry integrity patched > @s/chain@2.0.0",
            "vessel@2.0.0 registry as boat bundled integrity",
            "cargo git",
            "deck url dev integrity",
            "engine@3.1.0 registry optional integrity",
            "mast folder",
            "@s/chain@1.0.0 registry integrity > anchor@1.2.3",
        ]
    );
    assert!(
        lockfile
            .settings
            .iter()
            .any(|setting| setting.group == "trustedDependencies")
    );
}

#[test]
fn what_is_not_understood_is_an_error_with_its_place() {
    insta::assert_snapshot!(error("package-lock.json", "{\"lockfileVersion\": 4}"), @r#"line 1, column 21: lockfileVersion "4" is not known here; known are 1, 2 and 3"#);
    insta::assert_snapshot!(error("package-lock.json", "{\"packages\": {}}"), @r#"line 1, column 1: "lockfileVersion" is missing"#);
    insta::assert_snapshot!(error("package-lock.json", "{\"lockfileVersion\": 3}"), @r#"line 1, column 1: "packages" is missing"#);
    insta::assert_snapshot!(error("package-lock.json", "{\"lockfileVersion\": 1, \"packages\": {}}"), @r#"line 1, column 21: "lockfileVersion" is 1, but there are "packages", which only later versions have"#);
    insta::assert_snapshot!(error("package-lock.json", "{\"lockfileVersion\": 3, \"packages\": {\n\"node_modules/a\": {\"integrity\": null}}}"), @r#"line 2, column 33: "integrity" is nothing, not a text"#);
    insta::assert_snapshot!(error("package-lock.json", "{\n<<<<<<< HEAD\n}"), @"line 2, column 1: a merge left conflict markers in the file");
    insta::assert_snapshot!(error("package-lock.json", " \n"), @"line 1, column 1: the file is empty");
    insta::assert_snapshot!(error("bun.lockb", "x"), @"line 1, column 1: bun.lockb is binary and cannot be reviewed: `bun install --save-text-lockfile --frozen-lockfile --lockfile-only` writes it as bun.lock");
    insta::assert_snapshot!(error("yarn.lock", "a@1:\n  version \"1\"\n"), @r##"line 1, column 1: neither "# yarn lockfile v1" nor "__metadata:" is in this file"##);
    insta::assert_snapshot!(error("yarn.lock", "# yarn lockfile v1\n\na@1:\n  version \"1\"\na@1:\n  version \"2\"\n"), @r#"line 5, column 1: the key "a@1" is there twice"#);
    insta::assert_snapshot!(error("yarn.lock", "# yarn lockfile v1\na@1:\n  version \"1\"\n  version \"2\"\n"), @r#"line 4, column 3: the key "version" is there twice"#);
    insta::assert_snapshot!(error("yarn.lock", "# yarn lockfile v1\na@1:\n   version \"1\"\n"), @"line 3, column 4: this line is indented in a way that yarn does not write");
    insta::assert_snapshot!(error("yarn.lock", "__metadata:\n  version: 8\na: {}\n"), @r#"line 3, column 1: an entry without "resolution""#);
    insta::assert_snapshot!(error("pnpm-lock.yaml", "lockfileVersion: '7.0'\n"), @r#"line 1, column 18: lockfileVersion "7.0" is not known here; known are 5, 6 and 9"#);
    insta::assert_snapshot!(error("pnpm-lock.yaml", "lockfileVersion: '9.0'\npackages:\n  a@1.0.0: {}\n"), @r#"line 3, column 3: a package without "resolution""#);
    insta::assert_snapshot!(error("pnpm-lock.yaml", "lockfileVersion: '9.0'\npackages:\n  a@1.0.0:\n    resolution: {}\n  b@1.0.0:\n    resolution: {}\nsnapshots:\n  a@1.0.0: {}\n"), @r#"line 5, column 3: a package that "snapshots" does not list"#);
    insta::assert_snapshot!(error("bun.lock", "{\"lockfileVersion\": 9}"), @r#"line 1, column 21: lockfileVersion "9" is not known here; known are 0, 1 and 2"#);
    insta::assert_snapshot!(error("yarn.lock", "__metadata:\n  version: 99\n"), @r#"line 2, column 12: lockfileVersion "99" is not known here; known are 1 to 10"#);
    insta::assert_snapshot!(error("package-lock.json", "{\"lockfileVersion\": 3,\n \"packages\": []}"), @r#"line 2, column 14: "packages" is a list, not an object"#);
    insta::assert_snapshot!(error("package-lock.json", "{\"lockfileVersion\": 3, \"packages\": {\n\"node_modules/a\": {\"version\": 1}}}"), @r#"line 2, column 31: "version" is a number, not a text"#);
    insta::assert_snapshot!(error("package-lock.json", "{\"lockfileVersion\": 3, \"packages\": {\"\": {\n\"dependencies\": {\"a\": 1}}}}"), @r#"line 2, column 23: "a" is a number, not a text"#);
    insta::assert_snapshot!(error("package-lock.json", "{\"lockfileVersion\": 1, \"dependencies\": {\n\"a\": {\"version\": 1}}}"), @r#"line 2, column 18: "version" is a number, not a text"#);
    insta::assert_snapshot!(error("bun.lock", "{\"lockfileVersion\": 1, \"packages\": {\n\"a\": [\"a@1.0.0\", \"\", {}, 5]}}"), @"line 2, column 26: this is a number, where a text should stand");
    insta::assert_snapshot!(error("bun.lock", "{\"lockfileVersion\": 1, \"packages\": {\"a\": {}}}"), @"line 1, column 42: a package is a list that begins with its name and version");
    assert!(
        Lockfile::parse("package-lock.json", b"{\"a\": \"\xff\"}", &[])
            .unwrap_err()
            .to_string()
            .ends_with("not UTF-8")
    );
}

#[test]
fn an_inventory_has_each_package_once() {
    let text = r#"{"lockfileVersion": 3, "packages": {"": {},
      "node_modules/a": {"version": "1.0.0", "dev": true, "integrity": "INTEGRITY"},
      "node_modules/b/node_modules/a": {"version": "1.0.0", "integrity": "INTEGRITY"},
      "node_modules/b": {"version": "2.0.0"}}}"#;
    let inventory = parse("package-lock.json", text).inventory();
    let told: Vec<String> = inventory
        .items
        .iter()
        .map(|item| format!("{}@{} {}", item.name, item.version, item.dev))
        .collect();
    assert_eq!(told, ["a@1.0.0 false", "b@2.0.0 false"]);
}

/// Small files of every form, to be damaged.
const SAMPLES: [(&str, &str); 6] = [
    (
        "package-lock.json",
        r#"{"lockfileVersion": 3, "packages": {"": {"dependencies": {"a": "npm:b@1"}}, "node_modules/a": {"name": "b", "version": "1.0.0", "integrity": "sha512-x", "dependencies": {"c": "*"}}, "node_modules/c": {"resolved": "p/c", "link": true}, "p/c": {"version": "1.0.0"}}}"#,
    ),
    (
        "npm-shrinkwrap.json",
        r#"{"lockfileVersion": 1, "requires": true, "dependencies": {"a": {"version": "npm:b@1.0.0", "requires": {"c": "*"}, "dependencies": {"c": {"version": "file:../c", "bundled": true}}}}}"#,
    ),
    (
        "yarn.lock",
        "# yarn lockfile v1\n\na@^1, \"b c@>= 1\":\n  version \"1.0.0\"\n  resolved \"https://h.invalid/a.tgz#0\"\n  integrity sha512-x\n  dependencies:\n    d \"^1\"\n\nd@^1:\n  version \"1.1.0\"\n",
    ),
    (
        "yarn.lock",
        "__metadata:\n  version: 8\n  cacheKey: 10c0\n\n\"a@npm:^1, a@npm:1\":\n  version: 1.0.0\n  resolution: \"a@npm:1.0.0\"\n  dependencies:\n    b: \"npm:^2\"\n  checksum: 10c0/0\n\n? \"b@patch:b@npm%3A2#x\"\n:\n  version: 2.0.0\n  resolution: \"b@patch:b@npm%3A2.0.0#x::hash=1\"\n",
    ),
    (
        "pnpm-lock.yaml",
        "lockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    dependencies:\n      a:\n        specifier: ^1\n        version: 1.0.0(b@2.0.0)\n      l:\n        specifier: link:../l\n        version: link:../l\n\npackages:\n\n  a@1.0.0:\n    resolution: {integrity: sha512-x, tarball: 'http://h.invalid/a'}\n    deprecated: |-\n      no\n        more\n\n  '@s/b@2.0.0':\n    resolution: {type: git, repo: r, commit: c}\n\nsnapshots:\n\n  a@1.0.0(b@2.0.0):\n    dependencies:\n      b: '@s/b@2.0.0'\n\n  '@s/b@2.0.0': {}\n",
    ),
    (
        "bun.lock",
        "{\n  \"lockfileVersion\": 1, // x\n  \"workspaces\": { \"\": { \"name\": \"r\", \"dependencies\": { \"a\": \"^1\", }, }, },\n  \"packages\": {\n    \"a\": [\"a@1.0.0\", \"\", { \"dependencies\": { \"b\": \"2\" } }, \"sha512-x\"],\n    \"a/b\": [\"b@github:o/b#0\", {}, \"t\"],\n  },\n}\n",
    ),
];

/// Everything that must hold of a lockfile that was read, and of an error.
fn holds(file: &str, bytes: &[u8]) {
    let lockfile = match Lockfile::parse(file, bytes, &[manifest()]) {
        Ok(lockfile) => lockfile,
        Err(error) => {
            assert!(error.place.line > 0 && error.place.column > 0);
            return;
        }
    };
    let text = str::from_utf8(bytes).unwrap();
    let lines = Lines::new(text);
    let reach = lockfile.reach();
    for (index, entry) in lockfile.entries.iter().enumerate() {
        let index = u32::try_from(index).unwrap();
        let parts = [
            &entry.version,
            &entry.resolved,
            &entry.integrity,
            &entry.checksum,
        ];
        for at in parts
            .into_iter()
            .flatten()
            .map(|part| part.at)
            .chain([entry.at])
        {
            assert!(at.start <= at.end && text.get(at.start as usize..at.end as usize).is_some());
            assert!(lines.place(at).line > 0);
        }
        let mut targets = entry
            .dependencies
            .iter()
            .filter_map(|dependency| dependency.to);
        assert!(targets.all(|to| (to as usize) < lockfile.entries.len()));
        assert_eq!(reach.path(index).is_empty(), !reach.of(index).is_reached);
    }
    assert!(lockfile.inventory().items.is_sorted());
}

proptest! {
    #[test]
    fn a_damaged_lockfile_is_read_or_refused(
        sample in 0..SAMPLES.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..12_usize, any::<prop::sample::Index>(), 0..40_usize, any::<u8>()), 1..6),
    ) {
        let (file, text) = SAMPLES[sample];
        let mut bytes = text.as_bytes().to_vec();
        for (at, removed, from, copied, byte) in changes {
            let at = at.index(bytes.len());
            let end = (at + removed).min(bytes.len());
            let from = from.index(text.len());
            let copy = &text.as_bytes()[from..(from + copied).min(text.len())];
            let put: Vec<u8> = match copied {
                0 => vec![byte],
                _ => copy.to_vec(),
            };
            bytes.splice(at..end, put);
            if bytes.is_empty() {
                break;
            }
        }
        holds(file, &bytes);
    }
}

#[test]
fn the_samples_are_lockfiles() {
    for (file, text) in SAMPLES {
        Lockfile::parse(file, text.as_bytes(), &[manifest()]).unwrap();
        holds(file, text.as_bytes());
    }
}
