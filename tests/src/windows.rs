//! Wine prefixes: each a Windows of its own, with its own registry, service control manager and drive C.
//!
//! A prefix is copied from a template that is made once per target folder. The session that creates a prefix answers
//! service starts with 1053 or 1055 at random; in the session of a copy all is settled.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::deadline::{PATIENCE, until};
use crate::paths;
use crate::process::{Finished, Running, require, run};
use crate::service::{Service, State};

/// What goes into the template's name, so that a changed recipe does not find the old one's template.
const RECIPE: &str = "2";

/// A running Windows, which ends with this value.
pub struct Windows {
    folder: TempDir,
    session: Option<Running>,
}

impl Windows {
    /// A fresh Windows that has booted.
    ///
    /// # Panics
    ///
    /// When Wine is missing or does not boot.
    pub fn new() -> Self {
        let template = template();
        let folder = TempDir::new_in(paths::lasting("prefixes")).expect("a folder for the prefix");
        copy(&template, folder.path(), false)
            .unwrap_or_else(|error| panic!("copy of {}: {error}", template.display()));
        let mut prefix = Self {
            folder,
            session: None,
        };
        prefix.boot();
        prefix
    }

    /// Ends every process at once, as pulling the plug does, and boots again.
    pub fn reboot(&mut self) {
        self.shut_down();
        self.boot();
    }

    /// A Windows program of this prefix.
    pub fn program(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = wine("wine", self.folder.path());
        command.arg(program);
        command
    }

    /// Runs a Windows program to its end.
    pub fn run<A: AsRef<OsStr>>(&self, program: impl AsRef<OsStr>, arguments: &[A]) -> Finished {
        run(self.program(program).args(arguments), PATIENCE)
    }

    /// Runs a Windows program to its end and gives its whole exit code, of which Unix knows only the low 8 bits.
    ///
    /// # Panics
    ///
    /// When there is no such program.
    pub fn exit_code<A: AsRef<OsStr>>(&self, program: &str, arguments: &[A]) -> (u32, Finished) {
        let mut probe = self.program(paths::prepared("probe.exe"));
        let finished = run(probe.arg("run").arg(program).args(arguments), PATIENCE).ok();
        let code = finished
            .lines()
            .iter()
            .rev()
            .find_map(|line| line.strip_prefix("exit=")?.parse().ok());
        (
            code.unwrap_or_else(|| panic!("no exit code: {finished}")),
            finished,
        )
    }

    /// Where a file of drive C is on this machine: `Program Files/hello`.
    pub fn drive_c(&self, path: &str) -> PathBuf {
        self.folder.path().join("drive_c").join(path)
    }

    /// A service, whether or not it exists.
    pub fn service<'a>(&'a self, name: &'a str) -> Service<'a> {
        Service::new(self, name)
    }

    /// Every string of every event that was reported since the boot, in the order of the reports.
    ///
    /// Wine says neither whose an event is nor its number, and shortens a string of more than about 300 characters.
    pub fn events(&self) -> Vec<Event> {
        let printed = self.session.as_ref().map(Running::stderr).unwrap_or_default();
        printed.lines().filter_map(Event::read).collect()
    }

    fn boot(&mut self) {
        // services.exe ends with the last ordinary process, and the services with it: one stays, and ends when its
        // standard input does, which is at the latest when this test process is gone.
        let mut command = self.program("cmd");
        // Wine stores no events; it prints them, to where the first program of a session prints its errors.
        command.env("WINEDEBUG", "-all,+eventlog");
        let mut session = Running::start(command.stdin(Stdio::piped()));
        until("the prompt of the first program", PATIENCE, || {
            let prompt = session.stdout();
            if prompt.is_empty() {
                Err(session.stderr())
            } else {
                Ok(())
            }
        });
        until("Wine's boot", PATIENCE, || {
            assert!(session.is_alive(), "the session ended while it booted");
            match self.service("EventLog").status() {
                Some(log) if log.state == State::Running => Ok(()),
                other => Err(other),
            }
        });
        self.session = Some(session);
    }

    fn shut_down(&mut self) {
        let server = |argument| run(wine("wineserver", self.folder.path()).arg(argument), PATIENCE);
        server("-k");
        server("-w");
        self.session = None;
    }
}

impl Default for Windows {
    fn default() -> Self {
        Self::new()
    }
}

/// A string of an event, with the event's level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Of `EVENTLOG_ERROR_TYPE`.
    Error(String),
    /// Of `EVENTLOG_WARNING_TYPE`.
    Warning(String),
    /// Of `EVENTLOG_INFORMATION_TYPE`.
    Information(String),
}

impl Event {
    /// Reads a line of Wine's: `0114:err:eventlog:ReportEventW L"text"`.
    fn read(line: &str) -> Option<Self> {
        let (before, text) = line.split_once(":eventlog:ReportEventW L\"")?;
        let text = text.strip_suffix('"')?;
        let text = text
            .replace("\\r\\n", "\n")
            .replace("\\\"", "\"")
            .replace(r"\\", r"\");
        Some(match before.rsplit(':').next()? {
            "err" => Self::Error(text),
            "warn" => Self::Warning(text),
            _ => Self::Information(text),
        })
    }
}

impl Drop for Windows {
    fn drop(&mut self) {
        self.shut_down();
    }
}

/// A program of Wine's that works on the prefix in `folder`.
fn wine(program: &str, folder: &Path) -> Command {
    let mut command = require(program);
    command
        .env("WINEPREFIX", folder)
        .env("WINEDEBUG", "-all")
        // No browser engine, no .NET, and nothing in the menus of the desktop that the tests run on.
        .env("WINEDLLOVERRIDES", "mscoree,mshtml=;winemenubuilder.exe=")
        // Wine takes its Unix code page from here: without it no path beyond ASCII survives.
        .env("LC_ALL", "C.UTF-8")
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .stdin(Stdio::null());
    command
}

/// The prefix that all others are copied from, made on first use.
fn template() -> PathBuf {
    let version = run(require("wine").arg("--version"), PATIENCE).ok();
    let version = version.stdout.split_whitespace().next().expect("Wine's version");
    let template = paths::lasting("templates").join(format!("{version}-{RECIPE}"));
    let _lock = paths::lock("template");
    if !template.exists() {
        let folder = TempDir::new_in(paths::lasting("templates")).expect("a folder for the template");
        make_template(folder.path());
        fs::rename(folder.keep(), &template).expect("the finished template in its place");
    }
    template
}

fn make_template(folder: &Path) {
    let boot = run(
        wine("wine", folder).args(["wineboot", "--init"]),
        Duration::from_mins(5),
    );
    let _ = boot.ok();
    // Windows configures its event log. Wine leaves the key empty, and an empty key goes with its last subkey when
    // an installer removes that.
    let log = r"HKLM\System\CurrentControlSet\Services\EventLog\Application";
    let size = ["add", log, "/v", "MaxSize", "/t", "REG_DWORD", "/d", "0x1400000"];
    let _ = run(wine("wine", folder).arg("reg").args(size), PATIENCE).ok();
    // The registry is on the disk only when the last process has gone.
    let _ = run(wine("wineserver", folder).arg("-w"), PATIENCE).ok();
    fs::copy(
        paths::prepared("bcryptprimitives.dll"),
        folder.join("drive_c/windows/system32/bcryptprimitives.dll"),
    )
    .expect("bcryptprimitives.dll in system32");
    make_profile_private(&folder.join("drive_c/users")).expect("a user's profile");
}

/// Wine links Desktop, Documents and so on to the home folder of whoever runs it; here they become plain folders.
fn make_profile_private(users: &Path) -> io::Result<()> {
    for user in fs::read_dir(users)? {
        for entry in fs::read_dir(user?.path())? {
            let entry = entry?;
            if entry.file_type()?.is_symlink() {
                fs::remove_file(entry.path())?;
                fs::create_dir(entry.path())?;
            }
        }
    }
    Ok(())
}

/// Copies a prefix. The 700 MB of Windows's own files become hard links, as nothing writes to them; the registry,
/// which Wine would otherwise write in place, and all else is copied.
fn copy(from: &Path, to: &Path, link: bool) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            fs::create_dir(&target)?;
            copy(&source, &target, link || entry.file_name() == "windows")?;
        } else if kind.is_symlink() {
            symlink(fs::read_link(&source)?, &target)?;
        } else if link {
            fs::hard_link(&source, &target)?;
        } else {
            fs::copy(&source, &target)?;
        }
    }
    Ok(())
}
