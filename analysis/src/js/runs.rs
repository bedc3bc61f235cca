//! Which functions run when their file does: called where they stand or from there on, handed to something that is
//! called, or named as a method that is.

use rustc_hash::{FxHashMap, FxHashSet};

use super::flow::Called;
use super::machine::Machine;
use super::tree::{Def, Expr, ExprId, FnId, List};

/// For each function of the tree.
pub(super) fn runs(machine: &Machine<'_>, called: &FxHashMap<ExprId, Called>) -> Vec<bool> {
    let tree = &machine.tree;
    let count = tree.functions.len();
    // Behind the functions come the names: a method leads to its name, and that to all functions of the name.
    let mut reached: Vec<Vec<FnId>> = vec![Vec::new(); count];
    let mut named: FxHashMap<&str, FnId> = FxHashMap::default();
    for (id, function) in tree.functions.iter().enumerate() {
        let parent = function.parent as usize;
        // Code in a string runs when what runs it does.
        let is_text = id > 0 && function.nested > tree.functions[parent].nested;
        if id > 0 && (function.called_with.is_some() || is_text) {
            reached[parent].push(id as FnId);
        }
        if !function.name.is_empty() {
            let next = (count + named.len()) as FnId;
            let name = *named.entry(function.name).or_insert(next);
            if name == next {
                reached.push(Vec::new());
            }
            reached[name as usize].push(id as FnId);
        }
    }
    let mut methods: FxHashSet<(FnId, &str)> = FxHashSet::default();
    for (id, expr) in tree.exprs.iter().enumerate() {
        let (Expr::Call(callee, args) | Expr::New(callee, args)) = *expr else {
            continue;
        };
        let owner = tree.owners[id];
        let into = &mut reached[owner as usize];
        if let Some(Called::Function(function, _)) = called.get(&(id as ExprId)) {
            into.push(*function);
        }
        into.extend(meant(machine, callee));
        into.extend(callbacks(machine, args));
        if let Expr::Member(_, name) = tree.expr(callee)
            && methods.insert((owner, name))
        {
            into.extend(named.get(name));
        }
    }
    let mut runs = vec![false; reached.len()];
    let mut waiting: Vec<FnId> = vec![0];
    while let Some(function) = waiting.pop() {
        let Some(known) = runs.get_mut(function as usize) else {
            continue;
        };
        if !std::mem::replace(known, true) {
            waiting.extend(&reached[function as usize]);
        }
    }
    runs.truncate(count);
    runs
}

fn callbacks(machine: &Machine<'_>, args: List) -> impl Iterator<Item = FnId> {
    machine
        .tree
        .list(args)
        .iter()
        .flat_map(move |arg| meant(machine, *arg))
}

/// The functions that an expression is, or the constructors, if it is that simple.
fn meant(machine: &Machine<'_>, id: ExprId) -> Vec<FnId> {
    match machine.tree.expr(id) {
        Expr::Local(symbol) => machine
            .defs(symbol)
            .iter()
            .take(4)
            .filter_map(|def| match def {
                Def::Function(function) => Some(*function),
                Def::Value(value) => itself(machine, *value),
                _ => None,
            })
            .collect(),
        _ => itself(machine, id).into_iter().collect(),
    }
}

fn itself(machine: &Machine<'_>, id: ExprId) -> Option<FnId> {
    let tree = &machine.tree;
    match tree.expr(id) {
        Expr::Function(function) => Some(function),
        Expr::Class(parts) => tree
            .list(parts)
            .iter()
            .find_map(|part| match tree.expr(*part) {
                Expr::Function(function) if tree.function(function).name == "constructor" => {
                    Some(function)
                }
                _ => None,
            }),
        _ => None,
    }
}
