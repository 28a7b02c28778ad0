//! Programs that Windows starts without a service.
//!
//! A value of the Run key is a row of `Registry`. Windows Installer has no table for tasks: the main program's own
//! command registers them, because schtasks.exe enables a task that an administrator has disabled. An upgrade removes
//! the old version's tasks, except for disabled ones, which the new version finds and leaves disabled.

use std::collections::BTreeSet;

use winsvc_definition::command_line::{Quotes, quote};
use winsvc_definition::{NamedText, PropertyName, RUN_KEY, Task, TextName};

use super::super::MsiError;
use super::super::names::{file_id, identifier};
use super::super::sequences::Phase;
use super::commands::ROLLBACK;
use super::conditions::{at_installation, at_removal, in_second_run};
use super::template::{Part, argument, arguments};
use super::{CONTINUE, INSTALL_FOLDER, OLDER_FOUND, Package};
use crate::product::AutostartEntry;

/// The command that registers and removes tasks.
const AUTOSTART: &str = "autostart";

/// Set in the removal of the old version by an upgrade.
const UPGRADING: &str = "UPGRADINGPRODUCTCODE";

impl Package<'_> {
    /// Adds the values and the actions.
    pub(super) fn autostart(&mut self) -> Result<(), MsiError> {
        for entry in &self.product.machine.autostart {
            match &entry.entry.task {
                None => self.run_value(entry)?,
                Some(task) => self.task(entry, task)?,
            }
        }
        Ok(())
    }

    /// A component of its own, so that a repair restores a value that is missing.
    fn run_value(
        &mut self,
        AutostartEntry { entry, file, feature }: &AutostartEntry,
    ) -> Result<(), MsiError> {
        let id = identifier(&format!("Run.{}", entry.name));
        let guid = self.component_guid("run", std::slice::from_ref(&entry.name));
        let mut line = vec![
            Part::literal("\""),
            Part::Reference(format!("[#{}]", file_id(&self.product.files[*file]))),
            Part::literal("\""),
        ];
        if !entry.arguments.is_empty() {
            line.push(Part::literal(" "));
            line.extend(arguments(&entry.arguments));
        }
        let name = self.formatted(&format!("{id}.NameText"), &entry.name)?;
        let line = self.fitted(&format!("{id}.Line"), &line)?;
        self.registry_component(&id, guid, INSTALL_FOLDER, &id, "", feature.as_ref())?;
        self.registry_value(&id, RUN_KEY, &name, &line, &id)
    }

    fn task(&mut self, entry: &AutostartEntry, task: &Task) -> Result<(), MsiError> {
        let AutostartEntry { entry, feature, .. } = entry;
        let feature = feature.as_ref();
        let id = identifier(&format!("Task.{}", entry.name));
        let add = self.task_command(task, &entry.name, "add", &values(&entry.arguments))?;
        let remove = |upgrade: &str| {
            let option = [
                Part::literal(" --keep-disabled=\""),
                Part::Reference(format!("[{upgrade}]")),
                Part::literal("\""),
            ];
            option.to_vec()
        };
        let undo = self.task_command(task, &entry.name, "remove", &remove(OLDER_FOUND))?;
        let leave = self.task_command(task, &entry.name, "remove", &remove(UPGRADING))?;
        let first = at_installation(feature);
        let (installation, removal) = (
            format!("{first} OR {}", in_second_run(feature)),
            at_removal(feature),
        );
        let rolled_back = ROLLBACK | CONTINUE;
        for (action, line, bits, condition, phase) in [
            ("Undo", &undo, rolled_back, &first, Phase::Tasks),
            ("Add", &add, 0, &installation, Phase::Tasks),
            ("Back", &add, rolled_back, &removal, Phase::TaskRemoval),
            ("Remove", &leave, CONTINUE, &removal, Phase::TaskRemoval),
        ] {
            let action = format!("{id}.{action}");
            let line = self.fitted(&action, line)?;
            self.action_in(INSTALL_FOLDER, &action, &line, bits, condition, phase)?;
        }
        Ok(())
    }

    /// The command line of the main program.
    fn task_command(
        &self,
        task: &Task,
        name: &str,
        change: &str,
        options: &[Part],
    ) -> Result<Vec<Part>, MsiError> {
        let product = self.product;
        let registrar = product.registrar();
        let program = registrar.as_ref().map(|it| &product.files[it.file].target);
        let program = program
            .map(|target| target.parts().join("\\"))
            .unwrap_or_default();
        let Some(word) = registrar.and_then(|it| it.verb_word) else {
            return Err(MsiError::NoVerbs {
                task: task.path(name),
                program,
                has_service: !product.services.is_empty(),
            });
        };
        let mut line = vec![
            Part::literal("\""),
            Part::Reference(format!("[{INSTALL_FOLDER}]")),
            Part::literal(format!("{program}\" {} {AUTOSTART} {change} ", quote(&word))),
        ];
        line.extend(argument(&NamedText::literal(name), Quotes::Always));
        line.extend_from_slice(options);
        Ok(line)
    }
}

/// The options with the values of the properties in these texts.
fn values(texts: &[NamedText]) -> Vec<Part> {
    let names = texts.iter().flat_map(NamedText::names);
    let properties: BTreeSet<&PropertyName> = names
        .filter_map(|name| match name {
            TextName::Property(property) => Some(property),
            _ => None,
        })
        .collect();
    let mut line = Vec::new();
    for property in properties {
        line.push(Part::literal(format!(" --set \"{property}=")));
        line.push(Part::Reference(format!("[{property}]")));
        line.push(Part::literal("\""));
    }
    line
}
