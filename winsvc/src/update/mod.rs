//! Self-update: checks a signed manifest, downloads and verifies a package, installs it, watches the new version, and puts
//! the one before back if it fails (feature `update`).
//!
//! A product with `[package.metadata.winsvc.update]` in Cargo.toml needs no code for that: `cargo winsvc package` adds an
//! updater service, which runs from the same exe. [`Service::update`](crate::Service::update) shows what it does, and asks
//! it to update now.
//!
//! [`Updater`] is the updater on any [`Host`], for programs that are installed in another way.

mod actions;
mod activity;
mod apply;
mod choice;
mod error;
mod fetch;
mod files;
mod handle;
mod host;
mod machine;
mod manifest;
pub(crate) mod policy;
mod request;
mod rollout;
pub(crate) mod schedule;
mod status;
mod store;
mod updater;

pub use semver::Version;
pub use winsvc_definition::update::manifest::{ArtifactKind, UpdateArch};
pub use winsvc_definition::{
    AutoUpdate, Deferral, Guid, Timeout, Update as Settings, UpdateChannel, UpdateKey, UpdateUrl,
    UpdateWindow,
};

pub use self::activity::Activity;
pub use self::choice::Refusal;
pub use self::error::UpdateError;
pub use self::fetch::FetchError;
pub use self::handle::Updates;
#[cfg(feature = "verbs")]
pub(crate) use self::handle::{CHECK_NOW, UPDATE_NOW};
#[cfg(windows)]
pub(crate) use self::host::now;
pub use self::host::{Host, UpdateEvent};
pub use self::machine::End as UpdateEnd;
pub use self::manifest::ManifestError;
pub use self::request::{Installed, Outcome, Request};
pub use self::rollout::start_delay;
pub use self::status::UpdateStatus;
pub use self::updater::Updater;

#[cfg(test)]
mod tests;
