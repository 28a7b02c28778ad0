//! Detects whether an exe has commands of its own (`agent.exe service install`): by a mark among its bytes, which
//! contains the word that introduces them.
//!
//! The runtime contains the mark if its feature `verbs` is on, and reads the word from it, so that no linker removes
//! the mark. The prefix must not occur in the runtime otherwise, so it does not use this module. The tool searches the
//! finished exe, so it does not depend on the features that cargo was asked for, or that other packages of a workspace
//! enable.
//!
//! A program that determines its word at runtime has a mark without a word.

/// The text before the word, which is NUL-terminated.
const PREFIX: &[u8] = b"winsvc verbs 1: ";

/// Returns the word that introduces the commands of an exe, such as `service` in `agent.exe service install`; `None` if
/// it has no commands, or if its marks contain no word or different ones.
///
/// ```
/// use winsvc_definition::verb_word;
///
/// assert_eq!(verb_word(b"MZ\x90 ... winsvc verbs 1: service\0 ..."), Some("service"));
/// assert_eq!(verb_word(b"MZ\x90 ..."), None);
/// ```
pub fn verb_word(exe: &[u8]) -> Option<&str> {
    let windows = exe.windows(PREFIX.len()).enumerate();
    let places = windows.filter_map(|(place, window)| (window == PREFIX).then_some(place));
    let mut words = places.map(|place| word(&exe[place + PREFIX.len()..]));
    let first = words.next()??;
    words.all(|other| other == Some(first)).then_some(first)
}

/// The word at the beginning of these bytes.
fn word(behind: &[u8]) -> Option<&str> {
    let end = behind.iter().position(|byte| *byte == 0)?;
    let word = std::str::from_utf8(&behind[..end]).ok()?;
    // The word becomes part of a script.
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (!word.is_empty() && word.bytes().all(is_word)).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_marks_must_contain_the_same_word() {
        for (bytes, word) in [
            (&b"winsvc verbs 1: svc\0.winsvc verbs 1: svc\0"[..], Some("svc")),
            (b"winsvc verbs 1: svc\0.winsvc verbs 1: service\0", None),
            (b"winsvc verbs 1: svc\0.winsvc verbs 1: \0", None),
        ] {
            assert_eq!(verb_word(bytes), word, "{bytes:?}");
        }
    }

    #[test]
    fn an_invalid_mark_is_ignored() {
        for bytes in [
            &b"winsvc verbs 1: "[..],
            b"winsvc verbs 1: service",
            b"winsvc verbs 1: \0",
            b"winsvc verbs 1: a b\0",
            b"winsvc verbs 1: \xff\0",
            b"winsvc verbs 2: service\0",
        ] {
            assert_eq!(verb_word(bytes), None, "{bytes:?}");
        }
    }
}
