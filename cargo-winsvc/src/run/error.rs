//! Why a command failed.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::backend::BackendError;
use crate::build::BuildError;
use crate::build::target::Arch;
use crate::channels::{ChannelError, ReleaseError};
use crate::checks::CheckError;
use crate::config::ConfigError;
use crate::diagnostic::{Diagnostic, Explain};
use crate::dlls::DllError;
use crate::doctor::DoctorError;
use crate::effective::EffectiveError;
use crate::guide::GuideError;
use crate::init::InitError;
use crate::man::ManError;
use crate::msi::MsiError;
use crate::output::OutputError;
use crate::payload::PayloadError;
use crate::prebuilt::PrebuiltError;
use crate::product::ContentError;
use crate::project::ProjectError;
use crate::provenance::ProvenanceError;
use crate::sbom::SbomError;
use crate::shell::WarningsDenied;
use crate::sign::SignError;
use crate::sources::SourcesError;
use crate::stamp::StampError;
use crate::update::UpdateError;
use crate::zip::ZipError;

/// An error that ends a command.
#[derive(Debug, Error)]
#[error(transparent)]
pub(super) enum Error {
    Project(#[from] ProjectError),
    Config(#[from] ConfigError),
    Payload(#[from] PayloadError),
    Check(#[from] CheckError),
    /// The packages of two targets would have the same file names.
    #[error(
        "the targets `{one}` and `{two}` have the same architecture {arch}, and so their packages the same file names"
    )]
    SameArch {
        arch: Arch,
        one: String,
        two: String,
    },
    Build(#[from] BuildError),
    Prebuilt(#[from] PrebuiltError),
    Provenance(#[from] ProvenanceError),
    #[error("cannot read the exe `{}`", path.display())]
    Exe {
        path: PathBuf,
        source: std::io::Error,
    },
    Stamp(#[from] StampError),
    Dll(#[from] DllError),
    Doctor(#[from] DoctorError),
    Sign(#[from] SignError),
    Content(#[from] ContentError),
    Msi(#[from] MsiError),
    Zip(#[from] ZipError),
    Guide(#[from] GuideError),
    Sources(#[from] SourcesError),
    Backend(#[from] BackendError),
    Sbom(#[from] SbomError),
    Channel(#[from] ChannelError),
    Release(#[from] ReleaseError),
    Output(#[from] OutputError),
    Effective(Box<EffectiveError>),
    Init(#[from] InitError),
    Man(#[from] ManError),
    Warnings(#[from] WarningsDenied),
    Update(#[from] UpdateError),
}

impl From<EffectiveError> for Error {
    fn from(error: EffectiveError) -> Self {
        Self::Effective(Box::new(error))
    }
}

impl Error {
    /// An error of making the MSI at `path`.
    pub(super) fn of_msi(error: MsiError, path: &Path) -> Self {
        match error {
            MsiError::Write(source) => OutputError::write(path, source).into(),
            error => Self::Msi(error),
        }
    }

    /// An error of making the zip at `path`.
    pub(super) fn of_zip(error: ZipError, path: &Path) -> Self {
        match error {
            ZipError::Write(source) => OutputError::write(path, source).into(),
            error => Self::Zip(error),
        }
    }
}

impl Explain for Error {
    fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Project(error) => error.diagnostic(),
            Self::Config(error) => error.diagnostic(),
            Self::Payload(error) => error.diagnostic(),
            Self::Check(error) => error.diagnostic(),
            Self::SameArch { .. } => {
                Diagnostic::of(self).help("package each of them in a run of its own, with its own --out-dir")
            }
            Self::Build(error) => error.diagnostic(),
            Self::Prebuilt(error) => error.diagnostic(),
            Self::Provenance(error) => error.diagnostic(),
            Self::Exe { .. } => Diagnostic::of(self),
            Self::Stamp(error) => error.diagnostic(),
            Self::Dll(error) => error.diagnostic(),
            Self::Doctor(error) => error.diagnostic(),
            Self::Sign(error) => error.diagnostic(),
            Self::Content(error) => error.diagnostic(),
            Self::Msi(error) => error.diagnostic(),
            Self::Zip(error) => error.diagnostic(),
            Self::Guide(error) => error.diagnostic(),
            Self::Sources(error) => error.diagnostic(),
            Self::Backend(error) => error.diagnostic(),
            Self::Effective(error) => error.diagnostic(),
            Self::Init(error) => error.diagnostic(),
            Self::Man(error) => error.diagnostic(),
            Self::Warnings(error) => error.diagnostic(),
            Self::Update(error) => error.diagnostic(),
            Self::Sbom(error) => error.diagnostic(),
            Self::Channel(error) | Self::Release(ReleaseError::Channel(error)) => error.diagnostic(),
            Self::Output(error) | Self::Release(ReleaseError::Output(error)) => error.diagnostic(),
        }
    }
}
