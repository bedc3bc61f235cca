//! Decisions of people: checked, signed, logged and in force before the answer is given.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use lazaret_npm::{PackageName, Range, Version};
use lazaret_policy::review::{Decision, Subject};
use lazaret_policy::{Review, Reviews};
use lazaret_store::{
    Event, ReviewChange, ReviewDecision, ReviewFilter, ReviewRow, ReviewSubject, Role, Severity,
    Withdrawal, Write, random_id,
};

use crate::access::{Caller, unwritten};
use crate::app::App;
use crate::mirror::broken_store;
use crate::problem::Problem;

/// How long a waiver or an approval of a range may count, and anything else.
const WAIVER_DAYS: i64 = 90;
const REVIEW_DAYS: i64 = 3660;

/// Reviews in force at once: far above what people write.
const MOST: u32 = 1_000_000;

/// A decision that somebody wants to make.
pub(crate) struct Wanted {
    pub(crate) name: PackageName,
    pub(crate) of: WantedOf,
    pub(crate) approve: bool,
    /// Lifts a block, too.
    pub(crate) waive: bool,
    pub(crate) reason: String,
    pub(crate) expires_at: Option<Timestamp>,
}

pub(crate) enum WantedOf {
    /// With the bytes that the person looked at, where they said so.
    Version(String, Option<String>),
    Range(String),
}

impl App {
    /// Reads the decisions in force and has them judged by. One after the other, so that the last one read stays.
    pub(crate) async fn load_reviews(&self) -> anyhow::Result<()> {
        let _reading = self.deciding.lock().await;
        let filter = ReviewFilter {
            in_force: Some(Timestamp::now()),
            ..ReviewFilter::default()
        };
        let rows = self.mirror.store.db.reviews(&filter, MOST).await?;
        let reviews = rows.into_iter().filter_map(|row| {
            let id = row.id.clone();
            let review = of_row(row);
            if review.is_none() {
                tracing::error!(id, "a review cannot be read and does not count");
            }
            review
        });
        let reviews = Reviews::new(reviews.collect(), self.access.settings.approvals);
        if !reviews.is_empty() || !self.mirror.rulebook.load().reviews.is_empty() {
            self.mirror.change_reviews(&Arc::new(reviews));
        }
        Ok(())
    }

    /// Makes a decision.
    pub(crate) async fn decide(
        self: &Arc<Self>,
        caller: &Caller,
        wanted: Wanted,
    ) -> Result<ReviewRow, Problem> {
        caller.needs(Role::Reviewer)?;
        let now = Timestamp::now();
        let reason = reason(&wanted.reason)?;
        let decision = check(caller, &wanted, now)?;
        let subject = self.subject(&wanted).await?;
        self.refuse_idle(caller, &wanted, &subject, now).await?;
        let row = ReviewRow {
            id: random_id().map_err(broken_store)?,
            name: wanted.name,
            subject,
            decision,
            reason,
            person: caller.person.clone(),
            at: now,
            expires_at: wanted.expires_at,
            withdrawn: None,
        };
        let kind = match decision {
            ReviewDecision::Approve { lifts_block: true } => "waived",
            ReviewDecision::Approve { .. } => "approved",
            ReviewDecision::Reject => "rejected",
        };
        let acted = acted(caller, kind, &row, &row.reason);
        let made = Write::Review(ReviewChange::Made(row.clone()));
        self.enforce(&row.name, vec![made, acted]).await?;
        tracing::info!(
            name = %row.name, review = row.id, person = row.person, event = kind, "a decision was made"
        );
        Ok(row)
    }

    /// Takes a decision back: its author may, and admins.
    pub(crate) async fn withdraw(
        self: &Arc<Self>,
        caller: &Caller,
        id: &str,
        why: &str,
    ) -> Result<ReviewRow, Problem> {
        caller.needs(Role::Reviewer)?;
        let row = self.review(id).await?;
        if row.person != caller.person {
            caller.needs(Role::Admin)?;
        }
        let why = reason(why)?;
        let withdrawal = Withdrawal {
            at: Timestamp::now(),
            person: caller.person.clone(),
            reason: why.clone(),
        };
        let acted = acted(caller, "review-withdrawn", &row, &why);
        let withdrawn = Write::Review(ReviewChange::Withdrawn {
            id: row.id.clone(),
            withdrawal,
        });
        self.enforce(&row.name, vec![withdrawn, acted]).await?;
        self.review(id).await
    }

    /// One decision; 404 if there is none of this id.
    pub(crate) async fn review(&self, id: &str) -> Result<ReviewRow, Problem> {
        let row = self.mirror.store.db.review(id).await;
        row.map_err(broken_store)?
            .ok_or_else(|| Problem::gone("there is no such review"))
    }

    /// Stores, puts in force, and judges the package by it, so that the queue is right when the answer is read.
    async fn enforce(
        self: &Arc<Self>,
        name: &PackageName,
        writes: Vec<Write>,
    ) -> Result<(), Problem> {
        self.mirror.store.write(writes).await.map_err(unwritten)?;
        self.load_reviews().await.map_err(broken_store)?;
        if let Err(problem) = self.mirror.listing(name).await {
            tracing::warn!(%name, "not judged anew after a decision: {}", problem.text());
        }
        self.write_noted().await;
        Ok(())
    }

    /// What exactly is decided about: a version is decided about with its bytes.
    async fn subject(self: &Arc<Self>, wanted: &Wanted) -> Result<ReviewSubject, Problem> {
        let (version, seen) = match &wanted.of {
            WantedOf::Version(version, seen) => (version, seen),
            WantedOf::Range(range) => return Ok(ReviewSubject::Range(range.trim().to_owned())),
        };
        let name = &wanted.name;
        let loaded = self.mirror.current(name).await?;
        let past = self.mirror.past(name).await?;
        let row = past.version(version);
        let entry = loaded.packument.entry(version);
        if entry.is_none() && row.is_none() {
            return Err(loaded.listing.no_version(version));
        }
        let pinned = row.and_then(|row| row.sha512.clone());
        let sha512 = pinned.or_else(|| loaded.packument.offered(entry?)?.sha512_hex());
        let Some(sha512) = sha512 else {
            return Err(Problem::conflict(format!(
                "the bytes of {name}@{version} are not known yet, and the registry offers no sha512 of them: it has \
                 to be fetched before it can be decided about"
            )));
        };
        if seen.as_ref().is_some_and(|seen| *seen != sha512) {
            return Err(Problem::conflict(format!(
                "{name}@{version} does not have the bytes that were looked at: reload its page"
            )));
        }
        Ok(ReviewSubject::Version {
            version: version.clone(),
            sha512,
        })
    }

    /// A decision that could not take effect is refused rather than stored.
    async fn refuse_idle(
        &self,
        caller: &Caller,
        wanted: &Wanted,
        subject: &ReviewSubject,
        now: Timestamp,
    ) -> Result<(), Problem> {
        let filter = ReviewFilter {
            name: Some(wanted.name.clone()),
            in_force: Some(now),
            before: None,
        };
        let rows = self.mirror.store.db.reviews(&filter, 1000).await;
        for row in rows.map_err(broken_store)? {
            if row.subject != *subject {
                continue;
            }
            let rejects = row.decision == ReviewDecision::Reject;
            if wanted.approve && rejects {
                return Err(Problem::conflict(format!(
                    "{} rejected it: that has to be withdrawn first (review {})",
                    row.person, row.id
                )));
            }
            let waives = row.decision == ReviewDecision::Approve { lifts_block: true };
            if row.person == caller.person && wanted.approve != rejects && wanted.waive == waives {
                return Err(Problem::conflict(format!(
                    "you decided so before (review {}): withdraw that to say it anew",
                    row.id
                )));
            }
        }
        Ok(())
    }
}

/// Whether a decision counts at a moment.
pub(crate) fn is_in_force(row: &ReviewRow, now: Timestamp) -> bool {
    row.withdrawn.is_none() && row.expires_at.is_none_or(|end| end > now)
}

/// Whether a decision is about a version.
pub(crate) fn concerns(row: &ReviewRow, version: &str) -> bool {
    match &row.subject {
        ReviewSubject::Version { version: of, .. } => of == version,
        ReviewSubject::Range(range) => Range::parse(range)
            .ok()
            .zip(Version::parse(version).ok())
            .is_some_and(|(range, version)| range.satisfies_including_prereleases(&version)),
    }
}

pub(crate) fn reason(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 1000 {
        return Err(Problem::bad_request(
            "this needs a reason of 1 to 1000 characters",
        ));
    }
    Ok(text.to_owned())
}

fn check(caller: &Caller, wanted: &Wanted, now: Timestamp) -> Result<ReviewDecision, Problem> {
    let is_range = matches!(wanted.of, WantedOf::Range(_));
    if let WantedOf::Range(range) = &wanted.of {
        let range = range.trim();
        if range.is_empty() || Range::parse(range).is_err() {
            return Err(Problem::bad_request(
                "this is not a range of versions, such as ^5.6.0 or *",
            ));
        }
    }
    if wanted.waive {
        caller.needs(Role::Admin)?;
        if !wanted.approve || is_range {
            return Err(Problem::bad_request(
                "a waiver approves one exact version although a rule blocks it",
            ));
        }
    }
    let most = match wanted.waive || (wanted.approve && is_range) {
        true => WAIVER_DAYS,
        false => REVIEW_DAYS,
    };
    match wanted.expires_at {
        Some(end) if end <= now => {
            return Err(Problem::bad_request("the decision would end in the past"));
        }
        Some(end) if end.duration_since(now) > SignedDuration::from_hours(24 * most) => {
            return Err(Problem::bad_request(format!(
                "such a decision counts for {most} days at most"
            )));
        }
        None if most == WAIVER_DAYS => {
            return Err(Problem::bad_request(
                "a waiver, and the approval of a range, need an end: say when",
            ));
        }
        _ => {}
    }
    Ok(match wanted.approve {
        true => ReviewDecision::Approve {
            lifts_block: wanted.waive,
        },
        false => ReviewDecision::Reject,
    })
}

fn acted(caller: &Caller, kind: &str, row: &ReviewRow, reason: &str) -> Write {
    let (version, detail) = match &row.subject {
        ReviewSubject::Version { version, sha512 } => (
            Some(version.clone()),
            serde_json::json!({
                "review": row.id, "reason": reason, "sha512": sha512, "expires_at": row.expires_at,
            }),
        ),
        ReviewSubject::Range(range) => (
            None,
            serde_json::json!({
                "review": row.id, "reason": reason, "range": range, "decision": row.decision.as_str(),
                "expires_at": row.expires_at,
            }),
        ),
    };
    let event = Event {
        at: Timestamp::now(),
        kind: kind.to_owned(),
        severity: Severity::Info,
        name: Some(row.name.clone()),
        version,
        detail: detail.to_string(),
    };
    let actor = caller.person.clone();
    Write::Acted { actor, event }
}

fn of_row(row: ReviewRow) -> Option<(PackageName, Review)> {
    let subject = match row.subject {
        ReviewSubject::Version { version, sha512 } => Subject::Version { version, sha512 },
        ReviewSubject::Range(range) => Subject::Range(Range::parse(&range).ok()?),
    };
    let decision = match row.decision {
        ReviewDecision::Approve { lifts_block } => Decision::Approve { lifts_block },
        ReviewDecision::Reject => Decision::Reject,
    };
    let review = Review {
        subject,
        decision,
        reason: row.reason,
        person: row.person,
        expires_at: row.expires_at,
    };
    Some((row.name, review))
}
