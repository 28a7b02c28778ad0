//! An update server on the loopback interface that misbehaves on demand.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What the server does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    File(Vec<u8>),
    Status(u16),
    Redirect(String),
    /// It announces the whole file, and sends half of it.
    Truncated(Vec<u8>),
    /// It never ends, and has no length.
    Endless,
    /// It is not HTTP.
    Garbage,
    /// The connection is closed.
    Close,
}

type Answers = Arc<Mutex<BTreeMap<String, Answer>>>;
type Gates = Arc<Mutex<BTreeMap<String, (Sender<()>, Receiver<()>)>>>;

/// The server, which runs until the process ends.
pub(crate) struct Server {
    port: u16,
    answers: Answers,
    gates: Gates,
}

/// Holds back an answer.
pub(crate) struct Gate {
    requested: Receiver<()>,
    open: Sender<()>,
}

impl Gate {
    pub(crate) fn wait_for_request(&self, limit: Duration) {
        self.requested.recv_timeout(limit).unwrap();
    }

    pub(crate) fn open(&self) {
        self.open.send(()).unwrap();
    }
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            answers: Answers::default(),
            gates: Gates::default(),
        };
        let (answers, gates) = (server.answers.clone(), server.gates.clone());
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (answers, gates) = (answers.clone(), gates.clone());
                // A client that gives up is none of the server's business.
                thread::spawn(move || answer(&connection, &answers, &gates));
            }
        });
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn serve(&self, path: &str, answer: Answer) {
        self.answers.lock().unwrap().insert(path.to_owned(), answer);
    }

    /// Holds back the next answer to a request.
    pub(crate) fn hold(&self, path: &str) -> Gate {
        let ((requested, on_request), (open, on_open)) = (channel(), channel());
        self.gates
            .lock()
            .unwrap()
            .insert(path.to_owned(), (requested, on_open));
        Gate {
            requested: on_request,
            open,
        }
    }
}

fn answer(mut connection: &TcpStream, answers: &Answers, gates: &Gates) -> io::Result<()> {
    let mut lines = BufReader::new(connection).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let gate = gates.lock().unwrap().remove(&path);
    if let Some((requested, open)) = gate {
        let _ = requested.send(());
        let _ = open.recv();
    }
    let answer = answers.lock().unwrap().get(&path).cloned();
    let mut head = |status: u16, fields: &str| write!(connection, "HTTP/1.1 {status} X\r\n{fields}\r\n");
    match answer.unwrap_or(Answer::Status(404)) {
        Answer::File(content) => {
            head(200, &format!("Content-Length: {}\r\n", content.len()))?;
            connection.write_all(&content)
        }
        Answer::Status(status) => head(status, "Content-Length: 0\r\n"),
        Answer::Redirect(location) => head(302, &format!("Location: {location}\r\nContent-Length: 0\r\n")),
        Answer::Truncated(content) => {
            head(200, &format!("Content-Length: {}\r\n", content.len()))?;
            connection.write_all(&content[..content.len() / 2])
        }
        Answer::Endless => {
            head(200, "")?;
            loop {
                connection.write_all(&[0; 4096])?;
            }
        }
        Answer::Garbage => connection.write_all(b"220 mail.acme.example ESMTP\r\n"),
        Answer::Close => Ok(()),
    }
}
