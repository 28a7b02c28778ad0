//! The updater: the service that the tool adds to a product with the table `update`.

use thiserror::Error;
use winsvc_definition::manifest::ServiceTable;
use winsvc_definition::{NameError, Role, has_updater, update};

use super::{Config, ServiceConfig};
use crate::diagnostic::{Diagnostic, Explain, Place};

impl Config {
    /// The first service that is always installed, an index into [`Config::services`].
    pub(crate) fn main_service(&self) -> Option<usize> {
        let is_main = |service: &ServiceConfig| service.table.feature.is_none();
        self.services.iter().position(is_main)
    }

    /// The services that an installation registers: the author's, and the updater.
    pub(crate) fn registered(&self) -> impl Iterator<Item = &ServiceConfig> {
        self.services.iter().chain(&self.updater)
    }

    /// The role of one of them.
    pub(crate) fn role(&self, registered: usize) -> Role {
        if registered < self.services.len() {
            Role::Service
        } else {
            Role::Updater
        }
    }

    /// Those of a program.
    pub(crate) fn registered_of(&self, program: usize) -> impl Iterator<Item = &ServiceConfig> {
        self.registered()
            .filter(move |service| service.program == program)
    }

    /// The place of `update` if the updater is one of the program's services, and this exe of it cannot run it.
    pub(crate) fn lacks_updater(&self, program: usize, exe: &[u8]) -> Option<Place> {
        let updater = self.updater.as_ref().filter(|updater| updater.program == program);
        updater
            .filter(|_| !has_updater(exe))
            .map(|_| self.place(&["update"]))
    }

    /// Adds the updater, which is in the program of the main service.
    pub(super) fn add_updater(&mut self) -> Result<(), UpdaterError> {
        let main = self.main_service().filter(|_| self.manifest.update.is_some());
        let Some(main) = main.map(|index| &self.services[index]) else {
            return Ok(());
        };
        let definitions = self.services.iter().map(|service| &service.definition);
        let definition = update::updater(&main.definition, definitions).map_err(|error| UpdaterError {
            error,
            place: Box::new(self.place(&["update"])),
        })?;
        let former = main.former_names().iter().map(update::updater_name);
        self.updater = Some(ServiceConfig {
            definition,
            program: main.program,
            hosted: None,
            table: ServiceTable {
                // One that is too long never was a name.
                was_named: Some(former.filter_map(Result::ok).collect()),
                ..ServiceTable::default()
            },
            is_listed: false,
        });
        Ok(())
    }
}

/// The names of the updater, which come from those of the main service, are invalid.
#[derive(Debug, Error)]
#[error("the updater, a service of its own, cannot be named after the main service: {error}")]
pub(crate) struct UpdaterError {
    error: NameError,
    /// The place of `update`.
    place: Box<Place>,
}

impl Explain for UpdaterError {
    fn diagnostic(&self) -> Diagnostic {
        Diagnostic::of(self)
            .at((*self.place).clone())
            .note("its name ends with `-update`, its display name with ` Updater`")
            .help("shorten `name` or `display-name` of the main service")
    }
}

#[cfg(test)]
mod tests {
    use winsvc_definition::ServiceName;

    use super::super::tests::parse;
    use super::*;
    use crate::config::ConfigError;

    const UPDATE: &str = "[package.metadata.winsvc.update]\nurl = 'https://dl.acme.example'\n\
        keys = ['RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3']\n";

    fn read(table: &str) -> Result<Config, ConfigError> {
        parse(&format!("{UPDATE}[package.metadata.winsvc]\n{table}"))
    }

    #[test]
    fn the_updater_follows_the_main_service() {
        let config = read("display-name = 'Agent'\nwas-named = ['old']").unwrap();
        let names: Vec<_> = config
            .registered_of(0)
            .map(|service| service.definition.name.as_str())
            .collect();
        assert_eq!(names, ["acme", "acme-update"]);
        assert_eq!(config.services.len(), 1, "the author's");
        let updater = config.updater.unwrap();
        assert_eq!(updater.definition.display_name.as_str(), "Agent Updater");
        let former: Vec<_> = updater.former_names().iter().map(ServiceName::as_str).collect();
        assert_eq!(former, ["old-update"]);
        assert!(parse("[package.metadata.winsvc]").unwrap().updater.is_none());
    }

    #[test]
    fn a_name_without_room_is_an_error_at_the_table() {
        let error = read(&format!("name = '{}'", "a".repeat(250))).unwrap_err();
        let place = error.diagnostic().place.unwrap();
        assert_eq!(place.line_column(), (1, 1));
        assert!(
            error
                .to_string()
                .starts_with("the updater, a service of its own, cannot")
        );
    }
}
