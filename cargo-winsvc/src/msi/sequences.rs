//! The sequences of Windows Installer's actions.
//!
//! Numbers and conditions are the standard ones of the WiX toolset (`WindowsInstallerStandard.cs`), so that the
//! package is familiar to people who know WiX. Standard actions:
//! <https://learn.microsoft.com/windows/win32/msi/standard-actions-reference>.

use super::schema::{self, Table};

/// An action, its sequence number, and its condition.
#[derive(Clone, Copy, Debug)]
pub(super) struct Action {
    /// The standard action's name.
    pub(super) name: &'static str,
    /// Its sequence number.
    pub(super) sequence: i16,
    /// Its condition; empty for always.
    pub(super) condition: &'static str,
}

const fn action(sequence: i16, name: &'static str) -> Action {
    Action {
        name,
        sequence,
        condition: "",
    }
}

const fn action_if(sequence: i16, name: &'static str, condition: &'static str) -> Action {
    Action {
        name,
        sequence,
        condition,
    }
}

/// The sequence number of the first command that, in the rollback of an upgrade, removes settings that the old version
/// did not have. A rollback runs backwards: these run after the rollback of `MsiConfigureServices` and of the other
/// commands.
pub(super) const FIRST_ROLLBACK_OF_LEFTOVERS: i16 = 5810;

/// The sequence number of the first command that, in an upgrade, removes settings that this version does not have.
pub(super) const FIRST_COMMAND_OF_LEFTOVERS: i16 = 5855;

/// The sequence number of the first command that an installation runs before it starts the service; further commands
/// follow directly. At this point the service exists, and `MsiConfigureServices` has run.
pub(super) const FIRST_COMMAND_BEFORE_START: i16 = 5860;

/// The sequence number of the first command that an installation runs when the service is running.
pub(super) const FIRST_COMMAND_AFTER_START: i16 = 5910;

/// The sequence number of the first command in the rollback of a removal. A rollback runs backwards: that of
/// `DeleteServices` restores the service before these commands, that of `StopServices` starts it after them.
pub(super) const FIRST_COMMAND_BACK: i16 = 1950;

/// The sequence number of the command that removes the product's data: the last before the end, at which Windows
/// Installer runs it.
pub(super) const PLACE_OF_PURGE: i16 = 6590;

/// The sequence tables and their rows.
pub(super) const SEQUENCES: [(&Table, &[Action]); 5] = [
    (&schema::ADMIN_EXECUTE_SEQUENCE, &ADMIN_EXECUTE),
    (&schema::ADMIN_UI_SEQUENCE, &ADMIN_UI),
    (&schema::ADVT_EXECUTE_SEQUENCE, &ADVT_EXECUTE),
    (&schema::INSTALL_EXECUTE_SEQUENCE, &INSTALL_EXECUTE),
    (&schema::INSTALL_UI_SEQUENCE, &INSTALL_UI),
];

/// A folder on the command line takes precedence over that of the installed version.
const KEEP_INSTALL_FOLDER: &str = "NOT INSTALLDIR AND PREVIOUSINSTALLDIR";

/// Installation, removal and repair.
const INSTALL_EXECUTE: [Action; 31] = [
    action(25, "FindRelatedProducts"),
    action(50, "AppSearch"),
    action_if(51, super::SET_INSTALL_FOLDER, KEEP_INSTALL_FOLDER),
    action(100, "LaunchConditions"),
    action(700, "ValidateProductID"),
    action(800, "CostInitialize"),
    action(900, "FileCost"),
    action(1000, "CostFinalize"),
    action(1001, super::SET_INSTALL_LOCATION),
    action(1200, "MigrateFeatureStates"),
    action(1400, "InstallValidate"),
    action(1500, "InstallInitialize"),
    // Inside the transaction, before its other actions (ICE63): a failure restores the old version.
    action(1501, "RemoveExistingProducts"),
    action(1600, "ProcessComponents"),
    action(1800, "UnpublishFeatures"),
    action_if(1900, "StopServices", "VersionNT"),
    // Not when an upgrade removes the old version: Windows deletes a service only when all its handles are closed, and
    // until then neither the new version nor a rollback can create it again (1072). The new version takes the service
    // over.
    action_if(2000, "DeleteServices", "NOT UPGRADINGPRODUCTCODE"),
    action(2600, "RemoveRegistryValues"),
    action(3500, "RemoveFiles"),
    action(3600, "RemoveFolders"),
    action(3700, "CreateFolders"),
    action(4000, "InstallFiles"),
    action(5000, "WriteRegistryValues"),
    action_if(5800, "InstallServices", "VersionNT"),
    action_if(5850, "MsiConfigureServices", "VersionNT>=600"),
    action_if(5900, "StartServices", "VersionNT"),
    action(6000, "RegisterUser"),
    action(6100, "RegisterProduct"),
    action(6300, "PublishFeatures"),
    action(6400, "PublishProduct"),
    action(6600, "InstallFinalize"),
];

/// The user interface sequence of an installation; it has no dialogs. If it has searched, the other sequence does not.
const INSTALL_UI: [Action; 11] = [
    action(25, "FindRelatedProducts"),
    action(50, "AppSearch"),
    action_if(51, super::SET_INSTALL_FOLDER, KEEP_INSTALL_FOLDER),
    action(100, "LaunchConditions"),
    action(700, "ValidateProductID"),
    action(800, "CostInitialize"),
    action(900, "FileCost"),
    action(1000, "CostFinalize"),
    action(1001, super::SET_INSTALL_LOCATION),
    action(1200, "MigrateFeatureStates"),
    action(1300, "ExecuteAction"),
];

/// `msiexec /a`.
const ADMIN_EXECUTE: [Action; 8] = [
    action(800, "CostInitialize"),
    action(900, "FileCost"),
    action(1000, "CostFinalize"),
    action(1400, "InstallValidate"),
    action(1500, "InstallInitialize"),
    action(3900, "InstallAdminPackage"),
    action(4000, "InstallFiles"),
    action(6600, "InstallFinalize"),
];

/// The user interface sequence of `msiexec /a`.
const ADMIN_UI: [Action; 4] = [
    action(800, "CostInitialize"),
    action(900, "FileCost"),
    action(1000, "CostFinalize"),
    action(1300, "ExecuteAction"),
];

/// `msiexec /j`.
const ADVT_EXECUTE: [Action; 7] = [
    action(800, "CostInitialize"),
    action(1000, "CostFinalize"),
    action(1400, "InstallValidate"),
    action(1500, "InstallInitialize"),
    action(6300, "PublishFeatures"),
    action(6400, "PublishProduct"),
    action(6600, "InstallFinalize"),
];
