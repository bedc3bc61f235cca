use super::*;

#[test]
fn the_end_of_a_worker_is_told_from_its_signal_and_its_words() {
    let cause = |signal, code, printed| cause_of_end(signal, code, printed, Duration::from_secs(7));
    assert_eq!(cause(Some(11), None, ""), Cause::Crashed { signal: 11 });
    assert_eq!(cause(Some(6), None, ""), Cause::Crashed { signal: 6 });
    assert_eq!(
        cause(
            Some(6),
            None,
            "\nthread 'answers' (1) has overflowed its stack\nfatal runtime error"
        ),
        Cause::StackOverflow
    );
    assert_eq!(
        cause(Some(6), None, "memory allocation of 4096 bytes failed"),
        Cause::OutOfMemory
    );
    assert_eq!(
        cause(
            None,
            Some(101),
            "panicked at src/arena.rs:1:1:\nout of memory"
        ),
        Cause::OutOfMemory
    );
    assert_eq!(cause(None, Some(101), "panicked at"), Cause::Panicked);
    assert_eq!(cause(Some(31), None, ""), Cause::Forbidden);
    assert_eq!(cause(None, Some(3), ""), Cause::Exited { code: 3 });
}
