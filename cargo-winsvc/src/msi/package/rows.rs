//! Rows that several parts of the package add.

use uuid::Uuid;
use winsvc_definition::manifest::FeatureName;

use super::super::database::{Value, number, text};
use super::super::schema::{self, Table};
use super::super::sequences::{CustomAction, Phase};
use super::features::ALWAYS;
use super::{MsiError, NULL, Package, Part};
use crate::product::identity::{braced, folder_component};

/// `msidbComponentAttributesRegistryKeyPath`: the key path is a row of `Registry`, not of `File`.
pub(super) const REGISTRY_KEY_PATH: i32 = 4;

/// `msidbComponentAttributesTransitive`: a reinstallation evaluates the condition again.
pub(super) const TRANSITIVE: i32 = 64;
/// `msidbComponentAttributes64bit`
const COMPONENT_64_BIT: i32 = 256;
/// `msidbRegistryRootLocalMachine`
const LOCAL_MACHINE: i32 = 2;
/// A custom action that sets a property to a formatted string.
const SET_PROPERTY: i32 = 51;
/// `msidbLocatorTypeRawValue`, `msidbLocatorType64bit`
const RAW_VALUE: i32 = 2;
const IN_64_BIT_REGISTRY: i32 = 16;

/// A row of a package.
#[derive(Clone, Debug)]
pub struct Row {
    /// The part of the package that it belongs to.
    pub part: &'static Part,
    /// Its table.
    pub table: &'static Table,
    /// Its fields, in the order of the table's columns.
    pub cells: Vec<Value<'static>>,
}

impl Row {
    /// A field by its column's name; empty if it is empty or a number, or if there is no such column.
    pub fn text(&self, column: &str) -> &str {
        match self.cell(column) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// A number by its column's name.
    pub fn number(&self, column: &str) -> Option<i32> {
        match self.cell(column) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// The field of the primary key, or the first one of several.
    pub fn key(&self) -> &str {
        self.text(self.table.columns[0].name)
    }

    fn cell(&self, column: &str) -> Option<&Value<'static>> {
        let index = self.table.columns.iter().position(|it| it.name == column)?;
        self.cells.get(index)
    }
}

/// A component.
pub(super) struct Component<'a> {
    pub(super) id: &'a str,
    pub(super) guid: Uuid,
    pub(super) directory: &'a str,
    /// Its attributes but for the one of 64-bit components.
    pub(super) attributes: i32,
    /// When it is installed; always if empty.
    pub(super) condition: &'a str,
    pub(super) key_path: &'a str,
    /// The feature that it belongs to; `None` if it is always installed.
    pub(super) feature: Option<&'a FeatureName>,
}

impl Package<'_> {
    pub(super) fn row<const N: usize>(
        &mut self,
        table: &'static Table,
        cells: [Value<'_>; N],
    ) -> Result<(), MsiError> {
        if let Some(record) = &mut self.record {
            record.push(Row {
                part: self.part,
                table,
                cells: cells.iter().map(Value::to_owned).collect(),
            });
        }
        self.database.insert(table, cells)?;
        Ok(())
    }

    /// Adds a component, and adds it to its feature.
    pub(super) fn component(&mut self, component: &Component<'_>) -> Result<(), MsiError> {
        let Component {
            id,
            directory,
            attributes,
            condition,
            key_path,
            feature,
            ..
        } = *component;
        let bits = if self.product.arch.is_64_bit() {
            COMPONENT_64_BIT
        } else {
            0
        };
        self.row(
            &schema::COMPONENT,
            [
                text(id),
                text(braced(&component.guid)),
                text(directory),
                number(bits | attributes),
                text(condition),
                text(key_path),
            ],
        )?;
        let feature = feature.map_or(ALWAYS, FeatureName::as_str);
        self.row(&schema::FEATURE_COMPONENTS, [text(feature), text(id)])
    }

    /// The identifier of a component that belongs to the product, not to a file.
    pub(super) fn component_guid(&self, purpose: &str, path: &[String]) -> Uuid {
        let product = self.product;
        folder_component(purpose, product.arch.is_64_bit(), &product.registry_key(), path)
    }

    /// Adds a component whose key path is a registry value.
    pub(super) fn registry_component(
        &mut self,
        id: &str,
        guid: Uuid,
        directory: &str,
        key_path: &str,
        condition: &str,
        feature: Option<&FeatureName>,
    ) -> Result<(), MsiError> {
        self.component(&Component {
            id,
            guid,
            directory,
            attributes: REGISTRY_KEY_PATH,
            condition,
            key_path,
            feature,
        })
    }

    /// Adds a value below `HKEY_LOCAL_MACHINE`. Key, name and value are formatted strings.
    pub(super) fn registry_value(
        &mut self,
        id: &str,
        key: &str,
        name: &str,
        value: &str,
        component: &str,
    ) -> Result<(), MsiError> {
        self.row(
            &schema::REGISTRY,
            [
                text(id),
                number(LOCAL_MACHINE),
                text(key),
                text(name),
                text(value),
                text(component),
            ],
        )
    }

    /// Searches for a value in the registry before the installation changes anything, and sets the property to it.
    pub(super) fn search(&mut self, property: &str, key: &str, value: &str) -> Result<(), MsiError> {
        let registry = if self.product.arch.is_64_bit() {
            IN_64_BIT_REGISTRY
        } else {
            0
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

    /// Adds an action that sets a property to the value of another one. The caller schedules it.
    pub(super) fn set_property(&mut self, action: &str, property: &str, from: &str) -> Result<(), MsiError> {
        self.set_formatted(action, property, &format!("[{from}]"))
    }

    /// Adds an action that sets a property to a formatted string. The caller schedules it.
    pub(super) fn set_formatted(
        &mut self,
        action: &str,
        property: &str,
        value: &str,
    ) -> Result<(), MsiError> {
        self.row(
            &schema::CUSTOM_ACTION,
            [
                text(action),
                number(SET_PROPERTY),
                text(property),
                text(value),
                NULL,
            ],
        )
    }

    /// Schedules an action that sets what dialogs show, if the product has dialogs.
    pub(super) fn show_in_dialogs(&mut self, action: &str, condition: &str, phase: Phase) {
        if self.product.dialogs.is_some() {
            self.dialog_actions.push(CustomAction {
                name: action.to_owned(),
                condition: condition.to_owned(),
                phase,
            });
        }
    }

    /// Schedules a custom action of an installation.
    pub(super) fn schedule(&mut self, action: &str, condition: &str, phase: Phase) {
        self.custom_actions.push(CustomAction {
            name: action.to_owned(),
            condition: condition.to_owned(),
            phase,
        });
    }
}
