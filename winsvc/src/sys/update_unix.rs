//! What self-update needs of Unix.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd as _;
use std::path::Path;

/// A locked file.
#[derive(Debug)]
pub(crate) struct FileLock(File);

impl Drop for FileLock {
    fn drop(&mut self) {
        // Closing the descriptor is not enough: a child that another thread has just forked has a copy until it executes
        // its program.
        // SAFETY: the descriptor is open.
        unsafe { libc::flock(self.0.as_raw_fd(), libc::LOCK_UN) };
    }
}

/// Locks a file against this function in other processes; `None` if it is locked.
pub(crate) fn lock_file(path: &Path) -> io::Result<Option<FileLock>> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(false).open(path)?;
    // SAFETY: the descriptor is open.
    if unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) } == 0 {
        return Ok(Some(FileLock(file)));
    }
    match io::Error::last_os_error() {
        error if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        error => Err(error),
    }
}

/// Renames a file, replacing one that exists, and returns when that is on the disk.
pub(crate) fn rename_durably(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    File::open(to.parent().unwrap_or(Path::new(".")))?.sync_all()
}

/// Nothing: on Unix an exe that is in use can be replaced.
#[expect(clippy::unnecessary_wraps, reason = "as on Windows")]
pub(crate) fn rename_at_boot(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}

/// Nothing, as [`rename_at_boot`].
#[expect(clippy::unnecessary_wraps, reason = "as on Windows")]
pub(crate) fn cancel_rename_at_boot(_: &Path) -> io::Result<()> {
    Ok(())
}

/// The minute of the local day.
pub(crate) fn local_minute() -> u16 {
    // SAFETY: a null pointer is allowed; all zeros are a value of the structure, which is a local.
    let time = unsafe {
        let now = libc::time(std::ptr::null_mut());
        let mut time: libc::tm = std::mem::zeroed();
        libc::localtime_r(&raw const now, &raw mut time);
        time
    };
    u16::try_from(time.tm_hour * 60 + time.tm_min).unwrap_or_default()
}
