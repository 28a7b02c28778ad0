//! Files that appear whole or not at all.
//!
//! Results are written beside their destination under a hidden name and brought to the disk; only when all of them are
//! there do they get their names, each in one step. A failure or a kill before that leaves the old files as they were.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};
use thiserror::Error;

use crate::diagnostic::{Diagnostic, Explain};

/// Files that wait for their names.
#[derive(Debug)]
pub struct Staging {
    folder: PathBuf,
    files: Vec<(NamedTempFile, PathBuf)>,
}

impl Staging {
    /// Opens a folder for results, creating it if need be. A folder that cannot be written to shows here, before
    /// anything takes long.
    pub fn open(folder: &Path) -> Result<Self, OutputError> {
        let writable = || std::fs::create_dir_all(folder).and_then(|()| tempfile::tempfile_in(folder));
        writable().map_err(|source| OutputError::Folder {
            path: folder.to_owned(),
            source,
        })?;
        Ok(Self {
            folder: folder.to_owned(),
            files: Vec::new(),
        })
    }

    /// Writes a file's content, still without its name. Returns the path that it is going to have.
    pub fn write(&mut self, name: &str, content: &[u8]) -> Result<PathBuf, OutputError> {
        let path = self.folder.join(name);
        let file = self.write_hidden(content).map_err(|source| OutputError::Write {
            path: path.clone(),
            source,
        })?;
        self.files.push((file, path.clone()));
        Ok(path)
    }

    fn write_hidden(&self, content: &[u8]) -> io::Result<NamedTempFile> {
        let mut builder = Builder::new();
        builder.prefix(".winsvc-");
        // What others may read is the umask's to say, as for any build result.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = builder.tempfile_in(&self.folder)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        Ok(file)
    }

    /// Gives every file its name.
    pub fn publish(self) -> Result<(), OutputError> {
        for (file, path) in self.files {
            file.persist(&path).map_err(|error| OutputError::Write {
                path,
                source: error.error,
            })?;
        }
        Ok(())
    }
}

/// A digest as people compare it.
pub fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Why a result could not be written.
#[derive(Debug, Error)]
pub enum OutputError {
    /// The folder for results cannot be made, or not be written to.
    #[error("cannot write into the folder `{}`", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

impl Explain for OutputError {
    fn diagnostic(&self) -> Diagnostic {
        let (Self::Folder { source, .. } | Self::Write { source, .. }) = self;
        let diagnostic = Diagnostic::of(self);
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                diagnostic.help("free some space, or choose another folder with --out-dir")
            }
            _ => diagnostic.help("choose a folder that can be written to with --out-dir"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_has_its_name_before_everything_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("a/b");
        let mut staging = Staging::open(&out).unwrap();
        let one = staging.write("one", b"1").unwrap();
        let two = staging.write("two", b"2").unwrap();
        assert!(!one.exists() && !two.exists());
        staging.publish().unwrap();
        assert_eq!(
            (std::fs::read(one).unwrap(), std::fs::read(two).unwrap()),
            (b"1".to_vec(), b"2".to_vec())
        );
        assert_eq!(std::fs::read_dir(out).unwrap().count(), 2);
    }

    #[test]
    fn what_is_not_published_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("one"), "old").unwrap();
        let mut staging = Staging::open(folder.path()).unwrap();
        staging.write("one", b"new").unwrap();
        drop(staging);
        assert_eq!(std::fs::read_to_string(folder.path().join("one")).unwrap(), "old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
