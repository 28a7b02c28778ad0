//! The list `path`: folders that a package adds to the machine's `PATH`.

use serde::de::{Deserialize, Deserializer};

use super::FeatureName;
use super::text_or_table::text_or_table;
use crate::NamedText;

/// An entry of `path`: a folder such as `"{install}"`, or a table with `folder` and `feature`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "crate::schema::OneOf<(NamedText, Table)>")
)]
pub struct PathEntry {
    /// The folder.
    pub folder: NamedText,
    /// The feature that it belongs to; `None` if it is always added.
    pub feature: Option<FeatureName>,
}

impl<'de> Deserialize<'de> for PathEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expecting = "a folder, or a table with `folder` and `feature`";
        let from_text = |folder: &str| match NamedText::new(folder) {
            Ok(folder) => Ok(Table {
                folder,
                feature: None,
            }),
            Err(error) => Err(error.to_string()),
        };
        let Table { folder, feature } = text_or_table(deserializer, expecting, from_text)?;
        Ok(Self { folder, feature })
    }
}

/// The keys of an entry.
#[derive(serde::Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "PathTable")
)]
#[serde(deny_unknown_fields)]
struct Table {
    /// The folder.
    folder: NamedText,
    /// The feature that it belongs to; default: it is always added.
    feature: Option<FeatureName>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_a_folder_or_a_table() {
        #[derive(Debug, serde::Deserialize)]
        struct List {
            path: Vec<PathEntry>,
        }
        let read = |text: &str| toml::from_str::<List>(text).map(|list| list.path);
        let path = read("path = ['{install}', { folder = '{data}', feature = 'tools' }]").unwrap();
        let feature = |entry: &PathEntry| entry.feature.as_ref().map(ToString::to_string);
        assert_eq!(
            path.iter().map(feature).collect::<Vec<_>>(),
            [None, Some("tools".to_owned())]
        );
        let message = |text: &str| read(text).unwrap_err().message().to_owned();
        assert_eq!(
            message("path = [5]"),
            "invalid type: integer `5`, expected a folder, or a table with `folder` and `feature`"
        );
        assert!(message("path = ['{no}']").starts_with("unknown name `{no}`"));
    }
}
