//! An existing exe from `cargo winsvc build`, which may have been signed since: it is packaged unchanged.
//!
//! Its stamp records what it was built from. The stamp must match what the tool would write now, except for the build
//! time and the commit, which only the stamp records.

mod difference;
mod error;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use winsvc_definition::{Build, Origin, Stamp};

use self::difference::{Difference, differences};
use self::error::Part;
pub(crate) use self::error::PrebuiltError;
use crate::build::target::{Arch, WindowsTarget};
use crate::config::{Config, ProgramConfig, ServiceConfig};
use crate::diagnostic::Place;
use crate::pe::{Image, Machine, ResourceKind};
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
    fn target(&self) -> Result<WindowsTarget, PrebuiltError> {
        WindowsTarget::new(&self.origin.target).ok_or_else(|| PrebuiltError::UnknownTarget {
            path: self.path.clone(),
            triple: self.origin.target.clone(),
        })
    }

    /// Whether it was built for this target.
    fn is_for(&self, target: &WindowsTarget) -> bool {
        self.origin.target == target.triple
    }

    fn other(&self, part: Part, found: &str, expected: &str, place: Option<Place>) -> PrebuiltError {
        PrebuiltError::Other {
            path: self.path.clone(),
            part,
            found: found.to_owned(),
            expected: expected.to_owned(),
            place: place.map(Box::new),
        }
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
        let check = |part, found: &str, expected: &str, place| {
            if found == expected {
                return Ok(());
            }
            Err(self.other(part, found, expected, place))
        };
        let place = |key| Some(config.place_in_package(key));
        let Origin {
            package,
            binary,
            target: triple,
        } = &self.origin;
        check(Part::Package, package, &own.package, place("name"))?;
        check(Part::Binary, binary, &own.binary, None)?;
        let version = own.version.to_string();
        check(Part::Version, &self.version, &version, place("version"))?;
        check(Part::Target, triple, &target.triple, None)?;
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
        let services = config.registered_of(program).map(Some).chain([None]);
        for ((found, expected), service) in self.stamps.values().zip(expected.values()).zip(services) {
            self.check_definition(found, expected, config, service)?;
        }
        match config.lacks_updater(program, &self.bytes) {
            Some(place) => Err(PrebuiltError::NoUpdater {
                path: self.path.clone(),
                place: Box::new(place),
            }),
            None => Ok(()),
        }
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
        let place = differences.iter().flat_map(Difference::keys).find_map(|key| {
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

/// The targets that exes were built for, each once.
pub(crate) fn targets(exes: &[Prebuilt]) -> Result<Vec<WindowsTarget>, PrebuiltError> {
    let targets: Result<Vec<_>, _> = exes.iter().map(Prebuilt::target).collect();
    targets.map(WindowsTarget::distinct)
}

/// Groups exes by target, and refuses those for others.
pub(crate) fn of_targets(
    mut exes: Vec<Prebuilt>,
    targets: &[WindowsTarget],
) -> Result<Vec<Vec<Prebuilt>>, PrebuiltError> {
    let groups = targets
        .iter()
        .map(|target| exes.extract_if(.., |exe| exe.is_for(target)).collect())
        .collect();
    match exes.first() {
        Some(exe) => {
            let triples: Vec<&str> = targets.iter().map(|target| target.triple.as_str()).collect();
            Err(exe.other(Part::Target, &exe.origin.target, &triples.join("` or `"), None))
        }
        None => Ok(groups),
    }
}

/// Puts exes for a target into the order of the programs that they were built from.
pub(crate) fn of_programs(
    mut exes: Vec<Prebuilt>,
    config: &Config,
    target: &WindowsTarget,
) -> Result<Vec<Prebuilt>, PrebuiltError> {
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
            triple: target.triple.clone(),
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

/// The unchanged files, and the provenance of the newest; `None` if there is no exe.
pub(crate) fn into_parts(exes: Vec<Prebuilt>) -> (Vec<Vec<u8>>, Option<Provenance>) {
    let newest = exes.iter().max_by_key(|exe| exe.provenance.built);
    let provenance = newest.map(|exe| exe.provenance.clone());
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

#[cfg(test)]
mod tests;
