//! Divides a block into segments, each with a code of its own.

use std::ops::Range;

use super::costs;
use super::symbols::Frequencies;

/// Bytes of a block that share a code.
#[derive(Debug, Clone)]
pub(super) struct Segment {
    /// Where it is in the block.
    pub(super) range: Range<usize>,
    pub(super) frequencies: Frequencies,
    /// How many fractions of a bit it has, its code included.
    cost: u64,
}

/// Begins with a segment for each piece, and joins neighbours as long as they cost less with a common code: first
/// those for which it pays most.
pub(super) fn divide(pieces: Vec<Frequencies>, len: usize, piece: usize) -> Vec<Segment> {
    let segments = pieces.into_iter().zip(0..).map(|(frequencies, number)| Segment {
        range: number * piece..len.min((number + 1) * piece),
        cost: costs::estimate(&frequencies),
        frequencies,
    });
    let mut segments: Vec<Segment> = segments.collect();
    // What each segment would be with the one after it.
    let joined = segments.windows(2).map(|pair| join(&pair[0], &pair[1]));
    let mut joined: Vec<Segment> = joined.collect();
    loop {
        let saved = |at: usize| {
            let apart = segments[at].cost + segments[at + 1].cost;
            apart.checked_sub(joined[at].cost)
        };
        let best = (0..joined.len()).filter_map(|at| Some((saved(at)?, at))).max();
        let Some((_, at)) = best else {
            return segments;
        };
        segments[at] = joined.remove(at);
        segments.remove(at + 1);
        if at > 0 {
            joined[at - 1] = join(&segments[at - 1], &segments[at]);
        }
        if at < joined.len() {
            joined[at] = join(&segments[at], &segments[at + 1]);
        }
    }
}

fn join(one: &Segment, next: &Segment) -> Segment {
    let mut frequencies = one.frequencies.clone();
    frequencies.add(&next.frequencies);
    Segment {
        range: one.range.start..next.range.end,
        cost: costs::estimate(&frequencies),
        frequencies,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The symbols of literals, all equally frequent.
    fn literals(from: usize, to: usize) -> Frequencies {
        let mut frequencies = Frequencies::default();
        frequencies.literals_and_lengths[from..to].fill(4096 / (to - from) as u32);
        frequencies
    }

    fn ends(pieces: Vec<Frequencies>) -> Vec<usize> {
        let len = pieces.len() * 4096 - 96;
        divide(pieces, len, 4096)
            .iter()
            .map(|segment| segment.range.end)
            .collect()
    }

    #[test]
    fn alike_pieces_share_a_code() {
        assert_eq!(ends(vec![literals(0, 64); 5]), [20_384]);
        assert_eq!(ends(vec![literals(0, 64)]), [4000]);
    }

    #[test]
    fn a_segment_ends_where_the_symbols_change() {
        let (low, high) = (literals(0, 16), literals(128, 256));
        let pieces = vec![low.clone(), low.clone(), high.clone(), high, low];
        assert_eq!(ends(pieces), [8192, 16_384, 20_384]);
    }
}
