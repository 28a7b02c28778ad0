//! The rows of one table, as Windows Installer stores them.
//!
//! A field is the number to be stored: a string's number in the string pool, or a number with its sign
//! bit flipped, so that 0 is free to mean an empty field. Rows are stored sorted by those numbers, key column by key
//! column; Windows rejects a package with a row out of order as corrupt (`mdsteele/rust-msi#41`). The fields lie column
//! by column.

use std::collections::HashSet;

use super::super::schema::{Column, Kind, Table};

/// One table with its rows.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) table: &'static Table,
    fields: Vec<u32>,
    keys: HashSet<Box<[u32]>>,
}

impl Rows {
    pub(super) fn new(table: &'static Table) -> Self {
        Self {
            table,
            fields: Vec::new(),
            keys: HashSet::new(),
        }
    }

    /// Adds a row, unless there is one with its key.
    pub(super) fn insert(&mut self, row: &[u32]) -> bool {
        let is_new = self.keys.insert(row[..self.table.key_len()].into());
        if is_new {
            self.fields.extend(row);
        }
        is_new
    }

    /// Counts the references to each string.
    pub(super) fn count_references(&self, counts: &mut [usize]) {
        for row in self.rows() {
            for (column, &field) in self.table.columns.iter().zip(row) {
                if column.kind.is_text() {
                    counts[field as usize] += 1;
                }
            }
        }
    }

    /// The table's stream.
    pub(super) fn encode(&self, long_references: bool) -> Vec<u8> {
        let key_len = self.table.key_len();
        let mut rows: Vec<&[u32]> = self.rows().collect();
        rows.sort_unstable_by_key(|row| &row[..key_len]);

        let mut bytes = Vec::new();
        for (index, column) in self.table.columns.iter().enumerate() {
            let width = column.kind.stored_width(long_references);
            for row in &rows {
                bytes.extend(&row[index].to_le_bytes()[..width]);
            }
        }
        bytes
    }

    fn rows(&self) -> impl Iterator<Item = &[u32]> {
        self.fields.chunks_exact(self.table.columns.len())
    }
}

/// How a number is stored in a column of 16 bits.
pub(super) fn stored_short(number: i32) -> u32 {
    (number.cast_unsigned() & 0xFFFF) ^ 0x8000
}

/// How a number is stored in a column of 32 bits.
pub(super) fn stored_long(number: i32) -> u32 {
    number.cast_unsigned() ^ 0x8000_0000
}

/// What a field of a stream column holds if there is a stream; its name follows from the row's key.
pub(super) const STORED_STREAM: u32 = 1;

/// The bits of a column's type in the `_Columns` table.
///
/// They are not documented; packages written by Windows have them so.
mod bits {
    pub(super) const VALID: u16 = 0x100;
    pub(super) const LOCALIZABLE: u16 = 0x200;
    /// Set for strings and for numbers of 16 bits.
    pub(super) const PLAIN: u16 = 0x400;
    pub(super) const STRING: u16 = 0x800;
    pub(super) const NULLABLE: u16 = 0x1000;
    pub(super) const KEY: u16 = 0x2000;
}

impl Column {
    /// The column's type as a number, for the `_Columns` table.
    pub(super) fn type_bits(&self) -> u16 {
        let kind = match self.kind {
            Kind::Text { width } => bits::STRING | bits::PLAIN | u16::from(width),
            Kind::Localized { width } => bits::STRING | bits::PLAIN | bits::LOCALIZABLE | u16::from(width),
            Kind::Short => bits::PLAIN | 2,
            Kind::Long => 4,
            Kind::Binary => bits::STRING,
        };
        let nullable = if self.nullable { bits::NULLABLE } else { 0 };
        let key = if self.key { bits::KEY } else { 0 };
        bits::VALID | kind | nullable | key
    }
}

impl Kind {
    fn is_text(self) -> bool {
        matches!(self, Self::Text { .. } | Self::Localized { .. })
    }

    /// How many bytes a field takes.
    fn stored_width(self, long_references: bool) -> usize {
        match self {
            Self::Text { .. } | Self::Localized { .. } if long_references => 3,
            Self::Text { .. } | Self::Localized { .. } | Self::Short | Self::Binary => 2,
            Self::Long => 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::schema;
    use super::*;

    #[test]
    fn types_are_those_of_packages_written_by_windows() {
        let bits = |table: &Table| table.columns.iter().map(Column::type_bits).collect::<Vec<_>>();
        assert_eq!(bits(&schema::PROPERTY), [0x2D48, 0x0F00]);
        assert_eq!(bits(&schema::ICON), [0x2D48, 0x0900]);
        assert_eq!(
            bits(&schema::MEDIA),
            [0x2502, 0x0104, 0x1F40, 0x1DFF, 0x1D20, 0x1D48]
        );
        assert_eq!(
            bits(&schema::UPGRADE),
            [0x2D26, 0x3D14, 0x3D14, 0x3DFF, 0x2104, 0x1DFF, 0x0D48]
        );
    }

    #[test]
    fn rows_are_sorted_by_key_and_laid_out_by_column() {
        let mut rows = Rows::new(&schema::FEATURE_COMPONENTS);
        assert!(rows.insert(&[2, 1]));
        assert!(rows.insert(&[1, 0x300]));
        assert!(rows.insert(&[1, 3]));
        assert!(!rows.insert(&[2, 1]));
        assert_eq!(rows.encode(false), [1, 0, 1, 0, 2, 0, 3, 0, 0, 3, 1, 0]);
        assert_eq!(
            rows.encode(true),
            [1, 0, 0, 1, 0, 0, 2, 0, 0, 3, 0, 0, 0, 3, 0, 1, 0, 0]
        );
    }

    #[test]
    fn numbers_are_stored_with_the_sign_turned() {
        assert_eq!(stored_short(-1), 0x7FFF);
        assert_eq!(stored_short(1), 0x8001);
        assert_eq!(stored_long(-i32::MAX), 1);
        assert_eq!(stored_long(i32::MAX), u32::MAX);
    }
}
