//! Quantity: large files, many files, and small archives that become large.

use super::{File, Input};
use std::fmt::Write;

pub(super) fn inputs() -> impl Iterator<Item = Input> {
    code().into_iter().chain(packages())
}

fn code() -> Vec<Input> {
    vec![
        Input::script("a-string-of-64-megabytes", || {
            format!("var s = '{}';", "x".repeat(64 << 20))
        }),
        Input::script("a-line-of-8-megabytes", || "a=b(c)+d;".repeat(900_000)),
        Input::script("200000-functions", || {
            let mut code = String::new();
            for at in 0..200_000 {
                let _ = write!(code, "function f{at}(a){{return a+{at}}}");
            }
            code
        }),
        Input::script("500000-declarations-of-one-name", || {
            "var a=1;".repeat(500_000)
        }),
        Input::script("200000-evals", || "eval('a'+b);".repeat(200_000)),
        Input::script("100000-requires", || {
            "require('child_process').exec(x);".repeat(100_000)
        }),
        Input::script("300000-addresses", || {
            let mut code = "const a = [".to_owned();
            for at in 0..300_000 {
                let _ = write!(code, "'0x{at:040x}',");
            }
            code + "];"
        }),
        Input::script("a-literal-of-20-megabytes-in-escapes", || {
            format!("eval('{}');", r"\x61".repeat(5 << 20))
        }),
        Input::script("comments-without-end", || "/*".repeat(2_000_000) + "*/"),
        Input::script("markup-comments", || "<!--\n".repeat(500_000)),
        Input::script("an-array-of-two-million-numbers", || {
            format!("var a = [{}];", "1,".repeat(2_000_000))
        }),
        Input::script("invisible-characters", || {
            format!("var s = '{}'; eval(s);", "\u{fe00}".repeat(1_000_000))
        }),
        Input::script("spaces-without-end", || {
            format!("var s;{}s();", " ".repeat(8 << 20))
        }),
        Input::script("not-javascript", || "}}}} ((( '".into()),
        Input::new("not-utf-8", || {
            let code = [
                b"var a = '".to_vec(),
                vec![0xff, 0xfe, 0xc0, 0x80],
                b"';".to_vec(),
                super::THEFT.into(),
            ];
            vec![File::Plain("index.js".into(), code.concat())]
        }),
        Input::new("utf-16", || {
            let code = super::THEFT.encode_utf16().flat_map(u16::to_le_bytes);
            vec![File::Plain(
                "index.js".into(),
                [0xff, 0xfe].into_iter().chain(code).collect(),
            )]
        }),
    ]
}

fn packages() -> Vec<Input> {
    vec![
        Input::new("a-script-bomb-of-1-gigabyte", || {
            vec![
                File::theft(),
                File::Bomb("lib/filler.js".into(), b' ', 1 << 30),
            ]
        }),
        Input::new("a-bomb-of-4-gigabytes", || {
            vec![File::theft(), File::Bomb("data.bin".into(), 0, 4 << 30)]
        }),
        Input::new("a-manifest-of-50-megabytes", || {
            let manifest = format!(
                r#"{{"name":"hostile","version":"1.0.0","main":"index.js","description":"{}"}}"#,
                "x".repeat(50 << 20)
            );
            vec![
                File::theft(),
                File::Plain("package.json".into(), manifest.into()),
            ]
        }),
        Input::new("60000-small-files", || {
            let files = (0..60_000).map(|at| {
                File::Plain(
                    format!("lib/{at}.js"),
                    format!("module.exports={at}").into(),
                )
            });
            files.chain([File::theft()]).collect()
        }),
        Input::new("150000-empty-files", || {
            let files = (0..150_000).map(|at| File::Plain(format!("lib/{at}"), Vec::new()));
            files.chain([File::theft()]).collect()
        }),
        Input::new("300-slow-files", || {
            let slow = format!("var a;{}1{};", "(a=".repeat(900), ")".repeat(900));
            let files = (0..300).map(|at| File::Plain(format!("lib/{at}.js"), slow.clone().into()));
            files.chain([File::theft()]).collect()
        }),
        Input::new("20000-dependencies", || {
            let mut manifest =
                r#"{"name":"hostile","version":"1.0.0","main":"index.js","dependencies":{"#
                    .to_owned();
            for at in 0..20_000 {
                let _ = write!(manifest, r#""d{at}":"*","#);
            }
            manifest.push_str(r#""z":"*"}}"#);
            vec![
                File::theft(),
                File::Plain("package.json".into(), manifest.into()),
            ]
        }),
        Input::new("a-shell-script-of-32-megabytes", || {
            vec![
                File::theft(),
                File::Plain("install.sh".into(), "#!/bin/sh\n".repeat(3_200_000).into()),
            ]
        }),
    ]
}
