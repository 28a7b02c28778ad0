//! Child processes and what they start: on Windows in a job object, on Unix in a process group.

#[cfg(windows)]
mod console_event;
#[cfg(windows)]
mod session;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::io;
use std::process::{ChildStderr, ChildStdin, ChildStdout};

use winsvc_definition::Limits;

#[cfg(windows)]
pub(crate) use console_event::send_if_asked;
#[cfg(unix)]
pub(crate) use unix::{Process, spawn};
#[cfg(windows)]
pub(crate) use windows::{Process, spawn};

/// Which processes belong to a child, and what happens to them when the service ends.
///
/// ```no_run
/// use winsvc::child::{Command, Tree};
///
/// let helper = Command::new("helper.exe").tree(Tree::Leave).spawn()?;
/// # Ok::<(), winsvc::child::SpawnError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Tree {
    /// The child and its descendants: a job object on Windows, a process group on Unix. None of them outlives the child, and
    /// on Windows none outlives the service.
    #[default]
    Job,
    /// Only the child. Its descendants are neither stopped nor killed.
    Process,
    /// Only the child, which may outlive the service: it is left alone when [`Child`](crate::child::Child) is dropped and when
    /// the service ends.
    Leave,
}

/// The scheduling priority of a child: a priority class on Windows, a nice value on Unix.
///
/// ```no_run
/// use winsvc::child::{Command, Priority};
///
/// let indexer = Command::new("indexer.exe").priority(Priority::BelowNormal).spawn()?;
/// # Ok::<(), winsvc::child::SpawnError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Priority {
    /// `IDLE_PRIORITY_CLASS`; nice 19.
    Idle,
    /// `BELOW_NORMAL_PRIORITY_CLASS`; nice 10.
    BelowNormal,
    /// The priority of the service.
    #[default]
    Normal,
    /// `ABOVE_NORMAL_PRIORITY_CLASS`; nice -5, which needs privileges.
    AboveNormal,
    /// `HIGH_PRIORITY_CLASS`; nice -10, which needs privileges.
    High,
}

/// What a child is started with, beside its command line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options<'a> {
    pub(crate) tree: Tree,
    pub(crate) limits: &'a Limits,
    pub(crate) priority: Priority,
    /// The processors that the child may run on, counted from 0; empty for all.
    pub(crate) affinity: &'a [u32],
    pub(crate) session: Session,
}

/// The session that a child is started in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Session {
    /// That of the service.
    Own,
    /// That of the user who is logged on, with the user's environment or none.
    Active {
        #[cfg_attr(unix, allow(dead_code, reason = "only Windows has sessions"))]
        inherits_environment: bool,
    },
}

/// Our ends of the child's pipes.
#[derive(Debug)]
pub(crate) struct Streams {
    pub(crate) stdin: Option<ChildStdin>,
    pub(crate) stdout: Option<ChildStdout>,
    pub(crate) stderr: Option<ChildStderr>,
}

/// A request to a child to end by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// Ctrl-C; SIGINT.
    CtrlC,
    /// Ctrl-Break; SIGTERM.
    CtrlBreak,
    /// `WM_CLOSE`; SIGTERM.
    Close,
}

/// Why a child was not started.
#[derive(Debug)]
pub(crate) enum SpawnFailure {
    /// The system does not start the program.
    Program(io::Error),
    /// The system does not take the limits.
    #[cfg_attr(unix, allow(dead_code, reason = "they are set by the child itself"))]
    Limits(io::Error),
    /// There is no session, or no access to it.
    Session(SessionFailure),
}

impl From<io::Error> for SpawnFailure {
    fn from(error: io::Error) -> Self {
        Self::Program(error)
    }
}

/// Why the session of a user cannot be used.
#[derive(Debug)]
pub(crate) enum SessionFailure {
    /// Nobody is logged on.
    #[cfg_attr(unix, allow(dead_code, reason = "only Windows has sessions"))]
    NoUser,
    /// The service does not run as `LocalSystem`.
    #[cfg_attr(unix, allow(dead_code, reason = "only Windows has sessions"))]
    NotLocalSystem,
    Other(io::Error),
}

impl From<io::Error> for SessionFailure {
    fn from(error: io::Error) -> Self {
        Self::Other(error)
    }
}

/// Why an event was not sent.
#[derive(Debug)]
pub(crate) enum SendFailure {
    /// The child has exited.
    Exited,
    /// No receiver has a console.
    #[cfg_attr(unix, allow(dead_code, reason = "signals need no console"))]
    NoConsole,
    /// No receiver has a window.
    #[cfg_attr(unix, allow(dead_code, reason = "signals need no window"))]
    NoWindow,
    Other(io::Error),
}

impl From<io::Error> for SendFailure {
    fn from(error: io::Error) -> Self {
        Self::Other(error)
    }
}
