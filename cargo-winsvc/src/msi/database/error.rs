//! The errors of building a database.

use std::fmt;
use std::io;

use thiserror::Error;

/// The place of a field, for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The row's primary key, its parts separated by commas.
    pub row: String,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} of row `{}`", self.table, self.column, self.row)
    }
}

/// The error if a row, a stream or the whole database cannot be written.
#[derive(Debug, Error)]
pub enum DatabaseError {
    /// The row does not have the table's number of fields.
    #[error("a row of the table {table} has {expected} fields, not {found}")]
    FieldCount {
        /// The table.
        table: &'static str,
        /// How many columns it has.
        expected: usize,
        /// How many fields the row has.
        found: usize,
    },
    /// A required field is empty.
    #[error("{field} must not be empty")]
    Empty {
        /// Where.
        field: Field,
    },
    /// A field holds a value of another type than its column.
    #[error("{field} must be {expected}, not {found}")]
    WrongKind {
        /// Where.
        field: Field,
        /// What the column holds.
        expected: &'static str,
        /// What the field was.
        found: &'static str,
    },
    /// A string is longer than its column allows.
    #[error("{field} has {len} characters; expected at most {width}: {text}")]
    TooLong {
        /// Where.
        field: Field,
        /// The column's width.
        width: usize,
        /// The string's length in UTF-16 units.
        len: usize,
        /// The string.
        text: String,
    },
    /// A number is outside the range of its column.
    #[error("{field} must be between {min} and {max}, not {number}")]
    OutOfRange {
        /// Where.
        field: Field,
        /// The smallest number allowed.
        min: i32,
        /// The greatest number allowed.
        max: i32,
        /// The number.
        number: i32,
    },
    /// The table already has a row with this primary key.
    #[error("the table {table} has two rows `{row}`")]
    DuplicateRow {
        /// The table.
        table: &'static str,
        /// The primary key, its parts separated by commas.
        row: String,
    },
    /// The database already has a stream with this name.
    #[error("the package has two streams named `{name}`")]
    DuplicateStream {
        /// The stream's name.
        name: String,
    },
    /// A stream cannot have this name.
    #[error("invalid stream name `{name}`: {problem}")]
    StreamName {
        /// The stream's name.
        name: String,
        /// What is wrong with it.
        problem: StreamNameProblem,
    },
    /// There are more different strings than a reference can number.
    #[error(
        "the package holds more than {limit} different strings, the most that Windows Installer can number"
    )]
    TooManyTexts {
        /// The greatest number of strings.
        limit: usize,
    },
    /// The package would be larger than Windows Installer supports.
    #[error(
        "the package would have {size} bytes; Windows Installer opens at most {limit}\n\
         note: put the cabinets beside the package instead of into it"
    )]
    TooLarge {
        /// The size of all streams.
        size: u64,
        /// The greatest size.
        limit: u64,
    },
    /// The compound file of the database could not be written.
    #[error("cannot write the compound file of the package")]
    Container(#[source] io::Error),
}

/// What is wrong with a stream's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum StreamNameProblem {
    /// The name is empty.
    #[error("it is empty")]
    Empty,
    /// The name is too long for the directory of a compound file.
    #[error(
        "it takes {len} units; at most {limit} are available (a letter, digit, point or underscore takes half a unit)"
    )]
    TooLong {
        /// The number of UTF-16 units of the packed name.
        len: usize,
        /// The maximum.
        limit: usize,
    },
    /// The name contains a character that is reserved in compound files or packed names.
    #[error("the character {0:?} is reserved")]
    Reserved(char),
}
