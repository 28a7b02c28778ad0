//! The controls as the lifecycle sees them, and the answers to them.
//!
//! The codes are the SCM's (`HandlerEx`'s `dwControl`); the terminal host speaks of a Ctrl-C as the same
//! [`Request::Stop`], so that a program stops in one way wherever it runs.
//!
//! Facts: <https://learn.microsoft.com/windows/win32/api/winsvc/nc-winsvc-lphandler_function_ex>.
#![cfg_attr(not(windows), allow(dead_code, reason = "only the SCM wants the codes"))]

use crate::status::Accepts;

/// A control without its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// End, after what is under way has been finished.
    Stop(StopReason),
    /// Stop serving, and stay.
    Pause,
    /// Serve again.
    Continue,
    /// Say that you are there. The SCM knows the status already and wants no report.
    Interrogate,
    /// Something for the program, which has asked for it.
    Event,
    /// A control that the program has not asked for.
    Unhandled,
}

impl Request {
    /// What has to be accepted for this to be taken; `None` for what nobody accepts or refuses by a bit.
    pub(crate) const fn accepted_by(self) -> Accepts {
        match self {
            Self::Stop(StopReason::Shutdown) => Accepts::SHUTDOWN,
            Self::Stop(StopReason::Preshutdown) => Accepts::PRESHUTDOWN,
            Self::Stop(_) => Accepts::STOP,
            Self::Pause | Self::Continue => Accepts::PAUSE_CONTINUE,
            Self::Interrogate | Self::Event | Self::Unhandled => Accepts::NONE,
        }
    }
}

/// `SERVICE_CONTROL_*`: the codes of the controls.
pub(crate) mod code {
    pub(crate) const STOP: u32 = 1;
    pub(crate) const PAUSE: u32 = 2;
    pub(crate) const CONTINUE: u32 = 3;
    pub(crate) const INTERROGATE: u32 = 4;
    pub(crate) const SHUTDOWN: u32 = 5;
    pub(crate) const PARAM_CHANGE: u32 = 6;
    pub(crate) const DEVICE_EVENT: u32 = 0xB;
    pub(crate) const POWER_EVENT: u32 = 0xD;
    pub(crate) const SESSION_CHANGE: u32 = 0xE;
    pub(crate) const PRESHUTDOWN: u32 = 0xF;
    pub(crate) const TIME_CHANGE: u32 = 0x10;
    pub(crate) const TRIGGER_EVENT: u32 = 0x20;
}

/// What `HandlerEx` returns for a control.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The control was taken.
    #[default]
    NoError,
    /// The control is not one that this service handles.
    CallNotImplemented,
    /// The control cannot be taken in the present state.
    CannotAcceptControl,
}

impl Answer {
    /// The Win32 code of the answer.
    pub(crate) const fn code(self) -> u32 {
        match self {
            Self::NoError => 0,                // NO_ERROR
            Self::CallNotImplemented => 120,   // ERROR_CALL_NOT_IMPLEMENTED
            Self::CannotAcceptControl => 1061, // ERROR_SERVICE_CANNOT_ACCEPT_CTRL
        }
    }
}

/// The reason of a stop.
///
/// ```no_run
/// #[winsvc::main]
/// async fn main(service: winsvc::Service) {
///     service.stop_requested().await;
///     if service.stop_reason() == Some(winsvc::StopReason::Shutdown) {
///         // Windows gives little time now: leave out what can wait for the next start.
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StopReason {
    /// A program requested the stop from the SCM: `sc stop`, the Services snap-in, an installer.
    Stop,
    /// The machine shuts down. Other services are going away at the same time, in no order.
    Shutdown,
    /// The machine is about to shut down, and waits for this service up to its `preshutdown-timeout`. Other
    /// services are still running. Only a service with that key in its definition gets this.
    Preshutdown,
    /// Ctrl-C or Ctrl-Break in a terminal, or SIGINT.
    Interrupt,
    /// SIGTERM: an init system, a container runtime or `kill` requests the end of the program.
    Terminate,
    /// The console window was closed, or its user logs off. Windows ends the process five seconds later.
    Close,
    /// `main` has returned. Other tasks and threads receive the stop too, so that they can end.
    Finished,
}

impl StopReason {
    /// Whether the SCM has asked for the stop, and waits for its end.
    pub(crate) const fn is_asked_by_scm(self) -> bool {
        matches!(self, Self::Stop | Self::Shutdown | Self::Preshutdown)
    }
}
