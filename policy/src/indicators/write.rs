//! Writes a campaign as the file that it is read from.

use std::fmt::Write;

use lazaret_npm::digest::hex;

use super::campaign::{Campaign, backwards};

impl Campaign {
    /// The text of its file; [`Campaign::parse`] reads it back.
    pub fn to_toml(&self) -> String {
        let mut out = String::new();
        let value = |text: &str| toml::Value::String(text.to_owned()).to_string();
        let _ = writeln!(out, "id = {}", value(&self.id));
        let _ = writeln!(out, "name = {}", value(&self.name));
        let _ = writeln!(out, "from = {}", self.from);
        if let Some(to) = self.to {
            let _ = writeln!(out, "to = {to}");
        }
        let _ = writeln!(out, "what = {}", value(&self.what));
        let list = |out: &mut String, key: &str, texts: &[Box<str>], turn: bool| {
            if texts.is_empty() {
                return;
            }
            let _ = writeln!(out, "{key} = [");
            for text in texts {
                let text = match turn {
                    true => backwards(text),
                    false => text.to_string(),
                };
                let _ = writeln!(out, "    {},", value(&text));
            }
            let _ = writeln!(out, "]");
        };
        list(&mut out, "sources", &self.sources, false);
        list(&mut out, "rotate", &self.rotate, false);
        list(&mut out, "clean", &self.clean, false);
        list(&mut out, "literals", &self.literals, true);
        list(&mut out, "domains", &self.domains, true);
        list(&mut out, "hints", &self.hints, true);
        list(&mut out, "files", &self.files, false);
        for hash in &self.hashes {
            let _ = writeln!(out, "\n[[hashes]]\nsha256 = \"{}\"", hex(&hash.sha256));
            list(&mut out, "names", &hash.names, false);
            if let Some(bytes) = hash.bytes {
                let _ = writeln!(out, "bytes = {bytes}");
            }
        }
        for line in &self.lines {
            let sha256 = hex(&line.sha256);
            let _ = writeln!(
                out,
                "\n[[lines]]\nsha256 = \"{sha256}\"\nbytes = {}",
                line.bytes
            );
        }
        if !self.packages.is_empty() {
            let _ = writeln!(out, "\n[packages]");
        }
        for (name, versions) in &self.packages {
            let versions: Vec<String> = versions.iter().map(|one| value(one)).collect();
            let _ = writeln!(out, "{} = [{}]", value(name), versions.join(", "));
        }
        out
    }
}
