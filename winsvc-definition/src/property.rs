//! What an administrator may set at the installation.

#[cfg(any(test, feature = "manifest", feature = "registration"))]
use std::fmt;

#[cfg(any(test, feature = "manifest", feature = "registration"))]
use crate::{Argument, Definition, TextName};
use crate::{NamedText, PropertyName};
#[cfg(any(test, feature = "registration"))]
use crate::{NamedTextError, PropertyNameError};

/// A value that an administrator may set at the installation, with `NAME=VALUE` on msiexec's command line or with
/// `--set NAME=VALUE` of the exe's own command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// Its name.
    pub name: PropertyName,
    /// A sentence that says what it is for; may be empty.
    pub description: String,
    /// The value if none is set; may be empty.
    pub default: NamedText,
    /// The allowed values; empty for any.
    pub values: Vec<String>,
    /// The smallest allowed number; with one of the limits, only numbers are allowed.
    pub min: Option<i32>,
    /// The greatest allowed number.
    pub max: Option<i32>,
    /// Values that are refused.
    pub refuse: Option<Refusal>,
    /// Whether later installations use the value, too.
    pub is_remembered: bool,
    /// The value is the path of a file, which is copied to the product's configuration folder under this name.
    pub file: Option<String>,
}

/// Values that a property refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "manifest", derive(serde::Deserialize), serde(deny_unknown_fields))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Refusal {
    /// The text that no value may contain.
    pub contains: String,
    /// What to do instead.
    pub message: String,
}

impl Property {
    /// A property that takes any text.
    pub fn new(name: PropertyName) -> Self {
        Self {
            name,
            description: String::new(),
            default: NamedText::default(),
            values: Vec::new(),
            min: None,
            max: None,
            refuse: None,
            is_remembered: true,
            file: None,
        }
    }

    /// The property as a line of the stamp: its name, then its keys, between tabs.
    pub(crate) fn encode(&self) -> String {
        let mut line = self.name.to_string();
        let mut add = |key: &str, value: &str| {
            line.push('\t');
            line.push_str(key);
            line.push('=');
            line.push_str(value);
        };
        if !self.description.is_empty() {
            add("description", &self.description);
        }
        if !self.default.as_written().is_empty() {
            add("default", self.default.as_written());
        }
        for value in &self.values {
            add("value", value);
        }
        for (key, limit) in [("min", self.min), ("max", self.max)] {
            if let Some(limit) = limit {
                add(key, &limit.to_string());
            }
        }
        if let Some(Refusal { contains, message }) = &self.refuse {
            add("refuse", contains);
            add("refuse-message", message);
        }
        if !self.is_remembered {
            add("remember", "false");
        }
        if let Some(file) = &self.file {
            add("file", file);
        }
        line
    }

    /// Reads what [`encode`](Self::encode) writes.
    #[cfg(any(test, feature = "registration"))]
    pub(crate) fn decode(line: &str) -> Result<Self, PropertyError> {
        let mut parts = line.split('\t');
        let mut property = Self::new(PropertyName::new(parts.next().unwrap_or_default())?);
        for part in parts {
            let unknown = || PropertyError::Key {
                found: part.to_owned(),
            };
            let (key, value) = part.split_once('=').ok_or_else(unknown)?;
            let number = || value.parse().map(Some).map_err(|_| unknown());
            match key {
                "description" => value.clone_into(&mut property.description),
                "default" => property.default = NamedText::new(value)?,
                "value" => property.values.push(value.to_owned()),
                "min" => property.min = number()?,
                "max" => property.max = number()?,
                "refuse" => {
                    property.refuse = Some(Refusal {
                        contains: value.to_owned(),
                        message: String::new(),
                    });
                }
                "refuse-message" => {
                    let refusal = property.refuse.as_mut().ok_or_else(unknown)?;
                    value.clone_into(&mut refusal.message);
                }
                "remember" => property.is_remembered = value != "false",
                "file" => property.file = Some(value.to_owned()),
                _ => return Err(unknown()),
            }
        }
        Ok(property)
    }
}

/// The error for a line of a stamp that is not a property.
#[cfg(any(test, feature = "registration"))]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PropertyError {
    /// The name is invalid.
    Name(PropertyNameError),
    /// The default is invalid.
    Default(NamedTextError),
    /// A key or its value is unknown.
    Key {
        /// The key with its value.
        found: String,
    },
}

#[cfg(any(test, feature = "registration"))]
impl From<PropertyNameError> for PropertyError {
    fn from(error: PropertyNameError) -> Self {
        Self::Name(error)
    }
}

#[cfg(any(test, feature = "registration"))]
impl From<NamedTextError> for PropertyError {
    fn from(error: NamedTextError) -> Self {
        Self::Default(error)
    }
}

#[cfg(any(test, feature = "registration"))]
impl fmt::Display for PropertyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(error) => error.fmt(f),
            Self::Default(error) => error.fmt(f),
            Self::Key { found } => write!(f, "unknown key of a property {found:?}"),
        }
    }
}

/// A rule for the values of a property. Windows Installer checks it by a condition, the exe's own command by
/// [`accepts`](Self::accepts).
#[cfg(any(test, feature = "manifest", feature = "registration"))]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// One of these.
    OneOf(Vec<String>),
    /// A number within these limits.
    Number {
        /// The smallest number.
        min: i32,
        /// The greatest number.
        max: i32,
    },
    /// Without this text; the second text says what to do instead.
    Without(Refusal),
    /// Without `#` at the beginning, which is the mark of another type in the table `Registry`.
    NoNumberSign,
    /// Without quotation marks and without a backslash at the end: in an argument, it would be between quotation marks.
    Quotable,
    /// Without quotation marks, as a path.
    Path,
}

#[cfg(any(test, feature = "manifest", feature = "registration"))]
impl Rule {
    /// Whether a value that is not empty is allowed.
    pub fn accepts(&self, value: &str) -> bool {
        match self {
            Self::OneOf(values) => values.iter().any(|allowed| allowed == value),
            Self::Number { min, max } => value
                .parse()
                .is_ok_and(|number: i32| (*min..=*max).contains(&number)),
            Self::Without(refusal) => !value.contains(&refusal.contains),
            Self::NoNumberSign => !value.starts_with('#'),
            Self::Quotable => !value.contains('"') && !value.ends_with('\\'),
            Self::Path => !value.contains('"'),
        }
    }
}

#[cfg(any(test, feature = "manifest", feature = "registration"))]
impl fmt::Display for Rule {
    /// What is expected, for "expected …".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OneOf(values) => match &values[..] {
                [value] => f.write_str(value),
                values => write!(f, "one of {}", values.join(", ")),
            },
            Self::Number { min, max: i32::MAX } => write!(f, "a whole number from {min}"),
            Self::Number { min: i32::MIN, max } => write!(f, "a whole number up to {max}"),
            Self::Number { min, max } => write!(f, "a whole number from {min} to {max}"),
            Self::Without(Refusal { contains, message }) => {
                write!(f, "a value without {contains}")?;
                if message.is_empty() {
                    Ok(())
                } else {
                    write!(f, " ({message})")
                }
            }
            Self::NoNumberSign => f.write_str("a value that does not begin with #"),
            Self::Quotable => {
                f.write_str("a value without quotation marks, and without a backslash at its end")
            }
            Self::Path => f.write_str("a path without quotation marks"),
        }
    }
}

/// The rules for the values of a property, which flow into these services.
#[cfg(any(test, feature = "manifest", feature = "registration"))]
pub fn rules<'a>(property: &Property, services: impl IntoIterator<Item = &'a Definition>) -> Vec<Rule> {
    let is_quoted = |definition: &Definition| {
        definition.arguments.iter().any(|argument| {
            !matches!(argument, Argument::Raw(_))
                && argument
                    .names()
                    .any(|name| name == TextName::Property(property.name.clone()))
        })
    };
    let mut rules = Vec::new();
    if !property.values.is_empty() {
        rules.push(Rule::OneOf(property.values.clone()));
    }
    if property.min.is_some() || property.max.is_some() {
        rules.push(Rule::Number {
            min: property.min.unwrap_or(i32::MIN),
            max: property.max.unwrap_or(i32::MAX),
        });
    }
    rules.extend(property.refuse.clone().map(Rule::Without));
    if property.file.is_some() {
        rules.push(Rule::Path);
    }
    // The others cannot be broken by allowed values, which are checked when the package is made.
    if rules
        .iter()
        .all(|rule| matches!(rule, Rule::Without(_) | Rule::Path))
    {
        rules.push(Rule::NoNumberSign);
        if services.into_iter().any(is_quoted) {
            rules.push(Rule::Quotable);
        }
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ServiceName;

    fn property() -> Property {
        Property::new(PropertyName::new("LISTEN_PORT").unwrap())
    }

    #[test]
    fn every_key_reads_back_as_it_was_written() {
        let full = Property {
            description: "The port".to_owned(),
            default: NamedText::new("{config}a=b").unwrap(),
            values: vec!["a".to_owned(), "b c".to_owned()],
            min: Some(-1),
            max: Some(65535),
            refuse: Some(Refusal {
                contains: "--config".to_owned(),
                message: "use CONFIG".to_owned(),
            }),
            is_remembered: false,
            file: Some("token".to_owned()),
            ..property()
        };
        for property in [full, property()] {
            assert_eq!(Property::decode(&property.encode()), Ok(property));
        }
        for line in [
            "",
            "port",
            "PORT\tx",
            "PORT\tcolor=red",
            "PORT\tmin=x",
            "PORT\trefuse-message=x",
        ] {
            assert!(Property::decode(line).is_err(), "{line}");
        }
    }

    #[test]
    fn a_value_is_checked_by_the_keys_of_its_property() {
        let mut definition = Definition::new(ServiceName::new("acme").unwrap());
        let refused = |property: &Property, definition: &Definition, value: &str| {
            let rules = rules(property, [definition]);
            let broken = rules.iter().find(|rule| !rule.accepts(value));
            broken.map(ToString::to_string)
        };
        let port = Property {
            min: Some(1),
            max: Some(65535),
            ..property()
        };
        for (value, is_allowed) in [
            ("1", true),
            ("65535", true),
            ("0", false),
            ("80 ", false),
            ("", false),
        ] {
            assert_eq!(
                refused(&port, &definition, value).is_none(),
                is_allowed,
                "{value}"
            );
        }
        assert_eq!(
            refused(&port, &definition, "x").as_deref(),
            Some("a whole number from 1 to 65535")
        );
        let mode = Property {
            values: vec!["a".to_owned(), "b".to_owned()],
            ..property()
        };
        assert_eq!(refused(&mode, &definition, "A").as_deref(), Some("one of a, b"));
        let flags = Property {
            refuse: Some(Refusal {
                contains: "--config".to_owned(),
                message: "use CONFIG".to_owned(),
            }),
            ..property()
        };
        assert_eq!(
            refused(&flags, &definition, "--config=a").as_deref(),
            Some("a value without --config (use CONFIG)")
        );
        assert!(refused(&property(), &definition, "#1").is_some());
        assert_eq!(refused(&property(), &definition, "a\"b\\"), None);
        definition.arguments = vec![Argument::Text(NamedText::new("{LISTEN_PORT}").unwrap())];
        assert!(refused(&property(), &definition, "a\"b").is_some());
        assert!(refused(&property(), &definition, "a\\").is_some());
        definition.arguments = vec![Argument::Raw(property().name)];
        assert_eq!(refused(&property(), &definition, "--a \"b c\""), None);
    }
}
