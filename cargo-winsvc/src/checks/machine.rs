//! Checks settings of the machine.

use std::collections::HashSet;

use thiserror::Error;
use winsvc_definition::manifest::Opens;

use crate::config::Config;
use crate::diagnostic::{Diagnostic, Explain, Place};

/// Checks that no value is set twice, and the programs that are named.
pub(super) fn check(config: &Config) -> Result<(), MachineError> {
    check_programs(config)?;
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
        ("shortcuts", manifest.shortcuts.is_empty()),
        ("url-protocols", manifest.url_protocols.is_empty()),
        ("requires", manifest.requires.is_empty()),
    ];
    let (key, _) = keys.into_iter().find(|(_, is_empty)| !is_empty)?;
    Some(
        Diagnostic::warning(format!(
            "the scripts of the zip do not apply `{key}`, only the MSI does"
        ))
        .at(config.place(&[key])),
    )
}

/// Checks that a program is one of the product's.
pub(super) fn check_program(
    config: &Config,
    program: &str,
    place: impl Fn() -> Place,
) -> Result<(), MachineError> {
    let known: Vec<&str> = config
        .programs
        .iter()
        .map(|it| it.program.binary.as_str())
        .collect();
    if known.contains(&program) {
        return Ok(());
    }
    Err(MachineError::Program {
        program: program.to_owned(),
        known: known.join(", "),
        place: Box::new(place()),
    })
}

/// Checks the programs of URL protocols and shortcuts.
fn check_programs(config: &Config) -> Result<(), MachineError> {
    for (scheme, protocol) in &config.manifest.url_protocols {
        let place = || config.place(&["url-protocols", scheme.as_str()]);
        check_program(config, &protocol.program, place)?;
    }
    for (index, shortcut) in config.manifest.shortcuts.iter().enumerate() {
        if let Opens::Program(program, _) = &shortcut.opens {
            check_program(config, program, || config.place_of_entry(&["shortcuts"], index))?;
        }
    }
    Ok(())
}

/// The error for a setting of the machine.
#[derive(Debug, Error)]
pub(crate) enum MachineError {
    /// The program is not one of the product's.
    #[error("unknown program `{program}`; expected one of {known}")]
    Program {
        /// The program.
        program: String,
        /// The product's programs.
        known: String,
        /// Its place.
        place: Box<Place>,
    },
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
        let (Self::Program { place, .. } | Self::Twice { place, .. }) = self;
        let diagnostic = Diagnostic::of(self).at((**place).clone());
        match self {
            Self::Program { .. } => diagnostic.help("add the program to `programs`, or name another one"),
            Self::Twice { .. } => diagnostic.help("remove one of them"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::said;

    /// The message and its place.
    fn refused(table: &str) -> String {
        let error = said(&format!("package.formats = []\n{table}")).unwrap_err();
        error.lines().take(2).collect::<Vec<_>>().join("")
    }

    #[test]
    fn a_program_is_one_of_the_product_s() {
        let shortcut = "[[package.metadata.winsvc.shortcuts]]\nname = 'Tray'\nprogram = 'tray'";
        assert_eq!(
            refused(shortcut),
            "error: unknown program `tray`; expected one of acme --> Cargo.toml:3:1"
        );
        assert_eq!(
            refused("url-protocols.acme = 'tray'"),
            "error: unknown program `tray`; expected one of acme --> Cargo.toml:3:22"
        );
        let shortcut = shortcut.replace("'tray'", "'acme'");
        let warnings = said(&shortcut).unwrap();
        assert!(
            warnings[0]
                .starts_with("warning: the scripts of the zip do not apply `shortcuts`, only the MSI does"),
            "{warnings:#?}"
        );
    }

    #[test]
    fn a_text_has_names_with_values_only() {
        for (arguments, message) in [
            ("['{name}']", "has no value in this text"),
            ("['a', '{PORT}']", "the property `PORT` is not defined"),
        ] {
            let table = format!("url-protocols.acme = {{ program = 'acme', arguments = {arguments} }}");
            let error = refused(&table);
            assert!(error.contains(message), "{error}");
        }
    }
}
