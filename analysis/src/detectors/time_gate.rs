//! Something that waits for a day, or for hours.

use super::{Detector, Looks};
use crate::facts::{Call, Facts};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::value::Value;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "time-gate",
    title: "Waits before it does something",
    severity: Severity::Medium,
    cold: Severity::Low,
    page: include_str!("time_gate.md"),
    looks: Looks::File(look),
};

/// Longer than anybody watches. Caches and retries wait minutes.
const LONG: f64 = 20.0 * 60.0 * 1_000.0;
/// What a timer can count to; such a timer keeps a process alive.
const FOR_EVER: f64 = 2_147_483_647.0;

fn look(file: &FileView<'_>, found: &mut Found) {
    for call in &file.facts.calls {
        let phase = file.phase_of(call.function);
        let Some(message) = waits(call)
            .or_else(|| sleeps(call))
            .or_else(|| dated(call, &file.facts))
        else {
            continue;
        };
        let severity = match phase {
            Phase::Install => Severity::Medium,
            Phase::Import => Severity::Low,
            _ => continue,
        };
        found.call(call).severity(severity).message(message).add();
    }
}

fn waits(call: &Call) -> Option<&'static str> {
    let delay = match &*call.callee {
        "setTimeout" | "timers.setTimeout" => call.args.get(1),
        "timers/promises.setTimeout" => call.args.first(),
        _ => None,
    };
    match delay {
        Some(Value::Number(delay)) if *delay >= LONG && *delay < FOR_EVER => {
            Some("waits for many minutes before it goes on")
        }
        _ => None,
    }
}

fn sleeps(call: &Call) -> Option<&'static str> {
    let stops = &*call.callee == "Atomics.wait"
        && matches!(call.args.get(3), Some(Value::Number(delay)) if *delay >= 60_000.0);
    stops.then_some("stops the whole process for a minute or more")
}

/// A day written down, in a file that asks for today's and starts or ends something.
fn dated(call: &Call, facts: &Facts) -> Option<&'static str> {
    let is_day = call.new
        && &*call.callee == "Date"
        && match call.args.first() {
            Some(Value::String(text)) => {
                text.starts_with("20") && text.len() >= 8 && text.as_bytes().get(4) == Some(&b'-')
            }
            Some(Value::Number(year)) => *year >= 2020.0 && *year < 2100.0 && call.args.len() >= 2,
            _ => false,
        };
    let asks = || {
        facts.calls.iter().any(|other| {
            &*other.callee == "Date.now" || (&*other.callee == "Date" && other.args.is_empty())
        })
    };
    let acts = || {
        facts.calls.iter().any(|other| {
            &*other.callee == "process.exit"
                || other.uses.starts_process
                || other.uses.runs_text.is_some()
        })
    };
    (is_day && asks() && acts())
        .then_some("compares today with a day that is written down, and starts or ends something")
}
