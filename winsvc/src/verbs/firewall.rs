//! The rules of the firewall: added by `install`, deleted by `uninstall`, with the commands that the MSI runs.
//!
//! netsh.exe cannot say in every language of Windows which rules exist, so `install` adds them again each time. A
//! failure is a warning: the service runs without the rules, and the firewall's own service may be disabled.

use winsvc_definition::{FirewallRule, NetshCommand, Stamp};

use super::command::{Options, Rules};
use super::failure::describe;
use super::values::Values;
use crate::sys::machine::{CallError, Machine};

/// The rules of a service, and the values of the names in them.
pub(super) struct Firewall {
    rules: Vec<FirewallRule>,
    values: Values,
}

impl Firewall {
    /// The rules that `install` adds with these options.
    pub(super) fn wanted(stamp: &Stamp, values: &Values, options: &Options) -> Self {
        let is_wanted = |rule: &&FirewallRule| match options.firewall {
            Rules::Required => !rule.optional,
            Rules::All => true,
            Rules::None => false,
        };
        Self {
            rules: stamp.firewall.iter().filter(is_wanted).cloned().collect(),
            values: values.clone(),
        }
    }

    /// All rules of the service.
    pub(super) fn all(stamp: &Stamp) -> Self {
        Self {
            rules: stamp.firewall.clone(),
            values: Values::default(),
        }
    }

    /// The names of the rules.
    pub(super) fn names(&self) -> Vec<String> {
        self.rules.iter().map(|rule| rule.name.clone()).collect()
    }

    /// Adds the rules in the place of those that have their names. Returns the names of the added rules, and the
    /// warnings.
    pub(super) fn add(&self, machine: &dyn Machine) -> (Vec<String>, Vec<String>) {
        let (mut added, mut warnings) = (Vec::new(), Vec::new());
        for rule in &self.rules {
            // There may be none to delete.
            let _ = self.run(machine, &rule.delete());
            match self.run(machine, &rule.add()) {
                Ok(()) => added.push(rule.name.clone()),
                Err(problem) => warnings.push(format!(
                    "cannot add the firewall rule \"{}\": {}",
                    rule.name,
                    problem.describe(machine)
                )),
            }
        }
        (added, warnings)
    }

    /// Deletes the rules. Returns the names of those that existed, and the warnings.
    pub(super) fn delete(&self, machine: &dyn Machine) -> (Vec<String>, Vec<String>) {
        let (mut deleted, mut warnings) = (Vec::new(), Vec::new());
        for rule in &self.rules {
            match self.run(machine, &rule.delete()) {
                Ok(()) => deleted.push(rule.name.clone()),
                // As if there is no such rule.
                Err(Problem::Exit(_)) => {}
                Err(problem) => warnings.push(format!(
                    "cannot delete the firewall rule \"{}\": {}",
                    rule.name,
                    problem.describe(machine)
                )),
            }
        }
        (deleted, warnings)
    }

    fn run(&self, machine: &dyn Machine, command: &NetshCommand) -> Result<(), Problem> {
        let arguments = command.arguments(|name| self.values.value(name));
        match machine.run_system_program(NetshCommand::PROGRAM, &arguments) {
            Ok(0) => Ok(()),
            Ok(code) => Err(Problem::Exit(code)),
            Err(error) => Err(Problem::Call(error)),
        }
    }
}

/// Why a command did not succeed.
enum Problem {
    Exit(u32),
    Call(CallError),
}

impl Problem {
    fn describe(&self, machine: &dyn Machine) -> String {
        match self {
            Self::Exit(code) => format!("{} ended with exit code {code}", NetshCommand::PROGRAM),
            Self::Call(error) => format!("{} ({})", describe(machine, error.code), error.call),
        }
    }
}
