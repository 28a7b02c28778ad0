//! How a program is asked to stop.

use serde::de::{Deserialize, Deserializer, Error};

use super::HostCommand;
use crate::Timeout;
use crate::manifest::text_or_table::text_or_table;
use crate::words::words;

words! {
    /// What asks a program to stop.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum StopSignal {
        /// Ctrl-C in its console; SIGINT on Unix.
        CtrlC = "ctrl-c",
        /// Ctrl-Break in its console; SIGTERM on Unix.
        CtrlBreak = "ctrl-break",
        /// `WM_CLOSE` to its windows; SIGHUP on Unix.
        Close = "close",
        /// It is not asked but killed.
        Kill = "kill",
    }
}

/// An entry of `stop`: a word, or a table with `signal` or `command`, and `timeout`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StopStep {
    /// A signal.
    Signal {
        /// The signal.
        signal: StopSignal,
        /// How long to wait for the exit; default: an equal share of the stop timeout.
        timeout: Option<Timeout>,
    },
    /// A command that stops the program.
    Command {
        /// The command.
        command: HostCommand,
        /// How long to wait for the exit; default: an equal share of the stop timeout.
        timeout: Option<Timeout>,
    },
}

impl StopStep {
    /// Ctrl-C for a console program, a closed window for any other.
    pub(super) fn default_steps() -> Vec<Self> {
        let step = |signal| Self::Signal {
            signal,
            timeout: None,
        };
        vec![step(StopSignal::CtrlC), step(StopSignal::Close)]
    }

    pub(super) fn command(&self) -> Option<&HostCommand> {
        match self {
            Self::Command { command, .. } => Some(command),
            Self::Signal { .. } => None,
        }
    }

    /// How long to wait for the exit, if the table says so.
    pub const fn timeout(&self) -> Option<Timeout> {
        match self {
            Self::Command { timeout, .. } | Self::Signal { timeout, .. } => *timeout,
        }
    }
}

impl<'de> Deserialize<'de> for StopStep {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Table {
            signal: Option<StopSignal>,
            command: Option<HostCommand>,
            timeout: Option<Timeout>,
        }

        let expecting = "a signal such as \"ctrl-c\", or a table with `signal` or `command`, and `timeout`";
        let from_text = |word: &str| match StopSignal::from_word(word) {
            Some(signal) => Ok(Table {
                signal: Some(signal),
                command: None,
                timeout: None,
            }),
            None => Err(format!(
                "unknown signal {word:?}; expected one of {}, or a table with `command`",
                StopSignal::ALL.map(StopSignal::as_str).join(", ")
            )),
        };
        let table = text_or_table(deserializer, expecting, from_text)?;
        let timeout = table.timeout;
        match (table.signal, table.command) {
            (Some(signal), None) => Ok(Self::Signal { signal, timeout }),
            (None, Some(command)) => Ok(Self::Command { command, timeout }),
            _ => Err(D::Error::custom("expected either `signal` or `command`")),
        }
    }
}
