//! Features: the parts of a product that an installation can leave out.

use std::fmt;

use super::Text;
use crate::validated_text;

/// The name of a feature: a key of `features`, and what administrators write after `ADDLOCAL=`.
///
/// It is an identifier of Windows Installer, whose conditions refer to it
/// ([Feature table](https://learn.microsoft.com/windows/win32/msi/feature-table),
/// [Identifier](https://learn.microsoft.com/windows/win32/msi/identifier)).
///
/// ```
/// use winsvc_definition::manifest::FeatureName;
///
/// assert!(FeatureName::new("docs").is_ok());
/// assert!(FeatureName::new("the-docs").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("pattern" = r"^[A-Za-z_][A-Za-z0-9_.]{0,37}$")))]
#[serde(try_from = "String")]
pub struct FeatureName(String);

impl FeatureName {
    /// What is always installed, as a feature of Windows Installer.
    pub const ALWAYS: &str = "Complete";

    /// The names with a meaning of their own: all features, the one that is always installed, and the words of
    /// conditions.
    const RESERVED: [&str; 8] = ["ALL", Self::ALWAYS, "AND", "OR", "NOT", "XOR", "EQV", "IMP"];
    const LONGEST: usize = 38;

    /// Checks the name.
    pub fn new(text: &str) -> Result<Self, FeatureNameError> {
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_.".contains(c);
        let is_identifier = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && text.len() <= Self::LONGEST
            && text.chars().all(is_allowed);
        let is_reserved = || Self::RESERVED.iter().any(|word| word.eq_ignore_ascii_case(text));
        if is_identifier && !is_reserved() {
            Ok(Self(text.to_owned()))
        } else {
            Err(FeatureNameError {
                found: text.to_owned(),
            })
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

validated_text!(FeatureName, FeatureNameError);

impl fmt::Display for FeatureName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The error for a string that is not the name of a feature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeatureNameError {
    found: String,
}

impl fmt::Display for FeatureNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid feature name {:?}; expected at most {} letters, digits, `_` and `.`, a letter or `_` first, and none \
             of {}",
            self.found,
            FeatureName::LONGEST,
            FeatureName::RESERVED.join(", ")
        )
    }
}

impl std::error::Error for FeatureNameError {}

/// A table in `features`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "Fields"))]
#[serde(try_from = "Fields")]
pub struct FeatureTable {
    /// What administrators see; default: the feature's name.
    pub title: Option<Text>,
    /// What it has, in a sentence; may be empty.
    pub description: String,
    /// Whether an installation has it unless an administrator leaves it out.
    pub default: bool,
}

/// The most characters that the columns of an MSI take.
const LONGEST_TITLE: usize = 64;
const LONGEST_DESCRIPTION: usize = 255;

/// The keys of a table.
#[derive(serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Fields {
    /// What administrators see; default: the feature's name.
    title: Option<Text>,
    /// What it has, in a sentence.
    description: Option<Text>,
    /// Whether an installation has it unless an administrator leaves it out; default: `true`.
    default: Option<bool>,
}

impl TryFrom<Fields> for FeatureTable {
    type Error = FeatureTableError;

    fn try_from(fields: Fields) -> Result<Self, FeatureTableError> {
        let excess = |text: &Option<Text>, longest: usize| {
            let length = text
                .as_ref()
                .map_or(0, |text| text.as_str().encode_utf16().count());
            length > longest
        };
        if fields
            .title
            .as_ref()
            .is_some_and(|title| title.as_str().trim().is_empty())
        {
            return Err(FeatureTableError::EmptyTitle);
        }
        if excess(&fields.title, LONGEST_TITLE) {
            return Err(FeatureTableError::Title);
        }
        if excess(&fields.description, LONGEST_DESCRIPTION) {
            return Err(FeatureTableError::Description);
        }
        Ok(Self {
            title: fields.title,
            description: fields
                .description
                .map(|text| text.as_str().to_owned())
                .unwrap_or_default(),
            default: fields.default.unwrap_or(true),
        })
    }
}

/// The error for a table of a feature.
#[derive(Clone, Debug, PartialEq, Eq)]
enum FeatureTableError {
    /// The title is empty.
    EmptyTitle,
    /// The title is too long.
    Title,
    /// The description is too long.
    Description,
}

impl fmt::Display for FeatureTableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyTitle => f.write_str("the title of a feature is empty"),
            Self::Title => write!(f, "the title of a feature has at most {LONGEST_TITLE} characters"),
            Self::Description => write!(
                f,
                "the description of a feature has at most {LONGEST_DESCRIPTION} characters"
            ),
        }
    }
}

impl std::error::Error for FeatureTableError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_an_identifier_of_windows_installer() {
        for name in ["docs", "_a", "F.Updater_2", &"a".repeat(38)] {
            assert_eq!(FeatureName::new(name).unwrap().as_str(), name);
        }
        for name in [
            "",
            "1a",
            ".a",
            "a-b",
            "a b",
            "größe",
            "all",
            "Complete",
            "NOT",
            &"a".repeat(39),
        ] {
            assert!(FeatureName::new(name).is_err(), "{name}");
        }
        assert_eq!(
            FeatureName::new("the-docs").unwrap_err().to_string(),
            "invalid feature name \"the-docs\"; expected at most 38 letters, digits, `_` and `.`, a letter or `_` first, \
             and none of ALL, Complete, AND, OR, NOT, XOR, EQV, IMP"
        );
    }

    #[test]
    fn a_feature_is_installed_by_default() {
        let read =
            |text: &str| toml::from_str::<FeatureTable>(text).map_err(|error| error.message().to_owned());
        let feature = read("").unwrap();
        assert!(feature.default && feature.title.is_none() && feature.description.is_empty());
        let feature = read("title = 'Docs'\ndescription = 'The manual.'\ndefault = false").unwrap();
        assert_eq!(feature.title, Some(Text::new("Docs").unwrap()));
        assert_eq!(
            (feature.description.as_str(), feature.default),
            ("The manual.", false)
        );
        for (table, message) in [
            ("title = ' '", "the title of a feature is empty"),
            (
                &format!("title = '{}'", "a".repeat(65)),
                "the title of a feature has at most 64 characters",
            ),
            (
                &format!("description = '{}'", "a".repeat(256)),
                "the description of a feature has at most 255 characters",
            ),
            (
                "titel = ''",
                "unknown field `titel`, expected one of `title`, `description`, `default`",
            ),
        ] {
            assert_eq!(read(table).unwrap_err(), message);
        }
    }
}
