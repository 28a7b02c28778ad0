//! Chooses what to take as it is, and which matches.
//!
//! From the end of a piece to its start, it chooses for each position what costs least, as what follows each choice is
//! known. That leaves out the distances that were used last, which depend on what comes before. So it goes through the
//! piece once more, from the start, and takes such a distance where it costs less than what was chosen.

use std::ops::Range;

use super::costs::{BIT, Costs};
use super::finder::{self, Finder, MIN_FOUND, MOST_FOUND, Match, PADDING, read};
use super::symbols::{self, DISTANCE_BIAS, Frequencies, MAX_MATCH, MIN_MATCH, Recent};
use super::{Effort, Lengths, boxed};

/// How many bytes are considered at once, unless the frame ends. A match may reach beyond them.
pub(super) const PIECE: usize = 0x4000;

/// A match as long as this is taken without looking for others inside of it.
const LONG: usize = 64;
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

/// How many positions' costs are known.
const POSITIONS: usize = PIECE + MAX_MATCH + 1;

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
    pub(super) ends_frame: bool,
}

/// The choices for the last frames, and what is learned from them.
///
/// With what the finder has, it fits the cache that each processor has for itself.
#[derive(Debug)]
pub(super) struct Parse<const LANES: usize> {
    effort: Effort,
    finder: Finder<LANES>,
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
    pub(super) sequences: Vec<Sequence>,
    /// The distances used last.
    pub(super) recent: Recent,
    /// What occurred lately, and what symbols cost accordingly.
    learned: Frequencies,
    costs: Costs,
}

impl<const LANES: usize> Parse<LANES> {
    pub(super) fn new(effort: Effort) -> Self {
        let learned = Frequencies::default();
        Self {
            effort,
            finder: Finder::new(effort.row_bits),
            matches: vec![Match::LITERAL; MOST_FOUND * (PIECE + 1)],
            end: 0,
            counts: boxed(0),
            choices: boxed(Match::LITERAL),
            costs_from: boxed(0),
            average: FIRST_AVERAGE,
            misses: 0,
            sequences: Vec::new(),
            recent: Recent::UNKNOWN,
            costs: Costs::of(&learned),
            learned,
        }
    }

    /// Begins anew behind the bytes before `start`. Nothing is left of what was chosen earlier, so that the result does
    /// not depend on it.
    pub(super) fn begin(&mut self, data: &[u8], start: usize, recent: Recent) {
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

    /// Chooses for a frame, which no match crosses. Adds its pieces.
    pub(super) fn frame(&mut self, data: &[u8], frame: Range<usize>, pieces: &mut Vec<Piece>) {
        let mut at = frame.start;
        while at < frame.end {
            let piece = at..frame.end.min(at + PIECE);
            self.find(data, piece.clone(), frame.end);
            let (before, first) = (self.recent, self.sequences.len());
            let mut chosen = self.choose(data, piece.clone(), frame.end);
            for _ in 0..self.effort.revisions {
                self.costs = Costs::of(&self.learned.faded_with(&chosen.frequencies));
                self.recent = before;
                self.sequences.truncate(first);
                chosen = self.choose(data, piece.clone(), frame.end);
            }
            self.learned = self.learned.faded_with(&chosen.frequencies);
            self.costs = Costs::of(&self.learned);
            at = chosen.bytes.end;
            pieces.push(chosen);
        }
    }

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
            if length < MIN_FOUND {
                self.misses += 1;
                let passed = (self.misses / MANY_MISSES).min(MOST_PASSED);
                at = self.pass(data, at..piece.end.min(at + passed), start);
                continue;
            }
            self.misses = 0;
            if length >= LONG {
                at = self.pass(data, at..piece.end.min(at - 1 + length), start);
            } else if length >= self.effort.good {
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
    fn choose(&mut self, data: &[u8], piece: Range<usize>, frame_end: usize) -> Piece {
        match self.effort.lengths {
            Lengths::All => self.choose_backwards::<true>(&data[piece.clone()]),
            Lengths::Longest => self.choose_backwards::<false>(&data[piece.clone()]),
        }
        self.go_through(data, piece, frame_end)
    }

    fn choose_backwards<const ALL_LENGTHS: bool>(&mut self, piece: &[u8]) {
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
            let mut shortest = MIN_MATCH;
            for found in &self.matches[start..end] {
                let longest = found.length as usize;
                let slot = symbols::slot(found.distance + DISTANCE_BIAS);
                let mut consider = |length: usize| {
                    let cost = costs.of_match(slot, length) + costs_from[index + length];
                    let shorter = Match {
                        length: length as u32,
                        ..*found
                    };
                    choice = if cost < cheapest { shorter } else { choice };
                    cheapest = cheapest.min(cost);
                };
                if ALL_LENGTHS {
                    (shortest..=longest).rev().for_each(consider);
                    shortest = longest + 1;
                } else {
                    consider(longest);
                    consider((longest - 1).max(MIN_MATCH));
                }
            }
            end = start;
            costs_from[index] = cheapest;
            self.choices[index] = choice;
        }
        // Less than nothing if a match reaches far behind a piece that costs little.
        self.average = costs_from[0].saturating_sub(costs_from[piece.len()]) / piece.len() as u32;
    }

    /// Takes what was chosen, or what was used last.
    fn go_through(&mut self, data: &[u8], piece: Range<usize>, frame_end: usize) -> Piece {
        let mut frequencies = Frequencies::default();
        let first = self.sequences.len();
        let mut literals = 0;
        let mut at = piece.start;
        while at < piece.end {
            let choice = self.choices[at - piece.start];
            let (number, length) = self
                .repeated(data, at, at - piece.start, MAX_MATCH.min(frame_end - at))
                .unwrap_or((choice.distance + DISTANCE_BIAS, choice.length));
            if length == 1 {
                frequencies.add_literal(data[at]);
                literals += 1;
            } else {
                frequencies.add_match(number, length as usize);
                self.sequences.push(Sequence {
                    literals,
                    length,
                    number,
                });
                self.recent = self.recent.after(number);
                literals = 0;
            }
            at += length as usize;
        }
        if literals > 0 {
            self.sequences.push(Sequence {
                literals,
                length: 0,
                number: 0,
            });
        }
        Piece {
            bytes: piece.start..at,
            sequences: first..self.sequences.len(),
            frequencies,
            ends_frame: at == frame_end,
        }
    }

    /// A match with a distance that was used last, if one costs less than what was chosen: its number and length.
    #[inline]
    fn repeated(&self, data: &[u8], at: usize, index: usize, most: usize) -> Option<(u32, u32)> {
        let mut cheapest = self.costs_from[index];
        let mut chosen = None;
        let bytes = read(data, at);
        for (number, &distance) in (0..).zip(&self.recent.0) {
            let back = distance as usize;
            if back.wrapping_sub(1) >= at {
                continue;
            }
            let longest = finder::common(data, at, bytes, back, most);
            for length in self.effort.lengths.shortest(longest)..=longest {
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
