//! Between a client and lazaret: forwards every byte untouched (reason phrases too) and keeps the lines that name a
//! request or an answer, so that a test can count what a client really asked for.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;

/// A loopback port that leads to another one.
pub(super) struct Tap {
    address: SocketAddr,
    target: Arc<OnceLock<SocketAddr>>,
    heard: Heard,
}

/// One byte stream per direction of a connection.
type Heard = Arc<Mutex<Vec<Arc<Stream>>>>;

struct Stream {
    direction: Direction,
    bytes: Mutex<Vec<u8>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Direction {
    Asking,
    Answering,
}

impl Tap {
    /// Takes a port; connections are dropped until [`Tap::lead_to`] says where they go.
    pub(super) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let target = Arc::new(OnceLock::new());
        let heard = Heard::default();
        let tap = Self {
            address,
            target: Arc::clone(&target),
            heard: Arc::clone(&heard),
        };
        // Waits for connections until the test process ends: a thread and a port are all it holds.
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if let Some(server) = target
                    .get()
                    .and_then(|address| TcpStream::connect(address).ok())
                {
                    forward(&client, &server, Direction::Asking, &heard);
                    forward(&server, &client, Direction::Answering, &heard);
                }
            }
        });
        tap
    }

    /// Where clients knock: `http://127.0.0.1:40123`.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sends everything on to the server at `url`.
    pub(super) fn lead_to(&self, url: &str) {
        let address = url
            .trim_start_matches("http://")
            .trim_end_matches('/')
            .parse()
            .unwrap();
        self.target.set(address).unwrap();
    }

    /// Forgets what was heard so far.
    pub(super) fn clear(&self) {
        self.heard.lock().unwrap().clear();
    }

    /// Every request so far, as `GET /left-pad`.
    pub(super) fn requests(&self) -> Vec<String> {
        self.lines(Direction::Asking, |text| {
            let mut pieces: Vec<&str> = text.split(" HTTP/1.1\r\n").collect();
            pieces.pop();
            pieces
                .iter()
                .filter_map(|piece| request_at_the_end(piece))
                .collect()
        })
    }

    /// Every status and reason phrase so far, as `403 Forbidden`.
    pub(super) fn answers(&self) -> Vec<String> {
        self.lines(Direction::Answering, |text| {
            text.split("HTTP/1.1 ")
                .skip(1)
                .filter_map(|piece| piece.lines().next())
                .map(str::to_owned)
                .collect()
        })
    }

    fn lines(&self, direction: Direction, of: impl Fn(&str) -> Vec<String>) -> Vec<String> {
        let heard = self.heard.lock().unwrap();
        let streams = heard.iter().filter(|stream| stream.direction == direction);
        streams
            .flat_map(|stream| of(&String::from_utf8_lossy(&stream.bytes.lock().unwrap())))
            .collect()
    }
}

/// `GET /x` of `…GET /x`; a body may end right before the method.
fn request_at_the_end(text: &str) -> Option<String> {
    let (before, path) = text.rsplit_once(' ')?;
    let method = before
        .rsplit(|character: char| !character.is_ascii_uppercase())
        .next()?;
    (!method.is_empty()).then(|| format!("{method} {path}"))
}

/// Copies one direction until its end, on a thread of its own.
fn forward(from: &TcpStream, to: &TcpStream, direction: Direction, heard: &Heard) {
    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    let stream = Arc::new(Stream {
        direction,
        bytes: Mutex::default(),
    });
    heard.lock().unwrap().push(Arc::clone(&stream));
    thread::spawn(move || {
        let mut piece = [0; 16 << 10];
        while let Ok(length @ 1..) = from.read(&mut piece) {
            stream
                .bytes
                .lock()
                .unwrap()
                .extend_from_slice(&piece[..length]);
            if to.write_all(&piece[..length]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
        let _ = from.shutdown(Shutdown::Read);
    });
}
