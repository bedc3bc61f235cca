//! What a step does with the network, and with what is encoded.

use super::{Command, Deed, FETCHERS, Step, alone};
use crate::host;

pub(super) fn fetches(step: &Step) -> bool {
    FETCHERS.contains(&step.program.as_str())
        || step.program == "certutil" && has_flag(step, "urlcache")
}

pub(super) fn names_a_place(step: &Step) -> bool {
    let is_place = |arg: &String| {
        arg.contains("://")
            || arg.contains('$')
            || arg.contains("%")
            || host::of_name(arg.split('/').next().unwrap_or("")).is_some()
    };
    match step.program.as_str() {
        // Words that mean something else too.
        "fetch" | "http" | "https" | "ftp" => step.args.iter().any(|arg| arg.contains("://")),
        _ => step.args.iter().any(is_place),
    }
}

pub(super) fn sends(step: &Step) -> bool {
    match step.program.as_str() {
        "curl" => step.args.iter().any(|arg| {
            matches!(
                arg.as_str(),
                "-d" | "-F"
                    | "-T"
                    | "--data"
                    | "--form"
                    | "--upload-file"
                    | "--json"
                    | "--data-binary"
                    | "--data-raw"
                    | "--data-urlencode"
            ) || arg.starts_with("-d@")
                || arg.starts_with("-F@")
                || arg.starts_with("--data")
                || (arg.starts_with('-')
                    && !arg.starts_with("--")
                    && arg.len() > 2
                    && arg.ends_with('d'))
        }),
        "wget" => step
            .args
            .iter()
            .any(|arg| arg.starts_with("--post-") || arg.starts_with("--body-")),
        "nc" | "ncat" | "netcat" => step.piped,
        "scp" | "sftp" | "rsync" => step.args.iter().any(|arg| arg.contains(':')),
        "invoke-restmethod" | "invoke-webrequest" | "irm" | "iwr" => {
            has_flag(step, "body") || has_flag(step, "infile")
        }
        _ => false,
    }
}

pub(super) fn is_decoder(step: &Step) -> bool {
    let mut command = Command::default();
    alone(&mut command, step);
    command.does(Deed::Decodes)
}

pub(super) fn is_dns(step: &Step) -> bool {
    matches!(
        step.program.as_str(),
        "nslookup" | "dig" | "host" | "resolve-dnsname" | "ping"
    )
}

/// A flag of Windows' programs, in either spelling: `/create`, `-urlcache`.
pub(super) fn has_flag(step: &Step, name: &str) -> bool {
    step.args.iter().any(|arg| {
        arg.strip_prefix(['-', '/'])
            .is_some_and(|flag| flag.eq_ignore_ascii_case(name))
    })
}

/// An encoded command stands there; tools that encode what they are given have none in their text.
pub(super) fn has_encoded(step: &Step) -> bool {
    step.args.windows(2).any(|pair| {
        is_encoded_flag(&pair[0])
            && pair[1].len() >= 8
            && pair[1]
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
    })
}

/// PowerShell takes every beginning of `-EncodedCommand`.
pub(super) fn is_encoded_flag(arg: &str) -> bool {
    arg.strip_prefix(['-', '/']).is_some_and(|flag| {
        let flag = flag.to_ascii_lowercase();
        flag == "ec" || !flag.is_empty() && "encodedcommand".starts_with(&flag)
    })
}
