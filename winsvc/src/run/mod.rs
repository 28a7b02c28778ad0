//! One run of a service: the lifecycle, who is told of its reports, and who waits for its stop.
//!
//! Hosts bring events in, the program's handles ([`crate::Service`], [`crate::Starting`]) bring others, a thread of
//! its own watches the deadlines. All of them meet in [`Run::on`], under one short lock, so that reports leave
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

/// The other side of a run: the SCM, a terminal that nobody reports to, or a test.
pub(crate) trait Scm: Send + Sync {
    /// Takes a report. Called under the lock of the run, in order, and never after STOPPED.
    fn report(&self, status: &Status);

    /// The time, from any fixed point on.
    fn now(&self) -> Duration;

    /// Takes what is no status. Never called under the lock of the run.
    fn host_event(&self, _event: HostEvent<'_>) {}

    /// Takes an event for whoever looks after the service: its message, and what stands in for `%1`, `%2` and so
    /// on. Never called under the lock of the run.
    fn log_event(&self, message: Message, strings: &[&dyn Display]) {
        journal::log_event(message, strings);
    }

    /// Asks Windows for events that it sends to those who have registered for them.
    fn register(&self, _notification: Notification) -> io::Result<()> {
        Ok(())
    }

    /// What sets the pace of renewals; `None` for the real clock.
    #[cfg_attr(not(feature = "tokio"), allow(dead_code, reason = "no runtime, no renewal"))]
    fn beat(&self) -> Option<&Notify> {
        None
    }
}

/// What is no status, but worth knowing to some hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostEvent<'a> {
    /// The program does this, or has come so far; nothing where it no longer says so.
    StatusText(Option<&'a str>),
    /// The program is alive.
    Alive,
    /// The program reads its configuration again.
    Reloading,
    /// The program has read its configuration again.
    Reloaded,
}

/// What is known of a run when it begins.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) stamp: Stamp,
    /// The name that the service was started under.
    pub(crate) name: String,
    /// What `StartService` was called with, without the name.
    pub(crate) start_arguments: Vec<OsString>,
    /// What Windows grants at shutdown (`WaitToKillServiceTimeout`), where that is known.
    pub(crate) shutdown_limit: Option<Duration>,
    /// How long Windows waits before a shutdown (`PreshutdownTimeout` of the service's key), where that is known.
    pub(crate) registered_preshutdown: Option<Duration>,
    /// Where its settings come from.
    #[cfg(feature = "settings")]
    pub(crate) surroundings: Surroundings,
}

impl Facts {
    /// How long the service has before a shutdown: what it was built for, but no longer than Windows waits.
    fn preshutdown_timeout(&self) -> Option<Duration> {
        let built = self.stamp.definition.preshutdown_timeout?.duration();
        Some(
            self.registered_preshutdown
                .map_or(built, |registered| built.min(registered)),
        )
    }
}

/// The run.
pub(crate) struct Run {
    facts: Facts,
    scm: Arc<dyn Scm>,
    /// When it was made.
    begun: Duration,
    lifecycle: Mutex<Lifecycle>,
    /// The lifecycle has changed, and its deadline with it.
    changed: Condvar,
    stop: Arc<Signal>,
    /// Rings in every pending state, which has to be renewed.
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

    /// Runs the author's `main` and takes its end, a panic included. What `main` leaves behind may be cleaned up between
    /// this and [`Run::finish`].
    pub(crate) fn conduct(&self, main: impl FnOnce() -> Result<(), Failure>) {
        // Nothing that `main` may have left half done is looked at again.
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
                // A payload may panic as it is dropped.
                std::mem::forget(payload);
                Exit::Panic
            }
        };
        self.on(Event::Returned(exit));
    }

    /// Reports STOPPED: nothing of the program is left. Gives how the run ended.
    pub(crate) fn finish(&self) -> Exit {
        journal::drain();
        if self.on(Event::Finished).is_decided {
            self.log_stopped();
            self.end_as_decided();
        }
        // Where a deadline came first, its thread tells of it, and kills the process.
        self.ended()
    }

    /// Takes the end of a program that ends its process by itself: it is that of a `main` that returns this exit code.
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

    /// Ends the run as it was decided and told; gives how the process has to end where it is killed.
    fn end_as_decided(&self) -> Option<Exit> {
        // The process may be gone when STOPPED is reported. Not under the lock, which the control handler must never wait
        // for long.
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

    /// The program serves.
    pub(crate) fn ready(&self) {
        self.on(Event::Ready);
    }

    /// The program is alive.
    pub(crate) fn alive(&self) {
        self.on(Event::Alive);
        self.scm.host_event(HostEvent::Alive);
    }

    /// The program's async runtime makes progress.
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

    /// What sets the pace of renewals.
    #[cfg_attr(not(feature = "tokio"), allow(dead_code, reason = "no runtime, no renewal"))]
    pub(crate) fn beat(&self) -> Option<&Notify> {
        self.scm.beat()
    }

    /// Rings in every pending state.
    #[cfg_attr(not(feature = "tokio"), allow(dead_code, reason = "no runtime, no renewal"))]
    pub(crate) fn pending(&self) -> &Notify {
        &self.pending
    }

    /// Asks Windows for events. Where it cannot be had the program goes on without them.
    pub(crate) fn register(&self, notification: Notification) {
        if let Err(error) = self.scm.register(notification) {
            self.log_event(events::NOT_REGISTERED, &[&notification, &error]);
        }
    }

    /// When a timeout is over next, for a clock that is set by hand.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.lifecycle().deadline()
    }

    pub(crate) fn state(&self) -> State {
        self.lifecycle().state()
    }

    /// What tells the program to stop.
    pub(crate) fn stop(&self) -> &Signal {
        &self.stop
    }

    /// Ends when the program is told to stop.
    pub(crate) fn stop_requested(&self) -> Raised {
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
    /// For a plain OS thread: a starved async runtime could not notice that it is late. The events are written by other threads, because
    /// a subscriber that hangs must not keep this one from ending the service.
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

    /// Writes the events about a timeout in a thread of their own, and ends the run if that was decided.
    fn log_timeout_aside(self: &Arc<Self>, step: Step) {
        if step.effects.overdue.is_none() {
            return;
        }
        let thread = thread::Builder::new().name("winsvc-overdue".to_owned());
        let run = Arc::clone(self);
        if thread.spawn(move || run.log_timeout(&step)).is_err() {
            // Better with the risk of a hang than without a reason.
            self.log_timeout(&step);
        }
    }

    /// Writes the events about a timeout, and ends the run if that was decided; gives how the process has to end then.
    fn log_timeout(&self, step: &Step) -> Option<Exit> {
        self.log_step(step);
        if step.effects.is_decided {
            return self.end_as_decided();
        }
        step.effects.force
    }

    /// Lets the passing of time have its effect; gives how the process has to end if it cannot go on. For a clock
    /// that is set by hand.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn tick(&self) -> Option<Exit> {
        let step = self.step(Event::Tick);
        self.log_timeout(&step)
    }

    /// Takes an event, reports and logs what it has changed.
    fn on(&self, event: Event) -> Effects {
        let step = self.step(event);
        self.log_step(&step);
        step.effects
    }

    /// Takes an event, reports what it has changed to the SCM, and wakes who waits for it. It calls nothing of the program's that could hang.
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

    /// Writes the events about what has changed: the program's subscriber takes part in that, and may hang.
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

/// What an event has changed.
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
