//! Pools with a worker that does what it is told ([`../prisoner`]): how requests end, what each layer stops.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod attacks;
mod endings;
mod lies;
mod lifetime;
mod many;
mod speed;

use lazaret_sandbox::{Budget, Cause, Failure, Limits, Pool, Settings};
use std::time::Duration;

const PRISONER: &str = env!("CARGO_BIN_EXE_lazaret-sandbox-prisoner");

/// Enough for everything that is meant to end by itself.
const PLENTY: Budget = Budget {
    wall: Duration::from_secs(60),
    cpu: Duration::from_secs(60),
};

/// Small, so that what is meant to overflow does so at once.
fn settings() -> Settings {
    Settings {
        limits: Limits {
            stack: 4 << 20,
            memory: 128 << 20,
            ..Limits::default()
        },
        ..Settings::new(PRISONER, &[])
    }
}

fn pool() -> Pool {
    Pool::new(settings()).unwrap()
}

fn failure(pool: &Pool, request: &str) -> Failure {
    pool.run(&[request.as_bytes()], PLENTY).unwrap_err()
}

fn cause(pool: &Pool, request: &str) -> Cause {
    failure(pool, request).cause
}

/// The pool goes on: the next request gets its answer.
fn assert_answers(pool: &Pool) {
    let answer = pool.run(&[b"echo ", b"still here"], PLENTY).unwrap();
    assert_eq!(answer.bytes, b"still here");
}
