//! The commands of sc.exe that an installation runs, for what the tables do not set or do not set for sure.
//!
//! Windows Installer has no table for triggers. It has one for recovery, of which Microsoft's page says that it "is not
//! working as expected", and prescribes such commands
//! ([MsiConfigureServices](https://learn.microsoft.com/windows/win32/msi/msiconfigureservices-action)).

use winsvc_definition::{Definition, command_line};

use super::super::MsiError;
use super::super::database::{number, text};
use super::super::names::{formatted, identifier};
use super::super::schema;
use super::super::sequences::{FIRST_COMMAND, FIRST_COMMAND_BACK};
use super::{NULL, Package};
use crate::build::target::Arch;
use crate::sc;

/// `msidbCustomActionTypeExe`, `…Directory`: a command line, run in a folder
/// ([Custom Action Type 34](https://learn.microsoft.com/windows/win32/msi/custom-action-type-34)).
const COMMAND_LINE: i32 = 2 | 32;
/// `msidbCustomActionTypeContinue`: a failure is written into the log, and the installation goes on.
const CONTINUE: i32 = 64;
/// `msidbCustomActionTypeInScript`, `…NoImpersonate`: when the machine is changed and not before, and as the system.
const AS_SYSTEM: i32 = 1024 | 2048;
/// `msidbCustomActionTypeRollback`: only when what came after it is undone.
const ROLLBACK: i32 = 256;

/// When the commands run.
struct Occasion {
    /// What the actions' names end with.
    suffix: &'static str,
    bits: i32,
    condition: &'static str,
    first: i16,
}

const OCCASIONS: [Occasion; 2] = [
    // Not at a repair: anybody may start one, and a program of the system's would run for them. A removal takes the service
    // away with all that it has.
    Occasion {
        suffix: "",
        bits: 0,
        condition: "NOT Installed",
        first: FIRST_COMMAND,
    },
    // A failed upgrade brings the old version's service back with what it was created with, and no more.
    Occasion {
        suffix: ".Back",
        bits: ROLLBACK | CONTINUE,
        condition: "REMOVE~=\"ALL\"",
        first: FIRST_COMMAND_BACK,
    },
];

/// The most UTF-16 units of a command line in the table (`CustomAction.Target`).
const TARGET: usize = 255;

/// A command of sc.exe.
struct Command {
    /// What it sets: the end of the action's name.
    suffix: &'static str,
    verb: &'static str,
    options: Vec<String>,
    /// What a failure means: `CONTINUE`, or nothing for the end of the installation.
    on_failure: i32,
}

impl Package<'_> {
    /// What is left to sc.exe once the service is registered.
    pub(super) fn commands(&mut self) -> Result<(), MsiError> {
        let mut actions = Vec::new();
        for service in &self.product.services {
            let definition = &service.definition;
            actions.extend(commands(definition)?.map(|command| (definition, command)));
        }
        if actions.is_empty() {
            return Ok(());
        }
        let system = system_folder(self.product.arch);
        // Else its name is no folder's that an action can run in.
        self.row(&schema::DIRECTORY, [text(system), text("TARGETDIR"), text(".")])?;
        for ((definition, command), place) in actions.into_iter().zip(0..) {
            let id = format!("{}.{}", identifier(definition.name.as_str()), command.suffix);
            let target = self.target(system, &id, definition, &command)?;
            for occasion in OCCASIONS {
                let action = format!("{id}{}", occasion.suffix);
                self.row(
                    &schema::CUSTOM_ACTION,
                    [
                        text(&action),
                        number(COMMAND_LINE | command.on_failure | occasion.bits | AS_SYSTEM),
                        text(system),
                        text(&target),
                        NULL,
                    ],
                )?;
                self.row(
                    &schema::INSTALL_EXECUTE_SEQUENCE,
                    [
                        text(action),
                        text(occasion.condition),
                        number(occasion.first + place),
                    ],
                )?;
            }
        }
        Ok(())
    }

    /// The command line as the table has it. One that is too long for that is a property of the package, whose value has no
    /// limit and is put in as it is; no property of that name can be set from outside, as it has small letters.
    fn target(
        &mut self,
        system: &str,
        id: &str,
        definition: &Definition,
        command: &Command,
    ) -> Result<String, MsiError> {
        let mut arguments = vec![command.verb.to_owned(), definition.name.to_string()];
        arguments.extend(command.options.iter().cloned());
        let arguments = command_line::join(&arguments);
        let target = |arguments: &str| format!("\"[{system}]sc.exe\"{arguments}");
        let short = target(&formatted(&arguments));
        if short.encode_utf16().count() <= TARGET {
            return Ok(short);
        }
        self.row(&schema::PROPERTY, [text(id), text(arguments.trim_start())])?;
        Ok(target(&format!(" [{id}]")))
    }
}

/// What sc.exe is told of a service. Without its triggers the service would not do what it is there for; without its
/// recovery it is better than none.
fn commands(definition: &Definition) -> Result<impl Iterator<Item = Command>, MsiError> {
    let command = |suffix, verb, options, on_failure| Command {
        suffix,
        verb,
        options,
        on_failure,
    };
    let commands = [
        command("Recovery", "failure", sc::failure(definition), CONTINUE),
        command(
            "FailureFlag",
            "failureflag",
            sc::failure_flag(definition),
            CONTINUE,
        ),
        command("Triggers", "triggerinfo", sc::trigger_info(definition)?, 0),
    ];
    Ok(commands.into_iter().filter(|command| !command.options.is_empty()))
}

/// The folder with sc.exe. A 32-bit package's name for it is a 32-bit one, in which there is one too.
const fn system_folder(arch: Arch) -> &'static str {
    match arch {
        Arch::X64 | Arch::Arm64 => "System64Folder",
        Arch::X86 => "SystemFolder",
    }
}
