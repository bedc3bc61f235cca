//! Which fields of a manifest the abbreviated document carries.

/// The fields of npm's abbreviated manifests, and `libc`, for which newer clients fetch full documents.
/// Source: npm registry docs, "package metadata"; libc: pnpm and npm 10 resolve optional native packages by it.
const ABBREVIATED: [&str; 20] = [
    "name",
    "version",
    "dependencies",
    "devDependencies",
    "optionalDependencies",
    "peerDependencies",
    "peerDependenciesMeta",
    "acceptDependencies",
    "bundleDependencies",
    "bundledDependencies",
    "bin",
    "directories",
    "engines",
    "os",
    "cpu",
    "libc",
    "hasInstallScript",
    "deprecated",
    "funding",
    "dist",
];

pub(super) fn is_abbreviated(name: &str) -> bool {
    ABBREVIATED.contains(&name) || name == "_hasShrinkwrap"
}

/// The scripts that npm runs on `npm install` of a dependency.
const INSTALL_SCRIPTS: [&str; 3] = ["preinstall", "install", "postinstall"];

pub(super) fn is_install_script(name: &str) -> bool {
    INSTALL_SCRIPTS.contains(&name)
}
