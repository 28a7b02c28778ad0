//! Databases to test with, and what other programs should read from them.

use std::io::Cursor;

use cargo_winsvc::msi::codepage::WESTERN;
use cargo_winsvc::msi::database::{Database, Value, number, stream, text};
use cargo_winsvc::msi::schema::{self, Column, Kind, Table};
use cargo_winsvc::msi::summary::SummaryInformation;
use uuid::Uuid;

/// The rows of a database, by table.
pub(crate) type Rows = Vec<(&'static Table, Vec<Value<'static>>)>;

/// Three rows for every table, the second with every field empty that may be.
pub(crate) fn every_table() -> Rows {
    let tables = schema::TABLES
        .into_iter()
        .filter(|table| **table != schema::VALIDATION);
    tables
        .flat_map(|table| (0..3).map(move |row| (table, sample_row(table, row))))
        .collect()
}

fn sample_row(table: &Table, row: u8) -> Vec<Value<'static>> {
    table
        .columns
        .iter()
        .map(|column| sample_field(column, row))
        .collect()
}

fn sample_field(column: &Column, row: u8) -> Value<'static> {
    if row == 1 && column.nullable {
        return Value::Null;
    }
    match column.kind {
        // Descending, so that the order of insertion is not the order of the keys.
        Kind::Text { width } | Kind::Localized { width } => {
            let mut name = format!("{}{}", 9 - row, column.name);
            name.truncate(if width == 0 { name.len() } else { width.into() });
            text(name)
        }
        Kind::Short | Kind::Long => {
            let least = column.validation.min.unwrap_or(-32_767);
            let greatest = column.validation.max.unwrap_or(32_767);
            number((greatest - i32::from(row)).max(least))
        }
        Kind::Binary => stream(vec![row; 3000 * usize::from(row)]),
    }
}

/// A database with these rows and a cabinet.
pub(crate) fn database(rows: &Rows) -> Database {
    let mut database = Database::new();
    for (table, row) in rows {
        database.insert(table, row.iter().cloned()).expect("a valid row");
    }
    database
        .stream("data.cab", vec![0xCA; 10_000])
        .expect("a new name");
    database
}

/// The bytes of a database with these rows.
pub(crate) fn package(rows: &Rows) -> Vec<u8> {
    write(database(rows), &summary("Acme"))
}

pub(crate) fn write(database: Database, summary: &SummaryInformation) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    database.write(summary, &mut out).expect("a package");
    out.into_inner()
}

pub(crate) fn summary(author: &str) -> SummaryInformation {
    SummaryInformation {
        title: "Installation Database".to_owned(),
        subject: "Agent".to_owned(),
        author: author.to_owned(),
        keywords: "Installer".to_owned(),
        comments: String::new(),
        template: "x64;1033".to_owned(),
        package_code: Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef),
        created: 1_709_210_096,
        saved: 1_709_210_097,
        page_count: 500,
        word_count: 2,
        application: "winsvc 0.1".to_owned(),
        security: 2,
        preferred_codepage: WESTERN,
    }
}
