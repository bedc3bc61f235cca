//! Programs that decode: the bytes choose what is folded with what, so that the interpreter is reached without the luck of
//! spelling JavaScript.
#![no_main]

use lazaret_analysis::Limits;
use lazaret_analysis::js::{Script, facts};
use libfuzzer_sys::fuzz_target;
use std::fmt::Write;

/// Each takes the values before it: `a` is the last, `b` the one before, `n` a number, `s` a text of the bytes.
const STEPS: &[&str] = &[
    "atob(s)", "btoa(a)", "unescape(s)", "decodeURIComponent(a)", "escape(a)", "Buffer.from(a,'base64').toString()",
    "Buffer.from(s,'hex')", "Buffer.from(a).toString('hex')", "String.fromCharCode(n,n+1,n^255)", "a.split(s.charAt(0))",
    "a.split('').reverse().join('')", "a.charCodeAt(n)", "a.slice(n,-1)", "a.substr(n,5)", "a.replace(/[a-f]/g,'')",
    "a.replace(/./g,function(c){return String.fromCharCode(c.charCodeAt(0)^7)})", "parseInt(a,n%37)", "a[n]", "[a,b,s]",
    "a.map(function(x){return x+n})", "a.concat(b)", "a.join(s)", "a.push(b)", "a.shift()", "({k:a,[s]:b})", "a.k", "a[s]",
    "Object.keys(a)", "Object.values(a)", "JSON.parse(s)", "JSON.stringify(a)", "a+b", "a-b", "a*n", "a^b", "a>>>n",
    "a==b?a:b", "a||b", "!a+[]", "typeof a", "(function(x,y){var o='';for(var i=0;i<n;i++){o+=x[i%x.length];x=y}return o})(a,b)",
    "(function f(x,d){return d?f(x+x,d-1):x})(a,n%30)", "new RegExp(s)", "a.match(/\\w/g)", "eval(a)", "new Function(a)()",
    "require(a)", "a.repeat(n)", "a.padStart(n,s)", "Array(n).fill(a)", "a.reduce(function(x,y){return x+y},s)", "[...a]",
    "`${a}${b}`", "new TextDecoder().decode(new Uint8Array([n,n+1]))", "Math.floor(n/3)", "a.toString(n%37)", "Number(a)",
];

fuzz_target!(|bytes: &[u8]| {
    let (program, data) = bytes.split_at(bytes.len().min(40));
    let text: String = String::from_utf8_lossy(data)
        .chars()
        .take(2_000)
        .flat_map(char::escape_unicode)
        .collect();
    let mut code = format!("var s=\"{text}\",a=s,b=s,n=3;\n");
    for (at, byte) in program.iter().enumerate() {
        let step = STEPS[usize::from(*byte) % STEPS.len()];
        // Constants of their own: a binding that is set more than once is not folded.
        let (a, b) = (at.saturating_sub(1), at.saturating_sub(2));
        let _ = writeln!(code, "var v{at}=(function(a,b,n,s){{return {step}}})(v{a},v{b},{},\"{text}\");", byte % 41);
    }
    let limits = Limits {
        fold_steps: 200_000,
        fold_bytes: 4 << 20,
        ..Limits::default()
    };
    let script = Script {
        path: "index.js",
        text: &code,
    };
    let found = facts(script, &limits);
    // The program is small: what folds it out of proportion is bounded by the limits, and told.
    let shown: usize = found.strings.iter().map(|text| text.text.len()).sum();
    assert!(shown <= 64 << 20, "{shown} bytes of text of a small script");
});
