//! An event that a service under test logged.

use std::fmt;

use winsvc_definition::events::Severity;

/// An event as it would be in the Windows event log.
///
/// It is displayed as one line, and compares equal to it: `error 30: The service failed: no disk`.
///
/// ```
/// # use std::time::Duration;
/// # use winsvc::testing::{Request, Refused, Scm, State};
/// # use winsvc::{Service, Starting};
/// let service = Scm::new("acme-agent").start(|_: Starting| Err::<(), _>("no disk"));
/// assert_eq!(service.end().events[0], "error 30: The service failed: no disk");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoggedEvent {
    /// The number that administrators filter and alert by.
    pub number: u16,
    /// The severity.
    pub severity: Severity,
    /// The text, as Event Viewer shows it.
    pub text: String,
}

impl fmt::Display for LoggedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.severity.as_str(), self.number, self.text)
    }
}

impl PartialEq<&str> for LoggedEvent {
    fn eq(&self, line: &&str) -> bool {
        let told = self.to_string();
        told == *line
    }
}
