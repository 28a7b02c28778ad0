//! Messages as text: whole sentences, and what a terminal and the event log take of them.

use winsvc_definition::events::{self, Message};

/// How many UTF-16 units the string of an event may have
/// ([`ReportEvent`](https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-reporteventw)).
const LONGEST: usize = 31_839;

/// What stands where text was cut off.
const ELLIPSIS: u16 = 0x2026;

/// What a terminal shows of an event; `None` where who sits there sees or knows it anyway.
pub(super) fn for_terminal(message: Message, strings: &[String]) -> Option<String> {
    match message {
        // The process ends with the code, and Rust's own hook has shown the panic.
        events::RUNNING | events::STOPPED | events::EXIT_CODE | events::PANICKED => None,
        // It is clear who failed.
        events::FAILED => Some(strings.concat()),
        _ => Some(sentence(message.text, strings)),
    }
}

/// The message as a sentence, in the form of Rust's own: it begins small and has no stop.
pub(super) fn sentence(text: &str, strings: &[String]) -> String {
    let mut sentence = full(text, strings);
    if let Some(first) = text.chars().next().filter(char::is_ascii_uppercase) {
        sentence.replace_range(..1, &first.to_ascii_lowercase().to_string());
    }
    sentence
}

/// The message with its insertions in their places.
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

/// The text as `ReportEvent` takes it: UTF-16 that is not too long and ends in its only zero, so that the pointer to it is
/// never null, which Windows 11 24H2 refuses.
pub(super) fn event_string(text: &str) -> Vec<u16> {
    let mut string = plain_text(text);
    if string.len() > LONGEST {
        string.truncate(LONGEST - 1);
        // A pair of surrogates stays whole.
        if string.last().is_some_and(|unit| (0xD800..0xDC00).contains(unit)) {
            string.pop();
        }
        string.push(ELLIPSIS);
    }
    string.push(0);
    string
}

/// A text in which Event Viewer finds nothing but text.
fn plain_text(text: &str) -> Vec<u16> {
    let mut string = Vec::with_capacity(text.len());
    let mut buffer = [0; 2];
    let mut previous = '\0';
    for character in text.chars() {
        match character {
            '\n' if previous != '\r' => string.push(u16::from(b'\r')),
            // Event Viewer would look for an insertion here too, and knows no escape: an IPv6 address with a zone
            // (`fe80::1%12`), for example, or `%%` and `%{`
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
        let text = string.strip_suffix(&[0]).expect("a zero at the end");
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
    fn a_terminal_gets_what_nobody_there_knows() {
        let told = |message| for_terminal(message, &["x".to_owned()]);
        assert_eq!(told(events::FAILED).as_deref(), Some("x"));
        assert_eq!(told(events::PROGRESS).as_deref(), Some("x"));
        assert_eq!(told(events::REFUSED).as_deref(), Some("the service refused x:"));
        assert_eq!(told(events::RUNNING), None);
        assert_eq!(told(events::PANICKED), None);
    }

    #[test]
    fn event_viewer_finds_nothing_but_text() {
        assert_eq!(one("a\nb\r\nc"), "a\r\nb\r\nc");
        assert_eq!(
            one("fe80::1%12, 100%, %%5, %{x}"),
            "fe80::1% 12, 100%, % % 5, % {x}"
        );
        assert_eq!(one("nul\0nul"), "nul\u{2400}nul");
        assert_eq!(one("\u{1F980}"), "\u{1F980}");
    }

    #[test]
    fn an_event_without_a_text_has_a_string_all_the_same() {
        assert_eq!(event_string(""), [0]);
    }

    #[test]
    fn a_text_that_is_too_long_is_cut() {
        assert_eq!(one(&"x".repeat(LONGEST)).len(), LONGEST);
        let cut = one(&"x".repeat(LONGEST + 1));
        assert_eq!(cut.chars().count(), LONGEST);
        assert!(cut.ends_with("x\u{2026}"));
        // Whichever side of a pair the cut falls on, what stays is text.
        for offset in ["", "x"] {
            let cut = one(&format!("{offset}{}", "\u{1F980}".repeat(20_000)));
            assert!(cut.ends_with("\u{1F980}\u{2026}"), "{}", &cut[cut.len() - 20..]);
        }
    }
}
