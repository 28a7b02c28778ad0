//! Chooses among the matches of a block those that cost least.

use std::ops::Range;

use super::costs::Costs;
use super::finder::{Finder, MIN_SEARCH, MOST_FOUND, Match};
use super::symbols::{self, Frequencies, MAX_MATCH, MIN_MATCH};
use super::{Effort, Lengths, boxed};
use crate::cabinet::folder::BLOCK;

/// A match as long as this is taken without looking for others inside of it.
const LONG: usize = 64;
/// After so many positions without a match of this length, fewer of them are searched: the more, the longer there is
/// none. It saves most of the time that incompressible data would take.
const MANY_MISSES: usize = 64;
const NO_MISS: usize = 4;
/// How far ahead of a search memory is read.
const AHEAD: usize = 2;

/// How many positions' costs are kept, a power of two.
const COSTS: usize = (MAX_MATCH + 1).next_power_of_two();

/// The matches of a block and the choice among them.
///
/// It is kept small: with what the finder has, it fits the cache that each processor has for itself.
#[derive(Debug)]
pub(super) struct Parse {
    /// The matches of all positions, and how many there are.
    matches: Box<[Match; MOST_FOUND * (BLOCK + 1)]>,
    end: usize,
    /// How many of them each position has.
    counts: Box<[u8; BLOCK]>,
    /// What is chosen at each position, if it is reached at all.
    choices: Box<[Match; BLOCK]>,
    /// What all from a position on costs, for as many positions as a match is long.
    costs: Box<[u32; COSTS]>,
    /// The length of the block.
    len: usize,
}

impl Parse {
    pub(super) fn new() -> Self {
        Self {
            matches: boxed(Match::LITERAL),
            end: 0,
            counts: boxed(0),
            choices: boxed(Match::LITERAL),
            costs: boxed(0),
            len: 0,
        }
    }

    /// Finds the matches of the block that the finder has.
    pub(super) fn find(&mut self, finder: &mut Finder, len: usize, effort: Effort) {
        self.len = len;
        self.end = 0;
        let mut misses = 0;
        // What is left of a good match that was just found.
        let mut rest = Match::LITERAL;
        let mut index = 0;
        while index < len {
            let longest = self.search(finder, index);
            index += 1;
            if !rest.is_literal() {
                index = self.follow(finder, index, longest, rest, effort.tail);
                rest = Match::LITERAL;
                continue;
            }
            let length = usize::from(longest.length);
            if length < NO_MISS {
                misses += 1;
                index = self.pass(finder, index..len.min(index + misses / MANY_MISSES));
                continue;
            }
            misses = 0;
            if length >= LONG {
                index = self.pass(finder, index..index - 1 + length);
            } else if length >= effort.good {
                rest = longest.rest();
            }
        }
    }

    /// Adds the matches of a position. Returns the longest.
    #[inline]
    fn search(&mut self, finder: &mut Finder, index: usize) -> Match {
        let most = MAX_MATCH.min(self.len - index);
        if most < MIN_SEARCH {
            self.pass(finder, index..index + 1);
            return Match::LITERAL;
        }
        finder.prepare(index + AHEAD);
        let matches = self.matches[self.end..].first_chunk_mut();
        let matches = matches.expect("no position before had more");
        let count = finder.search(index, most, matches);
        let longest = if count > 0 {
            matches[count - 1]
        } else {
            Match::LITERAL
        };
        self.end += count;
        self.counts[index] = count as u8;
        longest
    }

    /// Goes on from a good match: what is left of it is a match of the next positions, and of most of them the only one
    /// that is worth anything. The next one was searched in case that it has a longer one, and the last ones will be
    /// because a longer one may begin there.
    #[inline]
    fn follow(
        &mut self,
        finder: &mut Finder,
        mut index: usize,
        longest: Match,
        rest: Match,
        tail: usize,
    ) -> usize {
        let mut rest = rest;
        if longest.length >= rest.length {
            rest = longest;
        } else {
            self.add(rest);
            self.counts[index - 1] += 1;
        }
        while usize::from(rest.length) > tail + 1 {
            rest = rest.rest();
            finder.insert(index);
            self.add(rest);
            self.counts[index] = 1;
            index += 1;
        }
        index
    }

    #[inline]
    fn add(&mut self, found: Match) {
        self.matches[self.end] = found;
        self.end += 1;
    }

    /// Passes over positions without a search. Returns the end of them.
    fn pass(&mut self, finder: &mut Finder, range: Range<usize>) -> usize {
        let end = range.end;
        for index in range {
            finder.insert(index);
            self.counts[index] = 0;
        }
        end
    }

    /// Chooses what costs least, by the costs of each segment of the block.
    pub(super) fn choose(&mut self, block: &[u8], segments: &[(Range<usize>, Costs)], lengths: Lengths) {
        self.costs[block.len() % COSTS] = 0;
        let mut end = self.end;
        for (segment, costs) in segments.iter().rev() {
            end = match lengths {
                Lengths::All => self.choose_in::<true>(block, segment.clone(), end, costs),
                Lengths::Longest => self.choose_in::<false>(block, segment.clone(), end, costs),
            };
        }
    }

    /// Goes from the end of a segment, where its matches end, to its start: what follows a choice has been chosen
    /// already, whatever its length. Returns where the matches of the segment start.
    fn choose_in<const ALL_LENGTHS: bool>(
        &mut self,
        block: &[u8],
        segment: Range<usize>,
        mut end: usize,
        costs: &Costs,
    ) -> usize {
        for index in segment.rev() {
            let mut cheapest = self.costs[(index + 1) % COSTS] + costs.literals[usize::from(block[index])];
            let mut choice = Match::LITERAL;
            let start = end - usize::from(self.counts[index]);
            let mut shortest = MIN_MATCH;
            for found in &self.matches[start..end] {
                let longest = usize::from(found.length);
                let distance = costs.distances[symbols::distance(usize::from(found.distance)).symbol];
                let mut consider = |length: usize| {
                    let cost = distance + costs.lengths[length] + self.costs[(index + length) % COSTS];
                    let shorter = Match {
                        length: length as u16,
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
            self.costs[index % COSTS] = cheapest;
            self.choices[index] = choice;
        }
        end
    }

    /// What was chosen from one position on: where, and what.
    pub(super) fn chosen(&self, from: usize) -> impl Iterator<Item = (usize, Match)> {
        let choices = &self.choices[..self.len];
        let mut next = from;
        std::iter::from_fn(move || {
            let index = next;
            let choice = *choices.get(index)?;
            next += usize::from(choice.length);
            Some((index, choice))
        })
    }

    /// Counts the symbols of what was chosen, for each piece of so many bytes.
    pub(super) fn count(&self, block: &[u8], piece: usize) -> Vec<Frequencies> {
        let mut pieces = vec![Frequencies::default(); block.len().div_ceil(piece)];
        for (index, choice) in self.chosen(0) {
            let piece = &mut pieces[index / piece];
            if choice.is_literal() {
                piece.literals_and_lengths[usize::from(block[index])] += 1;
            } else {
                piece.literals_and_lengths[symbols::length(usize::from(choice.length)).symbol] += 1;
                piece.distances[symbols::distance(usize::from(choice.distance)).symbol] += 1;
            }
        }
        pieces
    }
}
