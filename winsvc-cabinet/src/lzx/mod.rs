//! Compresses the frames of a cabinet's folder (LZX).
//!
//! The one library in Rust that writes LZX takes a hundred times as long, and those in C have other terms. A folder is one stream, in which matches reach back two mebibytes and codes differ from those of
//! the block before. It is compressed in chunks nevertheless, by several threads and without anything lost but some
//! bytes at each border. What a decoder knows where a chunk begins is:
//!
//! - the bytes before it, with which the encoder begins, too;
//! - the distances used last: the encoder refers to none until it has used three of its own;
//! - the codes of the block before: each chunk but the last ends with a block of two bytes as they are, and their code
//!   follows from these bytes.
//!
//! A chunk goes through these steps, some frames at a time:
//!
//! 1. [`finder`] looks for earlier occurrences of the bytes at each position.
//! 2. [`parse`] chooses among them what costs least, by the [`costs`] of what came before.
//! 3. [`segments`] divides the frames where the bytes change their kind.
//! 4. [`stream`] writes each segment with a [`huffman`] code of its own, and [`frames`] those that are noise as they are.
//!
//! Sources: MS-PATCH, <https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-patch/>, which describes a
//! variant; [libmspack](https://github.com/kyz/libmspack), a decoder with notes on what is different in cabinets.

mod bits;
mod costs;
mod finder;
mod frames;
mod huffman;
mod parse;
mod pieces;
mod segments;
mod stream;
mod symbols;

use std::fmt::Debug;
use std::ops::Range;

use parse::{Effort, OptimalParse, Parse, QuickParse};
use stream::CodeLengths;
use symbols::Recent;

use crate::Level;

pub(super) use finder::PADDING;
pub(super) use stream::Frames;
pub(super) use symbols::WINDOW_BITS;

/// How many bytes a frame holds before compression; only a folder's last frame has fewer. No match crosses its end.
pub(super) const FRAME: usize = 0x8000;
/// How far back matches reach, and a little more.
pub(super) const WINDOW: usize = symbols::WINDOW;
/// How many bytes at the end of a chunk make a block of their own. They are even, as decoders differ in what follows an
/// odd number of bytes that are not compressed.
const ENDING: usize = 2;

const FAST: Effort = Effort {
    row_bits: 15,
    tail: 2,
};
const DEFAULT: Effort = Effort {
    row_bits: 16,
    tail: 4,
};

/// Compresses chunks.
#[derive(Debug)]
pub(super) struct Encoder {
    parse: Box<dyn Parse>,
}

impl Encoder {
    pub(super) fn new(level: Level) -> Self {
        Self {
            parse: match level {
                Level::Fast => Box::new(QuickParse::new(FAST)),
                Level::Default => Box::new(QuickParse::new(DEFAULT)),
                Level::Max => Box::new(OptimalParse::new()),
            },
        }
    }

    /// Compresses a chunk of a folder. The data has as much as a match can reach back to before it, from the folder's
    /// start if that is nearer, and [`PADDING`] behind it. A chunk that is not the last consists of whole frames. The
    /// result does not depend on what was compressed before.
    pub(super) fn encode(&mut self, data: &[u8], chunk: Range<usize>, is_last: bool) -> Frames {
        let (recent, mut before) = if chunk.start == 0 {
            (Recent::FIRST, CodeLengths::NONE)
        } else {
            let ending = &data[chunk.start - ENDING..chunk.start];
            (Recent::UNKNOWN, CodeLengths::after(ending))
        };
        let parse = &mut *self.parse;
        parse.begin(data, chunk.start, recent);
        let mut frames = Frames::default();
        for start in chunk.clone().step_by(parse.stretch()) {
            let end = chunk.end.min(start + parse.stretch());
            let ending = if end == chunk.end && !is_last { ENDING } else { 0 };
            let stretch = frames::Stretch::choose(parse, data, start..end, ending);
            before = stretch.write(&before, &mut frames);
        }
        frames
    }
}

/// An array that is never on the stack, which has no room for it.
fn boxed<T: Copy + Debug, const LEN: usize>(of: T) -> Box<[T; LEN]> {
    vec![of; LEN].try_into().expect("as long as the type says")
}

#[cfg(test)]
mod tests;
