//! Writes bits, the lowest first (RFC 1951, 3.1.1).

/// The kind of a block that holds bytes as they are (3.2.4).
const STORED: u32 = 0;

/// Appends bits to bytes.
#[derive(Debug)]
pub(super) struct BitWriter<'a> {
    bytes: &'a mut Vec<u8>,
    /// Bits that do not make whole words yet.
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
        self.pending |= u64::from(bits) << self.pending_bits;
        self.pending_bits += count;
        if self.pending_bits >= 32 {
            self.bytes.extend((self.pending as u32).to_le_bytes());
            self.pending >>= 32;
            self.pending_bits -= 32;
        }
    }

    /// Appends zeros to the end of the byte.
    pub(super) fn align(&mut self) {
        let bytes = self.pending_bits.div_ceil(8) as usize;
        self.bytes.extend(&self.pending.to_le_bytes()[..bytes]);
        self.pending = 0;
        self.pending_bits = 0;
    }

    /// Appends a block of the stream that holds bytes as they are.
    pub(super) fn store(&mut self, bytes: &[u8], is_last: bool) {
        self.write(is_last.into(), 1);
        self.write(STORED, 2);
        self.align();
        let len = bytes.len() as u16;
        self.bytes.extend(len.to_le_bytes());
        self.bytes.extend((!len).to_le_bytes());
        self.bytes.extend(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_bit_comes_first() {
        let mut bytes = Vec::new();
        let mut writer = BitWriter::new(&mut bytes);
        writer.write(0b1, 1);
        writer.write(0b10, 2);
        writer.write(0xFFFF_FFFF, 32);
        writer.store(&[7], true);
        writer.write(1, 1);
        writer.align();
        assert_eq!(bytes, [0xFD, 0xFF, 0xFF, 0xFF, 0x0F, 1, 0, 0xFE, 0xFF, 7, 1]);
    }
}
