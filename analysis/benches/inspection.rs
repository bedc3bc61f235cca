//! How fast a package is inspected, beside what its scripts cost to parse alone, which is the least that anybody could
//! do with them: `cargo bench -p lazaret-analysis --bench inspection -- FOLDER...`

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "it measures, and says what"
)]

use lazaret_analysis::{File, Limits, Package, inspect, js};
use oxc_allocator::Allocator;
use oxc_parser::Parser;
use oxc_span::SourceType;
use std::path::Path;
use std::time::{Duration, Instant};

fn main() {
    let folders: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let mut all = Sum::default();
    for folder in &folders {
        let mut files = Vec::new();
        read(Path::new(folder), Path::new(folder), &mut files);
        let package = Package {
            files,
            ..Package::default()
        };
        all.add(&package);
    }
    all.tell(folders.len());
}

#[derive(Default)]
struct Sum {
    bytes: usize,
    parse: Duration,
    facts: Duration,
    whole: Duration,
}

impl Sum {
    fn add(&mut self, package: &Package) {
        let limits = Limits::default();
        for file in &package.files {
            let script = [".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx"]
                .iter()
                .any(|ending| file.path.ends_with(ending));
            let Ok(text) = std::str::from_utf8(&file.bytes) else {
                continue;
            };
            if !script || file.path.ends_with(".d.ts") {
                continue;
            }
            self.bytes += text.len();
            let start = Instant::now();
            let arena = Allocator::default();
            let kind = SourceType::from_path(&file.path).unwrap_or_default();
            std::hint::black_box(Parser::new(&arena, text, kind).parse());
            self.parse += start.elapsed();
            let start = Instant::now();
            let script = js::Script {
                path: &file.path,
                text,
            };
            std::hint::black_box(js::facts(script, &limits));
            self.facts += start.elapsed();
        }
        let start = Instant::now();
        std::hint::black_box(inspect(package, &limits, &mut |_| {}));
        self.whole += start.elapsed();
    }

    fn tell(&self, packages: usize) {
        let rate = |time: Duration| self.bytes as f64 / 1e6 / time.as_secs_f64();
        let times = |time: Duration| time.as_secs_f64() / self.parse.as_secs_f64();
        println!(
            "{packages} packages, {:.1} MB of scripts",
            self.bytes as f64 / 1e6
        );
        println!("parse alone  {:8.1} MB/s", rate(self.parse));
        println!(
            "facts        {:8.1} MB/s  {:.1} x",
            rate(self.facts),
            times(self.facts)
        );
        println!(
            "inspection   {:8.1} MB/s  {:.1} x",
            rate(self.whole),
            times(self.whole)
        );
    }
}

fn read(root: &Path, folder: &Path, files: &mut Vec<File>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(root, &path, files);
        } else if path.is_file() {
            files.push(File {
                path: path
                    .strip_prefix(root)
                    .unwrap()
                    .to_string_lossy()
                    .into_owned(),
                bytes: std::fs::read(&path).unwrap().into(),
                disputed: false,
            });
        }
    }
}
