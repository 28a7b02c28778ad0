//! What symbols are expected to cost, in fractions of a bit.
//!
//! All is calculated with integers, so that the same files give the same bytes on every machine.

use super::symbols::{
    self, ALIGNED_BITS, ALIGNED_SYMBOLS, FIRST_LONGER, Frequencies, LENGTHS_OF_SLOT, LITERALS, MAIN_SYMBOLS,
    MAX_MATCH, SLOTS,
};

/// How finely bits are counted.
const FRACTION_BITS: u32 = 5;
pub(super) const BIT: u32 = 1 << FRACTION_BITS;

/// What each symbol costs, extra bits included.
#[derive(Debug, Clone)]
pub(super) struct Costs {
    pub(super) main: [u32; MAIN_SYMBOLS],
    /// What a length costs besides its main symbol.
    pub(super) lengths: [u32; MAX_MATCH + 1],
}

impl Costs {
    /// What the symbols cost if they occur as often as this.
    pub(super) fn of(frequencies: &Frequencies) -> Self {
        let mut main = entropies(&frequencies.main);
        for slot in 0..SLOTS {
            let first = LITERALS + slot * LENGTHS_OF_SLOT;
            for cost in &mut main[first..first + LENGTHS_OF_SLOT] {
                *cost += symbols::extra_bits(slot) * BIT;
            }
        }
        let mut lengths = [0; MAX_MATCH + 1];
        lengths[FIRST_LONGER..].copy_from_slice(&entropies(&frequencies.lengths));
        Self { main, lengths }
    }

    #[inline]
    pub(super) fn literal(&self, literal: u8) -> u32 {
        self.main[usize::from(literal)]
    }

    /// What the lowest bits of an offset cost more than they do as they are, modulo 2^32, if they occur as often as this.
    pub(super) fn aligned(frequencies: &Frequencies) -> [u32; ALIGNED_SYMBOLS] {
        /// With fewer, a code of their own does not pay.
        const FEW: u32 = 64;
        if frequencies.aligned.iter().sum::<u32>() < FEW {
            return [0; ALIGNED_SYMBOLS];
        }
        entropies(&frequencies.aligned).map(|cost| cost.wrapping_sub(ALIGNED_BITS * BIT))
    }

    /// The cost of a match whose offset has this slot.
    #[inline]
    pub(super) fn of_match(&self, slot: usize, length: usize) -> u32 {
        self.main[symbols::main_symbol(slot, length)] + self.lengths[length]
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

/// What a segment with these symbols takes, without their extra bits: an ideal code for them, and about what the codes do.
pub(super) fn with_codes(frequencies: &Frequencies) -> u64 {
    code(&frequencies.main) + code(&frequencies.lengths)
}

/// What the symbols take with an ideal code, and their extra bits.
pub(super) fn without_codes(frequencies: &Frequencies) -> u64 {
    let extra = (LITERALS..)
        .zip(&frequencies.main[LITERALS..])
        .map(|(symbol, &count)| {
            let slot = (symbol - LITERALS) / LENGTHS_OF_SLOT;
            u64::from(count) * u64::from(symbols::extra_bits(slot) * BIT)
        });
    entropy(&frequencies.main).0 + entropy(&frequencies.lengths).0 + extra.sum::<u64>()
}

fn code<const SYMBOLS: usize>(frequencies: &[u32; SYMBOLS]) -> u64 {
    /// How many bits of a header each symbol takes that occurs, and how many any code takes. Found by trial.
    const SYMBOL: u64 = 4;
    const CODE: u64 = 40;

    let (symbols, used) = entropy(frequencies);
    symbols + (SYMBOL * used + CODE) * u64::from(BIT)
}

/// What symbols take with an ideal code, and how many of them occur.
fn entropy<const SYMBOLS: usize>(frequencies: &[u32; SYMBOLS]) -> (u64, u64) {
    let (mut total, mut logarithms, mut used) = (0, 0, 0);
    for &count in frequencies.iter().filter(|&&count| count > 0) {
        total += count;
        logarithms += u64::from(count) * u64::from(log2(count));
        used += 1;
    }
    (
        u64::from(total) * u64::from(log2(total.max(1))) - logarithms,
        used,
    )
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
        frequencies.main[usize::from(b'a')] = 4;
        frequencies.main[usize::from(b'b')] = 2;
        // Two matches of the same slot, with three extra bits, one of which has a length symbol, too.
        let (number, slot) = (17, symbols::slot(17));
        frequencies.add_match(number, 2);
        frequencies.add_match(number, 20);
        let costs = Costs::of(&frequencies);
        let bits = |cost: u32| f64::from(cost) / f64::from(BIT);
        assert!((bits(costs.literal(b'a')) - 1.0).abs() < 1e-9);
        assert!((bits(costs.literal(b'b')) - 2.0).abs() < 1e-9);
        assert!((bits(costs.literal(b'c')) - 4.0).abs() < 1e-9, "does not occur");
        assert!((bits(costs.of_match(slot, 2)) - 6.0).abs() < 1e-9);
        assert!(
            (bits(costs.of_match(slot, 20)) - 6.5).abs() < 1e-9,
            "one length of one"
        );
        assert_eq!(without_codes(&frequencies), u64::from(BIT) * (4 + 4 + 6 + 6));
    }
}
