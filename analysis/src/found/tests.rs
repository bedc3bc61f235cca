use super::*;
use crate::detectors::Looks;
use crate::kind::Kind;
use crate::value::Value;

fn found() -> Found {
    let detector = Detector {
        id: "example",
        title: "",
        severity: Severity::High,
        cold: Severity::High,
        page: "",
        looks: Looks::Package(|_, _| {}),
    };
    let mut found = Found::new(&detector, 2);
    let text = "one\ntwo é three\n";
    found.within(&Rc::new(Source::new(
        "a.js".to_owned(),
        text.into(),
        Kind::Script,
        text.into(),
    )));
    found
}

fn call(callee: &str, at: u32) -> Call {
    Call {
        callee: callee.into(),
        uses: crate::api::uses(callee),
        new: false,
        args: vec![Value::String("x\"y".into()), Value::Unknown],
        span: Span { start: at, end: at },
        function: 0,
        decoded: false,
    }
}

#[test]
fn places_count_characters_from_one() {
    let mut found = found();
    for at in [0, 4, 11, 17, 9_999] {
        found.call(&call("f", at)).same(&at.to_string()).add();
    }
    let places: Vec<_> = (found.finish().0)
        .into_iter()
        .map(|finding| (finding.place.line, finding.place.column))
        .collect();
    assert_eq!(places, [(1, 1), (2, 1), (2, 7), (3, 1), (3, 1)]);
}

#[test]
fn evidence_is_the_call_and_makes_the_site() {
    let mut found = found();
    found.call(&call("f", 0)).add();
    found.call(&call("f", 4)).message("m").add();
    found.call(&call("g", 4)).severity(Severity::Critical).add();
    let (findings, _) = found.finish();
    assert_eq!(findings[0].evidence, r#"f("x\"y", …)"#);
    assert_eq!(findings[0].site, findings[1].site);
    assert_ne!(findings[0].site, findings[2].site);
    assert_eq!(findings[2].severity, Severity::High);
}

#[test]
fn many_of_a_kind_do_not_hide_another_kind() {
    let mut found = found();
    for _ in 0..1_000 {
        found.call(&call("f", 0)).add();
    }
    found.call(&call("g", 0)).add();
    let (findings, overfull) = found.finish();
    assert_eq!(findings.len(), 3);
    assert!(overfull.is_empty());
}

#[test]
fn findings_that_are_not_kept_are_told() {
    let mut found = found();
    for at in 0..1_000 {
        found.call(&call("f", 0)).same(&at.to_string()).add();
    }
    let (findings, overfull) = found.finish();
    assert_eq!(findings.len(), 2 * DISTINCT);
    assert_eq!(overfull["a.js"], 1_000 - 2 * DISTINCT);
}
