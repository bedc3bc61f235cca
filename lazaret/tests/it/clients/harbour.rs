//! The packages of the scenarios: a small tree with a scope, a chain of dependencies, a dist-tag and a program.

use jiff::{SignedDuration, Timestamp};
use lazaret_testing::{Npm, tarball};

/// What the project asks for.
pub(super) const DEPENDENCIES: [(&str, &str); 3] = [
    ("@harbour/crane", "^1.0.0"),
    ("lantern", "beta"),
    ("whistle", "1.x"),
];

/// What must come of it, in order of names.
pub(super) const TREE: [&str; 5] = [
    "@harbour/crane@1.0.0",
    "fibre@2.1.3",
    "lantern@2.0.0-beta.1",
    "rope@1.0.0",
    "whistle@1.2.0",
];

/// What `require('@harbour/crane')` gives when every file of the chain is the right one.
pub(super) const CHAIN: &str = "@harbour/crane 1.0.0 > rope 1.0.0 > fibre 2.1.3";

/// What `fibre` says when its bytes are not those that the packument promised.
pub(super) const WRONG: &str = "bytes nobody promised";

/// The tree on an honest registry; everything is old.
pub(super) fn tree() -> Npm {
    with_fibre_served_as(None)
}

/// The tree on a registry that sends other bytes for `fibre@2.1.3` than its packument describes.
pub(super) fn with_wrong_bytes() -> Npm {
    with_fibre_served_as(Some(wrong_bytes()))
}

/// A good archive with the right name and version, but not the one that was published.
pub(super) fn wrong_bytes() -> Vec<u8> {
    tarball([
        (
            "package/package.json",
            r#"{"name":"fibre","version":"2.1.3","main":"index.js"}"#.to_owned(),
        ),
        ("package/index.js", format!("module.exports = '{WRONG}'\n")),
    ])
}

/// `drifter` has an old version and one that is minutes old, `novice` only the latter.
pub(super) fn with_young_versions() -> Npm {
    let minutes_ago = (Timestamp::now() - SignedDuration::from_mins(10)).to_string();
    Npm::new()
        .package("drifter", |package| {
            package
                .version("1.0.0", |old| old)
                .version("1.1.0", |young| young.published(&minutes_ago))
        })
        .package("novice", |package| {
            package.version("1.0.0", |young| young.published(&minutes_ago))
        })
}

fn with_fibre_served_as(bytes: Option<Vec<u8>>) -> Npm {
    Npm::new()
        .package("fibre", |package| {
            package
                .version("2.1.0", |old| old)
                .version("2.1.3", |release| {
                    let release = release.file("index.js", "module.exports = 'fibre 2.1.3'\n");
                    match bytes {
                        Some(bytes) => release.served(bytes),
                        None => release,
                    }
                })
        })
        .package("rope", |package| {
            package.version("1.0.0", |release| {
                release.dependency("fibre", "~2.1.0").file(
                    "index.js",
                    "module.exports = 'rope 1.0.0 > ' + require('fibre')\n",
                )
            })
        })
        .package("@harbour/crane", |package| {
            package.version("1.0.0", |release| {
                release.dependency("rope", "^1.0.0").file(
                    "index.js",
                    "module.exports = '@harbour/crane 1.0.0 > ' + require('rope')\n",
                )
            })
        })
        .package("lantern", |package| {
            package
                .version("1.0.0", |old| old)
                .version("2.0.0-beta.1", |beta| beta)
                .tag("beta", "2.0.0-beta.1")
        })
        .package("whistle", |package| {
            package.version("1.2.0", |release| {
                release.bin("whistle", "bin/whistle.js").file(
                    "bin/whistle.js",
                    "#!/usr/bin/env node\nconsole.log('whistle 1.2.0')\n",
                )
            })
        })
}
