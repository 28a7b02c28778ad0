//! The tables that describe the tables: `_Tables` and `_Columns`, by which Windows Installer reads the others, and
//! the rows of `_Validation`, by which it checks them.

use super::super::schema::{Category, Column, Kind, Table, Validation};
use super::error::DatabaseError;
use super::rows::{Rows, stored_short};
use super::strings::StringPool;
use super::value::{Value, text};

/// The names of all tables but the two of this catalogue.
static TABLES: Table = Table {
    name: "_Tables",
    columns: &[key("Name", Kind::Text { width: 64 })],
};

/// The columns of those tables.
static COLUMNS: Table = Table {
    name: "_Columns",
    columns: &[
        key("Table", Kind::Text { width: 64 }),
        key("Number", Kind::Short),
        Column {
            key: false,
            ..key("Name", Kind::Text { width: 64 })
        },
        Column {
            key: false,
            ..key("Type", Kind::Short)
        },
    ],
};

/// A column of the catalogue. Nothing describes these, so that the names suffice.
const fn key(name: &'static str, kind: Kind) -> Column {
    let validation = Validation {
        min: None,
        max: None,
        key_table: None,
        key_column: None,
        category: None,
        set: None,
        description: "",
    };
    Column {
        name,
        kind,
        nullable: false,
        key: true,
        validation,
    }
}

/// The catalogue of these tables.
pub(super) fn of<'t>(
    tables: impl Iterator<Item = &'t Table>,
    strings: &mut StringPool,
) -> Result<[Rows; 2], DatabaseError> {
    let mut names = Rows::new(&TABLES);
    let mut columns = Rows::new(&COLUMNS);
    for table in tables {
        let name = strings.intern(table.name)?;
        names.insert(&[name]);
        for (number, column) in (1..).zip(table.columns) {
            let bits = i32::from(column.type_bits());
            columns.insert(&[
                name,
                stored_short(number),
                strings.intern(column.name)?,
                stored_short(bits),
            ]);
        }
    }
    Ok([names, columns])
}

/// A column's row of the `_Validation` table.
pub(super) fn validation_row(table: &'static Table, column: &'static Column) -> [Value<'static>; 10] {
    let Validation {
        min,
        max,
        key_table,
        key_column,
        category,
        set,
        description,
    } = column.validation;
    [
        text(table.name),
        text(column.name),
        text(if column.nullable { "Y" } else { "N" }),
        min.into(),
        max.into(),
        key_table.into(),
        key_column.into(),
        category.map(Category::name).into(),
        set.into(),
        text(description),
    ]
}
