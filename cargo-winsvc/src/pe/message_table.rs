//! The message table (`RT_MESSAGETABLE`): the texts that the event viewer and `FormatMessage` find by an event's id.
//!
//! Layout: `MESSAGE_RESOURCE_DATA`, <https://learn.microsoft.com/windows/win32/api/winnt/ns-winnt-message_resource_data>,
//! and its blocks and entries, on the pages beside it.

use std::collections::BTreeMap;

use super::PeError;
use super::bytes::pad;

/// `MESSAGE_RESOURCE_UNICODE`: the text is UTF-16, not in the machine's ANSI code page.
const MESSAGE_RESOURCE_UNICODE: u16 = 0x0001;
/// A block: lowest id, highest id, offset of the first entry.
const BLOCK: usize = 12;
/// An entry before its text: length, flags.
const ENTRY_HEADER: usize = 4;
/// The longest entry: its length has 16 bits and is a multiple of 4.
const LONGEST_ENTRY: usize = 0xfffc;

/// Messages by id. An id has severity, facility and code in it, as the message compiler assigns them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessageTable {
    messages: BTreeMap<u32, String>,
}

impl MessageTable {
    /// No messages.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a message in, in place of one with the same id. `%1` and the like stand for an event's strings, `%%` for a
    /// percent sign, and a text should end in `\r\n`, as the message compiler's do.
    pub fn set(&mut self, id: u32, text: impl Into<String>) {
        self.messages.insert(id, text.into());
    }

    /// The resource's data.
    pub fn encode(&self) -> Result<Vec<u8>, PeError> {
        let blocks = self.blocks();
        let mut table = Vec::new();
        table.extend((blocks.len() as u32).to_le_bytes());
        let mut entries = Vec::new();
        for block in &blocks {
            let offset = 4 + blocks.len() * BLOCK + entries.len();
            for field in [block[0].0, block[block.len() - 1].0, offset as u32] {
                table.extend(field.to_le_bytes());
            }
            for (id, text) in block {
                append_entry(*id, text, &mut entries)?;
            }
        }
        table.extend(entries);
        Ok(table)
    }

    /// Runs of consecutive ids.
    fn blocks(&self) -> Vec<Vec<(u32, &str)>> {
        let all: Vec<(u32, &str)> = self
            .messages
            .iter()
            .map(|(id, text)| (*id, text.as_str()))
            .collect();
        all.chunk_by(|left, right| right.0 - left.0 == 1)
            .map(<[_]>::to_vec)
            .collect()
    }
}

impl<T: Into<String>> FromIterator<(u32, T)> for MessageTable {
    fn from_iter<I: IntoIterator<Item = (u32, T)>>(messages: I) -> Self {
        Self {
            messages: messages.into_iter().map(|(id, text)| (id, text.into())).collect(),
        }
    }
}

/// Appends one entry: its length with padding, its flags, its text with a NUL.
fn append_entry(id: u32, text: &str, entries: &mut Vec<u8>) -> Result<(), PeError> {
    let what = || format!("the message {id:#010x}");
    if text.contains('\0') {
        return Err(PeError::TextHasNul { what: what() });
    }
    let start = entries.len();
    let length = (ENTRY_HEADER + (text.encode_utf16().count() + 1) * 2).next_multiple_of(4);
    if length > LONGEST_ENTRY {
        let (length, limit) = (length - ENTRY_HEADER, LONGEST_ENTRY - ENTRY_HEADER);
        return Err(PeError::TextTooLong {
            what: what(),
            length,
            limit,
        });
    }
    entries.extend((length as u16).to_le_bytes());
    entries.extend(MESSAGE_RESOURCE_UNICODE.to_le_bytes());
    entries.extend(text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes));
    pad(entries, start, 4);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consecutive_ids_share_a_block_and_entries_are_aligned() {
        let table: MessageTable = [(7, "b"), (6, "ab"), (0x4000_0001, "c")].into_iter().collect();
        let words: Vec<u16> = super::super::bytes::utf16(&table.encode().unwrap());
        #[rustfmt::skip]
        assert_eq!(words, [
            2, 0,                         // two blocks:
            6, 0, 7, 0, 28, 0,            // ids 6 to 7, entries at 28
            1, 0x4000, 1, 0x4000, 48, 0,  // id 0x40000001, entries at 48
            12, 1, 0x61, 0x62, 0, 0,      // 12 bytes, UTF-16, "ab", NUL, padding
            8, 1, 0x62, 0,
            8, 1, 0x63, 0,
        ]);
    }

    #[test]
    fn a_table_without_messages_has_no_blocks() {
        assert_eq!(MessageTable::new().encode().unwrap(), [0; 4]);
    }

    #[test]
    fn texts_that_do_not_fit_are_errors() {
        let encode = |text: String| MessageTable::from_iter([(0xc000_0001, text)]).encode();
        assert!(encode("x".repeat(32_763)).is_ok());
        assert_eq!(
            encode("x".repeat(32_764)).unwrap_err().to_string(),
            "the message 0xc0000001 is 65532 bytes long; the field takes at most 65528"
        );
        assert_eq!(
            encode("a\0b".to_owned()).unwrap_err().to_string(),
            "the message 0xc0000001 contains a NUL character, which would end the text there"
        );
    }
}
