//! Why there is no program to ship.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::diagnostic::{Diagnostic, Explain, Place};

/// The error message of cargo, or of rustup as its proxy: without the prefix `error:`, and without the backtrace that
/// rustup prints if `RUST_BACKTRACE` is set.
fn reason(stderr: &str) -> &str {
    let spoken = stderr.split("\nStack backtrace:").next().unwrap_or_default();
    spoken.trim().trim_start_matches("error: ")
}

/// The error if no binary to ship can be determined.
#[derive(Debug, Error)]
pub(crate) enum ProjectError {
    /// No manifest was given, and none was found.
    #[error("could not find `Cargo.toml` in `{}` or any parent directory", current.display())]
    NoManifest {
        /// The directory in which the search began.
        current: PathBuf,
    },
    /// The manifest is missing or cannot be opened.
    #[error("cannot read the manifest `{}`", path.display())]
    Unreadable {
        /// The manifest.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// cargo rejects the manifest.
    #[error("cargo cannot load the manifest `{}`", path.display())]
    Rejected {
        /// The manifest.
        path: PathBuf,
        /// What cargo wrote.
        reason: String,
    },
    /// cargo could not be run.
    #[error("cannot run `cargo metadata`")]
    Cargo {
        /// The reason.
        source: Box<cargo_metadata::Error>,
    },
    /// The file of `--host` is missing or cannot be opened.
    #[error("cannot read the file `{}`", path.display())]
    UnreadableHost {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file of `--host` is the manifest of a Rust project.
    #[error("`{}` is the manifest of a Rust project", path.display())]
    HostIsManifest {
        /// The file.
        path: PathBuf,
    },
    /// The file of `--host` is not TOML, or has keys of another type.
    #[error("{message}")]
    InvalidHost {
        /// What is wrong.
        message: String,
        /// Where.
        place: Box<Place>,
    },
    /// The file of `--host` has no version.
    #[error("missing key `version`")]
    NoHostVersion {
        /// The file.
        place: Box<Place>,
    },
    /// The version in the file of `--host` is invalid.
    #[error("invalid version {version:?}: {reason}")]
    HostVersion {
        /// The version.
        version: String,
        /// What is wrong.
        reason: String,
        /// Where.
        place: Box<Place>,
    },
    /// The project of the host cannot be written.
    #[error("cannot write the project of the host to `{}`", path.display())]
    HostProject {
        /// Its folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// `-p` does not match any member of the workspace.
    #[error("the workspace has no package `{name}`")]
    UnknownPackage {
        /// The name.
        name: String,
        /// The packages of the workspace.
        known: Vec<String>,
    },
    /// No package of a virtual workspace has a binary.
    #[error("no package of the workspace `{}` has a binary", manifest.display())]
    NoBinaryInWorkspace {
        /// The workspace's manifest.
        manifest: PathBuf,
    },
    /// Several packages of a virtual workspace have binaries.
    #[error("several packages of the workspace have a binary")]
    SeveralPackages {
        /// The packages.
        known: Vec<String>,
    },
    /// The members of a workspace that is a product have different versions.
    #[error("the product of the workspace has no version")]
    NoVersion {
        /// The workspace's manifest.
        manifest: PathBuf,
    },
    /// The package has no binary with the name in `--bin`.
    #[error("the package `{package}` has no binary `{name}`")]
    UnknownBinary {
        /// The name.
        name: String,
        /// The package.
        package: String,
        /// The binaries of the package.
        known: Vec<String>,
    },
    /// The package has only a library.
    #[error("the package `{package}` has no binary to ship as a service")]
    NoBinary {
        /// The package.
        package: String,
    },
    /// The package has several binaries.
    #[error("the package `{package}` has several binaries")]
    SeveralBinaries {
        /// The package.
        package: String,
        /// The binaries.
        known: Vec<String>,
    },
}

impl ProjectError {
    pub(super) fn metadata(manifest: &Path, error: cargo_metadata::Error) -> Self {
        match error {
            cargo_metadata::Error::CargoMetadata { stderr } => Self::Rejected {
                path: manifest.to_owned(),
                reason: reason(&stderr).to_owned(),
            },
            other => Self::Cargo {
                source: Box::new(other),
            },
        }
    }
}

impl Explain for ProjectError {
    fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::of(self);
        let list = |names: &[String]| names.join(", ");
        match self {
            Self::NoManifest { .. } => diagnostic
                .help("run the command in a package's directory, or set --manifest-path"),
            Self::Unreadable { .. } => diagnostic.help("pass the path of a Cargo.toml to --manifest-path"),
            Self::Rejected { reason, .. } => diagnostic.note(reason.as_str()),
            Self::Cargo { .. } | Self::HostProject { .. } => diagnostic,
            Self::UnreadableHost { .. } => {
                diagnostic.help("pass the path of a file with the table `host` to --host")
            }
            Self::HostIsManifest { .. } => diagnostic.help(
                "pass it to --manifest-path, or pass the path of a file with the table `host` to --host",
            ),
            Self::InvalidHost { place, .. } => diagnostic.at(Place::clone(place)),
            Self::NoHostVersion { place } => diagnostic
                .at(Place::clone(place))
                .help("add the product's version, such as `version = \"1.0.0\"`"),
            Self::HostVersion { place, .. } => diagnostic
                .at(Place::clone(place))
                .help("use a semantic version such as \"1.0.0\""),

            Self::NoBinaryInWorkspace { .. } | Self::NoBinary { .. } => diagnostic.help(
                "add `src/main.rs` with `#[winsvc::main]` on its `main` function, or select another package with -p",
            ),
            Self::NoVersion { manifest } => diagnostic.help(format!(
                "set `version` in [workspace.package] of `{}`",
                manifest.display()
            )),
            Self::SeveralPackages { known } => {
                diagnostic.help(format!("select one with -p: {}", list(known)))
            }
            Self::UnknownBinary { known, .. } if known.is_empty() => diagnostic.note("the package has no binaries"),
            Self::UnknownPackage { known, .. } => {
                diagnostic.note(format!("available packages: {}", list(known)))
            }
            Self::UnknownBinary { known, .. } => {
                diagnostic.note(format!("available binaries: {}", list(known)))
            }
            Self::SeveralBinaries { known, .. } => diagnostic.help(format!(
                "select one with --bin, or with `default-run` in Cargo.toml: {}",
                list(known)
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_rustup_prints_the_reason_alone_is_shown() {
        let stderr = "error: toolchain '1.70.0' is not installed\nhelp: run `rustup toolchain install` to install it\n\n\
            Stack backtrace:\n   0: rustup::config::Cfg::local_toolchain\n   1: main\n";
        assert_eq!(
            reason(stderr),
            "toolchain '1.70.0' is not installed\nhelp: run `rustup toolchain install` to install it"
        );
        assert_eq!(reason("error: no matching package\n"), "no matching package");
    }
}
