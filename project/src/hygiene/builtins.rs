//! Modules that come with the program that runs the code.

/// Node's, without `node:`, and those that electron and bun add.
const BUILTINS: &[&str] = &[
    "assert",
    "async_hooks",
    "buffer",
    "bun",
    "child_process",
    "cluster",
    "console",
    "constants",
    "crypto",
    "dgram",
    "diagnostics_channel",
    "dns",
    "domain",
    "electron",
    "events",
    "fs",
    "http",
    "http2",
    "https",
    "inspector",
    "module",
    "net",
    "os",
    "path",
    "perf_hooks",
    "process",
    "punycode",
    "querystring",
    "readline",
    "repl",
    "stream",
    "string_decoder",
    "sys",
    "timers",
    "tls",
    "trace_events",
    "tty",
    "url",
    "util",
    "v8",
    "vm",
    "wasi",
    "worker_threads",
    "zlib",
];

/// Also `fs/promises`; a package of the same name wins only where it is declared, which who asks knows.
pub(super) fn is_builtin(specifier: &str) -> bool {
    let first = specifier.split('/').next().unwrap_or(specifier);
    BUILTINS.binary_search(&first).is_ok()
}

#[cfg(test)]
#[test]
fn they_are_in_order() {
    assert!(BUILTINS.is_sorted());
    assert!(is_builtin("fs/promises") && !is_builtin("left-pad"));
}
