//! Many questions at once, their answers in order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

/// Gives `tell` the answer to each question in the order of the questions, as soon as all before it are told. Stops asking
/// when telling fails.
///
/// # Errors
/// What `tell` fails with.
pub(super) fn in_order<Q: Sync, A: Send, E>(
    questions: &[Q],
    jobs: usize,
    answer: impl Fn(&Q) -> A + Sync,
    mut tell: impl FnMut(A) -> Result<(), E>,
) -> Result<(), E> {
    let next = AtomicUsize::new(0);
    let (sender, answers) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            let (sender, next, answer) = (sender.clone(), &next, &answer);
            scope.spawn(move || {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(question) = questions.get(at) else {
                        return;
                    };
                    if sender.send((at, answer(question))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        // Moved in, so that an early return hangs up on the threads.
        let answers = answers;
        let mut told = 0;
        // Behind a slow one: reports are small, packages are not kept.
        let mut waiting = BTreeMap::new();
        for (at, answer) in &answers {
            waiting.insert(at, answer);
            while let Some(answer) = waiting.remove(&told) {
                tell(answer)?;
                told += 1;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_the_order_of_the_questions() {
        let questions: Vec<usize> = (0..200).collect();
        let mut told = Vec::new();
        let answer = |question: &usize| {
            // The first of each thread's is the slowest.
            let work = (0..(200 - question) * 500).fold(0_usize, |sum, step| sum ^ step);
            (*question, work)
        };
        let tell = |(question, _)| {
            told.push(question);
            Ok::<(), ()>(())
        };
        in_order(&questions, 4, answer, tell).unwrap();
        assert_eq!(told, questions);
    }

    #[test]
    fn a_failure_to_tell_ends_the_asking() {
        let questions: Vec<usize> = (0..10_000).collect();
        let asked = AtomicUsize::new(0);
        let answer = |question: &usize| {
            asked.fetch_add(1, Ordering::Relaxed);
            *question
        };
        let tell = |question| if question == 3 { Err("broken") } else { Ok(()) };
        assert_eq!(in_order(&questions, 2, answer, tell), Err("broken"));
        assert!(asked.load(Ordering::Relaxed) < 100);
    }
}
