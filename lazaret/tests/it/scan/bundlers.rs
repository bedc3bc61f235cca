//! What is left of every campaign's strings when a site was bundled and minified, by programs pinned in `tests/bundlers`.

use super::{json, scan};
use crate::clients::pinned;
use crate::harness::Home;
use base64::Engine;
use lazaret_policy::indicators::{Campaign, Indicators, Kind, Matcher};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Ways to write a string that a payload holds: each gives an expression of JavaScript, if it can be written so.
type Form = (&'static str, fn(&str) -> Option<String>);

const FORMS: &[Form] = &[
    ("plain", |text| Some(format!("'{text}'"))),
    ("joined", |text| {
        let (before, after) = text.split_at(text.len() / 2);
        Some(format!("'{before}' + '{after}'"))
    }),
    ("template", |text| {
        Some(format!(
            "(() => {{ const part = '{text}'; return `//${{part}}/of` }})()"
        ))
    }),
    ("escapes", |text| {
        Some(format!("'{}'", escaped(text, "\\x")))
    }),
    ("unicode", |text| {
        Some(format!("'{}'", escaped(text, "\\u00")))
    }),
    ("base64", |text| {
        let text = base64::engine::general_purpose::STANDARD.encode(format!("at {text} now"));
        Some(format!("globalThis.atob('{text}')"))
    }),
    ("hex", |text| {
        let text = escaped(text, "");
        Some(format!(
            "globalThis.Buffer.from('{text}', 'hex').toString()"
        ))
    }),
    // As the obfuscator that most payloads went through cuts them, out of order.
    ("array", |text| {
        let mut pieces: Vec<String> = text
            .as_bytes()
            .chunks(10)
            .map(|piece| format!("'{}'", String::from_utf8_lossy(piece)))
            .collect();
        let is_enough = text.len() >= 30;
        pieces.reverse();
        let order: Vec<String> = (0..pieces.len())
            .rev()
            .map(|index| format!("all[{index}]"))
            .collect();
        is_enough.then(|| format!("((all) => {})([{}])", order.join(" + "), pieces.join(", ")))
    }),
];

fn escaped(text: &str, before: &str) -> String {
    text.bytes().fold(String::new(), |mut all, byte| {
        let _ = write!(all, "{before}{byte:02x}");
        all
    })
}

/// One module that was written, and what must be found behind it.
struct Written<'c> {
    name: String,
    campaign: u32,
    strings: Vec<&'c str>,
}

/// An entry that imports an inert package and hands its strings to nobody.
fn write(home: &Home, name: &str, expressions: &[String]) {
    let calls: String = expressions
        .iter()
        .map(|expression| format!("  sink({expression});\n"))
        .collect();
    home.write(
        &format!("site/modules/{name}/index.js"),
        format!("'use strict';\nmodule.exports = function mark(sink) {{\n{calls}}};\n"),
    );
    home.write(
        &format!("site/{name}.js"),
        format!("import mark from './modules/{name}/index.js';\nmark(globalThis.nobody);\n"),
    );
}

fn strings(campaign: &Campaign) -> impl Iterator<Item = &str> {
    let all = campaign.literals.iter().chain(&campaign.domains);
    all.map(|text| &**text)
}

fn bundle(home: &Home) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/bundlers");
    assert!(
        folder.join("node_modules/esbuild/package.json").is_file(),
        "tests/bundlers is not installed: run scripts/test, or `npm ci` there"
    );
    let done = Command::new(pinned("node-{arch}/bin/node"))
        .arg(folder.join("bundle.mjs"))
        .arg(home.path().join("site"))
        .arg(home.path().join("disk/dist"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
}

#[test]
fn every_campaigns_strings_are_found_behind_two_bundlers_and_their_twins_are_not() {
    let home = Home::new();
    let known = Indicators::shipped().unwrap();
    let mut all = Vec::new();
    for (index, campaign) in known.campaigns().iter().enumerate() {
        for (form, expression) in FORMS {
            let mut written = Vec::new();
            let (mut bad, mut good) = (Vec::new(), Vec::new());
            for text in strings(campaign) {
                if let Some(one) = expression(text) {
                    bad.push(one);
                    written.push(text);
                }
                good.extend(expression(&format!("{}-{}", &text[..4], &text[4..])));
            }
            if written.is_empty() {
                continue;
            }
            write(&home, &format!("bad-{}.{form}", campaign.id), &bad);
            write(&home, &format!("good-{}.{form}", campaign.id), &good);
            all.push(Written {
                name: format!("bad-{}.{form}", campaign.id),
                campaign: u32::try_from(index).unwrap(),
                strings: written,
            });
        }
    }
    assert!(all.len() > 100, "there are campaigns with strings");
    bundle(&home);

    let said = json(&scan(&home, &["--format", "json"]));
    assert_eq!(said["complete"], true);
    let hits = said["hits"].as_array().unwrap();
    let of = |hit: &serde_json::Value, key: &str| hit[key].as_str().unwrap().to_owned();
    let twins: Vec<_> = hits
        .iter()
        .filter(|hit| !of(hit, "path").contains("/bad-"))
        .collect();
    assert!(twins.is_empty(), "{twins:#?}");
    let sure: BTreeSet<(PathBuf, String)> = hits
        .iter()
        .filter(|hit| hit["confidence"] != "hint" && hit["place"] == "bundle")
        .map(|hit| {
            let path = of(hit, "path").replace("[home]", &home.path().display().to_string());
            (path.into(), of(hit, "campaign"))
        })
        .collect();
    let matcher = Matcher::new(&known);
    let mut lost = Vec::new();
    let mut looked_at = 0;
    for written in &all {
        let campaign = &known.campaigns()[written.campaign as usize];
        for end in [
            "esbuild/NAME.js",
            "esbuild/NAME.js.map",
            "rollup/NAME.js",
            "rollup/NAME.js.map",
            "obfuscated/NAME.js",
        ] {
            let file = home
                .path()
                .join("disk/dist")
                .join(end.replace("NAME", &written.name));
            let is_obfuscated = end.starts_with("obfuscated");
            // The sources of what was put together by the bundler hold its halves.
            if end.ends_with(".map") && written.name.ends_with(".joined") {
                continue;
            }
            if is_obfuscated && !written.name.ends_with(".plain") {
                continue;
            }
            looked_at += 1;
            let bytes = std::fs::read(&file).unwrap();
            let found: BTreeSet<&str> = matcher
                .search(&bytes)
                .iter()
                .filter(|one| one.campaign == written.campaign)
                .map(|one| match one.kind {
                    Kind::Literal => &*campaign.literals[one.index as usize],
                    Kind::Domain => &*campaign.domains[one.index as usize],
                    Kind::Hint => &*campaign.hints[one.index as usize],
                })
                .collect();
            // Shorter ones are not looked for in pieces.
            let expected: Vec<&str> = written
                .strings
                .iter()
                .copied()
                .filter(|text| !is_obfuscated || text.len() >= 30)
                .collect();
            for text in &expected {
                if !found.contains(text) {
                    lost.push(format!("{end} {}: {text}", written.name));
                }
            }
            if !expected.is_empty() && !sure.contains(&(file, campaign.id.to_string())) {
                lost.push(format!("{end} {}: not told by scan", written.name));
            }
        }
    }
    assert!(looked_at > 500, "{looked_at}");
    assert!(lost.is_empty(), "{} lost:\n{}", lost.len(), lost.join("\n"));
}
