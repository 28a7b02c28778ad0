//! Registry values that a package sets.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::FeatureName;
use crate::{NamedText, validated_text};

/// A table in `registry`: a value below `HKEY_LOCAL_MACHINE`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RegistryEntry {
    /// The key, such as `Software\Acme`.
    pub key: RegistryKey,
    /// The value's name; default: the default value of the key.
    pub name: Option<String>,
    /// The value's data.
    pub value: RegistryData,
    /// The feature that it belongs to; `None` if it is always set.
    pub feature: Option<FeatureName>,
}

/// A registry key below `HKEY_LOCAL_MACHINE`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("minLength" = 1)))]
#[serde(try_from = "String")]
pub struct RegistryKey(String);

impl RegistryKey {
    /// Checks the path: parts between backslashes, without the name of a root.
    pub fn new(text: &str) -> Result<Self, RegistryKeyError> {
        let is_part = |part: &str| {
            !part.trim().is_empty()
                && part.encode_utf16().count() <= 255
                && !part.contains(|c: char| c.is_control() || c == '/')
        };
        let first = text.split('\\').next().unwrap_or_default().to_ascii_uppercase();
        let is_root = first.starts_with("HKEY_") || ["HKLM", "HKCU", "HKCR", "HKU"].contains(&first.as_str());
        if text.split('\\').all(is_part) && !is_root {
            Ok(Self(text.to_owned()))
        } else {
            Err(RegistryKeyError {
                found: text.to_owned(),
            })
        }
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

validated_text!(RegistryKey, RegistryKeyError);

/// The error for a string that is not a registry key below `HKEY_LOCAL_MACHINE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryKeyError {
    found: String,
}

impl fmt::Display for RegistryKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid registry key {:?}; expected a path below HKEY_LOCAL_MACHINE without its name, such as \
             'Software\\Acme'",
            self.found
        )
    }
}

impl std::error::Error for RegistryKeyError {}

/// The data of a registry value: `"text"` (`REG_SZ`), `5` (`REG_DWORD`), `["a", "b"]` (`REG_MULTI_SZ`), or
/// `{ expand = "%TEMP%" }` (`REG_EXPAND_SZ`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "crate::schema::OneOf<(NamedText, u32, Vec<NamedText>, Table)>")
)]
pub enum RegistryData {
    /// A string.
    Text(NamedText),
    /// A string with environment variables, which are expanded when it is read.
    Expand(NamedText),
    /// A number of 32 bits.
    Number(u32),
    /// A list of strings that are not empty.
    List(Vec<NamedText>),
}

impl RegistryData {
    /// The texts in it.
    pub fn texts(&self) -> &[NamedText] {
        match self {
            Self::Text(text) | Self::Expand(text) => std::slice::from_ref(text),
            Self::Number(_) => &[],
            Self::List(list) => list,
        }
    }

    /// The same with other texts.
    #[must_use]
    pub fn map_texts(&self, other: impl Fn(&NamedText) -> NamedText) -> Self {
        match self {
            Self::Text(text) => Self::Text(other(text)),
            Self::Expand(text) => Self::Expand(other(text)),
            Self::Number(number) => Self::Number(*number),
            Self::List(list) => Self::List(list.iter().map(other).collect()),
        }
    }
}

impl<'de> Deserialize<'de> for RegistryData {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyForm;

        impl<'de> Visitor<'de> for AnyForm {
            type Value = RegistryData;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a string, a number from 0 to 4294967295, a list of strings, or `{ expand = \"…\" }`",
                )
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<RegistryData, E> {
                NamedText::new(text).map(RegistryData::Text).map_err(E::custom)
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<RegistryData, E> {
                let invalid = || E::invalid_value(serde::de::Unexpected::Signed(number), &self);
                u32::try_from(number)
                    .map(RegistryData::Number)
                    .map_err(|_| invalid())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<RegistryData, A::Error> {
                let mut list = Vec::new();
                while let Some(text) = seq.next_element::<NamedText>()? {
                    // An empty string ends such a list.
                    if text.as_written().is_empty() {
                        return Err(A::Error::custom(
                            "a list of strings in the registry has no empty string",
                        ));
                    }
                    list.push(text);
                }
                Ok(RegistryData::List(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RegistryData, A::Error> {
                let table = Table::deserialize(MapAccessDeserializer::new(map))?;
                Ok(RegistryData::Expand(table.expand))
            }
        }

        deserializer.deserialize_any(AnyForm)
    }
}

/// The keys of a string with variables.
#[derive(serde::Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "ExpandedText")
)]
#[serde(deny_unknown_fields)]
struct Table {
    /// The string.
    expand: NamedText,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(value: &str) -> Result<RegistryData, String> {
        let entry: Result<RegistryEntry, _> = toml::from_str(&format!("key = 'Software'\nvalue = {value}"));
        entry
            .map(|entry| entry.value)
            .map_err(|error| error.message().to_owned())
    }

    #[test]
    fn the_type_follows_from_the_form() {
        let text = |text: &str| NamedText::new(text).unwrap();
        assert_eq!(data("'{install}'"), Ok(RegistryData::Text(text("{install}"))));
        assert_eq!(
            data("{ expand = '%TEMP%' }"),
            Ok(RegistryData::Expand(text("%TEMP%")))
        );
        assert_eq!(data("4294967295"), Ok(RegistryData::Number(u32::MAX)));
        assert_eq!(
            data("['a', '{data}']"),
            Ok(RegistryData::List(vec![text("a"), text("{data}")]))
        );
    }

    #[test]
    fn other_forms_are_errors() {
        for (value, message) in [
            (
                "-1",
                "invalid value: integer `-1`, expected a string, a number from 0 to 4294967295",
            ),
            ("true", "invalid type: boolean `true`, expected a string"),
            (
                "['a', '']",
                "a list of strings in the registry has no empty string",
            ),
            ("{ expnd = '' }", "unknown field `expnd`, expected `expand`"),
            ("'{Data}'", "unknown name `{Data}`"),
        ] {
            let error = data(value).unwrap_err();
            assert!(error.starts_with(message), "{value}: {error}");
        }
    }

    #[test]
    fn a_key_has_no_root() {
        for key in ["Software", r"Software\Acme\Agent [x]"] {
            assert_eq!(RegistryKey::new(key).unwrap().as_str(), key);
        }
        for key in [
            "",
            r"\",
            r"\Software",
            r"Software\\Acme",
            r"HKLM\Software",
            r"HKEY_LOCAL_MACHINE\a",
            "a/b",
            "a\tb",
        ] {
            assert!(RegistryKey::new(key).is_err(), "{key:?}");
        }
    }
}
