//! What we keep: rows in SQLite or PostgreSQL, bytes in files named by their content.
//! The only crate that speaks SQL. It judges nothing and asks nobody.

pub mod audit_log;
mod blobs;
mod db;
mod document;
mod downloads;
mod held;
mod incidents;
mod inspections;
mod inventories;
mod lock;
mod people;
mod reviews;
mod rows;
mod webhooks;
mod writer;

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use jiff::Timestamp;

pub use audit_log::LogLine;
pub use blobs::{Blobs, Ingest, Stored};
pub use db::Db;
pub use document::{pack, unpack};
pub use downloads::{Download, Handed, WhoHas};
pub use held::{HeldRow, LetGo, QueueFilter, QueueLine, QueueOrder};
pub use incidents::{Closing, Incident, IncidentChange, IncidentClient, ServedVersion};
pub use inspections::{Inspection, InspectionChange, PackedReport, QueueCounts, QueuedInspection};
pub use inventories::{
    Inventory, InventoryChange, InventoryItem, MOST_ITEMS, ProjectHas, ProjectsHave,
};
pub use lock::Lock;
pub use people::{
    ApiToken, Password, PasswordError, PeopleChange, Person, Role, Secret, Session, random_id,
};
pub use reviews::{
    ReviewChange, ReviewDecision, ReviewFilter, ReviewRow, ReviewSubject, Withdrawal,
};
pub use rows::{
    ContentRow, Event, History, PackageRow, RecordedEvent, Severity, Totals, Validators, VersionRow,
};
pub use webhooks::{Delivery, DeliveryState, NewDelivery, News, RecordedNews, WebhookChange};
pub use writer::{Write, WriteError};

use writer::Writer;

/// Everything one installation remembers. Clones share the pools and the one writer.
#[derive(Clone)]
pub struct Store {
    /// Questions to the database; all changes go through [`Store::write`] and [`Store::queue`].
    pub db: Db,
    /// The bytes.
    pub blobs: Blobs,
    writer: Writer,
    data: Option<Arc<Path>>,
}

impl Store {
    /// Opens the data directory `data`, creating it for this user alone, and the database: a `postgres://` URL, or
    /// `data/lazaret.db` when `database` is `None`. Migrates the database first where it is older than this program.
    pub async fn open(data: &Path, database: Option<&str>) -> Result<Self> {
        blobs::create_directory(data)
            .with_context(|| format!("cannot create the data directory {}", data.display()))?;
        let blobs = Blobs::local(data)?;
        let (db, writes) = match database {
            None => db::open_sqlite(&data.join("lazaret.db")).await?,
            Some(url) => db::open_postgres(url).await?,
        };
        Ok(Self {
            db,
            blobs,
            writer: Writer::start(writes),
            data: Some(data.into()),
        })
    }

    /// A store that keeps nothing: SQLite and the blobs in memory, for tests and for trying things out.
    pub async fn memory() -> Result<Self> {
        let (db, writes) = db::open_memory().await?;
        Ok(Self {
            db,
            blobs: Blobs::memory(),
            writer: Writer::start(writes),
            data: None,
        })
    }

    /// Claims the data directory for a server, until the answer is dropped, and clears away what a killed one left half
    /// received. Commands that read or import work beside a running server and do not call this.
    ///
    /// # Errors
    /// When another process holds it; the message names that process.
    pub fn lock(&self) -> Result<Lock> {
        let Some(data) = &self.data else {
            return Ok(Lock::nothing());
        };
        let lock = Lock::take(data)?;
        self.blobs.remove_leftovers()?;
        Ok(lock)
    }

    /// Commits `writes` together, all or none, and returns once they are on disk, as is all that was asked before.
    ///
    /// # Errors
    /// What refused these writes; whatever others wrote at the same moment is not affected.
    pub async fn write(&self, writes: Vec<Write>) -> Result<(), WriteError> {
        self.writer.write(writes).await
    }

    /// Commits `writes` together some time soon; waits only while the queue is full. A failure is logged.
    ///
    /// # Errors
    /// [`WriteError::Refused`] and [`WriteError::Closed`], which are known at once.
    pub async fn queue(&self, writes: Vec<Write>) -> Result<(), WriteError> {
        self.writer.queue(writes).await
    }

    /// Takes bytes that are no longer what their name says out of service: the file moves to `quarantine/` and the row
    /// says since when. The pin stays: only bytes with the same address can take their place.
    pub async fn quarantine(&self, sha512: &str, at: Timestamp) -> Result<()> {
        self.blobs.quarantine(sha512).await?;
        let sha512 = sha512.to_owned();
        self.write(vec![Write::Quarantined { sha512, at }]).await?;
        Ok(())
    }

    /// Commits what is queued and lets go of the database. Later writes are [`WriteError::Closed`].
    pub async fn close(&self) {
        self.writer.close().await;
        self.db.close().await;
    }
}
