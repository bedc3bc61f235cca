//! What the code does: facts, capabilities, detectors, findings, the change between two versions. Pure: no clock, no
//! files, no network, no processes; nothing that is read here is ever executed. The same bytes give the same report.

pub mod capability;
pub mod detectors;
pub mod facts;
pub mod finding;

pub mod js;
pub mod limits;
pub mod package;
pub mod value;

pub use capability::{Capability, Profile};
pub use detectors::{DETECTORS, Detector, detector};
pub use facts::Facts;
pub use finding::{Finding, Phase, Place, Severity};
pub use package::{File, Package};
pub use value::Value;
