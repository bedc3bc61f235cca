//! The orders that a test can give, and the other things that the program can be.

use crate::attacks;
use lazaret_sandbox::worker::{Worker, serve};
use lazaret_sandbox::{Budget, Layer, Pool, Settings};
use std::time::Duration;

pub(crate) fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("parent") => parent(&[]),
        Some("parent-without-death-signal") => parent(&[Layer::ParentDeath]),
        Some("loud") => loud(),
        Some("garbage") => garbage(),
        _ => serve(obey),
    }
}

fn obey(request: &[u8], worker: &Worker) -> Vec<u8> {
    let (order, rest) = match request.iter().position(|byte| *byte == b' ') {
        Some(space) => (&request[..space], &request[space + 1..]),
        None => (request, &b""[..]),
    };
    let argument = std::str::from_utf8(rest).unwrap_or_default();
    match order {
        b"echo" => rest.to_vec(),
        b"length" => request.len().to_string().into_bytes(),
        b"answer" => vec![b'a'; argument.parse().unwrap_or(0)],
        b"note" => {
            worker.note(b"first");
            worker.note(rest);
            std::process::abort()
        }
        b"overflow" => vec![deep(0)],
        b"abort" => std::process::abort(),
        b"panic" => panic!("told to"),
        b"exit" => leave(argument.parse().unwrap_or(0)),
        b"fault" => attacks::fault(),
        b"signal" => attacks::raise(argument.parse().unwrap_or(0)),
        b"loop" => loop {
            std::hint::spin_loop();
        },
        b"sleep" => loop {
            std::thread::sleep(Duration::from_secs(1000));
        },
        b"bomb" => {
            let mut all = Vec::new();
            loop {
                all.push(vec![1_u8; 1 << 20]);
            }
        }
        b"allocate" => vec![1_u8; argument.parse().unwrap_or(0)][..1].to_vec(),
        b"print" => print(argument.parse().unwrap_or(0)),
        b"raw" => attacks::write_to_answers(rest),
        b"hang-up" => attacks::close_answers(),
        b"environment" => format!("{:?}", std::env::vars().collect::<Vec<_>>()).into_bytes(),
        b"process" => std::process::id().to_string().into_bytes(),
        b"rights" => attacks::rights().into_bytes(),
        b"attack" => attacks::run(argument).into_bytes(),
        _ => b"unknown order".to_vec(),
    }
}

fn deep(level: usize) -> u8 {
    let here = std::hint::black_box([level as u8; 256]);
    match std::hint::black_box(level) {
        usize::MAX => here[0],
        _ => deep(level + 1).wrapping_add(here[level % 256]),
    }
}

#[expect(clippy::exit, reason = "the order is to exit")]
fn leave(code: i32) -> ! {
    std::process::exit(code)
}

#[expect(clippy::print_stdout, reason = "the order is to print")]
#[expect(clippy::print_stderr, reason = "the order is to print")]
fn print(lines: usize) -> Vec<u8> {
    for line in 0..lines {
        println!("out {line}");
        eprintln!("err {line}");
    }
    std::process::abort()
}

/// Speaks before it is a worker, and never becomes one.
#[expect(clippy::print_stderr, reason = "what a broken program does")]
fn loud() {
    eprintln!("wrong \u{1b}[31mlibrary");
    leave(127)
}

#[expect(clippy::print_stdout, reason = "what a wrong program does")]
fn garbage() {
    println!("Usage: something else entirely");
}

fn parent(without: &[Layer]) {
    let mut settings = Settings::this_program(&[]).expect("this program has a path");
    settings.without = without.to_vec();
    let pool = Pool::new(settings).expect("a thread");
    let forever = Budget {
        wall: Duration::from_secs(3600),
        cpu: Duration::from_secs(3600),
    };
    let process = pool.run(&[b"process"], forever).expect("an answer");
    announce(&process.bytes);
    let _ = pool.run(&[b"loop"], forever);
}

fn announce(process: &[u8]) {
    use std::io::Write;
    let mut out = std::io::stdout();
    let _ = out.write_all(process).and_then(|()| out.write_all(b"\n"));
    let _ = out.flush();
}
