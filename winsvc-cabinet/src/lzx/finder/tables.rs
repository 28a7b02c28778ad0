//! The tables of positions.

use std::hint;
use std::mem;
use std::ops::Range;

use super::super::boxed;
use super::super::symbols::WINDOW;
use super::read;

/// The latest position where bytes with the same hash occurred, for so many bytes.
#[derive(Debug)]
pub(super) struct Latest<const BYTES: u32, const ENTRIES: usize>(Box<[u32; ENTRIES]>);

impl<const BYTES: u32, const ENTRIES: usize> Latest<BYTES, ENTRIES> {
    pub(super) fn new() -> Self {
        const { assert!(ENTRIES.is_power_of_two()) };
        Self(boxed(0))
    }

    pub(super) fn clear(&mut self) {
        self.0.fill(0);
    }

    /// Remembers a position. Returns how far back the one before is.
    #[inline]
    pub(super) fn replace(&mut self, bytes: u64, at: usize) -> u32 {
        let entry = hash::<BYTES>(bytes) >> (u64::BITS - ENTRIES.ilog2());
        (at as u32).wrapping_sub(mem::replace(&mut self.0[entry as usize], at as u32))
    }
}

/// The bits of a position in a row; the tag is above them.
const POSITION: u32 = WINDOW as u32 - 1;

/// The positions where bytes with the same hash occurred, the latest first, each with a tag that tells whether it is
/// worth a look at its bytes.
#[derive(Debug)]
pub(super) struct Rows<const BYTES: u32, const LANES: usize> {
    rows: Box<[[u32; LANES]]>,
    row_bits: u32,
}

impl<const BYTES: u32, const LANES: usize> Rows<BYTES, LANES> {
    /// With two to the power of `row_bits` rows.
    pub(super) fn new(row_bits: u32) -> Self {
        const { assert!(LANES <= u32::BITS as usize) };
        Self {
            rows: vec![[0; LANES]; 1 << row_bits].into(),
            row_bits,
        }
    }

    pub(super) fn clear(&mut self) {
        self.rows.fill([0; LANES]);
    }

    /// The row of these bytes, and their tag.
    #[inline]
    fn row(&self, bytes: u64) -> (usize, u32) {
        let hash = hash::<BYTES>(bytes);
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

    /// The same for positions that follow each other, so that the processor waits for all of them at once.
    #[inline]
    pub(super) fn prepare_all(&self, data: &[u8], positions: Range<usize>) {
        let mut all = 0;
        for at in positions {
            let (row, _) = self.row(read(data, at));
            all |= self.rows[row][0];
        }
        hint::black_box(all);
    }

    /// Remembers a position, for which the earliest one has to go.
    #[inline]
    pub(super) fn insert(&mut self, bytes: u64, at: usize) {
        let (row, tag) = self.row(bytes);
        push(&mut self.rows[row], at, tag);
    }

    /// The same. Returns how far back those before are that have the same tag, the nearest first.
    #[inline]
    pub(super) fn replace(&mut self, bytes: u64, at: usize) -> Distances<LANES> {
        let (row, tag) = self.row(bytes);
        let row = &mut self.rows[row];
        let earlier = *row;
        push(row, at, tag);
        let mut equal = 0_u32;
        for (lane, entry) in earlier.iter().enumerate() {
            equal |= u32::from(entry & !POSITION == tag) << lane;
        }
        Distances {
            at: at as u32,
            earlier,
            equal,
        }
    }
}

#[inline]
fn push<const LANES: usize>(row: &mut [u32; LANES], at: usize, tag: u32) {
    row.copy_within(..LANES - 1, 1);
    row[0] = tag | (at as u32 & POSITION);
}

/// The distances in a row.
#[derive(Debug)]
pub(super) struct Distances<const LANES: usize> {
    at: u32,
    earlier: [u32; LANES],
    /// A bit for each that is left.
    equal: u32,
}

impl<const LANES: usize> Iterator for Distances<LANES> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        if self.equal == 0 {
            return None;
        }
        let lane = self.equal.trailing_zeros() as usize % LANES;
        self.equal &= self.equal - 1;
        // If a whole window lies between them, this is the distance of something later, which may do as well.
        Some(self.at.wrapping_sub(self.earlier[lane]) & POSITION)
    }
}

/// The hash of the lowest bytes; the highest bits depend on most of them.
#[inline]
fn hash<const BYTES: u32>(bytes: u64) -> u64 {
    (bytes << (u64::BITS - 8 * BYTES)).wrapping_mul(0x9E37_79B1_85EB_CA87)
}
