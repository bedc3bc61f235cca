//! One manifest in one pass: where it is, what its `dist` offers, and which parts the abbreviated form takes.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{Document, Key, RawPairs, duplicate};
use crate::packument::Span;
use crate::packument::field::{is_abbreviated, is_install_script};

/// Reads the manifest that begins at `start`.
pub(super) struct Manifest<'a, 'p> {
    pub(super) document: Document<'a>,
    pub(super) start: usize,
    /// Where the parts for the abbreviated form are noted; neighbours become one.
    pub(super) parts: &'p mut Vec<Span>,
}

pub(super) struct Read {
    pub(super) object: Span,
    pub(super) parts: Range<u32>,
    /// It has an install script, and no `hasInstallScript` that says so.
    pub(super) hides_install_script: bool,
    pub(super) dist: Dist,
}

/// JSON strings with their quotes.
#[derive(Default)]
pub(super) struct Dist {
    pub(super) tarball: Option<Span>,
    pub(super) integrity: Option<Span>,
    pub(super) shasum: Option<Span>,
}

impl<'de> DeserializeSeed<'de> for Manifest<'de, '_> {
    type Value = Read;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Read, D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Manifest<'de, '_> {
    type Value = Read;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a manifest object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Read, A::Error> {
        let document = self.document;
        let first_part = self.parts.len();
        let mut dist = None;
        let (mut says_install_script, mut has_install_script) = (false, false);
        let mut end = self.start + 1;
        let mut is_last_kept = false;
        while let Some(key) = map.next_key::<Key<'de>>()? {
            let start = document.skip(end, b",");
            if key.0 == "dist" {
                let start = document.value_after(&key)?;
                let (read, dist_end) = map.next_value_seed(DistObject { document, start })?;
                if dist.replace(read).is_some() {
                    return Err(duplicate("dist"));
                }
                end = dist_end;
            } else {
                let raw: &RawValue = map.next_value()?;
                end = document.span(raw).end;
                says_install_script |= key.0 == "hasInstallScript";
                has_install_script |= key.0 == "scripts" && names_install_script(raw);
            }
            let is_kept = is_abbreviated(&key.0);
            match self.parts.last_mut() {
                Some(last) if is_kept && is_last_kept => last.end = end,
                _ if is_kept => self.parts.push(Span { start, end }),
                _ => {}
            }
            is_last_kept = is_kept;
        }
        let index = |place: usize| u32::try_from(place).map_err(de::Error::custom);
        Ok(Read {
            object: Span {
                start: self.start,
                end: document.skip(end, b"") + 1,
            },
            parts: index(first_part)?..index(self.parts.len())?,
            hides_install_script: has_install_script && !says_install_script,
            dist: dist.unwrap_or_default(),
        })
    }
}

fn names_install_script(scripts: &RawValue) -> bool {
    serde_json::from_str::<RawPairs<'_>>(scripts.get())
        .is_ok_and(|scripts| scripts.0.iter().any(|(name, _)| is_install_script(name)))
}

/// Reads a `dist` and tells where it ends.
struct DistObject<'a> {
    document: Document<'a>,
    start: usize,
}

impl<'de> DeserializeSeed<'de> for DistObject<'de> {
    type Value = (Dist, usize);

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for DistObject<'de> {
    type Value = (Dist, usize);

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a dist object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut dist = Dist::default();
        let mut end = self.start + 1;
        while let Some(Key(key)) = map.next_key()? {
            let raw: &RawValue = map.next_value()?;
            let span = self.document.span(raw);
            end = span.end;
            let slot = match key.as_ref() {
                "tarball" => &mut dist.tarball,
                "integrity" => &mut dist.integrity,
                "shasum" => &mut dist.shasum,
                _ => continue,
            };
            if slot.is_some() {
                return Err(duplicate(&key));
            }
            // Anything but a string is no checksum and no address.
            *slot = raw.get().starts_with('"').then_some(span);
        }
        Ok((dist, self.document.skip(end, b"") + 1))
    }
}

impl<'a> Document<'a> {
    /// The first place from `at` that is neither white space nor one of `more`.
    fn skip(self, at: usize, more: &[u8]) -> usize {
        let rest = &self.text.as_bytes()[at..];
        let is_between = |byte: &u8| b" \t\r\n".contains(byte) || more.contains(byte);
        at + rest.iter().take_while(|byte| is_between(byte)).count()
    }

    /// Where the value of a key begins that was just read. A key with escapes does not tell where it stood; such keys
    /// are refused where that matters, because registries write none.
    pub(super) fn value_after<E: de::Error>(self, key: &Key<'a>) -> Result<usize, E> {
        match &key.0 {
            Cow::Borrowed(key) => {
                let end = key.as_ptr() as usize - self.base() + key.len();
                Ok(self.skip(end + 1, b":"))
            }
            Cow::Owned(key) => Err(E::custom(format!(
                "the key {key:?} is written with escapes"
            ))),
        }
    }
}
