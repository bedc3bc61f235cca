//! Progress bars on stderr, seen only where stderr is a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar that counts bytes (`bytes`) or things towards `total`, beginning with what is being done.
pub(crate) fn bar(doing: &'static str, total: u64, bytes: bool) -> ProgressBar {
    let template = match bytes {
        true => "{prefix} {wide_bar} {bytes}/{total_bytes} {eta}",
        false => "{prefix} {wide_bar} {human_pos}/{human_len} {eta}",
    };
    let bar = ProgressBar::new(total).with_prefix(doing);
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
