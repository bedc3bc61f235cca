//! `lazaret who-has`: who downloaded which versions of a package through the mirror, and which projects reported them.

use super::asking::Asking;
use crate::exit::{Ending, Exit, Failure};
use crate::output::{self, Format, columns, escaped};
use clap::Args;
use lazaret_npm::{PackageName, Range};
use serde_json::Value;

/// Say who downloaded a version, or any in a range: when first, when last, with what; and which projects have it.
///
/// Ends with 0 when nobody did and no project has it, with 1 when somebody has it.
#[derive(Debug, Args)]
pub(crate) struct WhoHas {
    /// The package and a range of versions, such as chalk@5.6.1 or "@scope/name@<2.0.0"; the name alone means all versions.
    #[arg(value_name = "NAME@RANGE")]
    spec: String,
    /// How to print it.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    asking: Asking,
}

impl WhoHas {
    pub(crate) fn run(self) -> Ending {
        let (name, range) = match self.spec.rfind('@').filter(|at| *at > 0) {
            Some(at) => (&self.spec[..at], &self.spec[at + 1..]),
            None => (self.spec.as_str(), "*"),
        };
        let wrong = |error: &dyn std::fmt::Display| Failure::wrong_use(error);
        PackageName::parse(name).map_err(|error| wrong(&error))?;
        Range::parse(range).map_err(|error| wrong(&error))?;
        let spec = format!("{name}@{range}");
        let answer = self.asking.mirror()?.get(&["who-has", &spec], &[])?;
        let list = |field: &str| answer[field].as_array().map_or(&[][..], Vec::as_slice);
        let (clients, projects) = (list("clients"), list("projects"));
        match self.format {
            Format::Json => output::json(&answer),
            Format::Human => {
                let more = answer["more"] == true || answer["more_projects"] == true;
                output::result(&told(&spec, clients, projects, more));
            }
        }
        Ok(match clients.is_empty() && projects.is_empty() {
            true => Exit::Clean,
            false => Exit::Findings,
        })
    }
}

fn told(spec: &str, clients: &[Value], projects: &[Value], more: bool) -> String {
    if clients.is_empty() && projects.is_empty() {
        return format!(
            "nobody got {} here, and no project reported it\n",
            escaped(spec)
        );
    }
    let rows = clients.iter().map(|client| {
        let text = |field: &str| match &client[field] {
            Value::String(text) => escaped(text).into_owned(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        let who = match client["kind"].as_str() {
            Some("token") => format!("{} ({})", text("label"), text("person")),
            _ => text("client"),
        };
        vec![
            text("version"),
            who,
            format!("first {}", text("first_at")),
            format!("last {}", text("last_at")),
            format!("{} times", text("count")),
            text("agent"),
        ]
    });
    let mut page = columns(&rows.collect::<Vec<_>>());
    let rows = projects.iter().map(|project| {
        let text = |field: &str| escaped(project[field].as_str().unwrap_or_default()).into_owned();
        let way = project["way"].as_array().map_or(&[][..], Vec::as_slice);
        let way: Vec<&str> = way.iter().filter_map(Value::as_str).collect();
        let reported = match project["revision"].as_str() {
            Some(revision) => format!(
                "reported {} of {}",
                text("reported_at"),
                escaped(short(revision))
            ),
            None => format!("reported {}", text("reported_at")),
        };
        vec![
            text("version"),
            format!("project {}", text("project")),
            text("lockfile"),
            text("scope"),
            format!("by way of {}", escaped(&way.join(" > "))),
            reported,
        ]
    });
    page.push_str(&columns(&rows.collect::<Vec<_>>()));
    if more {
        page.push_str("... and more: ask for a narrower range\n");
    }
    page
}

/// Of a commit, as much as people say.
fn short(revision: &str) -> &str {
    let is_hash = revision.len() >= 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hash { &revision[..12] } else { revision }
}
