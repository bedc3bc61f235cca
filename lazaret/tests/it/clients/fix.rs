//! `lazaret fix` over lockfiles that real package managers wrote, and their frozen install of what came of it.

use jiff::{SignedDuration, Timestamp};
use lazaret_testing::Npm;
use serde_json::{Value, json};

use super::client::Client;
use super::stage::Stage;
use super::{bun, npm, pnpm, yarn_1, yarn_4};
use crate::harness::{Home, Said};

/// `fibre` goes down within every range; `@harbour/crane` only if package.json gives way, and its good version needs what nobody
/// else has; `lantern` is asked for exactly by `mast`. `sail` has a bad one as its peer.
fn registry() -> Npm {
    let an_hour_ago = (Timestamp::now() - SignedDuration::from_hours(1)).to_string();
    Npm::new()
        .package("fibre", |package| {
            package
                .version("2.1.0", |old| old)
                .version("2.1.2", |good| good)
                .version("2.1.3", |bad| bad.dependency("barb", "^1.0.0"))
                .version("2.1.4", |young| young.published(&an_hour_ago))
                .tag("latest", "2.1.3")
        })
        .package("barb", |package| package.version("1.0.0", |bad| bad))
        .package("rope", |package| {
            package.version("1.0.0", |release| {
                release.dependency("fibre", "~2.1.0 <2.1.4")
            })
        })
        .package("sail", |package| {
            package.version("1.0.0", |release| {
                release.peer_dependency("fibre", "^2.1.0")
            })
        })
        .package("@harbour/crane", |package| {
            package
                .version("1.0.0", |good| {
                    good.dependency("pulley", "^1.0.0")
                        .dependency("rope", "^1.0.0")
                })
                .version("1.1.0", |bad| bad.dependency("rope", "^1.0.0"))
        })
        .package("pulley", |package| {
            package.version("1.1.0", |old| old).version("1.2.0", |new| {
                new.dependency("wheel", "~1.0.0")
                    .bin("pulley", "bin/pulley.js")
                    .file("bin/pulley.js", "")
            })
        })
        .package("wheel", |package| {
            package.version("1.0.7", |release| release)
        })
        .package("lantern", |package| {
            package
                .version("3.0.0", |good| good)
                .version("3.0.1", |bad| bad)
        })
        .package("mast", |package| {
            package.version("1.0.0", |release| release.dependency("lantern", "3.0.1"))
        })
        .package("winch", |package| {
            package.version("1.0.0", |vulnerable| {
                vulnerable.dependency("wheel", "^1.0.0")
            })
        })
}

const GOOD: [&str; 9] = [
    "@harbour/crane@1.0.0",
    "fibre@2.1.2",
    "lantern@3.0.0",
    "mast@1.0.0",
    "pulley@1.2.0",
    "rope@1.0.0",
    "sail@1.0.0",
    "wheel@1.0.7",
    "winch@1.0.2",
];

/// Of `winch` before 1.0.2.
fn vulnerable() -> String {
    json!({
        "schema_version": "1.7.5",
        "id": "GHSA-xxxx-yyyy-zzzz",
        "modified": Timestamp::now().to_string(),
        "summary": "winch slips",
        "database_specific": {"severity": "CRITICAL"},
        "affected": [{
            "package": {"ecosystem": "npm", "name": "winch"},
            "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.0.2"}]}],
        }],
    })
    .to_string()
}

/// A project whose lockfile has everything that is bad.
fn infected(client: &Client) -> (Stage, Home) {
    let stage = Stage::without_lazaret(registry());
    stage.project(&[
        ("@harbour/crane", "^1.1.0"),
        ("fibre", "~2.1.0 <2.1.4"),
        ("mast", "^1.0.0"),
        ("rope", "^1.0.0"),
        ("sail", "^1.0.0"),
        ("winch", "^1.0.0"),
    ]);
    stage.install(client).must_succeed();
    stage.npm.publish("winch", "1.0.1", |affected| {
        affected.published("2024-02-01T00:00:00Z")
    });
    stage.npm.publish("winch", "1.0.2", |fixed| {
        fixed
            .published("2024-03-01T00:00:00Z")
            .dependency("wheel", "^1.0.0")
    });
    let home = Home::new();
    home.write("advisories/winch.json", vulnerable());
    let said = home.run(&["advisories", "import", "advisories", "--data", "data"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    (stage, home)
}

fn fix(stage: &Stage, home: &Home, more: &[&str]) -> Said {
    let registry = stage.tap.url();
    let folder = stage.root().display().to_string();
    let mut arguments = vec![
        "fix",
        &folder,
        "--data",
        "data",
        "--upstream",
        &registry,
        "--package",
        "fibre@2.1.3",
        "--package",
        "barb@1.0.0",
        "--package",
        "@harbour/crane@1.1.0",
        "--package",
        "lantern@3.0.1",
    ];
    arguments.extend(more);
    home.run(&arguments)
}

/// Fixes what the client wrote, after `change`, and has the client install it.
fn is_fixed(client: &Client, change: impl Fn(&Stage)) {
    let (stage, home) = infected(client);
    change(&stage);
    let before = (stage.file(client.lockfile), stage.file("package.json"));
    let shown = fix(&stage, &home, &["--dry-run"]);
    assert_eq!(shown.code, Some(1), "{}\n{}", shown.stdout, shown.stderr);
    let unchanged = (stage.file(client.lockfile), stage.file("package.json"));
    assert!(unchanged == before, "a dry run changes nothing");

    let said = fix(&stage, &home, &["--yes", "--format", "json"]);
    let told: Value = serde_json::from_str(&said.stdout)
        .unwrap_or_else(|_| panic!("{}\n{}", said.stdout, said.stderr));
    assert_eq!(
        said.code,
        Some(0),
        "{}: {told:#}\n{}",
        client.name,
        said.stderr
    );
    assert_eq!(told["remains"], json!([]), "{told:#}");
    assert_eq!(
        told["gone"],
        json!([
            "@harbour/crane@1.1.0",
            "barb@1.0.0",
            "fibre@2.1.3",
            "lantern@3.0.1",
            "winch@1.0.0"
        ])
    );
    let fixed = stage.file(client.lockfile);
    stage.frozen(client).must_succeed();
    let installed: Vec<String> = stage
        .installed()
        .into_iter()
        .filter(|id| !id.starts_with("ship@"))
        .collect();
    assert_eq!(installed, GOOD, "{}:\n{fixed}", client.name);
    assert!(
        stage.file(client.lockfile) == fixed,
        "{} wrote its lockfile anew",
        client.name
    );

    let again = fix(&stage, &home, &["--yes"]);
    assert_eq!(again.code, Some(0), "{}\n{}", again.stdout, again.stderr);
    assert!(again.stdout.contains("nothing to fix"), "{}", again.stdout);
    assert!(stage.file(client.lockfile) == fixed);
}

fn nothing(_: &Stage) {}

#[test]
fn npm_10() {
    is_fixed(&npm::NPM_10, nothing);
}

#[test]
fn npm_11() {
    is_fixed(&npm::NPM_11, nothing);
}

#[test]
fn npm_12() {
    is_fixed(&npm::NPM_12, nothing);
}

/// Written anew in an older form, from what is installed.
fn rewritten(stage: &Stage, version: &str) {
    let form = format!("--lockfile-version={version}");
    stage.ask(&npm::NPM_10, &["install", "--package-lock-only", &form]);
    let read: Value = serde_json::from_str(&stage.file("package-lock.json")).unwrap();
    assert_eq!(read["lockfileVersion"].to_string(), version);
}

#[test]
fn npm_with_version_2() {
    is_fixed(&npm::NPM_10, |stage| rewritten(stage, "2"));
}

#[test]
fn npm_with_version_1() {
    is_fixed(&npm::NPM_10, |stage| rewritten(stage, "1"));
}

#[test]
fn pnpm_10() {
    is_fixed(&pnpm::PNPM_10, nothing);
}

#[test]
fn pnpm_12() {
    is_fixed(&pnpm::PNPM_12, nothing);
}

#[test]
fn yarn_1() {
    is_fixed(&yarn_1::YARN_1, nothing);
}

#[test]
fn yarn_4() {
    is_fixed(&yarn_4::YARN_4, nothing);
}

#[test]
fn bun() {
    is_fixed(&bun::BUN, nothing);
}

/// Two parts of one project ask for a bad version, each in its own way; one of them has it twice, in different majors.
fn is_fixed_in_workspaces(client: &Client) {
    let stage = Stage::without_lazaret(
        registry()
            .package("keel", |package| {
                package
                    .version("1.9.0", |good| good.dependency("wheel", "^1.0.0"))
                    .version("1.9.1", |bad| bad.dependency("wheel", "^1.0.0"))
                    .version("2.0.0", |good| {
                        good.field("engines", json!({"node": ">=18"}))
                    })
                    .version("2.0.1", |bad| bad.field("engines", json!({"node": ">=20"})))
            })
            .package("hull", |package| {
                package.version("1.0.0", |one| one.dependency("keel", "^1.0.0"))
            }),
    );
    stage.write(
        "package.json",
        "{\n\t\"name\": \"ship\",\n\t\"version\": \"1.0.0\",\n\t\"private\": true,\n\t\"workspaces\": [\"packages/*\"],\n\t\"dependencies\": {\"rope\": \"^1.0.0\"}\n}",
    );
    stage.write("pnpm-workspace.yaml", "packages:\n  - packages/*\n");
    stage.write(
        "packages/fore/package.json",
        r#"{"name": "fore", "version": "1.0.0", "dependencies": {"keel": "~2.0.1", "@harbour/crane": "^1.1.0"}}"#,
    );
    stage.write(
        "packages/aft/package.json",
        r#"{"name": "aft", "version": "1.0.0", "devDependencies": {"hull": "^1.0.0", "keel": "2.0.1"}}"#,
    );
    stage.install(client).must_succeed();
    let home = Home::new();
    let more = [
        "--package",
        "keel@1.9.1",
        "--package",
        "keel@2.0.1",
        "--yes",
    ];
    let said = fix(&stage, &home, &more);
    assert_eq!(said.code, Some(0), "{}\n{}", said.stdout, said.stderr);
    // yarn writes manifests anew when it installs: only what they ask for can be compared.
    let asked = |path: &str| -> Value { serde_json::from_str(&stage.file(path)).unwrap() };
    let (fore, aft) = (
        asked("packages/fore/package.json"),
        asked("packages/aft/package.json"),
    );
    assert_eq!(
        fore["dependencies"],
        json!({"keel": "~2.0.0", "@harbour/crane": "^1.0.0"})
    );
    assert_eq!(
        aft["devDependencies"],
        json!({"hull": "^1.0.0", "keel": "2.0.0"})
    );
    let fixed = stage.file(client.lockfile);
    stage.frozen(client).must_succeed();
    assert!(
        stage.file(client.lockfile) == fixed,
        "{} wrote its lockfile anew",
        client.name
    );
    for bad in [
        "keel@1.9.1",
        "keel@2.0.1",
        "@harbour/crane@1.1.0",
        "fibre@2.1.3",
    ] {
        assert!(
            !stage.installed().contains(&bad.to_owned()),
            "{bad}\n{fixed}"
        );
    }
}

/// The range stands in a catalog, and its version in the lockfile's own copy of that.
fn is_fixed_in_a_catalog(client: &Client) {
    let stage = Stage::without_lazaret(registry());
    stage.write(
        "package.json",
        r#"{"name": "ship", "version": "1.0.0", "dependencies": {"fibre": "catalog:", "rope": "catalog:old"}}"#,
    );
    stage.write(
        "pnpm-workspace.yaml",
        "packages:\n  - packages/*\ncatalog:\n  fibre: ~2.1.0 <2.1.4\ncatalogs:\n  old:\n    rope: ^1.0.0\n",
    );
    stage.install(client).must_succeed();
    assert!(stage.file(client.lockfile).contains("fibre@2.1.3"));
    let said = fix(&stage, &Home::new(), &["--yes"]);
    assert_eq!(said.code, Some(0), "{}\n{}", said.stdout, said.stderr);
    let fixed = stage.file(client.lockfile);
    stage.frozen(client).must_succeed();
    assert!(
        stage.file(client.lockfile) == fixed && !fixed.contains("2.1.3"),
        "{fixed}"
    );
    assert_eq!(stage.installed(), ["fibre@2.1.2", "rope@1.0.0"]);
}

#[test]
fn pnpm_10_catalogs() {
    is_fixed_in_a_catalog(&pnpm::PNPM_10);
}

#[test]
fn pnpm_12_catalogs() {
    is_fixed_in_a_catalog(&pnpm::PNPM_12);
}

#[test]
fn npm_10_workspaces() {
    is_fixed_in_workspaces(&npm::NPM_10);
}

#[test]
fn npm_12_workspaces() {
    is_fixed_in_workspaces(&npm::NPM_12);
}

#[test]
fn pnpm_10_workspaces() {
    is_fixed_in_workspaces(&pnpm::PNPM_10);
}

#[test]
fn pnpm_12_workspaces() {
    is_fixed_in_workspaces(&pnpm::PNPM_12);
}

#[test]
fn yarn_1_workspaces() {
    is_fixed_in_workspaces(&yarn_1::YARN_1);
}

#[test]
fn yarn_4_workspaces() {
    is_fixed_in_workspaces(&yarn_4::YARN_4);
}

#[test]
fn bun_workspaces() {
    is_fixed_in_workspaces(&bun::BUN);
}
