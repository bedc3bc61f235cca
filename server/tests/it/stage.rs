//! What every test starts with: a fake npm, a mirror in front of it, and a client that shows answers as they came.

use std::path::Path;
use std::time::{Duration, Instant};

use http::Method;
use jiff::{SignedDuration, Timestamp};
use lazaret_npm::PackageName;
use lazaret_policy::index::{IndexBuilder, Source};
use lazaret_policy::{Advisory, AdvisoryIndex, Policy};
use lazaret_server::{
    CacheSettings, Inspecting, PeopleSettings, Server, Settings, WatchSettings, Webhook,
};
use lazaret_store::{RecordedEvent, Store, VersionRow, Write};
use lazaret_testing::{FakeNpm, Fault, Npm};
use lazaret_upstream::{Auth, Registry, RegistrySettings};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

use crate::reply::Reply;

/// How the mirror calls itself: what it writes into documents does not hang on the port.
pub(crate) const PUBLIC: &str = "http://mirror.example";

/// The media type of the abbreviated document.
pub(crate) const ABBREVIATED: &str = "application/vnd.npm.install-v1+json";

/// What real npm sends when it asks for the abbreviated document.
pub(crate) const SHORT: &[(&str, &str)] = &[(
    "accept",
    "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*",
)];

/// How long a condition may take to come true.
const PATIENCE: Duration = Duration::from_secs(15);

/// How a mirror is to be started.
pub(crate) struct Setting {
    npm: Npm,
    policy: Policy,
    advisories: Vec<Value>,
    cache: CacheSettings,
    people: PeopleSettings,
    webhooks: Vec<Webhook>,
    watch: WatchSettings,
    is_on_disk: bool,
    upstream: Box<dyn Fn(&mut RegistrySettings) + Send + Sync>,
}

impl Setting {
    /// The `[policy]` table.
    pub(crate) fn policy(self, policy: Value) -> Self {
        Self {
            policy: policy_of(policy),
            ..self
        }
    }

    /// OSV records.
    pub(crate) fn advisories(self, advisories: &[Value]) -> Self {
        Self {
            advisories: advisories.to_vec(),
            ..self
        }
    }

    /// Every question is put to the upstream again before it is answered.
    pub(crate) fn never_fresh(mut self) -> Self {
        self.cache.fresh_for = Duration::ZERO;
        self.cache.revalidate_within = Duration::ZERO;
        self
    }

    pub(crate) fn people(mut self, change: impl FnOnce(&mut PeopleSettings)) -> Self {
        change(&mut self.people);
        self
    }

    pub(crate) fn webhooks(self, webhooks: Vec<Webhook>) -> Self {
        Self { webhooks, ..self }
    }

    /// Looks by itself; without this it does not.
    pub(crate) fn watch(self, watch: WatchSettings) -> Self {
        Self { watch, ..self }
    }

    pub(crate) fn cache(mut self, change: impl FnOnce(&mut CacheSettings)) -> Self {
        change(&mut self.cache);
        self
    }

    /// Keeps tarballs as files, as a real installation does, and survives [`Stage::restart`].
    pub(crate) fn on_disk(self) -> Self {
        Self {
            is_on_disk: true,
            ..self
        }
    }

    pub(crate) fn upstream(
        self,
        change: impl Fn(&mut RegistrySettings) + Send + Sync + 'static,
    ) -> Self {
        let before = self.upstream;
        let upstream = Box::new(move |settings: &mut RegistrySettings| {
            before(settings);
            change(settings);
        });
        Self { upstream, ..self }
    }

    /// The upstream's token.
    pub(crate) fn token(self, token: &'static str) -> Self {
        self.upstream(move |settings| settings.auth = Some(Auth::Bearer(token.to_owned())))
    }

    /// Gives a slow upstream a second instead of 15, which on a busy machine an honest one may need.
    pub(crate) fn impatient(self) -> Self {
        self.upstream(|settings| {
            settings.connect_timeout = Duration::from_millis(500);
            settings.read_timeout = Duration::from_millis(1000);
        })
    }

    pub(crate) async fn start(self) -> Stage {
        let npm = self.npm.start().await;
        let mut settings = RegistrySettings::new(Url::parse(&npm.url()).unwrap());
        settings.backoff = Duration::from_millis(1);
        (self.upstream)(&mut settings);
        let data = self.is_on_disk.then(|| tempfile::tempdir().unwrap());
        let store = match &data {
            Some(data) => Store::open(data.path(), None).await.unwrap(),
            None => Store::memory().await.unwrap(),
        };
        let registry = Registry::new(settings.clone()).unwrap();
        let advisories = index(&self.advisories);
        let policy = self.policy.clone();
        let server = start(
            (&self.cache, &self.people, &self.webhooks, self.watch),
            &store,
            registry,
            policy,
            advisories,
        )
        .await;
        Stage {
            client: reqwest::Client::builder()
                .no_proxy()
                // Nothing is asked over TLS here, and reading the system's certificates takes 30 ms.
                .tls_certs_only([])
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
            server: Some(server),
            npm,
            store,
            policy: self.policy,
            advisories: self.advisories,
            cache: self.cache,
            people: self.people,
            webhooks: self.webhooks,
            watch: self.watch,
            upstream: settings,
            data,
        }
    }
}

async fn start(
    (cache, people, webhooks, watch): (&CacheSettings, &PeopleSettings, &[Webhook], WatchSettings),
    store: &Store,
    registry: Registry,
    policy: Policy,
    advisories: AdvisoryIndex,
) -> Server {
    let settings = Settings {
        listen: "127.0.0.1:0".parse().unwrap(),
        public_url: Some(PUBLIC.to_owned()),
        cache: cache.clone(),
        // These tests are about everything else: what inspection does is tested with the whole program, whose workers it
        // needs (`lazaret/tests/it/inspection`).
        inspection: Inspecting::Off,
        people: people.clone(),
        webhooks: webhooks.to_vec(),
        watch,
    };
    Server::start(settings, store.clone(), registry, policy, advisories)
        .await
        .unwrap()
}

/// A mirror in front of a fake npm.
pub(crate) struct Stage {
    pub(crate) npm: FakeNpm,
    pub(crate) store: Store,
    pub(crate) client: reqwest::Client,
    pub(crate) server: Option<Server>,
    policy: Policy,
    advisories: Vec<Value>,
    cache: CacheSettings,
    people: PeopleSettings,
    webhooks: Vec<Webhook>,
    watch: WatchSettings,
    upstream: RegistrySettings,
    data: Option<tempfile::TempDir>,
}

impl Stage {
    /// A mirror with the policy that lazaret ships with.
    pub(crate) async fn new(npm: Npm) -> Self {
        Self::of(npm).start().await
    }

    pub(crate) fn of(npm: Npm) -> Setting {
        Setting {
            npm,
            policy: Policy::default(),
            advisories: Vec::new(),
            cache: CacheSettings::default(),
            people: PeopleSettings::default(),
            webhooks: Vec::new(),
            watch: WatchSettings {
                budget: 0,
                ..WatchSettings::default()
            },
            is_on_disk: false,
            upstream: Box::new(|_| {}),
        }
    }

    pub(crate) fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    /// The data directory of a mirror that is on disk.
    pub(crate) fn data(&self) -> &Path {
        self.data.as_ref().unwrap().path()
    }

    /// The address of a path at the mirror.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server().addr())
    }

    /// What the upstream was asked, in order.
    pub(crate) fn asked_upstream(&self) -> Vec<String> {
        let requests = self.npm.requests().into_iter();
        requests.map(|request| request.path).collect()
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.ask(path, &[]).await
    }

    pub(crate) async fn ask(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        self.send(Method::GET, path, headers, Vec::new()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        let headers = [("content-type", "application/json")];
        self.send(Method::POST, path, &headers, body.to_string().into_bytes())
            .await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Reply {
        let mut request = self.client.request(method, self.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_empty() {
            request = request.body(body);
        }
        Reply::of(request.send().await.unwrap()).await
    }

    /// What comes back for exactly these bytes on a connection of its own.
    pub(crate) async fn raw(&self, request: &[u8]) -> String {
        let mut stream = self.connect().await;
        stream.write_all(request).await.unwrap();
        let mut answer = Vec::new();
        let reading = stream.read_to_end(&mut answer);
        tokio::time::timeout(PATIENCE, reading)
            .await
            .unwrap()
            .unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// The status of a GET for a path that no URL library would let through.
    pub(crate) async fn raw_status(&self, path: &str) -> u16 {
        let request = format!("GET {path} HTTP/1.1\r\nHost: mirror\r\nConnection: close\r\n\r\n");
        let answer = self.raw(request.as_bytes()).await;
        let status = answer.strip_prefix("HTTP/1.1 ").map(|rest| &rest[..3]);
        status
            .unwrap_or_else(|| panic!("{path}: {answer}"))
            .parse()
            .unwrap()
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.server().addr()).await.unwrap()
    }

    /// No connection to the upstream gets an answer from here on. (Its port stays taken: another test's registry at the
    /// same address would answer.)
    pub(crate) fn cut_off(&self) {
        self.npm.fault_when(|_| true, Fault::disconnect());
    }

    /// Asks until the upstream was asked for it, too: the answer rests on what the upstream says now.
    pub(crate) async fn fresh(&self, path: &str) -> Reply {
        eventually("the upstream to be asked", async || {
            let before = self.npm.requests_to(path).len();
            let reply = self.get(path).await;
            (self.npm.requests_to(path).len() > before).then_some(reply)
        })
        .await
    }

    pub(crate) async fn set_policy(&self, policy: Value) {
        self.server().set_policy(policy_of(policy)).await;
    }

    pub(crate) async fn set_advisories(&self, advisories: &[Value]) {
        self.server().set_advisories(index(advisories)).await;
    }

    /// Stops the mirror and starts another on the same store.
    pub(crate) async fn restart(&mut self) {
        self.server
            .take()
            .unwrap()
            .stop(Duration::from_secs(5))
            .await;
        let registry = Registry::new(self.upstream.clone()).unwrap();
        let advisories = index(&self.advisories);
        let policy = self.policy.clone();
        self.server = Some(
            start(
                (&self.cache, &self.people, &self.webhooks, self.watch),
                &self.store,
                registry,
                policy,
                advisories,
            )
            .await,
        );
    }

    /// Restarts as if the upstream had confirmed the package's document so long ago.
    pub(crate) async fn restart_after(&mut self, name: &str, ago: SignedDuration) {
        let name = package(name);
        let row = self.stored(&name).await;
        let at = Timestamp::now() - ago;
        let validators = row.validators;
        let checked = Write::Checked {
            name,
            at,
            validators,
        };
        self.store.write(vec![checked]).await.unwrap();
        self.restart().await;
    }

    async fn stored(&self, name: &PackageName) -> lazaret_store::PackageRow {
        eventually("the document to be kept", async || {
            self.store.db.package(name).await.unwrap()
        })
        .await
    }

    /// What is remembered of one version, once `is_enough`.
    pub(crate) async fn version_row(
        &self,
        name: &str,
        version: &str,
        is_enough: impl Fn(&VersionRow) -> bool,
    ) -> VersionRow {
        let name = package(name);
        eventually("the version's row", async || {
            let history = self.store.db.history(&name).await.unwrap();
            let row = history
                .versions
                .into_iter()
                .find(|row| row.version == version);
            row.filter(|row| is_enough(row))
        })
        .await
    }

    /// Waits until a download is on record.
    pub(crate) async fn served(&self, name: &str, version: &str) {
        self.version_row(name, version, |row| row.served_count > 0)
            .await;
    }

    /// The audit log's entries of one kind, once there is one.
    pub(crate) async fn events(&self, kind: &str) -> Vec<RecordedEvent> {
        eventually(kind, async || {
            let events = self.all_events(kind).await;
            (!events.is_empty()).then_some(events)
        })
        .await
    }

    pub(crate) async fn all_events(&self, kind: &str) -> Vec<RecordedEvent> {
        let mut events = self.store.db.events(0, 1000).await.unwrap();
        events.retain(|event| event.event.kind == kind);
        events
    }

    /// Whether anything is kept of a tarball.
    pub(crate) async fn has_blobs(&self) -> bool {
        use futures_util::StreamExt;
        std::pin::pin!(self.store.blobs.list())
            .next()
            .await
            .is_some()
    }

    /// A sample of `/-/metrics`; zero while it is not there.
    pub(crate) async fn metric(&self, series: &str) -> f64 {
        let metrics = self.get("/-/metrics").await;
        let line = metrics
            .text()
            .lines()
            .find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        line.map_or(0.0, |value| value.parse().unwrap())
    }
}

/// Asks again and again until there is something; panics with `what` after 15 s.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

pub(crate) fn package(name: &str) -> PackageName {
    PackageName::parse(name).unwrap()
}

fn policy_of(policy: Value) -> Policy {
    serde_json::from_value(policy).unwrap()
}

pub(crate) fn index(records: &[Value]) -> AdvisoryIndex {
    let mut builder = IndexBuilder::new();
    for record in records {
        let advisories = Advisory::from_osv(record.to_string().as_bytes()).unwrap();
        builder.add(Source::Imported, &advisories).unwrap();
    }
    AdvisoryIndex::from_bytes(builder.finish(Timestamp::now()).unwrap()).unwrap()
}

/// An OSV record of malicious code in exact versions; of the whole package if none is named.
pub(crate) fn malware(id: &str, name: &str, versions: &[&str]) -> Value {
    let mut affected = serde_json::json!({"package": {"ecosystem": "npm", "name": name}});
    if versions.is_empty() {
        affected["ranges"] =
            serde_json::json!([{"type": "SEMVER", "events": [{"introduced": "0"}]}]);
    } else {
        affected["versions"] = serde_json::json!(versions);
    }
    serde_json::json!({
        "id": id,
        "modified": "2026-01-02T03:04:05Z",
        "summary": format!("Malicious code in {name} (npm)"),
        "affected": [affected],
    })
}

/// An OSV record of a vulnerability in every version before `fixed`.
pub(crate) fn vulnerability(id: &str, name: &str, fixed: &str) -> Value {
    serde_json::json!({
        "id": id,
        "modified": "2026-01-02T03:04:05Z",
        "summary": "Prototype pollution",
        "database_specific": {"severity": "HIGH", "cwe_ids": ["CWE-1321"]},
        "affected": [{
            "package": {"ecosystem": "npm", "name": name},
            "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": fixed}]}],
        }],
    })
}

/// A cooldown that holds [`chalk`]'s 5.6.1 until 2033-12-29 and not its 5.6.0: no test hangs on the day it runs.
pub(crate) fn decade() -> Value {
    serde_json::json!({"cooldown": {"effect": "quarantine", "days": 3650}})
}

/// Long before any cooldown.
pub(crate) const OLD: &str = "2010-01-01T00:00:00.000Z";

/// In the middle of [`decade`].
pub(crate) const YOUNG: &str = "2024-01-01T00:00:00.000Z";

/// Two versions of a package, one old and one young.
pub(crate) fn chalk() -> Npm {
    Npm::new().package("chalk", |p| {
        p.version("5.6.0", |v| v.published(OLD))
            .version("5.6.1", |v| v.published(YOUNG))
    })
}
