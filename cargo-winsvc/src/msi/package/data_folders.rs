//! The folders below `%ProgramData%`: created with their owners and access lists, and kept by a removal.
//!
//! Each folder has a component of its own. It is not permanent: a removal removes an empty folder and leaves one with
//! content, and only a component that is installed anew has its access list set, by each installation, upgrade and
//! repair. Its key path is a registry value, because a folder as the key path depends on what administrators do with
//! it. Each folder has its own row of `MsiLockPermissionsEx`: an access list does not reach folders that exist
//! already.

use winsvc_definition::folders::{Kind, ProtectedFolder};

use super::super::database::text;
use super::super::sequences::Phase;
use super::super::{MsiError, schema};
use super::commands::{COMMIT, system_folder};
use super::{CONFIG_FOLDER, CONTINUE, DATA_FOLDER, LOGS_FOLDER, NULL, PURGE, Package, UPDATE_FOLDER};

/// Windows' folder for the data of all users.
const PROGRAM_DATA: &str = "CommonAppDataFolder";

/// The action that removes the folders.
const PURGE_FOLDERS: &str = "PurgeFolders";

impl Package<'_> {
    /// Adds the folders and the commands that remove them on request.
    pub(super) fn data_folders(&mut self) -> Result<(), MsiError> {
        self.row(
            &schema::DIRECTORY,
            [text(PROGRAM_DATA), text("TARGETDIR"), text(".")],
        )?;
        let folders = self.product.protected_folders();
        // Inner ones first, so that a removal finds the outer ones empty.
        for folder in folders.iter().rev() {
            let id = directory(folder);
            self.row(&schema::CREATE_FOLDER, [text(&id), text(&id)])?;
        }
        for folder in &folders {
            self.data_folder(folder)?;
        }
        self.purge(&folders)
    }

    fn data_folder(&mut self, folder: &ProtectedFolder) -> Result<(), MsiError> {
        let (name, above) = folder.path.split_last().expect("a path has a part");
        let id = directory(folder);
        let parent = match (folder.kind, above.len()) {
            (Kind::Data | Kind::Logs | Kind::Update, _) => CONFIG_FOLDER.to_owned(),
            (_, 0) => PROGRAM_DATA.to_owned(),
            (_, depth) => shared(depth),
        };
        let names = self.short_names.short_and_long(&parent, name);
        self.row(&schema::DIRECTORY, [text(&id), text(parent), text(names)])?;
        let guid = self.component_guid("folder", &folder.path);
        self.registry_component(&id, guid, &id, &id, "", None)?;
        let key = format!(r"{}\State", self.product_key()?);
        self.registry_value(&id, &key, &id, "protected", &id)?;
        self.row(
            &schema::MSI_LOCK_PERMISSIONS_EX,
            [
                text(&id),
                text(&id),
                text(schema::CREATE_FOLDER.name),
                text(&folder.security),
                NULL,
            ],
        )
    }

    /// Adds the command of a removal with `PURGE=1`. It runs when everything else has succeeded; a failure is logged and
    /// has no other effect.
    fn purge(&mut self, folders: &[ProtectedFolder]) -> Result<(), MsiError> {
        let condition = format!("REMOVE~=\"ALL\" AND NOT UPGRADINGPRODUCTCODE AND {PURGE}=\"1\"");
        let system = system_folder(self.product.arch);
        let commands = remove_folders(folders);
        let target = format!("\"[{system}]cmd.exe\" /d /s /v:off /c \"{commands}\"");
        self.action(
            PURGE_FOLDERS,
            &target,
            COMMIT | CONTINUE,
            &condition,
            Phase::Purge,
        )
    }
}

/// The commands of cmd.exe that remove the folders. `rd /s` removes a link that it meets, not what it leads to; without
/// `/s`, a folder with content stays.
fn remove_folders(folders: &[ProtectedFolder]) -> String {
    let mut commands = if folders.iter().all(|folder| folder.kind != Kind::Shared) {
        // Other products may have their folders in this one, because it is not below a manufacturer's: only its files
        // are removed. The condition is false for an empty path.
        vec![
            format!("rd /s /q \"[{DATA_FOLDER}]\""),
            format!("rd /s /q \"[{LOGS_FOLDER}]\""),
            format!("if exist \"[{CONFIG_FOLDER}]\" del /f /q /a \"[{CONFIG_FOLDER}]*\""),
            format!("rd \"[{CONFIG_FOLDER}]\""),
        ]
    } else {
        vec![format!("rd /s /q \"[{CONFIG_FOLDER}]\"")]
    };
    commands.extend(remove_if_empty(folders));
    commands.join(" & ")
}

/// The commands that remove the manufacturer's folders, from the inside out, if they are empty.
pub(super) fn remove_if_empty(folders: &[ProtectedFolder]) -> Vec<String> {
    let shared = folders.iter().rev().filter(|folder| folder.kind == Kind::Shared);
    // As many as fit into the column; more have no use.
    let inner = shared.take(4);
    inner
        .map(|folder| format!("rd \"[{}]\"", directory(folder)))
        .collect()
}

/// The identifier of a folder's row in `Directory`.
pub(super) fn directory(folder: &ProtectedFolder) -> String {
    match folder.kind {
        Kind::Shared => shared(folder.path.len()),
        Kind::Config => CONFIG_FOLDER.to_owned(),
        Kind::Data => DATA_FOLDER.to_owned(),
        Kind::Logs => LOGS_FOLDER.to_owned(),
        Kind::Update => UPDATE_FOLDER.to_owned(),
    }
}

fn shared(depth: usize) -> String {
    format!("SharedFolder{depth}")
}
