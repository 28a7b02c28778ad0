//! What the tool writes into the exe after the link: its version, the application manifest and the service definition.

use cargo_metadata::semver::Version;
use thiserror::Error;
use winsvc_definition::{Build, Stamp};

use crate::config::Config;
use crate::diagnostic::{Diagnostic, Explain};
use crate::pe::{self, Image, PeError, ResourceKind, Resources, VersionInfo};
use crate::product::Names;
use crate::project::Project;
use crate::provenance::Provenance;
use crate::shell::Shell;

/// Returns the exe with its resources. What the author put in stays, but for the version and what only we can know.
pub(crate) fn stamp(
    exe: &[u8],
    project: &Project,
    config: &Config,
    provenance: &Provenance,
    shell: Shell,
) -> Result<Vec<u8>, StampError> {
    let image = Image::parse(exe)?;
    if image.is_signed() {
        shell.warning(&Diagnostic::warning(
            "the exe was signed before it was stamped; its signature is no longer valid and was removed",
        ));
    }
    let mut resources = image.resources()?;
    if resources.has_any(ResourceKind::MessageTable) {
        shell.warning(&own_message_table(config.definition.name.as_str()));
    }
    set_version(&mut resources, project, config)?;
    set_manifest(&mut resources);
    set_definition(&mut resources, project, config, provenance);
    // The field in the header is what the linker wrote: seconds in 32 bits.
    let timestamp = u32::try_from(provenance.built).unwrap_or(u32::MAX);
    Ok(pe::stamp(&image, &resources, timestamp)?)
}

/// What the author of a message table has to know.
fn own_message_table(service: &str) -> Diagnostic {
    Diagnostic::warning(format!(
        "the exe has a message table, which the event source `{service}` does not use"
    ))
    .note(
        "that source shows the texts that winsvc reports, by Windows' own EventCreate.exe; an exe as its message file would \
         be held open by the Event Log service, which blocks upgrades",
    )
    .help("report events of the table under a source of another name, with a DLL as its message file")
}

/// VERSIONINFO: what Explorer shows on the file's page of details, and what Windows Installer compares files by.
fn set_version(resources: &mut Resources<'_>, project: &Project, config: &Config) -> Result<(), PeError> {
    let names = Names::new(project, config);
    let version = project.version.to_string();
    let exe = project.exe_name();
    let description = match config.definition.description.as_str() {
        "" => names.product.as_str(),
        description => description,
    };
    let numbers = file_version(&project.version);
    let info = VersionInfo {
        file_version: numbers,
        product_version: numbers,
        prerelease: !project.version.pre.is_empty(),
        strings: [
            ("CompanyName", names.manufacturer.as_str()),
            ("FileDescription", description),
            ("FileVersion", &version),
            ("InternalName", &project.binary),
            ("OriginalFilename", &exe),
            ("ProductName", &names.product),
            ("ProductVersion", &version),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .to_vec(),
        ..VersionInfo::default()
    };
    resources.set(ResourceKind::Version, 1, pe::LANGUAGE_EN_US, info.encode()?);
    Ok(())
}

/// `x.y.z.0`. A number that does not fit into 16 bits stands as the highest that does.
///
/// The fourth number is not used: a release must never be older than its candidates, because Windows Installer, which
/// compares all four, would then skip the file on the upgrade and remove it with the old version.
fn file_version(version: &Version) -> [u16; 4] {
    let number = |number: u64| u16::try_from(number).unwrap_or(u16::MAX);
    [
        number(version.major),
        number(version.minor),
        number(version.patch),
        0,
    ]
}

/// The application manifest, unless the author has one.
fn set_manifest(resources: &mut Resources<'_>) {
    if !resources.contains(ResourceKind::Manifest, 1) {
        resources.set(
            ResourceKind::Manifest,
            1,
            pe::LANGUAGE_EN_US,
            pe::MANIFEST.as_bytes(),
        );
    }
}

/// The definition, from which the running service reads who it is.
fn set_definition(
    resources: &mut Resources<'_>,
    project: &Project,
    config: &Config,
    provenance: &Provenance,
) {
    let mut build = Build::new(project.version.to_string());
    build.built = Some(provenance.built);
    build.commit.clone_from(&provenance.commit);
    let stamp = Stamp {
        definition: config.definition.clone(),
        build,
        folders: Names::new(project, config).folders(),
    };
    resources.set(
        ResourceKind::RcData,
        Stamp::RESOURCE_ID,
        pe::LANGUAGE_NEUTRAL,
        stamp.encode(),
    );
}

/// Why the exe cannot be stamped.
#[derive(Debug, Error)]
#[error("cannot stamp the exe")]
pub(crate) struct StampError(#[from] PeError);

impl Explain for StampError {
    fn diagnostic(&self) -> Diagnostic {
        Diagnostic::of(self)
            .help("the exe is as the linker left it; please report this with the linker's name and version")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_and_their_release_have_one_file_version() {
        let version = |text: &str| file_version(&text.parse().unwrap());
        assert_eq!(version("1.2.3-rc.1+build.5"), [1, 2, 3, 0]);
        assert_eq!(version("1.2.3"), [1, 2, 3, 0]);
        assert_eq!(version("70000.0.1"), [u16::MAX, 0, 1, 0]);
    }
}
