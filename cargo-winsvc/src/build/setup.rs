//! `--setup`: installs the components for building for a target.
//!
//! The standard library comes from rustup. If its server cannot be reached, Debian's own compiler and the matching
//! sources of std (`rustc-web`, `cargo-web`, `rust-web-src`) are used instead: std is compiled once and installed where
//! a packaged target would be.

mod debian;

use std::io;
use std::process::{Command, Output, Stdio};

use thiserror::Error;

use super::install::{RUST, System};
use super::linker::Linker;
use super::target::WindowsTarget;
use super::toolchain::{self, Toolchain};
use super::toolchain_error::{Missing, ToolchainError};
use crate::diagnostic::{Diagnostic, Explain};
use crate::shell::Shell;

/// Installs each missing component. The linker is first, because compiling std needs the tools in its package.
pub(super) fn install(target: &WindowsTarget, missing: &[Missing], shell: Shell) -> Result<(), SetupError> {
    for missing in missing {
        if let Missing::Linker(linker) = missing {
            install_linker(linker, shell)?;
        }
    }
    if missing.contains(&Missing::Std) {
        install_std(target, shell)?;
    }
    Ok(())
}

fn install_linker(linker: &'static Linker, shell: Shell) -> Result<(), SetupError> {
    match linker.debian_package() {
        Some(package) if toolchain::on_path("apt-get") => debian::install_packages(&[package], shell),
        _ => Err(SetupError::NoPackage { linker }),
    }
}

fn install_std(target: &WindowsTarget, shell: Shell) -> Result<(), SetupError> {
    let triple = &target.triple;
    let mut rustup_says = None;
    if toolchain::on_path("rustup") {
        shell.status("Installing", format_args!("std for {triple} (rustup)"));
        let mut command = Command::new("rustup");
        command.args(["target", "add", triple]);
        // If the server cannot be reached, fail after a minute, not after ten.
        for (variable, value) in [("RUSTUP_MAX_RETRIES", "1"), ("RUSTUP_DOWNLOAD_TIMEOUT", "60")] {
            if std::env::var_os(variable).is_none() {
                command.env(variable, value);
            }
        }
        match run(&mut command, shell) {
            // rustup may have added it to another toolchain than the one in use.
            Ok(()) if Toolchain::current().has_std(triple)? => return Ok(()),
            Ok(()) => {}
            Err(error) => rustup_says = Some(error),
        }
    }
    if !toolchain::on_path("apt-get") {
        return Err(rustup_says.unwrap_or_else(|| SetupError::NoStd {
            triple: triple.clone(),
        }));
    }
    if rustup_says.is_some() {
        shell.warning(&Diagnostic::warning(format!(
            "rustup could not add {triple}; building its standard library with the distribution's compiler instead"
        )));
    }
    debian::install_std(triple, shell)
}

/// A command that runs as root: directly if this process is root, else through sudo.
fn as_root(program: &'static str) -> Result<Command, SetupError> {
    let mut command = if is_root() {
        Command::new(program)
    } else if toolchain::on_path("sudo") {
        let mut sudo = Command::new("sudo");
        sudo.args(["--preserve-env=DEBIAN_FRONTEND", program]);
        sudo
    } else {
        return Err(SetupError::NotRoot { program });
    };
    command.env("DEBIAN_FRONTEND", "noninteractive");
    Ok(command)
}

#[cfg(unix)]
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

fn run(command: &mut Command, shell: Shell) -> Result<(), SetupError> {
    let line = command_line(command);
    let waiting = shell.waiting();
    let output = command.stdout(Stdio::piped()).stderr(Stdio::piped()).output();
    waiting.finish_and_clear();
    match output {
        Ok(Output { status, .. }) if status.success() => Ok(()),
        Ok(Output { stderr, .. }) => Err(SetupError::Failed {
            line,
            reason: String::from_utf8_lossy(&stderr).trim().to_owned(),
        }),
        Err(source) => Err(SetupError::NotRun { line, source }),
    }
}

fn command_line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The error if a component could not be installed.
#[derive(Debug, Error)]
pub(crate) enum SetupError {
    /// No known package manager provides the linker.
    #[error("cannot install `{}`: no known package manager provides it", linker.program)]
    NoPackage {
        /// The linker.
        linker: &'static Linker,
    },
    /// Neither rustup nor Debian's packages are available.
    #[error("cannot install the standard library for `{triple}`: neither rustup nor apt-get is available")]
    NoStd {
        /// The target.
        triple: String,
    },
    /// The command needs root, and sudo is not available.
    #[error("`{program}` must run as root, and sudo is not available")]
    NotRoot {
        /// The program.
        program: &'static str,
    },
    /// A command could not be started.
    #[error("cannot run `{line}`")]
    NotRun {
        /// The command.
        line: String,
        /// The system's reason.
        source: io::Error,
    },
    /// A command failed.
    #[error("`{line}` failed")]
    Failed {
        /// The command.
        line: String,
        /// What it wrote to stderr.
        reason: String,
    },
    /// The temporary crate for compiling std could not be written or read.
    #[error("cannot prepare the build of std in the temporary folder")]
    Seed {
        /// The system's reason.
        source: io::Error,
    },
    /// The new toolchain could not be queried.
    #[error(transparent)]
    Toolchain(#[from] ToolchainError),
}

impl Explain for SetupError {
    fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::of(self);
        match self {
            Self::NoPackage { linker } => diagnostic.help(linker.origin()),
            Self::NoStd { .. } => {
                diagnostic.help(format!("install Rust: {}", RUST.command(System::current())))
            }
            Self::NotRoot { .. } => diagnostic.help("run the command as root"),
            Self::Failed { reason, .. } if !reason.is_empty() => diagnostic.note(reason.as_str()),
            Self::Failed { .. } | Self::NotRun { .. } | Self::Seed { .. } => diagnostic,
            Self::Toolchain(error) => error.diagnostic(),
        }
    }
}
