//! `cargo winsvc build`, and what `package` has in common with it.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::{ReportArgs, RunArgs, Selection, SignOptions};

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

/// The options that `build` and `package` have in common.
#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// Directory for the results [default: `winsvc` in the target directory]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
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
    /// Whether anything is done.
    pub run: RunArgs,
    #[command(flatten)]
    /// How results and errors are reported.
    pub report: ReportArgs,
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
