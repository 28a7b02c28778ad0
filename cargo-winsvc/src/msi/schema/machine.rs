//! The tables of the machine's settings: registry values, environment variables, permissions.

use super::Category::{Formatted, FormattedSddlText, Identifier, RegPath, Text};
use super::{Column, Table};

/// Registry values.
pub static REGISTRY: Table = Table {
    name: "Registry",
    columns: &[
        Column::identifier("Registry", "Primary key, non-localized token.").key(),
        Column::short("Root", "The predefined root key for the registry value, one of rrkEnum.").between(-1, 3),
        Column::localized("Key", 255, RegPath, "The key for the registry value."),
        Column::localized("Name", 255, Formatted, "The registry value name.").nullable(),
        Column::localized("Value", 0, Formatted, "The registry value.").nullable(),
        Column::identifier("Component_", "Foreign key into the Component table referencing component that controls the installing of the registry value.").refers_to("Component"),
    ],
};

/// Environment variables of the machine or the user.
pub static ENVIRONMENT: Table = Table {
    name: "Environment",
    columns: &[
        Column::identifier("Environment", "Unique identifier for the environmental variable setting").key(),
        Column::localized("Name", 255, Text, "The name of the environmental value."),
        Column::localized("Value", 255, Formatted, "The value to set in the environmental settings.").nullable(),
        Column::identifier("Component_", "Foreign key into the Component table referencing component that controls the installing of the environmental value.").refers_to("Component"),
    ],
};

/// Security descriptors of directories, files, registry keys and services.
pub static MSI_LOCK_PERMISSIONS_EX: Table = Table {
    name: "MsiLockPermissionsEx",
    columns: &[
        Column::identifier("MsiLockPermissionsEx", "Primary key, non-localized token").key(),
        Column::identifier("LockObject", "Foreign key into Registry, File, CreateFolder, or ServiceInstall table"),
        Column::text("Table", 32, Identifier, "Reference to another table name").one_of("CreateFolder;File;Registry;ServiceInstall"),
        Column::text("SDDLText", 0, FormattedSddlText, "String to indicate permissions to be applied to the LockObject"),
        Column::text("Condition", 255, Formatted, "Expression which must evaluate to TRUE in order for this set of permissions to be applied").nullable(),
    ],
};
