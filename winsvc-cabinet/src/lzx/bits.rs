//! Writes bits: words of 16 bits, each with its low byte first, and in each word the highest bit first.

/// Appends bits to bytes.
#[derive(Debug)]
pub(super) struct BitWriter<'a> {
    bytes: &'a mut Vec<u8>,
    /// Bits that do not make two whole words yet, the last of them lowest.
    pending: u64,
    pending_bits: u32,
}

impl<'a> BitWriter<'a> {
    pub(super) fn new(bytes: &'a mut Vec<u8>) -> Self {
        Self {
            bytes,
            pending: 0,
            pending_bits: 0,
        }
    }

    /// Appends at most 32 bits; all above them are zero.
    #[inline]
    pub(super) fn write(&mut self, bits: u32, count: u32) {
        self.pending = self.pending << count | u64::from(bits);
        self.pending_bits += count;
        if self.pending_bits >= 32 {
            self.pending_bits -= 32;
            let words = (self.pending >> self.pending_bits) as u32;
            self.bytes.extend(words.rotate_left(16).to_le_bytes());
        }
    }

    /// Appends zeros to the end of the word.
    pub(super) fn align(&mut self) {
        self.write(0, self.pending_bits.wrapping_neg() % 16);
        if self.pending_bits == 16 {
            self.bytes.extend((self.pending as u16).to_le_bytes());
            self.pending_bits = 0;
        }
    }

    /// How many bytes there are, without bits that do not make a whole word.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() + self.pending_bits as usize / 16 * 2
    }

    /// Appends bytes at the end of a word.
    pub(super) fn extend(&mut self, bytes: &[u8]) {
        debug_assert_eq!(self.pending_bits, 0, "aligned before");
        self.bytes.extend(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_bit_comes_first_and_the_low_byte() {
        let mut bytes = Vec::new();
        let mut writer = BitWriter::new(&mut bytes);
        writer.write(0b1, 1);
        writer.write(0b01, 2);
        writer.write(0x1_2345, 17);
        writer.align();
        // 1011 0010 0011 0100, 0101 0000 0000 0000
        writer.extend(&[7, 8]);
        writer.align();
        writer.write(0xFFFF_FFFF, 32);
        writer.write(0x8000, 16);
        assert_eq!(writer.len(), 12);
        writer.align();
        assert_eq!(
            bytes,
            [0x34, 0xB2, 0x00, 0x50, 7, 8, 0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x80]
        );
    }
}
