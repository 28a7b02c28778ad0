//! The word that the verbs follow: `service`, unless the program has chosen another one.

use std::sync::OnceLock;

static WORD: OnceLock<&str> = OnceLock::new();

/// Says that it is this one, for the texts that name it. A process has one word.
pub(super) fn set_word(word: &'static str) {
    let _ = WORD.set(word);
}

/// The word.
pub(super) fn word() -> &'static str {
    WORD.get().copied().unwrap_or("service")
}
