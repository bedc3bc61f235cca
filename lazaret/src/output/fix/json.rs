//! For machines.

use super::changes::diffs;
use crate::commands::Fixed;
use lazaret_project::fix::advice::Command;
use serde_json::{Value, json};

pub(super) fn document(outcome: &Fixed) -> Value {
    let bad = outcome.bad.iter().map(|bad| {
        json!({"package": bad.id(), "cause": bad.cause.as_str(), "ids": bad.ids, "why": bad.why})
    });
    let steps = outcome.steps.iter().map(|step| {
        let some = |text: &String| (!text.is_empty()).then(|| text.clone());
        json!({
            "from": some(&step.from),
            "to": some(&step.to),
            "cause": step.cause.map(lazaret_project::fix::Cause::as_str),
            "ids": step.ids,
            "because": step.because,
        })
    });
    let remains = outcome.remains.iter().map(|one| {
        json!({"package": one.bad.id(), "cause": one.bad.cause.as_str(), "because": one.because})
    });
    let files = diffs(outcome);
    let files = files
        .iter()
        .map(|(path, lines)| json!({"path": path, "diff": lines.join("\n")}));
    let verified = outcome.verified.as_ref().map(|verified| {
        json!({"command": verified.command, "success": verified.success, "output": verified.output})
    });
    let commands = |list: &[Command]| -> Vec<Value> {
        list.iter()
            .map(|one| json!({"command": one.line, "what": one.what}))
            .collect()
    };
    let advice = outcome.advice.as_ref().map(|advice| {
        let rotate = advice.rotate.iter();
        let rotate = rotate.map(|(about, secrets)| json!({"about": about, "secrets": secrets}));
        json!({
            "stop": advice.stop,
            "caches": commands(&advice.caches),
            "rotate": rotate.collect::<Vec<_>>(),
            "clean": advice.clean,
            "look": commands(&advice.look),
        })
    });
    json!({
        "schema": 1,
        "status": outcome.status.as_str(),
        "lockfile": outcome.lockfile,
        "packages": outcome.packages,
        "bad": bad.collect::<Vec<_>>(),
        "steps": steps.collect::<Vec<_>>(),
        "gone": outcome.gone,
        "remains": remains.collect::<Vec<_>>(),
        "files": files.collect::<Vec<_>>(),
        "verified": verified,
        "advice": advice,
        "incomplete": outcome.incomplete,
    })
}
