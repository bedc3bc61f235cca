//! docs/incident-replay.md: 8 September 2025 once more, with packages that do nothing, a mirror, three projects and one
//! advisory. `scripts/incident-replay` writes the page anew; drift fails here.

use std::fmt::Write;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use lazaret_testing::{FakeNpm, Npm};
use serde_json::json;
use tempfile::TempDir;

use super::client::{Client, Program, pinned};
use super::stage::isolate;
use super::{npm, pnpm, yarn_4};
use crate::harness::{Lazaret, Start};
use crate::review::token;

/// The packages of that day that the projects use, as far back as they need; what they do is nothing.
fn registry() -> FakeNpm {
    let (before, then) = ("2025-08-01T00:00:00Z", "2025-09-08T13:13:05Z");
    Npm::new()
        .package("chalk", |package| {
            package
                .version("5.5.0", |old| old.published("2025-07-01T00:00:00Z"))
                .version("5.6.0", |good| good.published(before))
                .version("5.6.1", |bad| bad.published(then))
        })
        .package("chalk-template", |package| {
            package.version("1.1.0", |good| {
                good.published(before).dependency("chalk", "^5.2.0")
            })
        })
        .package("ms", |package| {
            package.version("2.1.3", |good| good.published(before))
        })
        .package("debug", |package| {
            package
                .version("4.4.1", |good| {
                    good.published(before).dependency("ms", "^2.1.3")
                })
                .version("4.4.2", |bad| {
                    bad.published(then).dependency("ms", "^2.1.3")
                })
        })
        .package("ansi-styles", |package| {
            package
                .version("6.2.1", |good| good.published(before))
                .version("6.2.2", |bad| bad.published(then))
        })
        .package("wrap-ansi", |package| {
            package
                .version("9.0.0", |good| {
                    good.published(before).dependency("ansi-styles", "^6.2.1")
                })
                .version("9.0.1", |bad| {
                    bad.published(then).dependency("ansi-styles", "^6.2.1")
                })
        })
        .start_blocking()
}

/// A person at a shell, and the page that is written of it.
struct Replay {
    folder: TempDir,
    npm: FakeNpm,
    mirror: Lazaret,
    token: String,
    page: String,
    commands: usize,
    /// Commands that did not end as they should.
    wrong: Vec<String>,
}

impl Replay {
    fn new() -> Self {
        let npm = registry();
        // Those versions are old by now; on the day itself it was this line that let them in.
        let mirror = Start::new(npm.url())
            .config("[policy]\ncooldown = \"off\"\n")
            .start();
        let token = token(&mirror);
        let replay = Self {
            folder: TempDir::new().unwrap(),
            npm,
            mirror,
            token,
            page: String::new(),
            commands: 0,
            wrong: Vec::new(),
        };
        for folder in ["home", "bin", "project"] {
            fs::create_dir_all(replay.at(folder)).unwrap();
        }
        for (name, client) in [
            ("npm", &npm::NPM_11),
            ("pnpm", &pnpm::PNPM_10),
            ("yarn", &yarn_4::YARN_4),
        ] {
            let node = pinned("node-{arch}/bin/node");
            let Program::Script(script) = client.program else {
                unreachable!("these three are scripts");
            };
            let text = format!(
                "#!/bin/sh\nexec {} {} \"$@\"\n",
                node.display(),
                pinned(script).display()
            );
            let path = replay.at("bin").join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_lazaret"), replay.at("bin/lazaret"))
            .unwrap();
        replay
    }

    fn at(&self, path: &str) -> std::path::PathBuf {
        self.folder.path().join(path)
    }

    fn project(&self, client: &Client, name: &str, dependencies: &[(&str, &str)]) {
        let folder = self.at("home").join(name);
        fs::create_dir_all(&folder).unwrap();
        let dependencies: serde_json::Map<_, _> = dependencies
            .iter()
            .map(|(name, range)| ((*name).to_owned(), json!(range)))
            .collect();
        let manifest = json!({"name": name, "version": "1.0.0", "private": true, "dependencies": dependencies});
        let text = serde_json::to_string_pretty(&manifest).unwrap();
        fs::write(folder.join("package.json"), format!("{text}\n")).unwrap();
        for (file, text) in (client.settings)(self.mirror.url()).files {
            fs::write(folder.join(file), text).unwrap();
        }
    }

    fn say(&mut self, text: &str) {
        self.page.push_str(text);
        self.page.push('\n');
    }

    /// Runs a line of shell in a folder below the home, and writes down what it says and how it ends.
    fn run(&mut self, folder: &str, line: &str, ends_with: i32) -> String {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", &format!("{line} 2>&1")]);
        isolate(self.folder.path(), &mut command);
        let path = format!(
            "{}:{}:/usr/bin:/bin",
            self.at("bin").display(),
            self.at("programs").display()
        );
        command
            .current_dir(self.at("home").join(folder))
            .env("PATH", path)
            .env("LAZARET_SERVER", self.mirror.url())
            .env("LAZARET_DATA", self.mirror.data())
            .env("LAZARET_TOKEN", &self.token)
            .env("npm_config_update_notifier", "false")
            .env("npm_config_fund", "false")
            .env("COLUMNS", "120");
        let output = command.stdin(Stdio::null()).output().unwrap();
        let said = self.normal(&String::from_utf8_lossy(&output.stdout));
        let code = output.status.code();
        if code != Some(ends_with) {
            // The day goes on: one look at the page shows everything that is not as it should be.
            self.wrong
                .push(format!("{line} ends with {code:?}\n{said}"));
        }
        let shown = line.replace(self.mirror.url(), "$LAZARET_SERVER");
        let at = match folder {
            "" => "~".to_owned(),
            folder => format!("~/{folder}"),
        };
        let _ = writeln!(self.page, "```console\n{at}$ {shown}\n{}```\n", said);
        if ends_with != 0 {
            let _ = writeln!(self.page, "It ends with {ends_with}.\n");
        }
        self.commands += 1;
        said
    }

    /// Without what differs from one run to the next: addresses, folders, times, and how long something took.
    fn normal(&self, text: &str) -> String {
        let home = self.at("home").display().to_string();
        let text = text
            .replace(self.mirror.url(), "http://127.0.0.1:4040")
            .replace(self.npm.origin(), "https://registry.example")
            .replace(&home, "~");
        let mut normal = String::new();
        for line in text.lines() {
            // How much was searched depends on how long paths are here, and how much is known grows.
            let line = match line.contains(" looked for in ") {
                true => {
                    "campaigns and advisories looked for in [files, archives, packages, lockfiles]"
                        .to_owned()
                }
                false => without_times(line),
            };
            let _ = writeln!(normal, "{}", line.trim_end());
        }
        normal
    }
}

/// RFC 3339 times become `[time]`, what stands in columns keeps two spaces, and durations become `[moment]`.
fn without_times(line: &str) -> String {
    let words = line.split(' ').map(|word| {
        let bare = word.trim_matches(|end: char| !end.is_ascii_alphanumeric());
        let is_time = bare.len() >= 20
            && bare.ends_with('Z')
            && bare.as_bytes()[4] == b'-'
            && bare.contains('T');
        let is_duration = ["ms", "s"].iter().any(|unit| {
            bare.strip_suffix(unit)
                .is_some_and(|number| !number.is_empty() && number.parse::<f64>().is_ok())
        });
        match (is_time, is_duration) {
            (true, _) => word.replace(bare, "[time]"),
            (_, true) => word.replace(bare, "[moment]"),
            _ => word.to_owned(),
        }
    });
    let line = words.collect::<Vec<_>>().join(" ");
    match line.contains("[time]") {
        // Times of other lengths would move the columns.
        true => {
            let indent = line.len() - line.trim_start().len();
            let cells: Vec<&str> = line
                .trim_start()
                .split("  ")
                .map(str::trim)
                .filter(|cell| !cell.is_empty())
                .collect();
            format!("{}{}", " ".repeat(indent), cells.join("  "))
        }
        false => line,
    }
}

const HEAD: &str = "# The eighth of September, once more

Written by a test that runs every command below (`scripts/incident-replay`); do not edit. Times, ports, durations and counts of what was
searched are left out.

On 8 September 2025 one phished maintainer was enough to put wallet-stealing code into chalk, debug and 18 more packages. Here is
that day from the side of a team with lazaret, and with its guard down: its mirror has `cooldown = \"off\"`. (With the shipped policy
the story ends before it begins: what is younger than three days is not served.) The packages have the names, versions and times of
that day, and do nothing.

The team has three projects: `shop` (npm), `api` (pnpm) and `site` (yarn). All install through the mirror.
";

#[test]
fn the_eighth_of_september() {
    let mut replay = Replay::new();
    replay.project(
        &npm::NPM_11,
        "shop",
        &[("chalk", "^5.6.1"), ("debug", "^4.4.1")],
    );
    replay.project(
        &pnpm::PNPM_10,
        "api",
        &[("debug", "^4.4.0"), ("wrap-ansi", "^9.0.0")],
    );
    replay.project(&yarn_4::YARN_4, "site", &[("chalk-template", "^1.1.0")]);
    replay.say(HEAD);

    replay.say("## 13:20, three installs\n\nNobody knows anything yet.\n");
    replay.run("shop", "npm install --silent && npm ls", 0);
    replay.run("api", "pnpm install --silent && pnpm ls --depth 1", 0);
    replay.run("site", "yarn install >install.log && yarn why chalk", 0);

    let begun = Instant::now();
    replay.say("## 15:30, the first advisory\n\nIt names one version of one package. From here on the clock runs.\n");
    let record = json!({
        "schema_version": "1.7.5",
        "id": "MAL-2025-46969",
        "modified": jiff::Timestamp::now().to_string(),
        "summary": "Malicious code in chalk (npm)",
        "affected": [{"package": {"ecosystem": "npm", "name": "chalk"}, "versions": ["5.6.1"]}],
    });
    fs::write(replay.at("home/MAL-2025-46969.json"), record.to_string()).unwrap();
    replay.run("", "lazaret advisories import MAL-2025-46969.json", 0);
    replay.mirror.wait_for_log("new advisories are in force");
    replay.mirror.wait_for_log("recalled");
    replay.say("The mirror needs no restart: from now on it refuses the version, whatever lockfiles say.\n");
    replay.run(
        "",
        "lazaret why chalk@5.6.1 --server $LAZARET_SERVER | head -n 6",
        0,
    );
    replay.say("## Who has it?\n");
    replay.run("", "lazaret who-has chalk@5.6.1", 1);
    replay.run(
        "",
        "lazaret who-has chalk@5.6.1 --format json >who-has.json; wc -l <who-has.json",
        0,
    );
    replay.say("## Where is it?\n\nThe advisory knows one version; the shipped indicators know the campaign that it belongs to.\n");
    replay.run("", "lazaret scan shop api site", 5);
    replay.run(
        "",
        "lazaret scan shop api site --format json >scan.json; echo $?",
        0,
    );

    replay.say("## Out with it\n\nFirst only shown:\n");
    replay.run("", "lazaret fix shop --server $LAZARET_SERVER", 1);
    replay.say("Then for good, proven by each package manager before anything is written:\n");
    let report = "--report incident.md --scan scan.json --who-has who-has.json";
    replay.run(
        "",
        &format!("lazaret fix shop --server $LAZARET_SERVER --verify --yes {report}"),
        0,
    );
    replay.run(
        "",
        "lazaret fix api --server $LAZARET_SERVER --verify --yes",
        0,
    );
    replay.run(
        "",
        "lazaret fix site --server $LAZARET_SERVER --verify --yes",
        0,
    );

    replay.say("## Clean?\n");
    replay.run(
        "shop",
        "rm -rf node_modules && npm cache clean --force --silent; npm ci --silent && npm ls",
        0,
    );
    replay.run("api", "rm -rf node_modules \"$(pnpm store path)\" && pnpm install --frozen-lockfile --silent && pnpm ls --depth 1", 0);
    replay.run("site", "rm -rf node_modules && yarn cache clean --all >install.log && yarn install --immutable >install.log && yarn why chalk", 0);
    replay.run("", "lazaret check", 0);
    replay.run("", "lazaret scan shop api site", 0);

    let took = begun.elapsed();
    assert!(
        took < Duration::from_secs(300),
        "from the advisory to clean: {took:?}"
    );
    replay.say("## The report\n\n`incident.md`, as `lazaret fix` wrote it:\n");
    let report = replay.normal(&fs::read_to_string(replay.at("home/incident.md")).unwrap());
    let report: String = report
        .lines()
        .map(|line| match line.strip_prefix("Written ") {
            Some(_) => {
                "    Written [time] by `lazaret fix` over `shop/package-lock.json`.\n".to_owned()
            }
            None => format!("    {line}").trim_end().to_owned() + "\n",
        })
        .collect();
    replay.page.push_str(&report);
    let commands = replay.commands;
    let _ = write!(
        replay.page,
        "\n{commands} commands in all, the installs of the morning included. From the advisory to clean it takes less than five minutes, or\nthe test that writes this page fails.\n"
    );
    assert!(
        replay.wrong.is_empty(),
        "{}\n\n{}",
        replay.page,
        replay.wrong.join("\n\n")
    );
    holds(&replay.page);
}

fn holds(text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/incident-replay.md");
    if std::env::var_os("LAZARET_BLESS").is_some() {
        fs::write(&path, text).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    let differ = written
        .lines()
        .zip(text.lines())
        .find(|(one, other)| one != other);
    assert!(
        written == text,
        "docs/incident-replay.md is not what happens now: run scripts/incident-replay; the first difference: {differ:?}"
    );
}
