//! Files and entries that start something again by themselves.

use super::{Detector, Looks};
use crate::api;
use crate::command::{self, Deed};
use crate::facts::Call;
use crate::files::{place_in, written};
use crate::finding::{Phase, Severity};
use crate::found::Found;
use crate::view::FileView;

pub(super) const DETECTOR: Detector = Detector {
    id: "autostart",
    title: "Makes something start by itself",
    severity: Severity::High,
    cold: Severity::High,
    page: include_str!("autostart.md"),
    looks: Looks::File(look),
};

/// In lower case. What the system or a log-in starts.
const STARTED: &[&str] = &[
    "library/launchagents",
    "library/launchdaemons",
    "systemd/system",
    "systemd/user",
    ".config/autostart",
    "etc/xdg/autostart",
    "etc/init.d",
    "etc/rc.local",
    "etc/crontab",
    "etc/cron.d",
    "etc/cron.daily",
    "etc/cron.hourly",
    "var/spool/cron",
    "etc/profile.d",
    "etc/profile",
    "etc/ld.so.preload",
    "start menu/programs/startup",
    "programs/startup",
];
/// What a shell reads when it starts.
const SHELLS: &[&str] = &[
    ".bashrc",
    ".bash_profile",
    ".bash_login",
    ".profile",
    ".zshrc",
    ".zshenv",
    ".zprofile",
    ".zlogin",
    ".config/fish/config.fish",
    "microsoft.powershell_profile.ps1",
];

/// What a package manager runs or obeys when it is next used in a project.
const MANAGERS: &[&str] = &[
    ".pnpmfile.cjs",
    ".yarnrc.yml",
    ".yarn/plugins",
    ".yarn/releases",
];

/// What other tools of a developer run or obey whenever they start, whichever project they are started in.
const TOOLS: &[&str] = &[
    ".gradle/init.d",
    ".gradle/init.gradle",
    ".gradle/init.gradle.kts",
    ".m2/settings.xml",
    ".m2/extensions.xml",
    ".cargo/config.toml",
    ".config/pip/pip.conf",
    ".pip/pip.conf",
    "sitecustomize.py",
    "usercustomize.py",
    ".bundle/config",
    ".irbrc",
    ".gdbinit",
    ".lldbinit",
    ".vimrc",
    ".config/nvim/init.lua",
    ".config/nvim/init.vim",
    ".emacs.d/init.el",
    ".tmux.conf",
    ".ssh/rc",
    ".ssh/config",
];

fn look(file: &FileView<'_>, found: &mut Found) {
    for call in &file.facts.calls {
        let Some((severity, message)) = judged(call, file.phase_of(call.function)) else {
            continue;
        };
        found.call(call).severity(severity).message(message).add();
    }
}

fn judged(call: &Call, phase: Phase) -> Option<(Severity, String)> {
    for file in written(call) {
        let path = &file.path;
        if place_in(path, STARTED).is_some() {
            return Some((
                Severity::High,
                format!("writes {path}, which the system starts"),
            ));
        }
        if place_in(path, MANAGERS).is_some() {
            return Some((
                Severity::High,
                format!("writes {path}, which a package manager obeys"),
            ));
        }
        if place_in(path, TOOLS).is_some() {
            return Some((
                Severity::High,
                format!("writes {path}, which another tool obeys whenever it starts"),
            ));
        }
        if place_in(path, SHELLS).is_some() {
            // Commands offer to complete themselves in a shell, and are asked to.
            let severity = if matches!(phase, Phase::Bin | Phase::Call) {
                Severity::Medium
            } else {
                Severity::High
            };
            return Some((severity, format!("writes {path}, which every shell reads")));
        }
    }
    let callee = api::plain(&call.callee);
    let registry = [
        "winreg",
        "regedit",
        "windows-registry",
        "native-reg",
        "registry-js",
    ]
    .iter()
    .any(|module| callee.starts_with(module));
    if registry && has_run_key(call) {
        return Some((Severity::High, "adds to what Windows starts".to_owned()));
    }
    if matches!(
        callee,
        "auto-launch"
            | "node-windows.Service"
            | "node-mac.Service"
            | "node-linux.Service"
            | "app.setLoginItemSettings"
            | "electron.app.setLoginItemSettings"
    ) {
        return Some((
            Severity::Medium,
            "registers a program that starts by itself".to_owned(),
        ));
    }
    let line = api::command_line(call)?;
    command::read(&line).does(Deed::Autostarts).then(|| {
        (
            Severity::High,
            "runs a command that makes something start by itself".to_owned(),
        )
    })
}

fn has_run_key(call: &Call) -> bool {
    let mut has = false;
    for arg in &call.args {
        arg.texts(&mut |text| has |= text.to_ascii_lowercase().contains("currentversion\\run"));
    }
    has
}
