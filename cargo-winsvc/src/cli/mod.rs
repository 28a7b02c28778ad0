//! The command line: cargo's selection flags and the tool's own.

mod build;
mod compression;
mod config;
mod doctor;
mod init;
mod package;
mod release;
mod run;
mod selection;
mod sign;
mod texts;

use clap::{Args, Parser, Subcommand};

pub(crate) use self::build::{BuildArgs, OptLevel, OutputArgs};
pub(crate) use self::config::ConfigArgs;
pub(crate) use self::doctor::DoctorArgs;
pub(crate) use self::init::{CiService, InitArgs, NewArgs};
pub(crate) use self::package::{MsiBackend, PackageArgs};
pub(crate) use self::release::{InvalidSecretOption, ReleaseArgs, SecretOption};
pub(crate) use self::run::{Lint, RunArgs};
pub(crate) use self::selection::Selection;
pub(crate) use self::sign::{SignArgs, SignOptions};
pub(crate) use self::texts::{CompletionsArgs, ManArgs, SchemaArgs, SchemaKind};

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
    /// Write and sign the manifest from which installed products update themselves
    Release(ReleaseArgs),
    /// Show what a build needs, which of it this machine has, and how to install the rest
    Doctor(DoctorArgs),
    /// Show the configuration in force, and where each value comes from
    Config(ConfigArgs),
    /// Make a service of a program: add the dependency, the attribute on `main`, and a table to Cargo.toml
    Init(InitArgs),
    /// Make a new program that is a service
    New(NewArgs),
    /// Print a script that completes the command line in a shell
    Completions(CompletionsArgs),
    /// Print a man page, or write all of them
    Man(ManArgs),
    /// Print the JSON schema of Cargo.toml's tables, for editors
    Schema(SchemaArgs),
}

impl Command {
    /// Whether warnings are errors.
    pub(crate) fn denies_warnings(&self) -> bool {
        let run = match self {
            Self::Build(args) => &args.output.run,
            Self::Package(args) => &args.output.run,
            Self::Sign(args) => &args.run,
            _ => return false,
        };
        run.deny.contains(&Lint::Warnings)
    }

    /// How results and errors are reported; `None` for a subcommand that prints a text for another program.
    pub(crate) fn report(&self) -> Option<&ReportArgs> {
        Some(match self {
            Self::Build(args) => &args.output.report,
            Self::Package(args) => &args.output.report,
            Self::Sign(args) => &args.report,
            Self::Release(args) => &args.report,
            Self::Doctor(args) => &args.report,
            Self::Config(args) => &args.report,
            Self::Init(args) => &args.report,
            Self::New(args) => &args.report,
            Self::Completions(_) | Self::Man(_) | Self::Schema(_) => return None,
        })
    }
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

#[cfg(test)]
mod tests {
    use winsvc_definition::manifest::Format;

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
