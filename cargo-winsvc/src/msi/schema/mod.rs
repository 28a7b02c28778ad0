//! The tables of a Windows Installer database, as data.
//!
//! Each table of a service package is described here once, column by column, with all properties of a column in Windows
//! Installer: its type and width, whether it may be empty, whether it is part of the primary key,
//! and the validation record that internal consistency checks (ICE03, ICE06) and package editors read. The
//! [`database`](super::database) checks every row against this description, lays the columns out by it, and
//! writes it into the package as the `_Validation` table.
//!
//! Source of names, types, limits and descriptions: Microsoft's reference of the database tables
//! (<https://learn.microsoft.com/windows/win32/msi/database-tables>), and `WindowsInstallerTableDefinitions.cs` in
//! `wixtoolset/wix`.

// The tables are set as tables: a column a line, its description at the end, however long.
#[rustfmt::skip]
mod dialogs;
#[rustfmt::skip]
mod files;
#[rustfmt::skip]
mod machine;
#[rustfmt::skip]
mod product;
#[rustfmt::skip]
mod sequences;
#[rustfmt::skip]
mod services;
#[rustfmt::skip]
mod validation;

pub use dialogs::{
    ACTION_TEXT, BINARY, CHECK_BOX, COMBO_BOX, CONTROL, CONTROL_CONDITION, CONTROL_EVENT, DIALOG,
    EVENT_MAPPING, TEXT_STYLE, UI_TEXT,
};
pub use files::{
    COMPONENT, CREATE_FOLDER, DIRECTORY, FEATURE, FEATURE_COMPONENTS, FILE, MEDIA, MSI_DIGITAL_CERTIFICATE,
    MSI_DIGITAL_SIGNATURE, MSI_FILE_HASH, REMOVE_FILE,
};
pub use machine::{
    APP_SEARCH, ENVIRONMENT, INI_FILE, MSI_LOCK_PERMISSIONS_EX, REG_LOCATOR, REGISTRY, SHORTCUT,
};
pub use product::{CUSTOM_ACTION, ICON, LAUNCH_CONDITION, PROPERTY, UPGRADE};
pub use sequences::{
    ADMIN_EXECUTE_SEQUENCE, ADMIN_UI_SEQUENCE, ADVT_EXECUTE_SEQUENCE, INSTALL_EXECUTE_SEQUENCE,
    INSTALL_UI_SEQUENCE,
};
pub use services::{MSI_SERVICE_CONFIG, SERVICE_CONTROL, SERVICE_INSTALL};
pub use validation::VALIDATION;

/// Every table described here, by name.
pub static TABLES: [&Table; 43] = [
    &ACTION_TEXT,
    &ADMIN_EXECUTE_SEQUENCE,
    &ADMIN_UI_SEQUENCE,
    &ADVT_EXECUTE_SEQUENCE,
    &APP_SEARCH,
    &BINARY,
    &CHECK_BOX,
    &COMBO_BOX,
    &COMPONENT,
    &CONTROL,
    &CONTROL_CONDITION,
    &CONTROL_EVENT,
    &CREATE_FOLDER,
    &CUSTOM_ACTION,
    &DIALOG,
    &DIRECTORY,
    &ENVIRONMENT,
    &EVENT_MAPPING,
    &FEATURE,
    &FEATURE_COMPONENTS,
    &FILE,
    &ICON,
    &INI_FILE,
    &INSTALL_EXECUTE_SEQUENCE,
    &INSTALL_UI_SEQUENCE,
    &LAUNCH_CONDITION,
    &MEDIA,
    &MSI_DIGITAL_CERTIFICATE,
    &MSI_DIGITAL_SIGNATURE,
    &MSI_FILE_HASH,
    &MSI_LOCK_PERMISSIONS_EX,
    &MSI_SERVICE_CONFIG,
    &PROPERTY,
    &REG_LOCATOR,
    &REGISTRY,
    &REMOVE_FILE,
    &SERVICE_CONTROL,
    &SERVICE_INSTALL,
    &SHORTCUT,
    &TEXT_STYLE,
    &UI_TEXT,
    &UPGRADE,
    &VALIDATION,
];

/// One table: its name and its columns, the primary key first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// The table's name in the database.
    pub name: &'static str,
    /// Its columns, in the order of the database.
    pub columns: &'static [Column],
}

impl Table {
    /// How many columns make up the primary key; they are always the first ones.
    pub fn key_len(&self) -> usize {
        self.columns.iter().take_while(|column| column.key).count()
    }
}

/// One column: its type and its allowed values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The column's name in the database.
    pub name: &'static str,
    /// The type of its values.
    pub kind: Kind,
    /// Whether a row may leave it empty.
    pub nullable: bool,
    /// Whether it is part of the primary key.
    pub key: bool,
    /// Its row of the `_Validation` table.
    pub validation: Validation,
}

/// The type of a column's values.
///
/// The comments name the letter that Windows Installer's documentation uses; it is in lower case where the column must
/// not be empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `s`: a string of at most `width` characters, of any length if `width` is 0.
    Text {
        /// The greatest number of UTF-16 units, 0 for no limit.
        width: u8,
    },
    /// `l`: a localizable string.
    Localized {
        /// The greatest number of UTF-16 units, 0 for no limit.
        width: u8,
    },
    /// `i2`: a number of 16 bits.
    Short,
    /// `i4`: a number of 32 bits.
    Long,
    /// `v0`: a stream of bytes, stored beside the table.
    Binary,
}

/// A column's row of the `_Validation` table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validation {
    /// The smallest allowed number.
    pub min: Option<i32>,
    /// The greatest number allowed.
    pub max: Option<i32>,
    /// The tables, separated by `;`, one of whose keys the value names.
    pub key_table: Option<&'static str>,
    /// The column of those tables that it names, counted from 1.
    pub key_column: Option<i16>,
    /// The category of a string.
    pub category: Option<Category>,
    /// The values allowed, separated by `;`.
    pub set: Option<&'static str>,
    /// What the column means, in English.
    pub description: &'static str,
}

/// The category of a string or stream column.
///
/// Source: <https://learn.microsoft.com/windows/win32/msi/column-data-types>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// A stream of bytes.
    Binary,
    /// The name of a cabinet; a leading `#` means a stream of the database.
    Cabinet,
    /// A conditional expression.
    Condition,
    /// The source of a custom action, which depends on the action's type.
    CustomSource,
    /// A directory's name, with its short and its source form.
    DefaultDir,
    /// A file's name, as `short|long` or a short one alone.
    Filename,
    /// A string in which `[...]` is replaced by a property, a file or a directory.
    Formatted,
    /// A security descriptor in which `[...]` is replaced as in [`Formatted`](Self::Formatted).
    FormattedSddlText,
    /// A GUID in braces and capitals.
    Guid,
    /// Letters, digits, underscores and points, beginning with a letter or an underscore.
    Identifier,
    /// Decimal language identifiers, separated by commas.
    Language,
    /// The name of a property.
    Property,
    /// The path of a registry key.
    RegPath,
    /// A formatted string in which `[1]` and the like are replaced by the data of an action.
    Template,
    /// Any string.
    Text,
    /// A string without lower-case letters.
    UpperCase,
    /// A version, `1.2.3.4`.
    Version,
    /// A file's name that may hold `?` and `*`.
    WildCardFilename,
}

impl Category {
    /// The category's name in the `_Validation` table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Binary => "Binary",
            Self::Cabinet => "Cabinet",
            Self::Condition => "Condition",
            Self::CustomSource => "CustomSource",
            Self::DefaultDir => "DefaultDir",
            Self::Filename => "Filename",
            Self::Formatted => "Formatted",
            Self::FormattedSddlText => "FormattedSDDLText",
            Self::Guid => "Guid",
            Self::Identifier => "Identifier",
            Self::Language => "Language",
            Self::Property => "Property",
            Self::RegPath => "RegPath",
            Self::Template => "Template",
            Self::Text => "Text",
            Self::UpperCase => "UpperCase",
            Self::Version => "Version",
            Self::WildCardFilename => "WildCardFilename",
        }
    }
}

/// The words in which the tables are written: a kind, what differs from a plain required column, and Microsoft's description.
impl Column {
    const fn new(name: &'static str, kind: Kind, category: Option<Category>) -> Self {
        Self {
            name,
            kind,
            nullable: false,
            key: false,
            validation: Validation {
                min: None,
                max: None,
                key_table: None,
                key_column: None,
                category,
                set: None,
                description: "",
            },
        }
    }

    const fn text(name: &'static str, width: u8, category: Category) -> Self {
        Self::new(name, Kind::Text { width }, Some(category))
    }

    const fn localized(name: &'static str, width: u8, category: Category) -> Self {
        Self::new(name, Kind::Localized { width }, Some(category))
    }

    /// A name of the package's own making: 72 characters, as everywhere but in the `Feature` table.
    const fn identifier(name: &'static str) -> Self {
        Self::text(name, 72, Category::Identifier)
    }

    const fn short(name: &'static str) -> Self {
        Self::new(name, Kind::Short, None)
    }

    const fn long(name: &'static str) -> Self {
        Self::new(name, Kind::Long, None)
    }

    const fn binary(name: &'static str) -> Self {
        Self::new(name, Kind::Binary, Some(Category::Binary))
    }

    const fn key(mut self) -> Self {
        self.key = true;
        self
    }

    const fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    const fn between(mut self, min: i32, max: i32) -> Self {
        self.validation.min = Some(min);
        self.validation.max = Some(max);
        self
    }

    const fn one_of(mut self, set: &'static str) -> Self {
        self.validation.set = Some(set);
        self
    }

    /// A foreign key: the value is in the first column of one of the tables.
    const fn refers_to(mut self, tables: &'static str) -> Self {
        self.validation.key_table = Some(tables);
        self.validation.key_column = Some(1);
        self
    }

    /// A foreign key to another column of a table than the first.
    const fn refers_to_column(mut self, table: &'static str, column: i16) -> Self {
        self.validation.key_table = Some(table);
        self.validation.key_column = Some(column);
        self
    }

    const fn described(mut self, description: &'static str) -> Self {
        self.validation.description = description;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_listed_once_and_by_name() {
        assert!(TABLES.is_sorted_by(|a, b| a.name < b.name));
    }

    #[test]
    fn keys_come_first_in_every_table() {
        for table in TABLES {
            let keys = table.columns.iter().filter(|column| column.key).count();
            assert!(keys > 0, "{} has no key", table.name);
            assert_eq!(table.key_len(), keys, "{}", table.name);
        }
    }

    #[test]
    fn every_column_is_described() {
        for column in TABLES.iter().flat_map(|table| table.columns) {
            assert_ne!(column.validation.description, "", "{}", column.name);
        }
    }

    #[test]
    fn foreign_keys_name_known_tables() {
        for column in TABLES.iter().flat_map(|table| table.columns) {
            for name in column
                .validation
                .key_table
                .iter()
                .flat_map(|tables| tables.split(';'))
            {
                // What a service package never holds: the third kind of key path, and what else can be searched for.
                let others = [
                    "ODBCDataSource",
                    "Signature",
                    "IniLocator",
                    "DrLocator",
                    "CompLocator",
                ];
                let is_known = others.contains(&name) || TABLES.iter().any(|table| table.name == name);
                assert!(is_known, "{name}");
            }
        }
    }
}
