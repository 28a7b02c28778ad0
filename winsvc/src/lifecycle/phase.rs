//! Where a service is in its life, with what belongs to each state.

use std::time::Duration;

use super::terms::Renewal;
use crate::status::{Accepts, Exit, State, Status};

/// How far ahead a program promises its next sign of progress.
///
/// The SCM's clients hold a checkpoint that has not grown for 30 s to be hung, whatever the hint was.
const HINT_STEP: Duration = Duration::from_secs(20);

/// The least hint: "a real hint" is asked for even where the end is due at once.
const LEAST_HINT: Duration = Duration::from_secs(1);

/// How long the events about an end may take to be written: the event log and what was printed last are waited for no longer than two
/// seconds each, but a subscriber of the program's may hang. The thread that watches the deadlines writes no event itself, and ends the
/// service when this is over.
pub(super) const TELLING: Duration = Duration::from_secs(5);

/// The state, and what is known of it.
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

/// How the service ends, decided and not yet reported: the host tells of it first, because the process may be gone right
/// after the report. Nothing that happens meanwhile changes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decision {
    /// The status that the SCM has.
    pub(super) reported: Status,
    pub(super) exit: Exit,
    pub(super) ending: Ending,
    /// When the next [`Event::Tick`](super::Event::Tick) ends the service even if it has not been told yet.
    pub(super) until: Duration,
}

/// What ends the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Nothing of the program is left.
    Finished,
    /// The process is killed, after STOPPED.
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

    /// Whether the program has become ready, and was not told to stop.
    pub(super) fn is_serving(self) -> bool {
        matches!(
            self,
            Self::Running | Self::Pausing(_) | Self::Paused | Self::Continuing(_)
        )
    }
}

/// A pending state: since when, until when at the latest, and how often progress was seen.
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

    /// The status at `now`. The hint is counted from the beginning of the state and grows with it, so that both readings
    /// in the field are right: "until the next report" and "for the whole state". It never reaches past the timeout.
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
