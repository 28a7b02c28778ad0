//! Probes: whether the program accepts connections, answers requests, or passes a check of its own.

use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

use winsvc::child::Command;
use winsvc_definition::manifest;

use crate::error::HookError;
use crate::hooks;
use crate::texts::Texts;

/// A probe with all its names expanded.
#[derive(Clone, Debug)]
pub(crate) enum Probe {
    /// A connection to `host:port`.
    Tcp(String),
    /// A request to a server.
    Http(Url),
    /// A command.
    Command(Box<Command>),
}

/// The parts of a URL without encryption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Url {
    /// `host:port`
    address: String,
    /// What the header `Host` has.
    host: String,
    path: String,
}

/// Why a probe failed.
#[derive(Debug)]
pub(crate) enum ProbeError {
    /// The address is unknown.
    Address(String),
    /// No connection, or it broke.
    Connection(String, io::Error),
    /// The answer is not one of HTTP.
    NotHttp(String),
    /// The server answered with an error.
    Status(String, u16),
    /// The command failed.
    Command(HookError),
}

impl fmt::Display for ProbeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => write!(f, "unknown address {address:?}"),
            Self::Connection(address, error) => write!(f, "{address}: {error}"),
            Self::NotHttp(address) => write!(f, "{address}: the answer is not HTTP"),
            Self::Status(address, status) => write!(f, "{address}: HTTP status {status}"),
            Self::Command(error) => error.fmt(f),
        }
    }
}

impl Probe {
    /// Expands the names of a probe.
    pub(crate) fn new(probe: &manifest::Probe, texts: &Texts) -> Self {
        match probe {
            manifest::Probe::Tcp(address) => Self::Tcp(with_host(&texts.text(address.text()))),
            manifest::Probe::Http(url) => Self::Http(Url::new(&texts.text(url))),
            manifest::Probe::Command(command) => Self::Command(Box::new(texts.command(command))),
        }
    }

    /// Makes the check once. A stop interrupts it.
    pub(crate) fn check(&self, timeout: Duration, is_over: &dyn Fn() -> bool) -> Result<(), ProbeError> {
        let deadline = Instant::now() + timeout;
        match self {
            Self::Tcp(address) => connect(address, deadline).map(drop),
            Self::Http(url) => url.get(deadline),
            Self::Command(command) => hooks::run(command, timeout, is_over).map_err(ProbeError::Command),
        }
    }
}

impl fmt::Display for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "no connection to {address}"),
            Self::Http(url) => write!(f, "no answer from http://{}{}", url.address, url.path),
            Self::Command(_) => f.write_str("the command of `ready` did not succeed"),
        }
    }
}

/// A port alone is one of this machine.
fn with_host(address: &str) -> String {
    if address.contains(':') {
        address.to_owned()
    } else {
        format!("127.0.0.1:{address}")
    }
}

fn connect(address: &str, deadline: Instant) -> Result<TcpStream, ProbeError> {
    let unknown = || ProbeError::Address(address.to_owned());
    let addresses: Vec<SocketAddr> = address.to_socket_addrs().map_err(|_| unknown())?.collect();
    let mut last = unknown();
    // `localhost` may be two addresses, of which the server has one.
    for one in addresses {
        let left = left_until(deadline);
        match TcpStream::connect_timeout(&one, left) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = ProbeError::Connection(address.to_owned(), error),
        }
    }
    Err(last)
}

/// The time until a deadline, of which sockets take no zero.
fn left_until(deadline: Instant) -> Duration {
    deadline
        .saturating_duration_since(Instant::now())
        .max(Duration::from_millis(1))
}

impl Url {
    const PORT: &str = "80";

    fn new(url: &str) -> Self {
        let rest = url.strip_prefix("http://").unwrap_or(url);
        let (host, path) = match rest.find(['/', '?']) {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        // The colons of an IPv6 address are inside its brackets.
        let has_port = host.rfind(':') > host.rfind(']');
        let address = if has_port {
            host.to_owned()
        } else {
            format!("{host}:{}", Self::PORT)
        };
        let slash = if path.starts_with('/') { "" } else { "/" };
        Self {
            address,
            host: host.to_owned(),
            path: format!("{slash}{path}"),
        }
    }

    /// Sends a request, and reads the first line of the answer.
    fn get(&self, deadline: Instant) -> Result<(), ProbeError> {
        /// More than a status line has.
        const LONGEST: usize = 1024;

        let broken = |error| ProbeError::Connection(self.address.clone(), error);
        let mut stream = connect(&self.address, deadline)?;
        stream
            .set_write_timeout(Some(left_until(deadline)))
            .map_err(broken)?;
        let Self { host, path, .. } = self;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: winsvc-host\r\nAccept: */*\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).map_err(broken)?;
        let mut answer = Vec::new();
        let mut buffer = [0; LONGEST];
        while !answer.contains(&b'\n') && answer.len() < LONGEST {
            if Instant::now() >= deadline {
                return Err(broken(io::ErrorKind::TimedOut.into()));
            }
            stream
                .set_read_timeout(Some(left_until(deadline)))
                .map_err(broken)?;
            match stream.read(&mut buffer).map_err(broken)? {
                0 => break,
                length => answer.extend_from_slice(&buffer[..length]),
            }
        }
        let status = status(&answer).ok_or_else(|| ProbeError::NotHttp(self.address.clone()))?;
        if (200..400).contains(&status) {
            Ok(())
        } else {
            Err(ProbeError::Status(self.address.clone(), status))
        }
    }
}

/// The status in the first line of an answer: `HTTP/1.1 200 OK`.
fn status(answer: &[u8]) -> Option<u16> {
    let line = answer.split(|byte| *byte == b'\n').next()?;
    let line = std::str::from_utf8(line).ok()?;
    let mut words = line.split_ascii_whitespace();
    words.next().filter(|version| version.starts_with("HTTP/"))?;
    words.next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    const TIMEOUT: Duration = Duration::from_millis(300);

    /// A server that answers one request with these bytes, and closes the connection or not.
    fn server(answer: &'static [u8], closes: bool) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(answer);
            if !closes {
                thread::park_timeout(TIMEOUT * 10);
            }
        });
        format!("http://{address}/health?x=1")
    }

    fn get(answer: &'static [u8], closes: bool) -> Result<(), String> {
        let url = server(answer, closes);
        let begun = Instant::now();
        let result = Probe::Http(Url::new(&url)).check(TIMEOUT, &|| false);
        assert!(begun.elapsed() < TIMEOUT * 5);
        result.map_err(|error| match error {
            ProbeError::Connection(_, error) => format!("connection: {:?}", error.kind()),
            error => error.to_string().split_once(": ").unwrap().1.to_owned(),
        })
    }

    #[test]
    fn an_answer_below_400_is_healthy() {
        assert_eq!(get(b"HTTP/1.1 200 OK\r\n\r\n", true), Ok(()));
        assert_eq!(get(b"HTTP/1.0 204 No Content\r\n", false), Ok(()));
        assert_eq!(
            get(b"HTTP/1.1 503 Service Unavailable\r\n\r\n", true),
            Err("HTTP status 503".to_owned())
        );
    }

    #[test]
    fn a_server_of_something_else_is_not() {
        let not_http = Err("the answer is not HTTP".to_owned());
        assert_eq!(get(b"SSH-2.0-OpenSSH\r\n", true), not_http);
        assert_eq!(get(b"", true), not_http);
        assert_eq!(get(&[b'x'; 5000], true), not_http);
        let timeout = get(b"HTTP/1.1 200", false).unwrap_err();
        assert!(
            ["connection: WouldBlock", "connection: TimedOut"].contains(&timeout.as_str()),
            "{timeout}"
        );
    }

    #[test]
    fn a_closed_port_is_refused() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let probe = Probe::Tcp(address.clone());
        assert!(probe.check(TIMEOUT, &|| false).is_ok());
        drop(listener);
        assert!(matches!(
            probe.check(TIMEOUT, &|| false),
            Err(ProbeError::Connection(..))
        ));
    }

    #[test]
    fn the_parts_of_a_url() {
        let parts = |url| {
            let Url { address, host, path } = Url::new(url);
            [address, host, path]
        };
        assert_eq!(parts("http://localhost"), ["localhost:80", "localhost", "/"]);
        assert_eq!(
            parts("http://[::1]:8080/a/b?c"),
            ["[::1]:8080", "[::1]:8080", "/a/b?c"]
        );
        assert_eq!(parts("http://[::1]?x"), ["[::1]:80", "[::1]", "/?x"]);
        assert_eq!(with_host("8080"), "127.0.0.1:8080");
    }
}
