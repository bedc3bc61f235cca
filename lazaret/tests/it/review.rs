//! `lazaret review` and `lazaret who-has` against a running mirror, as a reviewer uses them.

use crate::harness::{Home, Lazaret, Said, Start, get, left_pad};
use std::io::{Read, Write};
use std::net::TcpStream;

/// Sends a form as a browser does; gives the answer, head and body.
fn post(url: &str, cookie: &str, form: &str) -> String {
    let (host, path) = url
        .strip_prefix("http://")
        .unwrap()
        .split_once('/')
        .unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "POST /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncookie: {cookie}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let rest = text
        .split_once(before)
        .unwrap_or_else(|| panic!("{before} is not in {text}"))
        .1;
    rest.split_once(after).unwrap().0
}

/// The first admin by the link on stdout; gives a token of theirs.
pub(crate) fn token(lazaret: &Lazaret) -> String {
    let link = loop {
        let line = lazaret.line().expect("a line with the link");
        if let Some((_, link)) = line.split_once("once:  ") {
            break link.to_owned();
        }
    };
    let made = post(&link, "", "name=anna&password=correct+horse+battery");
    let cookie = between(&made, "set-cookie: ", ";").to_owned();
    let account = format!("{}/-/lazaret/account", lazaret.url());
    let wrong = post(
        &format!("{account}/token"),
        &cookie,
        "form=x&label=ci&role=admin&days=1",
    );
    assert!(wrong.starts_with("HTTP/1.1 403"), "{wrong}");
    let (host, path) = account
        .strip_prefix("http://")
        .unwrap()
        .split_once('/')
        .unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncookie: {cookie}\r\n\r\n"
    )
    .unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    let form = between(&page, "name=\"form\" value=\"", "\"");
    let fields = format!("form={form}&label=ci&role=admin&days=1");
    let page = post(&format!("{account}/token"), &cookie, &fields);
    between(&page, "<pre>", "</pre>").to_owned()
}

struct Reviewer {
    home: Home,
    server: String,
    token: String,
}

impl Reviewer {
    fn of(lazaret: &Lazaret) -> Self {
        Self {
            home: Home::new(),
            server: lazaret.url().to_owned(),
            token: token(lazaret),
        }
    }

    fn run(&self, arguments: &[&str]) -> Said {
        let variables = [
            ("LAZARET_SERVER", &*self.server),
            ("LAZARET_TOKEN", &*self.token),
        ];
        self.home.run_with(arguments, &variables)
    }

    /// What is said by a command that ends with `code`.
    fn says(&self, code: i32, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert_eq!(
            said.code,
            Some(code),
            "{arguments:?}: {} {}",
            said.stdout,
            said.stderr
        );
        format!("{}{}", said.stdout, said.stderr)
    }
}

const DENY: &str = "[inspection]\nmode = \"off\"\n[[policy.deny]]\npackage = \"left-pad@1.1.0\"\nreason = \"ours is better\"\neffect = \"quarantine\"\n";

#[test]
fn a_reviewer_clears_the_queue_from_the_command_line() {
    let npm = left_pad();
    let lazaret = Start::new(npm.url()).config(DENY).start();
    let anna = Reviewer::of(&lazaret);
    let tarball = format!("{}/left-pad/-/left-pad-1.1.0.tgz", lazaret.url());
    assert_eq!(get(&tarball).0, 403);

    let queue = anna.says(0, &["review", "list"]);
    assert!(queue.contains("left-pad@1.1.0"), "{queue}");
    assert!(queue.contains("1 client waits"), "{queue}");
    assert!(queue.contains("ours is better"), "{queue}");
    let shown = anna.says(1, &["review", "show", "left-pad@1.1.0"]);
    assert!(shown.contains("nobody decided anything"), "{shown}");

    let reason = ["--reason", "read it: \u{1b}[31mfine"];
    let approved = anna.says(
        0,
        &[
            "review",
            "approve",
            "left-pad@1.1.0",
            reason[0],
            reason[1],
            "--days",
            "30",
        ],
    );
    assert!(approved.contains("in force until 20"), "{approved}");
    assert!(!approved.contains('\u{1b}'), "{approved:?}");
    assert_eq!(get(&tarball).0, 200);
    assert!(
        anna.says(0, &["review", "list"])
            .contains("nothing is held")
    );
    anna.says(0, &["review", "show", "left-pad@1.1.0"]);

    let decided = anna.says(0, &["review", "list", "--decided"]);
    let id = decided.split(' ').next().unwrap();
    anna.says(2, &["review", "withdraw", id, "--reason", " "]);
    anna.says(
        0,
        &["review", "withdraw", id, "--reason", "second thoughts"],
    );
    let rejected = anna.says(
        0,
        &[
            "review", "reject", "left-pad", "--range", "<2.0.0", "--reason", "no",
        ],
    );
    assert!(rejected.contains("left-pad in <2.0.0"), "{rejected}");
    let json = anna.says(0, &["review", "list", "--decided", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["reviews"].as_array().unwrap().len(), 2);
    assert_eq!(get(&tarball).0, 403);
}

#[test]
fn who_has_answers_by_range_and_exit_code() {
    let npm = left_pad();
    let lazaret = Start::new(npm.url())
        .config("[inspection]\nmode = \"off\"\n")
        .start();
    let anna = Reviewer::of(&lazaret);
    let nobody = anna.says(0, &["who-has", "left-pad@^1.0.0"]);
    assert!(
        nobody.contains("nobody got left-pad@^1.0.0 here"),
        "{nobody}"
    );
    get(&format!("{}/left-pad/-/left-pad-1.1.0.tgz", lazaret.url()));
    let has = anna.says(1, &["who-has", "left-pad@^1.0.0"]);
    assert!(has.starts_with("1.1.0  127.0.0.1  first 20"), "{has}");
    anna.says(0, &["who-has", "left-pad@1.0.0"]);
    anna.says(2, &["who-has", "left-pad@not/a/range"]);
}

#[test]
fn the_log_is_verified_where_the_command_runs() {
    let npm = left_pad();
    let lazaret = Start::new(npm.url())
        .config("[inspection]\nmode = \"off\"\n")
        .start();
    let anna = Reviewer::of(&lazaret);
    anna.says(
        0,
        &["review", "reject", "left-pad@1.0.0", "--reason", "too old"],
    );
    let whole = anna.says(0, &["review", "log", "--verify"]);
    assert!(whole.starts_with("the log is whole: "), "{whole}");
    let lines = anna.says(0, &["review", "log", "--format", "json"]);
    let count = lines.lines().count();
    assert!(whole.contains(&format!("{count} lines")), "{whole}");
    assert!(anna.says(0, &["review", "log"]).contains("rejected"));

    // Somebody with the database in hand changes a line.
    let database = lazaret.data().join("lazaret.db");
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(database);
        let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
        sqlx::query("update event set actor = 'ben' where kind = 'rejected'")
            .execute(&pool)
            .await
            .unwrap();
        pool.close().await;
    });
    let broken = anna.says(1, &["review", "log", "--verify"]);
    assert!(
        broken.contains("is not the one that was written"),
        "{broken}"
    );
}

#[test]
fn without_a_token_it_says_where_to_get_one() {
    let home = Home::new();
    let said = home.run(&["review", "list", "--server", "http://127.0.0.1:1"]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.stderr.contains("/-/lazaret/account"),
        "{}",
        said.stderr
    );
    let file = home.write("token", "lzt_00\n");
    let file = file.to_str().unwrap();
    let said = home.run(&[
        "who-has",
        "x",
        "--server",
        "http://127.0.0.1:1",
        "--token-file",
        file,
    ]);
    assert_eq!(said.code, Some(4));
    assert!(!said.stderr.contains("lzt_00"), "{}", said.stderr);
}
