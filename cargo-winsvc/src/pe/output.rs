//! A new file made of parts of an old one and of new bytes, with a mapping from old to new offsets.

use std::ops::Range;

/// The new file so far.
pub(super) struct Output<'a> {
    old: &'a [u8],
    /// The bytes written so far.
    pub(super) bytes: Vec<u8>,
    /// Which ranges of the old file were kept, and where they start now.
    kept: Vec<(Range<usize>, usize)>,
}

impl<'a> Output<'a> {
    /// An empty output for `old`; `added` is the expected growth of the file.
    pub(super) fn new(old: &'a [u8], added: usize) -> Self {
        Self {
            old,
            bytes: Vec::with_capacity(old.len() + added),
            kept: Vec::new(),
        }
    }

    /// Appends a range of the old file, which the caller knows to lie in it. Does nothing for an empty or reversed
    /// range.
    pub(super) fn keep(&mut self, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        let to = self.bytes.len();
        self.bytes.extend(&self.old[range.clone()]);
        self.kept.push((range, to));
    }

    /// Appends a range of the old file after zeros, so that it keeps its offset within a block of `alignment` bytes.
    pub(super) fn keep_aligned(&mut self, range: Range<usize>, alignment: usize) {
        if range.is_empty() {
            return;
        }
        let shift = (range.start % alignment + alignment - self.bytes.len() % alignment) % alignment;
        self.zeros(shift);
        self.keep(range);
    }

    /// Appends zeros.
    pub(super) fn zeros(&mut self, count: usize) {
        self.bytes.resize(self.bytes.len() + count, 0);
    }

    /// Appends zeros up to a multiple of `alignment`.
    pub(super) fn align(&mut self, alignment: usize) {
        self.bytes.resize(self.bytes.len().next_multiple_of(alignment), 0);
    }

    /// The new offset of the old file's byte at `offset`, if it was kept.
    pub(super) fn moved(&self, offset: usize) -> Option<usize> {
        self.kept
            .iter()
            .find(|(range, _)| range.contains(&offset))
            .map(|(range, to)| to + offset - range.start)
    }
}

#[cfg(test)]
mod tests {
    use super::Output;

    #[test]
    fn bytes_are_found_where_they_went() {
        let mut output = Output::new(b"headTEXT....tail", 8);
        output.keep(0..4);
        output.zeros(2);
        output.keep_aligned(4..8, 4);
        output.align(8);
        output.keep(12..16);
        assert_eq!(output.bytes, b"head\0\0\0\0TEXT\0\0\0\0tail");
        let moved = [0, 3, 4, 7, 8, 12, 15, 16].map(|offset| output.moved(offset));
        assert_eq!(
            moved,
            [
                Some(0),
                Some(3),
                Some(8),
                Some(11),
                None,
                Some(16),
                Some(19),
                None
            ]
        );
    }
}
