//! The report of an incident: what was there, who has it, what was done, what is left to do.

use super::Fix;
use super::run::Run;
use crate::exit::{Exit, Failure};
use crate::output;
use anyhow::{Context, anyhow};
use serde_json::Value;
use std::path::Path;

/// Larger documents are not read.
const MOST_BYTES: u64 = 256 << 20;

pub(super) fn write(path: &Path, fix: &Fix, run: &Run) -> Result<(), Failure> {
    let scan = fix.scan.as_deref().map(read).transpose()?;
    let who_has: Result<Vec<Value>, Failure> = fix.who_has.iter().map(|path| read(path)).collect();
    let text = output::incident(
        &run.outcome,
        scan.as_ref(),
        &who_has?,
        jiff::Timestamp::now(),
    );
    std::fs::write(path, text)
        .with_context(|| format!("cannot write {}", path.display()))
        .map_err(Failure::from)
}

fn read(path: &Path) -> Result<Value, Failure> {
    let wrong = |why: String| {
        let error = anyhow!("{}: {why}", path.display());
        Failure::new(Exit::WrongUse, error)
    };
    let size = std::fs::metadata(path)
        .map_err(|error| wrong(error.to_string()))?
        .len();
    if size > MOST_BYTES {
        return Err(wrong("it is larger than any result of lazaret".into()));
    }
    let bytes = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
    serde_json::from_slice(&bytes).map_err(|_| wrong("it is not JSON".into()))
}
