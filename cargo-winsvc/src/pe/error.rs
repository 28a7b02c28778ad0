//! The errors of reading and stamping exes.

use thiserror::Error;

/// The error if a portable executable cannot be read or stamped.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PeError {
    /// The `MZ` or `PE` signature is missing.
    #[error("not a Windows executable: missing signature {signature:?} at offset {offset:#x}")]
    NotAnImage {
        /// The signature that is missing.
        signature: &'static str,
        /// Its expected offset.
        offset: usize,
    },
    /// A structure extends beyond the end of its container.
    #[error(
        "the {what} at offset {offset:#x} needs {length} bytes, but only {available} bytes are available"
    )]
    Truncated {
        /// The structure.
        what: &'static str,
        /// Where it starts.
        offset: usize,
        /// Its expected length.
        length: usize,
        /// The length of the file, or of the part that contains the structure.
        available: usize,
    },
    /// The optional header is neither PE32 nor PE32+.
    #[error(
        "unknown magic number {found:#06x} in the optional header; expected 0x010b (PE32) or 0x020b (PE32+)"
    )]
    OptionalHeaderMagic {
        /// The number found.
        found: u16,
    },
    /// The alignments are not powers of two, or contradict each other.
    #[error(
        "invalid section alignment of {section:#x} in memory and {file:#x} in the file; \
         expected powers of two, the first not below the second, the second at most 0x10000"
    )]
    Alignment {
        /// `SectionAlignment`.
        section: u32,
        /// `FileAlignment`.
        file: u32,
    },
    /// Sections overlap in memory, or are not in the order of their addresses; the loader refuses such a file.
    #[error(
        "a section begins at address {address:#x}, before the end of the preceding section or headers at \
        {end:#x}"
    )]
    SectionOrder {
        /// The section's address.
        address: u32,
        /// The end of the section, or of the headers, before it.
        end: u32,
    },
    /// The headers have no entry for resources among the data directories.
    #[error("the headers have {found} data directories; resources need at least 3")]
    NoResourceDirectory {
        /// `NumberOfRvaAndSizes`.
        found: usize,
    },
    /// The section table cannot take another section.
    #[error(
        "the headers have no room for another section: {part}; link again, or strip debug sections first"
    )]
    NoRoomForSection {
        /// The obstacle.
        part: HeaderPart,
    },
    /// An address is outside the bytes of all sections.
    #[error("the {what} at address {address:#x} lies outside the bytes of every section")]
    Unmapped {
        /// The structure looked for.
        what: &'static str,
        /// Its address relative to the image base.
        address: u32,
    },
    /// The file, or the image in memory, would exceed 4 GiB, the limit of the format.
    #[error("{what} would be larger than the 4 GiB that a portable executable can describe")]
    TooLarge {
        /// What would be too large.
        what: &'static str,
    },
    /// The certificate table is not where a signing tool leaves one.
    #[error(
        "the headers refer to a signature of {size} bytes at offset {offset:#x}, but there is none; \
         the exe was changed after it was signed: sign it last, or remove the signature"
    )]
    Certificate {
        /// Its expected offset.
        offset: u32,
        /// Its expected length.
        size: u32,
    },
    /// The resource tree does not have exactly the levels type, name and language.
    #[error("found {found} in the resource tree at offset {offset:#x} of the resources; expected {expected}")]
    ResourceLevel {
        /// The expected entry.
        expected: &'static str,
        /// The entry found.
        found: &'static str,
        /// The entry's offset from the start of the resources.
        offset: usize,
    },
    /// A resource's type, id or language is larger than 16 bits.
    #[error("the number {found:#x} of a resource tree entry at offset {offset:#x} exceeds 16 bits")]
    ResourceNumber {
        /// The number found.
        found: u32,
        /// The entry's offset from the start of the resources.
        offset: usize,
    },
    /// The resource tree lists more entries than its bytes can hold: directories are shared or form a cycle.
    #[error("the resource tree lists more entries than its {available} bytes can hold")]
    ResourceCount {
        /// The length of the resources.
        available: usize,
    },
    /// The resource tree contains the same type, name and language twice.
    #[error("duplicate entry in the resource tree at offset {offset:#x}")]
    ResourceTwice {
        /// The second entry's offset from the start of the resources.
        offset: usize,
    },
    /// The version resource has no valid header.
    #[error("the version resource does not begin with VS_VERSION_INFO and the signature 0xfeef04bd")]
    NotVersionInfo,
    /// A string is too long for its field.
    #[error("{what} has {length} bytes; the field holds at most {limit}")]
    TextTooLong {
        /// A description of the string.
        what: String,
        /// Its length in the file.
        length: usize,
        /// The field's limit.
        limit: usize,
    },
    /// A string contains a NUL, which would end it there.
    #[error("{what} contains a NUL character, which would end the string there")]
    TextHasNul {
        /// A description of the string.
        what: String,
    },
    /// The file is not an icon file.
    #[error("not an icon file: it does not begin with the bytes 00 00 01 00 and at least one image")]
    NotAnIcon,
}

/// The obstacle to another section header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HeaderPart {
    /// The headers would reach into the first section.
    #[error(
        "the first section begins at address {address:#x}, and the headers already fill the space before it"
    )]
    FirstSection {
        /// The first section's address.
        address: u32,
    },
    /// There is data between the section table and the first section.
    #[error("other data follows the section table at offset {offset:#x}")]
    Data {
        /// The offset of the next header.
        offset: usize,
    },
    /// The number of sections has 16 bits.
    #[error("there are 65,535 sections")]
    Count,
}
