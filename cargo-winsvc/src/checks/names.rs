//! Checks for conflicting names in the definition.

use thiserror::Error;
use winsvc_definition::{Dependency, ServiceName, VariableName};

use crate::config::Config;
use crate::diagnostic::{Diagnostic, Explain, Place};

/// Checks the names of services and environment variables.
pub(super) fn check(config: &Config) -> Result<(), NameConflict> {
    let name = &config.definition.name;
    let is_own = |other: &ServiceName| other.as_str().to_lowercase() == name.as_str().to_lowercase();
    if let Some(index) = config.manifest.was_named.iter().position(is_own) {
        return Err(NameConflict::Former {
            name: name.clone(),
            place: Box::new(config.place_of_entry(&["was-named"], index)),
        });
    }
    let is_itself =
        |dependency: &Dependency| matches!(dependency, Dependency::Service(other) if is_own(other));
    if let Some(index) = config.manifest.dependencies.iter().position(is_itself) {
        return Err(NameConflict::Itself {
            name: name.clone(),
            place: Box::new(config.place_of_entry(&["dependencies"], index)),
        });
    }
    let names: Vec<&str> = config
        .manifest
        .environment
        .keys()
        .map(VariableName::as_str)
        .collect();
    for (index, name) in names.iter().enumerate() {
        let is_same = |other: &&&str| other.to_lowercase() == name.to_lowercase();
        if let Some(other) = names[..index].iter().find(is_same) {
            return Err(NameConflict::Variables {
                one: (*other).to_owned(),
                two: (*name).to_owned(),
                place: Box::new(config.place(&["environment", name])),
            });
        }
    }
    Ok(())
}

/// The error for conflicting names.
#[derive(Debug, Error)]
pub(crate) enum NameConflict {
    /// `was-named` lists the current name.
    #[error("`was-named` lists `{name}`, the current name of the service")]
    Former {
        /// The name.
        name: ServiceName,
        /// Its place in `was-named`.
        place: Box<Place>,
    },
    /// The service depends on itself.
    #[error("the service `{name}` depends on itself")]
    Itself {
        /// The name.
        name: ServiceName,
        /// Its place in `dependencies`.
        place: Box<Place>,
    },
    /// Two environment variables have the same name.
    #[error(
        "the environment variables `{one}` and `{two}` are the same on Windows, where names are \
        case-insensitive"
    )]
    Variables {
        /// The first one.
        one: String,
        /// The second one.
        two: String,
        /// The place of the second one.
        place: Box<Place>,
    },
}

impl Explain for NameConflict {
    fn diagnostic(&self) -> Diagnostic {
        let (Self::Former { place, .. } | Self::Itself { place, .. } | Self::Variables { place, .. }) = self;
        let diagnostic = Diagnostic::of(self).at((**place).clone());
        match self {
            Self::Former { .. } => diagnostic.help(
                "list only the names of earlier versions: an installation removes services with these names",
            ),
            Self::Itself { .. } => {
                diagnostic.help("remove it: Windows would refuse to start the service (error 1059)")
            }
            Self::Variables { .. } => diagnostic.help("remove one of them"),
        }
    }
}
