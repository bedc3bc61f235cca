//! SIGKILL at any moment, again and again under load: what was acknowledged is still there, and nothing torn is served.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use lazaret_testing::{FakeNpm, Npm, sha512_integrity};
use tempfile::TempDir;

use crate::harness::{Home, Lazaret, Start, answer_to, wait_until};

const PACKAGES: usize = 24;
const VERSIONS: usize = 3;
const LOADERS: usize = 4;

/// How many downloads a server may answer before it is killed, round by round: early, mid-way, late.
const ROUNDS: [usize; 8] = [1, 4, 2, 9, 3, 14, 6, 5];

/// What clients were given in full: address and SRI of the bytes.
type Acknowledged = Arc<Mutex<BTreeMap<String, String>>>;

fn registry() -> FakeNpm {
    let mut npm = Npm::new();
    for package in 0..PACKAGES {
        npm = npm.package(&format!("p{package}"), |mut described| {
            for version in 0..VERSIONS {
                // From a few hundred bytes to more than what is gathered before the first write to disk.
                let size = [64, 40_000, 1_500_000][(package + version) % 3];
                described =
                    described.version(&format!("1.{version}.0"), |release| release.filler(size));
            }
            described
        });
    }
    npm.start_blocking()
}

/// The body of a 200 that arrived in full; `None` for anything else, such as a connection cut by the kill.
fn get(url: &str, path: &str) -> Option<Vec<u8>> {
    let mut answer = answer_to(&format!("{url}{path}")).ok()?;
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&answer[..head]).ok()?.to_lowercase();
    let length: usize = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))?
        .parse()
        .ok()?;
    let body = answer.split_off(head);
    (text.starts_with("http/1.1 200") && body.len() == length).then_some(body)
}

/// Asks for tarballs until the server is gone; notes every one that came in full.
fn load(url: &str, start: usize, acknowledged: &Acknowledged, answered: &AtomicUsize) {
    for step in 0.. {
        let index = (start + step * 7) % (PACKAGES * VERSIONS);
        let (package, version) = (index / VERSIONS, index % VERSIONS);
        let path = format!("/p{package}/-/p{package}-1.{version}.0.tgz");
        let Some(body) = get(url, &path) else {
            return;
        };
        acknowledged
            .lock()
            .unwrap()
            .insert(path, sha512_integrity(&body));
        answered.fetch_add(1, Ordering::Relaxed);
    }
}

fn killed_after(npm: &FakeNpm, data: &Path, round: usize, acknowledged: &Acknowledged) {
    let mut server = Start::new(npm.url()).data(data).start();
    let url = server.url().to_owned();
    let answered = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for loader in 0..LOADERS {
            let (url, answered) = (&url, &answered);
            let start = round * 11 + loader * 19;
            scope.spawn(move || load(url, start, acknowledged, answered));
        }
        wait_until("enough downloads were answered", || {
            answered.load(Ordering::Relaxed) >= ROUNDS[round]
        });
        server.kill();
    });
}

#[test]
fn a_kill_loses_nothing_acknowledged_and_leaves_nothing_torn() {
    let npm = registry();
    let data = TempDir::new().unwrap();
    let acknowledged = Acknowledged::default();
    for round in 0..ROUNDS.len() {
        killed_after(&npm, data.path(), round, &acknowledged);
    }
    let acknowledged = acknowledged.lock().unwrap().clone();
    assert!(acknowledged.len() >= ROUNDS.iter().max().copied().unwrap());
    for (path, integrity) in &acknowledged {
        let (name, file) = path[1..].split_once("/-/").unwrap();
        let version = file
            .strip_prefix(&format!("{name}-"))
            .and_then(|rest| rest.strip_suffix(".tgz"))
            .unwrap();
        assert_eq!(*integrity, npm.integrity(name, version), "{path} was torn");
    }

    let home = Home::new();
    let verified = home.run(&["store", "verify", "--data", data.path().to_str().unwrap()]);
    assert_eq!(
        verified.code,
        Some(0),
        "{}{}",
        verified.stdout,
        verified.stderr
    );

    // With the upstream gone, only what was committed can still be served.
    npm.offline();
    let server = Start::new(npm.url()).data(data.path()).start();
    for (path, integrity) in &acknowledged {
        let body = get(server.url(), path).unwrap_or_else(|| panic!("{path} was lost"));
        assert_eq!(sha512_integrity(&body), *integrity, "{path} changed");
    }
    no_leftovers(&server);
}

/// Half-received files of killed servers are gone once a server runs.
fn no_leftovers(server: &Lazaret) {
    let left: Vec<_> = std::fs::read_dir(server.data().join("tmp"))
        .map(|files| files.flatten().map(|file| file.path()).collect())
        .unwrap_or_default();
    assert!(left.is_empty(), "left over: {left:?}");
}
