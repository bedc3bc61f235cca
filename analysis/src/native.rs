//! What a program for a processor gives away without being run: its format and machine, and the texts in it. Names of
//! imported functions lie in all three formats as texts between NULs, so one scan finds them, and there is no table
//! whose damage could be turned against us.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::host;
use crate::kind::Kind;
use crate::secret;

/// Facts of one program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Native {
    /// `x86-64`, `arm64`; empty if it is another.
    pub machine: &'static str,
    /// A module for Node: it registers itself as one.
    pub addon: bool,
    /// Loaded by others, not started.
    pub library: bool,
    /// A packer's mark: what is inside cannot be read.
    pub packed: bool,
    /// Public hosts of URLs in it, sorted.
    pub hosts: Vec<String>,
    /// Paths of what is worth stealing, and commands, as they stand there; sorted.
    pub secrets: Vec<String>,
    pub commands: Vec<String>,
    /// Imported functions that ordinary modules do not need, sorted.
    pub functions: Vec<&'static str>,
    /// Only the beginning was looked at.
    pub cut: bool,
}

/// Bytes that are looked at.
const BYTES: usize = 64 << 20;
/// Texts of one sort that are kept.
const TEXTS: usize = 40;
/// Longer texts are cut.
const LONGEST: usize = 4_096;

/// For which machine it is: `x86-64`, `arm64`; empty if that is another. Only the header is looked at.
pub fn machine(kind: Kind, bytes: &[u8]) -> &'static str {
    header(kind, bytes).0
}

fn header(kind: Kind, bytes: &[u8]) -> (&'static str, bool) {
    match kind {
        Kind::Elf => elf(bytes),
        Kind::Pe => pe(bytes),
        _ => mach_o(bytes),
    }
}

/// Reads a program of a kind that [`Kind::is_native`].
pub fn read(kind: Kind, bytes: &[u8]) -> Native {
    let (machine, library) = header(kind, bytes);
    let mut native = Native {
        machine,
        library,
        cut: bytes.len() > BYTES,
        ..Native::default()
    };
    let mut hosts = BTreeSet::new();
    let mut secrets = BTreeSet::new();
    let mut commands = BTreeSet::new();
    let mut functions = BTreeSet::new();
    let bytes = &bytes[..bytes.len().min(BYTES)];
    texts(bytes, &mut |text| {
        native.addon |= text.contains("napi_register_module_v")
            || text.contains("node_register_module_v")
            || text.contains("napi_module_register")
            || text.contains("node_module_register");
        native.packed |=
            text.starts_with("UPX!") || text.contains("$Info: This file is packed with");
        if hosts.len() < TEXTS && (text.contains("://") || text.contains("www.")) {
            hosts.extend(
                host::in_text(text)
                    .into_iter()
                    .filter(host::Host::is_public)
                    .map(|host| host.name),
            );
        }
        if secrets.len() < TEXTS
            && text.len() < 200
            && text.contains(['.', '/', '\\'])
            && secret::path(text).is_some()
        {
            secrets.insert(text.to_owned());
        }
        if commands.len() < TEXTS && is_command(text) {
            commands.insert(text.chars().take(200).collect::<String>());
        }
        if let Ok(at) = FUNCTIONS.binary_search(&text.trim_start_matches('_')) {
            functions.insert(FUNCTIONS[at]);
        }
    });
    native.packed |= memchr::memmem::find(&bytes[..bytes.len().min(64 << 10)], b"UPX!").is_some();
    native.hosts = hosts.into_iter().collect();
    native.secrets = secrets.into_iter().collect();
    native.commands = commands.into_iter().collect();
    native.functions = functions.into_iter().collect();
    native
}

/// Sorted. They reach into other processes, watch the keyboard, open what the system has sealed, or fetch and start.
const FUNCTIONS: &[&str] = &[
    "BCryptDecrypt",
    "CreateRemoteThread",
    "CryptUnprotectData",
    "GetAsyncKeyState",
    "InternetOpenUrlA",
    "InternetOpenUrlW",
    "NtUnmapViewOfSection",
    "QueueUserAPC",
    "RtlCreateUserThread",
    "SecKeychainFindGenericPassword",
    "SetThreadContext",
    "SetWindowsHookExA",
    "SetWindowsHookExW",
    "URLDownloadToFileA",
    "URLDownloadToFileW",
    "VirtualAllocEx",
    "WinExec",
    "WinHttpOpen",
    "WriteProcessMemory",
    "memfd_create",
    "process_vm_readv",
    "process_vm_writev",
    "ptrace",
    "task_for_pid",
];

/// A line for a shell, not its name alone: every program that starts others has that.
fn is_command(text: &str) -> bool {
    const PARTS: &[&str] = &[
        "powershell -",
        "powershell.exe -",
        "cmd.exe /c ",
        "cmd /c ",
        "curl -",
        "wget ",
        "/bin/sh -c ",
        "bash -c ",
        "schtasks /create",
        "reg add ",
        "launchctl load",
        "crontab ",
        "rm -rf ",
        "chmod +x ",
        "| sh",
        "| bash",
        "systemctl enable",
        "osascript -e",
        "certutil -",
        "bitsadmin ",
        "/etc/ld.so.preload",
        "/dev/tcp/",
        "stratum+tcp",
        "xmrig",
        "npm publish",
        "git config --global",
    ];
    text.len() < LONGEST && PARTS.iter().any(|part| text.contains(part))
}

/// Calls `visit` with every run of at least five printable characters, also of two bytes each.
fn texts(bytes: &[u8], visit: &mut impl FnMut(&str)) {
    const SHORTEST: usize = 5;
    let printable = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t');
    let mut rest = bytes;
    while let Some(start) = rest.iter().position(printable) {
        rest = &rest[start..];
        let length = rest
            .iter()
            .position(|byte| !printable(byte))
            .unwrap_or(rest.len());
        if length >= SHORTEST
            && let Ok(text) = std::str::from_utf8(&rest[..length.min(LONGEST)])
        {
            visit(text);
        }
        rest = &rest[length..];
    }
    wide_texts(bytes, visit);
}

/// Texts as Windows keeps them: a NUL behind every character.
fn wide_texts(bytes: &[u8], visit: &mut impl FnMut(&str)) {
    const SHORTEST: usize = 8;
    let mut text = String::new();
    let mut at = 0;
    while at + 1 < bytes.len() {
        // Most bytes are not the first of such a pair.
        if bytes[at + 1] == 0 && matches!(bytes[at], b' '..=b'~') && text.len() < LONGEST {
            text.push(char::from(bytes[at]));
            at += 2;
            continue;
        }
        if text.is_empty() {
            at += 1;
            continue;
        }
        if text.len() >= SHORTEST {
            visit(&text);
        }
        text.clear();
        at += 1;
    }
    if text.len() >= SHORTEST {
        visit(&text);
    }
}

fn elf(bytes: &[u8]) -> (&'static str, bool) {
    let half = |at: usize| {
        let pair: [u8; 2] = bytes.get(at..at + 2)?.try_into().ok()?;
        Some(if bytes.get(5) == Some(&2) {
            u16::from_be_bytes(pair)
        } else {
            u16::from_le_bytes(pair)
        })
    };
    let machine = match half(18) {
        Some(3) => "x86",
        Some(40) => "arm",
        Some(62) => "x86-64",
        Some(183) => "arm64",
        Some(243) => "riscv",
        Some(22) => "s390x",
        Some(21) => "ppc64",
        _ => "",
    };
    // Programs of today are relocatable, too: those that are started name who loads them.
    let interpreted = memchr::memmem::find(&bytes[..bytes.len().min(4_096)], b"/ld-").is_some();
    (machine, half(16) == Some(3) && !interpreted)
}

fn pe(bytes: &[u8]) -> (&'static str, bool) {
    let word = |at: usize| {
        let pair: [u8; 2] = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(u16::from_le_bytes(pair))
    };
    let header = bytes
        .get(60..64)
        .and_then(|at| at.try_into().ok())
        .map_or(usize::MAX >> 1, |at| u32::from_le_bytes(at) as usize);
    let machine = match word(header + 4) {
        Some(0x14c) => "x86",
        Some(0x8664) => "x86-64",
        Some(0xaa64) => "arm64",
        _ => "",
    };
    const LIBRARY: u16 = 0x2000;
    (
        machine,
        word(header + 22).is_some_and(|flags| flags & LIBRARY != 0),
    )
}

fn mach_o(bytes: &[u8]) -> (&'static str, bool) {
    let little = matches!(bytes.first(), Some(0xce | 0xcf));
    let word = |at: usize| {
        let four: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
        Some(if little {
            u32::from_le_bytes(four)
        } else {
            u32::from_be_bytes(four)
        })
    };
    if bytes.first() == Some(&0xca) {
        return ("several", false);
    }
    let machine = match word(4) {
        Some(7) => "x86",
        Some(0x0100_0007) => "x86-64",
        Some(12) => "arm",
        Some(0x0100_000c) => "arm64",
        _ => "",
    };
    const LIBRARIES: [u32; 2] = [6, 8];
    (
        machine,
        word(12).is_some_and(|kind| LIBRARIES.contains(&kind)),
    )
}
