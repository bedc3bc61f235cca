//! What `hygiene` asks of others: workers what files import, the registry what it knows of packages.

use crate::commands::{all_processors, inspecting::in_order};
use crate::exit::Failure;
use crate::inspection::Inspector;
use crate::output;
use crate::packages::Source;
use lazaret_npm::PackageName;
use lazaret_project::Project;
use lazaret_project::hygiene::{FileImports, FromRegistry, Role, Sources, names_to_ask};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Bytes of files that one worker is asked of at once.
const BATCH: usize = 4 << 20;

/// Processor time for one batch.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Questions to a registry at one time.
const AT_ONCE: usize = 8;

/// Reasons that are named when it does not answer.
const MOST_REASONS: usize = 3;

/// What the project's own files import; what no worker could tell is a problem.
///
/// # Errors
/// When no worker can be started.
pub(super) fn imports(
    sources: &Sources,
    problems: &mut Vec<String>,
) -> Result<BTreeMap<String, FileImports>, Failure> {
    let mut batches: Vec<Vec<(String, Vec<u8>)>> = Vec::new();
    let mut left = 0;
    for file in sources
        .files
        .iter()
        .filter(|file| file.role == Role::Source)
    {
        if file.bytes.len() > left {
            batches.push(Vec::new());
            left = BATCH;
        }
        left = left.saturating_sub(file.bytes.len());
        if let Some(batch) = batches.last_mut() {
            batch.push((file.path.clone(), file.bytes.clone()));
        }
    }
    if batches.is_empty() {
        return Ok(BTreeMap::new());
    }
    let jobs = all_processors().min(batches.len());
    let inspector = Inspector::new(jobs, TIME_LIMIT)?;
    let bar = output::counter("reading", batches.len() as u64);
    let mut found = BTreeMap::new();
    let asked = in_order(
        &batches,
        jobs,
        |batch| inspector.imports(batch),
        |answer| {
            bar.inc(1);
            match answer {
                Ok(files) => found.extend(files.into_iter().map(|file| {
                    let imports = file.imports.into_iter();
                    let imports = FileImports {
                        imports: imports
                            .map(|import| (import.specifier, import.line))
                            .collect(),
                        unfinished: file.unfinished,
                    };
                    (file.path, imports)
                })),
                Err(unfinished) => {
                    let file = unfinished.file.unwrap_or_else(|| "some files".to_owned());
                    problems.push(format!("imports of {file} and others: {}", unfinished.why));
                }
            }
            Ok::<(), std::convert::Infallible>(())
        },
    );
    match asked {
        Ok(()) => {}
        Err(never) => match never {},
    }
    bar.finish_and_clear();
    Ok(found)
}

/// What the registry says of the packages; what it does not answer is a problem, what it does not have is none.
pub(super) fn registry(
    source: &Source,
    project: &Project,
    all: bool,
    problems: &mut Vec<String>,
) -> BTreeMap<String, FromRegistry> {
    let names: Vec<PackageName> = names_to_ask(project, all)
        .iter()
        .filter_map(|name| PackageName::parse(name).ok())
        .collect();
    let mut versions: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for entry in project.lockfile.packages() {
        let version = entry
            .version
            .as_ref()
            .map(|version| version.text.to_string());
        versions.entry(&entry.name).or_default().extend(version);
    }
    let bar = output::counter("asking", names.len() as u64);
    let mut found = BTreeMap::new();
    let mut failures = BTreeSet::new();
    let none = BTreeSet::new();
    let ask = |name: &PackageName| {
        let versions = versions.get(name.as_str()).unwrap_or(&none);
        let document = source.document(name);
        (
            name.to_string(),
            document.map(|document| FromRegistry::of(&document, versions)),
        )
    };
    let jobs = AT_ONCE.min(names.len().max(1));
    let asked = in_order(&names, jobs, ask, |(name, answer)| {
        bar.inc(1);
        let told = answer.unwrap_or_else(|missed| {
            if !missed.is_nothing {
                failures.insert(missed.why.clone());
            }
            FromRegistry::Unanswered(missed.why)
        });
        found.insert(name, told);
        Ok::<(), std::convert::Infallible>(())
    });
    match asked {
        Ok(()) => {}
        Err(never) => match never {},
    }
    bar.finish_and_clear();
    let more = failures.len().saturating_sub(MOST_REASONS);
    problems.extend(failures.into_iter().take(MOST_REASONS));
    if more > 0 {
        problems.push(format!(
            "{more} more packages of which the registry did not answer"
        ));
    }
    found
}
