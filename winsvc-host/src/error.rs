//! Why a service ends with a failure.

use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use winsvc::ServiceError;
use winsvc::child::SpawnError;
use winsvc_definition::manifest::HookEvent;

use crate::program::Exit;

/// Why a service ends with a failure.
#[derive(Debug)]
pub(crate) enum HostError {
    /// The command line is not that of the host.
    Usage(Usage),
    /// The file with the table cannot be read.
    File { path: PathBuf, error: io::Error },
    /// The file is not a table of the host.
    Table {
        path: PathBuf,
        error: Box<toml::de::Error>,
    },
    /// The file has no table `host`.
    NoHost { path: PathBuf },
    /// The exe has no table for the service.
    NoTable { service: String },
    /// The table in the exe is damaged.
    Resource(Box<toml::de::Error>),
    /// The program cannot be started.
    NotStarted(SpawnError),
    /// The program exited before it was ready.
    ExitedEarly(Exit),
    /// The program was not ready in time.
    NotReady { timeout: Duration, lacks: String },
    /// The program exited, and is not to be restarted.
    Exited(Exit),
    /// The program does not serve any more, and is not to be restarted.
    Unhealthy,
    /// The program has failed too often.
    GivenUp { attempts: u32 },
    /// A hook that the start needs has failed.
    Hook { event: HookEvent, error: HookError },
}

impl HostError {
    /// The exit code of the program, where that is the reason.
    fn code(&self) -> Option<u32> {
        match self {
            Self::ExitedEarly(exit) | Self::Exited(exit) => Some(exit.code()),
            _ => None,
        }
    }

    /// The error as that of the service: with the exit code of the program, or of this failure of the host.
    pub(crate) fn into_service_error(self, last: Option<Exit>) -> Box<dyn Error + Send + Sync> {
        match self.code().or(last.map(Exit::code)) {
            Some(code) => Box::new(ServiceError::new(code, self)),
            None => Box::new(self),
        }
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(usage) => usage.fmt(f),
            Self::File { path, .. } => write!(f, "cannot read `{}`", path.display()),
            Self::Table { path, error } => write!(f, "{}: {}", path.display(), error.to_string().trim_end()),
            Self::NoHost { path } => write!(f, "{} has no table `host`", path.display()),
            Self::NoTable { service } => write!(f, "this exe has no table `host` for the service {service}"),
            Self::Resource(error) => write!(f, "the table `host` in this exe is invalid: {error}"),
            Self::NotStarted(error) => error.fmt(f),
            Self::ExitedEarly(exit) => write!(f, "the program {exit} before it was ready"),
            Self::NotReady { timeout, lacks } => write!(
                f,
                "the program was not ready within {}: {lacks}",
                seconds(*timeout)
            ),
            Self::Exited(exit) => write!(f, "the program {exit}"),
            Self::Unhealthy => f.write_str("the program does not serve any more"),
            Self::GivenUp { attempts } => write!(f, "the program failed after {attempts} restarts in a row"),
            Self::Hook { event, error } => write!(f, "the hook of {event} failed: {error}"),
        }
    }
}

impl Error for HostError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::File { error, .. } => Some(error),
            Self::NotStarted(error) => error.source(),
            _ => None,
        }
    }
}

/// A command line that is not one of the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Usage {
    /// There is no file.
    NoFile,
    /// `--config` is the last argument.
    NoValue,
    /// Another argument comes before `--`.
    Unknown(OsString),
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFile => f.write_str("missing option `--config`")?,
            Self::NoValue => f.write_str("missing value for `--config`")?,
            Self::Unknown(argument) => write!(f, "unexpected argument {argument:?}")?,
        }
        f.write_str("; usage: winsvc-host --config FILE [-- ARGUMENTS…]")
    }
}

/// Why a command of the host failed.
#[derive(Debug)]
pub(crate) enum HookError {
    /// It cannot be started.
    NotStarted(SpawnError),
    /// It exited with a failure.
    Exited(Exit),
    /// It was killed after this time.
    Timeout(Duration),
    /// It was killed, because the service stops.
    Stopping,
}

impl fmt::Display for HookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted(error) => match error.source() {
                Some(source) => write!(f, "{error}: {source}"),
                None => error.fmt(f),
            },
            Self::Exited(exit) => write!(f, "the command {exit}"),
            Self::Timeout(after) => write!(f, "the command did not end within {}", seconds(*after)),
            Self::Stopping => f.write_str("the service stops"),
        }
    }
}

/// A time for people: `1.5s`, `2m`.
pub(crate) fn seconds(time: Duration) -> String {
    let milliseconds = time.as_millis();
    if milliseconds >= 1_000 {
        // Tenths of a second say enough.
        let tenths = milliseconds / 100;
        match tenths % 10 {
            0 => winsvc_definition::registration::length(Duration::from_millis((tenths * 100) as u64)),
            tenth => format!("{}.{tenth}s", tenths / 10),
        }
    } else {
        format!("{milliseconds}ms")
    }
}
