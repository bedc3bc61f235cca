//! `[watch]`: how `lazaret watch` goes about; its tables have no flags.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use lazaret_project::watch::event::KINDS;
use serde::Deserialize;

use super::did_you_mean;
use crate::surroundings::Surroundings;

/// Tables below `[watch]` that are no keys.
pub(super) const TABLES: &[&str] = &["mail", "sources"];

/// The section.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Watch {
    /// Minutes.
    pub(crate) interval: i64,
    pub(crate) budget: u32,
    pub(crate) burst_packages: usize,
    /// Minutes.
    pub(crate) burst_minutes: i64,
    /// Days.
    pub(crate) digest: i64,
    pub(crate) desktop: bool,
    #[serde(flatten)]
    pub(crate) tables: Tables,
}

/// What has no flags.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub(crate) struct Tables {
    pub(crate) mail: Option<Mail>,
    #[serde(default)]
    pub(crate) sources: Vec<Source>,
}

/// How e-mail is sent.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Mail {
    server: String,
    #[serde(default)]
    pub(crate) tls: Protection,
    pub(crate) from: String,
    #[serde(default)]
    pub(crate) to: Vec<String>,
    pub(crate) user: Option<String>,
    password_file: Option<PathBuf>,
    password_variable: Option<String>,
    events: Option<Vec<String>>,
}

/// How the way to the mail server is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Protection {
    /// From the first command on that asks for it; without it nothing is sent.
    #[default]
    Starttls,
    Tls,
    None,
}

/// A source of early warnings.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) url: Option<String>,
    pub(crate) path: Option<PathBuf>,
    /// Minutes.
    #[serde(default = "hourly")]
    pub(crate) every: u16,
}

fn hourly() -> u16 {
    60
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Osv,
    Json,
    Rss,
    Atom,
}

impl Mail {
    /// Host and port.
    ///
    /// # Errors
    /// When it is no `host` or `host:port`.
    pub(crate) fn server(&self) -> anyhow::Result<(String, u16)> {
        let usual = match self.tls {
            Protection::Starttls => 587,
            Protection::Tls => 465,
            Protection::None => 25,
        };
        let (host, port) = match self.server.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
                let port = port.parse().ok();
                (host, port.context("the port of its server is no number")?)
            }
            _ => (self.server.as_str(), usual),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        ensure!(!host.is_empty(), "its server has no name");
        Ok((host.to_owned(), port))
    }

    /// The password that files and variables say. Paths count from `base`.
    ///
    /// # Errors
    /// When it is said in two ways or cannot be read, or would be sent in the clear over a network.
    pub(crate) fn password(
        &self,
        base: &Path,
        surroundings: &Surroundings,
    ) -> anyhow::Result<Option<String>> {
        let password = match (&self.password_file, &self.password_variable) {
            (Some(_), Some(_)) => {
                anyhow::bail!("say its password in one way: password-file or password-variable")
            }
            (Some(file), None) => {
                let path = base.join(file);
                let text = std::fs::read_to_string(&path)
                    .with_context(|| format!("cannot read {}", path.display()))?;
                Some(text.trim().to_owned())
            }
            (None, Some(variable)) => {
                let value = surroundings.variable(variable);
                Some(
                    value
                        .with_context(|| format!("the variable {variable} is not set"))?
                        .to_owned(),
                )
            }
            (None, None) => None,
        };
        ensure!(
            password.is_some() == self.user.is_some(),
            "user and password belong together: say password-file or password-variable"
        );
        if password.is_some() && self.tls == Protection::None {
            let (host, _) = self.server()?;
            let is_here = host == "localhost"
                || host
                    .parse()
                    .is_ok_and(|address: std::net::IpAddr| address.is_loopback());
            ensure!(
                is_here,
                "a password is not sent over a network in the clear: use tls = \"starttls\" or \"tls\""
            );
        }
        Ok(password)
    }

    /// Names of events, checked; all without.
    ///
    /// # Errors
    /// Names one that there is not.
    pub(crate) fn events(&self) -> anyhow::Result<Option<BTreeSet<String>>> {
        let Some(events) = &self.events else {
            return Ok(None);
        };
        for event in events {
            ensure!(
                KINDS.contains(&event.as_str()),
                "there is no event {event:?}{}",
                did_you_mean(event, KINDS)
            );
        }
        Ok(Some(events.iter().cloned().collect()))
    }
}

/// Checks what no schema says of sources.
///
/// # Errors
/// The first mistake, with the name of its source.
pub(crate) fn check(sources: &[Source]) -> anyhow::Result<()> {
    let mut names = BTreeSet::new();
    for source in sources {
        let name = &source.name;
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        ensure!(
            (1..=40).contains(&name.len()) && name.chars().all(is_plain),
            "the name of a source must have 1 to 40 letters, digits, `-`, `_` and `.`"
        );
        ensure!(
            names.insert(name),
            "two [[watch.sources]] are named {name:?}"
        );
        ensure!(
            source.url.is_some() != source.path.is_some(),
            "say where the source {name:?} is in one way: url or path"
        );
        ensure!(
            source.every > 0,
            "the source {name:?} cannot be asked every 0 minutes"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(text: &str) -> anyhow::Result<(String, u16, Option<String>)> {
        let text = format!("from = \"a@ours.example\"\n{text}");
        let mail: Mail = toml::from_str(&text)?;
        let surroundings = Surroundings {
            variables: [("PASSWORD".to_owned(), "s3cr3t".to_owned())].into(),
            ..Surroundings::default()
        };
        mail.events()?;
        let (host, port) = mail.server()?;
        Ok((
            host,
            port,
            mail.password(Path::new("/nowhere"), &surroundings)?,
        ))
    }

    #[test]
    fn a_mail_server_has_the_usual_port_unless_it_says_one() {
        for (text, host, port) in [
            ("server = \"smtp.example\"", "smtp.example", 587),
            (
                "server = \"smtp.example\"\ntls = \"tls\"",
                "smtp.example",
                465,
            ),
            ("server = \"smtp.example:2525\"", "smtp.example", 2525),
            ("server = \"[::1]:25\"\ntls = \"none\"", "::1", 25),
        ] {
            assert_eq!(mail(text).unwrap(), (host.to_owned(), port, None), "{text}");
        }
    }

    #[test]
    fn mistakes_are_told_and_passwords_are_not() {
        let user = "user = \"me\"\npassword-variable = \"PASSWORD\"\n";
        assert!(
            mail(&format!(
                "server = \"127.0.0.1:25\"\ntls = \"none\"\n{user}"
            ))
            .is_ok()
        );
        for (text, expected) in [
            (
                format!("server = \"smtp.example\"\ntls = \"none\"\n{user}"),
                "in the clear",
            ),
            (
                "server = \"smtp.example\"\nuser = \"me\"".to_owned(),
                "belong together",
            ),
            ("server = \"smtp.example:x\"".to_owned(), "no number"),
            ("server = \":25\"".to_owned(), "no name"),
            (
                "server = \"smtp.example\"\nevents = [\"brust\"]".to_owned(),
                "did you mean `burst`",
            ),
            (
                "server = \"smtp.example\"\npassword = \"s3cr3t\"".to_owned(),
                "unknown field",
            ),
            (
                format!("server = \"smtp.example\"\npassword-file = \"x\"\n{user}"),
                "in one way",
            ),
        ] {
            let error = format!("{:#}", mail(&text).unwrap_err());
            assert!(error.contains(expected), "{expected}: {error}");
        }
    }

    #[test]
    fn webhooks_can_ask_for_every_event() {
        for kind in KINDS {
            assert!(lazaret_server::WEBHOOK_EVENTS.contains(kind), "{kind}");
        }
    }

    #[test]
    fn a_source_is_one_thing_with_one_name() {
        let sources = |text: &str| {
            let tables: Tables = toml::from_str(text).unwrap();
            check(&tables.sources).map_err(|error| error.to_string())
        };
        let one = "[[sources]]\nname = \"a\"\nkind = \"rss\"\nurl = \"https://news.example/\"\n";
        assert_eq!(sources(one), Ok(()));
        assert!(sources(&format!("{one}{one}")).unwrap_err().contains("two"));
        assert!(
            sources(&format!("{one}path = \"x\""))
                .unwrap_err()
                .contains("one way")
        );
        assert!(
            sources(&format!("{one}every = 0"))
                .unwrap_err()
                .contains("0 minutes")
        );
        assert!(
            sources(&one.replace("\"a\"", "\"a b\""))
                .unwrap_err()
                .contains("1 to 40")
        );
    }
}
