//! Runs the program as a service: the dispatcher, `ServiceMain`, and the status reports.
//!
//! The sequence is the one that Microsoft prescribes for a process with one service: `main` only calls the dispatcher
//! (the SCM waits 30 s for that call). `ServiceMain` registers the control handler before anything else, reports
//! `START_PENDING` and then runs the program. It reports STOPPED when nothing of the program is left, because the
//! process may end at any time after that report.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::process;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use winsvc_definition::{events, registration};

use super::{Clock, Identified, Program, identified, live};
use crate::journal;
use crate::places::Folders;
#[cfg(feature = "verbs")]
use crate::run::HostEvent;
use crate::run::{Facts, Run, Scm};
use crate::status::{Exit, State, Status};
#[cfg(feature = "verbs")]
use crate::sys::StatusPage;
use crate::sys::{self, Notification, StatusHandle};

/// `ERROR_FAILED_SERVICE_CONTROLLER_CONNECT`: the process was not started by the SCM.
const NOT_STARTED_BY_THE_SCM: i32 = 1063;

/// The result of calling the dispatcher.
pub(super) enum Answer {
    /// The program ran as a service, with this result.
    Ran(Exit),
    /// The SCM did not start this process; returns the program.
    NotAService(Program),
    /// The dispatcher failed for another reason, which has been logged.
    Refused,
}

/// Runs the program as a service, if the SCM started this process.
///
/// `WINSVC_CONSOLE=1` in the environment skips the call, which fails within microseconds on Windows, but takes ten
/// seconds in Wine.
pub(super) fn run(program: Program) -> Answer {
    if env::var_os("WINSVC_CONSOLE").is_some_and(|value| value == "1") {
        return Answer::NotAService(program);
    }
    // The dispatcher runs ServiceMain on a separate thread: the program moves there, and its result comes back.
    let program = Arc::new(Mutex::new(Some(program)));
    let ended = Arc::new(OnceLock::new());
    let dispatched = sys::dispatch({
        let (program, ended) = (Arc::clone(&program), Arc::clone(&ended));
        move |arguments| {
            if let Some(program) = take(&program) {
                service_main(program, arguments, &ended);
            }
        }
    });
    match dispatched {
        // The dispatcher returns on STOPPED, possibly before the report of STOPPED does. Therefore the result is stored
        // before.
        Ok(()) => Answer::Ran(ended.get().copied().unwrap_or(Exit::ERROR)),
        Err(error) => match take(&program) {
            Some(program) if error.raw_os_error() == Some(NOT_STARTED_BY_THE_SCM) => {
                Answer::NotAService(program)
            }
            program => {
                // ServiceMain was not called, so the event log is not open yet.
                if let Some(program) = program {
                    let Identified { stamp, .. } = identified(program, None);
                    journal::open_event_log(OsStr::new(stamp.definition.name.as_str()));
                }
                journal::log_event(events::NOT_CONNECTED, &[&error]);
                journal::close();
                Answer::Refused
            }
        },
    }
}

fn take(program: &Mutex<Option<Program>>) -> Option<Program> {
    program.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// `ServiceMain`. Its first argument is the name that the service is registered under; for a process with one service,
/// the SCM ignores the name that was passed to the dispatcher.
fn service_main(program: Program, arguments: Vec<OsString>, ended: &Arc<OnceLock<Exit>>) {
    let mut arguments = arguments.into_iter();
    let name = arguments.next().unwrap_or_default();
    journal::open_event_log(&name);
    journal::watch_panics();
    let Identified { stamp, form, body } = identified(program, name.to_str());
    let registered_preshutdown = stamp.definition.preshutdown_timeout.map(|_| {
        sys::registered_preshutdown_timeout(&name).unwrap_or(registration::DEFAULT_PRESHUTDOWN_TIMEOUT)
    });
    let reporter = Arc::new(Reporter {
        clock: Clock::start(),
        handle: OnceLock::new(),
        ended: Arc::clone(ended),
        #[cfg(feature = "verbs")]
        page: OnceLock::new(),
    });
    let facts = Facts {
        #[cfg(feature = "settings")]
        surroundings: crate::run::Surroundings::of_service(),
        folders: Folders::of_service(&stamp),
        stamp,
        name: name.to_string_lossy().into_owned(),
        start_arguments: arguments.collect(),
        shutdown_limit: Some(shutdown_limit()),
        registered_preshutdown,
    };
    let run = Arc::new(Run::new(facts, form, Arc::<Reporter>::clone(&reporter)));
    let registered = sys::register_control_handler(&name, {
        let run = Arc::clone(&run);
        move |call| run.control(call.read()).code()
    });
    match registered {
        Ok(handle) => {
            let _ = reporter.handle.set(handle);
        }
        Err(error) => {
            // Without a handle no status can be reported; the SCM notices the end of the process.
            journal::log_event(events::NOT_CONNECTED, &[&error]);
            journal::close();
            process::exit(1);
        }
    }
    sys::on_process_exit({
        let run = Arc::clone(&run);
        move |code| run.exited(code)
    });
    enter_exe_folder();
    live(&run, body);
}

/// Returns the shutdown timeout: slightly less than Windows waits, so that the event about a service that hangs is
/// written before Windows kills the process.
fn shutdown_limit() -> Duration {
    const MARGIN: Duration = Duration::from_millis(500);
    let limit = sys::wait_to_kill_service_timeout().unwrap_or(registration::DEFAULT_SHUTDOWN_TIMEOUT);
    limit.saturating_sub(MARGIN).max(MARGIN)
}

/// Changes the working directory from system32, where services start, to the folder of the exe.
fn enter_exe_folder() {
    let exe = env::current_exe();
    let entered = exe.and_then(|exe| env::set_current_dir(exe.parent().unwrap_or(Path::new("."))));
    if let Err(error) = entered {
        journal::log_event(events::FOLDER_NOT_ENTERED, &[&error]);
    }
}

/// Reports to the SCM: the only caller of `SetServiceStatus`.
struct Reporter {
    clock: Clock,
    handle: OnceLock<StatusHandle>,
    ended: Arc<OnceLock<Exit>>,
    /// The text that `service status` shows; created with the first text that the program reports.
    #[cfg(feature = "verbs")]
    page: OnceLock<Option<&'static StatusPage>>,
}

impl Scm for Reporter {
    fn report(&self, status: &Status) {
        if status.state == State::Stopped {
            let _ = self.ended.set(status.exit);
        }
        if let Some(handle) = self.handle.get() {
            // The call fails only for an invalid handle or an invalid status.
            let _ = handle.set_status(status);
        }
    }

    fn now(&self) -> Duration {
        self.clock.now()
    }

    #[cfg(feature = "verbs")]
    fn host_event(&self, event: HostEvent<'_>) {
        let page = match event {
            HostEvent::StatusText(None) => self.page.get(),
            HostEvent::StatusText(Some(_)) => Some(self.page.get_or_init(sys::create_status_page)),
            HostEvent::Alive | HostEvent::Reloading | HostEvent::Reloaded => return,
        };
        if let (Some(Some(page)), HostEvent::StatusText(text)) = (page, event) {
            page.write(text.unwrap_or_default());
        }
    }

    fn register(&self, notification: Notification) -> io::Result<()> {
        match self.handle.get() {
            Some(handle) => handle.register(notification),
            None => Ok(()),
        }
    }
}
