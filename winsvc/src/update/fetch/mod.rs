//! Downloads with limits: of size, of time, of redirects, and never from https to http.

#[cfg(not(windows))]
mod loopback;
#[cfg(windows)]
mod winhttp;

use std::fmt;
use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};
use winsvc_definition::{UpdateUrl, UpdateUrlError};

#[cfg(not(windows))]
pub(super) use loopback::Http;
#[cfg(windows)]
pub(super) use winhttp::Http;

use super::files::hex;

/// How many redirects are followed.
const REDIRECTS: usize = 5;

/// The answer to one request.
pub(super) struct Response {
    pub(super) status: u16,
    /// Where a redirect leads.
    pub(super) location: Option<String>,
    /// The length of the body, if the server says it.
    pub(super) length: Option<u64>,
    pub(super) body: Box<dyn Read + Send>,
}

/// Sends requests. It follows no redirects.
pub(super) trait Transport: Send {
    /// Requests an address. No call takes longer than `timeout`.
    fn get(&mut self, url: &UpdateUrl, timeout: Duration) -> io::Result<Response>;
}

/// The limits of a download.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) size: u64,
    pub(super) time: Duration,
}

/// What was downloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Received {
    pub(super) size: u64,
    /// In hexadecimal digits.
    pub(super) sha256: String,
}

/// Downloads a file.
pub(super) fn download(
    transport: &mut dyn Transport,
    url: &UpdateUrl,
    limits: Limits,
    out: &mut dyn Write,
) -> Result<Received, FetchError> {
    let end = Instant::now() + limits.time;
    let remaining = || {
        let time = end.saturating_duration_since(Instant::now());
        let too_slow = FetchError::Time { limit: limits.time };
        if time.is_zero() { Err(too_slow) } else { Ok(time) }
    };
    let mut response = request(transport, url, remaining)?;
    if let Some(length) = response.length.filter(|length| *length > limits.size) {
        return Err(FetchError::Size {
            limit: limits.size,
            found: Some(length),
        });
    }
    let mut hash = Sha256::new();
    let mut size = 0;
    let mut buffer = vec![0; 64 << 10];
    loop {
        remaining()?;
        let count = match response.body.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                remaining()?;
                return Err(FetchError::Connection(error));
            }
        };
        size += count as u64;
        if size > limits.size {
            return Err(FetchError::Size {
                limit: limits.size,
                found: None,
            });
        }
        hash.update(&buffer[..count]);
        out.write_all(&buffer[..count]).map_err(FetchError::Write)?;
    }
    match response.length {
        Some(length) if length != size => Err(FetchError::Truncated { size, length }),
        _ => Ok(Received {
            size,
            sha256: hex(&hash.finalize()),
        }),
    }
}

/// Follows redirects to an answer with 200.
fn request(
    transport: &mut dyn Transport,
    url: &UpdateUrl,
    remaining: impl Fn() -> Result<Duration, FetchError>,
) -> Result<Response, FetchError> {
    let mut url = url.clone();
    for _ in 0..=REDIRECTS {
        let response = match transport.get(&url, remaining()?) {
            Ok(response) => response,
            Err(error) => {
                remaining()?;
                return Err(FetchError::Connection(error));
            }
        };
        match (response.status, &response.location) {
            (200, _) => return Ok(response),
            (301 | 302 | 303 | 307 | 308, Some(location)) => url = redirected(&url, location)?,
            (status, _) => return Err(FetchError::Status { status }),
        }
    }
    Err(FetchError::Redirects)
}

/// The address that a redirect leads to. It stays with https, and does not lead from elsewhere to the machine itself.
fn redirected(from: &UpdateUrl, location: &str) -> Result<UpdateUrl, FetchError> {
    let to = from.beside(location).map_err(FetchError::Redirect)?;
    let is_weaker = (from.is_https() && !to.is_https()) || (to.is_loopback() && !from.is_loopback());
    if is_weaker {
        return Err(FetchError::Redirect(UpdateUrlError::Insecure {
            found: location.to_owned(),
        }));
    }
    Ok(to)
}

/// Why a file was not downloaded.
#[derive(Debug)]
#[non_exhaustive]
pub enum FetchError {
    /// The server could not be reached, or the connection was lost.
    Connection(io::Error),
    /// The server answered with something else than the file.
    Status {
        /// The status.
        status: u16,
    },
    /// A redirect leads to an address that is not used.
    Redirect(UpdateUrlError),
    /// There are too many redirects.
    Redirects,
    /// The file is larger than it may be.
    Size {
        /// The limit.
        limit: u64,
        /// The size that the server says.
        found: Option<u64>,
    },
    /// The file ends too early.
    Truncated {
        /// The number of bytes that came.
        size: u64,
        /// The number that the server announced.
        length: u64,
    },
    /// The download takes too long.
    Time {
        /// The limit.
        limit: Duration,
    },
    /// The file cannot be written.
    Write(io::Error),
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(error) => write!(f, "the connection to the update server failed: {error}"),
            Self::Status { status } => write!(f, "the update server answered with the status {status}"),
            Self::Redirect(error) => write!(f, "invalid redirect of the update server: {error}"),
            Self::Redirects => write!(f, "the update server redirects more than {REDIRECTS} times"),
            Self::Size {
                limit,
                found: Some(found),
            } => {
                write!(f, "the download has {found} bytes; expected at most {limit}")
            }
            Self::Size { limit, found: None } => write!(f, "the download has more than {limit} bytes"),
            Self::Truncated { size, length } => {
                write!(f, "the download ended after {size} of {length} bytes")
            }
            Self::Time { limit } => write!(f, "the download took longer than {} s", limit.as_secs()),
            Self::Write(error) => write!(f, "cannot write the download: {error}"),
        }
    }
}

impl std::error::Error for FetchError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Connection(error) | Self::Write(error) => Some(error),
            Self::Redirect(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
