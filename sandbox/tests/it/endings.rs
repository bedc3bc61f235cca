//! How a request ends, and that the next one is answered.

use crate::{PLENTY, assert_answers, cause, failure, pool, settings};
use lazaret_sandbox::{Budget, Cause, Limits, Pool, Settings};
use std::time::Duration;

#[test]
fn an_answer_comes_back() {
    let pool = pool();
    assert_answers(&pool);
    assert_eq!(pool.run(&[b"echo"], PLENTY).unwrap().bytes, b"");
}

#[test]
fn an_answer_says_what_it_took() {
    let answer = pool().run(&[b"echo x"], PLENTY).unwrap();
    assert!(answer.wall > Duration::ZERO);
    assert!(answer.cpu.is_some_and(|cpu| cpu < Duration::from_secs(60)));
    assert!(
        answer
            .peak_memory
            .is_some_and(|peak| peak > 100_000 && peak < 1 << 30)
    );
}

#[test]
fn requests_and_answers_may_be_big() {
    let pool = pool();
    let piece = vec![b'x'; 10 << 20];
    let sent: Vec<&[u8]> = vec![&b"length "[..], &piece, &b"y"[..], &piece, &piece];
    let answer = pool.run(&sent, PLENTY).unwrap();
    assert_eq!(
        answer.bytes,
        (7 + 1 + 3 * (10 << 20)).to_string().into_bytes()
    );

    let answer = pool.run(&[b"answer 30000000"], PLENTY).unwrap();
    assert_eq!(answer.bytes, vec![b'a'; 30_000_000]);
    let answer = pool.run(&[b"echo ", &piece], PLENTY).unwrap();
    assert!(answer.bytes == piece);
}

#[test]
fn the_end_of_a_worker_is_named_and_the_pool_goes_on() {
    let pool = pool();
    for (request, expected) in [
        ("overflow", Cause::StackOverflow),
        ("abort", Cause::Crashed { signal: 6 }),
        ("fault", Cause::Crashed { signal: 11 }),
        ("signal 9", Cause::Crashed { signal: 9 }),
        ("bomb", Cause::OutOfMemory),
        ("allocate 1000000000000", Cause::OutOfMemory),
        ("panic", Cause::Panicked),
        ("exit 3", Cause::Exited { code: 3 }),
        ("exit 0", Cause::Exited { code: 0 }),
    ] {
        assert_eq!(cause(&pool, request), expected, "{request}");
        assert_answers(&pool);
    }
}

#[test]
fn a_request_without_end_is_ended_by_the_clock() {
    let pool = pool();
    let budget = Budget {
        wall: Duration::from_millis(80),
        cpu: Duration::from_secs(60),
    };
    for request in [&b"loop"[..], b"sleep"] {
        let failure = pool.run(&[request], budget).unwrap_err();
        assert_eq!(failure.cause, Cause::TimedOut { limit: budget.wall });
        assert!(failure.wall >= budget.wall);
        assert_answers(&pool);
    }
}

#[test]
fn a_request_without_end_is_ended_by_the_processors_clock() {
    let pool = pool();
    let budget = Budget {
        wall: Duration::from_secs(60),
        cpu: Duration::from_millis(50),
    };
    let failure = pool.run(&[b"loop"], budget).unwrap_err();
    assert_eq!(failure.cause, Cause::OutOfTime { limit: budget.cpu });
    assert!(failure.cpu.is_some_and(|cpu| cpu >= budget.cpu));
    assert_answers(&pool);

    // Waiting uses none.
    let budget = Budget {
        wall: Duration::from_millis(200),
        ..budget
    };
    let failure = pool.run(&[b"sleep"], budget).unwrap_err();
    assert_eq!(failure.cause, Cause::TimedOut { limit: budget.wall });
}

#[test]
fn the_time_of_earlier_requests_does_not_count() {
    let pool = pool();
    let budget = Budget {
        wall: Duration::from_secs(60),
        cpu: Duration::from_millis(300),
    };
    let work = vec![b'x'; 8 << 20];
    let mut used = Duration::ZERO;
    while used < budget.cpu * 2 {
        used += pool.run(&[b"echo ", &work], budget).unwrap().cpu.unwrap();
    }
}

#[test]
fn the_last_note_says_what_was_looked_at() {
    let pool = pool();
    let failure = failure(&pool, "note package/deep.js");
    assert_eq!(failure.cause, Cause::Crashed { signal: 6 });
    assert_eq!(failure.last_note.as_deref(), Some(&b"package/deep.js"[..]));

    let long = "x".repeat(10_000);
    let failure = crate::failure(&pool, &format!("note {long}"));
    assert_eq!(failure.last_note.unwrap().len(), 4096);

    // A note belongs to its request.
    assert_eq!(crate::failure(&pool, "abort").last_note, None);
}

#[test]
fn prints_end_up_in_the_failure_and_nowhere_else() {
    let pool = pool();
    let few = failure(&pool, "print 2");
    assert_eq!(few.printed, "out 0 err 0 out 1 err 1");
    let many = failure(&pool, "print 100000");
    assert_eq!(many.cause, Cause::Crashed { signal: 6 });
    assert!(many.printed.len() <= 4096);
    assert!(many.printed.ends_with("err 99999"));
    assert!(failure(&pool, "panic").printed.contains("told to"));
    assert_answers(&pool);
}

#[test]
fn sizes_have_limits() {
    let limits = Limits {
        request: 100,
        answer: 100,
        ..settings().limits
    };
    let pool = Pool::new(Settings {
        limits,
        ..settings()
    })
    .unwrap();
    let pieces: [&[u8]; 2] = [&[b'x'; 60], &[b'x'; 41]];
    assert_eq!(
        pool.run(&pieces, PLENTY).unwrap_err().cause,
        Cause::RequestTooLarge {
            length: 101,
            limit: 100
        }
    );
    assert_eq!(pool.run(&[b"answer 100"], PLENTY).unwrap().bytes.len(), 100);
    assert_eq!(
        cause(&pool, "answer 101"),
        Cause::AnswerTooLarge {
            length: 101,
            limit: 100
        }
    );
    assert_answers(&pool);
}

#[test]
fn a_worker_that_cannot_start_is_no_fault_of_the_request() {
    let start = |program: &str, arguments: &[&str]| {
        let pool = Pool::new(Settings::new(program, arguments)).unwrap();
        match pool.run(&[b"echo x"], PLENTY).unwrap_err().cause {
            Cause::CannotStart { reason } => reason,
            other => panic!("{other}"),
        }
    };
    let reason = start("/nowhere/at/all", &[]);
    assert!(reason.contains("/nowhere/at/all"), "{reason}");
    let reason = start(crate::PRISONER, &["loud"]);
    assert!(reason.contains("code 127"), "{reason}");
    assert!(reason.contains("wrong \u{fffd}[31mlibrary"), "{reason}");
    let reason = start(crate::PRISONER, &["garbage"]);
    assert!(reason.contains("unknown kind"), "{reason}");
}

#[test]
fn a_worker_knows_no_variable_of_its_parent() {
    let mut settings = settings();
    settings
        .environment
        .push(("GREETING".into(), "hello".into()));
    let pool = Pool::new(settings).unwrap();
    let answer = pool.run(&[b"environment"], PLENTY).unwrap();
    let text = String::from_utf8(answer.bytes).unwrap();
    assert!(text.contains(r#"("GREETING", "hello")"#), "{text}");
    assert!(text.contains("SANDBOX_WORKER"), "{text}");
    assert!(text.contains("_RJEM_MALLOC_CONF"), "{text}");
    assert_eq!(text.matches("(\"").count(), 3, "{text}");
}
