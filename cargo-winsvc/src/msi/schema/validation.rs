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
        Column::text("Table", 32, Identifier, "Name of table").key(),
        Column::text("Column", 32, Identifier, "Name of column").key(),
        Column::new("Nullable", Kind::Text { width: 4 }, None, "Whether the column is nullable").one_of("Y;N"),
        Column::long("MinValue", "Minimum value allowed").nullable().between(-i32::MAX, i32::MAX),
        Column::long("MaxValue", "Maximum value allowed").nullable().between(-i32::MAX, i32::MAX),
        Column::text("KeyTable", 255, Identifier, "For foreign key, Name of table to which data must link").nullable(),
        Column::short("KeyColumn", "Column to which foreign key connects").nullable().between(1, 32),
        Column::new("Category", Kind::Text { width: 32 }, None, "String category").nullable().one_of(CATEGORIES),
        Column::text("Set", 255, Text, "Set of values that are permitted").nullable(),
        Column::text("Description", 255, Text, "Description of column").nullable(),
    ],
};
