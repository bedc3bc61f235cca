//! People, their sessions and their programs' tokens. Secrets come here as hashes only.

mod apply;
mod secret;

use anyhow::{Context, Result};
use jiff::Timestamp;
use sqlx::FromRow;

pub(crate) use apply::apply;
pub use secret::{Password, PasswordError, Secret, random_id};

use crate::db::{Db, at, maybe, on};

/// What somebody may do; each may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Sees evidence and who has what.
    Reader,
    /// Decides about quarantined versions.
    Reviewer,
    /// Manages people, and lifts blocks.
    Admin,
}

impl Role {
    /// All, the least first.
    pub const ALL: [Self; 3] = [Self::Reader, Self::Reviewer, Self::Admin];

    /// `reader`, `reviewer`, `admin`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Reviewer => "reviewer",
            Self::Admin => "admin",
        }
    }

    /// The role of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// Somebody with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// What they log in with, and what stands under their decisions.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The hash of their password.
    pub password: Password,
    /// Since when.
    pub created_at: Timestamp,
    /// Since when they may not log in any more.
    pub disabled_at: Option<Timestamp>,
    /// Wrong passwords since the last right one.
    pub failures: u32,
    /// Until when no password is right.
    pub locked_until: Option<Timestamp>,
}

/// Somebody at a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Of the cookie, in hex.
    pub sha256: String,
    /// Who.
    pub person: String,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
}

/// A program that acts for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// How it is called in lists and downloads.
    pub id: String,
    /// Of the token, in hex.
    pub sha256: String,
    /// For whom it acts.
    pub person: String,
    /// What it is for.
    pub label: String,
    /// What it may do, at most: never more than the person.
    pub role: Role,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
    /// Since when it is of no use any more.
    pub revoked_at: Option<Timestamp>,
}

/// A change to people and what they log in with.
#[derive(Clone, Debug)]
pub enum PeopleChange {
    /// The first person; a conflict once there is one.
    First(Person),
    /// One more; a conflict if the name was ever taken.
    Added(Person),
    /// Another role; a conflict for the last admin.
    Role {
        /// Whose.
        name: String,
        /// Which.
        role: Role,
    },
    /// Another password; ends all sessions.
    Password {
        /// Whose.
        name: String,
        /// Which.
        password: Password,
    },
    /// No more logging in; ends all sessions and tokens. A conflict for the last admin.
    Disabled {
        /// Who.
        name: String,
        /// Since when.
        at: Timestamp,
    },
    /// A wrong password.
    Failed {
        /// Whose.
        name: String,
        /// Until when no further one is tried.
        locked_until: Option<Timestamp>,
    },
    /// A right password.
    LoggedIn(Session),
    /// The end of one session.
    LoggedOut {
        /// Of the cookie.
        sha256: String,
    },
    /// Sessions that ended before are forgotten.
    Expired {
        /// When.
        before: Timestamp,
    },
    /// A new token.
    TokenAdded(ApiToken),
    /// The end of a token; a conflict if it has ended.
    TokenRevoked {
        /// Which.
        id: String,
        /// Since when.
        at: Timestamp,
    },
}

#[derive(FromRow)]
struct PersonRow {
    name: String,
    role: String,
    password: String,
    created_at: i64,
    disabled_at: Option<i64>,
    failures: i64,
    locked_until: Option<i64>,
}

impl TryFrom<PersonRow> for Person {
    type Error = anyhow::Error;

    fn try_from(row: PersonRow) -> Result<Self> {
        Ok(Self {
            name: row.name,
            role: role(&row.role)?,
            password: Password::stored(row.password),
            created_at: at(row.created_at)?,
            disabled_at: maybe(row.disabled_at)?,
            failures: row.failures.try_into()?,
            locked_until: maybe(row.locked_until)?,
        })
    }
}

#[derive(FromRow)]
struct TokenRow {
    id: String,
    sha256: String,
    person: String,
    label: String,
    role: String,
    created_at: i64,
    expires_at: i64,
    revoked_at: Option<i64>,
}

impl TryFrom<TokenRow> for ApiToken {
    type Error = anyhow::Error;

    fn try_from(row: TokenRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            sha256: row.sha256,
            person: row.person,
            label: row.label,
            role: role(&row.role)?,
            created_at: at(row.created_at)?,
            expires_at: at(row.expires_at)?,
            revoked_at: maybe(row.revoked_at)?,
        })
    }
}

fn role(text: &str) -> Result<Role> {
    Role::parse(text).with_context(|| format!("unknown role {text:?}"))
}

impl Db {
    /// The person of this name.
    pub async fn person(&self, name: &str) -> Result<Option<Person>> {
        let row: Option<PersonRow> = on!(self, pool => sqlx::query_as(
                "select name, role, password, created_at, disabled_at, failures, locked_until
                 from person where name = $1",
            )
            .bind(name)
            .fetch_optional(pool)
            .await
            .context("cannot read who this is")?);
        row.map(Person::try_from).transpose()
    }

    /// Everybody, by name.
    pub async fn people(&self) -> Result<Vec<Person>> {
        let rows: Vec<PersonRow> = on!(self, pool => sqlx::query_as(
                "select name, role, password, created_at, disabled_at, failures, locked_until
                 from person order by name",
            )
            .fetch_all(pool)
            .await
            .context("cannot read who is here")?);
        rows.into_iter().map(Person::try_from).collect()
    }

    /// Whether anybody has an account.
    pub async fn has_people(&self) -> Result<bool> {
        let one: Option<(String,)> = on!(self, pool => sqlx::query_as(
                "select name from person limit 1",
            )
            .fetch_optional(pool)
            .await
            .context("cannot read who is here")?);
        Ok(one.is_some())
    }

    /// The person behind a session that has not ended.
    pub async fn session(&self, sha256: &str, now: Timestamp) -> Result<Option<Person>> {
        let row: Option<PersonRow> = on!(self, pool => sqlx::query_as(
                "select p.name, p.role, p.password, p.created_at, p.disabled_at, p.failures, p.locked_until
                 from session s join person p on p.name = s.person
                 where s.sha256 = $1 and s.expires_at > $2 and p.disabled_at is null",
            )
            .bind(sha256)
            .bind(now.as_millisecond())
            .fetch_optional(pool)
            .await
            .context("cannot read who is logged in")?);
        row.map(Person::try_from).transpose()
    }

    /// All tokens, ended ones too, the newest first.
    pub async fn api_tokens(&self) -> Result<Vec<ApiToken>> {
        let rows: Vec<TokenRow> = on!(self, pool => sqlx::query_as(
                "select id, sha256, person, label, role, created_at, expires_at, revoked_at
                 from api_token order by created_at desc, id",
            )
            .fetch_all(pool)
            .await
            .context("cannot read the tokens")?);
        rows.into_iter().map(ApiToken::try_from).collect()
    }
}
