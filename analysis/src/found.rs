//! Where detectors put what they find. A finding's place, phase and fingerprints are worked out here, from the fact
//! that it rests on.

mod evidence;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::detectors::Detector;
use crate::facts::{Call, Flow, Import, Read, Span, Text, Write};
use crate::finding::{Finding, Phase, Place, Severity};
use crate::hash::StableHash;
use crate::source::Source;
use crate::view::PackageView;

pub use evidence::{cut, shown, shown_call};
use evidence::{hashed, hashed_all};

/// Different findings of one rule in one file beyond this many times the limit are not kept, and that is told.
const DISTINCT: usize = 40;

/// Of one file.
#[derive(Debug, Default)]
struct Kept {
    total: usize,
    kinds: BTreeSet<u64>,
}

/// What one detector finds.
#[derive(Debug)]
pub struct Found {
    rule: &'static str,
    severity: Severity,
    source: Option<Rc<Source>>,
    limit: usize,
    findings: Vec<Finding>,
    kept: BTreeMap<String, Kept>,
    /// Files with more findings than are kept.
    overfull: BTreeMap<String, usize>,
}

impl Found {
    pub fn new(detector: &Detector, limit: usize) -> Self {
        Self {
            rule: detector.id,
            severity: detector.severity,
            source: None,
            limit,
            findings: Vec::new(),
            kept: BTreeMap::new(),
            overfull: BTreeMap::new(),
        }
    }

    /// Findings from here on are in this file. Detectors of [`Looks::File`](crate::detectors::Looks::File) are there
    /// already.
    pub fn within(&mut self, source: &Rc<Source>) -> &mut Self {
        self.source = Some(Rc::clone(source));
        self
    }

    /// Somewhere in the file; what it is must be said by [`evidence`](Builder::evidence). Its phase is the file's.
    pub fn at(&mut self, span: Span) -> Builder<'_> {
        self.spot(span, u32::MAX, StableHash::default())
    }

    /// The file as a whole.
    pub fn file(&mut self) -> Builder<'_> {
        let place = self.source.as_ref().map(|source| source.whole());
        let phase = self.source.as_ref().map(|source| source.phase);
        Builder::new(
            self,
            place.unwrap_or_else(package),
            phase,
            0,
            StableHash::default(),
        )
    }

    /// The package as a whole.
    pub fn package(&mut self) -> Builder<'_> {
        Builder::new(self, package(), None, 0, StableHash::default())
    }

    /// A member of `package.json`, by its path of keys; the file as a whole if it is not there.
    pub fn manifest(&mut self, package: &PackageView, path: &[&str]) -> Builder<'_> {
        let place = package.manifest_place(path);
        self.place(place)
    }

    /// A place that was known before.
    pub fn place(&mut self, place: Place) -> Builder<'_> {
        Builder::new(self, place, None, 0, StableHash::default())
    }

    pub fn call(&mut self, call: &Call) -> Builder<'_> {
        let evidence = shown_call(&call.callee, &call.args, call.new);
        let site = hashed_all(StableHash::default().with_text(&call.callee), &call.args);
        self.spot(call.span, call.function, site).evidence(evidence)
    }

    pub fn import(&mut self, import: &Import) -> Builder<'_> {
        let evidence = shown(&import.specifier);
        let site = hashed(StableHash::default(), &import.specifier);
        self.spot(import.span, import.function, site)
            .evidence(evidence)
    }

    pub fn read(&mut self, read: &Read) -> Builder<'_> {
        let site = StableHash::default().with_text(&read.path);
        self.spot(read.span, read.function, site)
            .evidence(&*read.path)
    }

    pub fn write(&mut self, write: &Write) -> Builder<'_> {
        let evidence = format!("{} = {}", write.path, shown(&write.value));
        let site = hashed(StableHash::default().with_text(&write.path), &write.value);
        self.spot(write.span, write.function, site)
            .evidence(evidence)
    }

    pub fn text(&mut self, text: &Text) -> Builder<'_> {
        let site = StableHash::default().with_text(&text.text);
        self.spot(text.span, text.function, site)
            .evidence(&*text.text)
    }

    /// At the sink, with the source as the other end.
    pub fn flow(&mut self, flow: &Flow) -> Builder<'_> {
        let evidence = format!(
            "{} -> {}",
            flow.from,
            shown_call(&flow.to, &flow.args, false)
        );
        let site = StableHash::default()
            .with_text(&flow.from)
            .with_text(&flow.to);
        let site = hashed_all(site, &flow.args);
        let from = self
            .source
            .as_ref()
            .map(|source| source.place(flow.from_span));
        let mut builder = self
            .spot(flow.to_span, flow.function, site)
            .evidence(evidence);
        builder.finding.via.extend(from);
        builder
    }

    /// The file in which it is looking.
    pub(crate) fn current(&self) -> Option<String> {
        self.source.as_ref().map(|source| source.path.clone())
    }

    /// Findings in the order in which they were added, and the files in which there were more.
    pub fn finish(self) -> (Vec<Finding>, BTreeMap<String, usize>) {
        (self.findings, self.overfull)
    }

    fn spot(&mut self, span: Span, function: u32, site: StableHash) -> Builder<'_> {
        let Some(source) = self.source.clone() else {
            return self.package();
        };
        let phase = source.phase_of(function);
        let shape = source.shape_of(function);
        Builder::new(self, source.place(span), Some(phase), shape, site)
    }
}

fn package() -> Place {
    Place {
        file: "package.json".to_owned(),
        line: 0,
        column: 0,
    }
}

/// One finding in the making; it counts once it is [added](Self::add).
#[must_use = "a finding counts once it is added"]
#[derive(Debug)]
pub struct Builder<'f> {
    found: &'f mut Found,
    finding: Finding,
    site: StableHash,
    /// Neither a fact nor an identity was given: the evidence, uncut, is what makes it the same.
    by_evidence: Option<StableHash>,
}

impl<'f> Builder<'f> {
    fn new(
        found: &'f mut Found,
        place: Place,
        phase: Option<Phase>,
        shape: u64,
        site: StableHash,
    ) -> Self {
        let by_evidence = (site.finish() == StableHash::default().finish()).then_some(site);
        Self {
            finding: Finding {
                rule: found.rule,
                severity: found.severity,
                phase: phase.unwrap_or(Phase::Install),
                place,
                message: String::new(),
                evidence: String::new(),
                via: Vec::new(),
                fingerprint: 0,
                site: 0,
                named: false,
                shape,
            },
            found,
            site,
            by_evidence,
        }
    }

    /// One line, for people: what it does.
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.finding.message = cut(&message.into());
        self
    }

    /// Instead of what the fact itself shows.
    pub fn evidence(mut self, evidence: impl Into<String>) -> Self {
        let evidence = evidence.into();
        if self.by_evidence.is_some() {
            self.by_evidence = Some(StableHash::default().with_text(&evidence));
        }
        self.finding.evidence = cut(&evidence);
        self
    }

    /// Instead of the detector's own, and never above that.
    pub fn severity(mut self, severity: Severity) -> Self {
        self.finding.severity = severity.min(self.found.severity);
        self
    }

    /// Instead of the file's or function's.
    pub fn phase(mut self, phase: Phase) -> Self {
        self.finding.phase = phase;
        self
    }

    /// Another end of a chain, in any file.
    pub fn via(mut self, place: Place) -> Self {
        self.finding.via.push(place);
        self
    }

    /// What makes it the same finding in another version, besides the fact: a host, a path.
    pub fn same(mut self, identity: &str) -> Self {
        self.site = self.site.with_text(identity);
        self.by_evidence = None;
        self.finding.named = true;
        self
    }

    /// The function it is in, where it was not found by a fact of that function.
    pub fn function(mut self, function: u32) -> Self {
        if let Some(source) = &self.found.source {
            self.finding.phase = source.phase_of(function);
            self.finding.shape = source.shape_of(function);
        }
        self
    }

    pub fn add(self) {
        let Self {
            found,
            mut finding,
            site,
            by_evidence,
        } = self;
        let site = by_evidence.unwrap_or(site).with_text(finding.rule);
        finding.site = site.finish();
        finding.fingerprint = site.with_number(finding.shape).finish();
        let kept = found.kept.entry(finding.place.file.clone()).or_default();
        // Many of a kind are told by the first of them; another kind must not hide behind them.
        let other = kept.kinds.insert(finding.fingerprint);
        if kept.total < found.limit || (other && kept.total < found.limit.saturating_mul(DISTINCT))
        {
            kept.total += 1;
            found.findings.push(finding);
        } else if other {
            *found.overfull.entry(finding.place.file).or_default() += 1;
        }
    }
}

#[cfg(test)]
mod tests;
