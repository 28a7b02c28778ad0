//! `cargo winsvc doctor`.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueHint};

use super::selection::CARGO_OPTIONS;
use super::{ReportArgs, Selection};

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
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath, help_heading = CARGO_OPTIONS)]
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
