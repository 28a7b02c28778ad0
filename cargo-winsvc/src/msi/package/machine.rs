//! Registry values and environment variables of the machine.

use winsvc_definition::NamedText;
use winsvc_definition::manifest::{FeatureName, PathEntry, RegistryData, RegistryEntry};

use super::super::database::text;
use super::super::names::identifier;
use super::super::{MsiError, schema};
use super::texts::named_text;
use super::{FORMATTED, Package};

/// The prefixes of a variable's name
/// ([Environment](https://learn.microsoft.com/windows/win32/msi/environment-table)): a variable of the machine (`*`) is set
/// at the installation (`=`) and removed with the component (`-`).
const SET_AND_REMOVE: &str = "=-*";

/// The variable with the folders in which Windows looks for programs.
const PATH: &str = "PATH";

impl Package<'_> {
    /// Adds the rows. They belong to the component of their feature, or of a program that is always installed.
    pub(super) fn machine(&mut self) -> Result<(), MsiError> {
        let machine = &self.product.machine;
        for entry in &machine.registry {
            self.registry_entry(entry)?;
        }
        for (name, value) in &machine.environment {
            let value = named_text(value);
            let id = format!("Variable.{}", name.as_str());
            self.variable(&id, &format!("{SET_AND_REMOVE}{}", name.as_str()), &value, None)?;
        }
        for PathEntry { folder, feature } in &machine.path {
            let value = named_text(folder);
            // `[~]` is what the variable has already: the folder comes after it.
            self.variable(
                &format!("Path.{value}"),
                &format!("{SET_AND_REMOVE}{PATH}"),
                &format!("[~];{value}"),
                feature.as_ref(),
            )?;
        }
        Ok(())
    }

    fn registry_entry(&mut self, entry: &RegistryEntry) -> Result<(), MsiError> {
        let value = match &entry.value {
            // A leading `#` would be the mark of another type.
            RegistryData::Text(value) => match named_text(value) {
                value if value.starts_with('#') => format!("#{value}"),
                value => value,
            },
            RegistryData::Expand(value) => format!("#%{}", named_text(value)),
            RegistryData::Number(number) => format!("#{number}"),
            RegistryData::List(list) => {
                let each = list.iter().map(|value| format!("{}[~]", named_text(value)));
                format!("[~]{}", each.collect::<String>())
            }
        };
        let (key, name) = (entry.key.as_str(), entry.name.as_deref().unwrap_or_default());
        // No key contains a line break, so that the parts are unambiguous.
        let id = identifier(&format!("Registry.{key}\n{name}"));
        let key = self.formatted(&format!("{id}.Key"), key)?;
        let name = self.formatted(&format!("{id}.Name"), name)?;
        let component = self.component_of(entry.feature.as_ref());
        self.registry_value(&id, &key, &name, &value, &component)
    }

    fn variable(
        &mut self,
        id: &str,
        name: &str,
        value: &str,
        feature: Option<&FeatureName>,
    ) -> Result<(), MsiError> {
        let component = self.component_of(feature);
        self.row(
            &schema::ENVIRONMENT,
            [text(identifier(id)), text(name), text(value), text(component)],
        )
    }
}

/// The number of UTF-16 units by which a variable's value is too long for its column.
pub(in crate::msi) fn excess(value: &NamedText, is_path: bool) -> usize {
    let before = if is_path { "[~];" } else { "" };
    let length = before.len() + named_text(value).encode_utf16().count();
    length.saturating_sub(FORMATTED)
}
