//! Programs of the product that an installation, an upgrade, a removal or a rollback runs, as the system account.
//!
//! None runs in a repair. The exit code of a program decides whether the installation continues; what it prints is lost,
//! because only a library of custom actions could write to the installer's log.

use winsvc_definition::NamedText;
use winsvc_definition::manifest::{CommandEvent, CommandPosition, FeatureName};

use super::super::MsiError;
use super::super::sequences::Phase;
use super::commands::ROLLBACK;
use super::conditions::{at_deletion, at_installation};
use super::template::{Part, arguments, fit};
use super::{CONTINUE, FORMATTED, INSTALL_FOLDER, OLDER_FOUND, Package};
use crate::product::OwnCommand;

impl Package<'_> {
    /// Adds the actions.
    pub(super) fn own_commands(&mut self) -> Result<(), MsiError> {
        let product = self.product;
        for (index, command) in product.machine.commands.iter().enumerate() {
            let id = format!("Command{index}");
            let file = &product.files[command.file];
            let feature = file.feature.as_ref();
            let file = file.target.parts().join("\\");
            let line = command_line(&file, &command.arguments);
            let line = self.fitted(&id, &line)?;
            let bits = if command.ignore_failure { CONTINUE } else { 0 };
            let phase = match command.position {
                CommandPosition::BeforeStart => Phase::OwnBeforeStart,
                CommandPosition::AfterStart => Phase::OwnAfterStart,
            };
            // A rollback runs backwards: this is after what follows, and before what precedes.
            if command.runs_on(CommandEvent::Rollback) {
                let bits = ROLLBACK | CONTINUE;
                let undo = format!("{id}.Undo");
                let condition = at_installation(feature);
                self.action_in(INSTALL_FOLDER, &undo, &line, bits, &condition, phase)?;
            }
            if let Some(condition) = installation(command, feature) {
                let install = format!("{id}.Install");
                self.action_in(INSTALL_FOLDER, &install, &line, bits, &condition, phase)?;
            }
            if command.runs_on(CommandEvent::Uninstall) {
                let remove = format!("{id}.Remove");
                self.action_in(
                    INSTALL_FOLDER,
                    &remove,
                    &line,
                    bits,
                    &at_deletion(feature),
                    Phase::OwnRemoval,
                )?;
            }
        }
        Ok(())
    }
}

/// The condition of a command in an installation; `None` if it does not run in one.
fn installation(command: &OwnCommand, feature: Option<&FeatureName>) -> Option<String> {
    let condition = at_installation(feature);
    let install = command.runs_on(CommandEvent::Install);
    let upgrade = command.runs_on(CommandEvent::Upgrade);
    match (install, upgrade) {
        (true, true) => Some(condition),
        (true, false) => Some(format!("{condition} AND NOT {OLDER_FOUND}")),
        (false, true) => Some(format!("{condition} AND {OLDER_FOUND}")),
        (false, false) => None,
    }
}

fn command_line(file: &str, values: &[NamedText]) -> Vec<Part> {
    let mut line = vec![
        Part::literal("\""),
        Part::Reference(format!("[{INSTALL_FOLDER}]")),
        Part::literal(format!("{file}\"")),
    ];
    if !values.is_empty() {
        line.push(Part::literal(" "));
        line.extend(arguments(values));
    }
    line
}

/// Whether a command line with these arguments fits into its column.
pub(in crate::msi) fn arguments_fit(values: &[NamedText]) -> bool {
    // Text has no limit, references have.
    let line = command_line("", values);
    fit("", &line, FORMATTED).text.encode_utf16().count() <= FORMATTED
}
