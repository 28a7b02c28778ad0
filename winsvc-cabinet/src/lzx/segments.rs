//! Divides pieces into segments, each with a code of its own.

use std::ops::Range;

use super::costs;
use super::pieces::Piece;
use super::symbols::Frequencies;

/// Pieces that share a code.
#[derive(Debug)]
pub(super) struct Segment<'a> {
    pub(super) pieces: &'a [Piece],
    pub(super) frequencies: Frequencies,
}

impl Segment<'_> {
    /// Where its bytes end.
    pub(super) fn end(&self) -> usize {
        self.pieces.last().map_or(0, |piece| piece.bytes.end)
    }
}

/// The pieces of a segment.
#[derive(Debug)]
struct Share {
    pieces: Range<usize>,
    frequencies: Frequencies,
    /// How many fractions of a bit it has, its code included.
    cost: u64,
}

impl Share {
    fn new(pieces: Range<usize>, frequencies: Frequencies) -> Self {
        Self {
            pieces,
            cost: costs::with_codes(&frequencies),
            frequencies,
        }
    }

    fn join(&self, next: &Self) -> Self {
        let mut frequencies = self.frequencies.clone();
        frequencies.add(&next.frequencies);
        Self::new(self.pieces.start..next.pieces.end, frequencies)
    }
}

/// Begins with a segment for each piece, and joins neighbours as long as they cost less with a common code: first
/// those for which it pays most.
pub(super) fn divide(pieces: &[Piece]) -> impl Iterator<Item = Segment<'_>> {
    let shares = (0..).zip(pieces);
    let shares = shares.map(|(number, piece)| Share::new(number..number + 1, piece.frequencies.clone()));
    let mut shares: Vec<Share> = shares.collect();
    // What each would be with the one after it.
    let joined = shares.windows(2).map(|pair| pair[0].join(&pair[1]));
    let mut joined: Vec<Share> = joined.collect();
    loop {
        let saved = |at: usize| (shares[at].cost + shares[at + 1].cost).checked_sub(joined[at].cost);
        let best = (0..joined.len()).filter_map(|at| Some((saved(at)?, at))).max();
        let Some((_, at)) = best else { break };
        shares[at] = joined.remove(at);
        shares.remove(at + 1);
        if at > 0 {
            joined[at - 1] = shares[at - 1].join(&shares[at]);
        }
        if at < joined.len() {
            joined[at] = shares[at].join(&shares[at + 1]);
        }
    }
    shares.into_iter().map(|share| Segment {
        pieces: &pieces[share.pieces],
        frequencies: share.frequencies,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A piece of literals, all equally frequent.
    fn literals(from: usize, to: usize) -> Piece {
        let mut frequencies = Frequencies::default();
        frequencies.main[from..to].fill(16_384 / (to - from) as u32);
        Piece {
            bytes: 0..0,
            sequences: 0..0,
            frequencies,
            recent: super::super::symbols::Recent::UNKNOWN,
            ends_frame: false,
        }
    }

    fn lengths(pieces: &[Piece]) -> Vec<usize> {
        divide(pieces).map(|segment| segment.pieces.len()).collect()
    }

    #[test]
    fn alike_pieces_share_a_code() {
        assert_eq!(lengths(&vec![literals(0, 64); 5]), [5]);
        assert_eq!(lengths(&[literals(0, 64)]), [1]);
    }

    #[test]
    fn a_segment_ends_where_the_symbols_change() {
        let (low, high) = (literals(0, 16), literals(128, 256));
        let pieces = vec![low.clone(), low.clone(), high.clone(), high, low];
        assert_eq!(lengths(&pieces), [2, 2, 1]);
    }
}
