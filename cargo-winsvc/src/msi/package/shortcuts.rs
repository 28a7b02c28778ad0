//! Shortcuts, and their folders in the start menu.
//!
//! The package is installed for the machine, so the folders are those of all users. Each shortcut has a component of its
//! own whose key path is a registry value of the machine: the rules of the Windows SDK (ICE38, ICE43) expect a value of
//! the user, which a package for the machine would write for the administrator who installs it.

use std::collections::BTreeSet;

use winsvc_definition::manifest::{ShortcutPlace, WorkingFolder};

use super::super::database::{number, stream, text};
use super::super::names::{file_id, path_identifier};
use super::super::sequences::{INI_VALUES, SHORTCUTS};
use super::super::{MsiError, schema};
use super::files::folder_id;
use super::template::{Part, arguments, parts};
use super::{CONFIG_FOLDER, DATA_FOLDER, INSTALL_FOLDER, LOGS_FOLDER, NULL, Package};
use crate::product::{Shortcut, ShortcutTarget};

/// `msidbRemoveFileInstallModeOnRemove`
const ON_REMOVAL: i32 = 2;
/// `msidbIniFileActionAddLine`
const SET_LINE: i32 = 0;
/// The maximum number of UTF-16 units in the column `Target`.
const TARGET: usize = 72;

/// The section and the key of a `.url` file with its address.
const URL_SECTION: &str = "InternetShortcut";
const URL_KEY: &str = "URL";

impl Package<'_> {
    /// Adds the shortcuts.
    pub(super) fn shortcuts(&mut self) -> Result<(), MsiError> {
        let shortcuts = &self.product.machine.shortcuts;
        let is_url = |shortcut: &&Shortcut| matches!(shortcut.target, ShortcutTarget::Url(_));
        if shortcuts.iter().any(|shortcut| !is_url(&shortcut)) {
            self.standard_actions.extend(SHORTCUTS);
        }
        if shortcuts.iter().any(|shortcut| is_url(&shortcut)) {
            self.standard_actions.extend(INI_VALUES);
        }
        let places: BTreeSet<&str> = shortcuts.iter().map(|shortcut| place(shortcut.place)).collect();
        for place in places {
            self.row(&schema::DIRECTORY, [text(place), text("TARGETDIR"), text(".")])?;
        }
        // Each feature creates and removes the folders of its shortcuts.
        let (mut folders, mut made) = (BTreeSet::new(), BTreeSet::new());
        for (index, shortcut) in shortcuts.iter().enumerate() {
            let id = component(shortcut);
            // Inner ones first, so that a removal finds the outer ones empty.
            for length in (1..=shortcut.folder.len()).rev() {
                let path = &shortcut.folder[..length];
                if folders.insert((path, shortcut.feature.as_ref())) {
                    self.menu_folder(path, &id, &mut made)?;
                }
            }
            self.shortcut(index, shortcut, &id)?;
        }
        Ok(())
    }

    /// Adds a folder of the start menu to a component; `made` has those that are in the table already.
    fn menu_folder<'a>(
        &mut self,
        path: &'a [String],
        component: &str,
        made: &mut BTreeSet<&'a [String]>,
    ) -> Result<(), MsiError> {
        let (name, above) = path.split_last().expect("the path has a part");
        let (id, parent) = (menu_folder(path), menu_folder(above));
        let row = if made.insert(path) {
            let names = self.short_names.short_and_long(&parent, name);
            self.row(&schema::DIRECTORY, [text(&id), text(parent), text(names)])?;
            id.clone()
        } else {
            path_identifier(&format!("{id}.{component}"))
        };
        self.row(&schema::CREATE_FOLDER, [text(&id), text(component)])?;
        self.row(
            &schema::REMOVE_FILE,
            [text(row), text(component), NULL, text(&id), number(ON_REMOVAL)],
        )
    }

    fn shortcut(&mut self, index: usize, shortcut: &Shortcut, id: &str) -> Result<(), MsiError> {
        let directory = if shortcut.folder.is_empty() {
            place(shortcut.place).to_owned()
        } else {
            menu_folder(&shortcut.folder)
        };
        let guid = self.component_guid("shortcut", &path(shortcut));
        self.registry_component(id, guid, &directory, id, "", shortcut.feature.as_ref())?;
        let key = format!(r"{}\State", self.product_key()?);
        self.registry_value(id, &key, id, "created", id)?;

        let product = self.product;
        let target = match &shortcut.target {
            ShortcutTarget::Url(url) => return self.internet_shortcut(shortcut, url, &directory, id),
            ShortcutTarget::File(file) => {
                vec![Part::Reference(format!("[#{}]", file_id(&product.files[*file])))]
            }
            ShortcutTarget::Path(path) => parts(path.parts()),
        };
        let target = self.fitted_to(TARGET, &format!("{id}.Target"), &target)?;
        let line = arguments(&shortcut.arguments);
        let line = self.fitted(&format!("{id}.Arguments"), &line)?;
        let working_folder = match (shortcut.working_folder, &shortcut.target) {
            (Some(folder), _) => working_directory(folder).to_owned(),
            (None, ShortcutTarget::File(file)) => folder_id(product.files[*file].target.folders()),
            (None, _) => String::new(),
        };
        let icon = match &shortcut.icon {
            Some(icon) => {
                let name = format!("Shortcut{index}.ico");
                self.row(&schema::ICON, [text(&name), stream(icon.clone())])?;
                name
            }
            None => String::new(),
        };
        let icon_index = if icon.is_empty() { NULL } else { number(0) };
        let name = self.short_names.short_and_long(&directory, &shortcut.name);
        self.row(
            &schema::SHORTCUT,
            [
                text(id),
                text(directory),
                text(name),
                text(id),
                text(target),
                text(line),
                text(&shortcut.description),
                NULL,
                text(icon),
                icon_index,
                NULL,
                text(working_folder),
                NULL,
                NULL,
                NULL,
                NULL,
            ],
        )
    }

    /// Adds a `.url` file. A removal deletes the file itself, too: without its value it has an empty section.
    fn internet_shortcut(
        &mut self,
        shortcut: &Shortcut,
        url: &str,
        directory: &str,
        id: &str,
    ) -> Result<(), MsiError> {
        let name = format!("{}.url", shortcut.name);
        let name = self.short_names.short_and_long(directory, &name);
        let url = self.formatted(&format!("{id}.Url"), url)?;
        self.row(
            &schema::INI_FILE,
            [
                text(id),
                text(&name),
                text(directory),
                text(URL_SECTION),
                text(URL_KEY),
                text(url),
                number(SET_LINE),
                text(id),
            ],
        )?;
        self.row(
            &schema::REMOVE_FILE,
            [
                text(id),
                text(id),
                text(name),
                text(directory),
                number(ON_REMOVAL),
            ],
        )
    }
}

/// The directory of a place.
const fn place(place: ShortcutPlace) -> &'static str {
    match place {
        ShortcutPlace::StartMenu => "ProgramMenuFolder",
        ShortcutPlace::Desktop => "DesktopFolder",
        ShortcutPlace::Startup => "StartupFolder",
    }
}

/// The directory of a folder in the start menu.
fn menu_folder(path: &[String]) -> String {
    if path.is_empty() {
        place(ShortcutPlace::StartMenu).to_owned()
    } else {
        path_identifier(&format!("Menu.{}", path.join("/")))
    }
}

/// What distinguishes a shortcut from the others.
fn path(shortcut: &Shortcut) -> Vec<String> {
    let place = [shortcut.place.as_str().to_owned()];
    let name = [shortcut.name.clone()];
    [&place, shortcut.folder.as_slice(), &name].concat()
}

/// The identifier of a shortcut and its component.
fn component(shortcut: &Shortcut) -> String {
    path_identifier(&format!("Shortcut.{}", path(shortcut).join("/")))
}

const fn working_directory(folder: WorkingFolder) -> &'static str {
    match folder {
        WorkingFolder::Install => INSTALL_FOLDER,
        WorkingFolder::Config => CONFIG_FOLDER,
        WorkingFolder::Data => DATA_FOLDER,
        WorkingFolder::Logs => LOGS_FOLDER,
    }
}
