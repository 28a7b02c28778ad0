//! Folders: the runs of files that are compressed as one.
//!
//! A folder's files follow each other without a border, cut into blocks. A new folder begins at the border between two
//! files, before the count of blocks, which has 16 bits, could overflow.

use super::Member;

/// How many bytes a block holds before compression; only a folder's last block has fewer.
pub(super) const BLOCK: usize = 0x8000;
/// How many bytes a folder holds, unless a single file is larger. It is far below the limit of 65,535 blocks, so that
/// the offsets in a folder stay positive for extractors that count in 32 bits with a sign.
pub(super) const MAX_LEN: usize = 0x2000_0000;

/// Some files that follow each other.
pub(super) struct Folder<'m> {
    pub(super) members: &'m [Member<'m>],
    /// Where each file begins in the folder, and where the last one ends.
    offsets: Vec<usize>,
}

/// Divides the files into folders of at most `max_len` bytes, or of one file that is larger.
pub(super) fn divide<'m>(members: &'m [Member<'m>], max_len: usize) -> Vec<Folder<'m>> {
    let mut folders = Vec::new();
    let mut rest = members;
    while !rest.is_empty() {
        let (folder, after) = rest.split_at(first_folder(rest, max_len));
        folders.push(Folder::new(folder));
        rest = after;
    }
    folders
}

/// How many files the first folder takes: at least one.
fn first_folder(members: &[Member<'_>], max_len: usize) -> usize {
    let mut len = 0;
    let fitting = members.iter().take_while(|member| {
        len += member.data.len();
        len <= max_len
    });
    fitting.count().max(1)
}

impl<'m> Folder<'m> {
    fn new(members: &'m [Member<'m>]) -> Self {
        let ends = members.iter().scan(0, |offset, member| {
            *offset += member.data.len();
            Some(*offset)
        });
        Self {
            members,
            offsets: std::iter::once(0).chain(ends).collect(),
        }
    }

    /// How many bytes its files have together.
    pub(super) fn len(&self) -> usize {
        *self
            .offsets
            .last()
            .expect("the end of the last file is always there")
    }

    /// How many blocks it is cut into.
    pub(super) fn blocks(&self) -> usize {
        self.len().div_ceil(BLOCK)
    }

    /// Its files, each with the offset at which it begins.
    pub(super) fn files(&self) -> impl Iterator<Item = (&'m Member<'m>, usize)> {
        self.members.iter().zip(self.offsets.iter().copied())
    }

    /// Replaces the buffer's contents by a block and the block before it, and returns where the first ends.
    pub(super) fn read(&self, block: usize, buffer: &mut Vec<u8>) -> usize {
        buffer.clear();
        let start = block * BLOCK;
        let before = start.saturating_sub(BLOCK);
        let end = (start + BLOCK).min(self.len());
        // The last file that begins at or before the first byte; files without bytes may lie between.
        let first = self.offsets.partition_point(|&offset| offset <= before) - 1;
        for (member, &offset) in self.members[first..].iter().zip(&self.offsets[first..]) {
            if offset >= end {
                break;
            }
            let from = before.saturating_sub(offset);
            let to = (end - offset).min(member.data.len());
            buffer.extend(&member.data[from..to]);
        }
        start - before
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::cabinet::DosDateTime;

    fn members(sizes: &[usize]) -> Vec<Member<'static>> {
        let member = |(index, &size): (usize, &usize)| Member {
            name: format!("f{index}"),
            data: Cow::Owned(vec![index as u8; size]),
            modified: DosDateTime::from_unix(0),
        };
        sizes.iter().enumerate().map(member).collect()
    }

    fn divided(sizes: &[usize], max_len: usize) -> Vec<usize> {
        divide(&members(sizes), max_len)
            .iter()
            .map(|folder| folder.members.len())
            .collect()
    }

    #[test]
    fn folders_end_at_file_borders() {
        assert!(divided(&[], 10).is_empty());
        assert_eq!(divided(&[0], 10), [1]);
        assert_eq!(divided(&[4, 6, 1], 10), [2, 1]);
        assert_eq!(divided(&[4, 0, 7], 10), [2, 1]);
    }

    #[test]
    fn a_file_larger_than_a_folder_has_one_for_itself() {
        assert_eq!(divided(&[4, 20, 4], 10), [1, 1, 1]);
    }

    #[test]
    fn a_block_comes_with_the_one_before() {
        let members = members(&[10, 0, BLOCK, BLOCK]);
        let folder = Folder::new(&members);
        let mut buffer = Vec::new();
        assert_eq!(folder.blocks(), 3);

        assert_eq!(folder.read(0, &mut buffer), 0);
        assert_eq!(buffer, [vec![0; 10], vec![2; BLOCK - 10]].concat());

        assert_eq!(folder.read(1, &mut buffer), BLOCK);
        assert_eq!(
            buffer,
            [vec![0; 10], vec![2; BLOCK], vec![3; BLOCK - 10]].concat()
        );

        assert_eq!(folder.read(2, &mut buffer), BLOCK);
        assert_eq!(buffer, [vec![2; 10], vec![3; BLOCK]].concat());
    }
}
