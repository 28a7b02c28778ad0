//! Controls: what a service is asked from outside, and what it answers.
//!
//! The codes are the SCM's (`HandlerEx`'s `dwControl`); the terminal host speaks of a Ctrl-C as the same
//! [`Control::Stop`], so that a program stops in one way wherever it runs.
//!
//! Facts: <https://learn.microsoft.com/windows/win32/api/winsvc/nc-winsvc-lphandler_function_ex>.
#![cfg_attr(not(windows), allow(dead_code, reason = "only the SCM wants the codes"))]

/// What the host was asked to do with the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Control {
    /// End, after what is under way has been finished.
    Stop(StopReason),
    /// Say that you are there. The SCM knows the status already and wants no report.
    Interrogate,
    /// A control that the program has not asked for.
    Unhandled,
}

impl Control {
    /// `SERVICE_CONTROL_STOP`
    pub(crate) const STOP: u32 = 1;
    /// `SERVICE_CONTROL_INTERROGATE`
    pub(crate) const INTERROGATE: u32 = 4;
    /// `SERVICE_CONTROL_SHUTDOWN`
    pub(crate) const SHUTDOWN: u32 = 5;

    /// The control that `HandlerEx` was called with.
    pub(crate) fn from_code(code: u32) -> Self {
        match code {
            Self::STOP => Self::Stop(StopReason::Stop),
            Self::SHUTDOWN => Self::Stop(StopReason::Shutdown),
            Self::INTERROGATE => Self::Interrogate,
            _ => Self::Unhandled,
        }
    }
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

/// Why a service is stopping.
///
/// ```no_run
/// #[winsvc::main]
/// async fn main(service: winsvc::Service) {
///     service.stopped().await;
///     if service.stop_reason() == Some(winsvc::StopReason::Shutdown) {
///         // Windows gives little time now: leave out what can wait for the next start.
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StopReason {
    /// Somebody asked the SCM to stop the service: `sc stop`, the Services snap-in, an installer.
    Stop,
    /// The machine shuts down. Other services are going away at the same time, in no order.
    Shutdown,
    /// Ctrl-C or Ctrl-Break in a terminal, or SIGINT.
    Interrupt,
    /// SIGTERM: an init system, a container runtime or `kill` wants the program to end.
    Terminate,
    /// The console window was closed, or its user logs off. Windows ends the process five seconds later.
    Close,
    /// `main` has returned. Other tasks and threads see the stop as well, so that they can end.
    Finished,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_no_one_asked_for_is_unhandled() {
        assert_eq!(Control::from_code(1), Control::Stop(StopReason::Stop));
        assert_eq!(Control::from_code(5), Control::Stop(StopReason::Shutdown));
        assert_eq!(Control::from_code(4), Control::Interrogate);
        for code in [0, 2, 3, 6, 13, 14, 15, 128, 255, u32::MAX] {
            assert_eq!(Control::from_code(code), Control::Unhandled);
        }
    }
}
