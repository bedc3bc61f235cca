//! How we run what we do not trust: a child process of the same program, with few rights and hard limits.
//!
//! The parent keeps a [`Pool`] of workers and sends each a request at a time; the child calls [`worker::serve`] with the
//! function that answers. Both sides see requests and answers as bytes: this crate knows nothing of packages.
//!
//! # Layers
//!
//! Before it reads anything, a worker gives up what it does not need, in this order, and then says in its first frame
//! which [`Layer`] is active, partial or missing, and why. No layer is trusted alone; none is required to start, so that
//! the caller can decide what a missing one means ([`Pool::layers`]).
//!
//! | layer | what it takes away | where it is missing |
//! |---|---|---|
//! | `environment` | variables of the parent: the worker gets only those of [`Settings::environment`] | - |
//! | `session` | the terminal and its signals: SIGINT, SIGTERM, SIGHUP and SIGQUIT reach the parent alone, which decides | not Unix |
//! | `descriptors` | every open file, socket and pipe but the two to the parent; stray prints go to a bounded log | not Linux; before 5.9 |
//! | `namespaces` | the network, shared memory, user ids with rights: own user, network and IPC namespaces, all empty | containers, Ubuntu since 23.10 |
//! | `capabilities` | what root may do | not Linux |
//! | `parent-death` | life without the parent: SIGKILL when it ends, however it ends | not Linux |
//! | `no-new-privileges` | setuid programs; core dumps and tracing by others | not Linux |
//! | `landlock` | files (read, write, run), TCP, abstract sockets, signals to others | before 5.13; TCP from 6.7, scopes from 6.12 |
//! | `limits` | memory, new files, new processes, written bytes, core dumps (`setrlimit`) | not Unix |
//! | `seccomp` | every system call but those that computing needs: no open, socket, exec, fork, kill, ptrace, io_uring | other processors than x86-64, arm64, riscv64 |
//!
//! A system call outside seccomp's list kills the worker ([`Cause::Forbidden`]): code that merely parses never does it, so
//! it is a sign that the parser was taken over.
//!
//! # Limits
//!
//! The parent enforces the time of a request ([`Budget`]), by the clock and by the processor's clock of the child, and
//! kills; the kernel enforces memory ([`Limits::memory`], [`Limits::stack`]); both sides bound what they read. Whatever
//! ends a request is a [`Failure`] with its [`Cause`], the last note that the worker left ([`worker::Worker::note`]) and
//! the end of what it printed. The pool goes on with a new worker.
//!
//! Processor time is counted on Linux only; elsewhere the clock alone ends a request. On Windows a worker is a process of
//! its own and nothing more.
//!
//! # What stays
//!
//! A worker answers many requests, so one that was taken over through a hole in the parser, and stays within the list of
//! system calls, can lie about the requests after: [`Limits::recycle_after`] says how many those can be. A new worker
//! costs some milliseconds, a round trip to a warm one some ten microseconds.

mod failure;
mod frame;
mod layers;
mod limits;
mod pool;
#[cfg(unix)]
#[expect(
    unsafe_code,
    reason = "the system calls that no safe crate wraps, all here"
)]
mod sys;
pub mod worker;

pub use failure::{Cause, Failure};
pub use layers::{Layer, LayerReport, Standing};
pub use limits::{Budget, Limits};
pub use pool::{Answer, Pool, Settings};
