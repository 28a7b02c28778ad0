//! The software bill of materials: the packages that are linked into the programs of a product, as CycloneDX.
//!
//! [`linked`] finds them: in the exes, if `cargo auditable` has recorded them there, else from what cargo compiled for the
//! target and from its dependency graph. [`document`] writes them down.

mod auditable;
mod cyclonedx;
mod resolved;

use std::collections::BTreeMap;
use std::path::PathBuf;

use thiserror::Error;

pub(crate) use self::cyclonedx::{ProgramFile, Subject, document};
use self::resolved::Resolved;
use crate::build::target::WindowsTarget;
use crate::build::{Compiled, Toolchain};
use crate::cli::Selection;
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Explain};
use crate::project::{Program, Project, ProjectError, write_hosts};

/// The packages that are linked into the programs of a product.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Linked {
    /// The packages, sorted.
    packages: Vec<Package>,
    /// The package of each program: indices into `packages`.
    roots: Vec<usize>,
}

/// A linked package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Package {
    name: String,
    version: String,
    source: Source,
    /// `license` in its Cargo.toml.
    license: Option<String>,
    /// The SHA-256 of its `.crate` file.
    checksum: Option<String>,
    /// The packages that it uses: indices.
    dependencies: Vec<usize>,
}

/// Where a package is from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    CratesIo,
    /// The address of another registry.
    Registry(String),
    /// The address of the repository and the commit.
    Git(String),
    /// The workspace, or another folder.
    Local,
}

/// Finds what is linked into the exes of the programs, which are in their order. `compiled` is what cargo has compiled for
/// them; `None` if they were built before.
pub(crate) fn linked(
    project: &Project,
    config: &Config,
    selection: &Selection,
    target: &WindowsTarget,
    exes: &[Vec<u8>],
    compiled: Option<&Compiled>,
) -> Result<Linked, SbomError> {
    let recorded: Vec<_> = exes
        .iter()
        .map(|exe| auditable::recorded(exe))
        .collect::<Result<_, _>>()?;
    let recorded: Option<Vec<_>> = recorded.into_iter().collect();
    let current = Toolchain::current();
    let toolchain = compiled.map_or(&current, |compiled| &compiled.toolchain);
    let programs: Vec<&Program> = config.programs.iter().map(|program| &program.program).collect();
    write_hosts(&programs)?;
    let projects = project.cargo_projects(&programs, selection);
    let resolved = || projects.iter().map(|it| Resolved::load(it, target, toolchain));
    match (recorded, compiled) {
        (Some(recorded), _) => {
            let resolved: Vec<Resolved> = resolved().collect::<Result<_, _>>()?;
            Ok(auditable::linked(&recorded, &resolved))
        }
        (None, Some(compiled)) => {
            let mut parts = Vec::new();
            for (project, resolved) in projects.iter().zip(resolved()) {
                let (places, programs): (Vec<usize>, Vec<&Program>) =
                    project.programs.iter().copied().unzip();
                parts.push((places, resolved?.linked(&programs, &compiled.packages)));
            }
            Ok(Linked::joined(parts))
        }
        (None, None) => Err(SbomError::Unrecorded),
    }
}

/// A license as an SPDX expression; `None` if it is not one. Old packages separate licenses by slashes.
pub(crate) fn license_expression(text: &str) -> Option<String> {
    let canonical = spdx::Expression::canonicalize(text).ok().flatten();
    let expression = canonical.unwrap_or_else(|| text.to_owned());
    spdx::Expression::parse(&expression).is_ok().then_some(expression)
}

impl Linked {
    /// Joins what is linked into the programs of several Cargo projects. Each part has the places of its programs among all.
    fn joined(parts: Vec<(Vec<usize>, Self)>) -> Self {
        let mut packages: Vec<Package> = Vec::new();
        let mut roots = BTreeMap::new();
        for (places, part) in parts {
            let first = packages.len();
            roots.extend(places.into_iter().zip(part.roots.iter().map(|root| first + root)));
            packages.extend(part.packages.into_iter().map(|mut package| {
                package.dependencies.iter_mut().for_each(|it| *it += first);
                package
            }));
        }
        let roots: Vec<usize> = roots.into_values().collect();
        Self::new(packages, &roots)
    }

    /// Sorts the packages and drops duplicates, so that the order in which they were found has no effect.
    fn new(mut packages: Vec<Package>, roots: &[usize]) -> Self {
        let mut order: Vec<usize> = (0..packages.len()).collect();
        let key = |package: &Package| {
            (
                package.name.clone(),
                package.version.clone(),
                package.source.clone(),
            )
        };
        order.sort_by_cached_key(|&index| key(&packages[index]));
        let mut places = vec![0; packages.len()];
        let mut sorted: Vec<Package> = Vec::new();
        for &index in &order {
            if sorted
                .last()
                .is_none_or(|last| key(last) != key(&packages[index]))
            {
                sorted.push(packages[index].clone());
                sorted.last_mut().expect("it was added").dependencies.clear();
            }
            places[index] = sorted.len() - 1;
        }
        for (index, package) in packages.iter_mut().enumerate() {
            let dependencies = package.dependencies.iter().map(|&index| places[index]);
            sorted[places[index]].dependencies.extend(dependencies);
        }
        for package in &mut sorted {
            package.dependencies.sort_unstable();
            package.dependencies.dedup();
        }
        Self {
            packages: sorted,
            roots: roots.iter().map(|&root| places[root]).collect(),
        }
    }
}

/// The error if the linked packages cannot be determined.
#[derive(Debug, Error)]
pub(crate) enum SbomError {
    /// The project of the hosts cannot be written.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// The exe was built before and does not record its dependencies.
    #[error("cannot determine what is linked into an exe that was built before")]
    Unrecorded,
    /// The record in an exe is damaged.
    #[error("cannot read the dependencies that `cargo auditable` has recorded in the exe")]
    Record(#[source] Box<auditable_info::Error>),
    /// cargo could not be run.
    #[error("cannot run `{} metadata`", cargo.display())]
    NotRun {
        /// The path of cargo.
        cargo: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// cargo does not resolve the dependencies.
    #[error("cargo cannot resolve the dependencies for the bill of materials")]
    Refused {
        /// What it wrote.
        reason: String,
    },
    /// The output of cargo is not understood.
    #[error("cannot read the output of `cargo metadata`")]
    Metadata(#[source] Box<cargo_metadata::Error>),
    /// The lock file cannot be read.
    #[error("cannot read the lock file `{}`", path.display())]
    Lock {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The lock file is not understood.
    #[error("the lock file `{}` is invalid", path.display())]
    InvalidLock {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<toml::de::Error>,
    },
}

impl Explain for SbomError {
    fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::of(self);
        match self {
            Self::Project(error) => error.diagnostic(),
            Self::Unrecorded => diagnostic
                .note("the features that it was built with are unknown")
                .help("build and package in one run, or build the exe with `cargo auditable winsvc build`"),
            Self::Refused { reason } => diagnostic
                .note(reason.as_str())
                .help("run `cargo fetch` first if there is no network"),
            Self::Record(_)
            | Self::NotRun { .. }
            | Self::Metadata(_)
            | Self::Lock { .. }
            | Self::InvalidLock { .. } => diagnostic,
        }
    }
}

#[cfg(test)]
mod tests;
