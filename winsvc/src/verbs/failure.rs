//! What can go wrong with a verb, said so that somebody at a prompt knows what to do.

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

/// A verb that could not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) code: Code,
    pub(super) message: String,
    /// The code of Windows that it came from.
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

    /// There is no such service.
    pub(super) fn not_installed(service: &str) -> Self {
        Self {
            win32: Some(code::SERVICE_DOES_NOT_EXIST),
            ..Self::new(
                Code::NotInstalled,
                format!("there is no service with the name \"{service}\""),
            )
        }
        .help(format!("`{} install` registers it", word()))
    }

    /// Files that cannot be read; `what` are they.
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

    /// A call that failed; `doing` is what it was for: `start the service`.
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

/// What to do about a code; `{word}` is the word that the verbs follow.
const HELP: [(u32, &str); 5] = [
    (
        code::ACCESS_DENIED,
        "this takes an administrator's rights: run it in a terminal that was opened with \"Run as administrator\"",
    ),
    (
        code::SERVICE_REQUEST_TIMEOUT,
        "the program has not reached `#[winsvc::main]` in time; `{word} run` runs it in this terminal",
    ),
    (
        code::SERVICE_DISABLED,
        "its start type is \"disabled\", or that of a service that it depends on",
    ),
    (
        code::SERVICE_LOGON_FAILED,
        "its account does not exist, or has no right to log on as a service",
    ),
    (
        code::SERVICE_MARKED_FOR_DELETE,
        "it goes when the last program that looks at it lets go: close the Services window, and try again",
    ),
];

/// A code with what Windows says of it.
pub(super) fn describe(machine: &dyn Machine, code: u32) -> String {
    match machine.message(code) {
        Some(message) => format!("error {code}: {message}"),
        None => format!("error {code}"),
    }
}

/// The exit code of a stopped service in words; `None` where it ended well, or has never run.
pub(super) fn exit_text(machine: &dyn Machine, status: &Status) -> Option<String> {
    match status.win32_exit_code {
        0 | code::SERVICE_NEVER_STARTED => None,
        code::SERVICE_SPECIFIC_ERROR => Some(format!(
            "error {} of the service's own (1066)",
            status.service_exit_code
        )),
        code => Some(describe(machine, code)),
    }
}
