//! What a service under test has reported.

use std::time::Duration;

use crate::status::{State, Status};

/// One report to the SCM: what `SetServiceStatus` was called with.
///
/// ```
/// # use std::time::Duration;
/// # use winsvc::testing::{Request, Refused, Scm, State};
/// # use winsvc::{Service, Starting};
/// let service = Scm::new("acme-agent").start(async |service: Service| service.stop_requested().await);
/// service.wait_for(State::Running);
/// let report = service.status();
/// assert_eq!((report.state, report.checkpoint), (State::Running, 0));
/// assert_eq!(report.accepts, 0x1 | 0x4, "SERVICE_ACCEPT_STOP and SERVICE_ACCEPT_SHUTDOWN");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatusReport {
    /// When, by the test's clock.
    pub at: Duration,
    /// `dwCurrentState`
    pub state: State,
    /// `dwControlsAccepted`: the bits `SERVICE_ACCEPT_*`.
    pub accepts: u32,
    /// `dwCheckPoint`
    pub checkpoint: u32,
    /// `dwWaitHint`
    pub wait_hint: Duration,
    /// `dwWin32ExitCode`
    pub exit_code: u32,
    /// `dwServiceSpecificExitCode`
    pub service_code: u32,
}

impl StatusReport {
    pub(super) fn of(status: &Status, at: Duration) -> Self {
        Self {
            at,
            state: status.state,
            accepts: status.accepts.bits(),
            checkpoint: status.checkpoint,
            wait_hint: status.wait_hint,
            exit_code: status.exit.win32_exit_code(),
            service_code: status.exit.service_specific_exit_code(),
        }
    }
}
