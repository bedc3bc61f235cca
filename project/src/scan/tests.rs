mod everywhere;
mod holders;
mod places;

use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use lazaret_npm::digest::hex;
use lazaret_policy::indicators::{Campaign, Indicators, Matcher, Overrides, SHIPPED};
use lazaret_policy::{Advisory, AdvisoryIndex, IndexBuilder};
use sha2::{Digest, Sha256, Sha512};
use tempfile::TempDir;

use super::*;

/// A disk with files on it.
struct Disk {
    folder: TempDir,
    advisories: AdvisoryIndex,
    overrides: Overrides,
    indicators: Indicators,
}

impl Disk {
    fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            advisories: AdvisoryIndex::empty(),
            overrides: Overrides::default(),
            indicators: Indicators::shipped().unwrap(),
        }
    }

    fn knowing(campaign: &str) -> Self {
        let campaign = Campaign::parse(campaign).unwrap();
        Self {
            indicators: Indicators::of(vec![campaign]),
            ..Self::new()
        }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    fn scan(&self) -> Outcome {
        let roots = [self.folder.path().to_owned()];
        scan(
            &self.request(&Matcher::new(&self.indicators), &roots),
            &Progress::default(),
        )
    }

    fn request<'a>(&'a self, matcher: &'a Matcher, roots: &'a [PathBuf]) -> Request<'a> {
        Request {
            roots,
            indicators: &self.indicators,
            matcher,
            advisories: &self.advisories,
            overrides: &self.overrides,
            jobs: 2,
            hash_all: false,
            unpacked: UNPACKED,
            installed: false,
            caches: &[],
            one_file_system: false,
            leave_out: &[],
            now: "2026-11-22T00:00:00Z".parse().unwrap(),
        }
    }

    /// The hits in short: confidence, what, place, what about, path.
    fn hits(&self) -> Vec<String> {
        let outcome = self.scan();
        assert_eq!(outcome.unread, []);
        let root = format!("{}/", self.folder.path().display());
        let short = |hit: &Hit| {
            format!(
                "{} {} {} {} {}",
                hit.confidence.as_str(),
                hit.what.as_str(),
                hit.place.as_str(),
                hit.subject,
                hit.full_path().replace(&root, "")
            )
        };
        outcome.hits.iter().map(short).collect()
    }
}

/// A campaign of the tests' own.
fn own(extra: &str) -> String {
    format!(
        "id = \"own-1\"\nname = \"own\"\nfrom = 2026-01-01\nwhat = \"nothing\"\nsources = [\"here\"]\n{extra}"
    )
}

fn manifest(name: &str, version: &str) -> String {
    format!("{{ \"name\": \"{name}\", \"version\": \"{version}\" }}")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, bytes) in files {
        let mut header = [0_u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[100..108].copy_from_slice(b"0000644\0");
        header[108..116].copy_from_slice(b"0000000\0");
        header[116..124].copy_from_slice(b"0000000\0");
        header[124..136].copy_from_slice(format!("{:011o}\0", bytes.len()).as_bytes());
        header[136..148].copy_from_slice(b"00000000000\0");
        header[148..156].copy_from_slice(b"        ");
        header[156] = b'0';
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        out.extend(header);
        out.extend(*bytes);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.resize(out.len() + 1024, 0);
    out
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer
            .start_file(*name, zip::write::SimpleFileOptions::default())
            .unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn every_string_of_every_campaign_is_found_in_bundles_and_its_twin_is_not() {
    let disk = Disk::new();
    let mut count = 0;
    for campaign in disk.indicators.campaigns() {
        for (index, text) in campaign
            .literals
            .iter()
            .chain(&campaign.domains)
            .enumerate()
        {
            count += 1;
            let escaped: String = text.bytes().map(|byte| format!("\\x{byte:02x}")).collect();
            let pieces: Vec<String> = text
                .as_bytes()
                .chunks(10)
                .map(|piece| format!("'{}'", String::from_utf8_lossy(piece)))
                .collect();
            let at = |form: &str| format!("bad/{}-{index}/{form}", campaign.id);
            disk.write(
                &at("dist/app.js"),
                format!("!function(){{var e=\"{text}\";t(e)}}();"),
            );
            disk.write(&at(".next/static/x.js"), format!("let e='{escaped}'"));
            disk.write(
                &at("public/app.js.map"),
                format!("{{\"sourcesContent\":[\"const e = `{text}`\"]}}"),
            );
            if pieces.len() > 3 {
                disk.write(&at("pieces.js"), format!("var _0=[{}]", pieces.join(",")));
            }
            let twin = format!("{}-{}", &text[..4], &text[4..]);
            disk.write(
                &format!("good/{}-{index}/dist/app.js", campaign.id),
                format!("var e=\"{twin}\""),
            );
        }
    }
    assert!(count > 40);
    let outcome = disk.scan();
    assert_eq!(outcome.unread, []);
    let found: std::collections::BTreeSet<&str> =
        outcome.hits.iter().map(|hit| &*hit.path).collect();
    assert!(found.iter().all(|path| path.contains("/bad/")), "{found:?}");
    for entry in files_below(&disk.path("bad")) {
        assert!(
            found.contains(&*entry.to_string_lossy()),
            "{}",
            entry.display()
        );
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.extend(files_below(&path)),
            false => files.push(path),
        }
    }
    files
}

#[test]
fn every_file_name_of_every_campaign_is_found() {
    let disk = Disk::new();
    for campaign in disk.indicators.campaigns() {
        for (index, file) in campaign.files.iter().enumerate() {
            disk.write(&format!("bad/{}-{index}/{file}", campaign.id), "inert");
            disk.write(&format!("good/{}-{index}/{file}.bak", campaign.id), "inert");
        }
    }
    let outcome = disk.scan();
    let files = files_below(&disk.path("bad"));
    assert_eq!(outcome.hits.len(), files.len());
    assert!(
        outcome
            .hits
            .iter()
            .all(|hit| hit.path.contains("/bad/") && hit.what == What::FileName)
    );
}

#[test]
fn files_and_lines_are_found_by_their_hash_wherever_they_are_put() {
    let line = "x".repeat(250) + "an inert line";
    let file = "an inert file, byte by byte\n";
    let text = own(&format!(
        "[[hashes]]\nsha256 = \"{}\"\nnames = [\"dropped.js\"]\n[[lines]]\nsha256 = \"{}\"\nbytes = {}\n",
        hex(&Sha256::digest(file)),
        hex(&Sha256::digest(&line)),
        line.len()
    ));
    let disk = Disk::knowing(&text);
    disk.write("a/dropped.js", file);
    disk.write("a/renamed.js", file);
    disk.write("b/first.js", format!("{line}\nmore\n"));
    disk.write("b/last.js", format!("a\n\n{line}"));
    disk.write("b/middle.js", format!("a\r\n{line}\r\nb\r\n"));
    disk.write("c/longer.js", format!("a\n{line}x\nb"));
    disk.write("c/shorter.js", format!("a\n{}\nb", &line[1..]));
    assert_eq!(
        disk.hits(),
        [
            "confirmed file elsewhere dropped.js a/dropped.js",
            "confirmed line elsewhere a line of 263 bytes b/first.js",
            "confirmed line elsewhere a line of 263 bytes b/last.js",
            "confirmed line elsewhere a line of 263 bytes b/middle.js",
        ]
    );
    let matcher = Matcher::new(&disk.indicators);
    let roots = [disk.folder.path().to_owned()];
    let mut request = disk.request(&matcher, &roots);
    request.hash_all = true;
    let all = scan(&request, &Progress::default());
    assert!(all.hits.iter().any(|hit| hit.path.ends_with("renamed.js")));
}

#[test]
fn large_files_are_searched_in_parts() {
    let literal = "Pilot-Of-The-Harbour-0001";
    let line = "y".repeat(300);
    let turned: String = literal.chars().rev().collect();
    let mut bytes = vec![b' '; 34 << 20];
    // Across the end of the first part.
    let at = (8 << 20) - 7;
    bytes[at..at + literal.len()].copy_from_slice(literal.as_bytes());
    let at_line = (16 << 20) - 900;
    let whole_line = format!("\n{line}\n");
    bytes[at_line..at_line + whole_line.len()].copy_from_slice(whole_line.as_bytes());
    let file_hash = hex(&Sha256::digest(&bytes));
    let disk = Disk::knowing(&own(&format!(
        "literals = [\"{turned}\"]\n[[hashes]]\nsha256 = \"{file_hash}\"\n[[lines]]\nsha256 = \"{}\"\nbytes = 300\n",
        hex(&Sha256::digest(&line))
    )));
    disk.write("large.bin", &bytes);
    let outcome = disk.scan();
    let found: Vec<(What, Option<u64>)> = outcome
        .hits
        .iter()
        .map(|hit| (hit.what, hit.offset))
        .collect();
    assert!(
        found.contains(&(What::Strings, Some(at as u64))),
        "{found:?}"
    );
    assert!(
        found.contains(&(What::Line, Some(at_line as u64 + 1))),
        "{found:?}"
    );
    assert!(found.contains(&(What::File, None)), "{found:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn holes_are_not_read_and_places_are_those_of_the_file() {
    use std::os::unix::fs::FileExt;
    let literal = "Pilot-Of-The-Harbour-0001";
    let turned: String = literal.chars().rev().collect();
    let disk = Disk::knowing(&own(&format!("literals = [\"{turned}\"]\n")));
    let file = std::fs::File::create(disk.path("disk.img")).unwrap();
    file.set_len(1 << 40).unwrap();
    let at = [(3 << 30) + 77, (700 << 30) + 5];
    file.write_all_at(b"something else", at[0]).unwrap();
    file.write_all_at(literal.as_bytes(), at[1]).unwrap();
    let outcome = disk.scan();
    assert_eq!(outcome.unread, []);
    let found: Vec<_> = outcome
        .hits
        .iter()
        .map(|hit| (hit.offset, &hit.sha256))
        .collect();
    assert_eq!(found, [(Some(at[1]), &None)]);
    assert!(outcome.counts.bytes < 1 << 20, "{}", outcome.counts.bytes);
}

#[test]
fn pnpms_database_and_a_file_together_say_that_a_package_is_in_its_store() {
    let disk = Disk::knowing(&own("[packages]\n\"@s/anchor\" = [\"1.0.1\"]\n"));
    let database = format!("SQLite\0sha512-{}==\t@s/anchor@1.0.1\u{d4}", "A".repeat(86));
    let text = manifest("@s/anchor", "1.0.1");
    let file = format!("files/11/{}", "2".repeat(126));
    disk.write("a/store/v11/index.db", &database);
    disk.write("b/store/v11/index.db", &database);
    disk.write(&format!("b/store/v11/{file}"), &text);
    disk.write(&format!("c/store/v11/{file}"), &text);
    // Too large to be in memory.
    disk.write(
        "d/store/v11/index.db",
        [&vec![b' '; 40 << 20], database.as_bytes()].concat(),
    );
    let at = "/store/v11/files/11/".to_owned() + &"2".repeat(126);
    assert_eq!(
        disk.hits(),
        [
            format!("confirmed version pnpm-store @s/anchor@1.0.1 b{at}"),
            "confirmed version pnpm-store @s/anchor@1.0.1 b/store/v11/index.db".to_owned(),
            format!("likely version pnpm-store @s/anchor@1.0.1 c{at}"),
            "hint version pnpm-store @s/anchor@1.0.1 a/store/v11/index.db".to_owned(),
            "hint version pnpm-store @s/anchor@1.0.1 d/store/v11/index.db".to_owned(),
        ]
    );
}

#[test]
fn confidence_depends_on_how_much_is_there_and_where() {
    let turned = |text: &str| text.chars().rev().collect::<String>();
    let disk = Disk::knowing(&own(&format!(
        "literals = [\"{}\", \"{}\"]\nhints = [\"{}\"]\n",
        turned("Harbour-Pilot-01"),
        turned("Harbour-Pilot-02"),
        turned("maybe-a-harbour")
    )));
    disk.write("one.js", "f('Harbour-Pilot-01')");
    disk.write("two.js", "f('Harbour-Pilot-01', 'Harbour-Pilot-02')");
    disk.write("told.md", "It says Harbour-Pilot-01 and Harbour-Pilot-02.");
    disk.write("hint.js", "f('maybe-a-harbour')");
    let hits: Vec<String> = disk
        .hits()
        .iter()
        .map(|hit| hit.split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(hits, ["confirmed", "likely", "hint", "hint"]);
}

#[test]
fn a_list_of_indicators_is_a_hint() {
    let disk = Disk::new();
    let strings: Vec<&str> = disk
        .indicators
        .campaigns()
        .iter()
        .filter_map(|campaign| Some(&**campaign.literals.first()?))
        .collect();
    disk.write("rules.js", format!("module.exports = {strings:?}"));
    let outcome = disk.scan();
    assert!(outcome.hits.len() >= 3);
    assert_eq!(outcome.surest(), Some(Confidence::Hint));
}

#[test]
fn whether_code_ran_is_told_by_the_place() {
    let disk = Disk::knowing(&own("[packages]\n\"anchor\" = [\"1.0.1\"]\n"));
    let with_script = "{ \"name\": \"anchor\", \"version\": \"1.0.1\", \"scripts\": { \"postinstall\": \"node x\" } }";
    disk.write("a/node_modules/anchor/package.json", with_script);
    disk.write(
        "b/node_modules/anchor/package.json",
        manifest("anchor", "1.0.1"),
    );
    disk.write(
        "c/x.tgz",
        gzip(&tar(&[("package/package.json", with_script.as_bytes())])),
    );
    disk.write(
        "d/_logs/2025-09-08T13_20_00_151Z-debug-0.log",
        "9 info run anchor@1.0.1 postinstall node_modules/anchor node x\n",
    );
    disk.write("e/.bash_history", "#1757337185\nnpm i anchor@1.0.1\n");
    let outcome = disk.scan();
    let of = |folder: &str| {
        let hit = outcome
            .hits
            .iter()
            .find(|hit| hit.path.contains(&format!("/{folder}/")))
            .unwrap();
        (hit.ran, hit.first_seen.map(|time| time.to_string()))
    };
    assert_eq!(of("a").0, Ran::Likely);
    assert_eq!(of("b").0, Ran::Possible);
    assert_eq!(of("c").0, Ran::No);
    assert_eq!(
        of("d"),
        (Ran::Yes, Some("2025-09-08T13:20:00.151Z".to_owned()))
    );
    assert_eq!(
        of("e"),
        (Ran::Unknown, Some("2025-09-08T13:13:05Z".to_owned()))
    );
}

#[test]
fn a_fixture_in_a_package_is_not_an_installation() {
    let disk = Disk::knowing(&own("[packages]\n\"anchor\" = [\"1.0.1\"]\n"));
    disk.write(
        "node_modules/boat/test/fixtures/anchor/package.json",
        manifest("anchor", "1.0.1"),
    );
    disk.write(
        "node_modules/boat/package-lock.json",
        "broken, and no client reads it",
    );
    disk.write("vendor/anchor/package.json", manifest("anchor", "1.0.1"));
    disk.write(
        "node_modules/other-name/package.json",
        manifest("anchor", "1.0.1"),
    );
    assert_eq!(
        disk.hits(),
        [
            "confirmed version installed anchor@1.0.1 node_modules/other-name/package.json",
            "likely version installed anchor@1.0.1 node_modules/boat/test/fixtures/anchor/package.json",
            "likely version elsewhere anchor@1.0.1 vendor/anchor/package.json",
        ]
    );
}

#[test]
fn malicious_versions_of_advisories_count_too() {
    let record = br#"{ "schema_version": "1.7.5", "id": "MAL-2026-9", "modified": "2026-01-01T00:00:00Z", "published": "2026-01-01T00:00:00Z",
        "affected": [{ "package": { "ecosystem": "npm", "name": "anchor" }, "versions": ["1.0.1"] }] }"#;
    let mut builder = IndexBuilder::new();
    let advisories = Advisory::from_osv(record).unwrap();
    builder
        .add(lazaret_policy::index::Source::Imported, &advisories)
        .unwrap();
    let bytes = builder.finish(jiff::Timestamp::UNIX_EPOCH).unwrap();
    let mut disk = Disk::new();
    disk.advisories = AdvisoryIndex::from_bytes(bytes).unwrap();
    disk.write(
        "node_modules/anchor/package.json",
        manifest("anchor", "1.0.1"),
    );
    disk.write(
        "node_modules/a/node_modules/anchor/package.json",
        manifest("anchor", "1.0.0"),
    );
    let outcome = disk.scan();
    assert_eq!(outcome.hits.len(), 1);
    assert_eq!(outcome.hits[0].advisory.as_deref(), Some("MAL-2026-9"));
    assert_eq!(outcome.hits[0].confidence, Confidence::Confirmed);
}

#[test]
fn an_override_takes_a_hit_out_and_is_counted() {
    let mut disk = Disk::knowing(&own("[packages]\n\"anchor\" = [\"1.0.1\"]\n"));
    disk.write(
        "a/node_modules/anchor/package.json",
        manifest("anchor", "1.0.1"),
    );
    disk.write(
        "b/node_modules/anchor/package.json",
        manifest("anchor", "1.0.1"),
    );
    let text = "[[override]]\ncampaign = \"own-1\"\npath = \"a/node_modules/anchor/package.json\"\nreason = \"a test\"\nuntil = 2026-12-31\n";
    disk.overrides = Overrides::parse(text).unwrap();
    let outcome = disk.scan();
    assert_eq!((outcome.hits.len(), outcome.overridden), (1, 1));
}

#[cfg(unix)]
#[test]
fn links_sockets_loops_and_what_cannot_be_read_are_counted_and_nothing_ends_the_scan() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let disk = Disk::knowing(&own("[packages]\n\"anchor\" = [\"1.0.1\"]\n"));
    disk.write("a/b/x.txt", "x");
    symlink("..", disk.path("a/b/up")).unwrap();
    symlink("/", disk.path("a/root")).unwrap();
    symlink("nowhere", disk.path("a/broken")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(disk.path("a/socket")).unwrap();
    disk.write("closed/x.txt", "x");
    disk.write("open/closed.txt", "x");
    for path in ["closed", "open/closed.txt"] {
        std::fs::set_permissions(disk.path(path), std::fs::Permissions::from_mode(0o000)).unwrap();
    }
    disk.write(
        "z/node_modules/anchor/package.json",
        manifest("anchor", "1.0.1"),
    );
    let can_read_all = std::fs::read(disk.path("open/closed.txt")).is_ok();
    let outcome = disk.scan();
    for path in ["closed", "open/closed.txt"] {
        std::fs::set_permissions(disk.path(path), std::fs::Permissions::from_mode(0o700)).unwrap();
    }
    assert_eq!(outcome.counts.links, 3);
    assert_eq!(outcome.counts.special, 1);
    assert_eq!(outcome.hits.len(), 1);
    // The superuser reads everything.
    let unread = if can_read_all { 0 } else { 2 };
    assert_eq!(outcome.counts.unread, unread, "{:?}", outcome.unread);
    assert_eq!(outcome.is_complete(), can_read_all);
}

#[test]
fn a_package_too_large_for_npms_reader_is_a_package_all_the_same() {
    let disk = Disk::knowing(&own("[packages]\n\"anchor\" = [\"1.0.1\"]\n"));
    let noise: Vec<u8> = (0..12_000_000_u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    let text = manifest("anchor", "1.0.1");
    let files: [(&str, &[u8]); 2] = [
        ("package/dist/app.wasm", &noise),
        ("package/package.json", text.as_bytes()),
    ];
    encoder.write_all(&tar(&files)).unwrap();
    disk.write("anchor-1.0.1.tgz", encoder.finish().unwrap());
    assert_eq!(
        disk.hits(),
        ["confirmed version tarball anchor@1.0.1 anchor-1.0.1.tgz!package/package.json"]
    );
}

#[test]
fn what_clients_read_and_we_do_not_is_told() {
    let disk = Disk::knowing(&own("[packages]\n\"anchor\" = [\"1.0.1\"]\n"));
    let twice = r#"{ "name": "boat", "version": "1.0.0", "name": "anchor", "version": "1.0.1" }"#;
    disk.write("a/node_modules/anchor/package.json", twice);
    let deep = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
    let deep = format!(r#"{{ "scripts": {deep}, "name": "anchor", "version": "1.0.1" }}"#);
    disk.write("b/node_modules/anchor/package.json", deep);
    disk.write("c/package.json", "{{ a template }}");
    let large = vec![b' '; 33 << 20];
    disk.write("d/package-lock.json", &large);
    disk.write("d/.bash_history", &large);
    let outcome = disk.scan();
    assert_eq!(outcome.hits.len(), 1);
    assert!(outcome.hits[0].path.contains("/a/"));
    let unread: Vec<&str> = outcome
        .unread
        .iter()
        .map(|(path, _)| path.rsplit('/').next().unwrap())
        .collect();
    assert_eq!(
        unread,
        ["package.json", ".bash_history", "package-lock.json"]
    );
}

#[test]
fn damaged_and_endless_archives_are_named_and_the_rest_is_found() {
    let disk = Disk::knowing(&own("[packages]\n\"anchor\" = [\"1.0.1\"]\n"));
    let good = gzip(&tar(&[(
        "package/package.json",
        manifest("anchor", "1.0.1").as_bytes(),
    )]));
    disk.write("cut.tgz", &good[..good.len() / 2]);
    disk.write("no.tgz", [0x1f, 0x8b, 8, 0, 1, 2, 3]);
    disk.write("cut.tar", &tar(&[("a", &[b'x'; 2000])])[..1500]);
    disk.write("cut.zip", &zip(&[("a", b"xyz")])[..20]);
    disk.write("image.tar.zst", b"\x28\xb5\x2f\xfd and more");
    let mut nested = b"inert".to_vec();
    for _ in 0..8 {
        nested = gzip(&nested);
    }
    disk.write("nested.gz", nested);
    // What comes before the damage is searched.
    let noise: Vec<u8> = (0..90_000_u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let early = tar(&[
        (
            "node_modules/anchor/package.json",
            manifest("anchor", "1.0.1").as_bytes(),
        ),
        ("noise", &noise),
    ]);
    disk.write("early/cut.tar", &early[..early.len() / 2]);
    let early = gzip(&early);
    disk.write("early/cut.tgz", &early[..early.len() / 2]);
    disk.write(
        "z/node_modules/anchor/package.json",
        manifest("anchor", "1.0.1"),
    );
    let outcome = disk.scan();
    let unread: Vec<String> = outcome
        .unread
        .iter()
        .map(|(path, _)| {
            Path::new(path.split('!').next().unwrap())
                .file_name()
                .unwrap()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    for file in ["cut.tar", "cut.zip", "image.tar.zst", "nested.gz", "no.tgz"] {
        assert!(
            unread.iter().any(|name| name == file),
            "{file}: {:?}",
            outcome.unread
        );
    }
    for place in ["/z/", "/early/cut.tar", "/early/cut.tgz"] {
        assert!(
            outcome.hits.iter().any(|hit| hit.path.contains(place)),
            "{place}"
        );
    }
}

#[test]
fn a_bomb_ends_at_a_limit() {
    let disk = Disk::knowing(&own("[packages]\n\"anchor\" = [\"1.0.1\"]\n"));
    disk.write("bomb.gz", gzip(&vec![0; 8 << 20]));
    disk.write("bomb.zip", zip(&[("a", &vec![0; 8 << 20])]));
    disk.write(
        "z/node_modules/anchor/package.json",
        manifest("anchor", "1.0.1"),
    );
    let outcome = disk.scan();
    assert_eq!(outcome.unread, []);
    assert!(outcome.counts.bytes > 16 << 20, "all of it was searched");
    let matcher = Matcher::new(&disk.indicators);
    let roots = [disk.folder.path().to_owned()];
    let mut request = disk.request(&matcher, &roots);
    request.unpacked = 1000;
    let outcome = scan(&request, &Progress::default());
    assert_eq!(outcome.counts.unread, 2, "{:?}", outcome.unread);
    let is_limit = |why: &str| why == "it unpacks to more than is read of one archive";
    assert!(
        outcome.unread.iter().all(|(_, why)| is_limit(why)),
        "{:?}",
        outcome.unread
    );
    assert_eq!(outcome.hits.len(), 1);
    assert!(outcome.counts.bytes < 8 << 20);
}

#[test]
fn a_changed_file_of_npms_cache_is_a_hint() {
    let disk = Disk::new();
    let digits = hex(&Sha512::digest(b"inert"));
    let path = format!(
        "_cacache/content-v2/sha512/{}/{}/{}",
        &digits[..2],
        &digits[2..4],
        &digits[4..]
    );
    disk.write(&path, "inert");
    assert_eq!(disk.hits(), Vec::<String>::new());
    disk.write(&path, "other");
    assert_eq!(disk.scan().hits[0].what, What::Changed);
}

#[test]
fn what_is_left_out_is_left_out_and_roots_within_roots_are_read_once() {
    let disk = Disk::knowing(&own("[packages]\n\"anchor\" = [\"1.0.1\"]\n"));
    disk.write(
        "a/node_modules/anchor/package.json",
        manifest("anchor", "1.0.1"),
    );
    disk.write(
        "b/node_modules/anchor/package.json",
        manifest("anchor", "1.0.1"),
    );
    let matcher = Matcher::new(&disk.indicators);
    let leave_out = [disk.path("b")];
    let roots = [
        disk.folder.path().to_owned(),
        disk.path("a"),
        disk.path("a/node_modules/anchor/package.json"),
    ];
    let mut request = disk.request(&matcher, &roots);
    request.leave_out = &leave_out;
    let outcome = scan(&request, &Progress::default());
    assert_eq!(
        (
            outcome.hits.len(),
            outcome.counts.left_out,
            outcome.counts.files
        ),
        (1, 1, 1)
    );
    let roots = [
        disk.folder.path().to_owned(),
        disk.path("b/node_modules/anchor"),
    ];
    let mut request = disk.request(&matcher, &roots);
    request.leave_out = &leave_out;
    let outcome = scan(&request, &Progress::default());
    assert_eq!(outcome.hits.len(), 2, "what is named itself is read");
    let progress = Progress::default();
    let roots = [disk.folder.path().to_owned()];
    count_ahead(&disk.request(&matcher, &roots), &progress);
    assert_eq!(progress.expected.load(Ordering::Relaxed), 2);
}

#[test]
fn the_result_is_the_same_however_many_threads_there_are() {
    let disk = Disk::new();
    for (index, campaign) in disk.indicators.campaigns().iter().enumerate() {
        for text in &campaign.literals {
            disk.write(&format!("{index}/x.js"), text.as_bytes());
        }
    }
    let matcher = Matcher::new(&disk.indicators);
    let with = |jobs: usize| {
        let roots = [disk.folder.path().to_owned()];
        let mut request = disk.request(&matcher, &roots);
        request.jobs = jobs;
        let outcome = scan(&request, &Progress::default());
        (outcome.hits, outcome.counts)
    };
    assert_eq!(with(1), with(5));
}

#[test]
fn places_of_tarballs_are_read() {
    let of = |address: &str| {
        versions::of_address(address).map(|(name, version)| format!("{name}@{version}"))
    };
    assert_eq!(
        of("https://registry.example/chalk/-/chalk-5.6.1.tgz").as_deref(),
        Some("chalk@5.6.1")
    );
    assert_eq!(
        of("https://registry.example/@a/b/-/b-1.0.0-rc.1.tgz").as_deref(),
        Some("@a/b@1.0.0-rc.1")
    );
    assert_eq!(
        of("https://registry.example/@a%2fb/-/b-1.0.0.tgz?x=1").as_deref(),
        Some("@a/b@1.0.0")
    );
    assert_eq!(
        of("pacote:tarball:@a/b@1.0.0").as_deref(),
        Some("@a/b@1.0.0")
    );
    assert_eq!(of("https://registry.example/chalk"), None);
    assert_eq!(of("/-/"), None);
}

#[test]
fn every_campaign_can_be_found_at_all() {
    for (id, text) in SHIPPED {
        let campaign = Campaign::parse(text).unwrap();
        let is_found_by_tests = !campaign.packages.is_empty()
            || !campaign.literals.is_empty()
            || !campaign.domains.is_empty()
            || !campaign.files.is_empty();
        assert!(
            is_found_by_tests,
            "{id} has only hashes, which no fixture can have"
        );
    }
}

#[test]
fn a_package_that_was_changed_after_its_installation_is_told() {
    let disk = Disk::new();
    let manifest = manifest("anchor", "1.0.0");
    let tarball = gzip(&tar(&[
        ("package/package.json", manifest.as_bytes()),
        ("package/index.js", b"one"),
        ("package/cli.js", b"#!/usr/bin/env node\r\nx\r\n"),
    ]));
    let digits = hex(&Sha512::digest(&tarball));
    let cache = format!(
        "home/.npm/_cacache/content-v2/sha512/{}/{}/{}",
        &digits[..2],
        &digits[2..4],
        &digits[4..]
    );
    disk.write(&cache, &tarball);
    let integrity = lazaret_npm::Digests::of(&tarball).integrity();
    let entry = |key: &str, integrity: &str| {
        format!(
            "\"node_modules/{key}\": {{ \"version\": \"1.0.0\", \"resolved\": \"https://registry.example/{key}/-/{key}-1.0.0.tgz\", \"integrity\": \"{integrity}\" }}"
        )
    };
    let other = lazaret_npm::Digests::of(b"in no cache").integrity();
    let hidden = format!(
        "{{ \"lockfileVersion\": 3, \"packages\": {{ {}, {} }} }}",
        entry("anchor", &integrity),
        entry("boat", &other)
    );
    disk.write("app/node_modules/.package-lock.json", hidden);
    disk.write("app/node_modules/anchor/package.json", &manifest);
    disk.write("app/node_modules/anchor/index.js", "one");
    disk.write(
        "app/node_modules/anchor/cli.js",
        "#!/usr/bin/env node\nx\r\n",
    );
    disk.write(
        "app/node_modules/anchor/node_modules/x/index.js",
        "another package",
    );
    let matcher = Matcher::new(&disk.indicators);
    let roots = [disk.folder.path().to_owned()];
    let compared = || {
        let mut request = disk.request(&matcher, &roots);
        request.installed = true;
        scan(&request, &Progress::default())
    };
    let outcome = compared();
    assert_eq!(
        (outcome.counts.compared, outcome.counts.not_comparable),
        (1, 1)
    );
    assert_eq!(outcome.hits, []);
    disk.write("app/node_modules/anchor/index.js", "two");
    disk.write("app/node_modules/anchor/more.js", "x");
    let outcome = compared();
    assert_eq!(outcome.hits.len(), 1);
    let hit = &outcome.hits[0];
    assert_eq!(
        (hit.what, hit.confidence, &*hit.subject),
        (
            What::Changed,
            Confidence::Likely,
            "anchor@1.0.0: index.js is changed, more.js is not of the package"
        )
    );
}

#[test]
fn long_names_and_sizes_in_tar_archives_are_read() {
    let disk = Disk::knowing(&own("[packages]\n\"anchor\" = [\"1.0.1\"]\n"));
    let long = format!("{}/node_modules/anchor/package.json", "deep/".repeat(40));
    let text = manifest("anchor", "1.0.1");
    // Headers of GNU and of POSIX that bring the name of the entry after them.
    for (kind, extra) in [
        (b'L', format!("{long}\0")),
        (b'x', format!("{} path={long}\n", long.len() + 10)),
    ] {
        let mut archive = tar(&[("extra", extra.as_bytes()), ("short", text.as_bytes())]);
        archive[156] = kind;
        let sum: u32 = archive[..512]
            .iter()
            .enumerate()
            .map(|(at, byte)| {
                if (148..156).contains(&at) {
                    32
                } else {
                    u32::from(*byte)
                }
            })
            .sum();
        archive[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        disk.write(&format!("{}.tar", char::from(kind)), archive);
    }
    let outcome = disk.scan();
    assert_eq!(outcome.unread, []);
    assert_eq!(outcome.hits.len(), 2);
    assert!(outcome.hits.iter().all(|hit| hit.inside == [long.clone()]));
}

#[test]
fn lines_of_a_length_are_those_that_a_plain_search_finds() {
    let mut text = Vec::new();
    let mut state = 3_u32;
    for _ in 0..300 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        text.extend(vec![
            b'a' + (state >> 20) as u8 % 5;
            (state >> 16) as usize % 12
        ]);
        text.extend(match (state >> 9) % 3 {
            0 => b"\r\n".as_slice(),
            _ => b"\n",
        });
    }
    for length in 1..12 {
        let mut expected = Vec::new();
        let mut at = 0;
        for line in text.split(|byte| *byte == b'\n') {
            let plain = line.strip_suffix(b"\r").unwrap_or(line);
            if plain.len() == length && at < text.len() {
                expected.push((at, plain));
            }
            at += line.len() + 1;
        }
        assert_eq!(
            lines::of_length(&text, length, true, true),
            expected,
            "{length}"
        );
    }
}
