//! The files of a package, compressed into cabinets on disk.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;

use md5::Md5;
use winsvc_cabinet::{CabinetError, CabinetWriter, DosDateTime, Level, MAX_FILE, Member};
use winsvc_definition::manifest::Compression;

use super::database::StreamContent;
use super::names::{file_id, letters};
use super::{MsiError, Options};
use crate::hashing::{Counting, Hashing, hex};
use crate::product::{CopyError, DEFAULT_SUFFIX, File, Product, Progress};

/// The files of a product, compressed into the cabinets of a package. The packages of a product in several languages
/// share them.
#[derive(Debug)]
pub struct Payload {
    pub(super) cabinets: Vec<Cabinet>,
    /// The number of each file in the cabinets, which are numbered through, from 1 on.
    pub(super) sequences: Vec<i32>,
    /// The hash of each file without a version, by which Windows Installer compares such files: the MD5 of the
    /// content, or zeros if empty
    /// ([`MsiGetFileHash`](https://learn.microsoft.com/windows/win32/api/msi/nf-msi-msigetfilehashw)).
    pub(super) hashes: Vec<Option<[u8; 16]>>,
    /// Whether the cabinets are files beside the package, which would be too large with them.
    pub(super) is_external: bool,
}

impl Payload {
    /// The cabinets as they would be if nothing could be compressed: without content, and beside the package if they
    /// might be too large for it.
    pub(super) fn planned(product: &Product) -> Self {
        let options = Options::default();
        let is_external = product.size() > options.most_embedded;
        let (order, sequences) = numbered(product);
        let sizes = order.iter().map(|&index| product.files[index].size);
        // Packages may share a folder, with cabinets beside them.
        let identity = format!("{}{}{}", product.upgrade_code, product.full_version, product.arch);
        let content = StreamContent::Bytes(identity.into_bytes());
        let cabinets = winsvc_cabinet::divide_into_cabinets(sizes, options.most_in_cabinet)
            .into_iter()
            .zip(1..)
            .map(|(files, number)| Cabinet {
                name: name(&content, number, is_external),
                files,
                content: StreamContent::Bytes(Vec::new()),
                certificate: None,
            });
        Self {
            cabinets: cabinets.collect(),
            sequences,
            hashes: vec![None; product.files.len()],
            is_external,
        }
    }

    /// The same with the hashes of the files.
    pub(super) fn hashed(product: &Product) -> Result<Self, MsiError> {
        let hashes = product.files.iter().map(|file| copy(file, io::sink()));
        Ok(Self {
            hashes: hashes.collect::<Result<_, _>>()?,
            ..Self::planned(product)
        })
    }
}

/// A cabinet of a package.
#[derive(Debug)]
pub(super) struct Cabinet {
    /// The stream's name, or the file's.
    pub(super) name: String,
    /// Its files: their places in the order of all files.
    pub(super) files: Range<usize>,
    pub(super) content: StreamContent,
    /// The certificate by which it is signed.
    pub(super) certificate: Option<Vec<u8>>,
}

impl Cabinet {
    /// The cabinet in the table `Media`: streams of the package have a leading `#`.
    pub(super) fn reference(&self, is_external: bool) -> String {
        let prefix = if is_external { "" } else { "#" };
        format!("{prefix}{}", self.name)
    }
}

/// Compresses the product's files into temporary files in the folder `scratch`; there is never more than a part of the
/// files in memory. Calls `progress` while it reads the files.
pub fn compress(
    product: &Product,
    options: Options,
    scratch: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<Payload, MsiError> {
    if let Some(file) = product.files.iter().find(|file| file.size > MAX_FILE) {
        return Err(MsiError::FileSize {
            target: file.target.clone(),
            size: file.size,
        });
    }
    let (order, sequences) = numbered(product);
    let sizes = order.iter().map(|&index| product.files[index].size);
    let (mut cabinets, mut hashes) = (Vec::new(), vec![None; order.len()]);
    let mut done = Progress::default();
    for files in winsvc_cabinet::divide_into_cabinets(sizes, options.most_in_cabinet) {
        let out = tempfile::tempfile_in(scratch).map_err(MsiError::Write)?;
        let indexes = &order[files.clone()];
        let mut writer = CabinetWriter::new(out, members(product, indexes), lzx_level(options.compression))?;
        for &index in indexes {
            let mut count = |count| {
                done.bytes += count;
                progress(done);
            };
            hashes[index] = copy(&product.files[index], Counting::new(&mut writer, &mut count))?;
            done.files += 1;
            progress(done);
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
            certificate: None,
        });
    Ok(Payload {
        cabinets: cabinets.collect(),
        sequences,
        hashes,
        is_external,
    })
}

fn lzx_level(compression: Compression) -> Level {
    match compression {
        Compression::Fast => Level::Fast,
        Compression::Default => Level::Default,
        Compression::Max => Level::Max,
    }
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

/// The files in the order of the cabinets, and the number of each file in them.
fn numbered(product: &Product) -> (Vec<usize>, Vec<i32>) {
    let order = order(&product.files);
    let mut sequences = vec![0; order.len()];
    for (&index, sequence) in order.iter().zip(1..) {
        sequences[index] = sequence;
    }
    (order, sequences)
}

/// Files of one kind follow each other: they have more in common within the window of the compression. A kept file and
/// its default have the same content.
fn order(files: &[File]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..files.len()).collect();
    order.sort_by_cached_key(|&index| {
        let name = files[index].target.file_name();
        let name = name.strip_suffix(DEFAULT_SUFFIX).unwrap_or(name);
        Path::new(name).extension().map(OsStr::to_ascii_lowercase)
    });
    order
}

fn members(product: &Product, indexes: &[usize]) -> Vec<Member> {
    let member = |&index: &usize| Member {
        name: file_id(&product.files[index]),
        size: product.files[index].size,
        modified: DosDateTime::from_unix(super::time(product)),
    };
    indexes.iter().map(member).collect()
}

impl From<CabinetError> for MsiError {
    fn from(error: CabinetError) -> Self {
        match error {
            CabinetError::Write(error) => Self::Write(error),
            error => Self::Cabinet(error),
        }
    }
}
