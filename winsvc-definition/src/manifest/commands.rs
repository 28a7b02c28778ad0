//! Programs of the product that an installation runs.

use std::fmt;

use crate::NamedText;
use crate::words::words;

/// A table in `commands`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "Fields"))]
#[serde(try_from = "Fields")]
pub struct OwnCommand {
    /// The program: a binary's name, or the path of an installed file.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<NamedText>,
    /// What runs it.
    pub on: Vec<CommandEvent>,
    /// Its place in an installation.
    pub position: CommandPosition,
    /// Whether a failure is no reason to end the installation.
    pub ignore_failure: bool,
}

words! {
    /// What runs a command.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum CommandEvent {
        /// A first installation.
        Install = "install",
        /// An installation over an older version, or over the same one.
        Upgrade = "upgrade",
        /// A removal that is not a part of an upgrade.
        Uninstall = "uninstall",
        /// An installation or an upgrade that fails.
        Rollback = "rollback",
    }
}

words! {
    /// The place of a command in an installation.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum CommandPosition {
        /// The files are installed and the services registered.
        #[default]
        BeforeStart = "before-start",
        /// The services are running.
        AfterStart = "after-start",
    }
}

/// The keys of a table.
#[derive(serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Fields {
    /// The program: a binary's name, or the path of an installed file.
    program: String,
    /// Its arguments.
    #[serde(default)]
    arguments: Vec<NamedText>,
    /// What runs it; default: `["install", "upgrade"]`.
    on: Option<Vec<CommandEvent>>,
    /// Its place in an installation; default: `before-start`.
    #[serde(default)]
    position: CommandPosition,
    /// Whether a failure is no reason to end the installation.
    #[serde(default)]
    ignore_failure: bool,
}

impl TryFrom<Fields> for OwnCommand {
    type Error = OwnCommandError;

    fn try_from(fields: Fields) -> Result<Self, OwnCommandError> {
        let on = fields
            .on
            .unwrap_or_else(|| vec![CommandEvent::Install, CommandEvent::Upgrade]);
        if on.is_empty() {
            return Err(OwnCommandError::Never);
        }
        Ok(Self {
            program: fields.program,
            arguments: fields.arguments,
            on,
            position: fields.position,
            ignore_failure: fields.ignore_failure,
        })
    }
}

/// The error for a table of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
enum OwnCommandError {
    /// Nothing runs it.
    Never,
}

impl fmt::Display for OwnCommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => {
                let events = CommandEvent::ALL.map(CommandEvent::as_str);
                write!(
                    f,
                    "the list `on` is empty; expected some of {}",
                    events.join(", ")
                )
            }
        }
    }
}

impl std::error::Error for OwnCommandError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<OwnCommand, String> {
        toml::from_str(text).map_err(|error: toml::de::Error| error.message().to_owned())
    }

    #[test]
    fn a_command_runs_at_every_installation_before_the_start() {
        let command = read("program = 'setup'").unwrap();
        assert_eq!(command.on, [CommandEvent::Install, CommandEvent::Upgrade]);
        assert_eq!(command.position, CommandPosition::BeforeStart);
        assert!(!command.ignore_failure);
    }

    #[test]
    fn what_never_runs_or_is_unknown_is_an_error() {
        assert_eq!(
            read("program = 'a'\non = []").unwrap_err(),
            "the list `on` is empty; expected some of install, upgrade, uninstall, rollback"
        );
        assert!(
            read("program = 'a'\non = ['repair']")
                .unwrap_err()
                .starts_with("unknown variant `repair`")
        );
        assert!(
            read("arguments = []")
                .unwrap_err()
                .contains("missing field `program`")
        );
    }
}
