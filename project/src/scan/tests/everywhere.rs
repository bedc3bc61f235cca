//! Every campaign in every place, made of what its own file says, with a benign twin each. What cannot be in a place is told by
//! the data: a campaign without versions is in no lockfile, and where only strings are kept there are no names and hashes.

use std::collections::BTreeSet;

use super::holders::{HOLDERS, Keeps};
use super::places::PLACES;
use super::*;

#[test]
fn every_campaign_is_found_by_its_versions_in_every_place_and_its_twin_is_not() {
    let disk = Disk::new();
    let mut expected = Vec::new();
    for campaign in disk.indicators.campaigns() {
        let Some((name, versions)) = campaign.packages.iter().next() else {
            continue;
        };
        let version = match &*versions[0] {
            "*" => "1.2.3",
            version => version,
        };
        for (index, (place, write)) in PLACES.iter().enumerate() {
            let at = format!("bad/{}/{index}", campaign.id);
            write(&disk, &at, name, version);
            expected.push((at, campaign.id.clone(), *place));
            // The same with another version, or where all are bad with another name.
            let at = format!("good/{}/{index}", campaign.id);
            match version {
                "1.2.3" => write(&disk, &at, "left-pad", "1.3.0"),
                _ => write(&disk, &at, name, "9999.0.0"),
            }
        }
    }
    assert!(expected.len() > 1300, "there are campaigns and places");
    let outcome = disk.scan();
    assert_eq!(outcome.unread, []);
    for hit in &outcome.hits {
        assert!(hit.path.contains("/bad/"), "a twin was found: {hit:?}");
        assert!(hit.confidence >= Confidence::Likely, "{hit:?}");
        assert!(hit.first_seen.is_some(), "{hit:?}");
    }
    for (at, campaign, place) in expected {
        let folder = format!("{}/", disk.path(&at).display());
        let found = outcome.hits.iter().any(|hit| {
            hit.path.starts_with(&folder) && hit.campaign.as_deref() == Some(&*campaign)
        });
        assert!(found, "{campaign} in {place}");
    }
}

/// One thing that a campaign leaves, and what is nearly it.
struct Thing {
    what: What,
    /// The file's name, with folders before it where the campaign says which.
    name: String,
    bytes: Vec<u8>,
    confidence: Confidence,
    twin: (String, Vec<u8>),
}

impl Thing {
    /// Whether it can be in such a place at all.
    fn fits(&self, keeps: Keeps, indicators: &Indicators) -> bool {
        let size = self.bytes.len() as u64;
        match (keeps, self.what) {
            // A file is hashed if its name or size is a known one.
            (Keeps::All, What::File) => indicators.is_worth_hashing(&self.name, size),
            (Keeps::Bytes, What::File) => indicators.is_worth_hashing("", size),
            (Keeps::All, _) | (_, What::Strings) | (Keeps::Bytes, What::Line) => true,
            _ => false,
        }
    }
}

/// The shipped campaigns, with inert files and lines in the place of the real ones.
fn inert() -> (Indicators, Vec<Vec<Thing>>) {
    let shipped = Indicators::shipped().unwrap();
    let mut campaigns = shipped.campaigns().to_vec();
    let things = campaigns.iter_mut().map(|campaign| {
        let mut things = Vec::new();
        let strings = || campaign.literals.iter().chain(&campaign.domains);
        if strings().next().is_some() {
            let calls = |change: fn(&str) -> String| {
                let calls: Vec<String> = strings()
                    .map(|text| format!("f('{}');", change(text)))
                    .collect();
                calls.join("").into_bytes()
            };
            things.push(Thing {
                what: What::Strings,
                name: "lib/app.js".to_owned(),
                bytes: calls(str::to_owned),
                confidence: Confidence::Likely,
                twin: (
                    "lib/app.js".to_owned(),
                    calls(|text| format!("{}-{}", &text[..4], &text[4..])),
                ),
            });
        }
        for file in &campaign.files {
            things.push(Thing {
                what: What::FileName,
                name: file.to_string(),
                bytes: b"inert".to_vec(),
                confidence: if file.contains('/') {
                    Confidence::Likely
                } else {
                    Confidence::Hint
                },
                twin: (format!("{file}.bak"), b"inert".to_vec()),
            });
        }
        for (index, hash) in campaign.hashes.iter_mut().enumerate() {
            let mut bytes = format!("// {} {index}, inert: ", campaign.id).into_bytes();
            let size = hash
                .bytes
                .map_or(300, |size| usize::try_from(size).unwrap());
            assert!(bytes.len() < size);
            bytes.resize(size, b'.');
            hash.sha256 = Sha256::digest(&bytes).into();
            let name = hash.names.first().map_or("any.js", |name| &**name);
            let mut twin = bytes.clone();
            twin[size - 1] = b'!';
            // A file may be told by its name as well.
            let other = match shipped.file(name) {
                Some(_) => "any.js",
                None => name,
            };
            things.push(Thing {
                what: What::File,
                name: name.to_owned(),
                bytes,
                confidence: Confidence::Confirmed,
                twin: (other.to_owned(), twin),
            });
        }
        for (index, line) in campaign.lines.iter_mut().enumerate() {
            let mut text = format!("/* {} {index}, inert */", campaign.id);
            text.push_str(&".".repeat(line.bytes - text.len()));
            line.sha256 = Sha256::digest(&text).into();
            things.push(Thing {
                what: What::Line,
                name: "lib/index.js".to_owned(),
                bytes: format!("'use strict';\n{text}\nmore();\n").into_bytes(),
                confidence: Confidence::Confirmed,
                twin: (
                    "lib/index.js".to_owned(),
                    format!("'use strict';\n{text}.\n").into_bytes(),
                ),
            });
        }
        things
    });
    let things = things.collect();
    (Indicators::of(campaigns), things)
}

#[test]
fn every_campaign_is_found_by_its_strings_files_and_lines_in_every_place_and_its_twin_is_not() {
    let (indicators, things) = inert();
    let disk = Disk {
        indicators,
        ..Disk::new()
    };
    let mut expected = Vec::new();
    for (campaign, things) in disk.indicators.campaigns().iter().zip(&things) {
        for (number, thing) in things.iter().enumerate() {
            for (index, (place, keeps, write)) in HOLDERS.iter().enumerate() {
                if !thing.fits(*keeps, &disk.indicators) {
                    continue;
                }
                let confidence = match keeps {
                    Keeps::StringsOfText => Confidence::Hint,
                    _ => thing.confidence,
                };
                let at = format!("bad/{}/{number}-{index}", campaign.id);
                write(&disk, &at, &thing.name, &thing.bytes);
                expected.push((at, campaign, thing.what, confidence, *place));
                let at = format!("good/{}/{number}-{index}", campaign.id);
                write(&disk, &at, &thing.twin.0, &thing.twin.1);
            }
        }
    }
    for what in [What::Strings, What::FileName, What::File, What::Line] {
        let places: BTreeSet<&str> = expected
            .iter()
            .filter(|one| one.2 == what)
            .map(|one| one.4)
            .collect();
        assert!(places.len() > 15, "{what:?}: {places:?}");
    }
    let outcome = disk.scan();
    assert_eq!(outcome.unread, []);
    for hit in &outcome.hits {
        assert!(hit.path.contains("/bad/"), "a twin was found: {hit:?}");
        assert!(hit.first_seen.is_some(), "{hit:?}");
    }
    for (at, campaign, what, confidence, place) in expected {
        let folder = format!("{}/", disk.path(&at).display());
        let found = outcome.hits.iter().any(|hit| {
            hit.path.starts_with(&folder)
                && hit.campaign.as_deref() == Some(&*campaign.id)
                && hit.what == what
                && hit.confidence >= confidence
        });
        assert!(found, "{what:?} of {} in {place}", campaign.id);
    }
}

/// A lockfile in which a package comes from a host.
type Text = fn(&str) -> String;

#[test]
fn addresses_of_a_campaign_are_found_in_lockfiles_of_all_forms() {
    let disk = Disk::new();
    let forms: &[(&str, Text)] = &[
        ("package-lock.json", |host| {
            format!(
                "{{ \"lockfileVersion\": 3, \"packages\": {{ \"node_modules/boat\": {{ \"version\": \"1.0.0\", \"resolved\": \"http://{host}/npm/boat\" }} }} }}"
            )
        }),
        ("npm-shrinkwrap.json", |host| {
            format!(
                "{{ \"lockfileVersion\": 1, \"dependencies\": {{ \"boat\": {{ \"version\": \"http://{host}/npm/boat\" }} }} }}"
            )
        }),
        ("yarn.lock", |host| {
            format!(
                "# yarn lockfile v1\n\n\n\"boat@http://{host}/npm/boat\":\n  version \"1.0.0\"\n  resolved \"http://{host}/npm/boat#00\"\n"
            )
        }),
        ("pnpm-lock.yaml", |host| {
            format!(
                "lockfileVersion: '9.0'\n\npackages:\n\n  boat@http://{host}/npm/boat:\n    resolution: {{tarball: http://{host}/npm/boat}}\n    version: 1.0.0\n\nsnapshots:\n\n  boat@http://{host}/npm/boat: {{}}\n"
            )
        }),
        ("bun.lock", |host| {
            format!(
                "{{ \"lockfileVersion\": 1, \"workspaces\": {{ \"\": {{ \"name\": \"app\" }} }}, \"packages\": {{ \"boat\": [\"boat@http://{host}/npm/boat\", {{}}, \"sha512-AAAA\"] }} }}"
            )
        }),
    ];
    let mut expected = Vec::new();
    for campaign in disk.indicators.campaigns() {
        for (number, host) in campaign.domains.iter().enumerate() {
            for (file, text) in forms {
                let at = format!("bad/{}/{number}/{file}/{file}", campaign.id);
                disk.write(&at, text(host));
                expected.push((at, &campaign.id));
                let twin = format!("good/{}/{number}/{file}/{file}", campaign.id);
                disk.write(&twin, text(&format!("x-{host}.example")));
            }
        }
    }
    assert!(expected.len() > 150);
    let outcome = disk.scan();
    assert_eq!(outcome.unread, []);
    for hit in &outcome.hits {
        assert!(hit.path.contains("/bad/"), "a twin was found: {hit:?}");
    }
    for (at, id) in expected {
        let path = disk.path(&at).display().to_string();
        let found = outcome.hits.iter().any(|hit| {
            hit.path == path
                && hit.campaign.as_ref() == Some(id)
                && hit.confidence >= Confidence::Likely
        });
        assert!(found, "{id} in {at}");
    }
}

#[test]
fn every_file_of_every_campaign_is_found_by_its_bytes_alone_where_all_are_hashed() {
    let (indicators, things) = inert();
    let disk = Disk {
        indicators,
        ..Disk::new()
    };
    let mut expected = Vec::new();
    for (campaign, things) in disk.indicators.campaigns().iter().zip(&things) {
        let files = things.iter().filter(|thing| thing.what == What::File);
        for (number, thing) in files.enumerate() {
            for end in ["store/v10/files/00/11", "a/renamed.bin"] {
                let path = format!("{}-{number}/{end}", campaign.id);
                disk.write(&path, &thing.bytes);
                expected.push((disk.path(&path), &campaign.id));
            }
            disk.write(&format!("good/{}-{number}", campaign.id), &thing.twin.1);
        }
    }
    let matcher = Matcher::new(&disk.indicators);
    let roots = [disk.folder.path().to_owned()];
    let mut request = disk.request(&matcher, &roots);
    request.hash_all = true;
    let outcome = scan(&request, &Progress::default());
    assert_eq!(outcome.hits.len(), expected.len());
    for (path, id) in expected {
        let path = path.display().to_string();
        let found = |hit: &Hit| hit.path == path && hit.campaign.as_ref() == Some(id);
        assert!(outcome.hits.iter().any(found), "{id}: {path}");
    }
}
