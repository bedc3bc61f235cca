//! Who is told, in tests: a webhook's receiver and a mail server, on loopback.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// A receiver of webhooks. Its thread ends with the process.
pub(super) struct Hook {
    url: String,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    messages: Mutex<Vec<Message>>,
    refuses: AtomicBool,
    hangs: AtomicBool,
}

#[derive(Clone, Debug)]
pub(super) struct Message {
    headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Hook {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let shared = Arc::new(Shared::default());
        let of_thread = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&of_thread);
                std::thread::spawn(move || shared.take(stream));
            }
        });
        Self { url, shared }
    }

    pub(super) fn url(&self) -> String {
        self.url.clone()
    }

    /// Answers 500.
    pub(super) fn refuse(&self, refuses: bool) {
        self.shared.refuses.store(refuses, Ordering::SeqCst);
    }

    /// Takes messages and never answers.
    pub(super) fn hang(&self, hangs: bool) {
        self.shared.hangs.store(hangs, Ordering::SeqCst);
    }

    pub(super) fn messages(&self) -> Vec<Message> {
        self.shared.messages.lock().unwrap().clone()
    }
}

impl Shared {
    fn take(&self, stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut headers = Vec::new();
        let mut line = String::new();
        while reader.read_line(&mut line).is_ok_and(|length| length > 2) {
            if let Some((name, value)) = line.trim_end().split_once(": ") {
                headers.push((name.to_ascii_lowercase(), value.to_owned()));
            }
            line.clear();
        }
        let message = Message {
            headers,
            body: String::new(),
        };
        let Ok(length) = message.header("content-length").parse() else {
            return;
        };
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        self.messages.lock().unwrap().push(Message {
            body: String::from_utf8(body).unwrap(),
            ..message
        });
        if self.hangs.load(Ordering::SeqCst) {
            // Until the other side goes away.
            let _ = reader.read_to_end(&mut Vec::new());
            return;
        }
        let status = match self.refuses.load(Ordering::SeqCst) {
            true => "500 Internal Server Error",
            false => "204 No Content",
        };
        let mut stream = stream;
        let _ = write!(
            stream,
            "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
    }
}

impl Message {
    pub(super) fn header(&self, name: &str) -> &str {
        let mut headers = self.headers.iter();
        headers
            .find(|(own, _)| own == name)
            .map_or("", |(_, value)| value)
    }

    /// As docs/webhooks.md tells receivers to do it.
    pub(super) fn is_signed_with(&self, secret: &str) -> bool {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{}.{}", self.header("x-lazaret-timestamp"), self.body).as_bytes());
        let code = mac.finalize().into_bytes();
        let code: String = code.iter().map(|byte| format!("{byte:02x}")).collect();
        self.header("x-lazaret-signature") == format!("sha256={code}")
    }
}

/// A mail server that takes everything.
pub(super) struct Smtp {
    address: String,
    sent: Arc<Mutex<Vec<Sent>>>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Sent {
    pub(super) to: Vec<String>,
    pub(super) has_logged_in: bool,
    pub(super) text: String,
}

impl Smtp {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let sent = Arc::new(Mutex::new(Vec::new()));
        let of_thread = Arc::clone(&sent);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let sent = Arc::clone(&of_thread);
                std::thread::spawn(move || talk(stream, &sent));
            }
        });
        Self { address, sent }
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    pub(super) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }
}

fn talk(stream: TcpStream, sent: &Mutex<Vec<Sent>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    let mut say = |text: &str| write!(stream, "{text}\r\n").unwrap();
    let mut mail = Sent::default();
    say("220 mail.example");
    let mut line = String::new();
    loop {
        line.clear();
        if !reader.read_line(&mut line).is_ok_and(|length| length > 0) {
            return;
        }
        let command = line.trim_end();
        if command.starts_with("EHLO") {
            say("250-mail.example\r\n250 AUTH PLAIN");
        } else if command.starts_with("AUTH PLAIN") {
            mail.has_logged_in = true;
            say("235 ok");
        } else if let Some(to) = command.strip_prefix("RCPT TO:") {
            mail.to.push(to.to_owned());
            say("250 ok");
        } else if command == "DATA" {
            say("354 go on");
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if line == ".\r\n" {
                    break;
                }
                mail.text.push_str(&line);
            }
            sent.lock().unwrap().push(std::mem::take(&mut mail));
            say("250 taken");
        } else if command == "QUIT" {
            say("221 bye");
            return;
        } else {
            say("250 ok");
        }
    }
}
