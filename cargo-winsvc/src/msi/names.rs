//! Names in a package: row identifiers, formatted strings.

use sha1::{Digest, Sha1};
use winsvc_definition::registration::RegistryValue;

use crate::product::File;

/// The maximum length of an identifier: `s72` columns must also hold the longest suffix, `.DelayedStart.Back`. Stream
/// names, which contain some identifiers, would allow 55.
const IDENTIFIER: usize = 52;

/// A row's identifier for a string: the string itself if it is a valid identifier, else with a part of its hash, so
/// that identifiers stay unique ([Identifier](https://learn.microsoft.com/windows/win32/msi/identifier)).
pub(super) fn identifier(text: &str) -> String {
    identifier_with(text, 8)
}

/// The identifier for a path. There may be tens of thousands, many with the same beginning, so the hash is longer.
pub(super) fn path_identifier(path: &str) -> String {
    identifier_with(path, 12)
}

fn identifier_with(text: &str, hash_len: usize) -> String {
    let is_identifier = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if begins && text.len() <= IDENTIFIER && text.chars().all(is_identifier) {
        return text.to_owned();
    }
    let hash = letters(text, hash_len);
    let kept: String = text
        .chars()
        .map(|c| if is_identifier(c) { c } else { '_' })
        .take(IDENTIFIER - 2 - hash_len)
        .collect();
    format!("_{kept}.{hash}")
}

/// The identifier of a file's row and of its component, and its name in the cabinet.
pub fn file_id(file: &File) -> String {
    path_identifier(&file.target.to_string())
}

/// Escapes a string for a `Formatted` column
/// ([Formatted](https://learn.microsoft.com/windows/win32/msi/formatted)).
pub(super) fn formatted(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if "[]{}".contains(character) {
            escaped.extend(['[', '\\', character, ']']);
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// A value in the notation of the column `Value` of the table `Registry`.
pub(super) fn registry_data(value: &RegistryValue) -> String {
    match value {
        RegistryValue::ExpandString(text) => format!("#%{text}"),
        RegistryValue::Number(number) => format!("#{number}"),
        RegistryValue::String(text) => text.clone(),
        RegistryValue::Strings(list) => {
            let each: String = list.iter().map(|text| format!("{text}[~]")).collect();
            format!("[~]{each}")
        }
    }
}

/// The beginning of a string's hash, in capital letters and digits.
pub(super) fn letters(text: &str, count: usize) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let digest = Sha1::digest(text.as_bytes());
    digest
        .iter()
        .take(count)
        .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_stay_readable_and_different() {
        assert_eq!(identifier("hello.exe"), "hello.exe");
        assert!(identifier("1.txt").starts_with("_1.txt."));
        assert_ne!(identifier("a b"), identifier("a-b"));
        let long = identifier(&"ü".repeat(200));
        assert!(long.len() <= IDENTIFIER && long.is_ascii(), "{long}");
    }

    #[test]
    fn brackets_and_braces_mean_nothing() {
        assert_eq!(formatted(r#"{"a": [1]}"#), r#"[\{]"a": [\[]1[\]][\}]"#);
    }
}
