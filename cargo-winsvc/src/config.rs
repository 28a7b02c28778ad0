//! Parses and validates `[package.metadata.winsvc]`; each error has its line.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::slice;

use serde::Deserialize;
use thiserror::Error;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use winsvc_definition::manifest::{Manifest, ProductVersion, Target, TargetPath};
use winsvc_definition::{Definition, NameError};

use crate::diagnostic::{Diagnostic, Explain, Place};
use crate::project::Project;

/// The configuration, with defaults filled in from cargo's metadata.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// The service.
    pub definition: Definition,
    /// The table as written.
    pub manifest: Manifest,
    /// The MSI's product version, or the place of a version that an MSI cannot store. A zip does not need it.
    pub product_version: Result<ProductVersion, Place>,
    /// The exe's path in the installation folder.
    pub exe: TargetPath,
    source: Source,
}

/// The text of Cargo.toml, for source positions.
#[derive(Clone, Debug)]
struct Source {
    path: PathBuf,
    text: String,
}

impl Source {
    /// The place of a value, or the beginning of the file if the value is elsewhere (an inherited version).
    fn place(&self, keys: &[&str]) -> Place {
        Place {
            path: self.path.clone(),
            text: self.text.clone(),
            span: self.span(keys).unwrap_or(0..0),
        }
    }

    fn span(&self, keys: &[&str]) -> Option<Range<usize>> {
        self.with_value(keys, |value| Some(value.span()))
    }

    /// The place of a list's entry, or of the list.
    fn place_of_entry(&self, keys: &[&str], index: usize) -> Place {
        let entry = self.with_value(keys, |value| {
            value.get_ref().as_array()?.get(index).map(Spanned::span)
        });
        match entry {
            Some(span) => Place {
                span,
                ..self.place(keys)
            },
            None => self.place(keys),
        }
    }

    /// The place of a binary's name, in `[[bin]]` or else in `[package]`.
    fn place_of_binary(&self, binary: &str) -> Place {
        let names = self.with_value(&["bin"], |bins| {
            let names = bins.get_ref().as_array()?.iter();
            let mut names = names.filter_map(|bin| bin.get_ref().as_table()?.get("name"));
            let own = names.find(|name| name.get_ref().as_str() == Some(binary));
            own.map(Spanned::span)
        });
        let place = self.place(&["package", "name"]);
        match names {
            Some(span) => Place { span, ..place },
            None => place,
        }
    }

    fn with_value<R>(
        &self,
        keys: &[&str],
        look: impl FnOnce(&Spanned<DeValue<'_>>) -> Option<R>,
    ) -> Option<R> {
        let (last, tables) = keys.split_last()?;
        let root = DeTable::parse(&self.text).ok()?;
        let mut table = root.get_ref();
        for key in tables {
            table = table.get(*key)?.get_ref().as_table()?;
        }
        table.get(*last).and_then(look)
    }
}

impl Config {
    /// Reads the table in the project's Cargo.toml; without it, all values are defaults.
    pub(crate) fn load(project: &Project) -> Result<Self, ConfigError> {
        let path = &project.manifest;
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
            path: path.clone(),
            source,
        })?;
        Self::parse(
            project,
            Source {
                path: display_path(path),
                text,
            },
        )
    }

    fn parse(project: &Project, source: Source) -> Result<Self, ConfigError> {
        #[derive(Default, Deserialize)]
        struct CargoToml {
            #[serde(default)]
            package: Package,
        }
        #[derive(Default, Deserialize)]
        struct Package {
            #[serde(default)]
            metadata: Metadata,
        }
        #[derive(Default, Deserialize)]
        struct Metadata {
            #[serde(default)]
            winsvc: Manifest,
        }

        let cargo_toml: CargoToml = toml::from_str(&source.text).map_err(|error| ConfigError::Invalid {
            message: error.message().to_owned(),
            place: Place {
                path: source.path.clone(),
                text: source.text.clone(),
                span: error.span().unwrap_or(0..0),
            },
        })?;
        let manifest = cargo_toml.package.metadata.winsvc;
        let definition = manifest
            .definition(&project.package, project.description.as_deref())
            .map_err(|error| ConfigError::PackageName {
                error,
                place: source.place(&["package", "name"]),
            })?;
        let version = &project.version;
        let product_version = manifest
            .package
            .version
            .or_else(|| ProductVersion::from_numbers(version.major, version.minor, version.patch))
            .ok_or_else(|| source.place(&["package", "version"]));
        let exe = project.exe_name();
        let folder = manifest.package.exe_folder.as_ref().and_then(Target::path);
        let folder = folder.map(TargetPath::parts).unwrap_or_default();
        let exe = TargetPath::from_parts([folder, slice::from_ref(&exe)].concat()).map_err(|_| {
            ConfigError::ExeName {
                exe,
                place: source.place_of_binary(&project.binary),
            }
        })?;
        Ok(Self {
            definition,
            manifest,
            product_version,
            exe,
            source,
        })
    }

    /// The place of a value of `[package]`.
    pub(crate) fn place_in_package(&self, key: &str) -> Place {
        self.source.place(&["package", key])
    }

    /// The place of the MSI's version: its own, or the package's.
    pub(crate) fn place_of_version(&self) -> Place {
        match self.manifest.package.version {
            Some(_) => self.place(&["package", "version"]),
            None => self.source.place(&["package", "version"]),
        }
    }

    /// The place of a value in the table, for errors that are detected later.
    pub(crate) fn place(&self, keys: &[&str]) -> Place {
        self.source.place(&below_the_table(keys))
    }

    /// The place of a value in the table, or of its default in `[package]`; `None` if neither is written.
    pub(crate) fn place_if_written(&self, keys: &[&str]) -> Option<Place> {
        let in_table = below_the_table(keys);
        let in_package: Vec<&str> = ["package"].iter().chain(keys).copied().collect();
        [in_table, in_package]
            .iter()
            .find(|keys| self.source.span(keys).is_some())
            .map(|keys| self.source.place(keys))
    }

    /// The place of an entry of one of the table's lists.
    pub(crate) fn place_of_entry(&self, keys: &[&str], index: usize) -> Place {
        self.source.place_of_entry(&below_the_table(keys), index)
    }
}

fn below_the_table<'a>(keys: &[&'a str]) -> Vec<&'a str> {
    let table = ["package", "metadata", "winsvc"];
    table.iter().chain(keys).copied().collect()
}

/// The path for display: relative if it is below the current directory.
fn display_path(path: &Path) -> PathBuf {
    let current = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(current).unwrap_or(path).to_owned()
}

/// The error for an invalid configuration.
#[derive(Debug, Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the manifest `{}`", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A key or a value is invalid.
    #[error("{message}")]
    Invalid {
        /// The expected and the found value.
        message: String,
        /// Its place.
        place: Place,
    },
    /// The package's name is not a valid service name, and `name` is not set.
    #[error("{error}")]
    PackageName {
        /// The error.
        error: NameError,
        /// Its place.
        place: Place,
    },
    /// The exe's file name is not valid on Windows.
    #[error("the binary's file name `{exe}` is not valid on Windows")]
    ExeName {
        /// The exe's name.
        exe: String,
        /// The binary's name.
        place: Place,
    },
}

impl Explain for ConfigError {
    fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::of(self);
        match self {
            Self::Unreadable { .. } => diagnostic,
            Self::Invalid { place, .. } => diagnostic.at(place.clone()),
            Self::PackageName { place, .. } => diagnostic
                .at(place.clone())
                .help("set `name` in [package.metadata.winsvc]"),
            Self::ExeName { place, .. } => diagnostic
                .at(place.clone())
                .help("rename the binary with [[bin]] in Cargo.toml"),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn project() -> Project {
        Project {
            package: "acme".to_owned(),
            id: "path+file:///acme#1.2.3".to_owned(),
            binary: "acme".to_owned(),
            version: cargo_metadata::semver::Version::new(1, 2, 3),
            description: None,
            authors: Vec::new(),
            homepage: None,
            manifest: PathBuf::from("Cargo.toml"),
            target_dir: PathBuf::from("target"),
        }
    }

    pub(crate) fn parse(text: &str) -> Result<Config, ConfigError> {
        let project = project();
        let source = Source {
            path: project.manifest.clone(),
            text: text.to_owned(),
        };
        Config::parse(&project, source)
    }

    fn error(text: &str) -> String {
        let diagnostic = parse(text).unwrap_err().diagnostic();
        anstream::adapter::strip_str(&diagnostic.to_string()).to_string()
    }

    #[test]
    fn no_table_is_the_default_one() {
        let config = parse("[package]\nname = 'acme'\n").unwrap();
        assert_eq!(config.definition.name.as_str(), "acme");
        assert_eq!(config.manifest, Manifest::default());
        assert_eq!(
            config.product_version,
            Ok(ProductVersion {
                major: 1,
                minor: 2,
                build: 3
            })
        );
    }

    #[test]
    fn an_unknown_key_is_shown_with_its_line() {
        let text = "[package]\nname = 'acme'\n\n[package.metadata.winsvc]\nstrat = 'auto'\n";
        let error = error(text);
        assert!(
            error.starts_with("error: unknown field `strat`, expected one of `name`, "),
            "{error}"
        );
        assert!(
            error.ends_with(" --> Cargo.toml:5:1\n  |\n5 | strat = 'auto'\n  | ^^^^^"),
            "{error}"
        );
    }

    #[test]
    fn a_wrong_value_is_shown_with_its_line() {
        let text = "[package.metadata.winsvc]\nstop-timeout = 'soon'\n";
        assert_eq!(
            error(text),
            "error: invalid duration \"soon\"; expected a whole number and its unit, such as \"500ms\", \"20s\", \
             \"2m\" or \"1h\"\n \
             --> Cargo.toml:2:16\n  |\n2 | stop-timeout = 'soon'\n  |                ^^^^^^"
        );
    }

    #[test]
    fn a_wrong_value_in_a_list_is_shown_with_the_list() {
        let text = "[package.metadata.winsvc]\nrecovery.restart = ['5s', '30']\n";
        assert_eq!(
            error(text),
            "error: invalid duration \"30\"; expected a whole number and its unit, such as \"500ms\", \"20s\", \
             \"2m\" or \"1h\"\n \
             --> Cargo.toml:2:20\n  |\n2 | recovery.restart = ['5s', '30']\n  |                    ^^^^^^^^^^^^"
        );
    }

    #[test]
    fn values_are_found_again_for_later_errors() {
        let config = parse("[package.metadata.winsvc.package]\nfiles = ['a']\n").unwrap();
        assert_eq!(config.place(&["package", "files"]).line_column(), (2, 9));
        assert_eq!(config.place(&["package", "missing"]).line_column(), (1, 1));
        let config = parse("[[package.metadata.winsvc.triggers]]\non = 'domain-join'\n").unwrap();
        assert_eq!(config.place(&["triggers"]).line_column(), (1, 1));
        let config = parse(
            "[package.metadata.winsvc]\nprivileges = [\n  'SeDebugPrivilege',\n  'SeTcbPrivilege',\n]\n",
        )
        .unwrap();
        let entry = |index| config.place_of_entry(&["privileges"], index).line_column();
        assert_eq!((entry(0), entry(1)), ((3, 3), (4, 3)));
        assert_eq!(entry(2), (2, 14), "the list, where it has no such entry");
    }
}
