//! The errors of the verbs, with the exit code and the help text that a user at a prompt gets.

use std::io;

use super::word::word;
use crate::sys::machine::{CallError, Machine, Status, code};

/// How a verb ended, as a shell sees it. The numbers are in the documentation and in the help; 3 and 4 are what
/// `systemctl status` and the init scripts before it give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    Done = 0,
    Failed = 1,
    Usage = 2,
    NotRunning = 3,
    NotInstalled = 4,
    NotElevated = 5,
    TimedOut = 6,
}

impl Code {
    /// Its name in JSON.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::NotRunning => "not_running",
            Self::NotInstalled => "not_installed",
            Self::NotElevated => "not_elevated",
            Self::TimedOut => "timed_out",
        }
    }
}

/// A verb that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) code: Code,
    pub(super) message: String,
    /// The Win32 error code that caused it.
    pub(super) win32: Option<u32>,
    pub(super) help: Option<String>,
}

impl Failure {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            win32: None,
            help: None,
        }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The service does not exist.
    pub(super) fn not_installed(service: &str) -> Self {
        Self {
            win32: Some(code::SERVICE_DOES_NOT_EXIST),
            ..Self::new(
                Code::NotInstalled,
                format!("the service \"{service}\" is not installed"),
            )
        }
        .help(format!("install it with `{} install`", word()))
    }

    /// Files that cannot be read; `what` names them.
    pub(super) fn of_file(what: &str, error: &io::Error) -> Self {
        let is_denied = error.kind() == io::ErrorKind::PermissionDenied;
        let kind = if is_denied {
            Code::NotElevated
        } else {
            Code::Failed
        };
        let failure = Self::new(kind, format!("cannot read {what}: {error}"));
        if is_denied {
            failure.help(HELP[0].1)
        } else {
            failure
        }
    }

    /// A failed call; `doing` is its purpose: `start the service`.
    pub(super) fn of_call(machine: &dyn Machine, doing: &str, service: &str, error: CallError) -> Self {
        if error.code == code::SERVICE_DOES_NOT_EXIST {
            return Self::not_installed(service);
        }
        let kind = match error.code {
            code::ACCESS_DENIED => Code::NotElevated,
            _ => Code::Failed,
        };
        let reason = describe(machine, error.code);
        Self {
            code: kind,
            message: format!("cannot {doing} \"{service}\": {reason} ({})", error.call),
            win32: Some(error.code),
            help: HELP
                .iter()
                .find(|(code, _)| *code == error.code)
                .map(|(_, help)| help.replace("{word}", word())),
        }
    }
}

/// The help text for an error code; `{word}` is the word that precedes the verbs.
const HELP: [(u32, &str); 5] = [
    (
        code::ACCESS_DENIED,
        "run this command in a terminal that was opened with \"Run as administrator\"",
    ),
    (
        code::SERVICE_REQUEST_TIMEOUT,
        "the program did not reach `#[winsvc::main]` in time; run it in this terminal with `{word} run`",
    ),
    (
        code::SERVICE_DISABLED,
        "check the start types of the service and of the services that it depends on: one of them is \"disabled\"",
    ),
    (
        code::SERVICE_LOGON_FAILED,
        "check that its account exists and has the right to log on as a service",
    ),
    (
        code::SERVICE_MARKED_FOR_DELETE,
        "close all programs that have the service open, such as the Services window, and try again",
    ),
];

/// A code with the message that Windows has for it.
pub(super) fn describe(machine: &dyn Machine, code: u32) -> String {
    match machine.message(code) {
        Some(message) => format!("error {code}: {message}"),
        None => format!("error {code}"),
    }
}

/// The exit code of a stopped service as text; `None` if it ended without an error, or has never run.
pub(super) fn exit_text(machine: &dyn Machine, status: &Status) -> Option<String> {
    match status.win32_exit_code {
        0 | code::SERVICE_NEVER_STARTED => None,
        code::SERVICE_SPECIFIC_ERROR => Some(format!(
            "service-specific error {} (1066)",
            status.service_exit_code
        )),
        code => Some(describe(machine, code)),
    }
}
