//! The command line: cargo's selection flags and the tool's own.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use winsvc_definition::manifest::Format;

use crate::shell::{Color, MessageFormat};

/// The whole command line of `cargo winsvc`.
#[derive(Debug, Parser)]
#[command(
    name = "cargo-winsvc",
    bin_name = "cargo winsvc",
    version,
    about = "Ship a Rust program as a Windows service",
    long_about = None,
    arg_required_else_help = true,
    styles = STYLES,
)]
pub(crate) struct Cli {
    /// The subcommand.
    #[command(subcommand)]
    pub command: Command,
}

/// cargo's own colours.
const STYLES: clap::builder::Styles = {
    use anstyle::AnsiColor::{BrightCyan, BrightGreen, BrightRed, BrightYellow, Cyan};
    clap::builder::Styles::styled()
        .header(BrightGreen.on_default().bold())
        .usage(BrightGreen.on_default().bold())
        .literal(BrightCyan.on_default().bold())
        .placeholder(Cyan.on_default())
        .error(BrightRed.on_default().bold())
        .valid(BrightCyan.on_default().bold())
        .invalid(BrightYellow.on_default().bold())
};

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Compile for Windows, and stamp version, build time and service definition into the exe
    Build(BuildArgs),
    /// Build, or use an existing exe, then create an MSI and a zip that install the service
    Package(PackageArgs),
    /// Sign exes, DLLs and MSIs that were built elsewhere, in their places
    Sign(SignArgs),
    /// Show what a build needs, which of it this machine has, and how to install the rest
    Doctor(DoctorArgs),
    /// Make a service of a program: add the dependency, the attribute on `main`, and a table to Cargo.toml
    Init(InitArgs),
    /// Make a new program that is a service
    New(NewArgs),
}

impl Command {
    /// How results and errors are reported.
    pub(crate) fn report(&self) -> &ReportArgs {
        match self {
            Self::Build(args) => &args.output.report,
            Self::Package(args) => &args.output.report,
            Self::Sign(args) => &args.report,
            Self::Doctor(args) => &args.report,
            Self::Init(args) => &args.report,
            Self::New(args) => &args.report,
        }
    }
}

/// `cargo winsvc build`.
#[derive(Debug, Args)]
pub(crate) struct BuildArgs {
    #[command(flatten)]
    /// How the command behaves. It comes first, because the heading of cargo's options would hold for it otherwise.
    pub output: OutputArgs,
    #[command(flatten)]
    /// Whether and how the exes are signed.
    pub sign: SignOptions,
    #[command(flatten)]
    /// What is built, and how.
    pub selection: Selection,
}

/// `cargo winsvc package`.
#[derive(Debug, Args)]
pub(crate) struct PackageArgs {
    /// Comma separated list of package formats [default: `formats` in Cargo.toml, or msi,zip]
    #[arg(long, value_delimiter = ',', value_name = "FORMAT", value_enum)]
    pub format: Vec<FormatArg>,
    /// Program that builds the MSI
    #[arg(long, value_name = "BACKEND", value_enum, default_value_t)]
    pub msi_backend: MsiBackend,
    /// Package this exe made by `cargo winsvc build` without rebuilding it, for example after signing; once for each program
    #[arg(long, value_name = "PATH", action = ArgAction::Append, conflicts_with_all = ["no_build"].iter().chain(BUILD_ONLY))]
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

/// `cargo winsvc sign`.
#[derive(Debug, Args)]
pub(crate) struct SignArgs {
    /// The files; those with a valid signature are not signed again
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    /// How the files are signed.
    pub config: SignConfig,
    /// Path to Cargo.toml, whose `sign` is used unless --sign-config has an engine
    #[arg(long, value_name = "PATH")]
    pub manifest_path: Option<PathBuf>,
    /// Package with the `sign` that is used (see `cargo help pkgid`)
    #[arg(short, long, value_name = "SPEC")]
    pub package: Option<String>,
    #[command(flatten)]
    /// How results and errors are reported.
    pub report: ReportArgs,
}

/// Whether and how results are signed.
#[derive(Debug, Args)]
pub(crate) struct SignOptions {
    /// Sign the results, or fail [default: if Cargo.toml or --sign-config has an engine]
    #[arg(long)]
    pub sign: bool,
    /// Do not sign the results
    #[arg(long, conflicts_with_all = ["sign", "sign_config"])]
    pub no_sign: bool,
    #[command(flatten)]
    /// How the results are signed.
    pub config: SignConfig,
}

/// How files are signed.
#[derive(Debug, Args)]
pub(crate) struct SignConfig {
    /// Override a key of `sign` in Cargo.toml
    #[arg(long, value_name = "KEY=VALUE|PATH", action = ArgAction::Append)]
    pub sign_config: Vec<String>,
}

/// `cargo winsvc doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// The same as `--message-format json`
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    /// How results and errors are reported.
    pub report: ReportArgs,
    /// Path to Cargo.toml
    #[arg(long, value_name = "PATH", help_heading = CARGO_OPTIONS)]
    pub manifest_path: Option<PathBuf>,
    /// Package to check for (see `cargo help pkgid`)
    #[arg(short, long, value_name = "SPEC", help_heading = CARGO_OPTIONS)]
    pub package: Option<String>,
    /// Check for the target triple, or for several, if repeated [default: as for `build`]
    #[arg(long, value_name = "TRIPLE", action = ArgAction::Append, help_heading = CARGO_OPTIONS)]
    pub target: Vec<String>,
    /// Override a configuration value
    #[arg(long, value_name = "KEY=VALUE|PATH", action = ArgAction::Append, help_heading = CARGO_OPTIONS)]
    pub config: Vec<String>,
}

impl DoctorArgs {
    /// What a build with these arguments would select.
    pub(crate) fn selection(&self) -> Selection {
        Selection {
            manifest_path: self.manifest_path.clone(),
            package: self.package.clone(),
            target: self.target.clone(),
            config: self.config.clone(),
            ..Selection::default()
        }
    }
}

/// The heading of cargo's own flags.
const CARGO_OPTIONS: &str = "Cargo options";

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

/// `cargo winsvc init`.
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Change the files without asking
    #[arg(short, long)]
    pub yes: bool,
    /// Print the changes as a diff, and make none
    #[arg(short = 'n', long, conflicts_with = "yes")]
    pub dry_run: bool,
    /// Take over names, upgrade code and services from a source for WiX
    #[arg(long, value_name = "PATH", num_args = 0..=1, default_missing_value = "wix/main.wxs")]
    pub from_wix: Option<PathBuf>,
    /// Write a workflow that builds, installs and releases the packages
    #[arg(long, value_name = "SERVICE", value_enum)]
    pub ci: Option<CiService>,
    /// Path to Cargo.toml
    #[arg(long, value_name = "PATH")]
    pub manifest_path: Option<PathBuf>,
    /// Package to change (see `cargo help pkgid`)
    #[arg(short, long, value_name = "SPEC")]
    pub package: Option<String>,
    /// The binary whose `main` becomes a service
    #[arg(long, value_name = "NAME")]
    pub bin: Option<String>,
    #[command(flatten)]
    /// How results and errors are reported.
    pub report: ReportArgs,
}

/// A service that runs workflows.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum CiService {
    /// GitHub Actions
    Github,
}

/// `cargo winsvc new`.
#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// The folder of the new package
    pub path: PathBuf,
    /// The package's name [default: the folder's]
    #[arg(long)]
    pub name: Option<String>,
    #[command(flatten)]
    /// How results and errors are reported.
    pub report: ReportArgs,
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

/// How cargo optimizes for size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum OptLevel {
    /// Optimize for size
    #[default]
    S,
    /// Optimize for size, and do not vectorize loops
    Z,
}

/// The options that `build` and `package` have in common.
#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// Directory for the results [default: `winsvc` in the target directory]
    #[arg(long, value_name = "DIR")]
    pub out_dir: Option<PathBuf>,
    /// Install the target's standard library and linker if they are missing
    #[arg(long)]
    pub setup: bool,
    /// Make the exes small: LTO, one codegen unit, stripped, optimized for size; the profile stays as it is
    #[arg(
        long,
        value_name = "LEVEL",
        value_enum,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "s"
    )]
    pub small: Option<OptLevel>,
    #[command(flatten)]
    /// How results and errors are reported.
    pub report: ReportArgs,
}

/// How results and errors are reported.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Output format of results and errors
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub message_format: MessageFormat,
    /// Print only results, warnings and errors
    #[arg(short, long)]
    pub quiet: bool,
    /// When to use colors
    #[arg(long, value_name = "WHEN", value_enum)]
    pub color: Option<Color>,
}

/// cargo's flags for what to build and how, with the same meaning as in cargo.
#[derive(Clone, Debug, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of cargo's")]
#[command(next_help_heading = CARGO_OPTIONS)]
pub(crate) struct Selection {
    /// Path to Cargo.toml
    #[arg(long, value_name = "PATH")]
    pub manifest_path: Option<PathBuf>,
    /// Run a program that is not a service as one, as this file says, without a Rust project
    #[arg(long, value_name = "FILE", conflicts_with_all = ["manifest_path", "package", "bin", "features"])]
    pub host: Option<PathBuf>,
    /// Package to build (see `cargo help pkgid`)
    #[arg(short, long, value_name = "SPEC")]
    pub package: Option<String>,
    /// Build only the specified binary
    #[arg(long, value_name = "NAME")]
    pub bin: Option<String>,
    /// Build for the target triple, or for several, if repeated [default: cargo's `build.target`, the host on Windows, else x86_64-pc-windows-gnu]
    #[arg(long, value_name = "TRIPLE", action = ArgAction::Append)]
    pub target: Vec<String>,
    /// Build with the specified profile [default: release]
    #[arg(long, value_name = "PROFILE-NAME")]
    pub profile: Option<String>,
    /// Build in release mode, with optimizations (the default)
    #[arg(short, long, conflicts_with = "profile")]
    pub release: bool,
    /// Space or comma separated list of features to activate
    #[arg(short = 'F', long, value_name = "FEATURES", action = ArgAction::Append)]
    pub features: Vec<String>,
    /// Activate all available features
    #[arg(long)]
    pub all_features: bool,
    /// Do not activate the `default` feature
    #[arg(long)]
    pub no_default_features: bool,
    /// Number of parallel jobs, defaults to # of CPUs
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<String>,
    /// Directory for all generated artifacts
    #[arg(long, value_name = "DIRECTORY")]
    pub target_dir: Option<PathBuf>,
    /// Override a configuration value
    #[arg(long, value_name = "KEY=VALUE|PATH", action = ArgAction::Append)]
    pub config: Vec<String>,
    /// Assert that `Cargo.lock` will remain unchanged
    #[arg(long)]
    pub locked: bool,
    /// Run without accessing the network
    #[arg(long)]
    pub offline: bool,
    /// Equivalent to specifying both --locked and --offline
    #[arg(long)]
    pub frozen: bool,
}

impl Selection {
    /// The profile's name.
    pub(crate) fn profile(&self) -> &str {
        self.profile.as_deref().unwrap_or("release")
    }

    /// The flags for cargo's dependency resolution, for every call of cargo.
    pub(crate) fn resolution_flags(&self) -> Vec<String> {
        let mut flags = Vec::new();
        for (flag, set) in [
            ("--locked", self.locked),
            ("--offline", self.offline),
            ("--frozen", self.frozen),
        ] {
            if set {
                flags.push(flag.to_owned());
            }
        }
        for config in &self.config {
            flags.extend(["--config".to_owned(), config.clone()]);
        }
        flags
    }

    /// The flags that select the compiled features.
    pub(crate) fn feature_flags(&self) -> Vec<String> {
        let mut flags = Vec::new();
        for features in &self.features {
            flags.extend(["--features".to_owned(), features.clone()]);
        }
        for (flag, set) in [
            ("--all-features", self.all_features),
            ("--no-default-features", self.no_default_features),
        ] {
            if set {
                flags.push(flag.to_owned());
            }
        }
        flags
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definitions_of_the_flags_are_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_of_the_build_are_refused_where_nothing_is_built() {
        let error = |arguments: &[&str]| {
            let arguments = [&["cargo-winsvc", "package"], arguments].concat();
            Cli::try_parse_from(arguments).unwrap_err().to_string()
        };
        let first = error(&["--exe", "agent.exe", "--features", "tls"]);
        assert!(
            first.starts_with(
                "error: the argument '--exe <PATH>' cannot be used with '--features <FEATURES>'"
            ),
            "{first}"
        );
        for flag in ["--release", "--setup", "--all-features", "--jobs=2"] {
            error(&["--no-build", flag]);
        }
        error(&["--no-build", "--exe", "agent.exe"]);
    }

    #[test]
    fn formats_are_listed_with_commas() {
        let cli = Cli::parse_from(["cargo-winsvc", "package", "--format", "zip,msi", "-F", "a b"]);
        let Command::Package(args) = cli.command else {
            panic!("package was asked for");
        };
        let formats: Vec<Format> = args.format.into_iter().map(Format::from).collect();
        assert_eq!(formats, [Format::Zip, Format::Msi]);
        assert_eq!(args.selection.feature_flags(), ["--features", "a b"]);
        assert_eq!(args.selection.profile(), "release");
    }
}
