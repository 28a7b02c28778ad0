//! Service names and display names, as the SCM's database stores them.

use std::fmt;

use crate::validated_text;

/// The longest service name and the longest display name, in UTF-16 units
/// ([`CreateServiceW`](https://learn.microsoft.com/windows/win32/api/winsvc/nf-winsvc-createservicew)).
const LONGEST: usize = 256;

/// The name under which the SCM knows a service: 1 to 256 characters, no slash, no backslash.
///
/// The SCM preserves case but compares names case-insensitively. Quotation marks, control characters and leading or
/// trailing spaces are refused too: the SCM accepts them, but command-line tools do not handle them well.
///
/// ```
/// use winsvc_definition::ServiceName;
///
/// assert_eq!(ServiceName::new("acme-agent").unwrap().as_str(), "acme-agent");
/// assert!(ServiceName::new("acme/agent").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "manifest", derive(serde::Deserialize), serde(try_from = "String"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("pattern" = r#"^[^/\\"]+$"#), extend("maxLength" = 256)))]
pub struct ServiceName(String);

impl ServiceName {
    /// Checks `text` against the SCM's rules.
    pub fn new(text: &str) -> Result<Self, NameError> {
        if let Some(found) = text.chars().find(|c| ['/', '\\', '"'].contains(c)) {
            return Err(NameError::Character { found });
        }
        check_text(text).map(Self)
    }

    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

validated_text!(ServiceName, NameError);

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name that administrators see in the list of services: 1 to 256 characters.
///
/// ```
/// use winsvc_definition::*;
///
/// assert_eq!(DisplayName::new("Acme Agent").unwrap().as_str(), "Acme Agent");
/// assert!(DisplayName::new("").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "manifest", derive(serde::Deserialize), serde(try_from = "String"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("minLength" = 1, "maxLength" = 256)))]
pub struct DisplayName(String);

impl DisplayName {
    /// Checks `text` against the SCM's rules.
    pub fn new(text: &str) -> Result<Self, NameError> {
        check_text(text).map(Self)
    }

    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

validated_text!(DisplayName, NameError);

impl From<&ServiceName> for DisplayName {
    /// Uses the service name, as the SCM does for a service without a display name.
    fn from(name: &ServiceName) -> Self {
        Self(name.0.clone())
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn check_text(text: &str) -> Result<String, NameError> {
    let length = text.encode_utf16().count();
    if text.is_empty() {
        Err(NameError::Empty)
    } else if length > LONGEST {
        Err(NameError::TooLong { length })
    } else if text.trim() != text {
        Err(NameError::Blank)
    } else if let Some(found) = text.chars().find(|c| c.is_control()) {
        Err(NameError::Character { found })
    } else {
        Ok(text.to_owned())
    }
}

/// The error for a string that is not a valid service name or display name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameError {
    /// The string is empty.
    Empty,
    /// The string has more than 256 UTF-16 units.
    TooLong {
        /// The number of UTF-16 units.
        length: usize,
    },
    /// The string begins or ends with whitespace.
    Blank,
    /// The string contains a character that is not allowed.
    Character {
        /// The first such character.
        found: char,
    },
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the service name is empty; expected 1 to 256 characters"),
            Self::TooLong { length } => write!(
                f,
                "the service name has {length} characters; expected at most {LONGEST}"
            ),
            Self::Blank => f.write_str("the service name begins or ends with whitespace"),
            Self::Character { found } => {
                write!(f, "invalid character {found:?} in the service name")
            }
        }
    }
}

impl std::error::Error for NameError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scm_s_limits_hold_to_the_character() {
        assert!(ServiceName::new(&"n".repeat(256)).is_ok());
        assert_eq!(
            ServiceName::new(&"n".repeat(257)),
            Err(NameError::TooLong { length: 257 })
        );
        assert_eq!(
            ServiceName::new(&"😀".repeat(129)),
            Err(NameError::TooLong { length: 258 }),
            "the SCM counts UTF-16 units"
        );
        assert_eq!(ServiceName::new(""), Err(NameError::Empty));
    }

    #[test]
    fn separators_are_refused_in_names_and_allowed_in_display_names() {
        for found in ['/', '\\', '"'] {
            let text = format!("a{found}b");
            assert_eq!(ServiceName::new(&text), Err(NameError::Character { found }));
            assert!(DisplayName::new(&text).is_ok());
        }
        assert_eq!(
            DisplayName::new("a\nb"),
            Err(NameError::Character { found: '\n' })
        );
        assert_eq!(ServiceName::new(" a"), Err(NameError::Blank));
    }
}
