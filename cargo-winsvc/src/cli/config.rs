//! `cargo winsvc config`.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueHint};

use super::selection::CARGO_OPTIONS;
use super::sign::SignConfig;
use super::{ReportArgs, Selection};

/// `cargo winsvc config`.
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    /// Print only the value of this key, or those below it, such as `package.files`
    #[arg(value_name = "KEY")]
    pub key: Option<String>,
    #[command(flatten)]
    /// How files would be signed.
    pub sign: SignConfig,
    #[command(flatten)]
    /// How results and errors are reported.
    pub report: ReportArgs,
    /// Path to Cargo.toml
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath, help_heading = CARGO_OPTIONS)]
    pub manifest_path: Option<PathBuf>,
    /// Package whose configuration is printed (see `cargo help pkgid`)
    #[arg(short, long, value_name = "SPEC", help_heading = CARGO_OPTIONS)]
    pub package: Option<String>,
    /// The binary of the service
    #[arg(long, value_name = "NAME", help_heading = CARGO_OPTIONS)]
    pub bin: Option<String>,
    /// Print the values for the target triple, or for several, if repeated [default: as for `build`]
    #[arg(long, value_name = "TRIPLE", action = ArgAction::Append, help_heading = CARGO_OPTIONS)]
    pub target: Vec<String>,
    /// Override a configuration value of cargo
    #[arg(long, value_name = "KEY=VALUE|PATH", action = ArgAction::Append, help_heading = CARGO_OPTIONS)]
    pub config: Vec<String>,
}

impl ConfigArgs {
    /// What a build with these arguments would select.
    pub(crate) fn selection(&self) -> Selection {
        Selection {
            manifest_path: self.manifest_path.clone(),
            package: self.package.clone(),
            bin: self.bin.clone(),
            target: self.target.clone(),
            config: self.config.clone(),
            ..Selection::default()
        }
    }
}
