//! Code in files that are not called code.

use std::collections::{BTreeMap, BTreeSet};

use super::{Detector, Looks};
use crate::facts::{Flow, Sink, Source as Origin, Span};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::js;
use crate::kind::{self, Kind};
use crate::raw;
use crate::source::Source;
use crate::view::PackageView;

pub(super) const DETECTOR: Detector = Detector {
    id: "payload-in-data",
    title: "Keeps code in a file of data",
    severity: Severity::Critical,
    cold: Severity::Critical,
    page: include_str!("payload_in_data.md"),
    looks: Looks::Package(look),
};

/// Endings of what nobody looks into for code.
const DATA: &[&str] = &[
    "png", "jpg", "jpeg", "gif", "webp", "ico", "bmp", "avif", "svg", "txt", "md", "dat", "data",
    "bin", "db", "json", "xml", "csv", "log", "css", "woff", "woff2", "ttf", "otf", "eot", "map",
    "lock", "pdf", "mp3", "mp4", "wav", "yml", "yaml", "cache", "tmp", "bak",
];

fn look(package: &PackageView, found: &mut Found) {
    let mut named = None;
    for file in package.files.iter().chain(&package.inline) {
        found.within(file);
        run(file, found);
        if file.kind == Kind::Image
            && let Some(hidden) = raw::hidden_in_image(&file.bytes)
        {
            let named = named.get_or_insert_with(|| names(package));
            let name = file.path.rsplit('/').next().unwrap_or_default();
            let place = if hidden.behind {
                "behind the end of its picture"
            } else {
                "in a text beside its picture"
            };
            found
                .file()
                .severity(if named.contains(name) {
                    Severity::High
                } else {
                    Severity::Medium
                })
                .message(format!("has code or encoded data {place}"))
                .evidence(hidden.text.chars().take(160).collect::<String>())
                .same(&file.path)
                .add();
        }
    }
}

fn run(file: &Source, found: &mut Found) {
    for flow in &file.facts.flows {
        if let Some(name) = data_file(flow) {
            // Engines of templates compile whatever they are told to, and never to a module.
            let any = name.rsplit('/').next().unwrap_or(&name).contains('*')
                && !flow.to.ends_with("._compile");
            if any && !is_data(&name) {
                continue;
            }
            found
                .flow(flow)
                .severity(match any {
                    true => Severity::Medium,
                    false => Severity::Critical,
                })
                .message(format!("runs what is in {name} as code"))
                .add();
        }
    }
    if file.kind == Kind::SourceMap
        && let Some((field, code)) = code_in_map(&file.text)
    {
        found
            .file()
            .message(format!(
                "has code in a field that source maps do not have: {field}"
            ))
            .evidence(code.chars().take(160).collect::<String>())
            .same(&field)
            .add();
    }
    if matches!(
        file.kind,
        Kind::Json | Kind::Text | Kind::Markup | Kind::Svg
    ) && let Some((at, code)) = js::encoded_code(&file.text)
    {
        let start = u32::try_from(at).unwrap_or(u32::MAX);
        found
            .at(Span { start, end: start })
            .severity(Severity::High)
            .message("has encoded code among its data")
            .evidence(code.chars().take(160).collect::<String>())
            .same(&file.path)
            // Whoever reads the data has it.
            .phase(Phase::Call)
            .add();
    }
    let ending = kind::ending(&file.path);
    // Code on the command line of a script stands in package.json.
    let inline = file.path == "package.json";
    // A single word is a script, too, if somebody asks.
    let does = !file.facts.calls.is_empty() || !file.facts.imports.is_empty();
    if file.kind == Kind::Script && does && !inline && DATA.contains(&ending.as_str()) {
        found
            .file()
            .severity(Severity::High)
            .message("is run as a script, and is not called one")
            .same(&file.path)
            .add();
    }
}

/// Names of files that scripts of the package have in their texts.
fn names(package: &PackageView) -> BTreeSet<&str> {
    package
        .files
        .iter()
        .filter(|file| file.kind == Kind::Script)
        .flat_map(|file| &file.facts.strings)
        .filter(|text| text.text.len() < 1_000)
        .flat_map(|text| text.text.split([' ', '\n']))
        .filter_map(|word| word.rsplit(['/', '\\']).next())
        .filter(|name| name.contains('.'))
        .collect()
}

/// The name of the file of data that a flow leads from into code.
fn data_file(flow: &Flow) -> Option<String> {
    if flow.sink != Sink::Code || !matches!(flow.source, Origin::File | Origin::SecretFile) {
        return None;
    }
    flow.from
        .split(['"', '\'', '`'])
        .find(|part| {
            part.len() < 300 && (is_data(part) || flow.encoded && is_foreign(&kind::ending(part)))
        })
        .map(|part| part.trim_start_matches("./").to_owned())
}

fn is_data(path: &str) -> bool {
    DATA.contains(&kind::ending(path).as_str())
}

/// Not one of a file that anybody would decode and run.
fn is_foreign(ending: &str) -> bool {
    let named =
        (2..=8).contains(&ending.len()) && ending.bytes().all(|b| b.is_ascii_alphanumeric());
    let script = matches!(
        ending,
        "js" | "mjs"
            | "cjs"
            | "jsx"
            | "ts"
            | "mts"
            | "cts"
            | "tsx"
            | "jsc"
            | "node"
            | "wasm"
            | "html"
            | "vue"
    );
    named && !script
}

/// Fields of source maps, by the standard and by the tools that extend it with `x_`.
const MAP_FIELDS: &[&str] = &[
    "version",
    "file",
    "sourceRoot",
    "sources",
    "sourcesContent",
    "names",
    "mappings",
    "sections",
    "ignoreList",
    "debugId",
    "debug_id",
];

/// A field that no tool writes, whose text is code that reaches out.
fn code_in_map(text: &str) -> Option<(String, String)> {
    let fields: BTreeMap<String, serde::de::IgnoredAny> = serde_json::from_str(text).ok()?;
    if fields
        .keys()
        .all(|field| MAP_FIELDS.contains(&field.as_str()))
    {
        return None;
    }
    let map: serde_json::Value = serde_json::from_str(text).ok()?;
    map.as_object()?
        .iter()
        .filter(|(field, _)| !MAP_FIELDS.contains(&field.as_str()))
        .find_map(|(field, value)| {
            let code = value.as_str()?;
            let reaches_out = [
                "require(",
                "import(",
                "process.",
                "eval(",
                "fetch(",
                "Function(",
            ];
            let is_code =
                code.contains(['(', '{']) && reaches_out.iter().any(|word| code.contains(word));
            is_code.then(|| (field.clone(), code.to_owned()))
        })
}
