//! The texts of messages, for a terminal and for the event log.

use winsvc_definition::events::{self, Message};

/// The maximum number of UTF-16 units in the string of an event
/// ([`ReportEvent`](https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-reporteventw)).
const LONGEST: usize = 31_839;

/// Marks a truncated text.
const ELLIPSIS: u16 = 0x2026;

/// The text of an event for a terminal; `None` if it would repeat what the terminal already shows.
pub(super) fn for_terminal(message: Message, strings: &[String]) -> Option<String> {
    match message {
        // The process ends with the exit code, and Rust's own hook has printed the panic.
        events::RUNNING | events::STOPPED | events::EXIT_CODE | events::PANICKED => None,
        // The terminal shows a single program, so "the service failed" adds nothing.
        events::FAILED => Some(strings.concat()),
        _ => Some(sentence(message.text, strings)),
    }
}

/// The message as a sentence in Rust's style: without a capital letter or a full stop.
pub(super) fn sentence(text: &str, strings: &[String]) -> String {
    let mut sentence = full(text, strings);
    if let Some(first) = text.chars().next().filter(char::is_ascii_uppercase) {
        sentence.replace_range(..1, &first.to_ascii_lowercase().to_string());
    }
    sentence
}

/// The message with its insertion strings filled in.
pub(super) fn full(text: &str, strings: &[String]) -> String {
    let mut full = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let inserted = match character {
            '%' => characters.next(),
            other => {
                full.push(other);
                continue;
            }
        };
        match inserted {
            Some('n') => full.push('\n'),
            Some(digit) => {
                let index = digit.to_digit(10).map_or(0, |number| number as usize);
                full.extend(index.checked_sub(1).and_then(|index| strings.get(index)).cloned());
            }
            None => {}
        }
    }
    full.truncate(full.trim_end().len());
    full
}

/// The text as `ReportEvent` requires it: UTF-16 of limited length that ends in its only NUL, so that the pointer to it
/// is never null, which Windows 11 24H2 rejects.
pub(super) fn event_string(text: &str) -> Vec<u16> {
    let mut string = plain_text(text);
    if string.len() > LONGEST {
        string.truncate(LONGEST - 1);
        // Keeps surrogate pairs whole.
        if string.last().is_some_and(|unit| (0xD800..0xDC00).contains(unit)) {
            string.pop();
        }
        string.push(ELLIPSIS);
    }
    string.push(0);
    string
}

/// The text, changed so that Event Viewer does not interpret any part of it.
fn plain_text(text: &str) -> Vec<u16> {
    let mut string = Vec::with_capacity(text.len());
    let mut buffer = [0; 2];
    let mut previous = '\0';
    for character in text.chars() {
        match character {
            '\n' if previous != '\r' => string.push(u16::from(b'\r')),
            // Event Viewer would replace insertion sequences here too, and has no escape for them: in an IPv6 address
            // with a zone (`fe80::1%12`), for example, or in `%%` and `%{`
            // (https://learn.microsoft.com/openspecs/windows_protocols/ms-even/d76e867d-96dc-4c09-b747-b1dde1acc5a4).
            '0'..='9' | '%' | '{' if previous == '%' => string.push(u16::from(b' ')),
            _ => {}
        }
        let shown = if character == '\0' { '\u{2400}' } else { character };
        string.extend_from_slice(shown.encode_utf16(&mut buffer));
        previous = character;
    }
    string
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> String {
        let string = event_string(text);
        let text = string.strip_suffix(&[0]).expect("a NUL at the end");
        assert!(!text.contains(&0));
        String::from_utf16(text).unwrap()
    }

    #[test]
    fn a_terminal_gets_a_sentence() {
        let strings = ["20s".to_owned(), "b".to_owned()];
        assert_eq!(
            sentence("The service took %1: %2%n%n%3", &strings),
            "the service took 20s: b"
        );
        assert_eq!(sentence("%1", &["As it is".to_owned()]), "As it is");
    }

    #[test]
    fn a_terminal_gets_only_what_it_does_not_show_anyway() {
        let shown = |message| for_terminal(message, &["x".to_owned()]);
        assert_eq!(shown(events::FAILED).as_deref(), Some("x"));
        assert_eq!(shown(events::PROGRESS).as_deref(), Some("x"));
        assert_eq!(shown(events::REFUSED).as_deref(), Some("the service refused x:"));
        assert_eq!(shown(events::RUNNING), None);
        assert_eq!(shown(events::PANICKED), None);
    }

    #[test]
    fn event_viewer_interprets_no_part_of_a_text() {
        assert_eq!(one("a\nb\r\nc"), "a\r\nb\r\nc");
        assert_eq!(
            one("fe80::1%12, 100%, %%5, %{x}"),
            "fe80::1% 12, 100%, % % 5, % {x}"
        );
        assert_eq!(one("nul\0nul"), "nul\u{2400}nul");
        assert_eq!(one("\u{1F980}"), "\u{1F980}");
    }

    #[test]
    fn an_empty_text_is_still_a_string() {
        assert_eq!(event_string(""), [0]);
    }

    #[test]
    fn a_text_that_is_too_long_is_cut() {
        assert_eq!(one(&"x".repeat(LONGEST)).len(), LONGEST);
        let cut = one(&"x".repeat(LONGEST + 1));
        assert_eq!(cut.chars().count(), LONGEST);
        assert!(cut.ends_with("x\u{2026}"));
        // The cut never splits a surrogate pair.
        for offset in ["", "x"] {
            let cut = one(&format!("{offset}{}", "\u{1F980}".repeat(20_000)));
            assert!(cut.ends_with("\u{1F980}\u{2026}"), "{}", &cut[cut.len() - 20..]);
        }
    }
}
