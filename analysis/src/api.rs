//! What a callee is for: requests, sockets, processes, files, running code. Callees are written as in
//! [`Call::callee`](crate::facts::Call::callee).

use rustc_hash::FxHashMap;
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

/// What a callee is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    pub network: Option<Network>,
    pub starts_process: bool,
    /// As [`reads_file`].
    pub reads_file: bool,
    /// As [`runs_text`].
    pub runs_text: Option<Code>,
}

/// What a callee is for; asked once for each call.
pub fn uses(callee: &str) -> Uses {
    Uses {
        network: network(callee),
        starts_process: starts_process(callee),
        reads_file: reads_file(callee),
        runs_text: runs_text(callee),
    }
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

/// What asks over HTTP by one name.
const REQUESTS: &[&str] = &[
    "fetch",
    "navigator.sendBeacon",
    "FontFace",
    "WebSocket",
    "EventSource",
    "ws",
    "ws.WebSocket",
    "websocket.client().connect",
    "socket.io-client",
    "socket.io-client.io",
    "socket.io-client.connect",
    "faye-websocket.Client",
    "Bun.fetch",
    "XMLHttpRequest().open",
    "XMLHttpRequest.open",
    "xmlhttprequest.XMLHttpRequest().open",
    "xhr2().open",
    "importScripts",
    "phoenix.Socket",
    "eventsource",
    "$fetch",
    "electron.net.request",
    "electron.net.fetch",
    // Clients that are told where to ask when they are made.
    "axios.create",
    "got.extend",
    "ky.create",
    "ky.extend",
    "ofetch.ofetch.create",
    "$fetch.create",
    "undici.Client",
    "undici.Pool",
];

/// What opens a connection by one name.
const SOCKETS: &[&str] = &[
    "net.connect",
    "net.createConnection",
    "net.Socket().connect",
    "net.Stream().connect",
    "tls.connect",
    "dgram.createSocket().send",
    "dgram.createSocket().connect",
    "Bun.connect",
    "Deno.connect",
    "Deno.connectTls",
    "RTCPeerConnection",
];

/// What has functions that look names up.
const RESOLVERS: &[&str] = &[
    "dns.promises.",
    "dns/promises.",
    "dns.Resolver().",
    "dns.promises.Resolver().",
    "dns/promises.Resolver().",
    "dns.",
];

/// Others that look names up.
const LOOKUPS: &[&str] = &[
    "Deno.resolveDns",
    "Bun.dns.lookup",
    "dns-query.query",
    "native-dns.Request",
];

/// How a callee reaches the network.
pub fn network(callee: &str) -> Option<Network> {
    if !begins(callee, NETWORK) {
        return None;
    }
    let callee = plain(callee);
    if REQUESTS.contains(&callee) {
        return Some(Network::Request);
    }
    if SOCKETS.contains(&callee) {
        return Some(Network::Socket);
    }
    if let Some(name) = (RESOLVERS.iter()).find_map(|module| callee.strip_prefix(module)) {
        return (matches!(name, "lookup" | "resolve" | "reverse") || name.starts_with("resolve"))
            .then_some(Network::Dns);
    }
    if LOOKUPS.contains(&callee) {
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
        // `new FontFace(name, "url(https://…)")`
        Network::Request if &*call.callee == "FontFace" => {
            let source = host::spelled(args.get(1)?)?;
            host::of_url(
                source
                    .trim_start()
                    .strip_prefix("url(")?
                    .trim_matches(['"', '\'', ')']),
            )
        }
        Network::Request => args.iter().take(2).find_map(host::of_value),
        Network::Socket if &*call.callee == "RTCPeerConnection" => relay(args.first()?),
        // `connect(port, host)`, `connect({host})`, `send(message, …, port, address)`.
        Network::Socket => args.iter().find_map(|arg| {
            host::of_value(arg).or_else(|| {
                matches!(arg, Value::String(_) | Value::Concat(_)).then(|| bare(arg))?
            })
        }),
        Network::Dns => args.first().and_then(bare),
    }
}

/// `{iceServers: [{urls: "turn:relay.invalid:443?transport=tcp"}]}`
fn relay(options: &Value) -> Option<Host> {
    let Value::Array(servers) = options.member("iceServers")? else {
        return None;
    };
    servers.iter().find_map(|server| {
        let urls = server.member("urls").or_else(|| server.member("url"))?;
        let first = match urls {
            Value::Array(urls) => urls.first()?,
            url => url,
        };
        let url = host::spelled(first)?;
        let (scheme, rest) = url.split_once(':')?;
        let authority = rest.split('?').next().unwrap_or(rest);
        matches!(scheme, "turn" | "turns" | "stun" | "stuns").then(|| host::of_name(authority))?
    })
}

const NETWORK: u8 = 1;
const PROCESS: u8 = 2;
const READ_FILE: u8 = 4;

/// What callees are for, by where they begin: most begin with nothing of this.
static ROOTS: LazyLock<FxHashMap<&str, u8>> = LazyLock::new(|| {
    let lists: [(u8, &[&[&'static str]]); 3] = [
        (NETWORK, &[REQUESTS, SOCKETS, RESOLVERS, LOOKUPS, CLIENTS]),
        (PROCESS, &[PROCESSES]),
        (READ_FILE, &[FILES, READERS]),
    ];
    let mut roots = FxHashMap::default();
    for (purpose, lists) in lists {
        for callee in lists.iter().flat_map(|list| list.iter()) {
            *roots.entry(root(callee)).or_insert(0) |= purpose;
        }
    }
    roots
});

/// The module or global that a callee begins with.
fn root(callee: &str) -> &str {
    callee.split(['.', '(']).next().unwrap_or(callee)
}

/// Whether anything of this purpose begins as the callee does.
fn begins(callee: &str, purpose: u8) -> bool {
    (ROOTS.get(root(callee))).is_some_and(|purposes| purposes & purpose != 0)
}

/// A callee without what importing adds: `got.default.post` is `got.post`.
pub fn plain(callee: &str) -> &str {
    callee.strip_suffix(".default").unwrap_or(callee)
}

/// What starts a process.
const PROCESSES: &[&str] = &[
    "child_process.exec",
    "child_process.execSync",
    "child_process.execFile",
    "child_process.execFileSync",
    "child_process.spawn",
    "child_process.spawnSync",
    "child_process.fork",
    "execa",
    "execa.execa",
    "execa.execaSync",
    "execa.sync",
    "execa.command",
    "execa.commandSync",
    "execa.execaCommand",
    "execa.execaCommandSync",
    "execa.execaNode",
    "execa.node",
    "execa.$",
    "cross-spawn",
    "cross-spawn.spawn",
    "cross-spawn.sync",
    "shelljs.exec",
    "zx.$",
    "node-pty.spawn",
    "Bun.spawn",
    "Bun.spawnSync",
    "Bun.$",
    "Deno.Command",
    "Deno.run",
    "tinyexec.x",
    "tinyexec.exec",
    "nano-spawn",
    "sudo-prompt.exec",
    "foreground-child.foregroundChild",
];

/// Whether a call starts a process.
pub fn starts_process(callee: &str) -> bool {
    begins(callee, PROCESS) && PROCESSES.contains(&plain(callee))
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
    if !call.uses.starts_process {
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

/// Modules of functions that work on files.
const FILES: &[&str] = &[
    "fs.promises.",
    "fs/promises.",
    "fs-extra.",
    "graceful-fs.",
    "fs.",
];

/// Their functions that read, copy or list.
const READ: &[&str] = &[
    "readFile",
    "readFileSync",
    "createReadStream",
    "open",
    "openSync",
    "readdir",
    "readdirSync",
    "opendir",
    "opendirSync",
    "copyFile",
    "copyFileSync",
    "cp",
    "cpSync",
    "copy",
    "copySync",
    "readJson",
    "readJsonSync",
    "readJSON",
    "readJSONSync",
    "openAsBlob",
    "rename",
    "renameSync",
];

/// Others that do.
const READERS: &[&str] = &[
    "Bun.file",
    "Deno.readTextFile",
    "Deno.readTextFileSync",
    "Deno.readFile",
    "Deno.readFileSync",
    "Deno.open",
    "better-sqlite3",
    "sqlite3.Database",
    "glob",
    "glob.sync",
    "fast-glob",
    "fast-glob.sync",
    "globby",
    "load-json-file",
    "dotenv.config",
    "ini.parse",
];

/// Whether a call reads a file, copies it, or lists a folder, whose path is the first argument.
pub fn reads_file(callee: &str) -> bool {
    if !begins(callee, READ_FILE) {
        return false;
    }
    let callee = plain(callee);
    match FILES.iter().find_map(|module| callee.strip_prefix(module)) {
        Some(name) => READ.contains(&name),
        None => READERS.contains(&callee),
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

/// Which argument of a call is the code that it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    First,
    /// Those before are names of parameters.
    Last,
}

impl Code {
    pub fn of<T>(self, args: &[T]) -> Option<&T> {
        match self {
            Self::First => args.first(),
            Self::Last => args.last(),
        }
    }
}

/// Whether a call runs a text as code, and which argument the text is.
pub fn runs_text(callee: &str) -> Option<Code> {
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
        | "$.globalEval" => Some(Code::First),
        "Function" | "AsyncFunction" | "GeneratorFunction" | "Function.prototype.constructor" => {
            Some(Code::Last)
        }
        callee if callee.ends_with("._compile") => Some(Code::First),
        callee if callee.ends_with(".constructor.constructor") => Some(Code::Last),
        _ => None,
    }
}

/// The text that a call runs as code, where [`runs_text`] says that it runs one.
pub fn code(call: &Call) -> Option<&Value> {
    call.uses.runs_text?.of(&call.args)
}

#[cfg(test)]
mod tests;
