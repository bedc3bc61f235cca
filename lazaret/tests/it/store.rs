//! `lazaret store`.

use crate::harness::{Home, Lazaret, files_under, get, left_pad};
use insta::assert_snapshot;

#[test]
fn bytes_that_changed_are_taken_out_of_service() {
    let npm = left_pad();
    let mut lazaret = Lazaret::start(npm.url());
    for version in ["1.0.0", "1.1.0"] {
        assert_eq!(
            get(&format!(
                "{}/left-pad/-/left-pad-{version}.tgz",
                lazaret.url()
            ))
            .0,
            200
        );
    }
    lazaret.terminate();
    let home = Home::new();
    let data = lazaret.data().to_str().unwrap();
    let verify = || home.run(&["store", "verify", "--data", data]);
    let clean = verify();
    assert_eq!((clean.code, &*clean.stderr), (Some(0), ""));
    assert!(clean.stdout.starts_with("2 tarballs"), "{}", clean.stdout);

    let blobs = files_under(&lazaret.data().join("blobs"));
    let damaged = blobs.first().unwrap();
    let mut bytes = std::fs::read(damaged).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    let writable = std::fs::remove_file(damaged).and_then(|()| std::fs::write(damaged, bytes));
    writable.unwrap();
    std::fs::remove_file(blobs.last().unwrap()).unwrap();
    let found = verify();
    assert_eq!(found.code, Some(1));
    let words: String = found
        .stdout
        .lines()
        .map(|line| format!("{}\n", line.split("  ").next().unwrap()))
        .collect();
    assert_snapshot!(words, @r"
    damaged
    missing
    0 tarballs (218 bytes) are themselves, 1 damaged, 1 missing, 0 unreadable
    ");
    assert!(
        found.stdout.contains("left-pad@1.0.0") && found.stdout.contains("left-pad@1.1.0"),
        "{}",
        found.stdout
    );
    assert!(!damaged.exists());
    assert_eq!(
        verify().code,
        Some(0),
        "what was taken out is not told twice"
    );
}

#[test]
fn where_nothing_is_kept_there_is_nothing_to_verify() {
    let said = Home::new().run(&["store", "verify", "--data", "data"]);
    assert_eq!(said.code, Some(3));
    assert_snapshot!(said.stderr, @"error: there is no store in [home]/data: `lazaret serve` has not run there");
}
