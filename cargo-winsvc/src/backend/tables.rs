//! The tables of an MSI that another program has built, compared with those that the product has.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::path::Path;

use msi::{Package, Select, Value as Stored};
use uuid::Uuid;

use super::BackendError;
use crate::msi::database::Value;
use crate::msi::schema::{self, Kind, Table};
use crate::msi::{Rendered, Row};

/// The rows of each table, with their fields as texts.
pub(super) type Rows = BTreeMap<String, BTreeSet<Vec<String>>>;

/// What stands for a stream in a field.
const STREAM: &str = "<stream>";

/// The tables that the product has.
#[derive(Debug)]
pub(super) struct Tables<'a> {
    /// For each table, its rows and the row that they come from.
    rows: BTreeMap<&'static str, (&'static Table, BTreeMap<Vec<String>, &'a Row>)>,
}

impl<'a> Tables<'a> {
    /// The tables of the rows, with what the other program decides: the product code and the order
    /// of the files in the cabinet.
    pub(super) fn wanted(rows: &'a [Row], built: &Rows) -> Self {
        let mut tables = Self {
            rows: BTreeMap::new(),
        };
        let found = |table: &str, key: &str, column: usize| {
            let rows = built.get(table)?;
            let row = rows.iter().find(|row| row[0] == key)?;
            row.get(column).cloned()
        };
        for row in rows {
            let table = row.table;
            let mut cells: Vec<String> = row.cells.iter().map(text_of).collect();
            let decided = match (table.name, row.key()) {
                ("Property", "ProductCode") => Some(1),
                ("File", _) => Some(table.columns.len() - 1),
                _ => None,
            };
            if let Some((column, value)) =
                decided.and_then(|column| Some((column, found(table.name, row.key(), column)?)))
            {
                cells[column] = value;
            }
            let (_, rows) = tables.rows.entry(table.name).or_insert((table, BTreeMap::new()));
            rows.insert(cells, row);
        }
        tables
    }

    /// The tables that are different in an MSI.
    pub(super) fn differing<'b>(&'b self, built: &'b Rows) -> impl Iterator<Item = &'static Table> + 'b {
        let differing = self.rows.values().filter(|(table, rows)| {
            let built = built.get(table.name);
            built.is_none_or(|built| !built.iter().eq(rows.keys()))
        });
        differing.map(|(table, _)| *table)
    }

    /// A table as a text archive
    /// ([text archive files](https://learn.microsoft.com/windows/win32/msi/text-archive-files)).
    pub(super) fn archive(&self, table: &str) -> String {
        let Some((table, rows)) = self.rows.get(table) else {
            return String::new();
        };
        let names = table.columns.iter().map(|column| column.name.to_owned());
        let types = table.columns.iter().map(|column| {
            let (letter, width) = match column.kind {
                Kind::Text { width } => ('s', width),
                Kind::Localized { width } => ('l', width),
                Kind::Short => ('i', 2),
                Kind::Long => ('i', 4),
                Kind::Binary => ('v', 0),
            };
            let letter = if column.nullable {
                letter.to_ascii_uppercase()
            } else {
                letter
            };
            format!("{letter}{width}")
        });
        let keys = table.columns[..table.key_len()].iter().map(|column| column.name);
        let head = std::iter::once(table.name).chain(keys).map(str::to_owned);
        let mut lines: Vec<Vec<String>> = vec![names.collect(), types.collect(), head.collect()];
        lines.extend(
            rows.keys()
                .map(|row| row.iter().map(|field| archived(field)).collect()),
        );
        let lines = lines.iter().map(|line| line.join("\t") + "\r\n");
        lines.collect()
    }

    /// Refuses an MSI that has not all the rows.
    pub(super) fn expect(&self, built: &Rows) -> Result<(), BackendError> {
        let none = BTreeSet::new();
        for (table, rows) in self.rows.values() {
            let built = built.get(table.name).unwrap_or(&none);
            if let Some((_, row)) = rows.iter().find(|(cells, _)| !built.contains(*cells)) {
                return Err(BackendError::Differs {
                    table: table.name,
                    row: row.key().to_owned(),
                    keys: row.part.keys,
                });
            }
        }
        Ok(())
    }
}

fn text_of(value: &Value<'_>) -> String {
    match value {
        Value::Null => String::new(),
        Value::Text(text) => text.clone().into_owned(),
        Value::Number(number) => number.to_string(),
        Value::Stream(_) => STREAM.to_owned(),
    }
}

/// A field of a text archive: characters that separate fields and lines have stand-ins.
fn archived(field: &str) -> String {
    field
        .replace('\t', "\x10")
        .replace('\r', "\x11")
        .replace('\n', "\x19")
}

/// The tables of an MSI.
pub(super) fn stored(path: &Path) -> Result<Rows, BackendError> {
    let read = || -> io::Result<Rows> {
        let mut package = Package::open(File::open(path)?)?;
        let names: Vec<String> = package.tables().map(|table| table.name().to_owned()).collect();
        let mut tables = Rows::new();
        for name in names {
            let rows = package.select_rows(Select::table(&name))?;
            let rows = rows.map(|row| {
                let fields = (0..row.len()).map(|index| match &row[index] {
                    Stored::Null => String::new(),
                    Stored::Int(number) => number.to_string(),
                    Stored::Str(text) => text.clone(),
                    Stored::Binary => STREAM.to_owned(),
                });
                fields.collect()
            });
            tables.insert(name, rows.collect());
        }
        Ok(tables)
    };
    read().map_err(|source| unreadable(path, source))
}

/// What identifies an MSI.
pub(super) fn identity(path: &Path) -> Result<Rendered, BackendError> {
    let tables = stored(path)?;
    let properties = tables.get(schema::PROPERTY.name);
    let code = properties.and_then(|rows| rows.iter().find(|row| row[0] == "ProductCode"));
    let product_code = code.and_then(|row| Uuid::parse_str(&row[1]).ok());
    let package = File::open(path).and_then(Package::open);
    let package = package.map_err(|source| unreadable(path, source))?;
    match (product_code, package.summary_info().uuid()) {
        (Some(product_code), Some(package_code)) => Ok(Rendered {
            product_code,
            package_code,
        }),
        _ => Err(unreadable(
            path,
            io::Error::other("it has no product code or no package code"),
        )),
    }
}

fn unreadable(path: &Path, source: io::Error) -> BackendError {
    BackendError::Unreadable {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::msi::Part;
    use crate::msi::database::{number, text};

    static PART: Part = Part {
        id: "Files",
        title: "Files",
        purpose: "",
        keys: &["package.files"],
    };

    fn row(table: &'static Table, cells: Vec<Value<'static>>) -> Row {
        Row {
            part: &PART,
            table,
            cells,
        }
    }

    fn built(table: &str, rows: &[&[&str]]) -> Rows {
        let rows = rows
            .iter()
            .map(|row| row.iter().map(|field| (*field).to_owned()).collect());
        [(table.to_owned(), rows.collect())].into()
    }

    #[test]
    fn the_other_program_decides_the_product_code_and_the_order_of_files() {
        let rows = [
            row(&schema::PROPERTY, vec![text("ProductCode"), text("ours")]),
            row(&schema::PROPERTY, vec![text("ProductName"), text("Agent")]),
        ];
        let theirs = built(
            "Property",
            &[&["ProductCode", "theirs"], &["ProductName", "Agent"]],
        );
        let wanted = Tables::wanted(&rows, &theirs);
        assert_eq!(wanted.differing(&theirs).count(), 0);
        wanted.expect(&theirs).unwrap();
    }

    #[test]
    fn a_row_that_is_missing_is_an_error_that_names_the_key() {
        let rows = [row(&schema::MEDIA, vec![number(1), number(2), Value::Null])];
        let none = Rows::new();
        let wanted = Tables::wanted(&rows, &none);
        let differing: Vec<&str> = wanted.differing(&none).map(|table| table.name).collect();
        assert_eq!(differing, ["Media"]);
        let error = wanted.expect(&none).unwrap_err();
        let diagnostic = crate::diagnostic::Explain::diagnostic(&error);
        assert_eq!(diagnostic.notes, ["it comes from package.files"]);
    }

    #[test]
    fn an_archive_has_names_types_keys_and_rows() {
        let rows = [row(
            &schema::LAUNCH_CONDITION,
            vec![text("Installed"), text("a\tb\r\nc")],
        )];
        let wanted = Tables::wanted(&rows, &Rows::new());
        assert_eq!(
            wanted.archive("LaunchCondition"),
            "Condition\tDescription\r\ns255\tl255\r\nLaunchCondition\tCondition\r\nInstalled\ta\x10b\x11\x19c\r\n"
        );
    }
}
