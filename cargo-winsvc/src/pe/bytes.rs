//! Little-endian fields at byte offsets: bounds-checked reads, and writes.

use super::PeError;

/// The `length` bytes at `offset`, or an error that names the missing structure.
pub(super) fn slice<'a>(
    bytes: &'a [u8],
    offset: usize,
    length: usize,
    what: &'static str,
) -> Result<&'a [u8], PeError> {
    offset
        .checked_add(length)
        .and_then(|end| bytes.get(offset..end))
        .ok_or(PeError::Truncated {
            what,
            offset,
            length,
            available: bytes.len(),
        })
}

/// The 16-bit field at `offset`.
pub(super) fn u16_at(bytes: &[u8], offset: usize, what: &'static str) -> Result<u16, PeError> {
    let field = slice(bytes, offset, 2, what)?;
    Ok(u16::from_le_bytes([field[0], field[1]]))
}

/// The 32-bit field at `offset`.
pub(super) fn u32_at(bytes: &[u8], offset: usize, what: &'static str) -> Result<u32, PeError> {
    let field = slice(bytes, offset, 4, what)?;
    Ok(u32::from_le_bytes([field[0], field[1], field[2], field[3]]))
}

/// Overwrites the 16-bit field at `offset`, which the caller knows to lie inside `bytes`.
pub(super) fn put_u16(bytes: &mut [u8], offset: usize, value: u16) {
    bytes[offset..offset + 2].copy_from_slice(&value.to_le_bytes());
}

/// Overwrites the 32-bit field at `offset`, which the caller knows to lie inside `bytes`.
pub(super) fn put_u32(bytes: &mut [u8], offset: usize, value: u32) {
    bytes[offset..offset + 4].copy_from_slice(&value.to_le_bytes());
}

/// UTF-16 code units up to the first NUL or the end of `bytes`.
pub(super) fn utf16_until_nul(bytes: &[u8]) -> Vec<u16> {
    utf16(bytes).into_iter().take_while(|&unit| unit != 0).collect()
}

/// All UTF-16 code units of `bytes`; an odd last byte is ignored.
pub(super) fn utf16(bytes: &[u8]) -> Vec<u16> {
    bytes
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect()
}

/// Appends zeros until the length since `start` is a multiple of `alignment`.
pub(super) fn pad(bytes: &mut Vec<u8>, start: usize, alignment: usize) {
    let length = (bytes.len() - start).next_multiple_of(alignment);
    bytes.resize(start + length, 0);
}
