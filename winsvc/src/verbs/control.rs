//! `start`, `stop`, `restart`: change the state of the service and wait until it has the new state.
//!
//! The verbs poll the state. That is a local call of some microseconds, and unlike `NotifyServiceStatusChange` it needs no
//! callback and does not miss a service that changes its state faster than its watcher.

#[cfg(all(windows, feature = "update"))]
use std::io;
use std::time::Duration;

use winsvc_definition::{Definition, Timeout};

use super::failure::{Code, Failure, exit_text};
use super::report::Done;
use super::word::word;
use crate::sys::machine::{CallError, Machine, Phase, Status, code};

/// How long to wait for a start, and for a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wait {
    pub(crate) start: Duration,
    pub(crate) stop: Duration,
}

impl Wait {
    /// The timeouts of the definition plus a grace period, because a process that exceeds them is killed a little later than
    /// they elapse. A timeout from the command line is used as it is.
    pub(crate) fn new(definition: &Definition, timeout: Option<Timeout>) -> Self {
        const GRACE: Duration = Duration::from_secs(5);
        let wait = |own: Timeout| timeout.map_or(own.duration() + GRACE, Timeout::duration);
        Self {
            start: wait(definition.start_timeout),
            stop: wait(definition.stop_timeout),
        }
    }
}

/// The polling intervals: short at first, because most services are quick.
const FIRST_LOOK: Duration = Duration::from_millis(10);
const LATER_LOOKS: Duration = Duration::from_millis(250);

/// The errors of `ControlService` when the state or the process of the service changes during the call.
const IN_BETWEEN: [u32; 5] = [
    code::SERVICE_NOT_ACTIVE,
    code::SERVICE_CANNOT_ACCEPT_CTRL,
    code::BROKEN_PIPE,
    code::NO_DATA,
    code::PIPE_NOT_CONNECTED,
];

/// Starts the service and waits until it is running.
pub(super) fn start(
    machine: &dyn Machine,
    service: &str,
    wait: Wait,
) -> Result<(Done, Vec<String>), Failure> {
    let mut looks = Looks::new(machine, service, wait.start);
    let mut was_started = false;
    loop {
        let status = looks.status()?;
        match status.phase {
            Phase::Running => {
                let done = Done::Started {
                    already: !was_started,
                    pid: status.pid,
                };
                return Ok((done, Vec::new()));
            }
            Phase::Paused | Phase::Unknown => {
                let message = format!("the service \"{service}\" is {}", status.phase.as_str());
                return Err(Failure::new(Code::Failed, message).help(format!(
                    "resume it with `sc.exe continue \"{service}\"`, or restart it with `{} restart`",
                    word()
                )));
            }
            Phase::Stopped if was_started => return Err(ended_at_once(machine, service, &status)),
            Phase::Stopped => match machine.start(service) {
                Ok(()) => was_started = true,
                // Another program has started it, or the SCM is busy with another start.
                Err(error)
                    if [code::SERVICE_ALREADY_RUNNING, code::SERVICE_DATABASE_LOCKED]
                        .contains(&error.code) =>
                {
                    looks.pause_or(|| Failure::of_call(machine, "start the service", service, error))?;
                }
                Err(error) => return Err(Failure::of_call(machine, "start the service", service, error)),
            },
            pending => {
                // A start that is already in progress is awaited like our own.
                was_started |= pending == Phase::StartPending;
                looks.pause_or(|| late(service, wait.start, &status))?;
            }
        }
    }
}

/// Stops the service and waits until it has stopped and its process has ended: only then can its exe be replaced.
pub(super) fn stop(machine: &dyn Machine, service: &str, wait: Wait) -> Result<(Done, Vec<String>), Failure> {
    let mut looks = Looks::new(machine, service, wait.stop);
    let mut already = true;
    let mut is_sent = false;
    let mut process = None;
    loop {
        let status = looks.status()?;
        if process.is_none() && status.pid != 0 {
            process = machine.process(status.pid);
        }
        match status.phase {
            Phase::Stopped => {
                let mut warnings = Vec::new();
                if !already {
                    warnings.extend(ended_badly(machine, service, &status));
                }
                if process.is_some_and(|process| !process.wait(looks.left())) {
                    warnings.push(
                        "the process of the service is still running; its exe cannot be replaced yet"
                            .to_owned(),
                    );
                }
                return Ok((Done::Stopped { already }, warnings));
            }
            // A second stop could only reach a service that has not yet reported the first.
            _ if is_sent => looks.pause_or(|| late(service, wait.stop, &status))?,
            Phase::Running | Phase::Paused | Phase::Unknown => match machine.stop(service) {
                Ok(()) => {
                    already = false;
                    is_sent = true;
                }
                // The state changed between the query and the call, or the process ended before it answered. If the service
                // has stopped, that is the requested result. If it is still running, send the stop again.
                Err(error) if IN_BETWEEN.contains(&error.code) => {
                    already = false;
                    looks.pause_or(|| Failure::of_call(machine, "stop the service", service, error))?;
                }
                Err(error) if error.code == code::DEPENDENT_SERVICES_RUNNING => {
                    return Err(dependents(machine, service, error));
                }
                Err(error) => {
                    let failure = Failure::of_call(machine, "stop the service", service, error);
                    return Err(if error.code == code::INVALID_SERVICE_CONTROL {
                        failure.help("try again later: the service does not accept a stop now")
                    } else {
                        failure
                    });
                }
            },
            // A service in a pending state accepts no stop; wait for the next state.
            _ => {
                already = false;
                looks.pause_or(|| late(service, wait.stop, &status))?;
            }
        }
    }
}

/// [`start`], for the updater.
#[cfg(all(windows, feature = "update"))]
pub(crate) fn start_service(machine: &dyn Machine, service: &str, wait: Wait) -> io::Result<()> {
    let started = start(machine, service, wait);
    started
        .map(drop)
        .map_err(|failure| io::Error::other(failure.message))
}

/// [`stop`], for the updater.
#[cfg(all(windows, feature = "update"))]
pub(crate) fn stop_service(machine: &dyn Machine, service: &str, wait: Wait) -> io::Result<()> {
    let stopped = stop(machine, service, wait);
    stopped
        .map(drop)
        .map_err(|failure| io::Error::other(failure.message))
}

/// Stops the service if it runs, and starts it.
pub(super) fn restart(
    machine: &dyn Machine,
    service: &str,
    wait: Wait,
) -> Result<(Done, Vec<String>), Failure> {
    let (_, mut warnings) = stop(machine, service, wait)?;
    let (started, more) = start(machine, service, wait)?;
    warnings.extend(more);
    let pid = match started {
        Done::Started { pid, .. } => pid,
        _ => 0,
    };
    Ok((Done::Restarted { pid }, warnings))
}

/// Polls the state of a service until a deadline.
struct Looks<'a> {
    machine: &'a dyn Machine,
    service: &'a str,
    deadline: Duration,
    pause: Duration,
}

impl<'a> Looks<'a> {
    fn new(machine: &'a dyn Machine, service: &'a str, wait: Duration) -> Self {
        Self {
            machine,
            service,
            deadline: machine.now().saturating_add(wait),
            pause: FIRST_LOOK,
        }
    }

    fn status(&self) -> Result<Status, Failure> {
        let status = self.machine.status(self.service);
        status.map_err(|error| Failure::of_call(self.machine, "query the service", self.service, error))
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_sub(self.machine.now())
    }

    /// Waits until the next poll; returns the error `late` after the deadline.
    fn pause_or(&mut self, late: impl FnOnce() -> Failure) -> Result<(), Failure> {
        let left = self.left();
        if left.is_zero() {
            return Err(late());
        }
        self.machine.sleep(self.pause.min(left));
        self.pause = (self.pause * 2).min(LATER_LOOKS);
        Ok(())
    }
}

fn late(service: &str, waited: Duration, status: &Status) -> Failure {
    let message = format!(
        "the service \"{service}\" is still {} after {} ms (checkpoint {}, wait hint {} ms)",
        status.phase.as_str(),
        waited.as_millis(),
        status.checkpoint,
        status.wait_hint
    );
    let help = format!(
        "check its state with `{} status`, or wait longer with `--timeout`",
        word()
    );
    Failure::new(Code::TimedOut, message).help(help)
}

fn ended_at_once(machine: &dyn Machine, service: &str, status: &Status) -> Failure {
    let reason = exit_text(machine, status);
    let message = match &reason {
        Some(reason) => format!("the service \"{service}\" failed to start: {reason}"),
        None => format!("the service \"{service}\" stopped immediately, without an error"),
    };
    Failure {
        win32: (status.win32_exit_code != 0).then_some(status.win32_exit_code),
        ..Failure::new(Code::Failed, message)
    }
    .help(format!(
        "see its messages in the event log with `{0} logs`, or run it in this terminal with `{0} run`",
        word()
    ))
}

fn ended_badly(machine: &dyn Machine, service: &str, status: &Status) -> Option<String> {
    let reason = exit_text(machine, status)?;
    Some(format!(
        "the service \"{service}\" stopped with a failure: {reason}"
    ))
}

fn dependents(machine: &dyn Machine, service: &str, error: CallError) -> Failure {
    let names = machine.dependents(service).unwrap_or_default();
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let message = format!(
        "cannot stop the service \"{service}\": services that depend on it are running: {}",
        quoted.join(", ")
    );
    Failure {
        win32: Some(error.code),
        ..Failure::new(Code::Failed, message)
    }
    .help("stop these services first")
}
