//! The commands of sc.exe and reg.exe that an installation runs, for settings that the tables do not cover reliably.
//!
//! Windows Installer has no table for triggers. It has one for recovery, but an installation with it fails on every
//! Windows (error 1939) and is rolled back. Microsoft's page calls it "not working as expected" and prescribes
//! such commands ([MsiConfigureServices](https://learn.microsoft.com/windows/win32/msi/msiconfigureservices-action)).
//!
//! The rollback of a removal restores the service with `CreateService`, without any of its other settings. Rollback
//! actions restore those.

use winsvc_definition::{Definition, NamedText};

use super::super::database::{number, text};
use super::super::names::identifier;
use super::super::sc::{self, Program};
use super::super::sequences::Phase;
use super::super::{MsiError, schema};
use super::conditions::{at_deletion, at_installation, at_removal};
use super::kept::unless_unchanged;
use super::template;
use super::texts::literal;
use super::{CONTINUE, FORMATTED, NULL, Package};
use crate::build::target::Arch;

/// `msidbCustomActionTypeExe`, `…Directory`: a command line, run in a folder
/// ([Custom Action Type 34](https://learn.microsoft.com/windows/win32/msi/custom-action-type-34)).
const COMMAND_LINE: i32 = 2 | 32;
/// A deferred custom action that runs a command line as the system account.
const AS_SYSTEM_COMMAND: i32 = COMMAND_LINE | AS_SYSTEM;
/// `msidbCustomActionTypeInScript`, `…NoImpersonate`: deferred, and as the system account.
pub(super) const AS_SYSTEM: i32 = 1024 | 2048;
/// `msidbCustomActionTypeRollback`: only in a rollback.
pub(super) const ROLLBACK: i32 = 256;
/// `msidbCustomActionTypeCommit`: when the installation has succeeded, so that a rollback never lacks what it removes.
pub(super) const COMMIT: i32 = 512;

/// A command.
struct Command {
    /// The setting: the end of the action's name.
    setting: &'static str,
    program: Program,
    arguments: Vec<NamedText>,
    /// When an installation runs it.
    installation: Installation,
    /// The removals for whose rollback it is scheduled.
    removal: Removal,
}

/// A removal.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Removal {
    /// Also that of the old version in an upgrade.
    Any,
    /// One that deletes the service; an upgrade does not.
    Deletion,
}

/// When an installation runs a command.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Installation {
    /// Never: a table has the same setting.
    ByTable,
    /// When the service exists and is not yet running. The service needs the setting to work, so a failure ends the
    /// installation.
    BeforeStart,
    /// When the service is running: the SCM must not restart a service whose start failed during the rollback. A
    /// failure is logged, and the installation continues.
    AfterStart,
}

impl Package<'_> {
    /// Adds the commands of sc.exe and reg.exe.
    pub(super) fn commands(&mut self) -> Result<(), MsiError> {
        let product = self.product;
        let system = system_folder(product.arch);
        // Otherwise its name is not a folder that an action can run in.
        self.row(&schema::DIRECTORY, [text(system), text("TARGETDIR"), text(".")])?;
        for (index, service) in product.services.iter().enumerate() {
            let definition = &service.definition;
            let feature = product.feature_of(service);
            for command in commands(definition)? {
                let id = format!("{}.{}", identifier(definition.name.as_str()), command.setting);
                let target = self.target(&id, command.program, &command.arguments)?;
                let installation = match command.installation {
                    Installation::ByTable => None,
                    Installation::BeforeStart => Some((0, Phase::BeforeStart)),
                    Installation::AfterStart => Some((CONTINUE, Phase::AfterStart)),
                };
                if let Some((bits, phase)) = installation {
                    let unless = unless_unchanged(command.setting, index, &command.arguments);
                    let condition = match unless {
                        Some(unless) => format!("{} AND {unless}", at_installation(feature)),
                        None => at_installation(feature),
                    };
                    self.action(&id, &target, bits, &condition, phase)?;
                }
                let (id, bits) = (format!("{id}.Back"), ROLLBACK | CONTINUE);
                let condition = match command.removal {
                    Removal::Any => at_removal(feature),
                    Removal::Deletion => at_deletion(feature),
                };
                self.action(&id, &target, bits, &condition, Phase::BackFromRemoval)?;
            }
        }
        self.leftovers()
    }

    /// Adds a deferred action that runs as the system account.
    pub(super) fn action(
        &mut self,
        id: &str,
        target: &str,
        bits: i32,
        condition: &str,
        phase: Phase,
    ) -> Result<(), MsiError> {
        let system = system_folder(self.product.arch);
        self.action_in(system, id, target, bits, condition, phase)
    }

    /// Adds a deferred action that runs as the system account, in a folder.
    pub(super) fn action_in(
        &mut self,
        folder: &str,
        id: &str,
        target: &str,
        bits: i32,
        condition: &str,
        phase: Phase,
    ) -> Result<(), MsiError> {
        self.row(
            &schema::CUSTOM_ACTION,
            [
                text(id),
                number(AS_SYSTEM_COMMAND | bits),
                text(folder),
                text(target),
                NULL,
            ],
        )?;
        self.schedule(id, condition, phase);
        Ok(())
    }

    /// The command line for the table.
    pub(super) fn target(
        &mut self,
        id: &str,
        program: Program,
        arguments: &[NamedText],
    ) -> Result<String, MsiError> {
        let system = system_folder(self.product.arch);
        let start = format!("\"[{system}]{}\" ", program.file_name());
        let line = template::arguments(arguments);
        let arguments = self.fitted_to(FORMATTED - start.len(), id, &line)?;
        Ok(start + &arguments)
    }
}

/// The commands of a service. In the rollback of a removal, they run from the last to the first: the security
/// descriptor is last, because it may forbid the others.
fn commands(definition: &Definition) -> Result<impl Iterator<Item = Command>, MsiError> {
    use Installation::{AfterStart, BeforeStart, ByTable};
    use Removal::{Any, Deletion};

    let sc = |setting, arguments: Vec<String>, installation, removal| Command {
        setting,
        program: Program::Sc,
        arguments: literal(&arguments),
        installation,
        removal,
    };
    let reg = |setting, arguments, removal| Command {
        setting,
        program: Program::Reg,
        arguments,
        installation: ByTable,
        removal,
    };
    let commands = [
        sc("Security", sc::sdset(definition), ByTable, Any),
        // An upgrade does not change this until the new version is running.
        sc("Recovery", sc::failure(definition), AfterStart, Deletion),
        // Windows Installer itself restores removed registry values and the start type.
        reg("Environment", sc::add_environment(definition), Deletion),
        sc("DelayedStart", sc::delayed_start(definition), ByTable, Deletion),
        // The new version has already changed these if its start fails.
        sc("FailureFlag", sc::failure_flag(definition), ByTable, Any),
        sc("Triggers", sc::trigger_info(definition)?, BeforeStart, Any),
        reg("Preshutdown", sc::add_preshutdown_timeout(definition), Any),
        sc("Privileges", sc::privs(definition), ByTable, Any),
        sc("SidType", sc::sid_type(definition), ByTable, Any),
        sc("Description", sc::description(definition), ByTable, Any),
    ];
    Ok(commands
        .into_iter()
        .filter(|command| !command.arguments.is_empty()))
}

/// The folder with sc.exe. In a 32-bit package it is the 32-bit system folder, which contains sc.exe too.
pub(super) const fn system_folder(arch: Arch) -> &'static str {
    if arch.is_64_bit() {
        "System64Folder"
    } else {
        "SystemFolder"
    }
}
