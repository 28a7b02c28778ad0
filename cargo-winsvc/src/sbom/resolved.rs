//! The packages that cargo resolves, and which of them are linked.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};
use serde::Deserialize;

use super::{Linked, Package, SbomError, Source};
use crate::build::Toolchain;
use crate::build::target::WindowsTarget;
use crate::project::{CargoProject, Program};

/// What `cargo metadata` resolves for a target, with the checksums of the lock file.
pub(super) struct Resolved {
    pub(super) metadata: Metadata,
    /// By name, version and source.
    checksums: BTreeMap<(String, String, String), String>,
}

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    package: Vec<LockedPackage>,
}

#[derive(Deserialize)]
struct LockedPackage {
    name: String,
    version: String,
    source: Option<String>,
    checksum: Option<String>,
}

/// How cargo writes the source of crates.io, whichever protocol it uses.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

impl Resolved {
    pub(super) fn load(
        project: &CargoProject<'_>,
        target: &WindowsTarget,
        toolchain: &Toolchain,
    ) -> Result<Self, SbomError> {
        let mut command = toolchain.cargo();
        command.args(["metadata", "--format-version", "1", "--manifest-path"]);
        command.arg(&project.manifest);
        command.args(["--filter-platform", &target.triple]);
        command.args(project.selection.feature_flags());
        command.args(project.selection.resolution_flags());
        let output = command.output().map_err(|source| SbomError::NotRun {
            cargo: toolchain.cargo.clone(),
            source,
        })?;
        if !output.status.success() {
            let reason = String::from_utf8_lossy(&output.stderr);
            return Err(SbomError::Refused {
                reason: reason.trim().trim_start_matches("error: ").to_owned(),
            });
        }
        let metadata = MetadataCommand::parse(String::from_utf8_lossy(&output.stdout));
        let metadata = metadata.map_err(|error| SbomError::Metadata(Box::new(error)))?;
        let path = &project.lock_file;
        let lock = std::fs::read_to_string(path).map_err(|source| SbomError::Lock {
            path: path.clone(),
            source,
        })?;
        Self::new(metadata, &lock, path)
    }

    pub(super) fn new(metadata: Metadata, lock: &str, path: &Path) -> Result<Self, SbomError> {
        let lock: Lock = toml::from_str(lock).map_err(|source| SbomError::InvalidLock {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        let checksums = lock.package.into_iter().filter_map(|package| {
            Some((
                (package.name, package.version, package.source?),
                package.checksum?,
            ))
        });
        Ok(Self {
            checksums: checksums.collect(),
            metadata,
        })
    }

    /// The packages of the programs, and those among `compiled` that they use, in any number of steps, for more than
    /// their build.
    ///
    /// cargo resolves features for all members of a workspace and for tests too. What it has compiled for the target is
    /// what this build needed.
    pub(super) fn linked(&self, programs: &[&Program], compiled: &BTreeSet<PackageId>) -> Linked {
        let nodes = self.metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
        let nodes: BTreeMap<&PackageId, _> = nodes.map(|node| (&node.id, node)).collect();
        let links = |id: &PackageId| -> Vec<&PackageId> {
            let Some(node) = nodes.get(id) else {
                return Vec::new();
            };
            let linked = node.deps.iter().filter(|dependency| {
                let mut kinds = dependency.dep_kinds.iter();
                compiled.contains(&dependency.pkg) && kinds.any(|it| it.kind == DependencyKind::Normal)
            });
            linked.map(|dependency| &dependency.pkg).collect()
        };
        let mut found: Vec<&PackageId> = Vec::new();
        let mut places: BTreeMap<&PackageId, usize> = BTreeMap::new();
        let mut add = |id, found: &mut Vec<_>| {
            *places.entry(id).or_insert_with(|| {
                found.push(id);
                found.len() - 1
            })
        };
        let roots: Vec<usize> = programs
            .iter()
            .filter_map(|program| nodes.keys().find(|id| program.is_of(id)))
            .map(|id| add(*id, &mut found))
            .collect();
        let mut dependencies = Vec::new();
        while let Some(id) = found.get(dependencies.len()) {
            let linked = links(id);
            dependencies.push(linked.into_iter().map(|id| add(id, &mut found)).collect());
        }
        let packages = found
            .into_iter()
            .zip(dependencies)
            .map(|(id, dependencies)| Package {
                dependencies,
                ..self.package(&self.metadata[id])
            });
        Linked::new(packages.collect(), &roots)
    }

    /// The package with this name, this version and such a source.
    pub(super) fn describe(
        &self,
        name: &str,
        version: &str,
        is_source: impl Fn(&Source) -> bool,
    ) -> Option<Package> {
        let mut packages = self.metadata.packages.iter();
        let package = packages.find(|package| {
            package.name == name && package.version.to_string() == version && is_source(&source(package))
        });
        package.map(|package| self.package(package))
    }

    fn package(&self, package: &cargo_metadata::Package) -> Package {
        let [name, version] = [package.name.to_string(), package.version.to_string()];
        let origin = package.source.as_ref().map(|source| source.repr.clone());
        let key = (name, version, origin.unwrap_or_default());
        let checksum = self.checksums.get(&key).cloned();
        let (name, version, _) = key;
        Package {
            name,
            version,
            source: source(package),
            license: package.license.clone(),
            checksum,
            dependencies: Vec::new(),
        }
    }
}

fn source(package: &cargo_metadata::Package) -> Source {
    let Some(source) = &package.source else {
        return Source::Local;
    };
    let repr = source.repr.as_str();
    match repr.split_once('+') {
        _ if repr == CRATES_IO => Source::CratesIo,
        Some(("git", url)) => {
            // `https://host/repository?branch=main#commit`
            let (url, commit) = url.split_once('#').unwrap_or((url, ""));
            let url = url.split('?').next().unwrap_or(url);
            Source::Git(format!("git+{}@{commit}", without_user(url)))
        }
        Some((_, url)) => Source::Registry(without_user(url)),
        None => Source::Registry(without_user(repr)),
    }
}

/// An address without a user's name and password.
fn without_user(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let end = rest.find('/').unwrap_or(rest.len());
            let host = rest[..end].rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}{}", &rest[end..])
        }
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_no_password() {
        assert_eq!(without_user("https://me:secret@host/a@b"), "https://host/a@b");
        assert_eq!(without_user("https://host"), "https://host");
        assert_eq!(without_user("ssh://git@host/repository"), "ssh://host/repository");
    }
}
