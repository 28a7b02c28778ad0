//! Commands that run at events of a program's life.

use std::fmt;

use super::HostCommand;
use crate::Timeout;
use crate::words::words;

words! {
    /// What runs a hook.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum HookEvent {
        /// The program is about to start. A failure is a failed start.
        BeforeStart = "before-start",
        /// The program is ready.
        AfterStart = "after-start",
        /// The program is about to be stopped.
        BeforeStop = "before-stop",
        /// The program has exited, whatever the reason.
        AfterExit = "after-exit",
        /// The program is not restarted any more.
        GiveUp = "give-up",
        /// New log files have begun.
        AfterRotate = "after-rotate",
        /// An administrator pauses the service.
        Pause = "pause",
        /// An administrator continues the service.
        Continue = "continue",
        /// The configuration is to be read again (`sc control NAME paramchange`).
        Reload = "reload",
        /// The machine is about to sleep.
        Suspend = "suspend",
        /// The machine has woken up.
        Resume = "resume",
    }
}

/// A table in `hooks`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "Fields"))]
#[serde(try_from = "Fields")]
pub struct Hook {
    /// What runs it.
    pub on: Vec<HookEvent>,
    /// The command.
    pub command: HostCommand,
    /// How long it may run before it is killed.
    pub timeout: Timeout,
    /// How often it runs again after a failure.
    pub retries: u32,
    /// Whether a failure has no effect beside an event.
    pub ignore_failure: bool,
}

impl Hook {
    /// A minute, as in NSSM.
    pub const DEFAULT_TIMEOUT: Timeout = Timeout::seconds(60);
}

/// The keys of the table.
#[derive(serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Fields {
    /// What runs it.
    #[cfg_attr(feature = "schema", schemars(extend("minItems" = 1)))]
    on: Vec<HookEvent>,
    /// The command: a program and its arguments.
    command: HostCommand,
    /// How long it may run before it is killed; default: a minute.
    timeout: Option<Timeout>,
    /// How often it runs again after a failure.
    #[serde(default)]
    retries: u32,
    /// Whether a failure has no effect beside an event.
    #[serde(default)]
    ignore_failure: bool,
}

impl TryFrom<Fields> for Hook {
    type Error = HookError;

    fn try_from(fields: Fields) -> Result<Self, HookError> {
        if fields.on.is_empty() {
            return Err(HookError::Never);
        }
        Ok(Self {
            on: fields.on,
            command: fields.command,
            timeout: fields.timeout.unwrap_or(Self::DEFAULT_TIMEOUT),
            retries: fields.retries,
            ignore_failure: fields.ignore_failure,
        })
    }
}

/// The error for a table of a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
enum HookError {
    /// Nothing runs it.
    Never,
}

impl fmt::Display for HookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => {
                let events = HookEvent::ALL.map(HookEvent::as_str);
                write!(
                    f,
                    "the list `on` is empty; expected some of {}",
                    events.join(", ")
                )
            }
        }
    }
}

impl std::error::Error for HookError {}
