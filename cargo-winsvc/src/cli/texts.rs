//! The subcommands that print what shells, `man` and editors read.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};
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

/// `cargo winsvc schema`.
#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// What the schema describes
    #[arg(long, value_name = "WHAT", value_enum, default_value_t)]
    pub of: SchemaKind,
}

/// What a schema describes.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum SchemaKind {
    /// A Cargo.toml: the tables of cargo winsvc, and cargo's own keys by the schema of schemastore.org
    #[default]
    Cargo,
    /// The tables `[package.metadata.winsvc]` and `[workspace.metadata.winsvc]` in a Cargo.toml
    Tables,
    /// One of these tables alone
    Table,
    /// The file of --host, which describes a product without a Rust project
    Host,
}
