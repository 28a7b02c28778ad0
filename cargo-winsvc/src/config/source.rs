//! The text of Cargo.toml, for values and their places.

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::Place;

/// A Cargo.toml.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

impl Source {
    /// Reads a file. Messages show its path relative to the current directory, if it is below.
    pub(super) fn read(path: &Path) -> std::io::Result<Self> {
        let text = std::fs::read_to_string(path)?;
        let current = std::env::current_dir().unwrap_or_default();
        let path = path.strip_prefix(current).unwrap_or(path).to_owned();
        Ok(Self { path, text })
    }

    /// The place of a span of the text.
    pub(super) fn at(&self, span: Range<usize>) -> Place {
        Place {
            path: self.path.clone(),
            text: self.text.clone(),
            span,
        }
    }

    /// The whole file.
    pub(super) fn parse(&self) -> Result<DeTable<'_>, toml::de::Error> {
        DeTable::parse(&self.text).map(Spanned::into_inner)
    }

    /// The place of a value.
    pub(super) fn place(&self, keys: &[&str]) -> Option<Place> {
        let root = self.parse().ok()?;
        get(&root, keys).map(|value| self.at(value.span()))
    }

    /// The place of a value's key; the beginning of the file if there is none.
    pub(super) fn place_of_key(&self, keys: &[&str]) -> Place {
        let span = || {
            let (last, table) = keys.split_last()?;
            let root = self.parse().ok()?;
            let (key, _) = get(&root, table)?.get_ref().as_table()?.get_key_value(*last)?;
            Some(key.span())
        };
        self.at(span().unwrap_or_default())
    }

    /// The place of a binary's name in `[[bin]]`.
    pub(super) fn place_of_binary(&self, binary: &str) -> Option<Place> {
        let root = self.parse().ok()?;
        let bins = get(&root, &["bin"])?.get_ref().as_array()?.iter();
        let mut names = bins.filter_map(|bin| bin.get_ref().as_table()?.get("name"));
        let own = names.find(|name| name.get_ref().as_str() == Some(binary))?;
        Some(self.at(own.span()))
    }
}

/// The value that these keys lead to.
pub(super) fn get<'t, 'i>(table: &'t DeTable<'i>, keys: &[&str]) -> Option<&'t Spanned<DeValue<'i>>> {
    let (last, tables) = keys.split_last()?;
    let mut table = table;
    for key in tables {
        table = table.get(*key)?.get_ref().as_table()?;
    }
    table.get(*last)
}
