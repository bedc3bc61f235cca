//! Taking connections, with limits, and letting them finish.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::app::Doors;

/// Open connections at once; more wait in the kernel's queue.
const CONNECTIONS: usize = 10_000;

/// A client that does not finish its request head is let go.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// Bytes that wait in the kernel for one client. Left to itself it grows to megabytes, which for large documents makes
/// answers slower, not faster: what is sent has left the processor's cache when it is read.
const SEND_BUFFER: u32 = 256 * 1024;

/// Waiting connections that are not accepted yet.
const BACKLOG: u32 = 1024;

/// Listens; accepted connections inherit what is set here.
pub(crate) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // As TcpListener::bind does: a restart must not wait for old connections to be forgotten.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Accepts until `stop` turns true, then lets running requests finish.
pub(crate) async fn accept(listener: TcpListener, doors: Doors, mut stop: watch::Receiver<bool>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let permit = Arc::clone(&room).acquire_owned();
        let accepted = tokio::select! {
            _ = stop.changed() => break,
            accepted = async { (permit.await, listener.accept().await) } => accepted,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            (Ok(permit), Ok((stream, peer))) => {
                let (doors, stop) = (doors.clone(), stop.clone());
                connections.spawn(async move {
                    serve(stream, peer, doors, stop).await;
                    drop(permit);
                });
            }
            (_, Err(error)) => {
                // Out of file descriptors, mostly: a pause lets connections end.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            (Err(_), _) => break,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn serve(stream: TcpStream, peer: SocketAddr, doors: Doors, mut stop: watch::Receiver<bool>) {
    // Answers are written whole; waiting to fill packets only delays their ends.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let doors = doors.clone();
        async move { Ok::<_, Infallible>(doors.answer(request, peer.ip()).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = stop.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "a connection ended early");
    }
}
