//! What a command line does, read word by word and never run. Lifecycle scripts, literal shell commands in code and
//! shell scripts in the tarball are read by the same rules: [`read`] gives the [`Deed`]s of a line, each with the words
//! that show it. Shells, `cmd` and PowerShell are read alike; what is not understood is no deed.

mod files;
mod lexer;
mod network;
mod secrets;

use std::collections::BTreeMap;

use crate::host::{self, Host};
use crate::words::Words;
use files::{fetched_file, last_part, runs_file, wipes};
use network::{fetches, has_encoded, has_flag, is_decoder, is_dns, names_a_place, sends};
use secrets::{carries_secret, is_environment, reads_secret};

pub use lexer::Step;

/// Something that a command line does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deed {
    /// What was fetched is run: `curl … | sh`, `bash <(wget …)`, `iex (iwr …)`, fetched to a file that is run.
    RunsFetched,
    /// What was decoded is run: `… | base64 -d | sh`, `powershell -enc …`.
    RunsDecoded,
    /// A shell for somebody else: `/dev/tcp/…`, `nc -e`.
    ReverseShell,
    /// A secret goes into a request: `curl -d @~/.npmrc …`, `env | curl -T - …`.
    SendsSecret,
    /// Home, root or whole disks are emptied.
    Wipes,
    /// Starts again by itself: cron, launch agents, services, `Run` keys.
    Autostarts,
    /// Switches protection off.
    Disarms,
    /// Reads a credential: a file, a key chain, a tool's token.
    ReadsSecret,
    /// Fetches.
    Fetches,
    /// Sends.
    Sends,
    /// Programs that come with the system and run what others bring: `rundll32`, `mshta`, `osascript`, `certutil`.
    RunsForOthers,
    /// Makes a file executable, or takes its quarantine mark away.
    MakesExecutable,
    /// Decodes: `base64 -d`, `xxd -r`.
    Decodes,
    /// Code on the command line: `node -e`, `python -c`.
    InlineCode,
    /// Runs on unseen: `nohup`, `setsid`, `start /b`, hidden windows, `&` with its output thrown away.
    Hides,
    /// Runs code by another runtime than the one that installs: bun, deno, python …
    OtherRuntime,
    /// Publishes a package.
    Publishes,
    /// Asks who and where it is: `whoami`, `hostname`, `ifconfig`.
    AsksWho,
    ReadsClipboard,
}

impl Deed {
    /// What it does, as the end of "the command …".
    pub fn words(self) -> &'static str {
        match self {
            Self::RunsFetched => "runs what it fetches",
            Self::RunsDecoded => "runs what it decodes",
            Self::ReverseShell => "opens a shell to another machine",
            Self::SendsSecret => "sends a secret",
            Self::Wipes => "deletes what is not its own",
            Self::Autostarts => "installs something that starts by itself",
            Self::Disarms => "switches protection off",
            Self::ReadsSecret => "reads a credential",
            Self::Fetches => "fetches from the network",
            Self::Sends => "sends to the network",
            Self::RunsForOthers => "uses a system program that runs others' code",
            Self::MakesExecutable => "makes a file executable",
            Self::Decodes => "decodes",
            Self::InlineCode => "runs code from the command line",
            Self::Hides => "goes on running unseen",
            Self::OtherRuntime => "runs another runtime",
            Self::Publishes => "publishes a package",
            Self::AsksWho => "asks for the user or the machine",
            Self::ReadsClipboard => "reads the clipboard",
        }
    }

    /// No ordinary package does it in any command that it carries.
    pub fn is_attack(self) -> bool {
        matches!(
            self,
            Self::RunsDecoded | Self::ReverseShell | Self::SendsSecret
        )
    }

    /// An ordinary command may do it, an ordinary *install* does not.
    pub fn is_grave(self) -> bool {
        self <= Self::ReadsSecret
    }
}

/// A command line, read.
#[derive(Clone, Debug, Default)]
pub struct Command {
    /// Every program that is started, also in substitutions and within `sh -c`.
    pub steps: Vec<Step>,
    /// Each with the words that show it, cut.
    pub deeds: BTreeMap<Deed, String>,
    /// Hosts of the URLs in it.
    pub hosts: Vec<Host>,
}

impl Command {
    pub fn does(&self, deed: Deed) -> bool {
        self.deeds.contains_key(&deed)
    }

    /// The gravest deed and the words that show it.
    pub fn worst(&self) -> Option<(Deed, &str)> {
        self.deeds
            .first_key_value()
            .map(|(deed, words)| (*deed, words.as_str()))
    }

    fn note(&mut self, deed: Deed, words: &str) {
        self.deeds
            .entry(deed)
            .or_insert_with(|| words.chars().take(200).collect());
    }
}

/// The first command in a text of some other language that runs what it fetches, sends a secret or opens a shell, and where
/// it begins.
pub fn fetched_and_run(text: &str) -> Option<(usize, String)> {
    static FETCHERS: Words = Words::new(&[
        "curl ",
        "wget ",
        "iwr ",
        "irm ",
        "Invoke-WebRequest",
        "Invoke-RestMethod",
        "/dev/tcp/",
    ]);
    FETCHERS.places(text).take(200).find_map(|(at, _)| {
        let line = text[at..].lines().next()?;
        let line = &line[..line.floor_char_boundary(4_096)];
        // Markdown ends code with a backtick; other languages escape quotes within quotes.
        let line = line.split('`').next()?.replace("\\\"", "\"");
        let command = read(&line);
        let is_bad = command.does(Deed::RunsFetched)
            || command.does(Deed::SendsSecret)
            || command.does(Deed::ReverseShell);
        is_bad.then_some((at, line))
    })
}

/// Reads a command line, or a script of several lines. Bytes beyond 64 KiB and steps beyond 500 are not looked at.
pub fn read(line: &str) -> Command {
    let mut end = line.len().min(64 << 10);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    let line = &line[..end];
    let mut command = Command {
        steps: lexer::steps(line),
        hosts: host::in_text(line),
        ..Command::default()
    };
    let steps = std::mem::take(&mut command.steps);
    for (at, step) in steps.iter().enumerate() {
        alone(&mut command, step);
        together(&mut command, &steps, at);
    }
    command.steps = steps;
    whole(&mut command, line);
    command
}

pub(crate) const SHELLS: &[&str] = &["sh", "bash", "zsh", "dash", "ksh", "ash", "fish"];
const POWERSHELLS: &[&str] = &["powershell", "pwsh"];
/// Programs that run a text that comes on their standard input.
pub(crate) const INTERPRETERS: &[&str] = &[
    "sh",
    "bash",
    "zsh",
    "dash",
    "ksh",
    "ash",
    "fish",
    "node",
    "python",
    "python3",
    "perl",
    "ruby",
    "php",
    "bun",
    "deno",
    "powershell",
    "pwsh",
    "iex",
    "invoke-expression",
    "cmd",
    "osascript",
    "eval",
    "source",
    ".",
];
const FETCHERS: &[&str] = &[
    "curl",
    "wget",
    "aria2c",
    "iwr",
    "irm",
    "invoke-webrequest",
    "invoke-restmethod",
    "start-bitstransfer",
    "bitsadmin",
    "lwp-download",
    "lwp-request",
    "fetch",
    "http",
    "https",
    "xh",
    "axel",
    "ftp",
    "tftp",
    "scp",
    "sftp",
    "rsync",
];
const READERS: &[&str] = &[
    "cat",
    "type",
    "less",
    "more",
    "head",
    "tail",
    "grep",
    "cp",
    "copy",
    "mv",
    "tar",
    "zip",
    "gzip",
    "base64",
    "xxd",
    "openssl",
    "sed",
    "awk",
    "strings",
    "rsync",
    "scp",
    "find",
    "get-content",
    "gc",
    "7z",
];
const RUNS_FOR_OTHERS: &[&str] = &[
    "rundll32",
    "regsvr32",
    "mshta",
    "wscript",
    "cscript",
    "installutil",
    "cmstp",
    "odbcconf",
    "regasm",
    "regsvcs",
    "msiexec",
    "forfiles",
    "pcalua",
    "bitsadmin",
    "certutil",
    "osascript",
    "wmic",
    "desktopimgdownldr",
    "esentutl",
];
const RUNTIMES: &[&str] = &[
    "bun", "bunx", "deno", "python", "python2", "python3", "ruby", "perl", "php", "java", "lua",
    "luajit", "tclsh", "dotnet",
];
const WHO: &[&str] = &[
    "whoami",
    "hostname",
    "ifconfig",
    "ipconfig",
    "systeminfo",
    "id",
    "uname",
    "ioreg",
    "sw_vers",
    "wmic",
    "lscpu",
];

/// What one step does by itself.
fn alone(command: &mut Command, step: &Step) {
    let program = step.program.as_str();
    let words = step.text();
    let has = |flags: &[&str]| step.args.iter().any(|arg| flags.contains(&arg.as_str()));
    if fetches(step) && (program == "certutil" || names_a_place(step)) {
        command.note(Deed::Fetches, &words);
    }
    if sends(step) {
        command.note(Deed::Sends, &words);
    }
    if matches!(program, "base64" | "base32" | "gbase64")
        && has(&["-d", "-D", "--decode", "-di", "-id"])
        || program == "xxd"
            && has(&["-r", "-rp", "-p"])
            && step.args.iter().any(|arg| arg.contains('r'))
        || program == "openssl" && has(&["-d"]) && has(&["enc", "base64", "-base64", "-a"])
        || program == "certutil" && has_flag(step, "decode")
    {
        command.note(Deed::Decodes, &words);
    }
    if POWERSHELLS.contains(&program) && has_encoded(step) {
        command.note(Deed::RunsDecoded, &words);
    }
    let inline: &[&str] = match program {
        "node" | "nodejs" | "bun" => &["-e", "--eval", "-p", "--print", "-pe"],
        "deno" => &["eval"],
        "python" | "python2" | "python3" => &["-c"],
        "perl" | "ruby" | "osascript" | "lua" => &["-e"],
        "php" => &["-r"],
        _ => &[],
    };
    if has(inline) {
        command.note(Deed::InlineCode, &words);
    }
    if RUNS_FOR_OTHERS.contains(&program) {
        command.note(Deed::RunsForOthers, &words);
    }
    if RUNTIMES.contains(&program) {
        command.note(Deed::OtherRuntime, &words);
    }
    let executable = |arg: &String| {
        let mode = arg.trim_start_matches('0');
        matches!(mode, "755" | "777" | "700" | "775" | "744" | "750")
            || arg.contains('+') && arg.ends_with('x') && arg.len() <= 6
    };
    if program == "chmod" && step.args.iter().any(executable)
        || program == "xattr"
            && step
                .args
                .iter()
                .any(|arg| arg.contains("quarantine") || arg == "-c" || arg == "-cr")
    {
        command.note(Deed::MakesExecutable, &words);
    }
    if step.hidden || step.background && step.quiet {
        command.note(Deed::Hides, &words);
    }
    if wipes(step) {
        command.note(Deed::Wipes, &words);
    }
    if reads_secret(step) {
        command.note(Deed::ReadsSecret, &words);
    }
    if matches!(program, "npm" | "yarn" | "pnpm" | "bun")
        && step
            .args
            .iter()
            .find(|arg| !arg.starts_with('-'))
            .is_some_and(|arg| arg == "publish")
    {
        command.note(Deed::Publishes, &words);
    }
    let autostarts = match program {
        "crontab" => !has(&["-l"]),
        "schtasks" => has_flag(step, "create"),
        "launchctl" => has(&["load", "bootstrap", "submit"]),
        "systemctl" => has(&["enable"]),
        "update-rc.d" | "chkconfig" => true,
        "reg" => {
            has(&["add", "ADD"])
                && step
                    .args
                    .iter()
                    .any(|arg| arg.to_ascii_lowercase().contains("currentversion\\run"))
        }
        _ => false,
    };
    if autostarts {
        command.note(Deed::Autostarts, &words);
    }
    let disarms = match program {
        "set-mppreference" | "add-mppreference" => true,
        "netsh" => has(&["advfirewall", "firewall"]),
        "spctl" => has(&["--master-disable", "--global-disable"]),
        "setenforce" => has(&["0"]),
        _ => false,
    };
    if disarms {
        command.note(Deed::Disarms, &words);
    }
    if matches!(program, "nc" | "ncat" | "netcat" | "socat")
        && step.args.iter().any(|arg| {
            matches!(arg.as_str(), "-e" | "-c" | "--exec" | "--sh-exec")
                || arg.to_ascii_lowercase().starts_with("exec:")
        })
    {
        command.note(Deed::ReverseShell, &words);
    }
    if WHO.contains(&program) {
        command.note(Deed::AsksWho, &words);
    }
    if matches!(program, "pbpaste" | "wl-paste" | "get-clipboard")
        || matches!(program, "xclip" | "xsel") && has(&["-o", "--output", "-out"])
    {
        command.note(Deed::ReadsClipboard, &words);
    }
}

/// What a step does with what the others bring it.
fn together(command: &mut Command, steps: &[Step], at: usize) {
    let step = &steps[at];
    let brings = |test: &dyn Fn(&Step) -> bool| {
        feeders(steps, at)
            .into_iter()
            .any(|feeder| test(&steps[feeder]))
    };
    if INTERPRETERS.contains(&step.program.as_str()) {
        if brings(&is_decoder) {
            command.note(Deed::RunsDecoded, &joined(steps, at));
        }
        if brings(&|feeder| fetches(feeder)) {
            command.note(Deed::RunsFetched, &joined(steps, at));
        }
    }
    // Fetched to a file, and the file is run by a later step.
    if fetches(step)
        && let Some(file) = fetched_file(step)
        && steps[at + 1..].iter().any(|later| runs_file(later, &file))
    {
        command.note(Deed::RunsFetched, &joined(steps, at));
    }
    let reaches_out = sends(step) || fetches(step) || is_dns(step);
    if reaches_out
        && (brings(&|feeder| reads_secret(feeder) || is_environment(feeder))
            || step.args.iter().any(|arg| carries_secret(arg)))
    {
        command.note(Deed::SendsSecret, &joined(steps, at));
    }
    if is_dns(step) && !feeders(steps, at).is_empty() {
        command.note(Deed::Sends, &joined(steps, at));
    }
}

/// What shows only in the text as a whole: redirections to devices, PowerShell's expressions.
fn whole(command: &mut Command, line: &str) {
    let lower = line.to_ascii_lowercase();
    if lower.contains("/dev/tcp/") || lower.contains("/dev/udp/") {
        command.note(Deed::ReverseShell, line);
    }
    let is_word = |word: &str| {
        lower.match_indices(word).any(|(at, _)| {
            let before = lower[..at].chars().next_back();
            let after = lower[at + word.len()..].chars().next();
            !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
        })
    };
    let fetches = [
        "downloadstring",
        "downloaddata",
        "downloadfile",
        "net.webclient",
    ]
    .iter()
    .any(|word| lower.contains(word))
        || [
            "iwr",
            "irm",
            "invoke-webrequest",
            "invoke-restmethod",
            "start-bitstransfer",
        ]
        .iter()
        .any(|word| is_word(word));
    let runs = is_word("iex")
        || is_word("invoke-expression")
        || lower.contains("reflection.assembly]::load");
    if fetches {
        command.note(Deed::Fetches, line);
        if runs || lower.contains("start-process") {
            command.note(Deed::RunsFetched, line);
        }
    }
    if lower.contains("frombase64string") {
        command.note(Deed::Decodes, line);
        if runs {
            command.note(Deed::RunsDecoded, line);
        }
    }
    if (is_word("powershell") || is_word("pwsh") || lower.contains("start-process"))
        && [
            "-w hidden",
            "-windowstyle hidden",
            "-win hidden",
            "-windowstyle h ",
        ]
        .iter()
        .any(|word| lower.contains(word))
    {
        command.note(Deed::Hides, line);
    }
}

/// Steps whose output this step gets: those before it in its pipe, and its substitutions.
fn feeders(steps: &[Step], at: usize) -> Vec<usize> {
    let mut feeders = Vec::new();
    let mut from = at;
    while steps[from].piped && from > 0 {
        // Substitutions of a step stand before it; a pipe joins steps of one depth.
        let Some(before) = (0..from)
            .rev()
            .find(|before| steps[*before].depth == steps[from].depth)
        else {
            break;
        };
        feeders.push(before);
        from = before;
    }
    let depth = steps[at].depth;
    for inner in (0..at).rev() {
        if steps[inner].depth <= depth {
            break;
        }
        if steps[inner].substituted {
            feeders.push(inner);
        }
    }
    feeders
}

fn joined(steps: &[Step], at: usize) -> String {
    let first = feeders(steps, at).into_iter().min().unwrap_or(at).min(at);
    let mut text = String::new();
    for (number, step) in steps[first..].iter().take(at - first + 3).enumerate() {
        if number > 0 {
            text.push_str(if step.piped { " | " } else { " ; " });
        }
        text.push_str(&step.text());
        if text.len() > 300 {
            break;
        }
    }
    text
}

/// As [`Step::program`]: without folder, ending and case.
pub(crate) fn program_name(spelled: &str) -> String {
    let name = last_part(spelled).to_ascii_lowercase();
    for ending in [".exe", ".cmd", ".bat", ".com"] {
        if let Some(name) = name.strip_suffix(ending) {
            return name.to_owned();
        }
    }
    name
}

#[cfg(test)]
mod tests;
