//! The pictures of the pages in the README: `scripts/screenshots` makes them.

use std::path::Path;

use lazaret_testing::Npm;

use super::driver::Browser;
use super::{set_up, wait_until};
use crate::harness::{Start, get};
use crate::shapes::{PHANTOM, Shape, WORM, days_ago};

#[test]
#[ignore = "writes docs/images: scripts/screenshots"]
fn pictures() {
    let (worm, phantom) = (Shape::read(WORM), Shape::read(PHANTOM));
    let npm = phantom.published(worm.published(Npm::new()));
    let npm = npm
        .package("lamp", |package| {
            package
                .version("1.0.0", |old| old.published("2020-01-01T00:00:00Z"))
                .version("1.0.1", |young| young.published(&days_ago(1)))
        })
        .start_blocking();
    let lazaret = Start::new(npm.url()).start();
    let ask = |path: &str| get(&format!("{}{path}", lazaret.url())).0;
    assert_eq!(ask(&worm.tarball()), 403);
    assert_eq!(ask(&phantom.tarball()), 403);
    assert_eq!(ask("/lamp"), 200);
    assert_eq!(ask("/lamp/-/lamp-1.0.0.tgz"), 200);
    let browser = Browser::start();
    set_up(&browser, &lazaret);
    let id = format!("{}@{}", worm.name, worm.after.number);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/images");
    let picture = |page: &str, heading: &str, name: &str| {
        browser.open(&format!("{}/-/lazaret/{page}", lazaret.url()));
        browser.wait_for("h1", heading);
        std::fs::write(folder.join(name), browser.picture()).unwrap();
    };
    picture("queue", "Queue", "queue.png");
    picture(&format!("version/{id}"), &id, "version.png");
    picture(&format!("diff/{id}"), "What changed", "diff.png");
    // One that was handed out turns out bad.
    browser.open(&format!("{}/-/lazaret/version/lamp@1.0.0", lazaret.url()));
    browser.wait_for("h1", "lamp@1.0.0");
    browser.fill("#reason", "It asks a host that it has no business with.");
    browser.click("button.reject");
    wait_until("the incident is open", || {
        browser.open(&format!("{}/-/lazaret/", lazaret.url()));
        browser.text("main").contains("Handed out, and bad")
    });
    picture("", "Overview", "overview.png");
    browser.follow("lamp@1.0.0");
    browser.wait_for("h1", "lamp@1.0.0 turned out bad");
    std::fs::write(folder.join("incident.png"), browser.picture()).unwrap();
}
