//! Depth: every shape that makes a recursive parser or walk go one level down, and those that make it go back.

use super::{File, Input};

/// Deeper than anything real (341), than a small stack, and than a large one.
const LEVELS: [usize; 3] = [1_000, 10_000, 100_000];

/// Name, what opens a level, the innermost, what closes it.
const SHAPES: &[(&str, &str, &str, &str)] = &[
    ("arrays", "[", "", "]"),
    ("parentheses", "(", "1", ")"),
    ("calls", "a(", "1", ")"),
    ("arrows", "a=>", "1", ""),
    ("templates", "`${", "1", "}`"),
    ("objects", "{a:", "1", "}"),
    ("negations", "!", "1", ""),
    ("ternaries", "a?1:", "1", ""),
    ("ternaries-inside", "a?", "1", ":0"),
    ("sums", "1+", "1", ""),
    ("powers", "1**", "1", ""),
    ("commas", "(1,", "1", ")"),
    ("assignments", "a=", "1", ""),
    ("members", "", "a", ".b"),
    ("computed-members", "a[", "0", "]"),
    ("optional-chains", "", "a", "?.b"),
    ("calls-in-a-row", "", "a", "()"),
    ("news", "new ", "a", ""),
    ("awaits-as-calls", "await(", "1", ")"),
    ("typeofs", "typeof ", "a", ""),
    ("functions", "function(){return ", "1", "}"),
    ("classes", "class{a=", "1", "}"),
    ("elements", "<a>", "", "</a>"),
    ("string-sums", "'a'+", "'b'", ""),
    ("evals", "eval(", "'1'", ")"),
];

/// The same for statements.
const STATEMENTS: &[(&str, &str, &str, &str)] = &[
    ("blocks", "{", "", "}"),
    ("else-ifs", "if(a){}else ", ";", ""),
    ("fors", "for(;a;)", ";", ""),
    ("labels-and-whiles", "while(a)", ";", ""),
    ("function-declarations", "function f(){", "", "}"),
    ("tries", "try{", "", "}catch(e){}"),
    ("switches", "switch(a){default:", "", "}"),
    ("destructurings", "var ", "", ""),
];

pub(super) fn inputs() -> impl Iterator<Item = Input> {
    let expressions = SHAPES.iter().map(|shape| (shape, "var a, x = ", ";"));
    let statements = STATEMENTS.iter().map(|shape| (shape, "var a;", "\n"));
    let nested = expressions
        .chain(statements)
        .flat_map(|(shape, before, after)| LEVELS.map(|levels| (shape, before, after, levels)))
        .map(|(shape, before, after, levels)| {
            Input::script(format!("{}-{levels}", shape.0), move || {
                if shape.0 == "destructurings" {
                    return format!("var {}b{} = 0;", "[".repeat(levels), "]".repeat(levels));
                }
                let (open, close) = (shape.1.repeat(levels), shape.3.repeat(levels));
                format!("{before}{open}{}{close}{after}", shape.2)
            })
        });
    nested.chain(backtracking()).chain(other_files())
}

/// Short, and quadratic or worse to parse: the parser tries one reading, fails at the end, and goes back at each level.
fn backtracking() -> impl Iterator<Item = Input> {
    let assigned = [1_000, 5_000, 20_000].map(|levels| {
        Input::script(format!("assignments-in-parentheses-{levels}"), move || {
            format!("var a;{}1{};", "(a=".repeat(levels), ")".repeat(levels))
        })
    });
    let generic = [5_000, 50_000].map(|levels| {
        Input::new(format!("type-arguments-{levels}"), move || {
            let code = format!("var a: any = {}a;", "a<".repeat(levels));
            let load = "require('./types.ts');";
            vec![
                File::script("types.ts", code),
                File::script("index.js", load.to_owned()),
            ]
        })
    });
    let arrows = [1_000, 20_000].map(|levels| {
        Input::script(format!("arrow-parameters-{levels}"), move || {
            format!(
                "var x = {}1{};",
                "(a=(b)=>".repeat(levels),
                ")=>1".repeat(levels)
            )
        })
    });
    assigned.into_iter().chain(generic).chain(arrows)
}

/// What else is read: manifests, data, build descriptions, regular expressions.
fn other_files() -> impl Iterator<Item = Input> {
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    [
        Input::new("json-100000", move || {
            vec![File::theft(), File::Plain("data.json".into(), deep(100_000).into())]
        }),
        Input::new("manifest-100000", move || {
            let manifest = format!(
                r#"{{"name":"hostile","version":"1.0.0","main":"index.js","config":{}}}"#,
                deep(100_000)
            );
            vec![File::theft(), File::Plain("package.json".into(), manifest.into())]
        }),
        Input::new("exports-10000", || {
            let manifest = format!(
                r#"{{"name":"hostile","version":"1.0.0","main":"index.js","exports":{}"./index.js"{}}}"#,
                r#"{"node":"#.repeat(10_000),
                "}".repeat(10_000)
            );
            vec![File::theft(), File::Plain("package.json".into(), manifest.into())]
        }),
        Input::new("gyp-100000", move || {
            let gyp = format!("{{'targets': {}}}", deep(100_000));
            vec![File::theft(), File::Plain("binding.gyp".into(), gyp.into())]
        }),
        Input::script("regular-expression-100000", || {
            format!("var r = /{}a{}/;", "(".repeat(100_000), ")*".repeat(100_000))
        }),
    ]
    .into_iter()
}
