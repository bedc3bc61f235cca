use std::collections::BTreeMap;
use std::sync::LazyLock;

use bytes::Bytes;
use jiff::Timestamp;
use lazaret_npm::PackageName;
use proptest::prelude::*;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::id::Id;
use super::wire::Reader;
use super::{AdvisoryIndex, Counts, IndexBuilder, IndexError, Source, VERSION};
use crate::Advisory;
use crate::advisory::{Affects, Suspicion};
use crate::fixtures::{at, osv, read, record_ids, record_json, version};

fn name(text: &str) -> PackageName {
    PackageName::parse(text).unwrap()
}

fn built(builder: IndexBuilder) -> AdvisoryIndex {
    let bytes = builder.finish(at("2026-11-21T00:00:00Z")).unwrap();
    AdvisoryIndex::from_bytes(bytes).unwrap()
}

fn index_of(records: &[(Source, Advisory)]) -> AdvisoryIndex {
    let mut builder = IndexBuilder::new();
    for (source, advisory) in records {
        builder
            .add(*source, std::slice::from_ref(advisory))
            .unwrap();
    }
    built(builder)
}

fn real_records() -> IndexBuilder {
    let mut builder = IndexBuilder::new();
    for id in record_ids() {
        let record = Advisory::from_osv(&record_json(&id)).unwrap();
        builder.add(Source::Synced, &record).unwrap();
    }
    builder
}

/// The bytes of an index of all real records, for tests that damage them many times.
static REAL: LazyLock<Bytes> = LazyLock::new(|| built(real_records()).as_bytes().clone());

/// A record about `subject` in one state.
fn state(id: &str, modified: &str, fixed: &str) -> Advisory {
    let mut json = osv(id, json!([[{ "introduced": "0" }, { "fixed": fixed }]]));
    json["modified"] = modified.into();
    read(&json)
}

fn ranges(index: &AdvisoryIndex) -> Vec<String> {
    let advisories = index.for_package(&name("subject"));
    advisories
        .iter()
        .map(|advisory| advisory.vulnerable_range())
        .collect()
}

#[test]
fn real_records_come_out_as_they_went_in() {
    let mut expected: BTreeMap<(String, String), Advisory> = BTreeMap::new();
    for id in record_ids() {
        for advisory in Advisory::from_osv(&record_json(&id)).unwrap() {
            let key = (advisory.package.to_string(), advisory.id.to_string());
            expected.insert(key, advisory);
        }
    }
    let index = built(real_records());
    for advisory in expected.values() {
        let found = index.for_package(&advisory.package);
        let same = found.iter().filter(|found| found.id == advisory.id);
        assert_eq!(same.map(|found| &**found).collect::<Vec<_>>(), [advisory]);
        assert!(index.names(&advisory.package));
    }
    let iterated: Vec<Advisory> = index.iter().map(|(_, advisory)| advisory).collect();
    assert_eq!(iterated.len(), expected.len());
    assert!(
        iterated
            .iter()
            .all(|advisory| expected.values().any(|other| other == advisory))
    );
    assert_eq!(index.ids().count(), expected.len());
    let counts = Counts {
        packages: 48,
        rows: 52,
        malicious: 41,
        vulnerabilities: 11,
        withdrawn: 0,
        imported: 0,
        synced: 52,
    };
    assert_eq!(index.counts(), counts);
    assert_eq!(index.newest_modified(), Some(at("2026-04-07T14:41:20Z")));
    assert_eq!(index.built_at(), at("2026-11-21T00:00:00Z"));
    for absent in ["a", "zzz", "chal", "chalkk", "@scope/none", "ansi-regex-"] {
        assert!(index.for_package(&name(absent)).is_empty(), "{absent}");
    }
}

#[test]
fn every_field_comes_out_as_it_went_in() {
    let mut json = osv(
        "CORP-1:2",
        json!([
            [{ "introduced": "0" }, { "last_affected": "1.0.0-rc.1" }],
            [{ "introduced": "2.0.0" }, { "fixed": "2.1.0" }],
            [{ "introduced": "3.0.0" }],
        ]),
    );
    json["affected"][0]["versions"] = json!(["1.2", "9.9.9"]);
    json["aliases"] = json!([
        "MAL-2025-46969",
        "MAL-2025-007",
        "CVE-2020-0001",
        "CVE-2024-37890",
        "GHSA-2v46-p5h4-248w",
        "GHSA-2v46-p5h4",
        "x"
    ]);
    json["summary"] = "Größe ist nicht alles".into();
    json["withdrawn"] = "2026-05-20T00:00:00Z".into();
    json["published"] = "2027-05-20T00:00:00Z".into();
    json["references"] = json!([{ "type": "ADVISORY", "url": "https://advisories.example/1" }]);
    json["severity"] =
        json!([{ "type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" }]);
    json["database_specific"]["cwe_ids"] = json!(["CWE-79", "CWE-1321"]);
    let all = read(&json);
    let mut stale = all.clone();
    stale.id = "GHSA-0000".into();
    stale.suspicion = Some(Suspicion::StaleReport);
    stale.summary = "".into();
    let mut unclear = all.clone();
    unclear.id = "MAL-2026-1".into();
    unclear.suspicion = Some(Suspicion::Unclear);
    unclear.summary = "Malicious code in subject (npm)".into();
    unclear.intervals = Box::default();
    for advisory in [all, stale, unclear] {
        let index = index_of(&[(Source::Imported, advisory.clone())]);
        assert_eq!(*index.for_package(&name("subject"))[0], advisory);
    }
}

#[test]
fn ids_keep_their_spelling() {
    let ids = [
        "MAL-2025-46969",
        "MAL-2025-0",
        "MAL-2025-007",
        "MAL-12345-1",
        "MAL-2025-",
        "MAL-2025-1-2",
        "MAL-+2025-1",
        "MAL-2025-281474976710656",
        "CVE-2020-0001",
        "CVE-2020-1",
        "CVE-2024-37890",
        "cve-2020-0001",
        "GHSA-2v46-p5h4-248w",
        "GHSA-xxxx-xxxx-xxxx",
        "GHSA-2222-2222-2222",
        "GHSA-2v46-p5h4-248W",
        "GHSA-aaaa-aaaa-aaaa",
        "GHSA-2v46p5h4248w",
        "GHSA-2v46-p5h4-248w2",
        "GHSA--------",
        "PYSEC-2020-1",
        "-",
        "",
    ];
    for text in ids {
        let mut bytes = Vec::new();
        Id::of(text).put(&mut bytes);
        let mut reader = Reader::new(&bytes);
        assert_eq!(Id::read(&mut reader).unwrap().to_string(), text);
        assert!(reader.is_empty());
    }
    assert!(matches!(
        Id::of("MAL-2025-46969"),
        Id::Malicious {
            year: 2025,
            number: 46_969
        }
    ));
    assert!(matches!(Id::of("GHSA-2v46-p5h4-248w"), Id::Ghsa(_)));
    assert!(matches!(Id::of("CVE-2020-1"), Id::Other(_)));
}

#[test]
fn the_newest_state_of_a_record_stays() {
    let (old, new) = (
        state("GHSA-1", "2026-01-01T00:00:00Z", "1.0.0"),
        state("GHSA-1", "2026-01-02T00:00:00Z", "2.0.0"),
    );
    for source in [Source::Imported, Source::Synced] {
        let first = (Source::Imported, old.clone());
        let second = (source, new.clone());
        assert_eq!(
            ranges(&index_of(&[first.clone(), second.clone()])),
            ["<2.0.0"]
        );
        assert_eq!(ranges(&index_of(&[second, first])), ["<2.0.0"]);
    }
    // Of equally new ones, the last.
    let same = state("GHSA-1", "2026-01-01T00:00:00Z", "3.0.0");
    let both = [(Source::Imported, old), (Source::Imported, same)];
    assert_eq!(ranges(&index_of(&both)), ["<3.0.0"]);
}

#[test]
fn a_newer_record_takes_back_the_packages_it_no_longer_names() {
    let mut json = osv("GHSA-1", json!([[{ "introduced": "0" }]]));
    let mut second = json["affected"][0].clone();
    second["package"]["name"] = "other".into();
    let affected = json["affected"].as_array_mut().unwrap();
    affected.push(second);
    let both = Advisory::from_osv(json.to_string().as_bytes()).unwrap();
    let mut builder = IndexBuilder::new();
    builder.add(Source::Synced, &both).unwrap();
    let index = built(builder);
    assert_eq!(index.counts().rows, 2);
    let mut builder =
        IndexBuilder::from_index(&index, &[Source::Imported, Source::Synced]).unwrap();
    builder
        .add(
            Source::Synced,
            &[state("GHSA-1", "2026-05-01T00:00:00Z", "1.0.0")],
        )
        .unwrap();
    let index = built(builder);
    assert!(index.names(&name("subject")));
    assert!(!index.names(&name("other")));
}

#[test]
fn a_sync_replaces_what_was_synced() {
    let time = "2026-01-01T00:00:00Z";
    let first = index_of(&[
        (Source::Synced, state("GHSA-1", time, "1.0.0")),
        (Source::Synced, state("GHSA-2", time, "2.0.0")),
        (Source::Imported, state("CORP-1", time, "3.0.0")),
    ]);
    assert_eq!((first.counts().imported, first.counts().synced), (1, 2));
    let mut sync = IndexBuilder::from_index(&first, &[Source::Imported]).unwrap();
    assert_eq!((sync.len(), sync.is_empty()), (1, false));
    sync.add(Source::Synced, &[state("GHSA-2", time, "2.5.0")])
        .unwrap();
    let second = built(sync);
    assert_eq!(second.ids().collect::<Vec<_>>(), ["CORP-1", "GHSA-2"]);
    assert_eq!(ranges(&second), ["<3.0.0", "<2.5.0"]);
}

#[test]
fn building_on_an_index_adds_to_it() {
    let whole = built(real_records());
    let mut builder =
        IndexBuilder::from_index(&whole, &[Source::Imported, Source::Synced]).unwrap();
    let again = built(builder);
    assert_eq!(again.as_bytes(), whole.as_bytes());
    builder = IndexBuilder::from_index(&whole, &[Source::Imported, Source::Synced]).unwrap();
    builder
        .add(
            Source::Imported,
            &[state("CORP-1", "2026-01-01T00:00:00Z", "1.0.0")],
        )
        .unwrap();
    assert_eq!(built(builder).counts().rows, whole.counts().rows + 1);
}

#[test]
fn the_same_records_give_the_same_bytes() {
    let mut backwards = IndexBuilder::new();
    for id in record_ids().iter().rev() {
        let record = Advisory::from_osv(&record_json(id)).unwrap();
        backwards.add(Source::Synced, &record).unwrap();
    }
    assert_eq!(
        built(backwards).as_bytes(),
        built(real_records()).as_bytes()
    );
}

#[test]
fn an_empty_index_is_an_index() {
    for index in [AdvisoryIndex::empty(), built(IndexBuilder::new())] {
        assert_eq!(index.counts(), Counts::default());
        assert_eq!(index.newest_modified(), None);
        assert!(index.for_package(&name("chalk")).is_empty());
        assert_eq!(index.iter().count(), 0);
    }
}

#[test]
fn verdicts_do_not_change_on_the_way_through() {
    let index = built(real_records());
    let chalk = index.for_package(&name("chalk"));
    assert_eq!(
        chalk[0].affects("5.6.1", Some(&version("5.6.1"))),
        Affects::Yes
    );
    let stream = index.for_package(&name("flatmap-stream"));
    assert_eq!(stream.len(), 2);
    assert!(stream.iter().all(|advisory| advisory.is_whole_package()));
}

#[test]
fn other_files_are_told_apart() {
    let whole = built(real_records()).as_bytes().to_vec();
    let error =
        |bytes: &[u8]| AdvisoryIndex::from_bytes(Bytes::copy_from_slice(bytes)).unwrap_err();
    assert_eq!(error(b""), IndexError::NotAnIndex);
    assert_eq!(error(b"SQLite format 3\0"), IndexError::NotAnIndex);
    assert_eq!(error(&whole[..10]), IndexError::Damaged);
    assert_eq!(error(&whole[..whole.len() - 1]), IndexError::Damaged);
    let mut newer = whole.clone();
    newer[8] += 1;
    assert_eq!(error(&newer), IndexError::OtherForm(VERSION + 1));
    let mut longer = whole;
    longer.push(0);
    assert_eq!(error(&longer), IndexError::Damaged);
}

proptest! {
    #[test]
    fn a_changed_byte_is_noticed(index in any::<prop::sample::Index>(), flip in 1..=255_u8) {
        let mut bytes = REAL.to_vec();
        let at = index.index(bytes.len());
        bytes[at] ^= flip;
        prop_assert!(AdvisoryIndex::from_bytes(bytes).is_err());
    }

    /// Damage under a right checksum: refused or read, never a panic.
    #[test]
    fn damage_does_not_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), cut in 0..40_usize) {
        let mut content = REAL[..REAL.len() - 32 - cut].to_vec();
        for (index, byte) in changes {
            let at = index.index(content.len());
            content[at] = byte;
        }
        let checksum = Sha256::digest(&content);
        content.extend_from_slice(&checksum);
        if let Ok(index) = AdvisoryIndex::from_bytes(content) {
            prop_assert!(index.iter().count() <= index.as_bytes().len());
            prop_assert!(index.ids().count() <= index.as_bytes().len());
            index.for_package(&name("chalk"));
            index.for_package(&name("ws"));
            let builder = IndexBuilder::from_index(&index, &[Source::Imported, Source::Synced]);
            if let Ok(builder) = builder {
                builder.finish(Timestamp::UNIX_EPOCH).unwrap();
            }
        }
    }

    /// Every listed name is found, whatever its neighbours are.
    #[test]
    fn every_name_is_found(names in prop::collection::btree_set("[a-z][a-z0-9-]{0,6}", 1..60)) {
        let mut builder = IndexBuilder::new();
        for (number, name) in names.iter().enumerate() {
            let mut json = osv(&format!("MAL-2026-{number}"), json!([[{ "introduced": "0" }]]));
            json["affected"][0]["package"]["name"] = name.as_str().into();
            builder.add(Source::Synced, &[read(&json)]).unwrap();
        }
        let index = built(builder);
        for (number, text) in names.iter().enumerate() {
            let found = index.for_package(&name(text));
            prop_assert_eq!(&*found[0].id, format!("MAL-2026-{number}"));
            let longer = format!("{text}~");
            prop_assert!(!index.names(&name(&longer)));
        }
    }
}
