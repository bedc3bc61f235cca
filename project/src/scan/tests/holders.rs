//! Where any file can lie, whatever package it is of.

use super::{Disk, gzip, hex, tar, zip};
use sha2::{Digest, Sha512};

/// Writes a file of a name and content into a disk below a folder.
type Write = fn(&Disk, &str, &str, &[u8]);

/// What is left of a file in a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keeps {
    /// Its name, with the folders before it, and its bytes.
    All,
    /// Its bytes: it is called by its checksum there.
    Bytes,
    /// Its strings, as a part of something else.
    Strings,
    /// The same, in a text that tells of it and does not run.
    StringsOfText,
}

pub(super) const HOLDERS: &[(&str, Keeps, Write)] = &[
    ("a package of npm", Keeps::All, |disk, at, name, bytes| {
        disk.write(&format!("{at}/node_modules/boat/{name}"), bytes);
    }),
    (
        "a package in a package",
        Keeps::All,
        |disk, at, name, bytes| {
            disk.write(
                &format!("{at}/node_modules/boat/node_modules/@s/sail/{name}"),
                bytes,
            );
        },
    ),
    ("pnpm's links", Keeps::All, |disk, at, name, bytes| {
        disk.write(
            &format!("{at}/node_modules/.pnpm/boat@1.0.0/node_modules/boat/{name}"),
            bytes,
        );
    }),
    ("pnpm's store", Keeps::Bytes, |disk, at, _, bytes| {
        let digits = hex(&Sha512::digest(bytes));
        disk.write(
            &format!("{at}/store/v10/files/{}/{}", &digits[..2], &digits[2..]),
            bytes,
        );
    }),
    ("yarn's archives", Keeps::All, |disk, at, name, bytes| {
        let path = format!("node_modules/boat/{name}");
        disk.write(
            &format!("{at}/.yarn/cache/boat-npm-1.0.0-00-10c0.zip"),
            zip(&[(&path, bytes)]),
        );
    }),
    (
        "yarn's unplugged packages",
        Keeps::All,
        |disk, at, name, bytes| {
            disk.write(
                &format!("{at}/.yarn/unplugged/boat-npm-1.0.0-00/node_modules/boat/{name}"),
                bytes,
            );
        },
    ),
    ("yarn 1's cache", Keeps::All, |disk, at, name, bytes| {
        disk.write(
            &format!("{at}/.cache/yarn/v6/npm-boat-1.0.0-00/node_modules/boat/{name}"),
            bytes,
        );
    }),
    ("bun's cache", Keeps::All, |disk, at, name, bytes| {
        disk.write(
            &format!("{at}/.bun/install/cache/boat@1.0.0@@@1/{name}"),
            bytes,
        );
    }),
    ("npm's cache", Keeps::All, |disk, at, name, bytes| {
        let tarball = packed(name, bytes);
        let digits = hex(&Sha512::digest(&tarball));
        let folder = format!("{at}/_cacache/content-v2/sha512");
        disk.write(
            &format!(
                "{folder}/{}/{}/{}",
                &digits[..2],
                &digits[2..4],
                &digits[4..]
            ),
            tarball,
        );
    }),
    ("a tarball", Keeps::All, |disk, at, name, bytes| {
        disk.write(&format!("{at}/boat-1.0.0.tgz"), packed(name, bytes));
    }),
    (
        "a tarball in an archive",
        Keeps::All,
        |disk, at, name, bytes| {
            disk.write(
                &format!("{at}/all.zip"),
                zip(&[("vendor/boat.tgz", &packed(name, bytes))]),
            );
        },
    ),
    (
        "what a bundler wrote",
        Keeps::All,
        |disk, at, name, bytes| {
            disk.write(&format!("{at}/dist/{name}"), bytes);
        },
    ),
    ("what Next wrote", Keeps::All, |disk, at, name, bytes| {
        disk.write(&format!("{at}/.next/static/chunks/{name}"), bytes);
    }),
    ("what is served", Keeps::All, |disk, at, name, bytes| {
        disk.write(&format!("{at}/public/{name}"), bytes);
    }),
    (
        "what is served packed",
        Keeps::Strings,
        |disk, at, _, bytes| {
            disk.write(&format!("{at}/public/app.js.gz"), gzip(bytes));
        },
    ),
    (
        "what is served packed by brotli",
        Keeps::Strings,
        |disk, at, _, bytes| {
            let mut packed = Vec::new();
            let mut writer = brotli::CompressorWriter::new(&mut packed, 4096, 5, 20);
            std::io::Write::write_all(&mut writer, bytes).unwrap();
            drop(writer);
            disk.write(&format!("{at}/public/app.js.br"), packed);
        },
    ),
    ("a source map", Keeps::Strings, |disk, at, _, bytes| {
        let map = serde_json::json!({ "version": 3, "sourcesContent": [String::from_utf8_lossy(bytes)], "mappings": "" });
        disk.write(&format!("{at}/dist/app.js.map"), map.to_string());
    }),
    ("a repository", Keeps::All, |disk, at, name, bytes| {
        disk.write(&format!("{at}/{name}"), bytes);
    }),
    ("an editor's tasks", Keeps::Strings, |disk, at, _, bytes| {
        disk.write(&format!("{at}/.vscode/tasks.json"), command("tasks", bytes));
    }),
    (
        "an assistant's hooks",
        Keeps::Strings,
        |disk, at, _, bytes| {
            disk.write(
                &format!("{at}/.claude/settings.json"),
                command("hooks", bytes),
            );
        },
    ),
    (
        "an assistant's servers",
        Keeps::Strings,
        |disk, at, _, bytes| {
            disk.write(
                &format!("{at}/.cursor/mcp.json"),
                command("mcpServers", bytes),
            );
        },
    ),
    ("a workflow", Keeps::Strings, |disk, at, _, bytes| {
        disk.write(&format!("{at}/.github/workflows/build.yml"), step(bytes));
    }),
    ("a pipeline", Keeps::Strings, |disk, at, _, bytes| {
        disk.write(&format!("{at}/.gitlab-ci.yml"), step(bytes));
    }),
    ("an image", Keeps::All, |disk, at, name, bytes| {
        let layer = tar(&[(&format!("app/{name}"), bytes)]);
        disk.write(
            &format!("{at}/image.tar"),
            tar(&[("abc/layer.tar", &layer)]),
        );
    }),
    (
        "an image of packed layers",
        Keeps::All,
        |disk, at, name, bytes| {
            let layer = gzip(&tar(&[(&format!("app/node_modules/boat/{name}"), bytes)]));
            disk.write(
                &format!("{at}/image.tar"),
                tar(&[("blobs/sha256/abc", &layer)]),
            );
        },
    ),
    ("a packed image", Keeps::All, |disk, at, name, bytes| {
        let layer = tar(&[(&format!("app/{name}"), bytes)]);
        disk.write(
            &format!("{at}/image.tar.gz"),
            gzip(&tar(&[("abc/layer.tar", &layer)])),
        );
    }),
    (
        "an image of layers packed by zstd",
        Keeps::All,
        |disk, at, name, bytes| {
            let layer = tar(&[(&format!("app/{name}"), bytes)]);
            let layer = zstd::encode_all(&*layer, 1).unwrap();
            disk.write(
                &format!("{at}/image.tar"),
                tar(&[("blobs/sha256/abc", &layer)]),
            );
        },
    ),
    ("a shell's history", Keeps::Strings, |disk, at, _, bytes| {
        disk.write(&format!("{at}/.bash_history"), [b"ls\n", bytes].concat());
    }),
    ("npm's log", Keeps::StringsOfText, |disk, at, _, bytes| {
        let log = [b"0 verbose cli node npm\n", bytes].concat();
        disk.write(
            &format!("{at}/_logs/2025-09-08T13_20_00_151Z-debug-0.log"),
            log,
        );
    }),
];

/// A package with a file.
fn packed(name: &str, bytes: &[u8]) -> Vec<u8> {
    let path = format!("package/{name}");
    let manifest = br#"{ "name": "boat", "version": "1.0.0" }"#;
    gzip(&tar(&[("package/package.json", manifest), (&path, bytes)]))
}

fn command(key: &str, bytes: &[u8]) -> String {
    let code = String::from_utf8_lossy(bytes);
    serde_json::json!({ key: [{ "command": "node", "args": ["-e", code] }] }).to_string()
}

fn step(bytes: &[u8]) -> String {
    let code = String::from_utf8_lossy(bytes);
    format!("build:\n  steps:\n    - run: |\n        {code}\n")
}
