//! The checksum of the optional header (`CheckSum`), as `CheckSumMappedFile` of imagehlp computes it: the file as
//! 16-bit little-endian words added with end-around carry, the checksum field itself counted as zero, plus the length.
//! Windows verifies it for drivers, boot-time and critical DLLs only, but scanners distrust a wrong one.

/// The checksum of `file`, whose own checksum field must be zero.
pub(super) fn checksum(file: &[u8]) -> u32 {
    // End-around carry is addition modulo 2^16 - 1, of which 2^16 and so every wider word's shift is 1: summing wide
    // words and folding once at the end is the same sum in an eighth of the steps.
    let words = file.chunks_exact(8);
    let mut last = [0; 8];
    last[..words.remainder().len()].copy_from_slice(words.remainder());
    let sum: u128 = words
        .map(|word| u64::from_le_bytes(word.try_into().expect("chunks_exact(8) gives 8 bytes")))
        .chain([u64::from_le_bytes(last)])
        .map(u128::from)
        .sum();
    fold(sum).wrapping_add(file.len() as u32)
}

/// Adds the 16-bit words of `sum` with end-around carry.
fn fold(mut sum: u128) -> u32 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u32
}

#[cfg(test)]
mod tests {
    use super::checksum;

    /// The definition, word by word.
    fn reference(file: &[u8]) -> u32 {
        let mut sum = 0;
        for word in file.chunks(2) {
            sum += u32::from(word[0]) | u32::from(*word.get(1).unwrap_or(&0)) << 8;
            sum = (sum & 0xffff) + (sum >> 16);
        }
        sum + file.len() as u32
    }

    #[test]
    fn wide_words_give_the_sum_of_16_bit_words() {
        let file: Vec<u8> = (0..1000_u32).map(|i| (i * i + 7 * i) as u8).collect();
        for length in 0..file.len() {
            assert_eq!(
                checksum(&file[..length]),
                reference(&file[..length]),
                "{length} bytes"
            );
        }
        assert_eq!(checksum(&[0xff; 4096]), reference(&[0xff; 4096]));
    }
}
