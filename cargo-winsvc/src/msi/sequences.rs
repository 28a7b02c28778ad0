//! The sequences of Windows Installer's actions.
//!
//! Numbers and conditions are the standard ones of the WiX toolset (`WindowsInstallerStandard.cs`), so that the
//! package is familiar to people who know WiX. Standard actions:
//! <https://learn.microsoft.com/windows/win32/msi/standard-actions-reference>.

use super::dialogs;
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

/// When an installation runs a custom action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// When older and newer versions are detected.
    AfterDetection,
    /// When the searches have set their properties.
    AfterSearch,
    /// When the paths of the folders are known, before anything is changed.
    AfterCosting,
    /// When all properties have their values.
    AfterDefaults,
    /// When the features have their states, before the first dialog.
    BeforeDialogs,
    /// Commands of the product in a removal: the services are stopped, and nothing is removed.
    OwnRemoval,
    /// The rollback of a removal, which runs backwards: that of `DeleteServices` restores the service before these
    /// actions, that of `StopServices` starts it after them.
    BackFromRemoval,
    /// A removal removes the tasks and their records, so that the product's registry key is empty afterwards.
    TaskRemoval,
    /// A removal deletes the rules of the firewall, while the programs are still there.
    FirewallRemoval,
    /// The rollback of an upgrade: removes settings that the old version did not have. A rollback runs backwards: these
    /// run after the rollback of `MsiConfigureServices` and of the other commands.
    BackFromLeftovers,
    /// An upgrade: removes settings that this version does not have.
    Leftovers,
    /// Before the service is started. It exists, and `MsiConfigureServices` has run.
    BeforeStart,
    /// Rules of the firewall: the service exists, and is reachable as soon as it runs.
    Firewall,
    /// Tasks of the Task Scheduler: the program that registers them is installed, with the values of its properties.
    Tasks,
    /// Commands of the product in an installation, before the service is started.
    OwnBeforeStart,
    /// When the service is running.
    AfterStart,
    /// Commands of the product in an installation, when the service is running.
    OwnAfterStart,
    /// The removal of the product's data: the last action before the end, at which Windows Installer runs it.
    Purge,
}

impl Phase {
    /// The sequence number of its first action, unless another action has it already.
    const fn first(self) -> i16 {
        match self {
            Self::AfterDetection => 26,
            Self::AfterSearch => 52,
            Self::AfterCosting => 1002,
            Self::AfterDefaults => 1003,
            Self::BeforeDialogs => 1210,
            Self::OwnRemoval => 1910,
            Self::BackFromRemoval => 1950,
            Self::TaskRemoval => 2550,
            Self::FirewallRemoval => 3400,
            Self::BackFromLeftovers => 5810,
            Self::Leftovers => 5855,
            Self::BeforeStart => 5860,
            Self::Firewall => 5880,
            Self::Tasks => 5885,
            Self::OwnBeforeStart => 5890,
            Self::AfterStart => 5910,
            Self::OwnAfterStart => 5950,
            Self::Purge => 6590,
        }
    }
}

/// A custom action of an installation.
#[derive(Clone, Debug)]
pub(super) struct CustomAction {
    pub(super) name: String,
    pub(super) condition: String,
    pub(super) phase: Phase,
}

/// The actions for shortcuts.
pub(super) const SHORTCUTS: [Action; 2] = [action(3200, "RemoveShortcuts"), action(4500, "CreateShortcuts")];

/// The actions for values of `.ini` files.
pub(super) const INI_VALUES: [Action; 2] = [action(3100, "RemoveIniValues"), action(5100, "WriteIniValues")];

/// An action with its condition and its sequence number.
type Numbered<'a> = (&'a str, &'a str, i16);

/// The actions of an installation, removal or repair. `more` are standard actions that only some packages need.
pub(super) fn install_execute<'a>(custom: &'a [CustomAction], more: &'a [Action]) -> Vec<Numbered<'a>> {
    numbered(INSTALL_EXECUTE.iter().chain(more), custom)
}

/// The actions of the user interface, which precede those of an installation.
pub(super) fn install_ui(custom: &[CustomAction], has_dialogs: bool) -> Vec<Numbered<'_>> {
    let dialogs = if has_dialogs { &INSTALL_DIALOGS[..] } else { &[] };
    numbered(INSTALL_UI.iter().chain(dialogs), custom)
}

/// The actions in their order. Standard actions keep their numbers unless so many custom actions precede them that these
/// reach beyond.
fn numbered<'a>(standard: impl Iterator<Item = &'a Action>, custom: &'a [CustomAction]) -> Vec<Numbered<'a>> {
    let standard = standard.map(|action| (action.sequence, action.name, action.condition));
    let custom = custom.iter().map(|action| {
        (
            action.phase.first(),
            action.name.as_str(),
            action.condition.as_str(),
        )
    });
    let mut actions: Vec<(i16, &str, &str)> = standard.chain(custom).collect();
    // Stable: the custom actions of a phase stay in order, and follow a standard action with the same number.
    actions.sort_by_key(|(number, ..)| *number);
    // The dialogs at the end have negative numbers.
    let mut last = i16::MIN;
    let numbered = actions.into_iter().map(|(number, name, condition)| {
        last = number.max(last + 1);
        (name, condition, last)
    });
    numbered.collect()
}

/// The other sequence tables and their rows.
pub(super) const SEQUENCES: [(&Table, &[Action]); 3] = [
    (&schema::ADMIN_EXECUTE_SEQUENCE, &ADMIN_EXECUTE),
    (&schema::ADMIN_UI_SEQUENCE, &ADMIN_UI),
    (&schema::ADVT_EXECUTE_SEQUENCE, &ADVT_EXECUTE),
];

/// A folder on the command line takes precedence over that of the installed version.
const KEEP_INSTALL_FOLDER: &str = "NOT INSTALLDIR AND WINSVC_INSTALLDIR";

/// Installation, removal and repair.
const INSTALL_EXECUTE: [Action; 33] = [
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
    action(3300, "RemoveEnvironmentStrings"),
    action(3500, "RemoveFiles"),
    action(3600, "RemoveFolders"),
    action(3700, "CreateFolders"),
    action(4000, "InstallFiles"),
    action(5000, "WriteRegistryValues"),
    action(5200, "WriteEnvironmentStrings"),
    action_if(5800, "InstallServices", "VersionNT"),
    action_if(5850, "MsiConfigureServices", "VersionNT>=600"),
    action_if(5900, "StartServices", "VersionNT"),
    action(6000, "RegisterUser"),
    action(6100, "RegisterProduct"),
    action(6300, "PublishFeatures"),
    action(6400, "PublishProduct"),
    action(6600, "InstallFinalize"),
];

/// The user interface sequence of an installation without dialogs. If it has searched, the other sequence does not.
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

/// The numbers of the dialogs at the end: after a success, a cancellation and a failure.
const ON_SUCCESS: i16 = -1;
const ON_USER_EXIT: i16 = -2;
const ON_FAILURE: i16 = -3;

/// The dialogs of an installation: one of the first pages, the progress, one of the last pages. Windows Installer sets
/// `RESUME` after an interruption, and `Preselected` if the command line says what to do.
const INSTALL_DIALOGS: [Action; 7] = [
    action(ON_FAILURE, dialogs::FAILURE),
    action(ON_USER_EXIT, dialogs::USER_EXIT),
    action(ON_SUCCESS, dialogs::FINISH),
    action_if(1296, dialogs::RESUME, "Installed AND (RESUME OR Preselected)"),
    action_if(
        1297,
        dialogs::MAINTENANCE,
        "Installed AND NOT RESUME AND NOT Preselected",
    ),
    action_if(1298, dialogs::WELCOME, "NOT Installed"),
    action(1299, dialogs::PROGRESS),
];

/// The dialogs of `msiexec /a`.
pub(super) const ADMIN_DIALOGS: [Action; 4] = [
    action(ON_FAILURE, dialogs::FAILURE),
    action(ON_USER_EXIT, dialogs::USER_EXIT),
    action(ON_SUCCESS, dialogs::FINISH),
    action(1299, dialogs::PROGRESS),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn number(actions: &[(&str, &str, i16)], name: &str) -> i16 {
        let action = actions.iter().find(|(found, ..)| *found == name);
        action.unwrap_or_else(|| panic!("no {name}")).2
    }

    fn custom(phase: Phase, count: usize) -> Vec<CustomAction> {
        let action = |number| CustomAction {
            name: format!("{phase:?}{number}"),
            condition: String::new(),
            phase,
        };
        (0..count).map(action).collect()
    }

    #[test]
    fn a_few_custom_actions_leave_the_standard_ones_where_they_are() {
        let custom = [custom(Phase::AfterStart, 1), custom(Phase::Leftovers, 2)].concat();
        let actions = install_execute(&custom, &[]);
        for action in INSTALL_EXECUTE {
            assert_eq!(number(&actions, action.name), action.sequence);
        }
        let numbers = ["Leftovers0", "Leftovers1", "AfterStart0"].map(|name| number(&actions, name));
        assert_eq!(numbers, [5855, 5856, 5910]);
    }

    #[test]
    fn many_custom_actions_stay_in_their_phase() {
        let phases = [
            Phase::BeforeStart,
            Phase::Leftovers,
            Phase::AfterStart,
            Phase::BackFromRemoval,
        ];
        let custom: Vec<CustomAction> = phases.into_iter().flat_map(|phase| custom(phase, 300)).collect();
        let actions = install_execute(&custom, &[]);
        assert!(actions.is_sorted_by_key(|(.., number)| *number));
        assert!(actions.windows(2).all(|pair| pair[0].2 < pair[1].2));
        let order = [
            "StopServices",
            "BackFromRemoval0",
            "BackFromRemoval299",
            "DeleteServices",
            "MsiConfigureServices",
            "Leftovers0",
            "Leftovers299",
            "BeforeStart0",
            "BeforeStart299",
            "StartServices",
            "AfterStart0",
            "AfterStart299",
            "InstallFinalize",
        ];
        assert!(order.map(|name| number(&actions, name)).is_sorted());
    }
}
