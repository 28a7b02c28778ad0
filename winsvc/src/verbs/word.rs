//! The argument that introduces the verbs: `service`, unless the program has another one.

use std::sync::OnceLock;

static WORD: OnceLock<&str> = OnceLock::new();

/// Sets the word that messages contain; a process has only one.
pub(super) fn set_word(word: &'static str) {
    let _ = WORD.set(word);
}

pub(super) fn word() -> &'static str {
    WORD.get().copied().unwrap_or("service")
}
