//! The files that change a package after it was fetched, as far as the lockfile names them.

use std::collections::HashMap;

use lazaret_npm::lockfile::Locked;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::project::Project;

/// What a relative reference keeps of a path; no colon, so that nothing before it looks like a scheme.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'/')
    .remove(b'_')
    .remove(b'~');

/// Which they are, by what pnpm calls them: a name, or `name@version`.
pub(super) struct PatchFiles<'a> {
    of_pnpm: HashMap<&'a str, Vec<&'a str>>,
}

impl<'a> PatchFiles<'a> {
    pub(super) fn of(project: &'a Project) -> Self {
        let mut of_pnpm: HashMap<&str, Vec<&str>> = HashMap::new();
        let settings = project.lockfile.settings.iter();
        for setting in settings.filter(|setting| setting.group == "patchedDependencies") {
            // `name@version>path` beside `name@version>hash`.
            let key = setting.key.strip_suffix(">path").unwrap_or(&setting.key);
            of_pnpm.entry(key).or_default().push(setting.value.as_str());
        }
        Self { of_pnpm }
    }

    /// Paths from the lockfile's folder on, as valid references. Patches that yarn brings itself have none.
    pub(super) fn of_entries(&self, patched: &[&Locked]) -> Vec<String> {
        let mut files: Vec<&str> = Vec::new();
        for entry in patched {
            let id = entry.id();
            let of_pnpm = [&*entry.name, &id].map(|key| self.of_pnpm.get(key));
            files.extend(of_pnpm.into_iter().flatten().flatten());
            let of_yarn = entry.patch.iter().flat_map(|patch| patch.text.split('&'));
            files.extend(of_yarn.map(|file| file.trim_start_matches("optional!")));
        }
        files.retain(|file| file.ends_with(".patch"));
        let files = files
            .into_iter()
            .map(|file| file.trim_start_matches("~/").trim_start_matches("./"));
        let mut files: Vec<String> = files
            .map(|file| utf8_percent_encode(file, PATH).to_string())
            .collect();
        files.sort();
        files.dedup();
        files
    }
}
