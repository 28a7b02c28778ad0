//! The phases of a service's life, with the data of each.

use std::time::Duration;

use super::terms::Renewal;
use crate::status::{Accepts, Exit, State, Status};

/// How far ahead of now the wait hint reaches.
///
/// The SCM's clients treat a checkpoint that has not grown for 30 s as a hang, whatever the hint was.
const HINT_STEP: Duration = Duration::from_secs(20);

/// The minimum wait hint: Microsoft asks for "a real hint" even if the end is due at once.
const LEAST_HINT: Duration = Duration::from_secs(1);

/// How long logging the end of a service may take. Flushing the event log and the captured output is limited to two
/// seconds each, but a subscriber of the program may hang. The thread that watches the deadlines logs nothing itself,
/// and ends the service after this time.
pub(super) const TELLING: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug)]
pub(super) enum Phase {
    Starting(Pending),
    Running,
    Pausing(Pending),
    Paused,
    Continuing(Pending),
    Stopping(Pending),
    Decided(Decision),
    Stopped(Exit, Ending),
}

/// The end of the service, decided and not yet reported. The host logs it first, because the process may end right
/// after the report. Later events do not change it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decision {
    /// The status that the SCM has.
    pub(super) reported: Status,
    pub(super) exit: Exit,
    pub(super) ending: Ending,
    /// When the next [`Event::Tick`](super::Event::Tick) ends the service even if the end has not been logged.
    pub(super) until: Duration,
}

/// How the service ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Nothing of the program is left.
    Finished,
    /// The process is killed after STOPPED is reported.
    Killed,
    /// The process is killed without a report, as by a crash.
    Crashed,
}

impl Phase {
    pub(super) fn pending(&mut self) -> Option<&mut Pending> {
        match self {
            Self::Starting(pending)
            | Self::Pausing(pending)
            | Self::Continuing(pending)
            | Self::Stopping(pending) => Some(pending),
            Self::Running | Self::Paused | Self::Decided(_) | Self::Stopped(..) => None,
        }
    }

    /// Whether the program has become ready and was not told to stop.
    pub(super) fn is_serving(self) -> bool {
        matches!(
            self,
            Self::Running | Self::Pausing(_) | Self::Paused | Self::Continuing(_)
        )
    }
}

/// The data of a pending state: its begin, its deadline, and its checkpoint.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pending {
    pub(super) since: Duration,
    pub(super) until: Duration,
    pub(super) checkpoint: u32,
}

impl Pending {
    pub(super) fn new(since: Duration, timeout: Duration) -> Self {
        Self {
            since,
            until: since.saturating_add(timeout),
            checkpoint: 1,
        }
    }

    /// The status at `now`. The wait hint counts from the beginning of the state and grows with it, so that both common
    /// interpretations hold: "until the next report" and "for the whole state". It never exceeds the timeout.
    pub(super) fn status(self, state: State, accepts: Accepts, renewal: Renewal, now: Duration) -> Status {
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
            accepts,
        }
    }
}
