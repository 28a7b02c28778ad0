//! The status of a service: the fields of `SERVICE_STATUS` and their values.
//!
//! Reference: <https://learn.microsoft.com/windows/win32/api/winsvc/ns-winsvc-service_status>.
#![cfg_attr(not(windows), allow(dead_code, reason = "only the SCM wants the codes"))]

use std::fmt;
use std::time::Duration;

/// One status report: the parameters of `SetServiceStatus`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Status {
    /// `dwCurrentState`
    pub(crate) state: State,
    /// `dwWin32ExitCode` and `dwServiceSpecificExitCode`; [`Exit::Clean`] in every state except STOPPED.
    pub(crate) exit: Exit,
    /// `dwCheckPoint`: grows with each step of progress in a pending state, 0 elsewhere.
    pub(crate) checkpoint: u32,
    /// `dwWaitHint`: the time until the next report in a pending state, 0 elsewhere. Reported in whole milliseconds.
    pub(crate) wait_hint: Duration,
    /// `dwControlsAccepted`: the controls that the SCM may send.
    pub(crate) accepts: Accepts,
}

impl Status {
    /// A status that is not pending: no checkpoint, no wait hint.
    pub(crate) const fn settled(state: State, exit: Exit, accepts: Accepts) -> Self {
        Self {
            state,
            exit,
            checkpoint: 0,
            wait_hint: Duration::ZERO,
            accepts,
        }
    }

    /// `dwWaitHint` in milliseconds.
    pub(crate) fn wait_hint_milliseconds(&self) -> u32 {
        u32::try_from(self.wait_hint.as_millis()).unwrap_or(u32::MAX)
    }
}

/// The state of a service, as the service control manager (SCM) defines it.
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
    /// The service is starting (`SERVICE_START_PENDING`).
    StartPending,
    /// The service is running (`SERVICE_RUNNING`).
    Running,
    /// The service is pausing (`SERVICE_PAUSE_PENDING`).
    PausePending,
    /// The service is paused (`SERVICE_PAUSED`).
    Paused,
    /// The service is continuing after a pause (`SERVICE_CONTINUE_PENDING`).
    ContinuePending,
    /// The service is stopping: it finishes its work (`SERVICE_STOP_PENDING`).
    StopPending,
    /// The service has stopped (`SERVICE_STOPPED`); nothing is reported after this.
    Stopped,
}

impl State {
    /// `dwCurrentState`: the SCM's number for the state.
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

    /// The name of the state in `service status`.
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

    /// Whether the state is a transition to another one, which must be renewed.
    pub(crate) const fn is_pending(self) -> bool {
        matches!(
            self,
            Self::StartPending | Self::PausePending | Self::ContinuePending | Self::StopPending
        )
    }

    /// Whether the service is stopping or has stopped.
    pub(crate) const fn is_ending(self) -> bool {
        matches!(self, Self::StopPending | Self::Stopped)
    }
}

/// The name of the state: `starting`, `running`, `pausing`, `paused`, `continuing`, `stopping`, `stopped`.
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

    /// The bits for the SCM.
    pub(crate) const fn bits(self) -> u32 {
        self.0
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether all of `other` is contained.
    pub(crate) const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// The result of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Success.
    Clean,
    /// An error with a code of Windows; never 0.
    Win32(u32),
    /// An error of the service itself; never 0.
    ServiceSpecific(u32),
    /// A panic of `main`.
    Panic,
    /// Killed: not ready within the start timeout.
    StartTimeout,
    /// Killed: not ended within the stop timeout.
    StopTimeout,
    /// Killed without a report, like a crash: no sign of life within the watchdog timeout.
    Watchdog,
}

impl Exit {
    /// An error without a code.
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

    /// `dwServiceSpecificExitCode`: read only with `ERROR_SERVICE_SPECIFIC_ERROR`.
    pub(crate) const fn service_specific_exit_code(self) -> u32 {
        match self {
            Self::ServiceSpecific(code) => code,
            _ => 0,
        }
    }

    /// The exit code of the process for a shell: the same as for the `main` of an ordinary program.
    pub(crate) fn process_exit_code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::ServiceSpecific(code) => u8::try_from(code).unwrap_or(u8::MAX),
            Self::Win32(_) | Self::StartTimeout | Self::StopTimeout | Self::Watchdog => 1,
            Self::Panic => 101,
        }
    }
}
