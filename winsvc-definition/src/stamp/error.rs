//! Why a resource is not a stamp.

use std::fmt;

use super::{FORM, HEADER};

/// The error for a resource that is not a valid stamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StampError {
    /// The content is not UTF-8.
    NotText,
    /// The first line is not that of a stamp.
    NoHeader,
    /// This version does not know the format of the stamp.
    Form {
        /// The number in the first line.
        found: String,
    },
    /// A line has no `=`.
    Line {
        /// The line.
        found: String,
    },
    /// A required key is missing.
    Missing {
        /// The key.
        key: &'static str,
    },
    /// The value of a key is invalid.
    Value {
        /// The key.
        key: &'static str,
        /// The reason.
        reason: String,
    },
}

impl StampError {
    pub(super) fn value(key: &'static str, reason: &dyn fmt::Display) -> Self {
        let reason = reason.to_string();
        Self::Value { key, reason }
    }
}

impl fmt::Display for StampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotText => f.write_str("the winsvc stamp is not UTF-8 text"),
            Self::NoHeader => write!(f, "the winsvc stamp does not begin with {HEADER:?}"),
            Self::Form { found } => write!(
                f,
                "the winsvc stamp has the form {found:?}; this version of winsvc reads {FORM:?}"
            ),
            Self::Line { found } => write!(f, "the winsvc stamp has a line without `=`: {found:?}"),
            Self::Missing { key } => write!(f, "the winsvc stamp has no `{key}`"),
            Self::Value { key, reason } => write!(f, "`{key}` of the winsvc stamp: {reason}"),
        }
    }
}

impl std::error::Error for StampError {}
