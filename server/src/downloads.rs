//! Who asked for which tarball: noted in memory, written later, never on the way of the request.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::header::{AUTHORIZATION, USER_AGENT};
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use lazaret_npm::text::printable_up_to;
use lazaret_store::{Download, Handed, Write};

use crate::app::App;
use crate::mirror::TarballKey;

/// How often what is noted is written.
const EVERY: Duration = Duration::from_secs(1);

/// How often old downloads are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(6 * 3600);

/// Requests noted at most between two writes; further ones are not noted, and the log says so.
const ROOM: usize = 200_000;

/// Most bytes kept of what a client calls itself.
const AGENT: usize = 120;

/// Requests that are not written yet.
#[derive(Default)]
pub(crate) struct Downloads {
    waiting: Mutex<Vec<Noted>>,
    /// Held while what is noted is being written: what is held later must not be overwritten by what was before.
    writing: tokio::sync::Mutex<()>,
}

struct Noted {
    key: TarballKey,
    client: Client,
    agent: Option<HeaderValue>,
    at: Timestamp,
    handed: Handed,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Client {
    Address(IpAddr),
    /// The id of a token of ours.
    Token(String),
}

impl Client {
    /// As the store keeps it.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Address(address) => format!("a:{address}"),
            Self::Token(id) => format!("t:{id}"),
        }
    }

    pub(crate) fn parse(key: &str) -> Option<Self> {
        match key.split_once(':')? {
            ("a", address) => Some(Self::Address(address.parse().ok()?)),
            ("t", id) => Some(Self::Token(id.to_owned())),
            _ => None,
        }
    }
}

/// What a client calls itself, fit to be kept.
pub(crate) fn agent_of(header: Option<&HeaderValue>) -> String {
    let agent = header.map(HeaderValue::as_bytes);
    let agent = String::from_utf8_lossy(agent.unwrap_or_default());
    printable_up_to(&agent, AGENT).into_owned()
}

impl Downloads {
    fn note(&self, noted: Noted) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < ROOM {
            waiting.push(noted);
        }
    }

    /// One write per version and client.
    fn take(&self) -> Vec<Write> {
        let waiting =
            std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        if waiting.len() >= ROOM {
            tracing::warn!("more than {ROOM} downloads a second: not all of them are on record");
        }
        let mut all: BTreeMap<(Handed, String, String, String), Download> = BTreeMap::new();
        for noted in waiting {
            let (name, version) = noted.key;
            let client = noted.client.key();
            let agent = agent_of(noted.agent.as_ref());
            let place = (
                noted.handed,
                name.to_string(),
                version.to_string(),
                client.clone(),
            );
            let download = all.entry(place).or_insert_with(|| Download {
                name,
                version: version.into(),
                client,
                agent: String::new(),
                first_at: noted.at,
                last_at: noted.at,
                count: 0,
            });
            download.count += 1;
            download.first_at = download.first_at.min(noted.at);
            download.last_at = download.last_at.max(noted.at);
            download.agent = agent;
        }
        all.into_iter()
            .map(|((handed, ..), download)| Write::Download(handed, download))
            .collect()
    }
}

impl App {
    /// Who sent a request.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Client {
        let token = headers
            .contains_key(AUTHORIZATION)
            .then(|| self.access.token_id(headers))
            .flatten();
        match token {
            Some(id) => Client::Token(id),
            None => Client::Address(self.access.address(peer, headers)),
        }
    }

    /// Notes that a client asked for a tarball.
    pub(crate) fn note_download(
        &self,
        key: TarballKey,
        peer: IpAddr,
        headers: &HeaderMap,
        handed: Handed,
    ) {
        self.downloads.note(Noted {
            key,
            client: self.client(peer, headers),
            agent: headers.get(USER_AGENT).cloned(),
            at: Timestamp::now(),
            handed,
        });
    }

    /// Writes what is noted.
    pub(crate) async fn write_noted(&self) {
        let _writing = self.downloads.writing.lock().await;
        let mut writes = self.downloads.take();
        writes.extend(self.mirror.queue.take());
        // In parts, so that requests that wait for a write get their turn.
        while !writes.is_empty() {
            let rest = writes.split_off(writes.len().min(200));
            let part = std::mem::replace(&mut writes, rest);
            if let Err(error) = self.mirror.store.write(part).await {
                tracing::error!(%error, "who downloaded what could not be recorded");
            }
        }
    }
}

/// Writes what is noted, and forgets what is old, for ever.
pub(crate) async fn keep(app: Arc<App>) {
    let mut ticks = tokio::time::interval(EVERY);
    let mut forgetting = tokio::time::interval(FORGET_EVERY);
    loop {
        tokio::select! {
            _ = ticks.tick() => app.write_noted().await,
            _ = forgetting.tick() => forget(&app).await,
        }
    }
}

async fn forget(app: &App) {
    let Ok(before) = Timestamp::now().checked_sub(app.access.settings.keep_downloads) else {
        return;
    };
    let forget = Write::ForgetDownloads { before };
    if let Err(error) = app.mirror.store.queue(vec![forget]).await {
        tracing::error!(%error, "old downloads could not be forgotten");
    }
}

#[cfg(test)]
mod tests {
    use super::{Client, Downloads, Noted};
    use http::HeaderValue;
    use jiff::Timestamp;
    use lazaret_npm::PackageName;
    use lazaret_store::{Handed, Write};

    fn noted(version: &str, client: Client, second: i64, handed: Handed) -> Noted {
        Noted {
            key: (PackageName::parse("chalk").unwrap(), version.into()),
            client,
            agent: Some(HeaderValue::from_static("npm/11 \t node")),
            at: Timestamp::from_second(second).unwrap(),
            handed,
        }
    }

    #[test]
    fn requests_of_one_client_for_one_version_are_one_write() {
        let downloads = Downloads::default();
        let address = || Client::Address("10.0.0.1".parse().unwrap());
        let token = Client::Token("abc".into());
        for noted in [
            noted("1.0.0", address(), 20, Handed::Out),
            noted("1.0.0", address(), 10, Handed::Out),
            noted("1.0.0", token, 5, Handed::Out),
            noted("1.0.0", address(), 30, Handed::Refused),
            noted("2.0.0", address(), 40, Handed::Out),
        ] {
            downloads.note(noted);
        }
        let writes: Vec<_> = downloads
            .take()
            .into_iter()
            .map(|write| match write {
                Write::Download(handed, download) => (
                    handed,
                    format!("{} {}", download.version, download.client),
                    download.first_at.as_second(),
                    download.last_at.as_second(),
                    download.count,
                ),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            writes,
            [
                (Handed::Out, "1.0.0 a:10.0.0.1".into(), 10, 20, 2),
                (Handed::Out, "1.0.0 t:abc".into(), 5, 5, 1),
                (Handed::Out, "2.0.0 a:10.0.0.1".into(), 40, 40, 1),
                (Handed::Refused, "1.0.0 a:10.0.0.1".into(), 30, 30, 1),
            ]
        );
        assert!(downloads.take().is_empty());
    }
}
