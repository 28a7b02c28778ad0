//! An existing exe from `cargo winsvc build`, which may have been signed since: it is packaged unchanged.
//!
//! Its stamp records what it was built from. The stamp must match what the tool would write now, except for the build
//! time and the commit, which only the stamp records.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use thiserror::Error;
use winsvc_definition::{Build, Origin, Stamp};

use crate::build::target::{Arch, WindowsTarget};
use crate::config::{Config, ProgramConfig, ServiceConfig};
use crate::diagnostic::{Diagnostic, Explain, Place};
use crate::pe::{Image, Machine, PeError, ResourceKind};
use crate::project::{Program, Project};
use crate::provenance::Provenance;
use crate::stamp;

/// The exe and the contents of its stamp.
#[derive(Clone, Debug)]
pub(crate) struct Prebuilt {
    /// Its path.
    path: PathBuf,
    /// The file.
    bytes: Vec<u8>,
    machine: Machine,
    /// The content of each stamp, by the number of its resource.
    stamps: BTreeMap<u16, Vec<u8>>,
    origin: Origin,
    version: String,
    provenance: Provenance,
}

impl Prebuilt {
    /// Reads the exe and its stamp.
    pub(crate) fn read(path: &Path) -> Result<Self, PrebuiltError> {
        let bytes = std::fs::read(path).map_err(|source| PrebuiltError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(path.to_owned(), bytes)
    }

    fn parse(path: PathBuf, bytes: Vec<u8>) -> Result<Self, PrebuiltError> {
        let not_an_exe = |source| PrebuiltError::NotAnExe {
            path: path.clone(),
            source,
        };
        let bad_stamp = |source| PrebuiltError::Stamp {
            path: path.clone(),
            source,
        };
        let image = Image::parse(&bytes).map_err(not_an_exe)?;
        let resources = image.resources().map_err(not_an_exe)?;
        let stamps: BTreeMap<u16, Vec<u8>> = [Build::RESOURCE_ID]
            .into_iter()
            .chain(Stamp::RESOURCE_IDS)
            .filter_map(|id| Some((id, resources.get(ResourceKind::RcData, id)?.to_vec())))
            .collect();
        let content = stamps.values().next();
        let content = content.ok_or_else(|| PrebuiltError::NoStamp { path: path.clone() })?;
        let services = stamps.range(Stamp::RESOURCE_ID..);
        for (_, stamp) in services {
            Stamp::decode(stamp).map_err(bad_stamp)?;
        }
        let origin = Origin::decode(content).map_err(bad_stamp)?;
        let Build {
            version,
            built,
            commit,
            ..
        } = Build::decode(content).map_err(bad_stamp)?;
        let built =
            built.ok_or_else(|| bad_stamp(winsvc_definition::StampError::Missing { key: "built" }))?;
        Ok(Self {
            machine: image.machine(),
            origin,
            version,
            provenance: Provenance { built, commit },
            stamps,
            path,
            bytes,
        })
    }

    /// The target that the exe was built for.
    pub(crate) fn target(&self) -> Result<WindowsTarget, PrebuiltError> {
        WindowsTarget::new(&self.origin.target).ok_or_else(|| PrebuiltError::UnknownTarget {
            path: self.path.clone(),
            triple: self.origin.target.clone(),
        })
    }

    /// Checks that `cargo winsvc build` would stamp the exe the same way now.
    pub(crate) fn check(
        &self,
        project: &Project,
        config: &Config,
        program: usize,
        target: &WindowsTarget,
    ) -> Result<(), PrebuiltError> {
        let own = &config.programs[program].program;
        let other = |part, found: &str, expected: &str, place: Option<Place>| {
            if found == expected {
                return Ok(());
            }
            Err(PrebuiltError::Other {
                path: self.path.clone(),
                part,
                found: found.to_owned(),
                expected: expected.to_owned(),
                place: place.map(Box::new),
            })
        };
        let place = |key| Some(config.place_in_package(key));
        let Origin {
            package,
            binary,
            target: triple,
        } = &self.origin;
        other(Part::Package, package, &own.package, place("name"))?;
        other(Part::Binary, binary, &own.binary, None)?;
        let version = own.version.to_string();
        other(Part::Version, &self.version, &version, place("version"))?;
        other(Part::Target, triple, &target.triple, None)?;
        if arch(self.machine) != Some(target.arch) {
            return Err(PrebuiltError::Machine {
                path: self.path.clone(),
                found: self.machine,
                triple: triple.clone(),
            });
        }
        let expected = stamp::contents(project, config, program, target, &self.provenance);
        let expected: BTreeMap<u16, Vec<u8>> = expected.into_iter().collect();
        if !expected.keys().eq(self.stamps.keys()) {
            let names = |stamps: &BTreeMap<u16, Vec<u8>>| {
                let stamps = stamps.values().filter_map(|content| Stamp::decode(content).ok());
                stamps.map(|stamp| stamp.definition.name.to_string()).collect()
            };
            return Err(PrebuiltError::Services {
                path: self.path.clone(),
                found: names(&self.stamps),
                expected: names(&expected),
            });
        }
        let services = config.services_of(program).map(Some).chain([None]);
        for ((found, expected), service) in self.stamps.values().zip(expected.values()).zip(services) {
            self.check_definition(found, expected, config, service)?;
        }
        Ok(())
    }

    fn check_definition(
        &self,
        found: &[u8],
        expected: &[u8],
        config: &Config,
        service: Option<&ServiceConfig>,
    ) -> Result<(), PrebuiltError> {
        let fields = |content| Stamp::fields(content).unwrap_or_default();
        let differences = differences(&fields(found), &fields(expected));
        if differences.is_empty() {
            return Ok(());
        }
        let keys = differences.iter().flat_map(|difference| {
            let derived_from = if [DATA_FOLDER, PRODUCT_NAME].contains(&difference.key.as_str()) {
                &NAMES[..]
            } else {
                &[]
            };
            [difference.key.as_str()]
                .into_iter()
                .chain(derived_from.iter().copied())
        });
        let place = keys.into_iter().find_map(|key| {
            let keys: Vec<&str> = key.split('.').collect();
            config.place_if_written(service, &keys)
        });
        Err(PrebuiltError::Definition {
            path: self.path.clone(),
            place: place.map(Box::new),
            differences,
        })
    }

    /// Whether it was built from this program.
    fn is_of(&self, program: &Program) -> bool {
        self.origin.package == program.package && self.origin.binary == program.binary
    }
}

/// Puts exes into the order of the programs that they were built from.
pub(crate) fn of_programs(mut exes: Vec<Prebuilt>, config: &Config) -> Result<Vec<Prebuilt>, PrebuiltError> {
    // `check` tells what is wrong with the only one.
    if exes.len() == 1 && config.programs.len() == 1 {
        return Ok(exes);
    }
    let mut sorted = Vec::new();
    for ProgramConfig { program, .. } in &config.programs {
        let index = exes.iter().position(|exe| exe.is_of(program));
        let index = index.ok_or_else(|| PrebuiltError::Missing {
            binary: program.binary.clone(),
            package: program.package.clone(),
        })?;
        sorted.push(exes.swap_remove(index));
    }
    match exes.first() {
        Some(exe) => Err(PrebuiltError::NotOfProduct {
            path: exe.path.clone(),
        }),
        None => Ok(sorted),
    }
}

/// The unchanged files, and the provenance of the newest.
pub(crate) fn into_parts(exes: Vec<Prebuilt>) -> (Vec<Vec<u8>>, Provenance) {
    let newest = exes.iter().max_by_key(|exe| exe.provenance.built);
    let provenance = newest.expect("a product has a program").provenance.clone();
    (exes.into_iter().map(|exe| exe.bytes).collect(), provenance)
}

fn arch(machine: Machine) -> Option<Arch> {
    match machine {
        Machine::X64 => Some(Arch::X64),
        Machine::X86 => Some(Arch::X86),
        Machine::Arm64 => Some(Arch::Arm64),
        Machine::Other(_) => None,
    }
}

/// A key whose value in the exe differs from Cargo.toml.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The key as in Cargo.toml, with a dot after a table's key.
    pub(crate) key: String,
    /// The values in the exe.
    pub(crate) exe: Vec<String>,
    /// The values in Cargo.toml, or derived from it.
    pub(crate) manifest: Vec<String>,
}

/// The key of the folder below `%ProgramData%`, and the keys that it is derived from without it.
const DATA_FOLDER: &str = "package.data-folder";
const NAMES: [&str; 2] = ["package.manufacturer", PRODUCT_NAME];
const PRODUCT_NAME: &str = "package.product-name";

/// The key of the stamp with the SIDs of all services of the product, which Cargo.toml does not have.
const ACCESS: &str = "folder-access";

/// The keys of the stamp that have another name in Cargo.toml.
const KEYS: [(&str, &str); 14] = [
    ("argument", "arguments"),
    ("argument-if", "properties"),
    ("data-folder", DATA_FOLDER),
    ("dependency", "dependencies"),
    ("exe-folder", "package.exe-folder"),
    ("privilege", "privileges"),
    ("property", "properties"),
    ("raw-arguments", "properties"),
    ("recovery-give-up", "recovery.give-up"),
    ("recovery-on-error-exit", "recovery.on-error-exit"),
    ("recovery-reset-after", "recovery.reset-after"),
    ("recovery-restart", "recovery.restart"),
    ("registry-key", PRODUCT_NAME),
    ("trigger", "triggers"),
];

/// The name in Cargo.toml of a key of the stamp.
fn written_key(stamped: &str) -> &str {
    let found = KEYS.iter().find(|(key, _)| *key == stamped);
    found.map_or(stamped, |(_, written)| written)
}

fn differences(
    exe: &BTreeMap<String, Vec<String>>,
    manifest: &BTreeMap<String, Vec<String>>,
) -> Vec<Difference> {
    let keys: BTreeSet<&String> = exe.keys().chain(manifest.keys()).collect();
    let values = |fields: &BTreeMap<String, Vec<String>>, key| fields.get(key).cloned().unwrap_or_default();
    keys.into_iter()
        .map(|key| Difference {
            key: written_key(key).to_owned(),
            exe: values(exe, key),
            manifest: values(manifest, key),
        })
        .filter(|difference| difference.exe != difference.manifest)
        .collect()
}

impl Difference {
    fn note(&self) -> String {
        let show = |values: &[String]| match values {
            [] => "not set".to_owned(),
            [value] => format!("{value:?}"),
            values => format!("{values:?}"),
        };
        let Self { key, exe, manifest } = self;
        if key == ACCESS {
            let [exe, manifest] = [show(exe), show(manifest)];
            return format!(
                "the accounts with access to the folders below %ProgramData% are {exe} in the exe, {manifest} in Cargo.toml"
            );
        }
        if key == DATA_FOLDER {
            let [exe, manifest] = [exe, manifest].map(|folders| folders.join(r"\"));
            return format!(
                "the folder below %ProgramData% is `{exe}` in the exe, `{manifest}` in Cargo.toml"
            );
        }
        format!(
            "`{key}` is {} in the exe, {} in Cargo.toml",
            show(exe),
            show(manifest)
        )
    }
}

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
    #[error("no exe was given for the program `{binary}` of the package `{package}`")]
    Missing {
        /// The binary.
        binary: String,
        /// The package.
        package: String,
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
            Self::Missing { .. } => diagnostic.help("pass an exe for each program with --exe"),
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

#[cfg(test)]
mod tests;
