//! The parameters of a service's life.

use std::time::Duration;

/// The parameters of a service's life: the timeouts of the definition, and the form of `main`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// The time from `START_PENDING` until the program must be ready.
    pub(crate) start_timeout: Duration,
    /// The time from the stop until the program must have ended. It also limits a pause and a continue.
    pub(crate) stop_timeout: Duration,
    /// The time that Windows grants at shutdown, if known.
    pub(crate) shutdown_limit: Option<Duration>,
    /// The time for a preshutdown; `None` if the service does not accept it.
    pub(crate) preshutdown_timeout: Option<Duration>,
    /// The maximum time between two signs of life.
    pub(crate) watchdog: Option<Duration>,
    pub(crate) form: MainForm,
}

/// The properties that follow from the form of the author's `main`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MainForm {
    /// What an elapsed start timeout means.
    pub(crate) late_start: LateStart,
    /// How the program ends after a stop.
    pub(crate) drain: Drain,
    /// The source of progress in pending states.
    pub(crate) renewal: Renewal,
}

/// What it means if the start timeout elapses before the program has reported ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LateStart {
    /// The program never reports ready, so it is assumed to be: RUNNING, with a warning.
    Runs,
    /// The program must report ready: the start failed.
    Fails,
}

/// How the program ends after a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drain {
    /// The program ends itself, within the stop timeout.
    Program,
    /// The program cannot receive a stop, so the process is ended at once, without an error.
    Nobody,
}

/// The source of progress in pending states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Renewal {
    /// A task on the program's async runtime, which makes progress as long as the runtime does.
    #[cfg_attr(not(feature = "tokio"), allow(dead_code, reason = "no runtime, no task"))]
    Runtime,
    /// None: without a reliable sign of progress, one wait hint covers the whole timeout.
    Nobody,
}
