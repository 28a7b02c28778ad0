//! Portable executables: reads a linked exe, and stamps resources into it.
//!
//! A service's exe needs resources that Windows reads from outside the program: its version, its application
//! manifest, its icon, its definition. A linker takes them from a compiled
//! resource script, which requires a build script and a resource compiler on every host. This module writes them into
//! the finished exe instead, whichever linker made it:
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use cargo_winsvc::pe::{self, Image, ResourceKind, VersionInfo};
//! let exe = std::fs::read("agent.exe")?;
//! let image = Image::parse(&exe)?;
//! let mut resources = image.resources()?;
//! let version = VersionInfo { file_version: [1, 2, 3, 0], ..VersionInfo::default() };
//! resources.set(ResourceKind::Version, 1, pe::LANGUAGE_EN_US, version.encode()?);
//! if !resources.contains(ResourceKind::Manifest, 1) {
//!     resources.set(ResourceKind::Manifest, 1, pe::LANGUAGE_EN_US, pe::MANIFEST.as_bytes());
//! }
//! let stamped = pe::stamp(&image, &resources, 1_700_000_000)?;
//! assert_eq!(pe::read_version(&stamped)?.map(|found| found.version), Some([1, 2, 3, 0]));
//! # Ok(())
//! # }
//! ```
//!
//! Data flow: [`Image`] reads the headers, [`Resources`] is the resource tree as a map, [`VersionInfo`], [`Icon`] and
//! [`MANIFEST`] are its contents, and [`stamp`] writes a new file.
//! Layouts are those of Microsoft's *PE Format* (<https://learn.microsoft.com/windows/win32/debug/pe-format>) unless a
//! module names another page.

mod authenticode;
mod bytes;
mod checksum;
mod error;
mod icon;
mod image;
mod imports;
mod manifest;
mod output;
mod resource_tree;
mod resources;
mod stamp;
#[cfg(test)]
pub(crate) mod testing;
mod version_info;

pub use error::{HeaderPart, PeError};
pub use icon::Icon;
pub use image::{Image, Machine};
pub use manifest::{MANIFEST, ManifestContent};
pub use resources::{LANGUAGE_EN_US, LANGUAGE_NEUTRAL, Resource, ResourceKind, ResourceName, Resources};
pub use stamp::stamp;
pub use version_info::{FileType, FileVersion, MergedVersion, ReplacedValue, VersionInfo, read_version};
