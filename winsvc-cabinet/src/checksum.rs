//! The checksum of a data block.

/// All 32-bit words of the bytes, combined by exclusive or, starting from `seed`.
///
/// The one to three bytes left over make a last word in the opposite order (MS-CAB 3.1).
pub(super) fn checksum(bytes: &[u8], seed: u32) -> u32 {
    let (words, rest) = bytes.as_chunks::<4>();
    let whole = words
        .iter()
        .fold(seed, |sum, word| sum ^ u32::from_le_bytes(*word));
    whole ^ rest.iter().fold(0, |word, &byte| (word << 8) | u32::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_little_endian_and_the_rest_is_not() {
        assert_eq!(checksum(&[], 7), 7);
        assert_eq!(checksum(&[1, 2, 3, 4], 0), 0x0403_0201);
        assert_eq!(checksum(&[1, 2, 3, 4, 5], 0), 0x0403_0201 ^ 0x05);
        assert_eq!(checksum(&[1, 2, 3, 4, 5, 6, 7], 0), 0x0403_0201 ^ 0x05_0607);
    }
}
