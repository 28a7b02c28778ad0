//! A file that is installed, with what Windows Installer compares it by.

use md5::{Digest, Md5};
use winsvc_definition::manifest::TargetPath;

pub use crate::pe::FileVersion;

/// A file of the product.
#[derive(Clone, Debug)]
pub struct File {
    /// Its path below the installation folder.
    pub target: TargetPath,
    /// Its content.
    pub content: Vec<u8>,
    /// The version in its resources; most files have none.
    pub version: Option<FileVersion>,
    /// What Windows Installer compares files without a version by: the MD5 of the content, and zeros for an empty one
    /// ([`MsiGetFileHash`](https://learn.microsoft.com/windows/win32/api/msi/nf-msi-msigetfilehashw)).
    pub hash: [u8; 16],
}

impl File {
    /// Takes the version from the content where that is a program with one.
    pub fn new(target: TargetPath, content: Vec<u8>) -> Self {
        Self {
            target,
            version: crate::pe::read_version(&content).ok().flatten(),
            hash: if content.is_empty() {
                [0; 16]
            } else {
                Md5::digest(&content).into()
            },
            content,
        }
    }
}
