//! Finds earlier occurrences of the bytes at a position.
//!
//! Two tables, by the hash of the next four and six bytes, hold the positions where such bytes occurred. For four, only
//! the latest position is of interest, since a match costs less the nearer it is. For six, the table has some positions
//! in a row, each with a tag that tells whether it is worth a look at its bytes.

use std::hint;
use std::mem;

use super::boxed;
use super::symbols::{MAX_DISTANCE, WINDOW};

/// How many bytes a search compares at first, and how many must be readable behind the last one.
pub(in crate::cabinet) const PADDING: usize = size_of::<u64>();

/// The bits of the hash of four bytes.
const HASH_BITS_4: u32 = 15;
/// The shortest match that is searched for.
pub(super) const MIN_FOUND: usize = 4;
/// The most matches that a search finds.
pub(super) const MOST_FOUND: usize = 8;

/// The bits of a position in a row; the tag is above them.
const POSITION: u32 = WINDOW as u32 - 1;

/// How many bytes occur earlier, too, and how far back; or one byte that is taken as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Match {
    pub(super) length: u32,
    pub(super) distance: u32,
}

impl Match {
    /// A byte that is taken as it is.
    pub(super) const LITERAL: Self = Self {
        length: 1,
        distance: 0,
    };
    const NONE: Self = Self {
        length: 0,
        distance: 0,
    };

    pub(super) fn is_literal(self) -> bool {
        self.length == 1
    }

    /// What is left of it at the next position.
    pub(super) fn rest(self) -> Self {
        Self {
            length: self.length - 1,
            ..self
        }
    }
}

/// Where bytes occurred. What is in the tables may be out of date, and is nothing but zeros at first. Bytes are
/// compared in any case.
///
/// A row has so many positions with the same hash, the latest first.
#[derive(Debug)]
pub(super) struct Finder<const LANES: usize> {
    latest_4: Box<[u32; 1 << HASH_BITS_4]>,
    rows: Box<[[u32; LANES]]>,
    row_bits: u32,
}

impl<const LANES: usize> Finder<LANES> {
    pub(super) fn new(row_bits: u32) -> Self {
        const { assert!(LANES <= MOST_FOUND) };
        Self {
            latest_4: boxed(0),
            rows: vec![[0; LANES]; 1 << row_bits].into(),
            row_bits,
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.latest_4.fill(0);
        self.rows.fill([0; LANES]);
    }

    /// The row of these bytes, and their tag.
    #[inline]
    fn row(&self, bytes: u64) -> (usize, u32) {
        let hash = hash::<6>(bytes);
        // Their number is a power of two.
        let row = (hash >> (u64::BITS - self.row_bits)) as usize & (self.rows.len() - 1);
        (row, (hash >> 20) as u32 & !POSITION)
    }

    /// Has the processor read from memory what a search will need.
    #[inline]
    pub(super) fn prepare(&self, data: &[u8], at: usize) {
        let (row, _) = self.row(read(data, at));
        hint::black_box(self.rows[row][0]);
    }

    /// Remembers the bytes at this position.
    #[inline]
    pub(super) fn insert(&mut self, data: &[u8], at: usize) {
        let bytes = read(data, at);
        self.latest_4[hash_4(bytes)] = at as u32;
        let (row, tag) = self.row(bytes);
        push(&mut self.rows[row], at, tag);
    }

    /// Finds matches of at most `most` bytes, each longer than the one before, and remembers the bytes. Returns how
    /// many there are.
    #[inline]
    pub(super) fn search(
        &mut self,
        data: &[u8],
        at: usize,
        most: usize,
        matches: &mut [Match; MOST_FOUND],
    ) -> usize {
        let here = Place {
            data,
            at,
            bytes: read(data, at),
            furthest: at.min(MAX_DISTANCE),
            most,
        };
        let (row, tag) = self.row(here.bytes);
        let latest_4 = mem::replace(&mut self.latest_4[hash_4(here.bytes)], at as u32);
        let row = &mut self.rows[row];
        let earlier = *row;
        push(row, at, tag);

        let mut equal = 0_u32;
        for (lane, entry) in earlier.iter().enumerate() {
            equal |= u32::from(entry & !POSITION == tag) << lane;
        }
        let mut count = 0;
        let mut longest = MIN_FOUND as u32 - 1;
        while equal != 0 {
            let lane = equal.trailing_zeros() as usize % LANES;
            equal &= equal - 1;
            // If a whole window lies between them, this is the distance of something later, which may do as well.
            let found = here.compare((at as u32).wrapping_sub(earlier[lane]) & POSITION);
            // Without a branch, as nobody can predict it.
            matches[count % MOST_FOUND] = found;
            count += usize::from(found.length > longest);
            longest = longest.max(found.length);
        }
        if count > 0 {
            return count;
        }
        let found = here.compare((at as u32).wrapping_sub(latest_4));
        matches[0] = found;
        usize::from(found.length >= MIN_FOUND as u32)
    }
}

/// Adds a position, for which the earliest one has to go.
#[inline]
fn push<const LANES: usize>(row: &mut [u32; LANES], at: usize, tag: u32) {
    row.copy_within(..LANES - 1, 1);
    row[0] = tag | (at as u32 & POSITION);
}

/// What is searched for.
#[derive(Debug, Clone, Copy)]
struct Place<'a> {
    data: &'a [u8],
    at: usize,
    bytes: u64,
    /// How far back a match may be.
    furthest: usize,
    /// How long it may be.
    most: usize,
}

impl Place<'_> {
    /// How many bytes are the same so far back; none if that is too far.
    #[inline]
    fn compare(self, distance: u32) -> Match {
        let back = distance as usize;
        if back.wrapping_sub(1) >= self.furthest {
            return Match::NONE;
        }
        let length = common(self.data, self.at, self.bytes, back, self.most);
        Match {
            length: length as u32,
            distance,
        }
    }
}

/// How many bytes at a position, the first of which are given, are the same as those so far back: at most `most`.
#[inline]
pub(super) fn common(data: &[u8], at: usize, bytes: u64, back: usize, most: usize) -> usize {
    match bytes ^ read(data, at - back) {
        0 => common_beyond(data, at, back, most),
        differing => (differing.trailing_zeros() as usize / 8).min(most),
    }
}

/// The same if those that are compared at first are the same.
#[inline(never)]
fn common_beyond(data: &[u8], at: usize, back: usize, most: usize) -> usize {
    let mut length = PADDING;
    while length < most {
        let differing = read(data, at + length) ^ read(data, at + length - back);
        if differing != 0 {
            length += differing.trailing_zeros() as usize / 8;
            break;
        }
        length += PADDING;
    }
    length.min(most)
}

/// The bytes at a position, the first of them lowest.
#[inline]
pub(super) fn read(data: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(data[at..at + PADDING].try_into().expect("eight bytes"))
}

/// The hash of the lowest bytes; the highest bits depend on most of them.
#[inline]
fn hash<const BYTES: u32>(bytes: u64) -> u64 {
    (bytes << (u64::BITS - 8 * BYTES)).wrapping_mul(0x9E37_79B1_85EB_CA87)
}

#[inline]
fn hash_4(bytes: u64) -> usize {
    (hash::<4>(bytes) >> (u64::BITS - HASH_BITS_4)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The longest match of each position.
    fn longest(bytes: &[u8]) -> Vec<Option<(u32, u32)>> {
        let data = [bytes, &[0; PADDING]].concat();
        let mut finder: Finder<2> = Finder::new(10);
        (0..bytes.len())
            .map(|at| {
                let mut matches = [Match::NONE; MOST_FOUND];
                let count = finder.search(&data, at, 257.min(bytes.len() - at), &mut matches);
                let longest = matches[..count].last()?;
                Some((longest.length, longest.distance))
            })
            .collect()
    }

    #[test]
    fn matches_of_four_and_more_bytes() {
        let found = longest(b"abc_abc-1234_1234-abcdefgh_abcdefgh=_______");
        assert_eq!(found[4], None);
        assert_eq!(found[13], Some((4, 5)));
        assert_eq!(found[27], Some((8, 9)));
        assert_eq!(found[0], None);
    }

    #[test]
    fn a_run_matches_itself() {
        let found = longest(&[7; 1000]);
        assert_eq!(found[0], None);
        assert_eq!(found[1], Some((257, 1)));
        assert_eq!(found[900], Some((100, 1)));
    }

    #[test]
    fn matches_reach_as_far_back_as_the_window_and_no_further() {
        let found = |between: usize| {
            let word = b"0123456789abcdef";
            let mut data = word.to_vec();
            data.resize(word.len() + between, 0);
            data.extend(word);
            let start = data.len() - word.len();
            data.extend([0; PADDING]);
            let mut finder: Finder<2> = Finder::new(10);
            finder.insert(&data, 0);
            let mut matches = [Match::NONE; MOST_FOUND];
            let count = finder.search(&data, start, word.len(), &mut matches);
            matches[..count].to_vec()
        };
        let furthest = Match {
            length: 16,
            distance: MAX_DISTANCE as u32,
        };
        assert_eq!(found(MAX_DISTANCE - 16), [furthest]);
        assert_eq!(found(MAX_DISTANCE - 15), []);
        assert_eq!(found(MAX_DISTANCE), []);
    }
}
