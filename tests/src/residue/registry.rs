//! The registry, as Wine saves it and as the probe lists it: both in Wine's notation.

use std::collections::BTreeMap;
use std::ffi::OsStr;
#[cfg(unix)]
use std::fs;
use std::process::Command;

use super::UNINSTALL;
#[cfg(windows)]
use super::{BOOKS, EVENT_SOURCES, SERVICES};
use crate::deadline::PATIENCE;
use crate::paths::prepared;
#[cfg(unix)]
use crate::paths::to_windows;
use crate::process::run_probe;
#[cfg(windows)]
use crate::windows::Belongings;
use crate::windows::Windows;

/// A registry: keys with their values, in Wine's notation.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    keys: BTreeMap<String, BTreeMap<String, String>>,
}

impl Registry {
    /// Reads the registry as it is now: all of it in Wine, and of a living Windows what the tests' packages can be seen
    /// in.
    ///
    /// # Panics
    ///
    /// When the Windows does not give it.
    #[cfg(windows)]
    pub fn save(windows: &Windows) -> Self {
        let probe = |verb| {
            let mut probe = windows.program(prepared("probe.exe"));
            probe.arg(verb);
            probe
        };
        let of_services = [SERVICES, EVENT_SOURCES]
            .into_iter()
            .flat_map(|parent| Belongings::SERVICES.map(|service| format!(r"{parent}\{service}")));
        let others = Belongings::KEYS.into_iter().chain([UNINSTALL]);
        let whole: Vec<String> = of_services.chain(others.map(str::to_owned)).collect();
        let books = BOOKS.iter().filter_map(|book| book.strip_prefix(r"HKLM\"));
        let mut registry = Self::listed(probe("names"), &books.collect::<Vec<_>>());
        registry.keys.extend(Self::listed(probe("keys"), &whole).keys);
        registry
    }

    /// Reads the registry as it is now: all of it in Wine, and of a living Windows what the tests' packages can be seen
    /// in.
    ///
    /// # Panics
    ///
    /// When the Windows does not give it.
    #[cfg(unix)]
    pub fn save(windows: &Windows) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the registry");
        let mut probe = windows.program(prepared("probe.exe"));
        let _ = run_probe(probe.arg("registry").arg(to_windows(folder.path())), PATIENCE).ok();
        let mut registry = Self::default();
        for (root, file) in [("HKLM", "machine.reg"), ("HKU", "users.reg")] {
            let saved = fs::read(folder.path().join(file)).expect("the saved registry");
            registry.read(root, &String::from_utf8_lossy(&saved));
        }
        registry
    }

    /// Reads keys below `HKEY_LOCAL_MACHINE` by the probe's verb `keys` or `names`, which the command has already.
    ///
    /// # Panics
    ///
    /// When the probe fails.
    pub fn listed<K: AsRef<OsStr>>(mut probe: Command, keys: &[K]) -> Self {
        let mut registry = Self::default();
        registry.read("HKLM", &run_probe(probe.args(keys), PATIENCE).ok().stdout);
        registry
    }

    /// Every key with its values, but for the values that come and go without the tests.
    pub(super) fn of_residue(self) -> impl Iterator<Item = (String, BTreeMap<String, String>)> {
        let others = format!("HKLM\\{UNINSTALL}\\");
        self.keys.into_iter().map(move |(key, values)| {
            // Programs update themselves; what is left of one of ours has a key of its own.
            let is_others = cfg!(windows) && key.starts_with(&others);
            (key, if is_others { BTreeMap::new() } else { values })
        })
    }

    /// A key and what is below it, as a registry of its own.
    #[must_use]
    pub fn below(&self, key: &str) -> Self {
        let key = format!("HKLM\\{key}");
        let is_below = |name: &str| {
            name.strip_prefix(&key)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('\\'))
        };
        let keys = self.keys.iter().filter(|(name, _)| is_below(name));
        Self {
            keys: keys
                .map(|(name, values)| (name.clone(), values.clone()))
                .collect(),
        }
    }

    /// The names of all keys.
    pub fn keys(&self) -> impl Iterator<Item = &String> {
        self.keys.keys()
    }

    /// The keys directly below `parent`, which begins below `HKLM`.
    pub fn keys_below<'a>(&'a self, parent: &str) -> impl Iterator<Item = &'a str> {
        let parent = format!("HKLM\\{}\\", parent.trim_end_matches('\\'));
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
        let joined = text.replace("\\\n  ", "");
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
                    ("Hex", "hex:01,02"),
                ]),
            ),
            ("HKLM\\Software\\Empty".to_owned(), values(&[])),
        ]
        .into();
        assert_eq!(registry.keys, expected);
        let below: Vec<&str> = registry.keys_below("Software\\").collect();
        assert_eq!(below, ["HKLM\\Software\\Empty"]);
    }
}
