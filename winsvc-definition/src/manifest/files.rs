//! The list `files`: which files and folders a package installs, as it is written. Whether a path is a file or a folder, and
//! what a pattern matches, is found out by the tool.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use super::FeatureName;
use super::target::{Target, TargetPath};

/// The end of the name of a kept file's default, which is installed beside the file.
pub const DEFAULT_SUFFIX: &str = ".new";

/// An entry of `files`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "crate::schema::OneOf<(String, Table)>")
)]
pub enum FilesEntry {
    /// A file, a folder or a pattern: `"agent.toml"`, `"web/"`, `"assets/**"`, or a table with more keys.
    Source(SourceFiles),
    /// An empty folder: `{ target = "plugins/" }`.
    EmptyFolder(EmptyFolder),
}

/// An empty folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmptyFolder {
    /// Its path below the installation folder.
    pub target: TargetPath,
    /// The feature that it belongs to; `None` if it is always installed.
    pub feature: Option<FeatureName>,
}

impl FilesEntry {
    /// The feature that its files and folders belong to; `None` if they are always installed.
    pub fn feature(&self) -> Option<&FeatureName> {
        match self {
            Self::Source(source) => source.feature.as_ref(),
            Self::EmptyFolder(folder) => folder.feature.as_ref(),
        }
    }
}

/// What an entry of `files` takes from the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFiles {
    /// The path of a file or a folder, or a pattern, relative to the folder of Cargo.toml.
    pub source: String,
    /// Where it is installed; default: a file has its own name, what a folder or a pattern has keeps its path.
    pub target: Option<Target>,
    /// Patterns of the files and folders to leave out, relative to the folder or to the beginning of the pattern.
    pub exclude: Vec<String>,
    /// Whether an installed file is the administrator's: it is never replaced and never removed.
    pub keep: bool,
    /// Whether the programs and libraries among the files are signed with the package.
    pub sign: bool,
    /// The feature that the files belong to; `None` if they are always installed.
    pub feature: Option<FeatureName>,
}

#[derive(serde::Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "FilesTable", extend("anyOf" = [{ "required": ["source"] }, { "required": ["target"] }]))
)]
#[serde(deny_unknown_fields)]
struct Table {
    /// The path of a file or a folder, or a pattern, relative to the folder of Cargo.toml; an empty folder has none.
    source: Option<String>,
    /// Where it is installed; default: a file has its own name, what a folder or a pattern has keeps its path.
    target: Option<Target>,
    /// Patterns of the files and folders to leave out, relative to the folder or to the beginning of the pattern.
    exclude: Option<Vec<String>>,
    /// Whether an installed file is the administrator's: it is never replaced and never removed.
    keep: Option<bool>,
    /// Whether the programs among the files are signed, unless they are; default: `false`.
    sign: Option<bool>,
    /// The feature that the files belong to; default: they are always installed.
    feature: Option<FeatureName>,
}

impl Table {
    fn resolve<E: Error>(self) -> Result<FilesEntry, E> {
        let Self {
            source,
            target,
            exclude,
            keep,
            sign,
            feature,
        } = self;
        if let Some(source) = source {
            return Ok(FilesEntry::Source(SourceFiles {
                source,
                target,
                exclude: exclude.unwrap_or_default(),
                keep: keep.unwrap_or_default(),
                sign: sign.unwrap_or_default(),
                feature,
            }));
        }
        let Some(path) = target.as_ref().and_then(Target::path) else {
            return Err(E::missing_field("source"));
        };
        if !target.as_ref().is_some_and(Target::is_folder) {
            return Err(E::custom(format_args!(
                "missing field `source`; only an empty folder has none, with a `target` such as \"{path}/\""
            )));
        }
        if exclude.is_some() {
            return Err(E::custom("an empty folder has no `exclude`"));
        }
        if keep.is_some() {
            return Err(E::custom("an empty folder has no `keep`"));
        }
        if sign.is_some() {
            return Err(E::custom("an empty folder has no `sign`"));
        }
        let target = path.clone();
        Ok(FilesEntry::EmptyFolder(EmptyFolder { target, feature }))
    }
}

impl<'de> Deserialize<'de> for FilesEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SourceOrTable;

        impl<'de> Visitor<'de> for SourceOrTable {
            type Value = FilesEntry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a path, or a table with `source` and `target`")
            }

            fn visit_str<E: Error>(self, source: &str) -> Result<FilesEntry, E> {
                Ok(FilesEntry::Source(SourceFiles {
                    source: source.to_owned(),
                    target: None,
                    exclude: Vec::new(),
                    keep: false,
                    sign: false,
                    feature: None,
                }))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<FilesEntry, A::Error> {
                Table::deserialize(MapAccessDeserializer::new(map))?.resolve()
            }
        }

        deserializer.deserialize_any(SourceOrTable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct List {
        files: Vec<FilesEntry>,
    }

    fn read(entry: &str) -> Result<FilesEntry, String> {
        let list: Result<List, _> = toml::from_str(&format!("files = [{entry}]"));
        list.map(|mut list| list.files.remove(0))
            .map_err(|error| error.message().to_owned())
    }

    fn source(source: &str) -> SourceFiles {
        SourceFiles {
            source: source.to_owned(),
            target: None,
            exclude: Vec::new(),
            keep: false,
            sign: false,
            feature: None,
        }
    }

    #[test]
    fn an_entry_is_a_path_or_a_table() {
        assert_eq!(read("'web/'").unwrap(), FilesEntry::Source(source("web/")));
        assert_eq!(
            read("{ source = 'assets/**', target = 'static', exclude = ['**/*.map'], keep = true, sign = true }").unwrap(),
            FilesEntry::Source(SourceFiles {
                target: Some(Target::new("static").unwrap()),
                exclude: vec!["**/*.map".to_owned()],
                keep: true,
                sign: true,
                ..source("assets/**")
            })
        );
        assert_eq!(
            read("{ target = 'plugins/' }").unwrap(),
            FilesEntry::EmptyFolder(EmptyFolder {
                target: TargetPath::new("plugins").unwrap(),
                feature: None
            })
        );
    }

    #[test]
    fn a_target_is_a_file_a_folder_or_the_installation_folder() {
        let target = |text: &str| {
            let target = Target::new(text).unwrap();
            (target.path().map(TargetPath::to_string), target.is_folder())
        };
        assert_eq!(
            target("conf/agent.toml"),
            (Some("conf/agent.toml".to_owned()), false)
        );
        assert_eq!(target("conf/"), (Some("conf".to_owned()), true));
        assert_eq!(target("."), (None, true));
        assert_eq!(target("./"), (None, true));
        for text in ["", "/", "../x", "./x", "a//b", "C:/x", "conf//"] {
            assert!(Target::new(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn files_and_empty_folders_belong_to_a_feature() {
        for entry in [
            "{ source = 'a', feature = 'docs' }",
            "{ target = 'a/', feature = 'docs' }",
        ] {
            let entry = read(entry).unwrap();
            assert_eq!(entry.feature().map(FeatureName::as_str), Some("docs"));
        }
        assert_eq!(read("'a'").unwrap().feature(), None);
        let error = read("{ source = 'a', feature = 'a-b' }").unwrap_err();
        assert!(error.starts_with("invalid feature name \"a-b\""), "{error}");
    }

    #[test]
    fn errors_name_the_key() {
        let error = |entry: &str| read(entry).unwrap_err();
        assert_eq!(error("{}"), "missing field `source`");
        assert_eq!(error("{ target = '.' }"), "missing field `source`");
        assert_eq!(
            error("{ target = 'plugins' }"),
            "missing field `source`; only an empty folder has none, with a `target` such as \"plugins/\""
        );
        assert_eq!(
            error("{ target = 'a/', keep = true }"),
            "an empty folder has no `keep`"
        );
        assert_eq!(
            error("{ target = 'a/', sign = true }"),
            "an empty folder has no `sign`"
        );
        assert_eq!(
            error("{ target = 'a/', exclude = [] }"),
            "an empty folder has no `exclude`"
        );
        assert_eq!(
            error("{ source = 'a', taget = 'b' }"),
            "unknown field `taget`, expected one of `source`, `target`, `exclude`, `keep`, `sign`, `feature`"
        );
        assert_eq!(
            error("5"),
            "invalid type: integer `5`, expected a path, or a table with `source` and `target`"
        );
    }
}
