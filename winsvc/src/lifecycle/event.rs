//! The events in the life of a service, and their effects for the host.

use crate::control::{Answer, Request};
use crate::status::{Accepts, Exit, Status};

/// An event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The host received a control.
    IncomingControl(Request),
    /// The program accepts other controls than before.
    Subscribed(Accepts),
    /// The program is ready.
    Ready,
    /// The program, or its runtime, makes progress.
    Renewed,
    /// The program is alive.
    Alive,
    /// The program has completed this transition: it has paused, or continues.
    Completed(Transition),
    /// The program refuses this transition.
    Refused(Transition),
    /// The program will never receive this transition: nothing takes its controls any more.
    Untaken(Transition),
    /// The program's `main` returned or panicked; the rest of the program is being cleaned up.
    Returned(Exit),
    /// The clean-up is complete: nothing of the program is left.
    Finished,
    /// Time has passed.
    Tick,
    /// The events about the end of the service have been logged, so it may end.
    Logged,
}

/// What the host has to do after an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Effects {
    /// The return value of a control.
    pub(crate) answer: Answer,
    /// Report this status.
    pub(crate) report: Option<Status>,
    /// Tell the program to stop.
    pub(crate) stop: bool,
    /// Deliver the control to the program; if it is a pause or continue, as this transition.
    pub(crate) deliver: Option<Transition>,
    /// This timeout has elapsed and must be logged.
    pub(crate) overdue: Option<Overdue>,
    /// The end of the service is decided. Log it, then send [`Event::Logged`].
    pub(crate) is_decided: bool,
    /// The process must end now, whatever the program does.
    pub(crate) force: Option<Exit>,
}

/// The number of a pause or continue transition. Other controls carry the number of the last transition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Transition(pub(super) u32);

/// A timeout that has elapsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overdue {
    /// The program did not report ready in time; it is assumed to be ready.
    Ready,
    /// The program did not become ready.
    Start,
    /// The program did not pause in time; it is assumed to be running.
    Pause,
    /// The program did not continue in time; it is assumed to be paused.
    Continue,
    /// The program did not end after a stop.
    Stop,
    /// The program gave no sign of life.
    Watchdog,
    /// `main` has ended; the clean-up has not.
    CleanUp(Exit),
    /// A program that cannot receive a stop was stopped.
    Drainless,
}
