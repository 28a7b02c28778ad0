//! One run of a service: it connects the lifecycle, the host, and the program's handles.
//!
//! Events come from the host, from the program's handles ([`crate::Service`], [`crate::Starting`]), and from a thread
//! that watches the deadlines. All of them are handled by [`Run::on`], under one short lock, so that reports are sent
//! in the order of the states.

mod delivery;
mod event_log;
mod health;
mod in_main;
#[cfg(feature = "settings")]
mod surroundings;
#[cfg(test)]
mod tests;
mod vitals;
mod words;

use std::ffi::OsString;
use std::fmt::{self, Display};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use winsvc_definition::events::{self, Message};
use winsvc_definition::{Stamp, Timeout};

use crate::control::StopReason;
use crate::journal;
use crate::lifecycle::{Effects, Event, Lifecycle, MainForm, Terms};
use crate::outcome::Failure;
use crate::places::Folders;
use crate::status::{Exit, State, Status};
use crate::sync::Notify;
use crate::sync::{Raised, Signal};
use crate::sys::Notification;
use delivery::Delivery;
pub use health::Health;
pub(crate) use in_main::{as_main, is_main};
#[cfg(feature = "settings")]
pub(crate) use surroundings::Surroundings;
use vitals::Vitals;
use words::Words;

/// The host of a run: the SCM, a terminal, or a test.
pub(crate) trait Scm: Send + Sync {
    /// Reports a status. Called under the lock of the run, in order, and never after STOPPED.
    fn report(&self, status: &Status);

    /// The time since any fixed point.
    fn now(&self) -> Duration;

    /// Receives an event that is not a status. Never called under the lock of the run.
    fn host_event(&self, _event: HostEvent<'_>) {}

    /// Logs an event: its message, and the strings for `%1`, `%2` and so on. Never called under the lock of the run.
    fn log_event(&self, message: Message, strings: &[&dyn Display]) {
        journal::log_event(message, strings);
    }

    /// Registers for events that Windows sends only on request.
    fn register(&self, _notification: Notification) -> io::Result<()> {
        Ok(())
    }

    /// The pace of renewals; `None` for the real clock.
    #[cfg_attr(not(feature = "tokio"), allow(dead_code, reason = "no runtime, no renewal"))]
    fn beat(&self) -> Option<&Notify> {
        None
    }
}

/// Events that are not a status, but of interest to some hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostEvent<'a> {
    /// The status text has changed; `None` if the program has none any more.
    StatusText(Option<&'a str>),
    /// The program has given a sign of life.
    Alive,
    /// The program has begun to read its configuration again.
    Reloading,
    /// The program has read its configuration again.
    Reloaded,
}

/// The facts about a run that are known when it begins.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) stamp: Stamp,
    /// The name that the service was started under.
    pub(crate) name: String,
    /// The arguments of `StartService`, without the name.
    pub(crate) start_arguments: Vec<OsString>,
    /// The time that Windows grants at shutdown (`WaitToKillServiceTimeout`), if known.
    pub(crate) shutdown_limit: Option<Duration>,
    /// How long Windows waits before a shutdown (`PreshutdownTimeout` of the service's key), if known.
    pub(crate) registered_preshutdown: Option<Duration>,
    /// The folders of the service.
    pub(crate) folders: Folders,
    /// The sources of the settings.
    #[cfg(feature = "settings")]
    pub(crate) surroundings: Surroundings,
}

impl Facts {
    /// The time for a preshutdown: the one in the definition, but no longer than Windows waits.
    fn preshutdown_timeout(&self) -> Option<Duration> {
        let built = self.stamp.definition.preshutdown_timeout?.duration();
        Some(
            self.registered_preshutdown
                .map_or(built, |registered| built.min(registered)),
        )
    }
}

/// One run of the service.
pub(crate) struct Run {
    facts: Facts,
    scm: Arc<dyn Scm>,
    /// When the run was created.
    begun: Duration,
    lifecycle: Mutex<Lifecycle>,
    /// Notified when the lifecycle, and with it the deadline, has changed.
    changed: Condvar,
    stop: Arc<Signal>,
    /// Notified in every pending state, which must be renewed.
    pending: Notify,
    delivery: Delivery,
    vitals: Vitals,
    words: Mutex<Words>,
}

impl Run {
    /// A run in `START_PENDING`. Nothing is reported before [`Run::begin`].
    pub(crate) fn new(facts: Facts, form: MainForm, scm: Arc<dyn Scm>) -> Self {
        let definition = &facts.stamp.definition;
        let terms = Terms {
            start_timeout: definition.start_timeout.duration(),
            stop_timeout: definition.stop_timeout.duration(),
            shutdown_limit: facts.shutdown_limit,
            preshutdown_timeout: facts.preshutdown_timeout(),
            watchdog: definition.watchdog.map(Timeout::duration),
            form,
        };
        let now = scm.now();
        Self {
            lifecycle: Mutex::new(Lifecycle::new(terms, now)),
            vitals: Vitals::new(form.renewal, now),
            facts,
            scm,
            begun: now,
            changed: Condvar::new(),
            stop: Arc::default(),
            pending: Notify::default(),
            delivery: Delivery::default(),
            words: Mutex::default(),
        }
    }

    /// Reports `START_PENDING`.
    pub(crate) fn begin(&self) {
        let lifecycle = self.lifecycle();
        self.scm.report(&lifecycle.status(self.scm.now()));
        drop(lifecycle);
        self.log_short_preshutdown();
    }

    /// Runs the author's `main` and takes its result; a panic is a result too. The rest of the program may be cleaned
    /// up between this call and [`Run::finish`].
    pub(crate) fn conduct(&self, main: impl FnOnce() -> Result<(), Failure>) {
        // No state that a panic of `main` may have left inconsistent is used afterwards.
        let exit = match catch_unwind(AssertUnwindSafe(main)) {
            Ok(Ok(())) => Exit::Clean,
            Ok(Err(failure)) => {
                match failure.message() {
                    Some(message) => self.log_event(events::FAILED, &[&message]),
                    None => self.log_event(events::EXIT_CODE, &[&failure.exit().process_exit_code()]),
                }
                failure.exit()
            }
            Err(payload) => {
                if let Some(strings) = journal::unlogged_panic(&*payload) {
                    self.log_event(
                        events::PANICKED,
                        &strings.each_ref().map(|string| string as &dyn Display),
                    );
                }
                // Dropping a payload may panic.
                std::mem::forget(payload);
                Exit::Panic
            }
        };
        self.on(Event::Returned(exit));
    }

    /// Reports STOPPED, because nothing of the program is left. Returns the result of the run.
    pub(crate) fn finish(&self) -> Exit {
        journal::drain();
        if self.on(Event::Finished).is_decided {
            self.log_stopped();
            self.end_as_decided();
        }
        // If a deadline came first, its thread logs the end and kills the process.
        self.ended()
    }

    /// Handles a program that ends its process itself, as if `main` had returned this exit code.
    #[cfg_attr(
        not(windows),
        allow(dead_code, reason = "elsewhere init systems see the exit code")
    )]
    pub(crate) fn exited(&self, code: u32) {
        let exit = match code {
            0 => Exit::Clean,
            code => Exit::ServiceSpecific(code),
        };
        let is_decided = self.lifecycle().is_decided();
        if exit != Exit::Clean && !is_decided {
            self.log_event(events::EXITED, &[&code]);
        }
        self.on(Event::Returned(exit));
        self.finish();
    }

    /// Ends the run after the decided end has been logged. Returns the exit code if the process must be killed.
    fn end_as_decided(&self) -> Option<Exit> {
        // The process may end as soon as STOPPED is reported, so the event log is flushed first. Not under the lock,
        // which the control handler must never wait for long.
        journal::close();
        self.on(Event::Logged).force
    }

    /// Waits for the end of the run.
    fn ended(&self) -> Exit {
        let mut lifecycle = self.lifecycle();
        loop {
            if let Some(exit) = lifecycle.exit() {
                return exit;
            }
            lifecycle = self
                .changed
                .wait(lifecycle)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Reports the service as ready.
    pub(crate) fn ready(&self) {
        self.on(Event::Ready);
    }

    /// Records a sign of life.
    pub(crate) fn alive(&self) {
        self.on(Event::Alive);
        self.scm.host_event(HostEvent::Alive);
    }

    /// Records that the program's async runtime makes progress.
    #[cfg_attr(not(feature = "tokio"), allow(dead_code, reason = "no runtime, no renewal"))]
    pub(crate) fn renew(&self) {
        self.vitals.renewed(self.scm.now());
        self.on(Event::Renewed);
    }

    #[cfg_attr(
        not(any(feature = "tokio", feature = "testing")),
        allow(dead_code, reason = "no runtime, no renewal")
    )]
    pub(crate) fn vitals(&self) -> &Vitals {
        &self.vitals
    }

    /// The pace of renewals.
    #[cfg_attr(not(feature = "tokio"), allow(dead_code, reason = "no runtime, no renewal"))]
    pub(crate) fn beat(&self) -> Option<&Notify> {
        self.scm.beat()
    }

    /// Notified in every pending state.
    #[cfg_attr(not(feature = "tokio"), allow(dead_code, reason = "no runtime, no renewal"))]
    pub(crate) fn pending(&self) -> &Notify {
        &self.pending
    }

    /// Registers for events of Windows. If that fails, a warning is logged and the program goes on without them.
    pub(crate) fn register(&self, notification: Notification) {
        if let Err(error) = self.scm.register(notification) {
            self.log_event(events::NOT_REGISTERED, &[&notification, &error]);
        }
    }

    /// The next deadline, for tests that set the clock.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.lifecycle().deadline()
    }

    pub(crate) fn state(&self) -> State {
        self.lifecycle().state()
    }

    /// The signal that the program must stop.
    pub(crate) fn stop(&self) -> &Signal {
        &self.stop
    }

    /// A future that completes when the program must stop.
    pub(crate) fn stop_requested(&self) -> Raised {
        Raised::new(Arc::clone(&self.stop))
    }

    pub(crate) fn stop_reason(&self) -> Option<StopReason> {
        self.lifecycle().stop_reason()
    }

    /// When the program is killed; `None` unless it was told to stop.
    pub(crate) fn stop_deadline(&self) -> Option<Instant> {
        let lifecycle = self.lifecycle();
        lifecycle.stop_reason()?;
        let left = lifecycle.deadline()?.saturating_sub(self.scm.now());
        Instant::now().checked_add(left)
    }

    /// Watches the deadlines until the run is over. Returns the exit code if the process must be killed.
    ///
    /// Runs on a plain OS thread, because a starved async runtime would notice a deadline late. Other threads log the
    /// events, because a subscriber that hangs must not keep this thread from ending the service.
    pub(crate) fn watch_deadlines(self: &Arc<Self>) -> Option<Exit> {
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
                let step = self.step(Event::Tick);
                if let Some(exit) = step.effects.force {
                    return Some(exit);
                }
                self.log_timeout_aside(step);
                lifecycle = self.lifecycle();
            } else {
                let woken = self.changed.wait_timeout(lifecycle, left);
                lifecycle = woken.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
        lifecycle.killed()
    }

    /// Logs a timeout on a separate thread, and ends the run if that was decided.
    fn log_timeout_aside(self: &Arc<Self>, step: Step) {
        if step.effects.overdue.is_none() {
            return;
        }
        let thread = thread::Builder::new().name("winsvc-overdue".to_owned());
        let run = Arc::clone(self);
        if thread.spawn(move || run.log_timeout(&step)).is_err() {
            // Logging here risks a hang, but otherwise the reason would be lost.
            self.log_timeout(&step);
        }
    }

    /// Logs a timeout, and ends the run if that was decided. Returns the exit code if the process must be killed.
    fn log_timeout(&self, step: &Step) -> Option<Exit> {
        self.log_step(step);
        if step.effects.is_decided {
            return self.end_as_decided();
        }
        step.effects.force
    }

    /// Handles the time that has passed. Returns the exit code if the process must be killed. For tests that set the
    /// clock.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn tick(&self) -> Option<Exit> {
        let step = self.step(Event::Tick);
        self.log_timeout(&step)
    }

    /// Handles an event: reports and logs the changes.
    fn on(&self, event: Event) -> Effects {
        let step = self.step(event);
        self.log_step(&step);
        step.effects
    }

    /// Handles an event: reports the changes to the SCM and wakes the waiting threads and tasks. Calls no code of the
    /// program that could hang.
    fn step(&self, event: Event) -> Step {
        let mut lifecycle = self.lifecycle();
        let before = lifecycle.state();
        let effects = lifecycle.on(event, self.scm.now());
        let after = lifecycle.state();
        if let Some(status) = &effects.report {
            self.scm.report(status);
        }
        drop(lifecycle);
        if effects.report.is_some() || effects.is_decided || before != after {
            self.changed.notify_all();
        }
        if let Some(status) = &effects.report {
            if status.state.is_pending() {
                if status.checkpoint == 1 {
                    self.vitals.renewed(self.scm.now());
                }
                self.pending.notify();
            }
        }
        if effects.stop {
            self.stop.raise();
            self.delivery.close();
        }
        Step {
            effects,
            before,
            after,
        }
    }

    /// Logs the changes. This calls the program's subscriber, which may hang.
    fn log_step(&self, step: &Step) {
        let Step {
            effects,
            before,
            after,
        } = *step;
        if let Some(overdue) = effects.overdue {
            if effects.is_decided {
                journal::drain();
            }
            self.log_overdue(overdue);
        }
        if before != after && matches!(after, State::Running | State::Paused) {
            self.arrived();
        }
        if (before, after) == (State::StartPending, State::Running) {
            self.log_event(events::RUNNING, &[&self.facts.stamp.build.version]);
        }
    }

    fn lifecycle(&self) -> MutexGuard<'_, Lifecycle> {
        self.lifecycle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The changes caused by an event.
#[derive(Clone, Copy)]
struct Step {
    effects: Effects,
    before: State,
    after: State,
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run")
            .field("facts", &self.facts)
            .field("lifecycle", &self.lifecycle)
            .finish_non_exhaustive()
    }
}
