//! For a reviewer at a terminal: the verdict, a line for each finding, then the details.

use super::words::{self, Group, count, groups, place};
use crate::inspection::{Document, Seen, Subject};
use crate::output::{BOLD, FAINT, GREEN, PLAIN, RED, YELLOW, escaped};
use lazaret_analysis::change::{Change, Files};
use lazaret_analysis::judge::{Addend, THRESHOLD};
use lazaret_analysis::report::Report;
use lazaret_analysis::{Capability, Outcome, Place, Profile, Severity};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Lines for findings of one severity; the rest is counted.
const MOST_LINES: usize = 12;

/// Findings that are shown with all that is known of them.
const MOST_DETAILS: usize = 12;

/// Names in a list of files, hosts, dependencies.
const MOST_NAMES: usize = 12;

const SEVERITIES: [Severity; 5] = [
    Severity::Critical,
    Severity::High,
    Severity::Medium,
    Severity::Low,
    Severity::Note,
];

/// One document. Lines of findings are cut to `width` characters.
pub(in crate::output) fn text(document: &Document, width: usize) -> String {
    let mut page = Page {
        text: String::new(),
        width,
    };
    page.verdict(document);
    page.findings(document);
    page.about(document);
    page.details(document);
    page.text
}

/// How many packages have which outcome.
pub(super) fn summary(tally: &BTreeMap<Outcome, usize>) -> String {
    let counts: Vec<String> = tally
        .iter()
        .rev()
        .map(|(outcome, count)| format!("{count} {}", words::outcome(*outcome)))
        .collect();
    let all = tally.values().sum();
    format!("{}: {}\n", count(all, "package"), counts.join(", "))
}

/// What did not protect this machine.
pub(super) fn missing(layers: &[String]) -> String {
    let layers: Vec<_> = layers.iter().map(|layer| escaped(layer)).collect();
    format!("\n{FAINT}the sandbox has no {PLAIN}{}\n", layers.join(", "))
}

struct Page {
    text: String,
    width: usize,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn verdict(&mut self, document: &Document) {
        let judgement = document.judgement();
        let colour = match judgement.outcome {
            Outcome::Allow | Outcome::Note => GREEN,
            Outcome::Quarantine => YELLOW,
            Outcome::Block => RED,
        };
        let outcome = words::outcome(judgement.outcome).to_uppercase();
        let release = words::release_of(document).map_or(String::new(), |release| {
            format!("{FAINT} ({release}){PLAIN}")
        });
        let title = words::title(document);
        let title = escaped(&title);
        let score = judgement.score;
        self.line(&format!(
            "{BOLD}{title}{PLAIN}{release}  {colour}{outcome}{PLAIN}  score {score} {FAINT}(held from {THRESHOLD} on){PLAIN}"
        ));
        for reason in words::other_reasons(document) {
            self.line(&format!("  {}", escaped(reason)));
        }
        for reason in &document.advisories {
            if let Some(url) = &reason.url {
                self.line(&format!("  {FAINT}{}{PLAIN}", escaped(url)));
            }
        }
    }

    fn findings(&mut self, document: &Document) {
        let news = document.news();
        let groups = groups(&news);
        let heading = match document.subject {
            Subject::Report(_) => "",
            Subject::Change(_) => "new, ",
        };
        for severity in SEVERITIES {
            let of_severity: Vec<&Group<'_>> = groups
                .iter()
                .filter(|group| group.first.finding.severity == severity)
                .collect();
            if of_severity.is_empty() {
                continue;
            }
            let colour = colour(severity);
            self.line(&format!(
                "\n{colour}{heading}{}{PLAIN}",
                words::severity(severity)
            ));
            let shown = &of_severity[..of_severity.len().min(MOST_LINES)];
            let places: Vec<String> = shown.iter().map(|group| narrow_place(group)).collect();
            let widest = |lengths: &mut dyn Iterator<Item = usize>| lengths.max().unwrap_or(0);
            let place_width = widest(&mut places.iter().map(|place| place.chars().count()));
            let rule_width = widest(&mut shown.iter().map(|group| group.first.finding.rule.len()));
            for (group, place) in shown.iter().zip(&places) {
                let rule = group.first.finding.rule;
                let said = said(group);
                let left = self
                    .width
                    .saturating_sub(place_width + rule_width + 6)
                    .max(20);
                let said = cut(&said, left);
                self.line(&format!(
                    "  {place:place_width$}  {colour}{rule:rule_width$}{PLAIN}  {said}"
                ));
            }
            let more: usize = of_severity[shown.len()..]
                .iter()
                .map(|group| 1 + group.more)
                .sum();
            if more > 0 {
                self.line(&format!(
                    "  {FAINT}and {more} more; --format json has all{PLAIN}"
                ));
            }
        }
        if let Subject::Change(change) = &document.subject {
            let old = change.findings.len() - news.len();
            if old > 0 || change.gone > 0 {
                self.line(&format!(
                    "\n{FAINT}as before: {}; gone: {}{PLAIN}",
                    count(old, "finding"),
                    change.gone
                ));
            }
        }
    }

    /// What it is and what changed, whether it is bad or not.
    fn about(&mut self, document: &Document) {
        let mut rows: Vec<(&str, Vec<String>)> = Vec::new();
        match &document.subject {
            Subject::Report(report) => of_report(report, &mut rows),
            Subject::Change(change) => of_change(change, &mut rows),
        }
        let incomplete = document.incomplete().iter().map(|incomplete| {
            let why = escaped(&incomplete.why);
            match &incomplete.file {
                Some(file) => format!("{}: {why}", escaped(file)),
                None => why.into_owned(),
            }
        });
        rows.push(("score", sum(&document.judgement().addends)));
        rows.push(("not inspected", listed(incomplete)));
        let left_out = document.inputs.iter().flat_map(|input| &input.left_out);
        rows.push(("not read", vec![joined(left_out.map(String::as_str))]));
        if let Some(layers) = &document.sandbox {
            rows.push((
                "sandbox",
                layers.iter().map(|layer| escaped(layer).into()).collect(),
            ));
        }
        rows.retain(|(_, lines)| lines.iter().any(|line| !line.is_empty()));
        let Some(widest) = rows.iter().map(|(name, _)| name.len()).max() else {
            return;
        };
        self.text.push('\n');
        for (name, lines) in rows {
            let mut name = name;
            for line in lines {
                self.line(format!("{FAINT}{name:widest$}{PLAIN}  {line}").trim_end());
                name = "";
            }
        }
    }

    fn details(&mut self, document: &Document) {
        let news = document.news();
        let groups = groups(&news);
        let worth_it = |group: &&Group<'_>| group.first.finding.severity >= Severity::Medium;
        let shown = groups.iter().filter(worth_it).take(MOST_DETAILS);
        for (index, group) in shown.enumerate() {
            if index == 0 {
                self.line(&format!("\n{BOLD}evidence{PLAIN}"));
            }
            self.detail(document, group);
        }
    }

    fn detail(&mut self, document: &Document, group: &Group<'_>) {
        let finding = group.first.finding;
        let place = words::exact_place(&finding.place);
        let _ = writeln!(
            self.text,
            "\n  {BOLD}{}{PLAIN}  {}{}{PLAIN} ({}), {}",
            escaped(&place),
            colour(finding.severity),
            finding.rule,
            words::severity(finding.severity),
            words::phase(finding.phase),
        );
        self.line(&format!("    {}", escaped(&finding.message)));
        if !finding.evidence.is_empty() {
            self.line(&format!("    {FAINT}{}{PLAIN}", escaped(&finding.evidence)));
        }
        let via = finding.via.iter().map(words::exact_place);
        let via: Vec<String> = via.map(|place| escaped(&place).into_owned()).collect();
        if !via.is_empty() {
            self.line(&format!("    with {}", via.join(", ")));
        }
        if group.more > 0 {
            self.line(&format!(
                "    and {} in the same file",
                count(group.more, "more place")
            ));
        }
        if let Some(code) = document.excerpt(finding) {
            for line in code.lines() {
                self.line(&format!("    {FAINT}|{PLAIN} {}", escaped(line)));
            }
        }
    }
}

fn colour(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => RED,
        Severity::Medium => YELLOW,
        Severity::Low | Severity::Note => FAINT,
    }
}

/// The end of a long path says more than its beginning.
fn narrow_place(group: &Group<'_>) -> String {
    const MOST: usize = 40;
    let place = place(&group.first.finding.place);
    let place = escaped(&place);
    let length = place.chars().count();
    match length.checked_sub(MOST) {
        None | Some(0) => place.into_owned(),
        Some(over) => format!("…{}", place.chars().skip(over + 1).collect::<String>()),
    }
}

fn said(group: &Group<'_>) -> String {
    let Seen { finding, .. } = group.first;
    let message = escaped(&finding.message);
    let more = match group.more {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    match escaped(&finding.evidence) {
        evidence if evidence.is_empty() => format!("{message}{more}"),
        evidence => format!("{message}{more}: {evidence}"),
    }
}

fn cut(text: &str, width: usize) -> String {
    match text.char_indices().nth(width) {
        None => text.to_owned(),
        Some(_) => {
            let kept: String = text.chars().take(width.saturating_sub(1)).collect();
            format!("{}…", kept.trim_end())
        }
    }
}

fn of_report(report: &Report, rows: &mut Vec<(&str, Vec<String>)>) {
    rows.push(("can do", vec![capabilities(&report.capabilities)]));
    let scripts = report
        .scripts
        .iter()
        .filter(|(name, _)| lazaret_analysis::manifest::INSTALL_SCRIPTS.contains(&name.as_str()))
        .map(|(name, command)| escaped(&format!("{name}: {command}")).into_owned());
    rows.push(("install scripts", listed(scripts)));
    let dependencies = report.dependencies.iter();
    let installed = dependencies
        .filter(|dependency| dependency.group == lazaret_analysis::manifest::Group::Dependencies)
        .map(|dependency| format!("{} {}", dependency.name, dependency.wanted));
    let installed: Vec<String> = installed.collect();
    rows.push((
        "dependencies",
        vec![joined(installed.iter().map(String::as_str))],
    ));
    let files = report.files;
    let size = match files.count {
        0 => String::new(),
        _ => format!(
            "{}, {} bytes; {}, {} bytes",
            counted(files.count, "file"),
            files.bytes,
            counted(files.scripts, "script"),
            files.script_bytes
        ),
    };
    rows.push(("size", vec![size]));
    let archive = report.archive.iter().map(|what| escaped(what).into_owned());
    rows.push(("archive", listed(archive)));
}

fn of_change(change: &Change, rows: &mut Vec<(&str, Vec<String>)>) {
    rows.push((
        "can now do",
        vec![capabilities(&change.capabilities.gained)],
    ));
    rows.push((
        "no longer does",
        vec![capabilities(&change.capabilities.lost)],
    ));
    let hosts = change.delta.hosts.iter().map(|(host, asked)| {
        let at = place(&asked.place);
        let phase = words::phase(asked.phase);
        format!(
            "{} {FAINT}({}, {phase}){PLAIN}",
            escaped(host),
            escaped(&at)
        )
    });
    rows.push(("new hosts", listed(hosts)));
    let scripts = change.delta.scripts.iter().map(words::script);
    let scripts = scripts.map(|script| escaped(&script).into_owned());
    rows.push(("scripts", listed(scripts)));
    let dependencies = change.delta.dependencies.iter().map(words::dependency);
    let dependencies = dependencies.map(|dependency| escaped(&dependency).into_owned());
    rows.push(("dependencies", listed(dependencies)));
    rows.push(("files", files(&change.delta.paths)));
    let functions = change.functions;
    let rebuilt = match functions.rebuilt {
        true => "; bundled anew, so calls are compared instead",
        false => "",
    };
    let line = match functions.after {
        0 => String::new(),
        after => format!("{} of {after} new{rebuilt}", functions.new),
    };
    rows.push(("functions", vec![line]));
    let archive = change.archive.iter().map(|what| escaped(what).into_owned());
    rows.push(("archive", listed(archive)));
}

/// How the score comes about: weights times percentages, each rounded down.
fn sum(addends: &[Addend]) -> Vec<String> {
    let shown = addends.iter().map(|addend| {
        let at = place(&addend.place);
        let factors = addend.factors.iter();
        let factors: String = factors
            .map(|factor| format!(" × {} % ({})", factor.percent, factor.why))
            .collect();
        let (points, weight) = (addend.points, addend.weight);
        let why = format!("{}, {at}: {weight}{factors}", addend.rule);
        format!("{points:>3} {FAINT}{}{PLAIN}", escaped(&why))
    });
    listed(shown)
}

fn capabilities(profile: &Profile) -> String {
    let shown: Vec<String> = profile
        .0
        .iter()
        .map(|(capability, place): (&Capability, &Place)| {
            let at = words::place(place);
            format!(
                "{} {FAINT}({}){PLAIN}",
                words::capability(*capability),
                escaped(&at)
            )
        })
        .collect();
    shown.join(", ")
}

fn files(paths: &Files) -> Vec<String> {
    [
        ("+", &paths.added),
        ("-", &paths.removed),
        ("~", &paths.changed),
    ]
    .into_iter()
    .filter(|(_, paths)| !paths.is_empty())
    .map(|(sign, paths)| format!("{sign} {}", joined(paths.iter().map(String::as_str))))
    .collect()
}

/// The first of them, one on each line, and how many more there are.
fn listed(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut lines: Vec<String> = lines.collect();
    let more = lines.len().saturating_sub(MOST_NAMES);
    if more > 0 {
        lines.truncate(MOST_NAMES);
        lines.push(format!("{FAINT}and {more} more{PLAIN}"));
    }
    lines
}

/// The same on one line.
fn joined<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.collect();
    let more = names.len().saturating_sub(MOST_NAMES);
    let shown = names.iter().take(MOST_NAMES).map(|name| escaped(name));
    let mut text = shown.collect::<Vec<_>>().join(", ");
    if more > 0 {
        let _ = write!(text, " {FAINT}and {more} more{PLAIN}");
    }
    text
}

fn counted(number: u64, what: &str) -> String {
    count(usize::try_from(number).unwrap_or(usize::MAX), what)
}
