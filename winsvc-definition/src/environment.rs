//! The environment variables of the service.

use std::fmt;

use crate::{ServiceName, validated_text};

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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("pattern" = r"^[^=]+$")))]
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

    /// The variable from which `winsvc::settings` takes a setting of a service: `ACME_AGENT_TLS__MAX_SIZE` for the
    /// setting `tls.max-size` of `acme-agent`.
    ///
    /// ```
    /// use winsvc_definition::{ServiceName, VariableName};
    ///
    /// let service = ServiceName::new("acme-agent").unwrap();
    /// assert_eq!(VariableName::of_setting(&service, "tls.max-size").as_str(), "ACME_AGENT_TLS__MAX_SIZE");
    /// ```
    pub fn of_setting(service: &ServiceName, setting: &str) -> Self {
        let setting = setting.replace('.', "__").replace('-', "_").to_ascii_uppercase();
        Self(settings_prefix(service.as_str()) + &setting)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The beginning of the variables with the settings of a service: `ACME_AGENT_` for `acme-agent`.
///
/// ```
/// use winsvc_definition::settings_prefix;
///
/// assert_eq!(settings_prefix("Acme Größe.2"), "ACME_GR__E_2_");
/// ```
pub fn settings_prefix(service: &str) -> String {
    let letters = service.chars().map(|letter| {
        if letter.is_ascii_alphanumeric() {
            letter.to_ascii_uppercase()
        } else {
            '_'
        }
    });
    letters.chain(['_']).collect()
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
