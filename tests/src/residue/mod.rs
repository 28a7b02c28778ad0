//! What an installation leaves on a machine: its files and its registry, before and after.
//!
//! In Wine that is the whole of drive C and of the registry. On a machine that lives, other things change all the time:
//! there it is what a package could have left, where it would lie.

mod registry;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

pub use self::registry::Registry;
#[cfg(windows)]
use crate::windows::Belongings;
use crate::windows::Windows;

/// The key of all services, below `HKEY_LOCAL_MACHINE` like the following.
#[cfg(windows)]
pub(crate) const SERVICES: &str = r"System\CurrentControlSet\Services";
/// The key of the sources of the Application log.
#[cfg(windows)]
pub(crate) const EVENT_SOURCES: &str = r"System\CurrentControlSet\Services\EventLog\Application";
/// The list of installed programs.
pub(crate) const UNINSTALL: &str = r"Software\Microsoft\Windows\CurrentVersion\Uninstall";

/// Folders and keys in which the installer keeps its books on all products. The first installation on a machine
/// creates them and none removes them; anything in them would be residue.
const BOOKS: [&str; 7] = [
    r"C:\windows\Installer",
    r"HKLM\Software\Classes\Installer\Features",
    r"HKLM\Software\Classes\Installer\Products",
    r"HKLM\Software\Classes\Installer\UpgradeCodes",
    r"HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UpgradeCodes",
    r"HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Components",
    r"HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Products",
];

/// Where the installer notes components. When it undoes an installation, Wine empties its key and forgets to delete it,
/// whoever made the package (`e2e/lab.rs` has the proof).
#[cfg(unix)]
const COMPONENTS: &str = BOOKS[5];

/// Keys below which Wine describes the graphics card and the monitor, at times of its own choice.
const DEVICES: [&str; 2] = [
    r"HKLM\System\CurrentControlSet\Control\Class\{4D36E968-E325-11CE-BFC1-08002BE10318}",
    r"HKLM\System\CurrentControlSet\Control\Class\{4D36E96E-E325-11CE-BFC1-08002BE10318}",
];

/// The files and the registry of a Windows at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    entries: BTreeMap<String, String>,
}

impl Snapshot {
    /// Writes down everything.
    ///
    /// # Panics
    ///
    /// When it cannot be read.
    pub fn take(windows: &Windows) -> Self {
        let mut entries = files(windows);
        for (key, values) in Registry::save(windows).of_residue() {
            for (name, value) in values {
                entries.insert(format!("{key}\\\\{name}"), value);
            }
            entries.insert(key, String::new());
        }
        Self { entries }
    }

    /// What is different in `later`: `+` came, `-` went, `~` changed. What is no residue is left out.
    pub fn difference(&self, later: &Self) -> Vec<String> {
        let names: BTreeSet<&String> = self.entries.keys().chain(later.entries.keys()).collect();
        let names = names.into_iter().filter(|name| !is_noise(name));
        let changes = names.filter_map(|name| match (self.entries.get(name), later.entries.get(name)) {
            (Some(before), Some(after)) if before != after => Some(format!("~ {name}: {before} -> {after}")),
            (None, Some(after)) => Some(format!("+ {name}: {after}")),
            (Some(before), None) => Some(format!("- {name}: {before}")),
            _ => None,
        });
        changes.collect()
    }
}

/// A difference without the empty keys that Wine leaves of an installation that it has undone. Windows leaves none.
#[cfg(windows)]
pub fn of_rollback(difference: Vec<String>) -> Vec<String> {
    difference
}

/// A difference without the empty keys that Wine leaves of an installation that it has undone. Windows leaves none.
#[cfg(unix)]
pub fn of_rollback(difference: Vec<String>) -> Vec<String> {
    let is_empty_component = |line: &str| {
        let key = line
            .strip_prefix("+ ")
            .and_then(|rest| rest.strip_prefix(COMPONENTS)?.strip_suffix(": "));
        key.is_some_and(|key| !key.contains("\\\\"))
    };
    difference
        .into_iter()
        .filter(|line| !is_empty_component(line))
        .collect()
}

/// Where Windows Installer keeps what it needs to undo an installation. It goes when that is over, at its own time.
const UNDO: &str = r"C:\Config.Msi";

fn is_noise(name: &str) -> bool {
    BOOKS.contains(&name) || name == UNDO || DEVICES.iter().any(|device| name.starts_with(device))
}

/// All of drive C.
#[cfg(unix)]
fn files(windows: &Windows) -> BTreeMap<String, String> {
    let mut entries = BTreeMap::new();
    walk(&windows.drive_c(""), "C:", &mut entries);
    entries
}

/// Folders of which only the names of what is in them count.
#[cfg(windows)]
const PARENTS: [(&str, &str); 4] = [
    ("", "C:"),
    ("Program Files", r"C:\Program Files"),
    ("ProgramData", r"C:\ProgramData"),
    // The packages of what is installed, as Windows keeps them.
    (r"Windows\Installer", r"C:\Windows\Installer"),
];

/// What is in the tests' folders, and the names of what lies where packages put theirs.
#[cfg(windows)]
fn files(windows: &Windows) -> BTreeMap<String, String> {
    let mut entries = BTreeMap::new();
    for (parent, name) in PARENTS {
        for entry in fs::read_dir(windows.drive_c(parent))
            .into_iter()
            .flatten()
            .flatten()
        {
            let kind = if entry.path().is_dir() { "folder" } else { "file" };
            entries.insert(
                format!("{name}\\{}", entry.file_name().to_string_lossy()),
                kind.to_owned(),
            );
        }
    }
    for folder in Belongings::FOLDERS {
        let path = windows.drive_c(folder);
        if path.exists() {
            walk(&path, &format!("C:\\{}", folder.replace('/', "\\")), &mut entries);
        }
    }
    entries
}

fn walk(folder: &Path, name: &str, entries: &mut BTreeMap<String, String>) {
    let read = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in read {
        let entry = entry.expect("an entry of drive C");
        let name = format!("{name}\\{}", entry.file_name().to_string_lossy());
        let metadata = entry.metadata().expect("an entry's metadata");
        if metadata.is_dir() {
            walk(&entry.path(), &name, entries);
            entries.insert(name, "folder".to_owned());
        } else {
            let modified = metadata.modified().ok().map(|time| format!("{time:?}"));
            entries.insert(
                name,
                format!("{} bytes, {}", metadata.len(), modified.unwrap_or_default()),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_what_came_what_went_and_what_changed() {
        let snapshot = |entries: &[(&str, &str)]| Snapshot {
            entries: entries
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        };
        let before = snapshot(&[("a", "1"), ("b", "1"), ("c", "1")]);
        let after = snapshot(&[("b", "1"), ("c", "2"), ("d", "1")]);
        assert_eq!(before.difference(&after), ["- a: 1", "~ c: 1 -> 2", "+ d: 1"]);
    }
}
