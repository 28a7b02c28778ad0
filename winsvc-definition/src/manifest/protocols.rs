//! URL protocols that a package registers.

use std::fmt;

use serde::de::{Deserialize, Deserializer};

use super::FeatureName;
use super::text_or_table::text_or_table;
use crate::{NamedText, validated_text};

/// The scheme of a URL, such as `acme` in `acme://open`: lower-case letters, digits, `+`, `-` and `.`, a letter first
/// ([RFC 3986](https://www.rfc-editor.org/rfc/rfc3986#section-3.1)).
///
/// ```
/// use winsvc_definition::manifest::UrlScheme;
///
/// assert!(UrlScheme::new("acme").is_ok());
/// assert!(UrlScheme::new("https").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("pattern" = r"^[a-z][a-z0-9+.-]*$")))]
#[serde(try_from = "String")]
pub struct UrlScheme(String);

impl UrlScheme {
    /// The schemes that Windows opens itself.
    const RESERVED: [&str; 5] = ["file", "ftp", "http", "https", "mailto"];
    const LONGEST: usize = 39;

    /// Checks the characters.
    pub fn new(text: &str) -> Result<Self, UrlSchemeError> {
        let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c);
        let is_scheme = text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.len() <= Self::LONGEST
            && text.chars().all(is_allowed);
        if is_scheme && !Self::RESERVED.contains(&text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(UrlSchemeError {
                found: text.to_owned(),
            })
        }
    }

    /// The scheme.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

validated_text!(UrlScheme, UrlSchemeError);

/// The error for a string that is not the scheme of a product's own protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlSchemeError {
    found: String,
}

impl fmt::Display for UrlSchemeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid URL protocol {:?}; expected lower-case letters, digits, `+`, `-` and `.`, a letter first, and none \
             of {}",
            self.found,
            UrlScheme::RESERVED.join(", ")
        )
    }
}

impl std::error::Error for UrlSchemeError {}

/// A value in `url-protocols`: a binary's name, or a table with `program` and `arguments`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "crate::schema::OneOf<(String, Table)>")
)]
pub struct UrlProtocol {
    /// The program that opens the addresses, by its binary's name.
    pub program: String,
    /// Its arguments. `%1` is the address.
    pub arguments: Vec<NamedText>,
    /// The feature that it belongs to; `None` for that of its program.
    pub feature: Option<FeatureName>,
}

impl<'de> Deserialize<'de> for UrlProtocol {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expecting = "a binary's name, or a table with `program` and `arguments`";
        let from_text = |program: &str| {
            Ok(Table {
                program: program.to_owned(),
                arguments: None,
                feature: None,
            })
        };
        let Table {
            program,
            arguments,
            feature,
        } = text_or_table(deserializer, expecting, from_text)?;
        Ok(Self {
            program,
            arguments: arguments.unwrap_or_else(|| vec![NamedText::literal("%1")]),
            feature,
        })
    }
}

/// The keys of a protocol.
#[derive(serde::Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "UrlProtocolTable")
)]
#[serde(deny_unknown_fields)]
struct Table {
    /// The program that opens the addresses, by its binary's name.
    program: String,
    /// Its arguments. `%1` is the address; default: `["%1"]`.
    arguments: Option<Vec<NamedText>>,
    /// The feature that it belongs to; default: that of its program.
    feature: Option<FeatureName>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_is_one_of_the_product_s_own() {
        for scheme in ["acme", "acme-1.x+y", "a"] {
            assert!(UrlScheme::new(scheme).is_ok(), "{scheme}");
        }
        for scheme in ["", "1a", "Acme", "acme:", "a b", "mailto", &"a".repeat(40)] {
            assert!(UrlScheme::new(scheme).is_err(), "{scheme}");
        }
    }

    #[test]
    fn a_program_gets_the_address_by_default() {
        #[derive(serde::Deserialize)]
        struct Table {
            acme: UrlProtocol,
        }
        let read = |text: &str| toml::from_str::<Table>(text).unwrap().acme;
        let arguments = |text: &str| -> Vec<String> {
            let protocol = read(text);
            assert_eq!(protocol.program, "tray");
            protocol
                .arguments
                .iter()
                .map(|text| text.as_written().to_owned())
                .collect()
        };
        assert_eq!(arguments("acme = 'tray'"), ["%1"]);
        assert_eq!(
            arguments("acme = { program = 'tray', arguments = ['--open', '%1'] }"),
            ["--open", "%1"]
        );
        assert_eq!(arguments("acme = { program = 'tray', arguments = [] }"), [""; 0]);
        assert!(toml::from_str::<Table>("acme = 5").is_err());
    }
}
