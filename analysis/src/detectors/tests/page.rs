//! The cases in a page: fenced blocks under "Flagged" and "Not flagged".
//!
//! A block `js` is a package with that one file as `index.js`. A block `package` is a small archive: `-- path --` begins
//! a file, `-- before/path --` and `-- after/path --` those of two versions. Lines before the first file tell more:
//! `finding: rule file[:line]`, `registry: {json}`, `archive: words`, `incomplete: words`, `confusion: words`.
//! `-- path base64 --` begins a file that is no text, `-- path repeated 100 --` one whose lines are there so often.
//! A line that ends with `// finding: rule` or `# finding: rule` is marked.

use base64::Engine;

use crate::finding::Finding;
use crate::history::History;
use crate::limits::Limits;
use crate::package::{File, Package};
use crate::{change, inspect};

#[derive(Debug, Default)]
pub(super) struct Case {
    pub(super) flagged: bool,
    /// Of the page, where the block begins.
    pub(super) line: usize,
    pub(super) before: Option<Package>,
    pub(super) after: Package,
    pub(super) history: Option<History>,
    pub(super) marks: Vec<Mark>,
}

#[derive(Debug)]
pub(super) struct Mark {
    pub(super) rule: String,
    file: String,
    /// None for any line.
    line: Option<u32>,
}

impl Mark {
    pub(super) fn is_at(&self, file: &str, line: u32) -> bool {
        self.file == file && self.line.is_none_or(|marked| marked == line)
    }
}

impl Case {
    /// All findings; for a change, only those that are new.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let limits = Limits::default();
        let inspected = |package| inspect(package, &limits, &mut |_| {});
        let mut after = self.after.clone();
        after.history.clone_from(&self.history);
        match &self.before {
            None => inspected(&after).report.findings,
            Some(before) => change(
                &inspected(before),
                &inspected(&after),
                self.history.as_ref(),
            )
            .new_findings()
            .cloned()
            .collect(),
        }
    }
}

/// The cases of a page.
pub(super) fn cases(page: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut flagged = None;
    let mut lines = page.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        if let Some(heading) = line.strip_prefix("## ") {
            flagged = match heading {
                "Flagged" => Some(true),
                "Not flagged" => Some(false),
                _ => None,
            };
        }
        let Some(info) = line.strip_prefix("```") else {
            continue;
        };
        let body: Vec<&str> = lines
            .by_ref()
            .map(|(_, line)| line)
            .take_while(|line| *line != "```")
            .collect();
        let Some(flagged) = flagged else { continue };
        let mut case = Case {
            flagged,
            line: at + 1,
            ..Case::default()
        };
        match info {
            "js" => add(&mut case, Side::Only, "index.js", &body),
            "package" => archive(&mut case, &body),
            other => panic!("line {}: a block of {other:?} is no case", at + 1),
        }
        cases.push(case);
    }
    cases
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Only,
    Before,
    After,
}

fn archive(case: &mut Case, body: &[&str]) {
    let is_file = |line: &&&str| line.starts_with("-- ") && line.ends_with(" --");
    let head = body.iter().take_while(|line| !is_file(line)).count();
    for line in &body[..head] {
        match line.split_once(": ") {
            Some(("finding", mark)) => {
                let (rule, place) = mark.split_once(' ').expect("a rule and a place");
                let (file, line) = match place.rsplit_once(':') {
                    Some((file, line)) => (file, Some(line.parse().expect("a line"))),
                    None => (place, None),
                };
                case.marks.push(Mark {
                    rule: rule.to_owned(),
                    file: file.to_owned(),
                    line,
                });
            }
            Some(("registry", json)) => {
                case.history = Some(serde_json::from_str(json).expect("registry facts"));
            }
            Some(("archive", words)) => case.after.archive.push(words.to_owned()),
            Some(("incomplete", words)) => case.after.incomplete.push(words.to_owned()),
            Some(("confusion", words)) => case.after.confusion.push(words.to_owned()),
            _ => panic!("{line:?} is before the first file and says nothing known"),
        }
    }
    let mut rest = &body[head..];
    while let Some((name, after)) = rest.split_first() {
        let length = after.iter().take_while(|line| !is_file(line)).count();
        let name = &name[3..name.len() - 3];
        let (side, path) = match name.split_once('/') {
            Some(("before", path)) => (Side::Before, path),
            Some(("after", path)) => (Side::After, path),
            _ => (Side::Only, name),
        };
        add(case, side, path, &after[..length]);
        rest = &after[length..];
    }
}

fn add(case: &mut Case, side: Side, path: &str, lines: &[&str]) {
    let (path, bytes) = match path.strip_suffix(" base64") {
        Some(path) => {
            let text: String = lines.concat();
            let bytes = base64::engine::general_purpose::STANDARD.decode(text);
            (path, bytes.expect("base64"))
        }
        None => {
            // `-- path repeated 100 --`: for sizes.
            let (path, times) = match path.split_once(" repeated ") {
                Some((path, times)) => (path, times.parse().expect("a number")),
                None => (path, 1),
            };
            let mut text = String::new();
            for (at, line) in lines.iter().enumerate() {
                let (line, rule) = match line.rsplit_once("// finding: ") {
                    Some((line, rule)) => (line, Some(rule)),
                    None => match line.rsplit_once("# finding: ") {
                        Some((line, rule)) => (line, Some(rule)),
                        None => (*line, None),
                    },
                };
                text += line.trim_end();
                text += "\n";
                if side != Side::Before
                    && let Some(rule) = rule
                {
                    case.marks.push(Mark {
                        rule: rule.trim().to_owned(),
                        file: path.to_owned(),
                        line: Some(at as u32 + 1),
                    });
                }
            }
            (path, text.repeat(times).into_bytes())
        }
    };
    let package = match side {
        Side::Before => case.before.get_or_insert_default(),
        Side::Only | Side::After => &mut case.after,
    };
    package.files.push(File {
        path: path.to_owned(),
        bytes: bytes.into(),
        disputed: false,
    });
}
