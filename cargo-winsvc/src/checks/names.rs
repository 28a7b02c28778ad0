//! Checks for conflicting names in the definition.

use thiserror::Error;
use winsvc_definition::{Dependency, DisplayName, ServiceName, VariableName};

use crate::config::{Config, ServiceConfig};
use crate::diagnostic::{Diagnostic, Explain, Place};

/// Checks the names of services and environment variables.
pub(super) fn check(config: &Config) -> Result<(), NameConflict> {
    for (index, service) in config.services.iter().enumerate() {
        check_service(config, service)?;
        check_against(config, service, &config.services[..index])?;
        if let Some(updater) = &config.updater {
            check_against_updater(config, service, updater)?;
        }
    }
    Ok(())
}

/// Checks the names of a service against those of the updater.
fn check_against_updater(
    config: &Config,
    service: &ServiceConfig,
    updater: &ServiceConfig,
) -> Result<(), NameConflict> {
    let name = &service.definition.name;
    if is_same(name, &updater.definition.name) {
        return Err(NameConflict::Updater {
            name: name.clone(),
            place: Box::new(config.place(&["services", name.as_str()])),
        });
    }
    check_against(config, service, std::slice::from_ref(updater))
}

/// Checks the names of one service.
fn check_service(config: &Config, service: &ServiceConfig) -> Result<(), NameConflict> {
    let name = &service.definition.name;
    if let Some(index) = service
        .former_names()
        .iter()
        .position(|other| is_same(other, name))
    {
        return Err(NameConflict::Former {
            name: name.clone(),
            place: Box::new(config.place_of_entry_in(service, &["was-named"], index)),
        });
    }
    let is_itself =
        |dependency: &Dependency| matches!(dependency, Dependency::Service(other) if is_same(other, name));
    if let Some(index) = service.definition.dependencies.iter().position(is_itself) {
        return Err(NameConflict::Itself {
            name: name.clone(),
            place: Box::new(config.place_of_entry_in(service, &["dependencies"], index)),
        });
    }
    let variables = service.definition.environment.keys();
    let names: Vec<&str> = variables.map(VariableName::as_str).collect();
    for (index, name) in names.iter().enumerate() {
        let is_same = |other: &&&str| other.to_lowercase() == name.to_lowercase();
        if let Some(other) = names[..index].iter().find(is_same) {
            return Err(NameConflict::Variables {
                one: (*other).to_owned(),
                two: (*name).to_owned(),
                place: Box::new(config.place_in(service, &["environment", name])),
            });
        }
    }
    Ok(())
}

/// Checks the names of a service against those of other services.
fn check_against(
    config: &Config,
    service: &ServiceConfig,
    others: &[ServiceConfig],
) -> Result<(), NameConflict> {
    let name = &service.definition.name;
    let display_name = service.definition.display_name.as_str().to_lowercase();
    for other in others {
        let other_name = &other.definition.name;
        if is_same(name, other_name) {
            return Err(NameConflict::Services {
                one: other_name.clone(),
                two: name.clone(),
                place: Box::new(config.place(&["services", name.as_str()])),
            });
        }
        if other.definition.display_name.as_str().to_lowercase() == display_name {
            return Err(NameConflict::DisplayNames {
                name: service.definition.display_name.clone(),
                one: other_name.clone(),
                two: name.clone(),
                place: Box::new(config.place_in(service, &["display-name"])),
            });
        }
        for (former, current) in [(service, other), (other, service)] {
            let names = former.former_names().iter();
            let taken = |name: &&ServiceName| {
                is_same(name, &current.definition.name)
                    || current.former_names().iter().any(|other| is_same(name, other))
            };
            if let Some(index) = names.clone().position(|name| taken(&name)) {
                return Err(NameConflict::FormerOfTwo {
                    former: former.former_names()[index].clone(),
                    service: former.definition.name.clone(),
                    other: current.definition.name.clone(),
                    place: Box::new(config.place_of_entry_in(former, &["was-named"], index)),
                });
            }
        }
    }
    Ok(())
}

/// Whether the SCM takes two names for one.
fn is_same(one: &ServiceName, two: &ServiceName) -> bool {
    one.as_str().to_lowercase() == two.as_str().to_lowercase()
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
    /// Two services have the same name.
    #[error("the services `{one}` and `{two}` are the same on Windows, where names are case-insensitive")]
    Services {
        /// The first one.
        one: ServiceName,
        /// The second one.
        two: ServiceName,
        /// The place of the second one.
        place: Box<Place>,
    },
    /// A service has the name of the updater.
    #[error("the service `{name}` has the name of the updater, which `update` adds to the product")]
    Updater {
        /// The name.
        name: ServiceName,
        /// Its place.
        place: Box<Place>,
    },
    /// Two services have the same display name.
    #[error("the services `{one}` and `{two}` have the same display name {:?}", name.as_str())]
    DisplayNames {
        /// The display name.
        name: DisplayName,
        /// The first service.
        one: ServiceName,
        /// The second one.
        two: ServiceName,
        /// The place of the second display name.
        place: Box<Place>,
    },
    /// A former name is a name of another service.
    #[error(
        "`was-named` of the service `{service}` lists `{former}`, which is a name of the service `{other}`"
    )]
    FormerOfTwo {
        /// The former name.
        former: ServiceName,
        /// The service with this former name.
        service: ServiceName,
        /// The other service.
        other: ServiceName,
        /// The place of the former name.
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
        let (Self::Former { place, .. }
        | Self::Itself { place, .. }
        | Self::Services { place, .. }
        | Self::Updater { place, .. }
        | Self::DisplayNames { place, .. }
        | Self::FormerOfTwo { place, .. }
        | Self::Variables { place, .. }) = self;
        let diagnostic = Diagnostic::of(self).at((**place).clone());
        match self {
            Self::Former { .. } => diagnostic.help(
                "list only the names of earlier versions: an installation removes services with these names",
            ),
            Self::Itself { .. } => {
                diagnostic.help("remove it: Windows would refuse to start the service (error 1059)")
            }
            Self::Updater { .. } => {
                diagnostic.help("choose another name, and list the old one in `was-named` if it was released")
            }
            Self::DisplayNames { .. } => diagnostic
                .note("Windows does not create a service with the display name of another (error 1078)")
                .help("set `display-name` in each of the services"),
            Self::FormerOfTwo { .. } => {
                diagnostic.help("list each former name once, at the service that replaces it")
            }
            Self::Services { .. } | Self::Variables { .. } => diagnostic.help("remove one of them"),
        }
    }
}
