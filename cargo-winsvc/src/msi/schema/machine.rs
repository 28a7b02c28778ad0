//! The tables of the machine's settings: registry values and the search for them, environment variables, permissions.

use super::Category::{Filename, Formatted, FormattedSddlText, Identifier, RegPath, Text};
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

/// Shortcuts to files and folders.
pub static SHORTCUT: Table = Table {
    name: "Shortcut",
    columns: &[
        Column::identifier("Shortcut").key().described("Primary key, non-localized token."),
        Column::identifier("Directory_").refers_to("Directory").described("Foreign key into the Directory table denoting the directory where the shortcut file is created."),
        Column::localized("Name", 128, Filename).described("The name of the shortcut to be created."),
        Column::identifier("Component_").refers_to("Component").described("Foreign key into the Component table denoting the component whose selection gates the the shortcut creation/deletion."),
        Column::text("Target", 72, Formatted).described("The shortcut target. This is usually a property that is expanded to a file or a folder that the shortcut points to."),
        Column::text("Arguments", 255, Formatted).nullable().described("The command-line arguments for the shortcut."),
        Column::localized("Description", 255, Text).nullable().described("The description for the shortcut."),
        Column::short("Hotkey").nullable().between(0, 32_767).described("The hotkey for the shortcut. It has the virtual-key code for the key in the low-order byte, and the modifier flags in the high-order byte."),
        Column::identifier("Icon_").nullable().refers_to("Icon").described("Foreign key into the File table denoting the external icon file for the shortcut."),
        Column::short("IconIndex").nullable().between(-32_767, 32_767).described("The icon index for the shortcut."),
        Column::short("ShowCmd").nullable().one_of("1;3;7").described("The show command for the application window.The following values may be used."),
        Column::identifier("WkDir").nullable().refers_to("Directory").described("Name of property defining location of working directory."),
        Column::text("DisplayResourceDLL", 255, Formatted).nullable().described("The Formatted string providing the full path to the language neutral file containing the MUI Manifest."),
        Column::short("DisplayResourceId").nullable().between(0, 32_767).described("The display name index for the shortcut. This must be a non-negative number."),
        Column::text("DescriptionResourceDLL", 255, Formatted).nullable().described("The Formatted string providing the full path to the language neutral file containing the MUI Manifest."),
        Column::short("DescriptionResourceId").nullable().between(0, 32_767).described("The description name index for the shortcut. This must be a non-negative number."),
    ],
};

/// Values of `.ini` files.
pub static INI_FILE: Table = Table {
    name: "IniFile",
    columns: &[
        Column::identifier("IniFile").key().described("Primary key, non-localized token."),
        Column::localized("FileName", 255, Filename).described("The .INI file name in which to write the information"),
        Column::identifier("DirProperty").nullable().described("Foreign key into the Directory table denoting the directory where the .INI file is."),
        Column::localized("Section", 96, Formatted).described("The .INI file Section."),
        Column::localized("Key", 128, Formatted).described("The .INI file key below Section."),
        Column::localized("Value", 255, Formatted).described("The value to be written."),
        Column::short("Action").one_of("0;1;3").described("The type of modification to be made, one of iifEnum"),
        Column::identifier("Component_").refers_to("Component").described("Foreign key into the Component table referencing component that controls the installing of the .INI value."),
    ],
};
