//! Looks at what was downloaded lately, once in each interval and spread out, so that new versions reach the queue of
//! inspections, and bursts are seen, before anybody asks.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use lazaret_npm::PackageName;
use lazaret_policy::burst::Rule;
use tokio::time::Instant;

use crate::app::App;
use crate::mirror::Looked;

/// How long what was downloaded is looked at.
const LATELY: SignedDuration = SignedDuration::from_hours(24 * 30);

/// How often it is looked for downloads while there are none.
const NONE_YET: Duration = Duration::from_secs(60);

/// Between two packages whose publisher is busy.
const HURRY: Duration = Duration::from_millis(100);

/// The first pause after the upstream failed, and the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(60);
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// How the mirror looks by itself.
#[derive(Clone, Copy, Debug)]
pub struct WatchSettings {
    /// Each package is looked at once in it.
    pub interval: Duration,
    /// Packages looked at in one interval; none if 0.
    pub budget: u32,
    /// When several packages are a burst.
    pub burst: Rule,
}

impl Default for WatchSettings {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(3600),
            budget: 5_000,
            burst: Rule {
                packages: 3,
                within: SignedDuration::from_mins(10),
            },
        }
    }
}

/// Looks for ever.
pub(crate) async fn run(app: Arc<App>, settings: WatchSettings) {
    // Who publishes what, as far as it was looked at.
    let mut publishers: BTreeMap<PackageName, Option<String>> = BTreeMap::new();
    // Who starts has other things to do.
    tokio::time::sleep(NONE_YET.min(settings.interval)).await;
    loop {
        let begun = Instant::now();
        let names = names(&app, settings.budget).await;
        if names.is_empty() {
            tokio::time::sleep(NONE_YET.min(settings.interval)).await;
            continue;
        }
        let known: BTreeSet<&PackageName> = names.iter().collect();
        publishers.retain(|name, _| known.contains(name));
        round(&app, settings, &names, &mut publishers, begun).await;
        tokio::time::sleep_until(begun + settings.interval).await;
    }
}

async fn round(
    app: &App,
    settings: WatchSettings,
    names: &[PackageName],
    publishers: &mut BTreeMap<PackageName, Option<String>>,
    begun: Instant,
) {
    let bursts = &app.mirror.bursts;
    let count = u32::try_from(names.len()).unwrap_or(u32::MAX);
    let step = settings.interval / count.max(1);
    let mut waiting: VecDeque<PackageName> = names.iter().cloned().collect();
    let mut hurried: VecDeque<PackageName> = VecDeque::new();
    let mut turn = begun;
    let mut failures: u32 = 0;
    let mut looked: u32 = 0;
    while looked < settings.budget {
        let active = bursts.take_active();
        let theirs = |name: &&PackageName| {
            active.owns(name, publishers.get(*name).and_then(Option::as_deref))
        };
        for name in names.iter().filter(theirs) {
            // What was looked at a moment ago is skipped in its turn.
            if !hurried.contains(name) {
                hurried.push_back(name.clone());
            }
        }
        waiting.retain(|name| !hurried.contains(name));
        let is_hurried = !hurried.is_empty();
        let Some(name) = hurried.pop_front().or_else(|| waiting.pop_front()) else {
            return;
        };
        match app.mirror.look_at(&name).await {
            Looked::Skipped => {}
            Looked::Asked(publisher) => {
                looked += 1;
                failures = 0;
                publishers.insert(name, publisher);
            }
            Looked::Failed => {
                looked += 1;
                failures += 1;
            }
        }
        if failures > 0 {
            let longer = 2_u32.saturating_pow(failures.min(16) - 1);
            let pause = FIRST_PAUSE.saturating_mul(longer).min(LONGEST_PAUSE);
            turn = turn.max(Instant::now() + pause);
            tokio::time::sleep(pause).await;
        } else if is_hurried {
            tokio::time::sleep(HURRY).await;
        } else {
            turn += step;
            // A client may meet something new meanwhile.
            let _ = tokio::time::timeout_at(turn, bursts.appeared.notified()).await;
        }
    }
}

/// What was downloaded lately, the latest first.
async fn names(app: &App, most: u32) -> Vec<PackageName> {
    let since = Timestamp::now()
        .checked_sub(LATELY)
        .unwrap_or(Timestamp::MIN);
    match app.mirror.store.db.downloaded_since(since, most).await {
        Ok(names) => names,
        Err(error) => {
            tracing::error!(
                error = format!("{error:#}"),
                "what was downloaded cannot be read"
            );
            Vec::new()
        }
    }
}
