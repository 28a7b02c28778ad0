//! A line of the stamp: its key, and its value with escaped line ends.

use std::fmt::Write as _;

/// Appends a line with the escaped value.
pub(super) fn push_line(text: &mut String, key: &str, value: &str) {
    let value = value
        .replace('\\', r"\\")
        .replace('\n', r"\n")
        .replace('\r', r"\r");
    let _ = writeln!(text, "{key}={value}");
}

pub(super) fn unescape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        text.push(match character {
            '\\' => match characters.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some(escaped) => escaped,
                None => '\\',
            },
            other => other,
        });
    }
    text
}
