//! The packages of a workspace, and their binaries.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use cargo_metadata::semver::Version;
use cargo_metadata::{Package, PackageId};
use thiserror::Error;
use winsvc_definition::manifest::ProgramRef;

use super::ProjectError;

/// A package of the workspace.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// Its name.
    pub name: String,
    /// A package id specification that matches only this package.
    pub id: String,
    /// Its version.
    pub version: Version,
    /// Its `description`.
    pub description: Option<String>,
    /// The names of its binaries.
    pub binaries: Vec<String>,
    /// The file with the `main` of each binary.
    pub sources: BTreeMap<String, PathBuf>,
    /// Its `default-run`.
    pub default_run: Option<String>,
    /// The packages that it depends on.
    pub dependencies: BTreeSet<String>,
}

/// A binary to ship.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    /// Its package's name.
    pub package: String,
    /// A package id specification that matches only the package.
    pub id: String,
    /// The package's version.
    pub version: Version,
    /// The package's `description`.
    pub description: Option<String>,
    /// The binary's name, which is also the exe's.
    pub binary: String,
    /// The file with its `main`.
    pub source: PathBuf,
    /// The project that the tool makes for it; `None` for a binary of the workspace.
    pub generated: Option<Generated>,
}

/// A project that the tool makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Generated {
    /// Its folder.
    pub folder: PathBuf,
    /// Whether its programs update the product.
    pub updates: bool,
}

impl Program {
    /// Whether cargo's identifier of a package is the program's. Both are of one Cargo project.
    pub(crate) fn is_of(&self, package: &PackageId) -> bool {
        match package.repr.split_once('#') {
            Some((_, fragment)) if self.generated.is_some() => fragment == self.id,
            Some(_) => package.repr == self.id,
            // Before Cargo 1.77, it was not a specification.
            None => true,
        }
    }

    /// The file name of the compiled binary.
    pub(crate) fn exe_name(&self) -> String {
        format!("{}.exe", self.binary)
    }
}

impl Member {
    pub(super) fn new(package: &Package) -> Self {
        let binaries = || package.targets.iter().filter(|target| target.is_bin());
        Self {
            name: package.name.to_string(),
            id: own_spec(package),
            version: package.version.clone(),
            description: package.description.clone(),
            binaries: binaries().map(|target| target.name.clone()).collect(),
            sources: binaries()
                .map(|target| (target.name.clone(), target.src_path.clone().into_std_path_buf()))
                .collect(),
            default_run: package.default_run.clone(),
            dependencies: package.dependencies.iter().map(|it| it.name.clone()).collect(),
        }
    }

    fn program(&self, binary: &str) -> Program {
        Program {
            package: self.name.clone(),
            id: self.id.clone(),
            version: self.version.clone(),
            description: self.description.clone(),
            binary: binary.to_owned(),
            source: self.sources.get(binary).cloned().unwrap_or_default(),
            generated: None,
        }
    }

    /// The binary that is meant if none is named.
    pub(super) fn default_program(&self, named: Option<&str>) -> Result<Program, ProjectError> {
        let known = || self.binaries.clone();
        let package = || self.name.clone();
        if let Some(name) = named {
            if self.binaries.iter().any(|binary| binary == name) {
                return Ok(self.program(name));
            }
            return Err(ProjectError::UnknownBinary {
                name: name.to_owned(),
                package: package(),
                known: known(),
            });
        }
        match (&self.default_run, &self.binaries[..]) {
            (Some(binary), _) | (None, [binary]) => Ok(self.program(binary)),
            (None, []) => Err(ProjectError::NoBinary { package: package() }),
            (None, _) => Err(ProjectError::SeveralBinaries {
                package: package(),
                known: known(),
            }),
        }
    }
}

/// Finds a program that Cargo.toml names: in its own package, else in any other of the workspace.
pub(super) fn find(
    members: &[Member],
    own: Option<&Member>,
    program: &ProgramRef,
) -> Result<Program, ProgramError> {
    let has_it = |member: &&Member| member.binaries.contains(&program.bin);
    let unknown = |members: &[&Member]| ProgramError::Unknown {
        bin: program.bin.clone(),
        known: members
            .iter()
            .flat_map(|member| member.binaries.clone())
            .collect(),
    };
    if let Some(name) = &program.package {
        let member = members.iter().find(|member| member.name == *name);
        let member = member.ok_or_else(|| ProgramError::UnknownPackage {
            name: name.clone(),
            known: members.iter().map(|member| member.name.clone()).collect(),
        })?;
        return if has_it(&member) {
            Ok(member.program(&program.bin))
        } else {
            Err(unknown(&[member]))
        };
    }
    if let Some(own) = own.filter(has_it) {
        return Ok(own.program(&program.bin));
    }
    let found: Vec<&Member> = members.iter().filter(has_it).collect();
    match found[..] {
        [member] => Ok(member.program(&program.bin)),
        [] => Err(unknown(&members.iter().collect::<Vec<_>>())),
        _ => Err(ProgramError::Ambiguous {
            bin: program.bin.clone(),
            packages: found.iter().map(|member| member.name.clone()).collect(),
        }),
    }
}

/// The error for a program that Cargo.toml names.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum ProgramError {
    /// No package has the binary.
    #[error("unknown binary `{bin}`")]
    Unknown {
        /// The binary.
        bin: String,
        /// The binaries that exist.
        known: Vec<String>,
    },
    /// The workspace has no such package.
    #[error("the workspace has no package `{name}`")]
    UnknownPackage {
        /// The package.
        name: String,
        /// The packages of the workspace.
        known: Vec<String>,
    },
    /// Several packages have a binary with this name.
    #[error("several packages have a binary `{bin}`: {}", packages.join(", "))]
    Ambiguous {
        /// The binary.
        bin: String,
        /// The packages.
        packages: Vec<String>,
    },
}

/// Whether a package id specification matches this package: its name, `name@version` with a full or partial version, or
/// its URL, optionally with one of them after a `#`
/// ([Package ID Specifications](https://doc.rust-lang.org/cargo/reference/pkgid-spec.html)).
pub(super) fn is_meant(package: &Package, spec: &str) -> bool {
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
