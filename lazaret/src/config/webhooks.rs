//! `[[webhooks]]`: who is told what. Tables of the file, without flags: a message's address is often a secret itself.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use lazaret_server::{WEBHOOK_EVENTS, WebhookFormat};
use lazaret_upstream::Poster;
use serde::Deserialize;
use url::Url;

use super::{Secret, did_you_mean};
use crate::surroundings::Surroundings;

/// How long the first failure waits.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// Shorter secrets can be guessed.
const LEAST_SECRET: usize = 16;

/// One table.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Webhook {
    name: String,
    url: Option<Secret>,
    url_file: Option<PathBuf>,
    url_variable: Option<String>,
    secret_file: Option<PathBuf>,
    secret_variable: Option<String>,
    #[serde(default)]
    format: Format,
    /// All of them without it.
    events: Option<Vec<String>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Json,
    Slack,
}

/// The webhooks of a configuration, with what files and variables say. Paths count from `base`.
///
/// # Errors
/// The first mistake, with the name of its webhook; an address is not repeated.
pub(crate) fn read(
    all: &[Webhook],
    base: &Path,
    surroundings: &Surroundings,
    extra_ca: Option<&[u8]>,
) -> anyhow::Result<Vec<lazaret_server::Webhook>> {
    let mut names = BTreeSet::new();
    for webhook in all {
        ensure!(
            names.insert(&webhook.name),
            "two [[webhooks]] are named {:?}",
            webhook.name
        );
    }
    let read = |webhook: &Webhook| {
        webhook
            .read(base, surroundings, extra_ca)
            .with_context(|| format!("the webhook {:?} is not right", webhook.name))
    };
    all.iter().map(read).collect()
}

impl Webhook {
    fn read(
        &self,
        base: &Path,
        surroundings: &Surroundings,
        extra_ca: Option<&[u8]>,
    ) -> anyhow::Result<lazaret_server::Webhook> {
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        ensure!(
            (1..=40).contains(&self.name.len()) && self.name.chars().all(is_plain),
            "its name must have 1 to 40 letters, digits, `-`, `_` and `.`"
        );
        let given = |file: Option<&PathBuf>, variable: Option<&String>| -> anyhow::Result<_> {
            let text = match (file, variable) {
                (Some(file), _) => {
                    let path = base.join(file);
                    std::fs::read_to_string(&path)
                        .with_context(|| format!("cannot read {}", path.display()))?
                }
                (None, Some(variable)) => surroundings
                    .variable(variable)
                    .with_context(|| format!("the variable {variable} is not set"))?
                    .to_owned(),
                (None, None) => return Ok(None),
            };
            Ok(Some(text.trim().to_owned()))
        };
        let ways = [
            self.url.is_some(),
            self.url_file.is_some(),
            self.url_variable.is_some(),
        ];
        ensure!(
            ways.iter().filter(|given| **given).count() == 1,
            "say its address in one way: url, url-file or url-variable"
        );
        ensure!(
            self.secret_file.is_none() || self.secret_variable.is_none(),
            "say its secret in one way: secret-file or secret-variable"
        );
        let url = match &self.url {
            Some(url) => url.0.clone(),
            None => given(self.url_file.as_ref(), self.url_variable.as_ref())?.unwrap_or_default(),
        };
        // Not repeated, nor is the parser's message, which might.
        let Ok(url) = Url::parse(&url) else {
            bail!("its address is no URL");
        };
        let secret = given(self.secret_file.as_ref(), self.secret_variable.as_ref())?;
        let format = match self.format {
            Format::Json => WebhookFormat::Json,
            Format::Slack => WebhookFormat::Slack,
        };
        match &secret {
            None if format == WebhookFormat::Json => {
                bail!("messages in JSON are signed: say secret-file or secret-variable")
            }
            Some(secret) if secret.len() < LEAST_SECRET => {
                bail!("its secret must have {LEAST_SECRET} characters or more")
            }
            _ => {}
        }
        let mut events: BTreeSet<String> = BTreeSet::new();
        for event in self.events.iter().flatten() {
            ensure!(
                WEBHOOK_EVENTS.contains(&event.as_str()),
                "there is no event {event:?}{}",
                did_you_mean(event, WEBHOOK_EVENTS)
            );
            events.insert(event.clone());
        }
        if self.events.is_none() {
            events.extend(WEBHOOK_EVENTS.iter().map(|&event| event.to_owned()));
        }
        Ok(lazaret_server::Webhook {
            name: self.name.clone(),
            poster: Arc::new(Poster::new(url, extra_ca)?),
            secret: secret.map(String::into_bytes),
            events,
            format,
            retry_after: RETRY_AFTER,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Webhook, read};
    use crate::surroundings::Surroundings;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct File {
        webhooks: Vec<Webhook>,
    }

    fn told(text: &str) -> Result<Vec<String>, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let surroundings = Surroundings {
            variables: [
                ("HOOK_SECRET".to_owned(), "0123456789abcdef".to_owned()),
                (
                    "HOOK_URL".to_owned(),
                    "https://chat.example/T1/B2".to_owned(),
                ),
                ("SHORT".to_owned(), "abc".to_owned()),
            ]
            .into(),
            ..Surroundings::default()
        };
        let base = std::path::Path::new("/nowhere");
        let read = read(&file.webhooks, base, &surroundings, None);
        let read = read.map_err(|error| format!("{error:#}"))?;
        Ok(read.iter().map(|hook| format!("{hook:?}")).collect())
    }

    #[test]
    fn addresses_and_secrets_come_from_variables_and_are_not_shown() {
        let hooks = told(
            "[[webhooks]]\nname = \"ops\"\nurl = \"http://127.0.0.1:1/x?key=7\"\nsecret-variable = \"HOOK_SECRET\"\n\
             events = [\"recalled\", \"blocked\"]\n\
             [[webhooks]]\nname = \"team\"\nformat = \"slack\"\nurl-variable = \"HOOK_URL\"\n",
        )
        .unwrap();
        assert_eq!(
            hooks[0],
            "Webhook { name: \"ops\", events: {\"blocked\", \"recalled\"}, format: Json, .. }"
        );
        assert!(hooks[1].contains("\"feed-stale\""), "{}", hooks[1]);
        assert!(!hooks.concat().contains("0123") && !hooks.concat().contains("T1"));
    }

    #[test]
    fn mistakes_are_told_without_the_address() {
        let ops = "[[webhooks]]\nname = \"ops\"\nurl = \"https://hooks.example/s3cr3t\"\n";
        for (text, expected) in [
            (ops.to_owned(), "messages in JSON are signed"),
            (
                format!("{ops}secret-variable = \"SHORT\""),
                "16 characters or more",
            ),
            (
                format!("{ops}secret-variable = \"NONE\""),
                "NONE is not set",
            ),
            (
                format!("{ops}secret-file = \"key\""),
                "cannot read /nowhere/key",
            ),
            (format!("{ops}url-variable = \"HOOK_URL\""), "in one way"),
            (
                format!("{ops}format = \"slack\"\n{ops}format = \"slack\""),
                "two [[webhooks]]",
            ),
            (
                format!("{ops}format = \"slack\"\nevents = [\"recaled\"]"),
                "did you mean `recalled`",
            ),
            (format!("{ops}secret = \"abc\""), "unknown field `secret`"),
            (ops.replace("ops", "a b"), "its name must have"),
            (
                ops.replace("https", "ftp") + "format = \"slack\"",
                "http:// or https://",
            ),
            (
                ops.replace("https://", "") + "format = \"slack\"",
                "is no URL",
            ),
        ] {
            let error = told(&text).unwrap_err();
            assert!(error.contains(expected), "{expected}: {error}");
            assert!(
                !error.contains("s3cr3t") || expected.contains("unknown field"),
                "{error}"
            );
        }
    }
}
