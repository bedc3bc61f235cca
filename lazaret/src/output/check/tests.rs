use super::super::report::pretty;
use super::*;
use lazaret_npm::lockfile::{Lines, Spot};
use lazaret_project::Check;

/// As bad as an author and a file can make it.
fn hostile() -> Outcome {
    let text = "x\u{1b}[2J::error::y | <b> `q` ](http://a.invalid) %0A";
    let spot = Spot { start: 1, end: 6 };
    let mut finding = Finding::at(
        Check::Integrity,
        "resolved-name",
        Severity::High,
        "a,b:c/package-lock.json".to_owned(),
        &Lines::new(text),
        spot,
        format!("{text}\n::error::z\r\n"),
    );
    finding.package = Some(format!("{text}@1.0.0"));
    finding.way = vec!["a@1".to_owned(), text.to_owned()];
    finding.fails = true;
    Outcome {
        findings: vec![finding],
        ..Outcome::default()
    }
}

fn written(document: &impl serde::Serialize) -> String {
    let mut bytes = Vec::new();
    pretty(document, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn nothing_of_an_author_reaches_a_reader_unescaped() {
    let outcome = hostile();
    let texts = [
        human::text(&outcome, true, 80),
        human::concise(&outcome, true),
        written(&json::document(&outcome)),
        written(&sarif::log(&outcome)),
        annotations::github(&outcome),
        written(&annotations::gitlab(&outcome)),
        junit::text(&outcome),
        markdown::text(&outcome),
    ];
    for text in &texts {
        // Our own colours aside.
        assert!(!text.contains("\u{1b}[2J"), "{text}");
        assert!(!text.contains('\r'), "{text}");
        let commands = text.lines().filter(|line| line.starts_with("::"));
        assert!(commands.clone().count() <= 1, "{text}");
    }
    // SARIF's messages may hold links; Markdown has it in a code span.
    assert!(!texts[3].contains("](http"), "{}", texts[3]);
    insta::assert_snapshot!(annotations::github(&outcome), @r"
    ::error file=a%2Cb%3Ac/package-lock.json,line=1,col=2,endLine=1,endColumn=7,title=resolved-name::x\u{1b}[2J::error::y | <b> `q` ](http://a.invalid) %250A\n::error::z\r\n
    integrity FAILED 1 · malicious ok · vulnerabilities ok · changes not asked
    ");
    assert!(texts[6].contains("&lt;b&gt;"));
}

#[test]
fn an_excerpt_points_at_what_is_meant() {
    let text = format!("{{\"a\": \"{}\", \"resolved\": \"ä\"}}", "x".repeat(200));
    let start = u32::try_from(text.find("\"ä\"").unwrap()).unwrap();
    let spot = Spot {
        start,
        end: start + 4,
    };
    let finding = Finding::at(
        Check::Integrity,
        "resolved-name",
        Severity::High,
        String::new(),
        &Lines::new(&text),
        spot,
        String::new(),
    );
    let (line, carets) = excerpt::excerpt(&finding, 60).unwrap();
    insta::assert_snapshot!(format!("{line}\n{carets}"), @r#"
    …xxxxxxxxxxxxxxx", "resolved": "ä"}
                                   ^^^
    "#);
}
