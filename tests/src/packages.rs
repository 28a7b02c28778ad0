//! Packages that the tool made, and those of them that several tests want.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::hash::Hash;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use tempfile::TempDir;

/// What the tool made, which goes with this value.
#[derive(Debug)]
pub struct Packages {
    /// The Windows Installer package.
    pub msi: PathBuf,
    /// The archive.
    pub zip: PathBuf,
    _folder: TempDir,
}

impl Packages {
    /// The packages in a folder.
    pub(crate) fn new(msi: PathBuf, zip: PathBuf, folder: TempDir) -> Self {
        Self {
            msi,
            zip,
            _folder: folder,
        }
    }
}

/// The packages that this process has made, by what they were made of.
///
/// They are kept in memory, as a value that lasts as long as the process takes no folder away.
pub(crate) struct Made<K> {
    packages: LazyLock<Mutex<HashMap<K, Arc<OnceLock<Kept>>>>>,
}

impl<K: Clone + Eq + Hash> Made<K> {
    pub(crate) const fn new() -> Self {
        Self {
            packages: LazyLock::new(Mutex::default),
        }
    }

    /// The packages of `key`, in a folder where a test may do with them what it likes; the first who asks has to make them.
    pub(crate) fn get(&self, key: &K, make: impl FnOnce() -> Packages) -> Packages {
        // A test that fails while it holds the lock has changed nothing.
        let mut packages = self.packages.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = Arc::clone(packages.entry(key.clone()).or_default());
        drop(packages);
        kept.get_or_init(|| Kept::of(&make())).unpacked()
    }
}

struct Kept {
    msi: (OsString, Vec<u8>),
    zip: (OsString, Vec<u8>),
}

impl Kept {
    fn of(packages: &Packages) -> Self {
        let read = |package: &Path| {
            let name = package.file_name().expect("a package's name").to_owned();
            let content = fs::read(package).unwrap_or_else(|error| panic!("{}: {error}", package.display()));
            (name, content)
        };
        Self {
            msi: read(&packages.msi),
            zip: read(&packages.zip),
        }
    }

    fn unpacked(&self) -> Packages {
        let folder = tempfile::tempdir().expect("a folder for the packages");
        let write = |(name, content): &(OsString, Vec<u8>)| {
            let path = folder.path().join(name);
            fs::write(&path, content).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            path
        };
        Packages::new(write(&self.msi), write(&self.zip), folder)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn packages_are_made_once_and_each_test_has_its_own() {
        let made = Made::new();
        let runs = Cell::new(0);
        let get = |key: &str| {
            made.get(&key.to_owned(), || {
                runs.set(runs.get() + 1);
                let folder = tempfile::tempdir().unwrap();
                let file = |extension: &str| {
                    let path = folder.path().join(format!("a.{extension}"));
                    fs::write(&path, format!("{key} {extension}")).unwrap();
                    path
                };
                Packages::new(file("msi"), file("zip"), folder)
            })
        };
        let first = get("one");
        fs::write(&first.msi, "changed").unwrap();
        let second = get("one");
        let other = get("other");
        assert_eq!(runs.get(), 2);
        assert!(second.msi.ends_with("a.msi"));
        assert_eq!(fs::read_to_string(&second.msi).unwrap(), "one msi");
        assert_eq!(fs::read_to_string(&second.zip).unwrap(), "one zip");
        assert_eq!(fs::read_to_string(&other.zip).unwrap(), "other zip");
    }

    #[test]
    fn a_run_that_fails_is_tried_again_by_the_next_test() {
        let made = Made::new();
        let failing = std::panic::AssertUnwindSafe(|| made.get(&1, || panic!("no")));
        assert!(std::panic::catch_unwind(failing).is_err());
        let folder = tempfile::tempdir().unwrap();
        let [msi, zip] = ["a.msi", "a.zip"].map(|name| folder.path().join(name));
        fs::write(&msi, "msi").unwrap();
        fs::write(&zip, "zip").unwrap();
        let packages = made.get(&1, || Packages::new(msi, zip, folder));
        assert_eq!(fs::read_to_string(packages.msi).unwrap(), "msi");
    }
}
