//! Reading a package document: one pass over the top level and the versions, one over each version's fields.

mod manifest;

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use bytes::Bytes;
use jiff::Timestamp;
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{Entry, Packument, Span};
use crate::{PackageName, Version};
use manifest::Manifest;

/// Most versions a document may list. The largest packages of the registry have some 10,000.
const MAX_VERSIONS: usize = 100_000;

/// Longest version, in bytes. Source: npm's semver, MAX_LENGTH.
const MAX_VERSION_LENGTH: usize = 256;

/// Most fields at the top of a document; npm writes about 20.
const MAX_FIELDS: usize = 256;

/// Why a package document was refused.
#[derive(Debug, thiserror::Error)]
pub enum PackumentError {
    /// Not JSON, or not of the shape of a package document; the text says where.
    #[error("the package document of {name} is not usable: {source}")]
    Json {
        /// Whose document.
        name: PackageName,
        /// serde_json's message with line and column.
        source: serde_json::Error,
    },
    /// The document names another package.
    #[error("the registry answered with the document of another package than {name}")]
    OtherName {
        /// What was asked for.
        name: PackageName,
    },
}

impl Packument {
    /// Reads the document of `name`. Duplicate versions, tags or `dist` fields are errors: JSON readers differ on
    /// which of two equal keys counts, and what we judged must be what clients see.
    pub fn parse(name: &PackageName, body: Bytes) -> Result<Self, PackumentError> {
        let json = |source| PackumentError::Json {
            name: name.clone(),
            source,
        };
        let text = String::from_utf8(body.into()).map_err(|error| {
            let place = error.utf8_error().valid_up_to();
            json(de::Error::custom(format!("byte {place} is not UTF-8")))
        })?;
        let mut reader = serde_json::Deserializer::from_str(&text);
        let document = Document { text: &text };
        let document = document.deserialize(&mut reader).map_err(json)?;
        reader.end().map_err(json)?;
        let Top {
            fields,
            mut entries,
            parts,
            tags,
            time,
            own_name,
            modified: top_modified,
        } = document;
        if own_name.is_some_and(|own| own != name.as_str()) {
            return Err(PackumentError::OtherName { name: name.clone() });
        }
        let by_version = sorted(&entries).map_err(json)?;
        let (mut created, mut modified) = (None, top_modified);
        for (key, span) in time {
            let written = instant(&text[span.start..span.end]);
            match key.as_ref() {
                "created" => created = written,
                "modified" => modified = written.or(modified),
                version => {
                    let of = |index: &u32| &*entries[*index as usize].version;
                    let place = by_version.binary_search_by(|index| of(index).cmp(version));
                    let Ok(place) = place else {
                        continue;
                    };
                    let entry = &mut entries[by_version[place] as usize];
                    if entry.time.replace(span).is_some() {
                        return Err(json(de::Error::custom(format!(
                            "time of {version:?} is given twice"
                        ))));
                    }
                    entry.published = written;
                }
            }
        }
        Ok(Self {
            name: name.clone(),
            fields,
            entries,
            parts,
            by_version,
            tags,
            created,
            modified,
            text,
        })
    }
}

/// The indices of the entries, ordered by version; a version that is listed twice is an error.
fn sorted(entries: &[Entry]) -> serde_json::Result<Vec<u32>> {
    let version = |index: u32| &*entries[index as usize].version;
    let count = u32::try_from(entries.len()).unwrap_or(u32::MAX);
    let mut indices: Vec<u32> = (0..count).collect();
    indices.sort_unstable_by(|a, b| version(*a).cmp(version(*b)));
    match indices
        .windows(2)
        .find(|two| version(two[0]) == version(two[1]))
    {
        Some(two) => Err(de::Error::custom(format!(
            "version {:?} is listed twice",
            version(two[0])
        ))),
        None => Ok(indices),
    }
}

/// A JSON string holding an ISO 8601 instant.
fn instant(quoted: &str) -> Option<Timestamp> {
    quoted.strip_prefix('"')?.strip_suffix('"')?.parse().ok()
}

struct Top<'a> {
    fields: Vec<(String, Span)>,
    entries: Vec<Entry>,
    parts: Vec<Span>,
    tags: Vec<(String, String)>,
    time: Vec<(Cow<'a, str>, Span)>,
    own_name: Option<String>,
    modified: Option<Timestamp>,
}

/// The text that slices are places of.
#[derive(Clone, Copy)]
struct Document<'a> {
    text: &'a str,
}

impl<'a> Document<'a> {
    fn base(self) -> usize {
        self.text.as_ptr() as usize
    }

    fn span(self, raw: &RawValue) -> Span {
        let start = raw.get().as_ptr() as usize - self.base();
        Span {
            start,
            end: start + raw.get().len(),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Document<'de> {
    type Value = Top<'de>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'de> {
    type Value = Top<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a package document")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Top<'de>, A::Error> {
        let mut top = Top {
            fields: Vec::new(),
            entries: Vec::new(),
            parts: Vec::new(),
            tags: Vec::new(),
            time: Vec::new(),
            own_name: None,
            modified: None,
        };
        let mut has_versions = false;
        while let Some(Key(key)) = map.next_key()? {
            if key == "versions" {
                if std::mem::replace(&mut has_versions, true) {
                    return Err(duplicate("versions"));
                }
                (top.entries, top.parts) = map.next_value_seed(Versions(self))?;
                continue;
            }
            let raw: &RawValue = map.next_value()?;
            if top.fields.iter().any(|(known, _)| *known == key) {
                return Err(duplicate(&key));
            }
            if top.fields.len() == MAX_FIELDS {
                return Err(de::Error::custom(format!("more than {MAX_FIELDS} fields")));
            }
            match key.as_ref() {
                "name" => top.own_name = read(raw)?,
                "dist-tags" => top.tags = read::<Pairs, _>(raw)?.0,
                "time" => top.time = self.times(raw)?,
                "modified" => top.modified = instant(raw.get()),
                _ => {}
            }
            top.fields.push((key.into_owned(), self.span(raw)));
        }
        Ok(top)
    }
}

impl<'a> Document<'a> {
    fn times<E: de::Error>(self, raw: &'a RawValue) -> Result<Vec<(Cow<'a, str>, Span)>, E> {
        let pairs: RawPairs<'a> = read(raw)?;
        // `time` may also hold objects, such as `unpublished`: only strings are instants.
        Ok(pairs
            .0
            .into_iter()
            .filter(|(_, value)| value.get().starts_with('"'))
            .map(|(key, value)| (key, self.span(value)))
            .collect())
    }
}

fn read<'de, T: Deserialize<'de>, E: de::Error>(raw: &'de RawValue) -> Result<T, E> {
    serde_json::from_str(raw.get()).map_err(E::custom)
}

fn duplicate<E: de::Error>(key: &str) -> E {
    E::custom(format!("{key:?} is given twice"))
}

/// The versions, and the parts of all of them that the abbreviated form takes.
struct Versions<'a>(Document<'a>);

impl<'de> DeserializeSeed<'de> for Versions<'de> {
    type Value = (Vec<Entry>, Vec<Span>);

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Versions<'de> {
    type Value = (Vec<Entry>, Vec<Span>);

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object of versions")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut entries, mut parts) = (Vec::new(), Vec::new());
        while let Some(key) = map.next_key::<Key<'de>>()? {
            let version = &key.0;
            if entries.len() == MAX_VERSIONS {
                return Err(de::Error::custom(format!(
                    "more than {MAX_VERSIONS} versions"
                )));
            }
            // npm's own limit; longer keys could not be stored, asked for, or shown.
            if version.len() > MAX_VERSION_LENGTH || version.chars().any(char::is_control) {
                return Err(de::Error::custom(format!(
                    "a version key of {} bytes, with at most {MAX_VERSION_LENGTH} allowed and no control characters",
                    version.len()
                )));
            }
            let manifest = Manifest {
                document: self.0,
                start: self.0.value_after(&key)?,
                parts: &mut parts,
            };
            let read = map
                .next_value_seed(manifest)
                .map_err(|error| de::Error::custom(format!("version {version:?}: {error}")))?;
            entries.push(Entry {
                semver: Version::parse(version).ok(),
                object: read.object,
                parts: read.parts,
                hides_install_script: read.hides_install_script,
                tarball: read.dist.tarball,
                integrity: read.dist.integrity,
                shasum: read.dist.shasum,
                published: None,
                time: None,
                version: version.as_ref().into(),
            });
        }
        Ok((entries, parts))
    }
}

/// A key that borrows from the document unless it holds escapes.
pub(super) struct Key<'a>(pub(super) Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        reader.deserialize_str(Text)
    }
}

/// The fields of an object in order, values unread; equal keys are kept twice, the caller decides.
pub(super) struct RawPairs<'a>(pub(super) Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for RawPairs<'de> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = RawPairs<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some((Key(key), raw)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
                    pairs.push((key, raw));
                }
                Ok(RawPairs(pairs))
            }
        }
        reader.deserialize_map(Fields)
    }
}

/// dist-tags: string to string, each tag once.
struct Pairs(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        let raw = RawPairs::deserialize(reader)?;
        let mut known = HashSet::with_capacity(raw.0.len());
        for (tag, _) in &raw.0 {
            if !known.insert(tag.as_ref()) {
                return Err(duplicate(tag));
            }
        }
        let pairs = raw
            .0
            .iter()
            .map(|(tag, target)| Ok((tag.clone().into_owned(), read(target)?)));
        Ok(Self(pairs.collect::<Result<_, D::Error>>()?))
    }
}
