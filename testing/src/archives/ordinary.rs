//! What real packers write: all clients extract the same from it.

use super::build::{Archive, Head};
use super::{Case, case_of, package};
use crate::tarball::gzip;

pub(super) fn cases() -> Vec<Case> {
    let long = format!(
        "package/{}/index.js",
        "long-folder-name/".repeat(7).trim_end_matches('/')
    );
    let longer = format!(
        "package/{}/index.js",
        "long-folder-name/".repeat(20).trim_end_matches('/')
    );
    vec![
        package("plain", "as npm packs", |archive| {
            archive.file("package/index.js", "module.exports = 1\n");
            archive.file("package/lib/deep/er.js", "module.exports = 2\n");
            let program = Head::file("package/bin/run.js", 20);
            let program = Head {
                mode: 0o755,
                ..program
            };
            archive.entry(&program, "#!/usr/bin/env node\n");
        }),
        package("empty-files", "files without content", |archive| {
            archive
                .file("package/index.js", "")
                .file("package/lib/index.js", "");
        }),
        package(
            "old-header",
            "headers from before POSIX: no magic, type NUL",
            |archive| {
                let head = Head::file("package/index.js", 19).of_type(0);
                archive.entry(
                    &Head {
                        magic: [0; 8],
                        ..head
                    },
                    "module.exports = 1\n",
                );
            },
        ),
        package("gnu-header", "GNU tar's magic", |archive| {
            let head = Head::file("package/index.js", 19);
            archive.entry(
                &Head {
                    magic: *b"ustar  \0",
                    ..head
                },
                "module.exports = 1\n",
            );
        }),
        package("folders", "folders have entries of their own", |archive| {
            archive
                .folder("package/lib/")
                .file("package/lib/index.js", "1\n");
        }),
        {
            let mut archive = Archive::new();
            archive.folder("package").folder("package/lib");
            archive.file(
                "package/package.json",
                super::build::package_json("folders-without-slash"),
            );
            archive.file("package/lib/index.js", "1\n").end();
            case_of(
                "folders-without-slash",
                "the root folder has an entry, and no name ends with a slash",
                archive.tgz(),
            )
        },
        package(
            "long-name-in-prefix",
            "a name of 130 bytes in two fields",
            |archive| {
                let (prefix, name) = long.rsplit_once("/long").expect("a long name");
                let head = Head::file(format!("long{name}"), 2);
                archive.entry(
                    &Head {
                        prefix: prefix.into(),
                        ..head
                    },
                    "1\n",
                );
            },
        ),
        package(
            "long-name-in-pax",
            "a name of 350 bytes in an extended header",
            |archive| {
                archive.pax(b'x', &[("path", &longer), ("mtime", "499162500.5")]);
                archive.file("package/long-folder-name/cut", "1\n");
            },
        ),
        package(
            "pax-of-harmless-keys",
            "an extended header that changes nothing",
            |archive| {
                archive.pax(
                    b'x',
                    &[
                        ("size", "2"),
                        ("uid", "1000"),
                        ("SCHILY.dev", "7"),
                        ("LIBARCHIVE.creationtime", "1"),
                    ],
                );
                archive.file("package/index.js", "1\n");
            },
        ),
        package(
            "pax-before-folder",
            "an extended header for a folder",
            |archive| {
                archive.pax(b'x', &[("path", "package/lib/"), ("mtime", "1")]);
                archive
                    .folder("package/l/")
                    .file("package/lib/index.js", "1\n");
            },
        ),
        {
            let mut bytes = Archive::package("zero-padding")
                .file("package/index.js", "1\n")
                .end()
                .tgz();
            bytes.extend([0; 700]);
            case_of(
                "zero-padding",
                "zeros behind the gzip data, as nopt 1.0.10 has",
                bytes,
            )
        },
        {
            let tar = Archive::package("gzip-with-name")
                .file("package/index.js", "1\n")
                .end()
                .tar();
            let mut bytes = gzip(&tar);
            bytes[3] = 8;
            bytes.splice(10..10, *b"package.tar\0");
            case_of("gzip-with-name", "the gzip header names a file", bytes)
        },
        package(
            "many-zero-blocks",
            "filled up to 10,240 bytes, as GNU tar does",
            |archive| {
                archive.file("package/index.js", "1\n").zeros(14);
            },
        ),
        package("dot-segment", "a part that is a dot", |archive| {
            archive.file("package/./lib/./index.js", "1\n");
        }),
        {
            let mut archive = Archive::new();
            archive.file(
                "other-root/package.json",
                super::build::package_json("other-root"),
            );
            archive.file("other-root/index.js", "1\n").end();
            case_of(
                "other-root",
                "the root folder is not called package",
                archive.tgz(),
            )
        },
        package(
            "gitignore",
            "npm renames .gitignore to .npmignore",
            |archive| {
                archive
                    .file("package/.gitignore", "node_modules\n")
                    .file("package/index.js", "1\n");
            },
        ),
        package(
            "equal-duplicate",
            "one path twice with the same content, as @rollup/plugin-json 6.1.0 has",
            |archive| {
                archive.file("package/./index.js", "1\n");
                archive.file("package/index.js", "1\n");
            },
        ),
        package(
            "binary-user",
            "a user in binary form, as statuses 1.5.0 has",
            |archive| {
                let head = Head::file("package/index.js", 2).patch(108, b"\x80\0\0\0pZe8");
                archive.entry(&head, "1\n");
            },
        ),
        package(
            "composed-name",
            "a name with an umlaut in the composed form",
            |archive| {
                archive.file("package/\u{fc}ber.js", "1\n");
            },
        ),
    ]
}
