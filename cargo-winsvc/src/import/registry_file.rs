//! Exports of the registry, as `reg export` and regedit write them.

use std::collections::BTreeMap;

use thiserror::Error;

/// What the first line says.
const HEADERS: [&str; 2] = ["Windows Registry Editor Version 5.00", "REGEDIT4"];

/// A value of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Data {
    /// `REG_SZ`, `REG_EXPAND_SZ`
    Text(String),
    /// `REG_MULTI_SZ`
    List(Vec<String>),
    /// `REG_DWORD`
    Number(u32),
    /// Any other kind.
    Other,
}

/// The values of each key, by their names. Windows does not distinguish capitals in either.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RegistryFile {
    keys: BTreeMap<String, Key>,
}

/// A key as it is written, and its values by their names in small letters.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    path: String,
    values: BTreeMap<String, (String, Data)>,
}

/// The text of a file in UTF-16, as version 5 is written, or in UTF-8.
pub(super) fn decode(bytes: &[u8]) -> Option<String> {
    if let Some(rest) = bytes.strip_prefix(&[0xFF, 0xFE]) {
        let units: Vec<u16> = rest
            .chunks_exact(2)
            .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
            .collect();
        return String::from_utf16(&units).ok();
    }
    let rest = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    String::from_utf8(rest.to_vec()).ok()
}

pub(super) fn is_one(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default().trim();
    HEADERS.contains(&first)
}

impl RegistryFile {
    pub(super) fn parse(text: &str) -> Result<Self, RegistryFileError> {
        let mut file = Self::default();
        let mut key = None;
        let mut lines = text.lines().enumerate().skip(1);
        while let Some((number, line)) = lines.next() {
            let invalid = || RegistryFileError { line: number + 1 };
            let mut line = line.trim().to_owned();
            // A list of bytes goes on in the next line.
            while line.ends_with(",\\") {
                line.pop();
                line.push_str(lines.next().ok_or_else(invalid)?.1.trim());
            }
            if line.is_empty() || line.starts_with(';') {
                continue;
            }
            if let Some(path) = line.strip_prefix('[') {
                let path = path.strip_suffix(']').ok_or_else(invalid)?;
                // `[-KEY]` removes the key.
                key = (!path.starts_with('-')).then(|| path.to_lowercase());
                if let Some(key) = &key {
                    file.keys.entry(key.clone()).or_insert_with(|| Key {
                        path: path.to_owned(),
                        values: BTreeMap::new(),
                    });
                }
                continue;
            }
            let (name, data) = value(&line).ok_or_else(invalid)?;
            let values = key.as_ref().and_then(|key| file.keys.get_mut(key));
            if let (Some(key), Some(data)) = (values, data) {
                key.values.insert(name.to_lowercase(), (name, data));
            }
        }
        Ok(file)
    }

    /// The paths of all keys, as they are written.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.keys.values().map(|key| key.path.as_str())
    }

    pub(super) fn get(&self, key: &str, name: &str) -> Option<&Data> {
        let key = self.keys.get(&key.to_lowercase())?;
        key.values.get(&name.to_lowercase()).map(|(_, data)| data)
    }

    /// The names and values of a key.
    pub(super) fn values(&self, key: &str) -> impl Iterator<Item = (&str, &Data)> {
        let key = self.keys.get(&key.to_lowercase()).into_iter();
        key.flat_map(|key| key.values.values())
            .map(|(name, data)| (name.as_str(), data))
    }
}

/// A line `"name"=data`; no data if the line removes the value.
fn value(line: &str) -> Option<(String, Option<Data>)> {
    let (name, rest) = match line.strip_prefix('@') {
        Some(rest) => (String::new(), rest),
        None => quoted(line)?,
    };
    let data = rest.strip_prefix('=')?.trim();
    if data == "-" {
        return Some((name, None));
    }
    let data = if data.starts_with('"') {
        let (text, rest) = quoted(data)?;
        rest.is_empty().then_some(Data::Text(text))?
    } else if let Some(digits) = data.strip_prefix("dword:") {
        Data::Number(u32::from_str_radix(digits, 16).ok()?)
    } else if let Some(bytes) = data.strip_prefix("hex(2):") {
        Data::Text(strings(bytes)?.into_iter().next().unwrap_or_default())
    } else if let Some(bytes) = data.strip_prefix("hex(7):") {
        Data::List(strings(bytes)?)
    } else if data.starts_with("hex") {
        Data::Other
    } else {
        return None;
    };
    Some((name, Some(data)))
}

/// A text in quotes, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let rest = text.strip_prefix('"')?;
    let mut content = String::new();
    let mut characters = rest.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((content, &rest[at + 1..])),
            '\\' => content.push(characters.next()?.1),
            character => content.push(character),
        }
    }
    None
}

/// The texts in a list of bytes, as UTF-16 that ends with NULs.
fn strings(bytes: &str) -> Option<Vec<String>> {
    let bytes: Vec<u8> = bytes
        .split(',')
        .map(str::trim)
        .filter(|byte| !byte.is_empty())
        .map(|byte| u8::from_str_radix(byte, 16).ok())
        .collect::<Option<_>>()?;
    let units: Vec<u16> = bytes
        .chunks(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair.get(1).copied().unwrap_or_default()]))
        .collect();
    let texts = units.split(|unit| *unit == 0).filter(|text| !text.is_empty());
    texts.map(|text| String::from_utf16(text).ok()).collect()
}

/// A line of an export cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line} of the export is neither a key nor a value")]
pub struct RegistryFileError {
    /// Counted from 1.
    line: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_of_every_kind_are_read() {
        let file = RegistryFile::parse(
            "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\Services\\Acme]\r\n\
             @=\"default\"\r\n\"Quoted \\\"name\\\"\"=\"C:\\\\a b\"\r\n\"Number\"=dword:0000001f\r\n\
             \"Text\"=hex(2):61,00,\\\r\n  62,00,00,00\r\n\"List\"=hex(7):61,00,00,00,62,00,00,00,00,00\r\n\
             \"Bytes\"=hex:00,01\r\n\"Gone\"=-\r\n; a comment\r\n[-HKEY_LOCAL_MACHINE\\Other]\r\n\"X\"=\"1\"\r\n",
        )
        .unwrap();
        let get = |name| file.get("hkey_local_machine\\services\\ACME", name);
        assert_eq!(get(""), Some(&Data::Text("default".to_owned())));
        assert_eq!(get("quoted \"NAME\""), Some(&Data::Text("C:\\a b".to_owned())));
        assert_eq!(get("number"), Some(&Data::Number(31)));
        assert_eq!(get("text"), Some(&Data::Text("ab".to_owned())));
        assert_eq!(
            get("list"),
            Some(&Data::List(vec!["a".to_owned(), "b".to_owned()]))
        );
        assert_eq!(get("bytes"), Some(&Data::Other));
        assert_eq!(get("gone"), None);
        assert_eq!(
            file.paths().collect::<Vec<_>>(),
            ["HKEY_LOCAL_MACHINE\\Services\\Acme"]
        );
    }

    #[test]
    fn a_line_that_is_none_is_an_error_with_its_number() {
        for line in [
            "[open",
            "\"a\"",
            "\"a\"=",
            "\"a\"=dword:xyz",
            "a=1",
            "\"a\"=hex(2):00,\\",
        ] {
            let text = format!("REGEDIT4\n[HKEY_LOCAL_MACHINE\\A]\n{line}");
            let error = RegistryFile::parse(&text).unwrap_err();
            assert_eq!(error, RegistryFileError { line: 3 }, "{line}");
        }
    }
}
