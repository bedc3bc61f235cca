//! The fake npm asked in raw HTTP/1.1, so that no client's cleverness hides a mistake.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use flate2::read::MultiGzDecoder;
use serde_json::Value;

use crate::{FakeNpm, Fault, Fixed, Npm, sha512_integrity, tarball};

struct Got {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn inflated(&self) -> Vec<u8> {
        let mut plain = Vec::new();
        MultiGzDecoder::new(&self.body[..])
            .read_to_end(&mut plain)
            .unwrap();
        plain
    }
}

/// `None` when the connection closed without an answer, or was refused.
fn ask(npm: &FakeNpm, path: &str, headers: &[(&str, &str)]) -> Option<Got> {
    let mut stream = TcpStream::connect(npm.address()).ok()?;
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let mut head = format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n",
        npm.address()
    );
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().unwrap();
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    Some(Got {
        status,
        headers,
        body: answer[end + 4..].to_vec(),
    })
}

fn get(npm: &FakeNpm, path: &str) -> Got {
    ask(npm, path, &[]).unwrap()
}

fn chalk() -> Npm {
    Npm::new().package("chalk", |p| {
        p.version("5.6.0", |v| {
            v.dependency("ansi", "^1")
                .script("postinstall", "node x.js")
        })
        .version("5.6.1", |v| {
            v.published("2025-09-08T13:16:00.000Z")
                .file("index.js", "module.exports = 1;\n")
        })
        .version("6.0.0-rc.1", |v| v.sha1_only())
        .tag("next", "6.0.0-rc.1")
    })
}

#[test]
fn a_packument_is_shaped_like_npms() {
    let npm = chalk().start_blocking();
    let got = get(&npm, "/chalk");
    assert_eq!(
        (got.status, got.headers["content-type"].as_str()),
        (200, "application/json")
    );
    let document = got.json();
    assert_eq!(document["dist-tags"]["latest"], "5.6.1");
    assert_eq!(document["dist-tags"]["next"], "6.0.0-rc.1");
    assert_eq!(document["time"]["5.6.0"], "2024-01-01T00:00:00.000Z");
    assert_eq!(document["time"]["modified"], "2025-09-08T13:16:00.000Z");
    let manifest = &document["versions"]["5.6.0"];
    assert_eq!(manifest["dependencies"]["ansi"], "^1");
    let url = manifest["dist"]["tarball"].as_str().unwrap();
    assert_eq!(url, format!("{}chalk/-/chalk-5.6.0.tgz", npm.url()));
    let bytes = get(&npm, "/chalk/-/chalk-5.6.0.tgz").body;
    assert_eq!(manifest["dist"]["integrity"], sha512_integrity(&bytes));
    assert_eq!(npm.tarball("chalk", "5.6.0"), bytes);
    assert!(document["versions"]["6.0.0-rc.1"]["dist"]["integrity"].is_null());

    let short = ask(
        &npm,
        "/chalk",
        &[("accept", "application/vnd.npm.install-v1+json")],
    )
    .unwrap()
    .json();
    assert!(short["time"].is_null() && short["versions"]["5.6.0"]["hasInstallScript"] == true);
    assert_eq!(get(&npm, "/chalk/latest").json()["version"], "5.6.1");
    assert_eq!(
        get(&npm, "/-/package/chalk/dist-tags").json()["next"],
        "6.0.0-rc.1"
    );
    assert_eq!(get(&npm, "/nothing").status, 404);
}

#[test]
fn equal_descriptions_give_equal_bytes() {
    let (one, two) = (chalk().start_blocking(), chalk().start_blocking());
    assert_eq!(one.tarball("chalk", "5.6.0"), two.tarball("chalk", "5.6.0"));
    let again = tarball([("package/package.json", "{}")]);
    assert_eq!(again, tarball([("package/package.json", "{}")]));
}

#[test]
fn validators_and_compression_are_honoured() {
    let npm = chalk().start_blocking();
    let first = ask(&npm, "/chalk", &[("accept-encoding", "gzip")]).unwrap();
    assert_eq!(first.headers["content-encoding"], "gzip");
    assert_eq!(first.inflated(), get(&npm, "/chalk").body);
    let etag = first.headers["etag"].as_str();
    let again = ask(&npm, "/chalk", &[("if-none-match", etag)]).unwrap();
    assert_eq!((again.status, again.body.len()), (304, 0));
    let modified = first.headers["last-modified"].as_str();
    assert_eq!(modified, "Mon, 08 Sep 2025 13:16:00 GMT");
    assert_eq!(
        ask(&npm, "/chalk", &[("if-modified-since", modified)])
            .unwrap()
            .status,
        304
    );
    npm.tag("chalk", "latest", "5.6.0");
    assert_eq!(
        ask(&npm, "/chalk", &[("if-none-match", etag)])
            .unwrap()
            .status,
        200
    );
}

#[test]
fn scoped_names_work_in_every_form_and_below_a_prefix() {
    let npm = Npm::new()
        .prefix("/repository/npm")
        .token("secret")
        .package("@s/n", |p| p.version("1.0.0", |v| v));
    let npm = npm.start_blocking();
    let token = [("authorization", "Bearer secret")];
    for name in ["@s/n", "@s%2fn", "@s%2Fn", "%40s%2fn"] {
        let path = format!("/repository/npm/{name}");
        assert_eq!(ask(&npm, &path, &token).unwrap().status, 200, "{name}");
        assert_eq!(
            ask(&npm, &format!("{path}/-/n-1.0.0.tgz"), &token)
                .unwrap()
                .status,
            200,
            "{name}"
        );
        assert_eq!(get(&npm, &path).status, 401);
    }
    assert_eq!(ask(&npm, "/@s/n", &token).unwrap().status, 404);
    assert_eq!(npm.requests_to("/@s/n").len(), 9);
    assert!(
        npm.requests()
            .iter()
            .any(|request| request.status == 401 && request.header("host").is_some())
    );
}

#[test]
fn it_changes_while_it_runs() {
    let npm = chalk().start_blocking();
    let old = npm.integrity("chalk", "5.6.1");
    npm.tamper("chalk", "5.6.1", "evil");
    assert_eq!(get(&npm, "/chalk/-/chalk-5.6.1.tgz").body, b"evil");
    assert_eq!(npm.integrity("chalk", "5.6.1"), old);
    npm.edit("chalk", "5.6.0", |v| v.file("index.js", "other"));
    npm.vanish("chalk", "5.6.1");
    npm.publish("chalk", "5.6.2", |v| v);
    npm.publish("new", "1.0.0", |v| v);
    let document = get(&npm, "/chalk").json();
    let versions: Vec<&String> = document["versions"].as_object().unwrap().keys().collect();
    assert_eq!(versions, ["5.6.0", "5.6.2", "6.0.0-rc.1"]);
    assert_eq!(document["dist-tags"]["latest"], "5.6.2");
    assert_eq!(get(&npm, "/new").status, 200);
    npm.remove("new");
    assert_eq!(get(&npm, "/new").status, 404);
    npm.route("/osv/all.zip", Fixed::new("zip").etag("\"1\""));
    assert_eq!(get(&npm, "/osv/all.zip").body, b"zip");
    assert_eq!(
        ask(&npm, "/osv/all.zip", &[("if-none-match", "\"1\"")])
            .unwrap()
            .status,
        304
    );
}

#[test]
fn faults_do_what_they_say() {
    let npm = chalk().start_blocking();
    let whole = get(&npm, "/chalk").body;
    npm.fault("/chalk", Fault::rate_limited("7").times(1));
    let limited = get(&npm, "/chalk");
    assert_eq!(
        (limited.status, limited.headers["retry-after"].as_str()),
        (429, "7")
    );
    npm.fault("/chalk", Fault::truncate(100).times(1));
    let cut = get(&npm, "/chalk");
    assert_eq!(
        (cut.body.as_slice(), cut.headers["content-length"].parse()),
        (&whole[..100], Ok(whole.len()))
    );
    npm.fault("/chalk", Fault::disconnect().times(1));
    assert!(ask(&npm, "/chalk", &[]).is_none());
    npm.fault(
        "/chalk",
        Fault::drip(200, Duration::from_micros(50)).times(1),
    );
    assert_eq!(get(&npm, "/chalk").body, whole);
    npm.fault("/chalk", Fault::gzip_bomb(5 << 20).times(1));
    let bomb = get(&npm, "/chalk");
    assert!(bomb.body.len() < 10_000 && bomb.inflated().len() == 5 << 20);
    npm.fault_when(|request| request.path.ends_with(".tgz"), Fault::corrupt());
    assert_ne!(
        get(&npm, "/chalk/-/chalk-5.6.1.tgz").body,
        npm.tarball("chalk", "5.6.1")
    );
    npm.heal_all();
    assert_eq!(
        get(&npm, "/chalk/-/chalk-5.6.1.tgz").body,
        npm.tarball("chalk", "5.6.1")
    );
    npm.offline();
    assert!(ask(&npm, "/chalk", &[]).is_none());
    npm.online();
    assert_eq!(get(&npm, "/chalk").body, whole);
}

#[test]
fn held_requests_are_counted_and_then_answered() {
    let npm = chalk().start_blocking();
    npm.fault("/chalk", Fault::hold());
    std::thread::scope(|scope| {
        let askers: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| get(&npm, "/chalk").status))
            .collect();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(npm.wait_until(|requests| requests.len() == 3));
        assert_eq!((npm.in_flight(), npm.most_in_flight_to("/chalk")), (3, 3));
        npm.heal("/chalk");
        assert!(askers.into_iter().all(|asker| asker.join().unwrap() == 200));
    });
}

#[test]
fn a_big_packument_has_about_the_size_asked_for() {
    let npm = Npm::new().big("huge", 500, 4_000_000).start_blocking();
    let got = ask(&npm, "/huge", &[("accept-encoding", "gzip")]).unwrap();
    let plain = got.inflated();
    assert!(
        (3_800_000..4_600_000).contains(&plain.len()),
        "{}",
        plain.len()
    );
    assert!(plain.len() / got.body.len() > 10, "{}", got.body.len());
    let document: Value = serde_json::from_slice(&plain).unwrap();
    assert_eq!(document["versions"].as_object().unwrap().len(), 500);
    assert_eq!(document["dist-tags"]["latest"], "49.9.0");
    assert_eq!(get(&npm, "/huge/-/huge-49.9.0.tgz").status, 200);
}
