//! Any bytes, and archives put together at random from what clients differ on: nothing panics, limits hold, paths are
//! safe, and what a client would write is listed.

use bytes::Bytes;
use lazaret_testing::archives::{Archive, Head, cases};
use lazaret_testing::gzip;
use proptest::prelude::*;

use super::models::MODELS;
use crate::tarball::{Contents, Limits, Tarball, TarballError};

fn read(bytes: Vec<u8>, limits: &Limits) -> Result<Contents, TarballError> {
    Tarball::unverified(Bytes::from(bytes)).contents(limits)
}

/// What holds of every archive.
fn check(contents: &Contents) {
    for file in &contents.files {
        let mut parts = file.path.split('/');
        assert!(
            parts.all(|part| !matches!(part, "" | "." | "..")),
            "{:?} is not a plain path",
            file.path
        );
    }
    if contents.is_canonical() {
        assert!(contents.files.iter().all(|file| !file.disputed));
        let paths = contents.files.windows(2);
        assert!(paths.into_iter().all(|two| two[0].path != two[1].path));
    }
}

/// What each model writes is listed; if the archive is canonical, it is all that is listed.
fn compare(tar: &[u8]) {
    let Ok(contents) = read(gzip(tar), &Limits::default()) else {
        return;
    };
    check(&contents);
    for (client, model) in MODELS {
        let Some(mut files) = model(tar) else {
            assert!(
                !contents.is_canonical(),
                "canonical, but {client} refuses it"
            );
            continue;
        };
        if contents.incomplete.is_empty() {
            for (path, bytes) in &files {
                let listed = contents.at(path);
                assert!(
                    listed.iter().any(|file| file.bytes == bytes),
                    "{client} writes {} bytes to {path:?}, where {:?} are listed",
                    bytes.len(),
                    listed
                        .iter()
                        .map(|file| file.bytes.len())
                        .collect::<Vec<_>>(),
                );
            }
        }
        if contents.is_canonical() {
            files.sort();
            files.dedup();
            assert_eq!(files.len(), contents.files.len(), "{client}");
        }
    }
}

/// Something that is added to an archive.
#[derive(Clone, Debug)]
enum Part {
    Head(Head, usize),
    Pax(u8, Vec<(&'static str, String)>),
    RawPax(u8, String),
    Gnu(u8, String),
    Zeros(usize),
    Text(usize),
}

fn name() -> impl Strategy<Value = String> {
    let parts = prop::sample::select(vec![
        "package", "package", "package", "a.js", "lib", ".", "..", "", "b\\c", "c:", "\u{fc}",
        "A.js", "x\n", "\\",
    ]);
    prop::collection::vec(parts, 1..5).prop_map(|parts| parts.join("/"))
}

fn size_text() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "0", "5", "512", "600", "1024", "1536", "0x200", "1e3", "-5", " 7", "7.5", "x",
    ])
    .prop_map(str::to_owned)
}

fn head() -> impl Strategy<Value = Part> {
    let entry_type = prop::sample::select(b"00000000\x0015267DSxgLKNXZV".to_vec());
    let length = prop::sample::select(vec![0usize, 5, 512, 600, 1024, 1536]);
    let patch = prop::option::weighted(
        0.3,
        (
            prop::sample::select(vec![
                100usize, 108, 116, 124, 136, 148, 257, 263, 329, 345, 475, 476, 488,
            ]),
            prop::sample::select(vec![
                &b"\x80"[..],
                b"\xff",
                b"\x81",
                b" ",
                b"-",
                b"x",
                b"7",
                b"\0",
                b"a/b",
            ]),
        ),
    );
    let link = prop::option::weighted(0.1, Just("package/a.js"));
    let checksum = prop::option::weighted(0.05, Just(b"0000000\0".to_vec()));
    (name(), entry_type, length, patch, link, checksum).prop_map(
        |(name, entry_type, length, patch, link, checksum)| {
            let mut head = Head::file(&name[..name.len().min(100)], length).of_type(entry_type);
            if let Some((at, bytes)) = patch {
                head = head.patch(at, bytes);
            }
            if let Some(link) = link {
                head = head.link(link);
            }
            Part::Head(Head { checksum, ..head }, length)
        },
    )
}

fn part() -> impl Strategy<Value = Part> {
    let pax_type = || prop::sample::select(b"xxxg".to_vec());
    let record = prop_oneof![
        name().prop_map(|name| ("path", name)),
        size_text().prop_map(|size| ("size", size)),
        Just(("comment", "c".to_owned())),
        Just(("linkpath", "package/x".to_owned())),
        Just(("type", "File".to_owned())),
    ];
    let raw = prop::sample::select(vec![
        "99 path=a/b\n",
        "9 path=a/b\n",
        "x",
        "12 path=a/b\n\n",
        "12 size=512\n6 =\n",
    ]);
    prop_oneof![
        6 => head(),
        2 => (pax_type(), prop::collection::vec(record, 0..3)).prop_map(|(kind, records)| Part::Pax(kind, records)),
        1 => (pax_type(), raw).prop_map(|(kind, text)| Part::RawPax(kind, text.to_owned())),
        1 => (prop::sample::select(b"LLKN".to_vec()), name()).prop_map(|(kind, name)| Part::Gnu(kind, name)),
        1 => (1usize..4).prop_map(Part::Zeros),
        1 => (1usize..3).prop_map(Part::Text),
    ]
}

fn build(parts: &[Part]) -> Vec<u8> {
    let mut archive = Archive::package("random");
    for part in parts {
        match part {
            Part::Head(head, length) => archive.entry(head, vec![b'x'; *length]),
            Part::Pax(kind, records) => {
                let records: Vec<(&str, &str)> = records
                    .iter()
                    .map(|(key, value)| (*key, value.as_str()))
                    .collect();
                archive.pax(*kind, &records)
            }
            Part::RawPax(kind, text) => archive.raw_pax(*kind, text),
            Part::Gnu(kind, name) => archive.gnu(*kind, name),
            Part::Zeros(blocks) => archive.zeros(*blocks),
            Part::Text(blocks) => archive.raw([b'y'; 512].repeat(*blocks)),
        };
    }
    archive.end().tar()
}

proptest! {
    // Failures are made cases of the corpus.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_clients_write_of_a_random_archive_is_listed(parts in prop::collection::vec(part(), 0..8)) {
        compare(&build(&parts));
    }

    #[test]
    fn a_flipped_byte_hides_nothing(parts in prop::collection::vec(part(), 0..4), at in any::<prop::sample::Index>(), byte: u8) {
        let mut tar = build(&parts);
        let at = at.index(tar.len());
        tar[at] = byte;
        compare(&tar);
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        for bytes in [gzip(&bytes), [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0][..], &bytes].concat(), bytes] {
            if let Ok(contents) = read(bytes, &Limits::default()) {
                check(&contents);
            }
        }
    }

    #[test]
    fn limits_hold(parts in prop::collection::vec(part(), 0..8), unpacked in 0usize..6000, entries in 0usize..6) {
        let limits = Limits { unpacked, entries, ..Limits::default() };
        if let Ok(contents) = read(gzip(&build(&parts)), &limits) {
            assert!(contents.unpacked <= unpacked, "{} bytes", contents.unpacked);
            // One entry may have many readings, the last one too.
            let most = 5 * entries + 1000;
            assert!(contents.files.len() <= most, "{} files", contents.files.len());
        }
    }
}

#[test]
fn what_clients_write_of_the_corpus_is_listed() {
    for case in cases() {
        let mut tar = Vec::new();
        let mut reader = flate2::read::GzDecoder::new(&case.bytes[..]);
        if std::io::Read::read_to_end(&mut reader, &mut tar).is_ok() {
            compare(&tar);
        }
    }
}
