//! What code would try that took a parser over. Each attack is harmless where it works: it opens, connects or signals,
//! and does nothing with it. An answer is `done` or `refused: ERROR`.

use std::io;

/// The attacks by name.
pub(crate) fn run(name: &str) -> String {
    let (name, argument) = name.split_once(' ').unwrap_or((name, ""));
    let result = match name {
        "read-file" => open(argument, libc::O_RDONLY),
        "write-file" => open(argument, libc::O_WRONLY | libc::O_CREAT),
        "list-folder" => open(argument, libc::O_RDONLY | libc::O_DIRECTORY),
        "tcp-connect" => tcp_connect(argument.parse().unwrap_or(0)),
        "tcp-listen" => tcp_listen(),
        "udp-send" => udp_send(argument.parse().unwrap_or(0)),
        "unix-connect" => unix_connect(argument, false),
        "abstract-connect" => unix_connect(argument, true),
        "socket-vsock" => socket(libc::AF_VSOCK, libc::SOCK_STREAM),
        "socket-netlink" => socket(libc::AF_NETLINK, libc::SOCK_RAW),
        "socket-packet" => socket(libc::AF_PACKET, libc::SOCK_RAW),
        "execute" => execute(),
        "fork" => fork(),
        "thread" => std::thread::Builder::new()
            .spawn(|| {})
            .map(|thread| drop(thread.join())),
        "signal-parent" => kill(argument.parse().unwrap_or(0), 0),
        "signal-everybody" => kill(-1, 0),
        "trace-parent" => {
            // SAFETY: no pointer is passed; the parent is only attached to, and left again when this process dies.
            check(unsafe { libc::ptrace(libc::PTRACE_SEIZE, argument.parse().unwrap_or(0), 0, 0) })
        }
        "read-parent" => read_memory(argument.parse().unwrap_or(0)),
        "io-uring" => io_uring(),
        "bpf" => call3(libc::SYS_bpf, 0, 0, 0),
        "userfaultfd" => call3(libc::SYS_userfaultfd, 1, 0, 0),
        "perf" => call3(libc::SYS_perf_event_open, 0, 0, -1),
        "keyring" => call3(libc::SYS_keyctl, 0, -3, 1),
        "user-namespace" => call3(libc::SYS_unshare, libc::CLONE_NEWUSER as i64, 0, 0),
        "mount" => call3(libc::SYS_mount, 0, 0, 0),
        "memory-file" => memory_file(),
        "run-data" => run_data(),
        "raise-limit" => raise_limit(),
        "pidfd" => call3(libc::SYS_pidfd_open, argument.parse().unwrap_or(0), 0, 0),
        other => return format!("no attack is called {other}"),
    };
    match result {
        Ok(()) => "done".to_owned(),
        Err(error) => format!("refused: {error}"),
    }
}

/// What this process still has: open descriptors, capabilities, and so on.
pub(crate) fn rights() -> String {
    let is_open = |descriptor: &i32| {
        // SAFETY: no pointer is passed, and asking changes nothing.
        unsafe { libc::fcntl(*descriptor, libc::F_GETFD) >= 0 }
    };
    let descriptors: Vec<i32> = (0..1000).filter(is_open).collect();
    let has_capabilities = rustix::thread::capabilities(None)
        .is_ok_and(|sets| !(sets.effective | sets.permitted | sets.inheritable).is_empty());
    let may_gain = !rustix::thread::no_new_privs().unwrap_or(false);
    let dumpable = rustix::process::dumpable_behavior()
        .is_ok_and(|behavior| behavior != rustix::process::DumpableBehavior::NotDumpable);
    // Not by rustix: a session whose leader is outside of this PID namespace is 0, which it does not expect.
    // SAFETY: no pointer is passed, and asking changes nothing.
    let session = unsafe { libc::getsid(0) };
    let own_session = session == rustix::process::getpid().as_raw_nonzero().get();
    format!(
        "descriptors {descriptors:?}, capabilities {has_capabilities}, may gain {may_gain}, dumpable {dumpable}, \
         own session {own_session}"
    )
}

/// Reads where nothing is.
pub(crate) fn fault() -> ! {
    // SAFETY: none. The fault is the point.
    unsafe { std::ptr::without_provenance::<u8>(16).read_volatile() };
    loop {
        std::thread::park();
    }
}

pub(crate) fn raise(signal: i32) -> ! {
    // SAFETY: a signal to this very thread.
    unsafe { libc::raise(signal) };
    loop {
        std::thread::park();
    }
}

/// The worker's pipe to the parent is the second descriptor above the standard ones.
const ANSWERS: i32 = 4;

/// Lies below the protocol, then waits to be found out.
pub(crate) fn write_to_answers(bytes: &[u8]) -> ! {
    // SAFETY: pointer and length are those of a slice.
    unsafe { libc::write(ANSWERS, bytes.as_ptr().cast(), bytes.len()) };
    loop {
        std::hint::spin_loop();
    }
}

/// Lives on without a way to answer.
pub(crate) fn close_answers() -> ! {
    // SAFETY: the descriptor is used by nothing afterwards.
    unsafe { libc::close(ANSWERS) };
    loop {
        std::hint::spin_loop();
    }
}

fn check<T: Into<i64>>(result: T) -> io::Result<()> {
    match result.into() < 0 {
        true => Err(io::Error::last_os_error()),
        false => Ok(()),
    }
}

fn call3(number: i64, first: i64, second: i64, third: i64) -> io::Result<()> {
    // SAFETY: where a call reads memory, the arguments are null and it refuses, if it gets so far.
    check(unsafe { libc::syscall(number, first, second, third, 0_i64, 0_i64) })
}

fn open(path: &str, flags: i32) -> io::Result<()> {
    let path = std::ffi::CString::new(path)?;
    // SAFETY: the path ends with a zero.
    check(unsafe { libc::open(path.as_ptr(), flags, 0o600) })
}

fn socket(family: i32, kind: i32) -> io::Result<()> {
    // SAFETY: no pointer is passed.
    check(unsafe { libc::socket(family, kind, 0) })
}

fn tcp_connect(port: u16) -> io::Result<()> {
    std::net::TcpStream::connect(("127.0.0.1", port)).map(drop)
}

fn tcp_listen() -> io::Result<()> {
    std::net::TcpListener::bind("127.0.0.1:0").map(drop)
}

fn udp_send(port: u16) -> io::Result<()> {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0")?;
    socket.send_to(b"x", ("127.0.0.1", port)).map(drop)
}

fn unix_connect(name: &str, is_abstract: bool) -> io::Result<()> {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixStream};
    let address = match is_abstract {
        true => SocketAddr::from_abstract_name(name)?,
        false => SocketAddr::from_pathname(name)?,
    };
    UnixStream::connect_addr(&address).map(drop)
}

fn execute() -> io::Result<()> {
    std::process::Command::new("/bin/true")
        .status()
        .and_then(|status| match status.success() {
            true => Ok(()),
            false => Err(io::Error::other("it failed")),
        })
}

fn fork() -> io::Result<()> {
    // SAFETY: the child calls nothing but `_exit`.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // SAFETY: as above.
        unsafe { libc::_exit(0) };
    }
    check(child)
}

fn kill(process: i32, signal: i32) -> io::Result<()> {
    // SAFETY: no pointer is passed; signal 0 only asks for the right to send one.
    check(unsafe { libc::kill(process, signal) })
}

fn read_memory(process: i32) -> io::Result<()> {
    let mut byte = 0_u8;
    let here = libc::iovec {
        iov_base: (&raw mut byte).cast(),
        iov_len: 1,
    };
    let there = libc::iovec {
        // The parent may have nothing there; the right to look is what is asked for.
        iov_base: std::ptr::without_provenance_mut(0x10000),
        iov_len: 1,
    };
    // SAFETY: one byte is written at most, into a live variable.
    match check(unsafe { libc::process_vm_readv(process, &here, 1, &there, 1, 0) as i64 }) {
        Err(error) if error.raw_os_error() == Some(libc::EFAULT) => Ok(()),
        result => result,
    }
}

fn io_uring() -> io::Result<()> {
    let mut parameters = [0_u8; 256];
    // SAFETY: the structure that the call fills in is shorter than the buffer.
    check(unsafe { libc::syscall(libc::SYS_io_uring_setup, 1, parameters.as_mut_ptr()) })
}

fn memory_file() -> io::Result<()> {
    // SAFETY: the name ends with a zero.
    check(unsafe { libc::memfd_create(c"x".as_ptr(), 0) })
}

fn run_data() -> io::Result<()> {
    let protection = libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: a new mapping where the kernel likes.
    let page = unsafe { libc::mmap(std::ptr::null_mut(), 4096, protection, flags, -1, 0) };
    match page == libc::MAP_FAILED {
        true => Err(io::Error::last_os_error()),
        false => Ok(()),
    }
}

/// More memory than the parent granted.
fn raise_limit() -> io::Result<()> {
    let all = libc::rlimit {
        rlim_cur: libc::RLIM_INFINITY,
        rlim_max: libc::RLIM_INFINITY,
    };
    // SAFETY: the pointer is to a live variable.
    check(unsafe { libc::setrlimit(libc::RLIMIT_AS, &all) })
}
