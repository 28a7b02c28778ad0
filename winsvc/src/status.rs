//! The status of a service, in the SCM's own terms: the fields of `SERVICE_STATUS` and their values.
//!
//! Facts: <https://learn.microsoft.com/windows/win32/api/winsvc/ns-winsvc-service_status>.
#![cfg_attr(not(windows), allow(dead_code, reason = "only the SCM wants the codes"))]

use std::fmt;
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
    /// `dwControlsAccepted`: the controls that the SCM may send.
    pub(crate) accepts: Accepts,
}

impl Status {
    /// The status of a state that lasts: no checkpoint, no hint.
    pub(crate) const fn settled(state: State, exit: Exit, accepts: Accepts) -> Self {
        Self {
            state,
            exit,
            checkpoint: 0,
            wait_hint: Duration::ZERO,
            accepts,
        }
    }

    /// `dwWaitHint` in its unit, milliseconds.
    pub(crate) fn wait_hint_milliseconds(&self) -> u32 {
        u32::try_from(self.wait_hint.as_millis()).unwrap_or(u32::MAX)
    }
}

/// Where a service is in its life, as the service control manager (SCM) knows it.
///
/// ```
/// # use std::time::Duration;
/// # use winsvc::testing::{Request, Refused, Scm, State};
/// # use winsvc::{Service, Starting};
/// let service = Scm::new("acme-agent").start(async |service: Service| service.stop_requested().await);
/// service.wait_for(State::Running);
/// assert_eq!(service.status().state, State::Running);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "Windows has these states and no others")]
pub enum State {
    /// It starts (`SERVICE_START_PENDING`).
    StartPending,
    /// It serves (`SERVICE_RUNNING`).
    Running,
    /// It is about to pause (`SERVICE_PAUSE_PENDING`).
    PausePending,
    /// It is there and does not serve (`SERVICE_PAUSED`).
    Paused,
    /// It is about to serve again (`SERVICE_CONTINUE_PENDING`).
    ContinuePending,
    /// It finishes what is under way (`SERVICE_STOP_PENDING`).
    StopPending,
    /// It is over (`SERVICE_STOPPED`); nothing is reported after this.
    Stopped,
}

impl State {
    /// `dwCurrentState`: the SCM's number of the state.
    pub(crate) const fn code(self) -> u32 {
        match self {
            Self::Stopped => 1,         // SERVICE_STOPPED
            Self::StartPending => 2,    // SERVICE_START_PENDING
            Self::StopPending => 3,     // SERVICE_STOP_PENDING
            Self::Running => 4,         // SERVICE_RUNNING
            Self::ContinuePending => 5, // SERVICE_CONTINUE_PENDING
            Self::PausePending => 6,    // SERVICE_PAUSE_PENDING
            Self::Paused => 7,          // SERVICE_PAUSED
        }
    }

    /// A word for it, as `service status` has it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::StartPending => "starting",
            Self::Running => "running",
            Self::PausePending => "pausing",
            Self::Paused => "paused",
            Self::ContinuePending => "continuing",
            Self::StopPending => "stopping",
            Self::Stopped => "stopped",
        }
    }

    /// Whether the state is on the way to another one, and has to be renewed.
    pub(crate) const fn is_pending(self) -> bool {
        matches!(
            self,
            Self::StartPending | Self::PausePending | Self::ContinuePending | Self::StopPending
        )
    }

    /// Whether the service is to end, or has.
    pub(crate) const fn is_ending(self) -> bool {
        matches!(self, Self::StopPending | Self::Stopped)
    }
}

/// A word for people: `starting`, `running`, `pausing`, `paused`, `continuing`, `stopping`, `stopped`.
impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// `dwControlsAccepted`: a set of controls that the SCM may send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Accepts(u32);

impl Accepts {
    pub(crate) const NONE: Self = Self(0);
    /// `SERVICE_ACCEPT_STOP`
    pub(crate) const STOP: Self = Self(0x1);
    /// `SERVICE_ACCEPT_PAUSE_CONTINUE`
    pub(crate) const PAUSE_CONTINUE: Self = Self(0x2);
    /// `SERVICE_ACCEPT_SHUTDOWN`
    pub(crate) const SHUTDOWN: Self = Self(0x4);
    /// `SERVICE_ACCEPT_PARAMCHANGE`
    pub(crate) const PARAM_CHANGE: Self = Self(0x8);
    /// `SERVICE_ACCEPT_POWEREVENT`
    pub(crate) const POWER: Self = Self(0x40);
    /// `SERVICE_ACCEPT_SESSIONCHANGE`
    pub(crate) const SESSION_CHANGE: Self = Self(0x80);
    /// `SERVICE_ACCEPT_PRESHUTDOWN`
    pub(crate) const PRESHUTDOWN: Self = Self(0x100);
    /// `SERVICE_ACCEPT_TIMECHANGE`
    pub(crate) const TIME_CHANGE: Self = Self(0x200);
    /// `SERVICE_ACCEPT_TRIGGEREVENT`
    pub(crate) const TRIGGER: Self = Self(0x400);

    /// What the SCM is told.
    pub(crate) const fn bits(self) -> u32 {
        self.0
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether all of `other` is in it.
    pub(crate) const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
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
    /// By force and without a report, as by a crash: it had not said for too long that it is alive.
    Watchdog,
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
            Self::StopTimeout | Self::Watchdog => 1460, // ERROR_TIMEOUT
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
            Self::Win32(_) | Self::StartTimeout | Self::StopTimeout | Self::Watchdog => 1,
            Self::Panic => 101,
        }
    }
}
