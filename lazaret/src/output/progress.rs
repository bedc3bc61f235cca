//! Progress bars on stderr, seen only where stderr is a terminal.

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use std::time::Duration;

/// A bar that counts bytes towards `total`, beginning with what is being done.
pub(crate) fn bar(doing: &'static str, total: u64) -> ProgressBar {
    styled(
        ProgressBar::new(total),
        doing,
        "{prefix} {wide_bar} {bytes}/{total_bytes} {eta}",
    )
}

/// A bar that counts things; none for a single one.
pub(crate) fn counter(doing: &'static str, total: u64) -> ProgressBar {
    match total {
        0 | 1 => ProgressBar::hidden(),
        _ => styled(
            ProgressBar::new(total),
            doing,
            "{prefix} {wide_bar} {pos}/{len} {eta}",
        ),
    }
}

/// A bar that counts files while they are still being counted, with [`rate`] as its message.
pub(crate) fn search_bar() -> ProgressBar {
    styled(
        ProgressBar::new(0),
        "searching",
        "{prefix} {wide_bar} {pos}/{len} files, {msg}, {eta}",
    )
}

/// `312.4 MiB/s`.
pub(crate) fn rate(bytes: u64, took: Duration) -> String {
    let each_second = u128::from(bytes) * 1000 / took.as_millis().max(1);
    let each_second = u64::try_from(each_second).unwrap_or(u64::MAX);
    format!("{}/s", HumanBytes(each_second))
}

fn styled(bar: ProgressBar, doing: &'static str, template: &str) -> ProgressBar {
    let bar = bar.with_prefix(doing);
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
