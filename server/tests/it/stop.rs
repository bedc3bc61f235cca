//! A mirror that stops: it takes nothing new and finishes what runs.

use std::time::Duration;

use lazaret_testing::{Fault, Npm};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::stage::{Stage, chalk, eventually};

const GRACE: Duration = Duration::from_secs(10);

/// More than the sockets between us and the client hold.
const LARGE: usize = 10 << 20;

fn large() -> Npm {
    Npm::new().package("large", |p| {
        p.version("1.0.0", |v| v.archive(vec![7; LARGE]))
    })
}

/// A client whose system takes little in before it is read.
async fn slow(stage: &Stage) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut client = socket.connect(stage.server().addr()).await.unwrap();
    let request = b"GET /large/-/large-1.0.0.tgz HTTP/1.1\r\nHost: x\r\n\r\n";
    client.write_all(request).await.unwrap();
    client
}

async fn refused(addr: std::net::SocketAddr) {
    eventually("new connections to be refused", async || {
        TcpStream::connect(addr).await.is_err().then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_running_download_finishes_and_new_connections_are_refused() {
    let mut stage = Stage::of(large()).on_disk().start().await;
    let bytes = stage.npm.tarball("large", "1.0.0");
    assert_eq!(
        stage.get("/large/-/large-1.0.0.tgz").await.body.len(),
        bytes.len()
    );
    let mut client = slow(&stage).await;
    let mut start = [0; 1024];
    client.read_exact(&mut start).await.unwrap();

    let server = stage.server.take().unwrap();
    let addr = server.addr();
    let stopping = tokio::spawn(server.stop(GRACE));
    refused(addr).await;
    assert!(!stopping.is_finished());
    let mut rest = Vec::new();
    client.read_to_end(&mut rest).await.unwrap();
    let whole = [&start[..], &rest].concat();
    let head = whole
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap()
        + 4;
    assert_eq!(whole[head..], bytes[..]);
    stopping.await.unwrap();
    // What it handed out is counted before it is gone.
    stage
        .version_row("large", "1.0.0", |row| row.served_count == 2)
        .await;
}

#[tokio::test]
async fn a_question_that_waits_for_the_upstream_is_answered() {
    let mut stage = Stage::new(chalk()).await;
    stage.npm.fault("/chalk", Fault::hold());
    let mut client = stage.connect().await;
    client
        .write_all(b"GET /chalk HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    stage.npm.wait_until(|asked| asked.len() == 1).await;
    let server = stage.server.take().unwrap();
    let addr = server.addr();
    let stopping = tokio::spawn(server.stop(GRACE));
    refused(addr).await;
    stage.npm.heal_all();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    stopping.await.unwrap();
}

#[tokio::test]
async fn idle_connections_do_not_hold_it_up() {
    let mut stage = Stage::new(chalk()).await;
    // The client keeps its connections; one never said anything.
    assert_eq!(stage.get("/chalk").await.status, 200);
    let silent = stage.connect().await;
    assert_eq!(stage.get("/-/ping").await.status, 200);
    let server = stage.server.take().unwrap();
    let stopping = tokio::time::timeout(Duration::from_secs(5), server.stop(GRACE));
    stopping.await.expect("to stop at once");
    drop(silent);
}

#[tokio::test]
async fn whoever_does_not_finish_in_time_is_cut_off() {
    let mut stage = Stage::of(large()).on_disk().start().await;
    let mut client = slow(&stage).await;
    let mut start = [0; 16];
    client.read_exact(&mut start).await.unwrap();
    let server = stage.server.take().unwrap();
    tokio::time::timeout(
        Duration::from_secs(5),
        server.stop(Duration::from_millis(100)),
    )
    .await
    .unwrap();
    let mut rest = Vec::new();
    // Short of its length, or reset: never a whole answer that is not one.
    let _ = client.read_to_end(&mut rest).await;
    assert!(rest.len() < LARGE);
}

#[tokio::test]
async fn while_it_stops_it_is_not_ready() {
    let mut stage = Stage::new(chalk()).await;
    let mut client = stage.connect().await;
    // Begun before the stop, ended after it.
    client
        .write_all(b"GET /-/readyz HTTP/1.1\r\nHost: x\r\n")
        .await
        .unwrap();
    assert_eq!(stage.get("/-/ping").await.status, 200);
    let server = stage.server.take().unwrap();
    let addr = server.addr();
    let stopping = tokio::spawn(server.stop(GRACE));
    refused(addr).await;
    client.write_all(b"\r\n").await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.contains("\"stopping\":true"), "{answer}");
    stopping.await.unwrap();
}
