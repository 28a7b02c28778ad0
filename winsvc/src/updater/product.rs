//! The product that is updated: what its exe is stamped with, and what its machine says.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use winsvc_definition::folders::UPDATE;
use winsvc_definition::registration::{INSTALLED_BY_MSI, INSTALLED_BY_VALUE, RegistryValue, update_key};
use winsvc_definition::{Role, Stamp, StampError, Update};

use super::folder;
use crate::identity::Package;
use crate::places::{self, product_folder};
use crate::sys::LocalMachine;
use crate::sys::machine::Machine as _;
use crate::update::{ArtifactKind, Installed, UpdateArch, policy};

/// The product, as far as its exe says it.
#[derive(Clone, Debug)]
pub(super) struct Product {
    /// The updater service.
    pub(super) service: String,
    /// All services of the exe.
    pub(super) stamps: Vec<Stamp>,
    /// The settings, without policies.
    pub(super) update: Update,
    /// The product's key below `HKEY_LOCAL_MACHINE`.
    key: String,
    /// The update folder.
    pub(super) folder: PathBuf,
    /// How many folders at its end any user could have created before the installation.
    open_folders: usize,
}

impl Product {
    /// The product of this exe; `None` if it does not update itself.
    pub(super) fn of_this_exe() -> Result<Option<Self>, StampError> {
        let stamps = Package::stamped()?;
        let updater = stamps.iter().find(|stamp| stamp.role == Role::Updater);
        let Some((updater, update)) = updater.and_then(|it| Some((it, it.update.clone()?))) else {
            return Ok(None);
        };
        let below = product_folder(updater);
        let mut folder = places::program_data();
        folder.extend(&below);
        folder.push(UPDATE);
        Ok(Some(Self {
            service: updater.definition.name.to_string(),
            update,
            key: updater.layout.registry_key.clone(),
            folder,
            open_folders: below.len() + 1,
            stamps,
        }))
    }

    /// The key with the status.
    pub(super) fn status_key(&self) -> String {
        update_key(&self.key)
    }

    /// The update folder, which nobody else can write to; it is created if it does not exist.
    pub(super) fn make_folder(&self) -> io::Result<()> {
        places::trust::make_private_folder(&self.folder, self.open_folders)
    }

    /// The settings with the policies of this machine, and the invalid ones of these.
    pub(super) fn settings(&self) -> (Update, Vec<String>) {
        let mut update = self.update.clone();
        let values = LocalMachine::new().registry_values(&policy::key(&self.key));
        let invalid = match values {
            Ok(values) => policy::apply(&mut update, &values.unwrap_or_default()),
            Err(error) => vec![io::Error::from(error).to_string()],
        };
        (update, invalid)
    }

    /// How this exe was installed.
    pub(super) fn installed(&self, exe: &Path) -> io::Result<Installed> {
        let by = LocalMachine::new().registry_value(&self.key, INSTALLED_BY_VALUE)?;
        let is_msi = matches!(&by, Some(RegistryValue::String(text)) if text == INSTALLED_BY_MSI);
        Ok(Installed {
            kind: if is_msi {
                ArtifactKind::Msi
            } else {
                ArtifactKind::Exe
            },
            arch: ARCH,
            exe: exe.to_owned(),
            folder: self.folder.clone(),
            install_id: folder::install_id(&self.folder)?,
        })
    }
}

/// The architecture of this exe.
const ARCH: UpdateArch = if cfg!(target_arch = "aarch64") {
    UpdateArch::Arm64
} else if cfg!(target_arch = "x86") {
    UpdateArch::X86
} else {
    UpdateArch::X64
};

/// Why an updater cannot work.
#[derive(Debug)]
pub(super) struct NotUpdatable;

impl fmt::Display for NotUpdatable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this exe has no settings for updates; expected a stamp of `cargo winsvc`")
    }
}

impl std::error::Error for NotUpdatable {}
