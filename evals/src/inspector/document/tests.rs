use super::{Document, Outcome, text};
use serde_json::json;

#[test]
fn fields_nobody_counts_are_no_obstacle() {
    let document = Document::read(
        br#"{"schema":1,"outcome":"quarantine","score":7.5,"extra":{},"findings":[
            {"rule":"network-host","severity":"high","phase":"import","evidence":[1],"novelty":"new"},
            {"rule":"dynamic-code","severity":"critical","novelty":"unchanged"},
            {"rule":"whole-environment","severity":"medium","place":{"file":"a.js","line":3,"column":1}}]}"#,
    )
    .unwrap();
    assert_eq!(document.outcome, Outcome::Quarantine);
    assert_eq!(document.top_rules(5), ["network-host", "whole-environment"]);
    assert_eq!(
        document.findings[2].to_string(),
        "whole-environment (medium) a.js:3"
    );
}

#[test]
fn another_schema_is_an_error() {
    assert!(Document::read(br#"{"schema":2,"outcome":"allow"}"#).is_err());
    assert!(Document::read(b"{}").is_err());
}

#[test]
fn a_reason_may_be_text_or_an_object() {
    assert_eq!(text(&json!("why")), "why");
    assert_eq!(text(&json!({"rule": "r", "message": "why"})), "why");
    assert_eq!(text(&json!({"x": 1})), r#"{"x":1}"#);
}
