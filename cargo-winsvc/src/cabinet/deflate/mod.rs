//! Compresses the blocks of a cabinet (deflate, RFC 1951).
//!
//! There are libraries for this, and none that fits. A block of MSZIP is short, and refers to the block before it, so
//! that a library must take a dictionary and cost little at each start; and it must be in Rust, as nobody shall need
//! a C compiler to install the tool. What there is under these terms (`zlib-rs`, `miniz_oxide`) finds 3 % less. This
//! encoder knows that all blocks but the last have 32 KiB, that each follows the one before it, and that a chunk of
//! them is compressed by one thread: it keeps what it has learned from one block for the next.
//!
//! A block goes through these steps:
//!
//! 1. [`finder`] looks for earlier occurrences of the bytes at each position.
//! 2. [`parse`] chooses among them what costs least, by the [`costs`] of the block before.
//! 3. [`segments`] divides the block where its bytes change their kind.
//! 4. [`stream`] writes each segment with a [`huffman`] code of its own.

mod bits;
mod costs;
mod finder;
mod huffman;
mod parse;
mod segments;
mod stream;
mod symbols;

use std::fmt::Debug;

use bits::BitWriter;
use costs::Costs;
use finder::Finder;
use parse::Parse;
use segments::Segment;
use stream::Codes;

use crate::cabinet::Level;

/// How many bytes a segment has at least, unless it is the last one.
const PIECE: usize = 0x1000;

/// Which lengths of a match are considered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lengths {
    All,
    /// The longest two.
    Longest,
}

/// How much time to spend.
#[derive(Debug, Clone, Copy)]
struct Effort {
    /// A match as long as this is good enough that few positions inside of it are searched.
    good: usize,
    /// How many positions at the end of a good match are searched.
    tail: usize,
    lengths: Lengths,
    /// How often the choice is made anew with the costs of the last one.
    revisions: usize,
}

impl Effort {
    fn of(level: Level) -> Self {
        match level {
            Level::Fast => Self {
                good: 6,
                tail: 3,
                lengths: Lengths::Longest,
                revisions: 0,
            },
            Level::Default => Self {
                good: 8,
                tail: 5,
                lengths: Lengths::Longest,
                revisions: 0,
            },
            Level::Small => Self {
                good: usize::MAX,
                tail: 0,
                lengths: Lengths::All,
                revisions: 3,
            },
        }
    }
}

/// Compresses blocks that follow each other.
#[derive(Debug)]
pub(super) struct Encoder {
    effort: Effort,
    finder: Finder,
    parse: Parse,
    /// The length of the block before.
    before: usize,
    /// The costs of its last segment.
    costs: Option<Costs>,
}

impl Encoder {
    pub(super) fn new(level: Level) -> Self {
        Self {
            effort: Effort::of(level),
            finder: Finder::new(),
            parse: Parse::new(),
            before: 0,
            costs: None,
        }
    }

    /// Begins anew with the block before the first one, or none. Nothing is left of what was encoded earlier, so that
    /// the result does not depend on it.
    pub(super) fn begin(&mut self, before: &[u8]) {
        self.finder.clear();
        self.finder.load(before, 0);
        for index in 0..before.len() {
            self.finder.insert(index);
        }
        self.before = before.len();
        self.costs = None;
    }

    /// Appends the next block as a deflate stream, which is never longer than [`store`] makes it. Only the last block
    /// may be shorter than [`BLOCK`](super::folder::BLOCK), and none is empty.
    pub(super) fn encode(&mut self, block: &[u8], out: &mut Vec<u8>) {
        self.finder.load(block, self.before);
        self.before = block.len();
        self.parse.find(&mut self.finder, block.len(), self.effort);

        let segments = self.segments(block);
        let start = out.len();
        self.write(block, &segments, out);
        if out.len() - start > STORED_OVERHEAD + block.len() {
            out.truncate(start);
            store(block, out);
        }
        self.costs = segments.last().map(|segment| Costs::of(&segment.frequencies));
    }

    /// Chooses the matches and divides the block.
    fn segments(&mut self, block: &[u8]) -> Vec<Segment> {
        let lengths = self.effort.lengths;
        // The block before is a good guess. Without it, the choice needs a revision.
        let (guess, revisions) = match self.costs.take() {
            Some(costs) => (costs, self.effort.revisions),
            None => (Costs::guess(block), self.effort.revisions.max(1)),
        };
        self.parse.choose(block, &[(0..block.len(), guess)], lengths);
        let mut segments = segments::divide(self.parse.count(block, PIECE), block.len(), PIECE);
        for _ in 0..revisions {
            let costs = segments
                .iter()
                .map(|segment| (segment.range.clone(), Costs::of(&segment.frequencies)));
            self.parse.choose(block, &costs.collect::<Vec<_>>(), lengths);
            segments = segments::divide(self.parse.count(block, PIECE), block.len(), PIECE);
        }
        segments
    }

    fn write(&self, block: &[u8], segments: &[Segment], out: &mut Vec<u8>) {
        let mut bits = BitWriter::new(out);
        let mut start = 0;
        for segment in segments {
            let end = segment.range.end;
            let is_last = end == block.len();
            let codes = Codes::new(&segment.frequencies);
            let mut next = start;
            let chosen = self.parse.chosen(start).take_while(|&(index, _)| index < end);
            let chosen = chosen.inspect(|&(index, choice)| next = index + usize::from(choice.length));
            codes.write(&mut bits, block, chosen, is_last);
            start = next;
        }
        bits.align();
    }
}

/// How much longer a stored block is than its bytes.
const STORED_OVERHEAD: usize = 5;

/// Appends a deflate stream that holds the bytes as they are.
fn store(bytes: &[u8], out: &mut Vec<u8>) {
    BitWriter::new(out).store(bytes, true);
}

/// An array that is never on the stack, which has no room for it.
fn boxed<T: Copy + Debug, const LEN: usize>(of: T) -> Box<[T; LEN]> {
    vec![of; LEN].try_into().expect("as long as the type says")
}

#[cfg(test)]
pub(super) mod tests;
