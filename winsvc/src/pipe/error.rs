//! Why a pipe cannot be used: [`PipeError`].

use std::error;
use std::fmt;
use std::io;

/// An error of [`winsvc::pipe`](super).
#[derive(Debug)]
#[non_exhaustive]
pub enum PipeError {
    /// The name is empty, too long, or has a `/` or a `\`.
    Name {
        /// The name.
        name: String,
    },
    /// The account of a friend is unknown.
    UnknownAccount {
        /// The name.
        name: String,
        /// What the system says.
        source: io::Error,
    },
    /// Another process has a pipe with this name.
    InUse {
        /// The pipe.
        path: String,
    },
    /// No folder for sockets is private to this user: neither `RUNTIME_DIRECTORY` nor `XDG_RUNTIME_DIR` is set.
    NoRuntimeFolder,
    /// The pipe cannot be created.
    Create {
        /// The pipe.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// The pipe cannot be opened: the service does not run, or the caller may not open it.
    Connect {
        /// The pipe.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// The pipe belongs to an account that is neither an administrator's, nor the service's, nor the caller's own.
    UntrustedServer {
        /// The pipe.
        path: String,
        /// The account that the pipe belongs to.
        owner: String,
    },
    /// Who the peer is cannot be found out.
    Peer {
        /// What the system says.
        source: io::Error,
    },
    /// The client hides who it is: it opened the pipe with `SECURITY_ANONYMOUS`.
    AnonymousPeer,
}

impl fmt::Display for PipeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name { name } => write!(
                f,
                "invalid pipe name `{name}`; expected 1 to {} characters without `/` and `\\`",
                super::LONGEST_NAME
            ),
            Self::UnknownAccount { name, .. } => write!(f, "unknown account `{name}`"),
            Self::InUse { path } => write!(f, "another process has the pipe {path}"),
            Self::NoRuntimeFolder => f.write_str(
                "no private folder for a socket; expected RUNTIME_DIRECTORY or XDG_RUNTIME_DIR to name one",
            ),
            Self::Create { path, .. } => write!(f, "cannot create the pipe {path}"),
            Self::Connect { path, .. } => write!(f, "cannot open the pipe {path}"),
            Self::UntrustedServer { path, owner } => write!(
                f,
                "the pipe {path} belongs to {owner}; expected the service, an administrator or yourself"
            ),
            Self::Peer { .. } => f.write_str("cannot find out who opened the pipe"),
            Self::AnonymousPeer => {
                f.write_str("the client opened the pipe anonymously; expected SECURITY_IDENTIFICATION")
            }
        }
    }
}

impl error::Error for PipeError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::UnknownAccount { source, .. }
            | Self::Create { source, .. }
            | Self::Connect { source, .. }
            | Self::Peer { source } => Some(source),
            Self::Name { .. }
            | Self::InUse { .. }
            | Self::NoRuntimeFolder
            | Self::UntrustedServer { .. }
            | Self::AnonymousPeer => None,
        }
    }
}

impl From<PipeError> for io::Error {
    fn from(error: PipeError) -> Self {
        let kind = match &error {
            PipeError::Name { .. } => io::ErrorKind::InvalidInput,
            PipeError::InUse { .. } => io::ErrorKind::AddrInUse,
            PipeError::NoRuntimeFolder => io::ErrorKind::NotFound,
            PipeError::UntrustedServer { .. } | PipeError::AnonymousPeer => io::ErrorKind::PermissionDenied,
            PipeError::UnknownAccount { source, .. }
            | PipeError::Create { source, .. }
            | PipeError::Connect { source, .. }
            | PipeError::Peer { source } => source.kind(),
        };
        Self::new(kind, error)
    }
}
