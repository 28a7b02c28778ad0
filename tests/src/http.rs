//! A small HTTP client with deadlines, which tells a whole answer from a cut one.

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::deadline::{PATIENCE, until};
use crate::paths::lock_file;

/// A response, read to the last byte that its header promised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: String,
}

/// Ports below those that Linux hands out itself (32768 and up), so that no connection of another program takes one
/// between its choice and its use.
const PORTS: Range<u16> = 20000..32768;

/// What other tests, of this process and of others, know a port to be taken by: held until this process ends.
static RESERVED: Mutex<Vec<File>> = Mutex::new(Vec::new());

/// A port on which nothing listens, and which no other test gets.
///
/// # Panics
///
/// When there is none.
pub fn free_port() -> u16 {
    let folder = std::env::temp_dir().join("winsvc-tests-ports");
    std::fs::create_dir_all(&folder).expect("a folder for reservations");
    let port = PORTS.into_iter().find(|port| {
        let reservation = lock_file(&folder.join(port.to_string()));
        let Some(file) = reservation.ok().filter(|file| file.try_lock().is_ok()) else {
            return false;
        };
        RESERVED.lock().expect("no panic in here").push(file);
        TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok()
    });
    port.expect("a free port")
}

/// GETs `path` from 127.0.0.1. A body shorter than its Content-Length is an error.
pub fn get(port: u16, path: &str) -> io::Result<Response> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut connection = TcpStream::connect_timeout(&address, PATIENCE)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.set_write_timeout(Some(PATIENCE))?;
    write!(
        connection,
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )?;
    let mut bytes = Vec::new();
    connection.read_to_end(&mut bytes)?;
    parse(&bytes).ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::UnexpectedEof,
            format!("a cut answer: {}", bytes.escape_ascii()),
        )
    })
}

/// A request, as a server reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method, the path and the headers.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
}

/// Reads a request from a client, to the last byte that its header promised.
pub fn request(connection: &mut TcpStream) -> io::Result<Request> {
    connection.set_read_timeout(Some(PATIENCE))?;
    let mut bytes = Vec::new();
    let mut is_expected = false;
    loop {
        let mut piece = [0; 4096];
        let count = connection.read(&mut piece)?;
        bytes.extend_from_slice(&piece[..count]);
        if let Some(end) = bytes.windows(4).position(|end| end == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let header = |name: &str| {
                let lines = head.lines().filter_map(|line| line.split_once(':'));
                let mut lines = lines.filter(|(found, _)| found.eq_ignore_ascii_case(name));
                lines.next().map(|(_, value)| value.trim().to_owned())
            };
            let length = header("Content-Length").map_or(Ok(0), |length| length.parse::<usize>());
            let body = &bytes[end + 4..];
            if body.len() >= length.map_err(io::Error::other)? {
                let body = body.to_vec();
                return Ok(Request { head, body });
            }
            if header("Expect").is_some() && !is_expected {
                connection.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
                is_expected = true;
            }
        }
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// A server on this machine that answers all requests with `201 Created`, and records them. It runs until the tests end.
///
/// # Panics
///
/// When it cannot listen.
pub fn recorder() -> (u16, Arc<Mutex<Vec<Request>>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("its address").port();
    let requests = Arc::<Mutex<Vec<Request>>>::default();
    let record = Arc::clone(&requests);
    thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            // A client that hangs up is none of the server's errors.
            if let Ok(request) = request(&mut connection) {
                record.lock().expect("no panic in here").push(request);
                let _ = connection
                    .write_all(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
            }
        }
    });
    (port, requests)
}

/// Waits until `path` is answered at all.
///
/// # Panics
///
/// When it is not within the tests' patience.
pub fn answers(port: u16, path: &str) -> Response {
    until(&format!("an answer to {path} on port {port}"), PATIENCE, || {
        get(port, path)
    })
}

/// Sends `count` requests for `/slow…` at once to the fixture `http-api`, each on a thread of its own, and returns when
/// the server has read all of them and owes their answers; join the threads for these.
///
/// # Panics
///
/// When the server does not read them.
pub fn in_flight(count: usize, port: u16, path: &str) -> Vec<JoinHandle<io::Result<Response>>> {
    let request = |_| {
        let path = path.to_owned();
        thread::spawn(move || get(port, &path))
    };
    let requests = (0..count).map(request).collect();
    until(&format!("{count} answers owed on port {port}"), PATIENCE, || {
        let owed = get(port, "/owed").map(|response| response.body);
        match owed {
            Ok(owed) if owed == count.to_string() => Ok(()),
            other => Err(other),
        }
    });
    requests
}

/// Holds a port, so that nobody else can listen on it.
///
/// # Panics
///
/// When the port is taken already.
pub fn occupy(port: u16) -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("a free port")
}

/// How long a refused connection may take; on the loopback it is at once.
pub const REFUSAL: Duration = Duration::from_secs(2);

/// Whether anything listens on a port.
pub fn listens(port: u16) -> bool {
    TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), REFUSAL).is_ok()
}

fn parse(bytes: &[u8]) -> Option<Response> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let length: usize = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().ok())?
    })?;
    (body.len() == length).then(|| Response {
        status,
        body: body.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_answer_is_read_and_a_cut_one_is_not() {
        let whole = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
        assert_eq!(
            parse(whole),
            Some(Response {
                status: 200,
                body: "hello".to_owned()
            })
        );
        for cut in [0, 10, 36, whole.len() - 1] {
            assert_eq!(parse(&whole[..cut]), None, "{cut} bytes");
        }
    }
}
