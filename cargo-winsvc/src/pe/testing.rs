//! Minimal images for tests: headers and sections in a linker's layout.

use super::image::{DIRECTORY_SIZE, align, coff, directory, optional, section_header};

/// The offset of a sketch's `PE` signature.
const PE_OFFSET: usize = 0x40;
/// What a linker wrote as the time.
pub(super) const LINK_TIME: u32 = 0x6543_2100;

/// An image to be built.
#[derive(Debug, Clone)]
pub(crate) struct Sketch {
    pub(crate) machine: u16,
    pub(crate) plus: bool,
    pub(crate) size_of_headers: u32,
    pub(crate) section_alignment: u32,
    /// Name and contents.
    pub(crate) sections: Vec<(&'static str, Vec<u8>)>,
    /// Index, address and size.
    pub(crate) directories: Vec<(usize, u32, u32)>,
    /// What follows the sections.
    pub(crate) tail: Vec<u8>,
    /// Whether the tail is a symbol table.
    pub(crate) symbols: bool,
}

pub(super) const FILE_ALIGNMENT: u32 = 0x200;
/// The address of the first section.
pub(super) const FIRST: u32 = 0x1000;

impl Default for Sketch {
    /// An x86-64 program with one section of code.
    fn default() -> Self {
        Self {
            machine: 0x8664,
            plus: true,
            size_of_headers: 0x400,
            section_alignment: 0x1000,
            sections: vec![(".text", vec![0xc3; 0x123])],
            directories: Vec::new(),
            tail: Vec::new(),
            symbols: false,
        }
    }
}

impl Sketch {
    /// A program that imports these DLLs, and these at their first call.
    pub(crate) fn importing(imports: &[&str], delayed: &[&str]) -> Self {
        let tables = [
            (directory::IMPORT, imports, 20, 12),
            (directory::DELAY_IMPORT, delayed, 32, 4),
        ];
        let mut section = Vec::new();
        let mut directories = Vec::new();
        for (index, dlls, size, name_at) in tables {
            let start = section.len();
            let length = (dlls.len() + 1) * size;
            section.resize(start + length, 0);
            for (number, dll) in dlls.iter().enumerate() {
                let name = FIRST + section.len() as u32;
                put(&mut section, start + number * size + name_at, name);
                section.extend([dll.as_bytes(), b"\0"].concat());
            }
            directories.push((index, FIRST + start as u32, length as u32));
        }
        Self {
            sections: vec![(".rdata", section)],
            directories,
            ..Self::default()
        }
    }

    pub(crate) fn build(&self) -> Vec<u8> {
        let mut file = vec![0; self.size_of_headers as usize];
        let optional = PE_OFFSET + 4 + coff::SIZE;
        let count_at = optional + if self.plus { 108 } else { 92 };
        let directories = count_at + 4;
        let table = directories + 16 * DIRECTORY_SIZE;

        let mut address = FIRST;
        let mut data_size = 0;
        for (index, (name, contents)) in self.sections.iter().enumerate() {
            let header = table + index * section_header::SIZE;
            file[header..header + name.len()].copy_from_slice(name.as_bytes());
            let raw_size = align(0, contents.len() as u32, FILE_ALIGNMENT).unwrap();
            let pointer = file.len() as u32;
            for (field, value) in [
                (section_header::VIRTUAL_SIZE, contents.len() as u32),
                (section_header::VIRTUAL_ADDRESS, address),
                (section_header::SIZE_OF_RAW_DATA, raw_size),
                (section_header::POINTER_TO_RAW_DATA, pointer),
                (section_header::CHARACTERISTICS, 0x4000_0040),
            ] {
                put(&mut file, header + field, value);
            }
            file.extend(contents);
            file.resize((pointer + raw_size) as usize, 0);
            address = align(address, contents.len() as u32, self.section_alignment).unwrap();
            data_size += raw_size;
        }
        if self.symbols {
            let tail = file.len() as u32;
            put(&mut file, PE_OFFSET + 4 + coff::POINTER_TO_SYMBOL_TABLE, tail);
            put(&mut file, PE_OFFSET + 4 + coff::NUMBER_OF_SYMBOLS, 1);
        }
        file.extend(&self.tail);

        file[..2].copy_from_slice(b"MZ");
        file[PE_OFFSET..PE_OFFSET + 4].copy_from_slice(b"PE\0\0");
        let magic: u16 = if self.plus { 0x20b } else { 0x10b };
        for (at, value) in [
            (PE_OFFSET + 4 + coff::MACHINE, self.machine),
            (
                PE_OFFSET + 4 + coff::NUMBER_OF_SECTIONS,
                self.sections.len() as u16,
            ),
            (
                PE_OFFSET + 4 + coff::SIZE_OF_OPTIONAL_HEADER,
                (table - optional) as u16,
            ),
            (PE_OFFSET + 4 + coff::CHARACTERISTICS, 0x0022),
            (optional + optional::MAGIC, magic),
        ] {
            file[at..at + 2].copy_from_slice(&value.to_le_bytes());
        }
        for (at, value) in [
            (0x3c, PE_OFFSET as u32),
            (PE_OFFSET + 4 + coff::TIME_DATE_STAMP, LINK_TIME),
            (optional + optional::SECTION_ALIGNMENT, self.section_alignment),
            (optional + optional::FILE_ALIGNMENT, FILE_ALIGNMENT),
            (optional + optional::SIZE_OF_INITIALIZED_DATA, data_size),
            (optional + optional::SIZE_OF_IMAGE, address),
            (optional + optional::SIZE_OF_HEADERS, self.size_of_headers),
            (count_at, 16),
        ] {
            put(&mut file, at, value);
        }
        for &(index, address, size) in &self.directories {
            put(&mut file, directories + index * DIRECTORY_SIZE, address);
            put(&mut file, directories + index * DIRECTORY_SIZE + 4, size);
        }
        file
    }
}

fn put(file: &mut [u8], at: usize, value: u32) {
    super::bytes::put_u32(file, at, value);
}
