//! A worker that does what it is told, and so what hostile code would try. Called with `parent`, it is instead a process
//! with a pool of one worker that never answers.

#[cfg(target_os = "linux")]
#[expect(
    unsafe_code,
    reason = "attacks are raw system calls, and some of them corrupt the process on purpose"
)]
mod attacks;
#[cfg(target_os = "linux")]
mod orders;

fn main() {
    #[cfg(target_os = "linux")]
    orders::main();
}
