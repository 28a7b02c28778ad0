//! The rules of the firewall, with the programs and services of the product.

use winsvc_definition::FirewallRule;
use winsvc_definition::manifest::{FeatureName, FirewallName, FirewallTable};

use super::Names;
use crate::config::{Config, ServiceConfig};

/// A rule of the firewall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The rule.
    pub rule: FirewallRule,
    /// The feature that it belongs to; `None` if it is always added.
    pub feature: Option<FeatureName>,
}

impl From<RegisteredRule> for Rule {
    fn from(registered: RegisteredRule) -> Self {
        Self {
            rule: registered.rule,
            feature: registered.feature,
        }
    }
}

/// A rule, and the service whose exe registers it outside of an MSI: an index into [`Config::services`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RegisteredRule {
    pub(crate) rule: FirewallRule,
    pub(crate) service: usize,
    pub(crate) feature: Option<FeatureName>,
}

/// Resolves the rules, which have been checked.
pub(crate) fn firewall(config: &Config, names: &Names) -> Vec<RegisteredRule> {
    let rules = config.manifest.firewall.iter().filter_map(|(name, table)| {
        let name = rule_name(names, name);
        let feature = table.feature.clone();
        if let Some(binary) = &table.program {
            let program = config.program(binary)?;
            // One of the program's own services, else the first one.
            let own = config
                .services
                .iter()
                .position(|service| service.program == program);
            let rule = table.rule(name, config.programs[program].target.parts(), None);
            return Some(RegisteredRule {
                rule,
                service: own.unwrap_or_default(),
                feature,
            });
        }
        let service = service_of(config, table)?;
        let ServiceConfig {
            definition, program, ..
        } = &config.services[service];
        let program = config.programs[*program].target.parts();
        let rule = table.rule(name, program, Some(&definition.name));
        Some(RegisteredRule {
            rule,
            service,
            feature,
        })
    });
    rules.collect()
}

/// The service that a rule without a program is for: the named one, or the only one.
pub(crate) fn service_of(config: &Config, table: &FirewallTable) -> Option<usize> {
    match (&table.service, &config.services[..]) {
        (Some(name), services) => services
            .iter()
            .position(|service| service.definition.name == *name),
        (None, [_]) => Some(0),
        (None, _) => None,
    }
}

/// The name of a rule on the machine.
fn rule_name(names: &Names, name: &FirewallName) -> String {
    format!("{}: {}", names.product, name.as_str())
}
