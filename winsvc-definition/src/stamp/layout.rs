//! The folders of a product in its stamps.

use super::{Fields, StampError, any_text, push_line};

/// Where a product's folders are on Windows. Each path has the outer folder first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The path of the product's folder below `%ProgramData%`.
    pub data_folder: Vec<String>,
    /// The security identifiers of the product's services, which have access to this folder.
    pub folder_access: Vec<String>,
    /// The path of the exe's folder below the installation folder; empty if the exe is in the installation folder.
    pub exe_folder: Vec<String>,
    /// The product's registry key below `HKEY_LOCAL_MACHINE`, in which the properties are recorded.
    pub registry_key: String,
}

impl Layout {
    pub(super) fn push(&self, text: &mut String) {
        for (key, values) in [
            ("data-folder", &self.data_folder),
            ("folder-access", &self.folder_access),
            ("exe-folder", &self.exe_folder),
        ] {
            for value in values {
                push_line(text, key, value);
            }
        }
        if !self.registry_key.is_empty() {
            push_line(text, "registry-key", &self.registry_key);
        }
    }

    pub(super) fn read(fields: &mut Fields) -> Result<Self, StampError> {
        let mut layout = Self {
            data_folder: fields.list("data-folder", any_text)?,
            folder_access: fields.list("folder-access", any_text)?,
            exe_folder: fields.list("exe-folder", any_text)?,
            registry_key: String::new(),
        };
        fields.optional("registry-key", any_text, &mut layout.registry_key)?;
        Ok(layout)
    }
}
