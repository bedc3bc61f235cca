//! The forms that decide.

use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use lazaret_store::ReviewSubject;
use serde::Deserialize;

use super::{Page, path_to, see, sender};
use crate::app::App;
use crate::deciding::{Wanted, WantedOf};
use crate::pages::parse_id;
use crate::problem::Problem;

#[derive(Deserialize)]
pub(super) struct Decision {
    form: String,
    /// `NAME@VERSION`, or with a range the name.
    package: String,
    #[serde(default)]
    range: String,
    #[serde(default)]
    sha512: String,
    decision: String,
    #[serde(default)]
    reason: String,
    /// Days; empty for ever.
    #[serde(default)]
    days: String,
    #[serde(default)]
    waive: String,
}

pub(super) async fn make(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Form(form): Form<Decision>,
) -> Page {
    let caller = sender(&app, &headers, &form.form).await?;
    let (name, version) = parse_id(&form.package)?;
    let (of, next) = match version {
        Some(version) => {
            let sha512 = Some(form.sha512).filter(|text| !text.is_empty());
            let of = WantedOf::Version(version.to_owned(), sha512);
            (of, path_to("version", &form.package))
        }
        None => (
            WantedOf::Range(form.range),
            path_to("package", name.as_str()),
        ),
    };
    let approve = match form.decision.as_str() {
        "approve" => true,
        "reject" => false,
        _ => return Err(Problem::bad_request("a decision is approve or reject").into()),
    };
    let wanted = Wanted {
        name,
        of,
        approve,
        // Whoever rejects may have ticked it before.
        waive: approve && form.waive == "yes",
        reason: form.reason,
        expires_at: end(&form.days)?,
    };
    app.decide(&caller, wanted).await?;
    see(&next)
}

fn end(days: &str) -> Result<Option<Timestamp>, Problem> {
    if days.is_empty() {
        return Ok(None);
    }
    let days: u16 = days
        .parse()
        .map_err(|_| Problem::bad_request("that is not a number of days"))?;
    let life = SignedDuration::from_hours(24 * i64::from(days));
    let end = Timestamp::now().checked_add(life);
    Ok(Some(end.unwrap_or(Timestamp::MAX)))
}

#[derive(Deserialize)]
pub(super) struct Withdrawal {
    form: String,
    id: String,
    #[serde(default)]
    reason: String,
}

pub(super) async fn withdraw(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Form(form): Form<Withdrawal>,
) -> Page {
    let caller = sender(&app, &headers, &form.form).await?;
    let row = app.withdraw(&caller, &form.id, &form.reason).await?;
    match &row.subject {
        ReviewSubject::Version { version, .. } => {
            see(&path_to("version", &format!("{}@{version}", row.name)))
        }
        ReviewSubject::Range(_) => see(&path_to("package", row.name.as_str())),
    }
}
