//! What we know and decide: advisories, policy rules, verdicts. Pure: no clock, no files, no network, no processes;
//! the same policy, case and instant give the same verdict.

pub mod advisory;
pub mod audit;
pub mod behaviour;
pub mod burst;
#[cfg(test)]
mod fixtures;
pub mod index;
pub mod indicators;
pub mod judge;
mod phrase;
pub mod policy;
pub mod replay;
pub mod review;
pub mod rules;
pub mod times;
pub mod verdict;

pub use advisory::{Advisory, Affects, Finding, Kind, Severity};
pub use behaviour::{Behaviour, Inspected, Look, Signal, SignalKind};
pub use index::{AdvisoryIndex, IndexBuilder};
pub use indicators::{Campaign, Indicators, Matcher};
pub use judge::{Case, judge};
pub use policy::Policy;
pub use review::{Review, Reviewed, Reviews};
pub use rules::RULES;
pub use times::plausible_times;
pub use verdict::{Effect, Outcome, Reason, Verdict};
