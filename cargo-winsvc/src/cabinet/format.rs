//! The bytes of a cabinet: header, folders, files, blocks (MS-CAB 2).

use super::checksum::checksum;
use super::parallel::Block;
use super::{CabinetError, Folder, Member};

const SIGNATURE: [u8; 4] = *b"MSCF";
/// Version 1.3, its minor number first.
const VERSION: [u8; 2] = [3, 1];
/// `typeCompress` of MSZIP.
const MSZIP: u16 = 1;
/// `_A_ARCH`: the file has changed since its last backup, as every new file has.
const ARCHIVE: u16 = 0x20;
/// `_A_NAME_IS_UTF`: the name is UTF-8.
const NAME_IS_UTF: u16 = 0x80;

const HEADER_LEN: usize = 36;
const FOLDER_LEN: usize = 8;
const FILE_LEN: usize = 16;
const BLOCK_LEN: usize = 8;

/// The greatest cabinet: extractors count its bytes in 32 bits with a sign.
const MAX_SIZE: u64 = i32::MAX as u64;

/// Puts the cabinet together.
pub(super) fn assemble(folders: &[Folder<'_>], blocks: &[Vec<Block>]) -> Result<Vec<u8>, CabinetError> {
    let files_at = HEADER_LEN + FOLDER_LEN * folders.len();
    let blocks_at = files_at + folders.iter().map(files_len).sum::<usize>();
    let size = blocks_at + blocks.iter().map(|blocks| blocks_len(blocks)).sum::<usize>();
    if size as u64 > MAX_SIZE {
        return Err(CabinetError::TooLarge {
            size: size as u64,
            limit: MAX_SIZE,
        });
    }

    let mut cabinet = Vec::with_capacity(size);
    header(&mut cabinet, size, files_at, folders);
    let mut offset = blocks_at;
    for blocks in blocks {
        cabinet.extend((offset as u32).to_le_bytes());
        cabinet.extend((blocks.len() as u16).to_le_bytes());
        cabinet.extend(MSZIP.to_le_bytes());
        offset += blocks_len(blocks);
    }
    for (index, folder) in (0..).zip(folders) {
        for (member, offset) in folder.files() {
            file(&mut cabinet, member, offset, index);
        }
    }
    for block in blocks.iter().flatten() {
        data(&mut cabinet, block);
    }
    debug_assert_eq!(cabinet.len(), size);
    Ok(cabinet)
}

fn header(cabinet: &mut Vec<u8>, size: usize, files_at: usize, folders: &[Folder<'_>]) {
    const RESERVED: [u8; 4] = [0; 4];
    /// There is no cabinet before or after, and no reserved area.
    const FLAGS: [u8; 2] = [0; 2];
    const SET_AND_PLACE_IN_IT: [u8; 4] = [0; 4];

    let files: usize = folders.iter().map(|folder| folder.members.len()).sum();
    cabinet.extend(SIGNATURE);
    cabinet.extend(RESERVED);
    cabinet.extend((size as u32).to_le_bytes());
    cabinet.extend(RESERVED);
    cabinet.extend((files_at as u32).to_le_bytes());
    cabinet.extend(RESERVED);
    cabinet.extend(VERSION);
    cabinet.extend((folders.len() as u16).to_le_bytes());
    cabinet.extend((files as u16).to_le_bytes());
    cabinet.extend(FLAGS);
    cabinet.extend(SET_AND_PLACE_IN_IT);
}

fn file(cabinet: &mut Vec<u8>, member: &Member<'_>, offset: usize, folder: u16) {
    let attributes = if member.name.is_ascii() {
        ARCHIVE
    } else {
        ARCHIVE | NAME_IS_UTF
    };
    cabinet.extend((member.data.len() as u32).to_le_bytes());
    cabinet.extend((offset as u32).to_le_bytes());
    cabinet.extend(folder.to_le_bytes());
    cabinet.extend(member.modified.date.to_le_bytes());
    cabinet.extend(member.modified.time.to_le_bytes());
    cabinet.extend(attributes.to_le_bytes());
    cabinet.extend(member.name.as_bytes());
    cabinet.push(0);
}

fn data(cabinet: &mut Vec<u8>, block: &Block) {
    let mut lengths = [0; 4];
    lengths[..2].copy_from_slice(&(block.bytes.len() as u16).to_le_bytes());
    lengths[2..].copy_from_slice(&(block.original_len as u16).to_le_bytes());
    cabinet.extend(checksum(&lengths, checksum(&block.bytes, 0)).to_le_bytes());
    cabinet.extend(lengths);
    cabinet.extend(&block.bytes);
}

fn files_len(folder: &Folder<'_>) -> usize {
    folder
        .members
        .iter()
        .map(|member| FILE_LEN + member.name.len() + 1)
        .sum()
}

fn blocks_len(blocks: &[Block]) -> usize {
    blocks.iter().map(|block| BLOCK_LEN + block.bytes.len()).sum()
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use crate::cabinet::{DosDateTime, Level, Member, write};

    #[test]
    fn a_small_cabinet_byte_by_byte() {
        let hello = Member {
            name: "é".to_owned(),
            data: Cow::Borrowed(b"hi"),
            modified: DosDateTime {
                date: 0x1234,
                time: 0x5678,
            },
        };
        let cabinet = write(&[hello], Level::Default, &mut |_| ()).expect("a small cabinet");
        #[rustfmt::skip]
        let expected: &[u8] = &[
            b'M', b'S', b'C', b'F', 0, 0, 0, 0, 77, 0, 0, 0, 0, 0, 0, 0, // signature, size
            44, 0, 0, 0, 0, 0, 0, 0, 3, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, // files at 44, version 1.3, 1 folder, 1 file
            63, 0, 0, 0, 1, 0, 1, 0, // the folder: blocks at 63, 1 block, MSZIP
            2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x34, 0x12, 0x78, 0x56, 0xA0, 0, 0xC3, 0xA9, 0, // the file: 2 bytes at 0
            0x45, 0x4F, 0xC9, 0xC8, 6, 0, 2, 0, b'C', b'K', 0xCB, 0xC8, 0x04, 0x00, // the block
        ];
        assert_eq!(cabinet, expected);
    }

    #[test]
    fn a_cabinet_without_files_is_its_header() {
        let cabinet = write(&[], Level::Default, &mut |_| ()).expect("an empty cabinet");
        assert_eq!(
            cabinet,
            b"MSCF\0\0\0\0\x24\0\0\0\0\0\0\0\x24\0\0\0\0\0\0\0\x03\x01\0\0\0\0\0\0\0\0\0\0"
        );
    }

    #[test]
    fn progress_ends_with_all_bytes() {
        let data = vec![7; 100_000];
        let member = |name: &str| Member {
            name: name.to_owned(),
            data: Cow::Borrowed(&data),
            modified: DosDateTime::from_unix(0),
        };
        let mut seen = Vec::new();
        write(&[member("a"), member("b")], Level::Fast, &mut |done| {
            seen.push(done);
        })
        .expect("a cabinet");
        assert!(seen.is_sorted());
        assert_eq!(seen.last(), Some(&200_000));
    }
}
