//! Names, and what several of them do to each other.

use super::build::{Archive, package_json};
use super::{Case, case_of, package};

const ONE: &str = "module.exports = 1\n";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = paths();
    cases.extend(pairs());
    cases.extend(manifests());
    cases
}

/// A package with one more file.
fn named(name: &'static str, note: &'static str, path: impl AsRef<[u8]>) -> Case {
    package(name, note, |archive| {
        archive
            .file("package/index.js", ONE)
            .file(path, "payload\n");
    })
}

fn paths() -> Vec<Case> {
    let deep = |depth: usize| format!("package/{}index.js", "d/".repeat(depth));
    let by_pax = |name: &'static str, note: &'static str, path: String| {
        package(name, note, move |archive| {
            archive
                .pax(b'x', &[("path", &path)])
                .file("package/cut.js", ONE);
        })
    };
    vec![
        named("file-at-root", "a file in no folder", "payload.js"),
        named(
            "other-folder",
            "a file in another root folder",
            "other/payload.js",
        ),
        named(
            "climbing",
            "two parts that are two dots",
            "package/../../payload.js",
        ),
        named(
            "climbing-inside",
            "up and down within the package",
            "package/lib/../payload.js",
        ),
        named(
            "climbing-before",
            "up before the root folder",
            "../package/payload.js",
        ),
        named(
            "climbing-out-of-root",
            "into a folder beside the root",
            "package/../other/payload.js",
        ),
        named("absolute", "begins with a slash", "/package/payload.js"),
        named(
            "absolute-twice",
            "begins with two slashes",
            "//package/payload.js",
        ),
        named(
            "absolute-within",
            "two slashes behind the root folder",
            "package//payload.js",
        ),
        named("dot-root", "begins with a dot", "./package/payload.js"),
        named("only-dot-root", "the root folder is a dot", "./payload.js"),
        named(
            "double-slash",
            "two slashes further in",
            "package/lib//payload.js",
        ),
        named(
            "backslash",
            "a backslash in a name",
            "package/lib\\payload.js",
        ),
        named(
            "backslash-root",
            "a backslash behind the root folder",
            "package\\payload.js",
        ),
        named(
            "backslash-climbing",
            "up by backslashes",
            "package/..\\..\\payload.js",
        ),
        named(
            "backslash-absolute",
            "a backslash after the root folder's slash",
            "package/\\payload.js",
        ),
        by_pax(
            "backslash-and-dot",
            "a dot and a backslash in an extended name",
            "pack\\age/./lib\\payload.js".to_owned(),
        ),
        named("colon", "a colon in a name", "package/lib/pay:load.js"),
        named(
            "reserved-character",
            "a character that Windows does not have in names",
            "package/pay?load.js",
        ),
        named(
            "dot-at-the-end",
            "a name that ends with a dot, which Windows leaves out",
            "package/payload.js.",
        ),
        named(
            "drive",
            "a drive after the root folder",
            "package/c:/payload.js",
        ),
        named(
            "drive-without-slash",
            "a drive without a slash",
            "package/c:payload.js",
        ),
        named(
            "control-character",
            "an escape character in a name",
            "package/pay\u{1b}[2Jload.js",
        ),
        named(
            "line-break",
            "a line break in a name",
            "package/pay\nload.js",
        ),
        named("tab", "a tab in a name", "package/pay\tload.js"),
        named(
            "not-utf-8",
            "a byte that is not UTF-8",
            b"package/pay\xffload.js",
        ),
        named(
            "decomposed-name",
            "a name in Unicode's decomposed form",
            "package/u\u{308}ber.js",
        ),
        named(
            "trailing-space",
            "a name that ends with a space",
            "package/payload.js ",
        ),
        named("only-root", "a file called like the root folder", "package"),
        by_pax("deep-path", "99 folders within each other", deep(98)),
        by_pax("too-deep-path", "300 folders within each other", deep(299)),
        by_pax(
            "far-too-deep-path",
            "1,100 folders within each other",
            deep(1100),
        ),
        by_pax(
            "long-path",
            "a path of 1,500 bytes",
            format!(
                "package/{}.js",
                ["p"; 15].map(|one| one.repeat(100)).join("/")
            ),
        ),
        by_pax(
            "long-part",
            "a part of 300 bytes",
            format!("package/{}.js", "p".repeat(300)),
        ),
    ]
}

fn pairs() -> Vec<Case> {
    let pair =
        |name: &'static str, note: &'static str, first: &'static [u8], second: &'static [u8]| {
            package(name, note, move |archive| {
                archive.file(first, "first\n").file(second, "second\n");
            })
        };
    vec![
        pair(
            "duplicate",
            "one path twice",
            b"package/index.js",
            b"package/index.js",
        ),
        pair(
            "duplicate-in-other-root",
            "one path in two root folders",
            b"package/index.js",
            b"zzz/index.js",
        ),
        pair(
            "duplicate-by-dot",
            "one path, once with a dot",
            b"package/index.js",
            b"package/./index.js",
        ),
        pair(
            "case-collision",
            "two names that differ in case",
            b"package/index.js",
            b"package/INDEX.js",
        ),
        pair(
            "folder-case-collision",
            "two folders that differ in case",
            b"package/lib/a.js",
            b"package/Lib/a.js",
        ),
        pair(
            "unicode-collision",
            "two forms of one name",
            "package/\u{fc}.js".as_bytes(),
            "package/u\u{308}.js".as_bytes(),
        ),
        pair(
            "sharp-s-collision",
            "two names that are one in capitals",
            "package/stra\u{df}e.js".as_bytes(),
            b"package/strasse.js",
        ),
        pair(
            "dot-collision",
            "a name, and the same with a dot at its end",
            b"package/index.js",
            b"package/index.js.",
        ),
        pair(
            "not-utf-8-collision",
            "two names that are not UTF-8",
            b"package/a\xff.js",
            b"package/a\xfe.js",
        ),
        pair(
            "file-then-child",
            "a file, and then a file in it",
            b"package/lib",
            b"package/lib/index.js",
        ),
        pair(
            "child-then-file",
            "a file in a folder, and then a file of its name",
            b"package/lib/index.js",
            b"package/lib",
        ),
        package(
            "folder-then-file",
            "a folder, and then a file of its name",
            |archive| {
                archive.folder("package/lib/").file("package/lib", ONE);
            },
        ),
        package(
            "file-then-folder",
            "a file, and then a folder of its name",
            |archive| {
                archive.file("package/lib", ONE).folder("package/lib/");
            },
        ),
        package("repeated-folder", "one folder twice", |archive| {
            archive
                .folder("package/lib/")
                .folder("package/lib/")
                .file("package/lib/index.js", ONE);
        }),
        package(
            "folder-after-content",
            "a folder behind what is in it",
            |archive| {
                archive
                    .file("package/lib/index.js", ONE)
                    .folder("package/lib/");
            },
        ),
    ]
}

fn manifests() -> Vec<Case> {
    let manifest = |name: &'static str, note: &'static str, text: &[u8]| {
        let mut archive = Archive::new();
        archive
            .file("package/package.json", text)
            .file("package/index.js", ONE)
            .end();
        case_of(name, note, archive.tgz())
    };
    vec![
        {
            let mut archive = Archive::new();
            archive.file("package/index.js", ONE).end();
            case_of("no-package-json", "a package without package.json", archive.tgz())
        },
        package("two-package-json", "a second package.json in another root folder", |archive| {
            let second = r#"{"name":"case-two-package-json","version":"1.0.0","scripts":{"test":"echo"}}"#;
            archive.file("evil/package.json", second);
        }),
        {
            let mut archive = Archive::new();
            archive.file("package/lib/package.json", package_json("package-json-below")).end();
            case_of("package-json-below", "package.json only in a folder", archive.tgz())
        },
        manifest("package-json-duplicate-key", "one key twice",
            br#"{"name":"case-package-json-duplicate-key","version":"1.0.0","main":"a.js","main":"b.js"}"#),
        manifest("package-json-byte-order-mark", "begins with a byte order mark",
            "\u{feff}{\"name\":\"case-package-json-byte-order-mark\",\"version\":\"1.0.0\"}".as_bytes()),
        manifest("package-json-not-utf-8", "a byte that is not UTF-8",
            b"{\"name\":\"case-package-json-not-utf-8\",\"version\":\"1.0.0\",\"description\":\"\xff\"}"),
        manifest("package-json-comment", "JSON with a comment",
            br#"{"name":"case-package-json-comment","version":"1.0.0"/* comment */}"#),
        manifest("package-json-trailing-comma", "JSON with a comma too many",
            br#"{"name":"case-package-json-trailing-comma","version":"1.0.0",}"#),
        manifest("package-json-empty", "an empty package.json", b""),
        manifest("package-json-list", "a package.json that is a list", b"[]"),
    ]
}
