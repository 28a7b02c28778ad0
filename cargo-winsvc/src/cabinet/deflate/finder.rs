//! Finds earlier occurrences of the bytes at a position.
//!
//! Three tables, by the hash of the next three, four and six bytes, hold the positions where such bytes occurred. For
//! three and four bytes, only the latest position is of interest, since a match costs less the nearer it is. For six,
//! the table has some positions in a row, and a tag for each, with which all of them are compared at once.

use std::hint;

use super::boxed;
use super::symbols::{MAX_MATCH, MIN_MATCH};
use crate::cabinet::folder::BLOCK;

/// How far back a match may lie. Decoders have 32 KiB; zlib, which most tools use, stays this far from the end of
/// them, and so do we: a decoder that is wrong there would not have been noticed.
pub(super) const MAX_DISTANCE: usize = BLOCK - MAX_MATCH - MIN_MATCH - 1;

/// How many bytes a search compares at first. There is none where fewer are left.
pub(super) const MIN_SEARCH: usize = size_of::<u64>();

/// The block and the one before it.
const WINDOW: usize = 2 * BLOCK;
/// Bytes of the first half that are repeated behind the second, so that no match is interrupted.
const REPEATED: usize = 512;
const _: () = assert!(REPEATED >= MAX_MATCH + MIN_SEARCH);
// A position in the window has 16 bits, and what is subtracted from it wraps around as the window does.
const _: () = assert!(WINDOW == 1 << u16::BITS);

/// The bits of the hashes.
const HASH_BITS_3: u32 = 13;
const HASH_BITS_4: u32 = 15;
const HASH_BITS_6: u32 = 14;

/// Positions, or tags, of 16 bits each.
type Lanes = u64;
const LANE_BITS: u32 = u16::BITS;
const LANES: usize = (Lanes::BITS / LANE_BITS) as usize;
/// The lowest bit of each lane.
const ONES: Lanes = Lanes::MAX / u16::MAX as Lanes;
/// The highest bit of each lane.
const TOPS: Lanes = ONES << (LANE_BITS - 1);

/// The most matches that a search finds.
pub(super) const MOST_FOUND: usize = LANES;

/// How many bytes occur earlier, too, and how far back; or one byte that is taken as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Match {
    pub(super) length: u16,
    pub(super) distance: u16,
}

impl Match {
    /// A byte that is taken as it is.
    pub(super) const LITERAL: Self = Self {
        length: 1,
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

/// Positions with the same hash, the latest lowest.
#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    positions: Lanes,
    /// More bits of the hash of each.
    tags: Lanes,
}

/// The window and where in it bytes occurred.
///
/// What is in the tables may be out of date, and is nothing but zeros at first. Bytes are compared in any case.
#[derive(Debug)]
pub(super) struct Finder {
    window: Box<[u8; WINDOW + REPEATED]>,
    /// Where the block is in the window.
    block: usize,
    /// How many bytes there are before it.
    history: usize,
    latest_3: Box<[u16; 1 << HASH_BITS_3]>,
    latest_4: Box<[u16; 1 << HASH_BITS_4]>,
    buckets_6: Box<[Bucket; 1 << HASH_BITS_6]>,
}

impl Finder {
    pub(super) fn new() -> Self {
        Self {
            window: boxed(0),
            block: 0,
            history: 0,
            latest_3: boxed(0),
            latest_4: boxed(0),
            buckets_6: boxed(Bucket::default()),
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.window.fill(0);
        self.block = 0;
        self.history = 0;
        self.latest_3.fill(0);
        self.latest_4.fill(0);
        self.buckets_6.fill(Bucket::default());
    }

    /// Goes on to the next block, which takes the place of the one before the last.
    pub(super) fn load(&mut self, block: &[u8], history: usize) {
        self.block ^= BLOCK;
        self.history = history;
        self.window[self.block..][..block.len()].copy_from_slice(block);
        let (window, repeated) = self.window.split_at_mut(WINDOW);
        repeated.copy_from_slice(&window[..REPEATED]);
    }

    #[inline]
    fn position(&self, index: usize) -> u16 {
        (self.block + index) as u16
    }

    /// The bytes at a position, the first of them lowest.
    #[inline]
    fn bytes(&self, position: u16) -> u64 {
        read(&self.window[..], usize::from(position))
    }

    /// Has the processor read from memory what a search at this index will need.
    #[inline]
    pub(super) fn prepare(&self, index: usize) {
        let bytes = self.bytes(self.position(index));
        let (bucket, _) = hash_6(bytes);
        hint::black_box(self.buckets_6[bucket].positions);
        hint::black_box(self.latest_4[hash_4(bytes)]);
    }

    /// Remembers the bytes at this index of the block.
    #[inline]
    pub(super) fn insert(&mut self, index: usize) {
        let position = self.position(index);
        let bytes = self.bytes(position);
        self.latest_3[hash_3(bytes)] = position;
        self.latest_4[hash_4(bytes)] = position;
        let (bucket, tag) = hash_6(bytes);
        self.buckets_6[bucket].push(position, tag);
    }

    /// Finds matches of at most `most` bytes, each longer than the one before, and remembers the bytes. Returns how
    /// many there are.
    #[inline]
    pub(super) fn search(&mut self, index: usize, most: usize, matches: &mut [Match; MOST_FOUND]) -> usize {
        let position = self.position(index);
        let here = Place {
            position,
            bytes: self.bytes(position),
            furthest: MAX_DISTANCE.min(self.history + index),
            most,
        };
        let (hash_3, hash_4, (bucket, tag)) = (hash_3(here.bytes), hash_4(here.bytes), hash_6(here.bytes));
        let latest_3 = std::mem::replace(&mut self.latest_3[hash_3], position);
        let latest_4 = std::mem::replace(&mut self.latest_4[hash_4], position);
        let Bucket { positions, tags } = self.buckets_6[bucket];
        self.buckets_6[bucket].push(position, tag);

        let mut count = 0;
        let mut longest = MIN_MATCH as u16 - 1;
        // A lane of zeros has its top set by the subtraction. So may one above it, which does no harm.
        let differing = tags ^ (Lanes::from(tag) * ONES);
        let mut equal = differing.wrapping_sub(ONES) & !differing & TOPS;
        while equal != 0 {
            let lane = equal.trailing_zeros() / LANE_BITS;
            equal &= equal - 1;
            let found = self.compare(here, (positions >> (lane * LANE_BITS)) as u16);
            // Without a branch, as nobody can predict it.
            matches[count % MOST_FOUND] = found;
            count += usize::from(found.length > longest);
            longest = longest.max(found.length);
        }
        if count > 0 {
            return count;
        }
        let found = self.compare(here, latest_4);
        if found.length > MIN_MATCH as u16 {
            matches[0] = found;
            return 1;
        }
        let found = self.compare(here, latest_3);
        matches[0] = found;
        usize::from(found.length >= MIN_MATCH as u16)
    }

    /// How many bytes are the same at both places; none if the earlier one is too far away.
    #[inline]
    fn compare(&self, here: Place, earlier: u16) -> Match {
        let distance = here.position.wrapping_sub(earlier);
        let differing = here.bytes ^ self.bytes(earlier);
        let is_near = usize::from(distance).wrapping_sub(1) < here.furthest;
        let length = match differing {
            0 if is_near => self.common(here, usize::from(earlier)),
            _ => differing.trailing_zeros() as usize / 8,
        };
        Match {
            length: if is_near { length as u16 } else { 0 },
            distance,
        }
    }

    /// How many bytes are the same, if those are that a search compares at first.
    #[inline(never)]
    fn common(&self, here: Place, earlier: usize) -> usize {
        let window = &self.window[..];
        let position = usize::from(here.position);
        let mut length = MIN_SEARCH;
        while length < here.most {
            // The earlier bytes may go on at the beginning of the window.
            let differing = read(window, position + length) ^ read(window, (earlier + length) % WINDOW);
            if differing != 0 {
                length += differing.trailing_zeros() as usize / 8;
                break;
            }
            length += MIN_SEARCH;
        }
        length.min(here.most)
    }
}

/// What is searched for.
#[derive(Debug, Clone, Copy)]
struct Place {
    position: u16,
    bytes: u64,
    /// The greatest distance that a match may have.
    furthest: usize,
    /// The greatest length.
    most: usize,
}

impl Bucket {
    /// Adds a position, for which the earliest one has to go.
    #[inline]
    fn push(&mut self, position: u16, tag: u16) {
        self.positions = self.positions << LANE_BITS | Lanes::from(position);
        self.tags = self.tags << LANE_BITS | Lanes::from(tag);
    }
}

#[inline]
fn read(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

/// The hash of the lowest bytes; the highest bits depend on most of them.
#[inline]
fn hash<const BYTES: u32>(bytes: u64) -> u64 {
    (bytes << (u64::BITS - 8 * BYTES)).wrapping_mul(0x9E37_79B1_85EB_CA87)
}

#[inline]
fn hash_3(bytes: u64) -> usize {
    (hash::<3>(bytes) >> (u64::BITS - HASH_BITS_3)) as usize
}

#[inline]
fn hash_4(bytes: u64) -> usize {
    (hash::<4>(bytes) >> (u64::BITS - HASH_BITS_4)) as usize
}

/// The bucket, and the tag in it.
#[inline]
fn hash_6(bytes: u64) -> (usize, u16) {
    let hash = hash::<6>(bytes);
    let bucket = hash >> (u64::BITS - HASH_BITS_6);
    (bucket as usize, (hash >> 24) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The longest match of each position of the second of two blocks.
    fn longest(before: &[u8], block: &[u8]) -> Vec<Option<(u16, u16)>> {
        let mut finder = Finder::new();
        finder.load(before, 0);
        (0..before.len()).for_each(|index| finder.insert(index));
        finder.load(block, before.len());
        (0..=block.len() - MIN_SEARCH)
            .map(|index| {
                let mut matches = [Match::LITERAL; MOST_FOUND];
                let count = finder.search(index, MAX_MATCH.min(block.len() - index), &mut matches);
                let longest = matches[..count].last()?;
                Some((longest.length, longest.distance))
            })
            .collect()
    }

    #[test]
    fn matches_of_three_four_and_more_bytes() {
        let found = longest(&[], b"abc_abc-1234_1234-abcdefgh_abcdefgh=_______");
        assert_eq!(found[4], Some((3, 4)));
        assert_eq!(found[13], Some((4, 5)));
        assert_eq!(found[27], Some((8, 9)));
        assert_eq!(found[0], None);
    }

    #[test]
    fn a_run_matches_itself() {
        let found = longest(&[], &[7; 1000]);
        assert_eq!(found[0], None);
        assert_eq!(found[1], Some((258, 1)));
        assert_eq!(found[900], Some((100, 1)));
    }

    #[test]
    fn matches_reach_into_the_block_before_but_not_past_it() {
        // No six bytes occur twice.
        let numbers: Vec<u8> = (0..)
            .flat_map(|number: u32| number.to_be_bytes())
            .take(BLOCK)
            .collect();
        let far = BLOCK - MAX_DISTANCE;
        let found = longest(&numbers, &numbers[far..far + 300]);
        assert_eq!(found[0], Some((258, MAX_DISTANCE as u16)));
        let found = longest(&numbers, &numbers[far - 4..far + 296]);
        assert_eq!(found[0], None);
        assert_eq!(found[4].map(|(_, distance)| distance), None);
    }
}
