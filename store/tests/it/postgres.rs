//! A private PostgreSQL for this run of the tests: started by the first test that asks, stopped and removed at the end.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use lazaret_store::{Store, Write};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::world::{World, event};

/// Prints the directory once the server accepts connections; ends, with the server, when its standard input does, which
/// happens however this process dies.
const SCRIPT: &str = r#"
set -e
directory=$(mktemp -d /tmp/lazaret-postgres.XXXXXX)
stop() {
    "$1/pg_ctl" -D "$directory/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$directory"
}
trap 'stop "$1"' EXIT
trap 'exit 1' INT TERM
cd "$directory"
"$1/initdb" -D "$directory/data" -U postgres -A trust -E UTF8 --no-locale --no-sync >log
"$1/pg_ctl" -D "$directory/data" -w -l "$directory/log" -o \
    "-k $directory -c listen_addresses='' -c fsync=off -c max_connections=300" start >/dev/null
echo "$directory"
exec >/dev/null
cat
"#;

struct Server {
    /// Its standard input stays open as long as this process.
    _script: Child,
    directory: String,
}

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let folder = binaries().expect(
            "no PostgreSQL found (initdb, pg_ctl): install it as scripts/test says, for instance the package postgresql",
        );
        let mut script = shell()
            .args(["-c", SCRIPT, "lazaret-tests"])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut directory = String::new();
        let mut output = BufReader::new(script.stdout.take().unwrap());
        output.read_line(&mut directory).unwrap();
        if directory.is_empty() {
            let mut reason = String::new();
            script.stderr.take().unwrap().read_to_string(&mut reason).unwrap();
            panic!("PostgreSQL does not start: {reason}");
        }
        let directory = directory.trim().to_owned();
        Server { _script: script, directory }
    })
}

/// PostgreSQL refuses to run as root.
fn shell() -> Command {
    let root = std::fs::metadata("/proc/self")
        .is_ok_and(|meta| std::os::unix::fs::MetadataExt::uid(&meta) == 0);
    if !root {
        return Command::new("sh");
    }
    let mut command = Command::new("setpriv");
    command.args([
        "--reuid=postgres",
        "--regid=postgres",
        "--init-groups",
        "sh",
    ]);
    command
}

/// Where `initdb` is: on the path, or where Debian and Fedora keep it, the newest first.
fn binaries() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = std::env::split_paths(&path).collect();
    folders.push("/usr/pgsql/bin".into());
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        let mut versions: Vec<_> = versions
            .map(|entry| entry.unwrap().path().join("bin"))
            .collect();
        versions.sort();
        folders.extend(versions.into_iter().rev());
    }
    folders
        .into_iter()
        .find(|folder| folder.join("initdb").exists())
}

/// The URL of an empty database of its own.
pub(crate) async fn new_database() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let server = tokio::task::spawn_blocking(server).await.unwrap();
    let url = |name: &str| {
        format!(
            "postgres://postgres@localhost/{name}?host={}",
            server.directory
        )
    };
    let name = format!("lazaret_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let mut connection = PgConnection::connect(&url("postgres")).await.unwrap();
    let statement = AssertSqlSafe(format!("create database {name}"));
    sqlx::query(statement)
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    url(&name)
}

#[tokio::test]
async fn a_lost_connection_is_replaced() {
    let world = World::postgres().await;
    world.store.write(vec![event("one")]).await.unwrap();
    let mut connection = PgConnection::connect(world.database.as_deref().unwrap())
        .await
        .unwrap();
    sqlx::query(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    world
        .store
        .write(vec![event("two"), Write::Event(last_event(&world).await)])
        .await
        .unwrap();
    assert_eq!(world.store.db.events(0, 10).await.unwrap().len(), 3);
}

async fn last_event(world: &World) -> lazaret_store::Event {
    world.store.db.events(0, 1).await.unwrap().remove(0).event
}

#[tokio::test]
async fn a_refused_connection_says_where_and_hides_the_password() {
    let data = tempfile::tempdir().unwrap();
    let url = "postgres://me:secret@127.0.0.1:1/none";
    let error = Store::open(data.path(), Some(url)).await.err().unwrap();
    let told = format!("{error:#}");
    assert!(told.contains("127.0.0.1:1"), "{told}");
    assert!(!told.contains("secret"), "{told}");
    let other = Store::open(data.path(), Some("mysql://me:secret@host/none")).await;
    assert!(!format!("{:#}", other.err().unwrap()).contains("secret"));
}
