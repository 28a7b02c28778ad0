//! What was chosen for some bytes.

use std::ops::Range;

use super::symbols::{Frequencies, Recent};

/// Bytes that are taken as they are, and a match after them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sequence {
    pub(super) literals: u32,
    /// Zero if there is no match.
    pub(super) length: u32,
    /// The number that its offset is written as.
    pub(super) number: u32,
}

/// Some bytes that follow each other, and what was chosen for them.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) bytes: Range<usize>,
    pub(super) sequences: Range<usize>,
    pub(super) frequencies: Frequencies,
    /// The distances used last at its end.
    pub(super) recent: Recent,
    pub(super) ends_frame: bool,
}

/// What was chosen for some frames.
#[derive(Debug, Default)]
pub(super) struct Choices {
    pub(super) pieces: Vec<Piece>,
    pub(super) sequences: Vec<Sequence>,
}

impl Choices {
    pub(super) fn clear(&mut self) {
        self.pieces.clear();
        self.sequences.clear();
    }
}
