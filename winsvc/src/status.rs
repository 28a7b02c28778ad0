//! The status of a service, in the SCM's own terms: the fields of `SERVICE_STATUS` and their values.
//!
//! Facts: <https://learn.microsoft.com/windows/win32/api/winsvc/ns-winsvc-service_status>.
#![cfg_attr(not(windows), allow(dead_code, reason = "only the SCM wants the codes"))]

use std::time::Duration;

/// One report to the SCM: what `SetServiceStatus` is called with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Status {
    /// `dwCurrentState`
    pub(crate) state: State,
    /// `dwWin32ExitCode` and `dwServiceSpecificExitCode`; [`Exit::Clean`] in every state but STOPPED.
    pub(crate) exit: Exit,
    /// `dwCheckPoint`: grows with each step of progress in a pending state, 0 elsewhere.
    pub(crate) checkpoint: u32,
    /// `dwWaitHint`: by when the next report is due in a pending state, 0 elsewhere. Whole milliseconds count.
    pub(crate) wait_hint: Duration,
}

impl Status {
    /// The status of a state that lasts: no checkpoint, no hint.
    pub(crate) const fn settled(state: State, exit: Exit) -> Self {
        Self {
            state,
            exit,
            checkpoint: 0,
            wait_hint: Duration::ZERO,
        }
    }

    /// `dwWaitHint` in its unit, milliseconds.
    pub(crate) fn wait_hint_milliseconds(&self) -> u32 {
        u32::try_from(self.wait_hint.as_millis()).unwrap_or(u32::MAX)
    }
}

/// `dwCurrentState`: where a service is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    /// The service starts.
    StartPending,
    /// The service serves.
    Running,
    /// The service finishes what is under way.
    StopPending,
    /// The service is over; nothing may be reported after this.
    Stopped,
}

impl State {
    /// The SCM's number of the state.
    pub(crate) const fn code(self) -> u32 {
        match self {
            Self::Stopped => 1,      // SERVICE_STOPPED
            Self::StartPending => 2, // SERVICE_START_PENDING
            Self::StopPending => 3,  // SERVICE_STOP_PENDING
            Self::Running => 4,      // SERVICE_RUNNING
        }
    }

    /// `dwControlsAccepted`: the controls that the SCM may send in this state.
    ///
    /// A pending state accepts none: "do not accept controls while in `START_PENDING`, or the service can crash".
    pub(crate) const fn controls_accepted(self) -> u32 {
        const ACCEPT_STOP: u32 = 0x1; // SERVICE_ACCEPT_STOP
        const ACCEPT_SHUTDOWN: u32 = 0x4; // SERVICE_ACCEPT_SHUTDOWN
        match self {
            Self::Running => ACCEPT_STOP | ACCEPT_SHUTDOWN,
            Self::StartPending | Self::StopPending | Self::Stopped => 0,
        }
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// As it should.
    Clean,
    /// With an error that Windows has a code for; never 0.
    Win32(u32),
    /// With an error of the service's own; never 0.
    ServiceSpecific(u32),
    /// With a panic of `main`.
    Panic,
    /// By force: it was not ready within the start timeout.
    StartTimeout,
    /// By force: it had not ended within the stop timeout.
    StopTimeout,
}

impl Exit {
    /// The end by an error that has no code.
    pub(crate) const ERROR: Self = Self::ServiceSpecific(1);

    /// `dwWin32ExitCode`
    pub(crate) const fn win32_exit_code(self) -> u32 {
        match self {
            Self::Clean => 0, // NO_ERROR
            Self::Win32(code) => code,
            Self::ServiceSpecific(_) => 1066, // ERROR_SERVICE_SPECIFIC_ERROR
            Self::Panic => 1064,              // ERROR_EXCEPTION_IN_SERVICE
            Self::StartTimeout => 1053,       // ERROR_SERVICE_REQUEST_TIMEOUT
            Self::StopTimeout => 1460,        // ERROR_TIMEOUT
        }
    }

    /// `dwServiceSpecificExitCode`: looked at only beside `ERROR_SERVICE_SPECIFIC_ERROR`.
    pub(crate) const fn service_specific_exit_code(self) -> u32 {
        match self {
            Self::ServiceSpecific(code) => code,
            _ => 0,
        }
    }

    /// The exit code of the process, as a shell shows it: what `main` of an ordinary program would give.
    pub(crate) fn process_exit_code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::ServiceSpecific(code) => u8::try_from(code).unwrap_or(u8::MAX),
            Self::Win32(_) | Self::StartTimeout | Self::StopTimeout => 1,
            Self::Panic => 101,
        }
    }
}
