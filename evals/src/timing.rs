//! How long a package takes, and how much memory: the whole tree, one at a time, parent and worker on one core.

use crate::corpus::{Corpus, Package};
use crate::inspector::{Answer, Inspector, Question};
use crate::said::Told;
use anyhow::Result;
use serde::Serialize;

/// The bar on diffs is for packages of this size.
const ONE_MEGABYTE: u64 = 1 << 20;
const DIFFS: usize = 15;

#[derive(Debug, Serialize)]
pub(crate) struct Timing {
    pub(crate) packages: usize,
    pub(crate) no_verdict: usize,
    pub(crate) batch: usize,
    pub(crate) wall_ms: Distribution,
    /// Of parent and worker. In a shared process an average, not a package's own.
    pub(crate) cpu_ms: Distribution,
    pub(crate) javascript_megabytes: f64,
    pub(crate) megabytes_per_second: f64,
    pub(crate) megabytes_per_cpu_second: f64,
    /// Of the larger of parent and worker.
    pub(crate) peak_megabytes: f64,
    pub(crate) slowest: Vec<Slow>,
    pub(crate) largest: Vec<Slow>,
    /// `lazaret diff` of two tarballs of about 1 MB unpacked.
    pub(crate) diff_of_one_megabyte_ms: Distribution,
}

#[derive(Debug, Serialize)]
pub(crate) struct Distribution {
    pub(crate) median: f64,
    pub(crate) p90: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

#[derive(Debug, Serialize)]
pub(crate) struct Slow {
    what: String,
    wall_ms: f64,
    peak_megabytes: f64,
    javascript_megabytes: f64,
}

pub(crate) fn measure(inspector: &Inspector, corpus: &Corpus) -> Result<Timing> {
    let inspector = Inspector {
        jobs: 1,
        core: Some(0),
        ..inspector.clone()
    };
    let packages = corpus.packages()?;
    let questions: Vec<Question> = packages
        .iter()
        .map(|package| Question::inspect(corpus.tarball(&package.name, &package.version)))
        .collect();
    let told = Told::new("time", questions.len());
    let answers = inspector.ask_all(&questions, &|count| told.at(count));
    let timed: Vec<(&Package, Answer)> = packages.iter().zip(answers).collect();
    let diffs = diffs(&inspector, corpus, &packages)?;
    Ok(summed(&timed, inspector.batch, &diffs))
}

fn diffs(inspector: &Inspector, corpus: &Corpus, packages: &[Package]) -> Result<Vec<f64>> {
    let unpacked = |name: &str| {
        let sizes = packages.iter().filter(|package| package.name == name);
        sizes
            .map(|package| package.unpacked)
            .max()
            .unwrap_or_default()
    };
    let mut pairs = corpus.pairs()?;
    pairs.sort_by_key(|pair| unpacked(&pair.name).abs_diff(ONE_MEGABYTE));
    let answers = pairs.iter().take(DIFFS).map(|pair| {
        inspector.ask(&Question::diff(
            corpus.tarball(&pair.name, &pair.before),
            corpus.tarball(&pair.name, &pair.after),
        ))
    });
    Ok(answers.map(|answer| answer.used.wall_ms).collect())
}

fn summed(timed: &[(&Package, Answer)], batch: usize, diffs: &[f64]) -> Timing {
    let wall: Vec<f64> = timed
        .iter()
        .map(|(_, answer)| answer.used.wall_ms)
        .collect();
    let cpu: Vec<f64> = timed.iter().map(|(_, answer)| answer.used.cpu_ms).collect();
    let bytes: u64 = timed.iter().map(|(package, _)| package.javascript).sum();
    let megabytes = bytes as f64 / 1e6;
    let mut slow: Vec<&(&Package, Answer)> = timed.iter().collect();
    slow.sort_by(|(_, one), (_, other)| other.used.wall_ms.total_cmp(&one.used.wall_ms));
    let mut large: Vec<&(&Package, Answer)> = timed.iter().collect();
    large.sort_by_key(|(_, answer)| std::cmp::Reverse(answer.used.peak_bytes));
    let peak = large
        .first()
        .map_or(0, |(_, answer)| answer.used.peak_bytes);
    Timing {
        packages: timed.len(),
        no_verdict: timed
            .iter()
            .filter(|(_, answer)| answer.document.is_err())
            .count(),
        batch,
        javascript_megabytes: rounded(megabytes),
        megabytes_per_second: rounded(megabytes / (wall.iter().sum::<f64>() / 1e3)),
        megabytes_per_cpu_second: rounded(megabytes / (cpu.iter().sum::<f64>() / 1e3)),
        wall_ms: Distribution::of(wall),
        cpu_ms: Distribution::of(cpu),
        peak_megabytes: megabytes_of(peak),
        slowest: slow.into_iter().take(10).map(Slow::of).collect(),
        largest: large.into_iter().take(10).map(Slow::of).collect(),
        diff_of_one_megabyte_ms: Distribution::of(diffs.to_vec()),
    }
}

impl Distribution {
    /// By nearest rank.
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let rank = (share * values.len() as f64).ceil() as usize;
            rounded(
                values
                    .get(rank.saturating_sub(1))
                    .copied()
                    .unwrap_or_default(),
            )
        };
        Self {
            median: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            max: at(1.0),
        }
    }
}

impl Slow {
    fn of((package, answer): &(&Package, Answer)) -> Self {
        Self {
            what: format!("{}@{}", package.name, package.version),
            wall_ms: rounded(answer.used.wall_ms),
            peak_megabytes: megabytes_of(answer.used.peak_bytes),
            javascript_megabytes: rounded(package.javascript as f64 / 1e6),
        }
    }
}

fn megabytes_of(bytes: u64) -> f64 {
    rounded(bytes as f64 / f64::from(1 << 20))
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

impl Timing {
    pub(crate) fn print(&self) {
        println!(
            "\n## Time: {} packages, {} per process\n",
            self.packages, self.batch
        );
        self.wall_ms.print("wall");
        self.cpu_ms.print("cpu");
        println!(
            "{} MB of JavaScript: {} MB/s by the clock, {} MB/s of processor time",
            self.javascript_megabytes, self.megabytes_per_second, self.megabytes_per_cpu_second
        );
        println!(
            "peak memory {} MiB; no verdict on {}",
            self.peak_megabytes, self.no_verdict
        );
        self.diff_of_one_megabyte_ms.print("diff of 1 MB");
        for (title, packages) in [("slowest", &self.slowest), ("largest", &self.largest)] {
            println!("{title}");
            for one in packages {
                println!(
                    "  {:<48} {:>9.1} ms {:>7.1} MiB {:>7.2} MB of JavaScript",
                    one.what, one.wall_ms, one.peak_megabytes, one.javascript_megabytes
                );
            }
        }
    }
}

impl Distribution {
    fn print(&self, what: &str) {
        println!(
            "{what:<13} median {:.1} ms, p90 {:.1}, p99 {:.1}, max {:.1}",
            self.median, self.p90, self.p99, self.max
        );
    }
}

#[cfg(test)]
mod tests;
