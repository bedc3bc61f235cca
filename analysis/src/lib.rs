//! What the code does: facts, capabilities, detectors, findings, the change between two versions. Pure: no clock, no
//! files, no network, no processes; nothing that is read here is ever executed. The same bytes give the same report.

pub mod capability;
pub mod change;
pub mod command;
pub mod detectors;
pub mod facts;
pub mod finding;
pub mod found;
pub mod hash;
pub mod history;
pub mod host;
pub mod inspect;
pub mod js;
pub mod judge;
pub mod kind;
pub mod limits;
pub mod manifest;
pub mod own_hosts;
pub mod package;
pub mod report;
pub mod secret;
pub mod source;
pub mod value;
pub mod view;

pub use capability::{Capability, Profile};
pub use change::{Change, Novelty, change};
pub use detectors::{DETECTORS, Detector, Looks, detector};
pub use facts::Facts;
pub use finding::{Finding, Phase, Place, Severity};
pub use history::History;
pub use inspect::{Inspected, inspect};
pub use judge::{Judgement, Outcome};
pub use limits::Limits;
pub use package::{File, Package};
pub use report::Report;
pub use value::Value;
