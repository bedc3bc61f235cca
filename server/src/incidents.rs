//! Recall: what was handed out and is blocked now becomes an incident, and those who have it are told until a person
//! closes it. What every request needs of that is in memory.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arc_swap::ArcSwap;
use http::header::USER_AGENT;
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use jiff::Timestamp;
use lazaret_npm::PackageName;
use lazaret_npm::text::printable_up_to;
use lazaret_store::{
    Closing, Event, Incident, IncidentChange, Role, ServedVersion, Severity, Write, random_id,
};
use tokio::sync::Mutex;

use crate::access::{Caller, unwritten};
use crate::app::App;
use crate::deciding::reason;
use crate::downloads::{Client, agent_of};
use crate::metrics::Kind;
use crate::mirror::broken_store;
use crate::problem::{Problem, why_url};

/// Versions judged at once.
const PAGE: u32 = 2000;

/// Open incidents, and clients of each, that are told of: far more than a bad day has.
const OPEN: u32 = 1000;
const CLIENTS: u32 = 5000;

/// npm prints a notice for every answer that has one, so most answers of an install go without. Milliseconds.
const TOLD_EVERY: i64 = 60_000;

const NOTICE: HeaderName = HeaderName::from_static("npm-notice");

/// The open incidents.
#[derive(Default)]
pub(crate) struct Incidents {
    open: ArcSwap<Open>,
    /// Held while served versions are being judged again.
    looking: Mutex<()>,
}

#[derive(Default)]
struct Open {
    /// Those who have a recalled version.
    clients: BTreeMap<Client, Told>,
    /// The recalled versions, with their incidents.
    versions: BTreeMap<PackageName, BTreeMap<String, String>>,
}

struct Told {
    notice: HeaderValue,
    /// When its next answer that is not to an audit says so; milliseconds.
    next: AtomicI64,
}

/// A client that has a recalled version.
pub(crate) struct Concerned {
    open: Arc<Open>,
    client: Client,
}

impl Concerned {
    /// Says so in an answer: in every audit's, which ends every install, else once a minute.
    pub(crate) fn tell<B>(&self, kind: Kind, reply: &mut Response<B>) {
        let Some(told) = self.open.clients.get(&self.client) else {
            return;
        };
        let now = Timestamp::now().as_millisecond();
        let is_due = kind == Kind::Audit || told.next.load(Ordering::Relaxed) <= now;
        if is_due && !reply.headers().contains_key(NOTICE) {
            told.next.store(now + TOLD_EVERY, Ordering::Relaxed);
            reply.headers_mut().insert(NOTICE, told.notice.clone());
        }
    }
}

impl App {
    /// Whether a request comes from somebody who has a recalled version. On the way of every request: without open
    /// incidents it looks at nothing.
    pub(crate) fn concerned(
        &self,
        peer: std::net::IpAddr,
        headers: &HeaderMap,
    ) -> Option<Concerned> {
        let open = self.incidents.open.load();
        if open.clients.is_empty() {
            return None;
        }
        let client = self.client(peer, headers);
        open.clients.contains_key(&client).then(|| Concerned {
            open: Arc::clone(&open),
            client,
        })
    }

    /// Notes that an audit named recalled versions: whoever sent it still has them.
    pub(crate) async fn note_audit(
        &self,
        asked: &BTreeMap<String, Vec<String>>,
        client: &Client,
        headers: &HeaderMap,
    ) {
        let open = self.incidents.open.load_full();
        let mut writes = Vec::new();
        for (name, versions) in &open.versions {
            let Some(installed) = asked.get(name.as_str()) else {
                continue;
            };
            for (version, id) in versions {
                if installed.contains(version) {
                    writes.push(Write::Incident(IncidentChange::Audited {
                        id: id.clone(),
                        client: client.key(),
                        agent: agent_of(headers.get(USER_AGENT)),
                        at: Timestamp::now(),
                    }));
                }
            }
        }
        if !writes.is_empty()
            && let Err(error) = self.mirror.store.queue(writes).await
        {
            tracing::error!(%error, "an audit that names a recalled version could not be recorded");
        }
    }

    /// Judges what was ever served, and opens incidents for what is blocked now.
    pub(crate) async fn look_for_recalls(&self) -> anyhow::Result<()> {
        let _looking = self.incidents.looking.lock().await;
        self.write_downloads().await;
        self.write_noted().await;
        let db = &self.mirror.store.db;
        let (mut name, mut version) = (String::new(), String::new());
        loop {
            let page = db.served_after(&name, &version, PAGE).await?;
            let Some(last) = page.last() else { break };
            (name, version) = (last.name.to_string(), last.version.clone());
            let mirror = Arc::clone(&self.mirror);
            let bad = tokio::task::spawn_blocking(move || mirror.turned_bad(page)).await?;
            for (of, why) in bad {
                self.open_incident(of, &why).await?;
            }
        }
        self.load_incidents().await
    }

    async fn open_incident(
        &self,
        of: ServedVersion,
        why: &lazaret_policy::Reason,
    ) -> anyhow::Result<()> {
        let known = self
            .mirror
            .store
            .db
            .incidents_of(&of.name, &of.version)
            .await?;
        let is_known = |known: &Incident| known.closed.is_none() || known.rule == why.rule;
        if !known.iter().any(is_known) {
            tracing::error!(
                name = %of.name, version = %of.version, rule = why.rule, event = "recalled",
                "a version that was handed out is blocked now"
            );
        }
        let id = random_id()?;
        let text = printable_up_to(&why.text, 600).into_owned();
        let detail = serde_json::json!({ "incident": id, "rule": why.rule, "reason": text });
        let event = Event {
            at: Timestamp::now(),
            kind: "recalled".to_owned(),
            severity: Severity::Critical,
            name: Some(of.name.clone()),
            version: Some(of.version.clone()),
            detail: detail.to_string(),
        };
        let opened = IncidentChange::Opened {
            id,
            name: of.name,
            version: of.version,
            rule: why.rule.to_owned(),
            reason: text,
            url: why.url.clone(),
            event,
        };
        self.mirror
            .store
            .write(vec![Write::Incident(opened)])
            .await?;
        Ok(())
    }

    /// Reads who is to be told.
    pub(crate) async fn load_incidents(&self) -> anyhow::Result<()> {
        let db = &self.mirror.store.db;
        let mut open = Open::default();
        let mut has: BTreeMap<Client, Vec<(Incident, Option<Timestamp>)>> = BTreeMap::new();
        for incident in db.incidents(true, OPEN).await? {
            for of in db.incident_clients(&incident.id, CLIENTS).await? {
                if let Some(client) = Client::parse(&of.client) {
                    let at = of.first_at.or(of.audited_at);
                    has.entry(client).or_default().push((incident.clone(), at));
                }
            }
            open.versions
                .entry(incident.name)
                .or_default()
                .insert(incident.version, incident.id);
        }
        for (client, incidents) in has {
            if let Some(notice) = self.notice(&incidents) {
                let next = AtomicI64::new(0);
                open.clients.insert(client, Told { notice, next });
            }
        }
        self.incidents.open.store(Arc::new(open));
        Ok(())
    }

    /// What a client is told: of the incident opened last, and how many more there are.
    fn notice(&self, incidents: &[(Incident, Option<Timestamp>)]) -> Option<HeaderValue> {
        let (incident, at) = incidents.first()?;
        let id = format!("{}@{}", incident.name, incident.version);
        let see = why_url(&self.mirror.public_url, &id);
        let day = at.map_or(String::new(), |at| {
            format!(" on {}", at.strftime("%Y-%m-%d"))
        });
        let more = match incidents.len() {
            1 => String::new(),
            more => format!(" (and {} more versions)", more - 1),
        };
        let text = format!(
            "lazaret recalled {}{more}, which came to you{day}: it is blocked now ({}). Read more: {see}",
            printable_up_to(&id, 120),
            incident.rule,
        );
        HeaderValue::from_str(&text)
            .or(HeaderValue::from_str(&see))
            .ok()
    }

    /// Closes an incident.
    pub(crate) async fn close_incident(
        &self,
        caller: &Caller,
        id: &str,
        why: &str,
    ) -> Result<Incident, Problem> {
        caller.needs(Role::Reviewer)?;
        let why = reason(why)?;
        let incident = self.incident(id).await?;
        let now = Timestamp::now();
        let detail = serde_json::json!({ "incident": id, "rule": incident.rule, "reason": why });
        let event = Event {
            at: now,
            kind: "incident-closed".to_owned(),
            severity: Severity::Info,
            name: Some(incident.name),
            version: Some(incident.version),
            detail: detail.to_string(),
        };
        let closing = Closing {
            at: now,
            person: caller.person.clone(),
            reason: why,
        };
        let writes = vec![
            Write::Incident(IncidentChange::Closed {
                id: id.to_owned(),
                closing,
            }),
            Write::Acted {
                actor: caller.person.clone(),
                event,
            },
        ];
        self.mirror.store.write(writes).await.map_err(unwritten)?;
        self.load_incidents().await.map_err(broken_store)?;
        self.incident(id).await
    }

    /// One incident; 404 if there is none of this id.
    pub(crate) async fn incident(&self, id: &str) -> Result<Incident, Problem> {
        let incident = self.mirror.store.db.incident(id).await;
        incident
            .map_err(broken_store)?
            .ok_or_else(|| Problem::gone("there is no such incident"))
    }
}
