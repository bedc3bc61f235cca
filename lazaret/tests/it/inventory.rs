//! What a mirror is told by `check` and `sbom`, and what it tells `check`: inventories, blocks, reviews.

use crate::check::{locked, registry};
use crate::harness::{Home, Lazaret, Said, Start, malicious};
use crate::review::token;
use lazaret_testing::FakeNpm;
use serde_json::Value;

const CONFIG: &str = "[inspection]\nmode = \"off\"\n[policy.cooldown]\neffect = \"off\"\n";

/// A project, a mirror, and a token for it.
struct Yard {
    npm: FakeNpm,
    lazaret: Lazaret,
    home: Home,
    token: String,
}

impl Yard {
    fn new() -> Self {
        let npm = registry();
        let lazaret = Start::new(npm.url()).config(CONFIG).start();
        let token = token(&lazaret);
        let home = Home::new();
        let osv = malicious("MAL-2026-1", "anchor", &["1.0.1"]);
        home.write("osv/MAL-2026-1.json", osv);
        let said = home.run(&["advisories", "import", "osv", "--data", "data"]);
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        Self {
            npm,
            lazaret,
            home,
            token,
        }
    }

    fn lock(&self, packages: &[(&str, &str)]) {
        let text = locked(&self.npm, packages);
        self.home.write("package-lock.json", text);
    }

    fn run(&self, arguments: &[&str]) -> Said {
        let variables = [
            ("LAZARET_SERVER", self.lazaret.url()),
            ("LAZARET_TOKEN", &self.token),
            ("GITHUB_SHA", "0123456789abcdef0123456789abcdef01234567"),
        ];
        self.home.run_with(arguments, &variables)
    }

    fn says(&self, code: i32, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        let all = format!("{}{}", said.stdout, said.stderr);
        assert_eq!(said.code, Some(code), "{arguments:?}: {all}");
        all
    }
}

#[test]
fn what_was_reported_is_found_again() {
    let yard = Yard::new();
    let url = yard.lazaret.url().to_owned();
    let nobody = yard.says(0, &["who-has", "rope@1"]);
    assert!(nobody.contains("no project reported it"), "{nobody}");
    yard.lock(&[("fibre", "2.0.0"), ("rope", "1.0.0")]);
    yard.says(
        0,
        &["check", "--data", "data", "--offline", "--report-to", &url],
    );
    let has = yard.says(1, &["who-has", "rope@1"]);
    assert!(has.contains("project ship"), "{has}");
    assert!(has.contains("by way of rope@1.0.0"), "{has}");
    assert!(has.contains(" of 0123456789ab"), "{has}");
    // The next report takes its place.
    yard.lock(&[("fibre", "2.0.0"), ("rope", "1.0.1")]);
    let sbom = yard.run(&["sbom", "--data", "data", "--report-to", &url]);
    assert_eq!(sbom.code, Some(0), "{}", sbom.stderr);
    let document: Value = serde_json::from_str(&sbom.stdout).unwrap();
    assert_eq!(document["bomFormat"], "CycloneDX");
    yard.says(0, &["who-has", "rope@1.0.0"]);
    let has = yard.run(&["who-has", "rope@1.0.1", "--format", "json"]);
    let has: Value = serde_json::from_str(&has.stdout).unwrap();
    assert_eq!(has["projects"][0]["lockfile"], "package-lock.json");
    assert_eq!(has["projects"].as_array().unwrap().len(), 1);

    let arguments = ["check", "--data", "data", "--offline", "--report-to", &url];
    let said = yard.home.run(&arguments);
    assert_eq!(said.code, Some(2), "{}", said.stderr);
    assert!(said.stderr.contains("no token"), "{}", said.stderr);
}

#[test]
fn what_the_mirror_blocks_fails_and_what_it_approved_was_looked_at() {
    let yard = Yard::new();
    let url = yard.lazaret.url().to_owned();
    yard.lock(&[("fibre", "2.0.0"), ("rope", "1.0.0")]);
    let before = std::fs::read(yard.home.path().join("package-lock.json")).unwrap();
    yard.home.write("before.json", before);
    yard.lock(&[("fibre", "2.0.0"), ("rope", "1.0.1")]);
    let check = [
        "check",
        "package-lock.json",
        "--data",
        "data",
        "--base-file",
        "before.json",
        "--server",
        &url,
    ];
    let said = yard.says(1, &check);
    assert!(said.contains("error[behaviour]: rope@1.0.1"), "{said}");
    yard.says(
        0,
        &["review", "approve", "rope@1.0.1", "--reason", "read it"],
    );
    let said = yard.says(0, &check);
    assert!(said.contains("malicious ok"), "{said}");
    yard.says(
        0,
        &["review", "reject", "fibre@2.0.0", "--reason", "a worm"],
    );
    let said = yard.says(1, &check);
    assert!(
        said.contains("error[review]: fibre@2.0.0 is blocked by the mirror"),
        "{said}"
    );
    assert!(said.contains("a worm"), "{said}");
    assert!(said.contains("malicious FAILED 1"), "{said}");
    // Without a token it is said that nobody asked.
    let said = yard.home.run(&check);
    assert!(said.stderr.contains("takes a token"), "{}", said.stderr);
}
