//! How an exe that has verbs of its own is told from one that has none: by a mark among its bytes, which names their word.
//!
//! The runtime has the mark where its feature `verbs` is on, and takes the word from it, so that no linker leaves it out; it
//! must not have the prefix anywhere else, so nothing here is for the runtime. The tool looks for it in the finished exe: what
//! cargo was asked for, and what other packages of a workspace add, need not be known.

/// What stands before the word; behind that is a zero.
const PREFIX: &[u8] = b"winsvc verbs 1: ";

/// The word that the verbs of an exe follow, as `service` in `agent.exe service install`; none where it has no verbs.
///
/// ```
/// use winsvc_definition::verb_word;
///
/// assert_eq!(verb_word(b"MZ\x90 ... winsvc verbs 1: service\0 ..."), Some("service"));
/// assert_eq!(verb_word(b"MZ\x90 ..."), None);
/// ```
pub fn verb_word(exe: &[u8]) -> Option<&str> {
    let place = exe.windows(PREFIX.len()).position(|window| window == PREFIX)?;
    let behind = &exe[place + PREFIX.len()..];
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
