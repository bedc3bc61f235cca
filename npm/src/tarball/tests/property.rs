//! Any bytes, and archives put together at random from what clients differ on: nothing panics, limits hold, paths are
//! safe, and what a client would write is listed.

use bytes::Bytes;
use lazaret_testing::archives::{Archive, Head, cases, pax_record};
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
    /// A header and its content.
    Entry(Head, Vec<u8>),
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

/// Bytes somewhere in a header, where clients look or may look.
fn patch() -> impl Strategy<Value = (usize, &'static [u8])> {
    let at = prop::sample::select(vec![
        0usize, 1, 7, 99, 100, 108, 116, 124, 126, 136, 148, 155, 157, 158, 256, 257, 263, 265,
        329, 337, 345, 474, 475, 476, 488, 500,
    ]);
    let bytes = prop::sample::select(vec![
        &b"\x80"[..],
        b"\xff",
        b"\x81",
        b" ",
        b"-",
        b"+",
        b"/",
        b"x",
        b"7",
        b"\0",
        b"\0\n",
        b"\0x\xe2\x80\xa8",
        b"a/b",
        b"..",
        b"\x0c",
        b"\x80\0\0\0\0\0\0\0\0\0\x02\0",
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfb",
    ]);
    (at, bytes).prop_filter("beyond the header", |(at, bytes)| at + bytes.len() <= 512)
}

/// What may be odd about any header.
fn odd(of_odd: f64) -> impl Strategy<Value = Odd> {
    let patches = prop::collection::vec(patch(), 1..3);
    let patches = prop::option::weighted(0.3 * of_odd, patches);
    let name = prop::option::weighted(0.2 * of_odd, Just(""));
    let link = prop::option::weighted(0.1 * of_odd, Just("package/a.js"));
    let checksum = prop::option::weighted(0.05 * of_odd, Just(b"0000000\0".to_vec()));
    (patches, name, link, checksum)
}

type Odd = (
    Option<Vec<(usize, &'static [u8])>>,
    Option<&'static str>,
    Option<&'static str>,
    Option<Vec<u8>>,
);

fn with_odd(mut head: Head, (patches, name, link, checksum): Odd) -> Head {
    if let Some(name) = name {
        head.name = name.into();
    }
    for (at, bytes) in patches.into_iter().flatten() {
        head = head.patch(at, bytes);
    }
    if let Some(link) = link {
        head = head.link(link);
    }
    Head { checksum, ..head }
}

/// Text, or a file that is to be found by whoever does not skip it.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let length = prop::sample::select(vec![0usize, 5, 512, 600, 1024, 1536]);
    (length, prop::bool::weighted(0.3)).prop_map(|(length, hides)| {
        let mut content = match hides {
            true => Archive::new().file("package/hidden.js", "hidden\n").tar(),
            false => Vec::new(),
        };
        content.resize(length, b'x');
        content
    })
}

fn entry() -> impl Strategy<Value = Part> {
    let entry_type = prop::sample::select(b"000000000\x00152367DSxgLKNXZVA\xff".to_vec());
    (name(), entry_type, content(), odd(1.0)).prop_map(|(name, entry_type, content, odd)| {
        let head = Head::file(&name[..name.len().min(100)], content.len()).of_type(entry_type);
        Part::Entry(with_odd(head, odd), content)
    })
}

/// Records of an extended header.
fn records() -> impl Strategy<Value = Vec<u8>> {
    let record = prop_oneof![
        3 => name().prop_map(|name| ("path", name)),
        3 => size_text().prop_map(|size| ("size", size)),
        1 => Just(("comment", "c".to_owned())),
        1 => Just(("linkpath", "package/x".to_owned())),
        1 => Just(("type", "File".to_owned())),
        1 => Just(("mtime", "x".to_owned())),
        1 => Just(("mode", "x".to_owned())),
    ];
    let whole = prop::collection::vec(record, 0..3).prop_map(|records| {
        let records = records.iter().map(|(key, value)| pax_record(key, value));
        records.collect::<String>().into_bytes()
    });
    let raw = prop::sample::select(vec![
        &b"99 path=a/b\n"[..],
        b"9 path=a/b\n",
        b"x",
        b"12 path=a/b\n\n",
        b"12 size=512\n6 =\n",
        b"12 path=a/b\n8 path=\n",
        b"10 path=\0\n",
        b" 12 path=a/b\n",
        b"12 path=a/b",
        b"13 path=a/\xff\n12 path=a/c\n",
        b"13 path=a/b\\\n",
        b"12 path=a/b\r\n",
        b"15 path=a/b/..\n",
        b"10 size=9\n3\n",
        b"600 comment=",
        b"12 PATH=a/b\n",
    ]);
    prop_oneof![3 => whole, 1 => raw.prop_map(<[u8]>::to_vec)]
}

/// An extended header with records or with a name, as npm writes it or odd.
fn extension() -> impl Strategy<Value = Part> {
    let pax = (prop::sample::select(b"xxxxxggX".to_vec()), records());
    let ends = prop::sample::select(vec!["", "\0", "\0x", "\0\n"]);
    let gnu = (
        prop::sample::select(b"LLKN".to_vec()),
        (name(), ends).prop_map(|(name, end)| (name + end).into_bytes()),
    );
    (prop_oneof![3 => pax, 1 => gnu], odd(0.3)).prop_map(|((entry_type, text), odd)| {
        let head = Head::file("PaxHeader/x", text.len()).of_type(entry_type);
        Part::Entry(with_odd(head, odd), text)
    })
}

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![
        6 => entry(),
        4 => extension(),
        1 => (1usize..4).prop_map(Part::Zeros),
        1 => (1usize..3).prop_map(Part::Text),
    ]
}

fn build(parts: &[Part]) -> Vec<u8> {
    let mut archive = Archive::package("random");
    for part in parts {
        match part {
            Part::Entry(head, content) => archive.entry(head, content),
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
