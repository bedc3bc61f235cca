//! How fast questions about people's work are answered on a full database: ten million clients and versions, a hundred
//! thousand held versions, ten thousand reviews. `cargo run --release -p lazaret-store --example people [DIRECTORY]`

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "an example that cannot go on should say why"
)]

use std::time::Instant;

use jiff::Timestamp;
use lazaret_npm::PackageName;
use lazaret_store::{QueueFilter, QueueOrder, ReviewFilter, Store};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

/// 4,000 packages with 50 versions and 50 clients each; a hot one besides, with 1,000 versions in use.
const FILL: &[&str] = &[
    "insert into download with recursive n(i) as (select 0 union all select i + 1 from n where i < 9999999)
     select 'package-' || (i / 2500), '1.' || (i / 50 % 50) || '.0', 'a:10.0.' || (i % 50) || '.1', 'npm/11 node/v24',
         i, i, 1 from n",
    "insert into download with recursive n(i) as (select 0 union all select i + 1 from n where i < 99999)
     select 'hot', '1.' || (i / 100) || '.0', 'a:10.1.' || (i % 100) || '.1', 'npm/11 node/v24', i, i, 1 from n",
    "insert into package_version (name, version, served_first_at, served_last_at, served_count)
     with recursive n(i) as (select 0 union all select i + 1 from n where i < 999)
     select 'hot', '1.' || i || '.0', 1, 1, 1 from n",
    "insert into held with recursive n(i) as (select 0 union all select i + 1 from n where i < 99999)
     select 'package-' || (i / 25), '2.' || (i % 25) || '.0', case when i % 10 = 0 then 'block' else 'quarantine' end,
         'cooldown', 'published lately, in cooldown', null, i from n",
    "insert into refusal with recursive n(i) as (select 0 union all select i + 1 from n where i < 99999)
     select 'package-' || (i % 4000), '2.0.0', 'a:10.2.' || (i / 4000) || '.1', 'npm/11', i, i, 1 from n",
    "insert into person (name, role, password, created_at) values ('anna', 'admin', '', 1)",
    "insert into review (id, name, version, sha512, decision, lifts_block, reason, person, at)
     with recursive n(i) as (select 0 union all select i + 1 from n where i < 9999)
     select 'r' || i, 'package-' || (i % 4000), '1.0.' || i, printf('%0128d', i), 'approve', 0, 'fine', 'anna', i from n",
];

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let data = std::env::args()
        .nth(1)
        .map_or(folder.path().to_owned(), Into::into);
    let store = Store::open(&data, None).await.unwrap();
    let options = SqliteConnectOptions::new().filename(data.join("lazaret.db"));
    let pool = SqlitePool::connect_with(options).await.unwrap();
    if !store.db.has_people().await.unwrap() {
        let started = Instant::now();
        for statement in FILL {
            sqlx::query(*statement).execute(&pool).await.unwrap();
        }
        println!("filled in {:.0?}", started.elapsed());
    }
    pool.close().await;
    let (now, db) = (Timestamp::now(), &store.db);
    for round in ["cold", "warm"] {
        println!("{round}:");
        let clock = Instant::now();
        let some = [String::from("1.7.0")];
        let name = PackageName::parse("package-1234").unwrap();
        let has = db.who_has(&name, &some, 5000).await.unwrap();
        println!(
            "  who has one version: {} in {:.1?}",
            has.downloads.len(),
            clock.elapsed()
        );

        let clock = Instant::now();
        let name = PackageName::parse("hot").unwrap();
        let versions = db.served_versions(&name).await.unwrap();
        let has = db.who_has(&name, &versions, 5000).await.unwrap();
        println!(
            "  who has any of {}: {} and more in {:.1?}",
            versions.len(),
            has.downloads.len(),
            clock.elapsed()
        );

        for order in [QueueOrder::Waiting, QueueOrder::Newest, QueueOrder::Name] {
            let clock = Instant::now();
            let filter = QueueFilter {
                order,
                ..QueueFilter::default()
            };
            let lines = db.queue(&filter, now, 50, 0).await.unwrap();
            println!(
                "  queue {order:?}: {} in {:.1?}",
                lines.len(),
                clock.elapsed()
            );
        }
        let clock = Instant::now();
        db.queue_counts(now).await.unwrap();
        println!("  counts of the queue in {:.1?}", clock.elapsed());

        let clock = Instant::now();
        let filter = ReviewFilter {
            in_force: Some(now),
            ..ReviewFilter::default()
        };
        let reviews = db.reviews(&filter, 1_000_000).await.unwrap();
        println!(
            "  reviews in force: {} in {:.1?}",
            reviews.len(),
            clock.elapsed()
        );
    }
    store.close().await;
}
