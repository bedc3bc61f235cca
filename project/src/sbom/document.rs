//! A JSON document whose long lists are made while it is written: as values all at once, those of 60,000 packages would take
//! a gigabyte.

use std::collections::BTreeMap;
use std::io;

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

    /// Of all of it as it is now, written without spaces.
    pub(super) fn sha256_hex(&self) -> String {
        // The writer hands over a few bytes at a time.
        let mut writer = io::BufWriter::with_capacity(64 << 10, Hashing(Sha256::new()));
        // Nothing in it can fail: a hash takes every byte, and keys are texts.
        let _ = serde_json::to_writer(&mut writer, self);
        let hashing = writer
            .into_inner()
            .map_or_else(|_| Sha256::new(), |hashing| hashing.0);
        hex(&hashing.finalize())
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

struct Hashing(Sha256);

impl io::Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
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
