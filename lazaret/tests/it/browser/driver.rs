//! Chromium without a window, asked over WebDriver.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

use crate::harness::wait_until;

/// No page takes longer, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A browser of its own, with a profile of its own; ended when dropped.
pub(super) struct Browser {
    driver: Child,
    port: u16,
    session: String,
    /// The browser's process.
    process: Option<u64>,
    axe: String,
    _profile: TempDir,
}

/// `axe-core`, which `scripts/test` installs beside the package managers.
fn axe() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/clients/node_modules/axe-core/axe.min.js")
}

impl Browser {
    pub(super) fn start() -> Self {
        let axe = std::fs::read_to_string(axe())
            .expect("axe-core is not installed: scripts/test does it");
        let profile = TempDir::new().unwrap();
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .env("HOME", profile.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is missing: scripts/test installs it");
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                line.split_once("successfully on port ")?
                    .1
                    .trim_end_matches('.')
                    .parse()
                    .ok()
            })
            .expect("chromedriver does not say where it listens");
        // Read to the end, so that a full pipe never stops it.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        let mut browser = Self {
            driver,
            port,
            session: String::new(),
            process: None,
            axe,
            _profile: profile,
        };
        let arguments = json!([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--window-size=1280,900",
            format!("--user-data-dir={}", browser._profile.path().display()),
        ]);
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments, "binary": "/usr/bin/chromium"},
            "goog:loggingPrefs": {"browser": "ALL"},
            "timeouts": {"script": 110_000},
        }}});
        let made = browser.ask("POST", "/session", &wanted);
        browser.session = made["sessionId"].as_str().unwrap().to_owned();
        browser.process = made["capabilities"]["goog:processID"].as_u64();
        browser
    }

    pub(super) fn open(&self, url: &str) {
        self.post("url", &json!({ "url": url }));
    }

    pub(super) fn address(&self) -> String {
        self.get("url").as_str().unwrap().to_owned()
    }

    /// The text of the first element that matches.
    pub(super) fn text(&self, selector: &str) -> String {
        let element = self.element("css selector", selector);
        self.get(&format!("element/{element}/text"))
            .as_str()
            .unwrap()
            .to_owned()
    }

    pub(super) fn count(&self, selector: &str) -> usize {
        let found = self.post(
            "elements",
            &json!({"using": "css selector", "value": selector}),
        );
        found.as_array().unwrap().len()
    }

    pub(super) fn click(&self, selector: &str) {
        let element = self.element("css selector", selector);
        self.post(&format!("element/{element}/click"), &json!({}));
    }

    /// Follows the link with exactly this text.
    pub(super) fn follow(&self, text: &str) {
        let element = self.element("link text", text);
        self.post(&format!("element/{element}/click"), &json!({}));
    }

    pub(super) fn fill(&self, selector: &str, text: &str) {
        let element = self.element("css selector", selector);
        self.post(&format!("element/{element}/clear"), &json!({}));
        self.post(
            &format!("element/{element}/value"),
            &json!({ "text": text }),
        );
    }

    /// Waits until some element that matches holds the text.
    pub(super) fn wait_for(&self, selector: &str, text: &str) {
        let script = "return Array.from(document.querySelectorAll(arguments[0])).some(e => e.innerText.includes(arguments[1]))";
        let body = json!({"script": script, "args": [selector, text]});
        wait_until(
            &format!("{selector} says {text:?} at {}", self.address()),
            || self.post("execute/sync", &body) == true,
        );
    }

    pub(super) fn run(&self, script: &str) -> Value {
        self.post("execute/sync", &json!({"script": script, "args": []}))
    }

    /// A narrow screen.
    pub(super) fn be_a_phone(&self) {
        self.tell(
            "Emulation.setDeviceMetricsOverride",
            &json!({"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": true}),
        );
    }

    /// What is seen of the page now, as PNG.
    pub(super) fn picture(&self) -> Vec<u8> {
        let coded = self.get("screenshot");
        STANDARD.decode(coded.as_str().unwrap()).unwrap()
    }

    fn tell(&self, command: &str, parameters: &Value) {
        self.post(
            "goog/cdp/execute",
            &json!({"cmd": command, "params": parameters}),
        );
    }

    /// Panics with what axe finds on this page, in light and in dark.
    pub(super) fn accessible(&self) {
        for scheme in ["light", "dark"] {
            let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
            self.tell(
                "Emulation.setEmulatedMedia",
                &json!({ "features": features }),
            );
            // The page is the same in both but for its colours.
            let rules = match scheme {
                "light" => json!({"resultTypes": ["violations"]}),
                _ => json!({
                    "resultTypes": ["violations"],
                    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
                }),
            };
            if self.run("return typeof axe") == "undefined" {
                self.post("execute/sync", &json!({"script": self.axe, "args": []}));
            }
            let script = "const done = arguments[arguments.length - 1];
                axe.run(document, arguments[0]).then(found => done(found.violations.map(of =>
                    of.id + ': ' + of.help + ' at ' + of.nodes.map(node => node.target.join(' ') + ' ' + node.failureSummary).join('; '))),
                    error => done(['axe failed: ' + error]))";
            let found = self.post("execute/async", &json!({"script": script, "args": [rules]}));
            assert_eq!(found, json!([]), "{} in {scheme}", self.address());
        }
    }

    /// Panics with what is on the console: errors of pages, refused by the content policy or not. Lines with one of
    /// these texts are expected.
    pub(super) fn said_nothing(&self, expected: &[&str]) {
        let log = self.post("se/log", &json!({"type": "browser"}));
        let said: Vec<&Value> = log
            .as_array()
            .unwrap()
            .iter()
            .filter(|entry| {
                let text = entry["message"].as_str().unwrap();
                !expected.iter().any(|expected| text.contains(expected))
            })
            .collect();
        assert!(said.is_empty(), "{said:?}");
    }

    fn element(&self, using: &str, value: &str) -> String {
        let found = self.post("element", &json!({"using": using, "value": value}));
        let id = found.as_object().unwrap().values().next().unwrap();
        id.as_str().unwrap().to_owned()
    }

    fn get(&self, what: &str) -> Value {
        self.ask(
            "GET",
            &format!("/session/{}/{what}", self.session),
            &Value::Null,
        )
    }

    fn post(&self, what: &str, body: &Value) -> Value {
        self.ask("POST", &format!("/session/{}/{what}", self.session), body)
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let (is_fine, answer) = self.try_ask(method, path, body).unwrap();
        assert!(is_fine, "{method} {path}: {}", answer["value"]);
        answer["value"].clone()
    }

    fn try_ask(&self, method: &str, path: &str, body: &Value) -> std::io::Result<(bool, Value)> {
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        )?;
        // It keeps connections open, whatever it is asked: the head says where the answer ends.
        let mut stream = BufReader::new(stream);
        let (mut status, mut length) = (String::new(), 0);
        stream.read_line(&mut status)?;
        loop {
            let mut line = String::new();
            stream.read_line(&mut line)?;
            let line = line.trim().to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body)?;
        Ok((
            status.split(' ').nth(1) == Some("200"),
            serde_json::from_slice(&body)?,
        ))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let session = format!("/session/{}", self.session);
        let _ = self.try_ask("DELETE", &session, &Value::Null);
        // Whatever went wrong, nothing is left running.
        let ids = [self.process, Some(u64::from(self.driver.id()))];
        for id in ids.into_iter().flatten() {
            let _ = Command::new("sh")
                .args(["-c", "kill -KILL $0", &id.to_string()])
                .stderr(Stdio::null())
                .status();
        }
        let _ = self.driver.wait();
    }
}
