//! How a program is asked to stop.

use serde::de::{Deserialize, Deserializer};

use super::HostCommand;
use crate::manifest::text_or_table::text_or_table;
use crate::words::words;

words! {
    /// A signal that asks a program to stop.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum StopSignal {
        /// Ctrl-C in its console; SIGINT on Unix.
        CtrlC = "ctrl-c",
        /// Ctrl-Break in its console; SIGTERM on Unix.
        CtrlBreak = "ctrl-break",
        /// `WM_CLOSE` to its windows; SIGTERM on Unix.
        Close = "close",
    }
}

/// An entry of `stop`: a signal, or a table with `command`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "crate::schema::OneOf<(StopSignal, Table)>")
)]
pub enum StopStep {
    /// A signal.
    Signal(StopSignal),
    /// A command that stops the program.
    Command(HostCommand),
}

impl StopStep {
    /// Ctrl-C for a console program, a closed window for any other.
    pub(super) fn default_steps() -> Vec<Self> {
        vec![Self::Signal(StopSignal::CtrlC), Self::Signal(StopSignal::Close)]
    }

    pub(super) fn command(&self) -> Option<&HostCommand> {
        match self {
            Self::Command(command) => Some(command),
            Self::Signal(_) => None,
        }
    }
}

/// An entry with a command.
#[derive(serde::Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "StopCommand")
)]
#[serde(deny_unknown_fields)]
struct Table {
    /// The command: a program and its arguments.
    command: HostCommand,
}

impl<'de> Deserialize<'de> for StopStep {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        enum Entry {
            Signal(StopSignal),
            Table(Table),
        }

        impl<'de> Deserialize<'de> for Entry {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Table::deserialize(deserializer).map(Self::Table)
            }
        }

        let expecting = "a signal such as \"ctrl-c\", or a table with `command`";
        let from_text = |word: &str| match StopSignal::from_word(word) {
            Some(signal) => Ok(Entry::Signal(signal)),
            None => Err(format!(
                "unknown signal {word:?}; expected one of {}, or a table with `command`",
                StopSignal::ALL.map(StopSignal::as_str).join(", ")
            )),
        };
        Ok(match text_or_table(deserializer, expecting, from_text)? {
            Entry::Signal(signal) => Self::Signal(signal),
            Entry::Table(table) => Self::Command(table.command),
        })
    }
}
