//! What the command line selects: a package or a workspace, as cargo sees it.

mod cargo;
mod error;
mod file;
mod hosted;
mod members;

use std::io;
use std::path::{Path, PathBuf};

use cargo_metadata::semver::Version;
use cargo_metadata::{Metadata, MetadataCommand, Package};
use serde::Deserialize;
use winsvc_definition::manifest::ProgramRef;

pub(crate) use self::cargo::CargoProject;
pub(crate) use self::error::ProjectError;
pub(crate) use self::hosted::write_hosts;
use self::members::is_meant;
pub(crate) use self::members::{Member, Program, ProgramError};
use crate::cli::Selection;

/// The package, or the workspace, that is shipped.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    /// The package's name, or the name of the workspace's folder.
    pub name: String,
    /// The version of the package, or of the workspace.
    pub version: Version,
    /// `description`
    pub description: Option<String>,
    /// `authors`
    pub authors: Vec<String>,
    /// `homepage`, or `repository`.
    pub homepage: Option<String>,
    /// `repository`
    pub repository: Option<String>,
    /// `license`
    pub license: Option<String>,
    /// `keywords`
    pub keywords: Vec<String>,
    /// Which table defines the product.
    pub scope: Scope,
    /// The Cargo.toml, or the file, with this table.
    pub manifest: PathBuf,
    /// The Cargo.toml of the package or the workspace; empty for a product without a Rust project.
    pub cargo_manifest: PathBuf,
    /// The workspace's Cargo.toml; empty for a product without a Rust project.
    pub workspace_manifest: PathBuf,
    /// The packages of the workspace.
    pub members: Vec<Member>,
    /// `--bin`
    pub bin: Option<String>,
    /// cargo's target directory.
    pub target_dir: PathBuf,
}

/// The table that defines the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// `[package.metadata.winsvc]` of this member (an index).
    Package(usize),
    /// `[workspace.metadata.winsvc]`.
    Workspace,
    /// The whole file, for a product without a Rust project.
    File,
}

impl Scope {
    /// The key of the table's parent; `None` for a whole file.
    pub(crate) const fn key(self) -> Option<&'static str> {
        match self {
            Self::Package(_) => Some("package"),
            Self::Workspace => Some("workspace"),
            Self::File => None,
        }
    }
}

impl Project {
    /// Runs `cargo metadata` and selects the package, or the workspace.
    pub(crate) fn load(selection: &Selection, cargo: &Path) -> Result<Self, ProjectError> {
        if let Some(file) = &selection.host {
            return file::load(file, selection);
        }
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

        let packages = metadata.workspace_packages();
        let workspace_manifest = metadata.workspace_root.join("Cargo.toml").into_std_path_buf();
        let project = Self {
            name: String::new(),
            version: Version::new(0, 0, 0),
            description: None,
            authors: Vec::new(),
            homepage: None,
            repository: None,
            license: None,
            keywords: Vec::new(),
            scope: Scope::Workspace,
            manifest: workspace_manifest.clone(),
            cargo_manifest: workspace_manifest.clone(),
            workspace_manifest,
            members: packages.iter().map(|package| Member::new(package)).collect(),
            bin: selection.bin.clone(),
            target_dir: metadata.target_directory.clone().into_std_path_buf(),
        };
        let is_root = same_file(&project.workspace_manifest, &manifest);
        if selection.package.is_none() && is_root && is_product(&metadata) {
            return project.of_workspace();
        }
        let package = pick_package(&metadata, &manifest, selection.package.as_deref())?;
        let index = packages.iter().position(|member| member.id == package.id);
        Ok(project.of_package(package, index.unwrap_or_default()))
    }

    fn of_package(self, package: &Package, index: usize) -> Self {
        Self {
            name: package.name.to_string(),
            version: package.version.clone(),
            description: package.description.clone(),
            authors: package.authors.clone(),
            homepage: package.homepage.clone().or_else(|| package.repository.clone()),
            repository: package.repository.clone(),
            license: package.license.clone(),
            keywords: package.keywords.clone(),
            scope: Scope::Package(index),
            manifest: package.manifest_path.clone().into_std_path_buf(),
            cargo_manifest: package.manifest_path.clone().into_std_path_buf(),
            ..self
        }
    }

    fn of_workspace(self) -> Result<Self, ProjectError> {
        let unreadable = |source| ProjectError::Unreadable {
            path: self.manifest.clone(),
            source,
        };
        let text = std::fs::read_to_string(&self.manifest).map_err(unreadable)?;
        // cargo has read the file before.
        let shared = toml::from_str::<WorkspaceToml>(&text)
            .unwrap_or_default()
            .workspace
            .package;
        let mut versions = self.members.iter().filter(|member| !member.binaries.is_empty());
        let version = match &shared.version {
            Some(version) => Version::parse(version).ok(),
            None => versions.next().map(|member| member.version.clone()),
        };
        let is_common =
            |version: &Version| shared.version.is_some() || versions.all(|member| member.version == *version);
        let version = version.filter(is_common).ok_or_else(|| ProjectError::NoVersion {
            manifest: self.manifest.clone(),
        })?;
        let folder = self.root().file_name().unwrap_or_default();
        Ok(Self {
            name: folder.to_string_lossy().into_owned(),
            version,
            description: shared.description,
            authors: shared.authors,
            homepage: shared.homepage.or_else(|| shared.repository.clone()),
            repository: shared.repository,
            license: shared.license,
            keywords: shared.keywords,
            ..self
        })
    }

    /// The folder of the Cargo.toml that defines the product.
    pub(crate) fn root(&self) -> &Path {
        self.manifest.parent().unwrap_or(Path::new("."))
    }

    /// The package, unless the product is the workspace's.
    fn own_member(&self) -> Option<&Member> {
        match self.scope {
            Scope::Package(index) => self.members.get(index),
            Scope::Workspace | Scope::File => None,
        }
    }

    /// The program that is meant if none is named; `None` for a workspace or a file, which has none of its own.
    pub(crate) fn default_program(&self) -> Option<Result<Program, ProjectError>> {
        let member = self.own_member()?;
        Some(member.default_program(self.bin.as_deref()))
    }

    /// Whether the package of a program depends on another one.
    pub(crate) fn depends_on(&self, program: &Program, package: &str) -> bool {
        let mut members = self.members.iter();
        members.any(|member| member.id == program.id && member.dependencies.contains(package))
    }

    /// Finds a program that Cargo.toml names.
    pub(crate) fn program(&self, program: &ProgramRef) -> Result<Program, ProgramError> {
        members::find(&self.members, self.own_member(), program)
    }
}

/// The part of a workspace's Cargo.toml that cargo does not report.
#[derive(Default, Deserialize)]
struct WorkspaceToml {
    #[serde(default)]
    workspace: WorkspaceTable,
}

#[derive(Default, Deserialize)]
struct WorkspaceTable {
    #[serde(default)]
    package: WorkspacePackage,
}

#[derive(Default, Deserialize)]
struct WorkspacePackage {
    version: Option<String>,
    description: Option<String>,
    #[serde(default)]
    authors: Vec<String>,
    homepage: Option<String>,
    repository: Option<String>,
    license: Option<String>,
    #[serde(default)]
    keywords: Vec<String>,
}

/// Whether the workspace's table defines a product, and not only defaults for the packages.
fn is_product(metadata: &Metadata) -> bool {
    let table = metadata.workspace_metadata.get("winsvc");
    table.is_some_and(|table| table.get("services").is_some())
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
    candidates.retain(|package| has_binary(package));
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

fn has_binary(package: &Package) -> bool {
    package.targets.iter().any(cargo_metadata::Target::is_bin)
}

fn names(packages: &[&Package]) -> Vec<String> {
    packages.iter().map(|package| package.name.to_string()).collect()
}

fn same_file(a: &Path, b: &Path) -> bool {
    a == b || matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}
