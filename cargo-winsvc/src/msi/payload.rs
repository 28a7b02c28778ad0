//! The files of a package, compressed into cabinets on disk.

use std::io::Write;
use std::ops::Range;
use std::path::Path;

use md5::Md5;

use super::database::StreamContent;
use super::names::{file_id, letters};
use super::{MsiError, Options};
use crate::cabinet::{self, CabinetError, CabinetWriter, DosDateTime, Member};
use crate::hashing::{Counting, Hashing, hex};
use crate::product::{CopyError, File, Product};

/// The files of a product, compressed into the cabinets of a package in the order of the product. The packages of a
/// product in several languages share them.
#[derive(Debug)]
pub struct Payload {
    pub(super) cabinets: Vec<Cabinet>,
    /// The hash of each file without a version, by which Windows Installer compares such files: the MD5 of the
    /// content, or zeros if empty
    /// ([`MsiGetFileHash`](https://learn.microsoft.com/windows/win32/api/msi/nf-msi-msigetfilehashw)).
    pub(super) hashes: Vec<Option<[u8; 16]>>,
    /// Whether the cabinets are files beside the package, which would be too large with them.
    pub(super) is_external: bool,
}

/// A cabinet of a package.
#[derive(Debug)]
pub(super) struct Cabinet {
    /// The stream's name, or the file's.
    pub(super) name: String,
    /// Its files: indexes into the product's.
    pub(super) files: Range<usize>,
    pub(super) content: StreamContent,
}

impl Cabinet {
    /// The cabinet in the table `Media`: streams of the package have a leading `#`.
    pub(super) fn reference(&self, is_external: bool) -> String {
        let prefix = if is_external { "" } else { "#" };
        format!("{prefix}{}", self.name)
    }
}

/// Compresses the product's files into temporary files in the folder `scratch`; there is never more than a part of the
/// files in memory. Calls `progress` with the number of bytes of files that were read.
pub fn compress(
    product: &Product,
    options: Options,
    scratch: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<Payload, MsiError> {
    let sizes = product.files.iter().map(|file| file.size);
    let (mut cabinets, mut hashes) = (Vec::new(), Vec::new());
    let mut done = 0;
    for files in cabinet::divide_into_cabinets(sizes) {
        let out = tempfile::tempfile_in(scratch).map_err(MsiError::Write)?;
        let mut writer = CabinetWriter::new(out, members(product, &files), options.level)?;
        for file in &product.files[files.clone()] {
            let mut count = |count| {
                done += count;
                progress(done);
            };
            hashes.push(copy(file, Counting::new(&mut writer, &mut count))?);
        }
        let content = StreamContent::of_file(writer.finish()?).map_err(MsiError::Write)?;
        cabinets.push((files, content));
    }

    let is_external = cabinets.iter().map(|(_, content)| content.len()).sum::<u64>() > options.most_embedded;
    let cabinets = cabinets
        .into_iter()
        .zip(1..)
        .map(|((files, content), number)| Cabinet {
            name: name(&content, number, is_external),
            files,
            content,
        });
    Ok(Payload {
        cabinets: cabinets.collect(),
        hashes,
        is_external,
    })
}

/// Copies the content of a file. Returns its hash if it needs one; MD5 takes longer than all else that is done here.
fn copy(file: &File, mut out: impl Write) -> Result<Option<[u8; 16]>, MsiError> {
    let copy = |out: &mut dyn Write| {
        file.content.copy(file.size, out).map_err(|error| match error {
            CopyError::Content(error) => MsiError::Content(error),
            CopyError::Write(error) => MsiError::Write(error),
        })
    };
    if file.version.is_some() {
        copy(&mut out)?;
        return Ok(None);
    }
    let mut hashing: Hashing<_, Md5> = Hashing::new(out);
    copy(&mut hashing)?;
    Ok(Some(match file.size {
        0 => [0; 16],
        _ => hashing.finish(),
    }))
}

/// The name of a cabinet. That of an external one depends on the content, as packages may share a folder, and has at
/// most eight characters and three, as WiX demands of such cabinets.
fn name(content: &StreamContent, number: usize, is_external: bool) -> String {
    if is_external {
        let letters = letters(&hex(&content.digest()), 6);
        return format!("{letters}{number:02}.cab");
    }
    match number {
        1 => "product.cab".to_owned(),
        number => format!("product{number}.cab"),
    }
}

fn members(product: &Product, files: &Range<usize>) -> Vec<Member> {
    let member = |file| Member {
        name: file_id(file),
        size: file.size,
        modified: DosDateTime::from_unix(super::time(product)),
    };
    product.files[files.clone()].iter().map(member).collect()
}

impl From<CabinetError> for MsiError {
    fn from(error: CabinetError) -> Self {
        match error {
            CabinetError::Write(error) => Self::Write(error),
            error => Self::Cabinet(error),
        }
    }
}
