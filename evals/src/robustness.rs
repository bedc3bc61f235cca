//! What a disguise hides: every tuned attack rewritten as real ones are, and how many are still held.

use crate::corpus::Corpus;
use crate::fixtures::Case;
use crate::inspector::Inspector;
use crate::recall;
use crate::tarball;
use crate::wilson::Share;
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha512};
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// As `tools/transform.mjs` names them.
const DISGUISES: [&str; 9] = [
    "renamed",
    "minified",
    "split",
    "wrapped",
    "obfuscated-low",
    "obfuscated-medium",
    "obfuscated-high",
    "bundled-esbuild",
    "bundled-rollup",
];

#[derive(Debug, Serialize)]
pub(crate) struct Robustness {
    pub(crate) disguises: Vec<Disguised>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Disguised {
    pub(crate) disguise: &'static str,
    /// The same cases undisguised.
    pub(crate) plain: Share,
    pub(crate) disguised: Share,
    pub(crate) points_lost: f64,
    /// Held plain, not held now.
    pub(crate) lost: Vec<String>,
    /// Files that the tool could not read and that stayed as they were.
    pub(crate) kept: Vec<String>,
}

/// What `transform.mjs` says of a case.
#[derive(Deserialize)]
struct Rewritten {
    payload: usize,
    kept: Vec<String>,
}

pub(crate) fn measure(
    inspector: &Inspector,
    corpus: &Corpus,
    evals: &Path,
    cases: &[Case],
) -> Result<Robustness> {
    let tools = installed(&corpus.tools(), &evals.join("tools"))?;
    let attacks: Vec<Case> = cases
        .iter()
        .filter(|case| case.is_attack())
        .cloned()
        .collect();
    let plain = recall::measure(inspector, "plain", &attacks)?;
    let held: BTreeSet<&str> = plain
        .cases
        .iter()
        .filter(|case| case.ok)
        .map(|case| case.case.as_str())
        .collect();
    let mut disguises = Vec::new();
    for disguise in DISGUISES {
        disguises.push(disguised(inspector, &tools, disguise, &attacks, &held)?);
    }
    Ok(Robustness { disguises })
}

fn disguised(
    inspector: &Inspector,
    tools: &Path,
    disguise: &'static str,
    attacks: &[Case],
    held: &BTreeSet<&str>,
) -> Result<Disguised> {
    let places = rewrite(tools, disguise, attacks)?;
    let mut kept = Vec::new();
    let mut cases = Vec::new();
    for (case, place) in attacks.iter().zip(places) {
        let rewritten: Rewritten =
            serde_json::from_slice(&fs::read(place.join("rewritten.json"))?)?;
        kept.extend(
            rewritten
                .kept
                .iter()
                .map(|file| format!("{}: {file}", case.name)),
        );
        // An attack whose payload is no JavaScript has nothing to disguise.
        if rewritten.payload > 0 {
            cases.push(case.moved_to(place));
        }
    }
    let plain = cases
        .iter()
        .filter(|case| held.contains(case.name.as_str()))
        .count();
    let plain = Share::new(plain, cases.len());
    let recall = recall::measure(inspector, disguise, &cases)?;
    let lost = recall
        .cases
        .iter()
        .filter(|case| !case.ok && held.contains(case.case.as_str()))
        .map(|case| case.case.clone())
        .collect();
    Ok(Disguised {
        disguise,
        points_lost: plain.percent - recall.flagged.percent,
        plain,
        disguised: recall.flagged,
        lost,
        kept,
    })
}

/// Rewrites what was not rewritten before: an obfuscator takes seconds, and rules are measured again and again.
fn rewrite(tools: &Path, disguise: &str, attacks: &[Case]) -> Result<Vec<PathBuf>> {
    let home = tools.join("rewritten").join(disguise);
    fs::create_dir_all(&home)?;
    let places: Vec<PathBuf> = attacks
        .iter()
        .map(|case| Ok(home.join(key(tools, case)?)))
        .collect::<Result<_>>()?;
    let jobs: Vec<_> = attacks
        .iter()
        .zip(&places)
        .filter(|(_, place)| !place.is_dir())
        .map(|(case, place)| json!({ "before": case.before(), "after": case.after(), "to": place }))
        .collect();
    if jobs.is_empty() {
        return Ok(places);
    }
    eprintln!("rewriting {} cases: {disguise}", jobs.len());
    let mut node = Command::new("node")
        .arg("transform.mjs")
        .arg(disguise)
        .current_dir(tools)
        .stdin(Stdio::piped())
        .spawn()
        .context("node does not run")?;
    let mut input = node.stdin.take().context("no input")?;
    input.write_all(&serde_json::to_vec(&jobs)?)?;
    drop(input);
    ensure!(node.wait()?.success(), "{disguise}: transform.mjs failed");
    Ok(places)
}

/// Of everything that decides what a rewritten case looks like.
fn key(tools: &Path, case: &Case) -> Result<String> {
    let mut hash = Sha512::new();
    for file in ["transform.mjs", "package-lock.json"] {
        hash.update(fs::read(tools.join(file))?);
    }
    for folder in case.before().into_iter().chain([case.after()]) {
        hash.update(tarball::of_folder(&folder)?);
    }
    let digest = hash.finalize();
    let hex: String = digest
        .iter()
        .take(12)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(format!("{}-{hex}", case.name))
}

/// The tools at their pinned versions, outside the repository, with no script of theirs run.
fn installed(home: &Path, from: &Path) -> Result<PathBuf> {
    fs::create_dir_all(home)?;
    for file in ["package.json", "package-lock.json", "transform.mjs"] {
        let at = || from.join(file).display().to_string();
        fs::copy(from.join(file), home.join(file)).with_context(at)?;
    }
    let lock = fs::read(home.join("package-lock.json"))?;
    let stamp = home.join("installed");
    if fs::read(&stamp).ok().as_ref() != Some(&lock) {
        let status = Command::new("npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(home)
            .status()?;
        ensure!(status.success(), "npm ci of the tools failed");
        fs::write(stamp, lock)?;
    }
    Ok(home.to_owned())
}

impl Robustness {
    /// The largest loss of all disguises.
    pub(crate) fn worst(&self) -> f64 {
        let losses = self.disguises.iter().map(|disguised| disguised.points_lost);
        losses.fold(0.0, f64::max)
    }

    pub(crate) fn print(&self) {
        println!("\n## Robustness\n");
        for disguised in &self.disguises {
            println!(
                "{:<18} plain {:>5.1} %  disguised {}  lost {:.1} points",
                disguised.disguise,
                disguised.plain.percent,
                disguised.disguised,
                disguised.points_lost
            );
            for case in &disguised.lost {
                println!("    lost {case}");
            }
            for file in &disguised.kept {
                println!("    not rewritten {file}");
            }
        }
    }
}
