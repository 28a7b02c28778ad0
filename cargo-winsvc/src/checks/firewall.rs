//! Checks the rules of the firewall.

use std::collections::HashMap;

use thiserror::Error;
use winsvc_definition::manifest::{FirewallTable, is_firewall_text};
use winsvc_definition::{NamedText, SidType, TextName};

use super::machine::{self, MachineError};
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Explain, Place};
use crate::product::{Names, service_of};
use crate::project::Project;

/// Checks the texts, the programs and the services.
pub(super) fn check(project: &Project, config: &Config) -> Result<(), FirewallError> {
    let product = Names::new(project, config).product;
    let mut names: HashMap<String, &str> = HashMap::new();
    for (name, table) in &config.manifest.firewall {
        let name = name.as_str();
        let place = |key: &str| Box::new(config.place_within(&["firewall", name], key));
        if !is_firewall_text(&product) {
            let key = ["package", "product-name"];
            let place = config.place_if_written(None, &key).map(Box::new);
            return Err(FirewallError::Product { product, place });
        }
        if let Some(other) = names.insert(name.to_lowercase(), name) {
            return Err(FirewallError::Twice {
                one: other.to_owned(),
                two: name.to_owned(),
                place: place(""),
            });
        }
        check_program(config, name, table, &place)?;
        check_properties(config, name, table, &place)?;
    }
    Ok(())
}

/// netsh refuses an empty port or address. A property with a default is never empty: an empty value is none.
fn check_properties(
    config: &Config,
    rule: &str,
    table: &FirewallTable,
    place: &dyn Fn(&str) -> Box<Place>,
) -> Result<(), FirewallError> {
    let traffic = &table.traffic;
    for (key, texts) in [("port", &traffic.ports), ("remote", &traffic.remote)] {
        let names = texts.iter().flat_map(NamedText::names);
        for name in names {
            let TextName::Property(name) = name else { continue };
            let property = config.properties.iter().find(|property| property.name == *name);
            if property.is_some_and(|property| property.default.as_written().is_empty()) {
                return Err(FirewallError::NoDefault {
                    property: name.to_string(),
                    rule: rule.to_owned(),
                    key,
                    place: place(key),
                });
            }
        }
    }
    Ok(())
}

fn check_program(
    config: &Config,
    name: &str,
    table: &FirewallTable,
    place: &dyn Fn(&str) -> Box<Place>,
) -> Result<(), FirewallError> {
    if let Some(program) = &table.program {
        machine::check_program(config, program, || *place("program"))?;
        return Ok(());
    }
    let Some(service) = service_of(config, table) else {
        let services = config.services.iter();
        let known: Vec<&str> = services.map(|service| service.definition.name.as_str()).collect();
        return Err(FirewallError::Service {
            name: name.to_owned(),
            service: table.service.as_ref().map(ToString::to_string),
            known: known.join(", "),
            place: place("service"),
        });
    };
    let definition = &config.services[service].definition;
    if definition.sid_type == SidType::None {
        return Err(FirewallError::NoSid {
            service: definition.name.to_string(),
            place: place("service"),
        });
    }
    Ok(())
}

/// The error for a rule of the firewall.
#[derive(Debug, Error)]
pub(crate) enum FirewallError {
    /// The product's name cannot be a part of a rule's name.
    #[error("the product's name {product:?} cannot be a part of the name of a firewall rule")]
    Product {
        /// The name.
        product: String,
        /// Its place, if it is written.
        place: Option<Box<Place>>,
    },
    /// Two names are the same on Windows.
    #[error(
        "the firewall rules `{one}` and `{two}` are the same on Windows, where names are case-insensitive"
    )]
    Twice {
        /// A name.
        one: String,
        /// The other name.
        two: String,
        /// The place of the second rule.
        place: Box<Place>,
    },
    /// The service is not one of the product's, or there are several.
    #[error("{} of the firewall rule `{name}`; expected one of {known}", unknown(service.as_deref()))]
    Service {
        /// The rule.
        name: String,
        /// The service, if the rule names one.
        service: Option<String>,
        /// The product's services.
        known: String,
        /// The place.
        place: Box<Place>,
    },
    /// The service has no SID, by which the firewall recognises it.
    #[error("the firewall rule would never apply: the process of the service `{service}` has no service SID")]
    NoSid {
        /// The service.
        service: String,
        /// The place of the rule.
        place: Box<Place>,
    },
    /// A property can be empty, and the rule with it.
    #[error("the property `{property}` can be empty, but the `{key}` of the firewall rule `{rule}` cannot")]
    NoDefault {
        /// The property.
        property: String,
        /// The rule.
        rule: String,
        /// The key of the rule.
        key: &'static str,
        /// The key's place.
        place: Box<Place>,
    },
    /// The program is not one of the product's.
    #[error(transparent)]
    Program(#[from] MachineError),
}

fn unknown(service: Option<&str>) -> String {
    match service {
        Some(service) => format!("unknown service `{service}`"),
        None => "missing `service`".to_owned(),
    }
}

impl Explain for FirewallError {
    fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::of(self);
        match self {
            Self::Product { place, .. } => diagnostic
                .at(place.as_deref().cloned())
                .help("set a `product-name` without `|` and quotation marks"),
            Self::Twice { place, .. } => diagnostic.at((**place).clone()).help("rename one of them"),
            Self::Service { place, .. } => diagnostic
                .at((**place).clone())
                .help("set `service`, or `program` for a rule that is not for a service"),
            Self::NoSid { place, .. } => diagnostic
                .at((**place).clone())
                .help("remove `sid-type = \"none\"`, or set `program` instead of `service` in the rule"),
            Self::NoDefault {
                property, key, place, ..
            } => {
                let any = if *key == "remote" {
                    ", such as \"any\" for all machines"
                } else {
                    ""
                };
                diagnostic.at((**place).clone()).help(format!(
                    "set a `default` in [package.metadata.winsvc.properties.{property}]{any}"
                ))
            }
            Self::Program(error) => error.diagnostic(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::said;

    const RULE: &str = "[package.metadata.winsvc.firewall.http]\nport = 8080";

    /// The message and its place.
    fn refused(table: &str) -> (String, String) {
        let error = said(table).unwrap_err();
        let mut lines = error.lines().map(str::to_owned);
        (lines.next().unwrap(), lines.next().unwrap_or_default())
    }

    fn expected(message: &str, place: &str) -> (String, String) {
        (format!("error: {message}"), format!(" --> Cargo.toml:{place}"))
    }

    #[test]
    fn a_rule_is_for_the_only_service_or_names_one() {
        assert_eq!(said(RULE), Ok(Vec::new()));
        let two = "[package.metadata.winsvc.services.a]\n[package.metadata.winsvc.services.b]\n";
        assert_eq!(
            refused(&format!("{two}{RULE}")).0,
            "error: missing `service` of the firewall rule `http`; expected one of a, b"
        );
        assert_eq!(
            refused(&format!("{two}{RULE}\nservice = 'c'")),
            expected(
                "unknown service `c` of the firewall rule `http`; expected one of a, b",
                "6:11"
            )
        );
        assert_eq!(said(&format!("{two}{RULE}\nservice = 'b'")), Ok(Vec::new()));
        assert_eq!(
            refused(&format!("{RULE}\nprogram = 'tray'")),
            expected("unknown program `tray`; expected one of acme", "4:11")
        );
    }

    #[test]
    fn a_service_without_a_sid_cannot_be_recognised() {
        let table = |rule: &str| format!("sid-type = 'none'\naccount = 'local-service'\n{RULE}\n{rule}");
        assert_eq!(
            refused(&table("")).0,
            "error: the firewall rule would never apply: the process of the service `acme` has no service SID"
        );
        assert_eq!(said(&table("program = 'acme'")), Ok(Vec::new()));
    }

    #[test]
    fn names_are_case_insensitive_and_have_no_separators() {
        let twice = format!("{RULE}\n[package.metadata.winsvc.firewall.HTTP]");
        assert_eq!(
            refused(&twice).0,
            "error: the firewall rules `HTTP` and `http` are the same on Windows, where names are case-insensitive"
        );
        let product = format!("package.product-name = 'a|b'\n{RULE}");
        assert_eq!(
            refused(&product),
            expected(
                "the product's name \"a|b\" cannot be a part of the name of a firewall rule",
                "2:24"
            )
        );
    }

    #[test]
    fn a_property_in_a_text_must_be_defined() {
        let rule = "[package.metadata.winsvc.firewall.http]\nport = '{LISTEN_PORT}'";
        assert_eq!(
            refused(rule),
            expected("the property `LISTEN_PORT` is not defined", "3:8")
        );
    }
    #[test]
    fn a_property_of_a_rule_is_never_empty() {
        let table = |key: &str, default: &str| {
            format!(
                "[package.metadata.winsvc.properties.P]\n{default}\n\
                 [package.metadata.winsvc.firewall.http]\n{key} = '{{P}}'"
            )
        };
        assert_eq!(
            refused(&table("remote", "")),
            expected(
                "the property `P` can be empty, but the `remote` of the firewall rule `http` cannot",
                "5:10"
            )
        );
        assert_eq!(
            refused(&table("port", "default = ''")),
            expected(
                "the property `P` can be empty, but the `port` of the firewall rule `http` cannot",
                "5:8"
            )
        );
        assert_eq!(said(&table("remote", "default = 'any'")), Ok(Vec::new()));
    }
}
