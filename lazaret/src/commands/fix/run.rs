//! From a lockfile to a proven plan, and from there to the disk.

use super::outcome::{Outcome, Status};
use super::{Fix, Only, asked, opened, verify};
use crate::advisory_index;
use crate::commands::check::lockfile_at;
use crate::config::Loaded;
use crate::exit::{Exit, Failure};
use crate::indicators;
use crate::packages::Source;
use crate::surroundings::Surroundings;
use anyhow::anyhow;
use jiff::Timestamp;
use lazaret_npm::lockfile;
use lazaret_policy::{AdvisoryIndex, Indicators};
use lazaret_project::advisories::{self, Question};
use lazaret_project::fix::journal::Journal;
use lazaret_project::fix::{self, Bad, Catalogue, Cause, Input, Plan, Remains, Witnesses};
use lazaret_project::rules::{self, Known};
use lazaret_project::waivers::{self, Waivers};
use lazaret_project::{Files, Finding, Project};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Questions lead to more questions; a tree that needs more rounds is left.
const MOST_ROUNDS: usize = 40;

/// A plan and what it was made of.
pub(super) struct Run {
    pub(super) root: PathBuf,
    journal: Journal,
    pub(super) outcome: Outcome,
}

impl Run {
    /// Reads, asks, plans and proves; writes nothing but what an interrupted run left to finish.
    pub(super) fn prepare(
        fix: &Fix,
        loaded: &Loaded,
        surroundings: &Surroundings,
    ) -> Result<Self, Failure> {
        let path = fix.path.clone().unwrap_or_else(|| PathBuf::from("."));
        // An interrupted run is finished before anything is read.
        let full = surroundings.directory.join(&path);
        if let Err(error) = std::fs::metadata(&full) {
            let why = format!("cannot read {}: {error}", path.display());
            return Err(Failure::wrong_use(why));
        }
        let folder = match full.is_dir() {
            true => full,
            false => full.parent().unwrap_or(Path::new("")).to_owned(),
        };
        let journal = opened(&folder)?;
        let (root, project) = lockfile_at(&path, surroundings)?;
        if !lockfile::FILES.contains(&project.file.as_str()) {
            return Err(Failure::wrong_use(
                "what lies in node_modules is installed anew, not changed: name the project",
            ));
        }
        let files = Files::below(&root).map_err(|error| Failure::new(Exit::WrongUse, error))?;
        let now = Timestamp::now();
        let mut outcome = Outcome {
            status: Status::Nothing,
            lockfile: shown(&path, &project),
            project: project.name().map(str::to_owned),
            packages: project.lockfile.packages().count(),
            bad: Vec::new(),
            steps: Vec::new(),
            remains: Vec::new(),
            gone: Vec::new(),
            files: BTreeMap::new(),
            verified: None,
            advice: None,
            incomplete: Vec::new(),
            warnings: Vec::new(),
        };
        let index = index_of(fix, loaded, now, &mut outcome)?;
        let data = loaded.data().ok();
        let indicators = indicators::read(data.as_deref(), &[])?.indicators;
        let judge = Judge {
            fix,
            loaded,
            index: &index,
            indicators: &indicators,
            root: &root,
            now,
        };
        outcome.bad = judge.bad(&project)?;
        if !outcome.bad.is_empty() {
            let source = Source::open(loaded, surroundings, fix.server.as_ref())?;
            judge.plan(&source, &files, &project, &mut outcome)?;
        }
        let format = project.lockfile.format;
        outcome.advice = fix::advice::advice(&outcome.bad, format, &indicators);
        Ok(Self {
            root,
            journal,
            outcome,
        })
    }

    pub(super) fn verify(&mut self, surroundings: &Surroundings) -> Result<(), Failure> {
        let verified = verify::verify(&self.root, &self.outcome, surroundings)?;
        self.outcome.verified = Some(verified);
        Ok(())
    }

    /// All files or none.
    pub(super) fn write(&mut self) -> Result<(), Failure> {
        let bytes = |text: &String| text.clone().into_bytes();
        let files = self.outcome.files.iter();
        let files = files
            .map(|(path, (old, new))| (path.clone(), (old.as_ref().map(bytes), bytes(new))))
            .collect();
        self.journal
            .replace(&files)
            .map_err(|error| Failure::new(Exit::Incomplete, error))?;
        self.outcome.status = Status::Done;
        Ok(())
    }
}

/// What says whether a lockfile is good: the same before and after.
struct Judge<'a> {
    fix: &'a Fix,
    loaded: &'a Loaded,
    index: &'a AdvisoryIndex,
    indicators: &'a Indicators,
    root: &'a Path,
    now: Timestamp,
}

impl Judge<'_> {
    fn bad(&self, project: &Project) -> Result<Vec<Bad>, Failure> {
        let policy = &self.loaded.config.policy;
        let threshold = self.fix.threshold(policy.vulnerable.severity);
        let question = Question {
            index: self.index,
            policy,
            fails_from: Some(threshold),
            production_only: false,
            known: None,
            now: self.now,
        };
        let mut findings = advisories::findings(project, &question);
        self.waive(&mut findings)?;
        let witnesses = Witnesses {
            findings: &findings,
            indicators: self.indicators,
            named: &self.fix.package,
            threshold,
        };
        let mut bad = fix::known(project, &witnesses);
        bad.retain(|bad| match self.fix.only {
            None => true,
            Some(Only::Malicious) => bad.cause == Cause::Malicious,
            Some(Only::Vulnerable) => bad.cause == Cause::Vulnerable,
        });
        Ok(bad)
    }

    fn waive(&self, findings: &mut [Finding]) -> Result<(), Failure> {
        let path = self.root.join(waivers::FILE);
        if let Ok(text) = std::fs::read_to_string(&path) {
            let waivers = Waivers::parse(&text)
                .map_err(|why| Failure::wrong_use(format!("{}: {why}", path.display())))?;
            waivers.apply(findings, self.now);
        }
        Ok(())
    }

    fn plan(
        &self,
        source: &Source,
        files: &Files,
        project: &Project,
        outcome: &mut Outcome,
    ) -> Result<(), Failure> {
        let banned: BTreeSet<String> = self.fix.package.iter().map(ToString::to_string).collect();
        let mut catalogue = Catalogue::default();
        let mut names: BTreeSet<String> = outcome.bad.iter().map(|bad| bad.name.clone()).collect();
        let mut archives = BTreeMap::new();
        let mut bad = outcome.bad.clone();
        let mut stuck: Vec<Remains> = Vec::new();
        // What cannot be written with certainty is taken out of the plan, and said.
        let (plan, new, after) = loop {
            let plan = self.whole_plan(
                source,
                (project, &bad, &banned),
                (&mut names, &mut catalogue),
                outcome,
            )?;
            let missing: BTreeSet<String> = plan
                .archives
                .iter()
                .filter(|id| !archives.contains_key(*id))
                .cloned()
                .collect();
            if !missing.is_empty() {
                let settings = project.lockfile.settings.iter();
                let mut keys = settings.filter(|setting| setting.group == "cacheKey");
                let key = keys.next().map(|setting| setting.value.as_str());
                archives.extend(asked::archives(source, &missing, key));
            }
            let input = self.input(project, &bad, &catalogue, &banned, &archives);
            let written = fix::apply(&input, &plan).and_then(|new| {
                let after = fix::proven(files, project, &plan, &new)?;
                self.is_no_worse(project, &after)?;
                Ok((new, after))
            });
            match written {
                Ok((new, after)) => break (plan, new, after),
                Err(why) => {
                    // The last one that the plan does something about, so that the gravest stay longest.
                    let treated = |bad: &&Bad| plan.steps.iter().any(|step| step.from == bad.id());
                    let Some(given_up) = bad.iter().rev().find(treated).cloned() else {
                        return Err(
                            anyhow!("the new lockfile is not what was planned: {why}").into()
                        );
                    };
                    bad.retain(|bad| *bad != given_up);
                    stuck.push(Remains {
                        bad: given_up,
                        because: why,
                    });
                }
            }
        };
        self.tell(project, plan, (new, &after), stuck, outcome)
    }

    /// Asks and plans until nothing more has to be asked.
    fn whole_plan(
        &self,
        source: &Source,
        (project, bad, banned): (&Project, &[Bad], &BTreeSet<String>),
        (names, catalogue): (&mut BTreeSet<String>, &mut Catalogue),
        outcome: &mut Outcome,
    ) -> Result<Plan, Failure> {
        let none = BTreeMap::new();
        for _ in 0..MOST_ROUNDS {
            asked::documents(source, names, catalogue, &mut outcome.incomplete);
            let plan = fix::plan(&self.input(project, bad, catalogue, banned, &none));
            if plan.needs.iter().all(|name| catalogue.knows(name)) {
                return Ok(plan);
            }
            names.clone_from(&plan.needs);
        }
        Err(anyhow!("the plan needs more than {MOST_ROUNDS} rounds of questions").into())
    }

    fn input<'i>(
        &'i self,
        project: &'i Project,
        bad: &'i [Bad],
        catalogue: &'i Catalogue,
        banned: &'i BTreeSet<String>,
        archives: &'i BTreeMap<String, Result<String, String>>,
    ) -> Input<'i> {
        Input {
            project,
            bad,
            catalogue,
            index: self.index,
            indicators: self.indicators,
            policy: &self.loaded.config.policy,
            banned,
            archives,
            now: self.now,
        }
    }

    /// Nothing may fail in the new lockfile that does not fail in the old one.
    fn is_no_worse(&self, before: &Project, after: &Project) -> Result<(), String> {
        let failing = |project: &Project| -> BTreeSet<String> {
            let findings = rules::findings(project, None, &Known::default());
            let failing = findings.into_iter().filter(Finding::counts);
            failing
                .map(|finding| format!("{}: {}", finding.rule, finding.message))
                .collect()
        };
        // The same sentence about another version is not worse: count by rule.
        let count = |all: &BTreeSet<String>, rule: &str| {
            all.iter()
                .filter(|one| one.split(": ").next() == Some(rule))
                .count()
        };
        let (old, new) = (failing(before), failing(after));
        for finding in new.difference(&old) {
            let rule = finding.split(": ").next().unwrap_or_default();
            if count(&new, rule) > count(&old, rule) {
                return Err(format!(
                    "`lazaret check` would object to the new lockfile: {finding}"
                ));
            }
        }
        Ok(())
    }

    /// What is true of the new lockfile, by the same judgement as the old one's.
    fn tell(
        &self,
        project: &Project,
        plan: Plan,
        (new, after): (BTreeMap<String, String>, &Project),
        stuck: Vec<Remains>,
        outcome: &mut Outcome,
    ) -> Result<(), Failure> {
        let left = self.bad(after)?;
        let still: BTreeSet<String> = left.iter().map(Bad::id).collect();
        outcome.gone = outcome
            .bad
            .iter()
            .map(Bad::id)
            .filter(|id| !still.contains(id))
            .collect();
        for bad in left {
            let told = plan.remains.iter().chain(&stuck);
            let told = told.filter(|one| one.bad.id() == bad.id());
            let because: Vec<String> = told.map(|one| one.because.clone()).collect();
            let because = match because.is_empty() {
                true if outcome.bad.contains(&bad) => "it is still in the new lockfile".to_owned(),
                true => "it comes with what takes the place of something worse".to_owned(),
                false => because.join("; "),
            };
            outcome.remains.push(Remains { bad, because });
        }
        outcome.steps = plan.steps;
        outcome.incomplete.sort();
        outcome.incomplete.dedup();
        for (path, text) in new {
            let known = project.manifests.iter().map(|(manifest, text)| {
                let path = match manifest.path.as_str() {
                    "" => project.path_of("package.json"),
                    folder => project.path_of(&format!("{folder}/package.json")),
                };
                (path, text)
            });
            let settings = project
                .settings
                .iter()
                .map(|(name, text)| (project.path_of(name), text));
            let lockfile = std::iter::once((project.path(), &project.text));
            let old = known.chain(settings).chain(lockfile);
            let old = old.into_iter().find(|(known, _)| *known == path);
            let old = old.map(|(_, text)| text.clone());
            outcome.files.insert(path, (old, text));
        }
        outcome.status = match outcome.files.is_empty() {
            true => Status::Stuck,
            false => Status::Planned,
        };
        Ok(())
    }
}

fn shown(path: &Path, project: &Project) -> String {
    let given = path.to_string_lossy().replace('\\', "/");
    let given = given
        .trim_start_matches("./")
        .trim_end_matches('/')
        .to_owned();
    match given.ends_with(&project.file) {
        true => given,
        false if given.is_empty() || given == "." => project.path(),
        false => format!("{given}/{}", project.path()),
    }
}

/// The index; without one only the shipped indicators and what is named on the command line are known.
fn index_of(
    fix: &Fix,
    loaded: &Loaded,
    now: Timestamp,
    outcome: &mut Outcome,
) -> Result<AdvisoryIndex, Failure> {
    let index = match loaded.data() {
        Ok(data) => advisory_index::read(&data)?,
        Err(_) => None,
    };
    if let Some(complaint) = advisory_index::complaint(index.as_ref(), now) {
        outcome.warnings.push(complaint.clone());
        if index.is_none() && fix.package.is_empty() {
            outcome.incomplete.push(complaint);
        }
    }
    Ok(index.unwrap_or_else(AdvisoryIndex::empty))
}
