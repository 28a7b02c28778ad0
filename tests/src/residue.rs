//! What an installation leaves on a machine: the whole of drive C and of the registry, before and after.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::deadline::PATIENCE;
use crate::paths::{prepared, to_windows};
use crate::process::run;
use crate::windows::Windows;

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
const COMPONENTS: &str = BOOKS[5];

/// Keys below which Wine describes the graphics card and the monitor, at times of its own choice.
const DEVICES: [&str; 2] = [
    r"HKLM\System\CurrentControlSet\Control\Class\{4D36E968-E325-11CE-BFC1-08002BE10318}",
    r"HKLM\System\CurrentControlSet\Control\Class\{4D36E96E-E325-11CE-BFC1-08002BE10318}",
];

/// The files and the registry of a prefix at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    entries: BTreeMap<String, String>,
}

impl Snapshot {
    /// Writes down everything.
    ///
    /// # Panics
    ///
    /// When the prefix cannot be read.
    pub fn take(prefix: &Windows) -> Self {
        let mut entries = BTreeMap::new();
        walk(&prefix.drive_c(""), "C:", &mut entries);
        for (key, values) in Registry::save(prefix).keys {
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

/// A difference without the empty keys that Wine leaves of an installation that it has undone.
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

fn is_noise(name: &str) -> bool {
    BOOKS.contains(&name) || DEVICES.iter().any(|device| name.starts_with(device))
}

/// The saved registry of a prefix: keys with their values, in Wine's notation.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    keys: BTreeMap<String, BTreeMap<String, String>>,
}

impl Registry {
    /// Reads the registry as it is now.
    ///
    /// # Panics
    ///
    /// When the prefix does not give it.
    pub fn save(prefix: &Windows) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the registry");
        let probe = || {
            let mut probe = prefix.program(prepared("probe.exe"));
            run(probe.arg("registry").arg(to_windows(folder.path())), PATIENCE)
        };
        let mut finished = probe();
        // Under load, Wine has ended the probe before it began, with exit code 1 and without a word; the probe itself
        // says why it fails. To look again changes nothing of what there is to see.
        if finished.status.code() == Some(1) && finished.stdout.is_empty() && finished.stderr.is_empty() {
            finished = probe();
        }
        let _ = finished.ok();
        let mut registry = Self::default();
        for (root, file) in [("HKLM", "machine.reg"), ("HKU", "users.reg")] {
            let saved = fs::read(folder.path().join(file)).expect("the saved registry");
            registry.read(root, &String::from_utf8_lossy(&saved));
        }
        registry
    }

    /// The keys directly below `parent`, which ends in a backslash and begins below `HKLM`.
    pub fn keys_below<'a>(&'a self, parent: &str) -> impl Iterator<Item = &'a str> {
        let parent = format!("HKLM\\{parent}");
        self.keys.keys().map(String::as_str).filter(move |key| {
            key.strip_prefix(&parent)
                .is_some_and(|rest| !rest.is_empty() && !rest.contains('\\'))
        })
    }

    /// A value of the type `REG_SZ`.
    pub fn text(&self, key: &str, value: &str) -> Option<String> {
        let quoted = self.keys.get(key)?.get(value)?;
        Some(unescape(quoted.strip_prefix('"')?.strip_suffix('"')?))
    }

    /// A key's values in Wine's notation, `"name"=value` a line; nothing where there is no such key.
    ///
    /// Keys are found whatever the case of their letters.
    pub fn values(&self, key: &str) -> Vec<String> {
        let key = format!("HKLM\\{key}").to_lowercase();
        let found = self.keys.iter().find(|(name, _)| name.to_lowercase() == key);
        let values = found.into_iter().flat_map(|(_, values)| values);
        values.map(|(name, value)| format!("{name}={value}")).collect()
    }

    /// Reads a file of Wine's: `[Key\\Sub] time`, `"name"=value`, where a backslash at the end of a line goes on.
    fn read(&mut self, root: &str, text: &str) {
        let joined = text.replace("\\\n", "");
        let mut key = String::new();
        for line in joined.lines() {
            if let Some((name, _time)) = line.strip_prefix('[').and_then(|rest| rest.rsplit_once("] ")) {
                key = format!("{root}\\{}", unescape(name));
                self.keys.entry(key.clone()).or_default();
            } else if let Some((name, value)) = split_value(line) {
                let values = self.keys.entry(key.clone()).or_default();
                values.insert(name, value.to_owned());
            }
        }
    }
}

/// `"name"=value` or, for a key's default value, `@=value`.
fn split_value(line: &str) -> Option<(String, &str)> {
    if let Some(value) = line.strip_prefix("@=") {
        return Some(("@".to_owned(), value));
    }
    let rest = line.strip_prefix('"')?;
    let end = rest.find("\"=")?;
    Some((unescape(&rest[..end]), &rest[end + 2..]))
}

/// Undoes Wine's escapes: a backslash before a quote, a bracket or a backslash, and `\x263a` for the rest of Unicode.
fn unescape(text: &str) -> String {
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first != '\\' {
            units.extend(first.encode_utf16(&mut [0; 2]).iter());
            rest = &rest[first.len_utf8()..];
            continue;
        }
        rest = &rest[1..];
        if let Some(hex) = rest.strip_prefix('x') {
            let end = hex
                .find(|c: char| !c.is_ascii_hexdigit())
                .unwrap_or(hex.len())
                .min(4);
            units.push(u16::from_str_radix(&hex[..end], 16).unwrap_or(u16::from(b'?')));
            rest = &hex[end..];
        } else if let Some(escaped) = rest.chars().next() {
            units.extend(escaped.encode_utf16(&mut [0; 2]).iter());
            rest = &rest[escaped.len_utf8()..];
        }
    }
    String::from_utf16_lossy(&units)
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
    fn a_registry_of_wine_s_is_read_with_its_escapes_and_continued_lines() {
        let mut registry = Registry::default();
        registry.read(
            "HKLM",
            concat!(
                "WINE REGISTRY Version 2\n;; All keys relative to REGISTRY\\\\Machine\n\n#arch=win64\n\n",
                "[Software\\\\Gr\\x00f6\\x00dfe\\\\A \\[b\\]] 1700000000\n#time=1\n",
                "@=\"default\"\n\"Say \\\"hi\\\"\"=\"C:\\\\x\"\n\"Hex\"=hex:01,\\\n  02\n\n",
                "[Software\\\\Empty] 1700000000\n#time=1\n",
            ),
        );
        let values = |pairs: &[(&str, &str)]| {
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        let expected: BTreeMap<String, BTreeMap<String, String>> = [
            (
                "HKLM\\Software\\Größe\\A [b]".to_owned(),
                values(&[
                    ("@", "\"default\""),
                    ("Say \"hi\"", "\"C:\\\\x\""),
                    ("Hex", "hex:01,  02"),
                ]),
            ),
            ("HKLM\\Software\\Empty".to_owned(), values(&[])),
        ]
        .into();
        assert_eq!(registry.keys, expected);
        let below: Vec<&str> = registry.keys_below("Software\\").collect();
        assert_eq!(below, ["HKLM\\Software\\Empty"]);
    }

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
