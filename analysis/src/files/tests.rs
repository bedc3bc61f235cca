use std::rc::Rc;

use super::*;
use crate::facts::Span;

fn call(callee: &str, args: &[Value]) -> Call {
    Call {
        callee: callee.into(),
        uses: api::uses(callee),
        new: false,
        args: args.to_vec(),
        span: Span::default(),
        function: 0,
        decoded: false,
    }
}

fn text(text: &str) -> Value {
    Value::String(text.into())
}

fn paths(call: &Call) -> Vec<String> {
    written(call)
        .into_iter()
        .map(|written| written.path)
        .collect()
}

#[test]
fn files_are_written_in_many_ways() {
    let home = Value::Concat(Rc::new([
        Value::Path("os.homedir()".into()),
        text("/.bashrc"),
    ]));
    assert_eq!(
        paths(&call("fs.appendFileSync", &[home, text("x")])),
        ["~/.bashrc"]
    );
    assert_eq!(
        paths(&call("fs.promises.copyFile", &[text("a"), text("b\\c")])),
        ["b/c"]
    );
    assert_eq!(
        paths(&call("fs.openSync", &[text("a"), text("r")])),
        [""; 0]
    );
    assert_eq!(
        paths(&call("child_process.exec", &[text("echo x >> ~/.zshrc")])),
        ["~/.zshrc"]
    );
    assert_eq!(paths(&call("fs.readFile", &[text("a")])), [""; 0]);
}

#[test]
fn deletion_says_whether_all_goes() {
    let recursive = Value::Object(Rc::new([("recursive".into(), Value::Boolean(true))]));
    assert_eq!(
        deleted(&call("fs.rmSync", &[text("a"), recursive])),
        Some(("a".to_owned(), true))
    );
    assert_eq!(
        deleted(&call("fs.unlink", &[text("a")])),
        Some(("a".to_owned(), false))
    );
    assert_eq!(
        deleted(&call("rimraf", &[text("a")])),
        Some(("a".to_owned(), true))
    );
}

#[test]
fn parts_are_whole() {
    let hooks = |path| place_in(path, &["other", ".git/hooks"]);
    assert_eq!(hooks("/x/.git/hooks/pre-commit"), Some(".git/hooks"));
    assert_eq!(hooks("*.git/hooks"), Some(".git/hooks"));
    assert_eq!(hooks("/x/my.git/hooks"), None);
    let agents = place_in("~/Library/LaunchAgents/a.plist", &["library/launchagents"]);
    assert_eq!(agents, Some("library/launchagents"));
}
