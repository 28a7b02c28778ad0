//! The tables of the machine's settings: registry values, environment variables, permissions.

use super::Category::{Formatted, FormattedSddlText, Identifier, RegPath, Text};
use super::{Column, Table};

/// Registry values.
pub static REGISTRY: Table = Table {
    name: "Registry",
    columns: &[
        Column::identifier("Registry").key().described("Primary key, non-localized token."),
        Column::short("Root").between(-1, 3).described("The predefined root key for the registry value, one of rrkEnum."),
        Column::localized("Key", 255, RegPath).described("The key for the registry value."),
        Column::localized("Name", 255, Formatted).nullable().described("The registry value name."),
        Column::localized("Value", 0, Formatted).nullable().described("The registry value."),
        Column::identifier("Component_").refers_to("Component").described("Foreign key into the Component table referencing component that controls the installing of the registry value."),
    ],
};

/// Environment variables of the machine or the user.
pub static ENVIRONMENT: Table = Table {
    name: "Environment",
    columns: &[
        Column::identifier("Environment").key().described("Unique identifier for the environmental variable setting"),
        Column::localized("Name", 255, Text).described("The name of the environmental value."),
        Column::localized("Value", 255, Formatted).nullable().described("The value to set in the environmental settings."),
        Column::identifier("Component_").refers_to("Component").described("Foreign key into the Component table referencing component that controls the installing of the environmental value."),
    ],
};

/// Security descriptors of directories, files, registry keys and services.
pub static MSI_LOCK_PERMISSIONS_EX: Table = Table {
    name: "MsiLockPermissionsEx",
    columns: &[
        Column::identifier("MsiLockPermissionsEx").key().described("Primary key, non-localized token"),
        Column::identifier("LockObject").described("Foreign key into Registry, File, CreateFolder, or ServiceInstall table"),
        Column::text("Table", 32, Identifier).one_of("CreateFolder;File;Registry;ServiceInstall").described("Reference to another table name"),
        Column::text("SDDLText", 0, FormattedSddlText).described("String to indicate permissions to be applied to the LockObject"),
        Column::text("Condition", 255, Formatted).nullable().described("Expression which must evaluate to TRUE in order for this set of permissions to be applied"),
    ],
};
