//! Any bytes as a file of a package: the walk, the graph and every detector end, and say the same twice.
#![no_main]

use bytes::Bytes;
use lazaret_analysis::{File, Limits, Package, inspect};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // The first byte chooses what it is called.
    let (first, rest) = match bytes.split_first() {
        Some((first, rest)) => (*first, Bytes::copy_from_slice(rest)),
        None => return,
    };
    let names = ["index.js", "index.ts", "index.tsx", "index.html", "setup.sh", "binding.gyp", "package.json", "a.node"];
    let file = |path: &str, bytes: Bytes| File {
        path: path.to_owned(),
        bytes,
        disputed: false,
    };
    let name = names[usize::from(first) % names.len()];
    let mut files = vec![file(name, rest)];
    if name != "package.json" {
        let manifest = br#"{"name":"a","version":"1.0.0","main":"index.js","scripts":{"postinstall":"node index.js"}}"#;
        files.push(file("package.json", Bytes::from_static(manifest)));
    }
    let package = Package {
        files,
        ..Package::default()
    };
    let limits = Limits {
        fold_steps: 200_000,
        fold_bytes: 4 << 20,
        ..Limits::default()
    };
    let once = inspect(&package, &limits, &mut |_| {});
    let again = inspect(&package, &limits, &mut |_| {});
    assert_eq!(once, again, "the same package, the same report");
});
