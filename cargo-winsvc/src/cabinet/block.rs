//! MSZIP: one block as a deflate stream.

use super::deflate::Encoder;

/// What every block begins with (MS-MCI 2.1.1).
const SIGNATURE: [u8; 2] = *b"CK";

/// The block's bytes in the cabinet. It follows the one that the encoder has compressed before, and may refer to it,
/// which the extractor has just written.
pub(super) fn compress(encoder: &mut Encoder, block: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(SIGNATURE.len() + block.len());
    bytes.extend(SIGNATURE);
    encoder.encode(block, &mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::super::deflate::tests::noise;
    use super::super::folder::BLOCK;
    use super::*;

    fn compressed(before: &[u8], block: &[u8]) -> Vec<u8> {
        let mut encoder = Encoder::new(Level::Default);
        encoder.begin(before);
        compress(&mut encoder, block)
    }

    #[test]
    fn incompressible_blocks_are_stored() {
        let noise = noise(BLOCK);
        let bytes = compressed(&[], &noise);
        assert_eq!(bytes[..7], *b"CK\x01\x00\x80\xFF\x7F");
        assert_eq!(bytes[7..], noise);
    }

    #[test]
    fn a_repetition_of_the_block_before_costs_little() {
        let noise = noise(BLOCK);
        // A match reaches back 32 KiB less the longest match, so that the very first bytes cannot be found again.
        let repeated = compressed(&noise, &noise[1000..]);
        assert!(repeated.len() < 500, "{} bytes", repeated.len());
        assert!(compressed(&[], &noise[1000..]).len() > 31_000);
    }
}
