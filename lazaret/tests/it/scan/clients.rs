//! What real package managers leave: scan finds a bad version and its strings in the project, and in the caches alone.

use super::{home, installed, json, literal};
use crate::clients::pinned;
use crate::harness::Home;
use lazaret_testing::{FakeNpm, Npm};
use std::collections::BTreeSet;
use std::process::{Command, Stdio};

/// A package manager with the arguments of an installation, and the place where its cache is seen, if its own way is known.
struct Client {
    name: &'static str,
    program: &'static [&'static str],
    cache: &'static str,
}

const NODE: &str = "node-{arch}/bin/node";

const CLIENTS: &[Client] = &[
    Client {
        name: "npm-10",
        program: &[NODE, "npm-10/bin/npm-cli.js"],
        cache: "npm-cache",
    },
    Client {
        name: "npm-12",
        program: &[NODE, "npm-12/bin/npm-cli.js"],
        cache: "npm-cache",
    },
    Client {
        name: "pnpm-10",
        program: &[NODE, "pnpm-10/bin/pnpm.cjs"],
        cache: "pnpm-store",
    },
    Client {
        name: "pnpm-12",
        program: &["pnpm-12-{arch}/pnpm"],
        cache: "pnpm-store",
    },
    Client {
        name: "yarn-1",
        program: &[NODE, "yarn-1/bin/yarn.js"],
        cache: "yarn-cache",
    },
    // With Plug'n'Play: the project has no node_modules.
    Client {
        name: "yarn-4",
        program: &[NODE, "yarn-4/bin/yarn.js"],
        cache: "yarn-cache",
    },
    Client {
        name: "bun",
        program: &["bun-{arch}/bin/bun"],
        cache: "bun-cache",
    },
];

fn registry() -> FakeNpm {
    let code = format!("module.exports = '{}'\n", literal());
    Npm::new()
        .package("anchor", |package| {
            package
                .version("1.0.0", |version| {
                    version.file("index.js", "module.exports = 1\n")
                })
                .version("1.0.1", |version| version.file("index.js", code))
        })
        .start_blocking()
}

/// Installs `anchor` at a version into `disk/NAME/project`, with all caches in `disk/NAME/home`.
fn install(home: &Home, npm: &FakeNpm, client: &Client, version: &str) {
    let at = |file: &str| format!("disk/{}/{file}", client.name);
    let url = npm.url();
    let manifest = format!(
        "{{\"name\":\"ship\",\"version\":\"1.0.0\",\"dependencies\":{{\"anchor\":\"{version}\"}}}}"
    );
    home.write(&at("project/package.json"), manifest);
    home.write(
        &at("project/.npmrc"),
        format!("registry={url}\nupdate-notifier=false\n"),
    );
    let yarn = format!(
        "npmRegistryServer: \"{url}\"\nunsafeHttpWhitelist: [\"127.0.0.1\"]\nenableTelemetry: false\n"
    );
    home.write(&at("project/.yarnrc.yml"), yarn);
    home.write(&at("home/.keep"), "");
    let own = home.path().join(at("home"));
    let mut program = client.program.iter().map(|part| pinned(part));
    let output = Command::new(program.next().unwrap())
        .args(program)
        .arg("install")
        .current_dir(home.path().join(at("project")))
        .env_clear()
        .env("PATH", pinned(NODE).parent().unwrap())
        .env("HOME", &own)
        .env("XDG_CACHE_HOME", own.join("cache"))
        .env("XDG_CONFIG_HOME", own.join("config"))
        .env("XDG_DATA_HOME", own.join("data"))
        .env("BUN_INSTALL", own.join(".bun"))
        .env("npm_config_registry", &url)
        .env("YARN_ENABLE_IMMUTABLE_INSTALLS", "false")
        // Port 9 answers nobody: whatever leaves loopback fails at once.
        .env("HTTP_PROXY", "http://127.0.0.1:9")
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .env("NO_PROXY", "127.0.0.1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}: {said}", client.name);
}

/// What is found below a folder: how sure, what and where.
fn found(home: &Home, folder: &str) -> BTreeSet<String> {
    let said = home.run(&["scan", folder, "--data", "data", "--format", "json"]);
    let said = json(&said);
    assert_eq!(said["complete"], true, "{folder}: {:#?}", said["unread"]);
    let hits = said["hits"].as_array().unwrap();
    let short = |hit: &serde_json::Value| {
        let of = |key: &str| hit[key].as_str().unwrap().to_owned();
        format!("{} {} {}", of("confidence"), of("what"), of("place"))
    };
    hits.iter().map(short).collect()
}

#[test]
fn what_every_client_leaves_is_found_in_the_project_and_in_its_cache_alone() {
    let npm = registry();
    for client in CLIENTS {
        let home = home();
        let folder = |part: &str| format!("disk/{}/{part}", client.name);
        install(&home, &npm, client, "1.0.1");
        let project = found(&home, &folder("project"));
        let cache = found(&home, &folder("home"));
        let shown = format!("{}: {project:#?} {cache:#?}", client.name);
        assert!(project.contains("confirmed version lockfile"), "{shown}");
        assert!(project.contains("confirmed version installed"), "{shown}");
        if client.name != "yarn-4" {
            assert!(project.contains("likely strings installed"), "{shown}");
        }
        let in_cache = |what: &str| cache.contains(&format!("{what} {}", client.cache));
        assert!(in_cache("confirmed version"), "{shown}");
        assert!(in_cache("likely strings"), "{shown}");
    }
}

#[test]
fn nothing_is_found_where_every_client_installed_the_version_before() {
    let npm = registry();
    let home = home();
    for client in CLIENTS {
        install(&home, &npm, client, "1.0.0");
    }
    assert_eq!(found(&home, "disk"), BTreeSet::new());
    installed(&home, "anchor", "1.0.1");
    assert_ne!(found(&home, "disk"), BTreeSet::new());
}
