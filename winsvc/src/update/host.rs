//! What the updater needs of the machine: the service, the installer, the clock.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use semver::Version;

use super::activity::Activity;
use super::machine::End;
use crate::sys;

/// The machine, as far as an update changes or asks it.
pub trait Host {
    /// The installed version.
    fn installed(&mut self) -> io::Result<Version>;
    /// Stops the service unless it is stopped, and returns when its process has ended.
    fn stop(&mut self) -> io::Result<()>;
    /// Starts the service unless it runs, and returns when it is ready.
    fn start(&mut self) -> io::Result<()>;
    /// Whether the service has been running without a failure since it was started; else what is wrong.
    fn health(&mut self) -> Result<(), String>;
    /// Whether the package may be installed, apart from its hash: it has the signer of the installed exe, for example.
    /// Else what is wrong.
    fn trusts(&mut self, package: &Path) -> Result<(), String>;
    /// Runs Windows Installer, and returns its exit code. The first of the command's words is the program.
    fn run_installer(&mut self, command: &[String]) -> io::Result<u32>;
    /// Records an event.
    fn report(&mut self, event: UpdateEvent);

    /// The MSI of the installed version, from which it could be installed again; `None` if there is none.
    fn installed_package(&mut self) -> Option<PathBuf> {
        None
    }

    /// Notes what the updater is doing from now on.
    fn entered(&mut self, activity: Activity) {
        let _ = activity;
    }

    /// Waits.
    fn pause(&mut self, time: Duration) {
        std::thread::sleep(time);
    }

    /// The time, in seconds since 1970-01-01T00:00:00Z.
    fn now(&mut self) -> u64 {
        now()
    }

    /// The minute of the local day.
    fn local_minute(&mut self) -> u16 {
        sys::local_minute()
    }
}

/// The time, in seconds since 1970-01-01T00:00:00Z.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}

/// What an administrator should know of an update.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UpdateEvent {
    /// The file with the state of updates was damaged. The service was started with the exe that is there.
    StateLost,
    /// An update begins.
    Begun {
        /// The installed version.
        from: Version,
        /// The new version.
        to: Version,
    },
    /// Another installation is running; the update is tried again at the next check.
    Busy {
        /// The new version.
        to: Version,
    },
    /// The update has ended.
    Ended {
        /// The new version.
        to: Version,
        /// How it ended.
        end: End,
    },
}

impl fmt::Display for UpdateEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StateLost => f.write_str("the state of updates was damaged; it begins anew"),
            Self::Begun { from, to } => write!(f, "updating from {from} to {to}"),
            Self::Busy { to } => write!(
                f,
                "update to {to}: another installation is running; trying again later"
            ),
            Self::Ended { to, end } => write!(f, "update to {to}: {end}"),
        }
    }
}
