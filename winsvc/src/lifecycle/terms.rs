//! What a life is subject to.

use std::time::Duration;

/// What a life is subject to: the definition's timeouts, and the form of the program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// From `START_PENDING` until the program must be ready.
    pub(crate) start_timeout: Duration,
    /// From the stop until the program must have ended. A pause and a continuation have as long.
    pub(crate) stop_timeout: Duration,
    /// What Windows grants at shutdown, where that is known.
    pub(crate) shutdown_limit: Option<Duration>,
    /// What the service has after a preshutdown; none if it takes none.
    pub(crate) preshutdown_timeout: Option<Duration>,
    /// How long the program may go without a sign of life.
    pub(crate) watchdog: Option<Duration>,
    /// What the program's own form says.
    pub(crate) form: MainForm,
}

/// What follows from the form of the author's `main`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MainForm {
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
