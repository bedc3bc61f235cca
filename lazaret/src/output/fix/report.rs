//! The report of an incident, in Markdown, made of the plan and, where they are given, of a scan and of who got what.

use super::changes::diffs;
use crate::commands::{FixStatus, Fixed};
use crate::output::report::{code, html};
use jiff::Timestamp;
use lazaret_npm::text::printable_up_to;
use serde_json::Value;
use std::fmt::Write;

/// Rows of a table that comes from another document.
const MOST_ROWS: usize = 500;

/// Characters of a line of a file that are shown.
const LINE_LIMIT: usize = 300;

pub(crate) fn markdown(
    outcome: &Fixed,
    scan: Option<&Value>,
    who_has: &[Value],
    now: Timestamp,
) -> String {
    let mut text = String::new();
    let project = outcome.project.as_deref().unwrap_or("this project");
    let _ = writeln!(text, "# Incident: bad versions in {}\n", plain(project));
    let _ = writeln!(
        text,
        "Written {} by `lazaret fix` over {}.\n",
        now.strftime("%Y-%m-%d %H:%M UTC"),
        code(&outcome.lockfile)
    );
    let line = match outcome.status {
        FixStatus::Nothing => "Nothing bad is locked.".to_owned(),
        FixStatus::Stuck => "Nothing could be changed.".to_owned(),
        FixStatus::Planned => "The change below is a plan: nothing was written yet.".to_owned(),
        FixStatus::Done => format!(
            "{} gone, {} remain.",
            outcome.gone.len(),
            outcome.remains.len()
        ),
    };
    let _ = writeln!(text, "{line}\n\n## What was locked\n");
    text.push_str("| package | what | known as | why |\n| --- | --- | --- | --- |\n");
    for bad in &outcome.bad {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            code(&bad.id()),
            bad.cause.as_str(),
            plain(&bad.ids.join(", ")),
            plain(&bad.why)
        );
    }
    text.push_str("\n## What was changed\n\n");
    for step in &outcome.steps {
        let what = match (step.from.as_str(), step.to.as_str()) {
            ("", to) => format!("{} is new", code(to)),
            (from, "") => format!("{} goes", code(from)),
            (from, to) => format!("{} becomes {}", code(from), code(to)),
        };
        let _ = writeln!(text, "- {what}: {}", plain(&step.because));
    }
    for one in &outcome.remains {
        let _ = writeln!(
            text,
            "- **{} remains**, because {}",
            code(&one.bad.id()),
            plain(&one.because)
        );
    }
    for (_, lines) in diffs(outcome) {
        text.push_str("\n```diff\n");
        for line in lines {
            let shown = line.replace('\t', "    ");
            // Nothing in a file ends the block.
            let shown = printable_up_to(&shown, LINE_LIMIT).replace("```", "` ` `");
            let _ = writeln!(text, "{shown}");
        }
        text.push_str("```\n");
    }
    if let Some(verified) = &outcome.verified {
        let what = if verified.success {
            "accepts"
        } else {
            "does **not** accept"
        };
        let _ = writeln!(
            text,
            "\n`{}` in a copy of the project {what} the new lockfile.",
            verified.command
        );
    }
    downloads(who_has, &mut text);
    found(scan, &mut text);
    advice(outcome, &mut text);
    text
}

/// What others wrote, in a sentence or in a cell of a table.
fn plain(text: &str) -> String {
    html(text).replace('|', "\\|").replace('[', "&#91;")
}

fn downloads(who_has: &[Value], text: &mut String) {
    text.push_str("\n## Who got it through the mirror\n\n");
    if who_has.is_empty() {
        text.push_str(
            "Not asked: `lazaret who-has NAME@VERSION --format json` and `--who-has FILE`.\n",
        );
        return;
    }
    let clients: Vec<&Value> = who_has
        .iter()
        .filter_map(|one| one["clients"].as_array())
        .flatten()
        .collect();
    if clients.is_empty() {
        text.push_str("Nobody did.\n");
        return;
    }
    text.push_str("| package | version | who | first | last | times | with |\n| --- | --- | --- | --- | --- | --- | --- |\n");
    for (one, client) in who_has
        .iter()
        .flat_map(|one| {
            let clients = one["clients"].as_array().map_or(&[][..], Vec::as_slice);
            clients.iter().map(move |client| (one, client))
        })
        .take(MOST_ROWS)
    {
        let field = |name: &str| match &client[name] {
            Value::String(text) => plain(text),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        let who = match client["kind"].as_str() {
            Some("token") => format!("{} ({})", field("label"), field("person")),
            _ => field("client"),
        };
        let name = one["package"]
            .as_str()
            .or_else(|| one["name"].as_str())
            .unwrap_or_default();
        let _ = writeln!(
            text,
            "| {} | {} | {who} | {} | {} | {} | {} |",
            plain(name),
            field("version"),
            field("first_at"),
            field("last_at"),
            field("count"),
            field("agent")
        );
    }
    if clients.len() > MOST_ROWS || who_has.iter().any(|one| one["more"] == true) {
        text.push_str("\nand more.\n");
    }
}

fn found(scan: Option<&Value>, text: &mut String) {
    text.push_str("\n## Where it was found on disks\n\n");
    let Some(scan) = scan else {
        text.push_str("Not asked: `lazaret scan PATH... --format json` and `--scan FILE`.\n");
        return;
    };
    let hits = scan["hits"].as_array().map_or(&[][..], Vec::as_slice);
    if hits.is_empty() {
        text.push_str("Nowhere.\n");
    } else {
        text.push_str("| where | what | known as | how sure | has its code run? | first seen |\n| --- | --- | --- | --- | --- | --- |\n");
    }
    for hit in hits.iter().take(MOST_ROWS) {
        let field = |name: &str| hit[name].as_str().unwrap_or_default();
        let place = match field("inside") {
            "" => code(field("path")),
            inside => format!("{} in {}", code(inside), code(field("path"))),
        };
        let known = [field("campaign"), field("advisory")].join(" ");
        let _ = writeln!(
            text,
            "| {} | {} {} | {} | {} | {} | {} |",
            place.replace('|', "\\|"),
            plain(field("what")),
            plain(field("subject")),
            plain(known.trim()),
            plain(field("confidence")),
            plain(field("ran")),
            plain(field("first_seen"))
        );
    }
    if hits.len() > MOST_ROWS {
        text.push_str("\nand more.\n");
    }
    if scan["complete"] == false {
        text.push_str("\nNot everything could be read: see the scan.\n");
    }
}

fn advice(outcome: &Fixed, text: &mut String) {
    let Some(advice) = &outcome.advice else {
        return;
    };
    text.push_str("\n## What is left to do\n\n");
    for stop in &advice.stop {
        let _ = writeln!(text, "- [ ] {}", plain(stop));
    }
    for cache in &advice.caches {
        let _ = writeln!(
            text,
            "- [ ] clear caches: `{}` ({})",
            cache.line, cache.what
        );
    }
    for (about, secrets) in &advice.rotate {
        let _ = writeln!(text, "- [ ] replace ({}):", plain(about));
        for secret in secrets {
            let _ = writeln!(text, "  - [ ] {}", plain(secret));
        }
    }
    for clean in &advice.clean {
        let _ = writeln!(text, "- [ ] {}", plain(clean));
    }
    for look in &advice.look {
        let _ = writeln!(text, "- [ ] {}: {}", look.what, code(&look.line));
    }
}
