//! The rows of an MSI by table.

use std::collections::{BTreeMap, BTreeSet};

use crate::msi::Row;
use crate::msi::schema::{self, Table};

/// The rows by table, in the order of the package.
pub(super) struct Tables<'a> {
    rows: BTreeMap<&'static str, Vec<&'a Row>>,
    /// The rows by table and component.
    of_component: BTreeMap<&'static str, BTreeMap<&'a str, Vec<&'a Row>>>,
    /// The first row of each key, by table.
    keys: BTreeMap<&'static str, BTreeMap<&'a str, &'a Row>>,
}

impl<'a> Tables<'a> {
    pub(super) fn new(rows: &'a [Row]) -> Self {
        let mut tables = Self {
            rows: BTreeMap::new(),
            of_component: BTreeMap::new(),
            keys: BTreeMap::new(),
        };
        for row in rows {
            let name = row.table.name;
            tables.rows.entry(name).or_default().push(row);
            let component = row.text("Component_");
            if !component.is_empty() {
                let of_table = tables.of_component.entry(name).or_default();
                of_table.entry(component).or_default().push(row);
            }
            let of_table = tables.keys.entry(name).or_default();
            of_table.entry(row.key()).or_insert(row);
        }
        tables
    }

    /// The rows of a table.
    pub(super) fn of(&self, table: &Table) -> &[&'a Row] {
        self.rows.get(table.name).map_or(&[], Vec::as_slice)
    }

    /// The rows of a table that belong to a component.
    pub(super) fn of_component(&self, table: &Table, component: &str) -> &[&'a Row] {
        let rows = self.of_component.get(table.name);
        let rows = rows.and_then(|rows| rows.get(component));
        rows.map_or(&[], Vec::as_slice)
    }

    /// The first row of a table whose first field is the key.
    pub(super) fn find(&self, table: &Table, key: &str) -> Option<&'a Row> {
        self.keys.get(table.name)?.get(key).copied()
    }

    /// The names in a list that a property has.
    pub(super) fn list(&self, property: &str) -> BTreeSet<&'a str> {
        let row = self.find(&schema::PROPERTY, property);
        row.into_iter()
            .flat_map(|row| row.text("Value").split(';'))
            .collect()
    }
}

/// The long name of a `short|long` one.
pub(super) fn long_name(name: &str) -> &str {
    name.split_once('|').map_or(name, |(_, long)| long)
}
