//! The bytes of a cabinet: header, folders, files, blocks (MS-CAB 2).

use super::checksum::checksum;
use super::folder::Folder;
use super::lzx::WINDOW_BITS;
use super::{CabinetError, Member};

const SIGNATURE: [u8; 4] = *b"MSCF";
/// Version 1.3, its minor number first.
const VERSION: [u8; 2] = [3, 1];
/// `typeCompress` of LZX, and above it the bits of its window.
const LZX: u16 = 3 | (WINDOW_BITS as u16) << 8;
/// `_A_ARCH`: the file has changed since its last backup, as every new file has.
const ARCHIVE: u16 = 0x20;
/// `_A_NAME_IS_UTF`: the name is UTF-8.
const NAME_IS_UTF: u16 = 0x80;

const HEADER_LEN: usize = 36;
const FOLDER_LEN: usize = 8;
const FILE_LEN: usize = 16;

/// The greatest cabinet: extractors count its bytes in 32 bits with a sign.
const MAX_SIZE: u64 = i32::MAX as u64;

/// A chunk as the cabinet holds it.
#[derive(Debug, Default)]
pub(super) struct Compressed {
    pub(super) folder: usize,
    /// The blocks, each with its header.
    pub(super) bytes: Vec<u8>,
    pub(super) blocks: usize,
}

/// What was written of a folder.
#[derive(Debug, Default, Clone)]
pub(super) struct FolderData {
    bytes: u64,
    blocks: usize,
}

impl FolderData {
    pub(super) fn add(&mut self, bytes: usize, blocks: usize) {
        self.bytes += bytes as u64;
        self.blocks += blocks;
    }
}

/// The length of all that comes before the blocks.
pub(super) fn header_len(members: &[Member], folders: &[Folder]) -> u64 {
    let files: usize = members
        .iter()
        .map(|member| FILE_LEN + member.name.len() + 1)
        .sum();
    (HEADER_LEN + FOLDER_LEN * folders.len() + files) as u64
}

/// All that comes before the blocks, and the cabinet's size.
pub(super) fn header(
    members: &[Member],
    folders: &[Folder],
    data: &[FolderData],
) -> Result<(Vec<u8>, u64), CabinetError> {
    let blocks_at = header_len(members, folders);
    let size = blocks_at + data.iter().map(|folder| folder.bytes).sum::<u64>();
    if size > MAX_SIZE {
        return Err(CabinetError::TooLarge {
            size,
            limit: MAX_SIZE,
        });
    }
    let mut header = Vec::with_capacity(blocks_at as usize);
    first_fields(&mut header, size, members.len(), folders.len());
    let mut offset = blocks_at;
    for folder in data {
        header.extend((offset as u32).to_le_bytes());
        header.extend((folder.blocks as u16).to_le_bytes());
        header.extend(LZX.to_le_bytes());
        offset += folder.bytes;
    }
    for (index, folder) in (0..).zip(folders) {
        let mut offset = 0;
        for member in &members[folder.files.clone()] {
            file(&mut header, member, offset, index);
            offset += member.size;
        }
    }
    debug_assert_eq!(header.len() as u64, blocks_at);
    Ok((header, size))
}

fn first_fields(header: &mut Vec<u8>, size: u64, files: usize, folders: usize) {
    const RESERVED: [u8; 4] = [0; 4];
    /// There is no cabinet before or after, and no reserved area.
    const FLAGS: [u8; 2] = [0; 2];
    const SET_AND_PLACE_IN_IT: [u8; 4] = [0; 4];

    let files_at = HEADER_LEN + FOLDER_LEN * folders;
    header.extend(SIGNATURE);
    header.extend(RESERVED);
    header.extend((size as u32).to_le_bytes());
    header.extend(RESERVED);
    header.extend((files_at as u32).to_le_bytes());
    header.extend(RESERVED);
    header.extend(VERSION);
    header.extend((folders as u16).to_le_bytes());
    header.extend((files as u16).to_le_bytes());
    header.extend(FLAGS);
    header.extend(SET_AND_PLACE_IN_IT);
}

fn file(header: &mut Vec<u8>, member: &Member, offset: u64, folder: u16) {
    let attributes = if member.name.is_ascii() {
        ARCHIVE
    } else {
        ARCHIVE | NAME_IS_UTF
    };
    header.extend((member.size as u32).to_le_bytes());
    header.extend((offset as u32).to_le_bytes());
    header.extend(folder.to_le_bytes());
    header.extend(member.modified.date.to_le_bytes());
    header.extend(member.modified.time.to_le_bytes());
    header.extend(attributes.to_le_bytes());
    header.extend(member.name.as_bytes());
    header.push(0);
}

/// Appends a block and its header.
pub(super) fn data(bytes: &mut Vec<u8>, block: &[u8], original_len: usize) {
    let mut lengths = [0; 4];
    lengths[..2].copy_from_slice(&(block.len() as u16).to_le_bytes());
    lengths[2..].copy_from_slice(&(original_len as u16).to_le_bytes());
    bytes.extend(checksum(&lengths, checksum(block, 0)).to_le_bytes());
    bytes.extend(lengths);
    bytes.extend(block);
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};

    use crate::{CabinetWriter, DosDateTime, Level, Member};

    #[test]
    fn a_small_cabinet_byte_by_byte() {
        let hello = Member {
            name: "é".to_owned(),
            size: 2,
            modified: DosDateTime {
                date: 0x1234,
                time: 0x5678,
            },
        };
        let mut writer = CabinetWriter::new(Cursor::new(Vec::new()), vec![hello], Level::Default).unwrap();
        writer.write_all(b"hi").unwrap();
        let cabinet = writer.finish().unwrap().into_inner();
        #[rustfmt::skip]
        let expected: &[u8] = &[
            b'M', b'S', b'C', b'F', 0, 0, 0, 0, 89, 0, 0, 0, 0, 0, 0, 0, // signature, size
            44, 0, 0, 0, 0, 0, 0, 0, 3, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, // files at 44, version 1.3, 1 folder, 1 file
            63, 0, 0, 0, 1, 0, 3, 21, // the folder: blocks at 63, 1 block, LZX with 21 bits
            2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x34, 0x12, 0x78, 0x56, 0xA0, 0, 0xC3, 0xA9, 0, // the file: 2 bytes at 0
            0x7A, 0x58, 0x22, 0, 18, 0, 2, 0, // the block: 18 bytes for 2
            0x00, 0x30, 0x20, 0x00, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, b'h', b'i', // not compressed, three distances
        ];
        assert_eq!(cabinet, expected);
    }

    #[test]
    fn a_cabinet_without_files_is_its_header() {
        let writer = CabinetWriter::new(Cursor::new(Vec::new()), Vec::new(), Level::Default).unwrap();
        assert_eq!(
            writer.finish().unwrap().into_inner(),
            b"MSCF\0\0\0\0\x24\0\0\0\0\0\0\0\x24\0\0\0\0\0\0\0\x03\x01\0\0\0\0\0\0\0\0\0\0"
        );
    }
}
