//! Folders: the runs of files that are compressed as one.
//!
//! A folder's files follow each other without a border, cut into blocks. A new folder begins at the border between two
//! files, before the count of blocks, which has 16 bits, could overflow.

use std::ops::Range;

use super::Member;

/// How many bytes a folder holds, unless a single file is larger. It is far below the limit of 65,535 blocks, so that
/// the offsets in a folder stay positive for extractors that count in 32 bits with a sign.
pub(super) const MAX_LEN: u64 = 0x2000_0000;
/// How many bytes of files a cabinet holds, unless a single file is larger: even if nothing can be compressed, the
/// cabinet has fewer bytes than extractors can count.
pub const MAX_CABINET: u64 = 0x7800_0000;

/// Some files that follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Folder {
    /// Its files, as indexes into all of the cabinet's.
    pub(super) files: Range<usize>,
    /// How many bytes they have together.
    pub(super) len: u64,
}

/// Divides the files into folders of at most `max_len` bytes, or of one file that is larger.
pub(super) fn divide(members: &[Member], max_len: u64) -> Vec<Folder> {
    let sizes = members.iter().map(|member| member.size);
    let runs = runs(sizes, max_len, usize::MAX).into_iter();
    runs.map(|files| Folder {
        len: members[files.clone()].iter().map(|member| member.size).sum(),
        files,
    })
    .collect()
}

/// Divides files among cabinets with at most `max_len` bytes of files each, or with one file that is larger, and with as
/// few files as the format allows: the indexes of each cabinet's files.
pub fn divide_into_cabinets(sizes: impl Iterator<Item = u64>, max_len: u64) -> Vec<Range<usize>> {
    runs(sizes, max_len, super::error::MAX_MEMBERS)
}

/// Divides files into runs of at most `max_len` bytes, or of one file that is larger, and of at most `max_files` files.
fn runs(sizes: impl Iterator<Item = u64>, max_len: u64, max_files: usize) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    let mut len = 0;
    for (index, size) in sizes.enumerate() {
        match runs.last_mut() {
            Some(run) if len + size <= max_len && run.len() < max_files => run.end = index + 1,
            _ => {
                runs.push(index..index + 1);
                len = 0;
            }
        }
        len += size;
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn divided(sizes: &[u64], max_len: u64, max_files: usize) -> Vec<usize> {
        let runs = runs(sizes.iter().copied(), max_len, max_files);
        let ends: Vec<usize> = runs.iter().map(|run| run.end).collect();
        let starts: Vec<usize> = runs.iter().map(|run| run.start).collect();
        assert_eq!(
            starts.get(1..).unwrap_or_default(),
            &ends[..ends.len().max(1) - 1]
        );
        runs.iter().map(ExactSizeIterator::len).collect()
    }

    #[test]
    fn folders_end_at_file_borders() {
        assert!(divided(&[], 10, 9).is_empty());
        assert_eq!(divided(&[0], 10, 9), [1]);
        assert_eq!(divided(&[4, 6, 1], 10, 9), [2, 1]);
        assert_eq!(divided(&[4, 0, 7], 10, 9), [2, 1]);
    }

    #[test]
    fn a_file_larger_than_a_folder_has_one_for_itself() {
        assert_eq!(divided(&[4, 20, 4], 10, 9), [1, 1, 1]);
    }

    #[test]
    fn a_cabinet_has_a_limited_number_of_files() {
        assert_eq!(divided(&[0; 7], 10, 3), [3, 3, 1]);
        let sizes = std::iter::repeat_n(1, 65_536);
        assert_eq!(
            divide_into_cabinets(sizes, MAX_CABINET),
            [0..65_535, 65_535..65_536]
        );
    }
}
