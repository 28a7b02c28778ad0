//! The signature of a cabinet, and what it covers.
//!
//! A signing program reserves an area in the header for the place of the signature, and appends the signature. No document
//! of Microsoft describes it; the layout is that of osslsigncode and jsign.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

use sha2::digest::DynDigest;

use super::hash::add_all;
use super::invalid::InvalidSignature;

/// `CFHEADER`, and the area that signing programs reserve
/// ([Microsoft Cabinet Format](https://learn.microsoft.com/previous-versions/bb267310(v=vs.85))).
mod header {
    use std::ops::Range;

    /// Its size without a reserved area.
    pub(super) const LENGTH: usize = 36;
    pub(super) const SIGNATURE: Range<usize> = 0..4;
    /// All fields but `signature` and `reserved1`.
    pub(super) const FIELDS: Range<usize> = 8..LENGTH;
    pub(super) const FLAGS: usize = 30;
    /// `cfhdrRESERVE_PRESENT`
    pub(super) const RESERVE_PRESENT: u16 = 4;

    /// The end of the reserved area.
    pub(super) const RESERVED_END: usize = 60;
    /// `cbCFHeader`, `cbCFFolder` and `cbCFData` of a cabinet with a signature: only its header has an area.
    pub(super) const RESERVED_SIZES: ([u8; 4], usize) = ([20, 0, 0, 0], 36);
    /// The field of the area that the signature covers.
    pub(super) const COVERED: Range<usize> = 40..42;
    pub(super) const OFFSET: usize = 44;
    pub(super) const SIZE: usize = 48;
}

/// The beginning of the file.
pub(super) const MAGIC: &[u8] = b"MSCF";

/// A cabinet with a signature.
pub(super) struct SignedCabinet {
    file: File,
    header: [u8; header::RESERVED_END],
    /// Where the signature begins, after all that it covers.
    offset: u64,
    /// The signature: a DER-encoded `SignedData`.
    pub(super) signature: Vec<u8>,
}

impl SignedCabinet {
    /// Reads the signature of a cabinet; `None` if it has none.
    pub(super) fn open(mut file: File) -> io::Result<Option<Self>> {
        let mut header = [0; header::RESERVED_END];
        file.read_exact(&mut header[..header::LENGTH])?;
        let flags = [header[header::FLAGS], header[header::FLAGS + 1]];
        if u16::from_le_bytes(flags) & header::RESERVE_PRESENT == 0 {
            return Ok(None);
        }
        file.read_exact(&mut header[header::LENGTH..])?;
        let (sizes, at) = header::RESERVED_SIZES;
        // Another reserved area is no signature's.
        if header[at..at + sizes.len()] != sizes {
            return Ok(None);
        }
        let field = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|byte| header[at + byte]));
        let (offset, size) = (u64::from(field(header::OFFSET)), u64::from(field(header::SIZE)));
        if size == 0 {
            return Ok(None);
        }
        file.seek(SeekFrom::Start(offset))?;
        let mut signature = Vec::new();
        (&file).take(size).read_to_end(&mut signature)?;
        Ok(Some(Self {
            file,
            header,
            offset,
            signature,
        }))
    }

    /// Adds what the signature covers: the header without its checksum and the place of the signature, and all that is
    /// between the header and the signature.
    pub(super) fn fill(mut self, digest: &mut dyn DynDigest) -> Result<(), InvalidSignature> {
        for part in [header::SIGNATURE, header::FIELDS, header::COVERED] {
            digest.update(&self.header[part]);
        }
        let begin = self.header.len() as u64;
        self.file.seek(SeekFrom::Start(begin))?;
        let length = self.offset.saturating_sub(begin);
        add_all(self.file.take(length), digest)
    }
}
