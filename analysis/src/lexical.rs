//! What scripts of other languages do, line by line: shell, batch and PowerShell by the rules of command lines, Python
//! and the rest by words.

#[cfg(test)]
mod tests;

use crate::command::{self, Deed};
use crate::facts::Span;
use crate::kind::Kind;
use crate::secret;

/// One line that does something worth telling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub span: Span,
    pub deed: Deed,
    /// The words that show it.
    pub words: String,
}

/// Lines that are read, and bytes of one that are.
const LINES: usize = 20_000;
const WIDTH: usize = 4_096;

/// What a script of this kind does, in order of its lines. Nothing for JavaScript: that has facts.
pub fn deeds(kind: Kind, text: &str) -> Vec<Line> {
    match kind {
        Kind::Shell | Kind::Batch | Kind::PowerShell => commands(kind, text),
        Kind::Python | Kind::Interpreted => words(text),
        _ => Vec::new(),
    }
}

fn commands(kind: Kind, text: &str) -> Vec<Line> {
    let mut found = Vec::new();
    for (span, line) in joined(kind, text) {
        for (deed, words) in command::read(&line).deeds {
            found.push(Line { span, deed, words });
        }
    }
    // What only several lines show together: fetched in one, run in another.
    for (deed, words) in command::read(text).deeds {
        if found.iter().any(|line| line.deed == deed) {
            continue;
        }
        let first = words.split([';', '|']).next().unwrap_or(&words);
        let start = text.find(first.trim()).unwrap_or(0);
        let start = u32::try_from(start).unwrap_or(u32::MAX);
        let span = Span { start, end: start };
        found.push(Line { span, deed, words });
    }
    found.sort_by_key(|line| (line.span, line.deed));
    found
}

/// Lines without comments, with those that a sign at their end makes one.
fn joined(kind: Kind, text: &str) -> Vec<(Span, String)> {
    let continued = match kind {
        Kind::Batch => '^',
        Kind::PowerShell => '`',
        _ => '\\',
    };
    let mut lines: Vec<(Span, String)> = Vec::new();
    let mut open = false;
    let mut start = 0;
    for line in text.split_inclusive('\n').take(LINES) {
        let span = Span {
            start: u32::try_from(start).unwrap_or(u32::MAX),
            end: u32::try_from(start + line.len()).unwrap_or(u32::MAX),
        };
        start += line.len();
        let line = line.trim();
        if !open && (line.is_empty() || is_comment(kind, line)) {
            continue;
        }
        let line = &line[..line.floor_char_boundary(WIDTH)];
        let (line, goes_on) = match line.strip_suffix(continued) {
            Some(line) => (line, true),
            None => (line, false),
        };
        match lines.last_mut() {
            Some((place, before)) if open && before.len() < WIDTH => {
                before.push(' ');
                before.push_str(line);
                place.end = span.end;
            }
            _ => lines.push((span, line.to_owned())),
        }
        open = goes_on;
    }
    lines
}

fn is_comment(kind: Kind, line: &str) -> bool {
    match kind {
        Kind::Batch => {
            let lower = line.trim_start_matches('@').to_ascii_lowercase();
            lower.starts_with("::") || lower == "rem" || lower.starts_with("rem ")
        }
        _ => line.starts_with('#'),
    }
}

/// Each with words of which one of each group stands in a line.
const RULES: &[(Deed, &[&[&str]])] = &[
    (
        Deed::RunsDecoded,
        &[
            &["exec(", "eval(", "Marshal.load", "marshal.loads"],
            &[
                "b64decode",
                "decode64",
                "unhexlify",
                "fromhex",
                "zlib.decompress",
                "unpack(",
            ],
        ],
    ),
    (
        Deed::RunsFetched,
        &[
            &["exec(", "eval(", "os.system(", "instance_eval"],
            &[
                "urlopen",
                "requests.get",
                "urllib",
                "Net::HTTP",
                "open-uri",
                "file_get_contents(\"http",
                "file_get_contents('http",
            ],
        ],
    ),
    (
        Deed::ReverseShell,
        &[
            &["socket.socket", "TCPSocket", "fsockopen", "IO::Socket"],
            &["/bin/sh", "/bin/bash", "cmd.exe", "dup2"],
        ],
    ),
    (
        Deed::Fetches,
        &[&[
            "urlopen(",
            "urlretrieve(",
            "requests.get(",
            "requests.post(",
            "http.client",
            "Net::HTTP",
            "LWP::",
            "curl_exec",
            "XMLHTTP",
            "socket.connect",
        ]],
    ),
    (
        Deed::Wipes,
        &[
            &["rmtree(", "rm_rf", "os.remove("],
            &[
                "expanduser(\"~\")",
                "expanduser('~')",
                "Path.home()",
                "Dir.home",
                "\"/\")",
                "'/')",
            ],
        ],
    ),
    (
        Deed::Autostarts,
        &[&[
            "crontab",
            "LaunchAgents",
            "CurrentVersion\\Run",
            "CurrentVersion\\\\Run",
            "systemd/system",
            "autostart/",
        ]],
    ),
    (
        Deed::ReadsClipboard,
        &[&["pyperclip.paste", "clipboard_get", "GetClipboardData"]],
    ),
    (
        Deed::Publishes,
        &[&["npm publish", "npm\", \"publish", "npm', 'publish"]],
    ),
];

fn words(text: &str) -> Vec<Line> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n').take(LINES) {
        let span = Span {
            start: u32::try_from(start).unwrap_or(u32::MAX),
            end: u32::try_from(start + line.len()).unwrap_or(u32::MAX),
        };
        start += line.len();
        let line = line.trim();
        if line.starts_with('#') || line.starts_with("//") {
            continue;
        }
        let shown = &line[..line.floor_char_boundary(200)];
        let mut add = |deed| {
            found.push(Line {
                span,
                deed,
                words: shown.to_owned(),
            });
        };
        for (deed, groups) in RULES {
            if groups
                .iter()
                .all(|group| group.iter().any(|word| line.contains(word)))
            {
                add(*deed);
            }
        }
        if line.contains("open") && texts(line).any(|text| secret::path(text).is_some()) {
            add(Deed::ReadsSecret);
        }
        // A command line in a text: `os.system("curl … | sh")`.
        if [
            "system(",
            "Popen(",
            "subprocess",
            "check_output(",
            "exec(",
            "`",
            "shell_exec",
            "WScript.Shell",
        ]
        .iter()
        .any(|word| line.contains(word))
        {
            for command in texts(line).filter(|text| text.contains(' ')) {
                for deed in command::read(command).deeds.into_keys() {
                    add(deed);
                }
            }
        }
    }
    found.dedup();
    found.extend(sent(text, &found));
    found
}

/// A request in one line, and what nobody should send in another: credentials or the whole environment.
fn sent(text: &str, lines: &[Line]) -> Option<Line> {
    const WHOLE: &[&str] = &[
        "dict(os.environ",
        "os.environ.copy()",
        "json.dumps(os.environ",
        "os.environ.items()",
        "ENV.to_h",
        "ENV.to_json",
        "json_encode($_ENV",
        "json_encode(getenv()",
    ];
    if lines.iter().any(|line| line.deed == Deed::SendsSecret) {
        return None;
    }
    let request = lines
        .iter()
        .find(|line| matches!(line.deed, Deed::Fetches | Deed::Sends))?;
    let named = || {
        let mut lines = text
            .lines()
            .take(LINES)
            .filter(|line| !line.trim_start().starts_with('#'));
        lines.find_map(|line| texts(line).find(|text| secret::path(text).is_some()))
    };
    let what = WHOLE
        .iter()
        .find(|word| text.contains(**word))
        .copied()
        .or_else(named)?;
    Some(Line {
        span: request.span,
        deed: Deed::SendsSecret,
        words: format!("{} … {what}", request.words),
    })
}

/// The texts between quotes of a line; one quote at a time, so that one kind within the other is read, too.
fn texts(line: &str) -> impl Iterator<Item = &str> {
    let line = &line[..line.floor_char_boundary(WIDTH)];
    ['"', '\'', '`']
        .into_iter()
        .flat_map(move |quote| line.split(quote).skip(1).step_by(2).take(50))
}
