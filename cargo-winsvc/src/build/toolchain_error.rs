//! The errors if no toolchain can build for a target.

use std::path::PathBuf;

use thiserror::Error;

use super::install::{RUST, System, std_command};
use super::linker::Linker;
use crate::diagnostic::{Diagnostic, Explain};

/// A missing component for building for a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// The standard library, compiled for the target.
    Std,
    /// The linker.
    Linker(&'static Linker),
}

impl Missing {
    /// What is installed.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Std => "std",
            Self::Linker(linker) => linker.program,
        }
    }
}

/// The error if no toolchain can build for the target.
#[derive(Debug, Error)]
pub(crate) enum ToolchainError {
    /// rustc could not be run.
    #[error("cannot run the compiler `{}`", path.display())]
    Rustc {
        /// The path.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The triple is not a supported Windows target.
    #[error("unsupported target `{triple}`: not a Windows target")]
    NotWindows {
        /// The triple.
        triple: String,
    },
    /// cargo's configuration cannot be read.
    #[error("cannot read the target from cargo's configuration")]
    CargoConfig {
        /// The reason.
        source: cargo_config2::Error,
    },
    /// rustc does not know the triple.
    #[error("unknown target `{triple}`")]
    UnknownTarget {
        /// The triple.
        triple: String,
    },
    /// The std or the linker is missing.
    #[error(
        "this machine cannot build for `{triple}`: {} missing",
        missing_names(missing)
    )]
    Missing {
        /// The target.
        triple: String,
        /// What is missing.
        missing: Vec<Missing>,
    },
}

fn missing_names(missing: &[Missing]) -> String {
    let names: Vec<String> = missing
        .iter()
        .map(|missing| match missing {
            Missing::Std => "its standard library".to_owned(),
            Missing::Linker(linker) => format!("the linker `{}`", linker.program),
        })
        .collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    format!("{} {verb}", names.join(" and "))
}

impl Explain for ToolchainError {
    fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::of(self);
        match self {
            Self::Rustc { .. } => diagnostic.help(format!("install Rust: {}", RUST.command(System::current()))),
            Self::NotWindows { .. } | Self::UnknownTarget { .. } => diagnostic.help(
                "select one with --target, such as x86_64-pc-windows-gnu; `rustc --print target-list` lists all \
                 targets",
            ),
            Self::CargoConfig { .. } => diagnostic.help("correct the configuration, or set --target"),
            Self::Missing { triple, missing } => {
                let diagnostic = missing.iter().fold(diagnostic, |diagnostic, missing| match missing {
                    Missing::Std => diagnostic.note(format!("to get the standard library: {}", std_command(triple))),
                    Missing::Linker(linker) => diagnostic.note(linker.origin()),
                });
                let can_set_up = missing.iter().all(|missing| match missing {
                    Missing::Std => true,
                    Missing::Linker(linker) => linker.can_set_up(),
                });
                if can_set_up { diagnostic.help("run the command with --setup to install them") } else { diagnostic }
            }
        }
    }
}
