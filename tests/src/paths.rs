//! Where things are in the checkout and in its target folder.

use std::fs::{File, create_dir_all};
use std::path::{Path, PathBuf};

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
    // <target>/<profile>/deps/<test>
    exe.ancestors()
        .nth(3)
        .expect("a target folder around the test")
        .to_owned()
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
    let path = target().join("e2e/windows").join(name);
    assert!(
        path.is_file(),
        "{} is missing: `tests/run prepare` builds it",
        path.display()
    );
    path
}

/// Holds a lock, named `name`, against the other tests of this and every other process until it is dropped.
///
/// # Panics
///
/// When the file system has no locks.
#[must_use = "the lock is held for as long as this lives"]
pub fn lock(name: &str) -> File {
    let path = lasting("locks").join(name);
    let file = File::create(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    file.lock()
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    file
}

/// A Unix path as Wine sees it: below its drive `Z:`, the Unix root.
///
/// # Panics
///
/// When the path is relative or no UTF-8.
pub fn to_windows(path: &Path) -> String {
    assert!(path.is_absolute(), "{}", path.display());
    format!("Z:{}", path.to_str().expect("a UTF-8 path").replace('/', "\\"))
}
