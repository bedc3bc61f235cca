//! Work without end for a decoder that folds, rotates and follows: it must stop by its budget, and say so.

use super::{File, Input};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write;

pub(super) fn inputs() -> impl Iterator<Item = Input> {
    strings()
        .into_iter()
        .chain(string_arrays())
        .chain(circles())
}

/// Short code, long strings.
fn strings() -> Vec<Input> {
    vec![
        Input::script("doubling-constants", || {
            let mut code = "const s0 = 'xxxxxxxx';\n".to_owned();
            for at in 1..64 {
                let _ = writeln!(code, "const s{at} = s{0} + s{0};", at - 1);
            }
            code + "eval(s63);"
        }),
        Input::script("repeat-a-billion", || {
            "eval('x'.repeat(1e9).repeat(1e9));".into()
        }),
        Input::script("join-a-billion", || "eval(Array(1e9).join('xxxx'));".into()),
        Input::script("pad-a-billion", || {
            "eval('x'.padStart(1e9, 'yy').padEnd(2e9));".into()
        }),
        Input::script("replace-all-growing", || {
            let grow = ".replace(/a/g, 'aaaaaaaaaa')".repeat(30);
            format!("eval('a'{grow});")
        }),
        Input::script("split-join-chain", || {
            let turn = ".split('').reverse().join('')".repeat(20_000);
            format!("eval('{}'{turn});", "ab".repeat(500))
        }),
        Input::script("slow-regular-expression", || {
            format!("eval('{}!'.replace(/^(a+)+$/, ''));", "a".repeat(60))
        }),
        Input::script("a-million-character-codes", || {
            format!("eval(String.fromCharCode({}0));", "97,".repeat(1_000_000))
        }),
        Input::script("evals-in-evals", || {
            let mut code = "1".to_owned();
            for _ in 0..40 {
                let packed = STANDARD.encode(&code);
                if packed.len() > 8 << 20 {
                    break;
                }
                code = format!("eval(atob('{packed}'))");
            }
            code
        }),
        Input::script("eval-that-grows", || {
            "var c = 'eval(c + c)'; eval(c); new Function(c + c)();".into()
        }),
        Input::script("a-sum-of-200000-strings", || {
            format!("eval({}'');", "'ab'+".repeat(200_000))
        }),
        Input::script("templates-that-double", || {
            let mut code = "const t0 = 'xxxxxxxx';\n".to_owned();
            for at in 1..64 {
                let _ = writeln!(code, "const t{at} = `${{t{0}}}${{t{0}}}`;", at - 1);
            }
            code + "new Function(t63)();"
        }),
    ]
}

/// The shape that a public obfuscator leaves, with a rotation that never ends.
fn string_arrays() -> Vec<Input> {
    let array = |count: usize| {
        let mut strings = String::new();
        for at in 0..count {
            let _ = write!(strings, "'{at}abcdef',");
        }
        strings
    };
    let rotated = |name: &'static str, count: usize, sum: &'static str| {
        Input::script(name, move || {
            format!(
                "function _0xa() {{ const s = [{}]; _0xa = function () {{ return s; }}; return _0xa(); }}\n\
                 function _0xb(i, k) {{ const s = _0xa(); _0xb = function (i, k) {{ i = i - 0x100; return s[i]; }}; return _0xb(i, k); }}\n\
                 (function (f, n) {{ const g = _0xb, s = f(); while (!![]) {{ try {{ const v = {sum}; if (v === n) break; else s['push'](s['shift']()); }} catch (e) {{ s['push'](s['shift']()); }} }} }})(_0xa, 0xfffff);\n\
                 require(_0xb(0x105))[_0xb(0x101)](_0xb(0x102));",
                array(count)
            )
        })
    };
    vec![
        rotated(
            "rotation-without-end",
            2_000,
            "-parseInt(g(0x100)) / 0x1 + parseInt(g(0x101)) / 0x2",
        ),
        rotated(
            "rotation-of-a-large-array",
            200_000,
            "-parseInt(g(0x100)) / 0x1 * (-parseInt(g(0x7ff)) / 0x2)",
        ),
        rotated(
            "rotation-that-never-pushes",
            50,
            "(function () { while (true) {} })()",
        ),
        Input::script("a-decoder-that-calls-itself", || {
            "function d(i) { return d(i - 1) + d(i + 1); }\nconst e = (i) => f(i), f = (i) => e(i);\n\
             eval(d(5)); eval(e(7)); require(f('x'))[d(1)]();"
                .into()
        }),
        Input::script("ten-thousand-accessors", || {
            let mut code =
                "const s = ['a', 'b', 'c'];\nfunction g0(i) { return s[i]; }\n".to_owned();
            for at in 1..10_000 {
                let _ = writeln!(
                    code,
                    "function g{at}(i) {{ return g{}(i - 1 + 1); }}",
                    at - 1
                );
            }
            code + "eval(g9999(1));"
        }),
    ]
}

/// Names, properties and files that lead back to where they came from.
fn circles() -> Vec<Input> {
    vec![
        Input::script("names-in-a-circle", || {
            "var a = b, b = c, c = a; eval(a); require(b)(c); const p = { q: null }; p.q = p; p.q.q.q.q.eval('1');".into()
        }),
        Input::script("proxies-in-a-circle", || {
            "const p = { f: function (x, y) { return q.f(x, y); } }, q = { f: function (x, y) { return p.f(y, x); } };\n\
             eval(p.f('a', 'b')); globalThis[q.f('ev', 'al')]('1');"
                .into()
        }),
        Input::script("a-chain-of-100000-names", || {
            let mut code = "var v0 = 'a';\n".to_owned();
            for at in 1..100_000 {
                let _ = writeln!(code, "var v{at} = v{};", at - 1);
            }
            code + "eval(v99999);"
        }),
        Input::script("calls-that-fan-out", || {
            let mut code = "function f0(x) { return x; }\n".to_owned();
            for at in 1..60 {
                let _ = writeln!(
                    code,
                    "function f{at}(x) {{ return f{0}(f{0}(x)) + f{0}(x); }}",
                    at - 1
                );
            }
            code + "eval(f59(process.env));"
        }),
        Input::new("modules-in-a-circle", || {
            let mut files: Vec<File> = (0..2_000)
                .map(|at| {
                    let next = (at + 1) % 2_000;
                    let code =
                        format!("const n = require('./m{next}.js'); module.exports = (x) => n(x);");
                    File::Plain(format!("m{at}.js"), code.into())
                })
                .collect();
            files.push(File::script(
                "index.js",
                "require('./m0.js')(process.env);".into(),
            ));
            files
        }),
    ]
}
