//! `lazaret review approve`, `reject` and `withdraw`.

use super::{list, text};
use crate::commands::asking::Asking;
use crate::exit::{Ending, Exit, Failure};
use crate::output::{self, Format};
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use lazaret_npm::{PackageId, PackageName, Range};
use serde_json::{Value, json};

/// What a decision is about, and why.
#[derive(Debug, Args)]
struct About {
    /// The package and its exact version, such as chalk@5.6.1; with --range the name alone.
    #[arg(value_name = "NAME@VERSION")]
    id: String,
    /// All versions of the package in this range, those to come too.
    #[arg(long, value_name = "RANGE")]
    range: Option<Range>,
    /// Why, signed with your name.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// For so many days; without it, for ever.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..=3660))]
    days: Option<u16>,
    /// How to print it.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    asking: Asking,
}

/// Let a quarantined version through.
#[derive(Debug, Args)]
pub(super) struct Approve {
    #[command(flatten)]
    about: About,
    /// Lift a block as well. Takes an admin and --days up to 90.
    #[arg(long, requires = "days", conflicts_with = "range")]
    waiver: bool,
}

/// Do not serve a version, even if it was served before.
#[derive(Debug, Args)]
pub(super) struct Reject {
    #[command(flatten)]
    about: About,
}

impl Approve {
    pub(super) fn run(self) -> Ending {
        self.about.decide("approve", self.waiver)
    }
}

impl Reject {
    pub(super) fn run(self) -> Ending {
        self.about.decide("reject", false)
    }
}

impl About {
    fn decide(self, decision: &str, waiver: bool) -> Ending {
        let wrong = |message: String| Failure::wrong_use(message);
        let package = match &self.range {
            Some(_) => PackageName::parse(&self.id)
                .map_err(|error| wrong(error.to_string()))?
                .to_string(),
            None => PackageId::parse(&self.id)
                .map_err(|error| wrong(error.to_string()))?
                .to_string(),
        };
        let end = self.days.map(|days| {
            let life = SignedDuration::from_hours(24 * i64::from(days));
            Timestamp::now().checked_add(life).unwrap_or(Timestamp::MAX)
        });
        let body = json!({
            "package": package,
            "range": self.range.as_ref().map(ToString::to_string),
            "decision": decision,
            "waiver": waiver,
            "reason": self.reason,
            "expires_at": end,
        });
        let review = self.asking.mirror()?.post(&["reviews"], &body)?;
        told(&review, self.format)
    }
}

/// Take a decision back. It stays on record, with your reason.
#[derive(Debug, Args)]
pub(super) struct Withdraw {
    /// The decision, as `lazaret review list --decided` calls it.
    #[arg(value_name = "ID")]
    id: String,
    /// Why, signed with your name.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// How to print it.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    asking: Asking,
}

impl Withdraw {
    pub(super) fn run(self) -> Ending {
        let body = json!({ "reason": self.reason });
        let path = ["reviews", &self.id, "withdraw"];
        let review = self.asking.mirror()?.post(&path, &body)?;
        told(&review, self.format)
    }
}

fn told(review: &Value, format: Format) -> Ending {
    match format {
        Format::Json => output::json(review),
        Format::Human => {
            let until = match review["expires_at"].is_null() {
                true => String::new(),
                false => format!("in force until {}\n", text(review, "expires_at")),
            };
            let line = list::decisions(std::slice::from_ref(review));
            output::result(&format!("{line}{until}"));
        }
    }
    Ok(Exit::Clean)
}
