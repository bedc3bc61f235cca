//! What is decided about many versions at once: for `lazaret check`, which has a lockfile full of them. Nothing is asked of
//! the upstream for it.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use http::HeaderMap;
use jiff::Timestamp;
use lazaret_npm::{Integrity, Version};
use lazaret_policy::{Effect, Outcome, Reason, Reviewed, Verdict, review};
use serde::{Deserialize, Serialize};

use super::{Reply, json};
use crate::app::App;
use crate::inventories::unpacked;
use crate::mirror::Mirror;
use crate::pages::parse_id;
use crate::problem::Problem;

/// Versions that one question may name.
const MOST: usize = 100_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    packages: Vec<AskedOf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedOf {
    /// `NAME@VERSION`.
    id: String,
    /// As it is locked: approvals are of bytes.
    integrity: Option<String>,
}

/// What is to be said of one version.
#[derive(Serialize)]
struct Said {
    id: String,
    /// `block`: it is, or would be, refused. `approved`: people looked at these very bytes.
    outcome: &'static str,
    rule: &'static str,
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

pub(super) async fn post(State(app): State<Arc<App>>, headers: HeaderMap, body: Bytes) -> Reply {
    app.access.by_token(&headers)?;
    let mirror = Arc::clone(&app.mirror);
    let answer = move || {
        let body = unpacked(&headers, &body)?;
        let asked: Asked = super::read(&body)?;
        if asked.packages.len() > MOST {
            return Err(Problem::bad_request(format!(
                "a question may name {MOST} versions, this one names {}",
                asked.packages.len()
            )));
        }
        let mut said = Vec::new();
        for of in &asked.packages {
            said.extend(of.said(&mirror)?);
        }
        Ok(said)
    };
    let said = tokio::task::spawn_blocking(answer).await;
    let said = said.map_err(|_| Problem::internal())??;
    json(200, &serde_json::json!({ "schema": 1, "verdicts": said }))
}

impl AskedOf {
    /// Nothing where nothing is to be said.
    fn said(&self, mirror: &Mirror) -> Result<Option<Said>, Problem> {
        let (name, version) = parse_id(&self.id)?;
        let Some(version) = version else {
            return Err(Problem::bad_request("ask for versions, as in chalk@5.6.1"));
        };
        let integrity = self.integrity.as_deref();
        let integrity = integrity.and_then(|text| Integrity::parse(text).ok());
        let sha512 = integrity.and_then(|integrity| integrity.sha512_hex());
        let rulebook = mirror.rulebook.load();
        let is_internal = rulebook.policy.is_internal(&name);
        let advisories = match is_internal {
            true => Vec::new(),
            false => rulebook.advisories.for_package(&name),
        };
        let verdict =
            mirror.verdict_on_installed(&rulebook, &name, version, &advisories, sha512.as_deref());
        // That a name is our own says nothing against what our own registry has under it.
        let mut blocks = verdict.reasons.iter().filter(|reason| {
            reason.effect == Effect::Block && !(is_internal && reason.rule == "internal")
        });
        if let Some(reason) = blocks.next() {
            return Ok(Some(self.told("block", reason)));
        }
        // Whatever would hold it: approvals are what lifts that.
        let held = Reason {
            rule: "behaviour",
            effect: Effect::Quarantine,
            text: String::new(),
            until: None,
            url: None,
        };
        let semver = Version::parse(version).ok();
        let of = Reviewed {
            version,
            semver: semver.as_ref(),
            sha512: sha512.as_deref(),
        };
        let held = Verdict {
            outcome: Outcome::Quarantine { until: None },
            reasons: vec![held],
            changes_at: None,
        };
        let heard = rulebook.reviews.apply(held, &name, &of, Timestamp::now());
        if heard.outcome.is_held() {
            return Ok(None);
        }
        let mut approvals = heard
            .reasons
            .iter()
            .filter(|reason| reason.rule == review::RULE);
        Ok(approvals
            .next()
            .map(|approval| self.told("approved", approval)))
    }

    fn told(&self, outcome: &'static str, reason: &Reason) -> Said {
        Said {
            id: self.id.clone(),
            outcome,
            rule: reason.rule,
            reason: reason.text.clone(),
            url: reason.url.clone(),
        }
    }
}
