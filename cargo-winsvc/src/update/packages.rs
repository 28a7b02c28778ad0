//! The packages of a version in the folder for results.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use ::zip::ZipArchive;
use winsvc_definition::manifest::UpgradeCode;
use winsvc_definition::update::manifest::{Artifact, ArtifactKind, UpdateArch};

use super::error::UpdateError;
use crate::build::target::Arch;
use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::hashing::{hex, sha256_of};
use crate::msi_file;
use crate::output::{OutputError, Staging, Written};
use crate::product;
use crate::project::Project;
use crate::shell::Shell;

/// The product whose packages are looked for.
pub(super) struct Product<'a> {
    pub(super) project: &'a Project,
    pub(super) config: &'a Config,
    pub(super) upgrade_code: &'a UpgradeCode,
    pub(super) folder: &'a Path,
}

/// What was found.
pub(super) struct Found {
    pub(super) artifacts: Vec<Artifact>,
    /// The exes that were taken out of zips, to be published too.
    pub(super) exes: Vec<Written>,
}

impl Product<'_> {
    /// Finds the MSIs and zips of the project's version.
    pub(super) fn find(&self, staging: &mut Staging, shell: Shell) -> Result<Found, UpdateError> {
        let mut found = Found {
            artifacts: Vec::new(),
            exes: Vec::new(),
        };
        for arch in Arch::ALL {
            let version = &self.project.version;
            let stem = product::file_stem(self.project, self.config);
            let stem = format!("{stem}-{version}-{arch}");
            let name = UpdateArch::from_name(arch.as_str()).expect("both have the same names");
            if let Some(msi) = self.msi(&stem) {
                found.artifacts.push(self.msi_artifact(name, &msi)?);
            }
            let zip = self.folder.join(format!("{stem}.zip"));
            if zip.is_file() {
                let exe = self.folder.join(format!("{stem}.exe"));
                if let Some(exe) = self.exe(&zip, &exe, staging, shell)? {
                    found.artifacts.push(self.artifact(
                        name,
                        ArtifactKind::Exe,
                        exe.name(),
                        exe.bytes,
                        &exe.sha256,
                    ));
                    found.exes.push(exe);
                }
            }
        }
        Ok(found)
    }

    /// The MSI, in the first of its languages if there are several: each updates all.
    fn msi(&self, stem: &str) -> Option<PathBuf> {
        let dialogs = self.config.manifest.package.dialogs.iter();
        let languages = dialogs.flat_map(|dialogs| dialogs.languages.as_slice());
        let names = languages.map(|language| format!("{stem}-{language}.msi"));
        let names = [format!("{stem}.msi")].into_iter().chain(names);
        let mut paths = names.map(|name| self.folder.join(name));
        paths.find(|path| path.is_file())
    }

    fn msi_artifact(&self, arch: UpdateArch, path: &Path) -> Result<Artifact, UpdateError> {
        let unreadable = |source| UpdateError::Unreadable {
            path: path.to_owned(),
            source,
        };
        let properties = msi_file::properties(path).ok_or_else(|| UpdateError::NotAnMsi {
            path: path.to_owned(),
        })?;
        let property = |name: &str| properties.get(name).cloned().unwrap_or_default();
        if UpgradeCode::new(&property("UpgradeCode")).ok() != Some(*self.upgrade_code) {
            return Err(UpdateError::OtherProduct {
                path: path.to_owned(),
                found: property("UpgradeCode"),
            });
        }
        let file_name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if self.has_cabinets(&file_name) {
            return Err(UpdateError::Cabinets {
                path: path.to_owned(),
            });
        }
        let (bytes, sha256) = File::open(path).and_then(sha256_of).map_err(unreadable)?;
        Ok(Artifact {
            product_code: Some(property("ProductCode")),
            ..self.artifact(arch, ArtifactKind::Msi, &file_name, bytes, &sha256)
        })
    }

    /// Whether the MSI has cabinets beside it, whose names begin with its own.
    fn has_cabinets(&self, msi: &str) -> bool {
        let stem = msi.trim_end_matches(".msi");
        let entries = std::fs::read_dir(self.folder).into_iter().flatten().flatten();
        let mut paths = entries.map(|entry| PathBuf::from(entry.file_name()));
        paths.any(|path| {
            let is_cabinet = path.extension().is_some_and(|extension| extension == "cab");
            is_cabinet && path.to_string_lossy().starts_with(stem)
        })
    }

    /// Takes the exe out of a zip; `None` if the zip has several programs.
    fn exe(
        &self,
        zip: &Path,
        exe: &Path,
        staging: &mut Staging,
        shell: Shell,
    ) -> Result<Option<Written>, UpdateError> {
        let [program] = &self.config.programs[..] else {
            shell.warning(
                &Diagnostic::warning(format!("`{}` has several programs", zip.display()))
                    .note("an installation by the zip updates itself only if it has a single program"),
            );
            return Ok(None);
        };
        let bad_zip = |source| UpdateError::Zip {
            path: zip.to_owned(),
            source,
        };
        let file = File::open(zip).map_err(|source| UpdateError::Unreadable {
            path: zip.to_owned(),
            source,
        })?;
        let mut archive = ZipArchive::new(file).map_err(bad_zip)?;
        let target = format!("/{}", program.target).replace('\\', "/");
        let names: Vec<String> = archive.file_names().flatten().map(Into::into).collect();
        let entry = names.into_iter().find(|name| name.ends_with(&target));
        let entry = entry.ok_or_else(|| UpdateError::NoExe {
            path: zip.to_owned(),
            exe: program.program.exe_name(),
        })?;
        let mut content = archive.by_name(&entry).map_err(bad_zip)?;
        let (written, _) = staging.create(exe, |out| {
            let copied = io::copy(&mut content, out);
            copied.map_err(|source| UpdateError::Output(OutputError::write(exe, source)))
        })?;
        Ok(Some(written))
    }

    fn artifact(
        &self,
        arch: UpdateArch,
        kind: ArtifactKind,
        file: &str,
        size: u64,
        sha256: &[u8; 32],
    ) -> Artifact {
        let url = match &self.config.manifest.channels.url {
            Some(url) => url.fill(&self.project.version.to_string(), file),
            None => file.to_owned(),
        };
        Artifact {
            arch,
            kind,
            url,
            size,
            sha256: hex(sha256),
            product_code: None,
        }
    }
}
