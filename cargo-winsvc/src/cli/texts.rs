//! The subcommands that print what shells, `man` and editors read.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use clap_complete::Shell;

/// `cargo winsvc completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// `cargo winsvc man`.
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Print the page of this subcommand [default: the page of `cargo winsvc`]
    #[arg(value_name = "SUBCOMMAND")]
    pub subcommand: Option<String>,
    /// Write the pages of all subcommands to this folder
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with = "subcommand")]
    pub out_dir: Option<PathBuf>,
}
