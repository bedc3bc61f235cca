//! Webhooks: who wants to be told what, and the messages. What is sent when is in `jobs/webhooks.rs`.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use lazaret_npm::text::printable_up_to;
use lazaret_store::{NewDelivery, RecordedNews, Role, WebhookChange, Write, random_id};
use lazaret_upstream::Poster;
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::sync::Notify;

use crate::access::{Caller, event, unwritten};
use crate::app::App;
use crate::mirror::broken_store;
use crate::problem::Problem;
use crate::web::path_to;

/// What can be told of.
pub const WEBHOOK_EVENTS: &[&str] = &[
    "held",
    "released",
    "blocked",
    "recalled",
    "integrity-changed",
    "feed-stale",
    "burst",
    // Of `lazaret watch` alone.
    "new-version",
    "advisory",
    "gone",
    "hint",
    "trouble",
    "digest",
];

/// Versions named in one message.
const NAMED: usize = 20;

/// Longest text of others in a message for people, in characters.
const TEXT: usize = 300;

/// Longest reason why a message was not delivered, in characters.
const ERROR: usize = 500;

/// How a message looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookFormat {
    /// JSON with a signature.
    Json,
    /// Text in JSON as Slack takes it.
    Slack,
}

/// Somebody who wants to be told.
#[derive(Clone)]
pub struct Webhook {
    /// What it is called in the record of deliveries.
    pub name: String,
    /// Where to send; often a secret itself.
    pub poster: Arc<Poster>,
    /// What messages are signed with; without, they are not.
    pub secret: Option<Vec<u8>>,
    /// Which of [`WEBHOOK_EVENTS`].
    pub events: BTreeSet<String>,
    /// How messages look.
    pub format: WebhookFormat,
    /// How long the first failure waits; later ones wait longer.
    pub retry_after: Duration,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Webhook")
            .field("name", &self.name)
            .field("events", &self.events)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

/// All of them.
#[derive(Default)]
pub(crate) struct Webhooks {
    pub(crate) all: Vec<Webhook>,
    /// There may be something to deliver.
    pub(crate) queued: Notify,
}

impl Webhook {
    /// What is sent along with a message at a moment.
    pub(crate) fn headers(
        &self,
        id: &str,
        event: &str,
        body: &str,
        now: Timestamp,
    ) -> anyhow::Result<HeaderMap> {
        const NAMES: [HeaderName; 4] = [
            HeaderName::from_static("x-lazaret-delivery"),
            HeaderName::from_static("x-lazaret-event"),
            HeaderName::from_static("x-lazaret-timestamp"),
            HeaderName::from_static("x-lazaret-signature"),
        ];
        let [delivery, kind, timestamp, signature] = NAMES;
        let seconds = now.as_second().to_string();
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(delivery, HeaderValue::from_str(id)?);
        headers.insert(kind, HeaderValue::from_str(event)?);
        if let Some(secret) = &self.secret {
            let signed = format!("sha256={}", sign(secret, &seconds, body)?);
            headers.insert(signature, HeaderValue::from_str(&signed)?);
        }
        headers.insert(timestamp, HeaderValue::from_str(&seconds)?);
        Ok(headers)
    }

    /// Sends a message, once. Gives the status that was answered, and what went wrong.
    pub async fn send(
        &self,
        id: &str,
        event: &str,
        body: &str,
        now: Timestamp,
    ) -> (Option<u16>, Option<String>) {
        let headers = match self.headers(id, event, body, now) {
            Ok(headers) => headers,
            Err(error) => return (None, Some(format!("it cannot be signed: {error}"))),
        };
        match self
            .poster
            .post(headers, Bytes::from(body.to_owned()))
            .await
        {
            Ok(posted) if (200..300).contains(&posted.status) => (Some(posted.status), None),
            Ok(posted) => {
                let what = match posted.status {
                    300..400 => "redirects are not followed".to_owned(),
                    _ => posted.excerpt,
                };
                let text = format!("answered {}: {what}", posted.status);
                (Some(posted.status), Some(text))
            }
            Err(error) => {
                let text = printable_up_to(&error.to_string(), ERROR).into_owned();
                (None, Some(text))
            }
        }
    }

    /// Lines of text as a message for Slack; they mention nobody and link nowhere.
    pub fn slack(text: &str) -> String {
        let lines: Vec<String> = text.lines().map(harmless).collect();
        slack(&lines.join("\n")).to_string()
    }
}

/// HMAC-SHA256 in hex of the seconds since 1970, a full stop, and the message.
fn sign(secret: &[u8], seconds: &str, body: &str) -> anyhow::Result<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret)?;
    mac.update(seconds.as_bytes());
    mac.update(b".");
    mac.update(body.as_bytes());
    let code = mac.finalize().into_bytes();
    Ok(lazaret_npm::hex(&code))
}

/// News of one kind about one package, which go into one message.
pub(crate) struct Message<'a> {
    kind: &'a str,
    news: Vec<&'a RecordedNews>,
}

/// News as messages, in the order in which they came up.
pub(crate) fn messages(news: &[RecordedNews]) -> Vec<Message<'_>> {
    let mut messages: Vec<Message<'_>> = Vec::new();
    for one in news {
        let of = &one.news;
        let same = messages.iter_mut().find(|message| {
            message.kind == of.kind && of.name.is_some() && message.news[0].news.name == of.name
        });
        match same {
            Some(message) => message.news.push(one),
            None => messages.push(Message {
                kind: &of.kind,
                news: vec![one],
            }),
        }
    }
    messages
}

impl Message<'_> {
    /// As a delivery to a webhook; `None` if that does not want to know.
    pub(crate) fn to(
        &self,
        hook: &Webhook,
        public_url: &str,
    ) -> anyhow::Result<Option<NewDelivery>> {
        if !hook.events.contains(self.kind) {
            return Ok(None);
        }
        let id = random_id()?;
        let body = match hook.format {
            WebhookFormat::Json => self.json(&id, public_url),
            WebhookFormat::Slack => slack(&self.text(public_url)),
        };
        Ok(Some(NewDelivery {
            id,
            hook: hook.name.clone(),
            event: self.kind.to_owned(),
            body: body.to_string(),
            at: Timestamp::now(),
        }))
    }

    fn json(&self, id: &str, public_url: &str) -> Value {
        let mut body = json!({ "schema": 1, "id": id, "event": self.kind, "mirror": public_url });
        let Some(first) = self.news.first() else {
            return body;
        };
        body["at"] = json!(first.news.at);
        let Some(name) = &first.news.name else {
            body["detail"] = detail(first);
            return body;
        };
        body["package"] = json!(name);
        let versions = self.news.iter().take(NAMED).map(|one| {
            let version = one.news.version.as_deref().unwrap_or_default();
            let mut of = detail(one);
            of["version"] = json!(version);
            of["see"] = json!(see(one, public_url));
            of
        });
        body["versions"] = versions.collect();
        body["more"] = json!(self.news.len().saturating_sub(NAMED));
        body
    }

    /// For people: a line per version. What others wrote is made harmless.
    fn text(&self, public_url: &str) -> String {
        let what = match self.kind {
            "held" => "waits for a decision",
            "released" => "is let go",
            "blocked" => "is blocked",
            "recalled" => "was handed out, and is blocked now",
            "integrity-changed" => "is offered with other bytes than before",
            "feed-stale" => "The advisories are old: what was reported since is not recognised",
            other => other,
        };
        let mut lines = Vec::new();
        for one in self.news.iter().take(NAMED) {
            let Some(name) = &one.news.name else {
                if self.kind == "burst" {
                    lines.push(burst(one));
                    continue;
                }
                let newest = detail(one);
                let newest = newest["newest"].as_str().unwrap_or("unknown");
                lines.push(format!("{what} (the newest is of {newest})."));
                continue;
            };
            let id = format!("{name}@{}", one.news.version.as_deref().unwrap_or_default());
            let id = harmless(&id);
            let told = detail(one);
            let why = match told["reason"].as_str() {
                Some(reason) if self.kind != "released" => format!(": {}", harmless(reason)),
                _ => String::new(),
            };
            lines.push(format!("<{}|{id}> {what}{why}", see(one, public_url)));
        }
        if self.news.len() > NAMED {
            lines.push(format!("... and {} more versions", self.news.len() - NAMED));
        }
        lines.join("\n")
    }
}

/// A burst in one line, for people.
fn burst(one: &RecordedNews) -> String {
    let told = detail(one);
    let packages = told["packages"].as_array().map_or(&[][..], Vec::as_slice);
    let more = told["more"].as_u64().unwrap_or_default();
    let count = packages.len() as u64 + more;
    let named = packages.iter().take(NAMED).filter_map(Value::as_str);
    let named: Vec<String> = named.map(harmless).collect();
    let who = harmless(told["who"].as_str().unwrap_or_default());
    format!(
        "BURST: {count} versions of {who} appeared within minutes: {}{}",
        named.join(", "),
        if count > named.len() as u64 {
            ", ..."
        } else {
            ""
        }
    )
}

fn detail(one: &RecordedNews) -> Value {
    let detail = serde_json::from_str(&one.news.detail).unwrap_or_default();
    match detail {
        Value::Object(_) => detail,
        _ => json!({}),
    }
}

/// The page to look at.
fn see(one: &RecordedNews, public_url: &str) -> String {
    if let Some(incident) = detail(one)["incident"].as_str() {
        return format!("{public_url}{}", path_to("incident", incident));
    }
    let name = one.news.name.as_ref().map_or("", |name| name.as_str());
    let version = one.news.version.as_deref().unwrap_or_default();
    let path = path_to("version", &format!("{name}@{version}"));
    format!("{public_url}{path}")
}

fn slack(text: &str) -> Value {
    json!({ "text": format!("lazaret: {text}"), "unfurl_links": false, "unfurl_media": false })
}

/// Text of others as a part of a Slack message: it mentions nobody and links nowhere.
fn harmless(text: &str) -> String {
    printable_up_to(text, TEXT)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace("://", "[:]//")
        .replace(['*', '_', '~', '`', '|'], "\u{2009}")
}

impl App {
    /// The webhook of this name, or 404.
    fn webhook(&self, name: &str) -> Result<&Webhook, Problem> {
        let mut all = self.webhooks.all.iter();
        all.find(|hook| hook.name == name)
            .ok_or_else(|| Problem::gone("there is no webhook of this name"))
    }

    /// Queues a message that says that it is a test; gives the delivery's id.
    pub(crate) async fn test_webhook(
        &self,
        caller: &Caller,
        name: &str,
    ) -> Result<String, Problem> {
        caller.needs(Role::Admin)?;
        let hook = self.webhook(name)?;
        let id = random_id().map_err(broken_store)?;
        let now = Timestamp::now();
        let url = &self.mirror.public_url;
        let text = format!("this is a test from {url}, asked for by {}", caller.person);
        let body = match hook.format {
            WebhookFormat::Json => json!({
                "schema": 1, "id": id, "event": "test", "mirror": url, "at": now, "detail": { "text": text },
            }),
            WebhookFormat::Slack => slack(&text),
        };
        let delivery = NewDelivery {
            id: id.clone(),
            hook: hook.name.clone(),
            event: "test".to_owned(),
            body: body.to_string(),
            at: now,
        };
        self.change_webhooks(
            caller,
            "webhook-tested",
            WebhookChange::Queued(delivery),
            name,
        )
        .await?;
        Ok(id)
    }

    /// Has a delivery that was given up tried again.
    pub(crate) async fn deliver_again(&self, caller: &Caller, id: &str) -> Result<(), Problem> {
        caller.needs(Role::Admin)?;
        let change = WebhookChange::Revived {
            id: id.to_owned(),
            at: Timestamp::now(),
        };
        self.change_webhooks(caller, "webhook-redelivered", change, id)
            .await
    }

    async fn change_webhooks(
        &self,
        caller: &Caller,
        kind: &str,
        change: WebhookChange,
        about: &str,
    ) -> Result<(), Problem> {
        let detail = json!({ "webhook": about });
        let acted = Write::Acted {
            actor: caller.person.clone(),
            event: event(kind, lazaret_store::Severity::Info, &detail),
        };
        let writes = vec![Write::Webhook(change), acted];
        self.mirror.store.write(writes).await.map_err(unwritten)?;
        self.webhooks.queued.notify_waiters();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Message, harmless, messages, sign};
    use jiff::Timestamp;
    use lazaret_npm::PackageName;
    use lazaret_store::{News, RecordedNews};

    /// Receivers compute this with any HMAC: the form never changes. The key and text are checked with openssl:
    /// `printf '1700000000.{"schema":1}' | openssl dgst -sha256 -hmac 'a secret'`.
    #[test]
    fn a_signature_is_of_the_time_and_the_message() {
        assert_eq!(
            sign(b"a secret", "1700000000", "{\"schema\":1}").unwrap(),
            "b00aef9989d8165cc5b6af3443c3077c7223f056e81253245e804e6a20e8e636"
        );
    }

    fn news(id: i64, kind: &str, name: &str, version: &str, reason: &str) -> RecordedNews {
        RecordedNews {
            id,
            news: News {
                at: Timestamp::UNIX_EPOCH,
                kind: kind.into(),
                name: Some(PackageName::parse(name).unwrap()),
                version: Some(version.into()),
                detail: serde_json::json!({ "rule": "behaviour", "reason": reason }).to_string(),
            },
        }
    }

    #[test]
    fn news_of_one_kind_and_package_are_one_message() {
        let all = [
            news(1, "held", "chalk", "1.0.0", "a"),
            news(2, "blocked", "chalk", "2.0.0", "b"),
            news(3, "held", "debug", "1.0.0", "c"),
            news(4, "held", "chalk", "3.0.0", "d"),
        ];
        let messages = messages(&all);
        let told: Vec<_> = messages
            .iter()
            .map(|message| (message.kind, message.news.len()))
            .collect();
        assert_eq!(told, [("held", 2), ("blocked", 1), ("held", 1)]);
        let json = messages[0].json("x", "http://mirror.example");
        assert_eq!(json["versions"][1]["version"], "3.0.0");
        assert_eq!(json["versions"][1]["reason"], "d");
        assert_eq!(
            json["versions"][1]["see"],
            "http://mirror.example/-/lazaret/version/chalk@3.0.0"
        );
    }

    #[test]
    fn what_others_wrote_mentions_nobody_and_links_nowhere() {
        let one = news(
            1,
            "held",
            "chalk",
            "1.0.0-<!here>",
            "<!channel> *see* https://x.invalid|y & z",
        );
        let message = Message {
            kind: "held",
            news: vec![&one],
        };
        let text = message.text("http://mirror.example");
        assert_eq!(
            text,
            "<http://mirror.example/-/lazaret/version/chalk@1.0.0-%3C%21here%3E|chalk@1.0.0-&lt;!here&gt;> \
             waits for a decision: &lt;!channel&gt; \u{2009}see\u{2009} https[:]//x.invalid\u{2009}y &amp; z"
        );
        assert!(harmless(&"x".repeat(5000)).chars().count() <= 301);
    }

    #[test]
    fn a_burst_is_a_line_that_links_nowhere() {
        let detail = serde_json::json!({ "who": "<!channel>", "packages": ["a@1.0.0", "b@1.0.0"], "more": 30 });
        let mut one = news(1, "burst", "chalk", "1.0.0", "");
        one.news.name = None;
        one.news.detail = detail.to_string();
        let all = [one];
        let text = messages(&all)[0].text("");
        assert_eq!(
            text,
            "BURST: 32 versions of &lt;!channel&gt; appeared within minutes: a@1.0.0, b@1.0.0, ..."
        );
    }

    #[test]
    fn many_versions_are_counted() {
        let all: Vec<_> = (0..25)
            .map(|id| news(id, "blocked", "chalk", &format!("1.0.{id}"), "bad"))
            .collect();
        let messages = messages(&all);
        assert_eq!(messages.len(), 1);
        let text = messages[0].text("");
        assert!(text.ends_with("... and 5 more versions"), "{text}");
        assert_eq!(messages[0].json("x", "")["more"], 5);
    }
}
