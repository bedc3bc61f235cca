//! Who asks, and what they may: people with a session, programs with a token, and the first admin with a link.

mod cookie;
mod throttle;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use jiff::{SignedDuration, Timestamp};
use lazaret_store::{
    ApiToken, Event, Password, PeopleChange, Person, Role, Secret, Session, Severity, Store, Write,
    WriteError, random_id,
};
use tokio::sync::Semaphore;

use crate::mirror::broken_store;
use crate::problem::Problem;
use throttle::Throttle;

/// What tokens begin with, so that scanners of repositories find leaked ones.
pub(crate) const TOKEN_PREFIX: &str = "lzt_";

/// Wrong passwords after which an account is locked for a minute; each further one doubles it.
const FAILURES: u32 = 5;
const LONGEST_LOCK: SignedDuration = SignedDuration::from_hours(1);

/// Passwords that are checked at once: each takes 19 MB and a core.
const HASHES: usize = 2;

/// Longest life of a token.
const TOKEN_DAYS: i64 = 366;

/// How people work with a server.
#[derive(Clone, Debug)]
pub struct PeopleSettings {
    /// How long a log-in lasts.
    pub session: Duration,
    /// How many people must approve before a held version is served; 2 is the two-person rule.
    pub approvals: usize,
    /// How long it is remembered who downloaded what.
    pub keep_downloads: Duration,
    /// A proxy of ours stands in front: the client is who `X-Forwarded-For` names last.
    pub behind_proxy: bool,
}

impl Default for PeopleSettings {
    fn default() -> Self {
        Self {
            session: Duration::from_secs(12 * 3600),
            approvals: 1,
            keep_downloads: Duration::from_secs(400 * 24 * 3600),
            behind_proxy: false,
        }
    }
}

/// Somebody who is known.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) person: String,
    pub(crate) role: Role,
    /// What forms of this session have to repeat; empty for a token.
    pub(crate) form_token: String,
    /// The hash of the session's cookie.
    session: String,
}

impl Caller {
    /// 403 for those with less than this role.
    pub(crate) fn needs(&self, role: Role) -> Result<(), Problem> {
        if self.role >= role {
            return Ok(());
        }
        Err(Problem::forbidden(format!(
            "this takes a {}; {} is a {} here",
            role.as_str(),
            self.person,
            self.role.as_str()
        )))
    }

    pub(crate) fn may_review(&self) -> bool {
        self.role >= Role::Reviewer
    }

    pub(crate) fn is_admin(&self) -> bool {
        self.role >= Role::Admin
    }

    /// Whether a form of this session was sent by its page.
    pub(crate) fn check_form(&self, token: &str) -> Result<(), Problem> {
        if !self.form_token.is_empty() && self.form_token == token {
            return Ok(());
        }
        Err(Problem::forbidden(
            "this form is not from a page of this session: go back, reload the page, and send it again",
        ))
    }
}

/// A token with what it may do now.
struct Known {
    token: ApiToken,
    /// The lesser of its own role and its person's.
    role: Role,
}

pub(crate) struct Access {
    store: Store,
    pub(crate) settings: PeopleSettings,
    /// Clients reach us by https, so cookies must not travel otherwise.
    secure: bool,
    /// The hash of the first admin's link; `None` once there is an admin.
    setup: Mutex<Option<String>>,
    tokens: ArcSwap<BTreeMap<String, Known>>,
    hashing: Arc<Semaphore>,
    log_ins: Throttle,
    requests: Throttle,
    /// What is checked where there is no such person, so that it takes as long.
    nobody: tokio::sync::OnceCell<Password>,
}

impl Access {
    pub(crate) async fn new(
        store: Store,
        settings: PeopleSettings,
        public_url: &str,
    ) -> anyhow::Result<Self> {
        let access = Self {
            store,
            settings,
            secure: public_url.starts_with("https://"),
            setup: Mutex::default(),
            tokens: ArcSwap::default(),
            hashing: Arc::new(Semaphore::new(HASHES)),
            log_ins: Throttle::new(20, Duration::from_secs(60)),
            requests: Throttle::new(600, Duration::from_secs(60)),
            nobody: tokio::sync::OnceCell::new(),
        };
        access.reload().await?;
        Ok(access)
    }

    /// A link that makes whoever follows it the first admin, if there is none; the link before it is of no use any more.
    pub(crate) async fn setup_link(&self, public_url: &str) -> anyhow::Result<Option<String>> {
        if self.store.db.has_people().await? {
            return Ok(None);
        }
        let secret = Secret::new("")?;
        *self.setup.lock().unwrap_or_else(PoisonError::into_inner) = Some(secret.sha256());
        let secret = secret.reveal();
        Ok(Some(format!("{public_url}/-/lazaret/setup/{secret}")))
    }

    /// 404 for anything but the link.
    pub(crate) fn check_setup(&self, secret: &str) -> Result<(), Problem> {
        let setup = self.setup.lock().unwrap_or_else(PoisonError::into_inner);
        if setup.as_deref() == Some(&Secret::sha256_of(secret)) {
            return Ok(());
        }
        Err(Problem::gone(
            "this link is not, or no longer, of use: the first start prints one, and it works once",
        ))
    }

    /// Makes the first admin and logs them in.
    pub(crate) async fn set_up(
        &self,
        secret: &str,
        name: &str,
        password: &str,
    ) -> Result<Secret, Problem> {
        self.check_setup(secret)?;
        let person = self.new_person(name, Role::Admin, password).await?;
        let name = person.name.clone();
        self.write(
            &name,
            PeopleChange::First(person),
            "person-added",
            &serde_json::json!({ "person": name, "role": "admin", "by": "the link of the first start" }),
        )
        .await?;
        *self.setup.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.begin_session(&name).await
    }

    /// Logs a person in; gives the cookie's secret. Takes as long for a name that nobody has.
    pub(crate) async fn log_in(
        &self,
        name: &str,
        password: String,
        address: IpAddr,
    ) -> Result<Secret, Problem> {
        const WRONG: &str = "this name and password do not go together, or there were too many wrong ones: check both, \
                             or wait some minutes";
        self.log_ins.take(&address.to_string())?;
        let Ok(_permit) = self.hashing.acquire().await else {
            return Err(Problem::internal());
        };
        // Read once it is our turn: whoever sends many at once has the first ones counted by now.
        let name = name.trim().to_lowercase();
        let now = Timestamp::now();
        let person = self.store.db.person(&name).await.map_err(broken_store)?;
        let person = person.filter(|person| {
            person.disabled_at.is_none() && person.locked_until.is_none_or(|until| until <= now)
        });
        let expected = match &person {
            Some(person) => person.password.clone(),
            None => self.nobodys_password().await?,
        };
        let is_right = tokio::task::spawn_blocking(move || expected.is(&password))
            .await
            .map_err(broken_store)?;
        let Some(person) = person else {
            return Err(Problem::unauthorized(WRONG));
        };
        if is_right {
            return self.begin_session(&person.name).await;
        }
        let failures = person.failures + 1;
        let locked_until = (failures >= FAILURES).then(|| {
            let minutes = 1_i64 << (failures - FAILURES).min(10);
            let lock = SignedDuration::from_mins(minutes).min(LONGEST_LOCK);
            now.checked_add(lock).unwrap_or(Timestamp::MAX)
        });
        let failed = PeopleChange::Failed {
            name: person.name.clone(),
            locked_until,
        };
        let event = event(
            "log-in-failed",
            if locked_until.is_some() {
                Severity::Warning
            } else {
                Severity::Info
            },
            &serde_json::json!({ "person": person.name, "address": address, "locked_until": locked_until }),
        );
        let writes = vec![Write::People(failed), Write::Event(event)];
        self.store.write(writes).await.map_err(unwritten)?;
        Err(Problem::unauthorized(WRONG))
    }

    async fn nobodys_password(&self) -> Result<Password, Problem> {
        let make = async || {
            let secret = Secret::new("").map_err(broken_store)?;
            tokio::task::spawn_blocking(move || Password::hash(secret.reveal()))
                .await
                .map_err(broken_store)?
                .map_err(broken_store)
        };
        self.nobody.get_or_try_init(make).await.cloned()
    }

    async fn begin_session(&self, name: &str) -> Result<Secret, Problem> {
        let secret = Secret::new("").map_err(broken_store)?;
        let now = Timestamp::now();
        let session = Session {
            sha256: secret.sha256(),
            person: name.to_owned(),
            created_at: now,
            expires_at: now
                .checked_add(self.settings.session)
                .unwrap_or(Timestamp::MAX),
        };
        let expired = Write::People(PeopleChange::Expired { before: now });
        let acted = Write::Acted {
            actor: name.to_owned(),
            event: event("logged-in", Severity::Info, &serde_json::json!({})),
        };
        let logged_in = Write::People(PeopleChange::LoggedIn(session));
        self.store
            .write(vec![expired, logged_in, acted])
            .await
            .map_err(unwritten)?;
        Ok(secret)
    }

    /// The person whose session's cookie this is.
    pub(crate) async fn by_cookie(&self, headers: &HeaderMap) -> Result<Option<Caller>, Problem> {
        let Some(secret) = cookie::read(headers) else {
            return Ok(None);
        };
        let session = Secret::sha256_of(&secret);
        let now = Timestamp::now();
        let person = self
            .store
            .db
            .session(&session, now)
            .await
            .map_err(broken_store)?;
        Ok(person.map(|person| Caller {
            person: person.name,
            role: person.role,
            form_token: Secret::sha256_of(&format!("form {secret}")),
            session,
        }))
    }

    pub(crate) async fn log_out(&self, caller: &Caller) -> Result<(), Problem> {
        let sha256 = caller.session.clone();
        let out = PeopleChange::LoggedOut { sha256 };
        self.write(&caller.person, out, "logged-out", &serde_json::json!({}))
            .await
    }

    /// `Set-Cookie` for a session that begins.
    pub(crate) fn set_cookie(&self, secret: &Secret) -> String {
        cookie::set(secret.reveal(), self.settings.session, self.secure)
    }

    /// `Set-Cookie` for a session that ends.
    pub(crate) fn clear_cookie(&self) -> String {
        cookie::set("", Duration::ZERO, self.secure)
    }

    /// The person for whom this request's token acts; 401 without one, 429 if it asks too often.
    pub(crate) fn by_token(&self, headers: &HeaderMap) -> Result<Caller, Problem> {
        let tokens = self.tokens.load();
        let known = self.token(&tokens, headers).ok_or_else(|| {
            Problem::unauthorized(
                "this needs a token that is in force, as in `Authorization: Bearer lzt_...`: an account's page makes them",
            )
        })?;
        self.requests.take(&known.token.id)?;
        Ok(Caller {
            person: known.token.person.clone(),
            role: known.role,
            form_token: String::new(),
            session: String::new(),
        })
    }

    /// The id of this request's token.
    pub(crate) fn token_id(&self, headers: &HeaderMap) -> Option<String> {
        let tokens = self.tokens.load();
        Some(self.token(&tokens, headers)?.token.id.clone())
    }

    fn token<'a>(
        &self,
        tokens: &'a BTreeMap<String, Known>,
        headers: &HeaderMap,
    ) -> Option<&'a Known> {
        let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
        let (scheme, secret) = value.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") || !secret.starts_with(TOKEN_PREFIX) {
            return None;
        }
        let known = tokens.get(&Secret::sha256_of(secret.trim()))?;
        (known.token.expires_at > Timestamp::now()).then_some(known)
    }

    /// Makes a token for its person; its text is given this once.
    pub(crate) async fn new_token(
        &self,
        caller: &Caller,
        label: &str,
        role: Role,
        days: i64,
    ) -> Result<(ApiToken, Secret), Problem> {
        caller.needs(role)?;
        let label = label.trim();
        if label.is_empty() || label.chars().count() > 80 {
            return Err(Problem::bad_request(
                "a token needs a label of 1 to 80 characters that says what it is for",
            ));
        }
        if !(1..=TOKEN_DAYS).contains(&days) {
            return Err(Problem::bad_request(format!(
                "a token lives 1 to {TOKEN_DAYS} days"
            )));
        }
        let secret = Secret::new(TOKEN_PREFIX).map_err(broken_store)?;
        let now = Timestamp::now();
        let token = ApiToken {
            id: random_id().map_err(broken_store)?,
            sha256: secret.sha256(),
            person: caller.person.clone(),
            label: label.to_owned(),
            role,
            created_at: now,
            expires_at: now
                .checked_add(SignedDuration::from_hours(24 * days))
                .unwrap_or(Timestamp::MAX),
            revoked_at: None,
        };
        let detail = serde_json::json!({
            "token": token.id, "label": token.label, "role": role.as_str(), "expires_at": token.expires_at,
        });
        let added = PeopleChange::TokenAdded(token.clone());
        self.write(&caller.person, added, "token-made", &detail)
            .await?;
        Ok((token, secret))
    }

    /// Ends a token: one's own, or as an admin anybody's.
    pub(crate) async fn revoke_token(&self, caller: &Caller, id: &str) -> Result<(), Problem> {
        let tokens = self.store.db.api_tokens().await.map_err(broken_store)?;
        let token = tokens.into_iter().find(|token| token.id == id);
        let token = token.ok_or_else(|| Problem::gone("there is no such token"))?;
        if token.person != caller.person {
            caller.needs(Role::Admin)?;
        }
        let detail = serde_json::json!({ "token": id, "person": token.person });
        let at = Timestamp::now();
        let id = id.to_owned();
        let revoked = PeopleChange::TokenRevoked { id, at };
        self.write(&caller.person, revoked, "token-revoked", &detail)
            .await
    }

    /// Tokens that the caller may see: their own, or as an admin all.
    pub(crate) async fn tokens_of(&self, caller: &Caller) -> Result<Vec<ApiToken>, Problem> {
        let mut tokens = self.store.db.api_tokens().await.map_err(broken_store)?;
        tokens.retain(|token| caller.is_admin() || token.person == caller.person);
        Ok(tokens)
    }

    /// Gives somebody an account.
    pub(crate) async fn add_person(
        &self,
        caller: &Caller,
        name: &str,
        role: Role,
        password: &str,
    ) -> Result<(), Problem> {
        caller.needs(Role::Admin)?;
        let person = self.new_person(name, role, password).await?;
        let detail = serde_json::json!({ "person": person.name, "role": role.as_str() });
        let added = PeopleChange::Added(person);
        self.write(&caller.person, added, "person-added", &detail)
            .await
    }

    pub(crate) async fn set_role(
        &self,
        caller: &Caller,
        name: &str,
        role: Role,
    ) -> Result<(), Problem> {
        caller.needs(Role::Admin)?;
        let detail = serde_json::json!({ "person": name, "role": role.as_str() });
        let name = name.to_owned();
        let change = PeopleChange::Role { name, role };
        self.write(&caller.person, change, "role-changed", &detail)
            .await
    }

    pub(crate) async fn disable(&self, caller: &Caller, name: &str) -> Result<(), Problem> {
        caller.needs(Role::Admin)?;
        let detail = serde_json::json!({ "person": name });
        let disabled = PeopleChange::Disabled {
            name: name.to_owned(),
            at: Timestamp::now(),
        };
        self.write(&caller.person, disabled, "person-disabled", &detail)
            .await
    }

    /// Another password, for whoever knows the old one; every session ends.
    pub(crate) async fn change_password(
        &self,
        caller: &Caller,
        old: String,
        new: &str,
    ) -> Result<(), Problem> {
        self.log_ins.take(&caller.person)?;
        let person = self.store.db.person(&caller.person).await;
        let person = person
            .map_err(broken_store)?
            .ok_or_else(Problem::internal)?;
        let is_right = {
            let Ok(_permit) = self.hashing.acquire().await else {
                return Err(Problem::internal());
            };
            tokio::task::spawn_blocking(move || person.password.is(&old))
                .await
                .map_err(broken_store)?
        };
        if !is_right {
            return Err(Problem::forbidden("that is not the present password"));
        }
        let change = PeopleChange::Password {
            name: caller.person.clone(),
            password: self.hash(new).await?,
        };
        let detail = serde_json::json!({});
        self.write(&caller.person, change, "password-changed", &detail)
            .await
    }

    async fn new_person(&self, name: &str, role: Role, password: &str) -> Result<Person, Problem> {
        let name = name.trim().to_lowercase();
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-@".contains(c);
        if !(2..=64).contains(&name.len()) || !name.chars().all(is_plain) {
            return Err(Problem::bad_request(
                "a name has 2 to 64 letters, digits, or one of . _ - @",
            ));
        }
        Ok(Person {
            name,
            role,
            password: self.hash(password).await?,
            created_at: Timestamp::now(),
            disabled_at: None,
            failures: 0,
            locked_until: None,
        })
    }

    async fn hash(&self, password: &str) -> Result<Password, Problem> {
        let Ok(_permit) = self.hashing.acquire().await else {
            return Err(Problem::internal());
        };
        let password = password.to_owned();
        tokio::task::spawn_blocking(move || Password::hash(&password))
            .await
            .map_err(broken_store)?
            .map_err(|error| Problem::bad_request(error.to_string()))
    }

    /// Stores what somebody changed together with the line of the log that tells of it.
    async fn write(
        &self,
        actor: &str,
        change: PeopleChange,
        kind: &str,
        detail: &serde_json::Value,
    ) -> Result<(), Problem> {
        let acted = Write::Acted {
            actor: actor.to_owned(),
            event: event(kind, Severity::Info, detail),
        };
        let writes = vec![Write::People(change), acted];
        self.store.write(writes).await.map_err(unwritten)?;
        self.reload().await.map_err(broken_store)
    }

    /// Reads anew which tokens may do what.
    async fn reload(&self) -> anyhow::Result<()> {
        let people: BTreeMap<String, Role> = self
            .store
            .db
            .people()
            .await?
            .into_iter()
            .filter(|person| person.disabled_at.is_none())
            .map(|person| (person.name, person.role))
            .collect();
        let tokens = self.store.db.api_tokens().await?.into_iter();
        let known = tokens
            .filter(|token| token.revoked_at.is_none())
            .filter_map(|token| {
                let role = token.role.min(*people.get(&token.person)?);
                Some((token.sha256.clone(), Known { token, role }))
            });
        self.tokens.store(Arc::new(known.collect()));
        Ok(())
    }

    /// Whose request this is, by address: the peer, or whom a proxy of ours names.
    pub(crate) fn address(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.settings.behind_proxy {
            return peer;
        }
        headers
            .get_all("x-forwarded-for")
            .iter()
            .next_back()
            .and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok())
            .unwrap_or(peer)
    }
}

/// Refuses what another site's page sent: browsers say where a request comes from.
pub(crate) fn refuse_foreign(headers: &HeaderMap) -> Result<(), Problem> {
    let site = headers.get("sec-fetch-site");
    if site.is_none_or(|site| site == "same-origin" || site == "none") {
        return Ok(());
    }
    Err(Problem::forbidden("this form was sent by another site"))
}

pub(crate) fn event(kind: &str, severity: Severity, detail: &serde_json::Value) -> Event {
    Event {
        at: Timestamp::now(),
        kind: kind.to_owned(),
        severity,
        name: None,
        version: None,
        detail: detail.to_string(),
    }
}

/// A conflict is told to whoever caused it; anything else is ours.
pub(crate) fn unwritten(error: WriteError) -> Problem {
    match error {
        WriteError::Conflict(text) => Problem::conflict(text),
        WriteError::Refused(text) => Problem::bad_request(format!("cannot store {text}")),
        other => broken_store(other),
    }
}
