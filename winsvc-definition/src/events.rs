//! The messages of the event log.
//!
//! The runtime reports each event with its whole text as the only string. The event source names Windows' own
//! [`MESSAGE_FILE`], in which every message from 1 to 1000 is `%1`: Event Viewer shows the text, and the Event Log service
//! never maps a file of the package, which would block upgrades.
//!
//! Administrators filter and alert by event numbers, so a number never changes its meaning: 1 to 9 are the program's own
//! events, 10 to 19 are information, 20 to 29 are warnings, 30 to 39 are errors. 40 to 69 are those of a host
//! (`winsvc-host`) about its program: 40 to 49 information, 50 to 59 warnings, 60 to 69 errors. 70 to 99 are those of the
//! updater: 70 to 79 information, 80 to 89 warnings, 90 to 99 errors.

/// How serious an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Normal operation.
    Information,
    /// A problem that the service survives.
    Warning,
    /// A failure.
    Error,
}

impl Severity {
    /// Its name: `information`, `warning` or `error`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Information => "information",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// The event type of this severity: `wType` of `ReportEvent`.
    pub const fn event_type(self) -> u16 {
        match self {
            Self::Error => 0x1,       // EVENTLOG_ERROR_TYPE
            Self::Warning => 0x2,     // EVENTLOG_WARNING_TYPE
            Self::Information => 0x4, // EVENTLOG_INFORMATION_TYPE
        }
    }
}

/// The message file of every event source that winsvc registers, as a `REG_EXPAND_SZ`.
///
/// It is part of Windows, and no upgrade replaces it. The Event Log service keeps message files mapped: with the service's
/// own exe as message file, an upgrade is blocked, or restarts the Event Log service together with DHCP and DNS.
pub const MESSAGE_FILE: &str = r"%SystemRoot%\System32\EventCreate.exe";

/// The highest event number for which [`MESSAGE_FILE`] has a text; the lowest is 1.
const HIGHEST_NUMBER: u16 = 1000;

/// An event that the runtime can report.
///
/// ```
/// use winsvc_definition::events::{FAILED, Severity};
///
/// assert_eq!((FAILED.number, FAILED.severity), (30, Severity::Error));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// The event ID that Event Viewer shows: `dwEventID` of `ReportEvent`, without severity bits, like the messages in
    /// [`MESSAGE_FILE`].
    pub number: u16,
    /// The severity.
    pub severity: Severity,
    /// The text. `%1` is the first insertion string, `%2` the second and so on; `%n` is a line break.
    pub text: &'static str,
}

impl Message {
    const fn new(number: u16, severity: Severity, text: &'static str) -> Self {
        assert!(
            number >= 1 && number <= HIGHEST_NUMBER,
            "the message file has no text for this number"
        );
        Self {
            number,
            severity,
            text,
        }
    }

    const fn information(number: u16, text: &'static str) -> Self {
        Self::new(number, Severity::Information, text)
    }

    const fn warning(number: u16, text: &'static str) -> Self {
        Self::new(number, Severity::Warning, text)
    }

    const fn error(number: u16, text: &'static str) -> Self {
        Self::new(number, Severity::Error, text)
    }
}

/// An information event of the program. %1: its text.
pub const INFORMATION: Message = Message::information(1, "%1");
/// A warning of the program. %1: its text.
pub const WARNING: Message = Message::warning(2, "%1");
/// An error of the program. %1: its text.
pub const ERROR: Message = Message::error(3, "%1");

/// The service is ready. %1: its version.
pub const RUNNING: Message = Message::information(10, "The service is running. Version: %1");
/// The service has stopped without a failure. %1: the reason.
pub const STOPPED: Message = Message::information(11, "The service has stopped. Reason: %1");
/// The program reported progress. %1: its text.
pub const PROGRESS: Message = Message::information(12, "%1");

/// The start timeout elapsed before the service was ready, which this form of `main` allows. %1: the timeout.
pub const TAKEN_TO_BE_READY: Message = Message::warning(
    20,
    "The service did not report ready within its start timeout of %1; assuming that it is running. \
     Call `service.ready()` as soon as it is ready, or wait for the stop in `main` itself; a wait in a spawned task or \
     thread does not count",
);
/// Tasks or threads outlived `main`. %1: the stop timeout, %2: diagnostics of the program.
pub const LEFT_BEHIND: Message = Message::warning(
    21,
    "Tasks or threads of the service did not end within %1 after `main` returned and are killed; %2",
);
/// The event rate limit dropped events. %1: how many of which number.
pub const LEFT_OUT: Message = Message::warning(22, "Event rate limit reached; dropped events: %1");
/// The working directory could not be set. %1: the reason.
pub const FOLDER_NOT_ENTERED: Message = Message::warning(
    23,
    "Cannot change to the folder of the service's exe; the working directory is the system folder: %1",
);
/// The log files cannot be written. %1: the reason.
pub const NO_LOG_FILE: Message = Message::warning(
    24,
    "Cannot write the service's log file; retrying every minute: %1",
);
/// The service did not pause in time. %1: the stop timeout, %2: diagnostics of the program.
pub const PAUSE_TIMEOUT: Message = Message::warning(
    25,
    "The service did not pause within %1; assuming that it is running; %2",
);
/// The service did not continue in time. %1: the stop timeout, %2: diagnostics of the program.
pub const CONTINUE_TIMEOUT: Message = Message::warning(
    26,
    "The service did not continue within %1; assuming that it is paused; %2",
);
/// The program refused a control. %1: which control, %2: the reason.
pub const REFUSED: Message = Message::warning(27, "The service refused %1: %2");
/// The program's registration for notifications failed. %1: which notifications, %2: the reason.
pub const NOT_REGISTERED: Message = Message::warning(28, "Cannot register for %1: %2");
/// Windows waits less before a shutdown than the exe was built for. %1: the registered timeout, %2: the built one.
pub const SHORT_PRESHUTDOWN: Message = Message::warning(
    29,
    "The registered preshutdown timeout of %1 is shorter than the %2 that the program was built with; using the shorter one",
);

/// `main` returned an error. %1: the error and its sources.
pub const FAILED: Message = Message::error(30, "The service failed: %1");
/// A thread panicked; if it is the thread of `main`, the service ends. %1: the message, %2: the thread, %3: the location,
/// %4: the backtrace if it is enabled.
pub const PANICKED: Message = Message::error(
    31,
    "A thread of the service panicked: %1%n%nThread: %2%nLocation: %3%n%4",
);
/// The start timeout elapsed. %1: the timeout, %2: diagnostics of the program.
pub const START_TIMEOUT: Message = Message::error(
    32,
    "The service was not ready within its start timeout of %1 and the start failed; %2",
);
/// The stop timeout elapsed. %1: the timeout, %2: diagnostics of the program.
pub const STOP_TIMEOUT: Message = Message::error(
    33,
    "The service did not end within its stop timeout of %1 and is killed; %2",
);
/// `main` returned an exit code that is a failure. %1: the code.
pub const EXIT_CODE: Message = Message::error(34, "The service failed with exit code %1");
/// The process cannot connect to the SCM. %1: the reason.
pub const NOT_CONNECTED: Message = Message::error(35, "Cannot connect to the service control manager: %1");
/// The time that Windows allows at a shutdown elapsed. %1: diagnostics of the program.
pub const SHUTDOWN_TIMEOUT: Message = Message::error(
    36,
    "The service did not end within the time that Windows allows at a shutdown and is killed; %1",
);
/// The preshutdown timeout elapsed. %1: the timeout, %2: diagnostics of the program.
pub const PRESHUTDOWN_TIMEOUT: Message = Message::error(
    37,
    "The service did not end within its preshutdown timeout of %1 and is killed; %2",
);
/// The watchdog timeout elapsed without a call of `alive`. %1: the timeout, %2: diagnostics of the program.
pub const WATCHDOG: Message = Message::error(38, "The service did not call `alive` for %1 and is killed; %2");
/// The program ended its process before `main` returned. %1: the exit code.
pub const EXITED: Message = Message::error(
    39,
    "The program ended its process with exit code %1 before its `main` returned",
);

/// A host has started its program. %1: the program, %2: the process id.
pub const PROGRAM_STARTED: Message = Message::information(40, "The program has started: %1, process %2");
/// The program has ended, and that is no failure. %1: how it ended.
pub const PROGRAM_ENDED: Message = Message::information(41, "The program %1; the service stops");
/// The program has ended and is started again. %1: how it ended, %2: after which time, %3: the number of the restart,
/// %4: the delay.
pub const PROGRAM_RESTARTS: Message = Message::warning(
    50,
    "The program %1 after running for %2; restart %3 follows in %4",
);
/// The program does not serve any more. %1: how many checks have failed, %2: the last error.
pub const PROGRAM_UNHEALTHY: Message = Message::warning(
    51,
    "The program failed %1 health checks in a row and is stopped: %2",
);
/// The program was started again and is not ready in time. %1: the timeout, %2: what it lacks.
pub const PROGRAM_NOT_READY: Message =
    Message::warning(52, "The program was not ready within %1 and is stopped: %2");
/// A hook has failed. %1: its event, %2: the reason.
pub const HOOK_FAILED: Message = Message::warning(53, "The hook of %1 failed: %2");
/// The program or some of its processes had to be killed. %1: the reason.
pub const PROGRAM_KILLED: Message = Message::warning(54, "The program was killed: %1");
/// Output of the program cannot be read. %1: the reason.
pub const OUTPUT_LOST: Message = Message::warning(55, "Cannot read the output of the program: %1");
/// The program has failed too often. %1: the number of restarts in a row, %2: how it ended.
pub const PROGRAM_GIVEN_UP: Message = Message::error(
    60,
    "The program failed again after %1 restarts in a row and is not restarted any more; it %2",
);

/// An update begins. %1: the installed version, %2: the new one.
pub const UPDATE_BEGUN: Message = Message::information(70, "Updating from version %1 to %2");
/// An update is complete. %1: the new version.
pub const UPDATED: Message = Message::information(71, "Updated to version %1");
/// There was no check. %1: the reason.
pub const UPDATE_CHECK_FAILED: Message = Message::warning(80, "Cannot check for updates: %1");
/// A policy cannot be read. %1: which, and why.
pub const UPDATE_POLICY_INVALID: Message = Message::warning(81, "Invalid policy for updates: %1");
/// A version was not installed. %1: the version, %2: the reason.
pub const UPDATE_NOT_INSTALLED: Message =
    Message::warning(82, "The update to version %1 was not installed: %2");
/// A version was installed and replaced by the one before. %1: the version, %2: the reason.
pub const UPDATE_ROLLED_BACK: Message = Message::warning(83, "The update to version %1 was rolled back: %2");
/// Windows Installer is busy. %1: the version.
pub const UPDATE_BUSY: Message = Message::warning(
    84,
    "The update to version %1 waits: another installation is running",
);
/// The state of updates cannot be read.
pub const UPDATE_STATE_LOST: Message = Message::warning(85, "The state of updates was damaged and is lost");
/// An installation was interrupted by an error. %1: the error.
pub const UPDATE_INTERRUPTED: Message = Message::warning(86, "The update was interrupted and is retried: %1");
/// A version does not work, and stays. %1: the version, %2: the reason.
pub const UPDATE_UNHEALTHY: Message = Message::error(
    90,
    "Version %1 does not work properly and was not rolled back: %2",
);
/// The process that installs cannot be started. %1: the reason.
pub const UPDATE_RUNNER_FAILED: Message = Message::error(91, "Cannot install the update: %1");

/// Every message.
pub const MESSAGES: [Message; 46] = [
    INFORMATION,
    WARNING,
    ERROR,
    RUNNING,
    STOPPED,
    PROGRESS,
    TAKEN_TO_BE_READY,
    LEFT_BEHIND,
    LEFT_OUT,
    FOLDER_NOT_ENTERED,
    NO_LOG_FILE,
    PAUSE_TIMEOUT,
    CONTINUE_TIMEOUT,
    REFUSED,
    NOT_REGISTERED,
    SHORT_PRESHUTDOWN,
    FAILED,
    PANICKED,
    START_TIMEOUT,
    STOP_TIMEOUT,
    EXIT_CODE,
    NOT_CONNECTED,
    SHUTDOWN_TIMEOUT,
    PRESHUTDOWN_TIMEOUT,
    WATCHDOG,
    EXITED,
    PROGRAM_STARTED,
    PROGRAM_ENDED,
    PROGRAM_RESTARTS,
    PROGRAM_UNHEALTHY,
    PROGRAM_NOT_READY,
    HOOK_FAILED,
    PROGRAM_KILLED,
    OUTPUT_LOST,
    PROGRAM_GIVEN_UP,
    UPDATE_BEGUN,
    UPDATED,
    UPDATE_CHECK_FAILED,
    UPDATE_POLICY_INVALID,
    UPDATE_NOT_INSTALLED,
    UPDATE_ROLLED_BACK,
    UPDATE_BUSY,
    UPDATE_STATE_LOST,
    UPDATE_INTERRUPTED,
    UPDATE_UNHEALTHY,
    UPDATE_RUNNER_FAILED,
];

/// The event types that an event source of winsvc reports, one bit each
/// (`TypesSupported`, [Event Sources](https://learn.microsoft.com/windows/win32/eventlog/event-sources)).
pub const TYPES_SUPPORTED: u32 = (Severity::Error.event_type()
    | Severity::Warning.event_type()
    | Severity::Information.event_type()) as u32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_says_what_it_is_about() {
        let numbers: Vec<u16> = MESSAGES.iter().map(|message| message.number).collect();
        assert!(
            numbers.is_sorted_by(|a, b| a < b),
            "a number is used twice: {numbers:?}"
        );
        for message in &MESSAGES {
            let severity = match message.number {
                1 | 10..20 | 40..50 | 70..80 => Severity::Information,
                2 | 20..30 | 50..60 | 80..90 => Severity::Warning,
                3 | 30..40 | 60..70 | 90..100 => Severity::Error,
                other => panic!("{other} is in no range"),
            };
            assert_eq!(message.severity, severity, "{message:?}");
        }
    }

    #[test]
    fn every_type_is_supported() {
        assert_eq!(TYPES_SUPPORTED, 7);
    }
}
