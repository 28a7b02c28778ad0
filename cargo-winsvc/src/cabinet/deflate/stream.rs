//! Writes the blocks of a deflate stream (RFC 1951, 3.2).

use super::bits::BitWriter;
use super::finder::Match;
use super::huffman::{Code, MAX_BITS};
use super::symbols::{self, DISTANCES, END_OF_BLOCK, Frequencies, LITERALS_AND_LENGTHS};

const FIXED: u32 = 1;
const DYNAMIC: u32 = 2;

/// How many symbols the code has that the lengths of the codes are written with.
const LENGTH_SYMBOLS: usize = 19;
/// The most bits that one of them has.
const LENGTH_MAX_BITS: usize = 7;
/// In what order the lengths of that code are written.
const LENGTH_ORDER: [usize; LENGTH_SYMBOLS] =
    [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
/// Repeats the length before 3 to 6 times.
const REPEAT: usize = 16;
/// Repeats zero 3 to 10 times.
const ZEROS: usize = 17;
/// Repeats zero 11 to 138 times.
const MANY_ZEROS: usize = 18;

/// Codes with the bits that a block begins with.
pub(super) struct Codes {
    literals_and_lengths: Code<LITERALS_AND_LENGTHS>,
    distances: Code<DISTANCES>,
    /// `None` for the fixed codes.
    header: Option<Header>,
    /// How many bits the block has.
    pub(super) cost: u32,
}

impl Codes {
    /// The cheapest codes for these symbols. The end of the block is not among them and is added here.
    pub(super) fn new(frequencies: &Frequencies) -> Self {
        let mut frequencies = frequencies.clone();
        frequencies.literals_and_lengths[END_OF_BLOCK] = 1;
        let dynamic = Self::dynamic(&frequencies);
        let fixed = Self::fixed(&frequencies);
        if fixed.cost <= dynamic.cost {
            fixed
        } else {
            dynamic
        }
    }

    fn dynamic(frequencies: &Frequencies) -> Self {
        let literals_and_lengths = Code::new(&frequencies.literals_and_lengths, MAX_BITS);
        let distances = Code::new(&frequencies.distances, MAX_BITS);
        let header = Header::new(&literals_and_lengths.lengths, &distances.lengths);
        let header_cost = header.cost;
        Self::with(
            literals_and_lengths,
            distances,
            Some(header),
            header_cost,
            frequencies,
        )
    }

    fn fixed(frequencies: &Frequencies) -> Self {
        // Two lengths that no symbol of ours has take part in the code, and are its last ones of eight bits.
        let lengths = std::array::from_fn(|symbol| match symbol {
            144..256 => 9,
            256..280 => 7,
            _ => 8,
        });
        let code: Code<288> = Code::with_lengths(lengths);
        let literals_and_lengths = Code {
            lengths: *code.lengths.first_chunk().expect("fewer symbols"),
            bits: *code.bits.first_chunk().expect("fewer symbols"),
        };
        Self::with(
            literals_and_lengths,
            Code::with_lengths([5; DISTANCES]),
            None,
            0,
            frequencies,
        )
    }

    fn with(
        literals_and_lengths: Code<LITERALS_AND_LENGTHS>,
        distances: Code<DISTANCES>,
        header: Option<Header>,
        header_cost: u32,
        frequencies: &Frequencies,
    ) -> Self {
        let extra_of_lengths = (0..).zip(&frequencies.literals_and_lengths);
        let extra_of_lengths =
            extra_of_lengths.map(|(symbol, count)| symbols::length_extra_bits(symbol) * count);
        let extra_of_distances = (0..).zip(&frequencies.distances);
        let extra_of_distances =
            extra_of_distances.map(|(symbol, count)| symbols::distance_extra_bits(symbol) * count);
        let cost = 3
            + header_cost
            + literals_and_lengths.cost(&frequencies.literals_and_lengths)
            + distances.cost(&frequencies.distances)
            + extra_of_lengths.chain(extra_of_distances).sum::<u32>();
        Self {
            literals_and_lengths,
            distances,
            header,
            cost,
        }
    }

    pub(super) fn write(
        &self,
        bits: &mut BitWriter<'_>,
        block: &[u8],
        chosen: impl Iterator<Item = (usize, Match)>,
        is_last: bool,
    ) {
        bits.write(is_last.into(), 1);
        match &self.header {
            Some(header) => {
                bits.write(DYNAMIC, 2);
                header.write(bits);
            }
            None => bits.write(FIXED, 2),
        }
        let symbol = |bits: &mut BitWriter<'_>, symbol: usize| {
            bits.write(
                u32::from(self.literals_and_lengths.bits[symbol]),
                u32::from(self.literals_and_lengths.lengths[symbol]),
            );
        };
        for (position, choice) in chosen {
            if choice.is_literal() {
                symbol(bits, usize::from(block[position]));
                continue;
            }
            let length = symbols::length(usize::from(choice.length));
            symbol(bits, length.symbol);
            bits.write(length.extra, length.extra_bits);
            let distance = symbols::distance(usize::from(choice.distance));
            bits.write(
                u32::from(self.distances.bits[distance.symbol]),
                u32::from(self.distances.lengths[distance.symbol]),
            );
            bits.write(distance.extra, distance.extra_bits);
        }
        symbol(bits, END_OF_BLOCK);
    }
}

/// How a decoder learns the codes: the lengths of their symbols, runs of which are shortened.
#[derive(Debug)]
struct Header {
    literals_and_lengths: usize,
    distances: usize,
    code: Code<LENGTH_SYMBOLS>,
    /// How many lengths of that code are written.
    code_lengths: usize,
    /// Symbol, extra bits, and their count.
    symbols: Vec<(u8, u8, u8)>,
    cost: u32,
}

impl Header {
    fn new(literals_and_lengths: &[u8; LITERALS_AND_LENGTHS], distances: &[u8; DISTANCES]) -> Self {
        let used = |lengths: &[u8], least: usize| {
            let last = lengths.iter().rposition(|&length| length > 0);
            least.max(last.map_or(0, |last| last + 1))
        };
        let literal_count = used(literals_and_lengths, END_OF_BLOCK + 1);
        let distance_count = used(distances, 1);
        let mut lengths = [0; LITERALS_AND_LENGTHS + DISTANCES];
        lengths[..literal_count].copy_from_slice(&literals_and_lengths[..literal_count]);
        let lengths = &mut lengths[..literal_count + distance_count];
        lengths[literal_count..].copy_from_slice(&distances[..distance_count]);

        let symbols = shorten(lengths);
        let mut frequencies = [0; LENGTH_SYMBOLS];
        for &(symbol, _, _) in &symbols {
            frequencies[usize::from(symbol)] += 1;
        }
        let code = Code::new(&frequencies, LENGTH_MAX_BITS);
        let last = LENGTH_ORDER.iter().rposition(|&symbol| code.lengths[symbol] > 0);
        let code_lengths = 4.max(last.map_or(0, |last| last + 1));
        let extra: u32 = symbols.iter().map(|&(_, _, bits)| u32::from(bits)).sum();
        Self {
            literals_and_lengths: literal_count,
            distances: distance_count,
            cost: 5 + 5 + 4 + 3 * code_lengths as u32 + code.cost(&frequencies) + extra,
            code,
            code_lengths,
            symbols,
        }
    }

    fn write(&self, bits: &mut BitWriter<'_>) {
        bits.write(self.literals_and_lengths as u32 - 257, 5);
        bits.write(self.distances as u32 - 1, 5);
        bits.write(self.code_lengths as u32 - 4, 4);
        for &symbol in &LENGTH_ORDER[..self.code_lengths] {
            bits.write(u32::from(self.code.lengths[symbol]), 3);
        }
        for &(symbol, extra, extra_bits) in &self.symbols {
            let symbol = usize::from(symbol);
            bits.write(
                u32::from(self.code.bits[symbol]),
                u32::from(self.code.lengths[symbol]),
            );
            bits.write(u32::from(extra), u32::from(extra_bits));
        }
    }
}

/// The lengths as symbols, each with its extra bits and their count.
fn shorten(lengths: &[u8]) -> Vec<(u8, u8, u8)> {
    let mut symbols = Vec::with_capacity(lengths.len());
    for run in lengths.chunk_by(|a, b| a == b) {
        let length = run[0];
        let mut missing = run.len();
        if length == 0 {
            while missing >= 11 {
                let taken = missing.min(138);
                symbols.push((MANY_ZEROS as u8, (taken - 11) as u8, 7));
                missing -= taken;
            }
            if missing >= 3 {
                symbols.push((ZEROS as u8, (missing - 3) as u8, 3));
                missing = 0;
            }
        } else {
            symbols.push((length, 0, 0));
            missing -= 1;
            while missing >= 3 {
                let taken = missing.min(6);
                symbols.push((REPEAT as u8, (taken - 3) as u8, 2));
                missing -= taken;
            }
        }
        symbols.extend(std::iter::repeat_n((length, 0, 0), missing));
    }
    symbols
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_lengths_are_shortened() {
        let repeated = |length: u8, count: usize| vec![length; count];
        assert_eq!(shorten(&repeated(5, 3)), [(5, 0, 0); 3]);
        assert_eq!(shorten(&repeated(5, 4)), [(5, 0, 0), (16, 0, 2)]);
        assert_eq!(shorten(&repeated(5, 8)), [(5, 0, 0), (16, 3, 2), (5, 0, 0)]);
        assert_eq!(shorten(&repeated(0, 2)), [(0, 0, 0); 2]);
        assert_eq!(shorten(&repeated(0, 3)), [(17, 0, 3)]);
        assert_eq!(shorten(&repeated(0, 138)), [(18, 127, 7)]);
        assert_eq!(shorten(&repeated(0, 150)), [(18, 127, 7), (18, 1, 7)]);
    }
}
