//! Instants and ends of days in a policy, written as TOML dates and date-times or as strings of the same form.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use lazaret_npm::text::printable_up_to;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// When an entry of a list runs out. A date is the end of that day in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiry {
    end: Timestamp,
    /// As it was written.
    spelling: Box<str>,
}

/// A point in time, written with its offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub Timestamp);

/// A text that is no moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not {expected}")]
pub struct MomentError {
    text: String,
    expected: &'static str,
}

const EXPIRY: &str =
    "a date such as 2026-12-31 or a time with its offset such as 2026-12-31T18:00:00Z";
const INSTANT: &str = "a time with its offset such as 2025-09-08T13:00:00Z";

impl Expiry {
    /// Reads `2026-12-31` or `2026-12-31T18:00:00Z`.
    pub fn parse(text: &str) -> Result<Self, MomentError> {
        let end = text.parse::<Timestamp>().ok().or_else(|| end_of_day(text));
        Ok(Self {
            end: end.ok_or_else(|| MomentError::new(text, EXPIRY))?,
            spelling: text.into(),
        })
    }

    /// The first instant at which the entry does nothing any more.
    pub fn end(&self) -> Timestamp {
        self.end
    }

    /// Whether the entry has run out.
    pub fn is_over(&self, now: Timestamp) -> bool {
        now >= self.end
    }
}

impl Instant {
    /// Reads `2025-09-08T13:00:00Z`.
    pub fn parse(text: &str) -> Result<Self, MomentError> {
        let instant = text.parse::<Timestamp>();
        instant
            .map(Self)
            .map_err(|_| MomentError::new(text, INSTANT))
    }
}

impl MomentError {
    fn new(text: &str, expected: &'static str) -> Self {
        let text = printable_up_to(text, 80).into_owned();
        Self { text, expected }
    }
}

fn end_of_day(text: &str) -> Option<Timestamp> {
    // A time without an offset would parse as its date.
    let is_date = text.len() == "2026-12-31".len();
    let date = text.parse::<Date>().ok().filter(|_| is_date)?;
    // The last day there is never ends.
    let next = date
        .tomorrow()
        .and_then(|next| next.to_zoned(TimeZone::UTC));
    Some(next.map_or(Timestamp::MAX, |next| next.timestamp()))
}

impl fmt::Display for Expiry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.spelling)
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.0)
    }
}

/// TOML's own dates arrive as a map that only `toml` understands.
struct Moment(&'static str);

impl<'de> Visitor<'de> for Moment {
    type Value = String;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.0)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<String, A::Error> {
        let datetime = toml::value::Datetime::deserialize(MapAccessDeserializer::new(map))?;
        Ok(datetime.to_string())
    }
}

macro_rules! serde_as_moment {
    ($type:ty, $expected:expr) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = deserializer.deserialize_any(Moment($expected))?;
                Self::parse(&text).map_err(D::Error::custom)
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    };
}

serde_as_moment!(Expiry, EXPIRY);
serde_as_moment!(Instant, INSTANT);
