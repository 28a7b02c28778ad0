//! Checks the names in texts, such as `{data}` and `{LISTEN_PORT}`.

use thiserror::Error;
use winsvc_definition::manifest::{Host, PathEntry};
use winsvc_definition::{Argument, NamedText, TextName};

use crate::config::{Config, ServiceConfig, nearest};
use crate::diagnostic::{Diagnostic, Explain, Place};

/// Checks that every name in a text has a value there.
pub(super) fn check(config: &Config) -> Result<(), TextError> {
    for service in &config.services {
        check_service(config, service)?;
    }
    for (index, entry) in config.manifest.registry.iter().enumerate() {
        for text in entry.value.texts() {
            check_names(config, text, MACHINE, || {
                config.place_of_entry(&["registry"], index)
            })?;
        }
    }
    for (name, text) in &config.manifest.machine_environment {
        let place = || config.place(&["machine-environment", name.as_str()]);
        check_names(config, text, MACHINE, place)?;
    }
    for (index, PathEntry { folder: text, .. }) in config.manifest.path.iter().enumerate() {
        check_names(config, text, MACHINE, || config.place_of_entry(&["path"], index))?;
    }
    for (scheme, protocol) in &config.manifest.url_protocols {
        for text in &protocol.arguments {
            check_names(config, text, MACHINE, || {
                config.place(&["url-protocols", scheme.as_str()])
            })?;
        }
    }
    for (index, shortcut) in config.manifest.shortcuts.iter().enumerate() {
        for text in shortcut.opens.texts() {
            check_names(config, text, MACHINE, || {
                config.place_of_entry(&["shortcuts"], index)
            })?;
        }
    }
    for (index, command) in config.manifest.commands.iter().enumerate() {
        for text in &command.arguments {
            check_names(config, text, MACHINE, || {
                config.place_of_entry(&["commands"], index)
            })?;
        }
    }
    for (index, entry) in config.manifest.autostart.iter().enumerate() {
        for text in &entry.arguments {
            check_names(config, text, MACHINE, || {
                config.place_of_entry(&["autostart"], index)
            })?;
        }
    }
    for (name, rule) in &config.manifest.firewall {
        for (key, texts) in [("port", &rule.traffic.ports), ("remote", &rule.traffic.remote)] {
            let place = || config.place_within(&["firewall", name.as_str()], key);
            for text in texts {
                check_names(config, text, MACHINE, place)?;
            }
        }
    }
    for property in &config.properties {
        let place = || config.place(&["properties", property.name.as_str(), "default"]);
        check_names(config, &property.default, DEFAULT, place)?;
    }
    Ok(())
}

fn check_service(config: &Config, service: &ServiceConfig) -> Result<(), TextError> {
    for (index, text) in service.table.arguments.iter().flatten().enumerate() {
        let place = || config.place_of_entry_in(service, &["arguments"], index);
        check_names(config, text, SERVICE, place)?;
    }
    for (name, text) in service.table.environment.iter().flatten() {
        let place = || config.place_in(service, &["environment", name.as_str()]);
        check_names(config, text, SERVICE, place)?;
    }
    for text in service.table.host.iter().flat_map(Host::texts) {
        check_names(config, text, SERVICE, || config.place_in(service, &["host"]))?;
    }
    // Those of properties.
    for argument in &service.definition.arguments {
        let (Argument::Text(text) | Argument::If { text, .. }) = argument else {
            continue;
        };
        check_names(config, text, SERVICE, || config.place(&["properties"]))?;
    }
    Ok(())
}

/// What a text may name besides folders and the version.
#[derive(Clone, Copy)]
struct Allowed {
    service: bool,
    properties: bool,
}

const SERVICE: Allowed = Allowed {
    service: true,
    properties: true,
};
const MACHINE: Allowed = Allowed {
    service: false,
    properties: true,
};
const DEFAULT: Allowed = Allowed {
    service: false,
    properties: false,
};

fn check_names(
    config: &Config,
    text: &NamedText,
    allowed: Allowed,
    place: impl Fn() -> Place,
) -> Result<(), TextError> {
    for name in text.names() {
        let is_allowed = match name {
            TextName::Install | TextName::Version => true,
            // They are folders of the services.
            TextName::Config | TextName::Data | TextName::Logs => !config.services.is_empty(),
            TextName::Service => allowed.service,
            TextName::Property(name) if allowed.properties => {
                let is_known = config.properties.iter().any(|property| property.name == *name);
                if !is_known {
                    return Err(TextError::Property {
                        name: name.to_string(),
                        known: config
                            .properties
                            .iter()
                            .map(|known| known.name.to_string())
                            .collect(),
                        place: Box::new(place()),
                    });
                }
                true
            }
            TextName::Property(_) | TextName::Value => false,
        };
        if !is_allowed {
            return Err(TextError::Name {
                name: name.to_string(),
                allowed: names(config, allowed),
                place: Box::new(place()),
            });
        }
    }
    Ok(())
}

/// The names that a text may have, for a message.
fn names(config: &Config, allowed: Allowed) -> String {
    let mut names = vec!["`{install}`", "`{version}`"];
    if !config.services.is_empty() {
        names.splice(1..1, ["`{config}`", "`{data}`", "`{logs}`"]);
    }
    if allowed.service {
        names.push("`{name}`");
    }
    if allowed.properties {
        names.push("a property such as `{LISTEN_PORT}`");
    }
    names.join(", ")
}

/// The error for a name in a text.
#[derive(Debug, Error)]
pub(crate) enum TextError {
    /// A name has no value here.
    #[error("the name `{{{name}}}` has no value in this text")]
    Name {
        /// The name.
        name: String,
        /// What the text may have.
        allowed: String,
        /// The place of the text, or of its table.
        place: Box<Place>,
    },
    /// A property is not defined.
    #[error("the property `{name}` is not defined")]
    Property {
        /// The name.
        name: String,
        /// The properties.
        known: Vec<String>,
        /// The place of the text, or of its table.
        place: Box<Place>,
    },
}

impl Explain for TextError {
    fn diagnostic(&self) -> Diagnostic {
        let (Self::Name { place, .. } | Self::Property { place, .. }) = self;
        let diagnostic = Diagnostic::of(self).at((**place).clone());
        match self {
            Self::Name { allowed, .. } => diagnostic.help(format!(
                "use {allowed}; write `{{{{` for a brace that belongs to the text"
            )),
            Self::Property { name, known, .. } => {
                match nearest(name, known.iter().map(String::as_str)) {
                    Some(known) => diagnostic.help(format!("did you mean `{{{known}}}`?")),
                    None => diagnostic.help(format!(
                        "add [package.metadata.winsvc.properties.{name}]; write `{{{{` for a brace that belongs to the \
                         text"
                    )),
                }
            }
        }
    }
}
