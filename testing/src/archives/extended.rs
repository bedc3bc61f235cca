//! Extended headers: sizes and names that are said twice, by POSIX's and by GNU's means.

use super::build::{Archive, Head};
use super::{Case, package};

const ONE: &str = "module.exports = 1\n";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = sizes();
    cases.extend(names());
    cases.extend(records());
    cases
}

/// 512 bytes of text, then a header with a file, then 512 bytes: as one content it hides the file.
fn with_hidden() -> Vec<u8> {
    let mut archive = Archive::new();
    archive
        .content([b'a'; 512])
        .file("package/hidden.js", "hidden\n")
        .content([b'b'; 512]);
    archive.tar()
}

/// A header and content for a file that hides in a header's content.
fn hidden() -> Vec<u8> {
    Archive::new().file("package/hidden.js", "hidden\n").tar()
}

fn sizes() -> Vec<Case> {
    let content = with_hidden();
    let whole = content.len().to_string();
    vec![
        package(
            "pax-size-larger",
            "an extended header says 600 bytes, the header 5",
            |archive| {
                archive.pax(b'x', &[("size", "600")]);
                archive.entry(&Head::file("package/index.js", 5), [b'x'; 600]);
                archive.file("package/last.js", "last\n");
            },
        ),
        package(
            "pax-size-of-empty",
            "an extended header says 600 bytes, the header none",
            |archive| {
                archive.pax(b'x', &[("size", "600")]);
                archive.entry(&Head::file("package/index.js", 0), [b'x'; 600]);
            },
        ),
        package(
            "pax-size-hides",
            "by its extended header a file contains another file",
            |archive| {
                archive.pax(b'x', &[("size", &whole)]);
                archive.entry(&Head::file("package/index.js", 512), &content);
            },
        ),
        package(
            "pax-size-shows",
            "by its header a file contains another file",
            |archive| {
                archive.pax(b'x', &[("size", "512")]);
                archive.entry(&Head::file("package/index.js", content.len()), &content);
            },
        ),
        package(
            "pax-size-of-long-name",
            "a size before GNU's long name",
            |archive| {
                archive
                    .pax(b'x', &[("size", &whole)])
                    .gnu(b'L', "package/long-name.js");
                archive.entry(&Head::file("package/index.js", 512), &content);
            },
        ),
        package("global-size", "a size for all files behind it", |archive| {
            archive
                .pax(b'g', &[("size", "3")])
                .file("package/index.js", ONE);
            archive.file("package/last.js", "last\n");
        }),
        package(
            "pax-size-in-hex",
            "a size that only JavaScript reads",
            |archive| {
                archive.pax(b'x', &[("size", "0x258")]);
                archive.entry(&Head::file("package/index.js", 5), [b'x'; 600]);
            },
        ),
        package("pax-size-negative", "a size with a minus", |archive| {
            archive
                .pax(b'x', &[("size", "-5")])
                .file("package/index.js", ONE);
        }),
        package(
            "pax-size-of-nothing",
            "a size of nothing, for which npm takes GNU's long name for headers",
            |archive| {
                let hidden = hidden();
                archive.pax(b'x', &[("size", "0")]);
                archive.entry(&Head::file("L", hidden.len()).of_type(b'L'), hidden);
                archive.file("package/index.js", ONE);
            },
        ),
        package(
            "pax-size-behind-a-skipped-header",
            "a size in an extended header, and a header without a name before its file",
            |archive| {
                archive
                    .raw_pax(b'x', "99 path=package/first.js\n")
                    .pax(b'x', &[("size", "0")]);
                archive.file("", "").file("package/index.js", ONE);
            },
        ),
        package(
            "pax-size-of-header",
            "a size in an extended header for an extended header",
            |archive| {
                archive
                    .pax(b'x', &[("size", "1024")])
                    .pax(b'x', &[("path", "package/second.js")]);
                archive.file("package/index.js", ONE);
            },
        ),
    ]
}

fn names() -> Vec<Case> {
    vec![
        package("gnu-long-name", "GNU's header for a long name", |archive| {
            archive.gnu(b'L', &format!("package/{}.js", "n".repeat(150)));
            archive.file("package/nnn", ONE);
        }),
        package(
            "gnu-long-link",
            "GNU's header for a long target",
            |archive| {
                archive
                    .gnu(b'K', "package/index.js")
                    .file("package/index.js", ONE);
            },
        ),
        package("gnu-old-long-name", "type N", |archive| {
            archive
                .gnu(b'N', "package/long.js")
                .file("package/short.js", ONE);
        }),
        package(
            "pax-then-gnu",
            "two headers with two names: POSIX, GNU",
            |archive| {
                archive
                    .pax(b'x', &[("path", "package/pax.js")])
                    .gnu(b'L', "package/gnu.js");
                archive.file("package/own.js", ONE);
            },
        ),
        package(
            "gnu-then-pax",
            "two headers with two names: GNU, POSIX",
            |archive| {
                archive
                    .gnu(b'L', "package/gnu.js")
                    .pax(b'x', &[("path", "package/pax.js")]);
                archive.file("package/own.js", ONE);
            },
        ),
        package(
            "two-pax-headers",
            "two extended headers for one file",
            |archive| {
                archive
                    .pax(b'x', &[("path", "package/first.js")])
                    .pax(b'x', &[("mtime", "1")]);
                archive.file("package/own.js", ONE);
            },
        ),
        package(
            "pax-path-twice",
            "one extended header with two names",
            |archive| {
                archive.pax(
                    b'x',
                    &[("path", "package/first.js"), ("path", "package/second.js")],
                );
                archive.file("package/own.js", ONE);
            },
        ),
        package(
            "pax-path-twice-a-folder",
            "one extended header with two names, the last a folder's; a header in the content",
            |archive| {
                archive.pax(
                    b'x',
                    &[("path", "package/first.js"), ("path", "package/lib/")],
                );
                archive.file("package/own.js", hidden());
            },
        ),
        package(
            "pax-path-of-root",
            "the name of an extended header is the root folder's, so that pnpm takes the file's own",
            |archive| {
                archive
                    .pax(b'x', &[("path", "package/")])
                    .file("package/own.js", ONE);
            },
        ),
        package(
            "pax-path-of-nameless",
            "an extended header with a name, and a header without one, at which pnpm stops",
            |archive| {
                archive
                    .pax(b'x', &[("path", "package/pax.js")])
                    .file("", ONE)
                    .file("package/index.js", ONE);
            },
        ),
        package(
            "pax-path-behind-an-unknown-type",
            "a name in an extended header, and an entry of an unknown type without one before its file",
            |archive| {
                archive
                    .pax(b'x', &[("path", "package/pax.js")])
                    .head(&Head::file("", 0).of_type(b'Z'))
                    .file("package/own.js", ONE);
            },
        ),
        package(
            "nameless-pax",
            "an extended header without a name, its content a header",
            |archive| {
                let hidden = hidden();
                archive.entry(&Head::file("", hidden.len()).of_type(b'x'), hidden);
                archive.file("package/own.js", ONE);
            },
        ),
        package(
            "gnu-long-name-with-link-name",
            "GNU's header for a long name that names a target, its content a header",
            |archive| {
                let hidden = hidden();
                let head = Head::file("L", hidden.len()).of_type(b'L').link("x");
                archive.entry(&head, hidden).file("package/own.js", ONE);
            },
        ),
        package(
            "pax-path-of-bytes",
            "the name of an extended header is not UTF-8, which npm then leaves out",
            |archive| {
                archive
                    .raw_pax(b'x', b"23 path=package/a\xff\xfe.js\n")
                    .file("package/own.js", ONE);
            },
        ),
        package(
            "pax-empty-path",
            "an extended header with an empty name",
            |archive| {
                archive
                    .pax(b'x', &[("path", "")])
                    .file("package/own.js", ONE);
            },
        ),
        package(
            "pax-path-with-nul",
            "a NUL in the name of an extended header",
            |archive| {
                archive
                    .pax(b'x', &[("path", "package/a.js\0b.js")])
                    .file("package/own.js", ONE);
            },
        ),
        package(
            "pax-path-with-prefix",
            "a name in an extended header, and a prefix",
            |archive| {
                archive.pax(b'x', &[("path", "package/pax.js")]);
                archive.entry(
                    &Head {
                        prefix: b"package/prefix".to_vec(),
                        ..Head::file("own.js", 19)
                    },
                    ONE,
                );
            },
        ),
        package("global-path", "a name for all files behind it", |archive| {
            archive
                .pax(b'g', &[("path", "package/global.js")])
                .file("package/own.js", ONE);
        }),
        package(
            "global-comment",
            "git archive's header with the commit",
            |archive| {
                archive
                    .pax(b'g', &[("comment", "0123456789abcdef")])
                    .file("package/index.js", ONE);
            },
        ),
        package(
            "pax-path-outside-root",
            "an extended header moves a file to another root",
            |archive| {
                archive
                    .pax(b'x', &[("path", "elsewhere.js")])
                    .file("package/own.js", ONE);
            },
        ),
        package(
            "pax-sparse-name",
            "GNU's name of a sparse file",
            |archive| {
                archive.pax(
                    b'x',
                    &[
                        ("GNU.sparse.major", "0"),
                        ("GNU.sparse.minor", "1"),
                        ("GNU.sparse.name", "package/sparse.js"),
                        ("GNU.sparse.size", "30"),
                        ("GNU.sparse.numblocks", "1"),
                        ("GNU.sparse.map", "11,19"),
                    ],
                );
                archive.file("package/own.js", ONE);
            },
        ),
        package(
            "pax-sparse-map-in-content",
            "GNU's sparse file with its map in the content",
            |archive| {
                archive.pax(
                    b'x',
                    &[
                        ("GNU.sparse.major", "1"),
                        ("GNU.sparse.minor", "0"),
                        ("GNU.sparse.name", "package/sparse.js"),
                        ("GNU.sparse.realsize", "30"),
                    ],
                );
                let mut content = b"1\n11\n19\n".to_vec();
                content.resize(512, 0);
                content.extend(ONE.as_bytes());
                archive.file("package/own.js", content);
            },
        ),
    ]
}

fn records() -> Vec<Case> {
    let raw = |name: &'static str, note: &'static str, content: &'static str| {
        package(name, note, move |archive| {
            archive.raw_pax(b'x', content).file("package/own.js", ONE);
        })
    };
    vec![
        raw(
            "pax-length-too-long",
            "a record that says to be longer",
            "99 path=package/pax.js\n",
        ),
        raw(
            "pax-length-too-short",
            "a record that says to be shorter",
            "20 path=package/pax.js\n",
        ),
        raw(
            "pax-length-in-words",
            "a record without a length",
            "path=package/pax.js\n",
        ),
        raw(
            "pax-length-with-zeros",
            "a length with zeros before it",
            "0025 path=package/pax.js\n",
        ),
        raw(
            "pax-without-line-end",
            "a record that does not end its line",
            "22 path=package/pax.js",
        ),
        raw(
            "pax-line-within-value",
            "a line break in a value, and a record behind it",
            "40 comment=a\n23 path=package/pax.js\nbbbbb\n",
        ),
        raw("pax-empty", "an extended header without records", ""),
        package(
            "pax-type",
            "an extended header says that a folder is a file",
            |archive| {
                archive
                    .pax(b'x', &[("type", "File")])
                    .folder("package/lib/");
                archive.file("package/index.js", ONE);
            },
        ),
        package(
            "pax-type-of-link",
            "an extended header says that a link is a file",
            |archive| {
                archive.pax(b'x', &[("type", "File")]);
                let head = Head::file("package/link.js", 7)
                    .of_type(b'2')
                    .link("index.js");
                archive
                    .entry(&head, "hidden\n")
                    .file("package/index.js", ONE);
            },
        ),
        package(
            "pax-linkpath",
            "an extended header with a target for a file",
            |archive| {
                archive
                    .pax(b'x', &[("linkpath", "../../outside")])
                    .file("package/index.js", ONE);
            },
        ),
        package(
            "pax-unknown-key",
            "an extended header with a key of nobody",
            |archive| {
                archive
                    .pax(b'x', &[("LAZARET.test", "1")])
                    .file("package/index.js", ONE);
            },
        ),
        package(
            "pax-charset",
            "an extended header with hdrcharset",
            |archive| {
                archive.pax(b'x', &[("hdrcharset", "BINARY"), ("path", "package/b.js")]);
                archive.file("package/index.js", ONE);
            },
        ),
        package(
            "pax-before-end",
            "an extended header, and nothing behind it",
            |archive| {
                archive
                    .file("package/index.js", ONE)
                    .pax(b'x', &[("path", "package/pax.js")]);
            },
        ),
        package("pax-too-large", "an extended header of 1.2 MB", |archive| {
            archive.pax(
                b'x',
                &[
                    ("comment", &"c".repeat(1_200_000)),
                    ("path", "package/pax.js"),
                ],
            );
            archive.file("package/own.js", ONE);
        }),
        package("old-pax-type", "type X, as Solaris wrote", |archive| {
            archive
                .pax(b'X', &[("path", "package/pax.js")])
                .file("package/own.js", ONE);
        }),
    ]
}
