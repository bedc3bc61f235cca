use sha2::{Digest, Sha256};

use super::campaign::backwards;
use super::*;

fn shipped() -> Indicators {
    Indicators::shipped().unwrap()
}

fn small(extra: &str) -> String {
    format!(
        "id = \"a-1\"\nname = \"a\"\nfrom = 2026-01-01\nwhat = \"nothing\"\nsources = [\"here\"]\n{extra}"
    )
}

/// A campaign with these strings, written the right way round.
fn with(literals: &[&str], domains: &[&str]) -> Indicators {
    let list = |texts: &[&str]| {
        let texts: Vec<String> = texts
            .iter()
            .map(|text| format!("{:?}", backwards(text)))
            .collect();
        texts.join(", ")
    };
    let text = small(&format!(
        "literals = [{}]\ndomains = [{}]\n",
        list(literals),
        list(domains)
    ));
    Indicators::of(vec![Campaign::parse(&text).unwrap()])
}

#[test]
fn every_shipped_file_is_read_and_says_its_own_name() {
    for (file, text) in SHIPPED {
        let campaign = Campaign::parse(text).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(&*campaign.id, *file);
        assert!(
            campaign
                .id
                .ends_with(&campaign.from.strftime("%Y-%m").to_string())
                || campaign.to.is_some(),
            "{file}"
        );
        let read_again = Campaign::parse(&campaign.to_toml()).unwrap();
        assert_eq!(read_again, campaign);
    }
    assert_eq!(
        shipped().campaigns().len(),
        SHIPPED.len(),
        "no id occurs twice"
    );
}

#[test]
fn every_file_of_the_folder_is_listed() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/indicators");
    #[expect(
        clippy::disallowed_methods,
        reason = "a test looks at the source's own folder"
    )]
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".toml").map(str::to_owned))
        .collect();
    let mut listed: Vec<&str> = SHIPPED.iter().map(|(id, _)| *id).collect();
    files.sort();
    listed.sort_unstable();
    assert_eq!(files, listed);
}

#[test]
fn no_shipped_file_is_found_by_what_it_describes() {
    let matcher = Matcher::new(&shipped());
    for (file, text) in SHIPPED {
        assert_eq!(matcher.search(text.as_bytes()), [], "{file}");
    }
}

#[test]
fn what_is_wrong_is_an_error_with_its_line() {
    let line = |extra: &str| Campaign::parse(&small(extra)).unwrap_err().line;
    assert_eq!(line("liteals = []\n"), 6);
    assert_eq!(
        line("files = [\"dropper_x.js\"]\nliterals = [\n  \"short\",\n]\n"),
        8
    );
    assert_eq!(line("literals = [\"aaaaaaaaaaaaaaaaaaaa\"]\n"), 6);
    assert_eq!(line("domains = [\"moc.buhtig\"]\n"), 6, "everybody's host");
    assert_eq!(
        line("domains = [\"1.0.0.721\"]\n"),
        6,
        "everybody's address"
    );
    assert_eq!(line("files = [\"index.js\"]\n"), 6);
    assert_eq!(line("[packages]\n\"a b\" = [\"1.0.0\"]\n"), 7);
    assert_eq!(line("[packages]\n\"a\" = [\"latest\"]\n"), 7);
    assert_eq!(line("[[hashes]]\nsha256 = \"00\"\n"), 7);
    assert_eq!(line("[[lines]]\nsha256 = \"00\"\nbytes = 20\n"), 8);
    assert_eq!(line(""), 1, "nothing to find");
}

#[test]
fn a_list_that_is_too_long_is_an_error_and_never_cut() {
    let mut text = small("[packages]\n");
    for number in 0..20_001 {
        text.push_str(&format!("\"boat-{number}\" = [\"1.0.0\"]\n"));
    }
    let error = Campaign::parse(&text).unwrap_err();
    assert!(error.message.contains("more than 20000"), "{error}");
    let hash = "[[hashes]]\nsha256 = \"".to_owned() + &"ab".repeat(32) + "\"\n";
    let error = Campaign::parse(&small(&hash.repeat(20_001))).unwrap_err();
    assert!(error.message.contains("more than 20000"), "{error}");
    assert!(Campaign::parse(&small(&hash)).unwrap().has_bare_hash());
}

#[test]
fn versions_are_exact_and_the_placeholder_is_none() {
    let known = shipped();
    let version = |name: &str, version: &str| {
        known
            .named(name, version)
            .map(|hit| hit.campaign.id.to_string())
    };
    assert_eq!(
        version("chalk", "5.6.1").as_deref(),
        Some("chalk-debug-2025-09")
    );
    assert_eq!(version("chalk", "5.6.2"), None);
    assert_eq!(version("left-pad", "1.3.0"), None);
    assert_eq!(
        version("flatmap-stream", "9.9.9").as_deref(),
        Some("event-stream-2018-09")
    );
    assert_eq!(version("flatmap-stream", PLACEHOLDER), None);
    assert!(known.names("chalk") && !known.names("left-pad"));
    let name = PackageName::parse("@ctrl/tinycolor").unwrap();
    let hit = known.version(&name, &Version::new(4, 1, 2)).unwrap();
    assert!(!hit.is_whole_package);
}

#[test]
fn names_of_files_count_as_ends_of_paths() {
    let known = shipped();
    let file = |path: &str| {
        known
            .file(path)
            .map(|(campaign, _)| campaign.id.to_string())
    };
    assert_eq!(
        file("a/.github/workflows/shai-hulud-workflow.yml").as_deref(),
        Some("shai-hulud-2025-09")
    );
    assert_eq!(file("a/workflows/shai-hulud-workflow.yml"), None);
    assert_eq!(
        file("x/Setup_Bun.js").as_deref(),
        Some("shai-hulud-2-2025-11")
    );
    assert_eq!(file("x/not_setup_bun.js"), None);
    assert_eq!(
        file("é/nx/telemetry.js").as_deref(),
        Some("nx-s1ngularity-2025-08")
    );
    assert_eq!(file("xnx/telemetry.js"), None);
}

#[test]
fn every_string_is_found_in_every_form_at_every_place() {
    let known = shipped();
    let matcher = Matcher::new(&known);
    for (index, campaign) in known.campaigns().iter().enumerate() {
        let strings = campaign
            .literals
            .iter()
            .chain(&campaign.domains)
            .chain(&campaign.hints);
        for (count, text) in strings.enumerate() {
            let shift = (index + count) % 7;
            for (form, bytes) in forms::forms(text.as_bytes()) {
                if bytes.len() < matcher::SHORTEST {
                    continue;
                }
                let padded = [&b" ".repeat(shift)[..], b"\"", &bytes, b"\" "].concat();
                let found = matcher.search(&padded);
                let is_found = found.iter().any(|one| {
                    one.campaign as usize == index && one.form == form && one.offset == shift + 1
                });
                assert!(is_found, "{text} as {form:?}: {found:?}");
            }
        }
    }
}

#[test]
fn the_search_finds_what_a_plain_search_finds() {
    let literals = [
        "abcdefghij",
        "bcdefghijk",
        "abcabcabcabcdefg",
        "zzzyyyxxxwwwvvvuuu",
    ];
    let known = with(&literals, &[]);
    let matcher = Matcher::new(&known);
    // A text made of pieces of the strings, so that many places nearly match.
    let mut text = String::new();
    let mut state = 7_u32;
    for _ in 0..4000 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let literal = literals[(state >> 8) as usize % literals.len()];
        let end = (state >> 16) as usize % (literal.len() + 1);
        text.push_str(&literal[..end]);
    }
    for (index, literal) in literals.iter().enumerate() {
        let found = matcher.search(text.as_bytes());
        let found = found
            .iter()
            .find(|one| one.index as usize == index && one.form == Form::Plain);
        assert_eq!(found.map(|one| one.offset), text.find(literal), "{literal}");
    }
}

#[test]
fn base64_is_found_wherever_the_string_begins() {
    use base64::Engine;
    let known = with(&["Harbour-Pilot-99"], &[]);
    let matcher = Matcher::new(&known);
    for before in 0..9 {
        for after in 0..5 {
            let text = format!(
                "{}Harbour-Pilot-99{}",
                "x".repeat(before),
                "?".repeat(after)
            );
            let text = base64::engine::general_purpose::STANDARD.encode(text);
            let found = matcher.search(text.as_bytes());
            assert_eq!(
                found.first().map(|one| one.form),
                Some(Form::Base64),
                "{before} {after}"
            );
        }
    }
}

#[test]
fn pieces_count_only_together() {
    let known = with(&["0123456789abcdefghijklmnopqrstuvwxyz"], &[]);
    let matcher = Matcher::new(&known);
    let all = "['0123456789','klmnopqrst','abcdefghij','uvwxyz']";
    assert_eq!(matcher.search(all.as_bytes())[0].form, Form::Pieces);
    assert_eq!(matcher.search(b"['0123456789','abcdefghij']"), []);
    let whole = "x = '0123456789abcdefghijklmnopqrstuvwxyz'";
    assert_eq!(matcher.search(whole.as_bytes()).len(), 1);
}

#[test]
fn a_host_is_no_part_of_another() {
    let known = with(&[], &["pilot.invalid", "203.0.113.77"]);
    let matcher = Matcher::new(&known);
    let is_found = |text: &str| !matcher.search(text.as_bytes()).is_empty();
    for text in [
        "https://pilot.invalid/x",
        "'cdn.pilot.invalid'",
        "pilot.invalid",
        "at pilot.invalid.",
        "\\npilot.invalid",
        "https%3A%2F%2Fpilot.invalid%2Fx",
        "https:\\x2f\\x2fpilot.invalid",
        "https:\\u002f\\u002fpilot.invalid",
        "//203.0.113.77:80",
    ] {
        assert!(is_found(text), "{text}");
    }
    for text in [
        "copilot.invalid",
        "pilot.invalid.example",
        "pilot.invalids",
        "my-pilot.invalid",
        "1203.0.113.77",
        "203.0.113.771",
        "4.203.0.113.77",
    ] {
        assert!(!is_found(text), "{text}");
    }
}

#[test]
fn files_are_hashed_by_name_or_size_and_found_by_content() {
    let bytes = b"an inert file";
    let sha256: [u8; 32] = Sha256::digest(bytes).into();
    let hex = lazaret_npm::digest::hex(&sha256);
    let text = small(&format!(
        "[[hashes]]\nsha256 = \"{hex}\"\nnames = [\"Some_Name.js\"]\nbytes = 13\n"
    ));
    let known = Indicators::of(vec![Campaign::parse(&text).unwrap()]);
    assert!(known.is_worth_hashing("some_name.js", 99) && known.is_worth_hashing("other", 13));
    assert!(!known.is_worth_hashing("other", 14));
    assert_eq!(
        known.hash(&sha256).map(|campaign| &*campaign.id),
        Some("a-1")
    );
}

#[test]
fn a_campaign_of_the_data_directory_takes_the_place_of_a_shipped_one() {
    let text = small("files = [\"dropper_x.js\"]\n").replace("a-1", "chalk-debug-2025-09");
    let known = Indicators::shipped_and(vec![Campaign::parse(&text).unwrap()]).unwrap();
    assert_eq!(known.campaigns().len(), SHIPPED.len());
    assert!(known.named("chalk", "5.6.1").is_none());
}

#[test]
fn overrides_end_and_mean_one_campaign_in_one_place() {
    let text = "[[override]]\ncampaign = \"a-1\"\npath = \"rules/list.js\"\nreason = \"our own rules\"\nuntil = 2026-12-31\n";
    let overrides = Overrides::parse(text).unwrap();
    let before: jiff::Timestamp = "2026-12-31T12:00:00Z".parse().unwrap();
    let after: jiff::Timestamp = "2027-01-01T00:00:00Z".parse().unwrap();
    let meant = |campaign, path, now| overrides.meant(campaign, path, || None, now).is_some();
    assert!(meant("a-1", "/srv/rules/list.js", before));
    assert!(!meant("a-1", "/srv/rules/list.js", after));
    assert!(!meant("a-2", "/srv/rules/list.js", before));
    assert!(!meant("a-1", "/srv/myrules/list.js", before));
    assert!(Overrides::parse(&text.replace("reason = \"our own rules\"\n", "")).is_err());
    assert!(Overrides::parse(&text.replace("path = \"rules/list.js\"\n", "")).is_err());
    let by_hash = text.replace(
        "path = \"rules/list.js\"",
        &format!("sha256 = \"{}\"", "ab".repeat(32)),
    );
    let overrides = Overrides::parse(&by_hash).unwrap();
    assert!(
        overrides
            .meant("a-1", "x", || Some([0xab; 32]), before)
            .is_some()
    );
    assert!(
        overrides
            .meant("a-1", "x", || Some([0xac; 32]), before)
            .is_none()
    );
}
