//! Chooses about what costs least, in more time than [`super::quick`].
//!
//! For each position of a frame, from its start to its end, it knows the cheapest of the ways to it that it has seen, and
//! which distances were used last on that way. What follows costs what it did in the pieces before. When all frames are
//! through, the pieces are divided into segments, as they will be written; and it chooses anew, with the costs of each
//! segment's own symbols. The matches are found once.

use std::ops::Range;

use super::super::costs::Costs;
use super::super::finder::{DeepFinder, Match, common, read};
use super::super::pieces::Choices;
use super::super::segments::divide;
use super::super::symbols::{
    self, ALIGNED_BITS, ALIGNED_SYMBOLS, DISTANCE_BIAS, FIRST_LONGER, Frequencies, LENGTHS_OF_SLOT, LITERALS,
    LONGER, MAX_MATCH, MIN_MATCH, Recent, SLOTS,
};
use super::super::{FRAME, boxed};
use super::{Parse, PieceWriter};

/// How many bytes a piece has, at least, unless its frame ends.
const PIECE: usize = 0x2000;
/// How often the choice is made anew with the costs of the one before.
const REVISIONS: usize = 1;
/// A match as long as this is taken without looking for others inside of it.
const LONG: usize = 64;
/// Matches as short as this tell nothing about whether the bytes can be compressed.
const SHORT: usize = 3;
/// After so many positions without a match, fewer of them are searched: the more, the longer there is none. It saves
/// most of the time that incompressible data would take.
const MANY_MISSES: usize = 64;
const MOST_PASSED: usize = 16;
/// For how many searches memory is read at once.
const AHEAD: usize = 8;

/// The ways to so many positions are known: as far as the longest match reaches.
const WAYS: usize = 512;
const _: () = assert!(WAYS > MAX_MATCH);
const POSITIONS: usize = FRAME + 1;

#[derive(Debug)]
pub(in super::super) struct OptimalParse {
    finder: DeepFinder,
    /// The matches of all positions of the frames, and how many of them each position has.
    matches: Vec<Match>,
    counts: Vec<u8>,
    misses: usize,
    /// The cheapest step to each position of a frame.
    steps: Box<[Step; POSITIONS]>,
    /// The distances used last on the way to a position.
    ways: Box<[Recent; WAYS]>,
    /// The steps of the cheapest way, the last one first.
    way: Vec<Step>,
    choices: Choices,
    recent: Recent,
    learned: Frequencies,
}

impl OptimalParse {
    pub(in super::super) fn new() -> Self {
        Self {
            finder: DeepFinder::new(),
            matches: Vec::new(),
            counts: Vec::new(),
            misses: 0,
            steps: boxed(Step::NONE),
            ways: boxed(Recent::UNKNOWN),
            way: Vec::new(),
            choices: Choices::default(),
            recent: Recent::UNKNOWN,
            learned: Frequencies::default(),
        }
    }
}

impl Parse for OptimalParse {
    /// The matches of all of them are in memory.
    fn stretch(&self) -> usize {
        8 * FRAME
    }

    fn begin(&mut self, data: &[u8], start: usize, recent: Recent) {
        self.finder.clear();
        for at in 0..start {
            self.finder.insert(data, at);
        }
        self.recent = recent;
        self.misses = 0;
        self.learned = Frequencies::guess(&data[start..data.len().min(start + PIECE)]);
    }

    fn choose(&mut self, data: &[u8], frames: &[Range<usize>]) -> &Choices {
        self.matches.clear();
        self.counts.clear();
        for frame in frames {
            self.find(data, frame.clone());
        }
        let before = self.recent;
        self.choices.clear();
        let mut found = Found::default();
        for frame in frames {
            let prices = [Prices::of(&self.learned, frame.end)];
            let first = self.choices.pieces.len();
            self.go(data, frame.clone(), &mut found, &prices);
            for piece in &self.choices.pieces[first..] {
                self.learned = self.learned.faded_with(&piece.frequencies);
            }
        }
        for _ in 0..REVISIONS {
            let prices: Vec<Prices> = divide(&self.choices.pieces)
                .map(|segment| Prices::of(&segment.frequencies, segment.end()))
                .collect();
            self.recent = before;
            self.choices.clear();
            let mut found = Found::default();
            for frame in frames {
                self.go(data, frame.clone(), &mut found, &prices);
            }
        }
        &self.choices
    }
}

/// Up to where found matches were used.
#[derive(Debug, Clone, Copy, Default)]
struct Found {
    positions: usize,
    matches: usize,
}

impl OptimalParse {
    /// Finds the matches of a frame.
    fn find(&mut self, data: &[u8], frame: Range<usize>) {
        let mut at = frame.start;
        // Up to where memory was read.
        let mut ready = at;
        while at < frame.end {
            if at >= ready {
                ready = frame.end.min(at + AHEAD);
                self.finder.prepare(data, at..ready);
            }
            let first = self.matches.len();
            self.matches.resize(first + DeepFinder::MOST, Match::LITERAL);
            let matches = self.matches[first..].first_chunk_mut().expect("room for them");
            let count = self
                .finder
                .search(data, at, MAX_MATCH.min(frame.end - at), matches);
            self.matches.truncate(first + count);
            self.counts.push(count as u8);
            at += 1;
            let longest = self.matches[first..]
                .last()
                .map_or(1, |found| found.length as usize);
            let passed = if longest <= SHORT {
                self.misses += 1;
                (self.misses / MANY_MISSES).min(MOST_PASSED)
            } else {
                self.misses = 0;
                if longest >= LONG { longest - 1 } else { 0 }
            };
            let end = frame.end.min(at + passed);
            for at in at..end {
                self.finder.insert(data, at);
                self.counts.push(0);
            }
            at = end;
        }
    }

    /// Chooses for a frame. Each of the prices holds for the bytes before its end.
    fn go(&mut self, data: &[u8], frame: Range<usize>, found: &mut Found, prices: &[Prices]) {
        let len = frame.len();
        let steps = &mut self.steps[..=len];
        steps.fill(Step::NONE);
        steps[0] = Step::START;
        let mut prices = prices.iter().skip_while(|prices| prices.end <= frame.start);
        let mut now = prices.next().expect("they hold for all bytes");
        for index in 0..len {
            let at = frame.start + index;
            if at == now.end {
                now = prices.next().expect("they hold for all bytes");
            }
            let count = usize::from(self.counts[found.positions]);
            let matches = &self.matches[found.matches..][..count];
            found.positions += 1;
            found.matches += count;

            if steps[index] == Step::NONE {
                continue;
            }
            let recent = match steps[index].length() {
                0 => self.recent,
                1 => self.ways[(index - 1) % WAYS],
                length => self.ways[(index - length) % WAYS].after(steps[index].number()),
            };
            self.ways[index % WAYS] = recent;
            let here = Here {
                data,
                at,
                most: MAX_MATCH.min(len - index),
                recent,
            };
            here.go_on(&mut steps[index..], now, matches);
        }
        self.take_cheapest(data, frame);
    }

    /// Goes back on the cheapest way, and writes down its steps.
    fn take_cheapest(&mut self, data: &[u8], frame: Range<usize>) {
        self.way.clear();
        let mut left = frame.len();
        while left > 0 {
            let step = self.steps[left];
            self.way.push(step);
            left -= step.length();
        }
        let mut at = frame.start;
        let mut start = at;
        let mut writer = PieceWriter::new(&mut self.choices, &mut self.recent, at);
        for step in self.way.iter().rev() {
            match step.length() {
                1 => writer.literal(data[at]),
                length => writer.matched(step.number(), length),
            }
            at += step.length();
            if at - start >= PIECE && frame.end - at >= PIECE / 2 || at == frame.end {
                writer.end(at, at == frame.end);
                start = at;
            }
        }
    }
}

/// A position from which steps are considered.
struct Here<'a> {
    data: &'a [u8],
    at: usize,
    /// How long a match may be.
    most: usize,
    /// The distances used last on the way to it.
    recent: Recent,
}

impl Here<'_> {
    /// Takes the steps from here to each of the next positions that are cheaper than those known. The first of the steps
    /// is the one to here.
    #[inline]
    fn go_on(&self, steps: &mut [Step], prices: &Prices, matches: &[Match]) {
        let cost = steps[0].cost();
        let bytes = read(self.data, self.at);
        take(
            &mut steps[1],
            Step::new(cost + prices.literals[usize::from(bytes as u8)], 1, 0),
        );
        let mut long = 0;
        for (number, &distance) in (0..).zip(&self.recent.0) {
            let back = distance as usize;
            if back.wrapping_sub(1) >= self.at || bytes as u16 != read(self.data, self.at - back) as u16 {
                continue;
            }
            let longest = common(self.data, self.at, bytes, back, self.most);
            let mut shortest = MIN_MATCH;
            if longest >= LONG {
                long = long.max(longest);
                shortest = longest;
            }
            prices.take_matches(steps, cost, number, shortest..longest + 1);
        }
        let mut shortest = MIN_MATCH;
        for found in matches {
            let longest = found.length as usize;
            if longest >= LONG {
                long = long.max(longest);
                shortest = longest;
            }
            prices.take_matches(steps, cost, found.distance + DISTANCE_BIAS, shortest..longest + 1);
            shortest = longest + 1;
        }
        if long > 0 {
            // Nothing begins inside of it.
            steps[1..long].fill(Step::NONE);
        }
    }
}

/// A step to a position: a byte as it is, or a match; and what the way costs that ends with it. The cheaper one is less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Step(u64);

impl Step {
    const LENGTH_BITS: u32 = 9;

    const START: Self = Self::new(0, 0, 0);
    /// There is no way.
    const NONE: Self = Self(u64::MAX);

    #[inline]
    const fn new(cost: u32, length: usize, number: u32) -> Self {
        Self((cost as u64) << 32 | (number << Self::LENGTH_BITS) as u64 | length as u64)
    }

    #[inline]
    const fn cost(self) -> u32 {
        (self.0 >> 32) as u32
    }

    #[inline]
    const fn length(self) -> usize {
        self.0 as usize % (1 << Self::LENGTH_BITS)
    }

    #[inline]
    const fn number(self) -> u32 {
        self.0 as u32 >> Self::LENGTH_BITS
    }

    /// This with another one's cost, length and number added.
    #[inline]
    const fn and(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0))
    }
}

/// Takes the step if it is cheaper.
#[inline]
fn take(cheapest: &mut Step, step: Step) {
    *cheapest = (*cheapest).min(step);
}

/// What steps cost, so that no more than an addition is needed for one.
#[derive(Debug)]
struct Prices {
    /// Where other prices begin.
    end: usize,
    literals: [u32; LITERALS],
    /// Steps of each slot with the lengths that have a symbol.
    short: [[Step; LENGTHS_OF_SLOT]; SLOTS],
    /// What a step costs more that is longer.
    longer: [Step; MAX_MATCH + 1],
    /// What the lowest bits of an offset cost more than they do as they are, modulo 2^32.
    aligned: [u32; ALIGNED_SYMBOLS],
}

impl Prices {
    fn of(frequencies: &Frequencies, end: usize) -> Self {
        let costs = Costs::of(frequencies);
        let (literals, slots) = costs
            .main
            .split_first_chunk()
            .expect("more symbols than literals");
        let (slots, _) = slots.as_chunks::<LENGTHS_OF_SLOT>();
        let short = |slot: usize| {
            std::array::from_fn(|index| {
                // The length of longer ones is added with its cost.
                let length = if index == LONGER { 0 } else { MIN_MATCH + index };
                Step::new(slots[slot][index], length, 0)
            })
        };
        Self {
            end,
            literals: *literals,
            short: std::array::from_fn(short),
            longer: std::array::from_fn(|length| Step::new(costs.lengths[length], length, 0)),
            aligned: Costs::aligned(frequencies),
        }
    }

    /// Takes the steps of a match with this number, for each of the lengths.
    #[inline]
    fn take_matches(&self, steps: &mut [Step], cost: u32, number: u32, lengths: Range<usize>) {
        let slot = symbols::slot(number);
        let mut before = Step::new(cost, 0, number);
        if symbols::extra_bits(slot) >= ALIGNED_BITS {
            let aligned = self.aligned[number as usize % ALIGNED_SYMBOLS];
            before = Step::new(cost.wrapping_add(aligned), 0, number);
        }
        let short = &self.short[slot];
        let Range { start, end } = lengths;
        for length in start..end.min(FIRST_LONGER) {
            take(
                &mut steps[length],
                before.and(short[(length - MIN_MATCH) % LENGTHS_OF_SLOT]),
            );
        }
        if end > FIRST_LONGER {
            let start = start.max(FIRST_LONGER);
            let before = before.and(short[LONGER]);
            for (step, longer) in steps[start..end].iter_mut().zip(&self.longer[start..end]) {
                take(step, before.and(*longer));
            }
        }
    }
}
