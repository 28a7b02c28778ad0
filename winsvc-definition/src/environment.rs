//! The environment variables of the service.

use std::fmt;

use crate::validated_text;

/// The name of an environment variable: not empty, without `=` and control characters.
///
/// ```
/// use winsvc_definition::*;
///
/// assert_eq!(VariableName::new("RUST_LOG").unwrap().as_str(), "RUST_LOG");
/// assert!(VariableName::new("A=B").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "manifest", derive(serde::Deserialize), serde(try_from = "String"))]
pub struct VariableName(String);

impl VariableName {
    /// Checks `text` against the rules of an environment block.
    pub fn new(text: &str) -> Result<Self, VariableNameError> {
        if text.is_empty() || text.contains(|c: char| c == '=' || c.is_control()) {
            Err(VariableNameError {
                found: text.to_owned(),
            })
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

validated_text!(VariableName, VariableNameError);

/// The error for a string that cannot be the name of an environment variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariableNameError {
    found: String,
}

impl fmt::Display for VariableNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid environment variable name {:?}; expected a name that is not empty and has no `=`",
            self.found
        )
    }
}

impl std::error::Error for VariableNameError {}
