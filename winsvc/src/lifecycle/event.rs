//! What happens to a service in its life, and what a host has to do about it.

use crate::control::{Answer, Request};
use crate::status::{Accepts, Exit, Status};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The host was asked for something.
    IncomingControl(Request),
    /// The program has asked for other controls than before.
    Subscribed(Accepts),
    /// The program serves.
    Ready,
    /// The program, or its runtime, makes progress.
    Renewed,
    /// The program is alive.
    Alive,
    /// The program has done what this turn asked for: it has paused, or serves again.
    Completed(Transition),
    /// The program will not do what this turn asks for.
    Refused(Transition),
    /// The program will never see this turn: nobody takes its controls any more.
    Untaken(Transition),
    /// The program's `main` returned or panicked; what it left behind is being cleaned up.
    Returned(Exit),
    /// The clean-up is over: nothing of the program is left.
    Finished,
    /// Time has passed.
    Tick,
    /// How the service ends has been told, so that it may end.
    Logged,
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
    /// Give the program what was asked for; a pause or a continuation is this turn.
    pub(crate) deliver: Option<Transition>,
    /// This timeout is over, which is to be told.
    pub(crate) overdue: Option<Overdue>,
    /// How the service ends is decided. It is to be told, and then [`Event::Logged`].
    pub(crate) is_decided: bool,
    /// The process is to end now, whatever the program does.
    pub(crate) force: Option<Exit>,
}

/// One pause or one continuation, told from those before it. What is neither belongs to no turn, and has the last one's number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Transition(pub(super) u32);

/// A timeout that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overdue {
    /// The program did not report ready in time; it is assumed to be.
    Ready,
    /// The program did not become ready.
    Start,
    /// The program did not pause in time; it is assumed to be running.
    Pause,
    /// The program did not continue in time; it is assumed to be paused.
    Continue,
    /// The program did not end.
    Stop,
    /// The program has given no sign of life.
    Watchdog,
    /// `main` has ended; what it left behind has not.
    CleanUp(Exit),
    /// The program was stopped that cannot hear of it.
    Drainless,
}
