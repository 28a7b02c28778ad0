//! The table that describes all tables, itself included.

use super::Category::{Identifier, Text};
use super::{Column, Kind, Table};

/// Every category that Windows Installer knows; the packages written here use some of them.
const CATEGORIES: &str = "Text;Formatted;Template;Condition;Guid;Path;Version;Language;Identifier;Binary;UpperCase;LowerCase;Filename;Paths;AnyPath;WildCardFilename;RegPath;CustomSource;Property;Cabinet;Shortcut;FormattedSDDLText;Integer;DoubleInteger;TimeDate;DefaultDir";

/// One row for each column of each table of the database.
///
/// The database writes it from this schema; no row is inserted by hand.
pub static VALIDATION: Table = Table {
    name: "_Validation",
    columns: &[
        Column::text("Table", 32, Identifier).key().described("Name of table"),
        Column::text("Column", 32, Identifier).key().described("Name of column"),
        Column::new("Nullable", Kind::Text { width: 4 }, None).one_of("Y;N").described("Whether the column is nullable"),
        Column::long("MinValue").nullable().between(-i32::MAX, i32::MAX).described("Minimum value allowed"),
        Column::long("MaxValue").nullable().between(-i32::MAX, i32::MAX).described("Maximum value allowed"),
        Column::text("KeyTable", 255, Identifier).nullable().described("For foreign key, Name of table to which data must link"),
        Column::short("KeyColumn").nullable().between(1, 32).described("Column to which foreign key connects"),
        Column::new("Category", Kind::Text { width: 32 }, None).nullable().one_of(CATEGORIES).described("String category"),
        Column::text("Set", 255, Text).nullable().described("Set of values that are permitted"),
        Column::text("Description", 255, Text).nullable().described("Description of column"),
    ],
};
