//! One run of a service: the lifecycle, who is told of its reports, and who waits for its stop.
//!
//! Hosts bring events in, the program's handles ([`crate::Service`], [`crate::Starting`]) bring others, a thread of
//! its own watches the deadlines. All of them meet in [`Run::on`], under one short lock, so that reports leave
//! in the order of the states.

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use winsvc_definition::{Stamp, events};

use crate::control::{Answer, Control, StopReason};
use crate::journal;
use crate::lifecycle::{Event, Lifecycle, Manner, Overdue, Terms};
use crate::outcome::Failure;
use crate::signal::{Raised, Signal};
use crate::status::{Exit, State, Status};

/// The other side of a run: the SCM, a terminal that nobody reports to, or a test.
pub(crate) trait Scm: Send + Sync {
    /// Takes a report. Called under the lock of the run, in order, and never after STOPPED.
    fn report(&self, status: &Status);

    /// The time, from any fixed point on.
    fn now(&self) -> Duration;
}

/// What is known of a run when it begins.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) stamp: Stamp,
    /// The name that the service was started under.
    pub(crate) name: String,
    /// What `StartService` was called with, without the name.
    pub(crate) start_arguments: Vec<OsString>,
}

/// The run.
pub(crate) struct Run {
    facts: Facts,
    scm: Arc<dyn Scm>,
    lifecycle: Mutex<Lifecycle>,
    /// The lifecycle has changed, and its deadline with it.
    changed: Condvar,
    stop: Arc<Signal>,
}

impl Run {
    /// A run in `START_PENDING`. Nothing is reported before [`Run::begin`].
    pub(crate) fn new(facts: Facts, manner: Manner, scm: Arc<dyn Scm>) -> Self {
        let terms = Terms {
            start_timeout: facts.stamp.definition.start_timeout.duration(),
            stop_timeout: facts.stamp.definition.stop_timeout.duration(),
            manner,
        };
        Self {
            lifecycle: Mutex::new(Lifecycle::new(terms, scm.now())),
            facts,
            scm,
            changed: Condvar::new(),
            stop: Arc::default(),
        }
    }

    /// Reports `START_PENDING`.
    pub(crate) fn begin(&self) {
        let lifecycle = self.lifecycle();
        self.scm.report(&lifecycle.status(self.scm.now()));
    }

    /// Runs the author's `main` and takes its end, a panic included. What `main` leaves behind may be cleaned up between
    /// this and [`Run::finish`].
    pub(crate) fn conduct(&self, main: impl FnOnce() -> Result<(), Failure>) {
        // Nothing that `main` may have left half done is looked at again.
        let exit = match catch_unwind(AssertUnwindSafe(main)) {
            Ok(Ok(())) => Exit::Clean,
            Ok(Err(failure)) => {
                match failure.message() {
                    Some(message) => journal::failed(message),
                    None => journal::record(events::EXIT_CODE, &[&failure.exit().process_exit_code()]),
                }
                failure.exit()
            }
            Err(payload) => {
                journal::note_panic(&*payload);
                // A payload may panic as it is dropped.
                std::mem::forget(payload);
                Exit::Panic
            }
        };
        self.on(Event::Returned(exit));
    }

    /// Reports STOPPED: nothing of the program is left. Gives how the run ended.
    pub(crate) fn finish(&self) -> Exit {
        self.say_stopped();
        // The process may be gone when STOPPED is reported.
        journal::close();
        self.on(Event::Finished);
        self.lifecycle().status(self.scm.now()).exit
    }

    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Takes a control, whoever sent it.
    pub(crate) fn control(&self, control: Control) -> Answer {
        self.on(Event::Control(control)).answer
    }

    /// The program serves.
    pub(crate) fn ready(&self) {
        self.on(Event::Ready);
    }

    /// The program's async runtime makes progress.
    #[cfg_attr(not(feature = "tokio"), allow(dead_code, reason = "no runtime, no progress"))]
    pub(crate) fn renew(&self) {
        self.on(Event::Renewed);
    }

    pub(crate) fn state(&self) -> State {
        self.lifecycle().state()
    }

    /// What tells the program to stop.
    pub(crate) fn stop(&self) -> &Signal {
        &self.stop
    }

    /// Ends when the program is told to stop.
    pub(crate) fn stopped(&self) -> Raised {
        Raised::new(Arc::clone(&self.stop))
    }

    pub(crate) fn stop_reason(&self) -> Option<StopReason> {
        self.lifecycle().stop_reason()
    }

    /// When the program is ended by force; `None` where it has not been told to stop.
    pub(crate) fn stop_deadline(&self) -> Option<Instant> {
        let lifecycle = self.lifecycle();
        lifecycle.stop_reason()?;
        let left = lifecycle.deadline()?.saturating_sub(self.scm.now());
        Instant::now().checked_add(left)
    }

    /// Watches the deadlines until the run is over, and gives how it has to be ended if one of them passed.
    ///
    /// For a plain OS thread: a starved async runtime could not notice that it is late.
    pub(crate) fn watch_deadlines(&self) -> Option<Exit> {
        let mut lifecycle = self.lifecycle();
        while lifecycle.state() != State::Stopped {
            let Some(deadline) = lifecycle.deadline() else {
                lifecycle = self
                    .changed
                    .wait(lifecycle)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = deadline.saturating_sub(self.scm.now());
            if left.is_zero() {
                drop(lifecycle);
                if let Some(exit) = self.tick() {
                    return Some(exit);
                }
                lifecycle = self.lifecycle();
            } else {
                let woken = self.changed.wait_timeout(lifecycle, left);
                lifecycle = woken.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
        None
    }

    /// Lets the passing of time have its effect; gives how the process has to end if it cannot go on.
    pub(crate) fn tick(&self) -> Option<Exit> {
        // Said before STOPPED is reported, because the process may be gone right after it; and not under the lock,
        // which the control handler must never wait for long.
        let overdue = self.lifecycle().overdue(self.scm.now());
        if let Some(overdue) = overdue {
            self.say(overdue);
            journal::close();
        }
        self.on(Event::Tick).force
    }

    fn say(&self, overdue: Overdue) {
        let definition = &self.facts.stamp.definition;
        let (start, stop) = (definition.start_timeout, definition.stop_timeout);
        match overdue {
            Overdue::Ready => journal::tell(events::TAKEN_TO_BE_READY, &[&start]),
            Overdue::Start => journal::tell(events::START_TIMEOUT, &[&start]),
            Overdue::Stop => journal::tell(events::STOP_TIMEOUT, &[&stop]),
            Overdue::CleanUp(_) => {
                journal::tell(events::LEFT_BEHIND, &[&stop]);
                self.say_stopped();
            }
            Overdue::Drainless => self.say_stopped(),
        }
    }

    /// Failures have been told when they happened.
    fn say_stopped(&self) {
        let lifecycle = self.lifecycle();
        let reason = lifecycle.stop_reason().filter(|_| lifecycle.failure().is_none());
        drop(lifecycle);
        if let Some(reason) = reason {
            journal::record(events::STOPPED, &[&format_args!("{reason:?}")]);
        }
    }

    fn on(&self, event: Event) -> crate::lifecycle::Effects {
        let mut lifecycle = self.lifecycle();
        let before = lifecycle.state();
        let effects = lifecycle.on(event, self.scm.now());
        let is_ready = (before, lifecycle.state()) == (State::StartPending, State::Running);
        if let Some(status) = &effects.report {
            self.scm.report(status);
        }
        drop(lifecycle);
        if effects.report.is_some() {
            self.changed.notify_all();
        }
        if is_ready {
            journal::record(events::RUNNING, &[&self.facts.stamp.build.version]);
        }
        if effects.stop {
            self.stop.raise();
        }
        effects
    }

    fn lifecycle(&self) -> MutexGuard<'_, Lifecycle> {
        self.lifecycle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run")
            .field("facts", &self.facts)
            .field("lifecycle", &self.lifecycle)
            .finish_non_exhaustive()
    }
}
