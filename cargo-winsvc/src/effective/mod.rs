//! `cargo winsvc config`: the configuration in force, and where each value comes from.

mod defaults;
mod print;
mod setting;
mod values;

use thiserror::Error;

use self::values::{Options, values};
use crate::build::{BuildError, Toolchain, toolchain};
use crate::cli::{ConfigArgs, Selection};
use crate::config::{Config, ConfigError};
use crate::diagnostic::{Diagnostic, Explain};
use crate::project::{Project, ProjectError};
use crate::shell::Shell;
use crate::sign::SignError;

/// Prints the values for each target.
pub(crate) fn run(args: &ConfigArgs, shell: Shell) -> Result<(), EffectiveError> {
    let selection = args.selection();
    let project = Project::load(&selection, &Toolchain::current().cargo)?;
    let targets = toolchain::pick_targets(&selection.target, &selection.config, shell);
    let targets = targets.map_err(BuildError::from)?;
    let options = Options {
        sign: &args.sign.sign_config,
        bin: selection.bin.as_deref(),
    };
    let mut all = Vec::new();
    for target in &targets {
        let config = Config::load(&project, target)?;
        let mut values = values(&project, &config, &options)?;
        if let Some(key) = &args.key {
            values.retain(|value| value.is_below(key));
        }
        all.push((target, values));
    }
    if let Some(key) = &args.key
        && all.iter().all(|(_, values)| values.is_empty())
    {
        return Err(EffectiveError::NotSet { key: key.clone() });
    }
    let selected_by = selected_by(&selection);
    let table = match project.scope.key() {
        Some(parent) => format!("{parent}.metadata.winsvc"),
        None => String::new(),
    };
    for (target, values) in &all {
        print::values(&table, target, selected_by, values, targets.len() > 1, shell);
    }
    Ok(())
}

/// What selects the targets.
fn selected_by(selection: &Selection) -> &'static str {
    if !selection.target.is_empty() {
        "--target"
    } else if toolchain::are_configured_by(&selection.config) {
        "--config"
    } else if toolchain::are_configured_by_files() {
        "cargo's configuration"
    } else {
        "default"
    }
}

/// The error if no values are printed.
#[derive(Debug, Error)]
pub(crate) enum EffectiveError {
    /// The key has no value.
    #[error("the key `{key}` is not set, and has no default")]
    NotSet {
        /// The key.
        key: String,
    },
    /// A target is unknown.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The project cannot be read.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// A key of Cargo.toml is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A key of the command line is wrong.
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl Explain for EffectiveError {
    fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::NotSet { .. } => {
                Diagnostic::of(self).help("run `cargo winsvc config` without a key to list all values")
            }
            Self::Build(error) => error.diagnostic(),
            Self::Project(error) => error.diagnostic(),
            Self::Config(error) => error.diagnostic(),
            Self::Sign(error) => error.diagnostic(),
        }
    }
}
