//! What is extracted of archives, ordinary and crafted.

mod corpus;
mod models;
mod property;

use bytes::Bytes;
use lazaret_testing::tarball;

use super::{Contents, Kind, Limits, Tarball};

fn read(bytes: Vec<u8>) -> Contents {
    let tarball = Tarball::unverified(Bytes::from(bytes));
    tarball.contents(&Limits::default()).unwrap()
}

#[test]
fn an_ordinary_tarball_is_canonical() {
    let contents = read(tarball([
        ("package/package.json", r#"{"name":"a","version":"1.0.0"}"#),
        ("package/lib/index.js", "module.exports = 1"),
        ("package/bin/run.js", "#!/usr/bin/env node"),
    ]));
    assert!(contents.is_canonical(), "{:?}", contents.irregularities);
    assert_eq!(contents.root.as_deref(), Some("package"));
    let files: Vec<_> = contents
        .files
        .iter()
        .map(|file| {
            (
                file.path.as_str(),
                file.bytes.len(),
                file.executable,
                file.disputed,
            )
        })
        .collect();
    assert_eq!(
        files,
        [
            ("bin/run.js", 19, true, false),
            ("lib/index.js", 18, false, false),
            ("package.json", 30, false, false),
        ]
    );
    assert_eq!(contents.at("lib/index.js").len(), 1);
    assert!(contents.at("lib").is_empty());
}

#[test]
fn two_files_of_one_path_are_both_listed() {
    let contents = read(tarball([
        ("package/package.json", "{}"),
        ("package/index.js", "one"),
        ("other/index.js", "two"),
    ]));
    let both: Vec<_> = contents
        .at("index.js")
        .iter()
        .map(|file| &file.bytes[..])
        .collect();
    assert_eq!(both, [b"one", b"two"]);
    let kinds: Vec<_> = contents.irregularities.iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [Kind::SeveralRoots, Kind::DuplicatePath]);
}
