//! Addresses of wallets: their shapes, and the patterns by which they are looked for.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::{Facts, Span};

/// A chain, as far as the shape of its addresses tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Chain {
    Ethereum,
    Bitcoin,
    BitcoinSegwit,
    BitcoinCash,
    Litecoin,
    Tron,
    Solana,
    Ripple,
    Cardano,
    Monero,
}

/// Which chain a text is an address of, if it is nothing else.
pub fn address(text: &str) -> Option<Chain> {
    let length = text.len();
    if !(26..=110).contains(&length) || !text.is_ascii() {
        return None;
    }
    if let Some(rest) = text.strip_prefix("0x") {
        // Round numbers are constants.
        let distinct = rest.bytes().collect::<BTreeSet<u8>>().len();
        return (length == 42
            && rest.bytes().all(|byte| byte.is_ascii_hexdigit())
            && distinct >= 8)
            .then_some(Chain::Ethereum);
    }
    let lower = text
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if lower && text.starts_with("bc1") && (42..=62).contains(&length) {
        return Some(Chain::BitcoinSegwit);
    }
    if lower && text.starts_with("ltc1") && (43..=63).contains(&length) {
        return Some(Chain::Litecoin);
    }
    if text.starts_with("addr1") && lower && length > 50 {
        return Some(Chain::Cardano);
    }
    if let Some(rest) = text.strip_prefix("bitcoincash:") {
        return (rest.len() == 42).then_some(Chain::BitcoinCash);
    }
    if length == 42
        && lower
        && text.starts_with(['q', 'p'])
        && text.bytes().filter(u8::is_ascii_digit).count() >= 4
    {
        return Some(Chain::BitcoinCash);
    }
    if !is_base58(text) {
        return None;
    }
    match (text.as_bytes()[0], length) {
        (b'1' | b'3', 26..=34) => Some(Chain::Bitcoin),
        (b'L' | b'M', 33..=34) => Some(Chain::Litecoin),
        (b'T', 34) => Some(Chain::Tron),
        (b'r', 33..=34) => Some(Chain::Ripple),
        (b'4' | b'8', 95) => Some(Chain::Monero),
        (_, 43..=44) => Some(Chain::Solana),
        _ => None,
    }
}

/// Base 58, and mixed as a hash is: words and identifiers are not.
fn is_base58(text: &str) -> bool {
    let all = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() && !matches!(byte, b'0' | b'O' | b'I' | b'l'));
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let upper = text.bytes().filter(u8::is_ascii_uppercase).count();
    let lower = text.bytes().filter(u8::is_ascii_lowercase).count();
    all && digits >= 2 && upper >= 5 && lower >= 5
}

/// The addresses that stand in a file.
#[derive(Clone, Debug, Default)]
pub struct Addresses {
    /// Of each chain, how many different ones.
    pub chains: BTreeMap<Chain, usize>,
    /// Where the first stands.
    pub first: Option<(Span, u32)>,
    /// A few of them.
    pub some: Vec<String>,
}

impl Addresses {
    pub fn of(facts: &Facts) -> Self {
        let mut all: BTreeSet<(Chain, &str)> = BTreeSet::new();
        let mut found = Self::default();
        for text in &facts.strings {
            // Lists are also written as one text.
            let parts = if text.text.len() <= 110 { 1 } else { 200 };
            for part in text
                .text
                .splitn(parts, [',', ' ', '\n', ';', '|'])
                .take(200)
            {
                let part = part.trim();
                if let Some(chain) = address(part)
                    && all.insert((chain, part))
                {
                    *found.chains.entry(chain).or_default() += 1;
                    found.first.get_or_insert((text.span, text.function));
                    if found.some.len() < 3 {
                        found.some.push(part.to_owned());
                    }
                }
            }
        }
        found
    }

    pub fn total(&self) -> usize {
        self.chains.values().sum()
    }

    /// Long lists of one chain, or some of several.
    pub fn is_table(&self) -> bool {
        self.total() >= 20 || self.chains.values().filter(|count| **count >= 5).count() >= 3
    }
}

/// Signs of regular expressions that look for addresses, by chain.
const PATTERNS: &[(Chain, &[&str])] = &[
    (
        Chain::Ethereum,
        &[
            "0x[a-fA-F0-9]{40}",
            "0x[a-f0-9]{40}",
            "0x[0-9a-fA-F]{40}",
            "0x[A-Fa-f0-9]{40}",
            "0x[0-9a-f]{40}",
            "0x[\\da-fA-F]{40}",
            "0x[\\da-f]{40}",
        ],
    ),
    (
        Chain::Bitcoin,
        &[
            "1[a-km-zA-HJ-NP-Z1-9]",
            "[13][a-km-zA-HJ-NP-Z1-9]",
            "[13][1-9A-HJ-NP-Za-km-z]",
            "1[1-9A-HJ-NP-Za-km-z]",
            "[13][a-km-z",
        ],
    ),
    (Chain::BitcoinSegwit, &["bc1"]),
    (
        Chain::BitcoinCash,
        &[
            "bitcoincash",
            "[qp][a-z0-9]{41}",
            "q[a-z0-9]{41}",
            "[qp][0-9a-z]{41}",
        ],
    ),
    (
        Chain::Litecoin,
        &["ltc1", "[LM][a-km-zA-HJ-NP-Z1-9]", "[LM3]"],
    ),
    (
        Chain::Tron,
        &[
            "T[1-9A-HJ-NP-Za-km-z]{33}",
            "T[A-Za-z1-9]{33}",
            "T[a-zA-Z0-9]{33}",
            "T[A-Za-z0-9]{33}",
            "T[A-HJ-NP-Za-km-z1-9]",
        ],
    ),
    (
        Chain::Solana,
        &[
            "[1-9A-HJ-NP-Za-km-z]{32,44}",
            "[1-9A-HJ-NP-Za-km-z]{43,44}",
            "[A-HJ-NP-Za-km-z1-9]{32,44}",
        ],
    ),
    (
        Chain::Ripple,
        &["r[0-9a-zA-Z]{24,34}", "r[1-9A-HJ-NP-Za-km-z]"],
    ),
    (Chain::Monero, &["4[0-9AB][1-9A-HJ-NP-Za-km-z]"]),
];

/// Chains whose addresses the file's regular expressions, also those made of texts, look for.
pub fn sought(facts: &Facts) -> BTreeSet<Chain> {
    let mut chains = BTreeSet::new();
    let patterns = facts.patterns.iter();
    let texts = facts
        .strings
        .iter()
        .filter(|text| text.text.contains(['[', '{']) && text.text.len() < 400);
    for text in patterns.chain(texts) {
        for (chain, signs) in PATTERNS {
            if signs.iter().any(|sign| text.text.contains(sign)) {
                chains.insert(*chain);
            }
        }
    }
    chains
}

#[cfg(test)]
mod tests;
