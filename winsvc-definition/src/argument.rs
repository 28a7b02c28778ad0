//! The arguments on a service's command line.

use std::fmt;

use crate::{NamedText, NamedTextError, PropertyName, PropertyNameError, TextName};

/// An argument on a service's command line, or several that an administrator types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// One argument. It is left out if a property in it has no value.
    Text(NamedText),
    /// One argument, if the property has this value. It is left out if the text is empty.
    If {
        /// The property.
        property: PropertyName,
        /// The value that the property must have.
        value: String,
        /// The argument.
        text: NamedText,
    },
    /// The value of a property, which is not quoted: any number of arguments.
    Raw(PropertyName),
}

impl Argument {
    /// An argument without names.
    ///
    /// ```
    /// use winsvc_definition::{Argument, NamedText};
    ///
    /// assert_eq!(Argument::literal("{a}"), Argument::Text(NamedText::new("{{a}}").unwrap()));
    /// ```
    pub fn literal(text: &str) -> Self {
        Self::Text(NamedText::literal(text))
    }

    /// The same with another text.
    #[must_use]
    pub fn map_text(&self, other: impl Fn(&NamedText) -> NamedText) -> Self {
        match self {
            Self::Text(text) => Self::Text(other(text)),
            Self::If {
                property,
                value,
                text,
            } => Self::If {
                property: property.clone(),
                value: value.clone(),
                text: other(text),
            },
            Self::Raw(property) => Self::Raw(property.clone()),
        }
    }

    /// The names whose values are in the argument.
    pub fn names(&self) -> impl Iterator<Item = TextName> {
        let names: Vec<TextName> = match self {
            Self::Text(text) | Self::If { text, .. } => text.names().cloned().collect(),
            Self::Raw(property) => vec![TextName::Property(property.clone())],
        };
        names.into_iter()
    }

    /// The argument's text for these values; `None` if it is left out. The values of folders end with a backslash.
    pub(crate) fn text(&self, value: &dyn Fn(&TextName) -> String) -> Option<&NamedText> {
        let has_value = |property: &PropertyName| !value(&TextName::Property(property.clone())).is_empty();
        match self {
            Self::Text(text) => text.properties().all(has_value).then_some(text),
            Self::If {
                property,
                value: wanted,
                text,
            } => {
                let is_wanted = value(&TextName::Property(property.clone())) == *wanted;
                (is_wanted && !text.as_written().is_empty()).then_some(text)
            }
            Self::Raw(_) => None,
        }
    }

    /// The keys of the stamp for each form, in the order in which arguments follow each other on a command line.
    pub(crate) const KEYS: [&str; 3] = ["argument", "argument-if", "raw-arguments"];

    /// The position of the argument's form on a command line: what an administrator types comes last.
    pub fn order(&self) -> usize {
        match self {
            Self::Text(_) => 0,
            Self::If { .. } => 1,
            Self::Raw(_) => 2,
        }
    }

    /// The argument as a line of the stamp: its key and its value.
    pub(crate) fn encode(&self) -> (&'static str, String) {
        let value = match self {
            Self::Text(text) => text.as_written().to_owned(),
            Self::If {
                property,
                value,
                text,
            } => format!("{property}\t{value}\t{}", text.as_written()),
            Self::Raw(property) => property.to_string(),
        };
        (Self::KEYS[self.order()], value)
    }

    /// Reads what [`encode`](Self::encode) writes.
    pub(crate) fn decode(key: &str, text: &str) -> Result<Self, ArgumentError> {
        match key {
            "argument" => Ok(Self::Text(NamedText::new(text)?)),
            "raw-arguments" => Ok(Self::Raw(PropertyName::new(text)?)),
            _ => {
                let mut parts = text.splitn(3, '\t');
                let mut part = || {
                    parts.next().ok_or_else(|| ArgumentError::Incomplete {
                        found: text.to_owned(),
                    })
                };
                Ok(Self::If {
                    property: PropertyName::new(part()?)?,
                    value: part()?.to_owned(),
                    text: NamedText::new(part()?)?,
                })
            }
        }
    }
}

/// The error for a line of a stamp that is not an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ArgumentError {
    /// A part is missing.
    Incomplete {
        /// The line.
        found: String,
    },
    /// Its text is invalid.
    Text(NamedTextError),
    /// Its property is invalid.
    Property(PropertyNameError),
}

impl From<NamedTextError> for ArgumentError {
    fn from(error: NamedTextError) -> Self {
        Self::Text(error)
    }
}

impl From<PropertyNameError> for ArgumentError {
    fn from(error: PropertyNameError) -> Self {
        Self::Property(error)
    }
}

impl fmt::Display for ArgumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incomplete { found } => {
                write!(
                    f,
                    "incomplete argument {found:?}; expected a property, a value and a text"
                )
            }
            Self::Text(error) => error.fmt(f),
            Self::Property(error) => error.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_reads_back_as_it_was_written() {
        let property = PropertyName::new("REPORTING").unwrap();
        for argument in [
            Argument::literal("--a={b}"),
            Argument::literal(""),
            Argument::If {
                property: property.clone(),
                value: "no".to_owned(),
                text: NamedText::literal("--quiet"),
            },
            Argument::Raw(property),
        ] {
            let (key, value) = argument.encode();
            assert_eq!(Argument::decode(key, &value), Ok(argument));
        }
        assert!(Argument::decode("argument-if", "PORT\t1").is_err());
        assert!(Argument::decode("raw-arguments", "port").is_err());
    }
}
