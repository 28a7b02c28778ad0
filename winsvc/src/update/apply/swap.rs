//! Swapping the exe of an installation without Windows Installer.
//!
//! | step | names that exist |
//! | --- | --- |
//! | the package is copied beside the exe, and its hash compared | `x.exe`, `x.exe.new` |
//! | the services are stopped; the exe is copied | `x.exe`, `x.exe.new`, `x.exe.old` |
//! | the new exe replaces the exe; the services are started | `x.exe`, `x.exe.old` |
//! | the new version has been watched | `x.exe` |
//!
//! Each rename is atomic and durable, so the names tell how far an interrupted swap was, and there is an exe at any time:
//! the updater is started from it, too. If another program still runs from the exe, such as a command at a prompt, the
//! exe can be renamed, but neither replaced nor removed. Then it is renamed first, and for that
//! moment the system is asked to put the old one in its place if it is missing at the next start.

use std::io;
use std::path::{Path, PathBuf};

use super::super::files::Files;

/// The names of an exe during a swap.
#[derive(Clone, Debug)]
pub(in super::super) struct Names {
    exe: PathBuf,
    new: PathBuf,
    old: PathBuf,
    /// Of a copy that is not complete.
    copy: PathBuf,
    /// Of versions that a program still runs from.
    in_use: [PathBuf; 4],
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
            copy: with(".old.new"),
            in_use: [1, 2, 3, 4].map(|number| with(&format!(".in-use-{number}"))),
        }
    }

    /// Puts the package in the exe's place. `stop` stops the services. Nothing is changed if the package is not the one
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
        files.copy(&self.exe, &self.copy)?;
        files.rename(&self.copy, &self.old)?;
        self.replace_exe(files, &self.new)?;
        Ok(())
    }

    /// Puts a file in the exe's place.
    fn replace_exe(&self, files: &mut dyn Files, by: &Path) -> io::Result<()> {
        match files.rename(by, &self.exe) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                // A power cut between the two renames must not leave a machine without the exe of its updater. Where that
                // cannot be registered, the next try is as good.
                let _ = files.rename_at_boot(&self.old, &self.exe);
                let replaced = self
                    .put_aside(files, &self.exe)
                    .and_then(|()| files.rename(by, &self.exe));
                let _ = files.cancel_rename_at_boot(&self.old);
                replaced
            }
            renamed => renamed,
        }
    }

    /// Gives a file that cannot be removed a name that no swap needs.
    fn put_aside(&self, files: &mut dyn Files, file: &Path) -> io::Result<()> {
        let mut result = Err(io::ErrorKind::AlreadyExists.into());
        for name in &self.in_use {
            if files.remove(name).is_ok() {
                result = files.rename(file, name);
                if result.is_ok() {
                    break;
                }
            }
        }
        result
    }

    /// Whether the whole new version is in the exe's place, and the old one kept.
    pub(in super::super) fn is_in_place(&self, files: &mut dyn Files, sha256: &str) -> io::Result<bool> {
        Ok(files.exists(&self.old)? && files.exists(&self.exe)? && files.digest(&self.exe)? == sha256)
    }

    /// Puts the old version back if it is not in place. `stop` stops the services.
    pub(in super::super) fn roll_back(
        &self,
        files: &mut dyn Files,
        stop: impl FnOnce() -> io::Result<()>,
    ) -> io::Result<()> {
        if !files.exists(&self.old)? {
            return Ok(());
        }
        stop()?;
        self.replace_exe(files, &self.old)
    }

    /// Makes the old exe the exe if a swap has left none.
    pub(in super::super) fn restore(&self, files: &mut dyn Files) -> io::Result<()> {
        if !files.exists(&self.exe)? && files.exists(&self.old)? {
            files.rename(&self.old, &self.exe)?;
        }
        Ok(())
    }

    /// Removes what a swap has left. Afterwards there is nothing that a swap could be rolled back to.
    pub(in super::super) fn tidy(&self, files: &mut dyn Files) -> io::Result<()> {
        self.restore(files)?;
        for name in &self.in_use {
            match files.remove(name) {
                Err(error) if error.kind() != io::ErrorKind::PermissionDenied => return Err(error),
                _ => {}
            }
        }
        match files.remove(&self.old) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                self.put_aside(files, &self.old)?;
            }
            removed => removed?,
        }
        files.remove(&self.copy)?;
        files.remove(&self.new)
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
