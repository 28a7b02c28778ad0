//! Why a configuration is invalid.

use std::path::PathBuf;

use thiserror::Error;
use winsvc_definition::{NameError, ServiceName, Stamp};

use super::PropertyFlowError;
use super::dialogs::DialogFileError;
use super::features::FeatureError;
use super::overlay::TargetError;
use super::suggestion::nearest;
use super::updater::UpdaterError;
use crate::diagnostic::{Diagnostic, Explain, Place};
use crate::pe::PeError;
use crate::project::{ProgramError, ProjectError};

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
    /// A table in `target` is invalid.
    #[error(transparent)]
    Target(#[from] TargetError),
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
    /// The icon's file cannot be read.
    #[error("cannot read the icon `{}`", path.display())]
    UnreadableIcon {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
        /// The place of its path.
        place: Place,
    },
    /// The file is not an icon.
    #[error("the icon `{}` is not a valid `.ico` file", path.display())]
    Icon {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<PeError>,
        /// The place of its path.
        place: Place,
    },
    /// A service of a product without a Rust project has no table `host`.
    #[error("the service `{service}` has no table `host`")]
    NoHost {
        /// The service.
        service: ServiceName,
        /// The place of the service, or of the file.
        place: Place,
    },
    /// A service of a product without a Rust project has a binary.
    #[error("`program` names a binary of a Rust project, which this product does not have")]
    ProgramOfHost {
        /// The place of the key.
        place: Place,
    },
    /// The binary of a service with a table `host` is not one of winsvc-host.
    #[error(
        "the binary `{binary}` cannot run another program: its package `{package}` does not depend on `winsvc-host`"
    )]
    NotAHost {
        /// The binary.
        binary: String,
        /// Its package.
        package: String,
        /// The place of its name.
        place: Place,
    },
    /// A key of a service, in a product without one.
    #[error("`{key}` has no effect: the product has no service")]
    KeyOfService {
        /// The key.
        key: String,
        /// The place of its value.
        place: Place,
    },
    /// `version` and `version-scheme` are both set.
    #[error("`version-scheme` has no effect, because `version` sets the version of the MSI")]
    TwoVersions {
        /// The place of the scheme.
        place: Place,
    },
    /// The package's version is not one of the calendar.
    #[error(
        "the version {version} is not a calendar version that an MSI can store; expected a year from 2000 to 2255, a \
         number up to 255 and one up to 65535"
    )]
    Calendar {
        /// The package's version.
        version: String,
        /// The place of the scheme.
        place: Place,
    },
    /// A file of the dialogs cannot be used.
    #[error(transparent)]
    Dialogs(#[from] DialogFileError),
    /// Two programs have the same file name.
    #[error("the packages `{one}` and `{two}` both have a program `{exe}`")]
    SameExe {
        /// The exe's name.
        exe: String,
        /// The package of the first program.
        one: String,
        /// The package of the second one.
        two: String,
    },
    /// `name` and `services` are both set.
    #[error("`name` is set to `{name}`, but `services` lists the services by name")]
    NameOfSeveral {
        /// The name.
        name: ServiceName,
        /// Its place.
        place: Place,
    },
    /// `--bin` is set, but `services` names the programs.
    #[error("`--bin {bin}` cannot be used with `services`, whose entries name their programs")]
    BinOfSeveral {
        /// The binary.
        bin: String,
        /// The place of `services`.
        place: Place,
    },
    /// There are more services than an exe can be stamped with.
    #[error("{count} services are too many; expected at most {}", Stamp::RESOURCE_IDS.len())]
    TooManyServices {
        /// How many there are.
        count: usize,
        /// The place of `services`.
        place: Place,
    },
    /// A service of a workspace names no program.
    #[error("the service `{service}` has no program")]
    NoProgram {
        /// The service.
        service: ServiceName,
        /// Its place.
        place: Place,
    },
    /// A program that is named does not exist.
    #[error("{error}")]
    Program {
        /// The error.
        error: Box<ProgramError>,
        /// The place of its name.
        place: Place,
    },
    /// A feature is invalid.
    #[error(transparent)]
    Feature(#[from] FeatureError),
    /// The updater cannot be named.
    #[error(transparent)]
    Updater(#[from] UpdaterError),
    /// The value of a property cannot flow where it should.
    #[error(transparent)]
    Property(#[from] PropertyFlowError),
    /// No binary is meant.
    #[error(transparent)]
    Project(#[from] ProjectError),
}

impl Explain for ConfigError {
    fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::of(self);
        match self {
            Self::Unreadable { .. } => diagnostic,
            Self::Invalid { message, place } => {
                let diagnostic = diagnostic.at(place.clone());
                match similar_word(message) {
                    Some(word) => diagnostic.help(format!("did you mean `{word}`?")),
                    None => diagnostic,
                }
            }
            Self::Target(error) => error.diagnostic(),
            Self::TooManyServices { place, .. } => diagnostic.at(place.clone()),
            Self::PackageName { place, .. } => diagnostic
                .at(place.clone())
                .help("set `name` in [package.metadata.winsvc]"),
            Self::ExeName { place, .. } => diagnostic
                .at(place.clone())
                .help("rename the binary with [[bin]] in Cargo.toml"),
            Self::UnreadableIcon { place, .. } => diagnostic
                .at(place.clone())
                .help("check the path: it is relative to the folder of Cargo.toml"),
            Self::Icon { place, .. } => diagnostic
                .at(place.clone())
                .help("convert the image to `.ico`, with sizes from 16 to 256 pixels"),
            Self::NoHost { place, .. } => diagnostic
                .at(place.clone())
                .help("add the table `host` with `program`, the path of the program in the installation folder"),
            Self::ProgramOfHost { place } => diagnostic
                .at(place.clone())
                .help("set `program` in the table `host`"),
            Self::NotAHost { place, .. } => diagnostic.at(place.clone()).help(
                "remove `program` of the service, or `--bin`: the tool builds the host; `program` in the table `host` names what \
                 it runs",
            ),
            Self::KeyOfService { key, place } => diagnostic
                .at(place.clone())
                .help(format!("remove `{key}`, or `services = {{}}`")),
            Self::TwoVersions { place } => diagnostic.at(place.clone()).help("remove one of them"),
            Self::Calendar { place, .. } => diagnostic.at(place.clone()).help(
                "use a version such as 2026.11.25 or 2026.11.3, or remove `version-scheme` and set `version` for the MSI",
            ),
            Self::Dialogs(error) => error.diagnostic(),
            Self::SameExe { .. } => diagnostic
                .note("the programs of a product are installed into one folder; file names on Windows are case-insensitive")
                .help("rename one of the binaries with [[bin]] in its Cargo.toml"),
            Self::NameOfSeveral { place, .. } => diagnostic.at(place.clone()).help("remove `name`"),
            Self::BinOfSeveral { place, .. } => diagnostic
                .at(place.clone())
                .help("remove `--bin`: all programs of the product are built"),
            Self::NoProgram { place, .. } => diagnostic
                .at(place.clone())
                .help("set `program` to the name of a binary of the workspace"),
            Self::Program { error, place } => {
                let diagnostic = diagnostic.at(place.clone());
                match &**error {
                    ProgramError::Unknown { known, .. } if known.is_empty() => {
                        diagnostic.note("there are no binaries")
                    }
                    ProgramError::Unknown { known, .. } => {
                        diagnostic.note(format!("available binaries: {}", known.join(", ")))
                    }
                    ProgramError::UnknownPackage { known, .. } => {
                        diagnostic.note(format!("available packages: {}", known.join(", ")))
                    }
                    ProgramError::Ambiguous { bin, packages } => diagnostic.help(format!(
                        "name the package: `{{ package = \"{}\", bin = \"{bin}\" }}`",
                        packages[0]
                    )),
                }
            }
            Self::Feature(error) => error.diagnostic(),
            Self::Updater(error) => error.diagnostic(),
            Self::Property(error) => error.diagnostic(),
            Self::Project(error) => error.diagnostic(),
        }
    }
}

/// The expected word that is most similar to the unknown one, in serde's messages: "unknown field `strat`, expected one
/// of `name`, `start`".
fn similar_word(message: &str) -> Option<&str> {
    let unknown = message.strip_prefix("unknown ")?;
    let mut words = unknown.split('`').skip(1).step_by(2);
    let found = words.next()?;
    nearest(found, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_similar_word_is_suggested_and_another_is_not() {
        let similar = |found: &str| {
            let message = format!("unknown field `{found}`, expected one of `name`, `start`, `stop-timeout`");
            similar_word(&message).map(str::to_owned)
        };
        assert_eq!(similar("strat").as_deref(), Some("start"));
        assert_eq!(similar("nmae").as_deref(), Some("name"));
        assert_eq!(similar("stop_timeout").as_deref(), Some("stop-timeout"));
        assert_eq!(similar("restart"), Some("start".to_owned()));
        assert_eq!(similar("color"), None);
        assert_eq!(similar_word("invalid type: `a`, expected `a`"), None);
    }
}
