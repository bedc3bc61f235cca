//! `lazaret scan` and `lazaret indicators` from outside.

mod bundlers;
mod clients;

use crate::harness::{Home, Said, malicious};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A campaign of the tests' own. Its strings stand backwards, as in every such file.
const OWN: &str = r#"
id = "harbour-2026-11"
name = "Harbour: a test"
from = 2026-11-01
what = "does nothing"
sources = ["a test"]
rotate = ["the key of the lighthouse"]
clean = ["look at the tide"]
literals = ["10-toliP-ruobraH-ehT"]
domains = ["dilavni.ruobrah.pord"]
files = ["harbour_dropper.js"]

[packages]
"anchor" = ["1.0.1"]
"#;

fn literal() -> String {
    "10-toliP-ruobraH-ehT".chars().rev().collect()
}

/// A home that knows the campaign, with a folder `disk` to search.
fn home() -> Home {
    let home = Home::new();
    home.write("own.toml", OWN);
    let said = home.run(&["indicators", "add", "own.toml", "--data", "data"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    home.write("disk/readme.txt", "nothing");
    home
}

fn scan(home: &Home, arguments: &[&str]) -> Said {
    let all: Vec<&str> = ["scan", "disk", "--data", "data"]
        .iter()
        .chain(arguments)
        .copied()
        .collect();
    home.run(&all)
}

fn json(said: &Said) -> Value {
    serde_json::from_str(&said.stdout).unwrap_or_else(|_| panic!("{}{}", said.stdout, said.stderr))
}

fn installed(home: &Home, name: &str, version: &str) {
    let manifest = format!("{{\"name\":\"{name}\",\"version\":\"{version}\"}}");
    home.write(&format!("disk/node_modules/{name}/package.json"), manifest);
}

#[test]
fn a_clean_disk_ends_with_0() {
    let home = home();
    installed(&home, "anchor", "1.0.2");
    let said = scan(&home, &[]);
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
    assert!(said.stdout.ends_with("nothing found\n"), "{}", said.stdout);
    assert!(
        said.stderr.contains("there are no advisories"),
        "{}",
        said.stderr
    );
}

#[test]
fn a_confirmed_hit_ends_with_5_and_says_what_to_do() {
    let home = home();
    installed(&home, "anchor", "1.0.1");
    let said = scan(&home, &[]);
    assert_eq!(said.code, Some(5), "{}", said.stdout);
    for part in [
        "Harbour: a test (harbour-2026-11)",
        "confirmed installed: anchor@1.0.1",
        "[home]/disk/node_modules/anchor/package.json",
        "here since 20",
        "its code can have run here",
        "rotate: the key of the lighthouse",
        "do: look at the tide",
        "CONFIRMED: 1, likely: 0, hints: 0",
    ] {
        assert!(said.stdout.contains(part), "{part}: {}", said.stdout);
    }
    let json = json(&scan(&home, &["--format", "json"]));
    assert_eq!(json["schema"], 1);
    assert_eq!(json["status"], "confirmed");
    assert_eq!(json["complete"], true);
    let hit = &json["hits"][0];
    assert_eq!(hit["what"], "version");
    assert_eq!(hit["subject"], "anchor@1.0.1");
    assert_eq!(hit["campaign"], "harbour-2026-11");
    assert_eq!(hit["place"], "installed");
    assert_eq!(hit["ran"], "possible");
    assert!(hit["first_seen"].is_string() && hit["sha256"].is_string());
    assert_eq!(
        json["campaigns"][0]["rotate"][0],
        "the key of the lighthouse"
    );
    assert_eq!(json["counts"]["packages"], 1);
}

#[test]
fn what_is_only_likely_ends_with_1_and_what_was_not_read_with_4() {
    let home = home();
    home.write("disk/hint/harbour_dropper.js", "inert");
    let said = scan(&home, &[]);
    assert_eq!(said.code, Some(0), "a hint alone: {}", said.stdout);
    assert!(
        said.stdout.contains("nothing found; hints: 1"),
        "{}",
        said.stdout
    );
    home.write("disk/cut.tgz", [0x1f, 0x8b, 8, 0, 1, 2, 3]);
    let said = scan(&home, &[]);
    assert_eq!(said.code, Some(4), "{}", said.stdout);
    assert!(
        said.stdout.contains("NOT READ, or not whole: 1"),
        "{}",
        said.stdout
    );
    assert!(
        said.stdout.contains("but 1 places were not read"),
        "{}",
        said.stdout
    );
    home.write("disk/dist/app.js", format!("f('{}')", literal()));
    assert_eq!(scan(&home, &[]).code, Some(1));
    assert_eq!(scan(&home, &["--strict"]).code, Some(4));
    installed(&home, "anchor", "1.0.1");
    assert_eq!(scan(&home, &["--strict"]).code, Some(5));
    assert_eq!(scan(&home, &["--exclude", "disk"]).code, Some(3));
    let said = scan(&home, &["--exclude", "dsk"]);
    assert_eq!(said.code, Some(5));
    assert!(
        said.stderr.contains("leaves out nothing"),
        "{}",
        said.stderr
    );
}

#[test]
fn paths_are_shown_and_left_out_as_folders_list_them() {
    let home = home();
    installed(&home, "anchor", "1.0.1");
    let said = home.run(&["scan", "./disk/.", "--data", "data", "--format", "json"]);
    let path = "[home]/disk/node_modules/anchor/package.json";
    assert_eq!(json(&said)["hits"][0]["path"], path);
    let left_out = [
        "scan",
        ".",
        "--data",
        "data",
        "--exclude",
        "./disk/node_modules/",
    ];
    assert_eq!(home.run(&left_out).code, Some(0));
}

#[test]
fn a_path_that_is_not_there_is_wrong_use_and_an_empty_folder_nothing() {
    let home = home();
    assert_eq!(
        home.run(&["scan", "nowhere", "--data", "data"]).code,
        Some(2)
    );
    std::fs::create_dir(home.path().join("empty")).unwrap();
    assert_eq!(home.run(&["scan", "empty", "--data", "data"]).code, Some(3));
}

#[test]
fn malicious_versions_of_imported_advisories_are_found() {
    let home = home();
    home.write(
        "osv/MAL-2026-1.json",
        malicious("MAL-2026-1", "boat", &["2.0.0"]),
    );
    assert_eq!(
        home.run(&["advisories", "import", "osv", "--data", "data"])
            .code,
        Some(0)
    );
    installed(&home, "boat", "2.0.0");
    let said = scan(&home, &["--format", "json"]);
    assert_eq!(said.code, Some(5));
    assert_eq!(json(&said)["hits"][0]["advisory"], "MAL-2026-1");
}

#[cfg(unix)]
#[test]
fn what_authors_write_reaches_no_terminal_unescaped() {
    let home = home();
    let name = "disk/a\x1b[31m\u{202e}b/node_modules/anchor/package.json";
    home.write(name, "{\"name\":\"anchor\",\"version\":\"1.0.1\"}");
    for format in ["human", "json"] {
        let said = scan(&home, &["--format", format]);
        assert_eq!(said.code, Some(5));
        assert!(
            !said.stdout.contains(['\x1b', '\u{202e}']),
            "{}",
            said.stdout
        );
    }
}

#[test]
fn overrides_take_hits_out_until_they_end() {
    let home = home();
    installed(&home, "anchor", "1.0.1");
    let text = |until: &str| {
        format!(
            "[[override]]\ncampaign = \"harbour-2026-11\"\npath = \"node_modules/anchor/package.json\"\nreason = \"ours, looked at\"\nuntil = {until}\n"
        )
    };
    home.write("data/indicators/overrides.toml", text("2999-12-31"));
    let said = scan(&home, &[]);
    assert_eq!(said.code, Some(0), "{}", said.stdout);
    assert!(said.stdout.contains("hits overridden as false alarms: 1"));
    let listed = home.run(&["indicators", "list", "--data", "data"]);
    assert!(
        listed.stdout.contains("ours, looked at"),
        "{}",
        listed.stdout
    );
    home.write("data/indicators/overrides.toml", text("2020-01-01"));
    let said = scan(&home, &[]);
    assert_eq!(said.code, Some(5));
    assert!(
        said.stderr.contains("ran out on 2020-01-01"),
        "{}",
        said.stderr
    );
    home.write("data/indicators/overrides.toml", "[[override]]\n");
    assert_eq!(scan(&home, &[]).code, Some(2));
}

#[test]
fn a_hash_that_was_imported_alone_is_looked_for_in_every_file() {
    let home = home();
    home.write("disk/renamed.bin", "an inert file");
    let sha256 = "0d6d9f6ac4a8a6e5a0a1d8cf2c5d8a1f";
    assert_eq!(sha256.len(), 32, "half of one: it is left out");
    home.write("short.csv", format!("type,indicator\nsha256,{sha256}\n"));
    let import = |file: &str| home.run(&["indicators", "import", file, "--data", "data"]);
    let said = import("short.csv");
    assert_eq!(said.code, Some(3), "{}", said.stderr);
    assert!(said.stderr.contains("left out"), "{}", said.stderr);
    // sha256 of the file.
    let sha256 = "20d588d91bad674866d22d39084039e10fafe25cc200c64dec46b99713d8f39a";
    home.write("long.csv", format!("type,indicator\nsha256,{sha256}\n"));
    assert_eq!(import("long.csv").code, Some(0));
    let said = scan(&home, &["--format", "json"]);
    assert_eq!(said.code, Some(5));
    assert_eq!(json(&said)["hits"][0]["what"], "file");
}

#[test]
fn what_could_not_be_read_again_is_not_kept() {
    let home = home();
    let mut table = String::from("type,indicator\n");
    for number in 0..600 {
        table.push_str(&format!("domain,host-{number}.harbour.invalid\n"));
    }
    home.write("large.csv", table);
    let said = home.run(&["indicators", "import", "large.csv", "--data", "data"]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.stderr.contains("more than 500 strings"),
        "{}",
        said.stderr
    );
    assert_eq!(scan(&home, &[]).code, Some(0), "every scan goes on");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_no_file_and_is_not_waited_for() {
    let home = home();
    let made = std::process::Command::new("mkfifo")
        .arg(home.path().join("pipe"))
        .status();
    assert!(made.unwrap().success());
    let said = home.run(&["scan", "pipe", "--data", "data"]);
    assert_eq!(said.code, Some(3), "{}", said.stdout);
    assert!(
        said.stdout.contains("there was no file to search"),
        "{}",
        said.stdout
    );
}

#[test]
fn campaigns_are_added_shown_replaced_and_imported() {
    let home = home();
    let shown = home.run(&["indicators", "show", "harbour-2026-11", "--data", "data"]);
    assert_eq!(shown.code, Some(0));
    for part in [
        "Harbour: a test",
        "anchor  1.0.1",
        &literal(),
        "drop[.]harbour[.]invalid",
    ] {
        assert!(shown.stdout.contains(part), "{part}: {}", shown.stdout);
    }
    let wrong = home.run(&["indicators", "show", "harbor-2026-11", "--data", "data"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.stderr.contains("harbour-2026-11"), "{}", wrong.stderr);
    let again = home.run(&["indicators", "add", "own.toml", "--data", "data"]);
    assert_eq!(again.code, Some(2), "it is there already");
    let replaced = home.run(&[
        "indicators",
        "add",
        "own.toml",
        "--replace",
        "--data",
        "data",
    ]);
    assert_eq!(replaced.code, Some(0), "{}", replaced.stderr);
    home.write("broken.toml", format!("{OWN}\nmore = 1\n"));
    let broken = home.run(&["indicators", "add", "broken.toml", "--data", "data"]);
    assert_eq!(broken.code, Some(2));
    assert!(broken.stderr.contains("line "), "{}", broken.stderr);

    home.write(
        "table.csv",
        "type,indicator\nnpm package,boat@3.0.0\ndomain,github.com\n",
    );
    let imported = home.run(&[
        "indicators",
        "import",
        "table.csv",
        "--date",
        "2026-11-02",
        "--data",
        "data",
    ]);
    assert_eq!(imported.code, Some(0), "{}", imported.stderr);
    assert!(
        imported.stderr.contains("left out github.com"),
        "{}",
        imported.stderr
    );
    installed(&home, "boat", "3.0.0");
    let said = scan(&home, &["--format", "json"]);
    assert_eq!(json(&said)["hits"][0]["campaign"], "table");

    let listed = home.run(&["indicators", "list", "--format", "json", "--data", "data"]);
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    let all = listed["campaigns"].as_array().unwrap();
    assert!(all.len() > 40);
    let added: Vec<&str> = all
        .iter()
        .filter(|one| one["origin"] == "added")
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    assert_eq!(added, ["harbour-2026-11", "table"]);
}

#[test]
fn what_is_kept_and_what_it_was_made_of_are_not_found_by_themselves() {
    let home = home();
    let said = home.run(&["scan", "data", "own.toml", "--data", "data"]);
    assert_eq!(said.code, Some(0), "{}", said.stdout);
    assert!(said.stdout.ends_with("nothing found\n"), "{}", said.stdout);
}

/// Folders of the repository that hold what others made, or what is made to look like attacks.
const NOT_OURS: &[&str] = &[
    ".git",
    "bench/.cache",
    "evals/fixtures",
    "fuzz/artifacts",
    "fuzz/corpus",
    "fuzz/target",
    "target",
];

#[test]
fn our_own_repository_and_program_are_clean() {
    let home = Home::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let root: PathBuf = std::fs::canonicalize(root).unwrap();
    let mut arguments: Vec<String> = ["scan", "--data", "data", "--format", "json"]
        .map(str::to_owned)
        .into();
    arguments.push(root.display().to_string());
    arguments.push(env!("CARGO_BIN_EXE_lazaret").to_owned());
    for folder in NOT_OURS {
        arguments.push("--exclude".to_owned());
        // What is left out by its own name is still searched where it was named itself: the program.
        arguments.push(root.join(folder).display().to_string());
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let said = home.run(&arguments);
    let json = json(&said);
    let hits = json["hits"].as_array().unwrap();
    let sure: Vec<&Value> = hits
        .iter()
        .filter(|hit| hit["confidence"] != "hint")
        .collect();
    assert!(sure.is_empty(), "{sure:#?}");
    assert!(json["counts"]["files"].as_u64().unwrap() > 1000);
    assert!(matches!(said.code, Some(0 | 4)), "{}", said.stdout);
}
