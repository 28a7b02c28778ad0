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

use super::event::Event;
use crate::deadline::{PATIENCE, until};
use crate::paths;
use crate::process::{Finished, Running, require, run, run_probe};

/// What goes into the template's name, so that a changed recipe does not find the old one's template.
const RECIPE: &str = "3";

/// A running Windows in a prefix of its own.
pub(crate) struct Prefix {
    folder: TempDir,
    session: Option<Running>,
    /// The X server that it draws on; none, and windows are nowhere.
    display: Option<String>,
}

impl Prefix {
    /// A fresh Windows that has booted.
    pub(super) fn new() -> Self {
        Self::on(None)
    }

    pub(super) fn on(display: Option<String>) -> Self {
        let template = template();
        let folder = TempDir::new_in(paths::lasting("prefixes")).expect("a folder for the prefix");
        copy(&template, folder.path(), false)
            .unwrap_or_else(|error| panic!("copy of {}: {error}", template.display()));
        let mut prefix = Self {
            folder,
            session: None,
            display,
        };
        prefix.boot();
        prefix
    }

    pub(super) fn reboot(&mut self) {
        self.shut_down();
        self.boot();
    }

    pub(super) fn program(&self, program: &OsStr) -> Command {
        let mut command = wine("wine", self.folder.path());
        command.arg(program);
        if let Some(display) = &self.display {
            command.env("DISPLAY", display);
        }
        command
    }

    /// Lets the probe run the program, which has the whole exit code from Wine.
    pub(super) fn exit_code<A: AsRef<OsStr>>(&self, program: &str, arguments: &[A]) -> (u32, Finished) {
        let mut probe = self.program(paths::prepared("probe.exe").as_ref());
        let finished = run_probe(probe.arg("run").arg(program).args(arguments), PATIENCE).ok();
        (exit_code(&finished), finished)
    }

    pub(super) fn drive_c(&self, path: &str) -> PathBuf {
        self.folder.path().join("drive_c").join(path)
    }

    /// `%ProgramData%`
    pub(super) fn program_data(&self) -> PathBuf {
        self.drive_c("ProgramData")
    }

    /// Whether a key in the list of installed programs has come since this value was made: nothing was there before.
    #[expect(clippy::unused_self, reason = "one face for every kind of Windows")]
    pub(crate) fn is_new(&self, _key: &str) -> bool {
        true
    }

    pub(super) fn events(&self) -> Vec<Event> {
        let printed = self.session.as_ref().map(Running::stderr).unwrap_or_default();
        printed.lines().filter_map(Event::read).collect()
    }

    fn boot(&mut self) {
        // services.exe ends with the last ordinary process, and the services with it: one stays, and ends when its
        // standard input does, which is at the latest when this test process is gone.
        let mut command = self.program("cmd".as_ref());
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
            let mut probe = self.program(paths::prepared("probe.exe").as_ref());
            match run(probe.args(["status", "EventLog"]), PATIENCE) {
                log if log.stdout.starts_with("state=RUNNING ") => Ok(()),
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

impl Drop for Prefix {
    fn drop(&mut self) {
        self.shut_down();
    }
}

/// The exit code of the program that the probe has run.
///
/// # Panics
///
/// When the probe has not told it.
pub(crate) fn exit_code(probe: &Finished) -> u32 {
    let code = probe
        .lines()
        .iter()
        .rev()
        .find_map(|line| line.strip_prefix("exit=")?.parse().ok());
    code.unwrap_or_else(|| panic!("no exit code: {probe}"))
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
    // Wine gives services the public profile as `%ProgramData%`, and everything else, as Windows does, this one.
    let profiles = r"HKLM\Software\Microsoft\Windows NT\CurrentVersion\ProfileList";
    let public = ["add", profiles, "/v", "Public", "/d", r"C:\ProgramData", "/f"];
    let _ = run(wine("wine", folder).arg("reg").args(public), PATIENCE).ok();
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
