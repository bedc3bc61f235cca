//! What is on your disk: lockfiles with their manifests and settings, what is wrong with them, what a change adds, and the
//! bill of materials. Reads files and asks `git`; decides with `policy`; prints nothing.

pub mod advisories;
pub mod baseline;
pub mod campaigns;
pub mod changes;
pub mod files;
pub mod finding;
pub mod fix;
mod git;
mod glob;
pub mod hygiene;
pub mod installed;
pub mod inventory;
pub mod project;
pub mod reviews;
pub mod rules;
pub mod sbom;
pub mod scan;
pub mod verdicts;
pub mod waivers;
pub mod watch;

pub use files::{Files, FilesError};
pub use finding::{Check, Finding, State};
pub use project::{Project, Unreadable};
pub use rules::{RULES, Rule};
