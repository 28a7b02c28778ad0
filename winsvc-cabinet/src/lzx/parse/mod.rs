//! Chooses what to take as it is, and which matches.

mod optimal;
mod quick;

pub(super) use optimal::OptimalParse;
pub(super) use quick::{Effort, QuickParse};

use std::fmt::Debug;
use std::mem;
use std::ops::Range;

use super::pieces::{Choices, Piece, Sequence};
use super::symbols::{Frequencies, Recent};

/// A way to choose.
pub(super) trait Parse: Debug {
    /// For how many bytes it chooses at once, which are then divided into segments.
    fn stretch(&self) -> usize;

    /// Begins anew behind the bytes before `start`. Nothing is left of what was chosen earlier, so that the result does
    /// not depend on it.
    fn begin(&mut self, data: &[u8], start: usize, recent: Recent);

    /// Chooses for frames that follow each other, the last of which may be shorter. No match crosses the end of a frame.
    fn choose(&mut self, data: &[u8], frames: &[Range<usize>]) -> &Choices;
}

/// Collects the choices of a piece.
#[derive(Debug)]
struct PieceWriter<'a> {
    choices: &'a mut Choices,
    recent: &'a mut Recent,
    start: usize,
    first: usize,
    frequencies: Frequencies,
    literals: u32,
}

impl<'a> PieceWriter<'a> {
    fn new(choices: &'a mut Choices, recent: &'a mut Recent, start: usize) -> Self {
        Self {
            first: choices.sequences.len(),
            choices,
            recent,
            start,
            frequencies: Frequencies::default(),
            literals: 0,
        }
    }

    #[inline]
    fn literal(&mut self, literal: u8) {
        self.frequencies.add_literal(literal);
        self.literals += 1;
    }

    #[inline]
    fn matched(&mut self, number: u32, length: usize) {
        self.frequencies.add_match(number, length);
        self.choices.sequences.push(Sequence {
            literals: self.literals,
            length: length as u32,
            number,
        });
        *self.recent = self.recent.after(number);
        self.literals = 0;
    }

    /// Ends the piece, and begins the next one.
    fn end(&mut self, end: usize, ends_frame: bool) {
        if self.literals > 0 {
            self.choices.sequences.push(Sequence {
                literals: self.literals,
                length: 0,
                number: 0,
            });
        }
        let next = self.choices.sequences.len();
        self.choices.pieces.push(Piece {
            bytes: self.start..end,
            sequences: self.first..next,
            frequencies: mem::take(&mut self.frequencies),
            recent: *self.recent,
            ends_frame,
        });
        self.start = end;
        self.first = next;
        self.literals = 0;
    }
}
