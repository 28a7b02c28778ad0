//! A local channel to the service that only administrators and its friends can open: a named pipe on Windows, a Unix domain
//! socket on Linux and macOS.
//!
//! Command line tools, tray icons and other services talk to a service by such a channel. Unlike a port on loopback, it has an
//! access list, and each end can ask the system who is at the other end. A pipe of this module
//!
//! - is open to administrators, the service's own account and the [friends](Friend) that you name, and to nobody else: neither
//!   to other users of the machine nor to the network;
//! - cannot be taken over by a client: friends read and write, but cannot create another instance of the pipe;
//! - is not shared with a process that created a pipe of this name before: that is an error of [`Builder::listen`], and a client
//!   that [connects](connect) to it gets an error;
//! - lets a server find out who its client is, and never lets it act as its client: [`connect`] allows identification alone.
//!
//! ```no_run
//! use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
//! use winsvc::pipe::{Friend, Listener};
//!
//! #[winsvc::main]
//! async fn main(starting: winsvc::Starting) -> std::io::Result<()> {
//!     let mut listener = Listener::builder("acme-agent").allow(Friend::Interactive).listen()?;
//!     let service = starting.ready();
//!     loop {
//!         let mut connection = tokio::select! {
//!             connection = listener.accept() => BufReader::new(connection?),
//!             () = service.stop_requested() => return Ok(()),
//!         };
//!         tokio::spawn(async move {
//!             let mut request = String::new();
//!             connection.read_line(&mut request).await?;
//!             let peer = connection.get_ref().peer()?;
//!             let answer = match request.trim() {
//!                 "reset" if !peer.is_administrator() => "only for administrators\n",
//!                 _ => "done\n",
//!             };
//!             connection.write_all(answer.as_bytes()).await?;
//!             // Until the client has closed its end, which it does when it has the answer.
//!             connection.read_to_end(&mut Vec::new()).await
//!         });
//!     }
//! }
//! ```
//!
//! The client, in the same exe or in another:
//!
//! ```no_run
//! # async fn client() -> std::io::Result<()> {
//! use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
//!
//! let mut connection = BufReader::new(winsvc::pipe::connect("acme-agent").await?);
//! connection.write_all(b"status\n").await?;
//! let mut answer = String::new();
//! connection.read_line(&mut answer).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Paths
//!
//! | | path |
//! | --- | --- |
//! | Windows | `\\.\pipe\<name>` |
//! | systemd, with `RuntimeDirectory=<name>` | `/run/<name>/<name>.sock` |
//! | root | `/run/<name>.sock`, on macOS `/var/run/<name>.sock` |
//! | another user | `$XDG_RUNTIME_DIR/<name>.sock`, on macOS in `$TMPDIR` |
//!
//! A client looks in the places of root and systemd first. A socket without a listener, which a killed process left, is replaced.

mod access;
mod connection;
mod error;
mod peer;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

pub use access::Friend;
pub use connection::Connection;
pub use error::PipeError;
pub use peer::Peer;
#[cfg(unix)]
use unix as platform;
#[cfg(windows)]
use windows as platform;

/// The longest name, in characters. The path of a Unix socket has about 100 bytes; that of a pipe has 256 characters.
const LONGEST_NAME: usize = 60;

/// Waits for clients. Dropping it ends the pipe; open connections stay.
#[derive(Debug)]
pub struct Listener {
    platform: platform::Listener,
}

impl Listener {
    /// Begins to describe a pipe with this name, usually the service's own.
    pub fn builder(name: impl Into<String>) -> Builder {
        Builder {
            name: name.into(),
            friends: Vec::new(),
        }
    }

    /// Waits for the next client that may use the pipe. A client without the right gets an error from the system, or, on Linux
    /// and macOS, a closed connection.
    ///
    /// The future can be dropped at any time, as by `select!`: no client is lost.
    pub async fn accept(&mut self) -> Result<Connection, PipeError> {
        self.platform.accept().await.map(Connection::new)
    }
}

/// A pipe that does not exist yet.
#[derive(Clone, Debug)]
#[must_use = "nothing listens before `listen`"]
pub struct Builder {
    name: String,
    friends: Vec<Friend>,
}

impl Builder {
    /// Lets others use the pipe, besides administrators and the service itself.
    pub fn allow(mut self, friend: Friend) -> Self {
        self.friends.push(friend);
        self
    }

    /// Creates the pipe. Call it within a tokio runtime.
    pub fn listen(self) -> Result<Listener, PipeError> {
        check(&self.name)?;
        Ok(Listener {
            platform: platform::Listener::new(&self.name, &self.friends)?,
        })
    }
}

/// Opens the pipe of a service that runs on this machine, and checks whose it is: it must belong to an administrator, to the
/// service with the pipe's name, to an account that Windows keeps for services, or to the caller's own account.
///
/// A busy pipe is waited for up to five seconds. If the service does not run, the error is [`PipeError::Connect`] with
/// [`NotFound`](std::io::ErrorKind::NotFound) or [`ConnectionRefused`](std::io::ErrorKind::ConnectionRefused).
pub async fn connect(name: &str) -> Result<Connection, PipeError> {
    check(name)?;
    platform::connect(name).await.map(Connection::new)
}

fn check(name: &str) -> Result<(), PipeError> {
    let is_valid = (1..=LONGEST_NAME).contains(&name.chars().count())
        && !name.chars().any(|it| matches!(it, '/' | '\\') || it.is_control())
        && name != "."
        && name != "..";
    if is_valid {
        return Ok(());
    }
    Err(PipeError::Name {
        name: name.to_owned(),
    })
}

#[cfg(test)]
mod tests;
