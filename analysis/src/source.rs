//! One file of the package, with all that is known of it before detectors look.

use bytes::Bytes;
use bytestring::ByteString;
use std::cell::OnceCell;

use crate::facts::{Facts, Span, Text};
use crate::finding::{Phase, Place};
use crate::kind::Kind;
use crate::raw::{self, Raw};
use crate::reach::{Named, Reached};
use crate::taken::Taken;
use crate::wallet::Addresses;
use crate::words::Words;

/// One file.
#[derive(Clone, Debug)]
pub struct Source {
    /// Below the package's root, with `/`.
    pub path: String,
    pub bytes: Bytes,
    pub kind: Kind,
    /// As [`kind::text`](crate::kind::text) reads it. Every [`Span`] counts bytes of this text. Empty for what is no
    /// text.
    pub text: ByteString,
    /// The archive has more than one of this path, or only some clients extract it.
    pub disputed: bool,
    /// Something of the package loads or starts it, or says that others may: it is more than a file that is read.
    pub loaded: bool,
    /// Empty if it is no script.
    pub facts: Facts,
    /// When its top level runs.
    pub phase: Phase,
    /// When its functions run, by their place in [`Facts::functions`]; a function beyond the end runs as the file does.
    pub phases: Vec<Phase>,
    /// For code that stands in another file: where.
    pub stands_at: Option<Place>,
    lines: OnceCell<Vec<u32>>,
    raw: OnceCell<Raw>,
    texts: OnceCell<String>,
    pub(crate) reached: OnceCell<Vec<Reached>>,
    pub(crate) named: OnceCell<Vec<Named>>,
    pub(crate) taken: OnceCell<Vec<Taken>>,
    addresses: OnceCell<Addresses>,
}

impl Source {
    pub fn new(path: String, bytes: Bytes, kind: Kind, text: ByteString) -> Self {
        Self {
            path,
            bytes,
            kind,
            text,
            disputed: false,
            loaded: false,
            facts: Facts::default(),
            phase: Phase::Import,
            phases: Vec::new(),
            stands_at: None,
            lines: OnceCell::new(),
            raw: OnceCell::new(),
            texts: OnceCell::new(),
            reached: OnceCell::new(),
            named: OnceCell::new(),
            taken: OnceCell::new(),
            addresses: OnceCell::new(),
        }
    }

    /// What the text gives away before it is parsed.
    pub fn raw(&self) -> &Raw {
        self.raw.get_or_init(|| raw::of(&self.text))
    }

    /// No person wrote it as it is: most of it lies in very long lines.
    pub fn is_minified(&self) -> bool {
        self.raw().long_bytes as usize * 2 > self.text.len()
    }

    /// The script's texts, a line each: nearly all have none of the words that detectors look for, which is told of
    /// all at once.
    pub(crate) fn texts(&self) -> &str {
        self.texts.get_or_init(|| {
            let strings = &self.facts.strings;
            let length = strings.iter().map(|text| text.text.len() + 1).sum();
            let mut texts = String::with_capacity(length);
            for text in strings {
                texts.push_str(&text.text);
                texts.push('\n');
            }
            texts
        })
    }

    /// Those of the script's texts that hold one of these words.
    pub(crate) fn texts_with(&self, words: &'static Words) -> impl Iterator<Item = &Text> {
        let strings = match words.are_in(self.texts()) {
            true => &*self.facts.strings,
            false => &[],
        };
        strings.iter().filter(|text| words.are_in(&text.text))
    }

    /// The addresses of wallets that stand in it.
    pub(crate) fn addresses(&self) -> &Addresses {
        self.addresses.get_or_init(|| Addresses::of(&self.facts))
    }

    /// When a function of it runs.
    pub fn phase_of(&self, function: u32) -> Phase {
        self.phases
            .get(function as usize)
            .copied()
            .unwrap_or(self.phase)
    }

    /// The shape of a function of it; 0 if there is none.
    pub fn shape_of(&self, function: u32) -> u64 {
        self.facts
            .functions
            .get(function as usize)
            .map_or(0, |function| function.shape)
    }

    /// Line and column of the place where a span begins.
    pub fn place(&self, span: Span) -> Place {
        if let Some(place) = &self.stands_at {
            return place.clone();
        }
        let lines = self.lines.get_or_init(|| {
            let mut starts = vec![0];
            starts.extend(
                memchr::memchr_iter(b'\n', self.text.as_bytes())
                    .map(|at| u32::try_from(at + 1).unwrap_or(u32::MAX)),
            );
            starts
        });
        let line = lines.partition_point(|&start| start <= span.start).max(1);
        let start = lines[line - 1] as usize;
        let end = (span.start as usize).min(self.text.len());
        let before = self.text.as_bytes().get(start..end).unwrap_or_default();
        // Counted over bytes, as a span may begin within a character.
        let column = before.iter().filter(|&&byte| byte & 0xc0 != 0x80).count() + 1;
        Place {
            file: self.path.clone(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
        }
    }

    /// The file as a whole.
    pub fn whole(&self) -> Place {
        if let Some(place) = &self.stands_at {
            return place.clone();
        }
        Place {
            file: self.path.clone(),
            line: 0,
            column: 0,
        }
    }

    /// The text of a span; empty if it does not lie on characters of the text.
    pub fn slice(&self, span: Span) -> &str {
        self.text
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default()
    }
}
