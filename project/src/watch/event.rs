//! What is told: news with everything that a reader needs to decide. The JSON is what `lazaret watch --format json` prints,
//! and what webhooks are sent.

use jiff::Timestamp;
use lazaret_npm::Digests;
use lazaret_npm::lockfile::Kind;
pub use lazaret_policy::burst::By;
use serde::{Deserialize, Serialize};

/// The version of the JSON.
pub const SCHEMA: u32 = 1;

/// One message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub schema: u32,
    /// 16 hexadecimal digits, the same for the same news: whoever gets it twice knows it.
    pub id: String,
    pub at: Timestamp,
    /// How the project calls itself.
    pub project: String,
    pub urgency: Urgency,
    #[serde(flatten)]
    pub news: News,
}

/// How loud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Urgency {
    /// A digest.
    Low,
    Normal,
    /// Something would be held.
    High,
    /// Several at once, or known to be malicious and in use.
    Critical,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum News {
    Burst(Burst),
    NewVersion(Box<NewVersion>),
    Advisory(Advised),
    Gone(Gone),
    Hint(Hint),
    Trouble(Trouble),
    Digest(Digest),
}

/// The names of [`News`] in JSON.
pub const KINDS: &[&str] = &[
    "burst",
    "new-version",
    "advisory",
    "gone",
    "hint",
    "trouble",
    "digest",
];

/// What an inspection made of a version. Ordered by strictness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// More versions appeared than are inspected of one package.
    NotInspected,
    Allow,
    Note,
    Quarantine,
    Block,
}

/// A version that was not there before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewVersion {
    pub package: String,
    pub version: String,
    /// The version that it was compared with; without one it was judged by itself.
    pub before: Option<String>,
    pub published: Option<Timestamp>,
    pub publisher: Option<String>,
    pub outcome: Outcome,
    /// An advisory says that it is malicious.
    pub malicious: bool,
    /// The weightiest first.
    pub reasons: Vec<String>,
    /// New ones only, the worst first.
    pub findings: Vec<Finding>,
    pub more_findings: usize,
    /// Capabilities that the version before had not.
    pub gained: Vec<String>,
    /// Names that the version before did not ask for.
    pub dependencies_added: Vec<String>,
    /// Versions of the package that the project has.
    pub in_use: Vec<String>,
    /// Who would get it at the next install that looks for newer versions.
    pub receivers: Vec<Receiver>,
    pub more_receivers: usize,
    /// Dependents whose range nobody told.
    pub unknown_receivers: usize,
    /// When the policy's cooldown ends; none if there is none, or it is over.
    pub cooldown_until: Option<Timestamp>,
    /// Why the cooldown does not hold it: it fixes what the project has.
    pub fixes: Option<String>,
}

/// Something that a version newly does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub rule: String,
    pub severity: String,
    /// When it runs: `install`, `import`, `call`, `bin`, `test`, `unreachable`.
    pub phase: String,
    pub file: String,
    /// From 1; 0 if the file is meant.
    pub line: u32,
    pub message: String,
    pub evidence: String,
}

/// Somebody whose range accepts a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receiver {
    /// From the project's folder on.
    pub lockfile: String,
    /// `name@version`, or the project's own name or folder.
    pub dependent: String,
    /// The project itself asks.
    pub direct: bool,
    pub range: String,
    /// `production`, `optional`, `peer`, `development`: why the dependent asks.
    pub kind: String,
    /// What the lockfile has now.
    pub locked: String,
}

/// Several packages at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Burst {
    pub by: By,
    /// The publisher's name, or the scope with its `@`.
    pub who: String,
    pub first: Timestamp,
    pub last: Timestamp,
    /// All of them, by time: `name@version`.
    pub packages: Vec<String>,
    pub more_packages: usize,
    /// Those that are worth a word, the worst first; harmless ones are only named above.
    pub versions: Vec<NewVersion>,
}

/// Something in use is said to be bad.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advised {
    pub package: String,
    pub version: String,
    pub malicious: bool,
    /// `low`, `moderate`, `high`, `critical`.
    pub severity: String,
    /// The first names the advisory, the others are its aliases.
    pub ids: Vec<String>,
    pub summary: String,
    pub fixed_in: Option<String>,
    pub url: Option<String>,
    pub lockfile: String,
    /// `name@version` of each step from the project to it.
    pub way: Vec<String>,
    /// What to do.
    pub help: Option<String>,
}

/// The registry has no longer what the project uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gone {
    pub package: String,
    /// None if the whole package is gone.
    pub version: Option<String>,
}

/// What a feed says, which nobody checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    /// The name of the source.
    pub source: String,
    pub title: String,
    pub url: Option<String>,
    pub published: Option<Timestamp>,
    /// Names in use that it mentions.
    pub packages: Vec<String>,
}

/// What could not be asked, or can be again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// `registry`, `advisories`, or a source's name.
    pub with: String,
    pub text: String,
    pub since: Timestamp,
    /// It answers again.
    pub over: bool,
}

/// What happened that needs no haste.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Digest {
    pub since: Timestamp,
    pub until: Timestamp,
    /// Packages that are followed.
    pub packages: usize,
    /// By name and version.
    pub versions: Vec<Quiet>,
    pub more_versions: usize,
    /// Vulnerabilities below the policy's severity.
    pub advisories: Vec<Advised>,
    pub more_advisories: usize,
    /// Packages that were published together, as they always are.
    pub families: Vec<Family>,
    /// What was told at once in this time.
    pub told: usize,
    /// Packages that the registry did not answer, with the last reason.
    pub unanswered: Vec<(String, String)>,
    /// Messages that could not be delivered.
    pub undelivered: usize,
}

/// A harmless version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Quiet {
    pub package: String,
    pub version: String,
    pub published: Option<Timestamp>,
    pub outcome: Outcome,
    /// How many would get it.
    pub receivers: usize,
}

/// Packages of one house.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Family {
    pub who: String,
    pub packages: usize,
}

impl Event {
    /// News as a message; `key` tells it from all others of its kind.
    pub fn new(project: &str, news: News, key: &str, at: Timestamp) -> Self {
        let text = format!("{project}\0{}\0{key}", news.kind());
        let mut id = Digests::of(text.as_bytes()).sha256_hex();
        id.truncate(16);
        Self {
            schema: SCHEMA,
            id,
            at,
            project: project.to_owned(),
            urgency: news.urgency(),
            news,
        }
    }
}

impl News {
    /// As JSON calls it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Burst(_) => "burst",
            Self::NewVersion(_) => "new-version",
            Self::Advisory(_) => "advisory",
            Self::Gone(_) => "gone",
            Self::Hint(_) => "hint",
            Self::Trouble(_) => "trouble",
            Self::Digest(_) => "digest",
        }
    }

    fn urgency(&self) -> Urgency {
        match self {
            Self::Burst(_) => Urgency::Critical,
            Self::Advisory(advised) if advised.malicious => Urgency::Critical,
            Self::NewVersion(_) | Self::Gone(_) => Urgency::High,
            Self::Advisory(_) | Self::Hint(_) | Self::Trouble(_) => Urgency::Normal,
            Self::Digest(_) => Urgency::Low,
        }
    }
}

impl Outcome {
    /// As JSON calls it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotInspected => "not-inspected",
            Self::Allow => "allow",
            Self::Note => "note",
            Self::Quarantine => "quarantine",
            Self::Block => "block",
        }
    }
}

impl NewVersion {
    /// Whether it is told at once: it would be held.
    pub fn is_held(&self) -> bool {
        self.malicious || self.outcome >= Outcome::Quarantine
    }

    /// `name@version`.
    pub fn id(&self) -> String {
        format!("{}@{}", self.package, self.version)
    }
}

/// Why a dependent asks, as JSON calls it.
pub(super) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Production => "production",
        Kind::Optional => "optional",
        Kind::Peer => "peer",
        Kind::Development => "development",
    }
}
