//! The dependencies that `cargo auditable` records in the section `.dep-v0` of an exe.

use auditable_info::{Error, Limits, audit_info_from_slice};
use auditable_serde::{DependencyKind, Source as Recorded, VersionInfo};

use super::resolved::Resolved;
use super::{Linked, Package, SbomError, Source};

/// What an exe records; `None` if it was built without `cargo auditable`.
pub(super) fn recorded(exe: &[u8]) -> Result<Option<VersionInfo>, SbomError> {
    match audit_info_from_slice(exe, Limits::default().decompressed_json_size) {
        Ok(recorded) => Ok(Some(recorded)),
        Err(Error::NoAuditData) => Ok(None),
        Err(error) => Err(SbomError::Record(Box::new(error))),
    }
}

/// The packages that the exes record. What they do not record, such as licenses, is that of the packages that cargo
/// resolves for any of the Cargo projects.
pub(super) fn linked(exes: &[VersionInfo], resolved: &[Resolved]) -> Linked {
    let mut packages: Vec<Package> = Vec::new();
    let mut roots = Vec::new();
    for exe in exes {
        // Packages of the build alone, such as those of build scripts, are not linked.
        let is_linked = |index: &&usize| exe.packages[**index].kind == DependencyKind::Runtime;
        let mut places = vec![0; exe.packages.len()];
        let mut next = packages.len();
        for (package, place) in exe.packages.iter().zip(&mut places) {
            *place = next;
            next += usize::from(package.kind == DependencyKind::Runtime);
        }
        for (package, place) in exe.packages.iter().zip(&places) {
            if package.kind != DependencyKind::Runtime {
                continue;
            }
            if package.root {
                roots.push(*place);
            }
            let version = package.version.to_string();
            let is_source = |source: &Source| is_same(source, &package.source);
            let mut described = resolved
                .iter()
                .find_map(|resolved| resolved.describe(&package.name, &version, is_source))
                .unwrap_or_else(|| Package {
                    name: package.name.clone(),
                    version,
                    source: source(&package.source),
                    license: None,
                    checksum: None,
                    dependencies: Vec::new(),
                });
            let dependencies = package.dependencies.iter().filter(is_linked);
            described.dependencies = dependencies.map(|&index| places[index]).collect();
            packages.push(described);
        }
    }
    Linked::new(packages, &roots)
}

fn is_same(source: &Source, recorded: &Recorded) -> bool {
    matches!(
        (source, recorded),
        (Source::CratesIo, Recorded::CratesIo)
            | (Source::Git(_), Recorded::Git)
            | (Source::Local, Recorded::Local)
            | (Source::Registry(_), Recorded::Registry)
    )
}

/// The source of a package that cargo does not resolve now. The addresses of registries and repositories are not recorded.
fn source(recorded: &Recorded) -> Source {
    match recorded {
        Recorded::CratesIo => Source::CratesIo,
        _ => Source::Local,
    }
}
