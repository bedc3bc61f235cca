//! What must hold of every lockfile that is read, whatever its bytes: places lie in the file, dependencies lead to entries,
//! ways end, and the same bytes give the same answer.

use lazaret_npm::Lockfile;
use lazaret_npm::lockfile::{Lines, Manifest, Spot};

/// What yarn 1 and the oldest package-lock do not record.
const MANIFEST: &[u8] = br#"{"name":"r","workspaces":["p/*"],"dependencies":{"a":"^1","b":"npm:c@1","@s/d":"*"},"devDependencies":{"e":"2"},"optionalDependencies":{"f":"git+https://h.invalid/f"}}"#;

pub fn read(file: &str, bytes: &[u8]) {
    let manifest = Manifest::parse("", MANIFEST).expect("a manifest");
    let lockfile = match Lockfile::parse(file, bytes, &[manifest.clone()]) {
        Ok(lockfile) => lockfile,
        Err(error) => {
            assert!(error.place.line > 0 && error.place.column > 0, "{error}");
            return;
        }
    };
    let text = std::str::from_utf8(bytes).expect("only text is understood");
    let lines = Lines::new(text);
    let inside = |spot: Spot| {
        assert!(spot.start <= spot.end && spot.end as usize <= text.len(), "{spot:?}");
        assert!(text.is_char_boundary(spot.start as usize) && text.is_char_boundary(spot.end as usize));
        let place = lines.place(spot);
        assert!(place.line > 0 && place.column > 0);
    };
    let count = lockfile.entries.len();
    for entry in lockfile.entries.iter().chain(&lockfile.legacy) {
        inside(entry.at);
        for part in [&entry.version, &entry.resolved, &entry.integrity, &entry.checksum, &entry.patch] {
            part.iter().for_each(|part| inside(part.at));
        }
        for dependency in &entry.dependencies {
            inside(dependency.at);
            assert!(dependency.to.is_none_or(|to| (to as usize) < count));
        }
    }
    let reach = lockfile.reach();
    for index in 0..count {
        let index = index as u32;
        let path = reach.path(index);
        assert_eq!(path.is_empty(), !reach.of(index).is_reached);
        assert!(path.last().is_none_or(|last| *last == index));
    }
    let inventory = lockfile.inventory();
    assert!(inventory.items.is_sorted());
    let again = Lockfile::parse(file, bytes, &[manifest]).expect("the same bytes");
    assert_eq!(again.inventory(), inventory);
}
