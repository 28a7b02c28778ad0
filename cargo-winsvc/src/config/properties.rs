//! The properties: where their values flow.

use thiserror::Error;
use winsvc_definition::manifest::{Host, PropertyTable};
use winsvc_definition::{Argument, NamedText, Property, PropertyName, ServiceName, TextName, VariableName};

use super::{Config, ServiceConfig};
use crate::diagnostic::{Diagnostic, Explain, Place};

impl Config {
    /// Adds the properties, and the arguments and variables with their values to the services.
    pub(super) fn add_properties(&mut self) -> Result<(), PropertyFlowError> {
        for (name, table) in &self.manifest.properties.clone() {
            self.check_services(name, table)?;
            for index in 0..self.services.len() {
                let service = &self.services[index].definition.name;
                let wanted = table.services.as_ref();
                if wanted.is_none_or(|wanted| wanted.contains(service)) {
                    self.add_flows(index, name, table)?;
                }
            }
            self.properties.push(table.property(name));
        }
        Ok(())
    }

    fn check_services(&self, name: &PropertyName, table: &PropertyTable) -> Result<(), PropertyFlowError> {
        for (index, service) in table.services.iter().flatten().enumerate() {
            let is_known = |known: &ServiceConfig| known.definition.name == *service;
            if !self.services.iter().any(is_known) {
                let known = self.services.iter();
                return Err(PropertyFlowError::Service {
                    service: service.clone(),
                    known: known.map(|service| service.definition.name.to_string()).collect(),
                    place: Box::new(self.place_of_entry(&["properties", name.as_str(), "services"], index)),
                });
            }
        }
        Ok(())
    }

    fn add_flows(
        &mut self,
        service: usize,
        name: &PropertyName,
        table: &PropertyTable,
    ) -> Result<(), PropertyFlowError> {
        let value = NamedText::new(&format!("{{{name}}}")).expect("a property's name is one in a text");
        let definition = &mut self.services[service].definition;
        definition.arguments.extend(table.arguments(name));
        definition.arguments.sort_by_key(Argument::order);
        for variable in table.variables(&definition.name.clone()) {
            let definition = &mut self.services[service].definition;
            // Windows ignores the case of the names.
            let is_same = |other: &VariableName| other.as_str().eq_ignore_ascii_case(variable.as_str());
            if definition.environment.keys().any(is_same) {
                return Err(PropertyFlowError::Variable {
                    variable: variable.as_str().to_owned(),
                    service: definition.name.clone(),
                    place: Box::new(self.place(&["properties", name.as_str()])),
                });
            }
            definition.environment.insert(variable, value.clone());
        }
        Ok(())
    }

    /// Whether a text of the product has the value of a property.
    pub(crate) fn is_used(&self, property: &Property) -> bool {
        let is_it = |name: &TextName| matches!(name, TextName::Property(other) if *other == property.name);
        let in_services = self.services.iter().any(|service| {
            let definition = &service.definition;
            let arguments = definition.arguments.iter();
            arguments.flat_map(Argument::names).any(|name| is_it(&name))
                || definition
                    .environment
                    .values()
                    .any(|text| text.names().any(is_it))
                || service
                    .table
                    .host
                    .iter()
                    .flat_map(Host::texts)
                    .any(|text| text.names().any(is_it))
        });
        in_services || property.file.is_some() || self.machine_texts().any(|text| text.names().any(is_it))
    }

    /// The texts of the machine's settings.
    fn machine_texts(&self) -> impl Iterator<Item = &NamedText> {
        let manifest = &self.manifest;
        let registry = manifest.registry.iter().flat_map(|entry| entry.value.texts());
        let protocols = manifest.url_protocols.values();
        let rules = manifest.firewall.values();
        registry
            .chain(manifest.commands.iter().flat_map(|command| &command.arguments))
            .chain(manifest.autostart.iter().flat_map(|entry| &entry.arguments))
            .chain(manifest.machine_environment.values())
            .chain(manifest.path.iter().map(|entry| &entry.folder))
            .chain(protocols.flat_map(|protocol| &protocol.arguments))
            .chain(
                manifest
                    .shortcuts
                    .iter()
                    .flat_map(|shortcut| shortcut.opens.texts()),
            )
            .chain(rules.flat_map(|rule| rule.traffic.ports.iter().chain(&rule.traffic.remote)))
    }
}

/// The error for a property whose value cannot flow where its table says.
#[derive(Debug, Error)]
pub(crate) enum PropertyFlowError {
    /// The product does not have a service that is listed.
    #[error("the product has no service `{service}`")]
    Service {
        /// The service.
        service: ServiceName,
        /// The product's services.
        known: Vec<String>,
        /// Its place.
        place: Box<Place>,
    },
    /// A service has the variable already.
    #[error("the environment variable `{variable}` of the service `{service}` is set twice")]
    Variable {
        /// The variable.
        variable: String,
        /// The service.
        service: ServiceName,
        /// The place of the property.
        place: Box<Place>,
    },
}

impl Explain for PropertyFlowError {
    fn diagnostic(&self) -> Diagnostic {
        let (Self::Service { place, .. } | Self::Variable { place, .. }) = self;
        let diagnostic = Diagnostic::of(self).at((**place).clone());
        match self {
            Self::Service { known, .. } => diagnostic.note(format!("its services: {}", known.join(", "))),
            Self::Variable { .. } => diagnostic
                .help("remove it from `environment` or from the other property; names are case-insensitive"),
        }
    }
}
