//! The errors of starting a child, and of a request to it.

use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::process::ExitStatus;

use crate::sys::{SendFailure, SessionFailure};

/// The error for a child that could not be started.
///
/// ```
/// use winsvc::child::{Command, SpawnError};
///
/// let error = Command::new("no-such-program").spawn().unwrap_err();
/// assert!(matches!(&error, SpawnError::Program { .. }));
/// assert_eq!(error.to_string(), "cannot start `no-such-program`");
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum SpawnError {
    /// The system cannot start the program, or not with its priority and processors.
    Program {
        /// The program.
        program: OsString,
        /// The system's error.
        error: io::Error,
    },
    /// The system cannot limit the child's resources.
    Limits {
        /// The system's error.
        error: io::Error,
    },
    /// The child cannot be in the session of a user.
    Session(SessionError),
    /// The thread that waits for the child cannot be started.
    Thread {
        /// The system's error.
        error: io::Error,
    },
}

impl fmt::Display for SpawnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program { program, .. } => write!(f, "cannot start `{}`", program.to_string_lossy()),
            Self::Limits { .. } => f.write_str("cannot limit the resources of a child process"),
            Self::Session(_) => f.write_str("cannot start a child process in the session of a user"),
            Self::Thread { .. } => f.write_str("cannot start a thread for a child process"),
        }
    }
}

impl Error for SpawnError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Program { error, .. } | Self::Limits { error } | Self::Thread { error } => Some(error),
            Self::Session(error) => Some(error),
        }
    }
}

/// Why a child cannot be in the session of the user who is logged on.
///
/// ```no_run
/// use winsvc::child::{Command, SessionError, SpawnError};
///
/// match Command::new("tray.exe").in_active_session().spawn() {
///     Err(SpawnError::Session(SessionError::NoUser)) => println!("nobody is logged on"),
///     started => drop(started?),
/// }
/// # Ok::<(), SpawnError>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum SessionError {
    /// Nobody is logged on.
    NoUser,
    /// The service does not run as `LocalSystem` (`account = "local-system"`), which this needs.
    NotLocalSystem,
    /// An option of the command does not exist in another session.
    Option {
        /// Its name.
        option: &'static str,
    },
    /// The session is not available for another reason; on Linux and macOS always.
    System(io::Error),
}

impl SessionError {
    pub(super) fn of(failure: SessionFailure) -> Self {
        match failure {
            SessionFailure::NoUser => Self::NoUser,
            SessionFailure::NotLocalSystem => Self::NotLocalSystem,
            SessionFailure::Other(error) => Self::System(error),
        }
    }
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoUser => f.write_str("nobody is logged on"),
            Self::NotLocalSystem => {
                f.write_str("the service does not run as LocalSystem; set `account = \"local-system\"`")
            }
            Self::Option { option } => write!(f, "`{option}` is not available in the session of a user"),
            Self::System(error) => error.fmt(f),
        }
    }
}

impl Error for SessionError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NoUser | Self::NotLocalSystem | Self::Option { .. } => None,
            Self::System(error) => error.source(),
        }
    }
}

/// The error for a request that could not be sent to a child.
///
/// ```no_run
/// use winsvc::child::{Command, SendError, StopStep};
///
/// let child = Command::new("worker.exe").spawn()?;
/// if let Err(SendError::NoWindow) = child.send(&StopStep::Close) {
///     println!("the worker has no window");
/// }
/// # Ok::<(), winsvc::child::SpawnError>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum SendError {
    /// The child has exited.
    Exited,
    /// No process of the tree has a console.
    NoConsole,
    /// No process of the tree has a window.
    NoWindow,
    /// No `main` of winsvc runs in this process, so its exe cannot send the request.
    NoEntry,
    /// The stop command could not be started.
    Command(SpawnError),
    /// The stop command has failed.
    CommandFailed(ExitStatus),
    /// The stop command was killed, because its time was over.
    CommandTimeout,
    /// The request failed for another reason.
    System(io::Error),
}

impl SendError {
    pub(super) fn of(error: SendFailure) -> Self {
        match error {
            SendFailure::Exited => Self::Exited,
            SendFailure::NoConsole => Self::NoConsole,
            SendFailure::NoWindow => Self::NoWindow,
            SendFailure::Other(error) => Self::System(error),
        }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited => f.write_str("the child has exited"),
            Self::NoConsole => f.write_str("the child has no console"),
            Self::NoWindow => f.write_str("the child has no window"),
            Self::NoEntry => {
                f.write_str("no `main` of winsvc runs in this process, which could send a console event")
            }
            Self::Command(_) => f.write_str("the stop command could not be started"),
            Self::CommandFailed(status) => write!(f, "the stop command failed: {status}"),
            Self::CommandTimeout => f.write_str("the stop command did not end in time"),
            Self::System(_) => f.write_str("the request could not be sent to the child"),
        }
    }
}

impl Error for SendError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Exited
            | Self::NoConsole
            | Self::NoWindow
            | Self::NoEntry
            | Self::CommandFailed(_)
            | Self::CommandTimeout => None,
            Self::Command(error) => Some(error),
            Self::System(error) => Some(error),
        }
    }
}
