//! Where things are in the checkout and in its target folder.

use std::fs::{File, create_dir_all};
use std::io;
use std::path::{Path, PathBuf};

use crate::fixture::TARGET;

/// The root of the checkout.
///
/// # Panics
///
/// When this crate is no longer a folder of the checkout.
pub fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the checkout around tests/")
}

/// Cargo's target folder, which holds this very test.
///
/// # Panics
///
/// When the test does not lie where cargo puts tests.
pub fn target() -> PathBuf {
    let exe = std::env::current_exe().expect("the test's own path");
    // <target>/<profile>/deps/<test>, or <target>/<triple>/<profile>/deps/<test>
    let folder = exe.ancestors().nth(3).expect("a target folder around the test");
    let folder = match folder.parent() {
        Some(parent) if folder.ends_with(TARGET) => parent,
        _ => folder,
    };
    folder.to_owned()
}

/// A folder of the end-to-end tests that outlives them: what is dear to make and the same for every run.
///
/// # Panics
///
/// When it cannot be created.
pub fn lasting(name: &str) -> PathBuf {
    let folder = target().join("e2e").join(name);
    create_dir_all(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    folder
}

/// The target folder of whatever the tests package. Not that of the tests themselves: cargo notes sources that lie in
/// the target folder by their place there, and a copy of a fixture elsewhere would be taken for built.
pub fn build() -> PathBuf {
    lasting("build")
}

/// Something that `tests/run prepare` builds.
///
/// # Panics
///
/// When it is missing.
pub fn prepared(name: &str) -> PathBuf {
    let path = target().join("e2e").join("windows").join(name);
    assert!(
        path.is_file(),
        "{} is missing: `tests/run prepare` builds it",
        path.display()
    );
    path
}

/// A source of what the tests use in a Windows, in `tests/windows`.
pub fn source(name: &str) -> PathBuf {
    checkout().join("tests/windows").join(name)
}

/// Holds a lock, named `name`, against the other tests of this and every other process until it is dropped.
///
/// # Panics
///
/// When the file system has no locks.
#[must_use = "the lock is held for as long as this lives"]
pub fn lock(name: &str) -> File {
    hold(&lasting("locks").join(name))
}

/// Holds a lock that every checkout of this user shares.
///
/// # Panics
///
/// When the file system has no locks.
#[cfg(any(windows, test))]
pub(crate) fn lock_machine(name: &str) -> File {
    let folder = std::env::temp_dir().join("winsvc-tests-locks");
    create_dir_all(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    hold(&folder.join(name))
}

fn hold(path: &Path) -> File {
    let locked = lock_file(path).and_then(|file| file.lock().map(|()| file));
    locked.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Opens a file to be locked, as it is: another may hold it, and Windows lets nobody write to a locked file.
pub(crate) fn lock_file(path: &Path) -> io::Result<File> {
    File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
}

/// A path as a Windows program takes it. Wine has the root of Unix as its drive `Z:`.
///
/// # Panics
///
/// When the path is relative or no UTF-8.
pub fn to_windows(path: &Path) -> String {
    assert!(path.is_absolute(), "{}", path.display());
    let root = if cfg!(unix) { "Z:" } else { "" };
    let path = path.to_str().expect("a UTF-8 path");
    format!("{root}{}", path.replace('/', "\\"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_held_against_other_handles_until_it_is_dropped() {
        let name = format!("test-{}", std::process::id());
        let held = lock_machine(&name);
        let path = std::env::temp_dir().join("winsvc-tests-locks").join(&name);
        let second = lock_file(&path).unwrap();
        assert!(second.try_lock().is_err());
        drop(held);
        second.try_lock().unwrap();
        drop(second);
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_path_is_told_as_windows_programs_take_it() {
        let (path, told) = if cfg!(windows) {
            (r"C:\a b/c", r"C:\a b\c")
        } else {
            ("/a b/c", r"Z:\a b\c")
        };
        assert_eq!(to_windows(Path::new(path)), told);
    }
}
