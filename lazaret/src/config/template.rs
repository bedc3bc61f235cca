//! The file that `lazaret config init` writes: every key with its default, commented out.

use super::keys::{Default, Flag, KEYS, SECTIONS};
use super::kind::Kind;
use std::fmt::Write;

/// Long comments are broken here.
const WIDTH: usize = 110;

/// The text of a `lazaret.toml` that changes nothing.
pub(crate) fn template() -> String {
    let mut text = String::from(
        "# lazaret.toml: what is commented out is the default. Every key is explained in docs/reference/config.md.\n",
    );
    for (section, about) in SECTIONS {
        let _ = write!(text, "\n# {about}\n[{section}]\n");
        for key in KEYS
            .iter()
            .filter(|key| key.section() == *section && !matches!(key.kind, Kind::Rules))
        {
            let outside = match key.flag {
                Flag::Both(flag) => {
                    format!(" Also --{flag} and {}.", key.variable().unwrap_or_default())
                }
                Flag::VariableOnly(_) => format!(" Also {}.", key.variable().unwrap_or_default()),
                Flag::None => String::new(),
            };
            let unit = match key.kind {
                Kind::Number { unit, .. } => format!(" In {unit}."),
                _ => String::new(),
            };
            for line in wrapped(&format!("{}{unit}{outside}", key.help)) {
                let _ = writeln!(text, "# {line}");
            }
            let _ = match key.default {
                Default::Value(literal) => writeln!(text, "#{} = {literal}", key.name()),
                Default::Unset(meaning) => {
                    writeln!(text, "#{} = ...   # not set: {meaning}", key.name())
                }
            };
        }
    }
    text.push_str(RULES);
    text
}

const RULES: &str = r#"
# Packages and ranges that are not let through, whatever else holds.
#[[policy.deny]]
#package = "left-pad@<1.3.0"      # a name, name@range or a pattern such as @scope/*
#reason = "why, for those who are refused"
#effect = "block"                 # or "quarantine", "note"
#until = 2026-12-31               # optional: the end of that day, UTC

# Packages and ranges that need not wait. Never lifts `malicious` or a deny.
#[[policy.allow]]
#package = "our-fork@*"
#reason = "why, for those who come after you"
#until = 2026-12-31

# Who is told when something is held, released, blocked or recalled: docs/webhooks.md.
#[[webhooks]]
#name = "ops"
#url = "https://hooks.example/lazaret"   # or url-file, url-variable
#secret-file = "webhook-secret"          # or secret-variable; messages are signed with it
#format = "json"                         # or "slack"
#events = ["recalled", "blocked"]        # all without it

# Early warnings of others, and e-mail: docs/watch.md.
#[[watch.sources]]
#name = "news"
#kind = "rss"                            # or "atom", "json", "osv"
#url = "https://news.example/feed.xml"   # or path
#every = 30                              # minutes

#[watch.mail]
#server = "smtp.example:587"
#from = "lazaret@ours.example"
#to = ["security@ours.example"]
#user = "lazaret"
#password-variable = "SMTP_PASSWORD"     # or password-file
"#;

fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.len() + 1 + word.len() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
