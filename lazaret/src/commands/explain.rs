//! `lazaret explain`: the page of a rule.

use crate::config::did_you_mean;
use crate::exit::{Ending, Exit, Failure};
use crate::output::{self, BOLD, PLAIN, columns};
use clap::Args;
use lazaret_analysis::DETECTORS;
use lazaret_policy::RULES;

/// Say what a rule finds, why, and how it looks; without a rule, list all of them.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// A detector of `inspect` and `diff`, a rule of the policy or one of `check`, as findings and reasons name it: wallet-swap.
    #[arg(value_name = "RULE")]
    rule: Option<String>,
}

impl Explain {
    pub(crate) fn run(self) -> Ending {
        match self.rule {
            Some(rule) => output::result(&format!("{}\n", page(&rule)?.trim_end())),
            None => output::result(&list()),
        }
        Ok(Exit::Clean)
    }
}

fn page(rule: &str) -> Result<String, Failure> {
    // As a reader may copy it out of a report.
    let asked = rule.trim().to_ascii_lowercase().replace('_', "-");
    // A detector may have a rule of its name, which says what happens to what it finds.
    let detector = lazaret_analysis::detector(&asked).map(|detector| detector.page);
    let rule_of_policy = lazaret_policy::rules::rule(&asked).map(|rule| rule.page);
    let rule_of_check = lazaret_project::rules::rule(&asked).map(|rule| rule.page);
    let pages = detector.into_iter().chain(rule_of_policy);
    let pages: Vec<&str> = pages.chain(rule_of_check).collect();
    if !pages.is_empty() {
        return Ok(pages.join("\n"));
    }
    let all = detectors().chain(rules()).chain(checks());
    let all = all.map(|(id, _)| id);
    Err(Failure::wrong_use(format!(
        "there is no rule `{rule}`{}; `lazaret explain` lists all",
        did_you_mean(&asked, all)
    )))
}

fn list() -> String {
    let table = |rules: &mut dyn Iterator<Item = (&str, &str)>| {
        let rows: Vec<Vec<String>> = rules
            .map(|(id, title)| vec![format!("  {id}"), title.to_owned()])
            .collect();
        columns(&rows)
    };
    format!(
        "{BOLD}Detectors{PLAIN}: what `lazaret inspect` and `lazaret diff` find\n\n{}\n{BOLD}Policy rules{PLAIN}: what `lazaret serve` holds versions by\n\n{}\n{BOLD}Lockfile rules{PLAIN}: what `lazaret check` finds\n\n{}",
        table(&mut detectors()),
        table(&mut rules()),
        table(&mut checks())
    )
}

fn detectors() -> impl Iterator<Item = (&'static str, &'static str)> {
    DETECTORS
        .iter()
        .map(|detector| (detector.id, detector.title))
}

fn checks() -> impl Iterator<Item = (&'static str, &'static str)> {
    lazaret_project::RULES
        .iter()
        .map(|rule| (rule.id, rule.title))
}

fn rules() -> impl Iterator<Item = (&'static str, &'static str)> {
    RULES.iter().map(|rule| (rule.id, rule.title))
}
