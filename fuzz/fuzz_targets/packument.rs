//! Any bytes are a package document or an error; a document's views are JSON and list exactly what is not held.
#![no_main]

use jiff::Timestamp;
use lazaret_npm::PackageName;
use lazaret_npm::packument::{Form, Links, Packument};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u64, &[u8])| {
    let (held, body) = input;
    let name = PackageName::parse("a").expect("a name");
    let Ok(packument) = Packument::parse(&name, bytes::Bytes::copy_from_slice(body)) else {
        return;
    };
    let is_held = |index: usize| held >> (index % 64) & 1 == 1;
    // What we pass on unread must be JSON to everybody; numbers and nesting beyond this reader's are not its matter.
    if serde_json::from_slice::<serde_json::Value>(body).is_err() {
        return;
    }
    let view = packument.without(is_held, Some("held"));
    let links = Links {
        public_url: "http://registry.example",
        first_contact: Timestamp::UNIX_EPOCH,
    };
    for form in [Form::Full, Form::Abbreviated] {
        let mut out = Vec::new();
        view.write(form, links, &mut out)
            .expect("writing to memory");
        let written: serde_json::Value =
            serde_json::from_slice(&out).expect("a view is JSON that every client reads");
        let listed = written["versions"].as_object().map_or(0, |all| all.len());
        let shown = packument.entries().len() - view.withheld();
        assert_eq!(listed, shown, "a view lists exactly what is not held");
        for (_, target) in view.tags() {
            assert!(written["versions"].get(target).is_some(), "no tag dangles");
        }
    }
    let mut out = Vec::new();
    for entry in packument.entries() {
        packument
            .write_manifest(entry, links, &mut out)
            .expect("writing to memory");
    }
});
