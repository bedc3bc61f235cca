//! Logs: on stderr, one line per event, coloured only on a terminal.

use crate::config::{LogFormat, Server};
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Starts logging for the rest of the process. The filter was checked when the configuration was read.
pub(crate) fn start(server: &Server) {
    let filter = EnvFilter::builder().parse_lossy(&server.log);
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let _ = match server.log_format {
        LogFormat::Text => {
            let colours = std::io::stderr().is_terminal()
                && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty());
            tracing::subscriber::set_global_default(
                lines.with_ansi(colours).with_target(false).finish(),
            )
        }
        LogFormat::Json => {
            tracing::subscriber::set_global_default(lines.json().flatten_event(true).finish())
        }
    };
}
