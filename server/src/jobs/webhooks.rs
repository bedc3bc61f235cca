//! Makes deliveries of news, and delivers them: to each webhook one after the other, again and later where that fails,
//! and in the end not at all. A webhook that hangs holds up no other.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use lazaret_store::{Delivery, Event, NewDelivery, News, Severity, WebhookChange, Write};
use tokio::task::JoinSet;

use crate::app::App;
use crate::webhooks::{Webhook, messages};

/// How often news are looked for, with and without anybody who wants to know.
const LOOK: Duration = Duration::from_secs(1);
const CLEAR: Duration = Duration::from_secs(60);

/// News turned into messages at once.
const NEWS: u32 = 500;

/// How often a message is tried: with ten seconds at first, over about a day.
const TRIES: u32 = 8;

/// By how much each wait is longer than the one before, and the longest.
const LONGER: i32 = 5;
const LONGEST: SignedDuration = SignedDuration::from_hours(12);

/// How long it is remembered what was delivered.
const KEEP: SignedDuration = SignedDuration::from_hours(24 * 30);
const FORGET_EVERY: Duration = Duration::from_secs(6 * 3600);

/// From when on advisories are stale, and how often that is looked at.
const STALE_AFTER: SignedDuration = SignedDuration::from_hours(24 * 3);
const STALE_LOOK: Duration = Duration::from_secs(600);

/// Works for ever.
pub(crate) async fn run(app: Arc<App>) {
    // They end with this task.
    let mut delivering = JoinSet::new();
    for hook in &app.webhooks.all {
        delivering.spawn(deliver(Arc::clone(&app), hook.clone()));
    }
    let look = if app.webhooks.all.is_empty() {
        CLEAR
    } else {
        LOOK
    };
    let mut looking = tokio::time::interval(look);
    let mut forgetting = tokio::time::interval(FORGET_EVERY);
    let mut staleness = tokio::time::interval(STALE_LOOK);
    loop {
        let done = tokio::select! {
            _ = looking.tick() => tell(&app).await,
            _ = forgetting.tick() => forget(&app).await,
            _ = staleness.tick() => look_at_feed(&app).await,
        };
        if let Err(error) = done {
            tracing::error!(error = format!("{error:#}"), "webhooks could not be told");
        }
    }
}

/// Turns news into deliveries.
async fn tell(app: &App) -> anyhow::Result<()> {
    loop {
        let news = app.mirror.store.db.news(NEWS).await?;
        let Some(last) = news.last() else {
            return Ok(());
        };
        let mut deliveries: Vec<NewDelivery> = Vec::new();
        for message in messages(&news) {
            for hook in &app.webhooks.all {
                deliveries.extend(message.to(hook, &app.mirror.public_url)?);
            }
        }
        let up_to = last.id;
        let told = WebhookChange::Told { up_to, deliveries };
        app.mirror.store.write(vec![Write::Webhook(told)]).await?;
        app.webhooks.queued.notify_waiters();
    }
}

async fn forget(app: &App) -> anyhow::Result<()> {
    let before = Timestamp::now().checked_sub(KEEP)?;
    let forget = Write::Webhook(WebhookChange::Forget { before });
    Ok(app.mirror.store.queue(vec![forget]).await?)
}

/// Tells once that the newest advisory is old.
async fn look_at_feed(app: &App) -> anyhow::Result<()> {
    const KIND: &str = "feed-stale";
    let now = Timestamp::now();
    let newest = app.mirror.rulebook.load().advisories.newest_modified();
    let Some(newest) = newest.filter(|newest| now.duration_since(*newest) > STALE_AFTER) else {
        return Ok(());
    };
    let detail = serde_json::json!({ "newest": newest }).to_string();
    let last = app.mirror.store.db.last_event_of(KIND).await?;
    if last.is_some_and(|event| event.detail == detail) {
        return Ok(());
    }
    let event = Event {
        at: now,
        kind: KIND.to_owned(),
        severity: Severity::Warning,
        name: None,
        version: None,
        detail: detail.clone(),
    };
    let news = News {
        at: now,
        kind: KIND.to_owned(),
        name: None,
        version: None,
        detail,
    };
    let writes = vec![
        Write::Event(event),
        Write::Webhook(WebhookChange::News(news)),
    ];
    Ok(app.mirror.store.write(writes).await?)
}

/// Delivers to one webhook for ever.
async fn deliver(app: Arc<App>, hook: Webhook) {
    loop {
        let queued = app.webhooks.queued.notified();
        let mut queued = std::pin::pin!(queued);
        // From here on nothing is missed.
        queued.as_mut().enable();
        let wait = match next(&app, &hook).await {
            Ok(wait) => wait,
            Err(error) => {
                let error = format!("{error:#}");
                tracing::error!(hook = hook.name, error, "a webhook's deliveries are stuck");
                CLEAR
            }
        };
        let _ = tokio::time::timeout(wait, queued).await;
    }
}

/// Delivers what is due; gives how long nothing else will be.
async fn next(app: &App, hook: &Webhook) -> anyhow::Result<Duration> {
    let Some(delivery) = app.mirror.store.db.next_delivery(&hook.name).await? else {
        return Ok(CLEAR);
    };
    let now = Timestamp::now();
    if delivery.not_before > now {
        let wait = delivery.not_before.duration_since(now);
        return Ok(Duration::try_from(wait).unwrap_or(CLEAR).min(CLEAR));
    }
    let Delivery {
        id, event, body, ..
    } = &delivery;
    let (status, error) = hook.send(id, event, body, Timestamp::now()).await;
    let now = Timestamp::now();
    let again = error.as_ref().and_then(|_| again(hook, &delivery, now));
    match (&error, again) {
        (None, _) => tracing::info!(hook = hook.name, event = delivery.event, "delivered"),
        (Some(error), Some(again)) => {
            tracing::warn!(hook = hook.name, event = delivery.event, error, %again, "not delivered, and tried again");
        }
        (Some(error), None) => {
            tracing::error!(
                hook = hook.name,
                event = delivery.event,
                error,
                "not delivered, and given up"
            );
        }
    }
    let attempted = WebhookChange::Attempted {
        id: delivery.id,
        at: now,
        status,
        error,
        again,
    };
    app.mirror
        .store
        .write(vec![Write::Webhook(attempted)])
        .await?;
    Ok(Duration::ZERO)
}

fn again(hook: &Webhook, delivery: &Delivery, now: Timestamp) -> Option<Timestamp> {
    // This try included.
    let tries = delivery.attempts + 1;
    if tries >= TRIES {
        return None;
    }
    let first = SignedDuration::try_from(hook.retry_after).unwrap_or(LONGEST);
    let wait = first.saturating_mul(LONGER.saturating_pow(tries - 1));
    now.checked_add(wait.min(LONGEST)).ok()
}
