//! Calls: what they lead to, with what, and the code that they run from strings.

use std::rc::Rc;

use super::{Part, Walk, evaluates, telling};
use crate::api::{self, Code, Uses};
use crate::facts::{Call, Import, Span};
use crate::js::flow::Called;
use crate::js::known::Known;
use crate::js::tree::{Expr, ExprId, FnId, List, Stmt};
use crate::js::{builtins, names};
use crate::value::Value;

impl<'a> Walk<'_, 'a> {
    pub(super) fn call(&mut self, id: ExprId, callee: ExprId, list: List, new: bool, part: Part) {
        self.mark(callee, Part::Told);
        let mut args: Vec<ExprId> = self.machine.tree.list(list).to_vec();
        let mut target = Some(callee);
        let mut called = self.machine.value(callee);
        // Functions that only call what they are given: `(f, a) => f(a)`.
        for _ in 0..8 {
            let Known::Function(function, _) = &called else {
                break;
            };
            let Some((position, rest)) = self.proxied(*function) else {
                break;
            };
            let Some(next) = args.get(position).copied() else {
                break;
            };
            let rest: Option<Vec<ExprId>> = rest
                .into_iter()
                .map(|position| args.get(position).copied())
                .collect();
            let Some(rest) = rest else { break };
            called = self.machine.value(next);
            target = Some(next);
            args = rest;
        }
        let (path, hidden) = match &called {
            Known::Path(path, hidden) => (path.clone(), *hidden),
            Known::Function(function, _) => {
                let function = *function;
                if part != Part::Told {
                    self.folded(id);
                }
                self.text_arguments(&args);
                self.called.insert(id, Called::Function(function, args));
                return;
            }
            _ => {
                if part != Part::Told {
                    self.folded(id);
                }
                match target.and_then(|target| self.unknown_callee(target)) {
                    Some(named) => named,
                    None => return,
                }
            }
        };
        let values: Vec<Known> = args.iter().map(|arg| self.argument(*arg)).collect();
        let given = values.len();
        let (path, values) = names::unwrapped(&path, values);
        if given == values.len() + 1 {
            // `f.call(this, a)`
            args.remove(0);
        }
        let decoded = hidden || values.iter().any(Known::is_hidden);
        for (arg, value) in args.iter().zip(&values) {
            if let Expr::Local(_) | Expr::Call(..) | Expr::Index(..) = self.machine.tree.expr(*arg)
                && let Known::Text(text, true) = value
                && !matches!(self.machine.tree.expr(*arg), Expr::Call(..))
            {
                self.text(text.clone(), *arg, true);
            }
        }
        if part != Part::Told {
            self.folded(id);
        }
        let uses = api::uses(&path);
        if !path.starts_with('?') {
            self.called
                .insert(id, Called::Path(path.clone(), uses, args));
        }
        let (span, function) = (self.span(id), self.owner(id));
        self.follow_code(&path, uses, &values, span, function);
        match &*path {
            "require" | "module.createRequire()" | "import" => {
                let specifier = values
                    .first()
                    .map_or(Value::Unknown, |value| self.machine.shown(value));
                self.facts.imports.push(Import {
                    specifier,
                    span,
                    function,
                    lazy: function != 0,
                });
            }
            "Object.defineProperty" | "Reflect.defineProperty" | "Reflect.set" => {
                if let [Known::Path(object, _), Known::Text(name, _), ..] = &values[..] {
                    let path = names::member(object, name);
                    let value = values
                        .get(2)
                        .map_or(Value::Unknown, |value| self.machine.shown(value));
                    self.write_path(path, value, id);
                }
            }
            "Object.assign" | "Object.defineProperties" => {
                if let [Known::Path(object, _), Known::Object(members), ..] = &values[..] {
                    let members: Vec<_> = members
                        .try_borrow()
                        .map(|members| members.clone())
                        .unwrap_or_default();
                    for (name, value) in members.iter().take(64) {
                        let shown = self.machine.shown(value);
                        self.write_path(names::member(object, name), shown, id);
                    }
                }
            }
            _ => {}
        }
        let args = values
            .iter()
            .map(|value| self.machine.shown(value))
            .collect();
        self.facts.calls.push(Call {
            callee: path,
            uses,
            new,
            args,
            span,
            function,
            decoded,
        });
    }

    pub(super) fn argument(&mut self, arg: ExprId) -> Known {
        match self.machine.tree.expr(arg) {
            Expr::Spread(inner) => {
                let value = self.machine.value(inner);
                match value {
                    Known::Path(..) => value,
                    _ => Known::Unknown,
                }
            }
            _ => self.machine.value(arg),
        }
    }

    pub(super) fn text_arguments(&mut self, args: &[ExprId]) {
        for arg in args {
            if let Expr::Index(..) = self.machine.tree.expr(*arg) {
                self.folded(*arg);
            }
        }
    }

    /// `require(a)[b]()`, of which neither is known, is `require()[]`; `?.name` where the receiver is not known but the method says something; `?[]` where nothing is known.
    pub(super) fn unknown_callee(&mut self, callee: ExprId) -> Option<(Rc<str>, bool)> {
        match self.machine.tree.expr(callee) {
            Expr::Member(_, name) => telling(name).then(|| (format!("?.{name}").into(), false)),
            Expr::Index(object, key) => match self.machine.value(key) {
                Known::Text(name, hidden) => {
                    (hidden || telling(&name)).then(|| (format!("?.{name}").into(), hidden))
                }
                Known::Number(_) => None,
                _ if self.is_required(object) => Some(("require()[]".into(), false)),
                _ => Some(("?[]".into(), false)),
            },
            _ => None,
        }
    }

    fn is_required(&mut self, id: ExprId) -> bool {
        let Expr::Call(callee, _) = self.machine.tree.expr(id) else {
            return false;
        };
        matches!(self.machine.value(callee), Known::Path(path, _) if &*path == "require")
    }

    /// Which parameter a function calls, and with which of the others, if it does nothing else.
    pub(super) fn proxied(&self, function: FnId) -> Option<(usize, Vec<usize>)> {
        let tree = &self.machine.tree;
        let it = tree.function(function);
        let [only] = tree.statements(it.body) else {
            return None;
        };
        let Stmt::Return(Some(value)) = tree.statements[*only as usize] else {
            return None;
        };
        let Expr::Call(callee, list) = tree.expr(value) else {
            return None;
        };
        let position = |id: ExprId| match tree.expr(id) {
            Expr::Local(symbol) => it
                .parameters
                .iter()
                .position(|parameter| *parameter == Some(symbol)),
            _ => None,
        };
        let rest: Option<Vec<usize>> = tree.list(list).iter().map(|arg| position(*arg)).collect();
        Some((position(callee)?, rest?))
    }

    /// Code that a call runs from a string is read as code of the file.
    fn follow_code(
        &mut self,
        path: &str,
        uses: Uses,
        values: &[Known],
        span: Span,
        function: FnId,
    ) {
        let code = match (path, uses.runs_text) {
            (_, Some(code)) => code,
            ("setTimeout" | "setInterval" | "setImmediate" | "document.write", _) => Code::First,
            ("worker_threads.Worker" | "Worker", _) if evaluates(values) => Code::First,
            _ => return,
        };
        let Some(Known::Text(text, _)) = code.of(values) else {
            return;
        };
        if text.len() < 8 {
            return;
        }
        let text = match code {
            Code::First => text.clone(),
            Code::Last => {
                let before = &values[..values.len() - 1];
                let parameters: Vec<Rc<str>> =
                    before.iter().filter_map(builtins::to_text).collect();
                let parameters = parameters.join(",");
                let kind = match path {
                    "GeneratorFunction" => "function*",
                    // `(async () => {}).constructor`
                    _ if text.contains("await") => "async function",
                    _ => "function",
                };
                format!("({kind}({parameters}\n) {{\n{text}\n}})()").into()
            }
        };
        self.nested.push((text, span, function));
    }
}
