//! The figures of a run in one report, and what they are measured against.

use crate::false_alarms::{Counts, FalseAlarms};
use crate::fixtures::{BLIND, TUNED};
use crate::hostile::Hostile;
use crate::recall::Recall;
use crate::robustness::Robustness;
use crate::timing::Timing;
use serde::Serialize;

#[derive(Default, Serialize)]
pub(crate) struct Report {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) recall: Vec<Recall>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cold: Option<FalseAlarms>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) diff: Option<FalseAlarms>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) robustness: Option<Robustness>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hostile: Option<Hostile>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) time: Option<Timing>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    bars: Vec<Bar>,
}

#[derive(Clone, Serialize)]
struct Bar {
    measure: String,
    bar: &'static str,
    value: String,
    met: bool,
}

impl Report {
    pub(crate) fn print_bars(&mut self) {
        let mut bars = Vec::new();
        let mut add = |measure: &str, bar: &'static str, value: String, met: bool| {
            bars.push(Bar {
                measure: measure.to_owned(),
                bar,
                value,
                met,
            });
        };
        for recall in &self.recall {
            let (bar, least) = match recall.set.as_str() {
                TUNED => ("100 % of rows", 100.0),
                set if BLIND.contains(&set) => (">= 85 % of rows at first contact", 85.0),
                _ => continue,
            };
            let measure = format!("recall, {}", recall.set);
            add(
                &measure,
                bar,
                recall.rows.to_string(),
                recall.rows.percent >= least,
            );
        }
        if let Some(diff) = &self.diff {
            add(
                "quarantine, diff",
                "<= 1.0 % of >= 300",
                diff.all.quarantine.to_string(),
                few(&diff.all, 300),
            );
            if let Some(patch) = diff.parts.get("patch") {
                add(
                    "quarantine, patch releases",
                    "0",
                    patch.quarantine.to_string(),
                    patch.quarantine.hits == 0,
                );
            }
            add(
                "block, diff",
                "0",
                diff.all.block.to_string(),
                diff.all.block.hits == 0,
            );
        }
        if let Some(cold) = &self.cold {
            add(
                "quarantine, cold",
                "<= 1.0 % of >= 1,300",
                cold.all.quarantine.to_string(),
                few(&cold.all, 1300),
            );
            add(
                "block, cold",
                "0",
                cold.all.block.to_string(),
                cold.all.block.hits == 0,
            );
        }
        if let Some(robustness) = &self.robustness {
            let worst = robustness.worst();
            add(
                "recall lost to the worst disguise",
                "<= 10 points",
                format!("{worst:.1} points"),
                worst <= 10.0,
            );
        }
        if let Some(hostile) = &self.hostile {
            let held = hostile.held;
            add(
                "hostile inputs held within limits",
                "all",
                held.to_string(),
                held.hits == held.of,
            );
        }
        if let Some(time) = &self.time {
            let wall = &time.wall_ms;
            let value = format!(
                "median {} ms, p99 {} ms, max {} ms",
                wall.median, wall.p99, wall.max
            );
            let met = wall.median <= 20.0 && wall.p99 <= 1e3 && wall.max <= 30e3;
            add(
                "time per package",
                "median <= 20 ms, p99 <= 1 s, max <= 30 s",
                value,
                met,
            );
            let speed = time.megabytes_per_second;
            add(
                "JavaScript",
                ">= 40 MB/s",
                format!("{speed} MB/s"),
                speed >= 40.0,
            );
            let peak = time.peak_megabytes;
            add(
                "peak memory",
                "<= 512 MiB",
                format!("{peak} MiB"),
                peak <= 512.0,
            );
            let diff = &time.diff_of_one_megabyte_ms;
            add(
                "diff of 1 MB, median",
                "<= 150 ms",
                format!("{} ms", diff.median),
                diff.median <= 150.0,
            );
        }
        println!("\n## Bars\n");
        for bar in &bars {
            let mark = if bar.met { "met " } else { "MISS" };
            println!("{mark} {:<36} {:<42} {}", bar.measure, bar.bar, bar.value);
        }
        self.bars = bars;
    }
}

/// At most one in a hundred held; what got no verdict counts as held.
fn few(counts: &Counts, least: usize) -> bool {
    let held = counts.quarantine.hits + counts.no_verdict.hits;
    counts.quarantine.of >= least && held * 100 <= counts.quarantine.of
}
