//! Atomic output: either all result files are complete, or none is written.
//!
//! Results are written to hidden files in their destination folders and synced to disk. When all of them are complete,
//! each is renamed atomically. If the tool fails or is killed before that, the old files are unchanged. During the
//! renames, the old files are kept under hidden names: if one rename fails, all previous ones are rolled back. If the
//! tool is killed or the power fails during the renames, new files can remain next to old ones, each of them complete.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile, TempPath};
use thiserror::Error;

use crate::diagnostic::{Diagnostic, Explain};
use crate::hashing::sha256_of;

/// Hidden result files that are not yet renamed.
#[derive(Debug)]
pub(crate) struct Staging {
    folders: Vec<PathBuf>,
    files: Vec<(NamedTempFile, PathBuf)>,
}

impl Staging {
    /// Opens the folders for results, creating them if necessary. Fails here, before the slow steps, if a folder is not
    /// writable.
    pub(crate) fn open(folders: Vec<PathBuf>) -> Result<Self, OutputError> {
        for folder in &folders {
            let writable = || std::fs::create_dir_all(folder).and_then(|()| tempfile::tempfile_in(folder));
            writable().map_err(|source| OutputError::Folder {
                path: folder.clone(),
                source,
            })?;
        }
        Ok(Self {
            folders,
            files: Vec::new(),
        })
    }

    /// Writes the content of the file `path`, in one of the folders, to a hidden file.
    pub(crate) fn write(&mut self, path: &Path, content: &[u8]) -> Result<Written, OutputError> {
        let fill = |file: &mut File| {
            let written = file.write_all(content);
            written.map_err(|source| OutputError::write(path, source))
        };
        self.create(path, fill).map(|(written, ())| written)
    }

    /// Creates a hidden file for the file `path`, in one of the folders or below it, whose content `fill` writes. Folders
    /// below are created when the file gets its name.
    pub(crate) fn create<T, E: From<OutputError>>(
        &mut self,
        path: &Path,
        fill: impl FnOnce(&mut File) -> Result<T, E>,
    ) -> Result<(Written, T), E> {
        let write_error = |source| OutputError::write(path, source);
        let mut staged = hidden()
            .tempfile_in(self.folder_around(path))
            .map_err(write_error)?;
        let result = fill(staged.as_file_mut())?;
        let written = Written::new(path.to_owned(), staged.as_file_mut()).map_err(write_error)?;
        self.files.push((staged, path.to_owned()));
        Ok((written, result))
    }

    /// The folder for results that the file `path` is in, or below.
    fn folder_around<'a>(&'a self, path: &'a Path) -> &'a Path {
        let mut folders = self.folders.iter();
        let folder = folders.find(|folder| path.starts_with(folder));
        folder.map_or_else(|| folder_of(path), PathBuf::as_path)
    }

    /// Renames all files to their final names, or none.
    pub(crate) fn publish(self) -> Result<(), OutputError> {
        let mut done = Vec::new();
        let mut folders: BTreeSet<PathBuf> = self.folders.into_iter().collect();
        for (file, path) in self.files {
            let published = make_parents(&path, &mut folders)
                .and_then(|()| Former::keep(&path))
                .and_then(|former| {
                    file.persist(&path)?;
                    Ok(former)
                });
            match published {
                Ok(former) => done.push(former),
                Err(source) => {
                    take_back(done)?;
                    return Err(OutputError::Write { path, source });
                }
            }
        }
        for path in folders {
            if let Err(source) = sync_folder(&path) {
                take_back(done)?;
                return Err(OutputError::Folder { path, source });
            }
        }
        Ok(())
    }
}

/// Makes the folder of a file and those around it, as far as they are not known to exist.
fn make_parents(path: &Path, folders: &mut BTreeSet<PathBuf>) -> io::Result<()> {
    if folders.insert(folder_of(path).to_owned()) {
        return fs::create_dir_all(folder_of(path));
    }
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

/// A result file.
#[derive(Debug)]
pub(crate) struct Written {
    /// Its final path.
    pub(crate) path: PathBuf,
    /// Its size.
    pub(crate) bytes: u64,
    /// The SHA-256 of its content.
    pub(crate) sha256: [u8; 32],
}

impl Written {
    /// Its name.
    pub(crate) fn name(&self) -> &str {
        let name = self.path.file_name().and_then(|name| name.to_str());
        name.expect("results have names of ours")
    }

    /// Reads the file once more, and syncs it to disk.
    fn new(path: PathBuf, file: &mut File) -> io::Result<Self> {
        file.seek(SeekFrom::Start(0))?;
        let (bytes, sha256) = sha256_of(&mut *file)?;
        file.sync_all()?;
        Ok(Self { path, bytes, sha256 })
    }
}

/// Restores the previous files, the last one first.
fn take_back(done: Vec<Former>) -> Result<(), OutputError> {
    done.into_iter().rev().try_for_each(Former::restore)
}

/// The builder of a file that gets its name when it is complete.
pub(crate) fn hidden() -> Builder<'static, 'static> {
    let mut builder = Builder::new();
    builder.prefix(".winsvc-");
    // The umask determines the permissions, as for any build result.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
}

/// The previous file with a result's name.
#[derive(Debug)]
struct Former {
    path: PathBuf,
    /// Its hidden name, removed when this value is dropped; `None` if no file had the name.
    kept: Option<TempPath>,
}

impl Former {
    /// Gives the file at `path` a second, hidden name. It also keeps the first one, so that the path always exists.
    fn keep(path: &Path) -> io::Result<Self> {
        let folder = folder_of(path);
        let kept = match fs::symlink_metadata(path) {
            Ok(metadata) if metadata.is_dir() => None,
            Ok(_) => {
                let link = hidden().make_in(folder, |hidden| fs::hard_link(path, hidden));
                // Not every file system supports hard links, and not every file may be linked to.
                let kept =
                    link.or_else(|_| hidden().make_in(folder, |hidden| fs::copy(path, hidden).map(drop)))?;
                Some(kept.into_temp_path())
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        Ok(Self {
            path: path.to_owned(),
            kept,
        })
    }

    fn restore(self) -> Result<(), OutputError> {
        let Self { path, kept } = self;
        let Some(kept) = kept else {
            return fs::remove_file(&path).map_err(|source| OutputError::Write { path, source });
        };
        kept.persist(&path).map_err(|error| {
            let source = error.error;
            let kept = error.path.keep().unwrap_or_else(|error| error.path.to_path_buf());
            OutputError::NotRestored { path, kept, source }
        })
    }
}

/// Syncs the folder's directory entries to disk. Windows does that itself and has no call for it.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    match fs::File::open(folder)?.sync_all() {
        // Some network file systems do not support it.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        result => result,
    }
}

/// The error if a result cannot be written.
#[derive(Debug, Error)]
pub(crate) enum OutputError {
    /// The folder for results cannot be created, or is not writable.
    #[error("cannot write to the folder `{}`", path.display())]
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
    /// A rename failed, and a previous file cannot be restored.
    #[error("cannot restore the previous version of `{}`", path.display())]
    NotRestored {
        /// The file.
        path: PathBuf,
        /// The hidden name of the previous file.
        kept: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

impl OutputError {
    /// The error if the file at `path` cannot be written.
    pub(crate) fn write(path: &Path, source: io::Error) -> Self {
        Self::Write {
            path: path.to_owned(),
            source,
        }
    }
}

impl Explain for OutputError {
    fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::of(self);
        let source = match self {
            Self::Folder { source, .. } | Self::Write { source, .. } => source,
            Self::NotRestored { kept, .. } => {
                return diagnostic.help(format!("rename `{}` to restore it", kept.display()));
            }
        };
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                diagnostic.help("free some space, or choose another folder with --out-dir")
            }
            _ => diagnostic.help("choose a writable folder with --out-dir"),
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
        let mut staging = Staging::open(vec![out.clone()]).unwrap();
        let one = staging.write(&out.join("one"), b"1").unwrap().path;
        let two = staging.write(&out.join("two"), b"2").unwrap().path;
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
        let mut staging = Staging::open(vec![folder.path().to_owned()]).unwrap();
        staging.write(&folder.path().join("one"), b"new").unwrap();
        drop(staging);
        assert_eq!(std::fs::read_to_string(folder.path().join("one")).unwrap(), "old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    /// The files of a folder, without the hidden ones' random names.
    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn results_replace_former_files_and_leave_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        for content in ["first", "second"] {
            let mut staging = Staging::open(vec![folder.path().to_owned()]).unwrap();
            staging
                .write(&folder.path().join("one"), content.as_bytes())
                .unwrap();
            staging
                .write(&folder.path().join("two"), content.as_bytes())
                .unwrap();
            staging.publish().unwrap();
            assert_eq!(
                (read("one"), read("two")),
                (content.to_owned(), content.to_owned())
            );
            assert_eq!(names(folder.path()), ["one", "two"]);
        }
    }

    #[test]
    fn a_folder_of_a_result_is_created_when_the_result_is_published() {
        let folder = tempfile::tempdir().unwrap();
        let stage = || {
            let mut staging = Staging::open(vec![folder.path().to_owned()]).unwrap();
            staging.write(&folder.path().join("a/b/one"), b"1").unwrap();
            staging
        };
        drop(stage());
        assert_eq!(names(folder.path()), [""; 0]);
        for _ in 0..2 {
            stage().publish().unwrap();
            assert_eq!(names(folder.path()), ["a"]);
            assert_eq!(names(&folder.path().join("a/b")), ["one"]);
        }
    }

    #[test]
    fn if_one_cannot_be_published_none_is() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("old"), "old").unwrap();
        std::fs::create_dir_all(folder.path().join("taken/by a folder")).unwrap();
        let mut staging = Staging::open(vec![folder.path().to_owned()]).unwrap();
        for name in ["old", "new", "taken", "never"] {
            staging.write(&folder.path().join(name), b"new").unwrap();
        }
        let error = staging.publish().unwrap_err();
        let expected = format!("cannot write `{}`", folder.path().join("taken").display());
        assert_eq!(error.to_string(), expected);
        assert_eq!(std::fs::read_to_string(folder.path().join("old")).unwrap(), "old");
        assert_eq!(names(folder.path()), ["old", "taken"]);
    }

    #[test]
    fn results_have_folders_of_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let mut staging = Staging::open(vec![folder.path().to_owned()]).unwrap();
        for (name, content) in [("agent/bin/one", b"1"), ("agent/two", b"2")] {
            staging.write(&folder.path().join(name), content).unwrap();
        }
        assert!(!folder.path().join("agent").exists());
        staging.publish().unwrap();
        assert_eq!(names(folder.path()), ["agent"]);
        assert_eq!(names(&folder.path().join("agent")), ["bin", "two"]);
    }

    #[test]
    fn the_files_of_all_folders_are_published_or_none() {
        let root = tempfile::tempdir().unwrap();
        let folders = ["one", "two"].map(|name| root.path().join(name));
        std::fs::create_dir_all(folders[1].join("agent.exe")).unwrap();
        let mut staging = Staging::open(folders.to_vec()).unwrap();
        for folder in &folders {
            staging.write(&folder.join("agent.exe"), b"new").unwrap();
        }
        staging.publish().unwrap_err();
        assert_eq!(names(&folders[0]), [""; 0]);

        std::fs::remove_dir(folders[1].join("agent.exe")).unwrap();
        let mut staging = Staging::open(folders.to_vec()).unwrap();
        for folder in &folders {
            staging.write(&folder.join("agent.exe"), b"new").unwrap();
        }
        staging.publish().unwrap();
        assert_eq!(
            folders.map(|folder| names(&folder)),
            [["agent.exe"], ["agent.exe"]]
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_replaced_and_restored_as_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("nowhere", &link).unwrap();
        std::fs::create_dir(folder.path().join("taken")).unwrap();
        let mut staging = Staging::open(vec![folder.path().to_owned()]).unwrap();
        staging.write(&folder.path().join("link"), b"new").unwrap();
        staging.write(&folder.path().join("taken"), b"new").unwrap();
        staging.publish().unwrap_err();
        assert_eq!(std::fs::read_link(&link).unwrap(), Path::new("nowhere"));
        assert_eq!(names(folder.path()), ["link", "taken"]);
    }
}
