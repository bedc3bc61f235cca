//! Writing a view: the registry's own bytes, with tarballs addressed at the mirror.

use std::io::{self, Write};

use jiff::Timestamp;

use super::{Entry, Packument, Span, View};
use crate::PackageName;

/// The two forms of a package document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// `application/json`: everything.
    Full,
    /// `application/vnd.npm.install-v1+json`: what an install needs, and `time`.
    Abbreviated,
}

/// What a document says of the mirror that serves it.
#[derive(Clone, Copy, Debug)]
pub struct Links<'a> {
    /// Where clients reach the mirror, without a slash at the end.
    pub public_url: &'a str,
    /// The time given for versions of which the registry tells none: when we first saw the package.
    pub first_contact: Timestamp,
}

impl Links<'_> {
    /// The canonical address of a tarball. pnpm leaves addresses of exactly this form out of its lockfile.
    pub fn tarball(&self, name: &PackageName, version: &str) -> String {
        format!(
            "{}/{}/-/{}",
            self.public_url,
            name,
            name.tarball_file(version)
        )
    }
}

impl View<'_> {
    /// Writes the document as JSON.
    pub fn write(&self, form: Form, links: Links<'_>, out: &mut impl Write) -> io::Result<()> {
        out.write_all(b"{")?;
        let mut separator = Separator::default();
        let of_form = |key: &str| form == Form::Full || key == "name";
        for (key, span) in &self.packument.fields {
            let ours = matches!(
                key.as_str(),
                "dist-tags" | "time" | "modified" | "policyRestrictions" | "_attachments"
            );
            if !ours && of_form(key) {
                separator.write(out)?;
                key_to(key, out)?;
                out.write_all(self.packument.slice(*span).as_bytes())?;
            }
        }
        separator.write(out)?;
        self.write_tags(out)?;
        self.write_restrictions(out)?;
        if let (Form::Abbreviated, Some(modified)) = (form, self.modified) {
            write!(out, ",\"modified\":\"{}\"", iso(modified))?;
        }
        self.write_time(links, out)?;
        out.write_all(b",\"versions\":{")?;
        let mut separator = Separator::default();
        for (entry, _) in self.entries().filter(|(_, kept)| *kept) {
            separator.write(out)?;
            key_to(&entry.version, out)?;
            match form {
                Form::Full => self.packument.write_manifest(entry, links, out)?,
                Form::Abbreviated => self.packument.write_abbreviated(entry, links, out)?,
            }
        }
        out.write_all(b"}}")
    }

    fn entries(&self) -> impl Iterator<Item = (&Entry, bool)> {
        self.packument.entries.iter().zip(self.kept.iter().copied())
    }

    fn write_tags(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(b"\"dist-tags\":{")?;
        let mut separator = Separator::default();
        for (tag, version) in self.tags() {
            separator.write(out)?;
            key_to(tag, out)?;
            serde_json::to_writer(&mut *out, version)?;
        }
        out.write_all(b"}")
    }

    /// npm's own field for withheld versions: with it, npm resolves ranges to what is left and answers a request
    /// for an exact withheld version with our words. Source: npm-pick-manifest, npm/rfcs#46.
    fn write_restrictions(&self, out: &mut impl Write) -> io::Result<()> {
        let Some(message) = self.message.filter(|_| self.withheld > 0) else {
            return Ok(());
        };
        out.write_all(b",\"policyRestrictions\":{\"message\":")?;
        serde_json::to_writer(&mut *out, message)?;
        out.write_all(b",\"versions\":{")?;
        let name = self.packument.name.as_str();
        let mut separator = Separator::default();
        for (entry, _) in self.entries().filter(|(_, kept)| !*kept) {
            separator.write(out)?;
            key_to(&entry.version, out)?;
            let manifest = [("name", name), ("version", &*entry.version)];
            write!(out, "{{")?;
            let mut inner = Separator::default();
            for (key, value) in manifest {
                inner.write(out)?;
                key_to(key, out)?;
                serde_json::to_writer(&mut *out, value)?;
            }
            write!(out, "}}")?;
        }
        out.write_all(b"}}")
    }

    fn write_time(&self, links: Links<'_>, out: &mut impl Write) -> io::Result<()> {
        out.write_all(b",\"time\":{")?;
        let mut separator = Separator::default();
        let bounds = [
            ("created", self.packument.created),
            ("modified", self.modified),
        ];
        for (key, instant) in bounds {
            if let Some(instant) = instant {
                separator.write(out)?;
                write!(out, "\"{key}\":\"{}\"", iso(instant))?;
            }
        }
        for (entry, _) in self.entries().filter(|(_, kept)| *kept) {
            separator.write(out)?;
            key_to(&entry.version, out)?;
            match entry.time.filter(|_| entry.published.is_some()) {
                Some(span) => out.write_all(self.packument.slice(span).as_bytes())?,
                None => write!(out, "\"{}\"", iso(links.first_contact))?,
            }
        }
        out.write_all(b"}")
    }
}

impl Packument {
    /// Writes one manifest with the tarball addressed at the mirror.
    pub fn write_manifest(
        &self,
        entry: &Entry,
        links: Links<'_>,
        out: &mut impl Write,
    ) -> io::Result<()> {
        self.write_readdressed(entry, entry.object, links, out)
    }

    /// Writes `span`, a part of the entry's manifest that may hold the tarball's address.
    fn write_readdressed(
        &self,
        entry: &Entry,
        span: Span,
        links: Links<'_>,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let Some(tarball) = entry
            .tarball
            .filter(|tarball| span.start <= tarball.start && tarball.end <= span.end)
        else {
            return out.write_all(self.slice(span).as_bytes());
        };
        out.write_all(&self.body()[span.start..tarball.start])?;
        serde_json::to_writer(&mut *out, &links.tarball(&self.name, &entry.version))?;
        out.write_all(&self.body()[tarball.end..span.end])
    }

    fn write_abbreviated(
        &self,
        entry: &Entry,
        links: Links<'_>,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let parts = entry.parts.start as usize..entry.parts.end as usize;
        out.write_all(b"{")?;
        let mut separator = Separator::default();
        for part in &self.parts[parts] {
            separator.write(out)?;
            self.write_readdressed(entry, *part, links, out)?;
        }
        if entry.hides_install_script {
            separator.write(out)?;
            out.write_all(b"\"hasInstallScript\":true")?;
        }
        out.write_all(b"}")
    }
}

/// ISO 8601 with milliseconds, as the registry writes it.
fn iso(instant: Timestamp) -> String {
    format!("{instant:.3}")
}

fn key_to(key: &str, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, key)?;
    out.write_all(b":")
}

/// The comma between the parts of a list, and none before the first.
#[derive(Default)]
struct Separator {
    needed: bool,
}

impl Separator {
    fn write(&mut self, out: &mut impl Write) -> io::Result<()> {
        if std::mem::replace(&mut self.needed, true) {
            out.write_all(b",")?;
        }
        Ok(())
    }
}
