use super::{PackageJson, differences};

fn compared(tarball: &str, has_gyp: bool, manifest: &str) -> Vec<String> {
    let tarball = PackageJson::parse(tarball.as_bytes()).unwrap();
    let found = differences(&tarball, has_gyp, manifest).unwrap();
    found.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn same(tarball: &str, manifest: &str) {
    assert_eq!(compared(tarball, false, manifest), Vec::<String>::new());
}

#[test]
fn a_hidden_install_script_is_told() {
    let found = compared(
        r#"{"name":"a","version":"1.0.0","scripts":{"postinstall":"node x.js","test":"jest"}}"#,
        false,
        r#"{"name":"a","version":"1.0.0","_id":"a@1.0.0","scripts":{"test":"mocha"}}"#,
    );
    let expected = r#"scripts.postinstall: the registry says nothing, the tarball "node x.js""#;
    assert_eq!(found, [expected]);
}

#[test]
fn a_hidden_dependency_another_command_and_another_name_are_told() {
    let found = compared(
        r#"{"name":"b","version":"1.0.1","dependencies":{"x":"^1","y":"1"},"bin":{"run":"evil.js"}}"#,
        false,
        r#"{"name":"a","version":"1.0.0","_id":"x","dependencies":{"x":"^1.2"},"bin":{"run":"run.js"},"peerDependencies":{"p":"1"}}"#,
    );
    assert_eq!(
        found,
        [
            r#"name: the registry says "a", the tarball "b""#,
            r#"version: the registry says "1.0.0", the tarball "1.0.1""#,
            r#"dependencies.x: the registry says "^1.2", the tarball "^1""#,
            r#"dependencies.y: the registry says nothing, the tarball "1""#,
            r#"peerDependencies.p: the registry says "1", the tarball nothing"#,
            r#"bin.run: the registry says "run.js", the tarball "evil.js""#,
        ]
    );
}

#[test]
fn what_publishing_rewrites_is_no_difference() {
    same(
        r#"{"name":"a","version":"v1.0.0"}"#,
        r#"{"name":"a","version":"1.0.0","_id":"a@1.0.0","dist":{}}"#,
    );
    same(
        r#"{"name":"@s/tool","version":"1.0.0+build.5","bin":"./cli.js"}"#,
        r#"{"name":"@s/tool","version":"1.0.0","_id":"x","bin":{"tool":"cli.js"}}"#,
    );
    same(
        r#"{"name":"a","version":"1.0.0","dependencies":{"b":"1"},"optionalDependencies":{"c":"2"}}"#,
        r#"{"name":"a","version":"1.0.0","_id":"x","dependencies":{"b":"1","c":"2"},"optionalDependencies":{"c":"2"}}"#,
    );
    same(
        r#"{"name":"a","version":"1.0.0","bundledDependencies":["b"],"dependencies":{"c":""}}"#,
        r#"{"name":"a","version":"1.0.0","_id":"x","bundleDependencies":["b"],"dependencies":{"b":"*","c":"*"}}"#,
    );
    same(
        r#"{"name":"a","version":"1.0.0","dependencies":{"b":"user/b#v1","c":"git+https://github.com/u/c.git"}}"#,
        r#"{"name":"a","version":"1.0.0","_id":"x","dependencies":{"b":"github:user/b#v1","c":"git+ssh://git@github.com/u/c.git"}}"#,
    );
    same(
        r#"{"name":"a","version":"1.0.0","scripts":{"install":"./node_modules/.bin/node-pre-gyp install"}}"#,
        r#"{"name":"a","version":"1.0.0","_id":"x","scripts":{"install":"node-pre-gyp install"}}"#,
    );
    same(
        r#"{"name":"a","version":"1.0.0","directories":{"bin":"./bin"}}"#,
        r#"{"name":"a","version":"1.0.0","_id":"x","directories":{"bin":"bin"},"bin":{"run":"bin/run"}}"#,
    );
}

#[test]
fn what_npm_builds_by_itself_may_be_written_down_or_not() {
    let package = r#"{"name":"a","version":"1.0.0"}"#;
    let plain = r#"{"name":"a","version":"1.0.0","_id":"x"}"#;
    let added = r#"{"name":"a","version":"1.0.0","_id":"x","gypfile":true,"scripts":{"install":"node-gyp rebuild"}}"#;
    assert!(compared(package, true, plain).is_empty());
    assert!(compared(package, true, added).is_empty());
    assert_eq!(compared(package, false, added).len(), 1);
    let other = r#"{"name":"a","version":"1.0.0","scripts":{"install":"node x.js"}}"#;
    assert_eq!(compared(other, true, added).len(), 1);
}

#[test]
fn an_abbreviated_manifest_only_says_that_there_are_scripts() {
    let package = r#"{"name":"a","version":"1.0.0","scripts":{"install":"node x.js"}}"#;
    let says = r#"{"name":"a","version":"1.0.0","hasInstallScript":true,"dist":{}}"#;
    let silent = r#"{"name":"a","version":"1.0.0","dist":{}}"#;
    assert!(compared(package, false, says).is_empty());
    let expected = r#"hasInstallScript: the registry says "false", the tarball "true""#;
    assert_eq!(compared(package, false, silent), [expected]);
}

#[test]
fn other_hosts_and_paths_are_no_repositories() {
    use super::git::canonical;
    assert_eq!(canonical("^1.0.0"), None);
    assert_eq!(canonical("file:../a"), None);
    assert_eq!(canonical("npm:@scope/name@1"), None);
    assert_eq!(canonical("https://github.com/u/r/archive/v1.tar.gz"), None);
    assert_eq!(canonical("https://example.invalid/u/r.git"), None);
    assert_eq!(
        canonical("gitlab:group/sub/r").as_deref(),
        Some("gitlab:group/sub/r")
    );
    assert_eq!(
        canonical("git@github.com:u/r.git#abc").as_deref(),
        Some("github:u/r#abc")
    );
}
