//! The lines of a stamp about environment variables.

use std::fmt;

use crate::{NamedText, NamedTextError, VariableName, VariableNameError};

/// Reads the value of a line.
pub(super) fn read(text: &str) -> Result<(VariableName, NamedText), VariableError> {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    Ok((
        VariableName::new(name).map_err(VariableError::Name)?,
        NamedText::new(value).map_err(VariableError::Value)?,
    ))
}

/// The error for a line that is not an environment variable.
#[derive(Debug)]
pub(super) enum VariableError {
    Name(VariableNameError),
    Value(NamedTextError),
}

impl fmt::Display for VariableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(error) => error.fmt(f),
            Self::Value(error) => error.fmt(f),
        }
    }
}
