//! The alphabets of deflate (RFC 1951, 3.2.5).

/// The shortest match, and the longest.
pub(super) const MIN_MATCH: usize = 3;
pub(super) const MAX_MATCH: usize = 258;

/// How many symbols literals, the end of a block, and lengths have together.
pub(super) const LITERALS_AND_LENGTHS: usize = 286;
/// How many symbols distances have.
pub(super) const DISTANCES: usize = 30;
pub(super) const END_OF_BLOCK: usize = 256;

/// The symbol of the shortest lengths.
pub(super) const FIRST_LENGTH: usize = 257;
const LENGTHS: usize = LITERALS_AND_LENGTHS - FIRST_LENGTH;

/// How many extra bits follow the symbol of a length.
const LENGTH_EXTRA_BITS: [u8; LENGTHS] = [
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
];
/// The shortest length of each symbol.
const LENGTH_BASES: [u16; LENGTHS] = {
    let mut bases = [0; LENGTHS];
    let mut base = MIN_MATCH as u16;
    let mut index = 0;
    while index < LENGTHS {
        bases[index] = base;
        base += 1 << LENGTH_EXTRA_BITS[index];
        index += 1;
    }
    // The longest match has a symbol of its own, although the one before it has room for it.
    bases[LENGTHS - 1] = MAX_MATCH as u16;
    bases
};
/// The index of each length's symbol.
const LENGTH_INDEXES: [u8; MAX_MATCH + 1] = {
    let mut indexes = [0; MAX_MATCH + 1];
    let mut length = MIN_MATCH;
    let mut index = 0;
    while length <= MAX_MATCH {
        while index + 1 < LENGTHS && LENGTH_BASES[index + 1] as usize <= length {
            index += 1;
        }
        indexes[length] = index as u8;
        length += 1;
    }
    indexes
};

/// How a length or a distance is written: a symbol, and extra bits after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Coded {
    pub(super) symbol: usize,
    pub(super) extra: u32,
    pub(super) extra_bits: u32,
}

pub(super) fn length(length: usize) -> Coded {
    let index = usize::from(LENGTH_INDEXES[length]);
    Coded {
        symbol: FIRST_LENGTH + index,
        extra: length as u32 - u32::from(LENGTH_BASES[index]),
        extra_bits: u32::from(LENGTH_EXTRA_BITS[index]),
    }
}

/// Two symbols for each power of two: the bit below the highest decides, and those below it are extra.
pub(super) fn distance(distance: usize) -> Coded {
    let before = distance as u32 - 1;
    if before < 2 {
        return Coded {
            symbol: before as usize,
            extra: 0,
            extra_bits: 0,
        };
    }
    let extra_bits = before.ilog2() - 1;
    Coded {
        symbol: (2 * extra_bits + (before >> extra_bits)) as usize,
        extra: before & ((1 << extra_bits) - 1),
        extra_bits,
    }
}

/// How many extra bits follow a symbol for a length, or none.
pub(super) fn length_extra_bits(symbol: usize) -> u32 {
    symbol
        .checked_sub(FIRST_LENGTH)
        .map_or(0, |index| u32::from(LENGTH_EXTRA_BITS[index]))
}

/// How many extra bits follow a symbol for a distance.
pub(super) fn distance_extra_bits(symbol: usize) -> u32 {
    (symbol as u32 / 2).saturating_sub(1)
}

/// How often each symbol occurs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frequencies {
    pub(super) literals_and_lengths: [u32; LITERALS_AND_LENGTHS],
    pub(super) distances: [u32; DISTANCES],
}

impl Default for Frequencies {
    fn default() -> Self {
        Self {
            literals_and_lengths: [0; LITERALS_AND_LENGTHS],
            distances: [0; DISTANCES],
        }
    }
}

impl Frequencies {
    pub(super) fn add(&mut self, other: &Self) {
        let ours = self.literals_and_lengths.iter_mut().chain(&mut self.distances);
        let others = other.literals_and_lengths.iter().chain(&other.distances);
        for (sum, count) in ours.zip(others) {
            *sum += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths() {
        let coded = |of| {
            let coded = length(of);
            (coded.symbol, coded.extra, coded.extra_bits)
        };
        assert_eq!(coded(3), (257, 0, 0));
        assert_eq!(coded(10), (264, 0, 0));
        assert_eq!(coded(12), (265, 1, 1));
        assert_eq!(coded(226), (283, 31, 5));
        assert_eq!(coded(257), (284, 30, 5));
        assert_eq!(coded(258), (285, 0, 0));
        for of in MIN_MATCH..=MAX_MATCH {
            let coded = length(of);
            assert_eq!(length_extra_bits(coded.symbol), coded.extra_bits);
        }
    }

    #[test]
    fn distances() {
        let coded = |of| {
            let coded = distance(of);
            (coded.symbol, coded.extra, coded.extra_bits)
        };
        assert_eq!(coded(1), (0, 0, 0));
        assert_eq!(coded(2), (1, 0, 0));
        assert_eq!(coded(3), (2, 0, 0));
        assert_eq!(coded(4), (3, 0, 0));
        assert_eq!(coded(5), (4, 0, 1));
        assert_eq!(coded(8), (5, 1, 1));
        assert_eq!(coded(24577), (29, 0, 13));
        assert_eq!(coded(32768), (29, 8191, 13));
        for of in 1..=32768 {
            let coded = distance(of);
            assert_eq!(distance_extra_bits(coded.symbol), coded.extra_bits);
        }
    }
}
