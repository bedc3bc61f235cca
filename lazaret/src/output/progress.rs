//! Progress bars on stderr, seen only where stderr is a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar that counts bytes towards `total`, beginning with what is being done.
pub(crate) fn bar(doing: &'static str, total: u64) -> ProgressBar {
    let bar = ProgressBar::new(total).with_prefix(doing);
    match ProgressStyle::with_template("{prefix} {wide_bar} {bytes}/{total_bytes} {eta}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
