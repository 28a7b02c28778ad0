//! What the next version must know: the installation folder, which an administrator may have chosen on the command line.
//!
//! The folders are values in the product's registry key. A search (`AppSearch`) finds them before the old version is
//! removed. It sets another property than `INSTALLDIR`: a search that finds something replaces what the command line
//! says.

use super::super::MsiError;
use super::{CONFIG_FOLDER, INSTALL_FOLDER, PREVIOUS_INSTALL_FOLDER, Package};

/// The values' names.
const INSTALL_FOLDER_VALUE: &str = "InstallFolder";
const DATA_FOLDER_VALUE: &str = "DataFolder";

/// The component that writes the values.
pub(super) const COMPONENT: &str = "Folders.Memory";

impl Package<'_> {
    /// Adds the values and the search for them.
    pub(super) fn memory(&mut self) -> Result<(), MsiError> {
        let key = self.product_key()?;
        let rows = [
            (INSTALL_FOLDER_VALUE, INSTALL_FOLDER),
            (DATA_FOLDER_VALUE, CONFIG_FOLDER),
        ]
        .map(|(value, folder)| (format!("{COMPONENT}.{value}"), value, folder));
        let guid = self.component_guid("memory", &[]);
        self.registry_component(COMPONENT, guid, INSTALL_FOLDER, &rows[0].0, "", None)?;
        for (row, value, folder) in rows {
            if folder == CONFIG_FOLDER && self.product.services.is_empty() {
                continue;
            }
            self.registry_value(&row, &key, value, &format!("[{folder}]"), COMPONENT)?;
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
}
