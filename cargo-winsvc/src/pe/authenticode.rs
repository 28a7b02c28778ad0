//! The certificate table, and what an Authenticode signature covers ([Windows Authenticode Portable Executable Signature
//! Format](https://learn.microsoft.com/windows/win32/debug/pe-format#the-attribute-certificate-table-image-only)).

use super::bytes::{slice, u16_at, u32_at};
use super::image::{DIRECTORY_SIZE, directory, optional};
use super::{Image, PeError};

/// The fields of `WIN_CERTIFICATE`, and where its content begins.
mod certificate {
    pub(super) const LENGTH: usize = 0;
    pub(super) const TYPE: usize = 6;
    pub(super) const CONTENT: usize = 8;
    /// `WIN_CERT_TYPE_PKCS_SIGNED_DATA`
    pub(super) const PKCS_SIGNED_DATA: u16 = 2;
}

impl<'a> Image<'a> {
    /// The Authenticode signature: a DER-encoded `SignedData`, which zeros may follow.
    pub fn signature(&self) -> Result<Option<&'a [u8]>, PeError> {
        let Some(table) = self.certificate_table()? else {
            return Ok(None);
        };
        let length = u32_at(table, certificate::LENGTH, CERTIFICATE_TABLE)? as usize;
        if u16_at(table, certificate::TYPE, CERTIFICATE_TABLE)? != certificate::PKCS_SIGNED_DATA {
            return Ok(None);
        }
        let length = length.saturating_sub(certificate::CONTENT);
        slice(table, certificate::CONTENT, length, CERTIFICATE_TABLE).map(Some)
    }

    /// What the signature covers: everything but the checksum, the certificate table and the table's place in the
    /// headers.
    pub fn signed_parts(&self) -> Result<[&'a [u8]; 4], PeError> {
        let checksum = self.at.optional + optional::CHECK_SUM;
        let place = self.at.directories + directory::CERTIFICATE * DIRECTORY_SIZE;
        let (table, length) = match self.directory(directory::CERTIFICATE) {
            Some(found) => (found.address as usize, found.size as usize),
            None => (self.bytes.len(), 0),
        };
        let part = |from: usize, to: usize| {
            let length = to.saturating_sub(from);
            slice(self.bytes, from, length, "signed part")
        };
        Ok([
            part(0, checksum)?,
            part(checksum + 4, place)?,
            part(place + DIRECTORY_SIZE, table)?,
            part(table.saturating_add(length), self.bytes.len())?,
        ])
    }

    fn certificate_table(&self) -> Result<Option<&'a [u8]>, PeError> {
        let Some(found) = self.directory(directory::CERTIFICATE) else {
            return Ok(None);
        };
        // Its address is an offset in the file.
        let (offset, length) = (found.address as usize, found.size as usize);
        slice(self.bytes, offset, length, CERTIFICATE_TABLE).map(Some)
    }
}

const CERTIFICATE_TABLE: &str = "certificate table";
