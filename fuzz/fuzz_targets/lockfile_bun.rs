//! Any bytes are a lockfile or an error; see `fuzz/lockfile.rs`.
#![no_main]

#[path = "../lockfile.rs"]
mod lockfile;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lockfile::read("bun.lock", bytes));
