//! What each layer stops, in every combination of layers: an attack may only work where none is on that stops it.

use crate::{PLENTY, settings};
use lazaret_sandbox::{Cause, Layer, Pool, Settings, Standing};
use std::collections::BTreeSet;
use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

use Layer::{Landlock, Limits, Namespaces, Seccomp};

/// The layers that are switched; the others are always on.
const SWITCHED: [Layer; 4] = [Namespaces, Landlock, Limits, Seccomp];

/// Name and argument; the layers each of which stops it; whether it works on every machine if none of the layers
/// is on (others depend on the user and the kernel).
struct Attack {
    order: String,
    stopped_by: &'static [Layer],
    works_without: bool,
}

fn attack(order: impl Into<String>, stopped_by: &'static [Layer], works_without: bool) -> Attack {
    Attack {
        order: order.into(),
        stopped_by,
        works_without,
    }
}

/// What the attacks are aimed at, and keeps it there.
struct Targets {
    folder: tempfile::TempDir,
    tcp: TcpListener,
    udp: UdpSocket,
    _unix: UnixListener,
    _abstract: UnixListener,
}

impl Targets {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("secret"), "not read").unwrap();
        let name = SocketAddr::from_abstract_name(abstract_name()).unwrap();
        Self {
            tcp: TcpListener::bind("127.0.0.1:0").unwrap(),
            udp: UdpSocket::bind("127.0.0.1:0").unwrap(),
            _unix: UnixListener::bind(folder.path().join("agent")).unwrap(),
            _abstract: UnixListener::bind_addr(&name).unwrap(),
            folder,
        }
    }

    fn attacks(&self) -> Vec<Attack> {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        let tcp = self.tcp.local_addr().unwrap().port();
        let udp = self.udp.local_addr().unwrap().port();
        let parent = std::process::id();
        // No descriptor is left to give out, so the limits stop everything that needs one.
        vec![
            attack(
                format!("read-file {}", path("secret")),
                &[Landlock, Limits, Seccomp],
                true,
            ),
            attack(
                format!("write-file {}", path("new")),
                &[Landlock, Limits, Seccomp],
                true,
            ),
            attack(
                format!("list-folder {}", path("")),
                &[Landlock, Limits, Seccomp],
                true,
            ),
            attack(
                format!("tcp-connect {tcp}"),
                &[Namespaces, Landlock, Limits, Seccomp],
                true,
            ),
            // In a namespace of its own it listens to nobody.
            attack("tcp-listen", &[Landlock, Limits, Seccomp], true),
            attack(
                format!("udp-send {udp}"),
                &[Namespaces, Limits, Seccomp],
                true,
            ),
            attack(
                format!("unix-connect {}", path("agent")),
                &[Limits, Seccomp],
                true,
            ),
            attack(
                format!("abstract-connect {}", abstract_name()),
                &[Namespaces, Landlock, Limits, Seccomp],
                true,
            ),
            attack("socket-vsock", &[Limits, Seccomp], false),
            attack("socket-netlink", &[Limits, Seccomp], true),
            attack("socket-packet", &[Limits, Seccomp], false),
            attack("execute", &[Landlock, Seccomp], true),
            attack("fork", &[Seccomp], false),
            attack("thread", &[Seccomp], false),
            attack(
                format!("signal-parent {parent}"),
                &[Landlock, Seccomp],
                true,
            ),
            // The kernel says yes to this one even if every single process was refused.
            attack("signal-everybody", &[Seccomp], false),
            attack(
                format!("trace-parent {parent}"),
                &[Landlock, Namespaces, Seccomp],
                false,
            ),
            attack(
                format!("read-parent {parent}"),
                &[Landlock, Namespaces, Seccomp],
                false,
            ),
            attack("io-uring", &[Limits, Seccomp], false),
            attack("bpf", &[Seccomp], false),
            attack("userfaultfd", &[Limits, Seccomp], false),
            attack("perf", &[Seccomp], false),
            attack("keyring", &[Seccomp], false),
            attack("user-namespace", &[Seccomp], false),
            attack("mount", &[Seccomp], false),
            attack("memory-file", &[Limits, Seccomp], true),
            attack("run-data", &[Seccomp], true),
            attack("raise-limit", &[Seccomp], false),
            attack(format!("pidfd {parent}"), &[Limits, Seccomp], false),
        ]
    }
}

fn abstract_name() -> String {
    format!("lazaret-sandbox-test-{}", std::process::id())
}

fn combinations() -> Vec<Vec<Layer>> {
    (0..1 << SWITCHED.len())
        .map(|bits| {
            (0..SWITCHED.len())
                .filter(|at| bits >> at & 1 == 1)
                .map(|at| SWITCHED[at])
                .collect()
        })
        .collect()
}

#[test]
fn what_a_layer_stops_stays_stopped_in_every_combination() {
    let targets = Targets::new();
    let mut wrong = Vec::new();
    let mut worked = BTreeSet::new();
    for without in combinations() {
        let pool = Pool::new(Settings {
            without: without.clone(),
            ..settings()
        })
        .unwrap();
        // What this kernel gives, not what was asked for.
        let active: BTreeSet<Layer> = pool
            .layers()
            .unwrap()
            .into_iter()
            .filter(|report| report.standing == Standing::Active)
            .map(|report| report.layer)
            .collect();
        for attack in targets.attacks() {
            let works = match pool.run(&[b"attack ", attack.order.as_bytes()], PLENTY) {
                Ok(answer) if answer.bytes == b"done" => true,
                Ok(answer) if answer.bytes.starts_with(b"refused: ") => {
                    if active.contains(&Seccomp) {
                        wrong.push(format!("{}: the filter should have killed", attack.order));
                    }
                    false
                }
                Ok(answer) => panic!("{}: {answer:?}", attack.order),
                Err(failure) => {
                    if failure.cause != Cause::Forbidden {
                        wrong.push(format!("{}: {failure:?}", attack.order));
                    }
                    false
                }
            };
            if works {
                worked.insert(attack.order.clone());
            }
            let stoppers: Vec<_> = attack
                .stopped_by
                .iter()
                .filter(|layer| active.contains(layer))
                .collect();
            if works && !stoppers.is_empty() {
                wrong.push(format!("{} works in spite of {stoppers:?}", attack.order));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Or the attacks would prove nothing.
    for attack in targets.attacks() {
        if attack.works_without {
            assert!(
                worked.contains(&attack.order),
                "{} never works",
                attack.order
            );
        }
    }
}

#[test]
fn what_is_turned_off_is_reported_as_missing() {
    for layer in Layer::ALL {
        let pool = Pool::new(Settings {
            without: vec![layer],
            ..settings()
        })
        .unwrap();
        let layers = pool.layers().unwrap();
        let names: Vec<Layer> = layers.iter().map(|report| report.layer).collect();
        assert_eq!(names, Layer::ALL);
        let report = layers.iter().find(|report| report.layer == layer).unwrap();
        match layer {
            Layer::Environment => assert_eq!(report.standing, Standing::Active),
            _ => assert_eq!(report.standing, Standing::Missing, "{report}"),
        }
    }
}

#[test]
fn what_needs_no_right_of_the_system_is_active_on_every_linux() {
    for report in crate::pool().layers().unwrap() {
        let needs_kernel = [Namespaces, Landlock, Seccomp, Layer::Descriptors];
        if !needs_kernel.contains(&report.layer) {
            assert_eq!(report.standing, Standing::Active, "{report}");
        }
    }
}

#[test]
fn a_worker_has_two_pipes_and_no_privileges() {
    // A descriptor that the parent forgot to close on exec.
    let leaked = std::fs::File::open("/proc/self/status").unwrap();
    rustix::io::fcntl_setfd(&leaked, rustix::io::FdFlags::empty()).unwrap();
    let rights = |without: &[Layer]| {
        let pool = Pool::new(Settings {
            // Asking takes system calls.
            without: [without, &[Seccomp]].concat(),
            ..settings()
        })
        .unwrap();
        String::from_utf8(pool.run(&[b"rights"], PLENTY).unwrap().bytes).unwrap()
    };
    // Which numbers the two pipes get depends on what the parent holds; there are five in all.
    let five = |rights: &str| {
        let listed = rights.split(']').next().unwrap_or_default();
        listed.matches(',').count() + 1 == 5
    };
    let few = rights(&[]);
    assert!(five(&few), "{few}");
    assert!(
        few.ends_with("capabilities false, may gain false, dumpable false, own session true"),
        "{few}"
    );
    let all = rights(&[
        Layer::Descriptors,
        Layer::Landlock,
        Layer::NoNewPrivileges,
        Layer::Session,
    ]);
    assert!(!five(&all), "{all}");
    assert!(
        all.contains("may gain true, dumpable true, own session false"),
        "{all}"
    );
}
