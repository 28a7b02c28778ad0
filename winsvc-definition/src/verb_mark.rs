//! How an exe that has verbs of its own is told from one that has none: by a mark among its bytes, which names their word.
//!
//! The runtime has the mark where its feature `verbs` is on, and takes the word from it, so that no linker leaves it out; it
//! must not have the prefix anywhere else, so nothing here is for the runtime. The tool looks for it in the finished exe: what
//! cargo was asked for, and what other packages of a workspace add, need not be known.
//!
//! A program whose word is known only when it runs has a mark without a word.

/// What stands before the word; behind that is a zero.
const PREFIX: &[u8] = b"winsvc verbs 1: ";

/// The word that the verbs of an exe follow, as `service` in `agent.exe service install`; none where it has no verbs, and where
/// its marks name no word or several.
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

/// The word of a mark, with what is behind it.
fn word(behind: &[u8]) -> Option<&str> {
    let end = behind.iter().position(|byte| *byte == 0)?;
    let word = std::str::from_utf8(&behind[..end]).ok()?;
    // It becomes a part of a script.
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (!word.is_empty() && word.bytes().all(is_word)).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_marks_have_to_name_one_word() {
        for (bytes, word) in [
            (&b"winsvc verbs 1: svc\0.winsvc verbs 1: svc\0"[..], Some("svc")),
            (b"winsvc verbs 1: svc\0.winsvc verbs 1: service\0", None),
            (b"winsvc verbs 1: svc\0.winsvc verbs 1: \0", None),
        ] {
            assert_eq!(verb_word(bytes), word, "{bytes:?}");
        }
    }

    #[test]
    fn what_only_looks_like_a_mark_is_none() {
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
