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
        /// Source for WiX 4 and later.
        Wxs = "wxs",
        /// Source for WiX 3.
        Wxs3 = "wxs3",
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

    /// Whether Windows Installer is to install what is in it.
    pub const fn is_for_windows_installer(self) -> bool {
        matches!(self, Self::Msi | Self::Wxs | Self::Wxs3)
    }
}
