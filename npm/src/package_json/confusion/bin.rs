//! Commands: a text, an object, a list or a folder, which publishing turns into an object.

use std::collections::BTreeMap;

use super::{Found, PackageJson};

pub(super) fn compare(found: &mut Found, registry: &PackageJson, tarball: &PackageJson) {
    let mut theirs = commands(registry);
    let mut ours = commands(tarball);
    // Publishing lists the files of a folder of commands, but only if there is no `bin`.
    for folder in [&registry.bin_folder, &tarball.bin_folder]
        .into_iter()
        .flatten()
    {
        let folder = format!("{}/", path(folder));
        let is_inside = |path: &String| path.starts_with(&folder);
        if ours.is_empty() {
            theirs.retain(|_, path| !is_inside(path));
        } else if theirs.is_empty() {
            ours.retain(|_, path| !is_inside(path));
        }
    }
    found.maps("bin", &theirs, &ours);
    let folder = |package: &PackageJson| package.bin_folder.as_deref().map(path);
    let has_commands = !registry.bin.is_empty() || !tarball.bin.is_empty();
    // With a `bin` the folder counts for nothing, and some publishers drop it.
    if !has_commands {
        found.compare("directories.bin", folder(registry), folder(tarball));
    }
}

/// Commands and files as npm would link them. Source: npm-normalize-package-bin.
fn commands(package: &PackageJson) -> BTreeMap<String, String> {
    let pairs = package.bin.iter().filter_map(|(name, file)| {
        let name = path(&name.replace([':', '\\'], "/"));
        let name = name.rsplit('/').next().unwrap_or_default().to_owned();
        let file = path(file);
        (!name.is_empty() && !file.is_empty()).then_some((name, file))
    });
    pairs.collect()
}

/// Relative to the package, without dots, never outside of it.
fn path(text: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in text.trim().split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}
