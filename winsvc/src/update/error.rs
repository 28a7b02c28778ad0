//! Why a run of the updater ended early.

use std::fmt;
use std::io;

use winsvc_definition::UpdateUrlError;

use super::fetch::FetchError;
use super::manifest::ManifestError;

/// Why a run ended early. Nothing was changed, or the next run continues.
#[derive(Debug)]
#[non_exhaustive]
pub enum UpdateError {
    /// Another process is updating.
    AlreadyRunning,
    /// The manifest is not used.
    Manifest(ManifestError),
    /// The manifest was not downloaded.
    Fetch(FetchError),
    /// The address in the settings cannot have a manifest.
    Url(UpdateUrlError),
    /// A call of the system failed.
    System(io::Error),
}

impl fmt::Display for UpdateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyRunning => f.write_str("another process is updating this product"),
            Self::Manifest(error) => error.fmt(f),
            Self::Fetch(error) => write!(f, "cannot download the update manifest: {error}"),
            Self::Url(error) => error.fmt(f),
            Self::System(error) => write!(f, "the update was interrupted: {error}"),
        }
    }
}

impl std::error::Error for UpdateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::AlreadyRunning => None,
            Self::Manifest(error) => Some(error),
            Self::Fetch(error) => Some(error),
            Self::Url(error) => Some(error),
            Self::System(error) => Some(error),
        }
    }
}

impl From<ManifestError> for UpdateError {
    fn from(error: ManifestError) -> Self {
        Self::Manifest(error)
    }
}

impl From<FetchError> for UpdateError {
    fn from(error: FetchError) -> Self {
        Self::Fetch(error)
    }
}

impl From<UpdateUrlError> for UpdateError {
    fn from(error: UpdateUrlError) -> Self {
        Self::Url(error)
    }
}

impl From<io::Error> for UpdateError {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}
