//! Progress bars on stderr, seen only where stderr is a terminal.

use indicatif::{ProgressBar, ProgressStyle};

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

fn styled(bar: ProgressBar, doing: &'static str, template: &str) -> ProgressBar {
    let bar = bar.with_prefix(doing);
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
