//! Events of `lazaret watch` for people. What authors and feeds wrote is escaped.

use super::{BOLD, FAINT, PLAIN, RED, YELLOW, escaped};
use lazaret_npm::text::printable_up_to;
use lazaret_project::watch::event::{
    Advised, Burst, By, Digest, Event, Finding, Gone, Hint, NewVersion, News, Outcome, Trouble,
    Urgency,
};
use std::fmt::Write;

/// Characters of a headline: a subject of an e-mail, a notification.
const HEADLINE: usize = 200;

/// Findings, receivers and names that are shown; the rest is counted.
const FINDINGS: usize = 6;
const NAMES: usize = 8;
const BURST: usize = 30;
const DIGEST: usize = 40;

/// One line, without colours: what happened, and where.
pub(crate) fn headline(event: &Event) -> String {
    let what = match &event.news {
        News::Burst(burst) => {
            let count = burst.packages.len() + burst.more_packages;
            let held = burst
                .versions
                .iter()
                .filter(|version| version.is_held())
                .count();
            let held = match held {
                0 => String::new(),
                held => format!(", {held} of them would be held"),
            };
            format!("BURST: {count} versions {} within minutes{held}", by(burst))
        }
        News::NewVersion(version) => format!("{} {}", version.id(), judged(version)),
        News::Advisory(advised) if advised.malicious => {
            format!(
                "MALICIOUS and in use: {}@{}",
                advised.package, advised.version
            )
        }
        News::Advisory(advised) => {
            format!(
                "{}@{} has a known vulnerability ({})",
                advised.package, advised.version, advised.severity
            )
        }
        News::Gone(gone) => match &gone.version {
            Some(version) => format!(
                "{}@{version} is in use and gone from the registry",
                gone.package
            ),
            None => format!("{} is in use and gone from the registry", gone.package),
        },
        News::Hint(hint) => format!(
            "hint of {} about {}: {}",
            hint.source,
            hint.packages.join(", "),
            hint.title
        ),
        News::Trouble(trouble) if trouble.over => format!("{}: {}", trouble.with, trouble.text),
        News::Trouble(trouble) => format!("{} cannot be asked: {}", trouble.with, trouble.text),
        News::Digest(digest) => {
            let count = digest.versions.len() + digest.more_versions;
            format!(
                "digest: {count} new versions in {} packages that need no haste",
                digest.packages
            )
        }
    };
    let text = format!("[lazaret] {}: {what}", event.project);
    printable_up_to(&text, HEADLINE).into_owned()
}

/// All of it.
pub(crate) fn text(event: &Event) -> String {
    let mut page = Page::default();
    let colour = match event.urgency {
        Urgency::Critical | Urgency::High => RED,
        Urgency::Normal => YELLOW,
        Urgency::Low => BOLD,
    };
    let headline = headline(event);
    page.line(&format!(
        "{colour}{}{PLAIN}  {FAINT}{} {}{PLAIN}",
        escaped(&headline),
        time(event.at),
        escaped(&event.id)
    ));
    match &event.news {
        News::Burst(burst) => page.burst(burst),
        News::NewVersion(version) => page.version(version),
        News::Advisory(advised) => page.advised(advised),
        News::Gone(gone) => page.gone(gone),
        News::Hint(hint) => page.hint(hint),
        News::Trouble(trouble) => page.trouble(trouble),
        News::Digest(digest) => page.digest(digest),
    }
    page.0.push('\n');
    page.0
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn line(&mut self, line: &str) {
        let _ = writeln!(self.0, "{line}");
    }

    fn version(&mut self, version: &NewVersion) {
        for reason in &version.reasons {
            self.line(&format!("  {}", escaped(reason)));
        }
        for finding in version.findings.iter().take(FINDINGS) {
            self.finding(finding);
        }
        let more = version.findings.len().saturating_sub(FINDINGS) + version.more_findings;
        if more > 0 {
            self.line(&format!("  {FAINT}and {more} more findings{PLAIN}"));
        }
        self.about(version);
        let command = match &version.before {
            Some(before) => format!("lazaret diff {}@{before} {}", version.package, version.id()),
            None => format!("lazaret inspect {}", version.id()),
        };
        self.line(&format!(
            "  {FAINT}look at it:{PLAIN} {}",
            escaped(&command)
        ));
    }

    fn finding(&mut self, finding: &Finding) {
        let place = match finding.line {
            0 => finding.file.clone(),
            line => format!("{}:{line}", finding.file),
        };
        self.line(&format!(
            "  {YELLOW}{}{PLAIN} {}  {}  {} {FAINT}({}){PLAIN}",
            escaped(&finding.severity),
            escaped(&finding.rule),
            escaped(&place),
            escaped(&finding.message),
            escaped(&finding.phase),
        ));
        if !finding.evidence.is_empty() && finding.evidence != finding.message {
            self.line(&format!(
                "      {FAINT}{}{PLAIN}",
                escaped(&finding.evidence)
            ));
        }
    }

    /// Who, when, for whom.
    fn about(&mut self, version: &NewVersion) {
        let mut facts = Vec::new();
        if let Some(at) = version.published {
            facts.push(format!("published {}", time(at)));
        }
        if let Some(who) = &version.publisher {
            facts.push(format!("by {}", escaped(who)));
        }
        if let Some(until) = version.cooldown_until {
            facts.push(format!("in cooldown until {}", time(until)));
        }
        if !facts.is_empty() {
            self.line(&format!("  {}", facts.join(", ")));
        }
        if let Some(fixes) = &version.fixes {
            self.line(&format!("  {}", escaped(fixes)));
        }
        if !version.gained.is_empty() {
            self.line(&format!("  newly: {}", names(&version.gained)));
        }
        if !version.dependencies_added.is_empty() {
            self.line(&format!(
                "  new dependencies: {}",
                names(&version.dependencies_added)
            ));
        }
        self.line(&format!("  in use here: {}", names(&version.in_use)));
        self.line(&format!("  who would get it: {}", receivers(version)));
    }

    fn burst(&mut self, burst: &Burst) {
        self.line(&format!("  {} to {}", time(burst.first), time(burst.last)));
        let mut listed: Vec<String> = burst
            .packages
            .iter()
            .take(BURST)
            .map(|id| escaped(id).into_owned())
            .collect();
        let more = burst.packages.len().saturating_sub(BURST) + burst.more_packages;
        if more > 0 {
            listed.push(format!("and {more} more"));
        }
        self.line(&format!("  {}", listed.join(", ")));
        for version in &burst.versions {
            self.line(&format!(
                "  {BOLD}{}{PLAIN} {}",
                escaped(&version.id()),
                judged(version)
            ));
            if let Some(reason) = version.reasons.first() {
                self.line(&format!("    {}", escaped(reason)));
            }
            self.line(&format!(
                "    {FAINT}who would get it:{PLAIN} {}",
                receivers(version)
            ));
            if let Some(until) = version.cooldown_until {
                self.line(&format!(
                    "    {FAINT}in cooldown until{PLAIN} {}",
                    time(until)
                ));
            }
        }
        self.line("  a line in the sand: [policy] freeze = { effect = \"quarantine\", after = … } in lazaret.toml of your mirror");
    }

    fn advised(&mut self, advised: &Advised) {
        self.line(&format!("  {}", escaped(&advised.summary)));
        self.line(&format!(
            "  {}: {}",
            escaped(&advised.lockfile),
            escaped(&advised.way.join(" > "))
        ));
        if let Some(help) = &advised.help {
            self.line(&format!("  {}", escaped(help)));
        }
        if let Some(url) = &advised.url {
            self.line(&format!("  {FAINT}{}{PLAIN}", escaped(url)));
        }
        if advised.malicious {
            self.line("  what to do: lazaret scan, then lazaret fix");
        }
    }

    fn gone(&mut self, gone: &Gone) {
        let what = match &gone.version {
            Some(version) => format!("{}@{version}", gone.package),
            None => gone.package.clone(),
        };
        self.line(&format!(
            "  registries take malicious versions out: find out why {} went before you install it again",
            escaped(&what)
        ));
    }

    fn hint(&mut self, hint: &Hint) {
        self.line("  a hint, which nobody checked: no verdict");
        if let Some(at) = hint.published {
            self.line(&format!("  published {}", time(at)));
        }
        if let Some(url) = &hint.url {
            self.line(&format!("  {FAINT}{}{PLAIN}", escaped(url)));
        }
    }

    fn trouble(&mut self, trouble: &Trouble) {
        self.line(&format!("  since {}", time(trouble.since)));
    }

    fn digest(&mut self, digest: &Digest) {
        self.line(&format!(
            "  {} to {}; told at once in this time: {}",
            time(digest.since),
            time(digest.until),
            digest.told
        ));
        for quiet in digest.versions.iter().take(DIGEST) {
            let id = format!("{}@{}", quiet.package, quiet.version);
            let outcome = match quiet.outcome {
                Outcome::NotInspected => "  not inspected",
                Outcome::Note => "  worth a look",
                _ => "",
            };
            self.line(&format!("  {}{outcome}", escaped(&id)));
        }
        let more = digest.versions.len().saturating_sub(DIGEST) + digest.more_versions;
        if more > 0 {
            self.line(&format!("  and {more} more"));
        }
        for family in &digest.families {
            self.line(&format!(
                "  {} packages of {} came together, as they do",
                family.packages,
                escaped(&family.who)
            ));
        }
        for advised in digest.advisories.iter().take(DIGEST) {
            self.line(&format!("  {}", escaped(&advised.summary)));
        }
        let more = digest.advisories.len().saturating_sub(DIGEST) + digest.more_advisories;
        if more > 0 {
            self.line(&format!("  and {more} more advisories"));
        }
        for (package, why) in &digest.unanswered {
            self.line(&format!(
                "  {YELLOW}not answered:{PLAIN} {}: {}",
                escaped(package),
                escaped(why)
            ));
        }
        if digest.undelivered > 0 {
            self.line(&format!(
                "  {YELLOW}not delivered:{PLAIN} {} messages",
                digest.undelivered
            ));
        }
    }
}

fn by(burst: &Burst) -> String {
    match burst.by {
        By::Publisher => format!("by {}", burst.who),
        By::Scope => format!("of {}", burst.who),
    }
}

fn judged(version: &NewVersion) -> &'static str {
    match (version.malicious, version.outcome) {
        (true, _) => "is known to be malicious",
        (_, Outcome::Block) => "would be blocked",
        (_, Outcome::Quarantine) => "would be held",
        (_, Outcome::Note) => "is worth a look",
        (_, Outcome::Allow) => "is harmless as far as we see",
        (_, Outcome::NotInspected) => "was not inspected",
    }
}

fn receivers(version: &NewVersion) -> String {
    let mut told: Vec<String> = version
        .receivers
        .iter()
        .take(NAMES)
        .map(|one| {
            format!(
                "{} ({}, has {})",
                escaped(&one.dependent),
                escaped(&one.range),
                escaped(&one.locked)
            )
        })
        .collect();
    let more = version.receivers.len().saturating_sub(NAMES) + version.more_receivers;
    if more > 0 {
        told.push(format!("{more} more"));
    }
    if version.unknown_receivers > 0 {
        told.push(format!(
            "{} whose range is not known",
            version.unknown_receivers
        ));
    }
    match told.is_empty() {
        true => "nobody by range".to_owned(),
        false => told.join(", "),
    }
}

fn names(all: &[String]) -> String {
    let mut shown: Vec<String> = all
        .iter()
        .take(NAMES)
        .map(|name| escaped(name).into_owned())
        .collect();
    if all.len() > NAMES {
        shown.push(format!("{} more", all.len() - NAMES));
    }
    shown.join(", ")
}

/// To the second, UTC.
fn time(at: jiff::Timestamp) -> String {
    format!("{at:.0}")
}

#[cfg(test)]
mod tests;
