//! Finds many matches, in more time.

use std::ops::Range;

use super::tables::{Latest, Rows};
use super::{Match, Place, read};

/// How many positions a row has: as many as the processor reads from memory at once.
const LANES: usize = 16;
const ROW_BITS: u32 = 16;
/// How many tables have the latest position.
const TABLES: usize = 4;

/// Looks for the nearest match of each length.
#[derive(Debug)]
pub(in super::super) struct DeepFinder {
    latest_2: Latest<2, 0x1000>,
    latest_3: Latest<3, 0x8000>,
    latest_4: Latest<4, 0x8000>,
    latest_6: Latest<6, 0x8000>,
    rows: Rows<8, LANES>,
}

impl DeepFinder {
    /// The most matches that a search finds.
    pub(in super::super) const MOST: usize = TABLES + LANES;

    pub(in super::super) fn new() -> Self {
        Self {
            latest_2: Latest::new(),
            latest_3: Latest::new(),
            latest_4: Latest::new(),
            latest_6: Latest::new(),
            rows: Rows::new(ROW_BITS),
        }
    }

    /// Forgets everything.
    pub(in super::super) fn clear(&mut self) {
        self.latest_2.clear();
        self.latest_3.clear();
        self.latest_4.clear();
        self.latest_6.clear();
        self.rows.clear();
    }

    /// Has the processor read from memory what searches will need.
    #[inline]
    pub(in super::super) fn prepare(&self, data: &[u8], positions: Range<usize>) {
        self.rows.prepare_all(data, positions);
    }

    /// Remembers the bytes at this position.
    #[inline]
    pub(in super::super) fn insert(&mut self, data: &[u8], at: usize) {
        let bytes = read(data, at);
        self.latest(bytes, at);
        self.rows.insert(bytes, at);
    }

    /// Remembers the bytes in the tables. Returns how far back they occurred last, or others with the same hash.
    #[inline]
    fn latest(&mut self, bytes: u64, at: usize) -> [u32; TABLES] {
        [
            self.latest_2.replace(bytes, at),
            self.latest_3.replace(bytes, at),
            self.latest_4.replace(bytes, at),
            self.latest_6.replace(bytes, at),
        ]
    }

    /// Finds matches of at most `most` bytes, each longer than the one before, and remembers the bytes. Returns how
    /// many there are.
    #[inline]
    pub(in super::super) fn search(
        &mut self,
        data: &[u8],
        at: usize,
        most: usize,
        matches: &mut [Match; Self::MOST],
    ) -> usize {
        let here = Place::new(data, at, most);
        let latest = self.latest(here.bytes, at);
        let in_row = self.rows.replace(here.bytes, at);
        let mut count = 0;
        let mut longest = 1;
        for distance in latest.into_iter().chain(in_row) {
            let found = here.compare(distance);
            // Without a branch, as nobody can predict it.
            matches[count % Self::MOST] = found;
            count += usize::from(found.length > longest);
            longest = longest.max(found.length);
        }
        count
    }
}
