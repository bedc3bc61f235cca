//! The binary from outside: one module per command, one for real clients, all on loopback.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot set itself up should stop there and say so"
)]

mod advisories;
mod browser;
mod check;
mod clients;
mod config;
mod diff;
mod explain;
mod fix;
mod gate;
mod harness;
mod hygiene;
mod inspect;
mod inspection;
mod integrations;
mod inventory;
mod kill;
mod review;
mod rooms;
mod sbom;
mod scan;
mod serve;
mod shapes;
mod store;
mod validators;
mod watch;
mod why;
