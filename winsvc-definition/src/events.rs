//! The messages of the event log.
//!
//! The runtime reports each event with its whole text as the only string. The event source names Windows' own
//! [`MESSAGE_FILE`], whose message of every number from 1 to 1000 is `%1`: Event Viewer shows the text, and no file of the
//! package is ever mapped by the Event Log service, which would block upgrades.
//!
//! Administrators filter and alert by the numbers, so a number keeps its meaning for ever: 1 to 9 are the program's own
//! events, 10 to 19 what goes as it should, 20 to 29 what is to be looked at, 30 to 39 failures.

/// How serious an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Something went as it should.
    Information,
    /// Something to look at.
    Warning,
    /// Something failed.
    Error,
}

impl Severity {
    /// Its name in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Information => "information",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// The type of an event of this severity, `ReportEvent`'s `wType`.
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
/// It is a part of Windows, and no upgrade replaces it. The Event Log service keeps message files mapped: with the service's
/// own exe as message file, an upgrade is blocked, or restarts that service together with DHCP and DNS.
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
    /// The number that Event Viewer shows as the event's: `ReportEvent`'s `dwEventID`, without severity bits, as
    /// [`MESSAGE_FILE`] has its messages.
    pub number: u16,
    /// How serious it is.
    pub severity: Severity,
    /// The text; `%1` stands for the first insertion string, `%2` for the second and so on, `%n` for a line break.
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

/// The program's own word of something that went as it should.
pub const INFORMATION: Message = Message::information(1, "%1");
/// The program's own word of something to look at.
pub const WARNING: Message = Message::warning(2, "%1");
/// The program's own word of something that failed.
pub const ERROR: Message = Message::error(3, "%1");

/// The service is ready: its version.
pub const RUNNING: Message = Message::information(10, "The service is running. Version: %1");
/// The service has ended without a failure: the reason.
pub const STOPPED: Message = Message::information(11, "The service has stopped. Reason: %1");
/// The program has come so far: in its own words.
pub const PROGRESS: Message = Message::information(12, "%1");

/// The start timeout is over and the service has not become ready, which this form of `main` allows: the timeout.
pub const TAKEN_TO_BE_READY: Message = Message::warning(
    20,
    "The service did not report ready within its start timeout of %1; assuming that it is running. \
     Call `service.ready()` as soon as it serves, or wait for its stop in `main` itself: a wait in a spawned task or thread does not count",
);
/// `main` has ended, what it left behind has not: the stop timeout, and what is known of the program.
pub const LEFT_BEHIND: Message = Message::warning(
    21,
    "Tasks or threads of the service have not ended within %1 of its `main`: they are ended by force; %2",
);
/// More events than the log is to take: how many of which severity.
pub const LEFT_OUT: Message = Message::warning(
    22,
    "More events came than the event log is to take, and were left out: %1",
);
/// The working directory is not what it should be: the reason.
pub const FOLDER_NOT_ENTERED: Message = Message::warning(
    23,
    "The folder of the service's exe cannot be entered, and its working directory is the system's: %1",
);
/// Nothing can be written to the log files: the reason.
pub const NO_LOG_FILE: Message = Message::warning(
    24,
    "The service's log file cannot be written; it is tried again every minute: %1",
);
/// A pause takes too long: the stop timeout, and what is known of the program.
pub const PAUSE_TIMEOUT: Message = Message::warning(
    25,
    "The service has not paused within %1, and is taken to be running; %2",
);
/// A continuation takes too long: the stop timeout, and what is known of the program.
pub const CONTINUE_TIMEOUT: Message = Message::warning(
    26,
    "The service has not continued within %1, and is taken to be paused; %2",
);
/// The program does not do what it was asked for: what that is, and its reason.
pub const REFUSED: Message = Message::warning(27, "The service has refused %1: %2");
/// Windows does not send the events that the program wants to have: which, and the reason.
pub const NOT_REGISTERED: Message = Message::warning(28, "%1 cannot be had from Windows: %2");
/// Windows waits less before a shutdown than the exe was built for: the registered timeout, and the built one.
pub const SHORT_PRESHUTDOWN: Message = Message::warning(
    29,
    "The registered preshutdown timeout of %1 is shorter than the %2 that the program was built with. The shorter one applies",
);

/// `main` has ended with an error: the error and its causes.
pub const FAILED: Message = Message::error(30, "The service has failed: %1");
/// A panic, which ends the service where it is that of `main`: message, thread, place, and the backtrace where one was
/// asked for.
pub const PANICKED: Message = Message::error(
    31,
    "A thread of the service has panicked: %1%n%nThread: %2%nPlace: %3%n%4",
);
/// The start timeout is over: the timeout, and what is known of the program.
pub const START_TIMEOUT: Message = Message::error(
    32,
    "The service was not ready within its start timeout of %1: the start has failed; %2",
);
/// The stop timeout is over: the timeout, and what is known of the program.
pub const STOP_TIMEOUT: Message = Message::error(
    33,
    "The service has not ended within its stop timeout of %1: it is ended by force; %2",
);
/// `main` has ended with an exit code: the code.
pub const EXIT_CODE: Message = Message::error(34, "The service has failed with the exit code %1");
/// The process cannot become the service that it was started as: the reason.
pub const NOT_CONNECTED: Message = Message::error(
    35,
    "The service cannot take its orders from the service control manager: %1",
);
/// The time of a shutdown is over: what is known of the program.
pub const SHUTDOWN_TIMEOUT: Message = Message::error(
    36,
    "The service has not ended within the time that Windows and its stop timeout give it: it is ended by force; %1",
);
/// The preshutdown timeout is over: the timeout, and what is known of the program.
pub const PRESHUTDOWN_TIMEOUT: Message = Message::error(
    37,
    "The service has not ended within its preshutdown timeout of %1: it is ended by force; %2",
);
/// The program has given no sign of life: the time of its watchdog, and what is known of the program.
pub const WATCHDOG: Message = Message::error(
    38,
    "The service has not called `alive` for %1: it is ended by force; %2",
);
/// The program has ended its process before its `main` has ended: the exit code.
pub const EXITED: Message = Message::error(
    39,
    "The program ended its process with exit code %1 before its `main` returned",
);

/// Every message.
pub const MESSAGES: [Message; 26] = [
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
];

/// The types that an event source of ours reports, of which each is a bit
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
            "none stands twice: {numbers:?}"
        );
        for message in &MESSAGES {
            let severity = match message.number {
                1 | 10..20 => Severity::Information,
                2 | 20..30 => Severity::Warning,
                3 | 30..40 => Severity::Error,
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
