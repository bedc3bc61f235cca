//! `cargo bench -p lazaret-policy`: building, loading, look-ups and judging with 239,000 generated rows, the size of the
//! npm export of October 2026. Prints numbers, compares nothing.
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
#![expect(clippy::print_stdout, reason = "its result is text")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use lazaret_npm::{PackageName, Strength, Version};
use lazaret_policy::index::Source;
use lazaret_policy::{Advisory, AdvisoryIndex, Behaviour, Case, IndexBuilder, Policy, judge};

/// 207,000 of the rows mean a whole package, 15,000 some versions of one, 17,000 a vulnerability.
const WHOLE: usize = 207_000;
const VERSIONS: usize = 15_000;
const VULNERABLE: usize = 17_000;
const LOOKUPS: usize = 1_000_000;
const JUDGED: usize = 150_000;

fn main() {
    let records: Vec<String> = (0..WHOLE + VERSIONS + VULNERABLE).map(record).collect();
    let json: usize = records.iter().map(String::len).sum();

    let started = Instant::now();
    let mut builder = IndexBuilder::new();
    for record in &records {
        match Advisory::from_osv(record.as_bytes()) {
            Ok(advisories) => drop(builder.add(Source::Synced, &advisories)),
            Err(error) => println!("{error}"),
        }
    }
    let parsed = started.elapsed();
    let started = Instant::now();
    let Ok(bytes) = builder.finish(Timestamp::UNIX_EPOCH) else {
        return println!("the index is too large");
    };
    let finished = started.elapsed();
    let size = bytes.len();
    let started = Instant::now();
    let index = match AdvisoryIndex::from_bytes(bytes) {
        Ok(index) => index,
        Err(error) => return println!("{error}"),
    };
    let loaded = started.elapsed();
    let counts = index.counts();
    println!(
        "rows            {:>10}   of {} packages",
        counts.rows, counts.packages
    );
    println!(
        "read from JSON  {:>10.0?}   {:.0} MB",
        parsed,
        json as f64 / 1e6
    );
    println!("build           {finished:>10.0?}");
    println!("check and load  {loaded:>10.0?}");
    println!(
        "index           {:>7.2} MB   {:.1} bytes a row",
        size as f64 / 1e6,
        size as f64 / counts.rows as f64
    );

    let names = |offset: usize| -> Vec<PackageName> {
        let names = (0..4096).map(|number| name(number * 53 + offset));
        names
            .filter_map(|name| PackageName::parse(&name).ok())
            .collect()
    };
    let present = names(0);
    let absent: Vec<PackageName> = present
        .iter()
        .filter_map(|name| PackageName::parse(&format!("{name}-x")).ok())
        .collect();
    for (what, names) in [("present", &present), ("absent", &absent)] {
        let took = each(LOOKUPS, |number| {
            black_box(index.for_package(&names[number % names.len()]));
        });
        println!("look up {what:<7} {:>7} ns", took.as_nanos());
    }
    judging(&index);
}

fn judging(index: &AdvisoryIndex) {
    let policy = Policy::default();
    let vulnerable = name(WHOLE + VERSIONS);
    let (Ok(name), Ok(version)) = (PackageName::parse(&vulnerable), Version::parse("9.0.0")) else {
        return;
    };
    let now = Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(24 * 365 * 50);
    let advisories: Vec<Arc<Advisory>> = index.for_package(&name);
    let case = Case {
        name: &name,
        version: "9.0.0",
        semver: Some(&version),
        published: Some(Timestamp::UNIX_EPOCH),
        absent_at: None,
        first_contact: Timestamp::UNIX_EPOCH,
        strength: Some(Strength::Strong),
        advisories: &advisories,
        in_use: &[],
        served: false,
        behaviour: Behaviour::NotInspected,
    };
    let took = each(JUDGED, |_| {
        black_box(judge(&policy, black_box(&case), now));
    });
    println!("judge allowed   {:>7} ns", took.as_nanos());
    let young = Case {
        published: Some(now),
        ..case
    };
    let took = each(JUDGED, |_| {
        black_box(judge(&policy, black_box(&young), now));
    });
    println!("judge held      {:>7} ns", took.as_nanos());
}

fn each(times: usize, mut work: impl FnMut(usize)) -> Duration {
    let started = Instant::now();
    for number in 0..times {
        work(number);
    }
    started.elapsed() / u32::try_from(times).unwrap_or(u32::MAX)
}

/// As long and as alike as the names of the floods of 2025, one in thirteen scoped.
fn name(number: usize) -> String {
    const WORDS: [&str; 16] = [
        "ayam", "kopi", "node", "react", "utils", "teh", "web", "core", "goreng", "api", "sate",
        "helper", "manis", "config", "ui", "test",
    ];
    let mixed = number.wrapping_mul(2_654_435_761);
    let word = |shift: usize| WORDS[(mixed >> shift) % WORDS.len()];
    let scope = if number.is_multiple_of(13) {
        "@team-x/"
    } else {
        ""
    };
    format!("{scope}{}-{}-{number}-{}", word(4), word(12), word(20))
}

fn record(number: usize) -> String {
    let name = name(number);
    let (year, seconds) = (2022 + number % 5, number % 60);
    let modified = format!("{year}-06-17T19:09:{seconds:02}Z");
    let published = format!("{year}-06-15T19:09:{seconds:02}Z");
    if number < WHOLE + VERSIONS {
        let affected = if number < WHOLE {
            r#""ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}]"#.to_owned()
        } else {
            format!(r#""versions":["1.{seconds}.0","1.{seconds}.1"]"#)
        };
        let aliases = if number.is_multiple_of(5) {
            format!(r#""GHSA-2v46-{:04}-248w""#, 2222 + number % 7)
        } else {
            String::new()
        };
        return format!(
            r#"{{"id":"MAL-{year}-{number}","modified":"{modified}","published":"{published}","aliases":[{aliases}],
            "summary":"Malicious code in {name} (npm)","details":"{}","affected":[{{"package":{{"ecosystem":"npm","name":"{name}"}},{affected},
            "database_specific":{{"cwes":[{{"cweId":"CWE-506"}}]}}}}],"database_specific":{{"malicious-packages-origins":[
            {{"source":"somebody","sha256":"00","import_time":"{published}","modified_time":"{modified}","versions":["1.0.0"]}}]}}}}"#,
            "The package was found to contain malicious code. ".repeat(12)
        );
    }
    let digits = b"23456789cfghjmpqrvwx";
    let digit = |power: u32| char::from(digits[number / 20_usize.pow(power) % 20]);
    let id = format!(
        "GHSA-2222-{}{}{}{}-xxxx",
        digit(3),
        digit(2),
        digit(1),
        digit(0)
    );
    format!(
        r#"{{"id":"{id}","modified":"{modified}","published":"{published}","aliases":["CVE-{year}-{number}"],
        "summary":"Prototype Pollution in the parser of {name} allows denial of service","details":"{}",
        "severity":[{{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}}],
        "affected":[{{"package":{{"ecosystem":"npm","name":"{name}"}},"ranges":[
        {{"type":"SEMVER","events":[{{"introduced":"0"}},{{"fixed":"1.{seconds}.3"}}]}},
        {{"type":"SEMVER","events":[{{"introduced":"2.0.0"}},{{"fixed":"2.{seconds}.1"}}]}}]}}],
        "database_specific":{{"cwe_ids":["CWE-1321","CWE-400"],"severity":"HIGH"}}}}"#,
        "Versions before the fixed ones are vulnerable. ".repeat(30)
    )
}
