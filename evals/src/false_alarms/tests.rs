use super::FalseAlarms;
use crate::child::{End, Used};
use crate::inspector::{Answer, Document};
use std::collections::BTreeMap;

fn answer(document: &str) -> Answer {
    Answer {
        document: Document::read(document.as_bytes()).map_err(|error| error.to_string()),
        end: End::Code(0),
        used: Used::default(),
    }
}

#[test]
fn held_packages_are_named_and_each_rule_counts_a_package_once() {
    let judged = [
        ("a", r#"{"schema":1,"outcome":"note","findings":[{"rule":"r","severity":"low"},{"rule":"r","severity":"low"}]}"#),
        ("b", r#"{"schema":1,"outcome":"quarantine","reasons":["why"],"findings":[{"rule":"r","severity":"high"}],"incomplete":["x"]}"#),
        ("c", "crashed"),
    ]
    .map(|(what, document)| (what.to_owned(), answer(document)));
    let alarms = FalseAlarms::of("cold", &judged, BTreeMap::new());

    assert_eq!(
        (alarms.all.quarantine.hits, alarms.all.quarantine.of),
        (1, 3)
    );
    assert_eq!(alarms.all.block.hits, 0);
    assert_eq!(alarms.all.incomplete.hits, 1);
    assert_eq!(alarms.all.no_verdict.hits, 1);
    assert_eq!(
        alarms.rules["r"],
        BTreeMap::from([("high".to_owned(), 1), ("low".to_owned(), 1)])
    );
    let held: Vec<&str> = alarms.held.iter().map(|held| held.what.as_str()).collect();
    assert_eq!(held, ["b", "c"]);
}
