//! Writes what was chosen for some frames, or the frames as they are.

use std::ops::Range;

use super::FRAME;
use super::costs::{self, BIT};
use super::parse::Parse;
use super::pieces::{Choices, Piece};
use super::segments::divide;
use super::stream::{CodeLengths, Frames, Stream};
use super::symbols::{Frequencies, Recent};

/// The longest frame after compression that decoders take.
pub(super) const MAX_COMPRESSED: usize = FRAME + 6144;
/// How much longer a frame is than its bytes if it is not compressed.
const OVERHEAD: usize = 4 + 12;
/// A frame is not compressed if that saves less than one part in so many.
const LEAST_SAVED: u64 = 100;

/// Frames for which choices are made.
pub(super) struct Stretch<'a> {
    data: &'a [u8],
    frames: Vec<Frame>,
    choices: &'a Choices,
    /// The bytes at the end that are a block of their own.
    ending: Range<usize>,
}

struct Frame {
    /// Its bytes, without the ending.
    bytes: Range<usize>,
    pieces: Range<usize>,
    /// The distances used last at its end.
    recent: Recent,
    is_noise: bool,
}

impl<'a> Stretch<'a> {
    /// Chooses for some frames, except for so many bytes at their end.
    pub(super) fn choose(
        parse: &'a mut dyn Parse,
        data: &'a [u8],
        bytes: Range<usize>,
        ending: usize,
    ) -> Self {
        let end = bytes.end - ending;
        let starts = bytes.clone().step_by(FRAME);
        let frames: Vec<Range<usize>> = starts.map(|start| start..end.min(start + FRAME)).collect();
        let choices = parse.choose(data, &frames);
        let mut first = 0;
        let pieces_of_frames = choices.pieces.chunk_by(|piece, _| !piece.ends_frame);
        let frames = frames.into_iter().zip(pieces_of_frames).map(|(bytes, pieces)| {
            let start = first;
            first += pieces.len();
            Frame {
                is_noise: is_noise(bytes.len(), pieces),
                bytes,
                pieces: start..first,
                recent: pieces.last().map_or(Recent::UNKNOWN, |piece| piece.recent),
            }
        });
        Self {
            data,
            frames: frames.collect(),
            choices,
            ending: end..bytes.end,
        }
    }

    /// Adds the frames, as they are if that is shorter. Returns the lengths of the last block's codes, given those of the one before.
    pub(super) fn write(&self, before: &CodeLengths, frames: &mut Frames) -> CodeLengths {
        let (first, start) = (frames.ends.len(), frames.bytes.len());
        let after = self.write_with(before, frames, |frame| frame.is_noise);
        let mut lens = frames.ends[first..].iter().scan(start, |from, &end| {
            let len = end - *from;
            *from = end;
            Some(len)
        });
        let bytes: usize = self.frames.iter().map(|frame| frame.bytes.len() + OVERHEAD).sum();
        if lens.all(|len| len <= MAX_COMPRESSED) && frames.bytes.len() - start <= bytes {
            return after;
        }
        frames.ends.truncate(first);
        frames.bytes.truncate(start);
        self.write_with(before, frames, |_| true)
    }

    fn write_with(
        &self,
        before: &CodeLengths,
        frames: &mut Frames,
        is_uncompressed: impl Fn(&Frame) -> bool,
    ) -> CodeLengths {
        let mut stream = Stream::new(frames, before.clone());
        if self.frames[0].bytes.start == 0 {
            stream.start();
        }
        for frames in self
            .frames
            .chunk_by(|a, b| is_uncompressed(a) == is_uncompressed(b))
        {
            if is_uncompressed(&frames[0]) {
                for frame in frames {
                    self.uncompressed(&mut stream, frame);
                }
            } else {
                let pieces = frames[0].pieces.start..frames[frames.len() - 1].pieces.end;
                self.coded(&mut stream, pieces);
            }
        }
        stream.finish()
    }

    fn uncompressed(&self, stream: &mut Stream<'_>, frame: &Frame) {
        let bytes = &self.data[frame.bytes.clone()];
        // Only a folder's last frame is odd.
        let (even, last) = bytes.split_at(bytes.len() / 2 * 2);
        if !even.is_empty() {
            stream.uncompressed(even, frame.recent);
        }
        if !last.is_empty() {
            stream.literals(last);
        }
        self.end_frame(stream, frame.bytes.end);
    }

    fn coded(&self, stream: &mut Stream<'_>, pieces: Range<usize>) {
        for segment in divide(&self.choices.pieces[pieces]) {
            let len = segment.pieces.iter().map(|piece| piece.bytes.len()).sum();
            let block = stream.block(len, &segment.frequencies);
            for piece in segment.pieces {
                let bytes = &self.data[piece.bytes.clone()];
                stream.sequences(&block, bytes, &self.choices.sequences[piece.sequences.clone()]);
                if piece.ends_frame {
                    self.end_frame(stream, piece.bytes.end);
                }
            }
        }
    }

    fn end_frame(&self, stream: &mut Stream<'_>, end: usize) {
        if end == self.ending.start && !self.ending.is_empty() {
            stream.literals(&self.data[self.ending.clone()]);
        }
        stream.end_frame();
    }
}

/// Whether a frame is so little smaller when compressed that it is not worth it.
fn is_noise(len: usize, pieces: &[Piece]) -> bool {
    let mut frequencies = Frequencies::default();
    for piece in pieces {
        frequencies.add(&piece.frequencies);
    }
    let bits = costs::without_codes(&frequencies) / u64::from(BIT);
    bits * LEAST_SAVED > len as u64 * 8 * (LEAST_SAVED - 1)
}
