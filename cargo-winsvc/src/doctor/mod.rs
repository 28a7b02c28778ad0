//! `cargo winsvc doctor`: what a build needs, which of it this machine has, and how to install the rest.
//!
//! What a build needs is what `build` looks for itself, and what `--setup` installs. The last check is a build: an empty
//! program, compiled and linked for the target.

mod check;
mod checks;

use thiserror::Error;

use self::check::Check;
use crate::build::target::WindowsTarget;
use crate::build::{Toolchain, ToolchainError, toolchain};
use crate::cli::{DoctorArgs, Selection};
use crate::config::{Config, ConfigError};
use crate::diagnostic::{Diagnostic, Explain};
use crate::project::{Project, ProjectError};
use crate::shell::Shell;

/// Prints the checks. It is an error if something is missing that a build needs.
pub(crate) fn run(args: &DoctorArgs, shell: Shell) -> Result<(), DoctorError> {
    let selection = args.selection();
    let mut missing = Vec::new();
    let mut show = |check: Check| {
        check.print(shell);
        if check.is_needed && !check.state.is_good() {
            missing.push(check.full_name());
        }
    };
    let cargo = checks::cargo();
    let has_cargo = cargo.state.is_good();
    show(cargo);
    show(checks::rustc());
    let targets = pick_targets(&selection, shell)?;
    for target in &targets {
        for check in checks::target(target, &selection.config, shell)? {
            show(check);
        }
    }
    show(checks::git());

    // Without cargo, nobody can say what is in Cargo.toml.
    if has_cargo && let Some(config) = config(&selection, &targets)? {
        let engine = config
            .manifest
            .sign
            .as_ref()
            .and_then(|sign| sign.engine.as_ref());
        engine.map(checks::signing).into_iter().for_each(&mut show);
    }
    if missing.is_empty() {
        Ok(())
    } else {
        Err(DoctorError::Missing { names: missing })
    }
}

/// The targets of a build with these arguments; without a compiler, the default one of another system.
fn pick_targets(selection: &Selection, shell: Shell) -> Result<Vec<WindowsTarget>, ToolchainError> {
    match toolchain::pick_targets(&selection.target, &selection.config, shell) {
        Err(error @ ToolchainError::Rustc { .. }) => {
            let host = if cfg!(windows) {
                "x86_64-pc-windows-msvc"
            } else {
                ""
            };
            let default = WindowsTarget::default_triple(host);
            Ok(vec![WindowsTarget::new(default).ok_or(error)?])
        }
        result => result,
    }
}

/// What Cargo.toml says, if there is a project. Its signing engine is the same for all targets.
fn config(selection: &Selection, targets: &[WindowsTarget]) -> Result<Option<Config>, DoctorError> {
    let project = match Project::load(selection, &Toolchain::current().cargo) {
        Err(ProjectError::NoManifest { .. }) if selection.package.is_none() => return Ok(None),
        project => project?,
    };
    let config = targets.first().map(|target| Config::load(&project, target));
    Ok(config.transpose()?)
}

/// The error if a build cannot succeed.
#[derive(Debug, Error)]
pub(crate) enum DoctorError {
    /// Something is missing or does not work.
    #[error("this machine lacks what a build needs: {}", names.join(", "))]
    Missing {
        /// Its names.
        names: Vec<String>,
    },
    /// A target is unknown.
    #[error(transparent)]
    Toolchain(#[from] ToolchainError),
    /// The project cannot be read.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// A key of Cargo.toml is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

impl Explain for DoctorError {
    fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Missing { .. } => Diagnostic::of(self),
            Self::Toolchain(error) => error.diagnostic(),
            Self::Project(error) => error.diagnostic(),
            Self::Config(error) => error.diagnostic(),
        }
    }
}
