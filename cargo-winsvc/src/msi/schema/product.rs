//! The tables of the product's identity, upgrades and custom actions.

use super::Category::{Condition, CustomSource, Formatted, Guid, Identifier, Language, Text, UpperCase};
use super::{Column, Table};

/// The properties that a package sets: its name, version, codes and the switches of the installer.
pub static PROPERTY: Table = Table {
    name: "Property",
    columns: &[
        Column::text("Property", 72, Identifier).key().described("Name of property, uppercase if settable by launcher or loader."),
        Column::localized("Value", 0, Text).described("String value for property.  Never null or empty."),
    ],
};

/// The products that an installation finds and replaces.
pub static UPGRADE: Table = Table {
    name: "Upgrade",
    columns: &[
        Column::text("UpgradeCode", 38, Guid).key().described("The UpgradeCode GUID belonging to the products in this set."),
        Column::text("VersionMin", 20, Text).key().nullable().described("The minimum ProductVersion of the products in this set.  The set may or may not include products with this particular version."),
        Column::text("VersionMax", 20, Text).key().nullable().described("The maximum ProductVersion of the products in this set.  The set may or may not include products with this particular version."),
        Column::text("Language", 255, Language).key().nullable().described("A comma-separated list of languages for either products in this set or products not in this set."),
        Column::long("Attributes").key().between(0, i32::MAX).described("The attributes of this product set."),
        Column::text("Remove", 255, Formatted).nullable().described("The list of features to remove when uninstalling a product from this set.  The default is \"ALL\"."),
        Column::text("ActionProperty", 72, UpperCase).described("The property to set when a product in this set is found."),
    ],
};

/// The conditions for an installation to begin, and their error messages.
pub static LAUNCH_CONDITION: Table = Table {
    name: "LaunchCondition",
    columns: &[
        Column::text("Condition", 255, Condition).key().described("Expression which must evaluate to TRUE in order for install to commence."),
        Column::localized("Description", 255, Formatted).described("Localizable text to display when condition fails and install must abort."),
    ],
};

/// Programs and assignments that a package adds to the installer's own actions.
pub static CUSTOM_ACTION: Table = Table {
    name: "CustomAction",
    columns: &[
        Column::identifier("Action").key().described("Primary key, name of action, normally appears in sequence table unless private use."),
        Column::short("Type").between(1, 32_767).described("The numeric custom action type, consisting of source location, code type, entry, option flags."),
        Column::text("Source", 72, CustomSource).nullable().described("The table reference of the source of the code."),
        Column::text("Target", 255, Formatted).nullable().described("Execution parameter, depends on the type of custom action."),
        Column::long("ExtendedType").nullable().between(0, i32::MAX).described("A numeric custom action type that extends code type or option flags of the Type column."),
    ],
};

/// The icons shown in the list of installed programs.
pub static ICON: Table = Table {
    name: "Icon",
    columns: &[
        Column::identifier("Name").key().described("Primary key. Name of the icon file."),
        Column::binary("Data").described("Binary stream. The binary icon data in PE (.DLL or .EXE) or icon (.ICO) format."),
    ],
};
