//! The life of a service as a pure state machine: events in, status reports out.
//!
//! It uses no Windows API, no threads and no clock: every event carries the time. Both hosts use this machine, so
//! Ctrl-C in a terminal and a STOP of the SCM are handled alike:
//!
//! ```text
//! START_PENDING ──ready──▶ RUNNING ──stop, or main returned──▶ STOP_PENDING ──finished──▶ STOPPED
//!       │                  │     ▲             ▲                     │                       ▲
//!       │              pause     done          │                     │                       │
//!       │                  ▼     │             │                     │                       │
//!       │       PAUSE_PENDING   CONTINUE_PENDING                     │                       │
//!       │                  │     ▲             │                     │                       │
//!       │               done     continue      │                     │                       │
//!       │                  ▼     │             │                     │                       │
//!       │                  PAUSED ─────────────┘                     │                       │
//!       └────────── main returned, or the start timeout ─────────────┼── the stop timeout ───┘
//! ```
//!
//! A stop is also accepted while a pause or continue is pending. If a pause or continue times out or is refused, the
//! service returns to its previous state. If the program no longer takes controls, a pending pause leaves the service
//! RUNNING, and a paused service goes back to RUNNING at once on CONTINUE.
//!
//! The service ends in two steps: an event decides the end (the program has finished, or a deadline has passed), and
//! STOPPED is reported after the host has logged the end ([`Event::Logged`]). Nothing changes the decision in between.
//! The SCM keeps the state of the last report, INTERROGATE is answered as always, and controls that would change the
//! state are refused.
//!
//! These rules of Windows hold for every sequence of events:
//!
//! - A pending state has a checkpoint ≥ 1 and a wait hint; the checkpoint grows only with progress.
//! - Controls are accepted from RUNNING until the stop, and only those that the program asked for, except that CONTINUE
//!   is always accepted while the service is PAUSED. In a pending state neither PAUSE nor CONTINUE is accepted.
//! - After STOP, SHUTDOWN or PRESHUTDOWN was accepted, only `STOP_PENDING` and `STOPPED` follow.
//! - STOPPED is reported once and last, without an error if the SCM requested the stop. A failed start reports it
//!   without having been RUNNING. A service that its watchdog ends reports nothing: for the SCM it has crashed, which
//!   is a failure whatever is configured.
//!
//! The property tests beside this file check these rules for random sequences of events.

mod event;
mod phase;
mod terms;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub(crate) use event::{Effects, Event, Overdue, Transition};
pub(crate) use terms::{Drain, LateStart, MainForm, Renewal, Terms};

use phase::{Decision, Ending, Pending, Phase, TELLING};

use crate::control::{Answer, Request, StopReason};
use crate::status::{Accepts, Exit, State, Status};

/// The state machine.
#[derive(Clone, Debug)]
pub(crate) struct Lifecycle {
    terms: Terms,
    phase: Phase,
    /// The controls that the program has asked for.
    subscribed: Accepts,
    /// The last pause or continue transition.
    turn: Transition,
    /// The direction of that transition, until the program has completed it.
    toward: Option<Toward>,
    /// When the program last gave a sign of life.
    alive: Duration,
    /// Why the program was told to stop; set at the stop.
    stop_reason: Option<StopReason>,
    /// The result of `main`; set when it returns.
    returned: Option<Exit>,
}

/// The direction of a transition.
#[derive(Clone, Copy, Debug)]
enum Toward {
    Pause,
    Continue,
}

impl Lifecycle {
    /// The life of a service that starts now, in `START_PENDING`.
    pub(crate) fn new(terms: Terms, now: Duration) -> Self {
        Self {
            terms,
            phase: Phase::Starting(Pending::new(now, terms.start_timeout)),
            subscribed: Accepts::NONE,
            turn: Transition::default(),
            toward: None,
            alive: now,
            stop_reason: None,
            returned: None,
        }
    }

    /// Handles an event. Times never run backwards from one event to the next.
    pub(crate) fn on(&mut self, event: Event, now: Duration) -> Effects {
        match event {
            Event::IncomingControl(request) => self.asked(request, now),
            Event::Tick => self.tick(now),
            Event::Logged => self.logged(now),
            // Nothing else changes a decided end.
            _ if matches!(self.phase, Phase::Decided(_) | Phase::Stopped(..)) => Effects::default(),
            Event::Subscribed(accepts) => self.subscribed(accepts, now),
            Event::Ready => self.ready(now),
            Event::Renewed => self.renewed(now),
            Event::Alive => {
                self.alive = now;
                Effects::default()
            }
            Event::Completed(turn) => self.turned(turn, now),
            Event::Refused(turn) => self.given_up(turn, Phase::Paused, now),
            // Without a program that takes pauses, the service runs.
            Event::Untaken(turn) => self.given_up(turn, Phase::Running, now),
            Event::Returned(exit) => self.returned(exit, now),
            Event::Finished => self.finished(now),
        }
    }

    /// The status at `now`: the last one reported, or the one that a report would have.
    pub(crate) fn status(&self, now: Duration) -> Status {
        let (state, accepts) = (self.state(), self.accepts());
        match self.phase {
            Phase::Starting(pending)
            | Phase::Pausing(pending)
            | Phase::Continuing(pending)
            | Phase::Stopping(pending) => pending.status(state, accepts, self.terms.form.renewal, now),
            Phase::Running | Phase::Paused => Status::settled(state, Exit::Clean, accepts),
            Phase::Decided(decision) => decision.reported,
            Phase::Stopped(exit, _) => Status::settled(state, exit, accepts),
        }
    }

    pub(crate) fn state(&self) -> State {
        match self.phase {
            Phase::Starting(_) => State::StartPending,
            Phase::Running => State::Running,
            Phase::Pausing(_) => State::PausePending,
            Phase::Paused => State::Paused,
            Phase::Continuing(_) => State::ContinuePending,
            Phase::Stopping(_) => State::StopPending,
            Phase::Decided(decision) => decision.reported.state,
            Phase::Stopped(..) => State::Stopped,
        }
    }

    /// The result of the run; `None` before its end.
    pub(crate) fn exit(&self) -> Option<Exit> {
        match self.phase {
            Phase::Stopped(exit, _) => Some(exit),
            _ => None,
        }
    }

    /// The exit code to kill the process with; `None` unless a deadline ended the run.
    pub(crate) fn killed(&self) -> Option<Exit> {
        match self.phase {
            Phase::Stopped(exit, Ending::Killed | Ending::Crashed) => Some(exit),
            _ => None,
        }
    }

    /// Whether the end of the service is decided.
    pub(crate) fn is_decided(&self) -> bool {
        matches!(self.phase, Phase::Decided(_) | Phase::Stopped(..))
    }

    /// The controls accepted in the present state. Microsoft: "do not accept controls while in `START_PENDING`, or the
    /// service can crash". While a pause or continue is pending, a stop is accepted, or a hung pause could not be
    /// ended.
    fn accepts(&self) -> Accepts {
        if !self.phase.is_serving() {
            return Accepts::NONE;
        }
        let mut accepts = Accepts::STOP.and(Accepts::SHUTDOWN).and(self.subscribed);
        if self.terms.preshutdown_timeout.is_some() {
            accepts = accepts.and(Accepts::PRESHUTDOWN);
        }
        match self.phase {
            Phase::Pausing(_) | Phase::Continuing(_) => accepts.without(Accepts::PAUSE_CONTINUE),
            // Even if the program no longer takes it, or the service would stay paused.
            Phase::Paused => accepts.and(Accepts::PAUSE_CONTINUE),
            _ => accepts,
        }
    }

    /// The next deadline, at which an [`Event::Tick`] is due.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        if let Phase::Decided(decision) = self.phase {
            return Some(decision.until);
        }
        match (self.pending_deadline(), self.watchdog_deadline()) {
            (Some(pending), Some(watchdog)) => Some(pending.min(watchdog)),
            (pending, watchdog) => pending.or(watchdog),
        }
    }

    fn pending_deadline(&self) -> Option<Duration> {
        let mut phase = self.phase;
        phase.pending().map(|pending| pending.until)
    }

    fn watchdog_deadline(&self) -> Option<Duration> {
        let watchdog = self.terms.watchdog.filter(|_| self.phase.is_serving())?;
        Some(self.alive.saturating_add(watchdog))
    }

    /// How long ago the program gave its last sign of life; `None` unless it serves.
    pub(crate) fn since_alive(&self, now: Duration) -> Option<Duration> {
        let is_watched = self.phase.is_serving();
        is_watched.then(|| now.saturating_sub(self.alive))
    }

    pub(crate) fn stop_reason(&self) -> Option<StopReason> {
        self.stop_reason
    }

    /// The result of `main`; `None` unless it has failed.
    pub(crate) fn failure(&self) -> Option<Exit> {
        self.returned.filter(|exit| *exit != Exit::Clean)
    }

    /// The timeout that has elapsed at `now`.
    fn overdue(&self, now: Duration) -> Option<Overdue> {
        if self.watchdog_deadline().is_some_and(|deadline| deadline <= now) {
            return Some(Overdue::Watchdog);
        }
        self.pending_deadline().filter(|deadline| *deadline <= now)?;
        Some(match (self.returned, self.phase) {
            (Some(exit), _) => Overdue::CleanUp(exit),
            (None, Phase::Starting(_)) => match self.terms.form.late_start {
                LateStart::Runs => Overdue::Ready,
                LateStart::Fails => Overdue::Start,
            },
            (None, Phase::Pausing(_)) => Overdue::Pause,
            (None, Phase::Continuing(_)) => Overdue::Continue,
            (None, _) => match self.terms.form.drain {
                Drain::Program => Overdue::Stop,
                Drain::Nobody => Overdue::Drainless,
            },
        })
    }

    fn asked(&mut self, request: Request, now: Duration) -> Effects {
        let answer = match request {
            Request::Interrogate => Answer::NoError,
            Request::Unhandled => Answer::CallNotImplemented,
            _ if !self.phase.is_serving() => Answer::CannotAcceptControl,
            Request::Event => {
                return Effects {
                    deliver: Some(self.turn),
                    ..Effects::default()
                };
            }
            Request::Pause | Request::Continue if self.state().is_pending() => Answer::CannotAcceptControl,
            _ if !self.accepts().contains(request.accepted_by()) => Answer::CallNotImplemented,
            Request::Stop(reason) => return self.stop(reason, now),
            Request::Pause => return self.turn(Toward::Pause, now),
            Request::Continue => return self.turn(Toward::Continue, now),
        };
        Effects {
            answer,
            ..Effects::default()
        }
    }

    fn stop(&mut self, reason: StopReason, now: Duration) -> Effects {
        let timeout = self.terms.stop_timeout;
        let timeout = match (reason, self.terms.form.drain) {
            (StopReason::Finished, _) => timeout,
            (_, Drain::Nobody) => Duration::ZERO,
            (StopReason::Shutdown, Drain::Program) => self
                .terms
                .shutdown_limit
                .map_or(timeout, |limit| timeout.min(limit)),
            (StopReason::Preshutdown, Drain::Program) => self.terms.preshutdown_timeout.unwrap_or(timeout),
            (_, Drain::Program) => timeout,
        };
        self.stop_reason = Some(reason);
        self.phase = Phase::Stopping(Pending::new(now, timeout));
        Effects {
            stop: true,
            ..self.report(now)
        }
    }

    /// Begins a pause or continue; does nothing if the service is in the requested state already.
    fn turn(&mut self, toward: Toward, now: Duration) -> Effects {
        let pending = Pending::new(now, self.terms.stop_timeout);
        let is_taken = self.subscribed.contains(Accepts::PAUSE_CONTINUE);
        self.phase = match (toward, self.phase) {
            (Toward::Pause, Phase::Running) => Phase::Pausing(pending),
            (Toward::Continue, Phase::Paused) if is_taken => Phase::Continuing(pending),
            (Toward::Continue, Phase::Paused) => Phase::Running,
            _ => return Effects::default(),
        };
        self.turn.0 = self.turn.0.wrapping_add(1);
        self.toward = is_taken.then_some(toward);
        Effects {
            deliver: is_taken.then_some(self.turn),
            ..self.report(now)
        }
    }

    /// Completes a transition, even after its timeout. The completion of an earlier transition has no effect.
    fn turned(&mut self, turn: Transition, now: Duration) -> Effects {
        if turn != self.turn || !self.phase.is_serving() {
            return Effects::default();
        }
        self.phase = match self.toward.take() {
            Some(Toward::Pause) => Phase::Paused,
            Some(Toward::Continue) => Phase::Running,
            None => return Effects::default(),
        };
        self.report(now)
    }

    /// Ends a transition that the program does not complete.
    fn given_up(&mut self, turn: Transition, continuing: Phase, now: Duration) -> Effects {
        if turn != self.turn {
            return Effects::default();
        }
        self.toward = None;
        self.turn_back(continuing, now)
    }

    /// Gives up a pending transition: a pause leaves the service running, a continue leaves it in the phase
    /// `continuing`.
    fn turn_back(&mut self, continuing: Phase, now: Duration) -> Effects {
        self.phase = match self.phase {
            Phase::Pausing(_) => Phase::Running,
            Phase::Continuing(_) => continuing,
            _ => return Effects::default(),
        };
        self.report(now)
    }

    fn subscribed(&mut self, accepts: Accepts, now: Duration) -> Effects {
        let before = self.accepts();
        self.subscribed = accepts;
        match self.phase {
            // A report in a pending state would count as progress, so the change waits for the next report.
            Phase::Running | Phase::Paused if self.accepts() != before => self.report(now),
            _ => Effects::default(),
        }
    }

    fn ready(&mut self, now: Duration) -> Effects {
        // A task that outlives a failed `main` must not make its start look like a success.
        if self.state() != State::StartPending || self.returned.is_some() {
            return Effects::default();
        }
        self.phase = Phase::Running;
        self.alive = now;
        self.report(now)
    }

    fn renewed(&mut self, now: Duration) -> Effects {
        let Some(pending) = self.phase.pending() else {
            return Effects::default();
        };
        pending.checkpoint += 1;
        self.report(now)
    }

    fn returned(&mut self, exit: Exit, now: Duration) -> Effects {
        if self.returned.is_some() {
            return Effects::default();
        }
        self.returned = Some(exit);
        match &mut self.phase {
            // A start that ends before it is ready remains `START_PENDING`, and has the stop timeout to clean up.
            Phase::Starting(pending) => {
                pending.until = now.saturating_add(self.terms.stop_timeout);
                self.stop_reason = Some(StopReason::Finished);
                Effects {
                    stop: true,
                    ..self.renewed(now)
                }
            }
            Phase::Running | Phase::Pausing(_) | Phase::Paused | Phase::Continuing(_) => {
                self.stop(StopReason::Finished, now)
            }
            Phase::Stopping(_) | Phase::Decided(_) | Phase::Stopped(..) => Effects::default(),
        }
    }

    fn tick(&mut self, now: Duration) -> Effects {
        if let Phase::Decided(decision) = self.phase {
            // Logging the end takes too long. The decided end does not change.
            if now < decision.until {
                return Effects::default();
            }
            return Effects {
                force: Some(decision.exit),
                ..self.logged(now)
            };
        }
        let Some(overdue) = self.overdue(now) else {
            return Effects::default();
        };
        let effects = match overdue {
            Overdue::Ready => self.ready(now),
            Overdue::Pause | Overdue::Continue => self.turn_back(Phase::Paused, now),
            Overdue::Start => self.decide(Exit::StartTimeout, Ending::Killed, now),
            Overdue::Stop => self.decide(Exit::StopTimeout, Ending::Killed, now),
            Overdue::CleanUp(exit) => self.decide(exit, Ending::Killed, now),
            Overdue::Drainless => self.decide(Exit::Clean, Ending::Killed, now),
            Overdue::Watchdog => self.decide(Exit::Watchdog, Ending::Crashed, now),
        };
        Effects {
            overdue: Some(overdue),
            ..effects
        }
    }

    fn finished(&mut self, now: Duration) -> Effects {
        match self.returned {
            Some(exit) => self.decide(exit, Ending::Finished, now),
            None => Effects::default(),
        }
    }

    /// Decides the end of the service.
    fn decide(&mut self, exit: Exit, ending: Ending, now: Duration) -> Effects {
        let told = now.saturating_add(TELLING);
        self.phase = Phase::Decided(Decision {
            reported: self.status(now),
            exit: self.exit_for_the_scm(exit),
            ending,
            until: self
                .pending_deadline()
                .map_or(told, |deadline| deadline.max(told)),
        });
        Effects {
            is_decided: true,
            ..Effects::default()
        }
    }

    /// Ends the service as decided.
    fn logged(&mut self, now: Duration) -> Effects {
        let Phase::Decided(Decision { exit, ending, .. }) = self.phase else {
            return Effects::default();
        };
        self.phase = Phase::Stopped(exit, ending);
        let report = match ending {
            Ending::Finished | Ending::Killed => self.report(now),
            Ending::Crashed => Effects::default(),
        };
        Effects {
            force: (ending != Ending::Finished).then_some(exit),
            ..report
        }
    }

    /// The exit to report for this exit of the program.
    ///
    /// A stop that the SCM requested always ends without an error. The SCM would treat an error as a failure, and its
    /// recovery actions would restart a service that an administrator or an installer has just stopped; in an upgrade,
    /// with half of its files replaced. The error itself is in the event log.
    fn exit_for_the_scm(&self, exit: Exit) -> Exit {
        match self.stop_reason {
            Some(reason) if reason.is_asked_by_scm() => Exit::Clean,
            _ => exit,
        }
    }

    fn report(&self, now: Duration) -> Effects {
        Effects {
            report: Some(self.status(now)),
            ..Effects::default()
        }
    }
}
