//! The package and binary that the command line selects, as cargo sees them.

use std::io;
use std::path::{Path, PathBuf};

use cargo_metadata::semver::Version;
use cargo_metadata::{Metadata, MetadataCommand, Package};
use thiserror::Error;

use crate::cli::Selection;
use crate::diagnostic::{Diagnostic, Explain};

/// The binary to ship, and its package.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    /// The package's name.
    pub package: String,
    /// A package id specification that identifies the package uniquely.
    pub id: String,
    /// The binary's name, which is also the exe's.
    pub binary: String,
    /// The package's version.
    pub version: Version,
    /// `description` of the package.
    pub description: Option<String>,
    /// `authors` of the package.
    pub authors: Vec<String>,
    /// `homepage` of the package, or its `repository`.
    pub homepage: Option<String>,
    /// The package's Cargo.toml.
    pub manifest: PathBuf,
    /// cargo's target directory.
    pub target_dir: PathBuf,
}

impl Project {
    /// The file name of the compiled binary.
    pub(crate) fn exe_name(&self) -> String {
        format!("{}.exe", self.binary)
    }

    /// Runs `cargo metadata` and selects the package and the binary.
    pub(crate) fn load(selection: &Selection, cargo: &Path) -> Result<Self, ProjectError> {
        let manifest = find_manifest(selection.manifest_path.as_deref())?;
        let mut command = MetadataCommand::new();
        command.cargo_path(cargo).manifest_path(&manifest).no_deps();
        command.other_options(selection.resolution_flags());
        if let Some(target_dir) = &selection.target_dir {
            command.env("CARGO_TARGET_DIR", target_dir);
        }
        let metadata = command
            .exec()
            .map_err(|error| ProjectError::metadata(&manifest, error))?;

        let package = pick_package(&metadata, &manifest, selection.package.as_deref())?;
        let binary = pick_binary(package, selection.bin.as_deref())?;
        Ok(Self {
            package: package.name.to_string(),
            id: own_spec(package),
            binary,
            version: package.version.clone(),
            description: package.description.clone(),
            authors: package.authors.clone(),
            homepage: package.homepage.clone().or_else(|| package.repository.clone()),
            manifest: package.manifest_path.clone().into_std_path_buf(),
            target_dir: metadata.target_directory.clone().into_std_path_buf(),
        })
    }

    /// The folder of the package's Cargo.toml.
    pub(crate) fn root(&self) -> &Path {
        self.manifest.parent().unwrap_or(Path::new("."))
    }
}

/// The manifest from the command line, or the nearest one in the current directory and its parents.
fn find_manifest(named: Option<&Path>) -> Result<PathBuf, ProjectError> {
    let unreadable = |path: &Path, source| ProjectError::Unreadable {
        path: path.to_owned(),
        source,
    };
    if let Some(path) = named {
        std::fs::File::open(path)
            .and_then(|file| {
                if file.metadata()?.is_dir() {
                    Err(io::ErrorKind::IsADirectory.into())
                } else {
                    Ok(())
                }
            })
            .map_err(|source| unreadable(path, source))?;
        return std::path::absolute(path).map_err(|source| unreadable(path, source));
    }
    let current = std::env::current_dir().map_err(|source| unreadable(Path::new("."), source))?;
    let manifests = current.ancestors().map(|folder| folder.join("Cargo.toml"));
    let mut found = manifests.filter(|manifest| manifest.is_file());
    found.next().ok_or(ProjectError::NoManifest { current })
}

fn pick_package<'a>(
    metadata: &'a Metadata,
    manifest: &Path,
    named: Option<&str>,
) -> Result<&'a Package, ProjectError> {
    let members = metadata.workspace_packages();
    if let Some(name) = named {
        return members
            .iter()
            .find(|package| is_meant(package, name))
            .copied()
            .ok_or_else(|| ProjectError::UnknownPackage {
                name: name.to_owned(),
                known: names(&members),
            });
    }
    let of_manifest = members
        .iter()
        .find(|package| same_file(package.manifest_path.as_std_path(), manifest));
    if let Some(package) = of_manifest {
        return Ok(package);
    }
    // A virtual manifest: exactly one of its default members must have a binary.
    let mut candidates = metadata.workspace_default_packages();
    candidates.retain(|package| !binaries(package).is_empty());
    match candidates[..] {
        [package] => Ok(package),
        [] => Err(ProjectError::NoBinaryInWorkspace {
            manifest: manifest.to_owned(),
        }),
        _ => Err(ProjectError::SeveralPackages {
            known: names(&candidates),
        }),
    }
}

/// Whether a package id specification matches this package: its name, `name@version` with a full or partial version, or
/// its URL, optionally with one of them after a `#`
/// ([Package ID Specifications](https://doc.rust-lang.org/cargo/reference/pkgid-spec.html)).
fn is_meant(package: &Package, spec: &str) -> bool {
    let version = package.version.to_string();
    let is_version = |part: &str| {
        version
            .strip_prefix(part)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '+']))
    };
    let is_named = |part: &str| match part.split_once(['@', ':']) {
        Some((name, version)) => package.name == name && is_version(version),
        None => package.name == part,
    };
    if !spec.contains("://") {
        return is_named(spec);
    }
    let (url, fragment) = match spec.split_once('#') {
        Some((url, fragment)) => (url, Some(fragment)),
        None => (spec, None),
    };
    let own = package.id.repr.split('#').next().unwrap_or_default();
    let is_own = url == own || Some(url) == own.strip_prefix("path+");
    is_own && fragment.is_none_or(|fragment| is_version(fragment) || is_named(fragment))
}

/// The specification that matches only this package: a dependency may have the same name. Before Cargo 1.77, package
/// identifiers were not specifications.
fn own_spec(package: &Package) -> String {
    if package.id.repr.contains('#') {
        package.id.repr.clone()
    } else {
        format!("{}@{}", package.name, package.version)
    }
}

fn pick_binary(package: &Package, named: Option<&str>) -> Result<String, ProjectError> {
    let known = binaries(package);
    if let Some(name) = named {
        if known.iter().any(|binary| binary == name) {
            return Ok(name.to_owned());
        }
        return Err(ProjectError::UnknownBinary {
            name: name.to_owned(),
            package: package.name.to_string(),
            known,
        });
    }
    match (&package.default_run, &known[..]) {
        (Some(binary), _) | (None, [binary]) => Ok(binary.clone()),
        (None, []) => Err(ProjectError::NoBinary {
            package: package.name.to_string(),
        }),
        (None, _) => Err(ProjectError::SeveralBinaries {
            package: package.name.to_string(),
            known,
        }),
    }
}

fn binaries(package: &Package) -> Vec<String> {
    let binaries = package.targets.iter().filter(|target| target.is_bin());
    binaries.map(|target| target.name.clone()).collect()
}

fn names(packages: &[&Package]) -> Vec<String> {
    packages.iter().map(|package| package.name.to_string()).collect()
}

fn same_file(a: &Path, b: &Path) -> bool {
    a == b || matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

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
    fn metadata(manifest: &Path, error: cargo_metadata::Error) -> Self {
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
            Self::Cargo { .. } => diagnostic,

            Self::NoBinaryInWorkspace { .. } | Self::NoBinary { .. } => diagnostic.help(
                "add `src/main.rs` with `#[winsvc::main]` on its `main` function, or select another package with -p",
            ),
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
