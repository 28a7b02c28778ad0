//! A value in force, and its origin.

use crate::config::Written;
use crate::diagnostic::Place;

/// A value, and where it comes from.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub(super) keys: Vec<String>,
    pub(super) value: toml::Value,
    pub(super) origin: Origin,
    /// The places of a list's entries, if they come from several lists.
    pub(super) entries: Vec<Place>,
}

/// Where a value comes from.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// It is written there.
    File(Place),
    /// A flag of the command line.
    Flag(&'static str),
    /// It is the default, which is made from this; empty for a fixed one.
    Default(&'static str),
}

impl Setting {
    pub(super) fn new(keys: &[&str], value: impl Into<toml::Value>, origin: Origin) -> Self {
        Self {
            keys: keys.iter().map(|&key| key.to_owned()).collect(),
            value: value.into(),
            origin,
            entries: Vec::new(),
        }
    }

    pub(super) fn written(
        Written {
            keys,
            value,
            place,
            entries,
        }: Written,
    ) -> Self {
        Self {
            keys,
            value,
            origin: Origin::File(place),
            entries,
        }
    }

    /// Whether it has this key, or one below it.
    pub(super) fn is_below(&self, key: &str) -> bool {
        let own = self.keys.join(".");
        own.strip_prefix(key)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}
