//! Why an exe cannot be packaged.

use std::path::PathBuf;

use thiserror::Error;

use super::difference::Difference;
use crate::diagnostic::{Diagnostic, Explain, Place};
use crate::pe::{Machine, PeError};
use crate::stamp::ADD_UPDATER;

/// The property in which the exe differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The package.
    Package,
    /// The binary of the package.
    Binary,
    /// The package's version.
    Version,
    /// The target.
    Target,
}

impl Part {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Package => "package",
            Self::Binary => "binary",
            Self::Version => "version",
            Self::Target => "target",
        }
    }
}

/// Names in a message.
fn list(names: &[String]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

/// The error for an exe that cannot be packaged.
#[derive(Debug, Error)]
pub(crate) enum PrebuiltError {
    /// The exe cannot be read.
    #[error("cannot read the exe `{}`", path.display())]
    Unreadable {
        /// The exe.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The file is not a Windows exe, or is damaged.
    #[error("`{}` is not a Windows exe", path.display())]
    NotAnExe {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: PeError,
    },
    /// The exe has no stamp.
    #[error("the exe `{}` has no winsvc stamp", path.display())]
    NoStamp {
        /// The exe.
        path: PathBuf,
    },
    /// The stamp was written by another version of the tool.
    #[error("cannot read the winsvc stamp of the exe `{}`", path.display())]
    Stamp {
        /// The exe.
        path: PathBuf,
        /// What is wrong with the stamp.
        source: winsvc_definition::StampError,
    },
    /// The exe was built for a target that this version does not support.
    #[error("the exe `{}` was built for the unsupported target `{triple}`", path.display())]
    UnknownTarget {
        /// The exe.
        path: PathBuf,
        /// The target.
        triple: String,
    },
    /// The exe was built from another package, binary or version, or for another target.
    #[error("the exe `{}` was built for the {} `{found}`, expected `{expected}`", path.display(), part.as_str())]
    Other {
        /// The exe.
        path: PathBuf,
        /// What differs.
        part: Part,
        /// What the exe has.
        found: String,
        /// What Cargo.toml or the command line has.
        expected: String,
        /// The place of the expected value, if it is in Cargo.toml.
        place: Option<Box<Place>>,
    },
    /// The stamp is for another processor than the exe.
    #[error("the exe `{}` is for the processor {found}, but its winsvc stamp is for the target `{triple}`", path.display())]
    Machine {
        /// The exe.
        path: PathBuf,
        /// The processor.
        found: Machine,
        /// The target in the stamp.
        triple: String,
    },
    /// No exe was built from a program of the product.
    #[error("no exe for `{triple}` was given for the program `{binary}` of the package `{package}`")]
    Missing {
        /// The binary.
        binary: String,
        /// The package.
        package: String,
        /// The target.
        triple: String,
    },
    /// An exe was built from something else, or twice.
    #[error("the exe `{}` was not built from a program of this product, or is the second one", path.display())]
    NotOfProduct {
        /// The exe.
        path: PathBuf,
    },
    /// The exe is of other services than Cargo.toml has.
    #[error("the services of the exe `{}` are {}, expected {}", path.display(), list(found), list(expected))]
    Services {
        /// The exe.
        path: PathBuf,
        /// The services in the exe.
        found: Vec<String>,
        /// The services in Cargo.toml.
        expected: Vec<String>,
    },
    /// `update` is set, and the program was built without it.
    #[error("the exe `{}` cannot update itself: it was built without the feature `update` of winsvc", path.display())]
    NoUpdater {
        /// The exe.
        path: PathBuf,
        /// The place of `update`.
        place: Box<Place>,
    },
    /// The stamp has other values than Cargo.toml.
    #[error("the service definition in the exe `{}` differs from Cargo.toml", path.display())]
    Definition {
        /// The exe.
        path: PathBuf,
        /// What differs.
        differences: Vec<Difference>,
        /// The first of these keys that Cargo.toml has.
        place: Option<Box<Place>>,
    },
}

impl Explain for PrebuiltError {
    fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::of(self);
        let build_again = "rebuild it with `cargo winsvc build`, and sign it afterwards";
        match self {
            Self::Unreadable { .. } => {
                diagnostic.help("build it with `cargo winsvc build`, or pass another exe to --exe")
            }
            Self::Missing { .. } => diagnostic.help("pass an exe for each program and target with --exe"),
            Self::NotOfProduct { .. } => diagnostic.help("remove this --exe"),
            Self::NotAnExe { .. } | Self::NoStamp { .. } => {
                diagnostic.help("pass an exe made by `cargo winsvc build` to --exe")
            }
            Self::Stamp { .. }
            | Self::UnknownTarget { .. }
            | Self::Machine { .. }
            | Self::Services { .. } => diagnostic.help(build_again),
            Self::Other { part, place, .. } => {
                let diagnostic = diagnostic.at(place.as_deref().cloned());
                match part {
                    Part::Package => diagnostic.help("select the exe's package with --package"),
                    Part::Binary => diagnostic.help("select the exe's binary with --bin"),
                    Part::Version => diagnostic.help(build_again),
                    Part::Target => diagnostic.help("omit --target, or build the exe for this target"),
                }
            }
            Self::NoUpdater { place, .. } => diagnostic.at((**place).clone()).help(format!(
                "{ADD_UPDATER}, and build it again with `cargo winsvc build`"
            )),
            Self::Definition {
                differences, place, ..
            } => {
                let diagnostic = diagnostic.at(place.as_deref().cloned()).help(build_again);
                let notes = differences.iter().map(Difference::note);
                notes.fold(diagnostic, Diagnostic::note)
            }
        }
    }
}
