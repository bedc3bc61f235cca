//! The pages in a real browser: what a reviewer does, without an error on its console, readable for everybody.

mod driver;
mod pictures;

use jiff::{SignedDuration, Timestamp};
use lazaret_testing::Npm;
use serde_json::Value;

use crate::harness::{Lazaret, Start, get, wait_until};
use crate::shapes::{PHANTOM, Shape, WORM};
use driver::Browser;

const PASSWORD: &str = "correct horse battery";

/// Opens the link of the first start and makes the admin.
fn set_up(browser: &Browser, lazaret: &Lazaret) {
    let link = loop {
        let line = lazaret.line().expect("a line with the link");
        if let Some((_, link)) = line.split_once("once:  ") {
            break link.to_owned();
        }
    };
    browser.open(&link);
    browser.accessible();
    browser.fill("#name", "anna");
    browser.fill("#password", PASSWORD);
    browser.click("main button");
    browser.wait_for("h1", "Overview");
}

fn versions(lazaret: &Lazaret, name: &str) -> Vec<String> {
    let (_, body) = get(&format!("{}/{name}", lazaret.url()));
    let document: Value = serde_json::from_str(&body).unwrap();
    document["versions"]
        .as_object()
        .map_or_else(Vec::new, |versions| versions.keys().cloned().collect())
}

fn outcome(lazaret: &Lazaret, id: &str) -> String {
    let (_, body) = get(&format!("{}/-/lazaret/why/{id}", lazaret.url()));
    let why: Value = serde_json::from_str(&body).unwrap();
    format!("{} {}", why["outcome"].as_str().unwrap(), why["reasons"])
}

#[test]
fn a_reviewer_reads_rejects_and_approves() {
    let worm = Shape::read(WORM);
    let minutes_ago = (Timestamp::now() - SignedDuration::from_mins(10)).to_string();
    let phantom = Shape::read(PHANTOM);
    let npm = phantom
        .published(worm.published(Npm::new()))
        .package("lamp", |package| {
            package
                .version("1.0.0", |old| old.published("2020-01-01T00:00:00Z"))
                .version("1.0.1", |young| young.published(&minutes_ago))
        })
        .start_blocking();
    let lazaret = Start::new(npm.url()).start();
    let id = format!("{}@{}", worm.name, worm.after.number);
    // The later one stands first in the queue.
    assert_eq!(
        get(&format!("{}{}", lazaret.url(), phantom.tarball())).0,
        403
    );
    assert_eq!(get(&format!("{}{}", lazaret.url(), worm.tarball())).0, 403);
    assert_eq!(versions(&lazaret, "lamp"), ["1.0.0"]);

    let browser = Browser::start();
    set_up(&browser, &lazaret);
    browser.accessible();
    // Out, and in again.
    browser.click("header form[action='/-/lazaret/logout'] button");
    browser.wait_for("h1", "Log in");
    browser.accessible();
    browser.fill("#name", "anna");
    browser.fill("#password", PASSWORD);
    browser.click("main button");
    browser.wait_for("h1", "Overview");

    // The one that somebody asked for stands first in the queue.
    browser.follow("Queue");
    browser.wait_for("h1", "Queue");
    browser.accessible();
    assert_eq!(
        browser.text("table.queue tbody tr:first-child td:first-child"),
        id
    );
    browser.follow(&id);
    browser.wait_for("h1", &id);
    browser.accessible();
    let page = browser.text("main");
    for expected in [
        "behaviour",
        "Findings",
        "postinstall",
        "Who asked for it while it was held",
        "127.0.0.1",
    ] {
        assert!(page.contains(expected), "{expected} is not in {page}");
    }

    browser.follow("What changed, file by file");
    browser.wait_for(
        "h1",
        &format!("What changed in {id} since {}", worm.before.number),
    );
    browser.accessible();
    assert!(browser.count("tr.pin") > 0, "{}", browser.text("main"));
    // The large file is shown when it is asked for, packed as it is, with what was found in it.
    browser.click("details summary");
    browser.follow("bundle.js");
    browser.wait_for("h2", "bundle.js");
    assert!(browser.count("tr.pin") > 10, "{}", browser.text("main"));
    browser.accessible();
    browser.open(&browser.address().replace("view=", "view=side"));
    browser.wait_for("h2", "bundle.js");
    browser.accessible();
    browser.follow(&id);
    browser.wait_for("h1", &id);

    browser.fill(
        "#reason",
        "It runs a bundle when it is installed & sends <everything>.",
    );
    browser.click("button.reject");
    browser.wait_for(
        "ul.reasons li p",
        "rejected by anna: It runs a bundle when it is installed & sends <everything>.",
    );
    browser.accessible();
    assert!(
        outcome(&lazaret, &id).starts_with("block"),
        "{}",
        outcome(&lazaret, &id)
    );

    // Another one was only young, and is let through.
    browser.fill("#q", "lamp@1.0.1");
    browser.click("header form[role=search] button");
    browser.wait_for("h1", "lamp@1.0.1");
    assert!(browser.text("main").contains("in cooldown until"));
    browser.fill("#reason", "we wait for this one");
    browser.click("button.approve");
    browser.wait_for("main", "approved by anna");
    wait_until("the document lists it", || {
        versions(&lazaret, "lamp") == ["1.0.0", "1.0.1"]
    });
    assert_eq!(
        get(&format!("{}/lamp/-/lamp-1.0.1.tgz", lazaret.url())).0,
        200
    );

    // And taken back.
    browser.click("details:has(input[name=reason]) summary");
    browser.fill("details input[name=reason]", "too soon after all");
    browser.click("details button");
    browser.wait_for("main", "Withdrawn");
    wait_until("it is judged by its age again", || {
        !outcome(&lazaret, "lamp@1.0.1").contains("approved by")
    });

    // It was handed out, and turns out bad: an incident, until somebody says what was done.
    browser.fill("#reason", "it is not what it says");
    browser.click("button.reject");
    browser.wait_for("ul.reasons li p", "rejected by anna");
    wait_until("the incident is open", || {
        browser.open(&format!("{}/-/lazaret/", lazaret.url()));
        browser.text("main").contains("Handed out, and bad")
    });
    browser.accessible();
    browser.follow("lamp@1.0.1");
    browser.wait_for("h1", "lamp@1.0.1 turned out bad");
    browser.accessible();
    assert!(browser.text("main").contains("127.0.0.1"));
    browser.fill("#reason", "nobody ran it");
    browser.click("main form button");
    browser.wait_for("main", "by anna: nobody ran it");
    browser.accessible();

    // A policy is tried before it is in force.
    browser.open(&format!("{}/-/lazaret/replay", lazaret.url()));
    browser.wait_for("h1", "Try a policy");
    browser.accessible();
    browser.fill("#policy", "cooldown = \"off\"\nbehaviour = \"note\"");
    browser.click("main form button");
    browser.wait_for("h2", "In the last 90 days");
    browser.wait_for("h3", "Would be let through");
    browser.accessible();

    // What an update brings stands on its page.
    let id = format!("{}@{}", phantom.name, phantom.after.number);
    browser.open(&format!("{}/-/lazaret/version/{id}", lazaret.url()));
    browser.wait_for("h2", "What it brings");
    browser.accessible();

    for (page, heading) in [
        ("package/lamp", "lamp"),
        ("incidents", "Incidents"),
        ("advisories", "Advisories"),
        ("advisories?package=lamp", "Advisories on lamp"),
        ("webhooks", "Webhooks"),
        ("log", "Log"),
        ("settings", "Settings in force"),
        ("people", "People"),
        ("account", "anna"),
        ("version/nothing@1.0.0", "Not here"),
        ("why/lamp", "lamp"),
    ] {
        browser.open(&format!("{}/-/lazaret/{page}", lazaret.url()));
        browser.wait_for("h1", heading);
        browser.accessible();
    }
    browser.said_nothing(&["404"]);
}

#[test]
fn the_pages_fit_on_a_phone() {
    let npm = crate::harness::left_pad();
    let deny = "[inspection]\nmode = \"off\"\n[[policy.deny]]\npackage = \"left-pad@1.1.0\"\nreason = \"ours is better\"\n";
    let lazaret = Start::new(npm.url()).config(deny).start();
    get(&format!("{}/left-pad/-/left-pad-1.1.0.tgz", lazaret.url()));
    get(&format!("{}/left-pad/-/left-pad-1.0.0.tgz", lazaret.url()));
    let browser = Browser::start();
    browser.be_a_phone();
    set_up(&browser, &lazaret);
    for page in [
        "",
        "queue",
        "version/left-pad@1.1.0",
        "version/left-pad@1.0.0",
        "diff/left-pad@1.0.0",
        "package/left-pad",
        "log",
        "people",
        "account",
        "settings",
        "replay",
        "incidents",
        "advisories",
        "webhooks",
    ] {
        browser.open(&format!("{}/-/lazaret/{page}", lazaret.url()));
        browser.accessible();
        let too_wide = "return document.documentElement.scrollWidth - window.innerWidth";
        assert!(
            browser.run(too_wide).as_i64().unwrap() <= 0,
            "{page} is wider than the screen"
        );
    }
    browser.said_nothing(&[]);
}
