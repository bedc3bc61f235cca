//! STIX 2.1 bundles: indicators whose pattern is one comparison, or several joined by OR.

use serde::Deserialize;

use super::{About, Gathered, ImportError, Imported};

/// Largest bundle, in bytes.
const LIMIT: usize = 64 << 20;

#[derive(Deserialize)]
struct Bundle {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    objects: Vec<Object>,
}

#[derive(Deserialize)]
struct Object {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    pattern: String,
    #[serde(default)]
    pattern_type: String,
    #[serde(default)]
    revoked: bool,
}

/// Reads a bundle.
///
/// # Errors
/// When it is no bundle, or has nothing that could be found.
pub fn bundle(json: &[u8], about: &About) -> Result<Imported, ImportError> {
    const FORM: ImportError = ImportError::Form("a STIX 2.1 bundle");
    if json.len() > LIMIT {
        return Err(FORM);
    }
    let bundle: Bundle = serde_json::from_slice(json).map_err(|_| FORM)?;
    if bundle.kind != "bundle" {
        return Err(FORM);
    }
    let mut gathered = Gathered::new(about)?;
    for object in &bundle.objects {
        match object.kind.as_str() {
            "indicator" if object.revoked => gathered.leave_out(&object.name, "it was revoked"),
            "indicator" if object.pattern_type == "stix" => pattern(&object.pattern, &mut gathered),
            "indicator" => gathered.leave_out(&object.name, "its pattern is not one of STIX"),
            "campaign" | "malware" if gathered.campaign.name.is_empty() => {
                gathered.campaign.name = object.name.as_str().into();
            }
            _ => {}
        }
    }
    gathered.finish()
}

/// `[file:hashes.'SHA-256' = '…' OR domain-name:value = '…']`.
fn pattern(text: &str, gathered: &mut Gathered) {
    for part in text.split(" OR ") {
        let part = part
            .trim()
            .trim_start_matches(['[', '('])
            .trim_end_matches([']', ')']);
        let read = part.split_once('=').and_then(|(path, value)| {
            let value = value.trim().strip_prefix('\'')?.strip_suffix('\'')?;
            let is_simple = !path.ends_with(['!', '>', '<']) && !value.contains('\'');
            is_simple.then(|| (path.trim(), value.replace("\\\\", "\\")))
        });
        let Some((path, value)) = read else {
            gathered.leave_out(part, "only comparisons with = joined by OR are understood");
            continue;
        };
        let path: String = path
            .chars()
            .filter(|letter| !matches!(letter, '\'' | '"'))
            .collect();
        match path.as_str() {
            "file:hashes.SHA-256" | "file:hashes.SHA256" => gathered.sha256(&value, None),
            "domain-name:value" | "ipv4-addr:value" => gathered.host(&value),
            "url:value" => gathered.url(&value),
            "file:name" => gathered.file(&value),
            _ => gathered.leave_out(part, "this property is not looked at"),
        }
    }
}
