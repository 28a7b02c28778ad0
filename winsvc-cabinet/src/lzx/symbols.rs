//! The alphabets of LZX.

/// How many bits the offsets in the window have: the greatest that cabinets know.
pub(crate) const WINDOW_BITS: u32 = 21;
pub(super) const WINDOW: usize = 1 << WINDOW_BITS;

/// The shortest match, and the longest.
pub(super) const MIN_MATCH: usize = 2;
pub(super) const MAX_MATCH: usize = 257;
/// How far back a match may lie, so that the last slot has room for it.
pub(super) const MAX_DISTANCE: usize = WINDOW - 3;

/// How many symbols there are for bytes that are taken as they are.
pub(super) const LITERALS: usize = 256;
/// How many slots there are for offsets.
pub(super) const SLOTS: usize = slot((WINDOW - 1) as u32) + 1;
/// How many symbols each slot has: one for each length from the shortest, and one for all that are longer.
pub(super) const LENGTHS_OF_SLOT: usize = 8;
pub(super) const LONGER: usize = LENGTHS_OF_SLOT - 1;
/// The shortest length that has a symbol of its own besides the main one.
pub(super) const FIRST_LONGER: usize = MIN_MATCH + LONGER;

pub(super) const MAIN_SYMBOLS: usize = LITERALS + SLOTS * LENGTHS_OF_SLOT;
pub(super) const LENGTH_SYMBOLS: usize = MAX_MATCH - FIRST_LONGER + 1;
pub(super) const ALIGNED_SYMBOLS: usize = 8;
/// How many bits of an offset an aligned symbol stands for.
pub(super) const ALIGNED_BITS: u32 = 3;

/// Offsets are written as numbers: the first are for those that were used last, the others for the distance and this.
pub(super) const REPEATED: usize = 3;
pub(super) const DISTANCE_BIAS: u32 = 2;

/// The first slot that has as many extra bits as all after it, and the first number in it.
const FIRST_EVEN_SLOT: u32 = 36;
const FIRST_EVEN: u32 = 1 << 18;
const MOST_EXTRA_BITS: u32 = 17;

/// The slot of an offset's number. Two for each power of two, until they have 17 extra bits.
#[inline]
pub(super) const fn slot(number: u32) -> usize {
    if number < 4 {
        number as usize
    } else if number < FIRST_EVEN {
        let extra = number.ilog2() - 1;
        (2 * extra + (number >> extra)) as usize
    } else {
        (FIRST_EVEN_SLOT + ((number - FIRST_EVEN) >> MOST_EXTRA_BITS)) as usize
    }
}

/// How many bits of the number follow the slot: the lowest ones, as the first number of each slot has none of them.
#[inline]
pub(super) const fn extra_bits(slot: usize) -> u32 {
    let pair = slot as u32 / 2;
    if slot < FIRST_EVEN_SLOT as usize {
        pair.saturating_sub(1)
    } else {
        MOST_EXTRA_BITS
    }
}

/// The symbol of a match in the main alphabet.
#[inline]
pub(super) const fn main_symbol(slot: usize, length: usize) -> usize {
    let length = length - MIN_MATCH;
    LITERALS + slot * LENGTHS_OF_SLOT + if length < LONGER { length } else { LONGER }
}

/// The distances that were used last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Recent(pub(super) [u32; REPEATED]);

impl Recent {
    /// At the start of a folder.
    pub(super) const FIRST: Self = Self([1; REPEATED]);
    /// Not known; no match may refer to them.
    pub(super) const UNKNOWN: Self = Self([0; REPEATED]);

    /// What they are after a match with this number: a repeated one changes places with the first.
    #[inline]
    pub(super) const fn after(self, number: u32) -> Self {
        let [a, b, c] = self.0;
        Self(match number {
            0 => [a, b, c],
            1 => [b, a, c],
            2 => [c, b, a],
            _ => [number - DISTANCE_BIAS, a, b],
        })
    }
}

/// How often each symbol occurs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frequencies {
    pub(super) main: [u32; MAIN_SYMBOLS],
    pub(super) lengths: [u32; LENGTH_SYMBOLS],
    pub(super) aligned: [u32; ALIGNED_SYMBOLS],
}

impl Default for Frequencies {
    fn default() -> Self {
        Self {
            main: [0; MAIN_SYMBOLS],
            lengths: [0; LENGTH_SYMBOLS],
            aligned: [0; ALIGNED_SYMBOLS],
        }
    }
}

impl Frequencies {
    pub(super) fn add(&mut self, other: &Self) {
        let ours = self
            .main
            .iter_mut()
            .chain(&mut self.lengths)
            .chain(&mut self.aligned);
        let others = other.main.iter().chain(&other.lengths).chain(&other.aligned);
        for (sum, count) in ours.zip(others) {
            *sum += count;
        }
    }

    /// A guess from nothing but some bytes: half of them are in matches, most of which are short.
    pub(super) fn guess(bytes: &[u8]) -> Self {
        let mut frequencies = Self::default();
        frequencies.add_literals(bytes);
        let (slots, _) = frequencies.main[LITERALS..].as_chunks_mut::<LENGTHS_OF_SLOT>();
        for (slot, counts) in slots.iter_mut().enumerate() {
            let share = if slot < REPEATED { 8 } else { 2 };
            for (length, count) in counts.iter_mut().enumerate() {
                *count = (bytes.len() * share / (512 * (length + 2))) as u32;
            }
        }
        for (count, rank) in frequencies.lengths.iter_mut().zip(1..) {
            *count = bytes.len() as u32 / (64 * rank);
        }
        frequencies
    }

    /// These and what occurred later, which counts twice as much.
    pub(super) fn faded_with(&self, later: &Self) -> Self {
        let mut both = self.clone();
        for count in both
            .main
            .iter_mut()
            .chain(&mut both.lengths)
            .chain(&mut both.aligned)
        {
            *count /= 2;
        }
        both.add(later);
        both
    }

    /// Counts bytes that are taken as they are.
    #[inline]
    pub(super) fn add_literals(&mut self, literals: &[u8]) {
        for &literal in literals {
            self.add_literal(literal);
        }
    }

    #[inline]
    pub(super) fn add_literal(&mut self, literal: u8) {
        self.main[usize::from(literal)] += 1;
    }

    #[inline]
    pub(super) fn add_match(&mut self, number: u32, length: usize) {
        let slot = slot(number);
        self.main[main_symbol(slot, length)] += 1;
        if length >= FIRST_LONGER {
            self.lengths[length - FIRST_LONGER] += 1;
        }
        if extra_bits(slot) >= ALIGNED_BITS {
            self.aligned[number as usize % ALIGNED_SYMBOLS] += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots() {
        assert_eq!(SLOTS, 50);
        assert_eq!(MAIN_SYMBOLS, 656);
        assert_eq!(LENGTH_SYMBOLS, 249);
        let slot_and_bits = |number| (slot(number), extra_bits(slot(number)));
        for number in 0..4 {
            assert_eq!(slot_and_bits(number), (number as usize, 0));
        }
        assert_eq!(slot_and_bits(4), (4, 1));
        assert_eq!(slot_and_bits(6), (5, 1));
        assert_eq!(slot_and_bits(8), (6, 2));
        assert_eq!(slot_and_bits(196_607), (34, 16));
        assert_eq!(slot_and_bits(196_608), (35, 16));
        assert_eq!(slot_and_bits(262_144), (36, 17));
        assert_eq!(slot_and_bits(393_216), (37, 17));
        assert_eq!(slot_and_bits(MAX_DISTANCE as u32 + DISTANCE_BIAS), (49, 17));
    }

    /// The first number of each slot is that of the one before and all that its extra bits can say.
    #[test]
    fn slots_follow_each_other() {
        let mut first = 0;
        for expected in 0..SLOTS {
            assert_eq!(slot(first), expected);
            assert_eq!(first % (1 << extra_bits(expected)), 0, "its lowest bits are zero");
            first += 1 << extra_bits(expected);
            assert_eq!(slot(first - 1), expected);
        }
        assert_eq!(first as usize, WINDOW);
    }

    #[test]
    fn recent_distances() {
        let recent = Recent([5, 6, 7]);
        assert_eq!(recent.after(0), recent);
        assert_eq!(recent.after(1), Recent([6, 5, 7]));
        assert_eq!(recent.after(2), Recent([7, 6, 5]));
        assert_eq!(recent.after(3), Recent([1, 5, 6]));
    }
}
