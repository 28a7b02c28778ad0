//! Requests to a service, and their answers.

use std::fmt;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// No answer takes longer, on however busy a machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request was not answered as it should.
#[derive(Debug)]
pub(crate) struct LostError {
    request: usize,
    error: io::Error,
}

impl fmt::Display for LostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "request {} was lost: {}", self.request, self.error)
    }
}

/// Requests that a service works on.
pub(crate) struct InFlight {
    connections: Vec<BufReader<TcpStream>>,
    /// Before this moment none of them is answered.
    pub(crate) first_answer: Instant,
}

impl InFlight {
    /// Sends `count` requests of `duration`, and returns when the service works on all of them.
    pub(crate) fn send(port: u16, count: usize, duration: Duration) -> Result<Self, LostError> {
        let first_answer = Instant::now() + duration;
        let line = format!("{}\n", duration.as_millis());
        let mut connections = Vec::new();
        for request in 0..count {
            let connection = request_line(port, &line).map_err(|error| LostError { request, error })?;
            connections.push(connection);
        }
        let mut in_flight = Self {
            connections,
            first_answer,
        };
        in_flight.expect("working")?;
        Ok(in_flight)
    }

    /// Reads all answers on a thread of its own; gives the moment of the last.
    pub(crate) fn receive(mut self) -> JoinHandle<Result<Instant, LostError>> {
        std::thread::spawn(move || {
            self.expect("done")?;
            Ok(Instant::now())
        })
    }

    fn expect(&mut self, expected: &str) -> Result<(), LostError> {
        let mut line = String::new();
        for (request, connection) in self.connections.iter_mut().enumerate() {
            line.clear();
            let read = connection.read_line(&mut line);
            let error = match read {
                Ok(_) if line.trim_end() == expected => continue,
                Ok(_) => io::Error::other(format!("{expected:?} was expected, {line:?} came")),
                Err(error) => error,
            };
            return Err(LostError { request, error });
        }
        Ok(())
    }
}

fn request_line(port: u16, line: &str) -> io::Result<BufReader<TcpStream>> {
    let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.write_all(line.as_bytes())?;
    Ok(BufReader::new(connection))
}
