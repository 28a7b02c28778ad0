//! Settings of the machine.

use std::collections::BTreeMap;

use winsvc_definition::manifest::{
    CommandEvent, CommandPosition, FeatureName, PathEntry, RegistryEntry, Requires,
};
use winsvc_definition::{NamedText, VariableName};

use super::{AutostartEntry, File, Registrar, Rule, Shortcut};
use crate::config::Config;

/// The settings of the machine that an installation makes and a removal takes back.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    /// Registry values below `HKEY_LOCAL_MACHINE`.
    pub registry: Vec<RegistryEntry>,
    /// Environment variables.
    pub environment: BTreeMap<VariableName, NamedText>,
    /// Folders at the end of `PATH`.
    pub path: Vec<PathEntry>,
    /// Rules of the firewall.
    pub firewall: Vec<Rule>,
    /// Shortcuts.
    pub shortcuts: Vec<Shortcut>,
    /// URL protocols.
    pub protocols: Vec<UrlProtocol>,
    /// Programs of the product that an installation runs.
    pub commands: Vec<OwnCommand>,
    /// Programs that Windows starts without a service.
    pub autostart: Vec<AutostartEntry>,
    /// The program that registers them in a product without a service.
    pub registrar: Option<Registrar>,
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
    /// The feature that it belongs to; `None` if it is always registered.
    pub feature: Option<FeatureName>,
}

/// A program of the product that an installation runs.
#[derive(Clone, Debug)]
pub struct OwnCommand {
    /// The program: an index into [`Product::files`](super::Product::files).
    pub file: usize,
    /// Its arguments.
    pub arguments: Vec<NamedText>,
    /// What runs it.
    pub on: Vec<CommandEvent>,
    /// Its place in an installation.
    pub position: CommandPosition,
    /// Whether a failure is no reason to end the installation.
    pub ignore_failure: bool,
}

impl OwnCommand {
    /// Whether this runs it.
    pub(crate) fn runs_on(&self, event: CommandEvent) -> bool {
        self.on.contains(&event)
    }
}

/// Resolves the commands, which have been checked. `files` are those of the product: first the programs.
pub(super) fn commands(config: &Config, files: &[File]) -> Vec<OwnCommand> {
    let commands = config.manifest.commands.iter().filter_map(|command| {
        let path = command.program.replace('\\', "/");
        let of_path = || {
            let is_same = |file: &File| file.target.to_string().eq_ignore_ascii_case(&path);
            files.iter().position(is_same)
        };
        Some(OwnCommand {
            file: config.program(&command.program).or_else(of_path)?,
            arguments: command.arguments.clone(),
            on: command.on.clone(),
            position: command.position,
            ignore_failure: command.ignore_failure,
        })
    });
    commands.collect()
}

/// Resolves the URL protocols, which have been checked.
pub(super) fn protocols(config: &Config) -> Vec<UrlProtocol> {
    let protocols = config.manifest.url_protocols.iter();
    let protocols = protocols.filter_map(|(scheme, protocol)| {
        Some(UrlProtocol {
            scheme: scheme.as_str().to_owned(),
            file: config.program(&protocol.program)?,
            arguments: protocol.arguments.clone(),
            feature: protocol.feature.clone(),
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
