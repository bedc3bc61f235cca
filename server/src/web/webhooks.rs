//! `/-/lazaret/webhooks`: who is told, what was delivered, and what was not; for admins.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use http::{HeaderMap, Uri};
use jiff::Timestamp;
use lazaret_npm::text::printable_up_to;
use lazaret_store::{Delivery, DeliveryState, Role};
use serde::Deserialize;

use super::{Frame, Page, ago, caller, see, sender, shown, when};
use crate::app::App;
use crate::mirror::broken_store;
use crate::problem::Problem;
use crate::webhooks::WebhookFormat;

/// Deliveries shown.
const SHOWN: u32 = 100;

#[derive(Template)]
#[template(path = "web/webhooks.html")]
struct Webhooks {
    frame: Frame,
    hooks: Vec<Hook>,
    deliveries: Vec<Line>,
}

struct Hook {
    name: String,
    host: String,
    format: &'static str,
    is_signed: bool,
    events: String,
    queued: u64,
    dead: u64,
}

struct Line {
    id: String,
    hook: String,
    event: String,
    body: String,
    created: String,
    state: &'static str,
    outcome: &'static str,
    attempts: u32,
    said: String,
    next: String,
}

pub(super) async fn get(State(app): State<Arc<App>>, headers: HeaderMap, uri: Uri) -> Page {
    let caller = caller(&app, &headers, &uri).await?;
    caller.needs(Role::Admin)?;
    let db = &app.mirror.store.db;
    let counts = db.delivery_counts().await.map_err(broken_store)?;
    let of = |name: &str, state| {
        let mut counts = counts.iter();
        let count = counts.find(|(hook, of, _)| hook == name && *of == state);
        count.map_or(0, |(.., count)| *count)
    };
    let hooks = app.webhooks.all.iter().map(|hook| Hook {
        name: hook.name.clone(),
        host: hook.poster.host(),
        format: match hook.format {
            WebhookFormat::Json => "json",
            WebhookFormat::Slack => "slack",
        },
        is_signed: hook.secret.is_some(),
        events: hook.events.iter().cloned().collect::<Vec<_>>().join(", "),
        queued: of(&hook.name, DeliveryState::Queued),
        dead: of(&hook.name, DeliveryState::Dead),
    });
    let deliveries = db.deliveries(SHOWN).await.map_err(broken_store)?;
    let now = Timestamp::now();
    shown(&Webhooks {
        frame: Frame::new(&caller, "webhooks"),
        hooks: hooks.collect(),
        deliveries: deliveries
            .into_iter()
            .map(|of| Line::new(of, now))
            .collect(),
    })
}

impl Line {
    fn new(of: Delivery, now: Timestamp) -> Self {
        Self {
            id: of.id,
            hook: of.hook,
            event: of.event,
            body: printable_up_to(&of.body, 4000).into_owned(),
            created: ago(of.created_at, now),
            state: of.state.as_str(),
            outcome: match of.state {
                DeliveryState::Queued => "quarantine",
                DeliveryState::Done => "allow",
                DeliveryState::Dead => "block",
            },
            attempts: of.attempts,
            said: match (of.error, of.status) {
                (Some(error), _) => error,
                (None, Some(status)) => format!("answered {status}"),
                (None, None) => String::new(),
            },
            next: match of.state {
                DeliveryState::Queued if of.attempts > 0 => when(of.not_before),
                _ => String::new(),
            },
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Act {
    form: String,
    what: String,
    /// The name of a webhook, or the id of a delivery.
    of: String,
}

pub(super) async fn post(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Form(act): Form<Act>,
) -> Page {
    let caller = sender(&app, &headers, &act.form).await?;
    match act.what.as_str() {
        "test" => drop(app.test_webhook(&caller, &act.of).await?),
        "again" => app.deliver_again(&caller, &act.of).await?,
        _ => return Err(Problem::bad_request("that can be tested or delivered again").into()),
    }
    see("/-/lazaret/webhooks")
}
