//! Commands of a host: a program and its arguments.

use std::fmt;

use crate::NamedText;

/// A command: the program and its arguments.
///
/// ```
/// use winsvc_definition::manifest::HostCommand;
/// use winsvc_definition::NamedText;
///
/// assert!(HostCommand::new(vec![NamedText::literal("ctl.exe"), NamedText::literal("stop")]).is_ok());
/// assert!(HostCommand::new(Vec::new()).is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "Vec<NamedText>", extend("minItems" = 1)))]
#[serde(try_from = "Vec<NamedText>")]
pub struct HostCommand {
    texts: Vec<NamedText>,
}

impl HostCommand {
    /// Checks that there is a program.
    pub fn new(texts: Vec<NamedText>) -> Result<Self, HostCommandError> {
        match texts.first() {
            Some(program) if !program.as_written().is_empty() => Ok(Self { texts }),
            _ => Err(HostCommandError),
        }
    }

    /// The program.
    pub fn program(&self) -> &NamedText {
        &self.texts[0]
    }

    /// Its arguments.
    pub fn arguments(&self) -> &[NamedText] {
        &self.texts[1..]
    }

    /// The program and its arguments.
    pub(super) fn texts(&self) -> &[NamedText] {
        &self.texts
    }
}

impl TryFrom<Vec<NamedText>> for HostCommand {
    type Error = HostCommandError;

    fn try_from(texts: Vec<NamedText>) -> Result<Self, HostCommandError> {
        Self::new(texts)
    }
}

/// The error for a command without a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostCommandError;

impl fmt::Display for HostCommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the command is empty; expected a program, and its arguments")
    }
}

impl std::error::Error for HostCommandError {}
