//! `lazaret review show`: all that is known of one version, or one decision.

use super::list::decisions;
use super::{items, text};
use crate::commands::asking::Asking;
use crate::exit::{Ending, Exit};
use crate::output::{self, BOLD, Format, PLAIN};
use clap::Args;
use lazaret_npm::PackageId;
use std::fmt::Write;

/// Show the verdict on a version with its reasons and the decisions about it.
#[derive(Debug, Args)]
pub(super) struct Show {
    /// The package and its exact version, such as chalk@5.6.1.
    #[arg(value_name = "NAME@VERSION")]
    id: PackageId,
    /// How to print it.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    asking: Asking,
}

impl Show {
    pub(super) fn run(self) -> Ending {
        let id = self.id.to_string();
        let answer = self.asking.mirror()?.get(&["versions", &id], &[])?;
        let verdict = &answer["verdict"];
        if matches!(self.format, Format::Json) {
            output::json(&answer);
        } else {
            let mut page = format!(
                "{BOLD}{}{PLAIN}: {}\n",
                text(verdict, "id"),
                text(verdict, "outcome")
            );
            for reason in items(verdict, "reasons") {
                let (rule, effect) = (text(reason, "rule"), text(reason, "effect"));
                let _ = write!(
                    page,
                    "\n  {rule} ({effect})\n    {}\n",
                    text(reason, "text")
                );
            }
            let _ = write!(page, "\n{}", decisions(items(&answer, "reviews")));
            output::result(&page);
        }
        Ok(match verdict["outcome"].as_str() {
            Some("quarantine" | "block") => Exit::Findings,
            _ => Exit::Clean,
        })
    }
}
