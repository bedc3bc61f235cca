//! A JSON document whose long lists are made while it is written: as values all at once, those of 60,000 packages would take
//! a gigabyte.

use std::collections::BTreeMap;

use lazaret_npm::hex;
use serde::ser::{Error, SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// An object; its members are written in the order of their names.
pub struct Document<'a> {
    members: BTreeMap<&'static str, Member<'a>>,
}

enum Member<'a> {
    Value(Value),
    List(List<'a>),
}

/// Hands out the items, one after the other.
type Items<'a> = Box<dyn Fn(&mut dyn FnMut(Value)) + 'a>;

struct List<'a>(Items<'a>);

impl<'a> Document<'a> {
    /// These members, and no list.
    pub(super) fn new(members: Value) -> Self {
        let mut document = Self {
            members: BTreeMap::new(),
        };
        if let Value::Object(members) = members {
            for (name, value) in members {
                document.set(name_of(&name), value);
            }
        }
        document
    }

    pub(super) fn set(&mut self, name: &'static str, value: impl Into<Value>) {
        self.members.insert(name, Member::Value(value.into()));
    }

    pub(super) fn list(&mut self, name: &'static str, items: impl Fn(&mut dyn FnMut(Value)) + 'a) {
        self.members
            .insert(name, Member::List(List(Box::new(items))));
    }

    /// Of what it has besides its lists, and of these texts, which the lists are made of: whoever made the lists to hash them
    /// would make them twice.
    pub(super) fn sha256_hex<'t>(&self, lists: impl Iterator<Item = &'t str>) -> String {
        let mut hash = Sha256::new();
        for (name, member) in &self.members {
            if let Member::Value(value) = member {
                add(&mut hash, name);
                add(&mut hash, &value.to_string());
            }
        }
        lists.for_each(|text| add(&mut hash, text));
        hex(&hash.finalize())
    }
}

/// Names are ours, and few.
fn name_of(name: &str) -> &'static str {
    const NAMES: &[&str] = &[
        "$schema",
        "SPDXID",
        "bomFormat",
        "creationInfo",
        "dataLicense",
        "documentDescribes",
        "metadata",
        "name",
        "specVersion",
        "spdxVersion",
        "version",
    ];
    let known = NAMES.iter().find(|known| **known == name);
    debug_assert!(known.is_some(), "{name} is not listed");
    known.copied().unwrap_or_default()
}

/// So that no two texts are what two others are together.
fn add(hash: &mut Sha256, text: &str) {
    hash.update((text.len() as u64).to_le_bytes());
    hash.update(text);
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut object = to.serialize_map(Some(self.members.len()))?;
        for (name, member) in &self.members {
            match member {
                Member::Value(value) => object.serialize_entry(name, value)?,
                Member::List(list) => object.serialize_entry(name, list)?,
            }
        }
        object.end()
    }
}

impl Serialize for List<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut list = to.serialize_seq(None)?;
        let mut failed: Option<S::Error> = None;
        (self.0)(&mut |item| {
            if failed.is_none() {
                failed = list.serialize_element(&item).err();
            }
        });
        match failed {
            Some(error) => Err(S::Error::custom(error)),
            None => list.end(),
        }
    }
}
