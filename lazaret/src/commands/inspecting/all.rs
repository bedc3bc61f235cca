//! Many questions at once, their answers in order.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, PoisonError, mpsc};

/// How many questions beyond the last answer that was told are asked: a slow one must not make all others wait in memory.
const AHEAD: usize = 64;

/// Gives `tell` the answer to each question in the order of the questions, as soon as all before it are told. Stops asking
/// when telling fails.
///
/// # Errors
/// What `tell` fails with.
pub(in crate::commands) fn in_order<Q: Sync, A: Send, E>(
    questions: &[Q],
    jobs: usize,
    answer: impl Fn(&Q) -> A + Sync,
    mut tell: impl FnMut(A) -> Result<(), E>,
) -> Result<(), E> {
    let queue = Queue {
        state: Mutex::default(),
        moved: Condvar::new(),
    };
    let (sender, answers) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            let (sender, queue, answer) = (sender.clone(), &queue, &answer);
            scope.spawn(move || {
                while let Some((at, question)) = queue.next(questions) {
                    if sender.send((at, answer(question))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut told = 0;
        let mut waiting = BTreeMap::new();
        for (at, answer) in &answers {
            waiting.insert(at, answer);
            while let Some(answer) = waiting.remove(&told) {
                if let Err(error) = tell(answer) {
                    queue.stop();
                    return Err(error);
                }
                told += 1;
                queue.told(told);
            }
        }
        Ok(())
    })
}

struct Queue {
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Default)]
struct State {
    next: usize,
    told: usize,
    is_stopped: bool,
}

impl Queue {
    fn next<'q, Q>(&self, questions: &'q [Q]) -> Option<(usize, &'q Q)> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while !state.is_stopped && state.next >= state.told + AHEAD {
            state = self
                .moved
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if state.is_stopped {
            return None;
        }
        let at = state.next;
        let question = questions.get(at)?;
        state.next += 1;
        Some((at, question))
    }

    fn told(&self, told: usize) {
        self.change(|state| state.told = told);
    }

    fn stop(&self) {
        self.change(|state| state.is_stopped = true);
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.moved.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

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
        assert!(asked.load(Ordering::Relaxed) <= 3 + AHEAD);
    }
}
