//! The tree of blocks that a version resource is: each has a length, a value's length, a type, a key, the value and inner
//! blocks, all aligned to 4 bytes
//! ([`VS_VERSIONINFO`](https://learn.microsoft.com/windows/win32/menurc/vs-versioninfo)).
//!
//! A tree that is read and written again is the same but for its padding, whatever its keys and values mean.

use super::super::PeError;
use super::super::bytes::{pad, slice, u16_at, utf16_until_nul};

/// Length, value's length, type.
const HEADER: usize = 6;
const WHAT: &str = "version resource's block";
/// More levels than any version resource has; four are documented.
const DEEPEST: usize = 8;

/// A block with everything in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) key: String,
    pub(super) value: Value,
    pub(super) inner: Vec<Block>,
}

/// A block's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    None,
    Binary(Vec<u8>),
    /// UTF-16 without its NUL.
    Text(Vec<u16>),
}

impl Block {
    /// A block without a value.
    pub(super) fn new(key: &str, inner: Vec<Self>) -> Self {
        Self {
            key: key.to_owned(),
            value: Value::None,
            inner,
        }
    }

    /// A block with a string.
    pub(super) fn text(key: &str, text: &str) -> Self {
        Self {
            key: key.to_owned(),
            value: Value::Text(text.encode_utf16().collect()),
            inner: Vec::new(),
        }
    }

    /// A block with other data.
    pub(super) fn binary(key: &str, data: Vec<u8>, inner: Vec<Self>) -> Self {
        Self {
            key: key.to_owned(),
            value: Value::Binary(data),
            inner,
        }
    }

    /// The first block inside with this key. Windows compares keys case-insensitively.
    pub(super) fn find(&self, key: &str) -> Option<&Self> {
        self.inner.iter().find(|block| block.is(key))
    }

    /// The first block inside with this key, mutable; added if it does not exist.
    pub(super) fn find_or_add(&mut self, key: &str) -> &mut Self {
        let index = self.inner.iter().position(|block| block.is(key));
        let index = index.unwrap_or_else(|| {
            self.inner.push(Self::new(key, Vec::new()));
            self.inner.len() - 1
        });
        &mut self.inner[index]
    }

    /// Whether the block has this key.
    pub(super) fn is(&self, key: &str) -> bool {
        self.key.eq_ignore_ascii_case(key)
    }

    /// The value's bytes; a string is without its NUL.
    pub(super) fn bytes(&self) -> Vec<u8> {
        match &self.value {
            Value::None => Vec::new(),
            Value::Binary(data) => data.clone(),
            Value::Text(units) => units.iter().flat_map(|unit| unit.to_le_bytes()).collect(),
        }
    }

    /// The value as a string, whatever type the block declares.
    pub(super) fn as_text(&self) -> String {
        match &self.value {
            Value::Text(units) => String::from_utf16_lossy(units),
            _ => String::from_utf16_lossy(&utf16_until_nul(&self.bytes())),
        }
    }

    /// The block at the start of `bytes`. If a resource compiler wrote a wrong length, the value is read to the end of
    /// the block, as Windows does.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, PeError> {
        Self::parse_level(bytes, 0).map(|(block, _)| block)
    }

    /// The block, and its length with padding.
    fn parse_level(bytes: &[u8], level: usize) -> Result<(Self, usize), PeError> {
        let length = usize::from(u16_at(bytes, 0, WHAT)?).min(bytes.len());
        let block = slice(bytes, 0, length, WHAT)?;
        let value_length = usize::from(u16_at(block, 2, WHAT)?);
        let is_text = u16_at(block, 4, WHAT)? == 1;
        let key = utf16_until_nul(slice(block, HEADER, length.saturating_sub(HEADER), WHAT)?);
        let value_start = (HEADER + (key.len() + 1) * 2).next_multiple_of(4).min(length);
        let value_length = if is_text { value_length * 2 } else { value_length };
        let value_end = (value_start + value_length).min(length);
        let value = &block[value_start..value_end];
        let inner = block.get(value_end.next_multiple_of(4)..).unwrap_or_default();
        let block = Self {
            key: String::from_utf16_lossy(&key),
            value: match (value, is_text) {
                ([], _) => Value::None,
                (text, true) => Value::Text(utf16_until_nul(text)),
                (data, false) => Value::Binary(data.to_vec()),
            },
            inner: Self::parse_all(inner, level + 1),
        };
        Ok((block, length.next_multiple_of(4)))
    }

    /// Consecutive blocks, up to the first invalid one.
    fn parse_all(mut bytes: &[u8], level: usize) -> Vec<Self> {
        let mut blocks = Vec::new();
        while level < DEEPEST
            && let Ok((block, length)) = Self::parse_level(bytes, level)
        {
            blocks.push(block);
            bytes = bytes.get(length..).unwrap_or_default();
        }
        blocks
    }

    /// Appends the block's bytes.
    pub(super) fn encode(&self, out: &mut Vec<u8>) -> Result<(), PeError> {
        let what = || format!("the version resource's block {:?}", self.key);
        let has_nul = matches!(&self.value, Value::Text(units) if units.contains(&0));
        if self.key.contains('\0') || has_nul {
            return Err(PeError::TextHasNul { what: what() });
        }
        // A string's length is in UTF-16 units, including its NUL; that of other values is in bytes.
        let (data, value_length, is_text) = match &self.value {
            Value::None => (Vec::new(), 0, true),
            Value::Binary(data) => (data.clone(), data.len(), false),
            Value::Text(units) => {
                let data = with_nul(units.iter().copied());
                let units = data.len() / 2;
                (data, units, true)
            }
        };
        pad(out, 0, 4);
        let start = out.len();
        out.extend([0; 2]);
        out.extend((value_length as u16).to_le_bytes());
        out.extend(u16::from(is_text).to_le_bytes());
        out.extend(with_nul(self.key.encode_utf16()));
        pad(out, 0, 4);
        out.extend(data);
        self.inner.iter().try_for_each(|block| block.encode(out))?;
        let length = out.len() - start;
        let length_field = u16::try_from(length).map_err(|_| PeError::TextTooLong {
            what: what(),
            length,
            limit: usize::from(u16::MAX),
        })?;
        out[start..start + 2].copy_from_slice(&length_field.to_le_bytes());
        Ok(())
    }
}

/// UTF-16 with a terminating NUL.
fn with_nul(units: impl Iterator<Item = u16>) -> Vec<u8> {
    units.chain([0]).flat_map(u16::to_le_bytes).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::None),
            proptest::collection::vec(any::<u8>(), 1..9).prop_map(Value::Binary),
            proptest::collection::vec(1_u16.., 0..9).prop_map(Value::Text),
        ]
    }

    fn block() -> impl Strategy<Value = Block> {
        let leaf = ("[^\0]{0,9}", value()).prop_map(|(key, value)| Block {
            key,
            value,
            inner: Vec::new(),
        });
        leaf.prop_recursive(4, 24, 4, |inner| {
            ("[^\0]{0,9}", value(), proptest::collection::vec(inner, 0..4))
                .prop_map(|(key, value, inner)| Block { key, value, inner })
        })
    }

    proptest! {
        #[test]
        fn any_tree_is_read_back(block in block()) {
            let mut data = Vec::new();
            block.encode(&mut data).unwrap();
            prop_assert_eq!(Block::parse(&data).unwrap(), block);
        }
    }
}
