//! Files as people and tools write them.

use url::Url;

use super::Npmrc;
use crate::Auth;

fn npmrc(text: &str) -> Npmrc {
    let environment = |name: &str| match name {
        "TOKEN" => Some("from-environment".to_owned()),
        "HOST" => Some("registry.example".to_owned()),
        _ => None,
    };
    Npmrc::parse(text, environment).unwrap()
}

fn value(text: &str) -> Option<String> {
    npmrc(text).get("key").map(str::to_owned)
}

fn auth(text: &str, url: &str) -> Option<Auth> {
    npmrc(text).credentials_for(&Url::parse(url).unwrap())
}

fn bearer(token: &str) -> Option<Auth> {
    Some(Auth::Bearer(token.to_owned()))
}

#[test]
fn lines_are_read_as_npm_reads_them() {
    for (text, expected) in [
        ("key=value", "value"),
        ("  key  =  value  ", "value"),
        ("key=a=b", "a=b"),
        ("key", "true"),
        ("key=", ""),
        ("key=value ; comment", "value"),
        ("key=value # comment", "value"),
        (r"key=va\;l\#ue", "va;l#ue"),
        (r"key=C:\dir\\x", r"C:\dir\x"),
        (r#"key="va;lue ""#, "va;lue "),
        ("key='va;lue'", "va;lue"),
        (r#"key="a\tb""#, "a\tb"),
        ("key='", ""),
        ("key=\"", "\""),
        ("\"key\"=value", "value"),
        ("key=one\r\nkey=two\r\n", "two"),
        ("\u{feff}key=value", "value"),
        ("; key=no\n# key=no\n\n   ; key=no\nkey=yes", "yes"),
        ("key=${TOKEN}", "from-environment"),
        (
            "key=a${TOKEN}b${TOKEN}",
            "afrom-environmentbfrom-environment",
        ),
        ("key=${MISSING}", "${MISSING}"),
        ("key=${MISSING?}x", "x"),
        ("key='\\${TOKEN}'", "${TOKEN}"),
        ("key=$TOKEN ${ ${} ${TOKEN", "$TOKEN ${ ${} ${TOKEN"),
        ("${HOST}=x\nkey=y", "y"),
    ] {
        assert_eq!(value(text).as_deref(), Some(expected), "{text:?}");
    }
    for text in [
        "",
        "=value",
        "key[]=value",
        "[section]\nkey=value",
        "other=1",
        "]\n[",
        "[]",
    ] {
        assert_eq!(value(text), None, "{text:?}");
    }
}

#[test]
fn registries_are_found_by_scope() {
    let file = npmrc(
        "registry=https://${HOST}/npm/\n@ours:registry=https://ours.example/\ncafile=~/ca.pem\n",
    );
    assert_eq!(file.registry(), Some("https://registry.example/npm/"));
    assert_eq!(file.registry_of("@ours"), Some("https://ours.example/"));
    assert_eq!(file.registry_of("@theirs"), None);
    assert_eq!(file.cafile(), Some("~/ca.pem"));
}

#[test]
fn credentials_belong_to_the_longest_prefix() {
    let text = "//registry.example/:_authToken=root\n//registry.example/a/:_authToken=a\n//registry.example/a/b:_authToken=b\n";
    assert_eq!(auth(text, "https://registry.example/"), bearer("root"));
    assert_eq!(auth(text, "https://registry.example/x/y"), bearer("root"));
    assert_eq!(auth(text, "https://registry.example/a/x.tgz"), bearer("a"));
    assert_eq!(auth(text, "https://registry.example/a/b/"), bearer("b"));
    assert_eq!(auth(text, "http://registry.example:80/ab"), bearer("root"));
    assert_eq!(auth(text, "https://registry.example:8443/"), None);
    assert_eq!(auth(text, "https://registry.example.evil.example/"), None);
    assert_eq!(
        auth(
            "//registry.example:8443/:_authToken=x",
            "https://registry.example:8443/a"
        ),
        bearer("x")
    );
    assert_eq!(
        auth("_authToken=x\n_auth=y\n", "https://registry.example/"),
        None
    );
}

#[test]
fn every_kind_of_credential_is_understood() {
    let url = "https://registry.example/";
    assert_eq!(
        auth("//registry.example/:_auth=dTpw", url),
        Some(Auth::Basic("dTpw".to_owned()))
    );
    // "p" with and without padding; "u:p" together.
    for password in ["cA==", "cA"] {
        let text =
            format!("//registry.example/:username=u\n//registry.example/:_password={password}\n");
        assert_eq!(auth(&text, url), Some(Auth::Basic("dTpw".to_owned())));
    }
    assert_eq!(
        auth(
            "//registry.example/:username=u\n//registry.example/:_password=%%\n",
            url
        ),
        None
    );
    assert_eq!(auth("//registry.example/:username=u\n", url), None);
    let both = "//registry.example/:_auth=dTpw\n//registry.example/:_authToken=t\n";
    assert_eq!(auth(both, url), bearer("t"));
    assert_eq!(
        auth("//${HOST}/:_authToken=${TOKEN}", url),
        bearer("from-environment")
    );
}

#[test]
fn a_variable_that_is_not_set_is_told_and_never_sent() {
    let text = "//registry.example/:_authToken=${NPM_TOKEN}\n";
    assert_eq!(auth(text, "https://registry.example/"), None);
    assert_eq!(
        npmrc(text).unresolved().collect::<Vec<_>>(),
        ["//registry.example/:_authToken"]
    );
}

#[test]
fn files_stack() {
    let mut all = npmrc("registry=one\n")
        .over(npmrc("registry=two\n//h/:_authToken=${MISSING}\nkey=2"))
        .over(npmrc("key=3"));
    assert_eq!(
        (all.registry(), all.get("key"), all.unresolved().count()),
        (Some("one"), Some("2"), 1)
    );
    all.set("//h/:_authToken", "t");
    assert_eq!(
        (
            all.unresolved().count(),
            all.credentials_for(&Url::parse("http://h/x").unwrap())
        ),
        (0, bearer("t"))
    );
}

#[test]
fn nothing_secret_is_printed_and_size_is_bounded() {
    let shown = format!(
        "{:?} {:?}",
        npmrc("//h/:_authToken=secret"),
        auth("//h/:_authToken=secret", "http://h/")
    );
    assert!(!shown.contains("secret"), "{shown}");
    assert!(Npmrc::parse(&" ".repeat((1 << 20) + 1), |_| None).is_err());
}
