//! The formats of `cargo winsvc package`.

use crate::words::words;

words! {
    /// What `cargo winsvc package` makes.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Format {
        /// A Windows Installer package.
        Msi = "msi",
        /// An archive with scripts that register the service.
        Zip = "zip",
        /// The install guide of the MSI, as Markdown and as text.
        Guide = "guide",
        /// The software bill of materials, in the zip and as a file.
        Sbom = "sbom",
        /// The manifest for winget, which lists the MSIs.
        Winget = "winget",
        /// The manifest for Scoop, which lists the zips.
        Scoop = "scoop",
        /// The package for Chocolatey, which installs an MSI.
        Chocolatey = "chocolatey",
        /// How the packages were built, as an unsigned in-toto statement.
        Provenance = "provenance",
        /// The checksums of the packages.
        Sha256Sums = "sha256sums",
    }
}

impl Format {
    /// The formats unless others are asked for.
    pub const DEFAULT: [Self; 2] = [Self::Msi, Self::Zip];
}
