use super::{Judged, summed};
use crate::inspector::Outcome;

fn judged(row: &str, expected: Outcome, outcome: Option<Outcome>) -> Judged {
    Judged {
        case: row.to_owned(),
        row: row.to_owned(),
        expected,
        outcome,
        ok: outcome.is_some_and(|outcome| outcome.holds() == expected.holds()),
        score: 0.0,
        rules: Vec::new(),
        reasons: Vec::new(),
        incomplete: 0,
        wall_ms: 0.0,
    }
}

#[test]
fn an_incident_counts_when_every_package_of_it_is_held() {
    let recall = summed(
        "x",
        vec![
            judged("a", Outcome::Block, Some(Outcome::Block)),
            judged("a", Outcome::Quarantine, Some(Outcome::Note)),
            judged("b", Outcome::Block, Some(Outcome::Quarantine)),
        ],
    );
    assert_eq!((recall.flagged.hits, recall.flagged.of), (2, 3));
    assert_eq!((recall.rows.hits, recall.rows.of), (1, 2));
}

#[test]
fn no_verdict_is_neither_a_hit_nor_clean() {
    let recall = summed(
        "x",
        vec![
            judged("a", Outcome::Block, None),
            judged("b", Outcome::Note, None),
            judged("c", Outcome::Note, Some(Outcome::Allow)),
        ],
    );
    assert_eq!(recall.flagged.hits, 0);
    assert_eq!((recall.false_alarms.hits, recall.false_alarms.of), (1, 2));
}
