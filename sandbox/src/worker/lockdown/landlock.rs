//! Landlock without a single rule: no file, no TCP, no abstract socket, no signal to anybody outside.

use crate::layers::{Layer, LayerReport};
use landlock::{
    ABI, Access, AccessFs, AccessNet, LandlockStatus, RestrictSelfAttr, Ruleset, RulesetAttr,
    RulesetError, RulesetStatus, Scope,
};

/// Asks for everything that the crate knows; the kernel grants what it knows.
const NEWEST: ABI = ABI::V9;

/// The first that has files, TCP and scopes.
const COMPLETE: ABI = ABI::V6;

pub(super) fn restrict(threads: usize) -> LayerReport {
    let layer = Layer::Landlock;
    match try_restrict() {
        Ok((RulesetStatus::NotEnforced, LandlockStatus::NotEnabled, _)) => {
            LayerReport::missing(layer, "not enabled in this kernel")
        }
        Ok((RulesetStatus::NotEnforced, ..)) => LayerReport::missing(layer, "not in this kernel"),
        Ok((_, status, all_threads)) => {
            let abi = match status {
                LandlockStatus::Available { effective_abi, .. } => effective_abi,
                _ => ABI::Unsupported,
            };
            if threads > 1 && !all_threads {
                return LayerReport::partial(
                    layer,
                    format!("ABI {abi}; {} other threads stay free", threads - 1),
                );
            }
            match abi {
                ABI::V1 | ABI::V2 | ABI::V3 => {
                    LayerReport::partial(layer, format!("ABI {abi}: files only"))
                }
                abi if abi < COMPLETE => {
                    LayerReport::partial(layer, format!("ABI {abi}: files and TCP only"))
                }
                abi => LayerReport::active(layer, format!("ABI {abi}")),
            }
        }
        Err(error) => LayerReport::missing(layer, error),
    }
}

fn try_restrict() -> Result<(RulesetStatus, LandlockStatus, bool), RulesetError> {
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?
        .all_threads(true)?
        .restrict_self()?;
    Ok((status.ruleset, status.landlock, status.all_threads))
}
