//! The string pool: each string of the database, stored once and referenced by number.
//!
//! The rows hold the numbers. A number takes two bytes, or three if there are more than 65,535 strings. Each
//! string has a reference count; Windows Installer frees a string when its count falls to 0, so the counts must be
//! exact.

use std::collections::HashMap;

use super::super::codepage::{Codepage, UTF_8, WESTERN};
use super::error::DatabaseError;

/// The greatest number that a reference of three bytes can hold.
const MAX_STRINGS: usize = 0xFF_FFFF;
/// The bit of the pool's first word for references of three bytes.
const LONG_REFERENCES: u32 = 0x8000_0000;

/// The strings of a database and their numbers, counted from 1; 0 is an empty field.
#[derive(Debug)]
pub(super) struct StringPool {
    ids: HashMap<String, u32>,
    /// The code page to use if it can encode every string.
    preferred: Codepage,
}

impl Default for StringPool {
    fn default() -> Self {
        Self::new(WESTERN)
    }
}

impl StringPool {
    pub(super) fn new(preferred: Codepage) -> Self {
        Self {
            ids: HashMap::new(),
            preferred,
        }
    }

    /// The string's number; assigns a new one if it has none.
    pub(super) fn intern(&mut self, text: &str) -> Result<u32, DatabaseError> {
        if let Some(&id) = self.ids.get(text) {
            return Ok(id);
        }
        if self.ids.len() == MAX_STRINGS {
            return Err(DatabaseError::TooManyTexts { limit: MAX_STRINGS });
        }
        let id = self.ids.len() as u32 + 1;
        self.ids.insert(text.to_owned(), id);
        Ok(id)
    }

    /// The number of strings.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether two bytes are not enough for a reference.
    pub(super) fn has_long_references(&self) -> bool {
        self.ids.len() > usize::from(u16::MAX)
    }

    /// The code page of the database: the preferred one if it can encode every string, else UTF-8.
    pub(super) fn codepage(&self) -> Codepage {
        if self.ids.keys().all(|text| self.preferred.holds(text)) {
            self.preferred
        } else {
            UTF_8
        }
    }

    /// The contents of the `_StringPool` and `_StringData` streams; `references[id]` is a string's reference count.
    pub(super) fn encode(&self, codepage: Codepage, references: &[usize]) -> (Vec<u8>, Vec<u8>) {
        let long = if self.has_long_references() {
            LONG_REFERENCES
        } else {
            0
        };
        let mut pool = Vec::with_capacity(4 * (self.ids.len() + 1));
        let mut data = Vec::new();
        pool.extend((u32::from(codepage.id) | long).to_le_bytes());
        for (text, count) in self.texts().into_iter().zip(&references[1..]) {
            let bytes = codepage
                .encode(text)
                .expect("the code page was chosen to hold every text");
            pool.extend(entry(bytes.len(), *count));
            data.extend(bytes);
        }
        (pool, data)
    }

    /// The strings in the order of their numbers.
    fn texts(&self) -> Vec<&str> {
        let mut texts = vec![""; self.ids.len()];
        for (text, &id) in &self.ids {
            texts[id as usize - 1] = text;
        }
        texts
    }
}

/// A string's entry in the pool: its length and its count, 16 bits each.
///
/// A length of more than 16 bits is written as 0 and follows the count in 32 bits. A count of more than 16 bits is
/// stored as the maximum: the alternative, a second entry for the same string, would give equal fields different
/// numbers.
fn entry(len: usize, count: usize) -> Vec<u8> {
    let count = u16::try_from(count).unwrap_or(u16::MAX).to_le_bytes();
    match u16::try_from(len) {
        Ok(len) => [len.to_le_bytes(), count].concat(),
        Err(_) => [&[0, 0], &count[..], &(len as u32).to_le_bytes()].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_number() {
        let mut pool = StringPool::default();
        assert_eq!(pool.intern("a").expect("room"), 1);
        assert_eq!(pool.intern("b").expect("room"), 2);
        assert_eq!(pool.intern("a").expect("room"), 1);
        let (entries, data) = pool.encode(WESTERN, &[0, 2, 1]);
        assert_eq!(entries, [0xE4, 0x04, 0, 0, 1, 0, 2, 0, 1, 0, 1, 0]);
        assert_eq!(data, b"ab");
    }

    #[test]
    fn long_texts_have_their_length_after_the_count() {
        assert_eq!(entry(0xFFFF, 1), [0xFF, 0xFF, 1, 0]);
        assert_eq!(entry(0x1_0000, 3), [0, 0, 3, 0, 0, 0, 1, 0]);
    }

    #[test]
    fn counts_stay_at_the_greatest() {
        assert_eq!(entry(1, 70_000), [1, 0, 0xFF, 0xFF]);
    }
}
