//! `cargo winsvc package`.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum, ValueHint};
use winsvc_definition::manifest::{Compression, Format};

use super::compression;
use super::{OutputArgs, Selection, SignOptions};

/// `cargo winsvc package`.
#[derive(Debug, Args)]
pub(crate) struct PackageArgs {
    /// Comma separated list of package formats [default: `formats` in Cargo.toml, or msi,zip]
    #[arg(long, value_delimiter = ',', value_name = "FORMAT", value_enum)]
    pub format: Vec<FormatArg>,
    /// Time spent on making the packages small [default: `compression` in Cargo.toml, or default]
    #[arg(long, value_name = "LEVEL", value_parser = compression::level())]
    pub compression: Option<Compression>,
    /// Program that builds the MSI
    #[arg(long, value_name = "BACKEND", value_enum, default_value_t)]
    pub msi_backend: MsiBackend,
    /// Package this exe made by `cargo winsvc build` without rebuilding it, for example after signing; once for each program
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath, action = ArgAction::Append, conflicts_with_all = ["no_build"].iter().chain(BUILD_ONLY))]
    pub exe: Vec<PathBuf>,
    /// Package the exe that `cargo winsvc build` left in the target directory
    #[arg(long, conflicts_with_all = BUILD_ONLY)]
    pub no_build: bool,
    #[command(flatten)]
    /// How the command behaves. It comes first, because the heading of cargo's options would hold for it otherwise.
    pub output: OutputArgs,
    #[command(flatten)]
    /// Whether and how the exes and the packages are signed.
    pub sign: SignOptions,
    #[command(flatten)]
    /// What is built, and how.
    pub selection: Selection,
}

/// The flags that apply only to a build.
const BUILD_ONLY: &[&str] = &[
    "profile",
    "release",
    "features",
    "all_features",
    "no_default_features",
    "jobs",
    "setup",
    "small",
];

/// The program that builds the MSI.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum MsiBackend {
    /// This tool itself
    #[default]
    Builtin,
    /// The WiX toolset, version 3 or later
    Wix,
    /// wixl and msibuild of msitools
    Wixl,
}

/// A format on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum FormatArg {
    /// A Windows Installer package
    Msi,
    /// An archive with scripts that register the service
    Zip,
    /// An install guide for administrators, as Markdown and as text
    Guide,
    /// Source for WiX 4 and later that builds the same MSI
    Wxs,
    /// Source for WiX 3
    Wxs3,
    /// A software bill of materials in the zip and beside it, as CycloneDX JSON
    Sbom,
    /// A manifest for winget that lists the MSIs
    Winget,
    /// A manifest for Scoop that lists the zips
    Scoop,
    /// A package for Chocolatey that downloads and installs the MSI
    Chocolatey,
    /// An unsigned in-toto statement about how the packages were built
    Provenance,
    /// The checksums of the packages
    Sha256sums,
}

impl From<FormatArg> for Format {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Msi => Self::Msi,
            FormatArg::Zip => Self::Zip,
            FormatArg::Guide => Self::Guide,
            FormatArg::Wxs => Self::Wxs,
            FormatArg::Wxs3 => Self::Wxs3,
            FormatArg::Sbom => Self::Sbom,
            FormatArg::Winget => Self::Winget,
            FormatArg::Scoop => Self::Scoop,
            FormatArg::Chocolatey => Self::Chocolatey,
            FormatArg::Provenance => Self::Provenance,
            FormatArg::Sha256sums => Self::Sha256Sums,
        }
    }
}
