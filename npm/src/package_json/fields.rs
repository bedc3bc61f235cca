//! From JSON to fields.

use serde_json::value::RawValue;

use super::exports::{Target, targets};
use super::read::{Object, Value, object, text, value, without_half_pairs};
use super::{ENTRIES_LIMIT, PackageJson, PackageJsonError, Pairs, Problem, ProblemKind};

/// Problems that are told of one document.
const PROBLEMS: usize = 100;

pub(super) fn read(bytes: &[u8]) -> Result<PackageJson, PackageJsonError> {
    let mut reader = Reader::default();
    let document = String::from_utf8_lossy(bytes);
    if matches!(document, std::borrow::Cow::Owned(_)) {
        reader.problem(ProblemKind::BrokenText, "package.json");
    }
    let document = match document.strip_prefix('\u{feff}') {
        Some(rest) => {
            reader.problem(ProblemKind::ByteOrderMark, "package.json");
            rest
        }
        None => &document,
    };
    let fixed;
    let object: Object<'_> = match serde_json::from_str(document) {
        Ok(object) => object,
        Err(error) => {
            fixed = without_half_pairs(document);
            match serde_json::from_str(&fixed) {
                Ok(object) => {
                    reader.problem(ProblemKind::BrokenText, "package.json");
                    object
                }
                Err(_) if error.is_data() => return Err(PackageJsonError::NotAnObject),
                Err(_) => return Err(PackageJsonError::NotJson(error.to_string())),
            }
        }
    };
    reader.fields(&object);
    Ok(reader.package)
}

#[derive(Default)]
struct Reader {
    package: PackageJson,
}

impl Reader {
    fn problem(&mut self, kind: ProblemKind, field: &str) {
        let problems = &mut self.package.problems;
        let field = field.chars().take(200).collect();
        let problem = Problem { kind, field };
        if problems.len() < PROBLEMS && !problems.contains(&problem) {
            problems.push(problem);
        }
    }

    fn fields(&mut self, document: &Object<'_>) {
        self.twice("", &document.0);
        let names = document.0.iter().map(|(field, _)| field.clone());
        self.package.fields = names.take(ENTRIES_LIMIT).collect();
        if document.0.len() > ENTRIES_LIMIT {
            self.problem(ProblemKind::TooMany, "package.json");
        }
        let mut bundle_all = false;
        for (field, raw) in &document.0 {
            let field = field.as_str();
            match field {
                "name" => self.package.name = self.text(field, raw),
                "version" => self.package.version = self.text(field, raw),
                "description" => self.package.description = self.text(field, raw),
                "homepage" => self.package.homepage = self.text(field, raw),
                "main" => self.package.main = self.text(field, raw),
                "module" => self.package.module = self.text(field, raw),
                "types" | "typings" => {
                    let types = self.text(field, raw);
                    self.package.types = types.or(self.package.types.take());
                }
                "type" => self.package.module_type = self.text(field, raw),
                "license" | "licence" | "licenses" => {
                    let license = self.license(field, raw);
                    self.package.license = license.or(self.package.license.take());
                }
                "repository" => self.package.repository = self.repository(raw),
                "scripts" => {
                    let scripts = self.pairs(field, raw);
                    self.package.scripts.extend(scripts);
                }
                "dependencies" => {
                    let pairs = self.pairs(field, raw);
                    self.package.dependencies.extend(pairs);
                }
                "optionalDependencies" => {
                    let pairs = self.pairs(field, raw);
                    self.package.optional_dependencies.extend(pairs);
                }
                "peerDependencies" => {
                    let pairs = self.pairs(field, raw);
                    self.package.peer_dependencies.extend(pairs);
                }
                "devDependencies" => {
                    let pairs = self.pairs(field, raw);
                    self.package.dev_dependencies.extend(pairs);
                }
                "bundleDependencies" | "bundledDependencies" => match raw.get() {
                    "true" => bundle_all = true,
                    "false" => {}
                    _ => {
                        let names = self.bundle(field, raw);
                        self.package.bundle_dependencies.extend(names);
                    }
                },
                "bin" => {
                    let bin = self.bin(raw);
                    self.package.bin.extend(bin);
                }
                "directories" => self.directories(raw),
                "browser" => {
                    let browser = self.browser(raw);
                    self.package.browser.extend(browser);
                }
                "exports" => {
                    let exports = self.targets(field, raw);
                    self.package.exports.extend(exports);
                }
                "imports" => {
                    let imports = self.targets(field, raw);
                    self.package.imports.extend(imports);
                }
                "gypfile" => self.package.gypfile = self.boolean(field, raw),
                "hasInstallScript" => self.package.has_install_script = self.boolean(field, raw),
                "private" => self.package.is_private = raw.get() == "true",
                "files" => self.package.files = self.list(field, raw),
                "engines" => {
                    // Very old packages have lists here.
                    let engines = match raw.get().starts_with('[') {
                        true => Vec::new(),
                        false => self.pairs(field, raw),
                    };
                    self.package.engines.extend(engines);
                }
                "os" => self.package.os = self.list(field, raw),
                "cpu" => self.package.cpu = self.list(field, raw),
                "libc" => self.package.libc = self.list(field, raw),
                "publishConfig" => self.package.has_publish_config = raw.get() != "null",
                "workspaces" => self.package.has_workspaces = raw.get() != "null",
                _ => {}
            }
        }
        self.finish(bundle_all);
    }

    /// What depends on more than one field.
    fn finish(&mut self, bundle_all: bool) {
        let package = &mut self.package;
        if bundle_all {
            let names = package.dependencies.iter().map(|(name, _)| name.clone());
            package.bundle_dependencies.extend(names);
        }
        // A `bin` that is a text was read without its name.
        let name = package.name.as_deref().unwrap_or_default();
        let command = name.rsplit('/').next().unwrap_or(name);
        for (own, _) in &mut package.bin {
            if own.is_empty() {
                command.clone_into(own);
            }
        }
    }

    fn twice<T>(&mut self, field: &str, pairs: &[(String, T)]) {
        let mut keys: Vec<&str> = pairs.iter().map(|(key, _)| key.as_str()).collect();
        keys.sort_unstable();
        for two in keys.windows(2) {
            if two[0] == two[1] {
                let key = match field {
                    "" => two[0].to_owned(),
                    field => format!("{field}.{}", two[0]),
                };
                self.problem(ProblemKind::DuplicateKey, &key);
            }
        }
    }

    fn text(&mut self, field: &str, raw: &RawValue) -> Option<String> {
        match text(raw.get()) {
            Some((text, is_whole)) => {
                if !is_whole {
                    self.problem(ProblemKind::BrokenText, field);
                }
                Some(text)
            }
            None => {
                if raw.get() != "null" {
                    self.problem(ProblemKind::WrongType, field);
                }
                None
            }
        }
    }

    fn boolean(&mut self, field: &str, raw: &RawValue) -> Option<bool> {
        match raw.get() {
            "true" => Some(true),
            "false" => Some(false),
            "null" => None,
            _ => {
                self.problem(ProblemKind::WrongType, field);
                None
            }
        }
    }

    fn object<'r>(&mut self, field: &str, raw: &'r RawValue) -> Vec<(String, &'r RawValue)> {
        let Some(Object(mut pairs)) = object(raw.get()) else {
            if raw.get() != "null" {
                self.problem(ProblemKind::WrongType, field);
            }
            return Vec::new();
        };
        self.twice(field, &pairs);
        if pairs.len() > ENTRIES_LIMIT {
            self.problem(ProblemKind::TooMany, field);
            pairs.truncate(ENTRIES_LIMIT);
        }
        pairs
    }

    /// An object of texts; other values in it are passed over.
    fn pairs(&mut self, field: &str, raw: &RawValue) -> Pairs {
        let mut pairs = Vec::new();
        for (key, raw) in self.object(field, raw) {
            let of_key = format!("{field}.{key}");
            if let Some(text) = self.text(&of_key, raw) {
                pairs.push((key, text));
            }
        }
        pairs
    }

    /// A list of texts, or one text.
    fn list(&mut self, field: &str, raw: &RawValue) -> Vec<String> {
        if let Some((text, _)) = text(raw.get()) {
            return vec![text];
        }
        let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(raw.get()) else {
            if raw.get() != "null" {
                self.problem(ProblemKind::WrongType, field);
            }
            return Vec::new();
        };
        if items.len() > ENTRIES_LIMIT {
            self.problem(ProblemKind::TooMany, field);
        }
        let items = items.into_iter().take(ENTRIES_LIMIT);
        items.filter_map(|item| self.text(field, item)).collect()
    }

    /// A list of names, or, as some old packages have it, an object with them as keys.
    fn bundle(&mut self, field: &str, raw: &RawValue) -> Vec<String> {
        match raw.get().starts_with('{') {
            true => self
                .object(field, raw)
                .into_iter()
                .map(|(name, _)| name)
                .collect(),
            false => self.list(field, raw),
        }
    }

    fn bin(&mut self, raw: &RawValue) -> Pairs {
        match raw.get().as_bytes().first() {
            Some(b'"') => {
                let path = self.text("bin", raw);
                path.map(|path| (String::new(), path)).into_iter().collect()
            }
            // npm names each file of a list after itself.
            Some(b'[') => {
                let paths = self.list("bin", raw).into_iter();
                let named = paths.map(|path| {
                    let name = path.rsplit('/').next().unwrap_or(&path);
                    (name.to_owned(), path)
                });
                named.collect()
            }
            _ => self.pairs("bin", raw),
        }
    }

    fn directories(&mut self, raw: &RawValue) {
        for (key, raw) in self.object("directories", raw) {
            if key == "bin" {
                self.package.bin_folder = self.text("directories.bin", raw);
            }
        }
    }

    fn browser(&mut self, raw: &RawValue) -> Vec<(String, Option<String>)> {
        if raw.get().starts_with('"') {
            let path = self.text("browser", raw);
            return path
                .map(|path| (".".to_owned(), Some(path)))
                .into_iter()
                .collect();
        }
        let mut replaced = Vec::new();
        for (module, raw) in self.object("browser", raw) {
            let path = match raw.get() {
                "false" => None,
                _ => match self.text("browser", raw) {
                    Some(path) => Some(path),
                    None => continue,
                },
            };
            replaced.push((module, path));
        }
        replaced
    }

    fn targets(&mut self, field: &str, raw: &RawValue) -> Vec<Target> {
        let Some(value) = value(raw.get()) else {
            self.problem(ProblemKind::TooDeep, field);
            return Vec::new();
        };
        let (targets, is_cut) = targets(&value);
        if is_cut {
            self.problem(ProblemKind::TooMany, field);
        }
        targets
    }

    fn license(&mut self, field: &str, raw: &RawValue) -> Option<String> {
        let named = |value: &Value| match value {
            Value::Text(text) => Some(text.clone()),
            Value::Object(pairs) => pairs.iter().find_map(|(key, value)| match value {
                Value::Text(text) if key == "type" || key == "name" => Some(text.clone()),
                _ => None,
            }),
            _ => None,
        };
        let value = value(raw.get())?;
        let names: Vec<String> = match &value {
            Value::List(values) => values.iter().filter_map(named).collect(),
            value => named(value).into_iter().collect(),
        };
        if names.is_empty() && value != Value::Null && value != Value::List(Vec::new()) {
            self.problem(ProblemKind::WrongType, field);
        }
        (!names.is_empty()).then(|| names.join(" OR "))
    }

    fn repository(&mut self, raw: &RawValue) -> Option<String> {
        if raw.get().starts_with('"') {
            return self.text("repository", raw);
        }
        if raw.get().starts_with('[') {
            return None;
        }
        let pairs = self.object("repository", raw);
        let url = pairs.iter().rev().find(|(key, _)| key == "url");
        url.and_then(|(_, raw)| self.text("repository.url", raw))
    }
}
