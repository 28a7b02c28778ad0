//! The content of a stream: bytes, or a file that is copied when the package is written.

use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::hashing::sha256_of;

/// The content of a stream.
#[derive(Clone, Debug)]
pub enum StreamContent {
    /// These bytes.
    Bytes(Vec<u8>),
    /// The whole of a file.
    File {
        /// The file, open for reading.
        file: Arc<File>,
        /// Its size in bytes.
        len: u64,
        /// The SHA-256 of its content.
        digest: [u8; 32],
    },
}

impl From<Vec<u8>> for StreamContent {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl StreamContent {
    /// Takes the size and the digest of a file.
    pub fn of_file(file: File) -> io::Result<Self> {
        (&file).seek(SeekFrom::Start(0))?;
        let (len, digest) = sha256_of(&file)?;
        Ok(Self::File {
            file: Arc::new(file),
            len,
            digest,
        })
    }

    /// The number of bytes.
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File { len, .. } => *len,
        }
    }

    pub(crate) fn digest(&self) -> [u8; 32] {
        match self {
            Self::Bytes(bytes) => Sha256::digest(bytes).into(),
            Self::File { digest, .. } => *digest,
        }
    }

    /// Copies the content in large pieces.
    pub(crate) fn copy(&self, out: &mut impl io::Write) -> io::Result<()> {
        /// A compound file takes pieces of this size without copying them once more.
        const PIECE: usize = 0x10_0000;
        match self {
            Self::Bytes(bytes) => out.write_all(bytes),
            Self::File { file, .. } => {
                let mut file = &**file;
                file.seek(SeekFrom::Start(0))?;
                let mut reader = io::BufReader::with_capacity(PIECE, file);
                io::copy(&mut reader, out).map(drop)
            }
        }
    }
}
