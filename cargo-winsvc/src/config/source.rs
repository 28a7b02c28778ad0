//! The text of Cargo.toml, for the places of values.

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

    /// The place of a value.
    pub(super) fn place(&self, keys: &[&str]) -> Option<Place> {
        self.with_value(keys, |value| Some(self.at(value.span())))
    }

    /// The place of a list's entry.
    pub(super) fn place_of_entry(&self, keys: &[&str], index: usize) -> Option<Place> {
        self.with_value(keys, |value| {
            let entry = value.get_ref().as_array()?.get(index)?;
            Some(self.at(entry.span()))
        })
    }

    /// The place of a binary's name in `[[bin]]`.
    pub(super) fn place_of_binary(&self, binary: &str) -> Option<Place> {
        self.with_value(&["bin"], |bins| {
            let names = bins.get_ref().as_array()?.iter();
            let mut names = names.filter_map(|bin| bin.get_ref().as_table()?.get("name"));
            let own = names.find(|name| name.get_ref().as_str() == Some(binary))?;
            Some(self.at(own.span()))
        })
    }

    fn with_value<R>(
        &self,
        keys: &[&str],
        look: impl FnOnce(&Spanned<DeValue<'_>>) -> Option<R>,
    ) -> Option<R> {
        let (last, tables) = keys.split_last()?;
        let root = DeTable::parse(&self.text).ok()?;
        let mut table = root.get_ref();
        for key in tables {
            table = table.get(*key)?.get_ref().as_table()?;
        }
        table.get(*last).and_then(look)
    }
}
