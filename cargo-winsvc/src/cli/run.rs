//! Whether a command does anything, and what ends it.

use clap::{Args, ValueEnum};

/// How `build`, `package` and `sign` end.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Run all checks and print what would be built, signed and written, but do none of it
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// Fail if there are warnings, before anything is written
    #[arg(short = 'D', long, value_name = "LINT", value_enum)]
    pub deny: Vec<Lint>,
}

/// What can be denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lint {
    /// All warnings of this command; not those of the compiler
    Warnings,
}
