//! Named pipes of Windows.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::windows::named_pipe::{ClientOptions, NamedPipeClient, NamedPipeServer};
use tokio::time::{Instant, sleep};
use winsvc_definition::{ServiceName, service_sid};

use super::access::{Friend, descriptor};
use super::peer::PeerId;
use super::{Peer, PipeError};
use crate::sys;

/// `ERROR_ACCESS_DENIED`: what `FILE_FLAG_FIRST_PIPE_INSTANCE` gives if the pipe exists.
const ACCESS_DENIED: i32 = 5;
/// `ERROR_PIPE_BUSY`: no instance waits for a client.
const PIPE_BUSY: i32 = 231;
/// `ERROR_NO_DATA`: the client has closed the pipe before the server saw it.
const NO_DATA: i32 = 232;
/// `ERROR_CANT_OPEN_ANONYMOUS`: the client opened the pipe with `SECURITY_ANONYMOUS`.
const CANT_OPEN_ANONYMOUS: i32 = 1347;

/// How long a client waits for a busy pipe.
const PATIENCE: Duration = Duration::from_secs(5);
const BETWEEN_TRIALS: Duration = Duration::from_millis(20);

#[derive(Debug)]
pub(super) struct Listener {
    path: String,
    security: String,
    /// The instance that waits for the next client. There is always one, so that the name never becomes free.
    waiting: NamedPipeServer,
}

impl Listener {
    pub(super) fn new(name: &str, friends: &[Friend]) -> Result<Self, PipeError> {
        let path = path(name);
        let own = sys::own_sid().map_err(|source| PipeError::Create {
            path: path.clone(),
            source,
        })?;
        let friends = friends.iter().map(sid).collect::<Result<Vec<_>, _>>()?;
        let security = descriptor(&own, &friends);
        match sys::create_pipe(&path, true, &security) {
            Ok(waiting) => Ok(Self {
                path,
                security,
                waiting,
            }),
            Err(error) if error.raw_os_error() == Some(ACCESS_DENIED) => Err(PipeError::InUse { path }),
            Err(source) => Err(PipeError::Create { path, source }),
        }
    }

    pub(super) async fn accept(&mut self) -> Result<Stream, PipeError> {
        loop {
            match self.waiting.connect().await {
                Ok(()) => break,
                Err(error) if error.raw_os_error() == Some(NO_DATA) => {
                    let _ = self.waiting.disconnect();
                }
                Err(source) => return Err(self.failed(source)),
            }
        }
        match sys::create_pipe(&self.path, false, &self.security) {
            Ok(next) => Ok(Stream::Server(std::mem::replace(&mut self.waiting, next))),
            Err(source) => {
                // This client is lost; the instance waits for the next.
                let _ = self.waiting.disconnect();
                Err(self.failed(source))
            }
        }
    }

    fn failed(&self, source: io::Error) -> PipeError {
        PipeError::Create {
            path: self.path.clone(),
            source,
        }
    }
}

/// The SID of a friend, or its abbreviation in SDDL.
fn sid(friend: &Friend) -> Result<String, PipeError> {
    let by_name = |name: &str| {
        sys::sid_by_name(name).map_err(|source| PipeError::UnknownAccount {
            name: name.to_owned(),
            source,
        })
    };
    match friend {
        Friend::Interactive => Ok("IU".to_owned()),
        Friend::Users => Ok("AU".to_owned()),
        Friend::Account(name) if is_sid(name) => Ok(name.clone()),
        Friend::Account(name) => by_name(name),
        Friend::Service(name) => match ServiceName::new(name.as_str()) {
            Ok(name) => Ok(service_sid(&name)),
            Err(_) => by_name(&format!(r"NT SERVICE\{name}")),
        },
    }
}

fn is_sid(name: &str) -> bool {
    name.strip_prefix("S-1-")
        .is_some_and(|rest| !rest.is_empty() && rest.split('-').all(|part| part.parse::<u64>().is_ok()))
}

fn path(name: &str) -> String {
    format!(r"\\.\pipe\{name}")
}

pub(super) async fn connect(name: &str) -> Result<Stream, PipeError> {
    let path = path(name);
    let end = Instant::now() + PATIENCE;
    let pipe = loop {
        // tokio asks for SECURITY_IDENTIFICATION: the server may look who we are, and cannot act as us.
        match ClientOptions::new().open(&path) {
            Ok(pipe) => break pipe,
            Err(error) if error.raw_os_error() == Some(PIPE_BUSY) && Instant::now() < end => {
                sleep(BETWEEN_TRIALS).await;
            }
            Err(source) => return Err(PipeError::Connect { path, source }),
        }
    };
    let server = sys::server(&pipe).map_err(|source| PipeError::Peer { source })?;
    if !is_trusted(&server.account.sid, name).map_err(|source| PipeError::Peer { source })? {
        let owner = server.account.name.unwrap_or(server.account.sid);
        return Err(PipeError::UntrustedServer { path, owner });
    }
    Ok(Stream::Client(pipe))
}

/// SYSTEM, Administrators, `LocalService` and `NetworkService`: no user's program runs as one of them.
const OF_THE_MACHINE: [&str; 4] = ["S-1-5-18", "S-1-5-32-544", "S-1-5-19", "S-1-5-20"];

/// Whether the service, an account of the machine or the caller itself owns the pipe.
fn is_trusted(owner: &str, name: &str) -> io::Result<bool> {
    let is_of_service = ServiceName::new(name).is_ok_and(|name| service_sid(&name) == owner);
    Ok(is_of_service || OF_THE_MACHINE.contains(&owner) || sys::own_owners()?.iter().any(|own| own == owner))
}

#[derive(Debug)]
pub(super) enum Stream {
    Server(NamedPipeServer),
    Client(NamedPipeClient),
}

pub(super) fn peer(stream: &Stream) -> Result<Peer, PipeError> {
    match stream {
        Stream::Server(pipe) => {
            let client = sys::client(pipe).map_err(|source| match source.raw_os_error() {
                Some(CANT_OPEN_ANONYMOUS) => PipeError::AnonymousPeer,
                _ => PipeError::Peer { source },
            })?;
            Ok(Peer {
                id: PeerId::Sid(client.account.sid),
                name: client.account.name,
                is_administrator: client.is_administrator,
                session: Some(client.session),
                process_id: client.process_id,
            })
        }
        Stream::Client(pipe) => {
            let server = sys::server(pipe).map_err(|source| PipeError::Peer { source })?;
            Ok(Peer {
                is_administrator: matches!(server.account.sid.as_str(), "S-1-5-18" | "S-1-5-32-544"),
                id: PeerId::Sid(server.account.sid),
                name: server.account.name,
                session: None,
                process_id: server.process_id,
            })
        }
    }
}

/// Calls a method of whichever end it is.
macro_rules! of_end {
    ($stream:expr, $method:ident, $($argument:expr),*) => {
        match &mut *$stream {
            Stream::Server(pipe) => Pin::new(pipe).$method($($argument),*),
            Stream::Client(pipe) => Pin::new(pipe).$method($($argument),*),
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match ready!(of_end!(self, poll_read, context, buffer)) {
            // The peer has closed its end: the end of the stream, as with a socket.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Poll::Ready(Ok(())),
            read => Poll::Ready(read),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        of_end!(self, poll_write, context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        of_end!(self, poll_flush, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        of_end!(self, poll_shutdown, context)
    }
}
