//! seccomp: the system calls that a thread needs which computes, allocates, reads one pipe and writes two. Every other
//! one, and every one of another architecture, kills the process.

use crate::layers::{Layer, LayerReport};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};
use std::collections::BTreeMap;

/// Allowed whatever the arguments. No descriptor but the pipes is open, none can be opened.
const COMPUTING: &[i64] = &[
    // The pipes.
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_ppoll,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_poll,
    // Memory. New mappings are below: they have conditions.
    libc::SYS_brk,
    libc::SYS_madvise,
    libc::SYS_mremap,
    libc::SYS_munmap,
    // Threads that exist already, and their end.
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_getcpu,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_pause,
    // Signals of its own: the stack's guard page, abort.
    libc::SYS_restart_syscall,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    // Time and chance: hash tables are seeded.
    libc::SYS_clock_getres,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_getrandom,
    libc::SYS_gettimeofday,
    libc::SYS_nanosleep,
];

pub(super) fn filter(threads: usize) -> LayerReport {
    let layer = Layer::Seccomp;
    let program = match program() {
        Ok(program) => program,
        Err(error) => return LayerReport::missing(layer, error),
    };
    match seccompiler::apply_filter_all_threads(&program) {
        Ok(()) if threads == 1 => LayerReport::active(layer, ""),
        Ok(()) => LayerReport::active(layer, format!("over {} foreign threads", threads - 1)),
        Err(error) => LayerReport::missing(layer, error),
    }
}

fn program() -> Result<BpfProgram, Box<dyn std::error::Error>> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        COMPUTING.iter().map(|call| (*call, Vec::new())).collect();

    // Memory that can be run cannot be made.
    let not_executable = || bits_are_clear(2, libc::PROT_EXEC.unsigned_abs());
    rules.insert(
        libc::SYS_mmap,
        vec![SeccompRule::new(vec![not_executable()?])?],
    );
    rules.insert(
        libc::SYS_mprotect,
        vec![SeccompRule::new(vec![not_executable()?])?],
    );

    // Waiting and waking. Priority inheritance, where the faults were found over the years, is left out.
    let modifiers = (libc::FUTEX_PRIVATE_FLAG | libc::FUTEX_CLOCK_REALTIME).unsigned_abs();
    let operations = [
        libc::FUTEX_WAIT,
        libc::FUTEX_WAKE,
        libc::FUTEX_REQUEUE,
        libc::FUTEX_CMP_REQUEUE,
        libc::FUTEX_WAKE_OP,
        libc::FUTEX_WAIT_BITSET,
        libc::FUTEX_WAKE_BITSET,
    ];
    let futex = operations
        .into_iter()
        .map(|operation| {
            let mask = SeccompCmpOp::MaskedEq(u64::from(!modifiers));
            let is_this = SeccompCondition::new(
                1,
                SeccompCmpArgLen::Dword,
                mask,
                u64::from(operation.unsigned_abs()),
            )?;
            SeccompRule::new(vec![is_this])
        })
        .collect::<Result<_, _>>()?;
    rules.insert(libc::SYS_futex, futex);

    // A signal to one of its own threads: abort does that.
    let own = SeccompCondition::new(
        0,
        SeccompCmpArgLen::Dword,
        SeccompCmpOp::Eq,
        u64::from(std::process::id()),
    )?;
    rules.insert(libc::SYS_tgkill, vec![SeccompRule::new(vec![own])?]);

    let filter = SeccompFilter::new(
        rules,
        SeccompAction::KillProcess,
        SeccompAction::Allow,
        TargetArch::try_from(std::env::consts::ARCH)?,
    )?;
    Ok(filter.try_into()?)
}

fn bits_are_clear(argument: u8, bits: u32) -> Result<SeccompCondition, seccompiler::BackendError> {
    SeccompCondition::new(
        argument,
        SeccompCmpArgLen::Dword,
        SeccompCmpOp::MaskedEq(u64::from(bits)),
        0,
    )
}
