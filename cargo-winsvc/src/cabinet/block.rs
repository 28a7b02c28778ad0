//! MSZIP: one block as a deflate stream.

use flate2::{Compress, Compression, FlushCompress, Status};

use super::Level;

/// What every block begins with (MS-MCI 2.1.1).
const SIGNATURE: [u8; 2] = *b"CK";
/// The header of a deflate block that is stored as it is and the last of its stream (RFC 1951, 3.2.4).
const STORED_AND_LAST: u8 = 1;
/// How much the header of a stored block adds.
const STORED_OVERHEAD: usize = 5;

/// The block's bytes in the cabinet. It may refer to the block before it, which the extractor has just written.
pub(super) fn compress(level: Level, before: &[u8], block: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(SIGNATURE.len() + STORED_OVERHEAD + block.len());
    bytes.extend(SIGNATURE);
    // Deflate splits incompressible data into several stored blocks, and would go past the capacity; extractors
    // make room for the header of one.
    if !deflate(level, before, block, &mut bytes) {
        bytes.truncate(SIGNATURE.len());
        store(block, &mut bytes);
    }
    bytes
}

/// Whether the block, compressed, fits the capacity of `bytes`, to which it is appended.
fn deflate(level: Level, before: &[u8], block: &[u8], bytes: &mut Vec<u8>) -> bool {
    let level = match level {
        Level::Fast => 4,
        Level::Default => 6,
        Level::Small => 9,
    };
    // A new state for each block: a used one, even after a reset, finds other matches than a new one, and the bytes
    // would depend on which thread got which block.
    let mut compress = Compress::new(Compression::new(level), false);
    if !before.is_empty() {
        compress
            .set_dictionary(before)
            .expect("a stream that has just begun takes a dictionary");
    }
    let status = compress.compress_vec(block, bytes, FlushCompress::Finish);
    matches!(status, Ok(Status::StreamEnd))
}

/// Appends a deflate stream that holds the bytes as they are.
fn store(block: &[u8], bytes: &mut Vec<u8>) {
    let len = block.len() as u16;
    bytes.push(STORED_AND_LAST);
    bytes.extend(len.to_le_bytes());
    bytes.extend((!len).to_le_bytes());
    bytes.extend(block);
}

#[cfg(test)]
mod tests {
    use super::super::folder::BLOCK;
    use super::*;

    /// Bytes without a pattern, the same each time (xorshift).
    fn noise(len: usize) -> Vec<u8> {
        let mut state = 0x2545_F491_4F6C_DD1D_u64;
        let next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        };
        std::iter::repeat_with(next).take(len).collect()
    }

    #[test]
    fn incompressible_blocks_are_stored() {
        let noise = noise(BLOCK);
        let bytes = compress(Level::Default, &[], &noise);
        assert_eq!(bytes[..7], *b"CK\x01\x00\x80\xFF\x7F");
        assert_eq!(bytes[7..], noise);
    }

    #[test]
    fn a_repetition_of_the_block_before_costs_little() {
        let noise = noise(BLOCK);
        // A match reaches back 32 KiB less the longest match, so that the very first bytes cannot be found again.
        let repeated = compress(Level::Default, &noise, &noise[1000..]);
        assert!(repeated.len() < 500, "{} bytes", repeated.len());
        assert!(compress(Level::Default, &[], &noise[1000..]).len() > 31_000);
    }
}
