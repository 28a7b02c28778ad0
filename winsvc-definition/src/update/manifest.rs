//! The manifest of a channel, `update-<channel>.json`: which versions there are, where, and for whom.
//!
//! `cargo winsvc release` writes it, and the updater reads it. [`comment`] is the trusted comment of its signature.

use std::collections::BTreeMap;
use std::fmt;

use semver::Version;
use serde::{Deserialize, Serialize};

use crate::{Guid, UpdateChannel};

/// The schema's number. A client that does not know it refuses the manifest.
pub const SCHEMA: u32 = 1;

/// The trusted comment of a manifest's signature: it binds the signature to the product, the channel and the sequence.
pub fn comment(product: Guid, channel: &UpdateChannel, sequence: u64) -> String {
    format!("winsvc-update {} {channel} {sequence}", braced(product))
}

/// Windows Installer's notation.
pub fn braced(guid: Guid) -> String {
    format!("{{{guid}}}").to_uppercase()
}

/// The manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct UpdateManifest {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The product: the upgrade code of its MSI, in braces.
    pub product: String,
    /// The channel.
    pub channel: String,
    /// Greater in each manifest than in the one before.
    pub sequence: u64,
    /// When it was signed, such as `2026-11-25T10:00:00Z`.
    pub published: String,
    /// When it must have been replaced by another.
    pub expires: String,
    /// The versions.
    pub releases: Vec<Release>,
    /// The keys that may sign manifests from now on, beside the root keys. Only a root key signs a change of them.
    #[serde(default)]
    pub keys: Vec<String>,
}

/// A version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Release {
    /// The version.
    pub version: Version,
    /// The lowest version that can be updated to it; `None` if every version can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Version>,
    /// Whether it goes to all machines at once, without waiting for a window.
    #[serde(default)]
    pub critical: bool,
    /// Whether it is not installed any more, and is replaced where it is installed.
    #[serde(default)]
    pub withdrawn: bool,
    /// Which machines it goes to.
    pub rollout: Rollout,
    /// The address of a page about the version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// The packages.
    pub artifacts: Vec<Artifact>,
}

/// Which machines a version goes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rollout {
    /// How many of a hundred.
    pub percent: u8,
    /// What makes the choice another one than that of other versions.
    pub salt: String,
}

/// A package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Artifact {
    /// The architecture that it is for.
    pub arch: UpdateArch,
    /// How it is installed.
    pub kind: ArtifactKind,
    /// The address, or one relative to the manifest's.
    pub url: String,
    /// The size in bytes.
    pub size: u64,
    /// The SHA-256 of its content, as 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// The product code of an MSI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_code: Option<String>,
}

/// An architecture, by the name that is in the names of packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UpdateArch {
    /// `x86_64`
    X64,
    /// `i686`
    X86,
    /// `aarch64`
    Arm64,
}

impl UpdateArch {
    const ALL: [(Self, &'static str); 3] = [(Self::X64, "x64"), (Self::X86, "x86"), (Self::Arm64, "arm64")];

    /// The architecture of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(_, own)| *own == name);
        found.map(|(arch, _)| *arch)
    }
}

impl fmt::Display for UpdateArch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: BTreeMap<Self, &str> = Self::ALL.into();
        f.write_str(names[self])
    }
}

/// How a package is installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ArtifactKind {
    /// By Windows Installer.
    Msi,
    /// In place of the exe, where the product was installed without Windows Installer.
    Exe,
}

impl fmt::Display for ArtifactKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Msi => "msi",
            Self::Exe => "exe",
        })
    }
}
