//! The rules of the firewall: added by `install`, deleted by `uninstall`, with the commands that the MSI runs.
//!
//! netsh.exe cannot say in every language of Windows which rules exist, so `install` adds them again each time. A
//! failure is a warning: the service runs without the rules, and the firewall's own service may be disabled.

use winsvc_definition::{FirewallRule, NetshCommand, Stamp, TextName};

use super::command::{Options, Rules};
use super::failure::describe;
use crate::sys::machine::{CallError, Machine};

/// The rules of a service, and the installation folder.
pub(super) struct Firewall {
    rules: Vec<FirewallRule>,
    install_folder: String,
}

impl Firewall {
    /// The rules that `install` adds with these options, for the exe at this path.
    pub(super) fn wanted(stamp: &Stamp, exe: &str, options: &Options) -> Self {
        let is_wanted = |rule: &&FirewallRule| match options.firewall {
            Rules::Required => !rule.optional,
            Rules::All => true,
            Rules::None => false,
        };
        Self {
            rules: stamp.firewall.iter().filter(is_wanted).cloned().collect(),
            install_folder: install_folder(exe, &stamp.layout.exe_folder),
        }
    }

    /// All rules of the service.
    pub(super) fn all(stamp: &Stamp) -> Self {
        Self {
            rules: stamp.firewall.clone(),
            install_folder: String::new(),
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
        let arguments = command.arguments(|name| match name {
            TextName::Install => Some(self.install_folder.clone()),
            _ => None,
        });
        let arguments = arguments.map_err(Problem::Name)?;
        match machine.run_system_program(NetshCommand::PROGRAM, &arguments) {
            Ok(0) => Ok(()),
            Ok(code) => Err(Problem::Exit(code)),
            Err(error) => Err(Problem::Call(error)),
        }
    }
}

/// Why a command did not succeed.
enum Problem {
    /// A text of the rule has a name whose value only an MSI knows.
    Name(TextName),
    Exit(u32),
    Call(CallError),
}

impl Problem {
    fn describe(&self, machine: &dyn Machine) -> String {
        match self {
            Self::Name(name) => format!("it refers to `{{{name}}}`, which has a value only in an MSI"),
            Self::Exit(code) => format!("{} ended with exit code {code}", NetshCommand::PROGRAM),
            Self::Call(error) => format!("{} ({})", describe(machine, error.code), error.call),
        }
    }
}

/// The folder above the exe's own, with a backslash at its end. `below` is the path of the exe's folder in it.
fn install_folder(exe: &str, below: &[String]) -> String {
    let folder = exe.rsplit_once('\\').map_or("", |(folder, _)| folder);
    let mut above = folder;
    for name in below.iter().rev() {
        match above.rsplit_once('\\') {
            Some((parent, last)) if last.eq_ignore_ascii_case(name) => above = parent,
            // The exe was moved out of its folder.
            _ => return format!(r"{folder}\"),
        }
    }
    format!(r"{above}\")
}

#[cfg(test)]
mod tests {
    use super::install_folder;

    #[test]
    fn the_installation_folder_is_above_the_exe_s_own() {
        let bin = ["lib".to_owned(), "bin".to_owned()];
        assert_eq!(install_folder(r"C:\Acme\agent.exe", &[]), r"C:\Acme\");
        assert_eq!(install_folder(r"C:\Acme\lib\Bin\agent.exe", &bin), r"C:\Acme\");
        assert_eq!(install_folder(r"C:\Acme\bin\agent.exe", &bin), r"C:\Acme\bin\");
    }
}
