//! `cargo winsvc init` and `cargo winsvc new`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::ReportArgs;

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
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath, num_args = 0..=1, default_missing_value = "wix/main.wxs")]
    pub from_wix: Option<PathBuf>,
    /// Write a file for `package --host` from a service that runs under NSSM (an export of its registry key) or WinSW (its
    /// XML file)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["from_wix", "ci", "manifest_path", "package", "bin"])]
    pub import: Option<PathBuf>,
    /// Write a workflow that builds, installs and releases the packages
    #[arg(long, value_name = "SERVICE", value_enum)]
    pub ci: Option<CiService>,
    /// Path to Cargo.toml
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath)]
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
    /// GitLab CI/CD
    Gitlab,
}

/// `cargo winsvc new`.
#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// The folder of the new package
    #[arg(value_hint = ValueHint::DirPath)]
    pub path: PathBuf,
    /// The package's name [default: the folder's]
    #[arg(long)]
    pub name: Option<String>,
    #[command(flatten)]
    /// How results and errors are reported.
    pub report: ReportArgs,
}
