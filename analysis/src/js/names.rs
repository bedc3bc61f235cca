//! How callees and members are named, whatever way the code takes to reach them.

use std::rc::Rc;

use super::known::Known;

/// The global object.
pub(super) const GLOBAL: &str = "globalThis";

/// The name of a free identifier.
pub(super) fn global(name: &str) -> Rc<str> {
    match name {
        "window" | "global" | "self" | "globalThis" | "top" | "parent" | "frames" => GLOBAL.into(),
        name => name.into(),
    }
}

/// The name of a module.
pub(super) fn module(specifier: &str) -> Rc<str> {
    let name = specifier.strip_prefix("node:").unwrap_or(specifier);
    name.chars().take(120).collect::<String>().into()
}

/// What `require` or `import()` of a value leads to.
pub(super) fn module_of(specifier: &Known) -> Known {
    match specifier {
        Known::Text(text, hidden) => Known::Path(module(text), *hidden),
        _ => Known::Unknown,
    }
}

/// The name of a member.
pub(super) fn member(path: &str, name: &str) -> Rc<str> {
    if path == GLOBAL {
        return global(name);
    }
    match (path, name) {
        (_, "default") => path.into(),
        ("module", "require") | ("process.mainModule", "require") | ("require.main", "require") => {
            "require".into()
        }
        // Every function's constructor makes functions of text.
        ("module", "constructor") => "module".into(),
        (_, "constructor")
            if path.ends_with(".constructor") || path != "Object" && !path.contains("()") =>
        {
            "Function".into()
        }
        ("module.Module", _) => member("module", name),
        _ => [path, ".", name].concat().into(),
    }
}

/// The name of a call's result.
pub(super) fn called(path: &str) -> Rc<str> {
    [path, "()"].concat().into()
}

/// `f.call(this, a)`, `f.apply(this, [a])`, `Reflect.apply(f, this, [a])`, `Reflect.construct(f, [a])` call `f`.
pub(super) fn unwrapped(path: &str, args: Vec<Known>) -> (Rc<str>, Vec<Known>) {
    if let Some(inner) = path.strip_suffix(".call")
        && !inner.is_empty()
    {
        return (inner.into(), args.into_iter().skip(1).collect());
    }
    if let Some(inner) = path.strip_suffix(".apply")
        && !inner.is_empty()
        && inner != "Reflect"
    {
        let args = args
            .get(1)
            .and_then(super::builtins::items)
            .unwrap_or_default();
        return (inner.into(), args);
    }
    if path == "Reflect.apply"
        && let [Known::Path(inner, _), _, rest @ ..] = &args[..]
    {
        let inner = inner.clone();
        let args = rest
            .first()
            .and_then(super::builtins::items)
            .unwrap_or_default();
        return (inner, args);
    }
    if path == "Reflect.construct"
        && let [Known::Path(inner, _), rest @ ..] = &args[..]
    {
        let inner = inner.clone();
        let args = rest
            .first()
            .and_then(super::builtins::items)
            .unwrap_or_default();
        return (inner, args);
    }
    (path.into(), args)
}

/// Helpers such as `__toESM(require("fs"))`.
pub(super) fn is_interop(function: &str, module: &str) -> bool {
    let name = function.to_ascii_lowercase();
    !module.contains('(')
        && [
            "interop",
            "toesm",
            "tocommonjs",
            "importstar",
            "importdefault",
            "getdefault",
            "ns",
        ]
        .iter()
        .any(|known| {
            if *known == "ns" {
                name == "_ns"
            } else {
                name.contains(known)
            }
        })
}

/// Free names that a folded function may use.
pub(super) fn is_pure(name: &str) -> bool {
    matches!(
        name,
        "parseInt"
            | "parseFloat"
            | "String"
            | "Number"
            | "Boolean"
            | "Array"
            | "Object"
            | "Math"
            | "JSON"
            | "Buffer"
            | "Uint8Array"
            | "TextDecoder"
            | "RegExp"
            | "Reflect"
            | "atob"
            | "btoa"
            | "decodeURIComponent"
            | "decodeURI"
            | "encodeURIComponent"
            | "unescape"
            | "escape"
            | "isNaN"
            | "arguments"
            | "Error"
            | "RangeError"
            | "TypeError"
            | "Function"
            | "window"
            | "global"
            | "globalThis"
            | "self"
    )
}
