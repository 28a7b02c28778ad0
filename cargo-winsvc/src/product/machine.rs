//! Settings of the machine.

use std::collections::BTreeMap;

use winsvc_definition::manifest::RegistryEntry;
use winsvc_definition::{FirewallRule, NamedText, VariableName};

use super::Shortcut;

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
}

impl Machine {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.registry.is_empty() && self.environment.is_empty() && self.path.is_empty()
    }
}
