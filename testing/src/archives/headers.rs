//! Within a header: checksums, numbers, types, links; and how an archive ends.

use super::build::{Archive, Head};
use super::{Case, case_of, package};

const ONE: &str = "module.exports = 1\n";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = checksums();
    cases.extend(numbers());
    cases.extend(other_numbers());
    cases.extend(types());
    cases.extend(links());
    cases.extend(ends());
    cases
}

/// A header and content for a file that hides in another file's content.
fn hidden() -> Vec<u8> {
    Archive::new().file("package/hidden.js", "hidden\n").tar()
}

fn checksums() -> Vec<Case> {
    let wrong = |name: &str, size: usize| Head {
        checksum: Some(b"007777\0 ".to_vec()),
        ..Head::file(name, size)
    };
    vec![
        package(
            "bad-checksum",
            "one header has a wrong checksum",
            |archive| {
                archive.entry(&wrong("package/bad.js", 19), ONE);
                archive.file("package/index.js", ONE);
            },
        ),
        package(
            "bad-checksum-first",
            "a wrong checksum, and a header in the content",
            |archive| {
                let hidden = hidden();
                archive.entry(&wrong("package/bad.js", hidden.len()), hidden);
                archive.file("package/index.js", ONE);
            },
        ),
        package(
            "signed-checksum",
            "the sum of signed bytes, as old tars wrote",
            |archive| {
                let name = "package/\u{fc}.js";
                let right = Head::file(name, 19);
                let block = Archive::new().head(&right).tar();
                let mut sum: i64 = block.iter().map(|byte| i64::from(*byte as i8)).sum();
                sum += block[148..156]
                    .iter()
                    .map(|byte| 32 - i64::from(*byte as i8))
                    .sum::<i64>();
                let checksum = Some(format!("{sum:06o}\0 ").into_bytes());
                archive.entry(&Head { checksum, ..right }, ONE);
            },
        ),
        package(
            "checksum-without-end",
            "a checksum of eight digits",
            |archive| {
                let right = Head::file("package/index.js", 19);
                let block = Archive::new().head(&right).tar();
                let checksum = Some([b"00", &block[148..154]].concat());
                archive.entry(&Head { checksum, ..right }, ONE);
            },
        ),
    ]
}

fn numbers() -> Vec<Case> {
    let sized = |name: &'static str, note: &'static str, head: fn(Head) -> Head| {
        package(name, note, move |archive| {
            archive.entry(&head(Head::file("package/index.js", 19)), ONE);
            archive.file("package/last.js", "last\n");
        })
    };
    vec![
        sized("binary-size", "a size in GNU's binary form", |head| {
            head.binary_size(19)
        }),
        sized("negative-binary-size", "a negative size", |head| {
            head.binary_size(-19)
        }),
        sized("huge-binary-size", "a size of 2^62", |head| {
            head.binary_size(1 << 62)
        }),
        sized(
            "overflowing-size",
            "a binary size with all bits set",
            |head| head.size(b"\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
        ),
        sized("negative-octal-size", "a size with a minus", |head| {
            head.size("-0000000023 ")
        }),
        sized("size-without-digits", "a size of NULs", |head| {
            head.size([0; 12])
        }),
        sized("size-of-text", "a size that is no number", |head| {
            head.size("size!       ")
        }),
        sized("size-with-space", "digits, a space, more digits", |head| {
            head.size("023 00000001")
        }),
        sized("size-with-nul", "digits, a NUL, more digits", |head| {
            head.size(b"00\x000000023 ")
        }),
        sized(
            "size-behind-a-form-feed",
            "blanks that only JavaScript skips",
            |head| head.size(b"\x00\x0c000000023 "),
        ),
        sized("size-with-a-plus", "a size with a plus", |head| {
            head.size("+0000000023 ")
        }),
        sized(
            "size-with-spaces-before",
            "spaces instead of zeros",
            |head| head.size("         23 "),
        ),
        package(
            "odd-size-behind-a-name",
            "an extended name, and a size for which npm leaves it to the next file",
            |archive| {
                archive.pax(b'x', &[("path", "package/name.js")]);
                let head = Head::file("package/odd.js", 0).patch(124, b"\x81");
                archive.head(&head).file("package/index.js", ONE);
            },
        ),
    ]
}

/// Fields that say nothing about content, and that npm nevertheless refuses a header for.
fn other_numbers() -> Vec<Case> {
    let patched = |name: &'static str, note: &'static str, at: usize, bytes: &'static [u8]| {
        package(name, note, move |archive| {
            let hidden = hidden();
            let head = Head::file("package/odd.js", hidden.len()).patch(at, bytes);
            archive.entry(&head, hidden).file("package/index.js", ONE);
        })
    };
    vec![
        patched("odd-user", "a user in an unknown binary form", 108, b"\x81"),
        patched(
            "unsafe-binary-user",
            "a user in binary form that JavaScript has no number for",
            108,
            b"\x80\x7f\0\0\0\x10\0\0",
        ),
        patched("odd-time", "a time in an unknown binary form", 136, b"\xa0"),
        patched(
            "odd-device",
            "a device in an unknown binary form",
            329,
            b"\xc0",
        ),
        patched(
            "odd-access-time",
            "a time of access in an unknown binary form",
            476,
            b"\x90",
        ),
        patched("mode-of-text", "a mode that is no number", 100, b"rw-r--r-"),
    ]
}

fn types() -> Vec<Case> {
    let typed = |name: &'static str, note: &'static str, entry_type: u8, content: &'static str| {
        package(name, note, move |archive| {
            let head = Head::file("package/special", content.len()).of_type(entry_type);
            archive.entry(&head, content).file("package/index.js", ONE);
        })
    };
    vec![
        typed("fifo", "a named pipe", b'6', ""),
        typed("device", "a character device", b'3', ""),
        typed(
            "device-with-content",
            "a block device with content",
            b'4',
            ONE,
        ),
        typed("contiguous-file", "type 7", b'7', ONE),
        typed("unknown-type", "type Z", b'Z', ONE),
        typed("volume-header", "type V", b'V', ONE),
        typed("gnu-dump-folder", "type D with content", b'D', ONE),
        package(
            "folder-with-content",
            "a folder whose content is a header",
            |archive| {
                let hidden = hidden();
                let head = Head::file("package/lib/", hidden.len()).of_type(b'5');
                archive.entry(&head, hidden).file("package/index.js", ONE);
            },
        ),
        package(
            "file-named-as-folder",
            "a file whose name ends with a slash",
            |archive| {
                archive
                    .head(&Head::file("package/lib/", 0))
                    .file("package/lib/index.js", ONE);
            },
        ),
        package(
            "file-named-as-folder-with-content",
            "a file with content whose name ends with a slash",
            |archive| {
                archive
                    .file("package/lib/", hidden())
                    .file("package/index.js", ONE);
            },
        ),
        package(
            "empty-name",
            "an entry without a name, its content a header",
            |archive| {
                archive.file("", hidden()).file("package/index.js", ONE);
            },
        ),
        package(
            "name-in-prefix-alone",
            "a prefix without a name, which npm takes for a file",
            |archive| {
                let head = Head::file("", 19);
                let prefix = b"package/index.js".to_vec();
                archive.entry(&Head { prefix, ..head }, ONE);
            },
        ),
        package(
            "bytes-after-name",
            "a NUL within the name and more behind it",
            |archive| {
                archive.file(b"package/a.js\0b.js", ONE);
            },
        ),
        package(
            "line-after-name",
            "a NUL within the name, and a line break behind it",
            |archive| {
                archive.file(b"package/a.js\0hidden\n.txt", ONE);
            },
        ),
        package(
            "line-separator-after-name",
            "a NUL within the name, and a line's end behind it that only JavaScript knows",
            |archive| {
                archive.file("package/a.js\0hidden\u{2028}.txt", ONE);
            },
        ),
        package("odd-magic", "an unknown magic and a prefix", |archive| {
            let head = Head::file("lib/index.js", 19);
            let head = Head {
                magic: *b"posix\x0000",
                prefix: b"package".to_vec(),
                ..head
            };
            archive.entry(&head, ONE);
        }),
        package(
            "gnu-times-in-prefix",
            "GNU tar's times where POSIX has the prefix",
            |archive| {
                let head =
                    Head::file("package/index.js", 19).patch(345, "14716532012\x0014716532012\0");
                archive.entry(
                    &Head {
                        magic: *b"ustar  \0",
                        ..head
                    },
                    ONE,
                );
            },
        ),
        package(
            "sparse-file",
            "a file with a hole before its content",
            |archive| {
                archive
                    .entry(&sparse(19, &[(4096, 19)], 4115), ONE)
                    .file("package/index.js", ONE);
            },
        ),
        package(
            "sparse-file-with-more-map",
            "a file with holes whose map goes on behind its header",
            |archive| {
                let head = sparse(10, &[(0, 1), (10, 1), (20, 1), (30, 1)], 91).patch(482, [1]);
                let mut map = vec![0; 512];
                for index in 0..6 {
                    let piece = format!("{:011o}\0{:011o}\0", 40 + 10 * index, 1);
                    map[24 * index..24 * (index + 1)].copy_from_slice(piece.as_bytes());
                }
                archive
                    .head(&head)
                    .raw(map)
                    .content("0123456789")
                    .file("package/index.js", ONE);
            },
        ),
    ]
}

fn sparse(size: usize, pieces: &[(usize, usize)], real: usize) -> Head {
    let head = Head::file("package/special", size).of_type(b'S');
    let mut head = Head {
        magic: *b"ustar  \0",
        ..head
    };
    for (index, (at, length)) in pieces.iter().enumerate() {
        head = head.patch(386 + 24 * index, format!("{at:011o}\0{length:011o}\0"));
    }
    head.patch(483, format!("{real:011o}\0"))
}

fn links() -> Vec<Case> {
    let link = |target: &str, entry_type: u8| {
        Head::file("package/link.js", 0)
            .of_type(entry_type)
            .link(target)
    };
    vec![
        package("hard-link", "a hard link to a file before it", |archive| {
            archive
                .file("package/index.js", ONE)
                .head(&link("package/index.js", b'1'));
        }),
        package(
            "hard-link-with-content",
            "a hard link with content of its own",
            |archive| {
                archive.file("package/index.js", ONE);
                let head = link("package/index.js", b'1').size("00000000007 ");
                archive
                    .entry(&head, "hidden\n")
                    .file("package/last.js", "last\n");
            },
        ),
        package(
            "hard-link-outside",
            "a hard link to a file of the system",
            |archive| {
                archive.head(&link("../../../../etc/hostname", b'1'));
            },
        ),
        package(
            "symbolic-link",
            "a symbolic link to a file before it",
            |archive| {
                archive
                    .file("package/index.js", ONE)
                    .head(&link("index.js", b'2'));
            },
        ),
        package(
            "symbolic-link-outside",
            "a symbolic link to a file of the system",
            |archive| {
                archive.head(&link("/etc/hostname", b'2'));
            },
        ),
        package(
            "symbolic-link-with-content",
            "a symbolic link with content",
            |archive| {
                let head = link("index.js", b'2').size("00000000007 ");
                archive
                    .entry(&head, "hidden\n")
                    .file("package/index.js", ONE);
            },
        ),
        package(
            "file-through-link",
            "a symbolic link to a folder, and a file through it",
            |archive| {
                archive.file("package/lib/index.js", ONE);
                archive.head(&Head::file("package/link", 0).of_type(b'2').link("lib"));
                archive.file("package/link/through.js", "through\n");
            },
        ),
        package(
            "link-without-target",
            "a hard link without a target",
            |archive| {
                archive.head(&link("", b'1')).file("package/index.js", ONE);
            },
        ),
        package(
            "file-with-link-name",
            "a file that names a target",
            |archive| {
                archive.entry(
                    &Head::file("package/named.js", 19).link("package/index.js"),
                    ONE,
                );
                archive.file("package/index.js", ONE);
            },
        ),
        package(
            "file-with-link-name-behind-a-line",
            "a file that for npm names a target, its content a header",
            |archive| {
                let hidden = hidden();
                archive.entry(
                    &Head::file("package/named.js", hidden.len()).link(b"\0\nx"),
                    hidden,
                );
                archive.file("package/index.js", ONE);
            },
        ),
        package(
            "file-with-link-name-hiding",
            "a file that names a target, its content a header",
            |archive| {
                let hidden = hidden();
                archive.entry(
                    &Head::file("package/named.js", hidden.len()).link("x"),
                    hidden,
                );
                archive.file("package/index.js", ONE);
            },
        ),
    ]
}

fn ends() -> Vec<Case> {
    vec![
        package(
            "single-zero-block",
            "one block of zeros, then a file",
            |archive| {
                archive.zeros(1).file("package/index.js", ONE);
            },
        ),
        {
            let mut archive = Archive::new();
            archive.zeros(1).raw(
                Archive::package("leading-zero-block")
                    .file("package/index.js", ONE)
                    .end()
                    .tar(),
            );
            case_of(
                "leading-zero-block",
                "begins with a block of zeros",
                archive.tgz(),
            )
        },
        package("data-after-end", "a file behind the end", |archive| {
            archive
                .file("package/index.js", ONE)
                .zeros(2)
                .file("package/behind.js", "behind\n");
        }),
        package(
            "package-json-after-end",
            "another package.json behind the end",
            |archive| {
                let scripts = r#"{"name":"case-package-json-after-end","version":"1.0.0","scripts":{"test":"echo"}}"#;
                archive.zeros(2).file("package/package.json", scripts);
            },
        ),
        {
            let archive = Archive::package("no-end")
                .file("package/index.js", ONE)
                .tgz();
            case_of("no-end", "no blocks of zeros", archive)
        },
        {
            let archive = Archive::package("half-an-end")
                .file("package/index.js", ONE)
                .zeros(1)
                .tgz();
            case_of("half-an-end", "one block of zeros at the end", archive)
        },
        {
            let mut archive = Archive::package("cut-in-content");
            archive.file("package/index.js", "x".repeat(2000)).cut(900);
            case_of("cut-in-content", "ends within a file", archive.tgz())
        },
        {
            let mut archive = Archive::package("cut-in-header");
            archive
                .file("package/index.js", ONE)
                .head(&Head::file("package/cut.js", 0))
                .cut(200);
            case_of("cut-in-header", "ends within a header", archive.tgz())
        },
        {
            let mut archive = Archive::new();
            archive.head(&Head::file("package/package.json", 30));
            case_of(
                "header-only",
                "one header and nothing behind it",
                archive.tgz(),
            )
        },
        {
            let mut archive = Archive::package("garbage-after-end");
            archive
                .file("package/index.js", ONE)
                .end()
                .raw("garbage".repeat(300));
            case_of("garbage-after-end", "text behind the end", archive.tgz())
        },
    ]
}
