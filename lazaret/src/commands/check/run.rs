//! The four checks over all lockfiles, put together.

use super::Check;
use super::base::{Base, Before};
use super::outcome::{Outcome, Summary};
use super::registry::{Ask, Registry};
use crate::advisory_index;
use crate::commands::asking::Mirror;
use crate::config::Loaded;
use crate::exit::{Exit, Failure};
use crate::indicators;
use crate::replacing;
use crate::surroundings::Surroundings;
use jiff::{SignedDuration, Timestamp};
use lazaret_npm::PackageName;
use lazaret_policy::indicators::Indicators;
use lazaret_policy::{AdvisoryIndex, Policy};
use lazaret_project::advisories::{self, Question};
use lazaret_project::baseline::{self, Baseline, Look};
use lazaret_project::campaigns;
use lazaret_project::changes::changes;
use lazaret_project::reviews::{self, Reviews};
use lazaret_project::rules::{self, Known};
use lazaret_project::verdicts;
use lazaret_project::waivers::{self, Waivers};
use lazaret_project::{Check as Kind, Files, Finding, Project};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// How the names of files begin that are being written.
const HALF_DONE: &str = ".lazaret-baseline-";

pub(super) fn run(
    check: &Check,
    loaded: &Loaded,
    surroundings: &Surroundings,
) -> Result<Outcome, Failure> {
    let base_file = check
        .base_file
        .as_ref()
        .map(|path| path.display().to_string());
    let mut run = Run {
        check,
        loaded,
        index: AdvisoryIndex::empty(),
        indicators: indicators::read(loaded.data().ok().as_deref(), &[])?.indicators,
        registry: None,
        now: Timestamp::now(),
        asks: Vec::new(),
        surroundings,
        asked: verdicts::Question::default(),
        answered: verdicts::Verdicts::default(),
        projects: Vec::new(),
        outcome: Outcome {
            base: check.base.clone().or(base_file),
            is_dry_run: check.policy_dry_run,
            ..Outcome::default()
        },
    };
    run.index = advisories_of(check, loaded, run.now, &mut run.outcome);
    match Registry::open(check, loaded, surroundings) {
        Ok(registry) => run.registry = registry,
        Err(failure) => {
            let why = format!("{failure} (--offline does without)");
            run.outcome.incomplete.push((Kind::Changes, why));
        }
    }
    let paths = match check.paths.as_slice() {
        [] => vec![PathBuf::from(".")],
        paths => paths.to_vec(),
    };
    let mut root = None;
    for path in &paths {
        let target = target(path, surroundings)?;
        run.target(&target)?;
        root.get_or_insert(target.root);
    }
    if run.outcome.lockfiles.is_empty() && run.outcome.incomplete.is_empty() {
        run.outcome.not_understood("no lockfile was found");
    }
    run.verdicts()?;
    let asks = std::mem::take(&mut run.asks);
    if let Some(registry) = &run.registry {
        registry.inspect(asks, &mut run.outcome)?;
    }
    run.excuse_reviewed();
    let Run {
        now, mut outcome, ..
    } = run;
    excuse(
        check,
        &root.unwrap_or_default(),
        now,
        surroundings,
        &mut outcome,
    )?;
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

/// One run over all paths.
struct Run<'a> {
    check: &'a Check,
    loaded: &'a Loaded,
    index: AdvisoryIndex,
    indicators: Indicators,
    /// None if nobody is asked.
    registry: Option<Registry<'a>>,
    now: Timestamp,
    /// Packages to inspect when all lockfiles are read.
    asks: Vec<Ask>,
    surroundings: &'a Surroundings,
    /// What a mirror is asked about.
    asked: verdicts::Question,
    /// Lockfiles that it is asked about, with how paths are shown.
    projects: Vec<(Project, String)>,
    /// What it answered.
    answered: verdicts::Verdicts,
    outcome: Outcome,
}

impl Run<'_> {
    fn target(&mut self, target: &Target) -> Result<(), Failure> {
        let mut files =
            Files::below(&target.root).map_err(|error| Failure::new(Exit::WrongUse, error))?;
        files.leave_out(&self.check.exclude);
        for (path, why) in &files.unread {
            self.outcome
                .not_understood(&format!("{}{path}: {why}", target.prefix));
        }
        let base = Base::of(self.check, &target.root, &mut self.outcome.warnings)?;
        let projects = match &target.only {
            Some(file) => vec![Project::read(&files, file)],
            None => Project::all(&files),
        };
        if self.check.base_file.is_some() && projects.len() != 1 {
            return Err(Check::wrong("--base-file is for one lockfile: name it"));
        }
        for project in projects {
            let mut findings = match project {
                Ok(project) => {
                    let findings = self.one(&base, &files, &project, target);
                    self.keep(project, target)?;
                    findings
                }
                Err(unreadable) => {
                    let why = format!("{}{}: {}", target.prefix, unreadable.path, unreadable.error);
                    self.outcome.not_understood(&why);
                    vec![rules::unreadable(&unreadable)]
                }
            };
            for finding in &mut findings {
                finding.file = format!("{}{}", target.prefix, finding.file);
            }
            self.outcome.findings.append(&mut findings);
        }
        Ok(())
    }

    fn one(
        &mut self,
        base: &Base,
        files: &Files,
        project: &Project,
        target: &Target,
    ) -> Vec<Finding> {
        let policy: &Policy = &self.loaded.config.policy;
        let path = project.path();
        let shown = format!("{}{path}", target.prefix);
        self.outcome.lockfiles.push(Summary {
            path: shown.clone(),
            format: project.lockfile.format.as_str(),
            version: project.lockfile.version.text.to_string(),
            packages: project.lockfile.packages().count(),
        });
        let has_base = !matches!(base, Base::None);
        let before = self.before(base, files, &path, &shown);
        let in_base: Option<BTreeSet<String>> = before.as_ref().map(|before| {
            let packages = before.lockfile.packages();
            packages.map(lazaret_npm::Locked::id).collect()
        });
        let question = Question {
            index: &self.index,
            policy,
            fails_from: self.check.fails_from(policy.vulnerable.severity, has_base),
            production_only: self.check.prod,
            known: in_base.as_ref(),
            now: self.now,
        };
        if self.check.policy_dry_run {
            let ages = match &self.registry {
                Some(registry) => registry.ages(project, &mut self.outcome),
                None => BTreeMap::new(),
            };
            let published =
                |name: &PackageName, version: &str| ages.get(&format!("{name}@{version}")).copied();
            let held = advisories::dry_run(project, &question, published);
            self.outcome.held.extend(held);
            self.outcome.knows_ages |= self.registry.is_some();
            return Vec::new();
        }
        let mut changed = match has_base {
            true => changes(before.as_ref(), project),
            false => Vec::new(),
        };
        // What somebody asked for before what came with it.
        changed.sort_by_key(|change| (!change.is_direct, change.is_dev));
        let mut findings = advisories::findings(project, &question);
        let of_campaigns = campaigns::findings(project, &self.indicators, &findings);
        findings.extend(of_campaigns);
        let mut known = Known {
            allowed_hosts: self.allowed_hosts(),
            ..Known::default()
        };
        if let Some(registry) = &self.registry {
            registry.verify(self.check, project, &changed, &mut known, &mut self.outcome);
            self.asks.extend(Ask::of(project, &changed, &target.prefix));
        }
        findings.extend(rules::findings(project, before.as_ref(), &known));
        if has_base {
            self.outcome.changes.push((shown, changed));
        }
        findings
    }

    /// What a mirror is told or asked of a lockfile.
    fn keep(&mut self, project: Project, target: &Target) -> Result<(), Failure> {
        let shown = format!("{}{}", target.prefix, project.path());
        let report =
            self.check
                .reporting
                .report(&project, &target.root, shown, self.surroundings)?;
        self.outcome.reports.extend(report);
        if self.check.server.is_some() && !self.check.policy_dry_run {
            self.asked.add(&project);
            self.projects.push((project, target.prefix.clone()));
        }
        Ok(())
    }

    /// Asks the mirror what it decided, in one question, if there is a token to ask with.
    fn verdicts(&mut self) -> Result<(), Failure> {
        let Some(server) = &self.check.server else {
            return Ok(());
        };
        if self.asked.is_empty() {
            return Ok(());
        }
        let Some(token) = self.check.reporting.token(self.surroundings)? else {
            let warning = "what the mirror blocks and who reviewed what there was not asked: that takes a token, in \
                           LAZARET_TOKEN or --token-file";
            self.outcome.warnings.push(warning.to_owned());
            return Ok(());
        };
        let mirror = Mirror::open(server, token, self.loaded)?;
        let answer = mirror
            .post_packed(&["verdicts"], &self.asked)
            .map_err(|failure| failure.to_string())
            .and_then(|answer| serde_json::from_value(answer).map_err(|error| error.to_string()));
        match answer {
            Ok(answer) => self.answered = answer,
            Err(why) => self.outcome.incomplete.push((Kind::Malicious, why)),
        }
        for (project, prefix) in &self.projects {
            let path = format!("{prefix}{}", project.path());
            let of_this = self.outcome.findings.iter();
            let of_this: Vec<Finding> = of_this
                .filter(|finding| finding.file == path)
                .cloned()
                .collect();
            let mut findings = self.answered.findings(project, &of_this);
            for finding in &mut findings {
                finding.file = format!("{prefix}{}", finding.file);
            }
            self.outcome.findings.extend(findings);
        }
        Ok(())
    }

    /// Whoever approved something on the mirror has looked at it.
    fn excuse_reviewed(&mut self) {
        let approved = self.answered.approved(&self.asked);
        self.answered.excuse(&mut self.outcome.findings, &approved);
    }

    fn before(&mut self, base: &Base, files: &Files, path: &str, shown: &str) -> Option<Project> {
        match base.before(files, path) {
            Before::NotAsked => None,
            Before::New => {
                let warning = format!("{shown} is new: everything in it is");
                self.outcome.warnings.push(warning);
                None
            }
            Before::Unreadable(why) => {
                let why = format!("the base could not be understood: {why}");
                self.outcome.incomplete.push((Kind::Changes, why));
                None
            }
            Before::Read(project) => Some(*project),
        }
    }

    /// Those that were named, and where this machine's packages come from.
    fn allowed_hosts(&self) -> BTreeSet<String> {
        let mut allowed: BTreeSet<String> = self.check.allow_host.iter().cloned().collect();
        let config = &self.loaded.config;
        let own = [
            &config.upstream.registry,
            &config.server.public_url,
            &self.check.server,
        ];
        for url in own.into_iter().flatten() {
            let port = url.port().map_or(String::new(), |port| format!(":{port}"));
            allowed.extend(url.host_str().map(|host| format!("{host}{port}")));
        }
        allowed
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
    let full = surroundings.directory.join(path);
    let installed = full.join(INSTALLED);
    if installed.is_file() {
        return installed_at(full, &installed);
    }
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
        let error = anyhow::anyhow!("{}{}: {}", target.prefix, unreadable.path, unreadable.error);
        Failure::new(Exit::Nothing, error)
    })?;
    Ok((target.root, project))
}

/// What npm writes into `node_modules`: what lies there.
const INSTALLED: &str = ".package-lock.json";

fn installed_at(folder: PathBuf, file: &Path) -> Result<(PathBuf, Project), Failure> {
    let wrong = |error: &dyn std::fmt::Display| {
        Failure::new(
            Exit::Nothing,
            anyhow::anyhow!("{}: {error}", file.display()),
        )
    };
    let bytes = std::fs::read(file).map_err(|error| wrong(&error))?;
    let mut files = Files::default();
    files.contents.insert(INSTALLED.to_owned(), bytes);
    let project =
        Project::read(&files, INSTALLED).map_err(|unreadable| wrong(&unreadable.error))?;
    Ok((folder, project))
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
    let complaint = advisory_index::complaint(index.as_ref(), now);
    match (complaint, newest) {
        (Some(complaint), None) => unchecked(outcome, complaint),
        // One's own limit may be shorter than what is complained about otherwise.
        (_, Some(newest)) if now.duration_since(newest) > limit => {
            let told = advisory_index::old(newest, now);
            unchecked(
                outcome,
                format!("{told} (--max-feed-age {})", check.max_feed_age),
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

/// Waivers and reviews, then the baseline.
fn excuse(
    check: &Check,
    root: &Path,
    now: Timestamp,
    surroundings: &Surroundings,
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
    if let Some((path, text)) = file(None, root, reviews::FILE)? {
        let reviews = Reviews::parse(&text)
            .map_err(|why| Check::wrong(format!("{}: {why}", path.display())))?;
        reviews.apply(&mut outcome.findings);
    }
    if check.write_baseline {
        let path = check
            .baseline
            .clone()
            .unwrap_or_else(|| root.join(baseline::FILE));
        let baseline = Baseline::of(&outcome.findings);
        replacing::replace(&path, HALF_DONE, baseline.to_text().as_bytes())?;
        baseline.apply(&mut outcome.findings);
        return Ok(());
    }
    if let Some((path, text)) = file(check.baseline.as_deref(), root, baseline::FILE)? {
        let baseline = Baseline::parse(&text)
            .map_err(|why| Check::wrong(format!("{}: {why}", path.display())))?;
        baseline.apply(&mut outcome.findings);
        if check.sees_everything() && outcome.is_complete() {
            let look = Look {
                with_registry: !check.offline,
                with_base: outcome.base.is_some(),
            };
            let left = baseline.without_gone(&outcome.findings, look);
            outcome
                .warnings
                .extend(shrink(&path, &baseline, &left, surroundings));
        }
    }
    Ok(())
}

/// Takes what is gone out of the file, and says so; where nobody would keep the file, as in CI, it is only said.
fn shrink(
    path: &Path,
    old: &Baseline,
    left: &Baseline,
    surroundings: &Surroundings,
) -> Option<String> {
    let gone = match old.findings.len() - left.findings.len() {
        0 => return None,
        1 => "1 finding of the baseline is gone".to_owned(),
        count => format!("{count} findings of the baseline are gone"),
    };
    let path_shown = path.display();
    if surroundings.variable("CI").is_some() {
        return Some(format!(
            "{gone}: the next `lazaret check` outside of CI takes them out of {path_shown}"
        ));
    }
    let written = replacing::replace(path, HALF_DONE, left.to_text().as_bytes());
    Some(match written {
        Ok(()) => format!("{gone}, and taken out of {path_shown}: commit it"),
        Err(error) => format!("{gone}: {error:#}"),
    })
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
