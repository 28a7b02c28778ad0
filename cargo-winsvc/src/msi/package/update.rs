//! What a product that updates itself needs: a way back to an older version, the record that the MSI has installed it, and
//! the removal of what its updater leaves behind.
//!
//! Windows Installer goes back to an older version by the same way as to a newer one. `RemoveExistingProducts` removes
//! the products whose codes are in the properties of the table `Upgrade`
//! ([RemoveExistingProducts](https://learn.microsoft.com/windows/win32/msi/removeexistingproducts-action)), so with
//! `WINSVC_ROLLBACK=1` an action moves the code of the newer version from the property that is only detected to the one
//! that is removed. Everything else happens in one transaction as in an upgrade, and is rolled back as one.

use winsvc_definition::folders::{Kind, UPDATE_LOCK};
use winsvc_definition::registration::{INSTALLED_BY_MSI, INSTALLED_BY_VALUE, update_key};

use super::super::MsiError;
use super::super::sc::Program;
use super::super::sequences::{CustomAction, Phase};
use super::commands::{COMMIT, system_folder};
use super::conditions::at_deletion;
use super::data_folders::{directory, remove_if_empty};
use super::memory::COMPONENT;
use super::texts::literal;
use super::{CONTINUE, NEWER_FOUND, OLDER_FOUND, Package, ROLLBACK_TO_OLDER};

impl Package<'_> {
    /// Adds the rows.
    pub(super) fn updates(&mut self) -> Result<(), MsiError> {
        if !self.product.updates() {
            return Ok(());
        }
        self.replace_newer()?;
        let key = self.product_key()?;
        self.registry_value(
            &format!("{COMPONENT}.{INSTALLED_BY_VALUE}"),
            &key,
            INSTALLED_BY_VALUE,
            INSTALLED_BY_MSI,
            COMPONENT,
        )?;
        self.remove_state()?;
        self.remove_downloads()
    }

    /// The condition under which nothing newer is in the way.
    pub(super) fn no_newer_version(&self) -> String {
        let rollback = if self.product.updates() {
            format!(" OR {ROLLBACK_TO_OLDER}=\"1\"")
        } else {
            String::new()
        };
        format!("NOT {NEWER_FOUND}{rollback}")
    }

    fn replace_newer(&mut self) -> Result<(), MsiError> {
        const ACTION: &str = "ReplaceNewer";

        self.secure.insert(ROLLBACK_TO_OLDER.to_owned());
        self.set_property(ACTION, OLDER_FOUND, NEWER_FOUND)?;
        // Where `FindRelatedProducts` runs, `MigrateFeatureStates` does too.
        let action = CustomAction {
            name: ACTION.to_owned(),
            condition: format!("{ROLLBACK_TO_OLDER}=\"1\" AND {NEWER_FOUND}"),
            phase: Phase::AfterDetection,
        };
        self.dialog_actions.push(action.clone());
        self.custom_actions.push(action);
        Ok(())
    }

    /// Removes the state that the updater shows, so that the product's registry key is empty afterwards.
    fn remove_state(&mut self) -> Result<(), MsiError> {
        const ACTION: &str = "RemoveUpdateState";

        let key = format!(r"HKLM\{}", update_key(&self.product.registry_key()));
        let arguments = literal(&["delete", &key, "/f"].map(str::to_owned));
        let target = self.target(ACTION, Program::Reg, &arguments)?;
        self.action(ACTION, &target, CONTINUE, &at_deletion(None), Phase::TaskRemoval)
    }

    /// Removes the updater's folder, and the folders around it if they are empty then. Only when everything else has
    /// succeeded: a rollback needs what is in it. While an update is being installed, its lock cannot be deleted: that
    /// installation needs the folder, and cleans up itself. In Wine, which does not tell an upgrade from a removal, it is
    /// the only sign of one.
    fn remove_downloads(&mut self) -> Result<(), MsiError> {
        let system = system_folder(self.product.arch);
        let folders = self.product.protected_folders();
        let own = folders.iter().filter(|folder| folder.kind == Kind::Update);
        let own = own.map(|folder| {
            let id = directory(folder);
            format!(
                "del /f /q \"[{id}]{UPDATE_LOCK}\" & if not exist \"[{id}]{UPDATE_LOCK}\" rd /s /q \"[{id}]\""
            )
        });
        let around = folders.iter().filter(|folder| folder.kind == Kind::Config);
        let around = around.map(|folder| format!("rd \"[{}]\"", directory(folder)));
        let mut commands: Vec<String> = own.chain(around).collect();
        commands.extend(remove_if_empty(&folders));
        let commands = commands.join(" & ");
        let target = format!("\"[{system}]cmd.exe\" /d /s /v:off /c \"{commands}\"");
        self.action(
            "RemoveUpdates",
            &target,
            COMMIT | CONTINUE,
            &at_deletion(None),
            Phase::Purge,
        )
    }
}
