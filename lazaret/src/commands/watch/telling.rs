//! Who is told: the terminal, webhooks, e-mail, the desktop. Each gets each letter until it has it.

use super::Watch as Command;
use super::mail::Mail;
use crate::config::{self, Loaded};
use crate::exit::{Exit, Failure};
use crate::output::{self, Format};
use crate::surroundings::Surroundings;
use anyhow::{Context, bail, ensure};
use jiff::Timestamp;
use lazaret_npm::text::printable_up_to;
use lazaret_project::watch::event::{KINDS, Urgency};
use lazaret_project::watch::{Event, Sink, Watch};
use lazaret_server::{Webhook, WebhookFormat};
use lazaret_upstream::Poster;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// The variable with the secret of `--webhook`.
const SECRET: &str = "LAZARET_WEBHOOK_SECRET";

/// Shorter secrets can be guessed.
const LEAST_SECRET: usize = 16;

/// How long a notification may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Characters of a notification.
const NOTE: usize = 400;

/// Everybody who is told.
pub(super) struct Telling {
    format: Format,
    webhooks: Vec<Webhook>,
    mail: Option<Mail>,
    desktop: Option<PathBuf>,
}

impl Telling {
    /// Those of the configuration and of the command line.
    ///
    /// # Errors
    /// What is wrong with one of them.
    pub(super) fn open(
        command: &Command,
        loaded: &Loaded,
        surroundings: &Surroundings,
    ) -> Result<Self, Failure> {
        let wrong = |error| Failure::new(Exit::WrongUse, error);
        let webhooks = webhooks(command, loaded, surroundings).map_err(wrong)?;
        let mail = Mail::open(loaded, surroundings, &command.mail_to)
            .context("[watch.mail] is not right")
            .map_err(wrong)?;
        let desktop = match loaded.config.watch.desktop {
            true => Some(notify_send(surroundings).ok_or_else(|| {
                Failure::wrong_use("--desktop: there is no `notify-send` on the PATH")
            })?),
            false => None,
        };
        Ok(Self {
            format: command.format,
            webhooks,
            mail,
            desktop,
        })
    }

    /// Their names, and what they want to know.
    pub(super) fn sinks(&self) -> Vec<Sink> {
        let sink = |name: &str, events| Sink {
            name: name.to_owned(),
            events,
        };
        let mut sinks = vec![sink("terminal", None)];
        sinks.extend(
            self.webhooks
                .iter()
                .map(|hook| sink(&format!("webhook:{}", hook.name), Some(hook.events.clone()))),
        );
        sinks.extend(
            self.mail
                .iter()
                .map(|mail| sink("mail", mail.events.clone())),
        );
        sinks.extend(self.desktop.iter().map(|_| sink("desktop", None)));
        sinks
    }

    /// Delivers what is due, each once. Gives what went wrong.
    pub(super) fn deliver(
        &self,
        watch: &mut Watch,
        runtime: &Runtime,
        is_once: bool,
        now: Timestamp,
    ) -> Vec<String> {
        let mut failures = Vec::new();
        // Who does not answer holds up nobody: the rest of theirs waits for the next look.
        let mut silent: BTreeSet<String> = BTreeSet::new();
        for (to, event) in watch.letters(is_once, now) {
            if silent.contains(&to) {
                continue;
            }
            match self.tell(&to, &event, runtime) {
                Ok(()) => watch.delivered(&to, &event.id),
                Err(error) => {
                    let again = match watch.failed(&to, &event.id, now) {
                        true => "it is tried again",
                        false => "it is given up",
                    };
                    silent.insert(to.clone());
                    failures.push(format!(
                        "{to} was not told of {}: {error:#}; {again}",
                        event.id
                    ));
                }
            }
        }
        failures
    }

    fn tell(&self, to: &str, event: &Event, runtime: &Runtime) -> anyhow::Result<()> {
        match to {
            "terminal" => {
                match self.format {
                    Format::Human => output::result(&output::event_text(event)),
                    Format::Json => output::line(event),
                }
                output::unwritten().map_or(Ok(()), |error| Err(error.into()))
            }
            "mail" => {
                let mail = self
                    .mail
                    .as_ref()
                    .context("there is no mail server any more")?;
                let text = anstream::adapter::strip_str(&output::event_text(event)).to_string();
                mail.send(event, &output::headline(event), &text)
            }
            "desktop" => notify(
                self.desktop
                    .as_deref()
                    .context("there is no desktop any more")?,
                event,
            ),
            hook => {
                let name = hook.strip_prefix("webhook:").unwrap_or_default();
                let mut hooks = self.webhooks.iter();
                let hook = hooks
                    .find(|hook| hook.name == name)
                    .context("there is no such webhook any more")?;
                self.post(hook, event, runtime)
            }
        }
    }

    fn post(&self, hook: &Webhook, event: &Event, runtime: &Runtime) -> anyhow::Result<()> {
        let body = match hook.format {
            WebhookFormat::Json => serde_json::to_string(event)?,
            WebhookFormat::Slack => Webhook::slack(&output::headline(event)),
        };
        let kind = event.news.kind();
        let sent = hook.send(&event.id, kind, &body, Timestamp::now());
        match runtime.block_on(sent) {
            (_, None) => Ok(()),
            (_, Some(why)) => bail!("{why}"),
        }
    }
}

fn webhooks(
    command: &Command,
    loaded: &Loaded,
    surroundings: &Surroundings,
) -> anyhow::Result<Vec<Webhook>> {
    let base = loaded.file.as_deref().and_then(Path::parent);
    let ca = loaded.config.upstream.extra_ca()?;
    let mut all = config::webhooks::read(
        &loaded.config.webhooks,
        base.unwrap_or(&surroundings.directory),
        surroundings,
        ca.as_deref(),
    )?;
    if command.webhook.is_empty() {
        return Ok(all);
    }
    let secret = surroundings.variable(SECRET).unwrap_or_default();
    ensure!(
        secret.len() >= LEAST_SECRET,
        "messages in JSON are signed: set {SECRET} to a secret of {LEAST_SECRET} characters or more"
    );
    for (index, url) in command.webhook.iter().enumerate() {
        all.push(Webhook {
            name: format!("--webhook-{}", index + 1),
            poster: Arc::new(Poster::new(url.clone(), ca.as_deref())?),
            secret: Some(secret.as_bytes().to_vec()),
            events: KINDS.iter().map(|&kind| kind.to_owned()).collect(),
            format: WebhookFormat::Json,
            // Its letters are kept by the watch itself.
            retry_after: Duration::ZERO,
        });
    }
    Ok(all)
}

/// Folders that depend on where we stand are left out.
fn notify_send(surroundings: &Surroundings) -> Option<PathBuf> {
    std::env::split_paths(surroundings.variable("PATH")?)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join("notify-send"))
        .find(|path| path.is_file())
}

/// Shows a notification. What authors wrote is an argument of its own, and no markup.
fn notify(program: &Path, event: &Event) -> anyhow::Result<()> {
    let urgency = match event.urgency {
        Urgency::Low => "low",
        Urgency::Normal => "normal",
        Urgency::High | Urgency::Critical => "critical",
    };
    let headline = output::headline(event);
    let body = printable_up_to(&headline, NOTE)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let mut child = std::process::Command::new(program)
        .args([
            "--app-name=lazaret",
            "--urgency",
            urgency,
            "--",
            "lazaret",
            &body,
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let started = Instant::now();
    loop {
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => bail!("notify-send ended with {status}"),
            None if started.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(20)),
            None => {
                let _ = child.kill();
                let _ = child.wait();
                bail!("notify-send took too long");
            }
        }
    }
}
