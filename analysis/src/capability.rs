//! What a version CAN do, with a witness for each: no judgement, only a table of contents.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::finding::Place;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    Network,
    Process,
    FileRead,
    FileWrite,
    Environment,
    DynamicCode,
    Native,
    InstallScript,
    Wallet,
}

/// The capabilities of one version, each with the first place that shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Profile(pub BTreeMap<Capability, Place>);
