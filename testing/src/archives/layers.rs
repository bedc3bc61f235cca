//! Around the tar: gzip members and checksums, what lies behind, what is no archive, bombs.

use super::build::{Archive, Head, package_json};
use super::{Case, case_of};
use crate::tarball::gzip;

fn small(name: &str) -> Vec<u8> {
    Archive::package(name)
        .file("package/index.js", "module.exports = 1\n")
        .end()
        .tar()
}

/// The gzip of a small package, changed.
fn changed(name: &'static str, note: &'static str, change: impl FnOnce(&mut Vec<u8>)) -> Case {
    let mut bytes = gzip(&small(name));
    change(&mut bytes);
    case_of(name, note, bytes)
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = members();
    cases.extend(no_archives());
    cases.extend(bombs());
    cases
}

fn members() -> Vec<Case> {
    let other = Archive::new()
        .file("package/second.js", "second\n")
        .end()
        .tar();
    vec![
        {
            // The split is between two entries.
            let tar = small("gzip-members");
            let bytes = [gzip(&tar[..1024]), gzip(&tar[1024..])].concat();
            case_of("gzip-members", "one archive in two gzip members", bytes)
        },
        {
            let tar = small("gzip-members-within-content");
            let bytes = [gzip(&tar[..1024 + 512 + 8]), gzip(&tar[1024 + 512 + 8..])].concat();
            case_of(
                "gzip-members-within-content",
                "the first member ends within a file",
                bytes,
            )
        },
        {
            let bytes = [gzip(&small("second-member-behind-end")), gzip(&other)].concat();
            case_of(
                "second-member-behind-end",
                "an archive, and another one in a second member",
                bytes,
            )
        },
        changed("gzip-checksum-wrong", "the CRC is another", |bytes| {
            let at = bytes.len() - 8;
            bytes[at] ^= 0x55;
        }),
        changed("gzip-length-wrong", "the length is another", |bytes| {
            let at = bytes.len() - 4;
            bytes[at] ^= 0x55;
        }),
        changed("gzip-cut-in-data", "the compressed data is cut", |bytes| {
            bytes.truncate(bytes.len() - 20);
        }),
        changed("gzip-cut-in-trailer", "the checksum is cut", |bytes| {
            bytes.truncate(bytes.len() - 6);
        }),
        changed(
            "gzip-without-trailer",
            "the checksum is not there",
            |bytes| {
                bytes.truncate(bytes.len() - 8);
            },
        ),
        changed(
            "trailing-garbage",
            "text behind the compressed data",
            |bytes| {
                bytes.extend(b"this is behind the end");
            },
        ),
        changed(
            "zeros-then-garbage",
            "zeros and then text behind the compressed data",
            |bytes| {
                bytes.extend([0; 64]);
                bytes.extend(b"this is behind the end");
            },
        ),
        {
            let mut bytes = gzip(&small("zeros-then-member"));
            bytes.extend([0; 64]);
            bytes.extend(gzip(&other));
            case_of("zeros-then-member", "zeros and then another member", bytes)
        },
        changed(
            "gzip-header-checksum",
            "the gzip header has a checksum, a wrong one",
            |bytes| {
                bytes[3] = 2;
                bytes.splice(10..10, [0x12, 0x34]);
            },
        ),
        changed(
            "gzip-reserved-flag",
            "a flag that RFC 1952 reserves",
            |bytes| bytes[3] = 0x20,
        ),
        changed(
            "gzip-other-method",
            "a compression method that there is not",
            |bytes| bytes[2] = 7,
        ),
        {
            let bytes = gzip(&gzip(&small("compressed-twice")));
            case_of("compressed-twice", "gzip within gzip", bytes)
        },
    ]
}

fn no_archives() -> Vec<Case> {
    vec![
        case_of("plain-tar", "not compressed", small("plain-tar")),
        case_of(
            "zstd-magic",
            "begins like zstd",
            [&[0x28, 0xb5, 0x2f, 0xfd][..], b"no frame"].concat(),
        ),
        case_of("empty-file", "no bytes at all", Vec::new()),
        case_of(
            "text",
            "neither gzip nor tar",
            b"this is no archive\n".repeat(40),
        ),
        case_of(
            "gzip-of-text",
            "gzip, but not of an archive",
            gzip(&b"this is no archive\n".repeat(40)),
        ),
        case_of("gzip-of-nothing", "gzip of no bytes", gzip(b"")),
        case_of(
            "empty-archive",
            "two blocks of zeros",
            Archive::new().end().tgz(),
        ),
        case_of(
            "only-zeros",
            "one block of zeros",
            Archive::new().zeros(1).tgz(),
        ),
        case_of(
            "gzip-header-only",
            "ten bytes of gzip",
            gzip(b"x")[..10].to_vec(),
        ),
        case_of("two-bytes", "the magic of gzip", vec![0x1f, 0x8b]),
    ]
}

fn bombs() -> Vec<Case> {
    let zeros = |name: &'static str, megabytes: usize| {
        let size = megabytes << 20;
        let mut archive = Archive::package(name);
        archive
            .head(&Head::file("package/zeros.bin", size))
            .zeros(size / 512)
            .end();
        archive.tgz()
    };
    vec![
        case_of(
            "ratio-bomb",
            "24 MB of zeros in 24 KB",
            zeros("ratio-bomb", 24),
        ),
        {
            let claim = "package/claim.bin";
            let mut archive = Archive::package("claimed-gigabytes");
            archive
                .head(&Head::file(claim, 0).size("77777777777 "))
                .end();
            case_of(
                "claimed-gigabytes",
                "a file that says 8 GB and has none",
                archive.tgz(),
            )
        },
    ]
}

pub(super) fn heavy_cases() -> Vec<Case> {
    vec![
        {
            let mut archive = Archive::new();
            archive.file("package/package.json", package_json("many-entries"));
            for index in 0..100_001 {
                archive.head(&Head::file(format!("package/{index}.js"), 0));
            }
            case_of(
                "many-entries",
                "100,002 files without content",
                archive.end().tgz(),
            )
        },
        {
            let mut bytes = gzip(&small("many-members"));
            let empty = gzip(b"");
            for _ in 0..2000 {
                bytes.extend_from_slice(&empty);
            }
            case_of("many-members", "2,000 gzip members without content", bytes)
        },
        {
            // Each of the headers gives the next entry one more size, and so two places for what follows.
            let mut archive = Archive::package("many-readings");
            for index in 0..2000usize {
                archive.pax(b'g', &[("size", &(512 * (index % 7)).to_string())]);
                archive.pax(
                    b'x',
                    &[
                        ("size", &(512 * (index % 5)).to_string()),
                        ("path", &format!("package/p{index}")),
                    ],
                );
                archive.gnu(b'L', &format!("package/l{index}"));
                archive.file(format!("package/f{index}"), [b'x'; 600]);
            }
            case_of(
                "many-readings",
                "sizes that fork at every entry",
                archive.end().tgz(),
            )
        },
    ]
}
