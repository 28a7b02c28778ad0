//! Settings of the machine.

use std::collections::BTreeMap;

use winsvc_definition::manifest::{RegistryEntry, Requires};
use winsvc_definition::{FirewallRule, NamedText, VariableName};

use super::Shortcut;
use crate::config::Config;

/// The settings of the machine that an installation makes and a removal takes back.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    /// Registry values below `HKEY_LOCAL_MACHINE`.
    pub registry: Vec<RegistryEntry>,
    /// Environment variables.
    pub environment: BTreeMap<VariableName, NamedText>,
    /// Folders at the end of `PATH`.
    pub path: Vec<NamedText>,
    /// Rules of the firewall.
    pub firewall: Vec<FirewallRule>,
    /// Shortcuts.
    pub shortcuts: Vec<Shortcut>,
    /// URL protocols.
    pub protocols: Vec<UrlProtocol>,
    /// What it must have for an installation.
    pub requires: Requires,
}

/// A URL protocol.
#[derive(Clone, Debug)]
pub struct UrlProtocol {
    /// The scheme of its addresses.
    pub scheme: String,
    /// The program that opens them: an index into [`Product::files`](super::Product::files).
    pub file: usize,
    /// Its arguments. `%1` is the address.
    pub arguments: Vec<NamedText>,
}

/// Resolves the URL protocols, which have been checked.
pub(super) fn protocols(config: &Config) -> Vec<UrlProtocol> {
    let protocols = config.manifest.url_protocols.iter();
    let protocols = protocols.filter_map(|(scheme, protocol)| {
        Some(UrlProtocol {
            scheme: scheme.as_str().to_owned(),
            file: config.program(&protocol.program)?,
            arguments: protocol.arguments.clone(),
        })
    });
    protocols.collect()
}

impl Machine {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.registry.is_empty() && self.environment.is_empty() && self.path.is_empty()
    }
}
