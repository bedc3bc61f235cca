//! A worker that was taken over speaks below the protocol.

use crate::{PLENTY, assert_answers, pool};
use lazaret_sandbox::{Cause, Pool};

fn lie(pool: &Pool, bytes: &[u8]) -> Cause {
    pool.run(&[b"raw ", bytes], PLENTY).unwrap_err().cause
}

#[test]
fn garbage_is_a_broken_frame() {
    let pool = pool();
    for (bytes, expected) in [
        (&b"HTTP/1.1 200 OK"[..], "unknown kind (72)"),
        (b"\x00\x00\x00\x00\x00", "unknown kind (0)"),
        (b"\x01\x00\x00\x00\x00", "out of turn"),
        (b"\x02\x00\x00\x00\x00", "out of turn"),
        (b"\x03\xff\xff\xff\x7f", "too long"),
        (b"\x04\x01\x00\x00\x00aa", "out of turn"),
        (b"\x04\x01\x00\x00\x00a\x04\x01\x00\x00\x00b", "out of turn"),
    ] {
        match lie(&pool, bytes) {
            Cause::BrokenFrame { what } => assert!(what.contains(expected), "{bytes:?}: {what}"),
            other => panic!("{bytes:?}: {other}"),
        }
        assert_answers(&pool);
    }
}

#[test]
fn a_huge_length_is_an_answer_that_is_too_large() {
    let pool = pool();
    assert_eq!(
        lie(&pool, b"\x04\xff\xff\xff\xff"),
        Cause::AnswerTooLarge {
            length: u32::MAX,
            limit: 64 << 20
        }
    );
    assert_answers(&pool);
}

#[test]
fn half_a_frame_is_waited_for_no_longer_than_the_budget() {
    let pool = pool();
    let budget = lazaret_sandbox::Budget {
        wall: std::time::Duration::from_millis(50),
        ..PLENTY
    };
    for bytes in [&b"\x04\x01"[..], b"\x04\x09\x00\x00\x00half"] {
        let cause = pool.run(&[b"raw ", bytes], budget).unwrap_err().cause;
        assert_eq!(cause, Cause::TimedOut { limit: budget.wall });
        assert_answers(&pool);
    }
}

#[test]
fn an_answer_that_was_sent_ahead_is_not_taken_for_the_next_one() {
    // The worker answers and goes on to write a second answer, for a request that it has not seen.
    let pool = pool();
    let frames = b"\x04\x01\x00\x00\x00a";
    let first = pool.run(&[b"raw ", frames], PLENTY).unwrap();
    assert_eq!(first.bytes, b"a");
    // It still runs in its loop, so this request is its next one; it never gets an answer from there.
    let budget = lazaret_sandbox::Budget {
        wall: std::time::Duration::from_millis(50),
        ..PLENTY
    };
    let next = pool.run(&[b"echo x"], budget).unwrap_err();
    assert_eq!(next.cause, Cause::TimedOut { limit: budget.wall });
    assert_answers(&pool);
}

#[test]
fn a_worker_that_hangs_up_and_lives_on_is_ended() {
    let mut settings = crate::settings();
    settings.without = vec![lazaret_sandbox::Layer::Seccomp];
    let pool = Pool::new(settings).unwrap();
    match crate::cause(&pool, "hang-up") {
        Cause::BrokenFrame { what } => assert!(what.contains("lives on"), "{what}"),
        other => panic!("{other}"),
    }
    assert_answers(&pool);
    // With the filter, closing is already one call too many.
    assert_eq!(crate::cause(&crate::pool(), "hang-up"), Cause::Forbidden);
}
