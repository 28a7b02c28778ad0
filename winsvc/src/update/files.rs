//! The files of an update, behind a trait: tests cut the power between any two calls.

use std::any::Any;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::sys;

/// A file that is being written. It is durable after [`finish`](Self::finish).
pub(super) trait Sink: Write {
    /// Writes everything to the disk.
    fn finish(&mut self) -> io::Result<()>;
}

/// Calls of the file system. A rename is durable when it returns.
pub(super) trait Files: Send {
    /// Creates an empty file, which nobody else can open until it is dropped, in place of one that exists.
    fn create(&mut self, path: &Path) -> io::Result<Box<dyn Sink>>;
    fn read(&mut self, path: &Path) -> io::Result<Vec<u8>>;
    fn exists(&mut self, path: &Path) -> io::Result<bool>;
    /// Replaces a file that exists.
    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()>;
    /// Has a file renamed when the machine starts the next time, before any service does, unless there is one of the new
    /// name.
    fn rename_at_boot(&mut self, from: &Path, to: &Path) -> io::Result<()>;
    /// Withdraws that.
    fn cancel_rename_at_boot(&mut self, from: &Path) -> io::Result<()>;
    /// Removes a file; one that does not exist is no error.
    fn remove(&mut self, path: &Path) -> io::Result<()>;
    /// The SHA-256 of a file, in hexadecimal digits.
    fn digest(&mut self, path: &Path) -> io::Result<String>;
    /// Copies a file, durably, and returns the SHA-256 of what was written.
    fn copy(&mut self, from: &Path, to: &Path) -> io::Result<String>;
    /// Takes a lock until the value is dropped; `None` if another process has it.
    fn lock(&mut self, path: &Path) -> io::Result<Option<Box<dyn Any>>>;
}

/// The file system.
#[derive(Clone, Copy, Debug)]
pub(super) struct Disk;

impl Sink for File {
    fn finish(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

impl Files for Disk {
    fn create(&mut self, path: &Path) -> io::Result<Box<dyn Sink>> {
        Ok(Box::new(create(path)?))
    }

    fn read(&mut self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn exists(&mut self, path: &Path) -> io::Result<bool> {
        path.try_exists()
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        sys::rename_durably(from, to)
    }

    fn rename_at_boot(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        sys::rename_at_boot(from, to)
    }

    fn cancel_rename_at_boot(&mut self, from: &Path) -> io::Result<()> {
        sys::cancel_rename_at_boot(from)
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn digest(&mut self, path: &Path) -> io::Result<String> {
        copy(&mut open(path)?, &mut io::sink())
    }

    fn copy(&mut self, from: &Path, to: &Path) -> io::Result<String> {
        let mut from = open(from)?;
        let mut file = create(to)?;
        let digest = copy(&mut from, &mut file)?;
        // An exe must stay one, on Unix.
        #[cfg(unix)]
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
        file.sync_all()?;
        Ok(digest)
    }

    fn lock(&mut self, path: &Path) -> io::Result<Option<Box<dyn Any>>> {
        let lock = sys::lock_file(path)?;
        Ok(lock.map(|file| Box::new(file) as Box<dyn Any>))
    }
}

/// Creates a file that nobody else can open.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(windows)]
    std::os::windows::fs::OpenOptionsExt::share_mode(&mut options, 0);
    options.open(path)
}

/// Opens a file that nobody can change meanwhile, on Windows.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(windows)]
    {
        /// `FILE_SHARE_READ`
        const SHARE_READ: u32 = 1;
        std::os::windows::fs::OpenOptionsExt::share_mode(&mut options, SHARE_READ);
    }
    options.open(path)
}

/// Copies everything and returns its SHA-256.
fn copy(from: &mut dyn Read, to: &mut dyn Write) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(hex(&hash.finalize())),
            Ok(count) => {
                hash.update(&buffer[..count]);
                to.write_all(&buffer[..count])?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_the_digest_of_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&from, b"abc").unwrap();
        let digest = Disk.copy(&from, &to).unwrap();
        assert_eq!(
            digest,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(Disk.digest(&to).unwrap(), digest);
        Disk.rename(&to, &from).unwrap();
        assert!(!Disk.exists(&to).unwrap() && Disk.exists(&from).unwrap());
        Disk.remove(&from).unwrap();
        Disk.remove(&from).unwrap();
    }

    #[test]
    fn only_one_has_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = Disk.lock(&path).unwrap();
        assert!(first.is_some() && Disk.lock(&path).unwrap().is_none());
        drop(first);
        assert!(Disk.lock(&path).unwrap().is_some());
    }
}
