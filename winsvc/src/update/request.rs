//! What an updater is asked for, and what it answers.

use std::path::PathBuf;

use semver::Version;
use winsvc_definition::update::manifest::{ArtifactKind, UpdateArch};

use super::choice::Refusal;

/// What is installed, and how.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs, reason = "its user fills it in")]
pub struct Installed {
    /// How it was installed.
    pub kind: ArtifactKind,
    /// The architecture of the exe.
    pub arch: UpdateArch,
    /// The service's exe.
    pub exe: PathBuf,
    /// A folder for downloads and the state, which only administrators can write to.
    pub folder: PathBuf,
    /// A random identifier of the installation, which decides about staged rollouts.
    pub install_id: String,
}

/// What an updater is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(
    clippy::exhaustive_enums,
    reason = "an action more is a change for every user"
)]
pub enum Request {
    /// Whether there is a new version, and nothing else.
    Check,
    /// What `auto`, the rollout and the window allow now.
    Scheduled,
    /// To update now.
    Now,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// Updates without a request are off.
    Off,
    /// There is no version to install; the newer ones with their reasons.
    UpToDate(Vec<(Version, Refusal)>),
    /// There is a version to install.
    Available(Version),
    /// The version is downloaded, and waits for a request, for the window, or for another installation.
    Waiting(Version),
    /// A package is verified and may be installed, or an installation was interrupted: another process installs it.
    Prepared,
    /// The version runs.
    Updated(Version),
    /// The version does not run, and why.
    Failed(Version, String),
}
