//! The hosts that a program can run under: the SCM, or a terminal.
//!
//! The program detects its host; no hidden command line argument selects it, so the author's own argument parser sees
//! only what the user wrote. The SCM is asked first. If it answers that it did not start the process, the host is a
//! terminal.

#[cfg(windows)]
mod scm;
#[cfg(target_os = "linux")]
mod systemd;
mod terminal;

use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use winsvc_definition::{Role, Stamp, Timeout, TimeoutError};

#[cfg(feature = "log-files")]
use crate::identity;
use crate::identity::Package;
use crate::lifecycle::{Drain, LateStart, MainForm, Renewal};
use crate::outcome::Failure;
use crate::run::Run;
use crate::status::Exit;
use crate::sys;

/// A program, ready to be run by a host.
pub(crate) struct Program {
    pub(crate) package: Package,
    pub(crate) form: MainForm,
    /// Runs `main` by [`Run::conduct`] and cleans up after it.
    pub(crate) body: Body,
}

pub(crate) type Body = Box<dyn FnOnce(&Arc<Run>) + Send>;

/// Runs the program to its end under the host that started the process.
pub(crate) fn run(program: Program) -> ExitCode {
    match run_as_service(program) {
        Ok(code) => code,
        Err(program) => terminal::run(program).process_exit_code().into(),
    }
}

/// Runs the program to its end as a service, or returns it if the SCM did not start this process.
pub(crate) fn run_as_service(program: Program) -> Result<ExitCode, Program> {
    #[cfg(windows)]
    return match scm::run(program) {
        scm::Answer::Ran(exit) => Ok(exit.process_exit_code().into()),
        scm::Answer::Refused => Ok(ExitCode::FAILURE),
        scm::Answer::NotAService(program) => Err(program),
    };
    #[cfg(not(windows))]
    Err(program)
}

/// A service of the exe, and what runs as it.
struct Identified {
    stamp: Stamp,
    form: MainForm,
    body: Body,
}

/// Returns the service with this name, or else the exe's first service: the body is that of the program, or the updater.
/// A damaged stamp becomes a body that fails, so it is reported like any other failed start, and so does a variable that
/// cannot be read.
fn identified(program: Program, name: Option<&str>) -> Identified {
    let Program { package, form, body } = program;
    let (stamp, form, body) = match package.stamp(name) {
        Ok(stamp) => match with_stop_timeout(stamp, std::env::var(STOP_TIMEOUT).ok()) {
            (stamp, None) if stamp.role == Role::Updater => (stamp, UPDATER, updater()),
            (stamp, None) => (stamp, form, body),
            (stamp, Some(error)) => (stamp, form, failing(error)),
        },
        Err(error) => (package.unstamped(), form, failing(error)),
    };
    Identified { stamp, form, body }
}

/// The form of the updater's `main`: `fn main(service: Service)`.
const UPDATER: MainForm = MainForm {
    late_start: LateStart::Runs,
    drain: Drain::Program,
    renewal: Renewal::Nobody,
};

#[cfg(all(windows, feature = "update"))]
fn updater() -> Body {
    Box::new(|run| {
        run.conduct(|| {
            if !crate::journal::is_event_log() {
                return Err(Failure::from_error(&UpdaterError));
            }
            let service = crate::service::Service::new(Arc::clone(run));
            crate::run::as_main(|| crate::updater::serve(&service))
                .map_err(|error| Failure::from_error(&error))
        });
    })
}

#[cfg(not(all(windows, feature = "update")))]
fn updater() -> Body {
    failing(UpdaterError)
}

/// The error for an updater that is not a service, or is not in the exe.
#[derive(Debug)]
struct UpdaterError;

impl std::fmt::Display for UpdaterError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(
            "the updater only runs as a Windows service, in a program with the feature `update` of winsvc",
        )
    }
}

impl std::error::Error for UpdaterError {}

fn failing(error: impl std::error::Error + Send + 'static) -> Body {
    Box::new(move |run| run.conduct(|| Err(Failure::from_error(&error))))
}

/// The variable with which an administrator sets how long a stop may take.
const STOP_TIMEOUT: &str = "WINSVC_STOP_TIMEOUT";

/// Replaces the stop timeout by the administrator's. An empty variable counts as not set.
fn with_stop_timeout(mut stamp: Stamp, variable: Option<String>) -> (Stamp, Option<VariableError>) {
    let variable = variable.filter(|text| !text.is_empty());
    match variable.map(|text| Timeout::new(&text)) {
        None => (stamp, None),
        Some(Ok(timeout)) => {
            stamp.definition.stop_timeout = timeout;
            (stamp, None)
        }
        Some(Err(error)) => (stamp, Some(VariableError(error))),
    }
}

/// The error for a stop timeout that cannot be read.
#[derive(Debug, PartialEq, Eq)]
struct VariableError(TimeoutError);

impl std::fmt::Display for VariableError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the variable {STOP_TIMEOUT}: {}", self.0)
    }
}

impl std::error::Error for VariableError {}

/// The error for limits of the definition that the system does not take.
#[derive(Debug)]
struct LimitsError(std::io::Error);

impl std::fmt::Display for LimitsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("cannot apply the `limits` of the service")
    }
}

impl std::error::Error for LimitsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// Runs the service from `START_PENDING` to `STOPPED`.
fn live(run: &Arc<Run>, body: Body) -> Exit {
    #[cfg(feature = "log-files")]
    identity::set_service(&run.facts().name, &run.facts().folders);
    run.begin();
    let watch = thread::Builder::new().name("winsvc-deadlines".to_owned()).spawn({
        let run = Arc::clone(run);
        move || {
            if let Some(exit) = run.watch_deadlines() {
                // Not `std::process::exit`: an `atexit` hook that hangs, or a thread that holds the loader lock, would
                // keep a process alive that was reported as killed.
                sys::kill_process(exit.process_exit_code());
            }
        }
    });
    match watch {
        // Before `main`, so that all of its threads and children are limited.
        Ok(_) => match sys::limit_this_process(&run.facts().stamp.definition.limits) {
            Ok(()) => body(run),
            Err(error) => failing(LimitsError(error))(run),
        },
        // Without this thread nothing could enforce the timeouts, so the start fails.
        Err(error) => run.conduct(|| Err(Failure::from_error(&error))),
    }
    run.finish()
}

/// The clock of a real run.
#[derive(Debug)]
struct Clock(std::time::Instant);

impl Clock {
    fn start() -> Self {
        Self(std::time::Instant::now())
    }

    fn now(&self) -> std::time::Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Package;

    #[test]
    fn the_administrator_s_stop_timeout_replaces_that_of_the_definition() {
        let package = Package {
            name: "acme",
            version: "1.0.0",
            verbs: None,
        };
        let timeout = |variable: Option<&str>| {
            let (stamp, error) = with_stop_timeout(package.unstamped(), variable.map(str::to_owned));
            (
                stamp.definition.stop_timeout.to_string(),
                error.map(|error| error.to_string()),
            )
        };
        assert_eq!(timeout(None), ("20s".to_owned(), None));
        assert_eq!(timeout(Some("")), ("20s".to_owned(), None));
        assert_eq!(timeout(Some("2m")), ("2m".to_owned(), None));
        let (kept, error) = timeout(Some("soon"));
        assert_eq!(kept, "20s");
        let error = error.unwrap();
        assert!(
            error.starts_with("the variable WINSVC_STOP_TIMEOUT: invalid duration \"soon\"; expected"),
            "{error}"
        );
    }
}
