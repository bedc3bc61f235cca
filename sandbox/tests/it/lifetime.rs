//! Nothing is left behind: no worker without its pool, no zombie, no orphan.

use crate::{PLENTY, PRISONER, assert_answers, pool, settings};
use lazaret_sandbox::{Limits, Pool, Settings};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Whether the process is there, as a zombie too.
fn exists(process: &str) -> bool {
    PathBuf::from(format!("/proc/{process}")).exists()
}

fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < Duration::from_secs(30), "{what}");
        thread::yield_now();
    }
}

fn process_of(pool: &Pool) -> String {
    let answer = pool.run(&[b"process"], PLENTY).unwrap();
    String::from_utf8(answer.bytes).unwrap()
}

#[test]
fn no_worker_outlives_its_pool_and_none_stays_as_a_zombie() {
    let pool = pool();
    let mut processes = Vec::new();
    for ending in ["abort", "overflow", "exit 0", "bomb", "panic"] {
        processes.push(process_of(&pool));
        crate::cause(&pool, ending);
    }
    processes.push(process_of(&pool));
    assert!(exists(&processes[5]));
    drop(pool);
    for process in processes {
        assert!(!exists(&process), "{process}");
    }
}

#[test]
fn a_worker_does_not_die_with_the_thread_that_asked_first() {
    let pool = pool();
    let process = thread::scope(|scope| scope.spawn(|| process_of(&pool)).join().unwrap());
    assert_eq!(process_of(&pool), process);
}

#[test]
fn a_worker_that_died_while_idle_is_replaced_before_the_next_request() {
    let pool = pool();
    let process = process_of(&pool);
    let killed = Command::new("kill")
        .args(["-9", &process])
        .status()
        .unwrap();
    assert!(killed.success());
    // A zombie has closed its pipes once no other thread of it is left, and stays one until the pool looks.
    let state = || std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let threads = || std::fs::read_dir(format!("/proc/{process}/task")).map_or(0, Iterator::count);
    wait_until("the worker dies", || {
        state().contains(") Z") && threads() == 1
    });
    assert_ne!(process_of(&pool), process);
    assert!(!exists(&process));
}

#[test]
fn signals_of_the_terminal_do_not_reach_a_request() {
    let pool = pool();
    let process = process_of(&pool);
    for signal in ["-INT", "-TERM", "-HUP", "-QUIT"] {
        let sent = Command::new("kill")
            .args([signal, &process])
            .status()
            .unwrap();
        assert!(sent.success());
    }
    assert_eq!(process_of(&pool), process);
}

#[test]
fn an_idle_worker_is_ended() {
    let pool = Pool::new(Settings {
        limits: Limits {
            idle: Duration::from_millis(20),
            ..settings().limits
        },
        ..settings()
    })
    .unwrap();
    let process = process_of(&pool);
    wait_until("the idle worker ends", || !exists(&process));
    assert_answers(&pool);
}

#[test]
fn a_worker_at_work_dies_with_a_parent_that_is_killed() {
    // Once by the kernel, once because the other end of its pipe is gone.
    for mode in ["parent", "parent-without-death-signal"] {
        let mut parent = Command::new(PRISONER)
            .arg(mode)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(parent.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let worker = line.trim();
        assert!(exists(worker), "{worker}");
        parent.kill().unwrap();
        parent.wait().unwrap();
        wait_until("the worker dies with its parent", || !runs(worker));
    }
}

/// Whether the process is there and alive: nobody here can wait for an orphan.
fn runs(process: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{process}/stat"))
        .is_ok_and(|stat| !stat.contains(") Z") && !stat.contains(") X"))
}
