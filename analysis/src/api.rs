//! What a callee is for: requests, sockets, processes, files, running code. Callees are written as in
//! [`Call::callee`](crate::facts::Call::callee).

use rustc_hash::FxHashSet;
use std::sync::LazyLock;

use crate::facts::Call;
use crate::host::{self, Host};
use crate::value::Value;

/// How a call reaches the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Network {
    /// Asks over HTTP, or opens a web socket.
    Request,
    /// A connection or datagram without a protocol.
    Socket,
    /// Asks for a name.
    Dns,
}

/// Modules whose every function is a request.
const CLIENTS: &[&str] = &[
    "axios",
    "got",
    "ky",
    "node-fetch",
    "cross-fetch",
    "isomorphic-fetch",
    "isomorphic-unfetch",
    "unfetch",
    "undici",
    "request",
    "request-promise",
    "request-promise-native",
    "superagent",
    "needle",
    "bent",
    "phin",
    "wretch",
    "ofetch",
    "make-fetch-happen",
    "minipass-fetch",
    "npm-registry-fetch",
    "follow-redirects",
    "simple-get",
    "sync-request",
    "node-fetch-native",
    "xhr",
    "jquery",
    "jQuery",
    "$",
    "http",
    "https",
    "http2",
];

/// Their functions that send something; the module called itself does so too.
const ASKS: &[&str] = &[
    "fetch",
    "request",
    "get",
    "post",
    "put",
    "patch",
    "delete",
    "del",
    "head",
    "options",
    "stream",
    "connect",
    "ajax",
    "getJSON",
    "getScript",
    "send",
    "default",
    "json",
    "pipeline",
    "upgrade",
    "concat",
    "$fetch",
];

/// Where every callee of the network begins, up to the first `.` or `(`.
static ROOTS: LazyLock<FxHashSet<&str>> = LazyLock::new(|| {
    const OTHERS: &[&str] = &[
        "fetch",
        "navigator",
        "WebSocket",
        "EventSource",
        "ws",
        "websocket",
        "socket",
        "faye-websocket",
        "Bun",
        "XMLHttpRequest",
        "xmlhttprequest",
        "xhr2",
        "importScripts",
        "phoenix",
        "eventsource",
        "$fetch",
        "net",
        "tls",
        "dgram",
        "Deno",
        "RTCPeerConnection",
        "dns",
        "dns/promises",
        "dns-query",
        "native-dns",
    ];
    OTHERS.iter().chain(CLIENTS).copied().collect()
});

/// How a callee reaches the network.
pub fn network(callee: &str) -> Option<Network> {
    let callee = plain(callee);
    let root = callee.split(['.', '(']).next().unwrap_or(callee);
    if !ROOTS.contains(root) {
        return None;
    }
    match callee {
        "fetch"
        | "navigator.sendBeacon"
        | "WebSocket"
        | "EventSource"
        | "ws"
        | "ws.WebSocket"
        | "websocket.client().connect"
        | "socket.io-client"
        | "socket.io-client.io"
        | "socket.io-client.connect"
        | "faye-websocket.Client"
        | "Bun.fetch"
        | "XMLHttpRequest().open"
        | "XMLHttpRequest.open"
        | "xmlhttprequest.XMLHttpRequest().open"
        | "xhr2().open"
        | "importScripts"
        | "phoenix.Socket"
        | "eventsource"
        | "$fetch" => return Some(Network::Request),
        "net.connect"
        | "net.createConnection"
        | "net.Socket().connect"
        | "net.Stream().connect"
        | "tls.connect"
        | "dgram.createSocket().send"
        | "dgram.createSocket().connect"
        | "Bun.connect"
        | "Deno.connect"
        | "Deno.connectTls"
        | "RTCPeerConnection" => return Some(Network::Socket),
        _ => {}
    }
    if let Some(name) = [
        "dns.promises.",
        "dns/promises.",
        "dns.Resolver().",
        "dns.promises.Resolver().",
        "dns/promises.Resolver().",
        "dns.",
    ]
    .iter()
    .find_map(|prefix| callee.strip_prefix(prefix))
    {
        return (matches!(name, "lookup" | "resolve" | "reverse") || name.starts_with("resolve"))
            .then_some(Network::Dns);
    }
    if matches!(
        callee,
        "Deno.resolveDns" | "Bun.dns.lookup" | "dns-query.query" | "native-dns.Request"
    ) {
        return Some(Network::Dns);
    }
    // `axios`, `axios.post`, `axios.create().post`, `follow-redirects.https.request`.
    let module = CLIENTS
        .iter()
        .filter(|module| {
            callee
                .strip_prefix(**module)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
        .max_by_key(|module| module.len())?;
    let rest = &callee[module.len()..];
    if rest.is_empty() {
        return (!matches!(
            *module,
            "http" | "https" | "http2" | "jquery" | "jQuery" | "$" | "undici" | "follow-redirects"
        ))
        .then_some(Network::Request);
    }
    let method = rest.rsplit('.').next().unwrap_or("");
    let through = &rest[..rest.len() - method.len()];
    let on_instance = matches!(
        through,
        "." | ".create()."
            | ".extend()."
            | ".defaults()."
            | ".default."
            | ".https."
            | ".http."
            | ".instance()."
    ) || through.ends_with("Client().")
        || through.ends_with("Pool().")
        || through.ends_with("Agent().");
    (on_instance && ASKS.contains(&method)).then_some(Network::Request)
}

/// The host that a call of the network names, if its arguments tell.
pub fn host(call: &Call, network: Network) -> Option<Host> {
    let args = &call.args;
    let bare = |value: &Value| host::spelled(value).and_then(|text| host::of_name(&text));
    match network {
        Network::Request => args.iter().take(2).find_map(host::of_value),
        // `connect(port, host)`, `connect({host})`, `send(message, …, port, address)`.
        Network::Socket => args.iter().find_map(|arg| {
            host::of_value(arg).or_else(|| {
                matches!(arg, Value::String(_) | Value::Concat(_)).then(|| bare(arg))?
            })
        }),
        Network::Dns => args.first().and_then(bare),
    }
}

/// A callee without what importing adds: `got.default.post` is `got.post`.
pub fn plain(callee: &str) -> &str {
    // Asked of every call by everybody: most end otherwise.
    match callee.as_bytes().last() {
        Some(b't') => callee.strip_suffix(".default").unwrap_or(callee),
        _ => callee,
    }
}

/// Whether a call starts a process.
pub fn starts_process(callee: &str) -> bool {
    if !matches!(
        callee.as_bytes().first(),
        Some(b'c' | b'e' | b's' | b'z' | b'n' | b'B' | b'D' | b't' | b'f')
    ) {
        return false;
    }
    let callee = plain(callee);
    match callee.strip_prefix("child_process.") {
        Some(name) => matches!(
            name,
            "exec" | "execSync" | "execFile" | "execFileSync" | "spawn" | "spawnSync" | "fork"
        ),
        None => matches!(
            callee,
            "execa"
                | "execa.execa"
                | "execa.execaSync"
                | "execa.sync"
                | "execa.command"
                | "execa.commandSync"
                | "execa.execaCommand"
                | "execa.execaCommandSync"
                | "execa.execaNode"
                | "execa.node"
                | "execa.$"
                | "cross-spawn"
                | "cross-spawn.spawn"
                | "cross-spawn.sync"
                | "shelljs.exec"
                | "zx.$"
                | "node-pty.spawn"
                | "Bun.spawn"
                | "Bun.spawnSync"
                | "Bun.$"
                | "Deno.Command"
                | "Deno.run"
                | "tinyexec.x"
                | "tinyexec.exec"
                | "nano-spawn"
                | "sudo-prompt.exec"
                | "foreground-child.foregroundChild"
        ),
    }
}

/// Whether the first argument is a whole command line for a shell.
fn takes_line(callee: &str) -> bool {
    matches!(
        plain(callee),
        "child_process.exec"
            | "child_process.execSync"
            | "shelljs.exec"
            | "execa.command"
            | "execa.commandSync"
            | "execa.execaCommand"
            | "execa.execaCommandSync"
            | "sudo-prompt.exec"
            | "zx.$"
            | "Bun.$"
            | "execa.$"
    )
}

/// The command line that a call starts, as a shell would read it: what is not known is `*`, a variable of the
/// environment is `$NAME`.
pub fn command_line(call: &Call) -> Option<String> {
    if !starts_process(&call.callee) {
        return None;
    }
    if plain(&call.callee) == "child_process.fork" {
        let file = word(call.args.first()?);
        return Some(format!("node {}", quoted(&file)));
    }
    let first = call.args.first()?;
    if takes_line(&call.callee) {
        return Some(word(first));
    }
    let (program, args) = match first {
        // `Bun.spawn(["program", …])`, `Deno.run({cmd: […]})`.
        Value::Array(all) => (all.first(), all.get(1..)),
        Value::Object(_) => match first.member("cmd") {
            Some(Value::Array(all)) => (all.first(), all.get(1..)),
            _ => (None, None),
        },
        _ => match call.args.get(1) {
            Some(Value::Array(args)) => (Some(first), Some(&args[..])),
            Some(options @ Value::Object(_)) => match options.member("args") {
                Some(Value::Array(args)) => (Some(first), Some(&args[..])),
                _ => (Some(first), None),
            },
            _ => (Some(first), None),
        },
    };
    let program = word(program?);
    // With `shell: true` the program may be a line.
    let mut line = if args.is_none() {
        program
    } else {
        quoted(&program)
    };
    for arg in args.unwrap_or_default().iter().take(200) {
        line.push(' ');
        line.push_str(&quoted(&word(arg)));
    }
    Some(line)
}

/// The options of a call that starts a process.
pub fn process_options(call: &Call) -> Option<&Value> {
    call.args
        .iter()
        .rev()
        .find(|arg| matches!(arg, Value::Object(_)))
}

fn word(value: &Value) -> String {
    match value {
        Value::Concat(parts) => parts.iter().take(64).map(word).collect(),
        Value::Path(path) => match path.strip_prefix("process.env.") {
            Some(name) => format!("${name}"),
            None if &**path == "process.execPath" => "node".to_owned(),
            None => "*".to_owned(),
        },
        _ => host::spelled(value).unwrap_or_else(|| "*".to_owned()),
    }
}

fn quoted(word: &str) -> String {
    let plain = !word.is_empty()
        && word
            .chars()
            .all(|character| character.is_alphanumeric() || "-_./\\:=@%+,~*$".contains(character));
    if plain {
        word.to_owned()
    } else if word.contains('\'') {
        format!("\"{}\"", word.replace('"', "\\\""))
    } else {
        format!("'{word}'")
    }
}

/// Whether a call reads a file, copies it, or lists a folder, whose path is the first argument.
pub fn reads_file(callee: &str) -> bool {
    if !matches!(
        callee.as_bytes().first(),
        Some(b'f' | b'g' | b'B' | b'D' | b'b' | b's' | b'l' | b'd' | b'i')
    ) {
        return false;
    }
    let callee = plain(callee);
    let name = [
        "fs.promises.",
        "fs/promises.",
        "fs-extra.",
        "graceful-fs.",
        "fs.",
    ]
    .iter()
    .find_map(|module| callee.strip_prefix(module));
    match name {
        Some(name) => matches!(
            name,
            "readFile"
                | "readFileSync"
                | "createReadStream"
                | "open"
                | "openSync"
                | "readdir"
                | "readdirSync"
                | "opendir"
                | "opendirSync"
                | "copyFile"
                | "copyFileSync"
                | "cp"
                | "cpSync"
                | "copy"
                | "copySync"
                | "readJson"
                | "readJsonSync"
                | "readJSON"
                | "readJSONSync"
                | "openAsBlob"
                | "rename"
                | "renameSync"
        ),
        None => matches!(
            callee,
            "Bun.file"
                | "Deno.readTextFile"
                | "Deno.readTextFileSync"
                | "Deno.readFile"
                | "Deno.readFileSync"
                | "Deno.open"
                | "better-sqlite3"
                | "sqlite3.Database"
                | "glob"
                | "glob.sync"
                | "fast-glob"
                | "fast-glob.sync"
                | "globby"
                | "load-json-file"
                | "dotenv.config"
                | "ini.parse"
        ),
    }
}

/// A path as far as it is known: `~` is the home folder, `*` what is not known.
pub fn path(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.to_string()),
        Value::Path(path) => match &**path {
            "os.homedir()"
            | "process.env.HOME"
            | "process.env.USERPROFILE"
            | "process.env.HOMEPATH" => Some("~".to_owned()),
            "process.env.APPDATA" => Some("~/AppData/Roaming".to_owned()),
            "process.env.LOCALAPPDATA" => Some("~/AppData/Local".to_owned()),
            _ => None,
        },
        Value::Concat(parts) => {
            let mut text = String::new();
            for part in parts.iter().take(64) {
                text.push_str(path(part).as_deref().unwrap_or("*"));
            }
            Some(text)
        }
        Value::Object(_) => value.member("path").and_then(path),
        _ => None,
    }
}

/// Whether a call runs a text as code, and which argument the text is.
pub fn runs_text(callee: &str) -> Option<usize> {
    match plain(callee) {
        "eval"
        | "execScript"
        | "vm.runInThisContext"
        | "vm.runInNewContext"
        | "vm.runInContext"
        | "vm.compileFunction"
        | "vm.Script"
        | "vm.SourceTextModule"
        | "module.prototype._compile"
        | "module._compile"
        | "module()._compile"
        | "require-from-string"
        | "jQuery.globalEval"
        | "$.globalEval" => Some(0),
        // The body comes last.
        "Function" | "AsyncFunction" | "GeneratorFunction" | "Function.prototype.constructor" => {
            Some(usize::MAX)
        }
        callee if callee.ends_with("._compile") => Some(0),
        callee if callee.ends_with(".constructor.constructor") => Some(usize::MAX),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
