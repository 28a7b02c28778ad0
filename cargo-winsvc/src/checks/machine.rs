//! Checks registry values of the machine.

use std::collections::HashSet;

use thiserror::Error;

use crate::config::Config;
use crate::diagnostic::{Diagnostic, Explain, Place};

/// Checks that no value is set twice.
pub(super) fn check(config: &Config) -> Result<(), MachineError> {
    let mut values = HashSet::new();
    for (index, entry) in config.manifest.registry.iter().enumerate() {
        let name = entry.name.clone().unwrap_or_default();
        if !values.insert((entry.key.as_str().to_lowercase(), name.to_lowercase())) {
            return Err(MachineError::Twice {
                key: entry.key.as_str().to_owned(),
                name,
                place: Box::new(config.place_of_entry(&["registry"], index)),
            });
        }
    }
    Ok(())
}

/// The warning that a zip has none of these.
pub(super) fn in_a_zip(config: &Config) -> Option<Diagnostic> {
    let manifest = &config.manifest;
    let keys = [
        ("registry", manifest.registry.is_empty()),
        ("machine-environment", manifest.machine_environment.is_empty()),
        ("path", manifest.path.is_empty()),
    ];
    let (key, _) = keys.into_iter().find(|(_, is_empty)| !is_empty)?;
    Some(
        Diagnostic::warning(format!(
            "the scripts of the zip do not apply `{key}`, only the MSI does"
        ))
        .at(config.place(&[key])),
    )
}

/// The error for a setting of the machine.
#[derive(Debug, Error)]
pub(crate) enum MachineError {
    /// Two entries set the same value.
    #[error("two entries of `registry` set the value `{name}` of the key `{key}`")]
    Twice {
        /// The key.
        key: String,
        /// The value's name.
        name: String,
        /// The place of the second entry.
        place: Box<Place>,
    },
}

impl Explain for MachineError {
    fn diagnostic(&self) -> Diagnostic {
        let Self::Twice { place, .. } = self;
        Diagnostic::of(self)
            .at((**place).clone())
            .help("remove one of them")
    }
}
