//! What can be set for each rule: an effect alone (`cooldown = "block"`) or a table.

use std::fmt;
use std::marker::PhantomData;

use lazaret_npm::NamePattern;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::moment::Instant;
use crate::advisory::Severity;
use crate::verdict::Effect;

/// Longest cooldown: ten years.
const DAYS_LIMIT: u16 = 3650;

/// See `rules/malicious.md`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Malicious {
    pub effect: Effect,
    /// For versions that only a stale or unclear report means; never stricter than `effect`.
    pub suspected: Effect,
}

/// See `rules/vulnerable.md`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Vulnerable {
    pub effect: Effect,
    /// From this severity on; an advisory without one counts.
    pub severity: Severity,
}

/// See `rules/behaviour.md`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Behaviour {
    /// The most that happens: a report that asks for less gets less.
    pub effect: Effect,
    /// Versions that have been out for so many days are only told of, unless the report blocks; 0 to 3650.
    #[serde(deserialize_with = "days")]
    pub grandfather_days: u16,
}

/// A rule about one signal of an inspection, which holds by default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HoldingSignal {
    pub effect: Effect,
}

/// A rule about one signal of an inspection, which only tells by default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TellingSignal {
    pub effect: Effect,
}

/// See `rules/cooldown.md`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cooldown {
    pub effect: Effect,
    /// 24 hours each; 0 to 3650.
    #[serde(deserialize_with = "days")]
    pub days: u16,
    /// Packages that have no cooldown.
    pub exempt: Vec<NamePattern>,
}

/// See `rules/weak_integrity.md`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WeakIntegrity {
    /// For versions that offer sha1 alone.
    pub effect: Effect,
    /// For versions that offer nothing to verify against.
    pub missing: Effect,
}

/// See `rules/security_fix.md`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SecurityFix {
    /// `off` or `note`: this rule lets versions through, it holds none.
    #[serde(deserialize_with = "off_or_note")]
    pub effect: Effect,
}

/// See `rules/freeze.md`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a table such as { after = 2025-09-08T13:00:00Z }"
)]
pub struct Freeze {
    #[serde(default = "quarantine")]
    pub effect: Effect,
    /// What was published later is held.
    pub after: Instant,
    /// Also hold what was served before.
    #[serde(default)]
    pub include_served: bool,
}

impl Default for Malicious {
    fn default() -> Self {
        Self {
            effect: Effect::Block,
            suspected: Effect::Note,
        }
    }
}

impl Default for Vulnerable {
    fn default() -> Self {
        Self {
            effect: Effect::Off,
            severity: Severity::High,
        }
    }
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            effect: Effect::Block,
            grandfather_days: 30,
        }
    }
}

impl Default for HoldingSignal {
    fn default() -> Self {
        Self {
            effect: Effect::Quarantine,
        }
    }
}

impl Default for TellingSignal {
    fn default() -> Self {
        Self {
            effect: Effect::Note,
        }
    }
}

impl Default for Cooldown {
    fn default() -> Self {
        Self {
            effect: Effect::Quarantine,
            days: 3,
            exempt: Vec::new(),
        }
    }
}

impl Default for WeakIntegrity {
    fn default() -> Self {
        Self {
            effect: Effect::Note,
            missing: Effect::Quarantine,
        }
    }
}

impl Default for SecurityFix {
    fn default() -> Self {
        Self {
            effect: Effect::Note,
        }
    }
}

/// A setting that may be written as its effect alone; the rest is then the default.
pub(super) trait Short: Default {
    fn with_effect(effect: Effect) -> Result<Self, String>;
}

impl Short for Malicious {
    fn with_effect(effect: Effect) -> Result<Self, String> {
        let suspected = Self::default().suspected.min(effect);
        Ok(Self { effect, suspected })
    }
}

impl Short for Vulnerable {
    fn with_effect(effect: Effect) -> Result<Self, String> {
        Ok(Self {
            effect,
            ..Self::default()
        })
    }
}

impl Short for Behaviour {
    fn with_effect(effect: Effect) -> Result<Self, String> {
        Ok(Self {
            effect,
            ..Self::default()
        })
    }
}

impl Short for HoldingSignal {
    fn with_effect(effect: Effect) -> Result<Self, String> {
        Ok(Self { effect })
    }
}

impl Short for TellingSignal {
    fn with_effect(effect: Effect) -> Result<Self, String> {
        Ok(Self { effect })
    }
}

impl Short for Cooldown {
    fn with_effect(effect: Effect) -> Result<Self, String> {
        Ok(Self {
            effect,
            ..Self::default()
        })
    }
}

impl Short for WeakIntegrity {
    fn with_effect(effect: Effect) -> Result<Self, String> {
        let missing = match effect {
            Effect::Off => Effect::Off,
            other => Self::default().missing.max(other),
        };
        Ok(Self { effect, missing })
    }
}

impl Short for SecurityFix {
    fn with_effect(effect: Effect) -> Result<Self, String> {
        if effect.is_held() {
            return Err(LETS_THROUGH.to_owned());
        }
        Ok(Self { effect })
    }
}

const LETS_THROUGH: &str = "this rule lets versions through, it can be \"off\" or \"note\"";

/// Reads `"block"` or `{ effect = "block", ... }`, with an error that says so.
pub(super) fn effect_or_table<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Short + Deserialize<'de>,
{
    struct EffectOrTable<T>(PhantomData<T>);

    impl<'de, T: Short + Deserialize<'de>> Visitor<'de> for EffectOrTable<T> {
        type Value = T;

        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str(
                "\"off\", \"note\", \"quarantine\", \"block\" or a table with the key effect",
            )
        }

        fn visit_str<E: Error>(self, word: &str) -> Result<T, E> {
            let known = [Effect::Off, Effect::Note, Effect::Quarantine, Effect::Block];
            let effect = known.into_iter().find(|effect| effect.as_str() == word);
            let effect = effect.ok_or_else(|| E::invalid_value(Unexpected::Str(word), &self))?;
            T::with_effect(effect).map_err(E::custom)
        }

        fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(table))
        }
    }

    deserializer.deserialize_any(EffectOrTable(PhantomData))
}

fn off_or_note<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Effect, D::Error> {
    let effect = Effect::deserialize(deserializer)?;
    if effect.is_held() {
        return Err(D::Error::custom(LETS_THROUGH));
    }
    Ok(effect)
}

fn days<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    struct Days;

    impl Visitor<'_> for Days {
        type Value = u16;

        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(out, "a whole number of days from 0 to {DAYS_LIMIT}")
        }

        fn visit_i64<E: Error>(self, days: i64) -> Result<u16, E> {
            let bounded = u16::try_from(days).ok().filter(|days| *days <= DAYS_LIMIT);
            bounded.ok_or_else(|| E::invalid_value(Unexpected::Signed(days), &self))
        }

        fn visit_u64<E: Error>(self, days: u64) -> Result<u16, E> {
            self.visit_i64(i64::try_from(days).unwrap_or(i64::MAX))
        }
    }

    deserializer.deserialize_i64(Days)
}

fn quarantine() -> Effect {
    Effect::Quarantine
}
