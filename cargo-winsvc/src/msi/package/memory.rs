//! What the next version must know: the installation folder, which an administrator may have chosen on the command line.
//!
//! The folders are values in the product's registry key. A search (`AppSearch`) finds them before the old version is
//! removed. It sets another property than `INSTALLDIR`: a search that finds something replaces what the command line
//! says.

use super::super::database::{number, text};
use super::super::{MsiError, schema};
use super::data_folders::CONFIG_FOLDER;
use super::{INSTALL_FOLDER, LOCAL_MACHINE, PREVIOUS_INSTALL_FOLDER, Package};
use crate::build::target::Arch;
use crate::product::identity::folder_component;

/// `msidbLocatorTypeRawValue`, `msidbLocatorType64bit`
const RAW_VALUE: i32 = 2;
const IN_64_BIT_REGISTRY: i32 = 16;

/// The values' names.
const INSTALL_FOLDER_VALUE: &str = "InstallFolder";
const DATA_FOLDER_VALUE: &str = "DataFolder";

/// The component that writes the values.
const COMPONENT: &str = "Folders.Memory";

impl Package<'_> {
    /// Adds the values and the search for them.
    pub(super) fn memory(&mut self) -> Result<(), MsiError> {
        let key = self.product_key()?;
        let rows = [
            (INSTALL_FOLDER_VALUE, INSTALL_FOLDER),
            (DATA_FOLDER_VALUE, CONFIG_FOLDER),
        ]
        .map(|(value, folder)| (format!("{COMPONENT}.{value}"), value, folder));
        let guid = folder_component("memory", self.is_64_bit(), &self.product.registry_key(), &[]);
        self.registry_component(COMPONENT, &guid, INSTALL_FOLDER, &rows[0].0, "")?;
        for (row, value, folder) in rows {
            self.row(
                &schema::REGISTRY,
                [
                    text(row),
                    number(LOCAL_MACHINE),
                    text(&key),
                    text(value),
                    text(format!("[{folder}]")),
                    text(COMPONENT),
                ],
            )?;
        }
        self.search(PREVIOUS_INSTALL_FOLDER, &key, INSTALL_FOLDER_VALUE)
    }

    /// The product's registry key for a formatted column.
    pub(super) fn product_key(&mut self) -> Result<String, MsiError> {
        /// So that the parts fit into the column together.
        const LONGEST: usize = 110;

        let key = self.product.registry_key();
        let mut parts = Vec::new();
        for (index, part) in key.split('\\').enumerate() {
            parts.push(self.short_or_property(&format!("ProductKeyText{index}"), part, LONGEST)?);
        }
        Ok(parts.join(r"\"))
    }

    /// Searches for a value in the registry before the installation changes anything, and sets the property to it.
    pub(super) fn search(&mut self, property: &str, key: &str, value: &str) -> Result<(), MsiError> {
        let registry = match self.product.arch {
            Arch::X64 | Arch::Arm64 => IN_64_BIT_REGISTRY,
            Arch::X86 => 0,
        };
        self.secure.insert(property.to_owned());
        self.row(&schema::APP_SEARCH, [text(property), text(property)])?;
        self.row(
            &schema::REG_LOCATOR,
            [
                text(property),
                number(LOCAL_MACHINE),
                text(key),
                text(value),
                number(RAW_VALUE | registry),
            ],
        )
    }
}
