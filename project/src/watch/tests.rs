//! The watch with time moved by hand: no registry, no clock.

use super::*;
use crate::Project;
use event::Advised;
use lazaret_npm::Version;
use lazaret_policy::burst;

const START: &str = "2025-09-08T13:00:00Z";

fn at(minutes: i64) -> Timestamp {
    let start: Timestamp = START.parse().unwrap();
    start
        .checked_add(SignedDuration::from_mins(minutes))
        .unwrap()
}

/// A document: versions with the minute they were published in, and by whom.
#[derive(Clone, Default)]
struct Doc(Vec<(&'static str, i64, &'static str)>);

impl Document for Doc {
    fn validators(&self) -> (Option<String>, Option<String>) {
        (Some(format!("\"{}\"", self.0.len())), None)
    }
    fn versions(&self) -> Vec<(String, Option<Timestamp>)> {
        self.0
            .iter()
            .map(|(version, minute, _)| ((*version).to_owned(), Some(at(*minute))))
            .collect()
    }
    fn publisher(&self, version: &str) -> Option<String> {
        let mut of = self.0.iter();
        of.find(|(own, _, _)| *own == version)
            .map(|(_, _, who)| (*who).to_owned())
    }
    fn tagged(&self, version: &str) -> bool {
        self.0.last().is_some_and(|(last, _, _)| *last == version)
    }
}

fn settings() -> Settings {
    Settings {
        interval: SignedDuration::from_hours(1),
        budget: 1_000,
        burst: BurstRule {
            packages: 3,
            within: SignedDuration::from_mins(10),
        },
        digest: Some(SignedDuration::from_hours(24 * 7)),
    }
}

fn watch_of(names: &[&str]) -> Watch {
    let sink = Sink {
        name: "terminal".to_owned(),
        events: None,
    };
    let mut watch = Watch::new(
        "ship",
        "https://registry.example/",
        None,
        settings(),
        vec![sink],
        at(0),
    );
    let used = names
        .iter()
        .map(|name| ((*name).to_owned(), vec!["1.0.0".to_owned()]));
    watch.use_packages(used.collect(), at(0));
    watch
}

fn old(name_number: i64) -> Doc {
    Doc(vec![("1.0.0", -100_000 - name_number * 5_000, "qix")])
}

fn with(doc: &Doc, version: &'static str, minute: i64, who: &'static str) -> Doc {
    let mut doc = doc.clone();
    doc.0.push((version, minute, who));
    doc
}

fn version(package: &str, version: &str, outcome: Outcome) -> Box<NewVersion> {
    Box::new(NewVersion {
        package: package.to_owned(),
        version: version.to_owned(),
        before: Some("1.0.0".to_owned()),
        published: None,
        publisher: None,
        outcome,
        malicious: false,
        reasons: vec!["it does what attacks do".to_owned()],
        findings: Vec::new(),
        more_findings: 0,
        gained: Vec::new(),
        dependencies_added: Vec::new(),
        in_use: Vec::new(),
        receivers: Vec::new(),
        more_receivers: 0,
        unknown_receivers: 0,
        cooldown_until: None,
        fixes: None,
    })
}

/// Inspects everything that waits, with this result.
fn inspect(watch: &mut Watch, outcome: Outcome, now: Timestamp) {
    for one in watch.to_inspect(1_000, now) {
        let done = Looked::Done(version(&one.package, &one.version, outcome));
        watch.looked(&one.package, &one.version, done, now);
    }
    watch.settle(now);
}

/// Delivers everything; gives the kinds.
fn told(watch: &mut Watch, now: Timestamp) -> Vec<String> {
    let letters = watch.letters(true, now);
    for (to, event) in &letters {
        watch.delivered(to, &event.id);
    }
    letters
        .iter()
        .map(|(_, event)| event.news.kind().to_owned())
        .collect()
}

#[test]
fn the_first_look_learns_and_says_nothing() {
    let mut watch = watch_of(&["chalk"]);
    watch.answered("chalk", Answered::Document(&old(0)), at(0));
    inspect(&mut watch, Outcome::Block, at(0));
    assert_eq!(told(&mut watch, at(0)), [""; 0]);
    // What appears afterwards is news.
    watch.answered(
        "chalk",
        Answered::Document(&with(&old(0), "1.0.1", 60, "qix")),
        at(61),
    );
    inspect(&mut watch, Outcome::Block, at(61));
    assert_eq!(told(&mut watch, at(61)), ["new-version"]);
    // And only once.
    watch.answered(
        "chalk",
        Answered::Document(&with(&old(0), "1.0.1", 60, "qix")),
        at(121),
    );
    inspect(&mut watch, Outcome::Block, at(121));
    assert_eq!(told(&mut watch, at(121)), [""; 0]);
}

#[test]
fn harmless_versions_wait_for_the_digest_and_a_quiet_week_is_one() {
    let mut watch = watch_of(&["chalk", "debug"]);
    for name in ["chalk", "debug"] {
        watch.answered(name, Answered::Document(&old(0)), at(0));
    }
    watch.settle(at(0));
    watch.answered(
        "chalk",
        Answered::Document(&with(&old(0), "1.0.1", 60, "qix")),
        at(61),
    );
    inspect(&mut watch, Outcome::Allow, at(61));
    let week = 7 * 24 * 60;
    for minute in (120..week).step_by(60) {
        watch.settle(at(minute));
        assert_eq!(told(&mut watch, at(minute)), [""; 0], "minute {minute}");
    }
    watch.settle(at(week));
    let letters = watch.letters(true, at(week));
    let News::Digest(digest) = &letters[0].1.news else {
        panic!("{letters:?}")
    };
    assert_eq!(digest.versions.len(), 1);
    assert_eq!(
        (
            digest.versions[0].package.as_str(),
            digest.told,
            digest.packages
        ),
        ("chalk", 0, 2)
    );
    assert_eq!(told(&mut watch, at(week)), ["digest"]);
    // The next week has nothing at all, and says so once.
    for minute in (week + 60..=2 * week).step_by(60) {
        watch.settle(at(minute));
    }
    assert_eq!(told(&mut watch, at(2 * week)), ["digest"]);
}

#[test]
fn nineteen_packages_of_one_account_are_one_alarm() {
    let names: Vec<String> = (0..19).map(|number| format!("pack-{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut watch = watch_of(&names);
    for (number, name) in names.iter().enumerate() {
        watch.answered(name, Answered::Document(&old(number as i64)), at(0));
    }
    watch.settle(at(0));
    // One is found by its turn; its siblings are asked at once.
    let new = |number: i64| with(&old(number), "1.0.1", 100 + number * 8 / 19, "qix");
    watch.answered(names[7], Answered::Document(&new(7)), at(110));
    let due = watch.due(false, 100, at(110));
    assert_eq!(due.len(), 18, "all of qix");
    assert!(due.iter().all(|due| due.etag.is_some()));
    for (number, name) in names.iter().enumerate() {
        watch.answered(name, Answered::Document(&new(number as i64)), at(110));
    }
    inspect(&mut watch, Outcome::Block, at(111));
    let letters = watch.letters(true, at(111));
    assert_eq!(letters.len(), 1, "{letters:#?}");
    let event = &letters[0].1;
    let News::Burst(burst) = &event.news else {
        panic!("{event:?}")
    };
    assert_eq!(
        (burst.by, burst.who.as_str()),
        (event::By::Publisher, "qix")
    );
    assert_eq!((burst.packages.len(), burst.versions.len()), (19, 19));
    assert!(
        event.urgency
            > Event::new(
                "",
                News::NewVersion(version("a", "1", Outcome::Block)),
                "",
                at(0)
            )
            .urgency
    );
    // Later looks add nothing.
    told(&mut watch, at(111));
    inspect(&mut watch, Outcome::Block, at(112));
    assert_eq!(told(&mut watch, at(112)), [""; 0]);
}

#[test]
fn a_house_that_always_publishes_together_is_no_alarm_unless_it_is_held() {
    let names = ["@house/a", "@house/b", "@house/c", "@house/d"];
    let habit = |minute: i64| {
        Doc(vec![
            ("1.0.0", minute, "robot"),
            ("1.0.1", minute + 10_000, "robot"),
        ])
    };
    for (outcome, who, expected) in [
        (Outcome::Allow, "robot", &[][..]),
        (Outcome::Block, "robot", &["burst"][..]),
        // Somebody else publishes them all: that is no habit.
        (Outcome::Allow, "thief", &["burst"][..]),
    ] {
        let mut watch = watch_of(&names);
        for (number, name) in names.iter().enumerate() {
            watch.answered(
                name,
                Answered::Document(&habit(-50_000 + number as i64)),
                at(0),
            );
        }
        watch.settle(at(0));
        for (number, name) in names.iter().enumerate() {
            let doc = with(
                &habit(-50_000 + number as i64),
                "1.0.2",
                60 + number as i64,
                who,
            );
            watch.answered(name, Answered::Document(&doc), at(65));
        }
        inspect(&mut watch, outcome, at(66));
        assert_eq!(told(&mut watch, at(66)), expected, "{outcome:?} by {who}");
        let families: Vec<_> = watch
            .state
            .quiet
            .families
            .iter()
            .map(|family| family.packages)
            .collect();
        assert_eq!(
            families.is_empty(),
            !expected.is_empty(),
            "{outcome:?} by {who}"
        );
    }
}

#[test]
fn two_packages_or_three_in_an_hour_are_no_burst() {
    let publication = |package: &str, minute: i64, who: &str| Publication {
        package: package.to_owned(),
        version: "2.0.0".to_owned(),
        published: at(minute),
        publisher: Some(who.to_owned()),
        earlier: Vec::new(),
        seen: at(minute),
    };
    let rule = settings().burst;
    let two = [
        publication("a", 0, "x"),
        publication("b", 1, "x"),
        publication("b", 2, "x"),
    ];
    assert_eq!(burst::bursts(&two, rule), []);
    let slow = [
        publication("a", 0, "x"),
        publication("b", 9, "x"),
        publication("c", 19, "x"),
    ];
    assert_eq!(burst::bursts(&slow, rule), []);
    let others = [
        publication("a", 0, "x"),
        publication("b", 1, "y"),
        publication("c", 2, "z"),
    ];
    assert_eq!(burst::bursts(&others, rule), []);
    // Edges: exactly ten minutes; two stretches of the same account are two bursts.
    let edge = [
        publication("a", 0, "x"),
        publication("b", 5, "x"),
        publication("c", 10, "x"),
    ];
    assert_eq!(burst::bursts(&edge, rule).len(), 1);
    let twice: Vec<_> = [0, 1, 2, 100, 101, 102]
        .iter()
        .enumerate()
        .map(|(number, minute)| publication(&format!("p{number}"), *minute, "x"))
        .collect();
    let found = burst::bursts(&twice, rule);
    assert_eq!(
        found
            .iter()
            .map(|one| one.members.clone())
            .collect::<Vec<_>>(),
        [[0, 1, 2], [3, 4, 5]]
    );
    // A scope and its one publisher are told once.
    let scoped = [
        publication("@s/a", 0, "x"),
        publication("@s/b", 1, "x"),
        publication("@s/c", 2, "x"),
    ];
    assert_eq!(burst::bursts(&scoped, rule).len(), 1);
}

#[test]
fn packages_are_asked_spread_out_and_keep_their_turns() {
    let names: Vec<String> = (0..60).map(|number| format!("pack-{number:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut watch = watch_of(&names);
    // Learned at once, each with its place in the hour.
    let first = watch.due(false, 1_000, at(0));
    assert_eq!(first.len(), 60);
    for one in first {
        watch.answered(&one.package, Answered::Document(&old(0)), at(0));
    }
    let mut asked = Vec::new();
    for minute in 1..181 {
        let due = watch.due(false, 1_000, at(minute));
        assert!(due.len() <= 1, "minute {minute}: {}", due.len());
        for one in due {
            asked.push(one.package.clone());
            watch.spend(1);
            watch.answered(&one.package, Answered::Unchanged, at(minute));
        }
    }
    assert_eq!(asked.len(), 180, "each once an hour");
    asked.sort();
    asked.dedup();
    assert_eq!(asked.len(), 60);
}

#[test]
fn a_shorter_interval_holds_from_the_next_start_on() {
    let mut watch = watch_of(&["a"]);
    watch.answered("a", Answered::Unchanged, at(0));
    let shorter = Settings {
        interval: SignedDuration::from_mins(5),
        ..settings()
    };
    let state = Some(watch.state.clone());
    let mut watch = Watch::new(
        "ship",
        "https://registry.example/",
        state,
        shorter,
        Vec::new(),
        at(1),
    );
    watch.use_packages([("a".to_owned(), vec!["1.0.0".to_owned()])].into(), at(1));
    assert!(watch.due(false, 1, at(5)).is_empty());
    assert_eq!(watch.due(false, 1, at(6)).len(), 1);
}

#[test]
fn the_budget_holds_and_comes_back() {
    let mut watch = watch_of(&["a", "b", "c"]);
    watch.spend(999);
    assert_eq!(watch.due(true, 10, at(1)).len(), 1);
    watch.spend(1);
    assert_eq!(watch.due(true, 10, at(1)).len(), 0);
    assert_eq!(watch.due(true, 10, at(59)).len(), 0);
    assert_eq!(watch.due(true, 10, at(60)).len(), 3);
    // A clock that was put back does not take it away for ever.
    watch.spend(2_000);
    assert_eq!(watch.due(true, 10, at(-1_000)).len(), 3);
}

fn down(retry_after: Option<i64>) -> Answered<'static> {
    Answered::Down {
        why: "it limits our requests".to_owned(),
        retry_after: retry_after.map(SignedDuration::from_secs),
        may_be_alone: false,
    }
}

#[test]
fn a_registry_that_is_down_is_left_alone_for_longer_each_time() {
    let mut watch = watch_of(&["a", "b"]);
    watch.answered("a", down(None), at(0));
    assert!(watch.due(true, 10, at(0)).is_empty());
    assert_eq!(watch.due(true, 10, at(1)).len(), 2);
    watch.answered("a", down(None), at(1));
    assert!(watch.due(true, 10, at(2)).is_empty());
    assert_eq!(watch.due(true, 10, at(3)).len(), 2);
    // It says itself how long.
    watch.answered("a", down(Some(7_200)), at(3));
    assert!(watch.due(true, 10, at(122)).is_empty());
    assert_eq!(watch.due(true, 10, at(123)).len(), 2);
    watch.settle(at(123));
    assert_eq!(
        told(&mut watch, at(123)),
        ["trouble"],
        "the third failure is told"
    );
    watch.answered("a", down(None), at(123));
    assert_eq!(told(&mut watch, at(123)), [""; 0], "the fourth is not");
    watch.answered("a", Answered::Unchanged, at(200));
    assert_eq!(told(&mut watch, at(200)), ["trouble"], "that it is over is");
    assert_eq!(watch.state.pause, None);
    // Never longer than an hour by itself.
    for hour in 0..40 {
        watch.answered("a", down(None), at(1_000 + hour * 60));
        // Those that were asked at the same time are the same failure.
        watch.answered("b", down(None), at(1_000 + hour * 60));
    }
    let pause = watch.state.pause.clone().unwrap();
    assert_eq!(
        (pause.until, pause.failures),
        (at(1_000 + 39 * 60 + 60), 40)
    );
}

#[test]
fn one_package_that_fails_holds_up_no_other() {
    let mut watch = watch_of(&["bad", "good"]);
    let alone = || Answered::Down {
        why: "it answered 500".to_owned(),
        retry_after: None,
        may_be_alone: true,
    };
    watch.answered("bad", alone(), at(0));
    assert_eq!(watch.state.pause, None);
    watch.answered("good", Answered::Unchanged, at(0));
    watch.answered("bad", alone(), at(120));
    watch.answered("good", Answered::Unchanged, at(120));
    watch.answered("bad", Answered::Refused("no document".to_owned()), at(240));
    assert_eq!(watch.state.pause, None);
    let next = watch.state.packages["bad"].next_at;
    assert_eq!(
        next,
        at(240 + 8 * 60),
        "eight intervals after the third failure"
    );
    // Three of them without one success are the registry.
    for _ in 0..3 {
        watch.answered("good", alone(), at(300));
    }
    assert!(watch.state.pause.is_some());
    // The digest names what was not answered.
    watch.state.pause = None;
    watch.settle(at(7 * 24 * 60));
    let letters = watch.letters(true, at(7 * 24 * 60));
    let News::Digest(digest) = &letters[0].1.news else {
        panic!("{letters:?}")
    };
    assert_eq!(
        digest.unanswered[0],
        ("bad".to_owned(), "no document".to_owned())
    );
}

#[test]
fn what_vanishes_from_the_registry_while_in_use_is_told_once() {
    let mut watch = watch_of(&["chalk"]);
    watch.answered(
        "chalk",
        Answered::Document(&with(&old(0), "1.0.1", -10, "qix")),
        at(0),
    );
    let without = Doc(vec![("1.0.1", -10, "qix")]);
    for minute in [60, 120] {
        watch.answered("chalk", Answered::Document(&without), at(minute));
    }
    assert_eq!(told(&mut watch, at(120)), ["gone"]);
    for minute in [180, 240] {
        watch.answered("chalk", Answered::Missing, at(minute));
    }
    assert_eq!(told(&mut watch, at(240)), ["gone"]);
    assert_eq!(
        watch.state.packages["chalk"].etag, None,
        "asked without a condition from now on"
    );
}

fn concern(id: &str, malicious: bool, is_serious: bool) -> Concern {
    Concern {
        advised: Advised {
            package: "chalk".to_owned(),
            version: "1.0.0".to_owned(),
            malicious,
            severity: "high".to_owned(),
            ids: vec![id.to_owned()],
            summary: String::new(),
            fixed_in: None,
            url: None,
            lockfile: "package-lock.json".to_owned(),
            way: Vec::new(),
            help: None,
        },
        is_serious,
    }
}

#[test]
fn advisories_are_told_once_and_malice_even_at_the_first_look() {
    let mut watch = watch_of(&["chalk"]);
    watch.concerns(
        vec![concern("GHSA-1", false, true), concern("MAL-1", true, true)],
        at(0),
    );
    assert_eq!(told(&mut watch, at(0)), ["advisory"]);
    watch.concerns(
        vec![concern("GHSA-1", false, true), concern("MAL-1", true, true)],
        at(1),
    );
    assert_eq!(told(&mut watch, at(1)), [""; 0]);
    watch.concerns(
        vec![
            concern("GHSA-2", false, true),
            concern("GHSA-3", false, false),
        ],
        at(2),
    );
    assert_eq!(told(&mut watch, at(2)), ["advisory"]);
    assert_eq!(
        watch.state.quiet.advisories.len(),
        1,
        "the slight one waits for the digest"
    );
    // Withdrawn, then there again: news.
    watch.concerns(Vec::new(), at(3));
    watch.concerns(vec![concern("GHSA-2", false, true)], at(4));
    assert_eq!(told(&mut watch, at(4)), ["advisory"]);
}

#[test]
fn what_a_lockfile_brings_along_waits_for_the_digest_unless_it_is_malicious() {
    let mut watch = watch_of(&["debug"]);
    watch.concerns(Vec::new(), at(0));
    let used = ["debug", "chalk"].map(|name| (name.to_owned(), vec!["1.0.0".to_owned()]));
    watch.use_packages(used.into(), at(1));
    watch.concerns(
        vec![concern("GHSA-1", false, true), concern("MAL-1", true, true)],
        at(1),
    );
    assert_eq!(told(&mut watch, at(1)), ["advisory"]);
    assert_eq!(watch.state.quiet.advisories[0].ids, ["GHSA-1"]);
    // Now it is in use: what is found later is news.
    watch.concerns(vec![concern("GHSA-2", false, true)], at(2));
    assert_eq!(told(&mut watch, at(2)), ["advisory"]);
}

#[test]
fn a_source_is_learned_first_and_each_entry_is_one_hint() {
    let mut watch = watch_of(&["chalk"]);
    let names = BTreeSet::from(["news".to_owned()]);
    let every = SignedDuration::from_mins(30);
    assert_eq!(watch.due_sources(&names, false, at(0)).len(), 1);
    let read = |keys: &[&str]| {
        let hint = event::Hint {
            source: "news".to_owned(),
            title: "chalk is taken over".to_owned(),
            url: None,
            published: None,
            packages: vec!["chalk".to_owned()],
        };
        Some(SourceRead {
            etag: Some("\"1\"".to_owned()),
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            hints: keys
                .iter()
                .map(|key| ((*key).to_owned(), hint.clone()))
                .collect(),
            ..SourceRead::default()
        })
    };
    watch.source_answered("news", read(&["a"]), every, at(0));
    assert!(watch.due_sources(&names, false, at(29)).is_empty());
    assert_eq!(
        watch.due_sources(&names, false, at(30))[0].etag.as_deref(),
        Some("\"1\"")
    );
    watch.source_answered("news", read(&["a", "b"]), every, at(30));
    watch.source_answered("news", read(&["a", "b"]), every, at(60));
    watch.source_answered("news", None, every, at(90));
    assert_eq!(told(&mut watch, at(90)), ["hint"]);
    for minute in [100, 200, 300, 400] {
        watch.source_failed(
            "news",
            "it has a document type definition",
            every,
            at(minute),
        );
    }
    assert_eq!(told(&mut watch, at(400)), ["trouble"]);
    watch.source_answered("news", None, every, at(500));
    assert_eq!(told(&mut watch, at(500)), ["trouble"]);
}

#[test]
fn an_inspection_that_fails_is_tried_again_and_told_in_the_end() {
    let mut watch = watch_of(&["chalk"]);
    watch.answered("chalk", Answered::Document(&old(0)), at(0));
    watch.answered(
        "chalk",
        Answered::Document(&with(&old(0), "1.0.1", 60, "qix")),
        at(61),
    );
    let mut now = 61;
    for tries in 0..5 {
        let waiting = watch.to_inspect(10, at(now));
        assert_eq!(waiting.len(), 1, "try {tries}");
        let again = Looked::Again(version("chalk", "1.0.1", Outcome::Quarantine));
        watch.looked("chalk", "1.0.1", again, at(now));
        watch.settle(at(now));
        now += 500;
    }
    assert_eq!(told(&mut watch, at(now)), ["new-version"]);
}

#[test]
fn more_versions_than_are_inspected_are_named_as_such() {
    let mut watch = watch_of(&["nightly"]);
    watch.answered("nightly", Answered::Document(&old(0)), at(0));
    let mut doc = old(0);
    for version in [
        "1.0.1", "1.0.2", "1.0.3", "1.0.4", "1.0.5", "1.0.6", "1.0.7", "1.0.8", "1.0.9", "1.1.0",
    ] {
        doc.0.push((version, 60, "qix"));
    }
    watch.answered("nightly", Answered::Document(&doc), at(61));
    let waiting: Vec<String> = watch
        .to_inspect(100, at(61))
        .into_iter()
        .map(|one| one.version)
        .collect();
    assert_eq!(waiting.len(), MOST_INSPECTED);
    assert_eq!(waiting[0], "1.1.0", "the highest first");
    let quiet: Vec<_> = watch
        .state
        .quiet
        .versions
        .iter()
        .map(|one| (one.version.as_str(), one.outcome))
        .collect();
    assert_eq!(
        quiet,
        [
            ("1.0.1", Outcome::NotInspected),
            ("1.0.2", Outcome::NotInspected)
        ]
    );
}

#[test]
fn letters_outlive_the_program_and_are_given_up_after_a_day() {
    let mut watch = watch_of(&["chalk"]);
    watch.concerns(vec![concern("MAL-1", true, true)], at(0));
    // Killed before anything was delivered.
    let text = watch.state.to_text().unwrap();
    let sinks = ["terminal", "mail"].map(|name| Sink {
        name: name.to_owned(),
        events: None,
    });
    let state = State::parse(&text).unwrap();
    assert_eq!(state, watch.state);
    let mut watch = Watch::new(
        "ship",
        "https://registry.example/",
        Some(state),
        settings(),
        sinks.to_vec(),
        at(1),
    );
    let letters = watch.letters(false, at(1));
    assert_eq!(letters.len(), 1, "mail was not asked for when it happened");
    let (to, id) = (letters[0].0.clone(), letters[0].1.id.clone());
    let mut now = at(1);
    let mut tries = 1;
    while watch.failed(&to, &id, now) {
        assert!(watch.letters(false, now).is_empty(), "it waits");
        now = watch.state.letters[0].owed[0].next_at;
        tries += 1;
    }
    assert_eq!(tries, 8);
    assert!(now > at(12 * 60) && now < at(36 * 60), "{now}");
    assert!(watch.state.letters.is_empty());
    assert_eq!(watch.state.quiet.undelivered, 1);
}

#[test]
fn a_state_of_another_registry_or_form_is_not_used() {
    let watch = watch_of(&["chalk"]);
    let other = Watch::new(
        "ship",
        "https://other.example/",
        Some(watch.state.clone()),
        settings(),
        Vec::new(),
        at(9),
    );
    assert!(other.state.packages.is_empty());
    for text in ["", "{}", "[]", "{\"form\": 2}", "{\"form\": 1}", "nonsense"] {
        assert!(State::parse(text.as_bytes()).is_err(), "{text}");
    }
    let mut text = watch.state.to_text().unwrap();
    text.truncate(text.len() - 1);
    assert!(State::parse(&text).is_err());
}

#[test]
fn events_survive_json_and_have_one_id() {
    let news = News::NewVersion(version("chalk", "1.0.1", Outcome::Block));
    let one = Event::new("ship", news.clone(), "chalk@1.0.1", at(0));
    let other = Event::new("ship", news, "chalk@1.0.1", at(50));
    assert_eq!(one.id, other.id);
    assert_eq!(one.id.len(), 16);
    let text = serde_json::to_string(&one).unwrap();
    assert!(
        text.contains("\"event\":\"new-version\",\"package\":\"chalk\""),
        "{text}"
    );
    assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), one);
}

#[test]
fn who_would_get_it_is_told_by_range() {
    let lock = r#"{"lockfileVersion": 3, "packages": {
        "": {"name": "ship", "dependencies": {"chalk": "^1.0.0", "log": "1.0.0"}, "devDependencies": {"old": "1.0.0"}},
        "node_modules/chalk": {"version": "1.0.0", "resolved": "https://registry.example/chalk/-/chalk-1.0.0.tgz"},
        "node_modules/log": {"version": "1.0.0", "resolved": "https://registry.example/log/-/log-1.0.0.tgz", "dependencies": {"chalk": "~1.0.0"}},
        "node_modules/old": {"version": "1.0.0", "resolved": "https://registry.example/old/-/old-1.0.0.tgz", "dependencies": {"chalk": "1.0.0"}}}}"#;
    let mut files = crate::Files::default();
    files
        .contents
        .insert("package-lock.json".to_owned(), lock.into());
    let project = Project::read(&files, "package-lock.json").unwrap();
    let got = |version: &str| {
        let version = Version::parse(version).unwrap();
        let found = receivers(&project, "chalk", &version, &|_, _| None);
        assert_eq!(found.unknown, 0);
        found
            .all
            .iter()
            .map(|one| format!("{} {} {}", one.dependent, one.range, one.direct))
            .collect::<Vec<_>>()
    };
    assert_eq!(got("1.0.1"), ["ship ^1.0.0 true", "log@1.0.0 ~1.0.0 false"]);
    assert_eq!(got("1.1.0"), ["ship ^1.0.0 true"]);
    assert_eq!(got("2.0.0"), [""; 0]);
    assert_eq!(got("1.1.0-beta.1"), [""; 0]);
    assert_eq!(in_use(std::slice::from_ref(&project))["chalk"], ["1.0.0"]);
}

#[test]
fn ranges_that_pnpm_does_not_write_down_are_asked_for_or_not_known() {
    let lock = "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      log:\n        specifier: ^1.0.0\n        version: 1.0.0\n\
        packages:\n  chalk@1.0.0:\n    resolution: {integrity: sha512-x}\n  log@1.0.0:\n    resolution: {integrity: sha512-x}\n\
        snapshots:\n  chalk@1.0.0: {}\n  log@1.0.0:\n    dependencies:\n      chalk: 1.0.0\n";
    let mut files = crate::Files::default();
    files
        .contents
        .insert("pnpm-lock.yaml".to_owned(), lock.into());
    let project = Project::read(&files, "pnpm-lock.yaml").unwrap();
    let version = Version::parse("1.0.1").unwrap();
    let unknown = receivers(&project, "chalk", &version, &|_, _| None);
    assert_eq!((unknown.all.len(), unknown.unknown), (0, 1));
    let asked = receivers(&project, "chalk", &version, &|parent, name| {
        assert_eq!((&*parent.id(), name), ("log@1.0.0", "chalk"));
        Some("^1.0.0".to_owned())
    });
    assert_eq!(asked.all[0].dependent, "log@1.0.0");
    assert_eq!(asked.unknown, 0);
    // What the project itself asks for is in the lockfile.
    let own = receivers(&project, "log", &version, &|_, _| None);
    assert_eq!(
        (own.all[0].direct, own.all[0].range.as_str()),
        (true, "^1.0.0")
    );
}
