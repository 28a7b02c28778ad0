//! What an updater is doing.

use std::fmt;

use super::machine::Phase;

/// What an updater is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Activity {
    /// Nothing before the next check.
    #[default]
    Idle,
    /// It downloads the manifest.
    Checking,
    /// It downloads or verifies a package.
    Downloading,
    /// A verified package waits for a request, for the window, or for another installation.
    Waiting,
    /// It puts the new version in the place of the old one.
    Installing,
    /// The new version runs, and is watched.
    Watching,
    /// It puts the old version back.
    RollingBack,
}

impl Activity {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Idle, "idle"),
        (Self::Checking, "checking"),
        (Self::Downloading, "downloading"),
        (Self::Waiting, "waiting"),
        (Self::Installing, "installing"),
        (Self::Watching, "watching"),
        (Self::RollingBack, "rolling-back"),
    ];

    /// The activity of this name.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(_, own)| *own == name);
        found.map(|(activity, _)| *activity)
    }
}

impl From<Phase> for Activity {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Downloading | Phase::Downloaded => Self::Downloading,
            Phase::Verified => Self::Waiting,
            Phase::Installing => Self::Installing,
            Phase::Soak => Self::Watching,
            Phase::RollingBack => Self::RollingBack,
        }
    }
}

impl fmt::Display for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::ALL.iter().find(|(activity, _)| activity == self);
        f.write_str(name.map_or("", |(_, name)| *name))
    }
}
