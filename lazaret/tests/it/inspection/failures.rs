//! Workers that die, reports that cannot be kept, inspections that take too long: clear errors, and nothing unjudged.

use std::path::PathBuf;
use std::process::Command;
use std::thread;

use lazaret_testing::{Fault, Npm};
use serde_json::Value;

use super::{all_inspections, change, harmless, status};
use crate::harness::{Lazaret, Start, answer_to, get, wait_until};
use crate::shapes::{days_ago, tarball};

/// The processes that a server started, as Linux tells it.
fn workers(lazaret: &Lazaret) -> Vec<u32> {
    let tasks = PathBuf::from(format!("/proc/{}/task", lazaret.id()));
    let mut children = Vec::new();
    for task in std::fs::read_dir(tasks).unwrap().flatten() {
        let list = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
        children.extend(
            list.split_whitespace()
                .filter_map(|id| id.parse::<u32>().ok()),
        );
    }
    children
}

/// A package whose inspection takes long enough to meet its worker: much code that is read and folded.
fn heavy() -> Npm {
    let line = "var a1 = [1, 2, 3].map(function (x) { return x * 2 + 'text'.length }).join('');\n";
    let code = line.repeat(4_000);
    Npm::new().package("heavy", |package| {
        package.version("1.0.0", |release| {
            release.published(&days_ago(10)).file("index.js", code)
        })
    })
}

#[test]
fn a_worker_that_is_killed_is_an_error_and_the_next_try_succeeds() {
    let npm = heavy().start_blocking();
    let lazaret = Lazaret::start(npm.url());
    let path = tarball("heavy", "1.0.0");
    thread::scope(|scope| {
        let url = format!("{}{path}", lazaret.url());
        let asker = scope.spawn(move || get(&url));
        wait_until("the answer is there", || {
            for worker in workers(&lazaret) {
                // It may have ended meanwhile.
                let kill = ["-c", "kill -KILL $0 2>/dev/null", &worker.to_string()];
                Command::new("sh").args(kill).status().unwrap();
            }
            asker.is_finished()
        });
        let (status, body) = asker.join().unwrap();
        assert_eq!(status, 503, "{body}");
        assert!(
            body.contains("lazaret could not inspect heavy@1.0.0"),
            "{body}"
        );
    });
    assert_eq!(all_inspections(&lazaret), 0);
    wait_until("it is inspected and served", || {
        status(&lazaret, &path) == 200
    });
}

/// The version before, which an inspection compares with, does not come.
#[test]
fn who_waits_too_long_is_told_and_the_inspection_goes_on() {
    let npm = harmless().start_blocking();
    let before = tarball("lamp", "1.0.0");
    npm.fault(&before, Fault::hold());
    let lazaret = Start::new(npm.url())
        .config("[inspection]\nhold = 1\n")
        .start();
    let path = tarball("lamp", "1.0.1");
    let answer = answer_to(&format!("{}{path}", lazaret.url())).unwrap();
    let answer = String::from_utf8_lossy(&answer).to_lowercase();
    assert!(answer.starts_with("http/1.1 503"), "{answer}");
    assert!(answer.contains("retry-after: 30"), "{answer}");
    assert!(answer.contains("still inspecting lamp@1.0.1"), "{answer}");
    assert_eq!(all_inspections(&lazaret), 0);
    npm.heal_all();
    wait_until("the inspection is over", || all_inspections(&lazaret) == 1);
    assert_eq!(status(&lazaret, &path), 200);
    assert_eq!(npm.requests_to(&path).len(), 1);
}

/// Nothing can be written to the database: what is not on record is not served.
#[test]
fn a_report_that_cannot_be_kept_lets_nothing_through() {
    let npm = harmless().start_blocking();
    let lazaret = Lazaret::start(npm.url());
    let path = tarball("lamp", "1.0.1");
    let (status_before, _) = get(&format!("{}/lamp/-/lamp-1.0.0.tgz", lazaret.url()));
    assert_eq!(status_before, 200);
    let database = lazaret.data().join("lazaret.db");
    change(&database, "alter table inspection_report rename to away");
    let (status_now, body) = get(&format!("{}{path}", lazaret.url()));
    assert_eq!(status_now, 500, "{body}");
    let told: Value = serde_json::from_str(&body).unwrap();
    assert!(told["error"].as_str().unwrap().contains("its log says why"));
    lazaret.wait_for_log("the store failed");
    change(&database, "alter table away rename to inspection_report");
    assert_eq!(status(&lazaret, &path), 200);
}
