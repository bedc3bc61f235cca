//! Crafted archives in the hands of real clients: whatever any of them extracts is among what our reader lists, and
//! what our reader calls canonical is extracted by all of them alike.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use lazaret_npm::tarball::{Contents, Limits, Tarball};
use lazaret_testing::archives::{Case, cases};
use lazaret_testing::{FakeNpm, Npm};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::bun::BUN;
use super::client::Client;
use super::npm::NPM_11;
use super::pnpm::{PNPM_10, PNPM_12};
use super::stage;
use super::yarn_1::YARN_1;
use super::yarn_4::YARN_4;

/// Longer than any of these installs takes; a client that is not ready then hangs.
const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn npm_11() {
    compare(&NPM_11, &["line-after-name", "line-separator-after-name"]);
}

#[test]
fn pnpm_10() {
    compare(
        &PNPM_10,
        &[
            "empty-archive",
            "file-named-as-folder-with-content",
            "leading-zero-block",
            "long-part",
            "only-zeros",
            "pax-length-too-long",
            "pax-path-with-nul",
        ],
    );
}

#[test]
fn pnpm_12() {
    compare(&PNPM_12, &["long-part", "pax-path-with-nul"]);
}

/// Waits forever for files that would replace the package's own folder.
#[test]
fn yarn_1() {
    compare(
        &YARN_1,
        &[
            "backslash-root",
            "empty-name",
            "far-too-deep-path",
            "file-at-root",
            "link-without-target",
            "only-root",
            "pax-path-of-root",
            "pax-path-outside-root",
            "pax-size-behind-a-skipped-header",
        ],
    );
}

/// Says of broken gzip data that it is broken, but not whose.
#[test]
fn yarn_4() {
    compare(
        &YARN_4,
        &[
            "compressed-twice",
            "empty-archive",
            "empty-file",
            "gzip-checksum-wrong",
            "gzip-cut-in-data",
            "gzip-cut-in-trailer",
            "gzip-header-checksum",
            "gzip-header-only",
            "gzip-length-wrong",
            "gzip-of-nothing",
            "gzip-of-text",
            "gzip-other-method",
            "gzip-reserved-flag",
            "gzip-without-trailer",
            "long-part",
            "only-zeros",
            "package-json-comment",
            "package-json-trailing-comma",
            "text",
            "trailing-garbage",
            "two-bytes",
            "zstd-magic",
        ],
    );
}

#[test]
fn bun() {
    compare(&BUN, &[]);
}

/// Path and content of every file of a package.
type Files = BTreeMap<String, Vec<u8>>;

/// `left_out`: archives at which the client hangs, or stops without saying at which, so that it extracts nothing.
fn compare(client: &Client, left_out: &[&str]) {
    let cases: Vec<Case> = cases()
        .into_iter()
        .filter(|case| !left_out.contains(&case.name))
        .collect();
    let extracted = Survey::new(client, &cases).run();
    let mut wrong = Vec::new();
    for case in &cases {
        let tarball = Tarball::unverified(case.bytes.clone());
        // An archive that was not read, or not to its end, is refused as such.
        let Ok(contents) = tarball.contents(&Limits::default()) else {
            continue;
        };
        let files = extracted.get(case.name);
        if contents.incomplete.is_empty() {
            wrong.extend(
                files
                    .into_iter()
                    .flat_map(|files| unlisted(case, files, &contents)),
            );
        }
        if contents.is_canonical() {
            wrong.extend(difference(case, files, &contents));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", client.name, wrong.join("\n"));
    assert!(
        extracted.len() > 30,
        "{} installed only {:?}",
        client.name,
        extracted.keys()
    );
}

/// What the client extracted and our reader does not list.
fn unlisted(case: &Case, files: &Files, contents: &Contents) -> Vec<String> {
    let mut wrong = Vec::new();
    for (path, bytes) in files {
        let is_listed = contents.at(path).iter().any(|file| file.bytes == bytes);
        if !is_listed {
            let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]).into_owned();
            let count = bytes.len();
            wrong.push(format!(
                "{}: {path:?} with {count} bytes {shown:?} is not listed",
                case.name
            ));
        }
    }
    wrong
}

/// How the client's files differ from those of a canonical archive.
fn difference(case: &Case, files: Option<&Files>, contents: &Contents) -> Option<String> {
    let Some(files) = files else {
        return Some(format!("{}: canonical, but refused", case.name));
    };
    let ours: BTreeSet<&str> = contents
        .files
        .iter()
        .map(|file| file.path.as_str())
        .collect();
    let theirs: BTreeSet<&str> = files.keys().map(String::as_str).collect();
    (ours != theirs).then(|| {
        format!(
            "{}: canonical, but {theirs:?} instead of {ours:?}",
            case.name
        )
    })
}

/// Installs of many packages with one client.
struct Survey<'a> {
    client: &'a Client,
    npm: FakeNpm,
    folder: TempDir,
    extracted: BTreeMap<&'a str, Files>,
    /// Sets of cases that are still to be installed together.
    groups: Vec<Vec<&'a str>>,
}

enum Outcome {
    Installed,
    /// With what the client said.
    Failed(String),
    Hung,
}

impl<'a> Survey<'a> {
    fn new(client: &'a Client, cases: &'a [Case]) -> Self {
        let mut npm = Npm::new();
        for case in cases {
            npm = npm.package(&format!("case-{}", case.name), |package| {
                package.version("1.0.0", |release| release.archive(case.bytes.clone()))
            });
        }
        Self {
            client,
            npm: npm.start_blocking(),
            folder: TempDir::new().unwrap(),
            extracted: BTreeMap::new(),
            groups: vec![cases.iter().map(|case| case.name).collect()],
        }
    }

    /// What was extracted of each case that the client does not refuse.
    fn run(mut self) -> BTreeMap<&'a str, Files> {
        while let Some(group) = self.groups.pop() {
            match self.install(&group) {
                Outcome::Installed => self.collect(&group),
                Outcome::Failed(output) => {
                    let (refused, rest): (Vec<_>, Vec<_>) = {
                        let named = named(&output, &group);
                        group.iter().partition(|name| named.contains(*name))
                    };
                    match refused.is_empty() {
                        true => self.split(&rest),
                        false => self.groups.extend((!rest.is_empty()).then_some(rest)),
                    }
                }
                Outcome::Hung => self.split(&group),
            }
        }
        self.extracted
    }

    fn split(&mut self, group: &[&'a str]) {
        if group.len() > 1 {
            let (first, second) = group.split_at(group.len() / 2);
            self.groups.extend([first.to_vec(), second.to_vec()]);
        }
    }

    fn install(&self, group: &[&str]) -> Outcome {
        let project = self.folder.path().join("project");
        // Not there yet the first time.
        let _ = fs::remove_dir_all(&project);
        fs::create_dir_all(&project).unwrap();
        fs::create_dir_all(self.folder.path().join("home")).unwrap();
        // Optional, so that a client may go on without those that it refuses.
        let dependencies: Map<String, Value> = group
            .iter()
            .map(|name| (format!("case-{name}"), json!("1.0.0")))
            .collect();
        let manifest =
            json!({"name": "survey", "version": "1.0.0", "optionalDependencies": dependencies});
        fs::write(project.join("package.json"), manifest.to_string()).unwrap();
        let settings = (self.client.settings)(self.npm.url().trim_end_matches('/'));
        for (name, text) in settings.files {
            fs::write(project.join(name), text).unwrap();
        }
        let mut command = stage::program(self.client);
        command.args(self.client.install);
        stage::isolate(self.folder.path(), &mut command);
        command.envs(settings.variables);
        self.finish(&mut command)
    }

    fn finish(&self, command: &mut Command) -> Outcome {
        let log = self.folder.path().join("client.log");
        let file = fs::File::create(&log).unwrap();
        command
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file);
        let mut child = stage::Reaped(command.spawn().unwrap());
        let started = Instant::now();
        loop {
            if let Some(status) = child.0.try_wait().unwrap() {
                let output = String::from_utf8_lossy(&fs::read(log).unwrap()).into_owned();
                return match status.success() {
                    true => Outcome::Installed,
                    false => Outcome::Failed(output),
                };
            }
            if started.elapsed() > PATIENCE {
                return Outcome::Hung;
            }
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }

    fn collect(&mut self, group: &[&'a str]) {
        for name in group {
            let folder = self
                .folder
                .path()
                .join(format!("project/node_modules/case-{name}"));
            if let Ok(folder) = folder.canonicalize() {
                let mut files = Files::new();
                read_below(&folder, "", &mut files);
                // pnpm 12 puts one where there is none.
                files.retain(|_, bytes| !bytes.starts_with(b"{\"_pnpmPlaceholder\""));
                // npm renames it, unless told not to.
                if let Some(ignored) = files.remove(".npmignore") {
                    files.insert(".gitignore".to_owned(), ignored);
                }
                self.extracted.insert(name, files);
            }
        }
    }
}

/// The cases that an error names, if any does.
fn named<'a>(output: &str, group: &[&'a str]) -> Vec<&'a str> {
    let mut named = Vec::new();
    for line in output.lines() {
        let lower = line.to_lowercase();
        if !["err", "fail", "yn0001", "invalid"]
            .iter()
            .any(|word| lower.contains(word))
        {
            continue;
        }
        for (at, _) in line.match_indices("case-") {
            let rest = &line[at + "case-".len()..];
            let longest = group.iter().filter(|name| rest.starts_with(**name));
            named.extend(longest.max_by_key(|name| name.len()));
        }
    }
    named
}

/// Files below a folder; links are not followed.
fn read_below(folder: &Path, path: &str, files: &mut Files) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if path.is_empty() {
            name
        } else {
            format!("{path}/{name}")
        };
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            read_below(&entry.path(), &path, files);
        } else if kind.is_file() {
            files.insert(path, fs::read(entry.path()).unwrap());
        }
    }
}
