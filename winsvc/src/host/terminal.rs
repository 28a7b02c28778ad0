//! Runs the program in a terminal, in a container or under an init system. Ctrl-C and SIGTERM stop it.
//!
//! The life of the program is the same as under the SCM, but only systemd receives status reports. The working
//! directory and the arguments are the caller's, as for any program.

use std::sync::Arc;
#[cfg(unix)]
use std::sync::OnceLock;

#[cfg(target_os = "linux")]
use super::systemd::Systemd;
use super::{Clock, Identified, Program, identified, live};
use crate::control::{Answer, ControlEvent, IncomingControl, StopReason};
use crate::identity;
#[cfg(windows)]
use crate::identity::Package;
use crate::journal;
use crate::places::Folders;
#[cfg(target_os = "linux")]
use crate::run::HostEvent;
use crate::run::{Facts, Run, Scm};
#[cfg(unix)]
use crate::status::Accepts;
use crate::status::{Exit, Status};
use crate::sys::{self, TerminalSignal};

struct Terminal {
    clock: Clock,
    /// Set when the program first accepts parameter changes. From then on SIGHUP is such a change and no longer ends
    /// the process.
    #[cfg(unix)]
    hears_hangup: OnceLock<()>,
    #[cfg(target_os = "linux")]
    systemd: Option<Systemd>,
}

impl Scm for Terminal {
    fn report(&self, status: &Status) {
        #[cfg(unix)]
        if status.accepts.contains(Accepts::PARAM_CHANGE) {
            self.hears_hangup.get_or_init(|| {
                if let Err(error) = sys::on_hangup() {
                    journal::warning(format_args!("SIGHUP will end the program: {error}"));
                }
            });
        }
        #[cfg(target_os = "linux")]
        if let Some(systemd) = &self.systemd {
            systemd.report(status, self.now());
        }
        #[cfg(not(unix))]
        let _ = status;
    }

    #[cfg(target_os = "linux")]
    fn host_event(&self, event: HostEvent<'_>) {
        if let Some(systemd) = &self.systemd {
            systemd.host_event(event, self.now());
        }
    }

    fn now(&self) -> std::time::Duration {
        self.clock.now()
    }
}

/// Runs the program to its end.
pub(super) fn run(program: Program) -> Exit {
    #[cfg(windows)]
    let package = program.package;
    let Identified { stamp, form, body } = identified(program, identity::chosen_service().as_deref());
    let facts = Facts {
        name: stamp.definition.name.as_str().to_owned(),
        #[cfg(feature = "settings")]
        surroundings: crate::run::Surroundings::of_terminal(),
        folders: Folders::of_terminal(&stamp),
        stamp,
        start_arguments: Vec::new(),
        shutdown_limit: None,
        registered_preshutdown: None,
    };
    let terminal = Terminal {
        clock: Clock::start(),
        #[cfg(unix)]
        hears_hangup: OnceLock::new(),
        #[cfg(target_os = "linux")]
        systemd: Systemd::listening(),
    };
    let run = Arc::new(Run::new(facts, form, Arc::new(terminal)));
    let listening = sys::on_terminal_signal({
        let run = Arc::clone(&run);
        move |signal| take(&run, signal)
    });
    if let Err(error) = listening {
        journal::warning(format_args!(
            "Ctrl-C will end the program without a stop: {error}"
        ));
    }
    #[cfg(windows)]
    if sys::has_console_of_its_own() {
        explain_window(package, run.facts());
    }
    live(&run, body)
}

/// Explains the window that opens when somebody double-clicks the exe, which may be mistaken for the installation of
/// the service.
#[cfg(windows)]
fn explain_window(package: Package, facts: &Facts) {
    let exe = std::env::current_exe().ok();
    let exe = exe
        .as_deref()
        .and_then(std::path::Path::file_name)
        .unwrap_or_default();
    journal::note(format_args!(
        "{} runs in this window, and ends with it",
        facts.stamp.definition.display_name
    ));
    if let Some(word) = package.verb_word() {
        journal::note(format_args!(
            "to make it a service, run `{} {word} install` at an administrator's prompt",
            exe.to_string_lossy()
        ));
    }
}

/// Translates a signal into a stop. If a stop is not possible, Ctrl-C ends the process as it would any program: during
/// the start there is nothing to finish, and a second Ctrl-C means that the user does not want to wait.
fn take(run: &Arc<Run>, signal: TerminalSignal) {
    let reason = match signal {
        TerminalSignal::Interrupt => StopReason::Interrupt,
        TerminalSignal::Terminate => StopReason::Terminate,
        TerminalSignal::Close => StopReason::Close,
        TerminalSignal::Hangup => {
            run.control(IncomingControl::Event(ControlEvent::ParamChange));
            return;
        }
    };
    if run.control(IncomingControl::Stop(reason)) == Answer::NoError {
        return;
    }
    // A supervisor may repeat its SIGTERM; the stop is already under way, and the stop timeout bounds it.
    let is_under_way = run.state().is_ending();
    if signal == TerminalSignal::Interrupt || !is_under_way {
        sys::end_by(signal);
    }
}
