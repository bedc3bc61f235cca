//! Several packages of one publisher or scope within minutes. On 2025-09-08 nineteen packages of one account came within 8
//! minutes and 21 seconds; no feed knew any of them. Houses that publish all they have at once do so each time: that is a
//! habit and no burst, as long as the publisher is the same.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What the packages of a burst have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    Publisher,
    Scope,
}

/// When a burst is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    pub packages: usize,
    pub within: SignedDuration,
}

/// A version that appeared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    pub package: String,
    pub version: String,
    /// When the registry says so. What it gives no time for takes no part.
    pub published: Timestamp,
    pub publisher: Option<String>,
    /// When the package was published before, and by whom; the newest first.
    pub earlier: Vec<(Timestamp, Option<String>)>,
    /// When we saw it.
    pub seen: Timestamp,
}

/// What belongs together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub by: By,
    pub who: String,
    /// Indices of publications, by time.
    pub members: Vec<usize>,
    /// They are always published together.
    pub is_habit: bool,
}

/// Longest name of a publisher, in bytes; a longer one is none.
const LONGEST_NAME: usize = 300;

/// Earlier publications of a package that tell of a habit.
pub const EARLIER: usize = 5;

/// Who published a version, by what the registry says of it. Programs publish in the name of nobody: then all maintainers
/// together are the publisher.
pub fn publisher(manifest: &str) -> Option<String> {
    let manifest: Value = serde_json::from_str(manifest).ok()?;
    let user = &manifest["_npmUser"];
    let name = match user["trustedPublisher"].is_null() {
        true => user["name"].as_str()?.to_owned(),
        false => {
            let people = manifest["maintainers"].as_array()?;
            let names = people.iter().filter_map(|person| person["name"].as_str());
            let mut names: Vec<&str> = names.collect();
            names.sort_unstable();
            names.join(", ")
        }
    };
    (1..=LONGEST_NAME).contains(&name.len()).then_some(name)
}

/// The scope of a name, with its `@`.
pub fn scope(name: &str) -> Option<&str> {
    let (scope, _) = name.split_once('/')?;
    scope.starts_with('@').then_some(scope)
}

/// Every burst among these; one that another holds whole is not told by itself.
pub fn bursts(publications: &[Publication], rule: Rule) -> Vec<Found> {
    let mut groups: BTreeMap<(By, &str), Vec<usize>> = BTreeMap::new();
    for (index, one) in publications.iter().enumerate() {
        if let Some(publisher) = &one.publisher {
            groups
                .entry((By::Publisher, publisher))
                .or_default()
                .push(index);
        }
        if let Some(scope) = scope(&one.package) {
            groups.entry((By::Scope, scope)).or_default().push(index);
        }
    }
    let mut found: Vec<Found> = Vec::new();
    for ((by, who), mut members) in groups {
        members.sort_by_key(|index| (publications[*index].published, *index));
        for run in runs(publications, &members, rule) {
            found.push(Found {
                by,
                who: who.to_owned(),
                is_habit: is_habit(publications, &run, rule.within),
                members: run,
            });
        }
    }
    // Larger ones first; a stable order.
    found.sort_by(|one, other| {
        let key = |of: &Found| (std::cmp::Reverse(of.members.len()), of.by, of.who.clone());
        key(one).cmp(&key(other))
    });
    let mut kept: Vec<Found> = Vec::new();
    let mut sets: Vec<BTreeSet<usize>> = Vec::new();
    for one in found {
        let is_within =
            |set: &BTreeSet<usize>| one.members.iter().all(|member| set.contains(member));
        if !sets.iter().any(is_within) {
            sets.push(one.members.iter().copied().collect());
            kept.push(one);
        }
    }
    kept
}

/// Stretches of time in which every publication is in some window with enough packages.
fn runs(publications: &[Publication], members: &[usize], rule: Rule) -> Vec<Vec<usize>> {
    let of = |place: usize| &publications[members[place]];
    let mut is_in = vec![false; members.len()];
    // What is marked already, so that long windows are not marked again and again.
    let mut marked = 0;
    let mut start = 0;
    let mut window: BTreeMap<&str, usize> = BTreeMap::new();
    for end in 0..members.len() {
        *window.entry(&of(end).package).or_default() += 1;
        while of(end).published.duration_since(of(start).published) > rule.within {
            let leaving = of(start).package.as_str();
            if let Some(count) = window.get_mut(leaving) {
                *count -= 1;
                if *count == 0 {
                    window.remove(leaving);
                }
            }
            start += 1;
        }
        if window.len() >= rule.packages {
            is_in[start.max(marked)..=end].fill(true);
            marked = end + 1;
        }
    }
    let mut runs: Vec<Vec<usize>> = Vec::new();
    let mut last: Option<usize> = None;
    let inside = (0..members.len()).filter(|place| is_in[*place]);
    for place in inside {
        let follows = last.is_some_and(|last| {
            let gap = of(place).published.duration_since(of(last).published);
            last + 1 == place && gap <= rule.within
        });
        match runs.last_mut() {
            Some(run) if follows => run.push(members[place]),
            _ => runs.push(vec![members[place]]),
        }
        last = Some(place);
    }
    runs
}

/// Whether at least half of the packages were published together with others of them before, by the same publisher.
fn is_habit(publications: &[Publication], members: &[usize], within: SignedDuration) -> bool {
    let mut times: Vec<(Timestamp, &str)> = Vec::new();
    let mut packages: BTreeSet<&str> = BTreeSet::new();
    for one in members.iter().map(|index| &publications[*index]) {
        packages.insert(&one.package);
        let same = one.earlier.iter().filter(|(_, who)| *who == one.publisher);
        times.extend(same.map(|(at, _)| (*at, one.package.as_str())));
    }
    times.sort();
    let mut together: BTreeSet<&str> = BTreeSet::new();
    for pair in times.windows(2) {
        let ((earlier, one), (later, other)) = (pair[0], pair[1]);
        if one != other && later.duration_since(earlier) <= within {
            together.extend([one, other]);
        }
    }
    !together.is_empty() && together.len() * 2 >= packages.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_publications_in_one_window_take_no_time() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let all: Vec<Publication> = (0..20_000)
            .map(|number| Publication {
                package: format!("@s/p{number}"),
                version: "1.0.0".to_owned(),
                published: at(number / 100),
                publisher: Some("x".to_owned()),
                earlier: Vec::new(),
                seen: at(0),
            })
            .collect();
        let rule = Rule {
            packages: 3,
            within: SignedDuration::from_mins(10),
        };
        let found = bursts(&all, rule);
        assert_eq!((found.len(), found[0].members.len()), (1, 20_000));
        assert!(
            bursts(
                &all,
                Rule {
                    packages: 30_000,
                    ..rule
                }
            )
            .is_empty()
        );
    }

    #[test]
    fn programs_publish_in_the_name_of_all_maintainers() {
        let of = |text: &str| publisher(text);
        assert_eq!(
            of(r#"{"_npmUser": {"name": "qix"}}"#).as_deref(),
            Some("qix")
        );
        let program = r#"{"_npmUser": {"name": "program", "trustedPublisher": {"id": "x"}}, "maintainers": [{"name": "b"}, {"name": "a"}]}"#;
        assert_eq!(of(program).as_deref(), Some("a, b"));
        for none in [
            "",
            "7",
            "{}",
            r#"{"_npmUser": "qix"}"#,
            r#"{"_npmUser": {"name": ""}}"#,
        ] {
            assert_eq!(of(none), None, "{none}");
        }
        let long = format!("{{\"_npmUser\": {{\"name\": \"{}\"}}}}", "x".repeat(301));
        assert_eq!(of(&long), None);
    }
}
