//! The life of a service as a pure state machine: events in, reports out.
//!
//! It knows no Windows, no threads and no clock of its own: every event carries the time. Both hosts drive this one
//! machine, so a Ctrl-C in a terminal and a STOP of the SCM take the same way:
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
//! A stop is taken on the way to a pause and back as well. Where a pause or a continuation takes too long or is refused, the
//! service is where it was. A service whose program takes no pauses serves: a pause that nobody takes leaves it RUNNING,
//! and where it is PAUSED and nobody takes CONTINUE any more, this machine does.
//!
//! An end takes two steps: it is decided by one event, the last return of the program or a deadline, and reported when the
//! host has told of it, by [`Event::Logged`]. In between nothing changes it. The SCM has the state of the last report,
//! INTERROGATE is answered as ever, and what could change the state is refused.
//!
//! The rules that Windows sets and that hold for every sequence of events:
//!
//! - A pending state has a checkpoint ≥ 1 and a wait hint; the checkpoint grows only on progress.
//! - Controls are accepted from RUNNING on until the stop, and only those that the program has asked for, but CONTINUE
//!   whenever the service is PAUSED; in a pending state neither PAUSE nor CONTINUE.
//! - After STOP, SHUTDOWN or PRESHUTDOWN was taken there is no way but `STOP_PENDING` and `STOPPED`.
//! - STOPPED is reported once and last, without an error after a stop that the SCM asked for. A start that failed goes there
//!   without having been RUNNING. A service that its watchdog has ended reports nothing: to the SCM it has crashed, which no
//!   setting can call a clean end.
//!
//! The tests beside this file hold the machine to them, whatever happens in whatever order.

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
    /// What the program has asked for.
    subscribed: Accepts,
    /// The last pause or continuation.
    turn: Transition,
    /// Where that one leads, until the program has answered it.
    toward: Option<Toward>,
    /// When the program last was seen alive.
    alive: Duration,
    /// Why the program was told to stop, from then on.
    stop_reason: Option<StopReason>,
    /// How `main` ended, from its return on.
    returned: Option<Exit>,
}

/// Where a turn leads.
#[derive(Clone, Copy, Debug)]
enum Toward {
    Pause,
    Continue,
}

impl Lifecycle {
    /// A life that begins now, in `START_PENDING`.
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

    /// Takes an event. Times never run backwards from one event to the next.
    pub(crate) fn on(&mut self, event: Event, now: Duration) -> Effects {
        match event {
            Event::IncomingControl(request) => self.asked(request, now),
            Event::Tick => self.tick(now),
            Event::Logged => self.logged(now),
            // Nothing else changes an end that is decided.
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
            // A service whose program takes no turns serves.
            Event::Untaken(turn) => self.given_up(turn, Phase::Running, now),
            Event::Returned(exit) => self.returned(exit, now),
            Event::Finished => self.finished(now),
        }
    }

    /// The status at `now`, as the last report had it or would have it.
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

    /// How the run ended, once it has.
    pub(crate) fn exit(&self) -> Option<Exit> {
        match self.phase {
            Phase::Stopped(exit, _) => Some(exit),
            _ => None,
        }
    }

    /// How the process has to end, where a deadline has ended the run and not the program.
    pub(crate) fn killed(&self) -> Option<Exit> {
        match self.phase {
            Phase::Stopped(exit, Ending::Killed | Ending::Crashed) => Some(exit),
            _ => None,
        }
    }

    /// Whether it is decided how the service ends.
    pub(crate) fn is_decided(&self) -> bool {
        matches!(self.phase, Phase::Decided(_) | Phase::Stopped(..))
    }

    /// What may be sent in the present state: "do not accept controls while in `START_PENDING`, or the service can crash";
    /// on the way to a pause and back a stop must be possible, or a hung pause would have no end.
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
            // Also where the program no longer takes it: there must be a way back.
            Phase::Paused => accepts.and(Accepts::PAUSE_CONTINUE),
            _ => accepts,
        }
    }

    /// When something is over at the latest: the next [`Event::Tick`] is due then.
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

    /// How long the program has given no sign of life, while it serves.
    pub(crate) fn since_alive(&self, now: Duration) -> Option<Duration> {
        let is_watched = self.phase.is_serving();
        is_watched.then(|| now.saturating_sub(self.alive))
    }

    /// Why the service stops.
    pub(crate) fn stop_reason(&self) -> Option<StopReason> {
        self.stop_reason
    }

    /// How `main` failed, if it has ended and failed.
    pub(crate) fn failure(&self) -> Option<Exit> {
        self.returned.filter(|exit| *exit != Exit::Clean)
    }

    /// Which timeout is over at `now`.
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

    /// Begins a pause or a continuation; where the service is what is wanted already, there is nothing to do.
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

    /// Takes the end of a turn, even one that comes too late: the program is what it says. A turn that another one has
    /// followed says nothing any more.
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

    /// Ends a turn that the program does not do.
    fn given_up(&mut self, turn: Transition, continuing: Phase, now: Duration) -> Effects {
        if turn != self.turn {
            return Effects::default();
        }
        self.toward = None;
        self.turn_back(continuing, now)
    }

    /// Gives a pending turn up: a pause leaves the service running, a continuation leaves it in the phase `continuing`.
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
            // A report in a pending state would be one of progress; the next one tells the SCM.
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
            // A start that ended before it was ready stays a start, and gets the time of a stop to clean up.
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
            // Whoever tells of the end takes too long. The end stays what it is.
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

    /// Decides how the service ends.
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

    /// Ends the service as it was decided.
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

    /// How the service ends where the program ends like this.
    ///
    /// A stop that the SCM asked for always ends clean: to the SCM any other code is a failure, and its recovery would start
    /// the service again that an administrator or an installer has just stopped, in an upgrade with half of its files
    /// replaced. What went wrong is in the event log.
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
