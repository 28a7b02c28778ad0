//! Swapping the exe of an installation without Windows Installer.
//!
//! | step | names that exist |
//! | --- | --- |
//! | the package is copied beside the exe, and its hash compared | `x.exe`, `x.exe.new` |
//! | the service is stopped; the exe is renamed | `x.exe.old`, `x.exe.new` |
//! | the new exe is renamed; the service is started | `x.exe`, `x.exe.old` |
//! | the new version has been watched | `x.exe` |
//!
//! Each rename is atomic and durable, so the names tell how far an interrupted swap was. An exe that a running service was
//! started from can be renamed, but not removed.

use std::io;
use std::path::{Path, PathBuf};

use super::super::files::Files;

/// The names of an exe during a swap.
#[derive(Clone, Debug)]
pub(in super::super) struct Names {
    exe: PathBuf,
    new: PathBuf,
    old: PathBuf,
    failed: PathBuf,
}

impl Names {
    pub(in super::super) fn new(exe: &Path) -> Self {
        let with = |ending: &str| {
            let mut name = exe.as_os_str().to_owned();
            name.push(ending);
            PathBuf::from(name)
        };
        Self {
            exe: exe.to_owned(),
            new: with(".new"),
            old: with(".old"),
            failed: with(".failed"),
        }
    }

    /// Puts the package in the exe's place. `stop` stops the service. Nothing is changed if the package is not the one
    /// with this hash.
    pub(in super::super) fn install(
        &self,
        files: &mut dyn Files,
        package: &Path,
        sha256: &str,
        stop: impl FnOnce() -> io::Result<()>,
    ) -> Result<(), SwapError> {
        self.tidy(files)?;
        if files.copy(package, &self.new)? != sha256 {
            files.remove(&self.new)?;
            return Err(SwapError::Changed);
        }
        stop()?;
        files.rename(&self.exe, &self.old)?;
        files.rename(&self.new, &self.exe)?;
        Ok(())
    }

    /// Whether the whole new version is in the exe's place, and the old one kept.
    pub(in super::super) fn is_in_place(&self, files: &mut dyn Files, sha256: &str) -> io::Result<bool> {
        Ok(files.exists(&self.old)? && files.exists(&self.exe)? && files.digest(&self.exe)? == sha256)
    }

    /// Puts the old version back if it is not in place. `stop` stops the service.
    pub(in super::super) fn roll_back(
        &self,
        files: &mut dyn Files,
        stop: impl FnOnce() -> io::Result<()>,
    ) -> io::Result<()> {
        if !files.exists(&self.old)? {
            return Ok(());
        }
        stop()?;
        if files.exists(&self.exe)? {
            files.rename(&self.exe, &self.failed)?;
        }
        files.rename(&self.old, &self.exe)
    }

    /// Makes the old exe the exe if a swap has left none.
    pub(in super::super) fn restore(&self, files: &mut dyn Files) -> io::Result<()> {
        if !files.exists(&self.exe)? && files.exists(&self.old)? {
            files.rename(&self.old, &self.exe)?;
        }
        Ok(())
    }

    /// Removes what a swap has left.
    pub(in super::super) fn tidy(&self, files: &mut dyn Files) -> io::Result<()> {
        self.restore(files)?;
        files.remove(&self.old)?;
        files.remove(&self.new)?;
        files.remove(&self.failed)
    }
}

/// Why an exe was not swapped.
#[derive(Debug)]
pub(in super::super) enum SwapError {
    /// The package is not the one that was verified.
    Changed,
    /// A call failed. The names tell how far the swap is.
    Io(io::Error),
}

impl From<io::Error> for SwapError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
