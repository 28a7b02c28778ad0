//! Finds few matches, in little time.

use super::tables::{Latest, Rows};
use super::{Match, Place, read};

/// How many positions a row has.
const LANES: usize = 2;

/// Looks for matches of six bytes and more, and for one of four if there are none.
#[derive(Debug)]
pub(in super::super) struct QuickFinder {
    latest_4: Latest<4, 0x8000>,
    rows: Rows<6, LANES>,
}

impl QuickFinder {
    /// The shortest match that is searched for.
    pub(in super::super) const SHORTEST: usize = 4;
    /// The most matches that a search finds.
    pub(in super::super) const MOST: usize = LANES;

    /// With two to the power of `row_bits` rows.
    pub(in super::super) fn new(row_bits: u32) -> Self {
        Self {
            latest_4: Latest::new(),
            rows: Rows::new(row_bits),
        }
    }

    /// Forgets everything.
    pub(in super::super) fn clear(&mut self) {
        self.latest_4.clear();
        self.rows.clear();
    }

    /// Has the processor read from memory what a search will need.
    #[inline]
    pub(in super::super) fn prepare(&self, data: &[u8], at: usize) {
        self.rows.prepare(data, at);
    }

    /// Remembers the bytes at this position.
    #[inline]
    pub(in super::super) fn insert(&mut self, data: &[u8], at: usize) {
        let bytes = read(data, at);
        self.latest_4.replace(bytes, at);
        self.rows.insert(bytes, at);
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
        let latest = self.latest_4.replace(here.bytes, at);
        let mut count = 0;
        let mut longest = Self::SHORTEST as u32 - 1;
        for distance in self.rows.replace(here.bytes, at) {
            let found = here.compare(distance);
            // Without a branch, as nobody can predict it.
            matches[count % Self::MOST] = found;
            count += usize::from(found.length > longest);
            longest = longest.max(found.length);
        }
        if count > 0 {
            return count;
        }
        let found = here.compare(latest);
        matches[0] = found;
        usize::from(found.length >= Self::SHORTEST as u32)
    }
}
