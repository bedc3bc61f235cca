use lazaret_npm::{Range, Version};
use proptest::prelude::*;

use super::Event::{self, Fixed, Introduced, LastAffected};
use super::{End, Interval, Unreadable, bound, intervals, render, without_placeholder};
use crate::advisory::PLACEHOLDER;
use crate::fixtures::version;

fn shown(events: &[Event<'_>]) -> String {
    render(&intervals(events).unwrap(), &[])
}

#[test]
fn events_become_intervals() {
    let told: [(&[Event<'_>], &str); 12] = [
        (&[Introduced("0")], "*"),
        (&[Introduced("0"), Fixed("1.0.0")], "<1.0.0"),
        (&[Introduced("0"), LastAffected("1.0.0")], "<=1.0.0"),
        (&[Introduced("1.0.0")], ">=1.0.0"),
        (&[Introduced("1.0.0"), LastAffected("1.0.0")], "1.0.0"),
        // In any order.
        (&[LastAffected("1.0.0"), Introduced("1.0.0")], "1.0.0"),
        (
            &[
                Fixed("2.1.0"),
                Introduced("2.0.0"),
                Fixed("1.0.0"),
                Introduced("0"),
            ],
            "<1.0.0 || >=2.0.0 <2.1.0",
        ),
        // A second beginning inside, a second end outside.
        (
            &[
                Introduced("1.0.0"),
                Introduced("1.5.0"),
                Fixed("2.0.0"),
                Fixed("3.0.0"),
            ],
            ">=1.0.0 <2.0.0",
        ),
        // Fixed and broken again by the same version.
        (
            &[Introduced("0"), Fixed("1.0.0"), Introduced("1.0.0")],
            "<1.0.0 || >=1.0.0",
        ),
        // Nothing at all.
        (&[Introduced("1.0.0"), Fixed("1.0.0")], "<0.0.0-0"),
        (&[], "<0.0.0-0"),
        (&[Fixed("1.0.0")], "<0.0.0-0"),
    ];
    for (events, expected) in told {
        assert_eq!(shown(events), expected, "{events:?}");
    }
}

#[test]
fn zero_comes_before_every_prerelease() {
    let all = &intervals(&[Introduced("0"), Fixed("1.0.0")]).unwrap()[0];
    assert!(all.contains(Some(&version("0.0.0-0"))));
    let from_zero = &intervals(&[Introduced("0.0.0"), Fixed("1.0.0")]).unwrap()[0];
    assert!(!from_zero.contains(Some(&version("0.0.0-0"))));
    assert_eq!(intervals(&[Introduced("0"), Fixed("0")]).unwrap(), []);
}

#[test]
fn versions_with_missing_parts_are_filled() {
    let filled = |text: &str| bound(text).map(|version| version.unwrap().to_string());
    assert_eq!(filled("1"), Ok("1.0.0".to_owned()));
    assert_eq!(filled("1.2"), Ok("1.2.0".to_owned()));
    assert_eq!(filled("1.2-beta.1"), Ok("1.2.0-beta.1".to_owned()));
    assert_eq!(bound("0"), Ok(None));
    for text in [
        "",
        "junk",
        "1.2.3.4",
        "18446744073709551616.0.0",
        "-",
        "1.x",
    ] {
        assert_eq!(bound(text), Err(Unreadable), "{text}");
    }
}

#[test]
fn listed_versions_join_the_range() {
    let range = intervals(&[Introduced("1.0.0"), Fixed("2.0.0")]).unwrap();
    let listed = ["1.5.0", "2.0.0", "2.0.1-rc.1", "not a version"].map(Box::from);
    assert_eq!(
        render(&range, &listed),
        ">=1.0.0 <2.0.0 || 2.0.0 || 2.0.1-rc.1"
    );
}

#[test]
fn the_placeholder_is_left_out() {
    let told: [(&[Event<'_>], &str); 6] = [
        (&[Introduced("0")], "<0.0.1-security || >=0.0.1-security.0"),
        (
            &[Introduced("0"), Fixed("1.0.0")],
            "<0.0.1-security || >=0.0.1-security.0 <1.0.0",
        ),
        (
            &[Introduced(PLACEHOLDER), LastAffected(PLACEHOLDER)],
            "<0.0.0-0",
        ),
        (&[Introduced(PLACEHOLDER)], ">=0.0.1-security.0"),
        (
            &[Introduced("0"), LastAffected(PLACEHOLDER)],
            "<0.0.1-security",
        ),
        (&[Introduced("1.0.0")], ">=1.0.0"),
    ];
    for (events, expected) in told {
        let whole = intervals(events).unwrap();
        let parts: Vec<Interval> = whole.iter().flat_map(without_placeholder).collect();
        assert_eq!(render(&parts, &[]), expected, "{events:?}");
    }
}

/// A small space of versions, so that they meet.
fn some_version() -> impl Strategy<Value = String> {
    let pre = prop_oneof![Just(""), Just("-0"), Just("-rc.1"), Just("-security")];
    (0..3_u64, 0..3_u64, 0..3_u64, pre).prop_map(|(a, b, c, pre)| format!("{a}.{b}.{c}{pre}"))
}

fn some_events() -> impl Strategy<Value = Vec<(u8, String)>> {
    let at = prop_oneof![1 => Just("0".to_owned()), 6 => some_version()];
    prop::collection::vec((0..3_u8, at), 0..6)
}

fn events(made: &[(u8, String)]) -> Vec<Event<'_>> {
    let mut events = Vec::new();
    for (kind, at) in made {
        events.push(match kind {
            0 => Introduced(at),
            1 => Fixed(at),
            _ => LastAffected(at),
        });
    }
    events
}

/// The OSV schema's own algorithm: walk the sorted events for one version.
fn affected_by_the_schema(made: &[(u8, String)], asked: &Version) -> bool {
    let mut sorted: Vec<(Option<Version>, u8)> = made
        .iter()
        .map(|(kind, at)| (bound(at).unwrap(), *kind))
        .collect();
    sorted.sort_by(|one, other| one.0.cmp(&other.0).then((one.1 == 2).cmp(&(other.1 == 2))));
    let mut affected = false;
    let asked = Some(asked.clone());
    for (at, kind) in sorted {
        match kind {
            0 if asked >= at => affected = true,
            1 if asked >= at => affected = false,
            2 if asked > at => affected = false,
            _ => {}
        }
    }
    affected
}

proptest! {
    #[test]
    fn intervals_agree_with_the_schema(made in some_events(), asked in some_version()) {
        // `last_affected: "0"` is nonsense: before everything there is no version to affect.
        prop_assume!(!made.iter().any(|(kind, at)| *kind == 2 && at == "0"));
        let asked = version(&asked);
        let found = intervals(&events(&made)).unwrap();
        let contained = found.iter().any(|interval| interval.contains(Some(&asked)));
        prop_assert_eq!(contained, affected_by_the_schema(&made, &asked), "{:?} {:?}", made, found);
    }

    #[test]
    fn npm_ranges_keep_the_meaning(made in some_events(), listed in some_version(), asked in some_version()) {
        let found = intervals(&events(&made)).unwrap();
        let range = render(&found, &[listed.as_str().into()]);
        let read = Range::parse_loose(&range).unwrap();
        let asked_for = version(&asked);
        let affected = asked == listed || found.iter().any(|interval| interval.contains(Some(&asked_for)));
        prop_assert_eq!(read.satisfies_including_prereleases(&asked_for), affected, "{}", range);
    }

    #[test]
    fn without_the_placeholder_nothing_else_is_missing(made in some_events(), asked in some_version()) {
        let found = intervals(&events(&made)).unwrap();
        let parts: Vec<Interval> = found.iter().flat_map(without_placeholder).collect();
        let inside = |intervals: &[Interval], version: &Version| {
            intervals.iter().any(|interval| interval.contains(Some(version)))
        };
        let asked_for = version(&asked);
        let expected = asked != PLACEHOLDER && inside(&found, &asked_for);
        prop_assert_eq!(inside(&parts, &asked_for), expected);
    }
}

#[test]
fn an_end_without_version_is_unreadable() {
    assert_eq!(intervals(&[Introduced("junk")]), Err(Unreadable));
    assert_eq!(
        intervals(&[Introduced("1.0.0"), Fixed("2.x")]),
        Err(Unreadable)
    );
    let everything = Interval {
        from: None,
        end: End::Never,
    };
    assert_eq!(everything, Interval::EVERYTHING);
}
