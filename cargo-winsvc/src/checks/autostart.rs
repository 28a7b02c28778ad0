//! Checks the programs that Windows starts without a service.

use std::collections::HashMap;

use thiserror::Error;
use winsvc_definition::manifest::{FeatureName, Format};

use super::machine::{self, MachineError};
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Explain, Place};
use crate::payload::Payload;
use crate::product::{EntriesOf, registrar};
use crate::project::Project;

/// Checks the names, the programs and their features. The payload has the installed files if packages are made.
pub(super) fn check(
    project: &Project,
    config: &Config,
    payload: &Payload,
    formats: &[Format],
) -> Result<(), AutostartError> {
    let mut names: HashMap<String, &str> = HashMap::new();
    for (index, entry) in config.manifest.autostart.iter().enumerate() {
        let name = entry.name.as_str();
        let place = || config.place_of_entry(&["autostart"], index);
        if let Some(other) = names.insert(name.to_lowercase(), name) {
            return Err(AutostartError::Twice {
                one: other.to_owned(),
                two: name.to_owned(),
                place: Box::new(place()),
            });
        }
        machine::check_exe(config, payload, formats, &entry.program, place)?;
        let feature = machine::installed(payload, &entry.program).and_then(|file| file.feature.as_ref());
        if let Some(feature) = feature.filter(|feature| entry.feature.as_ref() != Some(feature)) {
            return Err(AutostartError::Feature {
                program: entry.program.clone(),
                feature: feature.clone(),
                place: Box::new(place()),
            });
        }
        if entry.task.is_some() {
            check_registrar(project, config, place)?;
        }
    }
    Ok(())
}

/// Checks that a program can register tasks: that of a service, or one with winsvc.
fn check_registrar(
    project: &Project,
    config: &Config,
    place: impl Fn() -> Place,
) -> Result<(), AutostartError> {
    let program = match registrar(config) {
        Some(EntriesOf::Service(_)) => return Ok(()),
        Some(EntriesOf::Program(program)) => Some(&config.programs[program].program),
        None => None,
    };
    match program {
        Some(program) if project.depends_on(program, "winsvc") => Ok(()),
        program => Err(AutostartError::NoRegistrar {
            program: program.map(|program| program.binary.clone()),
            place: Box::new(place()),
        }),
    }
}

/// The error for a program that Windows starts without a service.
#[derive(Debug, Error)]
pub(crate) enum AutostartError {
    /// Two names are the same on Windows.
    #[error(
        "the autostart entries `{one}` and `{two}` are the same on Windows, where names are case-insensitive"
    )]
    Twice {
        /// A name.
        one: String,
        /// The other name.
        two: String,
        /// The place of the second entry.
        place: Box<Place>,
    },
    /// The program may be left out without its entry.
    #[error("the program `{program}` belongs to the feature `{feature}`, but its autostart entry does not")]
    Feature {
        /// The program.
        program: String,
        /// Its feature.
        feature: FeatureName,
        /// The place of the entry.
        place: Box<Place>,
    },
    /// No program of the product can register tasks.
    #[error("the product has no program that can register a task{}", but(.program.as_deref()))]
    NoRegistrar {
        /// The program that would have to; `None` if no binary is always installed.
        program: Option<String>,
        /// The place of the entry.
        place: Box<Place>,
    },
    /// The program is not one that the package installs.
    #[error(transparent)]
    Program(#[from] MachineError),
}

/// Why a program cannot, as a part of a message.
fn but(program: Option<&str>) -> String {
    program.map_or_else(String::new, |program| {
        format!(": the package of `{program}` does not depend on `winsvc`")
    })
}

impl Explain for AutostartError {
    fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::of(self);
        match self {
            Self::Twice { place, .. } => diagnostic.at((**place).clone()).help("rename one of them"),
            Self::Feature { feature, place, .. } => diagnostic
                .at((**place).clone())
                .help(format!("set `feature = \"{feature}\"` in the entry")),
            Self::NoRegistrar { place, .. } => diagnostic
                .at((**place).clone())
                .note("Windows Installer has no table for tasks; a program of the product registers them")
                .help(
                    "call `winsvc::autostart!()` in the `main` of the product's first binary, or use the Run key: `at = \"logon\"` \
                     without other keys of a task",
                ),
            Self::Program(error) => error.diagnostic(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::said;
    use super::*;
    use crate::config::tests;

    const ENTRY: &str = "[[package.metadata.winsvc.autostart]]\nname = 'Tray'\n";

    /// The message and its place.
    fn refused(table: &str) -> String {
        let error = said(table).unwrap_err();
        error.lines().take(2).collect::<Vec<_>>().join("")
    }

    #[test]
    fn an_entry_starts_a_program_of_the_product() {
        assert_eq!(said(&format!("{ENTRY}program = 'acme'")), Ok(Vec::new()));
        let unknown = "error: the program `tray` is neither a program of the product nor an installed file --> Cargo.toml:2:1";
        assert_eq!(refused(&format!("{ENTRY}program = 'tray'")), unknown);
        assert_eq!(
            refused(&format!("{ENTRY}program = 'tray.cmd'")),
            "error: the program `tray.cmd` is not an exe --> Cargo.toml:2:1"
        );
    }

    #[test]
    fn a_task_of_a_product_without_a_service_needs_a_program_with_winsvc() {
        let table = format!("[package.metadata.winsvc]\nservices = {{}}\n{ENTRY}program = 'acme'\n");
        let said = |has_winsvc: bool, more: &str| {
            let mut project = tests::project();
            if !has_winsvc {
                project.members[0].dependencies.clear();
            }
            let config = tests::parse_for(&project, &format!("{table}{more}")).unwrap();
            check(&project, &config, &Payload::default(), &[]).map_err(|error| error.to_string())
        };
        assert_eq!(said(true, "at = 'boot'"), Ok(()));
        assert_eq!(said(false, ""), Ok(()), "the Run key");
        let message = "the product has no program that can register a task: the package of `acme` does not depend on `winsvc`";
        assert_eq!(said(false, "at = 'boot'"), Err(message.to_owned()));
    }

    #[test]
    fn names_are_different_on_windows() {
        let second = ENTRY.replace("Tray", "TRAY");
        assert_eq!(
            refused(&format!(
                "{ENTRY}program = 'acme'\n{second}program = 'acme'\nat = 'boot'"
            )),
            "error: the autostart entries `Tray` and `TRAY` are the same on Windows, where names are case-insensitive \
             --> Cargo.toml:5:1"
        );
    }

    #[test]
    fn an_argument_has_names_with_values_only() {
        let error = refused(&format!("{ENTRY}program = 'acme'\narguments = ['{{PORT}}']"));
        assert!(
            error.starts_with("error: the property `PORT` is not defined"),
            "{error}"
        );
        let of_service = format!("{ENTRY}program = 'acme'\narguments = ['{{data}}']");
        assert_eq!(said(&of_service), Ok(Vec::new()));
        assert_eq!(
            refused(&format!("services = {{}}\n{of_service}")),
            "error: the name `{data}` has no value in this text --> Cargo.toml:3:1"
        );
        let names = "'{PORT}', ".repeat(40);
        let error = refused(&format!(
            "properties.PORT = {{ default = '1' }}\n{ENTRY}program = 'acme'\narguments = [{names}]"
        ));
        assert!(error.contains("the list `arguments` has more names"), "{error}");
    }
}
