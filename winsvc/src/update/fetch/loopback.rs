//! HTTP to the machine itself, for tests and for development on other systems than Windows. There is no TLS.

use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use winsvc_definition::UpdateUrl;

use super::{Response, Transport};

/// The client.
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct Http;

/// The most bytes of an answer's head.
const LARGEST_HEAD: u64 = 16 << 10;

impl Transport for Http {
    fn get(&mut self, url: &UpdateUrl, timeout: Duration) -> io::Result<Response> {
        if !url.is_loopback() || url.is_https() {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "updates by https are supported on Windows only",
            ));
        }
        let mut stream = TcpStream::connect(("127.0.0.1", url.port()))?;
        stream.set_read_timeout(Some(timeout))?;
        stream.set_write_timeout(Some(timeout))?;
        write!(
            stream,
            "GET {} HTTP/1.1\r\nHost: {}:{}\r\nConnection: close\r\n\r\n",
            url.path(),
            url.host(),
            url.port()
        )?;
        read_response(BufReader::new(stream))
    }
}

fn read_response(mut stream: BufReader<TcpStream>) -> io::Result<Response> {
    let invalid = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let mut head = stream.by_ref().take(LARGEST_HEAD);
    let mut line = String::new();
    let mut next = |line: &mut String| {
        line.clear();
        head.read_line(line)?;
        match line.strip_suffix("\r\n") {
            Some(text) => Ok(text.to_owned()),
            None => Err(invalid("invalid head of an HTTP response")),
        }
    };
    let first = next(&mut line)?;
    let status = first
        .strip_prefix("HTTP/1.")
        .and_then(|rest| rest.split(' ').nth(1)?.parse().ok());
    let status = status.ok_or_else(|| invalid("not an HTTP response"))?;
    let (mut length, mut location) = (None, None);
    loop {
        let field = next(&mut line)?;
        if field.is_empty() {
            break;
        }
        let (name, value) = field
            .split_once(':')
            .ok_or_else(|| invalid("invalid field of an HTTP response"))?;
        match name.to_ascii_lowercase().as_str() {
            "content-length" => {
                let number = value
                    .trim()
                    .parse()
                    .map_err(|_| invalid("invalid Content-Length"))?;
                length = Some(number);
            }
            "location" => location = Some(value.trim().to_owned()),
            "transfer-encoding" => return Err(invalid("unsupported Transfer-Encoding")),
            _ => {}
        }
    }
    Ok(Response {
        status,
        location,
        length,
        body: match length {
            Some(length) => Box::new(stream.take(length)),
            None => Box::new(stream),
        },
    })
}
