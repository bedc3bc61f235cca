//! Certificates that are not checked.

use super::{Detector, Looks};
use crate::finding::Severity;
use crate::found::Found;
use crate::value::Value;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "tls-off",
    title: "Does not check certificates",
    severity: Severity::Medium,
    cold: Severity::Medium,
    page: include_str!("tls_off.md"),
    looks: Looks::File(look),
};

fn look(file: &FileView<'_>, found: &mut Found) {
    for write in &file.facts.writes {
        let off = match &write.value {
            Value::String(text) => &**text == "0",
            Value::Number(number) => *number == 0.0,
            Value::Boolean(value) => !value,
            _ => false,
        };
        if &*write.path == "process.env.NODE_TLS_REJECT_UNAUTHORIZED" && off {
            found
                .write(write)
                .message("switches the check of certificates off for the whole process")
                .add();
        }
    }
    for call in &file.facts.calls {
        let is_agent = matches!(
            &*call.callee,
            "https.Agent" | "tls.TLSSocket" | "undici.Agent"
        );
        if !is_agent && call.uses.network.is_none() {
            continue;
        }
        if call.args.iter().any(|arg| is_off(arg, 0)) {
            found
                .call(call)
                .severity(Severity::Low)
                .message("does not check the certificate of whom it talks to")
                .add();
        }
    }
}

fn is_off(value: &Value, depth: u8) -> bool {
    let Value::Object(members) = value else {
        return false;
    };
    members.iter().take(100).any(|(name, value)| match &**name {
        "rejectUnauthorized" | "strictSSL" => {
            *value == Value::Boolean(false) || *value == Value::Number(0.0)
        }
        _ => depth < 3 && is_off(value, depth + 1),
    })
}
