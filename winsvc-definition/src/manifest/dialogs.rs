//! The key `dialogs`: what the MSI shows when somebody opens it.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use crate::PropertyName;
use crate::words::words;

/// The table `dialogs`; `true` is an empty one.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Dialogs {
    /// The languages, each of which has an MSI of its own; default: English.
    #[serde(default)]
    pub languages: Languages,
    /// Whether there is a page for the account and the password of the services.
    #[serde(default)]
    pub account: bool,
    /// The properties that have a field, in the fields' order; all of them if `None`.
    pub fields: Option<Vec<PropertyName>>,
    /// The path of a PNG image at the right end of each page's header; default: a plain one.
    pub banner: Option<String>,
    /// The path of a PNG image at the left side of the first and the last page; default: a plain one with the product's
    /// name.
    pub side: Option<String>,
}

words! {
    /// A language of the dialogs.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Language {
        /// English.
        English = "en",
        /// German.
        German = "de",
        /// French.
        French = "fr",
        /// Spanish.
        Spanish = "es",
        /// Italian.
        Italian = "it",
        /// Portuguese, as in Brazil.
        Portuguese = "pt-BR",
        /// Dutch.
        Dutch = "nl",
        /// Polish.
        Polish = "pl",
        /// Russian.
        Russian = "ru",
        /// Japanese.
        Japanese = "ja",
        /// Korean.
        Korean = "ko",
        /// Chinese in simplified characters.
        Chinese = "zh-CN",
    }
}

/// The languages of the dialogs: at least one, each once.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "Vec<Language>", extend("minItems" = 1, "uniqueItems" = true)))]
#[serde(try_from = "Vec<Language>")]
pub struct Languages(Vec<Language>);

impl Languages {
    /// The languages in their order.
    pub fn as_slice(&self) -> &[Language] {
        &self.0
    }
}

impl Default for Languages {
    fn default() -> Self {
        Self(vec![Language::English])
    }
}

impl TryFrom<Vec<Language>> for Languages {
    type Error = LanguagesError;

    fn try_from(languages: Vec<Language>) -> Result<Self, LanguagesError> {
        let is_repeated = |(index, language): &(usize, &Language)| languages[..*index].contains(language);
        if languages.is_empty() {
            return Err(LanguagesError::Empty);
        }
        match languages.iter().enumerate().find(is_repeated) {
            Some((_, language)) => Err(LanguagesError::Repeated(*language)),
            None => Ok(Self(languages)),
        }
    }
}

/// The error for a list of languages that is empty, or that repeats one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LanguagesError {
    /// There is no language.
    Empty,
    /// The language is in the list more than once.
    Repeated(Language),
}

impl fmt::Display for LanguagesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("empty list of languages; expected at least one, such as [\"en\"]"),
            Self::Repeated(language) => write!(f, "the language `{language}` is listed twice"),
        }
    }
}

impl std::error::Error for LanguagesError {}

/// Reads `dialogs`: `true`, `false`, or a table.
pub(super) fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Dialogs>, D::Error> {
    struct SwitchOrTable;

    impl<'de> Visitor<'de> for SwitchOrTable {
        type Value = Option<Dialogs>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(
                "`true`, `false`, or a table with `languages`, `account`, `fields`, `banner` and `side`",
            )
        }

        fn visit_bool<E: Error>(self, is_on: bool) -> Result<Self::Value, E> {
            Ok(is_on.then(Dialogs::default))
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
            serde::Deserialize::deserialize(MapAccessDeserializer::new(map)).map(Some)
        }
    }

    deserializer.deserialize_any(SwitchOrTable)
}

#[cfg(test)]
mod tests {
    use super::super::Package;
    use super::*;

    fn read(value: &str) -> Result<Option<Dialogs>, String> {
        let package: Result<Package, _> = toml::from_str(&format!("dialogs = {value}"));
        package
            .map(|package| package.dialogs)
            .map_err(|error| error.message().to_owned())
    }

    #[test]
    fn dialogs_are_a_switch_or_a_table() {
        assert_eq!(read("false"), Ok(None));
        assert_eq!(read("true"), Ok(Some(Dialogs::default())));
        assert_eq!(read("{}"), Ok(Some(Dialogs::default())));
        let table = read(
            "{ languages = ['de', 'pt-BR'], account = true, fields = ['PORT'], banner = 'b.png', side = 's.png' }",
        );
        let expected = Dialogs {
            languages: Languages(vec![Language::German, Language::Portuguese]),
            account: true,
            fields: Some(vec![PropertyName::new("PORT").unwrap()]),
            banner: Some("b.png".to_owned()),
            side: Some("s.png".to_owned()),
        };
        assert_eq!(table, Ok(Some(expected)));
    }

    #[test]
    fn errors_name_what_is_wrong_and_what_is_expected() {
        for (value, message) in [
            (
                "'yes'",
                "invalid type: string \"yes\", expected `true`, `false`, or a table with `languages`, `account`, `fields`, \
                 `banner` and `side`",
            ),
            (
                "{ langages = [] }",
                "unknown field `langages`, expected one of `languages`, `account`, `fields`, `banner`, `side`",
            ),
            (
                "{ languages = [] }",
                "empty list of languages; expected at least one, such as [\"en\"]",
            ),
            (
                "{ languages = ['en', 'de', 'en'] }",
                "the language `en` is listed twice",
            ),
        ] {
            assert_eq!(read(value), Err(message.to_owned()));
        }
        let unknown = read("{ languages = ['pt'] }").unwrap_err();
        assert!(
            unknown.starts_with("unknown variant `pt`, expected one of `en`, `de`"),
            "{unknown}"
        );
    }
}
