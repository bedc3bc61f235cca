//! E-mail by SMTP: plain text, one message an event.

use crate::config::Loaded;
use crate::config::watch::{Mail as Settings, Protection};
use crate::surroundings::Surroundings;
use anyhow::{Context, bail};
use lazaret_project::watch::Event;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Mailboxes, MessageBuilder};
use lettre::transport::smtp::SmtpTransport;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{Message, Transport};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

/// How long connecting, and each answer of the server, may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where e-mail goes.
pub(super) struct Mail {
    transport: SmtpTransport,
    from: Mailbox,
    to: Mailboxes,
    /// Names of events; all without.
    pub(super) events: Option<BTreeSet<String>>,
}

impl Mail {
    /// What is configured, and who is named on the command line; nothing if nobody is to get any.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn open(
        loaded: &Loaded,
        surroundings: &Surroundings,
        more: &[String],
    ) -> anyhow::Result<Option<Self>> {
        let Some(settings) = &loaded.config.watch.tables.mail else {
            if !more.is_empty() {
                bail!("--mail-to needs a server: write [watch.mail] into lazaret.toml");
            }
            return Ok(None);
        };
        let mut to = Mailboxes::new();
        for address in settings.to.iter().chain(more) {
            to.push(mailbox(address)?);
        }
        if to.iter().next().is_none() {
            return Ok(None);
        }
        let base = loaded.file.as_deref().and_then(Path::parent);
        let password = settings.password(base.unwrap_or(&surroundings.directory), surroundings)?;
        let ca = loaded.config.upstream.extra_ca()?;
        Ok(Some(Self {
            transport: transport(settings, password, ca.as_deref())?,
            from: mailbox(&settings.from)?,
            to,
            events: settings.events()?,
        }))
    }

    /// Sends a message, once.
    ///
    /// # Errors
    /// When the server did not take it.
    pub(super) fn send(&self, event: &Event, subject: &str, text: &str) -> anyhow::Result<()> {
        let builder: MessageBuilder = Message::builder()
            .from(self.from.clone())
            .subject(subject)
            // The same for the same news: who has it already shows it once.
            .message_id(Some(format!("<{}@lazaret.invalid>", event.id)))
            .header(ContentType::TEXT_PLAIN);
        let builder = builder.mailbox(lettre::message::header::To::from(self.to.clone()));
        let message = builder.body(text.to_owned())?;
        let answer = self.transport.send(&message)?;
        if !answer.is_positive() {
            bail!("the mail server answered {}", answer.code());
        }
        Ok(())
    }
}

fn mailbox(address: &str) -> anyhow::Result<Mailbox> {
    address
        .parse()
        .with_context(|| format!("{address:?} is no e-mail address"))
}

fn transport(
    settings: &Settings,
    password: Option<String>,
    ca: Option<&[u8]>,
) -> anyhow::Result<SmtpTransport> {
    let (host, port) = settings.server()?;
    let parameters = || -> anyhow::Result<TlsParameters> {
        let mut parameters = TlsParameters::builder(host.clone());
        if let Some(pem) = ca {
            parameters = parameters.add_root_certificate(Certificate::from_pem(pem)?);
        }
        Ok(parameters.build()?)
    };
    let tls = match settings.tls {
        Protection::Starttls => Tls::Required(parameters()?),
        Protection::Tls => Tls::Wrapper(parameters()?),
        Protection::None => Tls::None,
    };
    let mut builder = SmtpTransport::builder_dangerous(&host)
        .port(port)
        .tls(tls)
        .timeout(Some(PATIENCE));
    if let (Some(user), Some(password)) = (settings.user.clone(), password) {
        builder = builder.credentials(Credentials::new(user, password));
    }
    Ok(builder.build())
}
