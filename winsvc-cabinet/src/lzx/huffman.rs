//! Huffman codes of limited length.

/// The code of each symbol of an alphabet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Code<const SYMBOLS: usize> {
    /// How many bits each symbol has; none if it does not occur.
    pub(super) lengths: [u8; SYMBOLS],
    /// The bits of each symbol, the first of them highest.
    pub(super) bits: [u16; SYMBOLS],
}

impl<const SYMBOLS: usize> Code<SYMBOLS> {
    /// The shortest code with at most `limit` bits for any symbol.
    ///
    /// It has two symbols at least: some decoders refuse a code that uses not all of its bits.
    pub(super) fn new(frequencies: &[u32; SYMBOLS], limit: usize) -> Self {
        Self::with_lengths(lengths(frequencies, limit))
    }

    /// The code that these lengths stand for: shorter ones come first, and among them those of lower symbols.
    fn with_lengths(lengths: [u8; SYMBOLS]) -> Self {
        let mut counts = [0; MAX_BITS + 1];
        for &length in &lengths {
            counts[usize::from(length)] += 1;
        }
        counts[0] = 0;
        let mut next = [0_u32; MAX_BITS + 1];
        for length in 1..=MAX_BITS {
            next[length] = (next[length - 1] + counts[length - 1]) << 1;
        }
        let mut bits = [0; SYMBOLS];
        for (bits, &length) in bits.iter_mut().zip(&lengths) {
            if length > 0 {
                let next = &mut next[usize::from(length)];
                *bits = *next as u16;
                *next += 1;
            }
        }
        Self { lengths, bits }
    }

    /// How many bits all the symbols have together.
    pub(super) fn cost(&self, frequencies: &[u32; SYMBOLS]) -> u32 {
        let lengths = self.lengths.iter().map(|&length| u32::from(length));
        lengths
            .zip(frequencies)
            .map(|(length, count)| length * count)
            .sum()
    }
}

/// The most bits that a symbol may have.
pub(super) const MAX_BITS: usize = 16;

fn lengths<const SYMBOLS: usize>(frequencies: &[u32; SYMBOLS], limit: usize) -> [u8; SYMBOLS] {
    // Count and symbol in one number, which sorts faster than a pair.
    let mut leaves = [0_u64; SYMBOLS];
    let mut used = 0;
    for (symbol, &count) in frequencies.iter().enumerate() {
        if count > 0 {
            leaves[used] = u64::from(count) << 16 | symbol as u64;
            used += 1;
        }
    }
    // Symbols that do not occur make up for those that are missing.
    let unused = (0_u64..).zip(frequencies).filter(|(_, count)| **count == 0);
    for (symbol, _) in unused.take(2_usize.saturating_sub(used)) {
        leaves[used] = symbol;
        used += 1;
    }
    let leaves = &mut leaves[..used];
    leaves.sort_unstable();
    let counts = limited(depths::<SYMBOLS>(leaves), limit);
    // The rarest symbols get the most bits.
    let mut lengths = [0; SYMBOLS];
    let mut leaves = leaves.iter();
    for bits in (1..=limit).rev() {
        for leaf in leaves.by_ref().take(counts[bits]) {
            lengths[*leaf as usize & 0xFFFF] = bits as u8;
        }
    }
    lengths
}

/// No code of ours has so many symbols or so great counts that its tree is deeper.
const MAX_DEPTH: usize = 47;

/// How many leaves Huffman's tree has at each depth. The leaves are sorted.
///
/// Two queues hold what is still without a parent: the leaves, and the inner nodes, which come sorted by themselves.
fn depths<const SYMBOLS: usize>(leaves: &[u64]) -> [usize; MAX_DEPTH + 1] {
    let inner_count = leaves.len() - 1;
    let mut weights = [0_u64; SYMBOLS];
    // The parent of each inner node; all parents are inner nodes and come after it.
    let mut parents = [0_u16; SYMBOLS];
    // How many leaves each inner node has as its children.
    let mut leaf_children = [0_u8; SYMBOLS];
    let (mut leaf, mut inner) = (0, 0);
    for node in 0..inner_count {
        for _ in 0..2 {
            let takes_leaf = leaf < leaves.len() && (inner == node || leaves[leaf] >> 16 <= weights[inner]);
            if takes_leaf {
                weights[node] += leaves[leaf] >> 16;
                leaf_children[node] += 1;
                leaf += 1;
            } else {
                weights[node] += weights[inner];
                parents[inner] = node as u16;
                inner += 1;
            }
        }
    }
    let mut counts = [0; MAX_DEPTH + 1];
    let mut depths = [0_u8; SYMBOLS];
    for node in (0..inner_count).rev() {
        if node + 1 < inner_count {
            depths[node] = depths[usize::from(parents[node])] + 1;
        }
        counts[usize::from(depths[node]) + 1] += usize::from(leaf_children[node]);
    }
    counts
}

/// Shortens what is longer than the limit, and makes room for it: a leaf above it gets a neighbour.
fn limited(mut counts: [usize; MAX_DEPTH + 1], limit: usize) -> [usize; MAX_DEPTH + 1] {
    for depth in (limit + 1..=MAX_DEPTH).rev() {
        while counts[depth] > 0 {
            // Two neighbours: one takes the place of their parent, the other that of a leaf further up, which itself
            // goes one down.
            let above = (1..depth - 1).rev().find(|&above| counts[above] > 0);
            let above = above.expect("a tree with so deep a leaf has one further up");
            counts[depth] -= 2;
            counts[depth - 1] += 1;
            counts[above] -= 1;
            counts[above + 1] += 2;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How much of the space of bits a code uses; a code that decoders accept uses all of it.
    fn used(lengths: &[u8]) -> f64 {
        let lengths = lengths.iter().filter(|&&length| length > 0);
        lengths.map(|&length| 0.5_f64.powi(length.into())).sum()
    }

    #[test]
    fn frequent_symbols_have_short_codes() {
        let code: Code<6> = Code::new(&[10, 1, 0, 2, 5, 1], MAX_BITS);
        assert_eq!(code.lengths, [1, 4, 0, 3, 2, 4]);
        assert_eq!(
            code.bits,
            [0b0, 0b1110, 0, 0b110, 0b10, 0b1111],
            "the first bit is highest"
        );
        assert_eq!(code.cost(&[10, 1, 0, 2, 5, 1]), 10 + 4 + 6 + 10 + 4);
    }

    #[test]
    fn a_code_has_two_symbols_at_least() {
        assert_eq!(Code::new(&[0, 0, 7, 0], MAX_BITS).lengths, [1, 0, 1, 0]);
        assert_eq!(Code::new(&[7, 0, 0, 0], MAX_BITS).lengths, [1, 1, 0, 0]);
        assert_eq!(Code::new(&[0, 0, 0, 0], MAX_BITS).lengths, [1, 1, 0, 0]);
    }

    #[test]
    fn no_symbol_is_longer_than_the_limit() {
        // Fibonacci's numbers make the deepest trees.
        let mut frequencies = [1; 24];
        for index in 2..frequencies.len() {
            frequencies[index] = frequencies[index - 1] + frequencies[index - 2];
        }
        for limit in [5, 7, 12, MAX_BITS] {
            let lengths = Code::new(&frequencies, limit).lengths;
            assert_eq!(usize::from(*lengths.iter().max().unwrap()), limit);
            assert!((used(&lengths) - 1.0).abs() < 1e-9);
            assert!(lengths.is_sorted_by(|rare, frequent| rare >= frequent));
        }
    }
}
