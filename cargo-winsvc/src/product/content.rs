//! The content of an installed file: read when a package is written, in pieces.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;

use crate::diagnostic::{Diagnostic, Explain};

/// How much is read at a time.
const PIECE: usize = 0x1_0000;

/// How much of a product's files was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The number of files that were read to their end.
    pub files: usize,
    /// The number of bytes.
    pub bytes: u64,
}

/// Where the content of a file comes from.
#[derive(Clone, Debug)]
pub enum Content {
    /// These bytes.
    Bytes(Arc<[u8]>),
    /// The file at this path.
    File(PathBuf),
}

impl Content {
    /// The number of bytes.
    pub fn size(&self) -> Result<u64, ContentError> {
        match self {
            Self::Bytes(bytes) => Ok(bytes.len() as u64),
            Self::File(path) => match std::fs::metadata(path) {
                Ok(metadata) => Ok(metadata.len()),
                Err(source) => Err(ContentError::Unreadable {
                    path: path.clone(),
                    source,
                }),
            },
        }
    }

    /// Writes the content to `out`.
    pub(crate) fn write(&self, out: &mut dyn Write) -> Result<(), CopyError> {
        let size = self.size().map_err(CopyError::Content)?;
        self.copy(size, out)
    }

    /// Copies the content, which had `size` bytes, to `out`.
    pub fn copy(&self, size: u64, out: &mut dyn Write) -> Result<(), CopyError> {
        let path = match self {
            Self::Bytes(bytes) => return out.write_all(bytes).map_err(CopyError::Write),
            Self::File(path) => path,
        };
        let unreadable = |source| {
            CopyError::Content(ContentError::Unreadable {
                path: path.clone(),
                source,
            })
        };
        let mut file = File::open(path).map_err(unreadable)?;
        let mut piece = vec![0; PIECE];
        let mut copied = 0;
        loop {
            let count = match file.read(&mut piece) {
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(unreadable(error)),
            };
            copied += count as u64;
            // Neither a file that grows without end is followed, nor one accepted that was cut off.
            if copied > size || (count == 0 && copied < size) {
                return Err(CopyError::Content(ContentError::Changed { path: path.clone() }));
            }
            if count == 0 {
                return Ok(());
            }
            out.write_all(&piece[..count]).map_err(CopyError::Write)?;
        }
    }

    /// All of the content, if it begins with the letters of a program. Only programs have a version to look for, and
    /// they are of a size that fits memory.
    pub(super) fn program(&self) -> Result<Option<Vec<u8>>, ContentError> {
        const PROGRAM: [u8; 2] = *b"MZ";
        let path = match self {
            Self::Bytes(bytes) => return Ok(bytes.starts_with(&PROGRAM).then(|| bytes.to_vec())),
            Self::File(path) => path,
        };
        let read = || {
            let mut file = File::open(path)?;
            let mut program = Vec::new();
            (&mut file).take(2).read_to_end(&mut program)?;
            if program != PROGRAM {
                return Ok(None);
            }
            file.read_to_end(&mut program)?;
            Ok(Some(program))
        };
        read().map_err(|source| ContentError::Unreadable {
            path: path.clone(),
            source,
        })
    }
}

/// The error if a file's content cannot be had.
#[derive(Debug, Error)]
pub enum ContentError {
    /// The file cannot be read.
    #[error("cannot read the file `{}`", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file has become longer or shorter.
    #[error("the file `{}` changed while it was packaged", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
}

impl Explain for ContentError {
    fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::of(self);
        match self {
            Self::Unreadable { .. } => diagnostic.help("check that the file exists and can be read"),
            Self::Changed { .. } => {
                diagnostic.help("run the command again when no other program writes to the file")
            }
        }
    }
}

/// The error if a content cannot be copied.
#[derive(Debug, Error)]
pub enum CopyError {
    /// The content cannot be read.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// It cannot be written to where it should go.
    #[error("cannot write")]
    Write(#[source] io::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changes_its_size_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, vec![b'x'; 2 * PIECE]).unwrap();
        let content = Content::File(path.clone());
        let size = content.size().unwrap();
        let mut copy = Vec::new();
        content.copy(size, &mut copy).unwrap();
        assert_eq!(copy, vec![b'x'; 2 * PIECE]);
        for other in [size - 1, size + 1] {
            let error = content.copy(other, &mut Vec::new()).unwrap_err();
            let expected = format!("the file `{}` changed while it was packaged", path.display());
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn a_file_that_is_gone_is_an_error() {
        let content = Content::File(PathBuf::from("no/such/file"));
        assert_eq!(
            content.size().unwrap_err().to_string(),
            "cannot read the file `no/such/file`"
        );
        let error = content.copy(0, &mut Vec::new()).unwrap_err();
        assert_eq!(error.to_string(), "cannot read the file `no/such/file`");
    }
}
