//! Chooses in little time.
//!
//! From the end of a piece to its start, it chooses for each position what costs least, as what follows each choice is
//! known. That leaves out the distances that were used last, which depend on what comes before. So it goes through the
//! piece once more, from the start, and takes such a distance where it costs less than what was chosen.

use std::mem;
use std::ops::Range;

use super::super::costs::{BIT, Costs};
use super::super::finder::{self, Match, PADDING, QuickFinder, read};
use super::super::pieces::Choices;
use super::super::symbols::{self, DISTANCE_BIAS, Frequencies, MAX_MATCH, MIN_MATCH, Recent};
use super::super::{FRAME, boxed};
use super::{Parse, PieceWriter};

/// How many bytes are considered at once, unless the frame ends. A match may reach beyond them.
const PIECE: usize = 0x4000;

/// A match as long as this is taken without looking for others inside of it.
const LONG: usize = 64;
/// A match as long as this is good enough that few positions inside of it are searched.
const GOOD: usize = 8;
/// After so many positions without a match, fewer of them are searched: the more, the longer there is none. It saves
/// most of the time that incompressible data would take.
const MANY_MISSES: usize = 64;
const MOST_PASSED: usize = 16;
/// How far ahead of a search memory is read.
const AHEAD: usize = 8;
/// Of the positions that are not searched, one in so many is remembered: matches begin at others, and the tables have
/// no room for all.
const REMEMBERED: usize = 4;
/// Only so many bytes right before a chunk are remembered as densely as others; then one in `REMEMBERED`, too.
const DENSE_HISTORY: usize = 0x4000;
/// What a byte is expected to cost before anything is known.
const FIRST_AVERAGE: u32 = 3 * BIT;

/// A position has those that are found, and what is left of one before.
const MOST_MATCHES: usize = QuickFinder::MOST + 1;

/// How many positions' costs are known.
const POSITIONS: usize = PIECE + MAX_MATCH + 1;

/// How much time to spend.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Effort {
    /// The finder has two to the power of this rows.
    pub(in super::super) row_bits: u32,
    /// How many positions at the end of a good match are searched.
    pub(in super::super) tail: usize,
}

/// The choices for the last frames, and what is learned from them.
///
/// With what the finder has, it fits the cache that each processor has for itself.
#[derive(Debug)]
pub(in super::super) struct QuickParse {
    effort: Effort,
    finder: QuickFinder,
    /// The matches of all positions of a piece, and how many there are.
    matches: Vec<Match>,
    end: usize,
    /// How many of them each position has.
    counts: Box<[u8; PIECE]>,
    /// What is chosen at each position, if it is reached at all.
    choices: Box<[Match; PIECE]>,
    /// What all from a position on costs.
    costs_from: Box<[u32; POSITIONS]>,
    /// What a byte cost on average.
    average: u32,
    misses: usize,
    made: Choices,
    /// The distances used last.
    recent: Recent,
    /// What occurred lately, and what symbols cost accordingly.
    learned: Frequencies,
    costs: Costs,
}

impl QuickParse {
    pub(in super::super) fn new(effort: Effort) -> Self {
        let learned = Frequencies::default();
        Self {
            effort,
            finder: QuickFinder::new(effort.row_bits),
            matches: vec![Match::LITERAL; MOST_MATCHES * (PIECE + 1)],
            end: 0,
            counts: boxed(0),
            choices: boxed(Match::LITERAL),
            costs_from: boxed(0),
            average: FIRST_AVERAGE,
            misses: 0,
            made: Choices::default(),
            recent: Recent::UNKNOWN,
            costs: Costs::of(&learned),
            learned,
        }
    }
}

impl Parse for QuickParse {
    fn stretch(&self) -> usize {
        16 * FRAME
    }

    fn begin(&mut self, data: &[u8], start: usize, recent: Recent) {
        self.finder.clear();
        let dense = start.saturating_sub(DENSE_HISTORY);
        for at in (0..dense).step_by(REMEMBERED).chain(dense..start) {
            self.finder.insert(data, at);
        }
        self.recent = recent;
        self.misses = 0;
        self.average = FIRST_AVERAGE;
        self.learned = Frequencies::guess(&data[start..data.len().min(start + PIECE)]);
        self.costs = Costs::of(&self.learned);
    }

    fn choose(&mut self, data: &[u8], frames: &[Range<usize>]) -> &Choices {
        self.made.clear();
        for frame in frames {
            let mut at = frame.start;
            while at < frame.end {
                let piece = at..frame.end.min(at + PIECE);
                self.find(data, piece.clone(), frame.end);
                self.choose_backwards(&data[piece.clone()]);
                at = self.go_through(data, piece, frame.end);
            }
        }
        &self.made
    }
}

impl QuickParse {
    /// Finds the matches of a piece.
    fn find(&mut self, data: &[u8], piece: Range<usize>, frame_end: usize) {
        let start = piece.start;
        self.end = 0;
        // What is left of a good match that was just found.
        let mut rest = Match::LITERAL;
        let mut at = start;
        while at < piece.end {
            let longest = self.search(data, at, start, frame_end);
            at += 1;
            if !rest.is_literal() {
                at = self.follow(data, at..piece.end, start, longest, rest);
                rest = Match::LITERAL;
                continue;
            }
            let length = longest.length as usize;
            if length < QuickFinder::SHORTEST {
                self.misses += 1;
                let passed = (self.misses / MANY_MISSES).min(MOST_PASSED);
                at = self.pass(data, at..piece.end.min(at + passed), start);
                continue;
            }
            self.misses = 0;
            if length >= LONG {
                at = self.pass(data, at..piece.end.min(at - 1 + length), start);
            } else if length >= GOOD {
                rest = longest.rest();
            }
        }
    }

    /// Adds the matches of a position. Returns the longest.
    #[inline]
    fn search(&mut self, data: &[u8], at: usize, start: usize, frame_end: usize) -> Match {
        self.finder.prepare(data, (at + AHEAD).min(data.len() - PADDING));
        let matches = self.matches[self.end..].first_chunk_mut();
        let matches = matches.expect("no position before had more");
        let count = self
            .finder
            .search(data, at, MAX_MATCH.min(frame_end - at), matches);
        let longest = if count > 0 {
            matches[count - 1]
        } else {
            Match::LITERAL
        };
        self.end += count;
        self.counts[at - start] = count as u8;
        longest
    }

    /// Goes on from a good match: what is left of it is a match of the next positions, and of most of them the only one
    /// that is worth anything. The next one was searched in case that it has a longer one, and the last ones will be
    /// because a longer one may begin there.
    #[inline]
    fn follow(
        &mut self,
        data: &[u8],
        range: Range<usize>,
        start: usize,
        longest: Match,
        rest: Match,
    ) -> usize {
        let Range { start: mut at, end } = range;
        let mut rest = rest;
        if longest.length >= rest.length {
            rest = longest;
        } else {
            self.add(rest);
            self.counts[at - 1 - start] += 1;
        }
        while rest.length as usize > self.effort.tail + 1 && at < end {
            rest = rest.rest();
            self.remember(data, at);
            self.add(rest);
            self.counts[at - start] = 1;
            at += 1;
        }
        at
    }

    #[inline]
    fn add(&mut self, found: Match) {
        self.matches[self.end] = found;
        self.end += 1;
    }

    /// Passes over positions without a search. Returns the end of them.
    fn pass(&mut self, data: &[u8], range: Range<usize>, start: usize) -> usize {
        let end = range.end;
        for at in range {
            self.remember(data, at);
            self.counts[at - start] = 0;
        }
        end
    }

    #[inline]
    fn remember(&mut self, data: &[u8], at: usize) {
        if at.is_multiple_of(REMEMBERED) {
            self.finder.insert(data, at);
        }
    }

    /// Chooses for a piece what costs least.
    fn choose_backwards(&mut self, piece: &[u8]) {
        // Bytes behind the piece that a match has already are worth what bytes cost on average.
        for (beyond, cost) in self.costs_from[piece.len()..][..=MAX_MATCH]
            .iter_mut()
            .enumerate()
        {
            *cost = self.average * (MAX_MATCH - beyond) as u32;
        }
        let mut end = self.end;
        let (costs, costs_from) = (&self.costs, &mut self.costs_from[..]);
        for index in (0..piece.len()).rev() {
            let mut cheapest = costs_from[index + 1] + costs.literal(piece[index]);
            let mut choice = Match::LITERAL;
            let start = end - usize::from(self.counts[index]);
            for found in &self.matches[start..end] {
                let longest = found.length as usize;
                let slot = symbols::slot(found.distance + DISTANCE_BIAS);
                let mut consider = |length: usize| {
                    let cost = costs.of_match(slot, length) + costs_from[index + length];
                    let considered = Match {
                        length: length as u32,
                        ..*found
                    };
                    choice = if cost < cheapest { considered } else { choice };
                    cheapest = cheapest.min(cost);
                };
                consider(longest);
                consider(shorter(longest));
            }
            end = start;
            costs_from[index] = cheapest;
            self.choices[index] = choice;
        }
        // Less than nothing if a match reaches far behind a piece that costs little.
        self.average = costs_from[0].saturating_sub(costs_from[piece.len()]) / piece.len() as u32;
    }

    /// Takes what was chosen, or what was used last. Returns where that ends.
    fn go_through(&mut self, data: &[u8], piece: Range<usize>, frame_end: usize) -> usize {
        let (mut made, mut recent) = (mem::take(&mut self.made), self.recent);
        let mut writer = PieceWriter::new(&mut made, &mut recent, piece.start);
        let mut at = piece.start;
        while at < piece.end {
            let index = at - piece.start;
            let choice = self.choices[index];
            let (number, length) = self
                .repeated(data, at, index, MAX_MATCH.min(frame_end - at), *writer.recent)
                .unwrap_or((choice.distance + DISTANCE_BIAS, choice.length));
            match length {
                1 => writer.literal(data[at]),
                _ => writer.matched(number, length as usize),
            }
            at += length as usize;
        }
        writer.end(at, at == frame_end);
        let piece = made.pieces.last().expect("just written");
        self.learned = self.learned.faded_with(&piece.frequencies);
        self.costs = Costs::of(&self.learned);
        (self.made, self.recent) = (made, recent);
        at
    }

    /// A match with a distance that was used last, if one costs less than what was chosen: its number and length.
    #[inline]
    fn repeated(
        &self,
        data: &[u8],
        at: usize,
        index: usize,
        most: usize,
        recent: Recent,
    ) -> Option<(u32, u32)> {
        let mut cheapest = self.costs_from[index];
        let mut chosen = None;
        let bytes = read(data, at);
        for (number, &distance) in (0..).zip(&recent.0) {
            let back = distance as usize;
            if back.wrapping_sub(1) >= at {
                continue;
            }
            let longest = finder::common(data, at, bytes, back, most);
            for length in shorter(longest)..=longest {
                let cost = self.costs.of_match(number as usize, length) + self.costs_from[index + length];
                if cost < cheapest {
                    cheapest = cost;
                    chosen = Some((number, length as u32));
                }
            }
        }
        chosen
    }
}

/// The second length of a match that is considered.
#[inline]
fn shorter(longest: usize) -> usize {
    longest.saturating_sub(1).max(MIN_MATCH)
}
