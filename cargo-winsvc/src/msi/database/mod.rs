//! Writes a Windows Installer database: tables of rows in, the bytes of a package out.
//!
//! The renderer of packages inserts rows by the [`schema`] and adds the cabinets as streams. Every
//! row is checked as it comes, against the column's type, width, range and key; [`Database::write`] ensures the other
//! requirements of Windows Installer (order of rows, reference counts of strings, names of streams, the tables that
//! describe the tables).
//!
//! ```
//! use cargo_winsvc::msi::database::{Database, DatabaseError, text};
//! use cargo_winsvc::msi::schema;
//!
//! # fn main() -> Result<(), DatabaseError> {
//! let mut database = Database::new();
//! database.insert(&schema::PROPERTY, [text("ProductName"), text("Agent")])?;
//! database.ensure(&schema::CUSTOM_ACTION);
//! # Ok(()) }
//! ```

mod catalogue;
mod container;
mod content;
mod error;
mod names;
mod rows;
mod strings;
mod value;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::{Read, Seek, Write};

pub use content::StreamContent;
pub use error::{DatabaseError, Field, StreamNameProblem};
pub use value::{Value, number, stream, text};

use sha2::{Digest, Sha256};

use super::codepage::Codepage;
use super::schema::{self, Column, Kind, Table};
use super::summary::SummaryInformation;
use rows::{Rows, STORED_STREAM, stored_long, stored_short};
use strings::StringPool;

/// The greatest package that Windows Installer opens.
const MAX_SIZE: u64 = i32::MAX as u64;

/// A database under construction.
#[derive(Debug, Default)]
pub struct Database {
    strings: StringPool,
    tables: BTreeMap<&'static str, Rows>,
    /// The streams other than tables, by packed name.
    streams: BTreeMap<String, StreamContent>,
}

impl Database {
    /// A database without tables.
    pub fn new() -> Self {
        Self::default()
    }

    /// A database without tables, in the code page if that can encode all its strings.
    pub fn with_codepage(preferred: Codepage) -> Self {
        Self {
            strings: StringPool::new(preferred),
            ..Self::default()
        }
    }

    /// Makes sure that the table exists, even if no row is put into it.
    pub fn ensure(&mut self, table: &'static Table) {
        self.tables.entry(table.name).or_insert_with(|| Rows::new(table));
    }

    /// Adds a row, its fields in the order of the table's columns.
    pub fn insert<'v>(
        &mut self,
        table: &'static Table,
        row: impl IntoIterator<Item = Value<'v>>,
    ) -> Result<(), DatabaseError> {
        let row: Vec<Value<'_>> = row.into_iter().collect();
        check_row(table, &row)?;
        let stored = self.stored(&row, table)?;
        let rows = self.tables.entry(table.name).or_insert_with(|| Rows::new(table));
        if !rows.insert(&stored) {
            return Err(DatabaseError::DuplicateRow {
                table: table.name,
                row: key_of(table, &row),
            });
        }
        let name = stream_name(table, &row);
        for value in row {
            if let Value::Stream(bytes) = value {
                self.stream(&name, bytes)?;
            }
        }
        Ok(())
    }

    /// Adds a stream that belongs to no row, such as a cabinet.
    pub fn stream(&mut self, name: &str, content: impl Into<StreamContent>) -> Result<(), DatabaseError> {
        match self.streams.entry(names::of_stream(name)?) {
            Entry::Vacant(entry) => {
                entry.insert(content.into());
                Ok(())
            }
            Entry::Occupied(_) => Err(DatabaseError::DuplicateStream {
                name: name.to_owned(),
            }),
        }
    }

    /// The code page for the current strings: the preferred one, by default Western European (1252), if it can encode
    /// them all, else UTF-8.
    pub fn codepage(&self) -> Codepage {
        self.strings.codepage()
    }

    /// Writes the package.
    pub fn write(
        self,
        summary: &SummaryInformation,
        out: &mut (impl Read + Write + Seek),
    ) -> Result<(), DatabaseError> {
        let streams = self.encode(summary)?;
        let size = streams.values().map(StreamContent::len).sum();
        if size > MAX_SIZE {
            return Err(DatabaseError::TooLarge {
                size,
                limit: MAX_SIZE,
            });
        }
        container::write(&streams, out).map_err(DatabaseError::Container)
    }

    /// A hash over everything that the package would contain.
    pub fn digest(self, summary: &SummaryInformation) -> Result<[u8; 32], DatabaseError> {
        let mut hash = Sha256::new();
        for (name, content) in self.encode(summary)? {
            hash.update((name.len() as u64).to_le_bytes());
            hash.update(name);
            hash.update(content.digest());
        }
        Ok(hash.finalize().into())
    }

    /// The streams of the package, by packed name.
    fn encode(
        mut self,
        summary: &SummaryInformation,
    ) -> Result<BTreeMap<String, StreamContent>, DatabaseError> {
        self.describe_columns()?;
        let catalogue = catalogue::of(self.tables.values().map(|rows| rows.table), &mut self.strings)?;

        let mut references = vec![0; self.strings.len() + 1];
        let long_references = self.strings.has_long_references();
        let mut insert = |name, bytes| self.streams.insert(name, StreamContent::Bytes(bytes));
        for rows in self.tables.values().chain(&catalogue) {
            rows.count_references(&mut references);
            let bytes = rows.encode(long_references);
            // A table without rows has no stream.
            if !bytes.is_empty() {
                insert(names::of_table(rows.table.name)?, bytes);
            }
        }
        let (pool, data) = self.strings.encode(self.strings.codepage(), &references);
        insert(names::of_table("_StringPool")?, pool);
        insert(names::of_table("_StringData")?, data);
        insert(names::SUMMARY_INFORMATION.to_owned(), summary.encode());
        Ok(self.streams)
    }

    /// Fills the `_Validation` table with a row for each column of each table, its own included.
    fn describe_columns(&mut self) -> Result<(), DatabaseError> {
        self.ensure(&schema::VALIDATION);
        let tables: Vec<&'static Table> = self.tables.values().map(|rows| rows.table).collect();
        for table in tables {
            for column in table.columns {
                self.insert(&schema::VALIDATION, catalogue::validation_row(table, column))?;
            }
        }
        Ok(())
    }

    /// The row's fields as numbers. Only a row that was checked has them.
    fn stored(&mut self, row: &[Value<'_>], table: &Table) -> Result<Vec<u32>, DatabaseError> {
        let fields = table.columns.iter().zip(row).map(|(column, value)| match value {
            Value::Null => Ok(0),
            Value::Text(text) if text.is_empty() => Ok(0),
            Value::Text(text) => self.strings.intern(text),
            Value::Number(number) if column.kind == Kind::Short => Ok(stored_short(*number)),
            Value::Number(number) => Ok(stored_long(*number)),
            Value::Stream(_) => Ok(STORED_STREAM),
        });
        fields.collect()
    }
}

/// Checks a row against its table.
fn check_row(table: &Table, row: &[Value<'_>]) -> Result<(), DatabaseError> {
    if row.len() != table.columns.len() {
        return Err(DatabaseError::FieldCount {
            table: table.name,
            expected: table.columns.len(),
            found: row.len(),
        });
    }
    for (column, value) in table.columns.iter().zip(row) {
        let field = || Field {
            table: table.name,
            column: column.name,
            row: key_of(table, row),
        };
        check_field(column, value, field)?;
    }
    Ok(())
}

fn check_field(column: &Column, value: &Value<'_>, field: impl Fn() -> Field) -> Result<(), DatabaseError> {
    match (column.kind, value) {
        (_, Value::Null) => check_null(column, field),
        (Kind::Text { .. } | Kind::Localized { .. }, Value::Text(text)) if text.is_empty() => {
            check_null(column, field)
        }
        (Kind::Text { width } | Kind::Localized { width }, Value::Text(text)) => {
            check_width(width, text, field)
        }
        (Kind::Short, Value::Number(number)) => check_range(column, i32::from(i16::MAX), *number, field),
        (Kind::Long, Value::Number(number)) => check_range(column, i32::MAX, *number, field),
        (Kind::Binary, Value::Stream(_)) => Ok(()),
        (kind, value) => Err(DatabaseError::WrongKind {
            field: field(),
            expected: kind.in_words(),
            found: value.kind(),
        }),
    }
}

fn check_null(column: &Column, field: impl Fn() -> Field) -> Result<(), DatabaseError> {
    if column.nullable {
        Ok(())
    } else {
        Err(DatabaseError::Empty { field: field() })
    }
}

fn check_width(width: u8, text: &str, field: impl Fn() -> Field) -> Result<(), DatabaseError> {
    let width = usize::from(width);
    let len = text.encode_utf16().count();
    if width == 0 || len <= width {
        return Ok(());
    }
    Err(DatabaseError::TooLong {
        field: field(),
        width,
        len,
        text: text.to_owned(),
    })
}

/// Checks a number against the column's own range within what can be stored: the smallest number of the column's
/// size means an empty field.
fn check_range(
    column: &Column,
    greatest: i32,
    number: i32,
    field: impl Fn() -> Field,
) -> Result<(), DatabaseError> {
    let min = column.validation.min.unwrap_or(-greatest).max(-greatest);
    let max = column.validation.max.unwrap_or(greatest).min(greatest);
    if (min..=max).contains(&number) {
        return Ok(());
    }
    Err(DatabaseError::OutOfRange {
        field: field(),
        min,
        max,
        number,
    })
}

/// The row's primary key, to name the row in a message.
fn key_of(table: &Table, row: &[Value<'_>]) -> String {
    row[..table.key_len()]
        .iter()
        .map(Value::in_name)
        .collect::<Vec<_>>()
        .join(",")
}

/// The name of the stream that belongs to a row: the table's and the row's, joined by points.
fn stream_name(table: &Table, row: &[Value<'_>]) -> String {
    let mut name = table.name.to_owned();
    for value in &row[..table.key_len()] {
        name.push('.');
        name.push_str(&value.in_name());
    }
    name
}

impl Kind {
    /// What a column of this kind holds, for an error's message.
    fn in_words(self) -> &'static str {
        match self {
            Self::Text { .. } | Self::Localized { .. } => "a string",
            Self::Short | Self::Long => "a number",
            Self::Binary => "a stream",
        }
    }
}
