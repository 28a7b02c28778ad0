//! `cargo winsvc sign`, and how `build` and `package` sign.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueHint};

use super::{ReportArgs, RunArgs};

/// `cargo winsvc sign`.
#[derive(Debug, Args)]
pub(crate) struct SignArgs {
    /// The files; those with a valid signature are not signed again
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    /// How the files are signed.
    pub config: SignConfig,
    /// Path to Cargo.toml, whose `sign` is used unless --sign-config has an engine
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub manifest_path: Option<PathBuf>,
    /// Package with the `sign` that is used (see `cargo help pkgid`)
    #[arg(short, long, value_name = "SPEC")]
    pub package: Option<String>,
    #[command(flatten)]
    /// Whether anything is done.
    pub run: RunArgs,
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
