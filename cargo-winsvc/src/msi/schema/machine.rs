//! The tables of the machine's settings: registry values and the search for them, environment variables, permissions.

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

/// What is looked for before anything is changed, and the property that gets it.
pub static APP_SEARCH: Table = Table {
    name: "AppSearch",
    columns: &[
        Column::identifier("Property").key().described("The property associated with a Signature"),
        Column::identifier("Signature_").key().refers_to("Signature;RegLocator;IniLocator;DrLocator;CompLocator").described("The Signature_ represents a unique file signature and is also the foreign key in the Signature, RegLocator, IniLocator, CompLocator and the DrLocator tables."),
    ],
};

/// Where in the registry it is looked for.
pub static REG_LOCATOR: Table = Table {
    name: "RegLocator",
    columns: &[
        Column::identifier("Signature_").key().described("The table key. The Signature_ represents a unique file signature and is also the foreign key in the Signature table. If the type is 0, the registry values refers a directory, and _Signature is not a foreign key."),
        Column::short("Root").between(0, 3).described("The predefined root key for the registry value, one of rrkEnum."),
        Column::text("Key", 255, RegPath).described("The key for the registry value."),
        Column::text("Name", 255, Formatted).nullable().described("The registry value name."),
        Column::short("Type").nullable().between(0, 18).described("An integer value that determines if the registry value is a filename or a directory location or to be used as is w/o interpretation."),
    ],
};
