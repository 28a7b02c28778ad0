//! Finds earlier occurrences of the bytes at a position.
//!
//! Both finders have tables by the hash of so many bytes: some with nothing but the latest position of each, since a
//! match costs less the nearer it is, and one with some positions in a row. What is in the tables may be out of date,
//! and is nothing but zeros at first: bytes are compared in any case.

mod deep;
mod quick;
mod tables;

pub(super) use deep::DeepFinder;
pub(super) use quick::QuickFinder;

use super::symbols::MAX_DISTANCE;

/// How many bytes a search compares at first, and how many must be readable behind the last one.
pub(crate) const PADDING: usize = size_of::<u64>();

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

impl<'a> Place<'a> {
    #[inline]
    fn new(data: &'a [u8], at: usize, most: usize) -> Self {
        Self {
            data,
            at,
            bytes: read(data, at),
            furthest: at.min(MAX_DISTANCE),
            most,
        }
    }

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

#[cfg(test)]
mod tests;
