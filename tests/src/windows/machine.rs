//! The machine itself, where that is a Windows. The tests take turns; each finds and leaves none of their
//! [`Belongings`].

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use super::belongings::Belongings;
use super::event::{Event, Record};
use crate::deadline::{PATIENCE, until};
use crate::paths;
use crate::process::{Finished, powershell, run};
use crate::residue::{EVENT_SOURCES, Registry, SERVICES, UNINSTALL};

/// The variable by which its owner gives the machine to the tests.
const PERMISSION: &str = "WINSVC_TESTS_CHANGE_THIS_MACHINE";

/// The provider of what the service control manager says in the System log.
const SCM: &str = "Service Control Manager";

/// The machine, while it is this test's turn.
pub(crate) struct Machine {
    began: SystemTime,
    /// The entries in the list of installed programs that are no test's.
    others: BTreeSet<String>,
    /// Given back last, when all is taken away.
    _turn: File,
}

impl Machine {
    pub(super) fn new() -> Self {
        assert!(
            std::env::var_os(PERMISSION).is_some_and(|value| value == "yes"),
            "these tests install and remove services on this very machine, and take away whatever has the names of \
             theirs: set {PERMISSION}=yes where that is wanted"
        );
        let turn = paths::lock_machine("machine");
        take_away();
        let listed = Registry::listed(probe("names"), &[UNINSTALL]);
        Self {
            began: SystemTime::now(),
            others: listed.keys_below(UNINSTALL).map(str::to_owned).collect(),
            _turn: turn,
        }
    }

    #[expect(clippy::unused_self, reason = "one face for every kind of Windows")]
    pub(super) fn program(&self, program: &OsStr) -> Command {
        Command::new(program)
    }

    pub(super) fn exit_code<A: AsRef<OsStr>>(&self, program: &str, arguments: &[A]) -> (u32, Finished) {
        let finished = run(self.program(program.as_ref()).args(arguments), PATIENCE);
        (exit_code(&finished), finished)
    }

    #[expect(clippy::unused_self, reason = "one face for every kind of Windows")]
    pub(super) fn drive_c(&self, path: &str) -> PathBuf {
        drive_c(path)
    }

    pub(super) fn program_data(&self) -> PathBuf {
        self.drive_c("ProgramData")
    }

    /// Whether a key in the list of installed programs has come since this value was made.
    pub(crate) fn is_new(&self, key: &str) -> bool {
        !self.others.contains(key)
    }

    pub(super) fn events(&self) -> Vec<Event> {
        let records = self.records();
        records.iter().flat_map(Record::events).collect()
    }

    pub(super) fn records(&self) -> Vec<Record> {
        let mut records = self.read_log("Application");
        records.retain(|record| Belongings::SERVICES.contains(&record.source.as_str()));
        records
    }

    pub(super) fn scm_records(&self) -> Vec<Record> {
        let mut records = self.read_log("System");
        records.retain(|record| record.source == SCM);
        records
    }

    fn read_log(&self, log: &str) -> Vec<Record> {
        let since = self.began.duration_since(SystemTime::UNIX_EPOCH);
        let since = since.expect("a time after 1970").as_millis().to_string();
        let mut powershell = powershell(&paths::source("records.ps1"));
        powershell.args(["-Log", log, "-Since", &since]);
        Record::read_all(&run(&mut powershell, PATIENCE).ok().stdout)
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // The test's own failure is what counts. What stays now, the next test has to take away before it begins.
        if std::panic::catch_unwind(take_away).is_err() {
            eprintln!("the test has left something on the machine");
        }
    }
}

/// A process's whole exit code.
fn exit_code(finished: &Finished) -> u32 {
    let code = finished.status.code().expect("on Windows every process has one");
    code.cast_unsigned()
}

fn drive_c(path: &str) -> PathBuf {
    Path::new(r"C:\").join(path)
}

fn probe(verb: &str) -> Command {
    let mut probe = Command::new(paths::prepared("probe.exe"));
    probe.arg(verb);
    probe
}

/// Takes away whatever bears the names of the tests' belongings.
fn take_away() {
    let listed = Registry::listed(probe("keys"), &[UNINSTALL]);
    for key in listed.keys_below(UNINSTALL) {
        let name = listed.text(key, "DisplayName").unwrap_or_default();
        if Belongings::PRODUCTS.contains(&name.as_str()) {
            let code = key.rsplit('\\').next().expect("the last part of a key");
            uninstall(code);
        }
    }
    for service in Belongings::SERVICES {
        delete(service);
    }
    let keys = [SERVICES, EVENT_SOURCES]
        .into_iter()
        .flat_map(|parent| Belongings::SERVICES.map(|service| format!(r"{parent}\{service}")))
        .chain(Belongings::KEYS.map(str::to_owned));
    let keys: Vec<String> = keys.collect();
    for key in Registry::listed(probe("names"), &keys).keys() {
        if keys.iter().any(|ours| key == &format!(r"HKLM\{ours}")) {
            // A deleted service's key may go by itself meanwhile.
            let _ = run(Command::new("reg").args(["delete", key, "/f"]), PATIENCE);
        }
    }
    for folder in Belongings::FOLDERS {
        gone(&drive_c(folder), |path| fs::remove_dir_all(path));
    }
    for file in Belongings::FILES {
        gone(&drive_c(file), |path| fs::remove_file(path));
    }
}

/// Removes a product by its code. Where the installer cannot, its service and its files go one by one.
fn uninstall(code: &str) {
    let mut msiexec = Command::new("msiexec");
    let finished = run(msiexec.args(["/x", code, "/qn", "/norestart"]), PATIENCE);
    if !finished.status.success() {
        eprintln!("{code} cannot be uninstalled: {finished}");
    }
}

/// Stops a service, by force if need be, and deletes it.
fn delete(service: &str) {
    let status = || {
        let finished = run(probe("status").arg(service), PATIENCE).ok();
        finished.stdout.trim_end().to_owned()
    };
    if status() == "absent" {
        return;
    }
    let _ = run(probe("control").args([service, "1"]), PATIENCE);
    let asked = SystemTime::now();
    until(&format!("the end of {service}"), PATIENCE, || {
        let status = status();
        if status == "absent" || status.starts_with("state=STOPPED ") {
            return Ok(());
        }
        if asked
            .elapsed()
            .is_ok_and(|waited| waited > Duration::from_secs(10))
        {
            let pid = status.split(' ').find_map(|word| word.strip_prefix("pid="));
            let _ = run(
                Command::new("taskkill").args(["/f", "/pid", pid.unwrap_or_default()]),
                PATIENCE,
            );
        }
        Err(status)
    });
    let _ = run(Command::new("sc").args(["delete", service]), PATIENCE);
    until(&format!("no service {service}"), PATIENCE, || match status() {
        status if status == "absent" => Ok(()),
        other => Err(other),
    });
}

/// Removes what may still be held by a process on its way out.
fn gone(path: &Path, remove: impl Fn(&Path) -> io::Result<()>) {
    until(&format!("no {}", path.display()), PATIENCE, || {
        match remove(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    });
}
