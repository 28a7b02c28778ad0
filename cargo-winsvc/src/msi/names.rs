//! Names in a package: row identifiers, file names, formatted strings.

use sha1::{Digest, Sha1};
use winsvc_definition::registration::RegistryValue;

use crate::product::File;

/// The maximum length of an identifier: `s72` columns must also hold the longest suffix, `.DelayedStart.Back`. Stream
/// names, which contain some identifiers, would allow 55.
const IDENTIFIER: usize = 52;

/// A row's identifier for a string: the string itself if it is a valid identifier, else with a part of its hash, so
/// that identifiers stay unique ([Identifier](https://learn.microsoft.com/windows/win32/msi/identifier)).
pub(super) fn identifier(text: &str) -> String {
    let is_identifier = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if begins && text.len() <= IDENTIFIER && text.chars().all(is_identifier) {
        return text.to_owned();
    }
    let hash = letters(text, 8);
    let kept: String = text
        .chars()
        .map(|c| if is_identifier(c) { c } else { '_' })
        .take(IDENTIFIER - 10)
        .collect();
    format!("_{kept}.{hash}")
}

/// The identifier of a file's row and of its component, and its name in the cabinet.
pub(super) fn file_id(file: &File) -> String {
    identifier(&file.target.to_string())
}

/// A name in the form of the `Filename` columns: `SHORT|long`, or only the name if it is already short.
///
/// The short name is for file systems that support it; it is derived from the long name and the folder, as in WiX.
pub(super) fn short_and_long(name: &str, folder: &str) -> String {
    let is_part = |part: &str, longest: usize| {
        part.len() <= longest
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    };
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    if !stem.is_empty() && is_part(stem, 8) && is_part(extension, 3) && !name.ends_with('.') {
        return name.to_owned();
    }
    let hash = letters(&format!("{}|{}", folder, name.to_lowercase()), 8);
    let extension: String = extension
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(3)
        .collect::<String>()
        .to_ascii_uppercase();
    let dot = if extension.is_empty() { "" } else { "." };
    format!("{hash}{dot}{extension}|{name}")
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
    fn only_names_that_need_it_get_a_short_one() {
        assert_eq!(short_and_long("hello.exe", "INSTALLDIR"), "hello.exe");
        assert_eq!(short_and_long("README", "INSTALLDIR"), "README");
        let name = short_and_long("agent.config.toml", "INSTALLDIR");
        let (short, long) = name.split_once('|').unwrap();
        assert_eq!(
            (short.len(), &short[8..], long),
            (12, ".TOM", "agent.config.toml")
        );
        assert_ne!(short_and_long("agent.config.toml", "OTHER"), name);
        assert_eq!(
            short_and_long(".env", "INSTALLDIR").split_once('|').unwrap().1,
            ".env"
        );
    }

    #[test]
    fn brackets_and_braces_mean_nothing() {
        assert_eq!(formatted(r#"{"a": [1]}"#), r#"[\{]"a": [\[]1[\]][\}]"#);
    }
}
