//! The life of a service as a pure state machine: events in, reports out.
//!
//! It knows no Windows, no threads and no clock of its own: every event carries the time. Both hosts drive this one
//! machine, so a Ctrl-C in a terminal and a STOP of the SCM take the same way:
//!
//! ```text
//! START_PENDING ──ready──▶ RUNNING ──stop, or main returned──▶ STOP_PENDING ──finished──▶ STOPPED
//!       │                                                            │                       ▲
//!       └────────── main returned, or the start timeout ─────────────┼── the stop timeout ───┘
//! ```
//!
//! The rules that Windows sets and that hold for every sequence of events:
//!
//! - A pending state has a checkpoint ≥ 1 and a wait hint; the checkpoint grows only on progress.
//! - Controls are accepted in RUNNING alone.
//! - After STOP or SHUTDOWN was taken there is no way but `STOP_PENDING` and `STOPPED`.
//! - STOPPED is reported once and last. A start that failed goes there without having been RUNNING.
//!
//! The tests beside this file hold the machine to them, whatever happens in whatever order.

#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::control::{Answer, Control, StopReason};
use crate::status::{Exit, State, Status};

/// How far ahead a program promises its next sign of progress.
///
/// The SCM's clients hold a checkpoint that has not grown for 30 s to be hung, whatever the hint was.
const HINT_STEP: Duration = Duration::from_secs(20);

/// The least hint: "a real hint" is asked for even where the end is due at once.
const LEAST_HINT: Duration = Duration::from_secs(1);

/// What a life is subject to: the definition's timeouts, and the manner of the program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// From `START_PENDING` until the program must be ready.
    pub(crate) start_timeout: Duration,
    /// From the stop until the program must have ended.
    pub(crate) stop_timeout: Duration,
    /// What the program's own form says.
    pub(crate) manner: Manner,
}

/// What follows from the form of the author's `main`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Manner {
    /// What it means when the start timeout is over.
    pub(crate) late_start: LateStart,
    /// Who ends the program after a stop.
    pub(crate) drain: Drain,
    /// Who shows progress in pending states.
    pub(crate) renewal: Renewal,
}

/// What it means when the start timeout is over and the program has not said that it is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LateStart {
    /// It serves, and does not say so: RUNNING, with a warning.
    Runs,
    /// It promised to say so: the start failed.
    Fails,
}

/// Who ends the program after a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drain {
    /// The program, within the stop timeout.
    Program,
    /// Nobody: the program cannot hear of a stop, so the process ends at once, and that is a clean end.
    Nobody,
}

/// Who shows progress in pending states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Renewal {
    /// A task on the program's async runtime: it makes progress as long as the runtime does.
    #[cfg_attr(not(feature = "tokio"), allow(dead_code, reason = "no runtime, no task"))]
    Runtime,
    /// Nobody: there is no honest sign of progress, so one hint covers the whole timeout.
    Nobody,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The host was asked for something.
    Control(Control),
    /// The program serves.
    Ready,
    /// The program's runtime makes progress.
    Renewed,
    /// The program's `main` returned or panicked; what it left behind is being cleaned up.
    Returned(Exit),
    /// The clean-up is over: nothing of the program is left.
    Finished,
    /// Time has passed.
    Tick,
}

/// What the host has to do about an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Effects {
    /// The return value of a control.
    pub(crate) answer: Answer,
    /// Report this status.
    pub(crate) report: Option<Status>,
    /// Tell the program that it stops.
    pub(crate) stop: bool,
    /// The process is to end now, whatever the program does.
    pub(crate) force: Option<Exit>,
}

/// A timeout that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overdue {
    /// The program did not say that it is ready, and is taken to be.
    Ready,
    /// The program did not become ready.
    Start,
    /// The program did not end.
    Stop,
    /// `main` has ended; what it left behind has not.
    CleanUp(Exit),
    /// The program was stopped that cannot hear of it.
    Drainless,
}

/// The state machine.
#[derive(Clone, Debug)]
pub(crate) struct Lifecycle {
    terms: Terms,
    phase: Phase,
    /// Why the program was told to stop, from then on.
    stop_reason: Option<StopReason>,
    /// How `main` ended, from its return on.
    returned: Option<Exit>,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Starting(Pending),
    Running,
    Stopping(Pending),
    Stopped(Exit),
}

/// A pending state: since when, until when at the latest, and how often progress was seen.
#[derive(Clone, Copy, Debug)]
struct Pending {
    since: Duration,
    until: Duration,
    checkpoint: u32,
}

impl Pending {
    fn new(since: Duration, timeout: Duration) -> Self {
        Self {
            since,
            until: since.saturating_add(timeout),
            checkpoint: 1,
        }
    }

    /// The status at `now`. The hint is counted from the beginning of the state and grows with it, so that both readings
    /// in the field are right: "until the next report" and "for the whole state". It never reaches past the timeout.
    fn status(self, state: State, renewal: Renewal, now: Duration) -> Status {
        let whole = self.until.saturating_sub(self.since);
        let wait_hint = match renewal {
            Renewal::Runtime => whole.min(now.saturating_sub(self.since) + HINT_STEP),
            Renewal::Nobody => whole,
        };
        Status {
            state,
            exit: Exit::Clean,
            checkpoint: self.checkpoint,
            wait_hint: wait_hint.max(LEAST_HINT),
        }
    }
}

impl Lifecycle {
    /// A life that begins now, in `START_PENDING`.
    pub(crate) fn new(terms: Terms, now: Duration) -> Self {
        Self {
            terms,
            phase: Phase::Starting(Pending::new(now, terms.start_timeout)),
            stop_reason: None,
            returned: None,
        }
    }

    /// Takes an event. Times never run backwards from one event to the next.
    pub(crate) fn on(&mut self, event: Event, now: Duration) -> Effects {
        match event {
            Event::Control(control) => self.control(control, now),
            Event::Ready => self.ready(now),
            Event::Renewed => self.renewed(now),
            Event::Returned(exit) => self.returned(exit, now),
            Event::Finished => match self.returned {
                Some(exit) => self.stopped(exit, now),
                None => Effects::default(),
            },
            Event::Tick => self.tick(now),
        }
    }

    /// The status at `now`, as the last report had it or would have it.
    pub(crate) fn status(&self, now: Duration) -> Status {
        let renewal = self.terms.manner.renewal;
        match self.phase {
            Phase::Starting(pending) => pending.status(State::StartPending, renewal, now),
            Phase::Running => Status::settled(State::Running, Exit::Clean),
            Phase::Stopping(pending) => pending.status(State::StopPending, renewal, now),
            Phase::Stopped(exit) => Status::settled(State::Stopped, exit),
        }
    }

    pub(crate) fn state(&self) -> State {
        match self.phase {
            Phase::Starting(_) => State::StartPending,
            Phase::Running => State::Running,
            Phase::Stopping(_) => State::StopPending,
            Phase::Stopped(_) => State::Stopped,
        }
    }

    /// When the present state is over at the latest: the next [`Event::Tick`] is due then.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        match self.phase {
            Phase::Starting(pending) | Phase::Stopping(pending) => Some(pending.until),
            Phase::Running | Phase::Stopped(_) => None,
        }
    }

    /// Why the service stops.
    pub(crate) fn stop_reason(&self) -> Option<StopReason> {
        self.stop_reason
    }

    /// How `main` failed, if it has ended and failed.
    pub(crate) fn failure(&self) -> Option<Exit> {
        self.returned.filter(|exit| *exit != Exit::Clean)
    }

    /// Which timeout is over at `now`; the next [`Event::Tick`] acts on it.
    pub(crate) fn overdue(&self, now: Duration) -> Option<Overdue> {
        self.deadline().filter(|deadline| *deadline <= now)?;
        Some(match (self.returned, self.phase) {
            (Some(exit), _) => Overdue::CleanUp(exit),
            (None, Phase::Starting(_)) => match self.terms.manner.late_start {
                LateStart::Runs => Overdue::Ready,
                LateStart::Fails => Overdue::Start,
            },
            (None, _) => match self.terms.manner.drain {
                Drain::Program => Overdue::Stop,
                Drain::Nobody => Overdue::Drainless,
            },
        })
    }

    fn control(&mut self, control: Control, now: Duration) -> Effects {
        let answer = match control {
            Control::Interrogate => Answer::NoError,
            Control::Unhandled => Answer::CallNotImplemented,
            Control::Stop(_) if self.state() != State::Running => Answer::CannotAcceptControl,
            Control::Stop(reason) => return self.stop(reason, now),
        };
        Effects {
            answer,
            ..Effects::default()
        }
    }

    fn stop(&mut self, reason: StopReason, now: Duration) -> Effects {
        let timeout = match (reason, self.terms.manner.drain) {
            (StopReason::Finished, _) | (_, Drain::Program) => self.terms.stop_timeout,
            (_, Drain::Nobody) => Duration::ZERO,
        };
        self.stop_reason = Some(reason);
        self.phase = Phase::Stopping(Pending::new(now, timeout));
        Effects {
            stop: true,
            ..self.report(now)
        }
    }

    fn ready(&mut self, now: Duration) -> Effects {
        // A task that outlives a failed `main` must not make its start look like a success.
        if self.state() != State::StartPending || self.returned.is_some() {
            return Effects::default();
        }
        self.phase = Phase::Running;
        self.report(now)
    }

    fn renewed(&mut self, now: Duration) -> Effects {
        let (Phase::Starting(pending) | Phase::Stopping(pending)) = &mut self.phase else {
            return Effects::default();
        };
        pending.checkpoint += 1;
        self.report(now)
    }

    fn returned(&mut self, exit: Exit, now: Duration) -> Effects {
        if self.returned.is_some() || self.state() == State::Stopped {
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
            Phase::Running => self.stop(StopReason::Finished, now),
            Phase::Stopping(_) | Phase::Stopped(_) => Effects::default(),
        }
    }

    fn tick(&mut self, now: Duration) -> Effects {
        let exit = match self.overdue(now) {
            None => return Effects::default(),
            Some(Overdue::Ready) => return self.ready(now),
            Some(Overdue::Start) => Exit::StartTimeout,
            Some(Overdue::Stop) => Exit::StopTimeout,
            Some(Overdue::CleanUp(exit)) => exit,
            Some(Overdue::Drainless) => Exit::Clean,
        };
        Effects {
            force: Some(exit),
            ..self.stopped(exit, now)
        }
    }

    fn stopped(&mut self, exit: Exit, now: Duration) -> Effects {
        if self.state() == State::Stopped {
            return Effects::default();
        }
        self.phase = Phase::Stopped(exit);
        self.report(now)
    }

    fn report(&self, now: Duration) -> Effects {
        Effects {
            report: Some(self.status(now)),
            ..Effects::default()
        }
    }
}
