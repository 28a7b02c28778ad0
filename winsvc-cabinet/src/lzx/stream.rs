//! Writes the blocks of an LZX stream.

use super::bits::BitWriter;
use super::huffman::{Code, MAX_BITS};
use super::pieces::Sequence;
use super::symbols::{
    self, ALIGNED_BITS, ALIGNED_SYMBOLS, FIRST_LONGER, Frequencies, LENGTH_SYMBOLS, LITERALS, MAIN_SYMBOLS,
    Recent,
};

/// The kinds of a block, and how many bits they have.
const VERBATIM: u32 = 1;
const ALIGNED: u32 = 2;
const UNCOMPRESSED: u32 = 3;
const KIND_BITS: u32 = 3;
/// How many bits the count of a block's bytes has.
const LEN_BITS: u32 = 24;

/// The most bits of an aligned symbol, and the bits that this is written with.
const ALIGNED_MAX_BITS: usize = 7;
const ALIGNED_LENGTH_BITS: u32 = 3;

/// How many symbols the code has that the lengths of the codes are written with.
const PRE_SYMBOLS: usize = 20;
const PRE_MAX_BITS: usize = 15;
const PRE_LENGTH_BITS: u32 = 4;
/// Four to 19 zeros.
const ZEROS: u8 = 17;
const ZEROS_BITS: u8 = 4;
/// 20 to 51 zeros.
const MANY_ZEROS: u8 = 18;
const MANY_ZEROS_BITS: u8 = 5;
/// Four or five times the same.
const SAME: u8 = 19;
const SAME_BITS: u8 = 1;
/// Differences between lengths are modulo this.
const LENGTHS_MODULUS: u8 = MAX_BITS as u8 + 1;

/// The lengths of the codes of a block, from which those of the next one differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CodeLengths {
    main: [u8; MAIN_SYMBOLS],
    lengths: [u8; LENGTH_SYMBOLS],
}

impl CodeLengths {
    /// Before the first block.
    pub(super) const NONE: Self = Self {
        main: [0; MAIN_SYMBOLS],
        lengths: [0; LENGTH_SYMBOLS],
    };

    /// After a block with nothing but these bytes as they are.
    pub(super) fn after(literals: &[u8]) -> Self {
        let codes = Codes::of_literals(literals);
        Self {
            main: codes.main.lengths,
            lengths: codes.lengths.lengths,
        }
    }
}

struct Codes {
    main: Code<MAIN_SYMBOLS>,
    lengths: Code<LENGTH_SYMBOLS>,
    /// If it is worth it.
    aligned: Option<Code<ALIGNED_SYMBOLS>>,
}

impl Codes {
    fn new(frequencies: &Frequencies) -> Self {
        let aligned = Code::new(&frequencies.aligned, ALIGNED_MAX_BITS);
        let header = ALIGNED_SYMBOLS as u32 * ALIGNED_LENGTH_BITS;
        let verbatim: u32 = frequencies.aligned.iter().sum::<u32>() * ALIGNED_BITS;
        Self {
            main: Code::new(&frequencies.main, MAX_BITS),
            lengths: Code::new(&frequencies.lengths, MAX_BITS),
            aligned: (aligned.cost(&frequencies.aligned) + header < verbatim).then_some(aligned),
        }
    }

    fn of_literals(literals: &[u8]) -> Self {
        let mut frequencies = Frequencies::default();
        frequencies.add_literals(literals);
        Self::new(&frequencies)
    }
}

/// Compressed frames that follow each other.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    pub(crate) bytes: Vec<u8>,
    /// Where each ends.
    pub(crate) ends: Vec<usize>,
}

/// Writes frames, each of which begins at a word of its own.
#[derive(Debug)]
pub(super) struct Stream<'a> {
    bits: BitWriter<'a>,
    ends: &'a mut Vec<usize>,
    before: CodeLengths,
}

impl<'a> Stream<'a> {
    /// Appends to the frames, the last of which has blocks with codes of these lengths.
    pub(super) fn new(frames: &'a mut Frames, before: CodeLengths) -> Self {
        Self {
            bits: BitWriter::new(&mut frames.bytes),
            ends: &mut frames.ends,
            before,
        }
    }

    /// The lengths of the last block's codes.
    pub(super) fn finish(self) -> CodeLengths {
        self.before
    }

    /// At the start of a folder.
    pub(super) fn start(&mut self) {
        /// No addresses in machine code are translated.
        const NO_TRANSLATION: u32 = 0;
        self.bits.write(NO_TRANSLATION, 1);
    }

    /// Ends a frame. Its last block may go on in the next one.
    pub(super) fn end_frame(&mut self) {
        self.bits.align();
        self.ends.push(self.bits.len());
    }

    /// Begins a block with so many bytes, whose symbols occur as often as this.
    pub(super) fn block(&mut self, len: usize, frequencies: &Frequencies) -> Block {
        self.begin(len, &Codes::new(frequencies))
    }

    /// A block with nothing but these bytes as they are, and a code for them alone.
    pub(super) fn literals(&mut self, literals: &[u8]) {
        let block = self.begin(literals.len(), &Codes::of_literals(literals));
        let sequence = Sequence {
            literals: literals.len() as u32,
            length: 0,
            number: 0,
        };
        self.sequences(&block, literals, &[sequence]);
    }

    fn begin(&mut self, len: usize, codes: &Codes) -> Block {
        self.bits.write(
            if codes.aligned.is_some() {
                ALIGNED
            } else {
                VERBATIM
            },
            KIND_BITS,
        );
        self.bits.write(len as u32, LEN_BITS);
        if let Some(code) = &codes.aligned {
            for &length in &code.lengths {
                self.bits.write(length.into(), ALIGNED_LENGTH_BITS);
            }
        }
        let (literals, matches) = codes.main.lengths.split_at(LITERALS);
        let (literals_before, matches_before) = self.before.main.split_at(LITERALS);
        write_lengths(&mut self.bits, literals_before, literals);
        write_lengths(&mut self.bits, matches_before, matches);
        write_lengths(&mut self.bits, &self.before.lengths, &codes.lengths.lengths);
        self.before.main = codes.main.lengths;
        self.before.lengths = codes.lengths.lengths;
        Block::new(codes)
    }

    /// Goes on with a block that was begun.
    pub(super) fn sequences(&mut self, block: &Block, mut bytes: &[u8], sequences: &[Sequence]) {
        for sequence in sequences {
            let (literals, rest) = bytes.split_at(sequence.literals as usize);
            for &literal in literals {
                self.bits.write_coded(block.main[usize::from(literal)]);
            }
            let length = sequence.length as usize;
            bytes = &rest[length..];
            if length == 0 {
                continue;
            }
            let slot = symbols::slot(sequence.number);
            self.bits
                .write_coded(block.main[symbols::main_symbol(slot, length)]);
            if length >= FIRST_LONGER {
                self.bits.write_coded(block.lengths[length - FIRST_LONGER]);
            }
            let extra_bits = symbols::extra_bits(slot);
            let extra = sequence.number & ((1 << extra_bits) - 1);
            match &block.aligned {
                Some(code) if extra_bits >= ALIGNED_BITS => {
                    self.bits.write(extra >> ALIGNED_BITS, extra_bits - ALIGNED_BITS);
                    self.bits.write_coded(code[extra as usize % ALIGNED_SYMBOLS]);
                }
                _ => self.bits.write(extra, extra_bits),
            }
        }
    }

    /// A block that holds the bytes as they are; their number is even. It also says which distances were used last.
    pub(super) fn uncompressed(&mut self, bytes: &[u8], recent: Recent) {
        debug_assert!(bytes.len().is_multiple_of(2), "decoders differ in what follows");
        self.bits.write(UNCOMPRESSED, KIND_BITS);
        self.bits.write(bytes.len() as u32, LEN_BITS);
        self.bits.align();
        for distance in recent.0 {
            // One that is not known is not referred to.
            self.bits.extend(&distance.max(1).to_le_bytes());
        }
        self.bits.extend(bytes);
    }
}

/// The code of a symbol, and how many bits it has.
type Coded = (u16, u8);

/// The codes of a block.
pub(super) struct Block {
    main: [Coded; MAIN_SYMBOLS],
    lengths: [Coded; LENGTH_SYMBOLS],
    aligned: Option<[Coded; ALIGNED_SYMBOLS]>,
}

impl Block {
    fn new(codes: &Codes) -> Self {
        fn coded<const SYMBOLS: usize>(code: &Code<SYMBOLS>) -> [Coded; SYMBOLS] {
            std::array::from_fn(|symbol| (code.bits[symbol], code.lengths[symbol]))
        }
        Self {
            main: coded(&codes.main),
            lengths: coded(&codes.lengths),
            aligned: codes.aligned.as_ref().map(coded),
        }
    }
}

impl BitWriter<'_> {
    #[inline]
    fn write_coded(&mut self, (bits, count): Coded) {
        self.write(bits.into(), count.into());
    }
}

/// How a decoder learns lengths, of which it knows what they were before: a code, and symbols in it.
fn write_lengths(bits: &mut BitWriter<'_>, before: &[u8], lengths: &[u8]) {
    let symbols = shorten(before, lengths);
    let mut frequencies = [0; PRE_SYMBOLS];
    for symbol in &symbols {
        frequencies[usize::from(symbol.symbol)] += 1;
    }
    let code: Code<PRE_SYMBOLS> = Code::new(&frequencies, PRE_MAX_BITS);
    for &length in &code.lengths {
        bits.write(length.into(), PRE_LENGTH_BITS);
    }
    for PreSymbol {
        symbol,
        extra,
        extra_bits,
    } in symbols
    {
        let symbol = usize::from(symbol);
        bits.write(code.bits[symbol].into(), code.lengths[symbol].into());
        bits.write(extra.into(), extra_bits.into());
    }
}

/// A symbol that lengths are written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct PreSymbol {
    symbol: u8,
    extra: u8,
    extra_bits: u8,
}

fn shorten(before: &[u8], lengths: &[u8]) -> Vec<PreSymbol> {
    let mut symbols = Vec::with_capacity(lengths.len());
    let run_of = |symbol, extra: usize, extra_bits| PreSymbol {
        symbol,
        extra: extra as u8,
        extra_bits,
    };
    let mut at = 0;
    for run in lengths.chunk_by(|a, b| a == b) {
        let end = at + run.len();
        let difference = |at: usize| PreSymbol {
            symbol: (LENGTHS_MODULUS + before[at] - run[0]) % LENGTHS_MODULUS,
            extra: 0,
            extra_bits: 0,
        };
        while end - at >= 4 {
            let missing = end - at;
            match run[0] {
                0 if missing >= 20 => {
                    symbols.push(run_of(MANY_ZEROS, missing.min(51) - 20, MANY_ZEROS_BITS));
                    at += missing.min(51);
                }
                0 => {
                    symbols.push(run_of(ZEROS, missing - 4, ZEROS_BITS));
                    at = end;
                }
                _ => {
                    symbols.push(run_of(SAME, missing.min(5) - 4, SAME_BITS));
                    symbols.push(difference(at));
                    at += missing.min(5);
                }
            }
        }
        symbols.extend((at..end).map(difference));
        at = end;
    }
    symbols
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shortened(before: &[u8], lengths: &[u8]) -> Vec<(u8, u8)> {
        let symbols = shorten(before, lengths).into_iter();
        symbols.map(|symbol| (symbol.symbol, symbol.extra)).collect()
    }

    #[test]
    fn lengths_are_differences() {
        assert_eq!(
            shortened(&[0, 5, 16, 5], &[5, 5, 0, 6]),
            [(12, 0), (0, 0), (16, 0), (16, 0)]
        );
    }

    #[test]
    fn runs_of_lengths_are_shortened() {
        let zeros = |count| shortened(&vec![3; count], &vec![0; count]);
        assert_eq!(zeros(3), [(3, 0); 3]);
        assert_eq!(zeros(4), [(17, 0)]);
        assert_eq!(zeros(19), [(17, 15)]);
        assert_eq!(zeros(20), [(18, 0)]);
        assert_eq!(zeros(51), [(18, 31)]);
        assert_eq!(zeros(53), [(18, 31), (3, 0), (3, 0)]);
        assert_eq!(
            shortened(&[0, 7, 7, 7, 7, 9], &[5; 6]),
            [(19, 1), (12, 0), (4, 0)]
        );
    }
}
