//! What projects install, as they reported it: the newest for each lockfile of each project.

use anyhow::{Context, Result};
use jiff::Timestamp;
use lazaret_npm::PackageName;
use serde::Serialize;
use sqlx::FromRow;

use crate::db::{Db, at, on};
use crate::incidents::ServedVersion;
use crate::writer::{Transaction, WriteError, address, execute, short, text};

/// Projects' lockfiles that are kept; a report of one more is refused.
const MOST_INVENTORIES: i64 = 20_000;

/// Packages of one lockfile.
pub const MOST_ITEMS: usize = 100_000;

/// Items that one statement writes.
const BATCH: usize = 2_000;

/// What one lockfile of a project installs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inventory {
    /// How it is called; the one of an earlier report stays.
    pub id: String,
    /// As the project calls itself.
    pub project: String,
    /// The lockfile's path.
    pub lockfile: String,
    /// The commit.
    pub revision: Option<String>,
    /// When it was reported.
    pub reported_at: Timestamp,
    /// The person for whom it was.
    pub reported_by: String,
    /// How many packages it has.
    pub packages: u64,
}

/// One package of an inventory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InventoryItem {
    /// The name.
    pub name: String,
    /// The version.
    pub version: String,
    /// The checksum that is locked, in hex; empty without one.
    pub sha512: String,
    /// `registry`, `git`, ...: only a registry's package is what others mean by its name.
    pub source: String,
    /// `required`, `optional` or `development`.
    pub scope: String,
    /// The shortest way to it.
    pub way: String,
}

/// A project that has a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectHas {
    /// Its lockfile.
    pub inventory: Inventory,
    /// What it has.
    pub item: InventoryItem,
}

/// The projects that have some versions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectsHave {
    /// By version, then project.
    pub projects: Vec<ProjectHas>,
    /// There are more than were asked for.
    pub more: bool,
}

/// A change to inventories.
#[derive(Clone, Debug)]
pub enum InventoryChange {
    /// Takes the place of what the lockfile's report before said.
    Reported(Inventory, Vec<InventoryItem>),
    /// The project or the lockfile is no more.
    Forgotten {
        /// Which.
        id: String,
    },
}

pub(crate) fn check(change: &InventoryChange) -> Result<(), WriteError> {
    let InventoryChange::Reported(inventory, items) = change else {
        return Ok(());
    };
    text("a project's name", Some(&inventory.project), 512)?;
    text("a lockfile's path", Some(&inventory.lockfile), 1024)?;
    text("a revision", inventory.revision.as_deref(), 128)?;
    if items.len() > MOST_ITEMS {
        let why = format!("{} packages: the limit is {MOST_ITEMS}", items.len());
        return Err(WriteError::Refused(why));
    }
    items.iter().try_for_each(|item| {
        text("a name", Some(&item.name), 256)?;
        short(&item.version)?;
        if !item.sha512.is_empty() {
            address(&item.sha512)?;
        }
        text("a source", Some(&item.source), 32)?;
        text("a way", Some(&item.way), 8192)
    })
}

pub(crate) async fn apply(
    transaction: &mut Transaction,
    change: &InventoryChange,
) -> Result<(), WriteError> {
    let (inventory, items) = match change {
        InventoryChange::Forgotten { id } => {
            execute!(
                transaction,
                "delete from inventory_item where inventory = $1",
                id
            );
            execute!(transaction, "delete from inventory where id = $1", id);
            return Ok(());
        }
        InventoryChange::Reported(inventory, items) => (inventory, items),
    };
    let written = execute!(
        transaction,
        "insert into inventory (id, project, lockfile, revision, reported_at, reported_by, packages)
         select $1, $2, $3, $4, $5, $6, $7
         where exists (select 1 from inventory where project = $2 and lockfile = $3)
             or (select count(*) from inventory) < $8
         on conflict (project, lockfile) do update set revision = excluded.revision,
             reported_at = excluded.reported_at, reported_by = excluded.reported_by, packages = excluded.packages",
        &inventory.id,
        &inventory.project,
        &inventory.lockfile,
        inventory.revision.as_deref(),
        inventory.reported_at.as_millisecond(),
        &inventory.reported_by,
        i64::try_from(inventory.packages).unwrap_or(i64::MAX),
        MOST_INVENTORIES,
    );
    if written == 0 {
        let why = format!("there are {MOST_INVENTORIES} inventories here, and no room for another");
        return Err(WriteError::Conflict(why));
    }
    execute!(
        transaction,
        "delete from inventory_item where inventory =
             (select id from inventory where project = $1 and lockfile = $2)",
        &inventory.project,
        &inventory.lockfile,
    );
    for batch in items.chunks(BATCH) {
        let batch = serde_json::to_string(batch)
            .map_err(|error| WriteError::Refused(format!("an inventory: {error}")))?;
        insert(transaction, inventory, &batch).await?;
    }
    Ok(())
}

/// One statement for many rows, which come as JSON: a statement for each would keep all other writes waiting for seconds.
async fn insert(
    transaction: &mut Transaction,
    inventory: &Inventory,
    items: &str,
) -> Result<(), WriteError> {
    macro_rules! statement {
        ($rows:literal) => {
            concat!(
                "insert into inventory_item (inventory, name, version, sha512, source, scope, way)
                 select (select id from inventory where project = $1 and lockfile = $2), item.value->>'name',
                     item.value->>'version', item.value->>'sha512', item.value->>'source', item.value->>'scope',
                     item.value->>'way'
                 from ",
                $rows,
                " as item where true
                 on conflict (inventory, name, version, sha512, source) do nothing"
            )
        };
    }
    match transaction {
        Transaction::Sqlite(transaction) => {
            sqlx::query(statement!("json_each($3)"))
                .bind(&inventory.project)
                .bind(&inventory.lockfile)
                .bind(items)
                .execute(&mut **transaction)
                .await?;
        }
        Transaction::Postgres(transaction) => {
            sqlx::query(statement!("json_array_elements($3::json)"))
                .bind(&inventory.project)
                .bind(&inventory.lockfile)
                .bind(items)
                .execute(&mut **transaction)
                .await?;
        }
    }
    Ok(())
}

#[derive(FromRow)]
struct InventoryRow {
    id: String,
    project: String,
    lockfile: String,
    revision: Option<String>,
    reported_at: i64,
    reported_by: String,
    packages: i64,
}

impl TryFrom<InventoryRow> for Inventory {
    type Error = anyhow::Error;

    fn try_from(row: InventoryRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            project: row.project,
            lockfile: row.lockfile,
            revision: row.revision,
            reported_at: at(row.reported_at)?,
            reported_by: row.reported_by,
            packages: row.packages.try_into()?,
        })
    }
}

#[derive(FromRow)]
struct HasRow {
    #[sqlx(flatten)]
    inventory: InventoryRow,
    name: String,
    version: String,
    sha512: String,
    source: String,
    scope: String,
    way: String,
}

impl TryFrom<HasRow> for ProjectHas {
    type Error = anyhow::Error;

    fn try_from(row: HasRow) -> Result<Self> {
        Ok(Self {
            inventory: row.inventory.try_into()?,
            item: InventoryItem {
                name: row.name,
                version: row.version,
                sha512: row.sha512,
                source: row.source,
                scope: row.scope,
                way: row.way,
            },
        })
    }
}

impl Db {
    /// Those that were reported, by project and lockfile.
    pub async fn inventories(&self, limit: u32, offset: u32) -> Result<Vec<Inventory>> {
        let rows: Vec<InventoryRow> = on!(self, pool => sqlx::query_as(
                "select id, project, lockfile, revision, reported_at, reported_by, packages
                 from inventory order by project, lockfile limit $1 offset $2",
            )
            .bind(i64::from(limit))
            .bind(i64::from(offset))
            .fetch_all(pool)
            .await
            .context("cannot read the inventories")?);
        rows.into_iter().map(Inventory::try_from).collect()
    }

    /// One of them.
    pub async fn inventory(&self, id: &str) -> Result<Option<Inventory>> {
        let row: Option<InventoryRow> = on!(self, pool => sqlx::query_as(
                "select id, project, lockfile, revision, reported_at, reported_by, packages
                 from inventory where id = $1",
            )
            .bind(id)
            .fetch_optional(pool)
            .await
            .context("cannot read an inventory")?);
        row.map(Inventory::try_from).transpose()
    }

    /// Versions of a registry's package that some project has.
    pub async fn reported_versions(&self, name: &PackageName) -> Result<Vec<String>> {
        on!(self, pool => sqlx::query_scalar(
                "select distinct version from inventory_item where name = $1 and source = 'registry'",
            )
            .bind(name.as_str())
            .fetch_all(pool)
            .await
            .context("cannot read which versions projects have"))
    }

    /// Everything of a registry that some project has, each once, by name.
    pub async fn reported_packages(&self, limit: u32) -> Result<Vec<ServedVersion>> {
        let rows: Vec<(String, String, String)> = on!(self, pool => sqlx::query_as(
                "select distinct name, version, sha512 from inventory_item where source = 'registry'
                 order by name, version limit $1",
            )
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await
            .context("cannot read what projects have")?);
        let parsed = rows.into_iter().map(|(name, version, sha512)| {
            Ok(ServedVersion {
                name: PackageName::parse(&name)?,
                version,
                sha512: Some(sha512).filter(|sha512| !sha512.is_empty()),
            })
        });
        parsed.collect()
    }

    /// Projects that have these versions of a registry's package: at most `limit`.
    pub async fn projects_with(
        &self,
        name: &PackageName,
        versions: &[String],
        limit: u32,
    ) -> Result<ProjectsHave> {
        let mut answer = ProjectsHave::default();
        for version in versions {
            let left = i64::from(limit) - i64::try_from(answer.projects.len())?;
            let rows: Vec<HasRow> = on!(self, pool => sqlx::query_as(
                    "select n.id, n.project, n.lockfile, n.revision, n.reported_at, n.reported_by, n.packages,
                         i.name, i.version, i.sha512, i.source, i.scope, i.way
                     from inventory_item i join inventory n on n.id = i.inventory
                     where i.name = $1 and i.version = $2 and i.source = 'registry'
                     order by n.project, n.lockfile, i.sha512 limit $3",
                )
                .bind(name.as_str())
                .bind(version)
                .bind(left + 1)
                .fetch_all(pool)
                .await
                .with_context(|| format!("cannot read which projects have {name}"))?);
            for row in rows {
                answer.projects.push(row.try_into()?);
            }
            if answer.projects.len() > limit as usize {
                answer.projects.truncate(limit as usize);
                answer.more = true;
                break;
            }
        }
        Ok(answer)
    }
}
