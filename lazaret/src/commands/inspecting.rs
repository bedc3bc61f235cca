//! What `inspect` and `diff` share: options, questions, answers in order, exit codes.

mod advisories;
mod all;
mod examiner;

pub(super) use all::in_order;

use crate::config::flags::Sources;
use crate::config::{self, Flags};
use crate::exit::{Ending, Exit, Failure};
use crate::inspection::{Cache, Document, Inspector};
use crate::output::{self, ReportFormat};
use crate::packages::{Named, Source};
use crate::surroundings::Surroundings;
use advisories::Advisories;
use anyhow::Context;
use clap::{Args, ValueEnum};
use examiner::Examiner;
use lazaret_analysis::{History, Outcome};
use lazaret_npm::PackageId;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;
use url::Url;

/// More than anything tells of one package.
const MOST_FACTS: u64 = 16 << 20;

/// How much processor time one package may take where nobody says it.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// What is asked of one package or two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Question {
    Inspect(Named),
    Diff(Named, Named),
    /// Compared with the version before it.
    Update(PackageId),
}

impl Question {
    fn asks_registry(&self) -> bool {
        let is_version = |named: &Named| matches!(named, Named::Version(_));
        match self {
            Self::Inspect(named) => is_version(named),
            Self::Diff(before, after) => is_version(before) || is_version(after),
            Self::Update(_) => true,
        }
    }
}

/// The outcome from which on a command ends with 1.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Threshold {
    Note,
    #[default]
    Quarantine,
    Block,
}

#[derive(Debug, Args)]
pub(super) struct Options {
    /// How to print it.
    #[arg(long, value_enum, default_value_t)]
    format: ReportFormat,
    /// How many packages are inspected at once [default: the number of processors].
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// The outcome from which on the command ends with 1.
    #[arg(long, value_enum, value_name = "OUTCOME", default_value_t)]
    threshold: Threshold,
    /// Ask this mirror for versions, not the registry.
    #[arg(long, value_name = "URL", value_parser = config::url)]
    server: Option<Url>,
    /// Ask nobody: only tarballs and folders.
    #[arg(long, conflicts_with = "server")]
    offline: bool,
    /// What a registry tells of the package, as JSON, instead of asking one: publishers, provenance, times.
    #[arg(long, value_name = "FILE")]
    registry_facts: Option<PathBuf>,
    /// How much processor time one package may take; one that takes more is not clean.
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    time_limit: Duration,
    /// Say which layers of the sandbox protect this machine from what is inspected.
    #[arg(long)]
    layers: bool,
    #[command(flatten)]
    flags: Flags<Sources>,
}

impl Options {
    /// Answers every question, in their order.
    pub(super) fn answer(self, questions: &[Question]) -> Ending {
        let surroundings = Surroundings::of_this_process();
        let loaded = config::load(&self.flags, &surroundings)?;
        let asks_registry = questions.iter().any(Question::asks_registry);
        if self.offline && asks_registry {
            return Err(Failure::wrong_use(
                "--offline: versions are the registry's; name a tarball or a folder",
            ));
        }
        let facts = self.facts(questions)?;
        let source = match asks_registry {
            true => Some(Source::open(&loaded, &surroundings, self.server.as_ref())?),
            false => None,
        };
        // A machine without a home directory has no advisories either.
        let advisories = match loaded.data() {
            Ok(data) => Advisories::read(&data)?,
            Err(_) => Advisories::default(),
        };
        let jobs = self.jobs.map_or_else(super::all_processors, usize::from);
        let jobs = jobs.min(questions.len()).max(1);
        let inspector = Inspector::new(jobs, self.time_limit)?;
        let layers = match self.layers {
            true => inspector.layers()?,
            false => Vec::new(),
        };
        let examiner = Examiner {
            inspector: &inspector,
            source: source.as_ref(),
            advisories: &advisories,
            facts: facts.as_ref(),
            layers: self
                .layers
                .then(|| layers.iter().map(ToString::to_string).collect()),
            excerpts: self.format.shows_code(),
            cache: None,
        };
        let bar = output::counter("inspecting", questions.len() as u64);
        let mut writer = output::reports(self.format);
        let mut worst = Exit::Clean;
        all::in_order(
            questions,
            jobs,
            |question| examiner.examine(question),
            |document| {
                worst = worse(worst, self.exit(&document));
                if document.is_nothing {
                    for incomplete in document.incomplete() {
                        bar.suspend(|| output::error(&incomplete.why));
                    }
                }
                bar.suspend(|| writer.write(&document));
                bar.inc(1);
                anyhow::Ok(())
            },
        )?;
        bar.finish_and_clear();
        let missing = match self.format {
            ReportFormat::Human => inspector.missing_layers(),
            _ => Vec::new(),
        };
        writer.finish(&missing);
        Ok(worst)
    }

    fn facts(&self, questions: &[Question]) -> Result<Option<History>, Failure> {
        let Some(path) = &self.registry_facts else {
            return Ok(None);
        };
        if questions.len() > 1 {
            return Err(Failure::wrong_use(
                "--registry-facts are of one package: name no others",
            ));
        }
        read_facts(path)
            .map(Some)
            .map_err(|error| Failure::new(Exit::WrongUse, error))
    }

    fn exit(&self, document: &Document) -> Exit {
        let outcome = document.judgement().outcome;
        let threshold = match self.threshold {
            Threshold::Note => Outcome::Note,
            Threshold::Quarantine => Outcome::Quarantine,
            Threshold::Block => Outcome::Block,
        };
        // What was as unfinished in the version before does not hold an update.
        let is_unfinished = outcome >= Outcome::Quarantine
            && document
                .incomplete()
                .iter()
                .any(|incomplete| incomplete.matters);
        if document.is_malicious() {
            Exit::Malicious
        } else if document.is_nothing {
            Exit::Nothing
        } else if is_unfinished {
            Exit::Incomplete
        } else if outcome >= threshold {
            Exit::Findings
        } else {
            Exit::Clean
        }
    }
}

/// For other commands: the answers to these questions, in their order; those about versions are kept, and not asked for again.
pub(super) fn documents(
    questions: &[Question],
    source: &Source,
    loaded: &config::Loaded,
) -> Result<Vec<Document>, Failure> {
    let advisories = match loaded.data() {
        Ok(data) => Advisories::read(&data)?,
        Err(_) => Advisories::default(),
    };
    let jobs = super::all_processors().min(questions.len()).max(1);
    let inspector = Inspector::new(jobs, TIME_LIMIT)?;
    let cache = loaded.data().ok().map(|data| Cache::of(&data));
    let examiner = Examiner {
        inspector: &inspector,
        source: Some(source),
        advisories: &advisories,
        facts: None,
        layers: None,
        excerpts: true,
        cache: cache.as_ref(),
    };
    let bar = output::counter("inspecting", questions.len() as u64);
    let mut documents = Vec::new();
    in_order(
        questions,
        jobs,
        |question| examiner.examine(question),
        |document| {
            bar.inc(1);
            documents.push(document);
            anyhow::Ok(())
        },
    )?;
    bar.finish_and_clear();
    if let Some(cache) = &cache {
        cache.trim();
    }
    Ok(documents)
}

fn read_facts(path: &Path) -> anyhow::Result<History> {
    use std::io::Read;
    let shown = path.display();
    let file = std::fs::File::open(path).with_context(|| format!("cannot read {shown}"))?;
    let mut text = Vec::new();
    file.take(MOST_FACTS)
        .read_to_end(&mut text)
        .with_context(|| format!("cannot read {shown}"))?;
    serde_json::from_slice(&text).with_context(|| format!("{shown} are no facts of a registry"))
}

/// Of several questions the worst ending counts: malicious, then what could not be checked, then findings.
fn worse(one: Exit, other: Exit) -> Exit {
    let weight = |exit: Exit| match exit {
        Exit::Clean => 0,
        Exit::Findings => 1,
        Exit::WrongUse | Exit::Nothing => 2,
        Exit::Incomplete => 3,
        Exit::Malicious => 4,
    };
    match weight(other) > weight(one) {
        true => other,
        false => one,
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let most = 3_600.0;
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= most => Ok(Duration::from_secs_f64(seconds)),
        _ => Err(format!("write seconds, up to {most}")),
    }
}
