//! Other programs that build the MSI: the WiX toolset, and wixl of msitools.
//!
//! Both get the source that the formats `wxs` and `wxs3` write. What they make is read back.

mod error;
mod program;
mod tables;
mod wix;
mod wixl;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use winsvc_definition::manifest::{Format, Language};

pub(crate) use self::error::BackendError;
use self::wix::WixToolset;
use self::wixl::Wixl;
use crate::cli::MsiBackend;
use crate::config::Config;
use crate::msi::Rendered;
use crate::product::{Arch, Product};
use crate::project::Project;
use crate::shell::Shell;
use crate::wxs::{Paths, Source};

/// A program that builds MSIs.
#[derive(Debug)]
pub(crate) enum Backend {
    Wix(WixToolset),
    Wixl(Wixl),
}

/// What a backend has built: an MSI, and the cabinets beside it.
#[derive(Debug)]
pub(crate) struct Built {
    /// The folder of the files, which is removed with this value.
    folder: TempDir,
    /// The name of the MSI.
    name: String,
    /// What identifies the MSI.
    pub(crate) rendered: Rendered,
}

impl Backend {
    /// The program for an MSI, if it is another one and there is to be an MSI.
    pub(crate) fn find(
        which: MsiBackend,
        formats: &[Format],
        arch: Arch,
    ) -> Result<Option<Self>, BackendError> {
        match which {
            _ if !formats.contains(&Format::Msi) => Ok(None),
            MsiBackend::Builtin => Ok(None),
            MsiBackend::Wix => WixToolset::find().map(|wix| Some(Self::Wix(wix))),
            MsiBackend::Wixl => Wixl::find(arch).map(|wixl| Some(Self::Wixl(wixl))),
        }
    }

    /// Refuses what the program cannot build. Call this before the slow steps.
    pub(crate) fn check(&self, project: &Project, config: &Config) -> Result<(), BackendError> {
        match self {
            Self::Wix(_) => Ok(()),
            Self::Wixl(_) => Wixl::check(project, config),
        }
    }

    /// Builds the MSI `name` in a temporary folder within `folder`.
    pub(crate) fn build(
        &self,
        project: &Project,
        product: &Product,
        language: Language,
        name: &str,
        folder: &Path,
        shell: Shell,
    ) -> Result<Built, BackendError> {
        let scratch = tempfile::Builder::new().prefix(".winsvc-").tempdir_in(folder);
        let scratch = scratch.map_err(BackendError::Scratch)?;
        let paths = Paths {
            stem: name.trim_end_matches(".msi").to_owned(),
            folder: std::path::absolute(scratch.path()).map_err(BackendError::Scratch)?,
            payload: "payload".to_owned(),
            project: std::path::absolute(project.root()).map_err(BackendError::Scratch)?,
        };
        match self {
            Self::Wix(wix) => wix.build(product, language, &paths, shell)?,
            Self::Wixl(wixl) => wixl.build(product, language, &paths, shell)?,
        }
        let rendered = tables::identity(&scratch.path().join(name))?;
        Ok(Built {
            folder: scratch,
            name: name.to_owned(),
            rendered,
        })
    }
}

impl Built {
    /// The path of the MSI.
    pub(crate) fn msi(&self) -> PathBuf {
        self.folder.path().join(&self.name)
    }

    /// The names and paths of the cabinets beside it.
    pub(crate) fn cabinets(&self) -> Result<Vec<(String, PathBuf)>, BackendError> {
        let mut cabinets = Vec::new();
        for entry in fs::read_dir(self.folder.path()).map_err(BackendError::Scratch)? {
            let path = entry.map_err(BackendError::Scratch)?.path();
            if path.extension().is_some_and(|extension| extension == "cab") {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                cabinets.push((name.into_owned(), path));
            }
        }
        cabinets.sort();
        Ok(cabinets)
    }
}

/// Copies a file that a program has built.
pub(crate) fn copy(from: &Path, out: &mut fs::File) -> Result<(), BackendError> {
    let copied = fs::File::open(from).and_then(|mut file| io::copy(&mut file, out));
    copied.map(drop).map_err(BackendError::Scratch)
}

/// Writes a source and the files beside it into its folder.
fn write(source: &Source, name: &str, folder: &Path) -> Result<(), BackendError> {
    let write = || -> io::Result<()> {
        fs::write(folder.join(name), &source.text)?;
        for (name, content) in &source.files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap_or(folder))?;
            content
                .write(&mut fs::File::create(&path)?)
                .map_err(io::Error::other)?;
        }
        Ok(())
    };
    write().map_err(BackendError::Scratch)
}
