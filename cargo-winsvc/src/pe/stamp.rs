//! Writes resources into a linked image.
//!
//! The new tree is written to a section `.rsrc` after all others. All other sections keep their contents and addresses,
//! so no code, relocation or unwind entry needs a change; only *file* offsets change: the pointers of
//! sections, of the COFF symbol table (on whose string table the long section names of GNU exes depend) and of debug
//! data. Data after the sections, such as symbols or an overlay, follows the new section.
//!
//! The linker's own `.rsrc` section:
//! - If it is the last one in memory, it is replaced, including its header. The same applies to one written by this
//!   tool, so stamping is idempotent.
//! - Most linkers put `.reloc` after it. Then it keeps its header and its addresses, because sections must not have
//!   gaps between them, but loses its bytes: it becomes uninitialised data with the name `.rsrcold`.
//! - If it also contains something else (packers put imports there), or if the resources are inside another section,
//!   that section is kept unchanged; only the data directory points elsewhere.
//!
//! An Authenticode signature is removed: it covers the whole file, and an invalid one is worse than none.

use std::ops::Range;

use super::bytes::{put_u16, put_u32, u16_at, u32_at};
use super::checksum::checksum;
use super::image::{DIRECTORY_SIZE, Section, align, coff, directory, optional, section_header};
use super::output::Output;
use super::{HeaderPart, Image, PeError, Resources, resource_tree};

/// The name of the section that holds resources.
const RSRC: [u8; 8] = *b".rsrc\0\0\0";
/// The name of the old section, if it has to keep its addresses.
const EMPTIED: [u8; 8] = *b".rsrcold";
/// `IMAGE_SCN_CNT_INITIALIZED_DATA | IMAGE_SCN_MEM_READ`.
const READABLE_DATA: u32 = 0x4000_0040;
/// `IMAGE_SCN_CNT_UNINITIALIZED_DATA | IMAGE_SCN_MEM_READ`.
const READABLE_ZEROS: u32 = 0x4000_0080;
/// The part of a `WIN_CERTIFICATE` before the signature itself: length, revision, type.
const CERTIFICATE_HEADER: usize = 8;
/// `WIN_CERT_REVISION_1_0` and `WIN_CERT_REVISION_2_0`.
const CERTIFICATE_REVISIONS: [u16; 2] = [0x0100, 0x0200];
/// An entry of the debug directory: its length, and the offsets of its time and of the file offset of its data.
const DEBUG_ENTRY: (usize, usize, usize) = (28, 4, 24);
/// More than a resource takes in the tree beside its data, names being as short as they are. Only memory is reserved by
/// it, so that a large exe is not copied once more.
const RESOURCE_OVERHEAD: usize = 256;
/// Where the export directory has its time.
const EXPORT_TIME: usize = 4;

/// Writes `image` as a new file with exactly `resources`, the link time `timestamp` (seconds since 1970) and a correct
/// checksum. To keep the image's resources, start from [`Image::resources`].
///
/// The result depends only on the arguments, and stamping it again with the same resources gives the same bytes.
/// The result is never signed, even if the image is ([`Image::is_signed`]).
pub fn stamp(image: &Image<'_>, resources: &Resources<'_>, timestamp: u32) -> Result<Vec<u8>, PeError> {
    let plan = Plan::new(image)?;
    let tree: usize = resources
        .iter()
        .map(|resource| resource.data.len() + RESOURCE_OVERHEAD)
        .sum();
    let padding = image.file_alignment as usize * 3;
    let mut output = Output::new(image.bytes, plan.header_growth + tree + padding);
    let section = plan.lay_out(image, resources, &mut output)?;
    set_times(image, &mut output, timestamp);
    move_pointers(image, &mut output);
    plan.write_headers(image, &section, &mut output.bytes)?;
    let file = &mut output.bytes;
    put_u32(file, image.at.coff + coff::TIME_DATE_STAMP, timestamp);
    put_u32(file, image.at.optional + optional::CHECK_SUM, 0);
    let sum = checksum(file);
    put_u32(file, image.at.optional + optional::CHECK_SUM, sum);
    Ok(output.bytes)
}

/// The layout, determined before any byte is written.
struct Plan {
    /// Where the new section is in memory.
    address: u32,
    /// Which section header is the new section's: the old one's, or the one behind the last.
    slot: usize,
    /// Which section holds the old resources and nothing else.
    old: Option<usize>,
    /// How many bytes the headers grow to take another section header.
    header_growth: usize,
    /// Where the signature is in the file.
    signature: Range<usize>,
    /// Where the sections end in the file.
    sections_end: usize,
}

/// The position of the new section.
struct Placed {
    pointer: u32,
    /// The length of the tree.
    size: u32,
    /// The length of the tree with padding.
    raw_size: u32,
}

impl Plan {
    fn new(image: &Image<'_>) -> Result<Self, PeError> {
        if image.directories.len() <= directory::RESOURCE {
            return Err(PeError::NoResourceDirectory {
                found: image.directories.len(),
            });
        }
        let sections_end = sections_end(image);
        let old = resource_section(image);
        let (slot, address, header_growth) = match old {
            Some(index) if index + 1 == image.sections.len() => (index, image.sections[index].address, 0),
            _ => (image.sections.len(), image.end()?, header_growth(image)?),
        };
        Ok(Self {
            address,
            slot,
            old,
            header_growth,
            signature: signature(image, sections_end)?,
            sections_end,
        })
    }

    /// Writes everything in its new order; headers are still the old ones.
    fn lay_out(
        &self,
        image: &Image<'_>,
        resources: &Resources<'_>,
        output: &mut Output<'_>,
    ) -> Result<Placed, PeError> {
        let alignment = image.file_alignment as usize;
        let headers_end = image.size_of_headers as usize;
        let old = self
            .old
            .map_or(headers_end..headers_end, |index| image.sections[index].raw());
        output.keep(0..headers_end);
        output.zeros(self.header_growth);
        output.keep_aligned(headers_end..old.start, alignment);
        output.keep_aligned(old.end..self.sections_end, alignment);
        output.align(alignment);

        let pointer = output.bytes.len();
        resource_tree::write(resources, self.address, &mut output.bytes)?;
        let size = output.bytes.len() - pointer;
        output.align(alignment);
        let raw_size = output.bytes.len() - pointer;

        output.keep(self.sections_end..self.signature.start);
        output.keep(self.signature.end..image.bytes.len());
        if u32::try_from(output.bytes.len()).is_err() {
            return Err(PeError::TooLarge { what: "the exe" });
        }
        Ok(Placed {
            pointer: pointer as u32,
            size: size as u32,
            raw_size: raw_size as u32,
        })
    }

    /// Writes the section headers of the new section and the old one, and the sizes that they change.
    fn write_headers(&self, image: &Image<'_>, section: &Placed, file: &mut [u8]) -> Result<(), PeError> {
        let field = |name: usize| image.at.optional + name;
        let old_size = self.old.map_or(0, |index| image.sections[index].raw_size);
        if let Some(old) = self.old.filter(|&old| old != self.slot) {
            empty_section(image, old, file);
            adjust(file, field(optional::SIZE_OF_UNINITIALIZED_DATA), 0, old_size)?;
        }
        adjust(
            file,
            field(optional::SIZE_OF_INITIALIZED_DATA),
            old_size,
            section.raw_size,
        )?;

        write_section_header(file, header_offset(image, self.slot), self.address, section);
        let count = image.sections.len().max(self.slot + 1) as u16;
        put_u16(file, image.at.coff + coff::NUMBER_OF_SECTIONS, count);

        let end = align(self.address, section.size, image.section_alignment)?;
        let headers_end = image.size_of_headers + self.header_growth as u32;
        put_u32(file, field(optional::SIZE_OF_IMAGE), end);
        put_u32(file, field(optional::SIZE_OF_HEADERS), headers_end);
        put_directory(image, directory::RESOURCE, (self.address, section.size), file);
        put_directory(image, directory::CERTIFICATE, (0, 0), file);
        Ok(())
    }
}

/// Changes a size that counts the bytes of sections.
fn adjust(file: &mut [u8], at: usize, removed: u32, added: u32) -> Result<(), PeError> {
    let size = u32_at(file, at, "optional header")?;
    put_u32(file, at, size.saturating_sub(removed).saturating_add(added));
    Ok(())
}

/// The section that holds the image's resources and nothing else.
fn resource_section(image: &Image<'_>) -> Option<usize> {
    let resources = image.directory(directory::RESOURCE)?;
    let index = image
        .sections
        .iter()
        .position(|section| section.address == resources.address)?;
    let section = &image.sections[index];
    let inside = |address: u32| {
        address
            .checked_sub(section.address)
            .is_some_and(|distance| distance < section.extent())
    };
    let others = [directory::RESOURCE, directory::CERTIFICATE];
    let shared = (0..image.directories.len())
        .filter(|index| !others.contains(index))
        .filter_map(|index| image.directory(index))
        .any(|found| inside(found.address));
    let raw = section.raw();
    let overlapping = image.sections.iter().enumerate().any(|(other, found)| {
        let found = found.raw();
        other != index && found.start < raw.end && raw.start < found.end
    });
    let alone =
        !shared && !overlapping && !inside(image.entry_point) && raw.start >= image.size_of_headers as usize;
    (section.name == RSRC && alone).then_some(index)
}

/// Where the sections' bytes end in the file.
fn sections_end(image: &Image<'_>) -> usize {
    let headers = image.size_of_headers as usize;
    image
        .sections
        .iter()
        .map(|section| section.raw().end)
        .fold(headers, usize::max)
}

/// How much the headers must grow for one more section header. They may, up to the first section's address.
fn header_growth(image: &Image<'_>) -> Result<usize, PeError> {
    let in_the_way = |part| Err(PeError::NoRoomForSection { part });
    if image.sections.len() == usize::from(u16::MAX) {
        return in_the_way(HeaderPart::Count);
    }
    let offset = image.section_table_end();
    let end = offset + section_header::SIZE;
    let headers_end = image.size_of_headers as usize;
    let first_raw = image
        .sections
        .iter()
        .map(Section::raw)
        .filter(|raw| !raw.is_empty())
        .map(|raw| raw.start)
        .min();
    let room_end = headers_end.min(first_raw.unwrap_or(headers_end));
    if image.bytes[offset..end.min(headers_end)]
        .iter()
        .any(|&byte| byte != 0)
    {
        return in_the_way(HeaderPart::Data { offset });
    }
    if end <= room_end {
        return Ok(0);
    }
    let address = image.sections.first().map_or(u32::MAX, |section| section.address);
    let grown = end.next_multiple_of(image.file_alignment as usize);
    if room_end < headers_end || grown > address as usize {
        return in_the_way(HeaderPart::FirstSection { address });
    }
    Ok(grown - headers_end)
}

/// Where the signature is in the file: behind the sections, and looking like one. Empty at the end without one.
fn signature(image: &Image<'_>, sections_end: usize) -> Result<Range<usize>, PeError> {
    let Some(found) = image.directory(directory::CERTIFICATE) else {
        return Ok(image.bytes.len()..image.bytes.len());
    };
    let start = found.address as usize;
    let range = start..start.saturating_add(found.size as usize);
    let is_certificate = |bytes: &[u8]| {
        let length = u32_at(bytes, 0, "certificate")? as usize;
        let revision = u16_at(bytes, 4, "certificate")?;
        let sound =
            (CERTIFICATE_HEADER..=bytes.len()).contains(&length) && CERTIFICATE_REVISIONS.contains(&revision);
        Ok::<_, PeError>(sound)
    };
    match image.bytes.get(range.clone()) {
        Some(bytes) if start >= sections_end && is_certificate(bytes).unwrap_or(false) => Ok(range),
        _ => Err(PeError::Certificate {
            offset: found.address,
            size: found.size,
        }),
    }
}

/// The offset of the header of section `index`, the same in the old and the new file.
fn header_offset(image: &Image<'_>, index: usize) -> usize {
    image.at.sections + index * section_header::SIZE
}

fn write_section_header(file: &mut [u8], at: usize, address: u32, section: &Placed) {
    file[at..at + section_header::SIZE].fill(0);
    file[at..at + RSRC.len()].copy_from_slice(&RSRC);
    put_u32(file, at + section_header::VIRTUAL_SIZE, section.size);
    put_u32(file, at + section_header::VIRTUAL_ADDRESS, address);
    put_u32(file, at + section_header::SIZE_OF_RAW_DATA, section.raw_size);
    put_u32(file, at + section_header::POINTER_TO_RAW_DATA, section.pointer);
    put_u32(file, at + section_header::CHARACTERISTICS, READABLE_DATA);
}

/// Makes section `index` uninitialised data: the addresses stay, the bytes are gone.
fn empty_section(image: &Image<'_>, index: usize, file: &mut [u8]) {
    let section = image.sections[index];
    let at = header_offset(image, index);
    file[at..at + EMPTIED.len()].copy_from_slice(&EMPTIED);
    put_u32(file, at + section_header::VIRTUAL_SIZE, section.extent());
    put_u32(file, at + section_header::SIZE_OF_RAW_DATA, 0);
    put_u32(file, at + section_header::POINTER_TO_RAW_DATA, 0);
    put_u32(file, at + section_header::CHARACTERISTICS, READABLE_ZEROS);
}

fn put_directory(image: &Image<'_>, index: usize, (address, size): (u32, u32), file: &mut [u8]) {
    if index < image.directories.len() {
        let at = image.at.directories + index * DIRECTORY_SIZE;
        put_u32(file, at, address);
        put_u32(file, at + 4, size);
    }
}

/// Sets the link times outside the headers: the export directory's and the debug entries'. Nothing compares
/// them: a PDB is matched by the GUID in the debug data.
fn set_times(image: &Image<'_>, output: &mut Output<'_>, timestamp: u32) {
    let exports = directory_bytes(image, directory::EXPORT).map(|place| place.start + EXPORT_TIME);
    let debug = debug_entries(image).map(|entry| entry + DEBUG_ENTRY.1);
    let fields: Vec<usize> = exports.into_iter().chain(debug).collect();
    for field in fields {
        put_moved(output, field, timestamp);
    }
}

/// Makes the pointers that count bytes of the file follow what they point to.
fn move_pointers(image: &Image<'_>, output: &mut Output<'_>) {
    let headers = (0..image.sections.len()).map(|index| header_offset(image, index));
    let of_sections = headers.flat_map(|at| {
        [
            at + section_header::POINTER_TO_RAW_DATA,
            at + section_header::POINTER_TO_RELOCATIONS,
            at + section_header::POINTER_TO_LINENUMBERS,
        ]
    });
    let of_debug_data = debug_entries(image).map(|entry| entry + DEBUG_ENTRY.2);
    let of_symbols = [image.at.coff + coff::POINTER_TO_SYMBOL_TABLE];
    let fields: Vec<usize> = of_sections.chain(of_debug_data).chain(of_symbols).collect();
    for field in fields {
        let Ok(old @ 1..) = u32_at(image.bytes, field, "file pointer") else {
            continue;
        };
        let new = output.moved(old as usize).unwrap_or(0);
        put_moved(output, field, new as u32);
    }
    if u32_at(&output.bytes, of_symbols[0], "COFF header") == Ok(0) {
        put_u32(&mut output.bytes, image.at.coff + coff::NUMBER_OF_SYMBOLS, 0);
    }
}

/// The offsets of the debug directory's entries in the old file.
fn debug_entries(image: &Image<'_>) -> impl Iterator<Item = usize> {
    let place = directory_bytes(image, directory::DEBUG).unwrap_or(0..0);
    let count = place.len() / DEBUG_ENTRY.0;
    (0..count).map(move |index| place.start + index * DEBUG_ENTRY.0)
}

/// Where a data directory's bytes are in the old file, as far as its section has them. One that lies in the headers is
/// no table of times and pointers; overwriting it would overwrite headers.
fn directory_bytes(image: &Image<'_>, index: usize) -> Option<Range<usize>> {
    let found = image.directory(index)?;
    let (offset, available) = image.locate(found.address)?;
    let in_section = offset >= image.size_of_headers as usize;
    in_section.then(|| offset..offset + available.min(found.size as usize))
}

/// Overwrites a field at its place in the old file, where it went. A malformed directory may end in the middle of it.
fn put_moved(output: &mut Output<'_>, field: usize, value: u32) {
    if let (Some(start), Some(end)) = (output.moved(field), output.moved(field + 3))
        && end == start + 3
    {
        put_u32(&mut output.bytes, start, value);
    }
}

#[cfg(test)]
mod tests;
