//! What is published with the packages of a run: the manifests that package managers read, checksums and the provenance.
//!
//! All of it is made from the list of finished packages, after those of all targets exist. [`check`] finds what is missing
//! before anything is compiled.

mod chocolatey;
mod error;
mod listing;
mod provenance;
mod scoop;
mod winget;

use std::path::Path;

use winsvc_definition::manifest::Format;

pub(crate) use self::error::ChannelError;
use self::listing::{Channel, Listing};
pub(crate) use self::provenance::{Origin, TargetOrigin};
use crate::artifact::Codes;
use crate::build::target::Arch;
use crate::config::Config;
use crate::hashing::hex;
use crate::output::{OutputError, Staging, Written};
use crate::project::Project;

/// A file of the run that users download.
#[derive(Clone, Debug)]
pub(crate) struct Download<'a> {
    /// `msi`, `zip` and so on, as in the messages.
    pub format: &'static str,
    /// The architecture that it is for; `None` if for all.
    pub arch: Option<Arch>,
    /// The file.
    pub file: &'a Written,
    /// What identifies an MSI.
    pub codes: Option<&'a Codes>,
}

impl Download<'_> {
    fn name(&self) -> &str {
        self.file.name()
    }

    fn sha256(&self) -> String {
        hex(&self.file.sha256)
    }
}

/// A file to publish: its path in the folder for results, with slashes, and its content.
struct Document {
    path: String,
    content: Vec<u8>,
}

/// What all files of a run have in common.
pub(crate) struct Release<'a> {
    /// The project.
    pub project: &'a Project,
    /// Its configuration.
    pub config: &'a Config,
    /// The build time.
    pub built: u64,
    /// What the packages were made from.
    pub origin: Origin<'a>,
    /// Whether the zips have scripts that register the services.
    pub has_scripts: bool,
    /// The formats of the run.
    pub formats: &'a [Format],
}

/// Checks that everything is known that these formats list. Call this before the slow steps.
pub(crate) fn check(
    project: &Project,
    config: &Config,
    formats: &[Format],
    targets: &[Arch],
) -> Result<(), ChannelError> {
    for &format in formats {
        // The formats may be those of the command line.
        let mut configured = config.manifest.package.formats.iter().flatten();
        let is_configured = configured.any(|it| *it == format);
        let written = config.place_if_written(None, &["package", "formats"]);
        let place = written.filter(|_| is_configured).map(Box::new);
        let (needed, channel) = match format {
            Format::Msi | Format::Zip | Format::Guide | Format::Sbom | Format::Wxs | Format::Wxs3 => continue,
            Format::Winget => (&[Format::Msi][..], Some(Channel::Winget)),
            Format::Scoop => (&[Format::Zip][..], Some(Channel::Scoop)),
            Format::Chocolatey => (&[Format::Msi][..], Some(Channel::Chocolatey)),
            Format::Provenance | Format::Sha256Sums => (&[Format::Msi, Format::Zip][..], None),
        };
        if !needed.iter().any(|needed| formats.contains(needed)) {
            return Err(ChannelError::NoPackage {
                format,
                needed,
                place,
            });
        }
        if format == Format::Chocolatey && !targets.iter().any(|&arch| chocolatey::has(arch)) {
            return Err(ChannelError::Architecture { place });
        }
        if let Some(channel) = channel {
            Listing::new(project, config, channel)?;
        }
    }
    Ok(())
}

/// The file with the checksums.
const CHECKSUMS: &str = "SHA256SUMS";

/// The paths of the files of a format that are about the packages of all targets, in the folder for results.
pub(crate) fn paths(project: &Project, config: &Config, format: Format) -> Result<Vec<String>, ChannelError> {
    let listing = |channel| Listing::new(project, config, channel);
    Ok(match format {
        Format::Msi | Format::Zip | Format::Guide | Format::Sbom | Format::Wxs | Format::Wxs3 => Vec::new(),
        Format::Winget => winget::paths(&listing(Channel::Winget)?).into(),
        Format::Scoop => vec![scoop::path(&listing(Channel::Scoop)?)],
        Format::Chocolatey => vec![chocolatey::path(&listing(Channel::Chocolatey)?)],
        Format::Provenance => vec![provenance::path(project, config)],
        Format::Sha256Sums => vec![CHECKSUMS.to_owned()],
    })
}

impl Release<'_> {
    /// Writes the files of the run's formats that are made from its packages to the folder for results.
    pub(crate) fn write(
        &self,
        downloads: &[Download<'_>],
        folder: &Path,
        staging: &mut Staging,
    ) -> Result<Vec<(&'static str, Written)>, ReleaseError> {
        let mut written: Vec<(&'static str, Written)> = Vec::new();
        for &format in self.formats {
            // The provenance is for download too, and has a checksum.
            let statement = written
                .iter()
                .filter(|(format, _)| *format == Format::Provenance.as_str());
            let statement = statement.map(|(format, file)| Download {
                format,
                arch: None,
                file,
                codes: None,
            });
            let downloads: Vec<Download<'_>> = downloads.iter().cloned().chain(statement).collect();
            for Document { path, content } in self.documents(format, &downloads)? {
                let file = staging.write(&folder.join(path), &content)?;
                written.push((format.as_str(), file));
            }
        }
        Ok(written)
    }

    fn documents(&self, format: Format, downloads: &[Download<'_>]) -> Result<Vec<Document>, ChannelError> {
        let listing = |channel| Listing::new(self.project, self.config, channel);
        let msis: Vec<_> = of_format(downloads, "msi").collect();
        let no_cabinets = || match of_format(downloads, "cab").next() {
            Some(_) => Err(ChannelError::Cabinets { format }),
            None => Ok(()),
        };
        match format {
            Format::Msi | Format::Zip | Format::Guide | Format::Sbom | Format::Wxs | Format::Wxs3 => {
                Ok(Vec::new())
            }
            Format::Winget => {
                no_cabinets()?;
                winget::manifest(&listing(Channel::Winget)?, self.config, self.built, &msis)
            }
            Format::Scoop => {
                if !self.has_scripts {
                    return Err(ChannelError::NoScripts);
                }
                let zips: Vec<_> = of_format(downloads, "zip").collect();
                let has_checksums = self.formats.contains(&Format::Sha256Sums);
                Ok(vec![scoop::manifest(
                    &listing(Channel::Scoop)?,
                    &zips,
                    has_checksums,
                )])
            }
            Format::Chocolatey => {
                no_cabinets()?;
                Ok(vec![chocolatey::package(
                    &listing(Channel::Chocolatey)?,
                    self.built,
                    &msis,
                )?])
            }
            Format::Provenance => {
                let statement =
                    provenance::statement(self.project, self.config, &self.origin, self.formats, downloads)?;
                Ok(vec![statement])
            }
            Format::Sha256Sums => Ok(vec![checksums(downloads)]),
        }
    }
}

fn of_format<'d, 'a>(
    downloads: &'d [Download<'a>],
    format: &'static str,
) -> impl Iterator<Item = &'d Download<'a>> {
    downloads.iter().filter(move |download| download.format == format)
}

/// The checksums of all downloads, as `sha256sum --check` reads them.
fn checksums(downloads: &[Download<'_>]) -> Document {
    let mut lines: Vec<String> = downloads
        .iter()
        .map(|download| format!("{}  {}\n", download.sha256(), download.name()))
        .collect();
    lines.sort_by(|a, b| a[64..].cmp(&b[64..]));
    Document {
        path: CHECKSUMS.to_owned(),
        content: lines.concat().into_bytes(),
    }
}

/// The error if the files cannot be made or written.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) enum ReleaseError {
    /// A file cannot be made.
    Channel(#[from] ChannelError),
    /// A file cannot be written.
    Output(#[from] OutputError),
}

#[cfg(test)]
mod tests;
