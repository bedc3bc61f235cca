//! Many threads, few workers, and failures in between.

use crate::{PLENTY, settings};
use lazaret_sandbox::{Cause, Limits, Pool, Settings};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

#[test]
fn a_thousand_requests_of_which_every_tenth_kills_are_all_answered() {
    let pool = Pool::new(Settings {
        workers: 2,
        ..settings()
    })
    .unwrap();
    let next = AtomicUsize::new(0);
    let died = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= 1000 {
                        break;
                    }
                    if number.is_multiple_of(10) {
                        let failure = pool.run(&[b"abort"], PLENTY).unwrap_err();
                        assert_eq!(failure.cause, Cause::Crashed { signal: 6 });
                        died.fetch_add(1, Ordering::Relaxed);
                    } else {
                        let text = number.to_string();
                        let answer = pool.run(&[b"echo ", text.as_bytes()], PLENTY).unwrap();
                        assert_eq!(answer.bytes, text.as_bytes());
                    }
                }
            });
        }
    });
    assert_eq!(died.into_inner(), 100);
}

#[test]
fn no_more_workers_than_allowed_and_each_is_used_again() {
    let pool = Pool::new(Settings {
        workers: 3,
        ..settings()
    })
    .unwrap();
    let processes = thread::scope(|scope| {
        let threads: Vec<_> = (0..6)
            .map(|_| {
                scope.spawn(|| {
                    (0..50)
                        .map(|_| pool.run(&[b"process"], PLENTY).unwrap().bytes)
                        .collect::<BTreeSet<_>>()
                })
            })
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect::<BTreeSet<_>>()
    });
    assert!((1..=3).contains(&processes.len()), "{}", processes.len());
}

#[test]
fn a_worker_is_replaced_after_so_many_requests() {
    let pool = Pool::new(Settings {
        limits: Limits {
            recycle_after: 3,
            ..settings().limits
        },
        ..settings()
    })
    .unwrap();
    let process = || pool.run(&[b"process"], PLENTY).unwrap().bytes;
    let seven: Vec<_> = (0..7).map(|_| process()).collect();
    assert!(seven[0] == seven[1] && seven[1] == seven[2]);
    assert!(seven[2] != seven[3]);
    assert!(seven[3] == seven[4] && seven[4] == seven[5]);
    assert!(seven[5] != seven[6]);
}

#[test]
fn a_worker_is_replaced_when_it_has_grown() {
    let pool = Pool::new(Settings {
        limits: Limits {
            recycle_above: 40 << 20,
            ..settings().limits
        },
        ..settings()
    })
    .unwrap();
    let process = || pool.run(&[b"process"], PLENTY).unwrap().bytes;
    let first = process();
    assert_eq!(process(), first);
    assert_eq!(
        pool.run(&[b"allocate 60000000"], PLENTY).unwrap().bytes,
        b"\x01"
    );
    assert_ne!(process(), first);
}
