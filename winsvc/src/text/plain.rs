//! Texts of others on a terminal, or in a file that a terminal will show: what they say, and nothing that they do.
#![cfg_attr(
    not(windows),
    allow(dead_code, reason = "tested on every host, used on Windows")
)]

use std::fmt::Write as _;

/// A text without anything that a terminal would take for an order, or that would turn the order of its letters: such
/// characters stand there as Rust writes them. A tab is none.
pub(crate) fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' => shown.push(character),
            _ if character.is_control() || is_direction(character) => {
                let _ = write!(shown, "{}", character.escape_default());
            }
            _ => shown.push(character),
        }
    }
    shown
}

/// Marks, embeddings, overrides and isolates of Unicode's bidirectional algorithm (<https://www.unicode.org/reports/tr9/>).
fn is_direction(character: char) -> bool {
    matches!(
        character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_moves_no_cursor_and_paints_nothing() {
        assert_eq!(
            plain("\u{1b}[2J\u{9b}1A\rGröße\t€\n\u{202e}exe.\u{7f}"),
            "\\u{1b}[2J\\u{9b}1A\\rGröße\t€\\n\\u{202e}exe.\\u{7f}"
        );
    }
}
