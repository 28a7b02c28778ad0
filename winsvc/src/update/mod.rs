//! Self-update: checks a signed manifest, downloads and verifies a package, installs it, watches the new version, and puts
//! the one before back if it fails (feature `update`).
//!
//! [`Updater`] does all that for a [`Host`], which knows the service and the installer. Nothing in this crate implements
//! `Host` yet, and no service updates itself: what exists is the updater, tested on every system, and `cargo winsvc
//! release`, which writes and signs manifests.

mod apply;
mod choice;
mod error;
mod fetch;
mod files;
mod host;
mod machine;
mod manifest;
mod request;
mod rollout;
mod store;
mod updater;

pub use semver::Version;
pub use winsvc_definition::update::manifest::{ArtifactKind, UpdateArch};
pub use winsvc_definition::{
    AutoUpdate, Deferral, Guid, Timeout, Update as Settings, UpdateChannel, UpdateKey, UpdateUrl,
    UpdateWindow,
};

pub use self::choice::Refusal;
pub use self::error::UpdateError;
pub use self::fetch::FetchError;
pub use self::host::{Host, UpdateEvent};
pub use self::manifest::ManifestError;
pub use self::request::{Installed, Outcome, Request};
pub use self::rollout::start_delay;
pub use self::updater::Updater;

#[cfg(test)]
mod tests;
