//! The four checks over all lockfiles, put together.

use super::Check;
use super::base::{Base, Before};
use crate::advisory_index;
use crate::config::Loaded;
use crate::exit::{Exit, Failure};
use crate::surroundings::Surroundings;
use jiff::{SignedDuration, Timestamp};
use lazaret_npm::lockfile::{Fault, Lines, Spot};
use lazaret_policy::{AdvisoryIndex, Policy, Severity};
use lazaret_project::advisories::{self, Judged, Question};
use lazaret_project::baseline::{self, Baseline};
use lazaret_project::changes::{Change, changes};
use lazaret_project::waivers::{self, Waivers};
use lazaret_project::{Check as Kind, Files, Finding, Project, State, Unreadable, rules};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Everything that is to be said.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Those that were understood.
    pub(crate) lockfiles: Vec<Summary>,
    /// The gravest first within each check.
    pub(crate) findings: Vec<Finding>,
    /// By lockfile, if there was something to compare with.
    pub(crate) changes: Vec<(String, Vec<Change>)>,
    /// Only of `--policy-dry-run`.
    pub(crate) held: Vec<Judged>,
    /// Why something could not be checked: the check, and a sentence.
    pub(crate) incomplete: Vec<(Kind, String)>,
    pub(crate) warnings: Vec<String>,
    /// What was compared with.
    pub(crate) base: Option<String>,
    pub(crate) is_dry_run: bool,
}

/// A lockfile that was understood.
#[derive(Debug)]
pub(crate) struct Summary {
    pub(crate) path: String,
    pub(crate) format: &'static str,
    pub(crate) version: String,
    pub(crate) packages: usize,
}

/// How one check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Ok,
    /// Something was found, but nothing fails.
    Found,
    Failed,
    Incomplete,
    /// Nobody asked for it.
    NotAsked,
}

impl Outcome {
    pub(crate) fn is_complete(&self) -> bool {
        self.incomplete.is_empty()
    }

    pub(crate) fn of(&self, kind: Kind) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(move |finding| finding.check == kind)
    }

    pub(crate) fn status(&self, kind: Kind) -> Status {
        if self.of(kind).any(Finding::counts) {
            Status::Failed
        } else if self.incomplete.iter().any(|(of, _)| *of == kind) {
            Status::Incomplete
        } else if kind == Kind::Changes && self.base.is_none() {
            Status::NotAsked
        } else if self.of(kind).next().is_some() || (kind == Kind::Changes && self.changed() > 0) {
            Status::Found
        } else {
            Status::Ok
        }
    }

    /// How many packages changed.
    pub(crate) fn changed(&self) -> usize {
        self.changes.iter().map(|(_, changes)| changes.len()).sum()
    }

    /// `integrity ok · malicious FAILED 1 · vulnerabilities 3 (1 waived) · changes 4 to review`.
    pub(crate) fn line(&self) -> String {
        let parts = Kind::ALL.map(|kind| {
            let all = self
                .of(kind)
                .filter(|finding| finding.severity > Severity::Info)
                .count();
            let failing = self.of(kind).filter(|finding| finding.counts()).count();
            let state =
                |is: fn(&State) -> bool| self.of(kind).filter(|finding| is(&finding.state)).count();
            let waived = state(|state| matches!(state, State::Waived { .. }));
            let known = state(|state| *state == State::Baselined);
            let mut text = match self.status(kind) {
                Status::Failed => format!("FAILED {failing}"),
                Status::Incomplete => "NOT CHECKED".to_owned(),
                Status::NotAsked => "not asked".to_owned(),
                _ if kind == Kind::Changes && self.changed() > 0 => {
                    format!("{} to review", self.changed())
                }
                Status::Found if all > 0 => all.to_string(),
                Status::Found | Status::Ok => "ok".to_owned(),
            };
            let extra = [(waived, "waived"), (known, "in the baseline")];
            let extra: Vec<String> = extra
                .iter()
                .filter(|(count, _)| *count > 0)
                .map(|(count, what)| format!("{count} {what}"))
                .collect();
            if !extra.is_empty() {
                text.push_str(&format!(" ({})", extra.join(", ")));
            }
            format!("{} {text}", kind.as_str())
        });
        parts.join(" · ")
    }
}

/// What lies where.
struct Target {
    root: PathBuf,
    /// How the root is called in paths that are shown; ends with a slash unless empty.
    prefix: String,
    /// One lockfile, or all.
    only: Option<String>,
}

pub(super) fn run(
    check: &Check,
    loaded: &Loaded,
    surroundings: &Surroundings,
) -> Result<Outcome, Failure> {
    let now = Timestamp::now();
    let mut outcome = Outcome {
        base: check.base.clone().or_else(|| {
            check
                .base_file
                .as_ref()
                .map(|path| path.display().to_string())
        }),
        is_dry_run: check.policy_dry_run,
        ..Outcome::default()
    };
    let index = advisories_of(check, loaded, now, &mut outcome);
    let paths = match check.paths.as_slice() {
        [] => vec![PathBuf::from(".")],
        paths => paths.to_vec(),
    };
    let mut root = None;
    for path in &paths {
        let target = target(path, surroundings)?;
        let files =
            Files::below(&target.root).map_err(|error| Failure::new(Exit::WrongUse, error))?;
        let mut findings = Vec::new();
        for (path, why) in &files.unread {
            outcome
                .incomplete
                .push((Kind::Integrity, format!("{}{path}: {why}", target.prefix)));
        }
        let base = Base::of(check, &target.root)?;
        let projects = match &target.only {
            Some(file) => vec![Project::read(&files, file)],
            None => Project::all(&files),
        };
        if check.base_file.is_some() && projects.len() != 1 {
            return Err(Check::wrong("--base-file is for one lockfile: name it"));
        }
        for project in projects {
            match project {
                Ok(project) => one(
                    check,
                    loaded,
                    &index,
                    &base,
                    &files,
                    project,
                    &target,
                    now,
                    &mut outcome,
                    &mut findings,
                ),
                Err(unreadable) => findings.push(told(&unreadable, &mut outcome)),
            }
        }
        for finding in &mut findings {
            finding.file = format!("{}{}", target.prefix, finding.file);
        }
        outcome.findings.append(&mut findings);
        root.get_or_insert(target.root);
    }
    let root = root.unwrap_or_default();
    excuse(check, &root, now, &mut outcome)?;
    outcome.findings.sort_by(|one, other| {
        let key = |finding: &Finding| {
            (
                finding.check,
                !finding.counts(),
                std::cmp::Reverse(finding.severity),
                finding.file.clone(),
                finding.place,
                finding.rule,
            )
        };
        key(one).cmp(&key(other))
    });
    Ok(outcome)
}

fn target(path: &Path, surroundings: &Surroundings) -> Result<Target, Failure> {
    let full = surroundings.directory.join(path);
    let metadata = std::fs::metadata(&full)
        .map_err(|error| Check::wrong(format!("cannot read {}: {error}", path.display())))?;
    let (root, shown, only) = match metadata.is_dir() {
        true => (full, path.to_owned(), None),
        false => {
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
            let name = name.filter(|name| lazaret_npm::lockfile::FILES.contains(&name.as_str()));
            let Some(name) = name else {
                let all = lazaret_npm::lockfile::FILES.join(", ");
                return Err(Check::wrong(format!(
                    "{} is no lockfile; they are called {all}",
                    path.display()
                )));
            };
            let parent = path.parent().unwrap_or(Path::new("")).to_owned();
            (surroundings.directory.join(&parent), parent, Some(name))
        }
    };
    let shown = shown.to_string_lossy().replace('\\', "/");
    let shown = shown.trim_start_matches("./").trim_end_matches('/');
    // Paths in results are from the working directory on, as code hosts want them.
    let prefix = match shown {
        "" | "." => String::new(),
        shown => format!("{shown}/"),
    };
    Ok(Target { root, prefix, only })
}

/// The one lockfile that a path means, and the folder that it lies in.
///
/// # Errors
/// When there is none, more than one, or one that is not understood.
pub(crate) fn lockfile_at(
    path: &Path,
    surroundings: &Surroundings,
) -> Result<(PathBuf, Project), Failure> {
    let target = target(path, surroundings)?;
    let files = Files::below(&target.root).map_err(|error| Failure::new(Exit::WrongUse, error))?;
    let mut found: Vec<String> = match &target.only {
        Some(file) => vec![file.clone()],
        None => files.lockfiles_in("").map(str::to_owned).collect(),
    };
    // npm reads the shrinkwrap where both are there.
    if found.iter().any(|name| name == "npm-shrinkwrap.json") {
        found.retain(|name| name != "package-lock.json");
    }
    let file = match found.as_slice() {
        [one] => one,
        [] => {
            let error = anyhow::anyhow!("there is no lockfile in {}", path.display());
            return Err(Failure::new(Exit::Nothing, error));
        }
        several => {
            let names = several.join(", ");
            return Err(Check::wrong(format!("there are {names}: name one of them")));
        }
    };
    let project = Project::read(&files, file).map_err(|unreadable| {
        let error = anyhow::anyhow!("{}: {}", unreadable.path, unreadable.error);
        Failure::new(Exit::Nothing, error)
    })?;
    Ok((target.root, project))
}

/// The index, and what its absence or age keeps from being checked.
fn advisories_of(
    check: &Check,
    loaded: &Loaded,
    now: Timestamp,
    outcome: &mut Outcome,
) -> AdvisoryIndex {
    let read = match loaded.data() {
        Ok(data) => advisory_index::read(&data),
        Err(_) => Ok(None),
    };
    let index = match read {
        Ok(index) => index,
        Err(error) => {
            unchecked(outcome, format!("{error:#}"));
            return AdvisoryIndex::empty();
        }
    };
    let newest = index.as_ref().and_then(AdvisoryIndex::newest_modified);
    let limit = SignedDuration::from_hours(24 * i64::from(check.max_feed_age));
    match (advisory_index::complaint(index.as_ref(), now), newest) {
        (Some(complaint), None) => unchecked(outcome, complaint),
        (Some(complaint), Some(newest)) if now.duration_since(newest) > limit => {
            unchecked(
                outcome,
                format!("{complaint} (--max-feed-age {})", check.max_feed_age),
            );
        }
        (Some(complaint), Some(_)) => outcome.warnings.push(complaint),
        (None, _) => {}
    }
    index.unwrap_or_else(AdvisoryIndex::empty)
}

fn unchecked(outcome: &mut Outcome, why: String) {
    outcome.incomplete.push((Kind::Malicious, why.clone()));
    outcome.incomplete.push((Kind::Vulnerabilities, why));
}

#[expect(
    clippy::too_many_arguments,
    reason = "each is one thing that a lockfile is checked with"
)]
fn one(
    check: &Check,
    loaded: &Loaded,
    index: &AdvisoryIndex,
    base: &Base,
    files: &Files,
    project: Project,
    target: &Target,
    now: Timestamp,
    outcome: &mut Outcome,
    findings: &mut Vec<Finding>,
) {
    let policy: &Policy = &loaded.config.policy;
    let path = project.path();
    let shown = format!("{}{path}", target.prefix);
    outcome.lockfiles.push(Summary {
        path: shown.clone(),
        format: project.lockfile.format.as_str(),
        version: project.lockfile.version.text.to_string(),
        packages: project.lockfile.packages().count(),
    });
    let before = match base.before(files, &path) {
        Before::NotAsked => None,
        Before::New => {
            outcome
                .warnings
                .push(format!("{shown} is new: everything in it is"));
            None
        }
        Before::Unreadable(why) => {
            outcome.incomplete.push((
                Kind::Changes,
                format!("the base could not be understood: {why}"),
            ));
            None
        }
        Before::Read(project) => Some(*project),
    };
    let known: Option<BTreeSet<String>> = before.as_ref().map(|before| {
        before
            .lockfile
            .packages()
            .map(lazaret_npm::Locked::id)
            .collect()
    });
    let has_base = !matches!(base, Base::None);
    let question = Question {
        index,
        policy,
        fails_from: check.fails_from(policy.vulnerable.severity, has_base),
        production_only: check.prod,
        known: known.as_ref(),
        now,
    };
    if check.policy_dry_run {
        outcome
            .held
            .extend(advisories::dry_run(&project, &question, |_, _| None));
        return;
    }
    let mut allowed: BTreeSet<String> = check.allow_host.iter().cloned().collect();
    for url in [
        &loaded.config.upstream.registry,
        &loaded.config.server.public_url,
    ]
    .into_iter()
    .flatten()
    {
        let port = url.port().map_or(String::new(), |port| format!(":{port}"));
        allowed.extend(url.host_str().map(|host| format!("{host}{port}")));
    }
    findings.extend(rules::findings(&project, before.as_ref(), &allowed));
    findings.extend(advisories::findings(&project, &question));
    if let Some(before) = &before {
        outcome.changes.push((shown, changes(before, &project)));
    }
}

/// A file that was not understood: never "no issues".
fn told(unreadable: &Unreadable, outcome: &mut Outcome) -> Finding {
    outcome.incomplete.push((
        Kind::Integrity,
        format!("{}: {}", unreadable.path, unreadable.error),
    ));
    let rule = match unreadable.error.fault {
        Fault::Binary => "lockfile-binary",
        _ => "lockfile-unreadable",
    };
    let lines = Lines::new(&unreadable.text);
    let message = unreadable.error.fault.to_string();
    let mut finding = Finding::at(
        Kind::Integrity,
        rule,
        Severity::High,
        unreadable.path.clone(),
        &lines,
        Spot::default(),
        message,
    );
    finding.place = unreadable.error.place;
    finding.end = unreadable.error.place;
    finding.end.column += 1;
    finding.line = lines.line(finding.place.line).to_owned();
    finding.fails = true;
    finding
}

/// Waivers, then the baseline.
fn excuse(
    check: &Check,
    root: &Path,
    now: Timestamp,
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    if let Some((path, text)) = file(check.waivers.as_deref(), root, waivers::FILE)? {
        let waivers = Waivers::parse(&text)
            .map_err(|why| Check::wrong(format!("{}: {why}", path.display())))?;
        let notes = waivers.apply(&mut outcome.findings, now);
        outcome
            .warnings
            .extend(notes.into_iter().map(|note| note.text));
    }
    if check.write_baseline {
        let path = check
            .baseline
            .clone()
            .unwrap_or_else(|| root.join(baseline::FILE));
        let baseline = Baseline::of(&outcome.findings);
        std::fs::write(&path, baseline.to_text()).map_err(|error| {
            Failure::new(
                Exit::Incomplete,
                anyhow::anyhow!("cannot write {}: {error}", path.display()),
            )
        })?;
        let _ = baseline.apply(&mut outcome.findings);
        return Ok(());
    }
    if let Some((path, text)) = file(check.baseline.as_deref(), root, baseline::FILE)? {
        let baseline = Baseline::parse(&text)
            .map_err(|why| Check::wrong(format!("{}: {why}", path.display())))?;
        let left = baseline.apply(&mut outcome.findings);
        let gone = baseline.findings.len() - left.findings.len();
        if gone > 0 {
            outcome.warnings.push(format!(
                "{gone} of the baseline's findings are gone: write it anew with --write-baseline"
            ));
        }
    }
    Ok(())
}

/// A file that was named, or the usual one where it lies.
fn file(
    named: Option<&Path>,
    root: &Path,
    usual: &str,
) -> Result<Option<(PathBuf, String)>, Failure> {
    let path = named.map_or_else(|| root.join(usual), Path::to_owned);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some((path, text))),
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Check::wrong(format!(
            "cannot read {}: {error}",
            path.display()
        ))),
    }
}
