//! What an import or a sync says when it is done.

use super::gather::Gathered;
use crate::exit::Exit;
use crate::output::{self, escaped};
use lazaret_policy::AdvisoryIndex;
use std::fmt::Write;

/// Prints what was read and what the index holds now, and names what could not be read.
pub(super) fn told(gathered: &Gathered, index: &AdvisoryIndex) -> Exit {
    let counts = index.counts();
    let mut text = format!(
        "read {} records about npm packages",
        thousands(gathered.records)
    );
    if gathered.elsewhere > 0 {
        let _ = write!(
            text,
            ", passed over {} about others",
            thousands(gathered.elsewhere)
        );
    }
    if gathered.ignored > 0 {
        let _ = write!(
            text,
            ", left out {} files that are no records by their names",
            thousands(gathered.ignored)
        );
    }
    output::result(&format!(
        "{text}\nthe index holds {} rows about {} packages: {} malicious, {} vulnerabilities\n",
        thousands(counts.rows as u64),
        thousands(counts.packages as u64),
        thousands(counts.malicious as u64),
        thousands(counts.vulnerabilities as u64),
    ));
    if gathered.bad == 0 {
        return Exit::Clean;
    }
    let more = gathered.bad - gathered.named.len() as u64;
    let mut warning = format!("{} could not be read:", thousands(gathered.bad));
    for bad in &gathered.named {
        let _ = write!(warning, "\n  {}", escaped(bad));
    }
    if more > 0 {
        let _ = write!(warning, "\n  and {} more", thousands(more));
    }
    output::warn(&warning);
    Exit::Incomplete
}

/// `238,816`.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
