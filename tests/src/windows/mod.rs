//! The Windows that a test uses: on Unix a fresh one of Wine's, on Windows the machine itself.
//!
//! Both have one face. What a test must know of the difference stands in [`win32`](crate::win32), and what only one of
//! them can show is for that one alone, by `cfg`.

mod belongings;
mod event;
#[cfg(windows)]
mod machine;
#[cfg(all(test, windows))]
mod tests;
#[cfg(unix)]
mod wine;

use std::cell::Cell;
use std::ffi::OsStr;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::process::Command;

#[cfg(windows)]
use self::machine::Machine;
#[cfg(unix)]
use self::wine::Prefix as Machine;
#[cfg(unix)]
pub(crate) use self::wine::exit_code;
use crate::deadline::PATIENCE;
use crate::paths::prepared;
use crate::process::{Finished, run, run_probe};
use crate::service::Service;

pub(crate) use self::belongings::Belongings;
pub use self::event::{Event, Record};

/// A running Windows, which ends with this value.
///
/// A test has one at a time: on Windows there is no other.
pub struct Windows {
    machine: Machine,
    _only: Only,
}

impl Windows {
    /// A Windows on which none of the tests' packages is installed.
    ///
    /// On Windows this waits for the tests that came first, of this and of all other processes.
    ///
    /// # Panics
    ///
    /// When there is none, or the test has one already.
    #[expect(
        clippy::new_without_default,
        reason = "a default is nothing that takes seconds"
    )]
    pub fn new() -> Self {
        let only = Only::new();
        Self {
            machine: Machine::new(),
            _only: only,
        }
    }

    /// A Windows that shows its windows on a screen.
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new).
    #[cfg(unix)]
    pub fn on(screen: &crate::screen::Screen) -> Self {
        let only = Only::new();
        Self {
            machine: Machine::on(Some(screen.display().to_owned())),
            _only: only,
        }
    }

    /// Ends every process at once, as pulling the plug does, and boots again.
    #[cfg(unix)]
    pub fn reboot(&mut self) {
        self.machine.reboot();
    }

    /// A program of this Windows.
    pub fn program(&self, program: impl AsRef<OsStr>) -> Command {
        self.machine.program(program.as_ref())
    }

    /// Runs a program to its end.
    pub fn run<A: AsRef<OsStr>>(&self, program: impl AsRef<OsStr>, arguments: &[A]) -> Finished {
        run(self.program(program).args(arguments), PATIENCE)
    }

    /// Runs a program to its end and gives its whole exit code, of which Unix knows only the low 8 bits.
    ///
    /// # Panics
    ///
    /// When there is no such program.
    pub fn exit_code<A: AsRef<OsStr>>(&self, program: &str, arguments: &[A]) -> (u32, Finished) {
        self.machine.exit_code(program, arguments)
    }

    /// The processes of an exe by its name.
    pub fn processes(&self, exe: &str) -> Vec<String> {
        let mut probe = self.program(prepared("probe.exe"));
        let output = run_probe(probe.args(["processes", exe]), PATIENCE).ok();
        output.lines().into_iter().map(str::to_owned).collect()
    }

    /// Where a file of drive C is for the test: `Program Files/hello`.
    pub fn drive_c(&self, path: &str) -> PathBuf {
        self.machine.drive_c(path)
    }

    /// The folder that a service has as `%ProgramData%`.
    pub fn program_data(&self) -> PathBuf {
        self.machine.program_data()
    }

    /// Gives a file or a folder to somebody who is no administrator.
    ///
    /// # Panics
    ///
    /// When this process may not, which takes root or an administrator.
    pub fn give_away(&self, path: &Path) {
        #[cfg(unix)]
        // Nobody's; only root may give what is its own to others.
        std::os::unix::fs::chown(path, Some(12345), None)
            .unwrap_or_else(|error| panic!("{}: {error}; run this test as root", path.display()));
        #[cfg(windows)]
        {
            const GUESTS: &str = "*S-1-5-32-546";
            let _ = self
                .run("icacls", &[path.to_str().unwrap(), "/setowner", GUESTS])
                .ok();
        }
    }

    /// A service, whether or not it exists.
    ///
    /// # Panics
    ///
    /// When no other test could take it away: its name must be among the tests' `Belongings`.
    pub fn service<'a>(&'a self, name: &'a str) -> Service<'a> {
        Belongings::require_service(name);
        Service::new(self, name)
    }

    /// Every string of every event that the tests' services have reported since this value was made, in the order of
    /// the reports.
    ///
    /// Wine says neither whose an event is nor its number, and shortens a string of more than about 300 characters.
    pub fn events(&self) -> Vec<Event> {
        self.machine.events()
    }

    /// The events themselves, with their numbers and texts, oldest first.
    #[cfg(windows)]
    pub fn records(&self) -> Vec<Record> {
        self.machine.records()
    }

    /// What the service control manager itself has said in the System log since this value was made, oldest first.
    #[cfg(windows)]
    pub fn scm_records(&self) -> Vec<Record> {
        self.machine.scm_records()
    }

    /// What is particular to this kind of Windows.
    pub(crate) fn machine(&self) -> &Machine {
        &self.machine
    }
}

thread_local! {
    static TAKEN: Cell<bool> = const { Cell::new(false) };
}

/// Holds a test to one Windows at a time. A second one would wait for the first for ever where the machine itself is it;
/// Wine would not mind, so it shows there, too.
struct Only(PhantomData<*const ()>);

impl Only {
    fn new() -> Self {
        assert!(!TAKEN.replace(true), "a test has one Windows at a time");
        Self(PhantomData)
    }
}

impl Drop for Only {
    fn drop(&mut self) {
        TAKEN.set(false);
    }
}
