//! `lazaret config`.

use crate::harness::Home;
use insta::assert_snapshot;

#[test]
fn show_names_the_source_of_each_value() {
    let home = Home::new();
    home.write("lazaret.toml", "[server]\nlisten = \"127.0.0.1:4873\"\n\n[policy]\ncooldown = { days = 7 }\ninternal = [\"@ours/*\"]\n");
    home.write(
        ".npmrc",
        "registry=https://registry.example/npm/\n//registry.example/npm/:_authToken=hunter2\n",
    );
    let said = home.run_with(
        &["config", "show", "--log-format", "json"],
        &[("LAZARET_CACHE_MEMORY", "12")],
    );
    assert_eq!(said.code, Some(0));
    assert!(!said.stdout.contains("hunter2"));
    assert_snapshot!(narrow(&said.stdout), @r#"
    # read from [home]/lazaret.toml

    [server]
    listen  127.0.0.1:4873  [home]/lazaret.toml:2
    public-url  -  http:// and the address it listens on
    data  [home]/.local/share/lazaret  the platform's data directory, such as ~/.local/share/lazaret
    log  info  default
    log-format  json  flag --log-format

    [upstream]
    registry  https://registry.example/npm/  [home]/.npmrc
    token  ***  [home]/.npmrc
    connect-timeout  5  default
    read-timeout  15  default
    total-timeout  300  default
    retries  2  default
    max-packument  256  default
    max-tarball  512  default
    ca-file  -  `cafile` of npm's .npmrc files, and the platform's certificates

    [cache]
    fresh-for  300  default
    revalidate-within  3600  default
    memory  12  environment variable LAZARET_CACHE_MEMORY
    tarball-memory  64  default

    [advisories]
    feed  -  none: use `lazaret advisories import`
    sync-every  3600  default

    [inspection]
    mode  enforce  default
    workers  -  one less than there are processors, at least one
    hold  20  default
    limit  30  default

    [watch]
    interval  60  default
    budget  5000  default
    burst-packages  3  default
    burst-minutes  10  default
    digest  7  default
    desktop  false  default

    [people]
    approvals  1  default
    session  12  default
    keep-downloads  400  default
    behind-proxy  false  default

    [policy]
    malicious.effect  block  default
    malicious.suspected  note  default
    vulnerable.effect  off  default
    vulnerable.severity  high  default
    behaviour.effect  block  default
    behaviour.grandfather-days  30  default
    incomplete-inspection.effect  quarantine  default
    manifest-confusion.effect  quarantine  default
    new-install-script.effect  note  default
    phantom-dependency.effect  note  default
    publisher-changed.effect  note  default
    trust-downgrade.effect  note  default
    cooldown.effect  quarantine  default
    cooldown.days  7  [home]/lazaret.toml:5
    cooldown.exempt  []  default
    weak-integrity.effect  note  default
    weak-integrity.missing  quarantine  default
    security-fix.effect  note  default
    internal  ["@ours/*"]  [home]/lazaret.toml:6
    in-use  []  default
    freeze.after  -  no freeze
    freeze.effect  quarantine  default
    freeze.include-served  false  default
    deny  []  default
    allow  []  default
    "#);
}

#[test]
fn show_as_json_is_versioned() {
    let home = Home::new();
    let said = home.run(&[
        "config",
        "show",
        "--format",
        "json",
        "--upstream",
        "https://registry.example",
    ]);
    assert_eq!(said.code, Some(0));
    let shown: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(shown["schema"], 1);
    assert_eq!(shown["file"], serde_json::Value::Null);
    let of = |key: &str| {
        let values = shown["values"].as_array().unwrap();
        values.iter().find(|row| row["key"] == key).unwrap().clone()
    };
    assert_eq!(
        of("upstream.registry")["value"],
        "https://registry.example/"
    );
    assert_eq!(of("upstream.registry")["source"], "flag --upstream");
    assert_eq!(of("policy.cooldown.days")["value"], 3);
    assert_eq!(of("policy.cooldown.days")["source"], "default");
}

#[test]
fn what_is_wrong_is_shown_where_it_stands() {
    let home = Home::new();
    home.write("lazaret.toml", "[server]\nlisten = \"127.0.0.1:4873\"\nlog = \"info\"\npublik-url = \"https://npm.example\"\n");
    let said = home.run(&["config", "show"]);
    assert_eq!(said.code, Some(2));
    assert_snapshot!(said.stderr, @r#"
    error: [home]/lazaret.toml:4:1: unknown key `publik-url` in [server]; did you mean `public-url`?
       |
     4 | publik-url = "https://npm.example"
       | ^^^^^^^^^^
    "#);
}

#[test]
fn a_file_that_was_named_must_exist() {
    let said = Home::new().run(&["config", "show", "--config", "mine.toml"]);
    assert_eq!(said.code, Some(2));
    assert_snapshot!(said.stderr, @"error: there is no configuration file at [home]/mine.toml; `lazaret config init PATH` writes one");
}

#[test]
fn the_file_is_looked_for_here_then_where_the_platform_keeps_such_things() {
    let home = Home::new();
    home.write(".config/lazaret/lazaret.toml", "[cache]\nmemory = 1\n");
    home.write("named.toml", "[cache]\nmemory = 3\n");
    let memory = |variables: &[(&str, &str)], arguments: &[&str]| {
        let said = home.run_with(&[&["config", "show"], arguments].concat(), variables);
        said.stdout
            .lines()
            .find(|line| line.starts_with("memory"))
            .map(narrow)
            .unwrap()
    };
    assert_snapshot!(memory(&[], &[]), @"memory  1  [home]/.config/lazaret/lazaret.toml:2");
    home.write("lazaret.toml", "[cache]\nmemory = 2\n");
    assert_snapshot!(memory(&[], &[]), @"memory  2  [home]/lazaret.toml:2");
    assert_snapshot!(memory(&[("LAZARET_CONFIG", "named.toml")], &[]), @"memory  3  [home]/named.toml:2");
    assert_snapshot!(memory(&[("LAZARET_CONFIG", "named.toml")], &["--config", "lazaret.toml"]), @"memory  2  [home]/lazaret.toml:2");
}

#[test]
fn init_writes_a_file_that_changes_nothing_and_never_overwrites() {
    let home = Home::new();
    let before = home
        .run(&["config", "show", "--upstream", "https://registry.example"])
        .stdout;
    let said = home.run(&["config", "init"]);
    assert_eq!(said.code, Some(0));
    let after = home
        .run(&["config", "show", "--upstream", "https://registry.example"])
        .stdout;
    assert_eq!(
        before.lines().skip(1).collect::<Vec<_>>(),
        after.lines().skip(1).collect::<Vec<_>>()
    );

    let again = home.run(&["config", "init"]);
    assert_eq!(again.code, Some(2));
    assert_snapshot!(again.stderr, @"error: lazaret.toml exists already and was left as it is");
}

#[test]
fn the_registry_is_the_one_that_npm_is_configured_with() {
    let home = Home::new();
    let found = |variables: &[(&str, &str)], arguments: &[&str]| {
        let said = home.run_with(&[&["config", "show"], arguments].concat(), variables);
        said.stdout
            .lines()
            .find(|line| line.starts_with("registry "))
            .map(narrow)
            .unwrap()
    };
    assert_snapshot!(found(&[], &[]), @"registry  -  no registry to ask for packages was found: npm is not configured with one and could not be asked.");
    // npm itself, as a last resort. It is a script of ours here, and says where it was started.
    let npm = home.write(
        "bin/npm",
        "#!/bin/sh\n[ -f package.json ] && echo https://asked.example/$1-$2-$3\n",
    );
    executable(&npm);
    assert_snapshot!(found(&[], &[]), @"registry  https://asked.example/config-get-registry  `npm config get registry`");
    home.write("etc/npmrc", "registry=https://global.example/\n");
    let global = ("npm_config_prefix", ".");
    assert_snapshot!(found(&[global], &[]), @"registry  https://global.example/  [home]/./etc/npmrc");
    home.write("user", "registry=https://${PLACE}.example/\n");
    let user = [global, ("NPM_CONFIG_USERCONFIG", "user"), ("PLACE", "user")];
    assert_snapshot!(found(&user, &[]), @"registry  https://user.example/  [home]/user");
    home.write(".npmrc", "registry=https://project.example/\n");
    assert_snapshot!(found(&user, &[]), @"registry  https://project.example/  [home]/.npmrc");
    let variable = [
        &user[..],
        &[("NPM_CONFIG_REGISTRY", "https://variable.example/")],
    ]
    .concat();
    assert_snapshot!(found(&variable, &[]), @"registry  https://variable.example/  environment variable NPM_CONFIG_REGISTRY");
    home.write(
        "lazaret.toml",
        "[upstream]\nregistry = \"https://file.example\"\n",
    );
    assert_snapshot!(found(&variable, &[]), @"registry  https://file.example/  [home]/lazaret.toml:2");
    assert_snapshot!(found(&variable, &["--upstream", "https://flag.example"]), @"registry  https://flag.example/  flag --upstream");
}

#[test]
fn a_token_is_not_sent_to_a_registry_that_some_folder_names() {
    let home = Home::new();
    home.write(".npmrc", "registry=https://evil.example/\n");
    let token = [("LAZARET_UPSTREAM_TOKEN", "hunter2")];
    let said = home.run_with(&["serve", "--data", "data"], &token);
    assert_eq!(said.code, Some(2));
    assert_snapshot!(said.stderr, @"error: a token is set, but not the registry it is for: say --upstream URL, set LAZARET_UPSTREAM, or write `registry` below [upstream] in lazaret.toml");
}

#[test]
fn npm_that_answers_nonsense_is_not_believed() {
    let home = Home::new();
    for answer in [
        "undefined",
        "not a url",
        "file:///etc/passwd",
        "",
        "https://u:p@registry.example/",
    ] {
        let npm = home.write("bin/npm", format!("#!/bin/sh\necho '{answer}'\n"));
        executable(&npm);
        let said = home.run(&["serve", "--listen", "127.0.0.1:0"]);
        assert_eq!(said.code, Some(2), "{answer}: {}", said.stderr);
        assert!(!said.stderr.contains("u:p"), "{}", said.stderr);
    }
}

fn executable(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// Columns are as wide as the path of a temporary folder makes them; here they are not.
fn narrow(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let cells: Vec<&str> = line
            .split("  ")
            .map(str::trim)
            .filter(|cell| !cell.is_empty())
            .collect();
        cells.join("  ")
    });
    lines.collect::<Vec<_>>().join("\n")
}
