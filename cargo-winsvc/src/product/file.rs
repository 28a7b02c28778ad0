//! An installed file, with the version and hash by which Windows Installer compares it.

use md5::{Digest, Md5};
use winsvc_definition::manifest::TargetPath;

pub use winsvc_definition::manifest::DEFAULT_SUFFIX;

pub use crate::pe::FileVersion;

/// A file of the product.
#[derive(Clone, Debug)]
pub struct File {
    /// Its path below the installation folder.
    pub target: TargetPath,
    /// Its content.
    pub content: Vec<u8>,
    /// The version in its resources, if it has one.
    pub version: Option<FileVersion>,
    /// The hash by which Windows Installer compares files without a version: the MD5 of the content, or zeros if empty
    /// ([`MsiGetFileHash`](https://learn.microsoft.com/windows/win32/api/msi/nf-msi-msigetfilehashw)).
    pub hash: [u8; 16],
    /// Whether it is the administrator's once it is installed: written where there is none, never replaced and never
    /// removed. Its default is another file of the product, with [`DEFAULT_SUFFIX`] after its name.
    pub is_kept: bool,
}

impl File {
    /// Reads the version from the content, if it is a program with a version.
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
            is_kept: false,
        }
    }
}
