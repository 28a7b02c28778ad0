//! A table of Cargo.toml that values come from.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};

use super::overlay::{self, OF_THE_PRODUCT, TargetError};
use super::source::{Source, get};
use crate::build::target::WindowsTarget;
use crate::diagnostic::Place;

/// A table that values come from, with the tables of the target laid over it.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    pub(super) source: Source,
    /// `package` or `workspace`: the parent of `metadata.winsvc`; `None` if the whole file is the table.
    pub(super) parent: Option<&'static str>,
    pub(super) target: WindowsTarget,
}

impl Layer {
    /// The table with these tables of its `target` laid over it, one after the other; `None` if it is not written.
    pub(super) fn with(&self, overlays: &[&str]) -> Result<Option<Spanned<DeValue<'_>>>, Error> {
        let mut root = self.source.parse()?;
        let mut table = if let Some(parent) = self.parent {
            let parent = root.get_mut(parent).and_then(as_table_mut);
            let metadata = parent.and_then(|parent| parent.get_mut("metadata").and_then(as_table_mut));
            metadata.and_then(|metadata| metadata.remove("winsvc"))
        } else {
            // The product's, as in `[package]`.
            root.remove("version");
            Some(Spanned::new(0..0, DeValue::Table(root)))
        };
        if let Some(table) = table.as_mut().and_then(as_table_mut) {
            overlay::lay_over(table, overlays);
        }
        Ok(table)
    }

    /// The tables in `target` that are laid over one another for the target of the table `name`, if it is a target's
    /// name and the table has only keys that may differ between targets.
    pub(super) fn tables<'a>(&self, name: &'a str) -> Result<Vec<&'a str>, TargetError> {
        let parent = self.parent.map(|parent| [parent, "metadata", "winsvc"]);
        let parent = parent.as_ref().map_or(&[][..], |keys| &keys[..]);
        let table = [parent, &["target", name]].concat();
        let place = |keys: &[&str]| self.source.place(&[&table, keys].concat()).map(Box::new);
        let Some(tables) = overlay::tables(name) else {
            return Err(TargetError::Unknown {
                name: name.to_owned(),
                place: Box::new(self.source.place_of_key(&table)),
            });
        };
        if let Some(place) = place(&["target"]) {
            return Err(TargetError::Nested { place });
        }
        let mut shared = OF_THE_PRODUCT.into_iter();
        match shared.find_map(|keys| Some((keys, place(keys)?))) {
            Some((keys, place)) => Err(TargetError::OfTheProduct { keys, place }),
            None => Ok(tables),
        }
    }

    /// The place of a value.
    pub(super) fn place(&self, keys: &[&str]) -> Option<Place> {
        self.place_by(keys, |value| Some(value.span()))
    }

    /// The place of a list's entry.
    pub(super) fn place_of_entry(&self, keys: &[&str], index: usize) -> Option<Place> {
        self.place_by(keys, |value| Some(value.get_ref().as_array()?.get(index)?.span()))
    }

    /// The place in the value with these keys.
    fn place_by(
        &self,
        keys: &[&str],
        span: impl FnOnce(&Spanned<DeValue<'_>>) -> Option<Range<usize>>,
    ) -> Option<Place> {
        let table = self.with(&overlay::tables_of(&self.target)).ok()??;
        let value = get(table.get_ref().as_table()?, keys)?;
        span(value).map(|span| self.source.at(span))
    }
}

fn as_table_mut<'v, 'i>(value: &'v mut Spanned<DeValue<'i>>) -> Option<&'v mut DeTable<'i>> {
    match value.get_mut() {
        DeValue::Table(table) => Some(table),
        _ => None,
    }
}
