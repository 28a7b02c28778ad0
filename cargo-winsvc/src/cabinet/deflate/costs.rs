//! What symbols are expected to cost, in fractions of a bit.
//!
//! All is calculated with integers, so that the same files give the same bytes on every machine.

use super::symbols::{self, DISTANCES, Frequencies, LITERALS_AND_LENGTHS, MAX_MATCH, MIN_MATCH};

/// How finely bits are counted.
const FRACTION_BITS: u32 = 5;
const BIT: u32 = 1 << FRACTION_BITS;

/// What each literal costs, each length, and each symbol of a distance, extra bits included.
#[derive(Debug, Clone)]
pub(super) struct Costs {
    pub(super) literals: [u32; 256],
    pub(super) lengths: [u32; MAX_MATCH + 1],
    pub(super) distances: [u32; DISTANCES],
}

impl Costs {
    /// What the symbols cost if they occur as often as this.
    pub(super) fn of(frequencies: &Frequencies) -> Self {
        let symbols = entropies(&frequencies.literals_and_lengths);
        let mut literals = [0; 256];
        literals.copy_from_slice(&symbols[..256]);
        let mut lengths = [0; MAX_MATCH + 1];
        for (length, cost) in lengths.iter_mut().enumerate().skip(MIN_MATCH) {
            let coded = symbols::length(length);
            *cost = symbols[coded.symbol] + coded.extra_bits * BIT;
        }
        let mut distances = entropies(&frequencies.distances);
        for (symbol, cost) in distances.iter_mut().enumerate() {
            *cost += symbols::distance_extra_bits(symbol) * BIT;
        }
        Self {
            literals,
            lengths,
            distances,
        }
    }

    /// A guess from nothing but the bytes of a block: half of them are in matches, most of which are short.
    pub(super) fn guess(block: &[u8]) -> Self {
        let mut frequencies = Frequencies::default();
        for &byte in block {
            frequencies.literals_and_lengths[usize::from(byte)] += 1;
        }
        let bytes = block.len() as u32;
        let lengths = &mut frequencies.literals_and_lengths[symbols::FIRST_LENGTH..];
        for (count, rank) in lengths.iter_mut().zip(1..) {
            *count = bytes / (16 * rank);
        }
        frequencies.distances.fill(bytes / 256);
        Self::of(&frequencies)
    }
}

/// What an ideal code takes for each symbol.
fn entropies<const SYMBOLS: usize>(frequencies: &[u32; SYMBOLS]) -> [u32; SYMBOLS] {
    let total = log2(frequencies.iter().sum::<u32>().max(1));
    frequencies.map(|count| match count {
        // More than that of any symbol that occurs. It may be used nevertheless.
        0 => total + BIT,
        // No code has less than a bit, but this one may be revised.
        _ => (total - log2(count)).max(BIT / 2),
    })
}

/// What a segment with these symbols takes: an ideal code for them, and about what its header does.
pub(super) fn estimate(frequencies: &Frequencies) -> u64 {
    estimate_code(&frequencies.literals_and_lengths) + estimate_code(&frequencies.distances)
}

fn estimate_code<const SYMBOLS: usize>(frequencies: &[u32; SYMBOLS]) -> u64 {
    /// How many bits of a header each symbol takes that occurs, and how many any code takes. Found by trial.
    const SYMBOL: u64 = 4;
    const CODE: u64 = 40;

    let (mut total, mut logarithms, mut used) = (0, 0, 0);
    for &count in frequencies.iter().filter(|&&count| count > 0) {
        total += count;
        logarithms += u64::from(count) * u64::from(log2(count));
        used += 1;
    }
    let symbols = u64::from(total) * u64::from(log2(total.max(1))) - logarithms;
    symbols + (SYMBOL * used + CODE) * u64::from(BIT)
}

const MANTISSA_BITS: u32 = 8;

/// The logarithms of the numbers from 1 to 2.
const LOGARITHMS: [u8; 1 << MANTISSA_BITS] = {
    const POINT: u32 = 30;
    let mut logarithms = [0; 1 << MANTISSA_BITS];
    let mut index = 0;
    while index < logarithms.len() {
        let mut number = ((1 << MANTISSA_BITS) + index as u64) << (POINT - MANTISSA_BITS);
        let mut bit = 0;
        while bit < FRACTION_BITS {
            // A square has twice the logarithm, the next bit of which is before the point.
            number = (number * number) >> POINT;
            logarithms[index] <<= 1;
            if number >= 2 << POINT {
                number >>= 1;
                logarithms[index] |= 1;
            }
            bit += 1;
        }
        index += 1;
    }
    logarithms
};

/// The logarithm of a number that is not zero, rounded down.
fn log2(number: u32) -> u32 {
    let whole = number.ilog2();
    let mantissa = if whole >= MANTISSA_BITS {
        number >> (whole - MANTISSA_BITS)
    } else {
        number << (MANTISSA_BITS - whole)
    };
    let fraction = LOGARITHMS[mantissa as usize % LOGARITHMS.len()];
    whole * BIT + u32::from(fraction)
}

const _: () = assert!(LITERALS_AND_LENGTHS > 256);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms() {
        assert_eq!(log2(1), 0);
        assert_eq!(log2(2), BIT);
        assert_eq!(log2(3), 50, "1.58496 bits");
        assert_eq!(log2(32_768), 15 * BIT);
        assert_eq!(log2(50_000), 499, "15.6096 bits");
    }

    #[test]
    fn rare_symbols_cost_more() {
        let mut frequencies = Frequencies::default();
        frequencies.literals_and_lengths[usize::from(b'a')] = 4;
        frequencies.literals_and_lengths[usize::from(b'b')] = 2;
        frequencies.literals_and_lengths[symbols::length(20).symbol] = 2;
        let costs = Costs::of(&frequencies);
        let bits = |cost: u32| f64::from(cost) / f64::from(BIT);
        assert!((bits(costs.literals[usize::from(b'a')]) - 1.0).abs() < 1e-9);
        assert!((bits(costs.literals[usize::from(b'b')]) - 2.0).abs() < 1e-9);
        assert!(
            (bits(costs.literals[usize::from(b'c')]) - 4.0).abs() < 1e-9,
            "does not occur"
        );
        assert!((bits(costs.lengths[20]) - 4.0).abs() < 1e-9, "two bits are extra");
    }
}
