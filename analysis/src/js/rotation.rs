//! String arrays are turned by a function that is called once, at the top: it is folded first, with its effects kept,
//! so that everything after it sees the array as the program would.

use super::machine::Machine;
use super::names;
use super::tree::{Expr, ExprId, FnId};

/// Runs every rotation of the file.
pub(super) fn run(machine: &mut Machine<'_>) {
    run_from(machine, 0);
}

/// Runs the rotations among the expressions from here on.
pub(super) fn run_from(machine: &mut Machine<'_>, from: ExprId) {
    for id in from..machine.tree.exprs.len() as ExprId {
        if is_rotation(machine, id) {
            machine.effects = true;
            machine.value(id);
            machine.effects = false;
        }
    }
}

/// `(function (array, sum) { … array.push(array.shift()) … })(strings, 0x2b1f3)`
fn is_rotation(machine: &Machine<'_>, id: ExprId) -> bool {
    let tree = &machine.tree;
    let Expr::Call(callee, args) = tree.expr(id) else {
        return false;
    };
    let Expr::Function(function) = tree.expr(callee) else {
        return false;
    };
    let args = tree.list(args);
    (1..=4).contains(&args.len())
        && matches!(tree.expr(args[0]), Expr::Local(_))
        && turns(machine, function)
}

fn turns(machine: &Machine<'_>, function: FnId) -> bool {
    let tree = &machine.tree;
    let range = tree.function(function).exprs.clone();
    if range.end - range.start > 4_000 {
        return false;
    }
    let (mut pushes, mut shifts) = (false, false);
    for id in range {
        match tree.expr(id) {
            Expr::Member(_, "push") | Expr::Text("push", _) => pushes = true,
            Expr::Member(_, "shift") | Expr::Text("shift", _) => shifts = true,
            Expr::Global(name) if !names::is_pure(name) => return false,
            Expr::Await(_) | Expr::Yield(_) | Expr::ImportCall(_) => return false,
            _ => {}
        }
    }
    pushes && shifts
}
