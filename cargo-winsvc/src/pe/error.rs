//! What can be wrong with an exe, or with what is to be stamped into it.

use thiserror::Error;

/// Why a portable executable could not be read or stamped.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PeError {
    /// The file has no `MZ` or no `PE` signature.
    #[error("not a Windows executable: missing signature {signature:?} at offset {offset:#x}")]
    NotAnImage {
        /// The signature that is missing.
        signature: &'static str,
        /// Where it should stand.
        offset: usize,
    },
    /// A structure ends behind the end of what holds it.
    #[error(
        "the {what} at offset {offset:#x} needs {length} bytes, but only {available} bytes are available"
    )]
    Truncated {
        /// The structure.
        what: &'static str,
        /// Where it starts.
        offset: usize,
        /// How long it should be.
        length: usize,
        /// How long the file, or the part that holds the structure, is.
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
    /// The alignments are no powers of two, or contradict each other.
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
        /// What is in the way.
        part: HeaderPart,
    },
    /// An address does not lie in any section's bytes.
    #[error("the {what} at address {address:#x} lies outside the bytes of every section")]
    Unmapped {
        /// The structure looked for.
        what: &'static str,
        /// Its address relative to the image base.
        address: u32,
    },
    /// The file, or the image in memory, would pass the 4 GiB that its fields can say.
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
        /// Where it should stand.
        offset: u32,
        /// How long it should be.
        size: u32,
    },
    /// The resource tree does not have exactly the levels type, name and language.
    #[error("found {found} in the resource tree at offset {offset:#x} of the resources; expected {expected}")]
    ResourceLevel {
        /// What the level calls for.
        expected: &'static str,
        /// What stands there.
        found: &'static str,
        /// The entry's place, from the start of the resources.
        offset: usize,
    },
    /// A resource's type, id or language is larger than 16 bits.
    #[error("the number {found:#x} of a resource tree entry at offset {offset:#x} exceeds 16 bits")]
    ResourceNumber {
        /// The number found.
        found: u32,
        /// The entry's place, from the start of the resources.
        offset: usize,
    },
    /// The resource tree lists more entries than its bytes can hold: directories are shared or point in circles.
    #[error("the resource tree lists more entries than its {available} bytes can hold")]
    ResourceCount {
        /// The length of the resources.
        available: usize,
    },
    /// The same type, name and language stand twice in the resource tree.
    #[error("duplicate entry in the resource tree at offset {offset:#x}")]
    ResourceTwice {
        /// The second entry's place, from the start of the resources.
        offset: usize,
    },
    /// A version resource does not begin as one.
    #[error("the version resource does not begin with VS_VERSION_INFO and the signature 0xfeef04bd")]
    NotVersionInfo,
    /// A text does not fit its field.
    #[error("{what} has {length} bytes; the field holds at most {limit}")]
    TextTooLong {
        /// Which text.
        what: String,
        /// Its length in the file.
        length: usize,
        /// The field's limit.
        limit: usize,
    },
    /// A NUL inside a text would end it there.
    #[error("{what} contains a NUL character, which would end the text there")]
    TextHasNul {
        /// Which text.
        what: String,
    },
    /// An icon file that is none.
    #[error("not an icon file: it does not begin with the bytes 00 00 01 00 and at least one image")]
    NotAnIcon,
}

/// What stands in the way of another section header.
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
        /// Where the next header would stand.
        offset: usize,
    },
    /// The number of sections has 16 bits.
    #[error("there are 65,535 sections")]
    Count,
}
