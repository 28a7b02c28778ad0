//! The headers of a portable executable: PE32 and PE32+, exe and DLL, any machine.
//!
//! [`Image::parse`] checks what the rest of this module relies on: that the headers and every section's bytes lie in
//! the file and that the alignments are usable. An image borrows the file; nothing is copied.

use std::fmt;
use std::ops::Range;

use super::PeError;
use super::bytes::{slice, u16_at, u32_at};

/// Fields of the COFF file header, as offsets from its start, behind the `PE` signature.
pub(super) mod coff {
    pub(in super::super) const MACHINE: usize = 0;
    pub(in super::super) const NUMBER_OF_SECTIONS: usize = 2;
    pub(in super::super) const TIME_DATE_STAMP: usize = 4;
    pub(in super::super) const POINTER_TO_SYMBOL_TABLE: usize = 8;
    pub(in super::super) const NUMBER_OF_SYMBOLS: usize = 12;
    pub(in super::super) const SIZE_OF_OPTIONAL_HEADER: usize = 16;
    pub(in super::super) const CHARACTERISTICS: usize = 18;
    pub(in super::super) const SIZE: usize = 20;
}

/// Fields of the optional header that PE32 and PE32+ have at the same offsets from its start.
pub(super) mod optional {
    pub(in super::super) const MAGIC: usize = 0;
    pub(in super::super) const SIZE_OF_INITIALIZED_DATA: usize = 8;
    pub(in super::super) const SIZE_OF_UNINITIALIZED_DATA: usize = 12;
    pub(in super::super) const ADDRESS_OF_ENTRY_POINT: usize = 16;
    pub(in super::super) const SECTION_ALIGNMENT: usize = 32;
    pub(in super::super) const FILE_ALIGNMENT: usize = 36;
    pub(in super::super) const SIZE_OF_IMAGE: usize = 56;
    pub(in super::super) const SIZE_OF_HEADERS: usize = 60;
    pub(in super::super) const CHECK_SUM: usize = 64;
}

/// Fields of a section header, as offsets from its start.
pub(super) mod section_header {
    pub(in super::super) const VIRTUAL_SIZE: usize = 8;
    pub(in super::super) const VIRTUAL_ADDRESS: usize = 12;
    pub(in super::super) const SIZE_OF_RAW_DATA: usize = 16;
    pub(in super::super) const POINTER_TO_RAW_DATA: usize = 20;
    pub(in super::super) const POINTER_TO_RELOCATIONS: usize = 24;
    pub(in super::super) const POINTER_TO_LINENUMBERS: usize = 28;
    pub(in super::super) const CHARACTERISTICS: usize = 36;
    pub(in super::super) const SIZE: usize = 40;
}

/// Indexes into the data directories.
pub(super) mod directory {
    pub(in super::super) const EXPORT: usize = 0;
    pub(in super::super) const IMPORT: usize = 1;
    pub(in super::super) const RESOURCE: usize = 2;
    pub(in super::super) const CERTIFICATE: usize = 4;
    pub(in super::super) const DEBUG: usize = 6;
    pub(in super::super) const DELAY_IMPORT: usize = 13;
}

/// `e_lfanew` of the DOS header: the offset of the `PE` signature.
const DOS_PE_OFFSET: usize = 0x3c;
/// The magic number of PE32's optional header, and the offset of its number of data directories.
const PE32: (u16, usize) = (0x010b, 92);
/// The magic number of PE32+'s optional header, and the offset of its number of data directories.
const PE32_PLUS: (u16, usize) = (0x020b, 108);
/// The length of one data directory: address and size.
pub(super) const DIRECTORY_SIZE: usize = 8;
/// No image is aligned to more in the file.
const LARGEST_FILE_ALIGNMENT: u32 = 0x1_0000;
/// `IMAGE_FILE_EXECUTABLE_IMAGE`.
const EXECUTABLE_IMAGE: u16 = 0x0002;
/// `IMAGE_FILE_DLL`.
const DLL: u16 = 0x2000;

/// The machine that an image is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Machine {
    /// 32-bit Intel, `i686-pc-windows-*`.
    X86,
    /// 64-bit AMD and Intel, `x86_64-pc-windows-*`.
    X64,
    /// 64-bit ARM, `aarch64-pc-windows-*`.
    Arm64,
    /// Any other, by its `IMAGE_FILE_MACHINE_*` number.
    Other(u16),
}

impl Machine {
    /// The machine of an `IMAGE_FILE_MACHINE_*` number.
    fn from_number(number: u16) -> Self {
        match number {
            0x014c => Self::X86,
            0x8664 => Self::X64,
            0xaa64 => Self::Arm64,
            other => Self::Other(other),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::X86 => f.write_str("x86"),
            Self::X64 => f.write_str("x64"),
            Self::Arm64 => f.write_str("arm64"),
            Self::Other(number) => write!(f, "{number:#06x}"),
        }
    }
}

/// A portable executable's headers, and the file that they describe.
#[derive(Debug, Clone)]
pub struct Image<'a> {
    /// The whole file.
    pub(super) bytes: &'a [u8],
    /// The offsets of the headers' parts.
    pub(super) at: HeaderOffsets,
    pub(super) section_alignment: u32,
    pub(super) file_alignment: u32,
    pub(super) size_of_headers: u32,
    pub(super) entry_point: u32,
    pub(super) directories: Vec<DataDirectory>,
    pub(super) sections: Vec<Section>,
    machine: Machine,
    characteristics: u16,
    timestamp: u32,
}

/// File offsets of the headers' parts.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeaderOffsets {
    pub(super) coff: usize,
    pub(super) optional: usize,
    pub(super) directories: usize,
    pub(super) sections: usize,
}

/// An entry of the data directories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DataDirectory {
    /// Relative to the image base; of [`directory::CERTIFICATE`] alone a file offset.
    pub(super) address: u32,
    pub(super) size: u32,
}

/// A section header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Section {
    pub(super) name: [u8; 8],
    pub(super) address: u32,
    pub(super) virtual_size: u32,
    pub(super) raw_pointer: u32,
    pub(super) raw_size: u32,
}

impl Section {
    fn parse(header: &[u8]) -> Result<Self, PeError> {
        let field = |offset| u32_at(header, offset, "section header");
        let mut name = [0; 8];
        name.copy_from_slice(slice(header, 0, 8, "section name")?);
        Ok(Self {
            name,
            address: field(section_header::VIRTUAL_ADDRESS)?,
            virtual_size: field(section_header::VIRTUAL_SIZE)?,
            raw_pointer: field(section_header::POINTER_TO_RAW_DATA)?,
            raw_size: field(section_header::SIZE_OF_RAW_DATA)?,
        })
    }

    /// The section's bytes in the file; without any for uninitialised data.
    pub(super) fn raw(&self) -> Range<usize> {
        if self.raw_pointer == 0 {
            return 0..0;
        }
        let start = self.raw_pointer as usize;
        start..start.saturating_add(self.raw_size as usize)
    }

    /// The section's size in memory, as the loader calculates it.
    pub(super) fn extent(&self) -> u32 {
        if self.virtual_size == 0 {
            self.raw_size
        } else {
            self.virtual_size
        }
    }
}

impl<'a> Image<'a> {
    /// Reads the headers of `bytes`, a whole file.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, PeError> {
        let coff = coff_offset(bytes)?;
        let optional = coff + coff::SIZE;
        let coff_u16 = |field| u16_at(bytes, coff + field, "COFF header");
        let optional_u32 = |field| u32_at(bytes, optional + field, "optional header");

        let (_, directory_count) = match u16_at(bytes, optional + optional::MAGIC, "optional header")? {
            magic if magic == PE32.0 => PE32,
            magic if magic == PE32_PLUS.0 => PE32_PLUS,
            found => return Err(PeError::OptionalHeaderMagic { found }),
        };
        let directories = optional + directory_count + 4;
        let sections = optional + usize::from(coff_u16(coff::SIZE_OF_OPTIONAL_HEADER)?);
        let count = optional_u32(directory_count)? as usize;

        let image = Self {
            bytes,
            at: HeaderOffsets {
                coff,
                optional,
                directories,
                sections,
            },
            section_alignment: optional_u32(optional::SECTION_ALIGNMENT)?,
            file_alignment: optional_u32(optional::FILE_ALIGNMENT)?,
            size_of_headers: optional_u32(optional::SIZE_OF_HEADERS)?,
            entry_point: optional_u32(optional::ADDRESS_OF_ENTRY_POINT)?,
            directories: read_directories(bytes, directories..sections, count)?,
            sections: read_sections(bytes, sections, usize::from(coff_u16(coff::NUMBER_OF_SECTIONS)?))?,
            machine: Machine::from_number(coff_u16(coff::MACHINE)?),
            characteristics: coff_u16(coff::CHARACTERISTICS)?,
            timestamp: u32_at(bytes, coff + coff::TIME_DATE_STAMP, "COFF header")?,
        };
        image.check()?;
        Ok(image)
    }

    /// Checks the invariants that all later code relies on.
    fn check(&self) -> Result<(), PeError> {
        let (section, file) = (self.section_alignment, self.file_alignment);
        let usable = section.is_power_of_two() && file.is_power_of_two();
        if !usable || section < file || file > LARGEST_FILE_ALIGNMENT {
            return Err(PeError::Alignment { section, file });
        }
        let headers = slice(self.bytes, 0, self.size_of_headers as usize, "headers")?;
        slice(headers, 0, self.section_table_end(), "section table")?;
        let mut end = self.size_of_headers;
        for section in &self.sections {
            slice(self.bytes, section.raw().start, section.raw().len(), "section")?;
            if section.address < end {
                return Err(PeError::SectionOrder {
                    address: section.address,
                    end,
                });
            }
            end = self.section_end(section)?;
        }
        Ok(())
    }

    /// The first address behind `section`, which may be the next one's.
    fn section_end(&self, section: &Section) -> Result<u32, PeError> {
        align(section.address, section.extent(), self.section_alignment)
    }

    /// The first address behind all sections.
    pub(super) fn end(&self) -> Result<u32, PeError> {
        match self.sections.last() {
            Some(last) => self.section_end(last),
            None => align(0, self.size_of_headers, self.section_alignment),
        }
    }

    /// The machine that the image is for.
    pub fn machine(&self) -> Machine {
        self.machine
    }

    /// Whether it is a program, not a library.
    pub fn is_exe(&self) -> bool {
        self.characteristics & EXECUTABLE_IMAGE != 0 && !self.is_dll()
    }

    /// Whether it is a library.
    pub fn is_dll(&self) -> bool {
        self.characteristics & DLL != 0
    }

    /// When it was linked, in seconds since 1970, unless the linker wrote a hash instead; or what [`super::stamp`] wrote.
    pub fn timestamp(&self) -> u32 {
        self.timestamp
    }

    /// Whether it carries an Authenticode signature, which [`super::stamp`] removes, because any change invalidates it.
    pub fn is_signed(&self) -> bool {
        self.directory(directory::CERTIFICATE).is_some()
    }

    /// The data directory `index`, where the image has it.
    pub(super) fn directory(&self, index: usize) -> Option<DataDirectory> {
        self.directories
            .get(index)
            .copied()
            .filter(|found| found.address != 0 && found.size != 0)
    }

    /// Where the section table ends.
    pub(super) fn section_table_end(&self) -> usize {
        self.at.sections + self.sections.len() * section_header::SIZE
    }

    /// The file offset of the byte at `address`, and how many bytes its section has in the file from there.
    pub(super) fn locate(&self, address: u32) -> Option<(usize, usize)> {
        let in_section = |section: &Section| {
            let distance = address.checked_sub(section.address)? as usize;
            let mapped = self.section_end(section).ok()? - section.address;
            let left = section.raw().len().min(mapped as usize).checked_sub(distance)?;
            (left > 0).then_some((section.raw().start + distance, left))
        };
        let in_headers = || {
            Some((
                address as usize,
                self.size_of_headers.checked_sub(address)? as usize,
            ))
        };
        self.sections.iter().find_map(in_section).or_else(in_headers)
    }

    /// The bytes from `address` to the end of its section in the file.
    pub(super) fn bytes_at(&self, address: u32, what: &'static str) -> Result<&'a [u8], PeError> {
        let (offset, length) = self.locate(address).ok_or(PeError::Unmapped { what, address })?;
        slice(self.bytes, offset, length, what)
    }
}

/// `start + size`, up to a multiple of `alignment`.
pub(super) fn align(start: u32, size: u32, alignment: u32) -> Result<u32, PeError> {
    start
        .checked_add(size)
        .and_then(|end| end.checked_next_multiple_of(alignment))
        .ok_or(PeError::TooLarge {
            what: "the image in memory",
        })
}

/// The offset of the COFF header, after the signatures.
fn coff_offset(bytes: &[u8]) -> Result<usize, PeError> {
    if !bytes.starts_with(b"MZ") {
        return Err(PeError::NotAnImage {
            signature: "MZ",
            offset: 0,
        });
    }
    let offset = u32_at(bytes, DOS_PE_OFFSET, "DOS header")? as usize;
    match slice(bytes, offset, 4, "PE signature")? {
        b"PE\0\0" => Ok(offset + 4),
        _ => Err(PeError::NotAnImage {
            signature: "PE",
            offset,
        }),
    }
}

/// Reads the data directories: `count` of them, but never past the optional header's end, as the loader reads them.
fn read_directories(bytes: &[u8], place: Range<usize>, count: usize) -> Result<Vec<DataDirectory>, PeError> {
    let room = place.end.saturating_sub(place.start) / DIRECTORY_SIZE;
    (0..count.min(room))
        .map(|index| {
            let offset = place.start + index * DIRECTORY_SIZE;
            Ok(DataDirectory {
                address: u32_at(bytes, offset, "data directories")?,
                size: u32_at(bytes, offset + 4, "data directories")?,
            })
        })
        .collect()
}

fn read_sections(bytes: &[u8], offset: usize, count: usize) -> Result<Vec<Section>, PeError> {
    slice(bytes, offset, count * section_header::SIZE, "section table")?
        .chunks_exact(section_header::SIZE)
        .map(Section::parse)
        .collect()
}
