//! Signs files that were built elsewhere: `cargo winsvc sign`. If one cannot be signed, none is changed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::authenticode::{self, Signature};
use super::error::{SignError, Subject};
use super::signer::{Signer, of_file, private_folder};
use crate::hashing::sha256_of;

/// A file, and its signature.
pub(crate) struct SignedFile {
    /// Its path.
    pub(crate) path: PathBuf,
    /// Its size.
    pub(crate) bytes: u64,
    /// The SHA-256 of its content.
    pub(crate) sha256: [u8; 32],
    /// Its signature.
    pub(crate) signature: Signature,
}

/// Files with their signatures, which are not yet in their places.
pub(crate) struct StagedFiles(Vec<Staged>);

/// Signs copies of files, except for those that are signed already.
pub(crate) fn stage_files(signer: &Signer, paths: &[PathBuf]) -> Result<StagedFiles, SignError> {
    let staged: Result<Vec<_>, _> = paths.iter().map(|path| Staged::new(signer, path)).collect();
    let staged = staged?;
    for file in &staged {
        signer.report(&file.name, &file.signature, file.folder.is_some());
    }
    Ok(StagedFiles(staged))
}

impl StagedFiles {
    /// Puts the signed files in their places.
    pub(crate) fn publish(self) -> Result<Vec<SignedFile>, SignError> {
        self.0.into_iter().map(Staged::publish).collect()
    }
}

/// The files that are not signed yet.
pub(crate) fn unsigned(paths: &[PathBuf]) -> Result<Vec<&PathBuf>, SignError> {
    let mut unsigned = Vec::new();
    for path in paths {
        let subject = Subject::File(path.display().to_string());
        let target = fs::canonicalize(path).map_err(of_file(&subject))?;
        let present = authenticode::read(&target);
        if present
            .map_err(|source| SignError::Invalid { subject, source })?
            .is_none()
        {
            unsigned.push(path);
        }
    }
    Ok(unsigned)
}

/// A file with its signature, and not yet in its place.
struct Staged {
    path: PathBuf,
    subject: Subject,
    name: String,
    signature: Signature,
    /// The folder with the signed file; `None` if the file is signed already.
    folder: Option<TempDir>,
}

impl Staged {
    fn new(signer: &Signer, path: &Path) -> Result<Self, SignError> {
        let subject = Subject::File(path.display().to_string());
        let error = of_file(&subject);
        // A link's target is signed, not the link replaced.
        let target = fs::canonicalize(path).map_err(&error)?;
        let present = authenticode::read(&target).map_err(|source| SignError::Invalid {
            subject: subject.clone(),
            source,
        })?;
        let name = target
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let (folder, signature) = if let Some(signature) = present {
            (None, signature)
        } else {
            let folder = private_folder(target.parent()).map_err(&error)?;
            let copy = folder.path().join(&name);
            fs::copy(&target, &copy).map_err(&error)?;
            let signature = signer.sign(&subject, &copy)?;
            (Some(folder), signature)
        };
        Ok(Self {
            path: target,
            subject,
            name,
            signature,
            folder,
        })
    }

    fn publish(self) -> Result<SignedFile, SignError> {
        let Self {
            path,
            subject,
            name,
            signature,
            folder,
        } = self;
        let publish = || {
            if let Some(folder) = &folder {
                let copy = folder.path().join(&name);
                // A signing program may have made another file, with other permissions.
                fs::set_permissions(&copy, fs::metadata(&path)?.permissions())?;
                File::open(&copy)?.sync_all()?;
                fs::rename(&copy, &path)?;
            }
            sha256_of(File::open(&path)?)
        };
        let (bytes, sha256) = publish().map_err(of_file(&subject))?;
        Ok(SignedFile {
            path,
            bytes,
            sha256,
            signature,
        })
    }
}
