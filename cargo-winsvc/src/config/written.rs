//! The values that are written in the tables, with their places.

use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::Config;
use super::layer::Layer;
use super::overlay;
use crate::diagnostic::Place;

/// A value of a table.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    /// The keys that lead to it.
    pub keys: Vec<String>,
    /// The value; of tables, only empty ones.
    pub value: toml::Value,
    /// Its place.
    pub place: Place,
    /// The places of a list's entries, if they are not all in one list.
    pub entries: Vec<Place>,
}

impl Config {
    /// The values of the table, with those for the target, and of the table that it inherits from.
    pub(crate) fn written(&self) -> [Vec<Written>; 2] {
        let [own, inherited] = [self.layers.first(), self.layers.get(1)];
        [own, inherited].map(|layer| layer.map(Layer::written).unwrap_or_default())
    }
}

impl Layer {
    fn written(&self) -> Vec<Written> {
        let mut found = Vec::new();
        // The table has been read before.
        if let Ok(Some(value)) = self.with(&overlay::tables_of(&self.target))
            && let DeValue::Table(mut table) = value.into_inner()
        {
            table.remove("target");
            flatten(table, &[], &|span| self.source.at(span), &mut found);
        }
        found
    }
}

/// The values of a text in TOML. `at` is the place of a span.
pub(crate) fn written_in(text: &str, at: &dyn Fn(std::ops::Range<usize>) -> Place) -> Vec<Written> {
    let mut found = Vec::new();
    if let Ok(table) = DeTable::parse(text) {
        flatten(table.into_inner(), &[], at, &mut found);
    }
    found
}

fn flatten(
    table: DeTable<'_>,
    keys: &[&str],
    at: &dyn Fn(std::ops::Range<usize>) -> Place,
    found: &mut Vec<Written>,
) {
    for (key, value) in table {
        let keys = [keys, &[&**key.get_ref()]].concat();
        let span = value.span();
        match value.into_inner() {
            DeValue::Table(inner) if !inner.is_empty() => flatten(inner, &keys, at, found),
            inner => {
                let entries = match &inner {
                    DeValue::Array(entries) => {
                        let elsewhere = entries
                            .iter()
                            .any(|entry| entry.span().start < span.start || entry.span().end > span.end);
                        let entries = entries.iter().filter(|_| elsewhere);
                        entries.map(|entry| at(entry.span())).collect()
                    }
                    _ => Vec::new(),
                };
                let deserializer = ValueDeserializer::from(Spanned::new(span.clone(), inner));
                if let Ok(value) = serde::Deserialize::deserialize(deserializer) {
                    found.push(Written {
                        keys: keys.iter().map(|&key| key.to_owned()).collect(),
                        value,
                        place: at(span),
                        entries,
                    });
                }
            }
        }
    }
}
