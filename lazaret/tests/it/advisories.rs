//! `lazaret advisories`.

use crate::harness::{Home, Said, malicious, zip};
use insta::assert_snapshot;
use lazaret_testing::{Fault, Fixed, Npm};
use serde_json::json;

fn import(home: &Home, path: &str) -> Said {
    home.run(&["advisories", "import", path, "--data", "data"])
}

fn sync(home: &Home, feed: &str, more: &[&str]) -> Said {
    let sync = [
        "advisories",
        "sync",
        "--data",
        "data",
        "--advisories-feed",
        feed,
    ];
    home.run(&[&sync, more].concat())
}

fn status(home: &Home) -> serde_json::Value {
    let said = home.run(&["advisories", "status", "--data", "data", "--format", "json"]);
    serde_json::from_str(&said.stdout).unwrap()
}

#[test]
fn files_folders_and_archives_are_imported_together() {
    let home = Home::new();
    home.write("one.osv", malicious("MAL-2026-1", "one", &[]));
    home.write(
        "folder/deeper/two.json",
        malicious("MAL-2026-2", "two", &["1.0.0"]),
    );
    home.write("folder/README.md", "not a record");
    let other = json!({
        "id": "PYSEC-1", "modified": "2026-01-01T00:00:00Z",
        "affected": [{ "package": { "ecosystem": "PyPI", "name": "three" }, "versions": ["1"] }],
    });
    let export = zip(&[
        (
            "MAL-2026-3.json",
            &malicious("MAL-2026-3", "@four/five", &[]),
        ),
        ("PYSEC-1.json", &other.to_string()),
        ("licence.txt", "free"),
    ]);
    home.write("folder/all.zip", export);
    let said = home.run(&[
        "advisories",
        "import",
        "one.osv",
        "folder",
        "--data",
        "data",
    ]);
    assert_eq!((said.code, &*said.stderr), (Some(0), ""));
    assert_snapshot!(said.stdout, @r"
    read 3 records about npm packages, passed over 1 about others, left out 2 files that are no records by their names
    the index holds 3 rows about 3 packages: 3 malicious, 0 vulnerabilities
    ");

    // A second import adds; of one id the newer record stays.
    home.write("again.json", malicious("MAL-2026-1", "one", &["2.0.0"]));
    let said = import(&home, "again.json");
    assert_eq!(said.code, Some(0));
    let status = status(&home);
    assert_eq!(status["rows"], 3);
    assert_eq!(status["imported"], 3);
    assert_eq!(status["stale"], false);
}

#[test]
fn what_cannot_be_read_is_counted_and_named_and_the_rest_is_taken() {
    let home = Home::new();
    let bad: Vec<(String, String)> = (0..12)
        .map(|n| (format!("bad-{n:02}.json"), "{\"id\": 1}".to_owned()))
        .collect();
    let good = malicious("MAL-2026-1", "one", &[]);
    let mut files: Vec<(&str, &str)> = bad
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    files.push(("good.json", &good));
    home.write("all.zip", zip(&files));
    let said = import(&home, "all.zip");
    assert_eq!(said.code, Some(4));
    assert_snapshot!(said.stderr, @r"
    warning: 12 could not be read:
      all.zip: bad-00.json: record without a readable id: id: invalid type: integer `1`, expected a string at line 1 column 8
      all.zip: bad-01.json: record without a readable id: id: invalid type: integer `1`, expected a string at line 1 column 8
      all.zip: bad-02.json: record without a readable id: id: invalid type: integer `1`, expected a string at line 1 column 8
      all.zip: bad-03.json: record without a readable id: id: invalid type: integer `1`, expected a string at line 1 column 8
      all.zip: bad-04.json: record without a readable id: id: invalid type: integer `1`, expected a string at line 1 column 8
      all.zip: bad-05.json: record without a readable id: id: invalid type: integer `1`, expected a string at line 1 column 8
      all.zip: bad-06.json: record without a readable id: id: invalid type: integer `1`, expected a string at line 1 column 8
      all.zip: bad-07.json: record without a readable id: id: invalid type: integer `1`, expected a string at line 1 column 8
      all.zip: bad-08.json: record without a readable id: id: invalid type: integer `1`, expected a string at line 1 column 8
      all.zip: bad-09.json: record without a readable id: id: invalid type: integer `1`, expected a string at line 1 column 8
      and 2 more
    ");
    assert_eq!(status(&home)["rows"], 1);
}

#[test]
fn a_cut_archive_is_no_archive() {
    let home = Home::new();
    let export = zip(&[
        ("a.json", &malicious("MAL-2026-1", "one", &[])),
        ("b.json", &malicious("MAL-2026-2", "two", &[])),
    ]);
    home.write("cut.zip", &export[..export.len() - 30]);
    let said = import(&home, "cut.zip");
    assert_eq!(said.code, Some(4));
    assert_snapshot!(said.stderr, @r"
    warning: 1 could not be read:
      cut.zip: is not a zip archive that can be read: invalid Zip archive: Could not find EOCD
    ");
    // One flipped byte in a record is seen by its checksum.
    let mut flipped = export.clone();
    flipped[60] ^= 1;
    home.write("flipped.zip", flipped);
    let said = import(&home, "flipped.zip");
    assert_eq!(said.code, Some(4), "{}", said.stderr);
    assert_eq!(status(&home)["rows"], 1);
}

#[test]
fn a_record_that_inflates_without_end_is_cut_short() {
    let home = Home::new();
    let bomb = "a".repeat(20 << 20);
    home.write(
        "bomb.zip",
        zip(&[
            ("bomb.json", &bomb),
            ("good.json", &malicious("MAL-2026-1", "one", &[])),
        ]),
    );
    let said = import(&home, "bomb.zip");
    assert_eq!(said.code, Some(4), "{}", said.stderr);
    assert_eq!(status(&home)["rows"], 1);
}

#[test]
fn nothing_understood_changes_nothing() {
    let home = Home::new();
    home.write("folder/readme.txt", "hello");
    let said = import(&home, "folder");
    assert_eq!(said.code, Some(3));
    assert_snapshot!(said.stderr, @"error: there is no OSV record about an npm package in what was given; nothing was changed");
    assert_eq!(import(&home, "nowhere").code, Some(2));
    assert!(!home.path().join("data/advisories.index").exists());
}

#[test]
fn a_damaged_index_is_replaced_and_that_is_said() {
    let home = Home::new();
    home.write("data/advisories.index", "damaged");
    home.write("data/.advisories-killed", "half done");
    home.write("one.json", malicious("MAL-2026-1", "one", &[]));
    assert_eq!(
        home.run(&["advisories", "status", "--data", "data"]).code,
        Some(4)
    );
    let said = import(&home, "one.json");
    assert_eq!(said.code, Some(0));
    assert_snapshot!(said.stderr, @"warning: [home]/data/advisories.index: this is not an advisory index; it is replaced");
    assert_eq!(status(&home)["rows"], 1);
    assert!(!home.path().join("data/.advisories-killed").exists());
}

#[test]
fn an_old_or_empty_index_is_said_loudly() {
    let home = Home::new();
    let said = home.run(&["advisories", "status", "--data", "data"]);
    assert_eq!(said.code, Some(1));
    assert_snapshot!(said.stderr, @"warning: there are no advisories: known malicious versions are NOT recognised; run `lazaret advisories sync` or `lazaret advisories import PATH`");

    let old = malicious("MAL-2020-1", "one", &[])
        .replace(&jiff::Timestamp::now().to_string()[..4], "2020");
    home.write("old.json", old);
    import(&home, "old.json");
    let said = home.run(&["advisories", "status", "--data", "data"]);
    assert_eq!(said.code, Some(1));
    assert!(
        said.stderr
            .contains("days old: what was reported since then is NOT recognised"),
        "{}",
        said.stderr
    );

    home.write("new.json", malicious("MAL-2026-2", "two", &[]));
    import(&home, "new.json");
    let said = home.run(&["advisories", "status", "--data", "data"]);
    assert_eq!((said.code, &*said.stderr), (Some(0), ""));
    let counts: String = said
        .stdout
        .lines()
        .take(7)
        .map(|line| format!("{line}\n"))
        .collect();
    assert_snapshot!(counts, @r"
    rows             2
    packages         2
    malicious        2
    vulnerabilities  0
    withdrawn        0
    from the feed    0
    from files       2
    ");
}

#[test]
fn a_sync_replaces_what_was_synced_and_keeps_what_was_imported() {
    let home = Home::new();
    let npm = Npm::new().start_blocking();
    let feed = format!("{}all.zip", npm.url());
    let sync = |more: &[&str]| sync(&home, &feed, more);
    let synced_and_imported = || {
        let status = status(&home);
        (status["synced"].as_u64(), status["imported"].as_u64())
    };
    let records = |ids: &[u32]| {
        let records: Vec<_> = ids
            .iter()
            .map(|id| {
                (
                    format!("MAL-2026-{id}.json"),
                    malicious(&format!("MAL-2026-{id}"), &format!("p{id}"), &[]),
                )
            })
            .collect();
        zip(&records
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .collect::<Vec<_>>())
    };
    home.write("ours.json", malicious("OURS-1", "ours", &[]));
    import(&home, "ours.json");

    npm.route(
        "/all.zip",
        Fixed::new(records(&[1, 2, 3, 4])).etag("\"one\""),
    );
    let said = sync(&[]);
    assert_eq!((said.code, &*said.stderr), (Some(0), ""));
    assert_eq!(synced_and_imported(), (Some(4), Some(1)));
    assert_eq!(sync(&[]).stdout, "the feed has not changed\n");

    npm.route("/all.zip", Fixed::new(records(&[1, 2, 5])).etag("\"two\""));
    assert_eq!(sync(&[]).code, Some(0));
    assert_eq!(synced_and_imported(), (Some(3), Some(1)));

    // Most of it gone at once is more likely a broken export.
    npm.route("/all.zip", Fixed::new(zip(&[])).etag("\"three\""));
    let said = sync(&[]);
    assert_eq!(said.code, Some(4));
    assert_snapshot!(said.stderr.replace(npm.origin(), "[feed]"), @"error: the feed at [feed]/all.zip holds 0 readable records about npm packages, the index has 3 rows from before: the index was left as it is. If the feed is right, run `lazaret advisories sync --accept-less`");
    npm.route("/all.zip", Fixed::new(records(&[1])).etag("\"four\""));
    assert_eq!(sync(&[]).code, Some(4));
    assert_eq!(status(&home)["synced"], 3);
    assert_eq!(sync(&["--accept-less"]).code, Some(0));
    assert_eq!(status(&home)["synced"], 1);

    // The index is gone: the old answer's mark must not keep us from asking for all of it.
    std::fs::remove_file(home.path().join("data/advisories.index")).unwrap();
    assert_eq!(sync(&[]).code, Some(0));
    assert_eq!(status(&home)["synced"], 1);
}

#[test]
fn a_sync_that_fails_leaves_everything_as_it_was() {
    let home = Home::new();
    let npm = Npm::new().start_blocking();
    let feed = format!("{}all.zip", npm.url());
    let sync = || sync(&home, &feed, &[]);
    npm.route(
        "/all.zip",
        Fixed::new(zip(&[("a.json", &malicious("MAL-2026-1", "one", &[]))])),
    );
    assert_eq!(sync().code, Some(0));
    for fault in [
        Fault::status(403),
        Fault::status(404),
        Fault::truncate(40),
        Fault::corrupt(),
        Fault::garbage(),
    ] {
        npm.heal_all();
        npm.fault("/all.zip", fault);
        let said = sync();
        assert_eq!(said.code, Some(4), "{}", said.stderr);
        assert_eq!(status(&home)["rows"], 1);
    }
    let left: Vec<_> = std::fs::read_dir(home.path().join("data"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        left.iter()
            .all(|name| !name.to_string_lossy().starts_with('.')),
        "nothing half done stays: {left:?}"
    );
}

#[test]
fn a_sync_needs_a_feed() {
    let said = Home::new().run(&["advisories", "sync", "--data", "data"]);
    assert_eq!(said.code, Some(2));
    assert_snapshot!(said.stderr, @r#"
    error: no feed of advisories is configured: write `feed = "https://osv.example/npm/all.zip"` below [advisories]
    in lazaret.toml (OSV's documentation names the URL of its npm export), or import files
    "#);
}
