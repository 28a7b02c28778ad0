//! What an administrator may set at the installation, as Cargo.toml defines it.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use super::{Text, is_file_name};
use crate::{
    Argument, NamedText, Property, PropertyName, Refusal, ServiceName, TextName, TextPart, VariableName,
    validated_text,
};

/// A table in `properties`.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PropertyTable {
    /// What the property is for.
    pub description: Option<Text>,
    /// The value if none is set; default: empty.
    pub default: Option<NamedText>,
    /// The allowed values; default: any.
    #[serde(default)]
    pub values: Vec<PropertyValue>,
    /// The smallest allowed number.
    pub min: Option<i32>,
    /// The greatest allowed number.
    pub max: Option<i32>,
    /// Values that are refused.
    pub refuse: Option<Refusal>,
    /// Whether later installations use the value, too; default: `true`.
    pub remember: Option<bool>,
    /// Whether the value is a secret; default: by the property's name.
    pub secret: Option<bool>,
    /// The services that the value flows into; default: all.
    pub services: Option<Vec<ServiceName>>,
    /// The setting that has the value, for a program with `winsvc::settings`.
    pub setting: Option<SettingKey>,
    /// The environment variable that has the value.
    pub variable: Option<VariableName>,
    /// The argument with the value.
    pub argument: Option<ArgumentForm>,
    /// Whether the value is the end of the command line, unquoted.
    #[serde(default)]
    pub arguments: bool,
    /// The value is the path of a file, which is copied to the configuration folder under this name.
    pub file: Option<CopyName>,
}

/// The argument with a property's value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "crate::schema::OneOf<(NamedText, BTreeMap<PropertyValue, NamedText>)>")
)]
pub enum ArgumentForm {
    /// A text with `{value}`.
    Text(NamedText),
    /// An argument for each of some values.
    Words(BTreeMap<String, NamedText>),
}

impl PropertyTable {
    /// The property.
    pub fn property(&self, name: &PropertyName) -> Property {
        let words = match &self.argument {
            Some(ArgumentForm::Words(words)) => words.keys().cloned().collect(),
            _ => Vec::new(),
        };
        let values: Vec<String> = self.values.iter().map(|value| value.0.clone()).collect();
        Property {
            description: self.description.iter().map(Text::as_str).collect(),
            default: self.default.clone().unwrap_or_default(),
            values: if values.is_empty() { words } else { values },
            min: self.min,
            max: self.max,
            refuse: self.refuse.clone(),
            // The copy of a file stays; the path of the original has no more meaning.
            is_remembered: self.remember.unwrap_or(true) && self.file.is_none(),
            file: self.file.as_ref().map(|file| file.0.clone()),
            ..Property::new(name.clone())
        }
    }

    /// The arguments of the services that it flows into.
    pub fn arguments(&self, name: &PropertyName) -> Vec<Argument> {
        let own = |text: &NamedText| {
            text.with(|other| {
                TextPart::Name(match other {
                    TextName::Value => TextName::Property(name.clone()),
                    other => other.clone(),
                })
            })
        };
        let mut arguments = match &self.argument {
            None => Vec::new(),
            Some(ArgumentForm::Text(text)) => vec![Argument::Text(own(text))],
            Some(ArgumentForm::Words(words)) => {
                let each = words.iter().map(|(value, text)| Argument::If {
                    property: name.clone(),
                    value: value.clone(),
                    text: own(text),
                });
                each.collect()
            }
        };
        if self.arguments {
            arguments.push(Argument::Raw(name.clone()));
        }
        arguments
    }

    /// The environment variables of a service that it flows into.
    pub fn variables(&self, service: &ServiceName) -> Vec<VariableName> {
        let setting = self.setting.as_ref();
        let setting = setting.map(|setting| VariableName::of_setting(service, &setting.0));
        setting.into_iter().chain(self.variable.clone()).collect()
    }

    /// Whether the value stays where every user of the machine can read it: in a service's registration, or recorded.
    pub fn is_readable(&self) -> bool {
        self.file.is_none()
    }
}

/// An allowed value of a property: not empty, without control characters and `|`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("minLength" = 1)))]
#[serde(try_from = "String")]
pub struct PropertyValue(String);

/// The key of a setting, such as `tls.max-size`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("pattern" = r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$")))]
#[serde(try_from = "String")]
pub struct SettingKey(String);

/// The name of a file in the configuration folder.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("minLength" = 1)))]
#[serde(try_from = "String")]
pub struct CopyName(String);

macro_rules! checked_text {
    ($name:ident, $expected:literal, $check:expr) => {
        impl $name {
            /// Checks the text.
            pub fn new(text: &str) -> Result<Self, PropertyTextError> {
                let check: fn(&str) -> bool = $check;
                if check(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(PropertyTextError {
                        found: text.to_owned(),
                        expected: $expected,
                    })
                }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        validated_text!($name, PropertyTextError);
    };
}

checked_text!(
    PropertyValue,
    "a value that is not empty, without control characters, quotation marks and `|`",
    |text| !text.is_empty() && !text.contains(|c: char| c.is_control() || c == '|' || c == '"')
);
checked_text!(
    SettingKey,
    "a key of letters, digits, `-`, `_` and `.`, such as \"tls.max-size\"",
    |text| {
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        text.split('.')
            .all(|part| !part.is_empty() && part.chars().all(is_allowed))
    }
);
checked_text!(
    CopyName,
    "the name of a file in ASCII, such as \"token\"",
    // It is a part of a command line of cmd.exe.
    |text| is_file_name(text)
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_. ".contains(c))
);

/// The error for a text that a key of a property does not accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyTextError {
    found: String,
    expected: &'static str,
}

impl fmt::Display for PropertyTextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid string {:?}; expected {}", self.found, self.expected)
    }
}

impl std::error::Error for PropertyTextError {}

impl<'de> Deserialize<'de> for ArgumentForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrTable;

        impl<'de> Visitor<'de> for TextOrTable {
            type Value = ArgumentForm;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string with `{value}`, or a table of arguments by values")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<ArgumentForm, E> {
                let text = NamedText::new(text).map_err(E::custom)?;
                if text.names().any(|name| *name == TextName::Value) {
                    Ok(ArgumentForm::Text(text))
                } else {
                    Err(E::custom(format_args!(
                        "the argument {:?} has no `{{value}}`",
                        text.as_written()
                    )))
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ArgumentForm, A::Error> {
                let words: BTreeMap<String, NamedText> =
                    Deserialize::deserialize(MapAccessDeserializer::new(map))?;
                for value in words.keys() {
                    PropertyValue::new(value).map_err(A::Error::custom)?;
                }
                Ok(ArgumentForm::Words(words))
            }
        }

        deserializer.deserialize_any(TextOrTable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Result<PropertyTable, String> {
        toml::from_str(text).map_err(|error: toml::de::Error| error.message().to_owned())
    }

    fn name() -> PropertyName {
        PropertyName::new("PORT").unwrap()
    }

    #[test]
    fn a_value_flows_where_the_keys_say() {
        let service = ServiceName::new("acme").unwrap();
        let table = table(
            "setting = 'web.listen-port'\nvariable = 'PORT'\nargument = '--port={value}'\narguments = true\n\
             default = '80'",
        )
        .unwrap();
        let variables = table.variables(&service);
        let variables: Vec<&str> = variables.iter().map(VariableName::as_str).collect();
        assert_eq!(variables, ["ACME_WEB__LISTEN_PORT", "PORT"]);
        assert_eq!(
            table.arguments(&name()),
            [
                Argument::Text(NamedText::new("--port={PORT}").unwrap()),
                Argument::Raw(name())
            ]
        );
        assert_eq!(table.property(&name()).default, NamedText::literal("80"));
    }

    #[test]
    fn the_words_of_an_argument_are_the_allowed_values() {
        let table = table("argument = { yes = '--quiet', no = '' }").unwrap();
        assert_eq!(table.property(&name()).values, ["no", "yes"]);
        assert_eq!(table.arguments(&name()).len(), 2);
    }

    #[test]
    fn the_path_of_a_copied_file_is_not_remembered() {
        let table = table("file = 'token'").unwrap();
        let property = table.property(&name());
        assert_eq!(property.file.as_deref(), Some("token"));
        assert!(!property.is_remembered && !table.is_readable());
    }

    #[test]
    fn errors_say_what_was_expected() {
        for (text, message) in [
            ("argument = '--port'", "the argument \"--port\" has no `{value}`"),
            (
                "argument = 5",
                "invalid type: integer `5`, expected a string with `{value}`, or a table of arguments by values",
            ),
            (
                "argument = { 'a|b' = '' }",
                "invalid string \"a|b\"; expected a value that is not empty, without control characters, quotation \
                 marks and `|`",
            ),
            (
                "setting = 'a..b'",
                "invalid string \"a..b\"; expected a key of letters, digits, `-`, `_` and `.`, such as \"tls.max-size\"",
            ),
            (
                "file = 'a/b'",
                "invalid string \"a/b\"; expected the name of a file in ASCII, such as \"token\"",
            ),
            (
                "refuse = 'x'",
                "invalid type: string \"x\", expected struct Refusal",
            ),
        ] {
            assert_eq!(table(text).unwrap_err(), message, "{text}");
        }
        assert!(
            table("defualt = ''")
                .unwrap_err()
                .starts_with("unknown field `defualt`")
        );
    }
}
